"""The loss over the steps of gradient descent, from the worked example: the run that the other pictures use too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import isfinite

import numpy as np

from derive.explaining.elements import Picture
from derive.explaining.float64 import Float64
from derive.explaining.numbers import number, plain
from derive.explaining.plots import Axis, Curve, Plot, decades, points

# Steps of a run, the most that the work allows; fewer than the last are no curve.
STEPS = (200, 100, 50, 20, 10)
# Operations that a run may take; a step is about three forward passes.
WORK = 4_000_000
PASSES = 3
# Learning rates are tried from 1 down, 1, 5, 2 times powers of ten: so many powers.
POWERS = 40
# Steps after which rates are compared.
PROBE = 20
# Where the loss falls by more than this factor, its axis is logarithmic.
DECADES = 100.0
# Points of a curve that are drawn.
MOST_POINTS = 60


@dataclass(frozen=True)
class Run:
    """Gradient descent at one rate: the loss before the first and after every step, and the parameters at the end."""

    rate: Fraction
    losses: tuple[float, ...]
    values: Mapping[str, np.ndarray]

    @property
    def steps(self) -> int:
        return len(self.losses) - 1


@np.errstate(all="ignore")  # numbers that leave float64 are seen, and not taken
def run(model: Float64, start: Mapping[str, np.ndarray]) -> Run | None:
    """The run at the rate that brings the loss down furthest in its first steps; None where no rate does."""
    count = next((steps for steps in STEPS if steps * PASSES * model.cost <= WORK), STEPS[-1])
    probes: list[Run] = []
    for rate in _rates():
        probe = _run(model, start, rate, min(PROBE, count))
        if probe is not None:
            probes.append(probe)
            if len(probes) > 1 and probe.losses[-1] > probes[-2].losses[-1]:
                break  # a smaller step moves even less
    for probe in sorted(probes, key=lambda each: each.losses[-1]):
        whole = _run(model, start, probe.rate, count)
        if whole is not None:
            return whole
    return None


def _run(model: Float64, start: Mapping[str, np.ndarray], rate: Fraction, count: int) -> Run | None:
    """The run at this rate; None where it ends no lower than it starts, or leaves float64."""
    losses: list[float] = []
    values = start
    try:
        for loss, moved in _descend(model, start, float(rate), count):
            losses.append(loss)
            values = moved
            if not isfinite(loss):
                return None
    except ArithmeticError:  # out of the range of float64
        return None
    return Run(rate, tuple(losses), values) if losses[-1] < losses[0] else None


def _rates() -> Iterator[Fraction]:
    for power in range(POWERS):
        yield from (digit / Fraction(10) ** power for digit in ((1, Fraction(1, 2), Fraction(1, 5))))


def _descend(
    model: Float64, values: Mapping[str, np.ndarray], rate: float, count: int
) -> Iterator[tuple[float, Mapping[str, np.ndarray]]]:
    """(the loss, the values there) at the start and after every step."""
    for step in range(count + 1):
        loss, gradients = model.gradients(values)
        yield loss, values
        if step < count:
            values = {**values, **{key: values[key] - rate * gradient for key, gradient in gradients.items()}}


def loss_curve(found: Run) -> Picture:
    """The picture of a run."""
    first, last = found.losses[0], found.losses[-1]
    every = max(1, -(-found.steps // MOST_POINTS))
    tick = found.steps // 10
    shown = sorted({*range(0, found.steps + 1, every), found.steps})
    plot = Plot(
        Axis("step", 0, found.steps, ticks=tuple((step, str(step)) for step in range(0, found.steps + 1, tick))),
        _losses(found.losses),
        (Curve(points((step, found.losses[step]) for step in shown), "forward"),),
    )
    rate = float(found.rate)
    fell = f"falls from ${number(first)}$ to ${number(last)}$"
    if number(first) == number(last):
        fell = f"falls, but by less than its printed digits ${number(first)}$ show"
    caption = (
        rf"The loss over {found.steps} steps of gradient descent on the data of the worked example, with the learning"
        rf" rate $\eta = {number(rate)}$: it {fell}."
        + (" On the way it rises now and then: the steps are bold." if _rises(found) else "")
    )
    description = (
        f"A curve: the loss is {plain(first)} before the first of {found.steps} steps of gradient descent"
        f" and {plain(last)} after the last, at the learning rate {plain(rate)}."
    )
    return Picture("loss", caption, description, plot)


def _rises(found: Run) -> bool:
    """Whether a rise can be seen in the printed digits."""
    pairs = pairwise(found.losses)
    return any(after > before and number(after) != number(before) for before, after in pairs)


def _losses(losses: tuple[float, ...]) -> Axis:
    """Logarithmic where the loss falls by powers of ten."""
    first, last, least = max(losses), losses[-1], min(losses)
    if least > 0 and last < first / DECADES:
        return decades("loss $L$", float(10.0 ** np.floor(np.log10(least))), float(10.0 ** np.ceil(np.log10(first))))
    return Axis("loss $L$", 0, float(f"{1.05 * first:.4g}"))
