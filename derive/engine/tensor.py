"""Reverse-mode automatic differentiation of NumPy arrays: rules, functions, the `Tensor`, the walk over its graph.

`RULES` holds, for every operation, what it computes and the vector-Jacobian product (vjp) by each operand: given the
adjoint `g` of the result `y`, the adjoint of that operand. A vjp is written with the functions of this module, which
map arrays to arrays and Tensors to Tensors; so the same line gives numbers to `backward`, and a graph where a gradient
is to be differentiated again. This module never recurses and knows nothing of models. Where a function is not defined,
it does what NumPy does: NaN or infinity, with NumPy's warning.

Mathematics: the chain rule of one variable, and for matrix products, inverses and determinants M. Giles, Collected
matrix derivative results for forward and reverse mode algorithmic differentiation (2008), section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from derive.engine import recording

Array = np.ndarray
Operand = Any  # a Tensor, an array, a number, or nested sequences of numbers
Axis = int | tuple[int, ...] | None

# One large array, freed at once. glibc keeps freed memory for the process up to a limit that grows with the largest
# array freed so far (mallopt(3), M_MMAP_THRESHOLD). Below the limit of a fresh process it hands the arrays of a graph
# back to the system after every pass, and gets them back page by page in the next: twice the time at 1000 examples x
# 128 neurons. Costs at most 32 MiB that stay with the process; where malloc is another, it does nothing.
np.empty(2**21)

# Beyond this logit, 1/sigmoid(z) comes near the largest float64 (exp(709.7)), so dlog(p)/dp cannot be written down.
LARGEST_LOGIT = 700.0


# --- helpers of the rules --------------------------------------------------------------------------------------------


def to_array(x: Operand) -> Array:
    """x as an array of float64; a copy only where x is none. Raises TypeError for complex numbers and non-numbers."""
    array = np.asarray(x)
    if array.dtype != np.float64:
        if array.dtype.kind == "c":
            raise TypeError("complex numbers are not supported: the engine differentiates functions of real numbers")
        if array.dtype.kind not in "biuf":
            raise TypeError(f"expected numbers, not {type(x).__name__} {x!r}")
        array = array.astype(np.float64)
    return array


def _raw(x: Tensor | Array) -> Array:
    """The numbers of x, for the factors of a rule that are piecewise constant."""
    return x.data if isinstance(x, Tensor) else x


def _sigmoid(a: Array) -> Array:
    t = np.exp(-np.abs(a))  # never overflows, and keeps the small tail that 1 - 1/(1 + t) would round to 0
    return np.where(a >= 0.0, 1.0, t) / (1.0 + t)


def _step(a: Tensor | Array, at_zero: float) -> Array:
    return (_raw(a) > 0.0) + at_zero * (_raw(a) == 0.0) if at_zero else _raw(a) > 0.0


def _share(a: Tensor | Array, b: Tensor | Array) -> Array:
    return (_raw(a) > _raw(b)) + 0.5 * (_raw(a) == _raw(b))


def _largest(a: Tensor | Array, y: Tensor | Array, axis: Axis) -> Array:
    largest = _raw(a) == np.broadcast_to(np.reshape(_raw(y), _kept(a.shape, axis)), a.shape)
    return largest / np.sum(largest, axis=axis, keepdims=True)


def _nonzero(x: Tensor | Array) -> Tensor | Array:
    return where(_raw(x) == 0.0, 1.0, x)


def _kept(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """The shape after a reduction with keepdims."""
    axes = range(len(shape)) if axis is None else [axis] if isinstance(axis, int) else axis
    reduced = {a % len(shape) for a in axes}
    return tuple(1 if i in reduced else n for i, n in enumerate(shape))


def _spread(g: Tensor | Array, shape: tuple[int, ...], axis: Axis) -> Tensor | Array:
    """The adjoint of a sum over `axis`: g repeated along it."""
    return broadcast_to(reshape(g, _kept(shape, axis)), shape)


def _per_matrix(g: Tensor | Array) -> Tensor | Array:
    """One number per matrix of a stack, so that it multiplies the whole matrix."""
    return reshape(g, (*g.shape, 1, 1))


def _sum_to(a: Array, shape: tuple[int, ...]) -> Array:
    lead = a.ndim - len(shape)
    axes = (*range(lead), *(lead + i for i, n in enumerate(shape) if n == 1 and a.shape[lead + i] != 1))
    return np.sum(a, axis=axes).reshape(shape)


def _scatter(a: Array, index: Any, shape: tuple[int, ...]) -> Array:
    out = np.zeros(shape)
    np.add.at(out, index, a)  # an index may name an entry more than once
    return out


def _part(i: int) -> Callable[..., Tensor | Array]:
    def vjp(g: Tensor | Array, y: object, *parts: Tensor | Array, axis: int) -> Tensor | Array:
        start = sum_of(part.shape[axis] for part in parts[:i])
        return g[(slice(None),) * (axis % g.ndim) + (slice(start, start + parts[i].shape[axis]),)]

    return vjp


sum_of = sum  # the built-in; below, sum, max and abs are the functions of arrays


# --- the rules -------------------------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """What an operation computes from arrays, and its vjp by each operand; `many(i)` is the vjp by the i-th operand.

    A vjp may return its adjoint in the shape of the result: the walk sums it to the operand's shape.
    """

    forward: Callable[..., Array]
    vjps: tuple[Callable[..., Tensor | Array], ...] = ()
    many: Callable[[int], Callable[..., Tensor | Array]] | None = None


# fmt: off
RULES: dict[str, Rule] = {
    # elementwise, of two operands: g ∂y/∂a, g ∂y/∂b
    "+":       Rule(np.add,       (lambda g, y, a, b: g,       lambda g, y, a, b: g)),
    "-":       Rule(np.subtract,  (lambda g, y, a, b: g,       lambda g, y, a, b: -g)),
    "*":       Rule(np.multiply,  (lambda g, y, a, b: g * b,   lambda g, y, a, b: g * a)),
    "/":       Rule(np.divide,    (lambda g, y, a, b: g / b,   lambda g, y, a, b: -g * y / b)),
    "**":      Rule(np.power,     (lambda g, y, a, b: g * b * power(a, where(_raw(b) == 0.0, 1.0, b - 1.0)),
                                   lambda g, y, a, b: g * y * log(_nonzero(a)))),  # 0 at a = 0; above, 0 at b = 0
    "maximum": Rule(np.maximum,   (lambda g, y, a, b: g * _share(a, b), lambda g, y, a, b: g * _share(b, a))),
    "where":   Rule(lambda a, b, condition: np.where(condition, a, b),
                    (lambda g, y, a, b, condition: where(condition, g, 0.0),
                     lambda g, y, a, b, condition: where(condition, 0.0, g))),
    # elementwise, of one operand: g y'(a)
    "neg":      Rule(np.negative, (lambda g, y, a: -g,)),
    "exp":      Rule(np.exp,      (lambda g, y, a: g * y,)),
    "log":      Rule(np.log,      (lambda g, y, a: g / a,)),
    "sqrt":     Rule(np.sqrt,     (lambda g, y, a: g / (2.0 * y),)),
    "square":   Rule(np.square,   (lambda g, y, a: g * (2.0 * a),)),
    "sin":      Rule(np.sin,      (lambda g, y, a: g * cos(a),)),
    "cos":      Rule(np.cos,      (lambda g, y, a: -g * sin(a),)),
    "tanh":     Rule(np.tanh,     (lambda g, y, a: g * (1.0 - y * y),)),
    "sigmoid":  Rule(_sigmoid,    (lambda g, y, a: g * y * sigmoid(-a),)),                 # 1 - s(a) = s(-a)
    "softplus": Rule(lambda a: np.logaddexp(0.0, a), (lambda g, y, a: g * sigmoid(a),)),
    "abs":      Rule(np.abs,      (lambda g, y, a: g * np.sign(_raw(a)),)),                # 0 at 0
    "ReLU":     Rule(lambda a, at_zero: np.maximum(a, 0.0), (lambda g, y, a, at_zero: g * _step(a, at_zero),)),
    # ln p and 1 - p of p = s(z), by p and by z: right where p rounds to 1. Where 1/p is no float64, straight to z
    "log of sigmoid": Rule(lambda p, z: -np.logaddexp(0.0, -z),
                           (lambda g, y, p, z: where(_raw(z) > -LARGEST_LOGIT, g / _nonzero(p), 0.0),
                            lambda g, y, p, z: where(_raw(z) > -LARGEST_LOGIT, 0.0, g * sigmoid(-z)))),
    "1 - sigmoid":    Rule(lambda p, z: _sigmoid(-z), (lambda g, y, p, z: -g,)),
    # -v ln s(z) - (1-v) ln s(-z): no term cancels, no exponential overflows
    "bce": Rule(lambda z, v: v * np.logaddexp(0.0, -z) + (1.0 - v) * np.logaddexp(0.0, z),
                (lambda g, y, z, v: g * ((1.0 - v) * sigmoid(z) - v * sigmoid(-z)), lambda g, y, z, v: -g * z)),
    # reductions; _spread repeats g along the reduced axes
    "sum":         Rule(np.sum, (lambda g, y, a, axis, keepdims: _spread(g, a.shape, axis),)),
    "max":         Rule(np.max, (lambda g, y, a, axis, keepdims: _spread(g, a.shape, axis) * _largest(a, y, axis),)),
    "logsumexp":   Rule(lambda a, axis, keepdims: _logsumexp(a, axis, keepdims),
                        (lambda g, y, a, axis, keepdims: _spread(g, a.shape, axis) * softmax(a, axis),)),
    "softmax":     Rule(lambda a, axis: np.exp(a - _logsumexp(a, axis, True)),
                        (lambda g, y, a, axis: y * (g - sum(g * y, axis, True)),)),
    "log_softmax": Rule(lambda a, axis: a - _logsumexp(a, axis, True),
                        (lambda g, y, a, axis: g - exp(y) * sum(g, axis, True),)),
    "norm":        Rule(lambda a, axis, keepdims: np.sqrt(np.sum(a * a, axis=axis, keepdims=keepdims)),  # 0 at 0
                        (lambda g, y, a, axis, keepdims: _spread(g / _nonzero(y), a.shape, axis) * a,)),
    # matrices, and stacks of them: Giles (2008), 2.2.1 to 2.2.4
    "@":         Rule(np.matmul,     (lambda g, y, a, b: g @ mT(b), lambda g, y, a, b: mT(a) @ g)),
    "inverse":   Rule(np.linalg.inv, (lambda g, y, a: -(mT(y) @ g @ mT(y)),)),
    "det":       Rule(np.linalg.det, (lambda g, y, a: _per_matrix(g * y) * mT(inverse(a)),)),
    "logabsdet": Rule(lambda a: np.linalg.slogdet(a)[1], (lambda g, y, a: _per_matrix(g) * mT(inverse(a)),)),
    # moving entries: the vjp moves them back
    "reshape":      Rule(np.reshape,      (lambda g, y, a, shape: reshape(g, a.shape),)),
    "transpose":    Rule(np.transpose,    (lambda g, y, a, axes: transpose(g, tuple(np.argsort(axes))),)),
    "broadcast_to": Rule(np.broadcast_to, (lambda g, y, a, shape: sum_to(g, a.shape),)),
    "sum_to":       Rule(_sum_to,         (lambda g, y, a, shape: broadcast_to(g, a.shape),)),
    "getitem":      Rule(lambda a, index: a[index], (lambda g, y, a, index: scatter(g, index, a.shape),)),
    "scatter":      Rule(_scatter,        (lambda g, y, a, index, shape: g[index],)),
    "concatenate":  Rule(lambda *parts, axis: np.concatenate(parts, axis), many=_part),
}
# fmt: on


def _logsumexp(a: Array, axis: Axis, keepdims: bool) -> Array:
    top = np.max(a, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    out = np.log(np.sum(np.exp(a - top), axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis)


def apply(op: str, *args: Operand, **params: Any) -> Tensor | Array:
    """The operation `op` of arrays: an array. Where an operand is a Tensor: a Tensor that remembers how it was made."""
    operands = [a if isinstance(a, Tensor) else to_array(a) for a in args]
    tensors = [a for a in operands if isinstance(a, Tensor)]
    if not tensors:
        return RULES[op].forward(*operands, **params)
    data = RULES[op].forward(*[_raw(a) for a in operands], **params)
    out = Tensor.__new__(Tensor)
    out.data = np.asarray(data)
    out.grad = out._logit = None
    out.label = ""
    out._op = op
    out.requires_grad = recording.enabled and any([a.requires_grad for a in tensors])
    out._args, out._params = (operands, params) if out.requires_grad else ((), {})
    return out


# --- the functions: arrays to arrays, Tensors to Tensors --------------------------------------------------------------


def _elementwise(op: str, mathematics: str) -> Callable[..., Tensor | Array]:
    def function(*operands: Operand) -> Tensor | Array:
        return apply(op, *operands)

    function.__name__ = function.__qualname__ = op
    function.__doc__ = f"{mathematics}, elementwise; operands broadcast as in NumPy."
    return function


add = _elementwise("+", "a + b")
multiply = _elementwise("*", "a b")
divide = _elementwise("/", "a / b")
power = _elementwise("**", "a^b")
maximum = _elementwise("maximum", "max(a, b); where a = b, half of the gradient goes to each")
negative = _elementwise("neg", "-a")
exp = _elementwise("exp", "e^a")
sqrt = _elementwise("sqrt", "The square root of a")
square = _elementwise("square", "a^2")
sin = _elementwise("sin", "sin a")
cos = _elementwise("cos", "cos a")
tanh = _elementwise("tanh", "tanh a")
softplus = _elementwise("softplus", "ln(1 + e^a), at any a")
abs = _elementwise("abs", "|a|, with derivative 0 at 0")


def subtract(a: Operand, b: Operand) -> Tensor | Array:
    """a - b, elementwise; `1 - sigmoid(z)` is sigmoid(-z), so that it does not cancel."""
    if isinstance(b, Tensor) and b._logit is not None and np.ndim(_raw(a)) == 0 and _raw(a) == 1.0:
        out = apply("1 - sigmoid", b, b._logit.data)
        out._logit = -b._logit
        return out
    return apply("-", a, b)


def sigmoid(a: Operand) -> Tensor | Array:
    """1 / (1 + e^-a), elementwise. A resulting Tensor remembers its logit a, for `log` and `1 -`."""
    out = apply("sigmoid", a)
    if isinstance(out, Tensor):
        out._logit = a
    return out


def log(a: Operand) -> Tensor | Array:
    """The natural logarithm, elementwise; of a Tensor that is a sigmoid's result, computed from the logit.

    The value is then right at every logit. The gradient passes through the sigmoid, and for entries with a logit below
    -700, where d log(p) / dp = 1/p is no float64, straight to the logit.
    """
    if not isinstance(a, Tensor) or a._logit is None:
        return apply("log", a)
    saturated = np.any(a._logit.data <= -LARGEST_LOGIT)
    return apply("log of sigmoid", a, a._logit if saturated else a._logit.data)


def relu(a: Operand, at_zero: float = 0.0) -> Tensor | Array:
    """max(0, a), elementwise; `at_zero` in [0, 1] is the convention for its derivative at 0."""
    if not 0.0 <= at_zero <= 1.0:
        raise ValueError(f"the derivative of ReLU at 0 is a number in [0, 1] by convention, not {at_zero!r}")
    return apply("ReLU", a, at_zero=at_zero)


def where(condition: Array, a: Operand, b: Operand) -> Tensor | Array:
    """a where the condition (a constant) is true, else b; all three broadcast."""
    return apply("where", a, b, condition=np.asarray(_raw(condition), dtype=bool))


def sum(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor | Array:
    """The sum over `axis` (default: all)."""
    return apply("sum", a, axis=axis, keepdims=keepdims)


def mean(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor | Array:
    """The mean over `axis` (default: all)."""
    total = sum(a, axis, keepdims)
    return total / (np.size(_raw(a)) / np.size(_raw(total)))


def max(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor | Array:
    """The largest entry along `axis` (default: of all); equal ones share the gradient."""
    return apply("max", a, axis=axis, keepdims=keepdims)


def logsumexp(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor | Array:
    """ln sum e^a over `axis` (default: all), without overflow."""
    return apply("logsumexp", a, axis=axis, keepdims=keepdims)


def softmax(a: Operand, axis: Axis = -1) -> Tensor | Array:
    """e^a / sum e^a over `axis`, without overflow; the shape of a."""
    return apply("softmax", a, axis=axis)


def log_softmax(a: Operand, axis: Axis = -1) -> Tensor | Array:
    """The logarithm of `softmax`, without cancellation; the shape of a."""
    return apply("log_softmax", a, axis=axis)


def norm(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor | Array:
    """The square root of the sum of squares over `axis` (default: all; Frobenius' norm). Its gradient at 0 is 0."""
    return apply("norm", a, axis=axis, keepdims=keepdims)


def reshape(a: Operand, shape: int | tuple[int, ...]) -> Tensor | Array:
    """The entries of a, in row-major order, in another shape; one dimension may be -1."""
    return apply("reshape", a, shape=shape)


def transpose(a: Operand, axes: tuple[int, ...] | None = None) -> Tensor | Array:
    """The axes of a in another order (default: reversed)."""
    ndim = np.ndim(_raw(a))
    return apply("transpose", a, axes=tuple(range(ndim))[::-1] if axes is None else tuple(i % ndim for i in axes))


def mT(a: Operand) -> Tensor | Array:
    """Each matrix of a stack transposed: the last two axes swapped."""
    ndim = np.ndim(_raw(a))
    if ndim < 2:
        raise ValueError(f"a matrix transpose needs at least 2 axes, not {ndim}")
    return transpose(a, (*range(ndim - 2), ndim - 1, ndim - 2))


def broadcast_to(a: Operand, shape: tuple[int, ...]) -> Tensor | Array:
    """a repeated to `shape`, as NumPy broadcasts."""
    return a if np.shape(_raw(a)) == shape else apply("broadcast_to", a, shape=shape)


def sum_to(a: Operand, shape: tuple[int, ...]) -> Tensor | Array:
    """The adjoint of broadcasting `shape` to the shape of a: a summed over the axes that were repeated."""
    return a if np.shape(_raw(a)) == shape else apply("sum_to", a, shape=shape)


def getitem(a: Operand, index: Any) -> Tensor | Array:
    """a[index], for every index that NumPy takes."""
    return apply("getitem", a, index=index)


def scatter(a: Operand, index: Any, shape: tuple[int, ...]) -> Tensor | Array:
    """The adjoint of `getitem`: zeros of `shape`, with a added at `index`."""
    return apply("scatter", a, index=index, shape=shape)


def concatenate(parts: Sequence[Operand], axis: int = 0) -> Tensor | Array:
    """The parts joined along an axis that they have."""
    return apply("concatenate", *parts, axis=axis)


def stack(parts: Sequence[Operand], axis: int = 0) -> Tensor | Array:
    """The parts, of one shape, joined along a new axis."""
    shape = list(np.shape(_raw(parts[0])))
    shape.insert(axis % (len(shape) + 1), 1)
    if len(shapes := {np.shape(_raw(part)) for part in parts}) > 1:
        raise ValueError(f"stack needs parts of one shape, not {sorted(shapes)}")
    return concatenate([reshape(part, tuple(shape)) for part in parts], axis)


def matmul(a: Operand, b: Operand) -> Tensor | Array:
    """The matrix product: (..., n, m) @ (..., m, k) -> (..., n, k).

    What has one axis is a row on the left, a column on the right, and that axis is gone from the result.
    """
    rows, columns = np.shape(_raw(a)), np.shape(_raw(b))
    if len(rows) > 1 and len(columns) > 1:
        return apply("@", a, b)
    if not rows or not columns:
        raise ValueError(f"a matrix product needs at least 1 axis on either side, not shapes {rows} and {columns}")
    row, column = len(rows) == 1, len(columns) == 1
    product = apply("@", reshape(a, (1, -1)) if row else a, reshape(b, (-1, 1)) if column else b)
    *stack, n, k = product.shape
    return reshape(product, (*stack, *(() if row else (n,)), *(() if column else (k,))))


def inverse(a: Operand) -> Tensor | Array:
    """The inverse of each (n, n) matrix. Raises numpy.linalg.LinAlgError for a singular one."""
    return apply("inverse", a)


def det(a: Operand) -> Tensor | Array:
    """The determinant of each (n, n) matrix. Its gradient raises numpy.linalg.LinAlgError for a singular one."""
    return apply("det", a)


def slogdet(a: Operand) -> tuple[Array, Tensor | Array]:
    """(sign, ln |det a|) of each (n, n) matrix; the sign is a constant."""
    return np.linalg.slogdet(to_array(_raw(a)))[0], apply("logabsdet", a)


def diag(a: Operand) -> Tensor | Array:
    """The diagonal of a matrix, or the diagonal matrix of a vector."""
    shape = np.shape(_raw(a))
    if len(shape) not in (1, 2):
        raise ValueError(f"diag needs a vector or a matrix, not shape {shape}")
    i = np.arange(min(shape))
    return scatter(a, (i, i), 2 * shape) if len(shape) == 1 else getitem(a, (i, i))


def trace(a: Operand) -> Tensor | Array:
    """The sum of the diagonal of a matrix."""
    if len(shape := np.shape(_raw(a))) != 2:
        raise ValueError(f"trace needs a matrix, not shape {shape}")
    return sum(diag(a))


# --- the node --------------------------------------------------------------------------------------------------------


def _reflected(function: Callable[..., Tensor | Array]) -> Callable[..., Tensor | Array]:
    return lambda self, other: function(other, self)


class Tensor:
    """A float64 array, and the way it was computed.

    `Tensor(data, requires_grad=True)` is a leaf that collects a gradient; by default a leaf is a constant. `data` is a
    float64 array (on a leaf, a copy of what was given); `grad` is None or an array of the same shape, on results
    as on leaves, and read-only on results. `_prev` and `_op` name parents and operation, as on `Value`.

    Raises TypeError for complex numbers and for what is no array of numbers.
    """

    __slots__ = ("_args", "_logit", "_op", "_params", "data", "grad", "label", "requires_grad")
    __array_ufunc__ = None  # array * tensor then asks Tensor.__rmul__, instead of making an array of Tensors

    def __init__(self, data: Operand, requires_grad: bool = False, label: str = "") -> None:
        self.data: Array = np.array(to_array(data))
        self.grad: Array | None = None
        self.requires_grad = requires_grad
        self.label = label
        self._op = ""
        self._args: Sequence[Tensor | Array] = ()  # the operands, constants among them
        self._params: dict[str, Any] = {}
        self._logit: Tensor | None = None  # on a sigmoid's result: what it is the sigmoid of

    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)
    size = property(lambda self: self.data.size)
    is_leaf = property(lambda self: not self._args)
    T = property(transpose)
    mT = property(mT)

    __add__, __radd__ = add, _reflected(add)
    __sub__, __rsub__ = subtract, _reflected(subtract)
    __mul__, __rmul__ = multiply, _reflected(multiply)
    __truediv__, __rtruediv__ = divide, _reflected(divide)
    __pow__, __rpow__ = power, _reflected(power)
    __matmul__, __rmatmul__ = matmul, _reflected(matmul)
    __neg__, __abs__, __getitem__ = negative, abs, getitem
    exp, log, sqrt, square, sin, cos, tanh, sigmoid, relu = exp, log, sqrt, square, sin, cos, tanh, sigmoid, relu
    sum, mean, max, reshape, transpose = sum, mean, max, reshape, transpose

    # comparisons give arrays of truth values, for `where`; == stays identity
    __lt__ = lambda self, other: self.data < _raw(other)  # noqa: E731
    __le__ = lambda self, other: self.data <= _raw(other)  # noqa: E731
    __gt__ = lambda self, other: self.data > _raw(other)  # noqa: E731
    __ge__ = lambda self, other: self.data >= _raw(other)  # noqa: E731

    def __len__(self) -> int:
        return len(self.data)

    def __bool__(self) -> bool:
        return bool(self.data)

    def item(self) -> float:
        """The number in a Tensor of one entry; raises ValueError for more."""
        return self.data.item()

    def __repr__(self) -> str:
        return f"Tensor({np.array2string(self.data, separator=', ', prefix='Tensor(')})"

    @property
    def _prev(self) -> tuple[Tensor, ...]:
        return tuple(a for a in self._args if isinstance(a, Tensor))

    def detach(self) -> Tensor:
        """The same numbers as a constant: what is computed from them passes no gradient back."""
        return Tensor(self.data)

    def zero_grad(self) -> None:
        """Forgets the gradient of this node and of everything that it was computed from."""
        for node in _parents_first(self):
            node.grad = None

    def backward(self, gradient: Operand | None = None) -> None:
        """Adds the gradient of this Tensor to the `grad` of every node that it was computed from, itself included.

        `gradient`, of this Tensor's shape, weights its entries; without it the Tensor must have one entry. Every call
        computes fresh adjoints first, so two calls double the gradients, also those of results. Raises RuntimeError if
        this Tensor does not require a gradient, ValueError if `gradient` is missing or has another shape.
        """
        for node, adjoint in list(adjoints(self, gradient)):
            if node.grad is not None:
                node.grad = node.grad + adjoint
            elif node.is_leaf:
                node.grad = np.array(adjoint)
            else:  # not a copy, which would cost a tenth of a pass: one array may be the gradient of several results
                node.grad = np.asarray(adjoint)
                node.grad.flags.writeable = False


