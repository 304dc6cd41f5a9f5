r"""Assignments that give a name a new value: `w := w - \eta \nabla_w L`. As equations they are false, and mean none.

What such a line claims is its step: that it goes against the gradient of the loss, as far as a learning rate says.
"""

from __future__ import annotations

import re

from derive.checking.compare import compare
from derive.checking.instances import Instance
from derive.checking.lines import Lines
from derive.checking.outcomes import Outcome
from derive.reading.theory import Link
from derive.terms.nodes import Component, Number, Symbol, Term
from derive.terms.written import Derivative

_CLIMBS = re.compile(r"ascent|ascend|maximi[sz]|likelihood|reward|uphill|climb", re.IGNORECASE)


def step(lines: Lines, link: Link, instance: Instance, outcome: Outcome) -> str | None:
    r"""What the step of an update is, in words: `-\eta` times the gradient; None where it is something else."""
    left, right = outcome.left, outcome.right
    base = left.args[0] if isinstance(left, Component) else left
    if not isinstance(base, Symbol):
        return None
    for loss in _losses(lines, right):
        gradient = Derivative((loss, left), "gradient")
        for rate in _rates(lines, right, loss):
            if compare(lines.points, right, left - rate * gradient, instance.ranges, link.condition).answer == "equal":
                return f"the step is -{rate.latex} times the gradient of {loss.latex}"
    return None


def ascent(lines: Lines, link: Link, instance: Instance, outcome: Outcome) -> str | None:
    """What an update along the gradient of a loss does, in a text that climbs nothing; None for any other."""
    left, right, loss = outcome.left, outcome.right, lines.theory.loss
    base = left.args[0] if isinstance(left, Component) else left
    if loss is None or not isinstance(base, Symbol) or _CLIMBS.search(link.source.text):
        return None
    gradient = Derivative((loss, left), "gradient")
    for rate in _rates(lines, right, loss):
        if compare(lines.points, right, left + rate * gradient, instance.ranges, link.condition).answer == "equal":
            return f"the step goes along the gradient of {loss.latex}, which makes it larger: the sign is wrong"
    return None


def _losses(lines: Lines, right: Term) -> list[Symbol]:
    """The loss of the document, and what the line itself writes a gradient of."""
    written = (node.args[0] for node in right.walk() if isinstance(node, Derivative))
    own = [lines.theory.loss] if lines.theory.loss is not None else []
    return list(dict.fromkeys((*own, *(of for of in written if isinstance(of, Symbol) and of.is_scalar))))


def _rates(lines: Lines, right: Term, loss: Symbol) -> list[Term]:
    """Numbers on the right that the loss does not depend on: letters, and those that are written out below 1."""
    inside = lines.points.uses.get(loss.name, frozenset())
    letters = (node for node in right.walk() if isinstance(node, Symbol) and node.is_scalar and node.name not in inside)
    written = (node for node in right.walk() if isinstance(node, Number) and 0 < node.value < 1)
    return list(dict.fromkeys((*letters, *written)))
