"""Linear and logistic regression in matrix form: one weight vector w, one bias b."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derive.models import conventions
from derive.models.arrangements import ARRANGEMENTS
from derive.models.losses import loss as loss_of
from derive.models.model import Model, symbol
from derive.terms.definitions import Definition
from derive.terms.dims import Dim
from derive.terms.nodes import Apply, Size, Symbol, Term, ones

DEFAULTS = {"arrangement": "rows", "reduction": "mean", "factor": "1"}

# arrangement -> (shape of the inputs, shape of the targets, the affine map)
Affine = Callable[[Symbol, Symbol, Symbol], Term]
_AFFINE: dict[str, tuple[str, str, Affine]] = {
    "example": ("d", "scalar", lambda w, x, b: w.T @ x + b),  # w^T x + b
    "columns": ("d x n", "1 x n", lambda w, X, b: w.T @ X + b @ ones("n").T),  # w^T X + b 1^T
    "rows": ("n x d", "n", lambda w, X, b: X @ w + b @ ones("n")),  # X w + b 1
}


def build_linear(options: dict[str, str]) -> Model:
    return _build("linear", "Linear regression", options, sigmoid=False)


def build_logistic(options: dict[str, str]) -> Model:
    return _build("logistic", "Logistic regression", options, sigmoid=True)


def _build(name: str, title: str, options: dict[str, str], *, sigmoid: bool) -> Model:
    arrangement = ARRANGEMENTS[options["arrangement"]]
    inputs, targets, affine = _AFFINE[arrangement.name]
    x = symbol("X" if arrangement.batch else "x", inputs)
    y, yhat, z = symbol("y", targets), symbol("yhat", targets, r"\hat{y}"), symbol("z", targets)
    w, b, loss = symbol("w", "d"), symbol("b", "scalar"), symbol("L", "scalar")
    count = Size(dim=Dim.of("n")) if arrangement.batch else None
    if sigmoid:
        predictions = (Definition(z, affine(w, x, b)), Definition(yhat, Apply((z,), "sigmoid")))
    else:
        predictions = (Definition(yhat, affine(w, x, b)),)
    entries = loss_of(
        "bce" if sigmoid else "mse",
        yhat,
        y,
        count=count,
        reduction=options["reduction"],
        factor=Fraction(options["factor"]),
    )
    return Model(
        name=name,
        title=title,
        definitions=(*predictions, Definition(loss, entries)),
        loss=loss,
        parameters=(w, b),
        inputs=x,
        targets=y,
        conventions=(
            conventions.arrangement(arrangement.name, x.latex, y.latex, scalar_target=True),
            conventions.reduction(options["reduction"], batch=arrangement.batch, outputs=False),
            conventions.factor(options["factor"]),
            conventions.layout(),
        ),
        sizes={"n": 4, "d": 2} if arrangement.batch else {"d": 2},
        binary=sigmoid,
        options=options,
    )
