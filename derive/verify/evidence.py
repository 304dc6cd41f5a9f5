"""What the witnesses said, where, and whether they agree. The only place that judges it.

Numbers are equal when they differ by at most 1e-9 of the largest magnitude among the summed terms; a difference
between that and 1e-6 decides nothing, and the point is drawn again. Three answers: agreed, not agreed, undecided.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from itertools import groupby

import numpy as np

from derive.models.model import Model
from derive.symbolic.components import WHOLE, Components
from derive.symbolic.derivation import Derivation, differentiate
from derive.terms.walk import symbols
from derive.verify import witnesses
from derive.verify.magnitudes import Sized
from derive.verify.points import Kink, Point, distinct_sizes, draw, kinks, sides
from derive.verify.witnesses import NAMES, Exact, Reading, Saturated, to_floats, wanted

EQUAL, DIFFERENT = 1e-9, 1e-6
# Rounding errors that a witness may have made, per unit of noise (see `magnitudes`): 64 units of its last digit.
ROUNDING_FLOAT = 64 * 2.0**-52
# A gradient that is all but 0 beside the terms that it sums up is no evidence: a fault in it would look like rounding.
FAINT = 1e-6
# What lies beyond float64 cannot be compared in it; what is below this is 0 to it.
HUGE, TINY = 1e300, 1e-290
POINTS_PER_SET = 2
# Points are added to a set until every gradient has been seen not to be 0, and every kink from both sides.
MOST_POINTS = 12
# How far the component witness writes the loss out whole: in the first set of dimensions as far as time allows, in the
# second definition by definition, so that both ways of writing it out have their say.
WRITTEN = (WHOLE, 0)
# An undecided point is drawn again this often.
REDRAWS = 3

# What is compared with `rule`, and in which numbers: the other witnesses, and two checks of what is printed beside.
IN_FLOAT64 = ("engine", "difference")
CHECKS = ("steps", "jacobians")


class Answer(Enum):
    AGREED = "agreed"
    DISAGREED = "disagreed"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Comparison:
    """One witness against `rule` on one gradient at one point: the largest differences, and where the relative one is.

    `relative` is in units of the magnitude of the summed terms of the entry, or, where that is more, of that of which
    1e-9 is what rounding may have done. `where` counts from 1. `weight` is the largest entry in the latter unit: 0
    for a gradient of zeros.
    """

    key: str
    witness: str
    point: str
    absolute: float
    relative: float
    where: tuple[int, int]
    weight: float = 1.0

    @property
    def answer(self) -> Answer:
        if self.relative <= EQUAL:
            return Answer.AGREED
        return Answer.DISAGREED if not self.relative <= DIFFERENT else Answer.UNDECIDED


@dataclass(frozen=True)
class PointEvidence:
    """Everything said at one point: forward values, readings by witness, comparisons, kinks on which the point lies.

    `unjudged` are the keys of gradients that pass through such a kink, `beyond` of those that no float64 can hold.
    """

    point: Point
    values: Mapping[str, np.ndarray]
    readings: Mapping[str, Reading]
    comparisons: tuple[Comparison, ...]
    kinks: tuple[Kink, ...] = ()
    unjudged: frozenset[str] = frozenset()
    beyond: frozenset[str] = frozenset()

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
            "SymPy's derivatives of the scalar functions, and forward values of many digits (rule and component)",
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
        return Answer.AGREED if answers == {Answer.AGREED} and not self.gaps else Answer.UNDECIDED

    @cached_property
    def gaps(self) -> tuple[str, ...]:
        """What the drawn points leave open: nothing is agreed while there is any."""
        return tuple(gaps(self.model, self.derivation, self.drawn)) if self.drawn else ("no points were drawn",)

    @property
    def heard(self) -> tuple[str, ...]:
        """The witnesses that know every gradient of the worked example that float64 can hold."""
        keys = {step.symbol.key for step in self.derivation.steps} - self.document.beyond
        readings = self.document.readings
        return tuple(name for name in NAMES if not readings[name].silent and keys <= set(readings[name].values))

    @property
    def unheard(self) -> tuple[str, ...]:
        """The other witnesses: silent on the worked example, or on some gradient of it."""
        heard = self.heard
        return tuple(name for name in NAMES if name not in heard)

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


def gaps(model: Model, derivation: Derivation, points: Sequence[PointEvidence]) -> Iterator[str]:
    """What points do not show: a witness that is silent, a gradient that is 0 throughout, one side of a kink.

    Every set of dimensions has to show all of it.
    """
    keys = (*(step.symbol.key for step in derivation.steps), model.loss.key)
    for sizes, group in groupby(points, key=lambda point: dict(point.point.sizes)):
        at = list(group)
        where = _few([f"{name} = {size}" for name, size in sizes.items()])
        shown = {(c.key, c.witness) for point in at for c in point.comparisons if c.weight > FAINT}
        for name in NAMES:
            if silent := next((p.readings[name].silent for p in at if p.readings[name].silent), ""):
                yield f"{name} is silent at {where}: {silent}"
            elif name != "rule":
                missing = [key for key in keys if (key, name) not in shown]
                if missing:
                    yield f"{name} sees nothing but zeros, or next to them, at {where}: {_few(missing)}"
        seen = set().union(*(sides(model, point.point) for point in at))
        for symbol, function in dict.fromkeys((d.symbol.key, node.function) for d, node in model.kinked):
            for above, side in ((True, "above"), (False, "below")):
                if (symbol, function, above) not in seen:
                    yield f"{function} in {symbol} is never seen {side} its kink at {where}"


def _few(keys: Sequence[str]) -> str:
    return ", ".join(keys[:6]) + (f" and {len(keys) - 6} more" if len(keys) > 6 else "")


def gather(model: Model, document: Point | None = None, *, seed: int = 0) -> Evidence:
    """Derive a model and ask all witnesses, at the document's point and at drawn points of two sets of dimensions.

    Args:
        document: the worked example; drawn from the seed, at the model's own sizes, where None.

    Raises:
        NoRule: no rule covers a term of the model.
        Saturated: the loss is not finite at the document's point, or at all that were drawn.
    """
    derivation = differentiate(model.definitions, model.loss, model.parameters, dict(model.signals))
    document = document or draw(model, model.sizes, [seed], "document", labels=True)
    at_document = examine(model, derivation, document, witnesses.write_components(model, document.sizes))
    drawn = []
    for number, (sizes, whole) in enumerate(zip(distinct_sizes(model), WRITTEN, strict=True), 1):
        written = witnesses.write_components(model, sizes, whole)
        found: list[PointEvidence] = []
        while len(found) < POINTS_PER_SET or (len(found) < MOST_POINTS and any(gaps(model, derivation, found))):
            name = f"set {number}, point {len(found) + 1}"
            found.append(_decided(model, derivation, written, sizes, [seed, number, len(found)], name))
        drawn += found
    return Evidence(model, derivation, at_document, tuple(drawn), seed)


def _decided(
    model: Model,
    derivation: Derivation,
    written: Components | None,
    sizes: Mapping[str, int],
    seed: list[int],
    name: str,
) -> PointEvidence:
    """The evidence at a drawn point; one that is undecided or saturated is drawn again."""
    found = None
    for attempt in range(REDRAWS):
        point = draw(model, sizes, [*seed, attempt], name)
        try:
            found = examine(model, derivation, point, written)
        except Saturated:
            continue
        if found.answer is not Answer.UNDECIDED:
            break
    if found is None:
        raise Saturated(f"{model.name} saturates at every point that was drawn")
    return found


def examine(model: Model, derivation: Derivation, point: Point, written: Components | None) -> PointEvidence:
    """Ask every witness at one point and compare each with `rule`, gradient by gradient.

    Args:
        written: the loss written out at the sizes of the point, for the component witness.

    Raises:
        Saturated: the loss is not finite at the point.
    """
    exact = witnesses.exact_forward(model, point)
    gradients = witnesses.closed_forms(model, derivation, point, exact)
    float64 = witnesses.suits_float64(exact, gradients)
    readings = {
        "rule": witnesses.rule(model, exact, gradients),
        "component": witnesses.component(model, written, exact),
        "engine": witnesses.engine(model, point),
        "difference": witnesses.difference(model, point, exact, float64=float64),
        "steps": witnesses.steps(derivation, point, exact),
        "jacobians": witnesses.jacobians(derivation, point, exact, gradients),
    }
    on = tuple(kinks(model, point, exact.sized, exact.arithmetic))
    behind = _behind(model, on)
    loss = exact.sized[model.loss.key]
    beyond = frozenset(key for key, gradient in gradients.items() if _beyond(gradient))
    scales = {key: _scales(value, exact) for key, value in (*gradients.items(), (model.loss.key, loss))}
    # On a kink exactly, the difference alone is lost; where rounding decides its side, nobody can be compared.
    lost = NAMES[1:] + CHECKS if any(not kink.exactly for kink in on) else ("difference",)
    comparisons: list[Comparison] = []
    for name, reading in readings.items():
        skipped = beyond | behind if name in lost else beyond
        readings[name] = _without(reading, skipped)
        if name != "rule" and not reading.silent:
            units = {key: (size, noise if name in IN_FLOAT64 else size) for key, (size, noise) in scales.items()}
            compared = list(_compare(model, name, readings["rule"], readings[name], units, point, skipped))
            if name == "engine" and not float64 and any(c.answer is not Answer.AGREED for c in compared):
                readings[name] = Reading({}, silent="float64 loses its digits or its range at these numbers")
            else:
                comparisons += compared
    return PointEvidence(point, exact.floats(), readings, tuple(comparisons), on, behind, beyond)


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


def _scales(value: Sized, exact: Exact) -> tuple[np.ndarray, np.ndarray]:
    """The units in which differences are measured, entry by entry: (for numbers of many digits, for float64).

    The magnitude of the summed terms, or that of which 1e-9 is what rounding may have done.
    """
    size, last_digit = to_floats(value.size), exact.arithmetic.number(10) ** (2 - exact.precision)
    with np.errstate(over="ignore", invalid="ignore"):
        return tuple(
            np.maximum(size, to_floats(value.noise * rounding) / EQUAL) for rounding in (last_digit, ROUNDING_FLOAT)
        )


def _beyond(value: Sized) -> bool:
    """Whether float64 cannot hold it. NaN is not beyond: it stays, and disagrees."""
    return bool(np.any(to_floats(value.size) > HUGE))


def _compare(
    model: Model,
    name: str,
    rule: Reading,
    other: Reading,
    scales: Mapping[str, np.ndarray],
    point: Point,
    skipped: frozenset[str],
) -> Iterator[Comparison]:
    check = name in CHECKS  # a check need not speak of everything; a witness that leaves something out disagrees
    for key in wanted(model):
        if key not in skipped and not (check and key not in other.values):
            yield _difference(key, name, point.name, rule.values[key], other.values.get(key), scales[key])
    key = model.loss.key
    if not check:
        loss = None if other.loss is None else np.array([[other.loss]])
        yield _difference(key, name, point.name, np.array([[rule.loss]]), loss, scales[key])


def _difference(
    key: str, name: str, point: str, a: np.ndarray, b: np.ndarray | None, scale: tuple[np.ndarray, np.ndarray]
) -> Comparison:
    if b is None or a.shape != b.shape:
        return Comparison(key, name, point, float("nan"), float("nan"), (1, 1), 0.0)
    magnitude, rounding = (np.broadcast_to(each, a.shape) for each in scale)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        absolute = np.abs(a - b)
        close = np.where(absolute < TINY, 0.0, absolute / magnitude)
        # Beyond the largest float64 the noise has no number; what it excuses has one.
        relative = np.where(close <= EQUAL, close, absolute / np.minimum(rounding, sys.float_info.max))
        relative = np.where(absolute < TINY, 0.0, relative)
        weight = np.where(np.abs(a) < TINY, 0.0, np.abs(a) / rounding)
    worst = np.unravel_index(np.argmax(np.where(np.isnan(relative), np.inf, relative)), relative.shape)
    row, column = (int(place) + 1 for place in worst)
    heaviest = float(np.max(np.nan_to_num(weight, nan=0.0, posinf=0.0)))
    return Comparison(key, name, point, float(np.max(absolute)), float(relative[worst]), (row, column), heaviest)
