r"""Diagonal matrices by their entries: `\mathrm{diag}(p_i (1 - p_i))` has these numbers on its diagonal."""

from __future__ import annotations

from derive.reading import syntax
from derive.reading.letters import bound_letters
from derive.reading.notation import letters_in
from derive.reading.ranges import infer_range
from derive.reading.readings import Alternative, Scope, elaborate
from derive.terms import nodes
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.written import Slice


def by_entries(group: syntax.Group, scope: Scope, span: syntax.Span) -> list[Alternative] | None:
    """The diagonal matrix of what stands in a bracket, where that is a number with one free index; else None."""
    inner = group.inner
    letters = {letter for node in syntax.walk(inner) for letter in letters_in(node)} - bound_letters(inner)
    if len(letters) != 1:
        return None
    (letter,) = letters
    dim = infer_range(letter, inner, scope) or next(
        (found for node in syntax.walk(inner) if (found := scope.sample_range(node, letter)) is not None), None
    )
    if dim is None:
        return None
    entries = elaborate(inner, scope.within(letter, dim))
    if not all(entry.term.is_scalar for entry in entries):
        return None

    def diagonal(entry: Term) -> Term:
        unit = Slice((nodes.Identity(dim=dim),), None, Index(letter))
        return nodes.Diag((nodes.Sum((nodes.Product((entry, unit)),), letter, 1, dim),), span=span)

    return [entry.with_term(diagonal(entry.term)) for entry in entries]
