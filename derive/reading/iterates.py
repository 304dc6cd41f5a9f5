r"""The steps of an iteration: `w_{t+1} = w_t - \eta \nabla L(w_t)` is an update of w.

The index counts steps. Where the document declares the name without it, it names no entry and no member: it is taken
off, and what is left is what `w := w - \eta \nabla L(w)` says.
"""

from __future__ import annotations

import re
from dataclasses import replace

from derive.reading import syntax
from derive.reading.knowledge import Link
from derive.reading.names import Names
from derive.reading.notation import ungrouped

_NEXT = re.compile(r"[(\[]?\s*(?P<letter>[a-zA-Z]|\\tau)\s*\+\s*1\s*[)\]]?$")
_NEW = {"new": "old", "(new)": "(old)"}


def without_steps(link: Link, names: Names) -> Link:
    """The link without the indices that count steps; the same link where it is none of an iteration."""
    left, right = ungrouped(link.left), ungrouped(link.right)
    if not isinstance(left, syntax.Name) or not isinstance(right, syntax.Total) or len(right.terms) < 2:
        return link
    first = ungrouped(right.terms[0].term)
    for place in ("sub", "sup"):
        now = _before(getattr(left, place))
        if now is None or not isinstance(first, syntax.Name) or first.core != left.core:
            continue
        before = getattr(first, place)
        use = names.match(replace(left, **{place: None}))
        if before is None or before.text != now or use is None or any(slot.place == place for slot in use.family.slots):
            continue
        texts = {now, getattr(left, place).text}
        return replace(
            link,
            left=_stripped(link.left, left.core, place, texts),
            right=_stripped(link.right, left.core, place, texts),
        )
    return link


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

    def value(part: object) -> object:
        if isinstance(part, syntax.Node):
            return _stripped(part, core, place, texts)
        return tuple(value(inner) for inner in part) if isinstance(part, tuple) else part

    changes = {name: value(part) for name, part in vars(node).items() if name != "span"}
    return replace(node, **{name: new for name, new in changes.items() if new is not getattr(node, name)})
