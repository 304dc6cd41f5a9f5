"""Names whose definition is not read: what depends on them is not known, whatever else the document says of them."""

from __future__ import annotations

from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.knowledge import Link, Theory
from derive.reading.names import spelling
from derive.reading.notation import head
from derive.reading.parser import parse
from derive.reading.symbols import family_name
from derive.reading.tokens import tokenize


def undefined(theory: Theory) -> frozenset[str]:
    """The families that are known by a declaration or a start value, and by a definition that is not read."""
    defined = {definition.symbol.name for definition in theory.definitions}
    found = set()
    for reading in (*theory.useless, *theory.readings):
        name = defined_by(reading.link) if reading.kind == "unread" else None
        if name is None:
            continue
        use = theory.names.match(name)
        if use is None:  # the h_t of which only h_0 is known
            families = theory.names.families.get(spelling(name).core, [])
        else:
            families = [use.family] if use.power is None else []
        found.update(family_name(family) for family in families)
    return frozenset(found - defined)


def defined_by(link: Link) -> syntax.Name | None:
    """The name before the first `=` of a line, also of one of which no part could be read."""
    if link.relation not in ("=", ":="):
        return None
    if not isinstance(link.left, syntax.Words):
        return head(link.left)[0]
    left, sign, _ = link.source.text[slice(*link.left.span)].partition("=")
    try:
        chains = parse(tokenize(left.replace("&", " ").strip().removesuffix(":"))) if sign and len(left) < 80 else ()
    except Unread:
        return None
    return chains[0].sides[0] if len(chains) == 1 and isinstance(chains[0].sides[0], syntax.Name) else None
