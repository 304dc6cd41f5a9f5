r"""An equation that is demanded, not claimed: `\nabla_w L = 0` says where the gradient is to vanish, not that it does.

No drawn point meets a demand, so that neither it nor what is derived from it can be judged there. A line that only
rearranges a demand is true wherever the demand is met, and that is seen at any point: both sides of the two equations
differ by the same up to one factor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.checking.compare import compare, is_zero
from derive.checking.outcomes import Outcome
from derive.checking.predecessors import Lines
from derive.reading.errors import Unread
from derive.reading.notation import vanishing
from derive.reading.theory import Link
from derive.terms.nodes import Broadcast, Component, Number, Symbol, Term, Total, Transpose
from derive.terms.written import Derivative


def zero_like(side: Term, other: Term) -> Term:
    """A side that is the number 0, in the shape of the other side: a zero has any shape."""
    if not isinstance(side, Number) or side.value or other.is_scalar:
        return side
    return Broadcast((side,), to=other.shape, span=side.span)


def is_demand(lines: Lines, link: Link, outcome: Outcome) -> bool:
    """Whether a false equation with 0 is a demand on its symbols, and no claim about a derivative of theirs.

    That a gradient of the loss vanishes is demanded, or that of a scalar where no loss is named; that a Jacobian does,
    or an entry of one, or the derivative of another name, is claimed.
    """
    left, right = outcome.left, outcome.right
    if link.condition is not None or is_zero(left) == is_zero(right):
        return False
    side = right if is_zero(left) else left
    if isinstance(side, Derivative):
        of, loss = side.args[0], lines.theory.loss
        named = isinstance(of, Symbol) and loss is not None
        return of == loss if named else of.is_scalar and not isinstance(of, Component)
    return not isinstance(side, Symbol) and bool(_names(lines, side))


@dataclass(frozen=True)
class Demand:
    """A demand that an earlier line makes: its link, and what is to be 0."""

    link: Link
    vanishing: Term

    @property
    def line(self) -> int:
        return self.link.source.place(self.link.span[0]).line


def demands_before(lines: Lines, link: Link) -> Iterator[Demand]:
    """The demands of the lines before a line, the nearest first."""
    earlier = [claim for claim in lines.claims() if claim.statement < link.statement]
    for claim in reversed(earlier):
        if vanishing(claim.left, claim.right) is not None and lines.verdict(claim).code == "D607":
            try:
                found, _ = lines.read(claim)
            except Unread:
                continue
            for instance in found:
                left, right = instance.lefts[0].term, instance.rights[0].term
                yield Demand(claim, right if is_zero(left) else left)


def follows(lines: Lines, link: Link, outcome: Outcome, demand: Demand) -> bool | None:
    """Whether a false line is true where a demand is met: None where it may be, and the demand is not solved for it."""
    left, right = outcome.left, outcome.right
    if isinstance(left, Derivative) or left.shape != right.shape:
        return False
    theirs = demand.vanishing
    for ours in (left - right, Transpose((left - right,))):
        conform = ours.shape == theirs.shape
        if conform and compare(lines.points, ours * Total((theirs,)), theirs * Total((ours,)), {}).answer == "equal":
            return True
    wanted = _names(lines, demand.vanishing)
    return None if _names(lines, left) | _names(lines, right) <= wanted else False


def _names(lines: Lines, term: Term) -> frozenset[str]:
    names = {node.name for node in term.walk() if isinstance(node, Symbol)}
    return frozenset(names).union(*(lines.points.uses.get(name, ()) for name in names))
