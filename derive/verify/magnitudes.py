"""How large the terms were that a value sums up: the yardstick for rounding errors.

a b - c d may cancel to nothing while |a b| + |c d| does not, and it is the latter that rounding errors are in proportion
to (running error analysis; Higham, Accuracy and Stability of Numerical Algorithms, 2002, sec. 3.3). A `Sized` number
carries both, through any term.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from derive.terms.arithmetic import NumPyArithmetic, ObjectArithmetic


class Sized:
    """A matrix of values and, entry by entry, the sum of the magnitudes of the terms that made it."""

    __slots__ = ("size", "value")
    __array_ufunc__ = None  # array + sized asks Sized.__radd__

    def __init__(self, value: Any, size: Any = None):
        self.value = value
        self.size = abs(value) if size is None else size

    def __add__(self, other: Any) -> Sized:
        other = sized(other)
        return Sized(self.value + other.value, self.size + other.size)

    def __sub__(self, other: Any) -> Sized:
        other = sized(other)
        return Sized(self.value - other.value, self.size + other.size)

    def __mul__(self, other: Any) -> Sized:
        other = sized(other)
        return Sized(self.value * other.value, self.size * other.size)

    def __matmul__(self, other: Any) -> Sized:
        other = sized(other)
        return Sized(self.value @ other.value, self.size @ other.size)

    def __truediv__(self, other: Any) -> Sized:
        other = sized(other)
        return Sized(self.value / other.value, self.size / abs(other.value))

    def __neg__(self) -> Sized:
        return Sized(-self.value, self.size)

    def __pow__(self, exponent: Any) -> Sized:
        return Sized(self.value**exponent, self.size**exponent if exponent > 0 else abs(self.value**exponent))

    def __getitem__(self, place: Any) -> Sized:
        return Sized(self.value[place], self.size[place])

    def __radd__(self, other: Any) -> Sized:
        return sized(other) + self

    def __rsub__(self, other: Any) -> Sized:
        return sized(other) - self

    def __rmul__(self, other: Any) -> Sized:
        return sized(other) * self

    def __rmatmul__(self, other: Any) -> Sized:
        return sized(other) @ self

    def __rtruediv__(self, other: Any) -> Sized:
        return sized(other) / self


def sized(value: Any) -> Sized:
    return value if isinstance(value, Sized) else Sized(value)


class SizedArithmetic(NumPyArithmetic):
    """Sized matrices over another kind of numbers. Linear operations carry sizes along, the others start afresh."""

    def __init__(self, inner: ObjectArithmetic):
        super().__init__()
        self.inner = inner

    def number(self, value: Fraction | int) -> Any:
        return self.inner.number(value)

    def ones(self, shape: tuple[int, int]) -> Any:
        return self.inner.ones(shape)

    def identity(self, order: int) -> Any:
        return self.inner.identity(order)

    def transpose(self, value: Sized) -> Sized:
        return self._linear(self.inner.transpose, value)

    def total(self, value: Sized) -> Sized:
        return self._linear(self.inner.total, value)

    def trace(self, value: Sized) -> Sized:
        return self._linear(self.inner.trace, value)

    def vec(self, value: Sized) -> Sized:
        return self._linear(self.inner.vec, value)

    def stack(self, entries: list[Sized]) -> Sized:
        pairs = [sized(entry) for entry in entries]
        return Sized(self.inner.stack([p.value for p in pairs]), self.inner.stack([p.size for p in pairs]))

    def kronecker(self, left: Any, right: Any) -> Sized:
        left, right = sized(left), sized(right)
        return Sized(self.inner.kronecker(left.value, right.value), self.inner.kronecker(left.size, right.size))

    def inverse(self, value: Sized) -> Sized:
        return Sized(self.inner.inverse(value.value))

    def determinant(self, value: Sized) -> Sized:
        return Sized(self.inner.determinant(value.value))

    def power(self, value: Any, exponent: Fraction) -> Sized:
        whole = exponent.denominator == 1
        return sized(value) ** (int(exponent) if whole else self.inner.number(exponent))

    def apply(self, function: str, order: int, value: Any) -> Sized:
        return Sized(self.inner.apply(function, order, sized(value).value))

    def _linear(self, operation: Any, value: Any) -> Sized:
        value = sized(value)
        return Sized(operation(np.asarray(value.value)), operation(np.asarray(value.size)))
