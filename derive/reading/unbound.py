r"""Sums that do not say what they run over: `\frac{1}{n} \sum (p_i - y_i)` runs over the one index in it.

Only where it is the only one, and stands nowhere else in the statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from derive.reading import syntax
from derive.reading.knowledge import Link
from derive.reading.letters import bound_letters
from derive.reading.notation import letters_in, mapped


def with_indices(link: Link, last: Collection[str]) -> Link:
    """The link with an index under each such sum; the same link where there is none.

    Args:
        last: letters that stand for the last layer, and run over nothing.
    """
    if not any(_lacks_index(node) for side in (link.left, link.right) for node in syntax.walk(side)):
        return link
    outside = {letter for side in (link.left, link.right) for letter in _outside(side)}

    def bound(node: syntax.Node) -> syntax.Node:
        if _lacks_index(node):
            free = {letter for inner in syntax.walk(node.body) for letter in letters_in(inner)}
            free -= bound_letters(node.body)
            if len(free) == 1 and not free & (outside | set(last)):
                (letter,) = free
                name = syntax.Name(letter, span=node.span)
                return replace(node, lower=syntax.Script(name, letter, span=node.span))
        return mapped(node, bound)

    return replace(link, left=bound(link.left), right=bound(link.right))


def _lacks_index(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Big) and node.name == "sum" and node.lower is None and node.upper is None


def _outside(node: syntax.Node) -> Iterator[str]:
    """The index letters of an expression that stand in none of such sums."""
    if _lacks_index(node):
        return
    yield from letters_in(node)
    waiting = list(vars(node).values())
    while waiting:
        part = waiting.pop()
        if isinstance(part, syntax.Node):
            yield from _outside(part)
        elif isinstance(part, tuple):
            waiting.extend(part)
