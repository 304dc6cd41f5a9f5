"""Terms as trees of lists, for a reader in another language: `["matmul", ["symbol", "W_1"], ["symbol", "x"]]`.

One row per node type. Dimensions become the numbers of the worked example; whether a product scales or is a matrix
product is decided here, where shapes are known. It is data and no program: who reads it knows the operations by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from derive.terms import nodes
from derive.terms.indices import Index
from derive.terms.nodes import Term, product_shape

Tree = list[Any]


class NoTree(ValueError):
    """A node that no model of this project uses has no row."""


def tree(term: Term, sizes: Mapping[str, int]) -> Tree:
    """The tree of a term.

    Raises:
        NoTree: a node type has no row; the message names it.
        KeyError: a dimension has no size.
    """
    if isinstance(term, nodes.Symbol):  # an adjoint too
        return ["symbol", term.key]
    if type(term) not in ROWS:
        raise NoTree(f"no row writes {type(term).__name__} as a tree")
    return ROWS[type(term)](term, sizes, *(tree(arg, sizes) for arg in term.args))


def _product(term: Term, sizes: Mapping[str, int], *factors: Tree) -> Tree:
    shape, total = term.args[0].shape, factors[0]
    for arg, factor in zip(term.args[1:], factors[1:], strict=True):
        scales = shape.is_scalar or arg.shape.is_scalar
        total = ["times" if scales else "matmul", total, factor]
        shape = product_shape(shape, arg.shape)
    return total


def _index(index: Index) -> Tree:
    return [index.name, index.offset]


Row = Callable[..., Tree]
ROWS: dict[type[Term], Row] = {
    nodes.Number: lambda t, s: ["number", float(t.value)],
    nodes.Size: lambda t, s: ["number", float(t.dim.size(s))],
    nodes.Ones: lambda t, s: ["ones", *t.shape.sizes(s)],
    nodes.Identity: lambda t, s: ["identity", t.dim.size(s)],
    nodes.Add: lambda t, s, *a: ["add", *a],
    nodes.Neg: lambda t, s, a: ["negative", a],
    nodes.Product: _product,
    nodes.Hadamard: lambda t, s, *a: ["times", *a],
    nodes.Quotient: lambda t, s, a, b: ["divide", a, b],
    nodes.Power: lambda t, s, a: ["power", a, float(t.exponent)],
    nodes.Apply: lambda t, s, a: ["apply", a, t.function, t.order],
    nodes.Transpose: lambda t, s, a: ["transpose", a],
    nodes.SquaredNorm: lambda t, s, a: ["total", ["power", a, 2.0]],
    nodes.Total: lambda t, s, a: ["total", a],
    nodes.Component: lambda t, s, a: ["entry", a, _index(t.row), _index(t.column or Index("", 1))],
    nodes.Sum: lambda t, s, a: ["sum", a, t.index, t.lower, t.upper.size(s)],
}
