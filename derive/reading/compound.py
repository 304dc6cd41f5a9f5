r"""Names of two signs: `\Delta w`, a step; `\delta h_t`, the gradient by h_t; and `W'` where that is declared.

A `\delta` or `\Delta` that stands nowhere but before a name, and that nothing declares, is part of that name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

from derive.reading import syntax
from derive.reading.notation import mapped

PREFIXES = ("\\delta", "\\Delta")

Rule = Callable[[syntax.Node], syntax.Node]


def compounds(nodes: Iterable[syntax.Node], declared: Iterable[syntax.Name]) -> Rule | None:
    """How to read every expression of a document; None where nothing changes.

    Args:
        nodes: all that the document says.
        declared: the names that its front matter gives a shape.
    """
    declared = list(declared)
    primed = {(name.core, name.primes) for name in declared if name.primes}
    alone, before = Counter[str](), Counter[str]()
    for node in (inner for tree in nodes for inner in syntax.walk(tree)):
        if isinstance(node, syntax.Name) and node.base in PREFIXES:
            alone[node.base] += 1
        for name, behind in pairwise(node.items) if isinstance(node, syntax.Product) else ():
            before[name.base if _is_prefix(name, behind) else ""] += 1
    known = {name.base for name in declared}
    prefixes = {base for base in PREFIXES if before[base] and alone[base] == before[base] and base not in known}
    if not prefixes and not primed:
        return None

    def read(node: syntax.Node) -> syntax.Node:
        node = mapped(node, read)
        if isinstance(node, syntax.Name) and {(node.core, node.primes), (_matrix_of(node), node.primes)} & primed:
            return replace(node, base=node.base + "'" * node.primes, primes=0)
        if isinstance(node, syntax.Product):
            items = _joined(node.items, prefixes)
            return items[0] if len(items) == 1 else replace(node, items=items)
        return node

    return read


def _matrix_of(name: syntax.Name) -> str:
    """The W of an entry that is spelled `w_{ij}`."""
    return name.core.upper() if len(name.base) == 1 and name.sub is not None else ""


def _is_prefix(name: syntax.Node, behind: syntax.Node) -> bool:
    bare = isinstance(name, syntax.Name) and not (name.sub or name.sup or name.primes or name.accents)
    return bare and name.base in PREFIXES and isinstance(behind, syntax.Name) and behind.base not in PREFIXES


def _joined(items: tuple[syntax.Node, ...], prefixes: set[str]) -> tuple[syntax.Node, ...]:
    found: list[syntax.Node] = []
    for item in items:
        prefix = found[-1] if found and _is_prefix(found[-1], item) and found[-1].base in prefixes else None
        if prefix is None:
            found.append(item)
        elif prefix.base == "\\delta":  # what `dh_t` is, is known elsewhere
            found[-1:] = [replace(prefix, base="d"), replace(item, spaced=False)]
        else:
            found[-1] = replace(item, base=f"{prefix.base} {item.base}", span=(prefix.span[0], item.span[1]))
    return tuple(found)
