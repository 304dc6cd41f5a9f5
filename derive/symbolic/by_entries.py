"""From matrices to entries and back: one contribution to a gradient, derived index by index.

An entry of a definition is a scalar over the entries of its symbols: (A B)_ij = sum_m A_im B_mj. Its derivative by one
entry of a parameter is found by the rules for numbers alone, dX_pq/dX_ij = [p = i][q = j] (1 where the indices are
equal, else 0); the chain rule then sums over all entries of the defined symbol, and an equality of indices ends a sum.
Magnus and Neudecker, Matrix Differential Calculus (2019), chapter 5, go the same way. No matrix rule is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.symbolic.derivation import Edge
from derive.symbolic.rules import NoRule
from derive.symbolic.tidy import tidy
from derive.terms import nodes
from derive.terms.dims import ONE
from derive.terms.indices import Index
from derive.terms.nodes import Component, Sum, Symbol, Term
from derive.terms.walk import at_indices, symbols

FIRST = Index("", 1)
# Letters of indices: of the parameter, of the defined symbol, of the sums inside. Those of dimensions are left out.
OF_PARAMETER, OF_USER, INSIDE = "ij", "pq", "mrstuv"


@dataclass(frozen=True)
class Local:
    """A summand of dZ_pq / dW_ij: a factor, and the pairs of indices that have to be equal where it is not 0."""

    factor: Term
    equal: tuple[tuple[str, Index], ...]


@dataclass(frozen=True)
class ByEntries:
    """How one contribution to the gradient of a parameter comes about, each a scalar term over entries.

    Args:
        entry: one entry of the parameter.
        user: one entry of what is defined with it; `written` is the same, written out.
        ranges: the indices of `user`, each with how far it runs.
        local: the summands of the derivative of `user` by `entry`.
        incoming: the entry of the adjoint that comes in.
        collapsed: the contribution to dL/d(entry), with the sums that are left.
    """

    entry: Term
    user: Term
    written: Term
    ranges: tuple[tuple[str, nodes.Dim], ...]
    local: tuple[Local, ...]
    incoming: Term
    collapsed: Term


def by_entries(edge: Edge) -> ByEntries:
    """One edge of a derivation, index by index.

    Raises:
        NoRule: a term has no entries here, or the parameter stands in it other than as a factor.
    """
    definition, parameter = edge.user, edge.symbol
    taken = {letter for symbol in (definition.symbol, *symbols(definition.expression)) for letter in _letters(symbol)}
    names = iter(letter for letter in INSIDE if letter not in taken)
    i, j = _indices(parameter, OF_PARAMETER)
    if definition.index:
        p, q = Index(definition.index), FIRST
    else:
        p, q = _indices(definition.symbol, OF_USER)
    written = entry(definition.expression, p, q, names)
    ranges = tuple(
        (index.name, dim)
        for index, dim in zip((p, q), (definition.symbol.shape.rows, definition.symbol.shape.cols), strict=True)
        if index.name
    )
    local = tuple(_derivatives(written, parameter, (i, j)))
    incoming = edge.incoming
    if isinstance(incoming, Symbol):
        incoming = entry(incoming, p, q, names)
    parts = tuple(_collapsed(incoming, each, ranges) for each in local)
    return ByEntries(
        entry=entry(parameter, i, j, names),
        user=entry(definition.symbol, p, q, names),
        written=tidy(written),
        ranges=ranges,
        local=local,
        incoming=incoming,
        collapsed=tidy(nodes.add(parts)) if parts else nodes.term(0),
    )


def _letters(symbol: Symbol) -> Iterator[str]:
    for dim in (symbol.shape.rows, symbol.shape.cols):
        yield from dim.names()


def _indices(symbol: Symbol, letters: str) -> tuple[Index, Index]:
    """Indices for the entries of a symbol; one that can only be 1 is 1."""
    rows, cols = symbol.shape.rows, symbol.shape.cols
    first, second = letters
    if rows == ONE:
        return FIRST, Index(first) if cols != ONE else FIRST
    return Index(first), Index(second) if cols != ONE else FIRST


def entry(t: Term, i: Index, j: Index, names: Iterator[str], *, transposed: bool = False) -> Term:
    """The entry (i, j) of a term, as a scalar over the entries of its symbols.

    Args:
        names: letters for the indices of sums, each used once.
        transposed: leave an entry of a transposed symbol as that, (X^T)_ij, and do not turn it round.

    Raises:
        NoRule: a node has no entries here.
    """
    match t:
        case nodes.Number() | nodes.Size() | Component() | Sum():
            return t
        case Symbol() if t.is_scalar:
            return t
        case Symbol():
            return Component((t,), i) if t.shape.cols == ONE else Component((t,), i, j)
        case nodes.Ones():
            return nodes.term(1)
        case nodes.Transpose() if transposed and isinstance(t.args[0], Symbol):
            return Component((t,), i, j)
        case nodes.Transpose():
            return entry(t.args[0], j, i, names, transposed=transposed)
        case nodes.Product():
            return _product(t.args, i, j, names, transposed)
        case nodes.Add() | nodes.Neg() | nodes.Quotient() | nodes.Power() | nodes.Apply():
            return t.with_args(*(entry(arg, i, j, names, transposed=transposed) for arg in t.args))
        case nodes.Hadamard():
            return nodes.Product(tuple(entry(arg, i, j, names, transposed=transposed) for arg in t.args))
    raise NoRule(f"{type(t).__name__} is not written by entries")


def _product(args: tuple[Term, ...], i: Index, j: Index, names: Iterator[str], transposed: bool) -> Term:
    """Scalars multiply; between two matrices runs a sum, unless what they share is 1."""
    scalars = tuple(arg for arg in args if arg.is_scalar)
    matrices = tuple(arg for arg in args if not arg.is_scalar)
    bounds = [(Index(next(names)) if left.shape.cols != ONE else FIRST, left.shape.cols) for left in matrices[:-1]]
    places = [i, *(index for index, _ in bounds), j]
    pieces = (entry(m, places[k], places[k + 1], names, transposed=transposed) for k, m in enumerate(matrices))
    body = _times(*scalars, *pieces)
    for index, upper in reversed(bounds):
        if index.name:
            body = Sum((body,), index.name, 1, upper)
    return body


def _times(*factors: Term) -> Term:
    """The product of scalars, without ones."""
    left = tuple(factor for factor in factors if factor != nodes.term(1))
    return nodes.Product(left) if len(left) > 1 else left[0] if left else nodes.term(1)


def _derivatives(t: Term, parameter: Symbol, at: tuple[Index, Index]) -> Iterator[Local]:
    """The derivative of a scalar term by one entry of the parameter: linearity and the product rule for numbers."""
    if parameter not in symbols(t):
        return
    match t:
        case Symbol():
            yield Local(nodes.term(1), ())
        case Component():
            pairs = zip((t.row, t.column or FIRST), at, strict=True)
            yield Local(nodes.term(1), tuple((own.name, wanted) for own, wanted in pairs if own.name))
        case nodes.Neg():
            for part in _derivatives(t.args[0], parameter, at):
                yield replace(part, factor=-part.factor)
        case nodes.Add():
            for arg in t.args:
                yield from _derivatives(arg, parameter, at)
        case nodes.Product():
            for k, arg in enumerate(t.args):
                others = t.args[:k] + t.args[k + 1 :]
                for part in _derivatives(arg, parameter, at):
                    yield replace(part, factor=_times(*others, part.factor))
        case Sum():
            for part in _derivatives(t.args[0], parameter, at):
                yield _summed(part, t)
        case _:
            raise NoRule(f"{t.latex} is not linear in {parameter.latex}")


def _summed(part: Local, binder: Sum) -> Local:
    """A sum over an index that has to equal another one is its one term there."""
    for own, wanted in part.equal:
        if own == binder.index:
            rest = tuple(pair for pair in part.equal if pair != (own, wanted))
            return Local(at_indices(part.factor, {own: wanted}), rest)
    return replace(part, factor=replace(binder, args=(part.factor,)))


def _collapsed(incoming: Term, part: Local, ranges: tuple[tuple[str, nodes.Dim], ...]) -> Term:
    """The sum over the indices of what is defined: one that has to equal an index of the parameter is that index."""
    equal = dict(part.equal)
    body = at_indices(_times(incoming, part.factor), equal)
    for index, upper in reversed(ranges):
        if index not in equal:
            body = Sum((body,), index, 1, upper)
    return body
