"""Where claims are evaluated: sizes for the dimensions of a document, and numbers for its inputs, by a printed seed.

General position: sizes are pairwise distinct and at least 2, no number is near 0, no argument of a piecewise
function is near its kink, and each piecewise function is seen on both sides. A symbol is drawn when it is first
asked for, from a stream of its own, so that its numbers do not depend on what else a document claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from types import MappingProxyType
from zlib import crc32

import numpy as np

from derive.checking.program import LARGEST_VALUE, LARGEST_WORK, Beyond, Machine, NearKink, Unsettled
from derive.checking.ranks import Ordered, full_rank
from derive.checking.uses import uses_of
from derive.reading.symbols import renamed
from derive.reading.theory import Theory
from derive.terms import nodes
from derive.terms.dims import Dim
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape
from derive.terms.written import Softmax

SETS, POINTS = 2, 4  # sets of dimensions, and points in all of them; point k is of set k % SETS
MANY = 8  # points for a claim that depends on signs
MOST_POINTS = 16  # further points are drawn until every piecewise function was seen on both sides
# Points behind these, for piecewise functions that are still seen on one side only, have ever larger inputs: the 6 of
# min(max(0, z), 6) is far from what is drawn.
FAR = range(MOST_POINTS, MOST_POINTS + 8)
LARGE = FAR.stop  # the point at which every dimension is larger: 2 n - 3 and n (n - 1) / 2 are equal at 2 and at 3
LARGER = 4
WIDER = 4.0  # how much larger, from one pair of them to the next
ATTEMPTS = 12  # draws of one point; the distance from kinks that is asked for shrinks from draw to draw
DISTANCE = 0.02
DRAWING = 600_000  # evaluations of nodes for the definitions at all points
LONGEST = 4096  # rows or columns of what is drawn

# How inputs are drawn, in the order in which it is tried: any number; a number in (0, 1) for what stands under a
# logarithm or a root; a number in (0, 1) for everything.
FREE, UNDER_LOG, UNIT = range(3)


NOTHING: Mapping[str, Dim] = MappingProxyType({})
NO_SIZES: Mapping[str, int] = MappingProxyType({})


class Sizes(dict):
    """Sizes of named dimensions, given out on demand; no two are equal, and none is that of another set.

    Args:
        same: dimensions that the document makes equal to another one, which have no size of their own.
        stated: sizes of a worked example.
        ordered: pairs of dimensions of which the second has to be as large as the first.
    """

    def __init__(
        self,
        names: Iterable[str],
        number: int,
        same: Mapping[str, Dim] = NOTHING,
        stated: Mapping[str, int] = NO_SIZES,
        ordered: Ordered = frozenset(),
    ):
        order = sorted(set(names) - same.keys(), reverse=number % 2 == 1)
        # With an odd count the reversed order would give the middle one the same size in both sets.
        start = 2 + (len(order) % 2) * (number % 2) + LARGER * (number == LARGE)
        super().__init__({name: start + place for place, name in enumerate(order)})
        self.step = 1 + number % 2
        self.update(stated)
        if not stated:
            self._put_in_order(ordered)
        for name, dim in sorted(same.items()):
            self[name] = renamed(dim, same).size(self)

    def __missing__(self, name: str) -> int:
        self[name] = max(self.values(), default=1) + self.step
        return self[name]

    def _put_in_order(self, ordered: Ordered) -> None:
        """Make the second dimension of each pair as large as the first one, where it has a name that can be."""
        pairs = sorted(ordered, key=str)
        for _ in range(len(pairs)):
            for small, large in pairs:
                names = sorted(set(large.names()) - set(small.names()))
                if names and small.size(self) > large.size(self):
                    self[names[0]] = max(max(self.values()), small.size(self)) + self.step


class Points:
    """The drawn points of one document, numbered from 0; made when first asked for, and kept."""

    def __init__(self, theory: Theory, seed: int):
        self.theory, self.seed = theory, seed
        self.names = frozenset(_dimensions(theory))
        self.logged = logged(d.expression for d in theory.definitions)
        self.classes = {
            node.shape: 0 if node.axis == "rows" else 1
            for d in theory.definitions
            for node in d.expression.walk()
            if isinstance(node, Softmax)
        }
        self.uses = uses_of(theory)
        self.bodies = {d.symbol.name: d.expression for d in theory.definitions}
        self.ordered = self.order_for(*self.bodies.values())
        self.confirmed: dict[tuple, str] = {}  # derivatives that a second witness has seen: what it said, "" for yes
        self.work, self.drawing = LARGEST_WORK, DRAWING
        self._machines: dict[tuple, Machine] = {}
        self._count: int | None = None
        self._lacking: dict[Term, set[bool]] = {}

    @contextmanager
    def allowed(self, work: int) -> Iterator[None]:
        """So many evaluations may be spent inside, whatever was spent before, and they count for nothing behind it."""
        left, self.work = self.work, work
        try:
            yield
        finally:
            self.work = left

    @property
    def count(self) -> int:
        """How many points every claim is judged at."""
        if self._count is None:
            self._count = POINTS
            seen: dict[Term, set[bool]] = {}
            for number in range(MOST_POINTS):
                try:
                    machine = self.machine(number)
                except Unsettled:
                    break
                for term, sides in machine.sides.items():
                    seen.setdefault(term, set()).update(sides)
                self._count = max(POINTS, number + 1)
                if number + 1 >= POINTS and all(len(sides) == 2 for sides in seen.values()):
                    break
            self._lacking = {term: sides for term, sides in seen.items() if len(sides) < 2}
            if self._lacking:
                self._count = POINTS  # more of them would not help
        return self._count

    @property
    def lacking(self) -> dict[Term, set[bool]]:
        """The piecewise terms of the definitions that were seen on one side only, with that side."""
        return self._lacking if self.count else {}

    @cached_property
    def one_sided(self) -> tuple[str, ...]:
        """Those that larger inputs show no other side of: it cannot be helped, ReLU(x^2 + 1) has one side only."""
        seen = {term: set(sides) for term, sides in self.lacking.items()}
        for number in FAR if seen else ():
            try:
                machine = self.machine(number)
            except Unsettled:
                continue
            for term, sides in seen.items():
                sides.update(machine.sides.get(term, ()))
        return tuple(sorted(term.latex for term, sides in seen.items() if len(sides) < 2))

    def order_for(self, *terms: Term) -> Ordered:
        """Which dimensions are at most which others where what terms invert has an inverse."""
        return full_rank(terms, self.bodies)

    def class_axis(self, symbol: Symbol, value: np.ndarray) -> int:
        """The axis along which a distribution lies: that of a vector, that of a softmax, or the last."""
        return int(np.argmax(value.shape)) if min(value.shape) == 1 else self.classes.get(symbol.shape, 1)

    def machine(
        self,
        number: int,
        mode: int = FREE,
        logged: frozenset[str] = frozenset(),
        attempt: int = 0,
        ordered: Ordered = frozenset(),
    ) -> Machine:
        """The document at a point.

        Args:
            attempt: counts the draws of it that a claim could not use.
            ordered: dimensions that a claim needs to be at most others.

        Raises:
            Unsettled: no draw was away from kinks and gave every definition a finite value.
        """
        ordered |= self.ordered
        key = (number, mode, logged if mode == UNDER_LOG else None, attempt, ordered)
        if key not in self._machines:
            self._machines[key] = self._drawn(number, mode, logged, attempt, ordered)
        return self._machines[key]

    def sizes(self, number: int, ordered: Ordered) -> Sizes:
        """The sizes of dimensions at a point."""
        stated = self.theory.sizes if self.theory.at_values else NO_SIZES
        return Sizes(self.names, number, self.theory.same, stated, ordered)

    def _drawn(self, number: int, mode: int, logged: frozenset[str], first: int, ordered: Ordered) -> Machine:
        distance = 0.0 if self.theory.at_values else DISTANCE
        for attempt in range(first, first + ATTEMPTS):
            sizes = self.sizes(number, ordered)
            draw = _Draw(self, sizes, [self.seed, number, mode, attempt], mode, logged | self.logged)
            machine = Machine(self, sizes, draw, distance=distance / 2**attempt)
            try:
                with np.errstate(all="ignore"), self.allowed(self.drawing):
                    try:
                        machine.run()
                    finally:
                        self.drawing = max(0, self.work)
            except NearKink:
                continue
            if machine.is_finite:
                return machine
        if mode < UNIT:
            return self.machine(number, mode + 1, logged, ordered=ordered)
        raise Unsettled("the definitions have no finite values at the drawn points")


class _Draw:
    """Numbers for the inputs of one point."""

    def __init__(self, points: Points, sizes: Sizes, seed: list[int], mode: int, logged: frozenset[str]):
        self.points, self.sizes, self.seed, self.mode, self.logged = points, sizes, seed, mode, logged
        number = seed[1]
        self.spread = WIDER ** (1 + FAR.index(number) // SETS) if number in FAR else 1.0

    def __call__(self, symbol: Symbol) -> np.ndarray:
        generator = np.random.default_rng([*self.seed, crc32(symbol.key.encode())])
        shape = symbol.shape.sizes(self.sizes)
        if min(shape) < 1:
            raise Unsettled(f"{symbol.latex} has no entries at the drawn sizes: it is {symbol.shape}")
        if max(shape) > LONGEST or shape[0] * shape[1] > LARGEST_VALUE:
            raise Beyond(f"{symbol.latex} is too large to be drawn")
        if self.mode == UNIT or (self.mode == UNDER_LOG and symbol.name in self.logged):
            value = generator.uniform(0.1, 0.9, shape)
        else:
            value = generator.uniform(0.3, 1.2, shape) * (2 * generator.integers(0, 2, shape) - 1) * self.spread
        for word in sorted(self.points.theory.assumed(symbol)):
            value = self._assumed(word, value, symbol, generator)
        return value

    def _assumed(self, word: str, value: np.ndarray, symbol: Symbol, generator: np.random.Generator) -> np.ndarray:
        if word == "symmetric":
            return (value + value.T) / 2
        if word == "positive":
            return np.abs(value)
        if word == "0/1":
            # Both labels occur where there is more than one entry.
            flat = (generator.permutation(value.size) + generator.integers(2)) % 2
            return flat.astype(float).reshape(value.shape)
        if word == "-1/1":
            flat = (generator.permutation(value.size) + generator.integers(2)) % 2
            return 2 * flat.astype(float).reshape(value.shape) - 1
        if word == "unit":
            return value / np.linalg.norm(value)
        stated = word.startswith("simplex:") and min(value.shape) > 1
        axis = int(word[-1]) if stated else self.points.class_axis(symbol, value)
        if word == "one-hot":
            chosen = generator.permutation(max(value.shape))[: value.shape[1 - axis]] % value.shape[axis]
            found = np.zeros(value.shape)
            for example, k in enumerate(chosen):
                found[(k, example) if axis == 0 else (example, k)] = 1.0
            return found
        if word.startswith("simplex:"):
            return distributed(value, axis)
        return value


def distributed(value: np.ndarray, axis: int) -> np.ndarray:
    """The values made positive, with the sum 1 along an axis."""
    value = np.abs(value)
    return value / value.sum(axis=axis, keepdims=True)


def logged(terms: Iterable[Term]) -> frozenset[str]:
    """Names that stand under a logarithm, a root or a broken power: they are drawn as probabilities if need be."""
    narrow = (
        node
        for term in terms
        for node in term.walk()
        if (isinstance(node, nodes.Apply) and node.function in ("log", "sqrt"))
        or (isinstance(node, nodes.Power) and node.exponent.denominator != 1)
    )
    return frozenset(inner.name for node in narrow for inner in node.walk() if isinstance(inner, Symbol))


def _dimensions(theory: Theory) -> Iterator[str]:
    """The names of all dimensions that a document is known to have."""
    layers = range(theory.layers.first - 1, theory.layers.last + 2)
    for definition in theory.definitions:
        for term in (definition.symbol, *definition.expression.walk()):
            yield from _names_in(term.shape)
            for _, value in term.parts():
                yield from _names_in(value)
    for families in theory.names.families.values():
        for family in families:
            if not family.letters:
                yield from _names_in(family.shape)
            for layer in layers if family.letters and family.shape is not None else ():
                yield from _names_in(family.shape.at(dict.fromkeys(family.letters, layer)))
    for dims in theory.samples.values():
        for dim in dims:
            yield from _names_in(dim)


def _names_in(value: object) -> Iterator[str]:
    dims = (value.rows, value.cols) if isinstance(value, Shape) else (value,)
    for dim in dims:
        if isinstance(dim, Dim):
            # A dimension over a letter that is not resolved, n_l, is that of no axis.
            yield from (
                atom.key
                for monomial, _ in dim.monomials
                for atom in monomial
                if not atom.index.name or not atom.index.offset
            )
