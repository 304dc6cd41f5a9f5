"""Terms evaluated over the engine's Tensors: the one place where the two rooms meet."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from derive.engine import tensor
from derive.engine.tensor import Tensor
from derive.terms.arithmetic import NumPyArithmetic

_FUNCTIONS = {
    name: getattr(tensor, name)
    for name in ("exp", "log", "tanh", "sigmoid", "softplus", "sin", "cos", "sqrt", "abs", "square")
}


def leaf(value: Any) -> Tensor:
    """A Tensor that collects a gradient."""
    return Tensor(value, requires_grad=True)


class TensorArithmetic(NumPyArithmetic):
    """The operations of terms by the engine's own functions. `at_zero` is the convention for ReLU'(0)."""

    def __init__(self, at_zero: float = 0.0):
        super().__init__()
        self.at_zero = at_zero

    def transpose(self, value: Tensor) -> Tensor:
        return tensor.mT(value)

    def total(self, value: Tensor) -> Tensor:
        return tensor.sum(value, axis=(-2, -1), keepdims=True)

    def trace(self, value: Tensor) -> Tensor:
        return self.total(value * self.identity(value.shape[-1]))

    def stack(self, entries: list[Tensor]) -> Tensor:
        return tensor.concatenate([tensor.reshape(entry, (1, 1)) for entry in entries], 0)

    def vec(self, value: Tensor) -> Tensor:
        return tensor.reshape(tensor.mT(value), (-1, 1))

    def kronecker(self, left: Tensor, right: Tensor) -> Tensor:
        (r, c), (p, q) = np.shape(left), np.shape(right)
        blocks = tensor.reshape(left, (r, 1, c, 1)) * tensor.reshape(right, (1, p, 1, q))
        return tensor.reshape(blocks, (r * p, c * q))

    def inverse(self, value: Tensor) -> Tensor:
        return tensor.inverse(value)

    def determinant(self, value: Tensor) -> Tensor:
        return tensor.reshape(tensor.det(value), (1, 1))

    def power(self, value: Tensor, exponent: Fraction) -> Tensor:
        return value ** float(exponent)

    def apply(self, function: str, order: int, value: Tensor) -> Tensor:
        if order:
            raise KeyError(f"the engine has no function {function} of order {order}")
        if function == "relu":
            return tensor.relu(value, self.at_zero)
        return _FUNCTIONS[function](value)
