"""Readings: every expression has one or more, and the scope says what names mean where it stands.

The walker is generic: rules by node, and takers for factors that take what stands behind them. The tables are filled in
`derive.reading.elaborate`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from derive.reading import syntax
from derive.reading.errors import Bounded, Unread
from derive.reading.names import Names, Slot, Use, parse_index
from derive.terms.dims import Dim
from derive.terms.indices import Index
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Misfit, Shape

# Alternatives of one expression that are followed; more are cut off, primary ones last.
MOST = 12


PRIMARY, SECONDARY = 0, 1


class Undeclared(Unread):
    """A name that the document neither declares nor defines."""


class Missing(Exception):
    """A member of a family does not exist at the indices in force: the statement has no instance there."""


@dataclass(frozen=True)
class Alternative:
    """One reading of an expression."""

    term: Term
    level: int = PRIMARY
    notes: frozenset[str] = frozenset()

    def with_term(self, term: Term) -> Alternative:
        return self if term is self.term else Alternative(term, self.level, self.notes)


@dataclass(frozen=True)
class UserFunction:
    """A function that the document defines: `h_\\theta(x) = \\theta^T x`."""

    parameters: tuple[str, ...]
    body: syntax.Node
    elementwise: bool = False
    names: tuple[syntax.Node, ...] = ()  # its arguments as they are written
    indexed: bool = False  # whether it is written with an index, `f_k(x)`


@dataclass(frozen=True)
class Rewrite:
    """Notation that the document gives a meaning as a whole: factors beside each other, and what they stand for."""

    items: tuple[syntax.Node, ...]
    meaning: syntax.Node


@dataclass(frozen=True)
class GradientName:
    """A declared name for dLoss/dsymbol: its own spelling, and that of the symbol."""

    names: Names
    target: syntax.Name


@dataclass(frozen=True)
class Scope:
    """What names mean where an expression stands.

    Args:
        layers: letters of generic indices with their values here.
        ranges: letters of component and sample indices, with how far they run.
        values: parameters of a function that is being applied.
        exists: whether a member of a family exists, by family and indices.
        note: called with (symbol) for every name that is taken to mean something undeclared.
        settled: nothing that it says will change, and a node that is read in it is read for good: repairs are hundreds
            of trees that share most of their nodes, and a sum in them is read in one scope inside of this one.
    """

    names: Names
    functions: Mapping[str, str]
    calls: Mapping[str, UserFunction]
    gradients: tuple[GradientName, ...]
    dimensions: frozenset[str]
    loss: Symbol | None
    layout: Mapping[str, str]
    operators: Mapping[str, str]
    last_layer: int
    first_layer: int = 1
    last_names: frozenset[str] = frozenset({"L"})
    layers: Mapping[str, int] = field(default_factory=dict)
    ranges: Mapping[str, Dim] = field(default_factory=dict)
    values: Mapping[str, Term] = field(default_factory=dict)
    exists: Callable[[Symbol], bool] = lambda symbol: True
    shape_of: Callable[[Symbol], Shape | None] = lambda symbol: None
    bare_nabla: Symbol | None = None
    barred: bool = False  # `\\overline{y}` is the gradient of the loss by y
    same: Mapping[str, Dim] = field(default_factory=dict)
    nablas: Mapping[tuple[str, str], syntax.Name] = field(default_factory=dict)
    rewrites: tuple[Rewrite, ...] = ()
    heads: frozenset[str] = frozenset()  # names of families that the document defines
    applied: Mapping[str, Mapping[str, syntax.Name]] = field(default_factory=dict)  # functions, with their arguments
    sets: frozenset[str] = frozenset()  # what definitions sum over: all that there is
    scores: frozenset[str] = frozenset()  # names of matrices that score rows against rows, `Q K^T`
    class_numbers: Mapping[str, Dim | None] = field(default_factory=dict)
    sample_range: Callable[[syntax.Node, str], Dim | None] = lambda node, letter: None
    runs_over_layers: Callable[[syntax.Name, Slot], bool] = lambda name, slot: False
    settled: bool = False
    # What a settled scope has read, by identity, with the node beside it: an identity is only good while that lives.
    known: dict[int, tuple[syntax.Node, list[Alternative]]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )
    inner: dict[tuple[str, Dim], Scope] = field(init=False, default_factory=dict, compare=False, repr=False)

    def within(self, letter: str, upper: Dim) -> Scope:
        """The scope inside of a sum or product over an index."""
        if (letter, upper) not in self.inner:
            self.inner[letter, upper] = replace(self, ranges={**self.ranges, letter: upper})
        return self.inner[letter, upper]

    def match(self, name: syntax.Name) -> Use | None:
        """The known family that a name belongs to, here."""
        return self.names.match(name, {**dict.fromkeys(self.last_names, self.last_layer), **self.layers})

    def index(self, text: str, span: syntax.Span) -> Index:
        """An index text in force here: letters of layers become numbers, `L` the last layer."""
        index = parse_index(text)
        if index is None:
            raise Unread(f"`{text}` is no index", span)
        return self.resolve(index)

    def layer_number(self, letter: str) -> int | None:
        """The layer or step that a letter stands for here: the t and the T of `w^{T-t}`; None for any other letter.

        An L that nothing declares is rather the loss.
        """
        if letter in self.layers:
            return self.layers[letter]
        return self.last_layer if letter in self.last_names - {"L"} else None

    def resolve(self, index: Index) -> Index:
        """The index with what is known of its letter."""
        if index.name in self.layers:
            return index.at(self.layers)
        if index.name in self.last_names and index.name not in self.ranges:
            return Index("", self.last_layer + index.offset)
        return index


# The rules of notation, by node, and the takers of factors, first come first served. Both tables are filled where all
# rules are known, in `derive.reading.elaborate`.
RULES: dict[type[syntax.Node], Callable[[Any, Scope], list[Alternative]]] = {}
TAKERS: list[Callable[[list[syntax.Node], int, Scope], tuple[int, list[Alternative]] | None]] = []


def elaborate(node: syntax.Node, scope: Scope) -> list[Alternative]:
    """All readings of an expression, at most MOST, primary ones first.

    Raises:
        Unread: something in it has no meaning; the span says what. Missing: no such member of a family.
    """
    if id(node) in scope.known:
        return scope.known[id(node)][1]
    found = RULES[type(node)](node, scope)
    unique: dict[Term, Alternative] = {}
    for alternative in sorted(found, key=lambda a: (a.level, isinstance(a.term.shape, Misfit))):
        term = alternative.term
        if term.span is None:
            term = replace(term, span=node.span)
        unique.setdefault(term, alternative.with_term(term))
    kept = list(unique.values())
    if len(kept) > MOST and kept[MOST].level == PRIMARY and not isinstance(kept[MOST].term.shape, Misfit):
        raise Bounded(f"this can be read in more than {MOST} ways", node.span)
    if scope.settled:
        scope.known[id(node)] = node, kept[:MOST]
    return kept[:MOST]


def one(node: syntax.Node, scope: Scope) -> Term:
    """The first reading of an expression."""
    return elaborate(node, scope)[0].term


def combine(scope: Scope, parts: Iterable[list[Alternative]], make: Callable[..., Term | None]) -> list[Alternative]:
    """All combinations of the readings of parts; `make` returns None for a combination that has no meaning."""
    result = []
    for chosen in itertools.islice(itertools.product(*parts), 4 * MOST):
        term = make(*(c.term for c in chosen))
        if term is not None:
            notes = frozenset().union(*(c.notes for c in chosen))
            result.append(Alternative(term, max((c.level for c in chosen), default=PRIMARY), notes))
    return result


def nabla_key(node: syntax.Node) -> tuple[str, str] | None:
    r"""`\nabla_a C` as (a, C), for names that are declared so."""
    if isinstance(node, syntax.Nabla):
        return (node.by.text if node.by else "", "")
    if isinstance(node, syntax.Product) and len(node.items) == 2 and isinstance(node.items[0], syntax.Nabla):
        nabla, of = node.items
        return (nabla.by.text if nabla.by else "", of.core) if isinstance(of, syntax.Name) else None
    return None


def factor(items: list[syntax.Node], position: int, scope: Scope) -> tuple[int, list[Alternative]]:
    """(how many items it takes, readings of the factor that starts here)"""
    for taker in TAKERS:
        taken = taker(items, position, scope)
        if taken is not None:
            return taken
    return 1, elaborate(items[position], scope)
