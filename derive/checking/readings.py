"""Everything that a document states, in the order of its text, as the entries of a report have it.

A relation in braces, which the reader hands on as an expression, states something as well: it is unread, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from derive.reading import syntax
from derive.reading.knowledge import Expression
from derive.reading.notation import ungrouped
from derive.reading.theory import Link, Reading, Theory

IN_BRACES = "a relation in braces is not read as a statement"


def readings(theory: Theory) -> tuple[tuple[int, Reading], ...]:
    """(number of the statement from 1, reading), sorted."""
    overlooked = list(_overlooked(theory.expressions))
    if not overlooked:
        return _numbered(theory.readings)
    first: dict[int, tuple[int, int]] = {}  # where each statement begins
    for reading in (found := [*theory.readings, *overlooked]):
        place = (reading.link.source.cell or 0, reading.link.span[0])
        first[reading.link.statement] = min(place, first.get(reading.link.statement, place))
    return _numbered(sorted(found, key=lambda reading: (*first[reading.link.statement], reading.link.number)))


def _numbered(found: list[Reading]) -> tuple[tuple[int, Reading], ...]:
    numbers: dict[int, int] = {}
    return tuple((numbers.setdefault(each.link.statement, len(numbers) + 1), each) for each in found)


def _overlooked(expressions: list[Expression]) -> Iterator[Reading]:
    fresh = count(-1, -1)  # numbers that no statement of the reader has
    for expression in expressions:
        node = ungrouped(expression.node)
        if isinstance(node, syntax.Comparison) and "=" in node.relations:
            link = Link(next(fresh), 0, node, node, "=", expression.source)
            yield Reading(link, "unread", IN_BRACES, node.span)
