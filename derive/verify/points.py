"""Where witnesses are asked: sizes of the dimensions and exact values of data and parameters.

Values are decimals, held as fractions, so that every witness starts from the same numbers. Points are drawn in general
position: dimensions pairwise distinct and at least 2, no zeros, no point near a kink, every kinked function seen on
both sides. What had to be drawn again is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derive.models.model import Model
from derive.terms.arithmetic import NUMPY
from derive.terms.definitions import forward
from derive.terms.evaluate import Scope
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Symbol

# A drawn point keeps at least this distance from a kink; the document's own point is on one within NEAR.
CLEAR = 0.02
NEAR = 1e-9
# How often a point is drawn again before both sides of a kink are given up (a layer of one unit has one side).
TRIES = 64


@dataclass(frozen=True)
class Point:
    """Sizes and values: for every given symbol an object array of `Fraction`, in its 2-D shape."""

    name: str
    sizes: Mapping[str, int]
    values: Mapping[str, np.ndarray]
    redrawn: tuple[str, ...] = ()

    def floats(self) -> dict[str, np.ndarray]:
        return {key: array.astype(float) for key, array in self.values.items()}


@dataclass(frozen=True)
class Kink:
    """An argument that lies on or near a kink: `Z_1[2,1] = 0`, where ReLU has no derivative."""

    symbol: Symbol
    function: str
    row: int
    column: int
    value: float

    def __str__(self) -> str:
        value = f"{self.value:.3g}"
        return f"{self.symbol.key}[{self.row},{self.column}] = {value}, at the kink of {self.function}"


def distinct_sizes(model: Model) -> tuple[dict[str, int], dict[str, int]]:
    """Two sets of pairwise distinct sizes, each at least 2, in opposite orders: what fits one by luck fails the other."""
    names = sorted(model.dimensions, key=lambda name: (not name.startswith("h"), name != "k", name != "n", name))
    up = {name: 2 + place for place, name in enumerate(names)}
    down = {name: 2 + place for place, name in enumerate(reversed(names))}
    if up == down:  # one dimension only
        down = {name: size + 2 for name, size in down.items()}
    return up, down


def draw(
    model: Model,
    sizes: Mapping[str, int],
    seed: list[int],
    name: str,
    *,
    labels: bool = False,
    given: Mapping[str, np.ndarray] | None = None,
) -> Point:
    """A point in general position, drawn with two decimals.

    Args:
        seed: the entropy of the generator; the same seed gives the same point on every machine.
        labels: draw binary targets as 0 and 1, as data have them; else as probabilities between.
        given: values that are known and not drawn. A kink that they force is left for `kinks` to name.
    """
    generator = np.random.default_rng(seed)
    redrawn: list[str] = []
    for _ in range(TRIES):
        values = {s.key: _decimals(generator, s, sizes) for s in model.given}
        if model.binary:
            values[model.targets.key] = _binary(generator, model.targets, sizes, labels=labels)
        values |= given or {}
        point = Point(name, sizes, values, tuple(redrawn))
        near, one_sided = _position(model, point)
        if not near and not one_sided or given and len(given) == len(model.given):
            break
        redrawn.extend(str(kink) for kink in near)
    return point


def _decimals(generator: np.random.Generator, symbol: Symbol, sizes: Mapping[str, int]) -> np.ndarray:
    """Numbers from 0.10 to 1.20 with either sign, in hundredths."""
    shape = symbol.shape.sizes(sizes)
    hundredths = generator.integers(10, 121, shape) * generator.choice([-1, 1], shape)
    return exact(hundredths, 100)


def _binary(generator: np.random.Generator, symbol: Symbol, sizes: Mapping[str, int], *, labels: bool) -> np.ndarray:
    shape = symbol.shape.sizes(sizes)
    return exact(generator.integers(0, 2, shape), 1) if labels else exact(generator.integers(5, 96, shape), 100)


def exact(whole: np.ndarray, denominator: int) -> np.ndarray:
    """An array of whole numbers as exact fractions."""
    return np.frompyfunc(lambda value: Fraction(int(value), denominator), 1, 1)(whole)


def _position(model: Model, point: Point) -> tuple[list[Kink], bool]:
    """(arguments too near a kink, whether some kinked function with several arguments is seen on one side only)"""
    near, one_sided = [], False
    for kink_of, arguments in _arguments(model, point):
        symbol, function, kink = kink_of
        distance = arguments - kink
        near += _near(symbol, function, distance, CLEAR)
        one_sided |= distance.size > 1 and (np.all(distance > 0) or np.all(distance < 0))
    return near, bool(one_sided)


def kinks(model: Model, point: Point) -> list[Kink]:
    """The arguments of kinked functions that lie on a kink, as far as float64 can tell."""
    return [kink for of, arguments in _arguments(model, point) for kink in _near(*of[:2], arguments - of[2], NEAR)]


def _arguments(model: Model, point: Point) -> Iterator[tuple[tuple[Symbol, str, float], Any]]:
    if not model.kinked:
        return
    known = forward(model.definitions, point.floats(), point.sizes)
    for definition, application in model.kinked:
        value = Scope(NUMPY, known, point.sizes).evaluate(application.args[0])
        for kink in FUNCTIONS[application.function].kinks:
            yield (definition.symbol, application.function, float(kink)), np.atleast_2d(value)


def _near(symbol: Symbol, function: str, distance: np.ndarray, limit: float) -> list[Kink]:
    return [
        Kink(symbol, function, int(i) + 1, int(j) + 1, float(distance[i, j]))
        for i, j in np.argwhere(np.abs(distance) < limit)
    ]
