"""The four witnesses of a gradient. Each takes a model and a point, and says the loss and every gradient on its own.

They share the text of the model and the exact values of the point; `rule` and `component` also share SymPy's
derivatives of the scalar functions and the forward values of many digits. No two share a rule that takes a derivative
of one symbol to that of another: that is what makes their agreement evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from derive.models.model import Model
from derive.symbolic.components import WHOLE, Components, TooLarge, write_out
from derive.symbolic.derivation import Derivation, Edge, Step
from derive.symbolic.scalars import numeric_derivatives
from derive.terms.arithmetic import NUMPY, Arithmetic, NumPyArithmetic, ObjectArithmetic, digits
from derive.terms.definitions import forward
from derive.terms.evaluate import Scope
from derive.terms.nodes import Symbol
from derive.terms.walk import symbols
from derive.verify.magnitudes import Sized, SizedArithmetic, lost, sized
from derive.verify.points import Point

# Decimal digits of the exact witnesses, tried in turn: a saturated sigmoid needs as many digits as it has zeros.
PRECISIONS = (30, 120, 1000)
# Digits that have to be left of them when rounding has had its share, and the units of its 16th digit that float64 may
# lose: at 1e6 a difference of 1e-9 still shows.
LEFT, LOST_FLOAT = 15, 1e6
# float64 takes a complex step where no magnitude is further from 1 than this: the step of STEP changes nothing in it,
# and the imaginary parts do not fall out of its range.
COMFORTABLE = 1e40
# Evaluations of one scalar operation by the difference witness, above which it does not speak.
LARGEST = 20_000_000
# Entries of a local Jacobian above which the check of Jacobians does not speak: they grow as the square of the symbols.
LARGEST_JACOBIAN = 100_000
# Entries that take their steps side by side.
BATCH = 64

NAMES = ("rule", "component", "engine", "difference")


@dataclass(frozen=True)
class Reading:
    """What one witness says at one point: arrays in 2-D shapes by the keys of symbols; the loss under its own key.

    `silent` is the reason why the witness says nothing here.
    """

    values: Mapping[str, np.ndarray]
    loss: float | None = None
    silent: str = ""


class Saturated(ArithmeticError):
    """A value leaves the range of the numbers used, such as log(1 - p) with p rounded to 1."""


def _with_gradient(model: Model) -> tuple[Symbol, ...]:
    """Parameters, and the intermediates that depend on one: of what is data alone nobody asks the gradient."""
    moved = set(model.parameters)
    for definition in model.definitions:
        if moved & set(symbols(definition.expression)):
            moved.add(definition.symbol)
    return (*model.parameters, *(symbol for symbol in model.intermediates if symbol in moved))


def wanted(model: Model) -> tuple[str, ...]:
    """The keys of all symbols that get a gradient: parameters, then intermediates."""
    return tuple(symbol.key for symbol in _with_gradient(model))


# ---------------------------------------------------------------- exact values, for the two symbolic witnesses


@dataclass(frozen=True)
class Exact:
    """The forward pass in numbers of many digits, with the arithmetic that made it and the sizes of what it summed.

    `lost` is the largest factor by which noise exceeds size: that many units of the last digit may be wrong.
    """

    arithmetic: ObjectArithmetic
    precision: int
    sized: Mapping[str, Sized]
    lost: Any

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        return {key: value.value for key, value in self.sized.items()}

    def floats(self) -> dict[str, np.ndarray]:
        return {key: to_floats(value) for key, value in self.values.items()}


def exact_forward(model: Model, point: Point) -> Exact:
    """The forward pass to 30 digits, or to more where a value is lost at 30.

    Raises:
        Saturated: no precision that is tried keeps the loss finite.
    """
    found = None
    for precision in PRECISIONS:
        arithmetic = digits(precision, numeric_derivatives(Fraction(model.at_kink), precision))
        start = {key: Sized(_each(arithmetic.number, value)) for key, value in point.values.items()}
        over = SizedArithmetic(arithmetic)
        try:
            known = forward(model.definitions, start, point.sizes, over)
        except (ZeroDivisionError, ValueError, OverflowError):  # log(0), 1/0
            continue
        known = {key: sized(value) for key, value in known.items()}
        if not np.isfinite(to_floats(known[model.loss.key].value)).all():
            continue
        found = Exact(arithmetic, precision, known, max(over.lost, *map(lost, known.values())))
        if found.lost <= arithmetic.number(10) ** (precision - LEFT):
            return found
    if found is None:
        raise Saturated("the loss is not finite at this point")
    if found.lost != np.inf:
        raise Saturated(f"rounding takes all of {PRECISIONS[-1]} digits at this point")
    return found  # something is 0 by cancelling in numbers of any length


def _each(rule: Callable, array: np.ndarray) -> np.ndarray:
    return np.frompyfunc(rule, 1, 1)(array)


def to_floats(value: Any) -> np.ndarray:
    return np.atleast_2d(np.asarray(value, dtype=object)).astype(float)


# ---------------------------------------------------------------- the witnesses


def closed_forms(model: Model, derivation: Derivation, point: Point, exact: Exact) -> dict[str, Sized]:
    """By the keys of symbols their gradients: the closed forms of reverse mode over terms, with sizes, to 30 digits.

    What has no step does not reach the loss: its gradient is the empty sum.
    """
    arithmetic = SizedArithmetic(exact.arithmetic)
    known = _run_steps(derivation.steps, exact.sized, point, arithmetic, closed=True)
    zeros = {s.key: sized(0 * exact.arithmetic.ones(s.shape.sizes(point.sizes))) for s in _with_gradient(model)}
    return zeros | {step.symbol.key: sized(known[step.adjoint.key]) for step in derivation.steps}


def rule(model: Model, exact: Exact, gradients: Mapping[str, Sized]) -> Reading:
    """What the closed forms say."""
    values = {key: to_floats(gradient.value) for key, gradient in gradients.items()}
    return Reading(values, to_floats(exact.values[model.loss.key]).item())


def _run_steps(
    steps: tuple[Step, ...], known: Mapping[str, Any], point: Point, arithmetic: Arithmetic, *, closed: bool
) -> dict[str, Any]:
    known = dict(known)
    for step in steps:
        try:
            known = forward((step.definition(closed=closed),), known, point.sizes, arithmetic)
        except ValueError:  # a step whose shapes do not conform says nothing, and NaN agrees with nothing
            known[step.adjoint.key] = np.full(step.symbol.shape.sizes(point.sizes), np.nan, dtype=object)
    return known


def steps(derivation: Derivation, point: Point, exact: Exact) -> Reading:
    """The same steps as they are written on the board, each over the adjoint before it. A check of them, no witness."""
    known = _run_steps(derivation.steps, exact.values, point, exact.arithmetic, closed=False)
    return Reading({step.symbol.key: to_floats(known[step.adjoint.key]) for step in derivation.steps})


def jacobians(derivation: Derivation, point: Point, exact: Exact, gradients: Mapping[str, Sized]) -> Reading:
    """Each adjoint from those before it by the explicit local Jacobians, the sum of J^T vec(incoming) over the edges.

    No witness: a check of the Jacobians that stand beside the steps. An edge whose Jacobian has no explicit form gives
    what its rule gives; a symbol with none but such edges is left out.
    """
    if any(_entries(edge, point) > LARGEST_JACOBIAN for step in derivation.steps for edge in step.edges):
        return Reading({}, silent="the local Jacobians have too many entries to be multiplied out")
    known = exact.values | {step.adjoint.key: gradients[step.symbol.key].value for step in derivation.steps}
    values = {}
    for step in derivation.steps:
        if any(edge.jacobian is not None for edge in step.edges):
            try:
                values[step.symbol.key] = to_floats(sum(_passed(edge, known, point, exact) for edge in step.edges))
            except ValueError:  # shapes that do not conform
                values[step.symbol.key] = np.full(step.symbol.shape.sizes(point.sizes), np.nan)
    return Reading(values)


def _entries(edge: Edge, point: Point) -> int:
    """Of d vec(user) / d vec(symbol), 0 where it has no explicit form."""
    if edge.jacobian is None:
        return 0
    return prod(edge.symbol.shape.sizes(point.sizes)) * prod(edge.user.symbol.shape.sizes(point.sizes))


def _passed(edge: Edge, known: Mapping[str, Any], point: Point, exact: Exact) -> np.ndarray:
    """What an edge adds to the adjoint of its symbol, in the shape of the symbol."""
    shape = edge.symbol.shape.sizes(point.sizes)
    whole = Scope(exact.arithmetic, known, point.sizes)
    name = edge.index or edge.user.index
    if edge.index is None and (name is None or edge.jacobian is None):
        return _carried(edge, whole, shape)
    vector = edge.symbol if edge.index else edge.user.symbol
    count, _ = vector.shape.sizes(point.sizes)
    scopes = [replace(whole, indices={name: i}) for i in range(1, count + 1)]
    if edge.index is None:  # every entry of the user depends on the whole symbol
        return sum(_carried(edge, scope, shape) for scope in scopes)
    return np.concatenate([_carried(edge, scope, (1, 1)) for scope in scopes])


def _carried(edge: Edge, scope: Scope, shape: tuple[int, int]) -> np.ndarray:
    """J^T vec(g), read back column by column; a part of the sum where an index has a value."""
    if edge.jacobian is None:
        return _matrix(scope.evaluate(edge.contribution))
    jacobian, incoming = _matrix(scope.evaluate(edge.jacobian)), _matrix(scope.evaluate(edge.incoming))
    return (jacobian.T @ incoming.reshape(-1, 1, order="F")).reshape(shape, order="F")


def _matrix(value: Any) -> np.ndarray:
    return np.atleast_2d(np.asarray(value, dtype=object))


def write_components(model: Model, sizes: Mapping[str, int], whole: int = WHOLE) -> Components | None:
    """The loss entry by entry at these sizes, differentiated by SymPy; None where that is too much."""
    try:
        return write_out(model.definitions, model.loss, model.given, _with_gradient(model), sizes, whole)
    except TooLarge:
        return None


def component(model: Model, written: Components | None, exact: Exact) -> Reading:
    """SymPy's derivatives of the written-out loss, evaluated to 30 digits."""
    if written is None:
        return Reading({}, silent="too many entries to be written out one by one")
    found = written.evaluate(exact.values, Fraction(model.at_kink), exact.precision)
    values = {s.key: np.zeros(s.shape.sizes(written.sizes)) for s in _with_gradient(model)}
    return Reading(values | {key: to_floats(found[key]) for key in values if key in found}, to_floats(found[""]).item())


