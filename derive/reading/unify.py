r"""Dimensions that nothing names, from the whole document: the h'' of o is C, if `\sum_c y_c \log p_c` says so.

Only a dimension that was made up gets another name here. An index runs along one length, whatever it stands on; what is
added or multiplied entry by entry has one shape. What is multiplied as matrices is left alone: there a transpose may
be missing, and that is for the judge to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from derive.reading.elaborate import Missing, elaborate
from derive.reading.errors import Unread
from derive.reading.knowledge import Link, Theory
from derive.terms.dims import Dim
from derive.terms.indices import Index
from derive.terms.nodes import Component, Sum, Term
from derive.terms.shapes import Misfit, Shape
from derive.terms.written import Slice

MOST_PASSES = 4


def unify(theory: Theory, claims: Sequence[Link], make_one: Callable[[Dim, Dim], bool]) -> None:
    """Give dimensions that were made up the names that they turn out to have.

    Args:
        make_one: makes the second of two dimensions the first one.
    """
    for _ in range(MOST_PASSES):
        changed = False
        for known, fresh in _pairs(theory, claims):
            changed |= make_one(known, fresh)
        if not changed:
            return


def _pairs(theory: Theory, claims: Sequence[Link]) -> Iterator[tuple[Dim, Dim]]:
    """(dimension, the one that was made up for it)"""
    if not any("'" in name for name in _names(theory)):
        return
    for definition in theory.definitions:
        for _, _, axis, run in places(definition.expression, dict(definition.ranges)):
            yield from _ordered(axis, run)
    for link in claims:
        try:
            sides = [elaborate(side, theory.scope())[0].term for side in (link.left, link.right)]
        except (Unread, Missing):
            continue
        for side in sides:
            yield from _misfits(side)
            for _, _, axis, run in places(side, {}) if isinstance(side.shape, Shape) else ():
                yield from _ordered(axis, run)
        left, right = (side.shape for side in sides)
        if isinstance(left, Shape) and isinstance(right, Shape) and left.is_vector and right.is_vector:
            yield from _ordered(left.rows, right.rows)


def _names(theory: Theory) -> set[str]:
    shapes = (family.shape for families in theory.names.families.values() for family in families)
    return {name for shape in shapes if shape is not None for dim in (shape.rows, shape.cols) for name in dim.names()}


def _misfits(term: Term) -> Iterator[tuple[Dim, Dim]]:
    """What would have to be one for a sum or a product entry by entry."""
    if isinstance(term.shape, Shape):
        return
    if isinstance(term.shape, Misfit) and term.shape.right is not None and not term.shape.problem.startswith("inner"):
        a, b = term.shape.left.shape, term.shape.right.shape
        if isinstance(a, Shape) and isinstance(b, Shape):
            yield from _ordered(a.rows, b.rows)
            yield from _ordered(a.cols, b.cols)


def _ordered(a: Dim, b: Dim) -> Iterator[tuple[Dim, Dim]]:
    """The two with the made-up one behind; nothing where both have names, or are one."""
    fresh = [any("'" in name for name in dim.names()) for dim in (a, b)]
    if a != b and any(fresh):
        yield (a, b) if fresh[1] else (b, a)


def places(term: Term, ranges: Mapping[str, Dim]) -> Iterator[tuple[Term, Index, Dim, Dim]]:
    """(entry, index, length of its axis, how far the index runs) for every plain letter in an entry."""
    if isinstance(term, Sum):
        ranges = {**ranges, term.index: term.upper}
    if isinstance(term, Component | Slice) and isinstance(term.args[0].shape, Shape):
        shape = term.args[0].shape
        for index, axis in ((term.row, shape.rows), (term.column, shape.cols)):
            if index is not None and not index.offset and index.name in ranges:
                yield term, index, axis, ranges[index.name]
    for arg in term.args:
        yield from places(arg, ranges)
