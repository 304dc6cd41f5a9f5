"""Small questions to notation: what heads a left side, which index letters stand on a node."""

from __future__ import annotations

from dataclasses import replace

from derive.reading import syntax
from derive.reading.names import parse_index, slots_of, split_components


def ungrouped(node: syntax.Node) -> syntax.Node:
    """What braces hold that only group."""
    while isinstance(node, syntax.Group) and node.opening == "{" and node.sub is None and node.sup is None:
        node = node.inner
    return node


def head(left: syntax.Node) -> tuple[syntax.Name | None, syntax.Group | None]:
    r"""The name on a left side, and its arguments: `J(\theta)`."""
    left = ungrouped(left)
    if isinstance(left, syntax.Name):
        return left, None
    if isinstance(left, syntax.Product) and len(left.items) == 2:
        name, group = left.items
        if isinstance(name, syntax.Name) and isinstance(group, syntax.Name) and name.base == "d" and not group.spaced:
            return replace(group, base=f"d{group.base}", span=left.span), None
        if isinstance(name, syntax.Name) and isinstance(group, syntax.Group) and group.opening in ("(", "["):
            return name, group
    return None, None


def letters_in(node: syntax.Node) -> list[str]:
    """The index letters on one node."""
    found = []
    if isinstance(node, syntax.Name | syntax.Group | syntax.Derivative) and node.sub is not None:
        parts = split_components(node.sub.text) or ()
        found += [index.name for part in parts if (index := parse_index(part)) and index.name]
    if isinstance(node, syntax.Name):
        found += [slot.index.name for slot in slots_of(node) if slot.is_generic]
    return found


def difference(chain: syntax.Chain) -> tuple[str, str] | None:
    r"""`i \neq j` behind a statement: the two letters."""
    if chain.relations != ("neq",) or not all(isinstance(side, syntax.Name) for side in chain.sides):
        return None
    left, right = chain.sides
    return left.base.lstrip("\\"), right.base.lstrip("\\")
