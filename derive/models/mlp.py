"""The multilayer perceptron: affine maps and activations by turns, to any depth."""

from __future__ import annotations

from fractions import Fraction

from derive.models import conventions
from derive.models.arrangements import ARRANGEMENTS
from derive.models.losses import LOSSES
from derive.models.losses import loss as loss_of
from derive.models.model import Model, symbol
from derive.models.options import ModelError
from derive.terms.definitions import Definition
from derive.terms.nodes import Apply, Symbol, Term

DEFAULTS = {
    "layers": "2",
    "hidden": "relu",
    "output": "sigmoid",
    "loss": "bce",
    "arrangement": "example",
    "reduction": "mean",
    "factor": "1",
    "relu-at-zero": "0",
}

_ACTIVATIONS = {"relu": "ReLU", "sigmoid": "sigmoid", "tanh": "tanh"}


def build(options: dict[str, str]) -> Model:
    """Raises ModelError for binary cross-entropy of an output that is no probability."""
    if options["loss"] == "bce" and options["output"] != "sigmoid":
        raise ModelError(
            "binary cross-entropy needs probabilities: choose --output sigmoid, or --loss mse for an identity output"
        )
    layers, arrangement = int(options["layers"]), ARRANGEMENTS[options["arrangement"]]
    sizes = ["d", *hidden_dimensions(layers), "k"]
    x, y = arrangement.variable("x", "d"), arrangement.variable("y", "k")
    yhat, loss = arrangement.variable("yhat", "k", r"\hat{y}"), symbol("L", "scalar")

    definitions: list[Definition] = []
    parameters: list[Symbol] = []
    signals: list[tuple[Symbol, Symbol]] = []
    a: Symbol = x
    for layer in range(1, layers + 1):
        into, out = sizes[layer - 1], sizes[layer]
        W = symbol(f"W_{layer}", arrangement.weight(out, into))
        b = symbol(f"b_{layer}", out)
        z = arrangement.variable(f"z_{layer}", out)
        last = layer == layers
        definitions.append(Definition(z, arrangement.affine(W, a, b)))
        a = yhat if last else arrangement.variable(f"a_{layer}", out)
        definitions.append(Definition(a, activation(options["output" if last else "hidden"], z)))
        parameters += [W, b]
        letter = r"\Delta" if arrangement.batch else r"\delta"
        index = f"{{{layer}}}" if layer > 9 else str(layer)
        signals.append((z, Symbol(name=f"delta_{layer}", declared=z.declared, latex_name=f"{letter}_{index}")))

    entries = loss_of(
        options["loss"],
        yhat,
        y,
        count=arrangement.count,
        reduction=options["reduction"],
        factor=Fraction(options["factor"]),
    )
    in_force = [
        conventions.arrangement(arrangement.name, x.latex, y.latex),
        conventions.reduction(options["reduction"], batch=arrangement.batch, outputs=True),
        conventions.factor(options["factor"]),
        conventions.layout(),
    ]
    if options["hidden"] == "relu" and layers > 1:
        in_force.append(conventions.relu_at_zero(options["relu-at-zero"]))
    return Model(
        name="mlp",
        title=_title(layers, options),
        definitions=(*definitions, Definition(loss, entries)),
        loss=loss,
        parameters=tuple(parameters),
        inputs=x,
        targets=y,
        signals=tuple(signals),
        conventions=tuple(in_force),
        sizes={"d": 2, **dict.fromkeys(hidden_dimensions(layers), 2), "k": 1} | ({"n": 4} if arrangement.batch else {}),
        binary=options["loss"] == "bce",
        at_kink=options["relu-at-zero"],
        options=options,
    )


def hidden_dimensions(layers: int) -> list[str]:
    """`h` for the one hidden layer of the usual network, `h_1`, `h_2`, ... in deeper ones."""
    return ["h"] if layers == 2 else [f"h_{layer}" for layer in range(1, layers)]


def activation(name: str, z: Symbol) -> Term:
    return z if name == "identity" else Apply((z,), name)


def _title(layers: int, options: dict[str, str]) -> str:
    hidden = f", {_ACTIVATIONS[options['hidden']]} hidden layer{'s' if layers > 2 else ''}" if layers > 1 else ""
    return f"{layers}-layer MLP{hidden}, {options['output']} output, {LOSSES[options['loss']][0]}"
