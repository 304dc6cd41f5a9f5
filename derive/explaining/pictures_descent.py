"""The loss over the steps of gradient descent, from the worked example: the run that the other pictures use too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
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
# A rise of the loss by less than this part of it is rounding.
ROUNDING = 1e-12
# Where the loss falls by more than this factor, its axis is logarithmic.
DECADES = 100.0
# Points of a curve that are drawn.
MOST_POINTS = 60


@dataclass(frozen=True)
class Run:
    """Gradient descent at one rate at which the loss never rises: the loss before and after every step, and the end."""

    rate: Fraction
    losses: tuple[float, ...]
    values: Mapping[str, np.ndarray]

    @property
    def steps(self) -> int:
        return len(self.losses) - 1


def run(model: Float64, start: Mapping[str, np.ndarray]) -> Run | None:
    """The run at the largest rate at which it goes down all the way; None where there is none."""
    count = next((steps for steps in STEPS if steps * PASSES * model.cost <= WORK), STEPS[-1])
    for rate in _rates():
        losses: list[float] = []
        values = dict(start)
        try:
            for loss, moved in _descend(model, values, float(rate), count):
                losses.append(loss)
                values = moved
                if not isfinite(loss) or loss > losses[max(len(losses) - 2, 0)] + ROUNDING * abs(losses[0]):
                    break
            else:
                if losses[-1] < losses[0]:
                    return Run(rate, tuple(losses), values)
                return None  # a smaller step moves even less
        except ArithmeticError:  # out of the range of float64
            continue
    return None


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
        _losses(first, last),
        (Curve(points((step, found.losses[step]) for step in shown), "forward"),),
    )
    rate = float(found.rate)
    fell = f"falls from ${number(first)}$ to ${number(last)}$"
    if number(first) == number(last):
        fell = f"falls, but by less than its printed digits ${number(first)}$ show"
    caption = (
        rf"The loss over {found.steps} steps of gradient descent on the data of the worked example, with the learning"
        rf" rate $\eta = {number(rate)}$: it {fell}."
        + ("" if found.rate == 1 else " With the next larger rate that was tried it rises somewhere on the way.")
    )
    description = (
        f"A falling curve: the loss is {plain(first)} before the first of {found.steps} steps of gradient descent"
        f" and {plain(last)} after the last, at the learning rate {plain(rate)}."
    )
    return Picture("loss", caption, description, plot)


def _losses(first: float, last: float) -> Axis:
    """Logarithmic where the loss falls by powers of ten."""
    if 0 < last < first / DECADES:
        return decades("loss $L$", float(10.0 ** np.floor(np.log10(last))), float(10.0 ** np.ceil(np.log10(first))))
    return Axis("loss $L$", 0, float(f"{1.05 * first:.4g}"))
