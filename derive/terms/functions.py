"""The elementwise functions: one row each. Adding an activation is adding a row here and its vjp in the engine.

A row is written once, over a small namespace `m` (exp, log, tanh, ...) that exists for NumPy, for 30-digit numbers and
for SymPy, so that all of them evaluate the same definition. No derivative stands here: SymPy derives it, the engine
writes its own by hand, and the two must agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Function:
    """A real function of one variable, applied entry by entry."""

    name: str
    latex: str
    value: Callable
    low: float = float("-inf")  # open interval in which it is defined
    high: float = float("inf")
    kinks: tuple[Fraction, ...] = ()  # where it has no derivative, and a convention must choose one
    names: tuple[str, ...] = ()  # other spellings
    primed: bool = False  # an activation: authors write its derivative with a prime and explain it beside


_ZERO = (Fraction(0),)

FUNCTIONS: dict[str, Function] = {
    row.name: row
    for row in (
        Function("exp", r"\exp", lambda m, t: m.exp(t)),  # e^t
        Function("log", r"\log", lambda m, t: m.log(t), low=0, names=("ln",)),  # natural logarithm
        Function("tanh", r"\tanh", lambda m, t: m.tanh(t), primed=True),  # (e^t - e^-t) / (e^t + e^-t)
        Function(
            "sigmoid", r"\sigma", lambda m, t: 1 / (1 + m.exp(-t)), names=("logistic", "expit"), primed=True
        ),  # 1 / (1 + e^-t)
        Function("relu", r"\mathrm{ReLU}", lambda m, t: m.piecewise(t, 0, t), kinks=_ZERO, primed=True),  # max(0, t)
        Function("softplus", r"\mathrm{softplus}", lambda m, t: m.log(1 + m.exp(t)), primed=True),  # log(1 + e^t)
        Function("sin", r"\sin", lambda m, t: m.sin(t)),
        Function("cos", r"\cos", lambda m, t: m.cos(t)),
        Function("sqrt", r"\mathrm{sqrt}", lambda m, t: m.sqrt(t), low=0),  # t^(1/2)
        Function("abs", r"\mathrm{abs}", lambda m, t: m.piecewise(t, -t, t), kinks=_ZERO, names=("absolute",)),  # |t|
        Function("square", r"\mathrm{square}", lambda m, t: t * t),  # t^2
    )
}
