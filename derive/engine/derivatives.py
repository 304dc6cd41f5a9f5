"""Gradients, Jacobians and Hessians of functions of Tensors, as arrays; it never touches `.grad`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from derive.engine.tensor import Array, Operand, Tensor, adjoints


def grad(
    loss: Tensor, tensors: Sequence[Tensor], create_graph: bool = False, gradient: Operand | None = None
) -> list[Array] | list[Tensor]:
    """The gradient of `loss` by each of `tensors`, in their shapes; 0 by what the loss does not depend on.

    Arrays; with `create_graph` Tensors, which can be differentiated again. A loss of more than one entry is weighted by
    `gradient`, of its shape. Raises ValueError for a tensor that does not require a gradient, and what
    `Tensor.backward` raises.
    """
    for tensor in tensors:
        if not tensor.requires_grad:
            raise ValueError(f"{tensor!r} does not require a gradient")
    wanted = set(tensors)
    found = {node: g for node, g in adjoints(loss, gradient, create_graph) if node in wanted}
    if create_graph:
        return [found[t] if t in found else Tensor(np.zeros(t.shape)) for t in tensors]
    return [np.array(found[t]) if t in found else np.zeros(t.shape) for t in tensors]


def jacobian(f: Callable[[Tensor], Tensor], x: Operand) -> Array:
    """d f(x)[i] / d x[j] for all indices i, j: an array of shape `f(x).shape + x.shape`.

    One backward pass per entry of f(x).
    """
    at = Tensor(x.data if isinstance(x, Tensor) else x, requires_grad=True)
    y = f(at)
    if not isinstance(y, Tensor) or not y.requires_grad:
        return np.zeros((*np.shape(getattr(y, "data", y)), *at.shape))
    weights = np.eye(y.size).reshape(y.size, *y.shape)
    return np.array([grad(y, [at], gradient=weight)[0] for weight in weights]).reshape(*y.shape, *at.shape)


def hessian(f: Callable[[Tensor], Tensor], x: Operand) -> Array:
    """d^2 f(x) / d x[i] d x[j] of a scalar f: an array of shape `x.shape + x.shape`, the Jacobian of the gradient."""

    def gradient(at: Tensor) -> Tensor:
        return grad(f(at), [at], create_graph=True)[0]

    return jacobian(gradient, x)
