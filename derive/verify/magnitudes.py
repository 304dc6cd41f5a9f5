"""How large the terms were that a value sums up, and how far rounding errors may have grown: yardsticks of comparing.

a b - c d may cancel to nothing while |a b| + |c d| does not, and it is the latter that rounding errors are in
proportion to. A `Sized` number carries through any term, entry by entry, its value, that sum of magnitudes (`size`),
and a running bound of its rounding error in units of the last digit (`noise`): Higham, Accuracy and Stability of
Numerical Algorithms, 2002, sec. 3.3. A function starts the size afresh and passes the noise on, times its slope:
ln(1 - p) for a p near 1 is of size 30 and may have lost all its digits.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property, partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from derive.terms.arithmetic import NumPyArithmetic, ObjectArithmetic
from derive.terms.functions import FUNCTIONS

# What the rows of the table of functions are written over.
PRIMITIVES = ("exp", "log", "tanh", "sin", "cos", "sqrt")
# An argument is on a kink where its distance is less than this part of its noise.
AT_KINK = 1e-9


class Sized:
    """A matrix of values; entry by entry the sum of the magnitudes of the terms that made it, and its noise.

    The noise is never less than the magnitude of the value: each operation rounds its own result.
    """

    __slots__ = ("noise", "size", "value")
    __array_ufunc__ = None  # array + sized asks Sized.__radd__

    def __init__(self, value: Any, size: Any = None, noise: Any = None):
        self.value = value
        self.size = abs(value) if size is None else size
        self.noise = self.size if noise is None else noise

    def __add__(self, other: Any) -> Sized:
        other = sized(other)
        return Sized(self.value + other.value, self.size + other.size, self.noise + other.noise)

    def __sub__(self, other: Any) -> Sized:
        other = sized(other)
        return Sized(self.value - other.value, self.size + other.size, self.noise + other.noise)

    def __mul__(self, other: Any) -> Sized:
        other = sized(other)
        noise = abs(self.value) * other.noise + self.noise * abs(other.value)
        return Sized(self.value * other.value, self.size * other.size, noise)

    def __matmul__(self, other: Any) -> Sized:
        other = sized(other)
        noise = abs(self.value) @ other.noise + self.noise @ abs(other.value)
        return Sized(self.value @ other.value, self.size @ other.size, noise)

    def __truediv__(self, other: Any) -> Sized:
        other = sized(other)
        value, below = self.value / other.value, abs(other.value)
        return Sized(value, self.size / below, self.noise / below + abs(value) * other.noise / below)

    def __neg__(self) -> Sized:
        return Sized(-self.value, self.size, self.noise)

    def __pow__(self, exponent: Any) -> Sized:
        value = self.value**exponent
        noise = abs(value) + abs(exponent * self.value ** (exponent - 1)) * self.noise
        return Sized(value, self.size**exponent if exponent > 0 else abs(value), noise)

    def __getitem__(self, place: Any) -> Sized:
        return Sized(self.value[place], self.size[place], self.noise[place])

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


def lost(value: Sized) -> Any:
    """How many times the noise exceeds the size, at the worst entry; infinity where something cancelled to 0."""
    pairs = zip(np.ravel(value.size), np.ravel(value.noise), strict=True)
    return max((noise / size if size else np.inf for size, noise in pairs if noise > 0), default=1)  # not of NaN


class SizedArithmetic(NumPyArithmetic):
    """Sized matrices over another kind of numbers. `lost` is the most that any function lost of its result."""

    def __init__(self, inner: ObjectArithmetic):
        super().__init__()
        self.inner = inner
        self.lost: Any = 1

    def number(self, value: Fraction | int) -> Any:
        return self.inner.number(value)

    def ones(self, shape: tuple[int, int]) -> Any:
        return self.inner.ones(shape)

    def identity(self, order: int) -> Any:
        return self.inner.identity(order)

    def commutation(self, rows: int, cols: int) -> Any:
        return self.inner.commutation(rows, cols)

    def transpose(self, value: Any) -> Sized:
        return self._moved(self.inner.transpose, value)

    def total(self, value: Any) -> Sized:
        return self._moved(self.inner.total, value)

    def trace(self, value: Any) -> Sized:
        return self._moved(self.inner.trace, value)

    def vec(self, value: Any) -> Sized:
        return self._moved(self.inner.vec, value)

    def stack(self, entries: list[Any]) -> Sized:
        parts = [sized(entry) for entry in entries]
        columns = ([part.value for part in parts], [part.size for part in parts], [part.noise for part in parts])
        return Sized(*map(self.inner.stack, columns))

    def kronecker(self, left: Any, right: Any) -> Sized:
        left, right = sized(left), sized(right)
        product = self.inner.kronecker
        noise = product(abs(left.value), right.noise) + product(left.noise, abs(right.value))
        return Sized(product(left.value, right.value), product(left.size, right.size), noise)

    def inverse(self, value: Any) -> Sized:
        """d(A^-1) = -A^-1 dA A^-1"""
        value = sized(value)
        inverse = self.inner.inverse(value.value)
        return Sized(inverse, None, abs(inverse) @ value.noise @ abs(inverse) + abs(inverse))

    def determinant(self, value: Any) -> Sized:
        """d det A = det(A) tr(A^-1 dA)"""
        value = sized(value)
        determinant = self.inner.determinant(value.value)
        if not determinant.item():
            return Sized(determinant)
        moved = abs(self.inner.transpose(self.inner.inverse(value.value))) * value.noise
        return Sized(determinant, None, abs(determinant) * (1 + self.inner.total(moved)))

    def power(self, value: Any, exponent: Fraction) -> Any:
        whole = exponent.denominator == 1
        return sized(value) ** (int(exponent) if whole else self.inner.number(exponent))

    def apply(self, function: str, order: int, value: Any) -> Sized:
        found = self._function(function, sized(value)) if not order else self._slope(function, order, sized(value))
        self.lost = max(self.lost, lost(found))
        return found

    def _function(self, name: str, argument: Sized) -> Sized:
        result, slope = (self.inner.apply(name, order, argument.value) for order in (0, 1))
        size, slope = abs(result), abs(slope)
        for kink in FUNCTIONS[name].kinks:
            # One rounding error away stands the slope of the other side; what cancelled there has cancelled here.
            near = abs(argument.value - self.inner.number(kink)) <= AT_KINK * argument.noise
            slope, size = np.where(near, 1, slope), np.where(near, argument.size, size)
        noise = abs(result) + slope * argument.noise
        if name not in PRIMITIVES and not FUNCTIONS[name].kinks:  # its own definition may cancel: ln(1 + e^-40)
            noise = np.maximum(noise, FUNCTIONS[name].value(self._primitives, argument).noise)
        return Sized(result, size, noise)

    @cached_property
    def _primitives(self) -> SimpleNamespace:
        return SimpleNamespace(**{name: partial(self._function, name) for name in PRIMITIVES})

    def _slope(self, name: str, order: int, argument: Sized) -> Sized:
        """f' is often computed from f: 1 - tanh^2, s (1 - s). If f' = p(f), that costs f p'(f), and p'(f) = f''/f'.

        Beyond f' nothing is known of the slope, and nothing is passed on.
        """
        result = self.inner.apply(name, order, argument.value)
        noise = abs(result)
        if order == 1:
            value, second = (self.inner.apply(name, k, argument.value) for k in (0, 2))
            by_value = abs(value * second) / np.where(result == 0, 1, abs(result))
            noise = noise + abs(second) * argument.noise + by_value
        return Sized(result, None, noise)

    def _moved(self, operation: Any, value: Any) -> Sized:
        value = sized(value)
        parts = (value.value, value.size, value.noise)
        return Sized(*(operation(np.asarray(part)) for part in parts))
