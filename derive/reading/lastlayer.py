r"""A last layer that is not like the others: `a^{[L]} = \sigma(z^{[L]})` beside `a^{[l]} = g(z^{[l]})` for all l.

The line for L is a definition, and the other one is about the layers before it, where both stand before anything is
differentiated and the line for L is one step: no closed form, such as a sum over all layers.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.reading import syntax
from derive.reading.knowledge import Link, Theory
from derive.reading.names import slots_of
from derive.reading.notation import head

LAST = "L"


def last_layers(links: Sequence[Link], theory: Theory) -> dict[str, Link]:
    """Such lines, by the core of the name on the left."""
    found: dict[str, Link] = {}
    if LAST not in theory.last_names:
        return found
    first = min((link.statement for link in links if not link.given and _derives(link)), default=len(links) + 1)
    for link in links:
        name, arguments = head(link.left)
        forward = link.relation in ("=", ":=") and not link.unread and (link.given or link.statement < first)
        if name is None or arguments is not None or not forward or not _is_last(name, theory, 0):
            continue
        nodes = list(syntax.walk(link.right))
        step = any(isinstance(n, syntax.Name) and (_is_last(n, theory, 0) or _is_last(n, theory, -1)) for n in nodes)
        if step and not any(isinstance(node, syntax.Big) for node in nodes):
            found.setdefault(name.core, link)
    return found


def _derives(link: Link) -> bool:
    sides = (node for side in (link.left, link.right) for node in syntax.walk(side))
    return any(isinstance(node, syntax.Derivative | syntax.Nabla) for node in sides)


def _is_last(name: syntax.Name, theory: Theory, offset: int) -> bool:
    """Whether an index of a name is L, or so far from it."""
    for slot in slots_of(name):
        index = slot.index
        layer = index is not None and theory.letters.kind((name.core, slot.place + slot.style)) == "layer"
        if layer and (index.name, index.offset) == (LAST, offset):
            return True
    return False
