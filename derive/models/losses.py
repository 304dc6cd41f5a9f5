"""Losses of predictions against targets, written over any arrangement. One row each."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derive.terms.nodes import Apply, Hadamard, Number, Product, Quotient, SquaredNorm, Term, Total, term


def total(entries: Term) -> Term:
    return entries if entries.is_scalar else Total((entries,))


def hadamard(left: Term, right: Term) -> Term:
    return Product((left, right)) if left.is_scalar and right.is_scalar else Hadamard((left, right))


def log(argument: Term) -> Term:
    return Apply((argument,), "log")


def mse(yhat: Term, y: Term) -> Term:
    """The sum of squared errors (Bishop, Pattern Recognition and Machine Learning, 2006, eq. 3.12)."""
    return (yhat - y) ** 2 if y.is_scalar else SquaredNorm((yhat - y,))


def bce(yhat: Term, y: Term) -> Term:
    """The negative log-likelihood of independent labels (Bishop 2006, eq. 4.90), without its sign."""
    return total(hadamard(y, log(yhat)) + hadamard(1 - y, log(1 - yhat)))


# name -> (title, sign, entries of the loss)
LOSSES: dict[str, tuple[str, int, Callable[[Term, Term], Term]]] = {
    "mse": ("squared error", 1, mse),
    "bce": ("binary cross-entropy", -1, bce),
}


def loss(name: str, yhat: Term, y: Term, *, count: Term | None, reduction: str, factor: Fraction) -> Term:
    """factor * (1/n) * sum over examples and outputs; `count` is None where there is one example."""
    _, sign, entries = LOSSES[name]
    return scaled(entries(yhat, y), sign=sign, count=count, reduction=reduction, factor=factor)


def scaled(entries: Term, *, sign: int, count: Term | None, reduction: str, factor: Fraction) -> Term:
    """The factor and the reduction in front of what is summed."""
    below = (Number(value=Fraction(factor.denominator)),) if factor.denominator != 1 else ()
    below += (count,) if count is not None and reduction == "mean" else ()
    over = term(factor.numerator)
    if below:
        entries = Quotient((over, below[0] if len(below) == 1 else Product(below))) @ entries
    elif factor != 1:
        entries = over @ entries
    return -entries if sign < 0 else entries
