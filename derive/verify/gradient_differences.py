"""Finite differences of a scalar loss, entry by entry, with what is known of their error, and the search for kinks.

Every number that leaves this module carries a bound on its error; nothing here knows the gradient that is being
checked. Memory is linear in the number of entries. It never moves more than one entry at a time, except to measure
the noise.

Sources: Nocedal & Wright, Numerical Optimization (2006) ch. 8.1 (step and error of central differences); Ridders, Adv.
Eng. Software 4 (1982) 75 (choosing among extrapolated steps by the smallest estimated error).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

EPS = float(np.finfo(float).eps)
EPS_SINGLE = float(np.finfo(np.float32).eps)
# Errors h^2 f'''/6 (truncation) and eps f/h (rounding) are balanced at h = (3 eps f/f''')^(1/3).
RELATIVE_STEP = float(np.cbrt(EPS))
RELATIVE_STEP_SINGLE = float(np.cbrt(EPS_SINGLE))
LADDER_FACTOR = 8.0  # a power of two: x + h stays exact


class Estimate(NamedTuple):
    value: float
    error: float


@dataclass(frozen=True)
class Sweep:
    """Central differences of all P entries; every array has shape (P,)."""

    value: np.ndarray  # (f(x+h) - f(x-h)) / 2h
    bend: np.ndarray  # f(x+h) - 2 f(x) + f(x-h)
    rounding: np.ndarray  # bound on the rounding error of `value`
    unmoved: np.ndarray  # f(x+h), f(x) and f(x-h) have the same bits


class Line:
    """The loss as a function of single entries of the flat point, shape (P,).

    `evaluate` is called without arguments and reads `point`, which is moved and put back here. `scale`, shape (P,), is
    the size at which each entry is expected to matter; `step`, shape (P,), holds the powers of two nearest to the best
    steps.
    """

    def __init__(self, evaluate: Callable[[], float], point: np.ndarray, centre: float, scale: np.ndarray) -> None:
        self._evaluate = evaluate
        self.point = point
        self.centre = centre
        self.scale = scale
        self.step = _power_of_two(RELATIVE_STEP * scale)
        self.noise = EPS * abs(centre)
        self.single = False  # the loss computes in single precision
        self._refined: dict[int, Estimate] = {}

    def measure_noise(self, seed: int) -> None:
        """The noise of f = the largest change under relative moves of one eps, and no less than eps |f|."""
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(4, self.point.size))
        kept = self.point.copy()
        for sign in signs:
            self.point[:] = kept * (1 + EPS * sign)
            change = abs(self._evaluate() - self.centre)
            if np.isfinite(change):
                self.noise = max(self.noise, change)
        self.point[:] = kept

    def choose_scale(self, entries: np.ndarray, other: np.ndarray) -> None:
        """Takes `other`, shape (P,), as the scale of `entries` if steps of that size have the smaller error.

        Judged on three of the entries, by |D(h) - D(h/2)| + noise/h relative to D.
        """
        sample = entries[np.linspace(0, entries.size - 1, min(3, entries.size)).astype(int)]
        costs = []
        for scale in (self.scale, other):
            step = _power_of_two(RELATIVE_STEP * scale)
            cost = 0.0
            for entry in sample:
                whole, half = (self.central(entry, step[entry] / part)[0] for part in (1, 2))
                size = max(abs(whole), abs(half))
                error = abs(whole - half) + self.noise / step[entry]
                cost += error / size if size > 0 and np.isfinite(error) else 1.0
            costs.append(cost)
        if costs[1] < costs[0]:
            self.scale = self.scale.copy()
            self.scale[entries] = other[entries]
            self.step = _power_of_two(RELATIVE_STEP * self.scale)

    def moved(self, entry: int, distance: float) -> tuple[float, float]:
        """f at +distance along the entry, and how far that really is in floating-point numbers."""
        kept = self.point[entry]
        self.point[entry] = kept + distance
        real = self.point[entry] - kept
        value = self._evaluate()
        self.point[entry] = kept
        return value, float(real)

    def central(self, entry: int, step: float) -> tuple[float, float]:
        """(f(x+h) - f(x-h)) / 2h, and the bend f(x+h) - 2 f(x) + f(x-h)."""
        above, up = self.moved(entry, step)
        below, down = self.moved(entry, -step)
        if up == down:
            return np.nan, np.nan
        return (above - below) / (up - down), above - 2 * self.centre + below

    def sweep(self) -> Sweep:
        """Two evaluations per entry."""
        sweep, self.single = self._sweep()
        if self.single:
            self.noise = max(self.noise, EPS_SINGLE * abs(self.centre))
            self.step = _power_of_two(RELATIVE_STEP_SINGLE * self.scale)
            sweep, _ = self._sweep()
        return sweep

    def _sweep(self) -> tuple[Sweep, bool]:
        size = self.point.size
        above, below = np.empty(size), np.empty(size)
        point, step, evaluate = self.point, self.step.tolist(), self._evaluate
        for entry, kept in enumerate(point.tolist()):
            point[entry] = kept + step[entry]
            above[entry] = evaluate()
            point[entry] = kept - step[entry]
            below[entry] = evaluate()
            point[entry] = kept
        with np.errstate(all="ignore"):
            width = (point + self.step) - (point - self.step)
            value = np.where(width > 0, (above - below) / width, np.nan)
            bend = above - 2 * self.centre + below
            values = np.concatenate([above, below, [self.centre]])
            # A loss that computes in single precision gives only values of 24 bits. By chance: 2^-29 for each of them.
            single = bool(np.all(values.astype(np.float32) == values)) and np.unique(values).size > 3
            rounding = 2 * self.noise / np.where(width > 0, width / 2, np.nan)
        return Sweep(value, bend, rounding, (above == self.centre) & (below == self.centre)), single

    def refined(self, entry: int) -> Estimate:
        """Central differences over a ladder of steps, extrapolated, the one with the smallest estimated error.

        D(h) = f' + c h^2 + O(h^4), so R = (q^2 D(h/q) - D(h)) / (q^2 - 1) has error O(h^4); its error is taken to be
        4 x its distance from the R before it, 1/8 of the distance before that (which must have shrunk by far more), the
        last correction by q^2, and the rounding. An R that any smaller step contradicts is dropped: beyond a small
        structure, large steps agree with each other and are wrong. (nan, inf) if nothing is left.
        """
        if entry not in self._refined:
            self._refined[entry] = self._refine(entry)
        return self._refined[entry]

    def _refine(self, entry: int) -> Estimate:
        square = LADDER_FACTOR**2
        top = max(float(self.scale[entry]), 1.0) * 2.0**-3
        # Smaller steps than these are lost in rounding, and a difference of 0 there says nothing about the slope.
        bottom = max(min(float(self.scale[entry]) * 2.0**-20, 2.0**-42), 4 * EPS * abs(float(self.point[entry])))
        steps = _power_of_two(np.array(top)) / LADDER_FACTOR ** np.arange(40)
        steps = steps[steps >= bottom]
        plain, bend = np.array([self.central(entry, float(step)) for step in steps]).T
        # f(x+h) = f + h D + bend/2 has a noise of its own where it is far larger than f.
        rounding = 2 * self.noise / steps + 2 * EPS * (np.abs(plain) + np.abs(bend) / (2 * steps))
        best = Estimate(np.nan, np.inf)
        for k in range(3, steps.size):
            oldest, older, last = ((square * plain[j] - plain[j - 1]) / (square - 1) for j in (k - 2, k - 1, k))
            error = 4 * abs(last - older) + abs(older - oldest) / 8 + abs(last - plain[k]) / square + rounding[k]
            contradicted = np.abs(plain[k:] - last) > np.abs(plain[k] - last) + error + 2 * rounding[k:]
            if error < best.error and not contradicted.any():
                best = Estimate(float(last), float(error))
        return best

    def kink_near(self, entry: int, bend: float) -> bool | None:
        """Whether f has a jump J of its slope at the point or within one step of it; None if that cannot be told.

        In units of the step h, with the kink at distance d: bend(t h)/h = q(t) = K t^2 + J max(t - d, 0). Smooth: J =
        0, so q/t^2 stays as t shrinks. A kink at the point: d = 0, and J comes out the same from any two t. Otherwise
        K, J and d are fitted at t = 1, 2, 4 and must predict q at 3/8 and 8, which a function with jumps of K only (x
        |x|) fails if it jumps at d > h/2; nearer by, no step can tell it from a kink.
        """
        step = float(self.step[entry])
        q = {1.0: bend / step}
        noise = 8 * self.noise / step

        def look(t: float) -> None:
            q[t] = self.central(entry, step * t)[1] / step

        inner, middle = 1 / 8, 3 / 8
        look(inner)
        look(middle)
        curved = {t: q[t] / t**2 for t in (inner, middle, 1.0)}  # K, if there is no kink
        spread, unsure = 1e-3 * abs(curved[1.0]), noise / inner**2
        if 2 * unsure < abs(curved[1.0]) and all(abs(curved[t] - curved[1.0]) <= spread + unsure for t in curved):
            return False
        slope = {t: q[t] / t for t in curved}  # J + K t, if d = 0
        first = (slope[middle] - middle * slope[1.0]) / (1 - middle)
        second = (middle * slope[inner] - inner * slope[middle]) / (middle - inner)
        slack = 2 * noise / inner
        if abs(first - second) <= 0.2 * abs(second) + slack and abs(second) > 2 * slack:
            return True
        for t in (2.0, 4.0, 8.0):
            look(t)
        # q(2) - q(1) = 3 K + J and q(4) - q(2) = 12 K + 2 J
        bent = (q[4.0] - q[2.0] - 2 * (q[2.0] - q[1.0])) / 6
        jump = q[2.0] - q[1.0] - 3 * bent
        distance = 1 - (q[1.0] - bent) / jump if jump else np.inf
        if not (abs(jump) > 8 * noise and abs(jump) > 2e-3 * abs(bent) and -0.1 <= distance <= 1):
            return None

        def predicted(t: float) -> bool:
            expected = bent * t**2 + jump * max(t - distance, 0.0)
            return bool(abs(q[t] - expected) <= 0.05 * t * abs(jump) + 0.02 * abs(jump) + 4 * t**2 * noise)

        return (predicted(middle) and predicted(8.0)) or None


def _power_of_two(size: np.ndarray) -> np.ndarray:
    return np.exp2(np.round(np.log2(size)))
