"""Definitions after the loss that nothing judged uses: one may be a gradient that its name does not give away."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from derive.reading import syntax
from derive.reading.notation import head
from derive.reading.symbols import family_name
from derive.reading.theory import Link, Reading, Theory
from derive.terms.nodes import Symbol


def unused(theory: Theory, judged: Collection[Link]) -> Iterator[Reading]:
    """Readings of such definitions, in the order of the text."""
    if theory.loss is None:
        return
    used = _used(theory, judged)
    # A loss of the front matter stands before all of the text.
    behind = theory.loss.name not in {_name(theory, r.link) for r in theory.readings if r.kind == "definition"}
    for reading in theory.readings:
        if reading.kind != "definition":
            continue
        name = _name(theory, reading.link)
        if behind and name is not None and name not in used:
            yield reading
        behind |= name == theory.loss.name


def _name(theory: Theory, link: Link) -> str | None:
    name, _ = head(link.left)
    use = theory.names.match(name) if name is not None else None
    return family_name(use.family) if use is not None else None


def _used(theory: Theory, judged: Collection[Link]) -> set[str]:
    """Names of families that judged claims and the loss mention, and those that their definitions do."""
    pending = [theory.loss.name]
    for link in judged:
        for side in (link.left, link.right):
            names = (node for node in syntax.walk(side) if isinstance(node, syntax.Name))
            pending += [family_name(use.family) for name in names if (use := theory.names.match(name)) is not None]
    made: dict[str, list[str]] = {}
    for definition in theory.definitions:
        symbols = (node.name for node in definition.expression.walk() if isinstance(node, Symbol))
        made.setdefault(definition.symbol.name, []).extend(symbols)
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += made.get(name, [])
    return found
