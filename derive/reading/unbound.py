r"""Sums that do not say what they run over: `\frac{1}{n} \sum (p_i - y_i)` runs over the one index in it.

Only where that index is an entry's of something known, and stands nowhere else in the statement.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from derive.reading import syntax
from derive.reading.knowledge import Link, Theory
from derive.reading.letters import bound_letters
from derive.reading.notation import letters_in, mapped
from derive.reading.ranges import infer_range


def with_indices(link: Link, theory: Theory) -> Link:
    """The link with an index under each such sum; the same link where there is none."""
    if not any(_lacks_index(node) for side in (link.left, link.right) for node in syntax.walk(side)):
        return link
    everywhere = Counter(letter for side in (link.left, link.right) for letter in _letters(side))

    def bound(node: syntax.Node) -> syntax.Node:
        if _lacks_index(node):
            own = Counter(_letters(node.body))
            free = [letter for letter in own if letter not in bound_letters(node.body)]
            alone = [letter for letter in free if own[letter] == everywhere[letter]]
            if len(alone) == 1 and infer_range(alone[0], node.body, theory.scope()) is not None:
                name = syntax.Name(alone[0], span=node.span)
                return replace(node, lower=syntax.Script(name, alone[0], span=node.span))
        return mapped(node, bound)

    return replace(link, left=bound(link.left), right=bound(link.right))


def _lacks_index(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Big) and node.name == "sum" and node.lower is None and node.upper is None


def _letters(node: syntax.Node) -> list[str]:
    return [letter for inner in syntax.walk(node) for letter in letters_in(inner)]
