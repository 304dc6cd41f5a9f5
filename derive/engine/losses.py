"""Losses of Tensors: squared error and binary cross-entropy, with the reduction in the caller's hand.

A `Value` as prediction gives a `Value`: the loss of `derive.engine.value`, which is one number and needs no reduction.

Reductions: "mean" is the mean over all entries, "sum" their sum, "none" the entries themselves, and "examples" the mean
over the first axis (the examples) of the sum over the others (the outputs of one example). With one output, "examples"
is "mean".
"""

from __future__ import annotations

import numpy as np

from derive.engine import value
from derive.engine.tensor import Array, Operand, Tensor, apply, log, mean, square, subtract, sum, to_array, where
from derive.engine.value import Value

REDUCTIONS = {
    "mean": mean,
    "sum": sum,
    "none": lambda entries: entries,
    "examples": lambda entries: sum(entries) / entries.shape[0],
}


def _reduce(entries: Tensor | Array, reduction: str) -> Tensor | Array:
    if reduction not in REDUCTIONS:
        raise ValueError(f"unknown reduction {reduction!r}; choose one of {', '.join(REDUCTIONS)}")
    if reduction == "examples" and not entries.shape:
        raise ValueError('the reduction "examples" needs an axis of examples, and a number has none')
    return REDUCTIONS[reduction](entries)


def _same_shape(prediction: Operand, target: Operand) -> tuple[Tensor | Array, Tensor | Array]:
    """Refuses what would broadcast: (n, 1) against (n,) gives n * n differences and no error."""
    p, t = (x if isinstance(x, Tensor) else to_array(x) for x in (prediction, target))
    if p.shape != t.shape:
        raise ValueError(f"the predictions have shape {p.shape}, the targets {t.shape}")
    return p, t


def _probabilities(target: Tensor | Array) -> None:
    entries = target.data if isinstance(target, Tensor) else target
    if not np.all((entries >= 0.0) & (entries <= 1.0)):
        raise ValueError("the targets of a binary cross-entropy are numbers in [0, 1]")


def mse(prediction: Operand, target: Operand, reduction: str = "mean") -> Tensor | Array | Value:
    """(prediction - target)^2, reduced. Raises ValueError for unequal shapes or an unknown reduction."""
    if isinstance(prediction, Value):
        return value.mse(prediction, target)
    p, t = _same_shape(prediction, target)
    return _reduce(square(p - t), reduction)


def bce_with_logits(logit: Operand, target: Operand, reduction: str = "mean") -> Tensor | Array | Value:
    """-y ln s(z) - (1 - y) ln(1 - s(z)) of logits z and targets y in [0, 1], reduced; right at any z. s is the sigmoid.

    Raises ValueError for unequal shapes, targets outside [0, 1], or an unknown reduction.
    """
    if isinstance(logit, Value):
        return value.bce_with_logits(logit, target)
    z, y = _same_shape(logit, target)
    _probabilities(y)
    return _reduce(apply("bce", z, y), reduction)


def bce(probability: Operand, target: Operand, reduction: str = "mean") -> Tensor | Array | Value:
    """-y ln p - (1 - y) ln(1 - p) of probabilities p and targets y in [0, 1], with 0 ln 0 = 0, reduced.

    Of a sigmoid's result (a Tensor) the loss is right at any logit, as `log` and `1 -` use the logit. So is the
    gradient: through p for logits up to 700 in magnitude; beyond that straight to the logit, because dL/dp is no
    float64 there. Second derivatives cancel where p rounds to 0 or 1 (from a logit of 37 on): take `bce_with_logits`
    for those.
    Raises ValueError for unequal shapes, targets outside [0, 1], or an unknown reduction.
    """
    if isinstance(probability, Value):
        return value.bce(probability, target)
    p, y = _same_shape(probability, target)
    _probabilities(y)
    return _reduce(-(_weighted_log(y, p) + _weighted_log(1.0 - y, subtract(1.0, p))), reduction)


def _weighted_log(weight: Tensor | Array, p: Tensor | Array) -> Tensor | Array:
    if isinstance(p, Tensor) and p._logit is not None:
        return weight * log(p)  # finite at every logit
    zero = (weight.data if isinstance(weight, Tensor) else weight) == 0.0
    return weight * log(where(zero, 1.0, p))
