"""What the witnesses said, where, and whether they agree. The only place that judges it.

Numbers are equal when they differ by at most 1e-9 of the largest magnitude among the summed terms; a difference
between that and 1e-6 decides nothing, and the point is drawn again. Three answers: agreed, not agreed, undecided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import numpy as np

from derive.models.model import Model
from derive.symbolic.components import WHOLE, Components
from derive.symbolic.derivation import Derivation, differentiate
from derive.terms.definitions import forward
from derive.terms.walk import symbols
from derive.verify import witnesses
from derive.verify.magnitudes import Sized, SizedArithmetic, sized
from derive.verify.points import Kink, Point, distinct_sizes, draw, kinks
from derive.verify.witnesses import NAMES, Exact, Reading, to_floats, wanted

EQUAL, DIFFERENT = 1e-9, 1e-6
POINTS_PER_SET = 2
# How far the component witness writes the loss out whole: in the first set of dimensions as far as time allows, in the
# second definition by definition, so that both ways of writing it out have their say.
WRITTEN = (WHOLE, 0)
# An undecided point is drawn again this often.
REDRAWS = 3


class Answer(Enum):
    AGREED = "agreed"
    DISAGREED = "disagreed"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Comparison:
    """One witness against `rule` on one gradient at one point: the largest differences, and where the relative one is.

    `relative` is in units of the largest magnitude among the summed terms of the entry. `where` counts from 1.
    """

    key: str
    witness: str
    point: str
    absolute: float
    relative: float
    where: tuple[int, int]

    @property
    def answer(self) -> Answer:
        if self.relative <= EQUAL:
            return Answer.AGREED
        return Answer.DISAGREED if not self.relative <= DIFFERENT else Answer.UNDECIDED


@dataclass(frozen=True)
class PointEvidence:
    """Everything said at one point: forward values, readings by witness, comparisons, kinks on which the point lies."""

    point: Point
    values: Mapping[str, np.ndarray]
    readings: Mapping[str, Reading]
    comparisons: tuple[Comparison, ...]
    kinks: tuple[Kink, ...] = ()
    unjudged: frozenset[str] = frozenset()

    @property
    def answer(self) -> Answer:
        answers = {comparison.answer for comparison in self.comparisons}
        for answer in (Answer.DISAGREED, Answer.UNDECIDED):
            if answer in answers:
                return answer
        return Answer.AGREED


@dataclass(frozen=True)
class Evidence:
    """The case for a derivation: what four witnesses said at several points. A gradient is boxed only if all agree."""

    model: Model
    derivation: Derivation
    document: PointEvidence
    drawn: tuple[PointEvidence, ...]
    seed: int
    shared: tuple[str, ...] = field(
        default=(
            "the text of the model and the numbers of the point (all four)",
            "SymPy's derivatives of the scalar functions (rule and component)",
        )
    )

    @property
    def points(self) -> tuple[PointEvidence, ...]:
        return (*self.drawn, self.document)

    @cached_property
    def answer(self) -> Answer:
        answers = {point.answer for point in self.points}
        if Answer.DISAGREED in answers:
            return Answer.DISAGREED
        spoken = all(witness_spoke(self.drawn, name) for name in NAMES)
        return Answer.AGREED if answers == {Answer.AGREED} and spoken else Answer.UNDECIDED

    @property
    def agreed(self) -> bool:
        return self.answer is Answer.AGREED

    def worst(self, key: str, witness: str) -> Comparison | None:
        """The comparison of one witness on one gradient with the largest relative difference, over all points."""
        return max(
            (c for point in self.points for c in point.comparisons if c.key == key and c.witness == witness),
            key=lambda c: _order(c.relative),
            default=None,
        )

    def disagreements(self) -> Iterator[Comparison]:
        """The comparisons that are not agreed, the worst first."""
        found = [c for point in self.points for c in point.comparisons if c.answer is not Answer.AGREED]
        return iter(sorted(found, key=lambda c: -_order(c.relative)))

    @property
    def redrawn(self) -> tuple[str, ...]:
        """What was too near a kink and drawn again."""
        return tuple(dict.fromkeys(name for point in self.points for name in point.point.redrawn))


def _order(relative: float) -> float:
    return float("inf") if np.isnan(relative) else relative


def witness_spoke(points: tuple[PointEvidence, ...], name: str) -> bool:
    return bool(points) and all(not point.readings[name].silent for point in points)


def gather(model: Model, document: Point | None = None, *, seed: int = 0) -> Evidence:
    """Derive a model and ask all witnesses, at the document's point and at drawn points of two sets of dimensions.

    Args:
        document: the worked example; drawn from the seed, at the model's own sizes, where None.

    Raises:
        NoRule: no rule covers a term of the model.
        Saturated: the loss is not finite at the document's point.
    """
    derivation = differentiate(model.definitions, model.loss, model.parameters, dict(model.signals))
    document = document or draw(model, model.sizes, [seed], "document", labels=True)
    at_document = examine(model, derivation, document, witnesses.write_components(model, document.sizes))
    drawn = []
    for number, (sizes, whole) in enumerate(zip(distinct_sizes(model), WRITTEN, strict=True), 1):
        written = witnesses.write_components(model, sizes, whole)
        for place in range(POINTS_PER_SET):
            name = f"set {number}, point {place + 1}"
            drawn.append(_decided(model, derivation, written, sizes, [seed, number, place], name))
    return Evidence(model, derivation, at_document, tuple(drawn), seed)


def _decided(
    model: Model,
    derivation: Derivation,
    written: Components | None,
    sizes: Mapping[str, int],
    seed: list[int],
    name: str,
) -> PointEvidence:
    """The evidence at a drawn point; an undecided one is drawn again."""
    for attempt in range(REDRAWS):
        found = examine(model, derivation, draw(model, sizes, [*seed, attempt], name), written)
        if found.answer is not Answer.UNDECIDED:
            break
    return found


def examine(model: Model, derivation: Derivation, point: Point, written: Components | None) -> PointEvidence:
    """Ask every witness at one point and compare each with `rule`, gradient by gradient.

    Args:
        written: the loss written out at the sizes of the point, for the component witness.
    """
    exact = witnesses.exact_forward(model, point)
    readings = {
        "rule": witnesses.rule(model, derivation, point, exact),
        "component": witnesses.component(model, written, exact),
        "engine": witnesses.engine(model, point),
        "difference": witnesses.difference(model, point, exact),
        "steps": witnesses.steps(model, derivation, point, exact),
    }
    on = tuple(kinks(model, point))
    behind = _behind(model, on)
    if on:
        readings["difference"] = _without(readings["difference"], behind)
    if any(kink.value != 0 for kink in on):  # rounding decides the side: the others cannot be compared there either
        readings |= {name: _without(readings[name], behind) for name in ("component", "engine", "steps")}
    scales = _scales(model, derivation, point, exact)
    comparisons = tuple(
        comparison
        for name, reading in readings.items()
        if name != "rule" and not reading.silent
        for comparison in _compare(model, name, readings["rule"], reading, scales, point)
    )
    return PointEvidence(point, exact.floats(), readings, comparisons, on, behind if on else frozenset())


def _behind(model: Model, on: tuple[Kink, ...]) -> frozenset[str]:
    """The keys of the symbols whose gradient passes through a function that sits on a kink."""
    reached = {kink.symbol for kink in on}
    keys: set[str] = set()
    for definition in reversed(model.definitions):
        if definition.symbol in reached:
            used = set(symbols(definition.expression))
            reached |= used
            keys |= {symbol.key for symbol in used}
    return frozenset(keys)


def _without(reading: Reading, keys: frozenset[str]) -> Reading:
    kept = {key: value for key, value in reading.values.items() if key not in keys}
    return Reading(kept, reading.loss, reading.silent)


def _scales(model: Model, derivation: Derivation, point: Point, exact: Exact) -> dict[str, np.ndarray]:
    """For every gradient and for the loss the magnitudes of the terms that were summed, entry by entry."""
    start = {key: Sized(exact.values[key]) for key in point.values}
    definitions = (*model.definitions, *(step.definition() for step in derivation.steps))
    known = forward(definitions, start, point.sizes, SizedArithmetic(exact.arithmetic))
    names = {step.symbol.key: step.adjoint.key for step in derivation.steps} | {model.loss.key: model.loss.key}
    return {key: to_floats(sized(known[name]).size) for key, name in names.items()}


def _compare(
    model: Model, name: str, rule: Reading, other: Reading, scales: Mapping[str, np.ndarray], point: Point
) -> Iterator[Comparison]:
    for key in wanted(model):
        if key in other.values:
            yield _difference(key, name, point.name, rule.values[key], other.values[key], scales[key])
    if other.loss is not None:
        key = model.loss.key
        yield _difference(key, name, point.name, np.array([[rule.loss]]), np.array([[other.loss]]), scales[key])


def _difference(key: str, name: str, point: str, a: np.ndarray, b: np.ndarray, scale: np.ndarray) -> Comparison:
    if a.shape != b.shape:
        return Comparison(key, name, point, float("nan"), float("nan"), (1, 1))
    absolute = np.abs(a - b)
    scale = np.broadcast_to(scale, a.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(absolute == 0, 0.0, absolute / scale)
    worst = np.unravel_index(np.argmax(np.where(np.isnan(relative), np.inf, relative)), relative.shape)
    row, column = (int(place) + 1 for place in worst)
    return Comparison(key, name, point, float(np.max(absolute)), float(relative[worst]), (row, column))
