r"""An equation that is demanded, not claimed: `\nabla_w L = 0` says where the gradient is to vanish, not that it does.

No drawn point meets a demand, so that neither it nor what is derived from it can be judged there. A line that only
rearranges a demand is true wherever the demand is met, and that is seen at any point: both sides of the two equations
differ by the same up to one factor. A line that solves one is judged at points where the gradient does vanish.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from derive.checking.compare import compare
from derive.checking.lines import Lines
from derive.checking.outcomes import Outcome
from derive.checking.points import SETS
from derive.checking.program import Unsettled
from derive.checking.solving import Solved, Stationary, stationary
from derive.checking.uses import names_in, used_by
from derive.checking.verdicts import EQUAL
from derive.reading.errors import Unread
from derive.reading.theory import Link
from derive.terms.dims import Dim
from derive.terms.nodes import Broadcast, Component, Number, Symbol, Term, Total, Transpose
from derive.terms.walk import is_zero
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
    return not isinstance(side, Symbol) and bool(used_by(lines.points.uses, side))


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
    for claim in reversed(lines.demands):
        if claim.statement < link.statement and lines.verdict(claim).code == "D607":
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
    if proportional(lines, left, theirs) or proportional(lines, right, theirs):
        return False  # 0 = 0 where the demand is met, whatever the factors
    if proportional(lines, left - right, theirs):
        return True
    wanted = used_by(lines.points.uses, demand.vanishing)
    return None if used_by(lines.points.uses, left, right) <= wanted else False


def proportional(lines: Lines, ours: Term, theirs: Term) -> bool:
    """Whether a term or its transpose is a multiple of another one, by one number at each point.

    Two numbers always are; theirs must be the same one at all points of one set of sizes.
    """
    if theirs.is_scalar:
        return ours.is_scalar and _in_one_ratio(lines, ours, theirs)
    return any(
        term.shape == theirs.shape
        and compare(lines.points, term * Total((theirs,)), theirs * Total((term,)), {}).answer == "equal"
        for term in (ours, Transpose((ours,)))
    )


def _in_one_ratio(lines: Lines, ours: Term, theirs: Term) -> bool:
    ratios: dict[int, list[float]] = {}
    for number in range(lines.points.count):
        try:
            machine = lines.points.machine(number)
            a, b = (float(np.asarray(machine.value(side, {})).item()) for side in (ours, theirs))
        except (Unsettled, KeyError, ArithmeticError, np.linalg.LinAlgError):
            return False
        if not (np.isfinite(a) and np.isfinite(b) and a and b):
            return False
        ratios.setdefault(number % SETS, []).append(a / b)
    return all(max(found) - min(found) <= EQUAL * abs(found[0]) for found in ratios.values())


# ---------------------------------------------------------------- where gradients vanish


def stationary_points(lines: Lines, link: Link, outcome: Outcome) -> list[Stationary]:
    """Gradients that a line may owe its truth to, demanded ones first; none if it speaks of no variable of theirs."""
    if any(isinstance(node, Derivative) for side in (outcome.left, outcome.right) for node in side.walk()):
        return []
    wanted = used_by(lines.points.uses, outcome.left, outcome.right)
    defined = {definition.symbol.name for definition in lines.theory.definitions}
    found: dict[Derivative, Stationary] = {}
    gradients = [node for claim, node in lines.derivatives if claim.statement < link.statement]
    for demand in demands_before(lines, link):
        for gradient in _demanded(lines, demand, gradients):
            if (point := stationary(gradient, demand.line)) is not None:
                known = found.get(point.gradient, Stationary(point.gradient))
                found[point.gradient] = replace(known, lines=(*known.lines, demand.line))
    sides = (outcome.left, outcome.right)
    sought = names_in(*sides)
    for gradient in gradients:
        # Without a demand, only a line that has w in it says that it solves for w.
        if (point := stationary(gradient)) is not None and point.unknown.name in sought:
            found.setdefault(point.gradient, point)
    usable = [point for point in found.values() if point.unknown.name not in defined]
    if not any(point.unknown.name in wanted for point in usable):
        return []
    return sorted(usable, key=lambda point: (not point.lines, point.unknown.name not in wanted))


def _demanded(lines: Lines, demand: Demand, gradients: list[Derivative]) -> Iterator[Derivative]:
    """The gradients that a demand wants to be zero: itself, what its chain starts with, what it is a multiple of."""
    if isinstance(demand.vanishing, Derivative):
        yield demand.vanishing
        return
    chain = [claim for claim in lines.claims if claim.statement == demand.link.statement]
    starts = [instance.lefts[0].term for instance in lines.read(chain[0])[0]] if chain[0] is not demand.link else []
    if any(isinstance(start, Derivative) for start in starts):
        yield from (start for start in starts if isinstance(start, Derivative))
        return
    own = [] if lines.theory.loss is None else [
        Derivative((lines.theory.loss, node), "gradient")
        for node in demand.vanishing.walk()
        if isinstance(node, Symbol) and node.shape in (demand.vanishing.shape, demand.vanishing.shape.T)
    ]
    candidates = dict.fromkeys([*gradients, *own])
    yield from (gradient for gradient in candidates if proportional(lines, gradient, demand.vanishing))


def where_met(
    lines: Lines, link: Link, outcome: Outcome, ranges: Mapping[str, Dim], points: list[Stationary]
) -> tuple[str, tuple[Stationary, ...]]:
    """What a line comes to where gradients vanish: one by one, then all of them; the answer, and at which it is true.

    An answer of `different` was seen where all that is demanded is met.
    """
    for point in points:
        if follows(lines, link, outcome, Demand(link, point.gradient)):
            return "equal", (point,)
    demanded = _one_each(point for point in points if point.lines)
    tries = [(point,) for point in points] + [group for group in (demanded, _one_each(points)) if len(group) > 1]
    different = False
    for chosen in dict.fromkeys(tries):
        try:
            answer = compare(Solved(lines.points, chosen), outcome.left, outcome.right, ranges, link.condition).answer
        except Unsettled:
            answer = "unsettled"
        if answer == "equal":
            return answer, chosen
        different |= answer == "different" and chosen == demanded
    return ("different" if different else "unsettled"), ()


def _one_each(points: Iterable[Stationary]) -> tuple[Stationary, ...]:
    """One gradient by each unknown: as many equations as unknowns."""
    found: dict[Symbol, Stationary] = {}
    for point in points:
        found.setdefault(point.unknown, point)
    return tuple(found.values())
