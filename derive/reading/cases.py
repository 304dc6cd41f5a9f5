r"""Conditions in words: what `for $z > 0$` limits, and what `with $Q^T Q = I$` supposes.

A claim in the sentence of a case is not said of all; an equation between inputs behind `with` is no claim.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.reading import syntax
from derive.reading.decimals import is_numeric
from derive.reading.knowledge import Link

_INEQUALITIES = ("<", ">", "<=", ">=", "neq", "<<", ">>")
_BEFORE = re.compile(
    r"\b(?:for|if|when|whenever|where|case|once|provided(?:\s+that)?)\s+(?:all\s+|any\s+|every\s+|each\s+)?[$\\(`]*\s*$",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\b(?:with|if|suppose|assume|assuming|given|provided|when|whenever|such|subject\s+to|system|constraints?"
    r"|solv(?:e|es|ing)|satisf(?:y|ies|ying))\s+(?:that\s+)?(?:further\s+|also\s+)?[$\\(`]*\s*$",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.;!?](?=[\s$]|$)|\n[ \t]*\n|\n[ \t]*(?:[-*+]|\d+[.)])[ \t]")
LONGEST = 60  # characters before a condition in which its word stands


def with_cases(links: Sequence[Link]) -> list[Link]:
    """The links, each with the conditions of its sentence."""
    sentences: dict[int, Sentences] = {}
    said: dict[tuple[int, int], list[str]] = {}
    for condition in _conditions(links):
        source = condition.source
        if id(source) not in sentences:
            sentences[id(source)] = Sentences(source.text)
        words = source.text[slice(*condition.span)].strip()
        said.setdefault((id(source), sentences[id(source)].number(condition.span[0])), []).append(words)
    found = list(links)
    for place, link in enumerate(links):
        known = sentences.get(id(link.source))
        if known is None or link.relation in _INEQUALITIES:
            continue
        number = known.number(link.span[0])
        words = said.get((id(link.source), number)) if known.last(link.span[1]) == number else None
        if words:
            found[place] = replace(link, where=" and ".join([*filter(None, [link.where]), *words]))
    return found


class Sentences:
    """The sentences of a text, numbered from 0."""

    def __init__(self, text: str):
        self._ends = [end.span() for end in _ENDS.finditer(text)]

    def number(self, start: int) -> int:
        """The sentence in which a formula starts."""
        return bisect.bisect_right(self._ends, start, key=lambda end: end[1])

    def last(self, end: int) -> int:
        """The sentence in which a formula ends."""
        return bisect.bisect_left(self._ends, end, key=lambda place: place[0])


def _conditions(links: Sequence[Link]) -> Iterator[Link]:
    return (link for link in links if is_condition(link))


def is_condition(link: Link) -> bool:
    """Whether a word before an inequality says that it limits what the sentence says: `for $z > 0$`."""
    if link.relation not in _INEQUALITIES or link.given:
        return False
    return _BEFORE.search(link.source.text[max(0, link.span[0] - LONGEST) : link.span[0]]) is not None


def is_supposed(link: Link) -> bool:
    r"""Whether a word before an equation says that it is a supposition: `with $Q^T Q = I$`, `suppose $a = b$`."""
    nodes = [node for side in (link.left, link.right) for node in syntax.walk(side)]
    if isinstance(link.left, syntax.Name) and is_numeric(link.right):
        return False  # a value of an example
    if link.relation != "=" or link.given or any(isinstance(node, syntax.Derivative | syntax.Nabla) for node in nodes):
        return False
    return _SUPPOSED.search(link.source.text[max(0, link.span[0] - LONGEST) : link.span[0]]) is not None
