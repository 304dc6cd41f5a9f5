r"""Conditions in words: what `for $z > 0$` limits, and what `with $Q^T Q = I$` supposes.

A claim in the sentence of a case is not said of all; an equation between inputs behind `with` is no claim.
"""

from __future__ import annotations

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
    r"\b(?:with|if|suppose|assume|assuming|given|provided|when|whenever|such)\s+(?:that\s+)?(?:further\s+|also\s+)?[$\\(`]*\s*$",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.;!?](?=[\s$]|$)|\n[ \t]*\n|\n[ \t]*(?:[-*+]|\d+[.)])[ \t]")
LONGEST = 60  # characters before a condition in which its word stands


def with_cases(links: Sequence[Link]) -> list[Link]:
    """The links, each with the conditions of its sentence."""
    found = list(links)
    for condition in _conditions(links):
        text, (start, end) = condition.source.text, condition.span
        first = max((m.end() for m in _ENDS.finditer(text, 0, start)), default=0)
        last = next((m.start() for m in _ENDS.finditer(text, end)), len(text))
        for place, link in enumerate(found):
            inside = link.source is condition.source and first <= link.span[0] and link.span[1] <= last
            if inside and link.relation not in _INEQUALITIES:
                said = text[start:end].strip()
                found[place] = replace(link, where=f"{link.where} and {said}" if link.where else said)
    return found


def _conditions(links: Sequence[Link]) -> Iterator[Link]:
    for link in links:
        if link.relation in _INEQUALITIES and not link.given:
            before = link.source.text[max(0, link.span[0] - LONGEST) : link.span[0]]
            if _BEFORE.search(before):
                yield link


def is_supposed(link: Link) -> bool:
    r"""Whether a word before an equation says that it is a supposition: `with $Q^T Q = I$`, `suppose $a = b$`."""
    nodes = [node for side in (link.left, link.right) for node in syntax.walk(side)]
    if isinstance(link.left, syntax.Name) and is_numeric(link.right):
        return False  # a value of an example
    if link.relation != "=" or link.given or any(isinstance(node, syntax.Derivative | syntax.Nabla) for node in nodes):
        return False
    return _SUPPOSED.search(link.source.text[max(0, link.span[0] - LONGEST) : link.span[0]]) is not None
