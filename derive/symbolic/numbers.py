"""Numbers of many digits for SymPy expressions: a walk that computes every shared subexpression once."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from derive.terms.functions import FUNCTIONS
from derive.terms.sympy_bridge import definition


class Numbers:
    """Values of SymPy expressions; `known` holds what symbols stand for.

    Args:
        at_kink: the convention for a derivative at a kink.
        digits: the decimal digits carried.
    """

    def __init__(self, at_kink: Fraction, digits: int):
        self.mp = mpmath.mp.clone()
        self.mp.dps = digits
        self.at_kink = self.number(at_kink)
        self.known: dict[sp.Basic, Any] = {}

    def number(self, value: Any) -> Any:
        if isinstance(value, Fraction):
            return self.mp.mpf(value.numerator) / value.denominator
        return self.mp.mpf(value)

    def learn(self, names: np.ndarray, values: np.ndarray) -> None:
        for name, value in zip(names.ravel(), values.ravel(), strict=True):
            self.known[name] = self.number(value)

    def value(self, e: sp.Basic) -> Any:
        found = self.known.get(e)
        if found is None:
            found = self.known[e] = self._compute(e)
        return found

    def _compute(self, e: sp.Basic) -> Any:
        if isinstance(e, sp.Piecewise):
            return self._branch(e)
        if e is sp.E:
            return +self.mp.e
        if e.is_Rational:
            return self.mp.mpf(int(e.p)) / int(e.q)
        args = [self.value(arg) for arg in e.args]
        if e.is_Add:
            return self.mp.fsum(args)
        if e.is_Mul:
            return self.mp.fprod(args)
        if e.is_Pow:
            return args[0] ** (int(e.exp) if e.exp.is_Integer else args[1])
        row = getattr(type(e), "row", None)  # of our own table, else SymPy's own function
        return self.row(*row, args[0]) if row else getattr(self.mp, type(e).__name__)(args[0])

    def row(self, name: str, order: int, t: Any) -> Any:
        """A function of our own table, by its definition; SymPy derives the derivatives."""
        if order and t in FUNCTIONS[name].kinks:
            return self.at_kink
        if order == 0:
            return FUNCTIONS[name].value(self.primitives, t)
        slope = definition(name, order)
        before, self.known = self.known, {slope.signature[0]: t}
        try:
            return self.value(slope.expr)
        finally:
            self.known = before

    def _branch(self, piecewise: sp.Piecewise) -> Any:
        for expression, condition in piecewise.args:
            # Only comparisons a > b stand in the table; the last branch is for all the rest.
            if condition == sp.true or self.value(condition.gts) > self.value(condition.lts):
                return self.value(expression)
        raise ValueError(f"no branch of {piecewise} applies")

    @cached_property
    def primitives(self) -> SimpleNamespace:
        names = ("exp", "log", "tanh", "sin", "cos", "sqrt")
        return SimpleNamespace(
            **{name: getattr(self.mp, name) for name in names},
            piecewise=lambda t, below, above: above if t > 0 else below,
        )
