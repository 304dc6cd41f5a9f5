"""Kinds of numbers. Each says how the few operations beyond `+ - * / @` work on its matrices, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Protocol

from derive.terms.functions import FUNCTIONS


class Arithmetic(Protocol):
    """Matrices are (..., rows, columns); results that are scalars are (..., 1, 1)."""

    def number(self, value: Fraction | int) -> Any: ...
    def ones(self, shape: tuple[int, int]) -> Any: ...
    def identity(self, order: int) -> Any: ...
    def transpose(self, value: Any) -> Any: ...
    def total(self, value: Any) -> Any: ...
    def trace(self, value: Any) -> Any: ...
    def stack(self, entries: list[Any]) -> Any: ...
    def vec(self, value: Any) -> Any: ...
    def kronecker(self, left: Any, right: Any) -> Any: ...
    def commutation(self, rows: int, cols: int) -> Any: ...
    def inverse(self, value: Any) -> Any: ...
    def determinant(self, value: Any) -> Any: ...
    def power(self, value: Any, exponent: Fraction) -> Any: ...
    def apply(self, function: str, order: int, value: Any) -> Any: ...


Derivatives = Mapping[tuple[str, int], Callable[[Any], Any]]


class NumPyArithmetic:
    """Float64 or complex128 arrays, and bare floats where everything is a scalar.

    `derivatives` holds the functions to use for f', by (name, order): this room knows none.
    """

    def __init__(self, derivatives: Derivatives | None = None):
        self.derivatives = {} if derivatives is None else derivatives

    @cached_property
    def numpy(self):
        import numpy  # only when numbers are needed: `derive --help` must not pay for it

        return numpy

    @cached_property
    def primitives(self) -> SimpleNamespace:
        np = self.numpy
        names = ("exp", "log", "tanh", "sin", "cos", "sqrt")
        return SimpleNamespace(**{name: getattr(np, name) for name in names}, piecewise=self._piecewise)

    def _piecewise(self, t: Any, below: Any, above: Any) -> Any:
        """`below` for t <= 0, `above` for t > 0; a complex step follows its real part."""
        return self.numpy.where(self.numpy.real(t) > 0, above, below)

    def number(self, value: Fraction | int) -> float:
        return float(value)

    def ones(self, shape: tuple[int, int]) -> Any:
        return self.numpy.ones(shape)

    def identity(self, order: int) -> Any:
        return self.numpy.eye(order)

    def transpose(self, value: Any) -> Any:
        return value.swapaxes(-1, -2)

    def total(self, value: Any) -> Any:
        return value.sum(axis=(-2, -1), keepdims=True)

    def trace(self, value: Any) -> Any:
        return self.numpy.diagonal(value, axis1=-2, axis2=-1).sum(axis=-1, keepdims=True)[..., None]

    def stack(self, entries: list[Any]) -> Any:
        """Scalars, one under the other, as a column."""
        np = self.numpy
        columns = [np.reshape(entry, (*np.shape(entry)[:-2], 1, 1)) for entry in entries]
        return np.concatenate(np.broadcast_arrays(*columns), axis=-2)

    def vec(self, value: Any) -> Any:
        *batch, rows, cols = value.shape
        return value.swapaxes(-1, -2).reshape(*batch, rows * cols, 1)

    def kronecker(self, left: Any, right: Any) -> Any:
        """Numbers pass for 1 x 1 matrices. Not `numpy.kron`: that one mixes the axes of a batch as well."""
        left, right = self.numpy.atleast_2d(left), self.numpy.atleast_2d(right)
        blocks = left[..., :, None, :, None] * right[..., None, :, None, :]
        *batch, rows, high, cols, wide = blocks.shape
        return blocks.reshape(*batch, rows * high, cols * wide)

    def commutation(self, rows: int, cols: int) -> Any:
        np = self.numpy
        return np.eye(rows * cols)[np.arange(rows * cols).reshape(cols, rows).T.ravel()]

    def inverse(self, value: Any) -> Any:
        return self.numpy.linalg.inv(value)

    def determinant(self, value: Any) -> Any:
        return self.numpy.linalg.det(value)[..., None, None]

    def power(self, value: Any, exponent: Fraction) -> Any:
        whole = exponent.denominator == 1
        return value ** (int(exponent) if whole else float(exponent))

    def apply(self, function: str, order: int, value: Any) -> Any:
        # A saturated sigmoid passes through exp(large): the limit is right, the warning is noise.
        with self.numpy.errstate(over="ignore", divide="ignore", invalid="ignore"):
            if order:
                return self.derivatives[function, order](value)
            return FUNCTIONS[function].value(self.primitives, value)


class ObjectArithmetic(NumPyArithmetic):
    """Object arrays: exact, symbolic or many-digit numbers, with the primitives of their own library.

    Args:
        primitives: exp, log, tanh, sin, cos, sqrt, and `piecewise(t, below, above)`, of one number.
        number: makes one number from a `Fraction`.
        derivatives: functions of one number for f', by (name, order).
        functions: replaces whole rows of the table, by name.
        magnitude: how well a number serves as a pivot; 0 for none.
    """

    def __init__(
        self,
        primitives: Any,
        number: Callable[[Fraction | int], Any],
        derivatives: Derivatives | None = None,
        functions: Mapping[str, Callable[[Any], Any]] | None = None,
        magnitude: Callable[[Any], Any] = abs,
    ):
        super().__init__(derivatives)
        self.primitives = primitives
        self.number = number
        self.functions = {} if functions is None else functions
        self.magnitude = magnitude

    def ones(self, shape: tuple[int, int]) -> Any:
        return self.numpy.full(shape, self.number(1), dtype=object)

    def identity(self, order: int) -> Any:
        return self._numbers(self.numpy.eye(order, dtype=int))

    def commutation(self, rows: int, cols: int) -> Any:
        return self._numbers(super().commutation(rows, cols).astype(int))

    def _numbers(self, whole: Any) -> Any:
        return self.numpy.frompyfunc(lambda value: self.number(int(value)), 1, 1)(whole)

    def power(self, value: Any, exponent: Fraction) -> Any:
        return value ** (int(exponent) if exponent.denominator == 1 else self.number(exponent))

    def inverse(self, value: Any) -> Any:
        inverse, _ = _gauss_jordan(self, value)
        if inverse is None:
            raise ZeroDivisionError("a singular matrix has no inverse")
        return inverse

    def determinant(self, value: Any) -> Any:
        return self.numpy.array([[_gauss_jordan(self, value)[1]]], dtype=object)

    def apply(self, function: str, order: int, value: Any) -> Any:
        if order:
            rule = self.derivatives[function, order]
        elif function in self.functions:
            rule = self.functions[function]
        else:
            def rule(t):
                return FUNCTIONS[function].value(self.primitives, t)
        return self.numpy.frompyfunc(rule, 1, 1)(value)


def _gauss_jordan(arithmetic: ObjectArithmetic, matrix: Any) -> tuple[Any, Any]:
    """(inverse, determinant) of a square object matrix, with partial pivoting; (None, 0) if it is singular."""
    np = arithmetic.numpy
    order = matrix.shape[0]
    work = np.concatenate([matrix, arithmetic.identity(order)], axis=1)
    determinant = arithmetic.number(1)
    for k in range(order):
        pivot = max(range(k, order), key=lambda row: arithmetic.magnitude(work[row, k]))
        if not arithmetic.magnitude(work[pivot, k]):
            return None, arithmetic.number(0)
        if pivot != k:
            work[[k, pivot]] = work[[pivot, k]]
            determinant = -determinant
        determinant = determinant * work[k, k]
        work[k] = work[k] / work[k, k]
        for row in range(order):
            if row != k:
                work[row] = work[row] - work[row, k] * work[k]
    return work[:, order:], determinant


def digits(count: int = 30, derivatives: Derivatives | None = None) -> ObjectArithmetic:
    """Numbers with this many decimal digits, by mpmath, in a context of their own."""
    import mpmath

    mp = mpmath.mp.clone()
    mp.dps = count
    primitives = SimpleNamespace(
        **{name: getattr(mp, name) for name in ("exp", "log", "tanh", "sin", "cos", "sqrt")},
        piecewise=lambda t, below, above: above if t.real > 0 else below,
    )
    return ObjectArithmetic(primitives, lambda v: mp.mpf(v.numerator) / v.denominator, derivatives)


NUMPY = NumPyArithmetic()
