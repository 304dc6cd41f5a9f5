"""The points of a document with other values for some symbols: where an assumption or a demand is met."""

from __future__ import annotations

from derive.checking.points import FREE, Points
from derive.checking.program import Machine
from derive.checking.ranks import Ordered
from derive.terms.nodes import Term


class Moved:
    """Stands in for `Points` in a comparison; `moved` says where each point goes.

    Args:
        ordered: dimensions that must be at most others for that.
    """

    def __init__(self, points: Points, ordered: Ordered = frozenset()):
        self.points, self.ordered = points, ordered
        self.theory, self.seed = points.theory, points.seed
        self.uses, self.bodies = points.uses, points.bodies
        self._machines: dict[int, Machine] = {}

    @property
    def count(self) -> int:
        return self.points.count

    @property
    def lacking(self) -> dict[Term, set[bool]]:
        """As for the points themselves."""
        return self.points.lacking

    def order_for(self, *terms: Term) -> Ordered:
        """As for the points themselves."""
        return self.points.order_for(*terms)

    def machine(
        self,
        number: int,
        mode: int = FREE,
        logged: frozenset[str] = frozenset(),
        attempt: int = 0,
        ordered: Ordered = frozenset(),
    ) -> Machine:
        """The document at a point that was moved. Raises Unsettled as the drawing and the moving do."""
        drawn = self.points.machine(number, mode, logged, attempt, ordered | self.ordered)
        if id(drawn) not in self._machines:
            self._machines[id(drawn)] = self.moved(drawn)
        return self._machines[id(drawn)]

    def moved(self, drawn: Machine) -> Machine:
        """The point that a drawn one goes to."""
        raise NotImplementedError