def engine(model: Model, point: Point) -> Reading:
    """`derive.engine` on float64: hand-written local derivatives, never SymPy."""
    from derive.verify.tensors import TensorArithmetic, leaf

    start = {key: leaf(value) for key, value in point.floats().items()}
    with np.errstate(all="ignore"):  # the comparison sees NaN and infinity
        known = forward(model.definitions, start, point.sizes, TensorArithmetic(float(Fraction(model.at_kink))))
        loss = known[model.loss.key]
        loss.backward(np.ones(loss.shape))
    values = {}
    for key in wanted(model):
        gradient = known[key].grad
        values[key] = np.zeros(known[key].shape) if gradient is None else np.atleast_2d(gradient)
    return Reading(values, float(loss.data.reshape(())))


STEP = -100  # the exponent of the complex step in float64: nothing is subtracted, and its error is of order STEP^2
STEP_DIGITS = -5000  # in numbers of many digits, whose exponents have no limit


def suits_float64(exact: Exact, gradients: Mapping[str, Sized]) -> bool:
    """Whether float64 has the range and the digits for a forward pass here. Asked of the exact numbers alone."""
    magnitudes = [x for value in (*exact.sized.values(), *gradients.values()) for x in np.ravel(value.size) if x]
    in_range = not any(x <= 1 / COMFORTABLE or x >= COMFORTABLE for x in magnitudes)  # NaN is a matter of its own
    return in_range and max(exact.lost, *map(lost, gradients.values())) < LOST_FLOAT


