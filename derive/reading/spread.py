r"""Vectors that are spread out with dots: `z = (z_1, \ldots, z_M)^T` says how many entries z has, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from derive.reading import syntax
from derive.reading.dimensions import dim_of
from derive.reading.knowledge import Learned, Link, Reading, Theory
from derive.reading.names import Family, spelling
from derive.reading.notation import head, ungrouped
from derive.terms.dims import Dim
from derive.terms.shapes import Shape

DOTS = ("\\dots", "\\ldots", "\\cdots", "\\dotsc", "\\vdots")


@dataclass(frozen=True)
class Spread:
    """A name that is written out as its entries, and how many these are."""

    link: Link
    name: syntax.Name
    count: Dim


def without_spreads(links: Sequence[Link], theory: Theory) -> list[Link]:
    """The links without such lines; the theory learns how long the vectors are."""
    spreads = [found for link in links if (found := _spread(link)) is not None]
    dropped = {id(spread.link) for spread in spreads}
    rest = [link for link in links if id(link) not in dropped]
    defined = {name.core for link in rest if (name := head(link.left)[0]) is not None}
    for spread in spreads:
        theory.readings.append(Reading(spread.link, "declaration"))
        _learn(spread, theory, spread.name.core in defined)
    return rest


def _learn(spread: Spread, theory: Theory, defined: bool) -> None:
    core = spread.name.core
    theory.dimensions.update(spread.count.names())
    theory.counted[core, "sub"] = spread.count
    known = theory.names.families.get(core, [])
    numbers = [family for family in known if [slot.place for slot in family.slots] == ["sub"]]
    if len(numbers) < len(known) or any(not family.shape.is_scalar for family in numbers) or defined:
        return  # its shape is known, or will be
    family = Family(core, spelling(spread.name).fonts, (), Shape(spread.count), spread.name.core)
    theory.names.families[core] = [family]
    where = (spread.link.source, spread.name.span, core)
    theory.learned.append(Learned(core, family.shape, "text", *where))


def _spread(link: Link) -> Spread | None:
    name = ungrouped(link.left)
    if link.relation not in ("=", ":=") or link.given or not isinstance(name, syntax.Name) or name.sub or name.primes:
        return None
    entries = _entries(ungrouped(link.right))
    if len(entries) < 3 or not any(isinstance(entry, syntax.Name) and entry.base in DOTS for entry in entries):
        return None
    first, last = entries[0], entries[-1]
    for entry in (first, last):
        if not isinstance(entry, syntax.Name) or entry.core != name.core or entry.sub is None or entry.sup is not None:
            return None
    count = dim_of(last.sub.body) if last.sub.body is not None else None
    return Spread(link, replace(name, sup=None), count) if first.sub.text == "1" and count is not None else None


def _entries(node: syntax.Node) -> Sequence[syntax.Node]:
    if isinstance(node, syntax.Group) and node.opening in ("(", "["):
        return node.parts
    if isinstance(node, syntax.Matrix) and (len(node.rows) == 1 or all(len(row) == 1 for row in node.rows)):
        return [ungrouped(cell) for row in node.rows for cell in row]
    return ()
