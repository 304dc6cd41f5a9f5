r"""Points at which a gradient vanishes: there a line is judged that holds only where a demand is met.

The gradient is that of the document itself, and not what the document says that it is. Its zero is found by Newton's
method from the drawn point, and taken only where it is the only one nearby: `w = (X^\top X)^{-1} X^\top y` is then
compared at it like any other claim.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from derive.checking.moved import Moved
from derive.checking.points import Points
from derive.checking.program import WORST_CONDITION, Beyond, Machine, Singular, Unsettled
from derive.checking.ranks import Ordered
from derive.terms.dims import Dim
from derive.terms.nodes import Component, Symbol
from derive.terms.written import Derivative

MOST_STEPS = 20
PRECISION = 1e-13  # of a root: steps below this are rounding
MOST_UNKNOWNS = 32  # entries that are solved for together
LARGEST = 1e4  # magnitude of a root: far away from what is drawn, nothing is evidence


@dataclass(frozen=True)
class Stationary:
    """A gradient by a symbol, and the lines that demand that it is zero, if any do."""

    gradient: Derivative
    lines: tuple[int, ...] = ()

    @property
    def unknown(self) -> Symbol:
        return self.gradient.args[1]

    @property
    def words(self) -> str:
        of, by = self.gradient.args
        return f"the gradient of {of.latex} by {by.latex} is zero"


def stationary(gradient: Derivative, *lines: int) -> Stationary | None:
    """The demand that a gradient of a number is zero, where it can be solved: by one symbol, as a whole."""
    of, by = gradient.args
    base = by.args[0] if isinstance(by, Component) else by
    if not of.is_scalar or not isinstance(base, Symbol) or any(not index.is_number for index in base.indices):
        return None
    return Stationary(Derivative((of, base), "gradient"), lines)


class Solved(Moved):
    """The points of a document, moved to where gradients vanish."""

    def __init__(self, points: Points, demands: tuple[Stationary, ...]):
        gradients = (demand.gradient for demand in demands)
        super().__init__(points, points.order_for(*gradients) | _few_unknowns(points, demands))
        self.demands = demands

    def moved(self, drawn: Machine) -> Machine:
        """The point at which all demands are met.

        Raises:
            Unsettled: there is none nearby, or more than one. Singular: it is not known well at this point.
        """
        unknowns = [demand.unknown for demand in self.demands]
        values = [np.atleast_2d(np.asarray(drawn.symbol(unknown, {}), dtype=float)) for unknown in unknowns]
        if sum(value.size for value in values) > MOST_UNKNOWNS:
            raise Beyond("there are too many unknowns to be solved for")
        for _ in range(MOST_STEPS):
            machine = drawn.at_values(dict(zip(unknowns, values, strict=True)))
            slopes = [np.atleast_2d(machine.value(demand.gradient, {})) for demand in self.demands]
            curvature = np.block([[_matrix(machine, demand, by) for by in unknowns] for demand in self.demands])
            if not np.isfinite(curvature).all() or np.linalg.cond(curvature) > WORST_CONDITION:
                raise Singular("the point at which the gradient is zero is not the only one")
            step = np.linalg.solve(curvature, np.concatenate([slope.ravel() for slope in slopes]))
            values = _moved(values, step)
            size = max(1.0, *(float(np.abs(value).max()) for value in values))
            if size > LARGEST:
                break
            if float(np.abs(step).max()) <= PRECISION * size:
                return drawn.at_values(dict(zip(unknowns, values, strict=True)))
        raise Unsettled("no point was found at which the gradient is zero")


def _few_unknowns(points: Points, demands: tuple[Stationary, ...]) -> Ordered:
    """No dimension of an unknown above any other: a gradient has one zero only where there are enough data."""
    shapes = [demand.unknown.shape for demand in demands]
    small = {dim for shape in shapes for dim in (shape.rows, shape.cols) if list(dim.names())}
    names = {name for dim in small for name in dim.names()}
    return frozenset((dim, Dim.of(name)) for dim in small for name in points.names - names)


def _matrix(machine: Machine, demand: Stationary, by: Symbol) -> np.ndarray:
    """The second derivatives, entries of the gradient by entries of a symbol, both in the order of rows."""
    rows, columns, *axes = (found := machine.jacobian(demand.gradient, by, {})).shape
    return found.reshape(rows * columns, int(np.prod(axes)))


def _moved(values: list[np.ndarray], step: np.ndarray) -> list[np.ndarray]:
    parts = np.split(step, np.cumsum([value.size for value in values])[:-1])
    return [value - part.reshape(value.shape) for value, part in zip(values, parts, strict=True)]
