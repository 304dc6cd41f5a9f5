"""Where witnesses are asked: sizes of the dimensions and exact values of data and parameters.

Values are decimals, held as fractions, so that every witness starts from the same numbers. Points are drawn in general
position: dimensions pairwise distinct and at least 2, no zeros, no point near a kink, every kinked function seen on
both sides. What had to be drawn again is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from derive.models.model import Model
from derive.terms.arithmetic import NUMPY, NumPyArithmetic, ObjectArithmetic
from derive.terms.definitions import forward
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Symbol
from derive.terms.walk import symbols
from derive.verify.magnitudes import SizedArithmetic, sized

# A drawn point keeps at least this distance from a kink; the document's own point is on one within NEAR.
CLEAR = 0.02
NEAR = 1e-9
# How often a point is drawn again before both sides of a kink are given up (a layer of one unit has one side).
TRIES = 64
# After so many hidden layers their widths repeat.
CYCLE = 4


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
    """An argument that lies on or near a kink, such as 0 for ReLU, by the entry that the function defines."""

    symbol: Symbol
    function: str
    row: int
    column: int
    value: float
    exactly: bool = False  # on it in any arithmetic: the convention decides, and no rounding error

    def __str__(self) -> str:
        entry = f"{self.symbol.key}[{self.row},{self.column}]"
        return f"the argument of {self.function} in {entry} is {self.value:.3g}, at the kink"


def distinct_sizes(model: Model) -> tuple[dict[str, int], dict[str, int]]:
    """Two sets of pairwise distinct sizes, each at least 2, in opposite orders: luck in one is none in the other.

    In deep networks the widths of the hidden layers repeat after CYCLE layers: two that never meet in a product may be
    equal, and the work stays in proportion to the depth.
    """
    names = sorted(model.dimensions, key=lambda name: (not name.startswith("h"), name != "k", name != "n", name))
    hidden = [name for name in model.dimensions if name.startswith("h_")]
    repeated = {name: hidden[place % CYCLE] for place, name in enumerate(hidden) if place >= CYCLE}
    drawn = [name for name in names if name not in repeated]
    sets = _apart(model, drawn, 2, repeated), _apart(model, drawn[::-1], 4 if len(drawn) == 1 else 2, repeated)
    return sets[0], sets[1]


def _apart(model: Model, names: list[str], least: int, repeated: Mapping[str, str]) -> dict[str, int]:
    """Ascending sizes; with gaps where composed dimensions such as d + 1 would coincide with others."""
    dims = {dim for symbol in model.symbols for dim in (symbol.shape.rows, symbol.shape.cols)}
    dims = {dim for dim in dims if not set(dim.names()) & set(repeated)}
    for gap in range(1, 2 + len(dims)):
        sizes = {name: least + place * gap for place, name in enumerate(names)}
        if len({dim.size(sizes) for dim in dims}) == len(dims):
            break
    return sizes | {name: sizes[like] for name, like in repeated.items()}


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

    Where no try keeps clear of every kink (of a thousand arguments one is always near), the one that stays furthest
    from them is taken, and of such the one that sees both sides.
    """
    generator = np.random.default_rng(seed)
    redrawn: list[str] = []
    best, position = None, (-1.0, False)
    for _ in range(TRIES):
        values = {s.key: _decimals(generator, s, sizes, weight=_is_weight(model, s)) for s in model.given}
        if model.binary:
            values[model.targets.key] = _binary(generator, model.targets, sizes, labels=labels)
        values |= given or {}
        point = Point(name, sizes, values)
        near, nearest, one_sided = _position(model, point)
        if best is None or (nearest, not one_sided) > position:
            best, position = values, (nearest, not one_sided)
        if not (near or one_sided) or (given and len(given) == len(model.given)):
            break
        redrawn.extend(str(kink) for kink in near)
    return Point(name, sizes, best, tuple(redrawn))


