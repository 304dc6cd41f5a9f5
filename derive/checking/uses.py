"""What the value of a name depends on: the names in its definition, and those in theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from derive.reading.theory import Theory
from derive.terms.nodes import Symbol, Term

Uses = Mapping[str, frozenset[str]]  # for every defined name, itself and all names that its value depends on


def uses_of(theory: Theory) -> Uses:
    """The uses of a document's definitions."""
    found: dict[str, set[str]] = {}
    for definition in theory.definitions:
        found.setdefault(definition.symbol.name, {definition.symbol.name}).update(names_in(definition.expression))
    changed = True
    while changed:
        changed = False
        for names in found.values():
            more = set().union(*(found.get(name, ()) for name in names)) - names
            names |= more
            changed |= bool(more)
    return {name: frozenset(names) for name, names in found.items()}


def names_in(*terms: Term) -> frozenset[str]:
    """The names of the symbols in terms."""
    return frozenset(node.name for term in terms for node in term.walk() if isinstance(node, Symbol))


def with_uses(uses: Uses, names: Iterable[str]) -> frozenset[str]:
    """Names, and what their values depend on."""
    names = frozenset(names)
    return names.union(*(uses.get(name, ()) for name in names))


def used_by(uses: Uses, *terms: Term) -> frozenset[str]:
    """The names that the values of terms depend on: those in them, and those behind these."""
    return with_uses(uses, names_in(*terms))
