"""A plot as a frozen value: axes with ranges, and what is drawn in them. `plot_svg` and `pgfplots` draw it.

Coordinates are rounded, so that the last bits of a machine cannot show. Labels are prose. Colours are roles: `forward`
(blue), `gradient` (red) and `plain` (the colour of the text).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

Points = tuple[tuple[float, float], ...]
# Significant digits of a coordinate: more than a pixel shows.
DIGITS = 4
MOST_TICKS = 8


@dataclass(frozen=True)
class Axis:
    """`ticks` are places with labels; where there are none, the renderer chooses. Without a label nothing is drawn."""

    label: str
    low: float
    high: float
    log: bool = False
    ticks: tuple[tuple[float, str], ...] | None = None


def decades(label: str, low: float, high: float) -> Axis:
    """A logarithmic axis with ticks at powers of ten, some eight at most."""
    first, last = ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9)
    every = max(1, ceil((last - first) / MOST_TICKS))
    ticks = tuple((float(f"1e{power}"), f"$10^{{{power}}}$") for power in range(first, last + 1, every))
    return Axis(label, low, high, log=True, ticks=ticks)


@dataclass(frozen=True)
class Curve:
    """A line through points; dashed where it is no measurement. A `label` is explained in the legend."""

    points: Points
    role: str
    label: str = ""
    dashed: bool = False


@dataclass(frozen=True)
class Dots:
    """Single points, filled or hollow."""

    points: Points
    role: str
    label: str = ""
    filled: bool = True


@dataclass(frozen=True)
class Area:
    """A region bounded by rings, in a tint from 0 to 1; a ring inside a ring bounds a hole."""

    rings: tuple[Points, ...]
    role: str
    tint: float
    outlined: bool = False


@dataclass(frozen=True)
class Plot:
    """`square`: one unit is as long on both axes. What comes first is drawn first."""

    x: Axis
    y: Axis
    drawn: tuple[Curve | Dots | Area, ...]
    square: bool = False


def points(pairs: Iterable[tuple[float, float]]) -> Points:
    """Pairs with coordinates of a few significant digits."""
    return tuple((_rounded(x), _rounded(y)) for x, y in pairs)


def _rounded(value: float) -> float:
    return float(f"{float(value):.{DIGITS}g}") + 0.0