def _decimals(
    generator: np.random.Generator, symbol: Symbol, sizes: Mapping[str, int], *, weight: bool
) -> np.ndarray:
    """Numbers from 0.10 to 1.20 with either sign, in hundredths; weights of wide layers smaller, as in any network.

    Without that a wide or deep network saturates, and its gradients say nothing (Glorot and Bengio 2010, eq. 12).
    """
    shape = symbol.shape.sizes(sizes)
    widest = max(shape) if weight else 1
    largest = min(120, round(240 / widest**0.5))
    hundredths = generator.integers(min(10, largest // 2), largest + 1, shape) * generator.choice([-1, 1], shape)
    return exact(hundredths, 100)


def _is_weight(model: Model, symbol: Symbol) -> bool:
    return symbol in model.parameters and not (symbol.shape.is_vector or symbol.shape.is_scalar)


def _binary(generator: np.random.Generator, symbol: Symbol, sizes: Mapping[str, int], *, labels: bool) -> np.ndarray:
    shape = symbol.shape.sizes(sizes)
    return exact(generator.integers(0, 2, shape), 1) if labels else exact(generator.integers(5, 96, shape), 100)


def exact(whole: np.ndarray, denominator: int) -> np.ndarray:
    """An array of whole numbers as exact fractions."""
    return np.frompyfunc(lambda value: Fraction(int(value), denominator), 1, 1)(whole)


def _position(model: Model, point: Point) -> tuple[list[Kink], float, bool]:
    """Where a point stands: (arguments too near a kink, distance of the nearest up to CLEAR, seen on one side only).

    The last is of functions with several arguments: some of them has all on one side of its kink.
    """
    near, nearest, one_sided = [], CLEAR, False
    for argument in _float_arguments(model, point):
        distance = argument.distance
        near += argument.near(CLEAR)
        nearest = min(nearest, float(np.min(np.abs(distance))))
        one_sided |= distance.size > 1 and (np.all(distance > 0) or np.all(distance < 0))
    return near, nearest, bool(one_sided)


def sides(model: Model, point: Point) -> set[tuple[str, str, bool]]:
    """Which sides of which kinks are seen: (symbol, function, whether above)."""
    return {
        (argument.symbol.key, argument.function, above)
        for argument in _float_arguments(model, point)
        for above in (True, False)
        if np.any(argument.distance > 0 if above else argument.distance < 0)
    }


def kinks(model: Model, point: Point, exact: Mapping[str, Any], arithmetic: ObjectArithmetic) -> list[Kink]:
    """The arguments of kinked functions that lie on a kink, as far as float64 can tell.

    Args:
        exact: the forward pass in `arithmetic`. One lies on the kink exactly where both kinds of numbers say so and
            neither has rounded: what was summed is all 0, or the same in both.
    """
    if not model.kinked:
        return []
    known = _floats(model, point)
    found = []
    for ours, theirs in zip(
        _arguments(model, known, point.sizes, NUMPY),
        _arguments(model, exact, point.sizes, SizedArithmetic(arithmetic)),
        strict=True,
    ):
        for near in ours.near(NEAR):
            place = near.row - 1, near.column - 1
            value = near.value or float(theirs.distance[place])
            unrounded = not theirs.size[place] or all(
                np.all(np.atleast_2d(known[s.key]) == sized(exact[s.key]).value) for s in theirs.used
            )
            found.append(replace(near, value=value, exactly=not value and bool(unrounded)))
    return found


@dataclass(frozen=True)
class _Arguments:
    """What a kinked function was applied to in one definition: distances from the kink, and sizes where known."""

    symbol: Symbol
    used: tuple[Symbol, ...]
    function: str
    distance: np.ndarray
    size: np.ndarray | None = None

    def near(self, limit: float) -> list[Kink]:
        return [
            Kink(self.symbol, self.function, int(i) + 1, int(j) + 1, float(self.distance[i, j]))
            for i, j in np.argwhere(np.abs(self.distance) < limit)
        ]


class _Watched:
    """An arithmetic that notes what kinked functions are applied to: under indices and inside sums, too."""

    def __init__(self, arithmetic: NumPyArithmetic):
        self.arithmetic = arithmetic
        self.seen: dict[str, list[Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.arithmetic, name)

    def apply(self, function: str, order: int, value: Any) -> Any:
        if FUNCTIONS[function].kinks:
            self.seen.setdefault(function, []).append(value)
        return self.arithmetic.apply(function, order, value)


def _float_arguments(model: Model, point: Point) -> Iterator[_Arguments]:
    if model.kinked:  # else the forward pass is not needed
        yield from _arguments(model, _floats(model, point), point.sizes, NUMPY)


def _floats(model: Model, point: Point) -> dict[str, Any]:
    with np.errstate(all="ignore"):  # what overflows is far from any kink, and NaN is no place
        return forward(model.definitions, point.floats(), point.sizes)


def _arguments(
    model: Model, known: Mapping[str, Any], sizes: Mapping[str, int], arithmetic: NumPyArithmetic
) -> Iterator[_Arguments]:
    for definition in dict.fromkeys(definition for definition, _ in model.kinked):
        watched = _Watched(arithmetic)
        forward((definition,), known, sizes, watched)
        for function, calls in watched.seen.items():
            numbers = [sized(call) for call in calls]
            value = _rows([number.value for number in numbers])
            size = _rows([number.size for number in numbers])
            for kink in FUNCTIONS[function].kinks:
                used = symbols(definition.expression)
                yield _Arguments(definition.symbol, used, function, value - float(kink), size)


def _rows(values: list[Any]) -> np.ndarray:
    """One matrix; of several applications, such as one for each index, their entries in rows."""
    matrices = [np.atleast_2d(np.asarray(value)) for value in values]
    return matrices[0] if len(matrices) == 1 else np.concatenate([matrix.reshape(-1, 1) for matrix in matrices])
