"""Complex step differentiation of a loss that was written for real NumPy arrays.

For an analytic f that is real on the real line, f'(x) = Im f(x + ih)/h + O(h^2), with no cancellation: with h = 1e-40
the result is as exact as f itself. It is wrong without a sign of it wherever the loss leaves the analytic functions
(`abs`, `conj`, a cast to float). Therefore the loss gets a `Traced` stand-in that refuses whatever has no row in the
tables below, and cannot be turned into a plain array. This module never guesses: what it cannot follow is
`NotTraceable`.

Source: Squire & Trapp, SIAM Review 40 (1998) 110; Martins, Sturdza & Alonso, ACM TOMS 29 (2003) 245 (rules for abs, max
and the comparisons, which go by the real part).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

STEP = 1e-40


class NotTraceable(TypeError):
    """The loss did something to a traced array that has no row in the tables."""


class Trace:
    """What one evaluation did: `piecewise` once it compared, took an absolute value, a maximum or a root."""

    def __init__(self) -> None:
        self.piecewise = False


def _as_method(function: Callable) -> Callable:
    return lambda self, *args, **options: function(self, *args, **options)


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A real array of any shape as the loss sees it; `data` is its complex extension, of the same shape."""

    def __init__(self, data: np.ndarray, trace: Trace) -> None:
        self.data = np.asarray(data, dtype=complex)
        self.trace = trace

    dtype = np.dtype(float)
    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)
    size = property(lambda self: self.data.size)
    T = property(lambda self: Traced(self.data.T, self.trace))

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise NotTraceable("conversion to a plain array")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        rule = _UFUNCS.get((ufunc, method))
        if rule is None or set(options) - {"axis", "keepdims"}:
            raise NotTraceable(f"{ufunc.__name__} ({method})")
        result = rule(self.trace, *[_unwrap(value) for value in inputs], **options)
        if out is None:
            return self._wrap(result)
        (target,) = out
        if not isinstance(target, Traced):
            raise NotTraceable("a traced value written into a plain array")
        if target.shape == ():  # NumPy would hold an immutable number here: `a += 1` gives a new one
            return self._wrap(result)
        target.data[...] = result
        return target

    def __array_function__(self, function: Callable, types: Any, args: Any, options: Any) -> Any:
        rule = _FUNCTIONS.get(function)
        if rule is None:
            raise NotTraceable(function.__name__)
        return self._wrap(rule(self.trace, *_unwrap(args), **{key: _unwrap(value) for key, value in options.items()}))

    def _wrap(self, result: Any) -> Any:
        return Traced(result, self.trace) if np.iscomplexobj(result) else result

    def __getitem__(self, key: Any) -> Traced:
        return Traced(self.data[key], self.trace)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.data[key] = _unwrap(value)

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Any:
        return (self[index] for index in range(len(self)))

    def __bool__(self) -> bool:
        self.trace.piecewise = True
        return bool(self.data.real)

    def copy(self) -> Traced:
        return Traced(self.data.copy(), self.trace)

    def reshape(self, *shape: Any) -> Traced:
        return Traced(self.data.reshape(*shape), self.trace)

    def transpose(self, *axes: Any) -> Traced:
        return Traced(self.data.transpose(*axes), self.trace)

    def flatten(self) -> Traced:
        return Traced(self.data.flatten(), self.trace)

    sum, mean, prod, max, min = (_as_method(f) for f in (np.sum, np.mean, np.prod, np.max, np.min))
    dot, clip, ravel = (_as_method(f) for f in (np.dot, np.clip, np.ravel))
    squeeze, var, std, cumsum = (_as_method(f) for f in (np.squeeze, np.var, np.std, np.cumsum))


def _unwrap(value: Any) -> Any:
    if isinstance(value, Traced):
        return value.data
    if isinstance(value, (list, tuple)):
        return type(value)(_unwrap(item) for item in value)
    if isinstance(value, (np.ndarray, np.generic, complex)) and np.asarray(value).dtype.kind not in "biuf":
        raise NotTraceable("a loss with complex numbers or objects of its own")
    return value


def _real(value: Any) -> Any:
    return value.real if np.iscomplexobj(value) else value


def _analytic(function: Callable) -> Callable:
    return lambda trace, *args, **options: function(*args, **options)


def _kinked(rule: Callable) -> Callable:
    """The rule holds away from the places where its pieces meet; there, finite differences look for a kink."""

    def marked(trace: Trace, *args: Any, **options: Any) -> Any:
        trace.piecewise = True
        return rule(*args, **options)

    return marked


def _on_real_parts(function: Callable) -> Callable:
    return _kinked(lambda *args: function(*[_real(value) for value in args]))


def _power(trace: Trace, base: Any, exponent: Any) -> Any:
    # x^n is analytic for a whole number n only; x^(1/2) of x^2 is |x|.
    if np.iscomplexobj(exponent) or np.any(np.asarray(exponent) % 1 != 0):
        trace.piecewise = True
    return np.power(base, exponent)


def _logaddexp(a: Any, b: Any) -> Any:
    shift = np.maximum(_real(a), _real(b))
    return shift + np.log(np.exp(a - shift) + np.exp(b - shift))


def _absolute(z: Any) -> Any:
    return np.where(_real(z) < 0, -z, z)


def _maximum(a: Any, b: Any) -> Any:
    return np.where(_real(a) >= _real(b), a, b)


def _minimum(a: Any, b: Any) -> Any:
    return np.where(_real(a) <= _real(b), a, b)


