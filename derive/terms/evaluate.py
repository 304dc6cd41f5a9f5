"""One walker evaluates a term over any kind of number: floats, NumPy arrays, autodiff tensors, 30 digits, SymPy.

A value is a matrix, (..., rows, columns); a scalar is 1 x 1 or a bare number. Axes in front are a batch of points. The
walker uses only `+ - * / @`; what differs between kinds of numbers is an `Arithmetic`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from derive.terms import nodes
from derive.terms.arithmetic import NUMPY, Arithmetic
from derive.terms.dims import Dim
from derive.terms.nodes import Term
from derive.terms.shapes import Misfit, Shape, ShapeError
from derive.terms.written import Softmax


@dataclass(frozen=True)
class Scope:
    """What names stand for while a term is evaluated."""

    arithmetic: Arithmetic
    values: Mapping[str, Any]
    sizes: Mapping[str, int] = field(default_factory=dict)
    indices: Mapping[str, int] = field(default_factory=dict)

    def evaluate(self, term: Term) -> Any:
        return _Walk(self).value(term)

    def size(self, dim: Dim) -> int:
        """The number that a dimension stands for, here under the indices of the sums around it."""
        return dim.at(self.indices).size(self.sizes)

    def pair(self, shape: Shape) -> tuple[int, int]:
        """(rows, columns) as numbers."""
        return self.size(shape.rows), self.size(shape.cols)


def evaluate(
    term: Term,
    values: Mapping[str, Any],
    sizes: Mapping[str, int] | None = None,
    arithmetic: Arithmetic = NUMPY,
) -> Any:
    """The value of a term.

    Args:
        values: for every symbol, by its key, a matrix (..., rows, columns) or a bare number for a scalar.
        sizes: the sizes of named dimensions, where the term counts with them (`1/n`, a sum up to n).
        arithmetic: what kind of numbers; NumPy arrays and floats by default.

    Raises:
        ShapeError: the term has no shape.
        KeyError: a symbol or a dimension has no value.
        IndexError: a component lies outside of its matrix.
    """
    if isinstance(term.shape, Misfit):
        raise ShapeError(term.shape)
    return Scope(arithmetic, values, sizes or {}).evaluate(term)


class _Walk:
    """One evaluation: shared subterms are computed once, except under an index that changes."""

    def __init__(self, scope: Scope):
        self.scope = scope
        self.done: dict[Term, Any] = {}

    def value(self, term: Term) -> Any:
        if term not in self.done:
            if isinstance(term, nodes.Sum):
                self.done[term] = _sum(self.scope, term)
            elif isinstance(term, nodes.Add):
                self.done[term] = self.added(term)
            else:
                args = [self.value(arg) for arg in term.args]
                self.done[term] = EVALUATE[type(term)](self.scope, term, *args)
        return self.done[term]


    def added(self, term: nodes.Add) -> Any:
        """A term with a minus is subtracted, not added negated: the engine knows a stable `1 - sigmoid(z)`."""
        total = self.value(term.args[0])
        for arg in term.args[1:]:
            total = total - self.value(arg.args[0]) if isinstance(arg, nodes.Neg) else total + self.value(arg)
        return total


def _sum(scope: Scope, term: nodes.Sum) -> Any:
    indices = range(term.lower, scope.size(term.upper) + 1)
    parts = [
        Scope(scope.arithmetic, scope.values, scope.sizes, {**scope.indices, term.index: i}).evaluate(term.args[0])
        for i in indices
    ]
    if parts:
        return reduce(operator.add, parts)
    zero = scope.arithmetic.number(0)
    return zero if term.is_scalar else zero * scope.arithmetic.ones(scope.pair(term.shape))


def _product(scope: Scope, term: nodes.Product, *factors: Any) -> Any:
    total = factors[0]
    for scaled, factor in zip(term.scaled, factors[1:], strict=True):
        total = total * factor if scaled else total @ factor
    return total


def _component(scope: Scope, term: nodes.Component, value: Any) -> Any:
    row = term.row.value(scope.indices)
    column = term.column.value(scope.indices) if term.column else 1
    rows, cols = scope.pair(term.args[0].shape)
    if not (1 <= row <= rows and 1 <= column <= cols):
        where = f" at {dict(scope.indices)}" if scope.indices else ""
        raise IndexError(f"{term.latex}{where} lies outside of {rows} x {cols}; indices count from 1")
    return value if term.args[0].is_scalar else value[..., row - 1 : row, column - 1 : column]


def _softmax(scope: Scope, term: Softmax, value: Any) -> Any:
    rows, cols = scope.pair(term.shape)
    raised = scope.arithmetic.apply("exp", 0, value)
    if (rows, cols) == (1, 1):
        return raised / raised
    if term.axis == "rows":
        return raised / (scope.arithmetic.ones((1, rows)) @ raised)
    return raised / (raised @ scope.arithmetic.ones((cols, 1)))


Row = Callable[..., Any]

EVALUATE: dict[type[Term], Row] = {
    nodes.Symbol: lambda s, t: s.values[_key(t, s.indices)],
    nodes.Adjoint: lambda s, t: s.values[t.key],
    nodes.Number: lambda s, t: s.arithmetic.number(t.value),
    nodes.Size: lambda s, t: s.arithmetic.number(s.size(t.dim)),
    nodes.Ones: lambda s, t: s.arithmetic.ones(s.pair(t.shape)),
    nodes.Identity: lambda s, t: s.arithmetic.identity(s.size(t.dim)),
    nodes.Neg: lambda s, t, a: -a,
    nodes.Product: _product,
    nodes.Hadamard: lambda s, t, *a: reduce(operator.mul, a),
    nodes.Quotient: lambda s, t, a, b: a / b,
    nodes.Power: lambda s, t, a: s.arithmetic.power(a, t.exponent),
    nodes.Apply: lambda s, t, a: s.arithmetic.apply(t.function, t.order, a),
    nodes.Transpose: lambda s, t, a: a if t.is_scalar else s.arithmetic.transpose(a),
    nodes.Inverse: lambda s, t, a: 1 / a if t.is_scalar else s.arithmetic.inverse(a),
    nodes.Determinant: lambda s, t, a: a if t.args[0].is_scalar else s.arithmetic.determinant(a),
    nodes.Trace: lambda s, t, a: a if t.args[0].is_scalar else s.arithmetic.trace(a),
    nodes.SquaredNorm: lambda s, t, a: _total(s, t, a * a),
    nodes.Norm: lambda s, t, a: s.arithmetic.apply("sqrt", 0, _total(s, t, a * a)),
    nodes.Total: lambda s, t, a: _total(s, t, a),
    nodes.Diag: lambda s, t, a: a if t.is_scalar else a * s.arithmetic.identity(s.size(t.shape.rows)),
    nodes.Vec: lambda s, t, a: a if t.is_scalar else s.arithmetic.vec(a),
    nodes.Kronecker: lambda s, t, a, b: s.arithmetic.kronecker(a, b),
    nodes.Commutation: lambda s, t: s.arithmetic.commutation(*s.pair(t.of)),
    nodes.Broadcast: lambda s, t, a: a * s.arithmetic.ones(s.pair(t.to)),
    nodes.Component: _component,
    Softmax: _softmax,
}


def _total(scope: Scope, term: Term, value: Any) -> Any:
    return value if term.args[0].is_scalar else scope.arithmetic.total(value)


def _key(symbol: nodes.Symbol, indices: Mapping[str, int]) -> str:
    if not symbol.indices:
        return symbol.key
    return symbol.member(*(index.at(indices) for index in symbol.indices)).key
