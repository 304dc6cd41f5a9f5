"""One feature, scalar weight and bias, n examples: the sum over the examples stays in sight."""

from __future__ import annotations

from fractions import Fraction

from derive.models import conventions
from derive.models.losses import scaled
from derive.models.model import Model, symbol
from derive.terms.definitions import Definition
from derive.terms.dims import Dim
from derive.terms.indices import Index
from derive.terms.nodes import Component, Size, Sum, Symbol, Term

DEFAULTS = {"reduction": "mean", "factor": "1"}


def build(options: dict[str, str]) -> Model:
    n = Dim.of("n")
    x, y, yhat = symbol("x", "n"), symbol("y", "n"), symbol("yhat", "n", r"\hat{y}")
    w, b, loss = symbol("w", "scalar"), symbol("b", "scalar"), symbol("L", "scalar")
    squares = Sum(((_entry(yhat) - _entry(y)) ** 2,), "i", 1, n)
    return Model(
        name="linear-scalar",
        title="Linear regression with one feature",
        definitions=(
            Definition(yhat, w @ _entry(x) + b, "i"),
            Definition(
                loss,
                scaled(
                    squares,
                    sign=1,
                    count=Size(dim=n),
                    reduction=options["reduction"],
                    factor=Fraction(options["factor"]),
                ),
            ),
        ),
        loss=loss,
        parameters=(w, b),
        inputs=x,
        targets=y,
        conventions=(
            conventions.arrangement("entries", x.latex, y.latex),
            conventions.reduction(options["reduction"], batch=True, outputs=False),
            conventions.factor(options["factor"]),
            conventions.layout(),
        ),
        sizes={"n": 3},
        options=options,
    )


def _entry(vector: Symbol) -> Term:
    return Component((vector,), Index("i"))
