"""A second definition of a name, `now let $L = ...`: it is not followed, and what is behind it is not judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from derive.reading.decimals import is_numeric
from derive.reading.knowledge import Link, Reading
from derive.reading.symbols import family_name
from derive.reading.theory import Theory
from derive.reading.undefined import defined_by

LONGEST = 60  # characters before the line in which its word stands
_AGAIN = re.compile(
    r"\b(?:let|now|instead|redefine|define|becomes?|consider|replace|set|put|add(?:ing)?|modify|change)\b[^.!?]*$",
    re.IGNORECASE,
)


class Redefinitions:
    """The second definitions of a document.

    Args:
        differs: whether a claim that defines a name once more is something else than what is known of it.
    """

    def __init__(self, theory: Theory, differs: Callable[[Link], bool]):
        self._differs = differs
        self._own: dict[int, str] = {}
        self._waiting: dict[tuple[int, str], list[Reading]] = {}  # by source and name, the first one last
        self._first: dict[tuple[int, str], int] = {}  # where a name first gets another meaning
        for reading in theory.readings:
            if (name := redefines(theory, reading)) is not None:
                self._own[id(reading.link)] = name
                self._waiting.setdefault((id(reading.link.source), name), []).append(reading)
        for waiting in self._waiting.values():
            waiting.sort(key=lambda reading: -reading.link.span[0])

    def __bool__(self) -> bool:
        return bool(self._own)

    def of(self, link: Link) -> str | None:
        """The name that a line defines once more."""
        return self._own.get(id(link))

    def before(self, link: Link, names: Collection[str]) -> str | None:
        """The one of these names that gets another meaning first, in a line before this one."""
        places = {name: self._place(link, name) for name in names}
        found = [(place, name) for name, place in places.items() if place is not None and place < link.span[0]]
        return min(found)[1] if found else None

    def _place(self, link: Link, name: str) -> int | None:
        """Where a name first gets another meaning, as far as that is before a line. Every line is judged once."""
        key = (id(link.source), name)
        waiting = self._waiting.get(key, [])
        while waiting and key not in self._first and waiting[-1].link.span[0] < link.span[0]:
            reading = waiting.pop()
            if reading.kind == "unread" or self._differs(reading.link):
                self._first[key] = reading.link.span[0]
        return self._first.get(key)


def redefines(theory: Theory, reading: Reading) -> str | None:
    """The family that a line gives a meaning once more, in words that say so; None for any other line."""
    link = reading.link
    if reading.kind not in ("claim", "unread") or link.given or (reading.kind == "claim" and is_numeric(link.right)):
        return None
    before = link.source.text[max(link.span[0] - LONGEST, 0) : link.span[0]].rpartition("\n\n")[2]
    name = defined_by(link) if _AGAIN.search(before) else None
    use = theory.names.match(name) if name is not None else None
    if use is None or use.components or use.power is not None:
        return None
    family = family_name(use.family)
    return family if any(definition.symbol.name == family for definition in theory.definitions) else None
