"""Vectors and matrices of the worked example whose entries are listed one by one: `x_1 = 1`, `x_2 = 4`, `x_3 = -2`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derive.reading.decimals import is_array, is_plain
from derive.reading.elaborate import elaborate
from derive.reading.knowledge import Link, Theory
from derive.reading.names import Family
from derive.reading.notation import head
from derive.terms.nodes import Term
from derive.terms.written import Block


@dataclass(frozen=True)
class Listed:
    """Entries of a name that have numbers: the places of the links that say so, and the numbers where all are there."""

    family: Family
    places: tuple[int, ...]
    numbers: Block | None


def listed(theory: Theory, links: Sequence[Link]) -> Iterator[Listed]:
    """The known vectors and matrices of which an entry has a number somewhere; the first one of each entry counts."""
    found: dict[int, tuple[Family, dict[tuple[int, ...], tuple[int, Term]]]] = {}
    for place, link in enumerate(links):
        name, arguments = head(link.left)
        if link.relation != "=" or name is None or arguments is not None or not is_plain(link.right):
            continue
        use = theory.names.match(name)
        if use is None or is_array(link.right) or use.indices or use.power is not None or use.transposed:
            continue
        if use.components and all(part.isdecimal() for part in use.components):
            texts = use.components
            matrix = use.family.shape is not None and not use.family.shape.is_vector
            if matrix and len(texts) == 1 and len(texts[0]) == 2:
                (texts,) = texts  # W_{12}
            at = tuple(map(int, texts))
            number = elaborate(link.right, theory.scope())[0].term
            found.setdefault(id(use.family), (use.family, {}))[1].setdefault(at, (place, number))
    for family, entries in found.values():
        axes = [sorted({at[axis] for at in entries}) for axis in range(len(next(iter(entries))))]
        every = list(itertools.product(*(range(1, max(axis) + 1) for axis in axes)))
        complete = len(every) > 1 and all(at in entries for at in every)
        columns = len(axes[1]) if len(axes) > 1 else 1
        numbers = Block(tuple(entries[at][1] for at in every), columns) if complete else None
        yield Listed(family, tuple(place for place, _ in entries.values()), numbers)
