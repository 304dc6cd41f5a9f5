"""A model in float64 that gives the same bits on every machine: rounding is what some pictures are about.

Sums run in one order and never fused, in Python's floats; a BLAS and a libm would each bring last bits of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from math import prod
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
from mpmath import libmp

from derive.models.model import Model
from derive.symbolic.derivation import Derivation
from derive.symbolic.scalars import numeric_derivatives
from derive.terms import nodes
from derive.terms.arithmetic import ObjectArithmetic
from derive.terms.definitions import Definition, dimension_names, forward
from derive.terms.walk import symbols

# Bits in which a function is computed before it is rounded to the 53 of float64; digits for the derivatives.
_GUARDED, _DIGITS = 80, 24
Values = Mapping[str, np.ndarray]


@cache
def _arithmetic(at_kink: str) -> ObjectArithmetic:
    def rounded(name: str) -> Callable[[float], float]:
        function = getattr(libmp, f"mpf_{name}")
        return lambda value: libmp.to_float(function(libmp.from_float(value), _GUARDED, "n"), rnd="n")

    primitives = SimpleNamespace(
        **{name: rounded(name) for name in ("exp", "log", "tanh", "sin", "cos", "sqrt")},
        piecewise=lambda t, below, above: above if t > 0 else below,
    )
    slopes = {
        key: lambda value, slope=slope: float(slope(mpmath.mpf(value)))
        for key, slope in numeric_derivatives(Fraction(at_kink), _DIGITS).items()
    }
    slopes["relu", 1] = _gate(float(Fraction(at_kink)))  # the one that a network asks for in every step
    return ObjectArithmetic(primitives, float, slopes)


def _gate(at_kink: float) -> Callable[[float], float]:
    return lambda z: 1.0 if z > 0 else 0.0 if z < 0 else at_kink


class Float64:
    """A model's loss and gradients at given values: object arrays of floats, in 2-D shapes by the keys of symbols."""

    def __init__(self, model: Model, derivation: Derivation, sizes: Mapping[str, int]):
        self.model, self.sizes = model, sizes
        self.steps = tuple(step.definition() for step in derivation.steps)
        self.adjoints = {p.key: derivation[p.key].adjoint.key for p in model.parameters}
        self.arithmetic = _arithmetic(model.at_kink)

    def loss(self, values: Values) -> np.ndarray:
        """The loss, (..., 1, 1) for a batch of values (..., rows, columns).

        Raises:
            ArithmeticError: a number leaves the range of float64.
        """
        return np.asarray(self._run(self.model.definitions, values)[self.model.loss.key], dtype=object)

    def gradients(self, values: Values) -> tuple[float, dict[str, np.ndarray]]:
        """The loss, and by every parameter its gradient.

        Raises:
            ArithmeticError: a number leaves the range of float64.
        """
        known = self._run(self.model.definitions, values)
        loss = float(np.asarray(known[self.model.loss.key]).item())
        known = self._run(self.steps, known)
        return loss, {key: np.atleast_2d(known[adjoint]) for key, adjoint in self.adjoints.items()}

    def _run(self, definitions: tuple[Definition, ...], values: Values) -> dict[str, Any]:
        try:
            return forward(definitions, values, self.sizes, self.arithmetic)
        except ValueError as error:  # log of a number below 0
            raise ArithmeticError(str(error)) from None

    @property
    def cost(self) -> int:
        """About how many operations a forward pass takes: products, functions, and the work of walking its terms."""
        return sum(_cost(definition, self.sizes) for definition in self.model.definitions)


# As much work as so many multiplications: a node of a term, a function of one number.
WALK, FUNCTION = 50, 60


def _cost(definition: Definition, sizes: Mapping[str, int]) -> int:
    used = (definition.symbol, *symbols(definition.expression))
    work = prod(sizes[name] for name in dimension_names(used))
    rows, _ = definition.symbol.shape.sizes(sizes)
    times = rows if definition.index else 1  # what is written by entries is walked once for each
    for node in definition.expression.walk():
        if isinstance(node, nodes.Sum):
            times *= node.upper.size(sizes)
        if isinstance(node, nodes.Apply):
            work += FUNCTION * prod(node.shape.sizes(sizes))
    return work + WALK * times * sum(1 for _ in definition.expression.walk())
