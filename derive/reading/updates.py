r"""Updates: `w \leftarrow w - \eta \nabla L`, `w := w - \eta \nabla L`, `w_{t+1} = w_t - \eta \nabla L`.

A step of an algorithm gives a name a new value. It says what is done, and is neither true nor false.
"""

from __future__ import annotations

import re
from dataclasses import replace

from derive.reading import syntax
from derive.reading.knowledge import Link, Theory
from derive.reading.names import slots_of, spelling
from derive.reading.notation import ungrouped

_STEPS = frozenset(
    ("\\eta", "\\alpha", "\\beta", "\\gamma", "\\epsilon", "\\varepsilon", "\\lambda", "\\mu", "\\rho", "\\delta",
     "\\Delta", "lr")
)  # fmt: skip
_DIFFERENTIAL = re.compile(r"d[A-Za-z]")


def is_update(link: Link, theory: Theory) -> bool:
    """Whether a line gives a name that is known already a new value."""
    if link.relation == "gets":
        return True
    left = ungrouped(link.left)
    if not isinstance(left, syntax.Name) or left.primes:
        return False
    if link.relation == ":=" and any(_is_before(node, left, theory) for node in syntax.walk(link.right)):
        return True
    right = ungrouped(link.right)
    if not isinstance(right, syntax.Total) or len(right.terms) < 2 or not any(map(_is_step, syntax.walk(right))):
        return False
    return any(_is_before(factor, left, theory) for signed in right.terms for factor in _factors(signed.term))


def _is_step(node: syntax.Node) -> bool:
    """Whether a node shows that a step is taken: a gradient, or a letter for how long or how heavy it is."""
    if isinstance(node, syntax.Derivative | syntax.Nabla):
        return True
    return isinstance(node, syntax.Name) and (node.base in _STEPS or bool(_DIFFERENTIAL.fullmatch(node.base)))


def _factors(node: syntax.Node) -> tuple[syntax.Node, ...]:
    """The factors of a summand without a bracket: `w`, and w in `(1 - \\eta) w`."""
    node = ungrouped(node)
    return node.items if isinstance(node, syntax.Product) else (node,)


def _is_before(node: syntax.Node, left: syntax.Name, theory: Theory) -> bool:
    """Whether a node is the value that a name had: the name itself, or the one before it in a count of steps."""
    if not isinstance(node, syntax.Name) or (node.core, node.fonts) != (left.core, left.fonts):
        return False
    if replace(node, span=left.span, spaced=left.spaced) == left:
        return True
    now, then = slots_of(left), slots_of(node)
    if len(now) != 1 or len(then) != 1 or now[0].place != then[0].place or now[0].style != then[0].style:
        return False
    a, b = now[0].index, then[0].index
    if a is None or b is None or not a.name or a.name != b.name or a.offset - b.offset != 1:
        return False
    # A member of a declared family is one: `h_t = A h_{t-1} + b` is a recurrence.
    use = theory.names.match(replace(left, sub=None, sup=None))
    return use is not None and spelling(left).core not in theory.heads