# --- the walk --------------------------------------------------------------------------------------------------------


def _parents_first(root: Tensor) -> list[Tensor]:
    """Every node that `root` was computed from and that requires a gradient, parents before results."""
    order: list[Tensor] = []
    seen: set[Tensor] = set()
    stack: list[Tensor | Array | None] = [root]  # None: the node below it has all its parents in `order`
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())
        elif isinstance(node, Tensor) and node.requires_grad and node not in seen:
            seen.add(node)
            stack += [node, None, *node._args]
    return order


def adjoints(
    root: Tensor, gradient: Operand | None = None, create_graph: bool = False
) -> Iterator[tuple[Tensor, Tensor | Array]]:
    """Each node with the gradient of `root` by it, results before parents; with `create_graph` these are Tensors.

    Raises as `Tensor.backward` does.
    """
    if not root.requires_grad:
        raise RuntimeError(f"{root!r} requires no gradient: it is a constant, detached, or made under no_grad()")
    if gradient is None:
        if root.size != 1:
            raise ValueError(f"a Tensor of shape {root.shape} has no one gradient: reduce it, or pass `gradient`")
        gradient = np.ones(root.shape)
    elif np.shape(_raw(gradient)) != root.shape:
        raise ValueError(f"the gradient has shape {np.shape(_raw(gradient))}, the Tensor {root.shape}")
    seed = np.array(to_array(_raw(gradient)))
    pending: dict[Tensor, Any] = {root: Tensor(seed) if create_graph else seed}
    for node in reversed(_parents_first(root)):
        g = pending.pop(node)
        yield node, g
        if node.is_leaf:
            continue
        rule = RULES[node._op]
        y, operands = (node, node._args) if create_graph else (node.data, [_raw(a) for a in node._args])
        for i, parent in enumerate(node._args):
            if isinstance(parent, Tensor) and parent.requires_grad:
                vjp = rule.many(i) if rule.many else rule.vjps[i]
                adjoint = vjp(g, y, *operands, **node._params)
                if adjoint.shape != parent.data.shape:
                    adjoint = sum_to(adjoint, parent.data.shape)
                pending[parent] = pending[parent] + adjoint if parent in pending else adjoint