def _extreme(choose: Callable) -> Callable:
    """max z along an axis = the entry of z at which Re z is largest."""

    def rule(z: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
        if axis is None:
            picked = z.ravel()[choose(z.real)]
            return picked.reshape((1,) * z.ndim) if keepdims else picked
        where = np.expand_dims(choose(z.real, axis=axis), axis)
        picked = np.take_along_axis(z, where, axis)
        return picked if keepdims else np.squeeze(picked, axis)

    return rule


def _clip(z: Any, low: Any = None, high: Any = None) -> Any:
    z = z if low is None else _maximum(z, low)
    return z if high is None else _minimum(z, high)


def _where(condition: Any, a: Any, b: Any) -> Any:
    if np.iscomplexobj(condition):
        raise NotTraceable("where on a traced condition")
    return np.where(condition, a, b)


def _var(z: Any, axis: Any = None, *, ddof: int = 0, keepdims: bool = False) -> Any:
    squares = np.square(z - np.mean(z, axis=axis, keepdims=True))
    total = np.sum(squares, axis=axis, keepdims=keepdims)
    return total / (z.size // max(np.size(total), 1) - ddof)


def _norm(z: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sqrt(np.sum(z * z, axis=axis, keepdims=keepdims))


_UFUNCS: dict[tuple[np.ufunc, str], Callable] = {
    **{
        (ufunc, "__call__"): _analytic(ufunc)
        for ufunc in (
            *(np.add, np.subtract, np.multiply, np.true_divide, np.negative, np.positive, np.matmul, np.square),
            *(np.reciprocal, np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sin, np.cos, np.tan),
            *(np.sinh, np.cosh, np.tanh, np.arcsin, np.arccos, np.arctan, np.arcsinh, np.arccosh, np.arctanh),
        )
    },
    **{
        (ufunc, "__call__"): _on_real_parts(ufunc)
        for ufunc in (
            *(np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal),
            *(np.sign, np.heaviside, np.isfinite, np.isnan, np.isinf, np.signbit),
        )
    },
    (np.power, "__call__"): _power,
    (np.float_power, "__call__"): _power,
    (np.logaddexp, "__call__"): _analytic(_logaddexp),
    (np.sqrt, "__call__"): _kinked(np.sqrt),
    (np.absolute, "__call__"): _kinked(_absolute),
    (np.fabs, "__call__"): _kinked(_absolute),
    (np.maximum, "__call__"): _kinked(_maximum),
    (np.minimum, "__call__"): _kinked(_minimum),
    (np.add, "reduce"): _analytic(np.add.reduce),
    (np.multiply, "reduce"): _analytic(np.multiply.reduce),
    (np.maximum, "reduce"): _kinked(_extreme(np.argmax)),
    (np.minimum, "reduce"): _kinked(_extreme(np.argmin)),
}

_FUNCTIONS: dict[Callable, Callable] = {
    **{
        function: _analytic(function)
        for function in (
            *(np.sum, np.mean, np.prod, np.cumsum, np.dot, np.inner, np.outer, np.tensordot, np.einsum, np.kron),
            *(np.trace, np.diag, np.diagonal, np.transpose, np.swapaxes, np.moveaxis, np.reshape, np.ravel),
            *(np.squeeze, np.expand_dims, np.broadcast_to, np.concatenate, np.stack, np.vstack, np.hstack),
            *(np.column_stack, np.take, np.roll, np.flip, np.tile, np.repeat, np.shape, np.ndim, np.size),
            *(np.linalg.inv, np.linalg.solve, np.linalg.det),
        )
    },
    np.vdot: _analytic(lambda a, b: np.dot(np.ravel(a), np.ravel(b))),
    np.zeros_like: _analytic(lambda z: np.zeros(z.shape)),
    np.ones_like: _analytic(lambda z: np.ones(z.shape)),
    np.where: _analytic(_where),
    np.var: _analytic(_var),
    np.std: _kinked(lambda z, *args, **options: np.sqrt(_var(z, *args, **options))),
    np.linalg.norm: _kinked(_norm),
    np.max: _kinked(_extreme(np.argmax)),
    np.min: _kinked(_extreme(np.argmin)),
    np.clip: _kinked(_clip),
}


class ComplexStep:
    """The complex step with respect to the entries of one parameter.

    `call` evaluates the loss with the stand-in put in the place of the parameter; `value` is the parameter, of any
    shape; `expected` is the loss there. `usable` says that the loss could be followed, `smooth` that nothing in it
    has a kink.
    """

    def __init__(self, call: Callable[[Any], Any], value: np.ndarray, expected: float, noise: float) -> None:
        self._call = call
        self._data = value.astype(complex)
        self.evaluations = 0
        self.usable = False
        self.smooth = False
        try:
            result, trace = self._evaluate()
        except NotTraceable:
            return
        self.usable = bool(abs(result.real - expected) <= 100 * noise)
        self.smooth = self.usable and not trace.piecewise

    def __call__(self, index: int) -> float:
        """dloss/dparameter at the flat `index`; nan where the loss leaves the finite numbers or the tables."""
        self._data.flat[index] += 1j * STEP
        try:
            result, _ = self._evaluate()
        except NotTraceable:
            return np.nan
        finally:
            self._data.flat[index] = self._data.flat[index].real
        return result.imag / STEP

    def _evaluate(self) -> tuple[complex, Trace]:
        trace = Trace()
        self.evaluations += 1
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                result = self._call(Traced(self._data, trace))
        except Exception as error:  # the loss never promised to take a stand-in: any failure means "cannot be followed"
            raise NotTraceable(str(error)) from error
        if not isinstance(result, Traced) or result.shape != ():
            raise NotTraceable("the result does not come from the traced array")
        return complex(result.data), trace
