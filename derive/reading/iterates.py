r"""The steps of an iteration: `w_{t+1} = w_t - \eta \nabla L(w_t)` is an update of w.

The index counts steps. Where the document declares the name without it, it names no entry and no member: it is taken
off, and what is left is what `w := w - \eta \nabla L(w)` says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from derive.reading import syntax
from derive.reading.knowledge import Link
from derive.reading.names import Names
from derive.reading.notation import mapped, ungrouped

_NEXT = re.compile(r"[(\[]?\s*(?P<letter>[a-zA-Z]|\\tau)\s*\+\s*1\s*[)\]]?$")
_NEW = {"new": "old", "(new)": "(old)"}


def without_steps(links: Sequence[Link], names: Names) -> list[Link]:
    """The links without the indices that count steps: that of the new value on the left side of an update only."""
    steps = {place: found for place, link in enumerate(links) if (found := _step(link, names)) is not None}
    return [_without(link, place, steps) for place, link in enumerate(links)]


def _without(link: Link, here: int, steps: Mapping[int, tuple[str, str, str, str]]) -> Link:
    for place, (core, script, now, new) in steps.items():
        left = _stripped(link.left, core, script, {now, new} if place == here else {now})
        link = replace(link, left=left, right=_stripped(link.right, core, script, {now}))
    return link


def _step(link: Link, names: Names) -> tuple[str, str, str, str] | None:
    """The name that an update is one of, where its index stands, and the index before and behind; None for none."""
    left, right = ungrouped(link.left), ungrouped(link.right)
    if not isinstance(left, syntax.Name) or not isinstance(right, syntax.Total) or len(right.terms) < 2:
        return None
    first = ungrouped(right.terms[0].term)
    for place in ("sub", "sup"):
        now = _before(getattr(left, place))
        if now is None or not isinstance(first, syntax.Name) or first.core != left.core:
            continue
        before = getattr(first, place)
        use = names.match(replace(left, **{place: None}))
        if before is None or before.text != now or use is None or any(slot.place == place for slot in use.family.slots):
            continue
        return left.core, place, now, getattr(left, place).text
    return None


def _before(script: syntax.Script | None) -> str | None:
    """The index one step before: `t` of `t+1`, `old` of `new`."""
    if script is None:
        return None
    if script.text in _NEW:
        return _NEW[script.text]
    found = _NEXT.fullmatch(script.text)
    return script.text.replace("+1", "").replace("+ 1", "") if found else None


def _stripped(node: syntax.Node, core: str, place: str, texts: set[str]) -> syntax.Node:
    if isinstance(node, syntax.Name):
        script = getattr(node, place)
        mine = node.core == core and script is not None and script.text in texts
        return replace(node, **{place: None}) if mine else node

    return mapped(node, lambda part: _stripped(part, core, place, texts))
