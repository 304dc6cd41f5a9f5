"""Chains of Jacobians through matrices: a factor by or of a matrix has more than two axes, and is contracted over all.

`dL/dz dz/dW` is the usual first line of a derivation. As matrices its second factor does not exist; as what the author
means, every entry of dz/dW is weighted with the entry of dL/dz that it belongs to (DESIGN, "Signs").
"""

from __future__ import annotations

import numpy as np

from derive.checking.program import Indices, Machine, row
from derive.terms.dims import ONE
from derive.terms.nodes import Product, Term, Transpose, node
from derive.terms.shapes import Misfit, Shape
from derive.terms.written import Derivative


@node
class Contracted(Term):
    """sum_ij G_ij dY_ij / dX: a gradient of the shape of Y, and the derivative of Y by X. It has the shape of X."""

    def infer_shape(self) -> Shape | Misfit:
        return self.args[2].shape

    @property
    def latex(self) -> str:
        gradient, of, by = self.args
        return rf"{gradient.latex} \frac{{\partial {of.latex}}}{{\partial {by.latex}}}"


@row(Contracted)
def _contracted(machine: Machine, term: Contracted, indices: Indices) -> np.ndarray:
    gradient, of, by = term.args
    jacobian = machine.jacobian(of, by, indices)
    weights = np.reshape(np.asarray(machine.value(gradient, indices), dtype=float), jacobian.shape[:2])
    return np.tensordot(weights, jacobian, ([0, 1], [0, 1]))


def contracted(term: Term) -> Term:
    """The term with its products of tensors contracted, where the shapes allow it."""
    return _contract(term) if isinstance(term.shape, Misfit) else term


def _contract(term: Term) -> Term:
    args = tuple(_contract(arg) if isinstance(arg.shape, Misfit) else arg for arg in term.args)
    if any(a is not b for a, b in zip(args, term.args, strict=True)):
        term = term.with_args(*args)
    if not isinstance(term, Product) or not isinstance(term.shape, Misfit):
        return term
    return _folded(_factors(term), term)


def _factors(term: Product) -> list[Term]:
    """The factors of a product and of the products in it that do not conform by themselves."""
    found: list[Term] = []
    for arg in term.args:
        found += _factors(arg) if isinstance(arg, Product) and isinstance(arg.shape, Misfit) else [arg]
    return found


def _folded(factors: list[Term], whole: Product) -> Term:
    """The product from the left, contracting where a tensor meets what it belongs to."""
    total = factors[0]
    for factor in factors[1:]:
        if _is_tensor(factor) and _belongs(total, factor):
            total = _contraction(total, factor, whole)
        elif _is_tensor(total) and _belongs(factor, total):
            total = _contraction(factor, total, whole)
        else:
            total = Product((total, factor), span=whole.span)
            if isinstance(total.shape, Misfit):
                return whole
    return total


def _contraction(gradient: Term, tensor: Derivative, whole: Product) -> Term:
    """The gradient through a tensor, laid out as a derivative by the same variable is."""
    turned = tensor.layout == "jacobian"
    of = tensor.args[0].shape
    if turned and gradient.shape != of and ONE not in (of.rows, of.cols):
        gradient = Transpose((gradient,))
    found = Contracted((gradient, *tensor.args), span=whole.span)
    return Transpose((found,), span=whole.span) if turned else found


def _is_tensor(term: Term) -> bool:
    """A derivative that has no matrix although both of its ends have shapes."""
    return (
        isinstance(term, Derivative)
        and isinstance(term.shape, Misfit)
        and all(isinstance(arg.shape, Shape) for arg in term.args)
    )


def _belongs(gradient: Term, tensor: Derivative) -> bool:
    """Whether a gradient has the shape of what a tensor differentiates; a vector may lie either way."""
    of = tensor.args[0].shape
    if not isinstance(gradient.shape, Shape):
        return False
    lies_either_way = ONE in (of.rows, of.cols) or tensor.layout == "jacobian"
    return gradient.shape == of or (lies_either_way and gradient.shape == of.T)
