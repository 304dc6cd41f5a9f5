"""The four witnesses of a gradient. Each takes a model and a point, and says the loss and every gradient on its own.

They share the text of the model and the exact values of the point; `rule` and `component` also share SymPy's
derivatives of the scalar functions. They share no rule of differentiation and no arithmetic: that is what makes their
agreement evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derive.models.model import Model
from derive.symbolic.components import WHOLE, Components, TooLarge, write_out
from derive.symbolic.derivation import Derivation, Step
from derive.symbolic.scalars import numeric_derivatives
from derive.terms.arithmetic import NUMPY, NumPyArithmetic, ObjectArithmetic, digits
from derive.terms.definitions import Definition, forward
from derive.terms.nodes import Symbol
from derive.verify.points import Point

# Decimal digits of the exact witnesses, tried in turn: a saturated sigmoid needs as many digits as it has zeros.
PRECISIONS = (30, 120, 1000)
# Evaluations of one scalar operation by the difference witness, above which it does not speak.
LARGEST = 20_000_000

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
    return (*model.parameters, *model.intermediates)


def wanted(model: Model) -> tuple[str, ...]:
    """The keys of all symbols that get a gradient: parameters, then intermediates."""
    return tuple(symbol.key for symbol in _with_gradient(model))


# ---------------------------------------------------------------- exact values, for the two symbolic witnesses


@dataclass(frozen=True)
class Exact:
    """The forward pass in numbers of many digits, with the arithmetic that made it."""

    arithmetic: ObjectArithmetic
    precision: int
    values: Mapping[str, np.ndarray]

    def floats(self) -> dict[str, np.ndarray]:
        return {key: to_floats(value) for key, value in self.values.items()}


def exact_forward(model: Model, point: Point) -> Exact:
    """The forward pass to 30 digits, or to more where a value is lost at 30.

    Raises:
        Saturated: no precision that is tried keeps the loss finite.
    """
    for precision in PRECISIONS:
        arithmetic = digits(precision, numeric_derivatives(Fraction(model.at_kink), precision))
        start = {key: _each(arithmetic.number, value) for key, value in point.values.items()}
        try:
            values = forward(model.definitions, start, point.sizes, arithmetic)
        except (ZeroDivisionError, ValueError, OverflowError):  # log(0), 1/0
            continue
        if np.isfinite(to_floats(values[model.loss.key])).all():
            return Exact(arithmetic, precision, values)
    raise Saturated("the loss is not finite at this point")


def _each(rule: Callable, array: np.ndarray) -> np.ndarray:
    return np.frompyfunc(rule, 1, 1)(array)


def to_floats(value: Any) -> np.ndarray:
    return np.atleast_2d(np.asarray(value, dtype=object)).astype(float)


# ---------------------------------------------------------------- the witnesses


def rule(model: Model, derivation: Derivation, point: Point, exact: Exact) -> Reading:
    """The closed forms of reverse mode over terms, evaluated to 30 digits."""
    known = _run_steps(derivation.steps, exact, point, closed=True)
    values = {step.symbol.key: to_floats(known[step.adjoint.key]) for step in derivation.steps}
    return Reading(values, to_floats(exact.values[model.loss.key]).item())


def _run_steps(steps: tuple[Step, ...], exact: Exact, point: Point, *, closed: bool) -> dict[str, Any]:
    definitions: tuple[Definition, ...] = tuple(step.definition(closed=closed) for step in steps)
    return forward(definitions, exact.values, point.sizes, exact.arithmetic)


def steps(model: Model, derivation: Derivation, point: Point, exact: Exact) -> Reading:
    """The same steps as they are written on the board, each over the adjoint before it. No witness: a check of steps."""
    known = _run_steps(derivation.steps, exact, point, closed=False)
    return Reading({step.symbol.key: to_floats(known[step.adjoint.key]) for step in derivation.steps})


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
    return Reading({key: to_floats(found[key]) for key in wanted(model)}, to_floats(found[""]).item())


def engine(model: Model, point: Point) -> Reading:
    """`derive.engine` on float64: hand-written local derivatives, never SymPy."""
    from derive.verify.tensors import TensorArithmetic, leaf

    start = {key: leaf(value) for key, value in point.floats().items()}
    known = forward(model.definitions, start, point.sizes, TensorArithmetic(float(Fraction(model.at_kink))))
    loss = known[model.loss.key]
    loss.backward(np.ones(loss.shape))
    values = {}
    for key in wanted(model):
        gradient = known[key].grad
        values[key] = np.zeros(known[key].shape) if gradient is None else np.atleast_2d(gradient)
    return Reading(values, float(loss.data.reshape(())))


STEP = 1e-30  # of the complex step: its error is of order STEP^2, and nothing is subtracted


def difference(model: Model, point: Point, exact: Exact) -> Reading:
    """Complex step: dL/dv = Im L(v + i h) / h, from the forward pass alone (Squire and Trapp 1998).

    Every function here is analytic away from its kinks; a kinked one follows the real part of its argument. float64
    does the work; where a saturated value is lost in it, the same step is taken in numbers of many digits.
    """
    floats = {key: np.asarray(value, dtype=complex) for key, value in point.floats().items()}
    return _complex_step(model, point, floats, NUMPY, exact)


def _complex_step(
    model: Model, point: Point, start: Mapping[str, np.ndarray], arithmetic: NumPyArithmetic, exact: Exact
) -> Reading:
    known = forward(model.definitions, start, point.sizes, arithmetic)
    if not np.isfinite(complex(known[model.loss.key].item())):
        if not isinstance(arithmetic, ObjectArithmetic):
            return _complex_step(model, point, _digits(exact, point), exact.arithmetic, exact)
        return Reading({}, silent="the loss is not finite in the numbers that were tried")
    entries = sum(known[key].size for key in wanted(model))
    if entries * sum(np.size(value) for value in known.values()) > LARGEST:
        return Reading({}, silent=f"{entries} entries are too many to be moved one by one")
    values = {}
    for symbol in _with_gradient(model):
        # Everything that is known before the symbol stays; only what follows from it is computed again.
        after = next((k + 1 for k, d in enumerate(model.definitions) if d.symbol == symbol), 0)
        gradient = np.zeros(known[symbol.key].shape)
        for place in np.ndindex(gradient.shape):
            moved = known[symbol.key].copy()
            moved[place] = moved[place] + 1j * STEP
            result = forward(model.definitions[after:], {**known, symbol.key: moved}, point.sizes, arithmetic)
            gradient[place] = float(result[model.loss.key].item().imag / STEP)
        values[symbol.key] = gradient
    return Reading(values, float(known[model.loss.key].item().real))


def _digits(exact: Exact, point: Point) -> dict[str, np.ndarray]:
    return {key: exact.values[key] for key in point.values}
