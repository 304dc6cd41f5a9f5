r"""Updates: `w \leftarrow w - \eta \nabla L`, `w := w - \eta \nabla L`, `w = (1 - \eta) w`.

A step of an algorithm gives a name a new value: no equation, which would be false.
"""

from __future__ import annotations

import re
from dataclasses import replace

from derive.reading import syntax
from derive.reading.knowledge import Link
from derive.reading.notation import ungrouped

RATES = frozenset(
    ("\\eta", "\\alpha", "\\beta", "\\gamma", "\\epsilon", "\\varepsilon", "\\lambda", "\\mu", "\\rho", "\\delta",
     "\\Delta", "lr")
)  # fmt: skip
_DIFFERENTIAL = re.compile(r"d[A-Za-z]")


def is_update(link: Link) -> bool:
    """Whether a line gives a name that is known already a new value."""
    if link.relation == "gets":
        return True
    left = ungrouped(link.left)
    if not isinstance(left, syntax.Name) or left.primes:
        return False
    if link.relation == ":=" and any(_is_before(node, left) for node in syntax.walk(link.right)):
        return True
    right = ungrouped(link.right)
    if not isinstance(right, syntax.Total) or len(right.terms) < 2 or not any(map(_is_step, syntax.walk(right))):
        return False
    return any(_is_before(factor, left) for signed in right.terms for factor in _factors(signed.term))


def _is_step(node: syntax.Node) -> bool:
    """Whether a node shows that a step is taken: a gradient, or a letter for how long or how heavy it is."""
    if isinstance(node, syntax.Derivative | syntax.Nabla):
        return True
    return isinstance(node, syntax.Name) and (node.base in RATES or bool(_DIFFERENTIAL.fullmatch(node.base)))


def _factors(node: syntax.Node) -> tuple[syntax.Node, ...]:
    """The factors of a summand without a bracket: `w`, and w in `(1 - \\eta) w`."""
    node = ungrouped(node)
    return node.items if isinstance(node, syntax.Product) else (node,)


def _is_before(node: syntax.Node, left: syntax.Name) -> bool:
    """Whether a node is the value that a name had, which is written as the name itself."""
    if not isinstance(node, syntax.Name) or (node.core, node.fonts) != (left.core, left.fonts):
        return False
    return replace(node, span=left.span, spaced=left.spaced) == left
