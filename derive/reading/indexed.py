r"""Functions of an index: with `p(k) = e^{z_k} / \sum_l e^{z_l}` the p(j) of a line is the entry p_j."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.reading import syntax
from derive.reading.knowledge import Link
from derive.reading.notation import head, index_letters, mapped


def with_indices_for_arguments(links: Sequence[Link]) -> list[Link]:
    """The links with an index where a function that a line defines takes one."""
    cores = {core for link in links if (core := _of_index(link)) is not None}
    if not cores:
        return list(links)

    def read(node: syntax.Node) -> syntax.Node:
        node = mapped(node, read)
        if not isinstance(node, syntax.Product):
            return node
        items = _joined(node.items, cores)
        return items[0] if len(items) == 1 else replace(node, items=items)

    return [replace(link, left=read(link.left), right=read(link.right)) for link in links]


def _of_index(link: Link) -> str | None:
    """The core of a function whose one argument stands in indices only, on the right side."""
    name, arguments = head(link.left)
    if name is None or arguments is None or name.sub or name.sup or name.primes or link.relation not in ("=", ":="):
        return None
    letter = arguments.parts[0] if len(arguments.parts) == 1 else None
    if not _is_index(letter) or not isinstance(letter, syntax.Name):
        return None
    nodes = list(syntax.walk(link.right))
    below = (getattr(node, "sub", None) for node in nodes)
    scripts = [script for script in below if isinstance(script, syntax.Script) and script.body is not None]
    in_indices = {id(inner) for script in scripts for inner in syntax.walk(script.body)}
    alone = any(node == letter and id(node) not in in_indices for node in nodes)
    return name.core if not alone and any(letter.base in index_letters(script) for script in scripts) else None


def _is_index(node: syntax.Node | None) -> bool:
    if isinstance(node, syntax.Number):
        return node.value.denominator == 1
    if not isinstance(node, syntax.Name) or node.sub or node.sup or node.accents or node.fonts:
        return False
    return len(node.base) == 1 or node.base == "\\ell"  # \theta is a parameter


def _joined(items: tuple[syntax.Node, ...], cores: set[str]) -> tuple[syntax.Node, ...]:
    found: list[syntax.Node] = []
    for item in items:
        name = found[-1] if found else None
        plain = isinstance(name, syntax.Name) and name.core in cores and not (name.sub or name.sup or name.primes)
        called = isinstance(item, syntax.Group) and item.opening == "(" and len(item.parts) == 1 and not item.sub
        if not plain or not called or not _is_index(item.parts[0]):
            found.append(item)
            continue
        (index,) = item.parts
        text = index.text if isinstance(index, syntax.Number) else index.base + "'" * index.primes
        span = (name.span[0], item.span[1])
        found[-1] = replace(name, sub=syntax.Script(index, text, span=index.span), sup=item.sup, span=span)
    return tuple(found)
