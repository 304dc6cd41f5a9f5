r"""Squares that are defined: `\sigma^2 = \frac{1}{n} \sum_i (x_i - \mu)^2` says what a \sigma that is used alone is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.reading import syntax
from derive.reading.knowledge import Link
from derive.reading.names import Names
from derive.reading.notation import head, ungrouped


def with_roots(links: Sequence[Link], names: Names) -> list[Link]:
    r"""The links, with `\sigma = \sqrt{...}` for the first `\\sigma^2 = ...` of a name that nothing else says."""
    plain = {_key(name) for link in links for name in _names(link) if name.sup is None}
    taken = {_key(name) for link in links if (name := head(link.left)[0]) is not None and name.sup is None}
    found: list[Link] = []
    for link in links:
        name = ungrouped(link.left)
        square = isinstance(name, syntax.Name) and name.sup is not None and name.sup.text == "2" and not name.primes
        if square and link.relation in ("=", ":=") and _key(name) in plain - taken:
            root = replace(name, sup=None)
            if names.match(root) is None:
                taken.add(_key(name))
                link = replace(link, left=root, right=syntax.Root(link.right, span=link.right.span))
        found.append(link)
    return found


def _names(link: Link) -> list[syntax.Name]:
    nodes = (node for side in (link.left, link.right) for node in syntax.walk(side))
    return [node for node in nodes if isinstance(node, syntax.Name)]


def _key(name: syntax.Name) -> tuple[str, str]:
    return name.core, name.sub.text if name.sub is not None else ""
