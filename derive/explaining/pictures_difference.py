"""The error of difference quotients against the step size: truncation to the right, rounding to the left.

Nocedal and Wright, Numerical Optimization (2006), section 8.1: with rounding errors of size eps, a forward difference
is best near h = eps^(1/2) and a central one near h = eps^(1/3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from derive.explaining.elements import Picture
from derive.explaining.float64 import Float64
from derive.explaining.numbers import number, plain
from derive.explaining.plots import Curve, Dots, Plot, decades, points
from derive.explaining.prose.facts import Facts, facts
from derive.verify.evidence import Evidence

# Step sizes are powers of 10^(1/PER_DECADE) between 10^LOWEST and 10^HIGHEST.
LOWEST, HIGHEST, PER_DECADE = -14, -1, 3
SIZES = tuple(
    float(f"{10.0 ** (power / PER_DECADE):.6g}") for power in range(LOWEST * PER_DECADE, HIGHEST * PER_DECADE + 1)
)
# Entries that are moved, those with the largest gradients; operations that all this may take.
ENTRIES, WORK = 8, 4_000_000
EPSILON = 2.0**-52
# A relative error below this is not told apart from 0 in float64.
LEAST = EPSILON / 2

# Where the smallest error is more than this, numbers are too large or too small for a check in float64.
HOPELESS = 0.01

Entry = tuple[str, int, int]
Errors = list[tuple[float, float]]


@np.errstate(all="ignore")  # numbers that leave float64 are seen, and not drawn
def differences(evidence: Evidence, model: Float64) -> Picture | str:
    """The picture, or a sentence that says why there is none."""
    if evidence.document.kinks:
        return (
            "The worked example lies on a kink, where a difference quotient has no derivative to converge to, so there"
            " is no picture of its error."
        )
    affordable = WORK // (2 * len(SIZES) * model.cost)
    moved = _largest(evidence, max(1, min(ENTRIES, affordable)))
    gradients = evidence.document.readings["rule"].values
    exact = np.array([gradients[key][row, column] for key, row, column in moved])
    if not exact.any():
        return "The gradient is zero here, so there is no picture of the relative error of a difference quotient."
    sizes = SIZES if affordable else SIZES[::PER_DECADE]
    forwards, centrals = _errors(model, evidence.document.point.floats(), moved, exact, sizes)
    if min((error for _, error in centrals), default=1.0) > HOPELESS or not forwards:
        return "In float64 no step gives a difference quotient that is right in two digits here, so none is pictured."
    return _picture(forwards, centrals, facts(evidence.model), len(moved))


def _largest(evidence: Evidence, count: int) -> list[Entry]:
    """The entries of parameters with the largest gradients; of equal ones the first."""
    gradients = evidence.document.readings["rule"].values
    found = [
        (-float(f"{abs(value):.6g}"), (p.key, *place))
        for p in evidence.model.parameters
        if p.key in gradients
        for place, value in np.ndenumerate(gradients[p.key])
    ]
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])[:count]]


def _errors(
    model: Float64, start: Mapping[str, np.ndarray], moved: Sequence[Entry], exact: np.ndarray, sizes: Sequence[float]
) -> tuple[Errors, Errors]:
    """(forward, central): step sizes with the relative error of the quotients, where float64 holds them."""
    forwards: Errors = []
    centrals: Errors = []
    unit = np.abs(exact).max()  # squares of entries may leave float64
    try:
        before = float(model.loss(_objects(start)).item())
    except ArithmeticError:
        return forwards, centrals
    for h in sizes:
        try:
            above, below = _losses(model, start, moved, h)
        except ArithmeticError:  # out of the range of float64
            continue
        for found, quotient in ((forwards, (above - before) / h), (centrals, (above - below) / (2 * h))):
            error = float(np.linalg.norm((quotient - exact) / unit) / np.linalg.norm(exact / unit))
            if np.isfinite(error):
                found.append((h, max(error, LEAST)))
    return forwards, centrals


def _losses(
    model: Float64, start: Mapping[str, np.ndarray], moved: Sequence[Entry], h: float
) -> tuple[np.ndarray, np.ndarray]:
    """The loss with each entry moved up by h, and down by h: one batch of forward passes."""
    batch = {key: np.repeat(value[None], 2 * len(moved), axis=0) for key, value in start.items()}
    for place, (key, row, column) in enumerate(moved):
        batch[key][2 * place, row, column] += h
        batch[key][2 * place + 1, row, column] -= h
    losses = np.broadcast_to(model.loss(_objects(batch)), (2 * len(moved), 1, 1)).astype(float).ravel()
    return losses[::2], losses[1::2]


def _objects(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key: value.astype(object) for key, value in values.items()}


def _picture(forwards: Errors, centrals: Errors, known: Facts, entries: int) -> Picture:
    errors = [error for _, error in forwards + centrals]
    low, high = (float(10.0 ** to(np.log10(end))) for to, end in ((np.floor, min(errors)), (np.ceil, max(errors))))
    best, least = min(centrals, key=lambda pair: pair[1])
    exact = _parabola(known)
    drawn: list[Curve | Dots] = [
        Curve(points(forwards), "plain", r"forward, $(L(\theta + h) - L(\theta))/h$"),
        Curve(points(centrals), "forward", r"central, $(L(\theta + h) - L(\theta - h))/2h$"),
        Dots(points([(best, least)]), "gradient", "smallest error of the central one"),
    ]
    if not exact:
        root = float(f"{EPSILON ** (1 / 3):.4g}")
        drawn.insert(0, Curve(((root, low), (root, high)), "plain", r"$h = \epsilon^{1/3}$", dashed=True))
    plot = Plot(decades("step size $h$", SIZES[0], SIZES[-1]), decades("relative error", low, high), tuple(drawn))
    return Picture("differences", _caption(known, exact, best, least, entries), _description(best, least, exact), plot)


def _parabola(known: Facts) -> bool:
    """Whether the loss is a quadratic polynomial along every parameter, between the kinks if there are any."""
    return known.loss == "mse" and known.output == "identity" and not (known.deep and known.hidden != "relu")


def _caption(known: Facts, exact: bool, best: float, least: float, entries: int) -> str:
    of = "the entry" if entries == 1 else f"the {entries} entries"
    lead = (
        f"A gradient check in float64: how far a difference quotient is from the gradient, for {of} of the parameters"
        " where the gradient is largest. "
    )
    if exact:
        until = ", as long as no ReLU switches," if known.deep else ""
        return (
            f"{lead}Along a parameter the loss is a parabola{until} and the central difference of a parabola is exact:"
            " what is left is rounding, which grows as the step shrinks. The forward difference has its truncation"
            r" error as well, which grows with $h$, and is best near $h = \epsilon^{1/2} \approx 10^{-8}$."
        )
    return (
        rf"{lead}To the right the quotient misses the curve (by about $h^2$ for the central one, by $h$ for the forward"
        r" one), to the left the subtraction loses its digits (by about $\epsilon/h$). The central one is best at"
        rf" $h = {number(best, 2)}$, where its error is ${number(least, 1)}$; the rule of thumb says"
        r" $h = \epsilon^{1/3} \approx 6 \times 10^{-6}$."
    )


def _description(best: float, least: float, exact: bool) -> str:
    shape = (
        "The error of the central difference falls as the step grows; that of the forward difference is a V."
        if exact
        else "Two curves like a V on logarithmic axes, the one of the central difference lower and further right."
    )
    return f"{shape} The smallest error of the central one is {plain(least, 1)}, at the step size {plain(best, 2)}."
