"""Models written as values, with uses that no built-in model has, and points made of plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from derive.models.model import Model, symbol
from derive.symbolic.derivation import differentiate
from derive.terms.definitions import Definition
from derive.terms.nodes import Apply, Power, SquaredNorm, Symbol, Term
from derive.verify.evidence import PointEvidence, examine
from derive.verify.points import Point
from derive.verify.witnesses import write_components


def model(
    name: str, definitions: Sequence[tuple[Symbol, Term]], parameters: Sequence[Symbol], x: Symbol, y: Symbol, **more
) -> Model:
    found = tuple(Definition(symbol, expression) for symbol, expression in definitions)
    return Model(
        name=name,
        title=name,
        definitions=found,
        loss=found[-1].symbol,
        parameters=tuple(parameters),
        inputs=x,
        targets=y,
        **{"sizes": {"d": 2}, **more},
    )


def scalars(*keys: str) -> tuple[Symbol, ...]:
    return tuple(symbol(key, "scalar") for key in keys)


def vectors(*keys: str) -> tuple[Symbol, ...]:
    return tuple(symbol(key, "d") for key in keys)


def scalar_net(at_kink: str = "0") -> Model:
    """yhat = w2 ReLU(w1 x + b1) + b2, L = (y - yhat)^2"""
    w1, b1, w2, b2, x, y, z, a, yhat, loss = scalars("w_1", "b_1", "w_2", "b_2", "x", "y", "z", "a", "yhat", "L")
    steps = [(z, w1 @ x + b1), (a, Apply((z,), "relu")), (yhat, w2 @ a + b2), (loss, (y - yhat) ** 2)]
    return model("scalar net", steps, (w1, b1, w2, b2), x, y, sizes={}, at_kink=at_kink)


def tied() -> Model:
    """W and b in two layers, residual connections over one and over two definitions, and W in the loss."""
    x, y, b, z1, a1, z2, a2 = vectors("x", "y", "b", "z_1", "a_1", "z_2", "a_2")
    W, loss = symbol("W", "d x d"), symbol("L", "scalar")
    steps = [
        (z1, W @ x + b),
        (a1, Apply((z1,), "tanh") + x),
        (z2, W @ a1 + b + z1),
        (a2, Apply((z2,), "relu") + a1),
        (loss, SquaredNorm((a2 - y,)) + SquaredNorm((W,))),
    ]
    return model("tied", steps, (W, b), x, y)


def log_tanh() -> Model:
    """L = ln(1 - tanh^2(w x)) + y: hopeless in float64 from w x = 19 on, and no engine has a rule for it."""
    w, x, y, z, loss = scalars("w", "x", "y", "z", "L")
    slope = 1 - Power((Apply((z,), "tanh"),), Fraction(2))
    return model("log tanh", [(z, w @ x), (loss, Apply((slope,), "log") + y)], (w,), x, y, sizes={})


def exact(value: object) -> np.ndarray:
    """Numbers, or texts of decimals, as a 2-D array of fractions: 0.1 is one tenth."""
    array = np.array(value, dtype=object)
    found = np.frompyfunc(lambda v: v if isinstance(v, Fraction) else Fraction(str(v)), 1, 1)(array)
    shapes = {0: (1, 1), 1: (-1, 1), 2: array.shape}
    return np.array(found, dtype=object).reshape(shapes[array.ndim])


def point_of(sizes: Mapping[str, int], **values: object) -> Point:
    """Scalars bare, column vectors flat, matrices as rows."""
    return Point("document", sizes, {key: exact(value) for key, value in values.items()})


def examined(model: Model, sizes: Mapping[str, int], **values: object) -> PointEvidence:
    """What all witnesses say at one point."""
    derivation = differentiate(model.definitions, model.loss, model.parameters, dict(model.signals))
    return examine(model, derivation, point_of(sizes, **values), write_components(model, sizes))
