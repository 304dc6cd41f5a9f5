"""A second definition of a name, `now let $L = ...`: it is not followed, and what is behind it is not judged."""

from __future__ import annotations

import re

from derive.reading.decimals import is_numeric
from derive.reading.knowledge import Reading
from derive.reading.symbols import family_name
from derive.reading.theory import Theory
from derive.reading.undefined import defined_by

LONGEST = 60  # characters before the line in which its word stands
_AGAIN = re.compile(
    r"\b(?:let|now|instead|redefine|define|becomes?|consider|replace|set|put|add(?:ing)?|modify|change)\b[^.!?]*$",
    re.IGNORECASE,
)


def redefines(theory: Theory, reading: Reading) -> str | None:
    """The family that a line gives a meaning once more, in words that say so; None for any other line."""
    link = reading.link
    if reading.kind not in ("claim", "unread") or link.given or (reading.kind == "claim" and is_numeric(link.right)):
        return None
    start = link.source.text.rfind("\n\n", 0, link.span[0])
    before = link.source.text[max(start, link.span[0] - LONGEST, 0) : link.span[0]]
    name = defined_by(link) if _AGAIN.search(before) else None
    use = theory.names.match(name) if name is not None else None
    if use is None or use.components or use.power is not None:
        return None
    family = family_name(use.family)
    return family if any(definition.symbol.name == family for definition in theory.definitions) else None