def difference(model: Model, point: Point, exact: Exact, *, float64: bool) -> Reading:
    """Complex step: dL/dv = Im L(v + i h) / h, from the forward pass alone (Squire and Trapp 1998).

    Every function here is analytic away from its kinks; a kinked one follows the real part of its argument.

    Args:
        float64: let float64 do the work; else numbers of many digits, many times slower.
    """
    if float64:
        arithmetic: NumPyArithmetic = NUMPY
        step = 10.0**STEP
        start = {key: np.asarray(value, dtype=complex) for key, value in point.floats().items()}
    else:
        arithmetic = exact.arithmetic
        step = arithmetic.number(10) ** STEP_DIGITS
        start = {key: _each(arithmetic.number, value) for key, value in point.values.items()}
    known = forward(model.definitions, start, point.sizes, arithmetic)
    entries = sum(known[key].size for key in wanted(model))
    if entries * sum(np.size(value) for value in known.values()) > LARGEST:
        return Reading({}, silent=f"{entries} entries are too many to be moved one by one")
    values = {s.key: _steps_taken(model, s, known, point, arithmetic, step) for s in _with_gradient(model)}
    return Reading(values, float(known[model.loss.key].item().real))


def _steps_taken(
    model: Model, symbol: Symbol, known: Mapping[str, Any], point: Point, arithmetic: NumPyArithmetic, step: Any
) -> np.ndarray:
    """dL/dv for every entry v of a symbol, each from a forward pass in which that entry alone has moved."""
    # Everything that is known before the symbol stays; only what follows from it is computed again.
    after = next((k + 1 for k, d in enumerate(model.definitions) if d.symbol == symbol), 0)
    value = known[symbol.key]
    batch = BATCH if arithmetic is NUMPY else 1  # object arrays gain nothing from a batch, and have no inverse of one
    found: list[float] = []
    for first in range(0, value.size, batch):
        moving = np.arange(first, min(first + batch, value.size))
        moved = np.repeat(value[None], len(moving), axis=0)
        moved.reshape(len(moving), -1)[np.arange(len(moving)), moving] += 1j * step
        moved = moved if batch > 1 else moved[0]
        loss = forward(model.definitions[after:], {**known, symbol.key: moved}, point.sizes, arithmetic)[model.loss.key]
        found += [float(each.imag / step) for each in np.broadcast_to(loss, (len(moving), 1, 1)).ravel()]
    return np.array(found).reshape(value.shape)
