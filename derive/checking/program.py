"""A document at a point: every symbol has a number, definitions are run, derivatives are taken by the engine.

What a derivative is worth is known twice: by reverse mode through the engine, and by differences of a forward pass
in plain NumPy. A derivative of derivatives is that of what the engine says, by differences, and again by differences
of differences, without the engine. The second witness looks once at every derivative of a document; where the two
disagree, nothing is decided.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any, Protocol

import numpy as np

from derive.engine import tensor
from derive.engine.tensor import Tensor
from derive.reading.theory import Definition, Theory
from derive.terms import nodes
from derive.terms.arithmetic import NUMPY, NumPyArithmetic
from derive.terms.dims import Dim
from derive.terms.evaluate import EVALUATE, Scope
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Symbol, Term
from derive.terms.written import Block, Compare, Derivative, IndexNumber, IndexRelation, ProductOver, Slice, Softmax
from derive.verify.tensors import TensorArithmetic

LARGEST_LOOP = 4096  # terms of one sum
LARGEST_WORK = 200_000  # evaluations of nodes for one claim
LARGEST_VALUE = 1 << 20  # entries of one value
WORST_CONDITION = 1e8  # of a matrix that is inverted
STEP = 256  # entries that cost as much as a node
FLOPS = 50_000  # multiplications that do

Indices = Mapping[str, int]


class Unsettled(Exception):
    """A value cannot be had: why."""


class Beyond(Unsettled):
    """A bound was reached: on the size of a value, the length of a sum, the number of steps."""


class NearKink(Unsettled):
    """An argument of a piecewise function is too near the place where it has no derivative."""


class OutsideOfDomain(Unsettled):
    """A derivative at a point where what is differentiated has no value: the logarithm of a negative number."""


class Singular(Unsettled):
    """A matrix that is inverted is singular, or so near to it that its inverse is rounding."""


class OutOfRange(Unsettled):
    """An index that runs beyond an axis whose size the text states as a number."""


class Witnessed(Protocol):
    """What machines of one document share: its theory, and which derivatives the second witness has seen."""

    theory: Theory
    confirmed: dict[tuple, str]
    work: int  # evaluations that are left
    uses: Mapping[str, frozenset[str]]  # for every defined name, the names that its value depends on


class _NotFirst(Exception):
    """The value under a derivative holds a derivative itself: reverse mode would take that one for a constant."""


class Machine:
    """Numbers for a document at one point.

    Args:
        sizes: of named dimensions.
        draw: gives an input its number.
        known: values that are given instead of computed.
        outer: the machine at the same point whose derivative is being taken.
        distance: how far arguments stay away from kinks.
        at: a machine at the same point, whose values are the same for what does not depend on the names `moving`.
        plain: every derivative is taken by differences of the forward pass, and the engine is not asked.
    """

    def __init__(
        self,
        shared: Witnessed,
        sizes: Mapping[str, int],
        draw: Callable[[Symbol], np.ndarray],
        known: Mapping[str, Any] | None = None,
        arithmetic: NumPyArithmetic = NUMPY,
        outer: Machine | None = None,
        distance: float = 0.0,
        at: Machine | None = None,
        moving: frozenset[str] = frozenset(),
        plain: bool = False,
    ):
        self.plain = plain
        self.shared, self.theory, self.sizes, self.arithmetic = shared, shared.theory, sizes, arithmetic
        self.outer, self.distance, self.at, self.moving = outer, distance, at, moving
        self.values: dict[str, Any] = dict(known or {})
        self.cache: dict[Any, Any] = {}
        self.sides: dict[Term, set[bool]] = {}
        self.busy: set[str] = set()
        self._draw = draw
        self._scope: Scope | None = None  # that of the last letters: they change less often than terms
        if at is not None:
            self.inputs, self.defining = at.inputs, at.defining
            self.generic, self.endless = at.generic, at.endless
            return
        self.inputs: dict[str, np.ndarray] = {}
        self.defining: dict[str, tuple[Definition, dict[str, int]]] = {}
        self.generic = {
            d.symbol.name for d in self.theory.definitions if any(not i.is_number for i in d.symbol.indices)
        }
        self.endless: set[str] = set()  # names with too many members to define them
        for definition in self.theory.definitions:
            for indices in self._members(definition):
                self.defining.setdefault(_key(definition.symbol, indices), (definition, indices))

    # ------------------------------------------------------------ symbols

    def run(self) -> None:
        """Give every defined symbol its value; one that has none is missed where it is used."""
        for definition, indices in list(self.defining.values()):
            try:
                self.symbol(definition.symbol, indices)
            except NearKink:
                raise
            except Unsettled:
                continue

    @property
    def is_finite(self) -> bool:
        return all(np.isfinite(value).all() for value in self.values.values())

    def symbol(self, symbol: Symbol, indices: Indices) -> Any:
        """The value of a symbol: given, computed from its definition, or drawn, when it is first asked for."""
        key = _key(symbol, indices)
        if key in self.values:
            return self.values[key]
        if self.at is not None and not self.moving & self.shared.uses.get(symbol.name, frozenset((symbol.name,))):
            self.values[key] = self.at.symbol(symbol, indices)
        elif key in self.defining:
            if key in self.busy:
                raise Unsettled(f"{symbol.latex} is defined by itself")
            self.busy.add(key)
            try:
                self.values[key] = self._defined(*self.defining[key])
            finally:
                self.busy.discard(key)
        elif self.at is not None:
            self.values[key] = self.at.symbol(symbol, indices)  # another member of a family in which one moves
        else:
            self.values[key] = self._input(symbol, key, indices)
        return self.values[key]

    def _input(self, symbol: Symbol, key: str, indices: Indices) -> np.ndarray:
        if key not in self.inputs:
            if symbol.name in self.endless:
                raise Beyond(f"{symbol.latex} has more than {LARGEST_LOOP} members")
            if symbol.name in self.generic:
                raise Unsettled(f"{symbol.latex} has no value at {_at(indices)}")
            member = symbol
            if symbol.indices:
                member = replace(symbol, declared=symbol.shape.at(indices))
                member = member.member(*(index.at(indices) for index in symbol.indices))
            self._in_range(symbol, member)
            self.inputs[key] = self._draw(member)
        return self.inputs[key]

    def _in_range(self, symbol: Symbol, member: Symbol) -> None:
        ranges = self.theory.samples.get(symbol.name, ())
        running = [index for index, old in zip(member.indices, symbol.indices, strict=True) if not old.is_number]
        for index, dim in zip(running, ranges, strict=False):
            if not index.is_number:
                raise Unsettled(f"it is not known what {index} is in {symbol.latex}")
            if member.key not in self.theory.literal and not 1 <= index.offset <= dim.size(self.sizes):
                raise Unsettled(f"{member.latex} runs out of range")

    def _members(self, definition: Definition) -> Iterator[dict[str, int]]:
        letters = [index.name for index in definition.symbol.indices if not index.is_number]
        sizes = [definition.ranges[letter].size(self.sizes) for letter in letters]
        if math.prod(sizes) > LARGEST_LOOP:
            self.endless.add(definition.symbol.name)
            return
        for numbers in itertools.product(*(range(1, size + 1) for size in sizes)):
            yield dict(zip(letters, numbers, strict=True))

    def _defined(self, definition: Definition, indices: dict[str, int]) -> Any:
        if not definition.components:
            value = self.value(definition.expression, indices)
            return value if definition.symbol.is_scalar else _matrix(value)  # one number may be all of a vector
        rows, cols = definition.symbol.shape.sizes(self.sizes)
        if rows * cols > LARGEST_LOOP:
            raise Beyond(f"{definition.symbol.latex} is defined by more than {LARGEST_LOOP} entries")
        parts = []
        for place in itertools.product(range(1, rows + 1), range(1, cols + 1)):
            named = zip(definition.components, place, strict=False)
            places = {letter.lstrip("\\"): number for letter, number in named if not letter.isdecimal()}
            parts.append(self.value(definition.expression, {**indices, **places}))
        column = self.arithmetic.stack([part if isinstance(part, Tensor) else np.atleast_2d(part) for part in parts])
        return column if cols == 1 else _reshaped(column, (rows, cols))

    # ------------------------------------------------------------ terms

    def value(self, term: Term, indices: Indices) -> Any:
        """The value of a term under letters with their values. Equal terms are evaluated once."""
        place = (term, *_bound(term, indices)) if indices else term
        if (value := self.cache.get(place)) is not None:
            return value
        try:
            value = _ROWS.get(type(term), _by_table)(self, term, indices)
        except ValueError as error:  # an empty block; a family of which one member has another shape
            raise Unsettled(f"{term.latex} has no value here: its parts do not conform") from error
        except KeyError as key:
            raise Unsettled(f"{key.args[0]} has no value here") from None
        if isinstance(value, complex) or (isinstance(value, np.ndarray) and value.dtype.kind == "c"):
            raise OutsideOfDomain(f"{term.latex} has no real value at this point")
        self.spend(1 + getattr(value, "size", 1) // STEP)
        self.cache[place] = value
        return value

    def scope(self, indices: Indices) -> Scope:
        """What the terms' own table knows of this machine, under letters with their values."""
        if self._scope is None or self._scope.indices is not indices:
            self._scope = Scope(self.arithmetic, self.values, self.sizes, indices)
        return self._scope

    def spend(self, work: int) -> None:
        """Count work. Raises Beyond."""
        self.shared.work -= work
        if self.shared.work < 0:
            raise Beyond("it takes too many steps to evaluate")

    def range(self, term: nodes.Sum | ProductOver, indices: Indices) -> range:
        upper = term.upper.at(indices).size(self.sizes) if isinstance(term.upper, Dim) else term.upper.value(indices)
        lower = term.lower if isinstance(term.lower, int) else term.lower.value(indices)
        if upper - lower >= LARGEST_LOOP:
            raise Beyond(f"a sum over {upper - lower + 1} terms")
        return range(lower, upper + 1)

    # ------------------------------------------------------------ derivatives

    def derivative(self, term: Derivative, indices: Indices) -> Any:
        """d(first) / d(second), laid out as the term says."""
        if self.outer is not None:
            raise _NotFirst
        of, by = term.args
        base, entry = (by.args[0], by) if isinstance(by, nodes.Component) else (by, None)
        jacobian = self.jacobian(of, base, indices)  # (of rows, of columns, by rows, by columns)
        if entry is not None:
            row = entry.row.value(indices) - 1
            column = entry.column.value(indices) - 1 if entry.column else 0
            if not (0 <= row < jacobian.shape[2] and 0 <= column < jacobian.shape[3]):
                raise Unsettled(f"the index of {entry.latex} runs out of range")
            jacobian = jacobian[:, :, row : row + 1, column : column + 1]
        r, c, p, q = jacobian.shape
        if (p, q) == (1, 1):
            return jacobian.reshape(r, c)
        turned = term.layout == "jacobian"
        if (r, c) == (1, 1):
            return jacobian.reshape(p, q).T if turned else jacobian.reshape(p, q)
        matrix = jacobian.reshape(r * c, p * q)
        return matrix if turned else matrix.T

    def jacobian(self, of: Term, base: Symbol, indices: Indices) -> np.ndarray:
        """All partial derivatives of the entries of a term by those of a symbol: four axes."""
        key = _key(base, indices)
        place = ("jacobian", of, key, *_bound(of, indices))
        if place not in self.cache:
            start = np.atleast_2d(np.asarray(self.symbol(base, indices), dtype=float))
            if self.plain:
                self.cache[place] = self._differences(of, base, key, start, indices)
                return self.cache[place]
            try:
                found = self._reverse(of, base, key, start, indices)
                self._confirm(of, base, key, start, indices, found)
            except _NotFirst:
                found = self._differences(of, base, key, start, indices)
                self._confirm_nested(of, base, key, start, indices, found)
            self.cache[place] = found
        return self.cache[place]

    def _reverse(self, of: Term, base: Symbol, key: str, start: np.ndarray, indices: Indices) -> np.ndarray:
        """Reverse mode through the engine, entry by entry."""
        leaf = Tensor(start, requires_grad=True)
        known, moving = self._moving(base, key, leaf)
        inner = Machine(
            self.shared, self.sizes, self._draw, known, TensorArithmetic(), self, self.distance, at=self, moving=moving
        )
        inner.sides = self.sides  # it is the same point
        result = inner.value(of, indices)
        if not isinstance(result, Tensor) or not result.requires_grad:
            return np.zeros((*np.shape(np.atleast_2d(_raw(result))), *leaf.shape))
        if result.size * start.size > LARGEST_VALUE:
            raise Beyond(f"a derivative with {result.size * start.size} entries is too large")
        found = np.zeros((*result.shape, *leaf.shape))
        for where in np.ndindex(result.shape):
            seed = np.zeros(result.shape)
            seed[where] = 1.0
            found[where] = next((gradient for node, gradient in tensor.adjoints(result, seed) if node is leaf), 0.0)
        return found

    def _parts(self, key: str, value: Any) -> dict[str, Any]:
        """A vector that only lists symbols, phi = [phi_0; phi_1], moves them with it."""
        definition, indices = self.defining.get(key, (None, {}))
        block = definition.expression if definition is not None else None
        if not isinstance(block, Block) or not all(isinstance(cell, Symbol) and cell.is_scalar for cell in block.args):
            return {}
        places = ((k // block.columns, k % block.columns) for k in range(len(block.args)))
        return {
            _key(cell, indices): value[i : i + 1, j : j + 1] for cell, (i, j) in zip(block.args, places, strict=True)
        }

    def _moving(self, base: Symbol, key: str, value: Any) -> tuple[dict[str, Any], frozenset[str]]:
        """What has another value where a symbol has, by key and by name."""
        parts = self._parts(key, value)
        definition, _ = self.defining.get(key, (None, {}))
        named = {cell.name for cell in definition.expression.args} if parts else set()
        return {key: value, **parts}, frozenset({base.name, *named})

    def moved(
        self, base: Symbol, key: str, value: np.ndarray, of: Term, indices: Indices, plain: bool = False
    ) -> np.ndarray:
        """The value of a term where a symbol has another value than here; derivatives in it as this machine has them.

        Args:
            plain: those are taken without the engine.
        """
        known, moving = self._moving(base, key, value)
        plain = plain or self.plain
        other = Machine(self.shared, self.sizes, self._draw, known, at=self, moving=moving, plain=plain)
        return np.atleast_2d(np.asarray(other.value(of, indices), dtype=float))

    def at_values(self, values: Mapping[Symbol, np.ndarray]) -> Machine:
        """The document at the same point, but for the values of some symbols."""
        keys = {_key(symbol, {}): value for symbol, value in values.items()}
        moving = frozenset(symbol.name for symbol in values)
        return Machine(self.shared, self.sizes, self._draw, keys, distance=self.distance, at=self, moving=moving)

    def _confirm(
        self, of: Term, base: Symbol, key: str, start: np.ndarray, indices: Indices, found: np.ndarray
    ) -> None:
        """The second witness: differences of the forward pass along one direction, once per derivative."""
        place = (of, key)
        if place not in self.shared.confirmed:
            direction = np.cos(1.0 + np.arange(start.size)).reshape(start.shape)
            slope = np.tensordot(found, direction, 2)
            steps = [1e-3, 5e-4]
            central = [
                (
                    self.moved(base, key, start + h * direction, of, indices)
                    - self.moved(base, key, start - h * direction, of, indices)
                )
                / (2 * h)
                for h in steps
            ]
            limit = (4 * central[1] - central[0]) / 3
            if not (np.isfinite(start).all() and np.isfinite(limit).all()):
                # A point outside of the domain, which is drawn again, says nothing about the derivative.
                raise OutsideOfDomain(f"the derivative of {of.latex} by {key} has no finite value at this point")
            allowed = 1e-6 * max(np.abs(slope).max(), np.abs(limit).max()) + 1e-9 * self._magnitude(of, indices)
            agree = bool(np.abs(slope - limit).max() <= allowed)
            said = "" if agree else f"the engine and differences disagree about the derivative of {of.latex} by {key}"
            self.shared.confirmed[place] = said
        if self.shared.confirmed[place]:
            raise Unsettled(self.shared.confirmed[place])

    def _confirm_nested(
        self, of: Term, base: Symbol, key: str, start: np.ndarray, indices: Indices, found: np.ndarray
    ) -> None:
        """The second witness of a derivative of derivatives: differences of differences, along one direction, once."""
        place = (of, key, "nested")
        if place not in self.shared.confirmed:
            direction = np.cos(1.0 + np.arange(start.size)).reshape(start.shape)
            slope = np.tensordot(found, direction, 2)

            def along(h: float) -> np.ndarray:
                return self.moved(base, key, start + h * direction, of, indices, plain=True)

            limit, _ = _extrapolated(along)
            allowed = 1e-5 * max(np.abs(slope).max(), np.abs(limit).max()) + 1e-6 * self._magnitude(of, indices)
            agree = bool(np.isfinite(limit).all() and np.abs(slope - limit).max() <= allowed)
            said = "" if agree else f"two ways of differences disagree about the derivative of {of.latex} by {key}"
            self.shared.confirmed[place] = said
        if self.shared.confirmed[place]:
            raise Unsettled(self.shared.confirmed[place])

    def _magnitude(self, of: Term, indices: Indices) -> float:
        return float(np.abs(np.asarray(self.value(of, indices), dtype=float)).max())

    def _differences(self, of: Term, base: Symbol, key: str, start: np.ndarray, indices: Indices) -> np.ndarray:
        """Central differences of first derivatives, extrapolated twice (Richardson): error of order h^6.

        Raises:
            Unsettled: the two last extrapolations differ, so that the limit is not known well enough.
        """
        first = np.atleast_2d(np.asarray(self.value(of, indices), dtype=float))
        found = np.zeros((*first.shape, *start.shape))
        for where in np.ndindex(start.shape):
            unit = np.zeros_like(start)
            unit[where] = 1.0

            def along(h: float, unit: np.ndarray = unit) -> np.ndarray:
                return self.moved(base, key, start + h * unit, of, indices)

            best, apart = _extrapolated(along)
            if apart > 1e-5 * max(1.0, np.abs(best).max()):
                raise Unsettled("a derivative of a derivative is not known well enough")
            found[(slice(None), slice(None), *where)] = best
        return found


def _extrapolated(along: Callable[[float], np.ndarray]) -> tuple[np.ndarray, float]:
    """The slope of a function at 0 by central differences, extrapolated twice, and how much the last one changed."""
    steps = [(along(h) - along(-h)) / (2 * h) for h in (0.02, 0.01, 0.005)]
    once = [(4 * b - a) / 3 for a, b in itertools.pairwise(steps)]
    best = (16 * once[1] - once[0]) / 15
    return best, float(np.abs(best - once[1]).max())


def _bound(term: Term, indices: Indices) -> tuple[str | int, ...]:
    """The letters that a term depends on, in a fixed order, and behind them their values."""
    letters = sorted(term.mentioned.intersection(indices))
    return (*letters, *[indices[letter] for letter in letters])


def _at(indices: Indices) -> str:
    return ", ".join(f"{letter} = {number}" for letter, number in sorted(indices.items())) or "this place"


def _key(symbol: Symbol, indices: Indices) -> str:
    """The key of the member that a symbol is here; what `Symbol.key` says, without making the member."""
    if not symbol.indices:
        return symbol.key
    return "_".join([symbol.name, *(str(index.at(indices)) for index in symbol.indices)])


def _reshaped(value: Any, shape: tuple[int, int]) -> Any:
    return tensor.reshape(value, shape) if isinstance(value, Tensor) else np.reshape(value, shape)


def _raw(value: Any) -> np.ndarray:
    return value.data if isinstance(value, Tensor) else np.asarray(value)


def _matrix(value: Any) -> Any:
    return value if isinstance(value, Tensor) else np.atleast_2d(value)


# ---------------------------------------------------------------- one row per node that counts, branches or differs


def _by_table(machine: Machine, term: Term, indices: Indices) -> Any:
    """A node that the terms' own table evaluates from its arguments."""
    args = [machine.value(arg, indices) for arg in term.args]
    if isinstance(term, _GROWING) and not term.is_scalar:
        rows, cols = term.shape.at(indices).sizes(machine.sizes)
        if rows * cols > LARGEST_VALUE:
            raise Beyond(f"a value of {rows} x {cols} is too large to be evaluated")
    if isinstance(term, _CUBIC) and (entries := sum([getattr(arg, "size", 1) for arg in args])) ** 2 >= FLOPS:
        inner = max(1, *(max(np.shape(_raw(arg)), default=1) for arg in args))  # no more than all entries
        machine.spend(inner * entries // FLOPS)
    return EVALUATE[type(term)](machine.scope(indices), term, *args)


# Nodes whose value may have more entries than those of their arguments.
_GROWING = (
    nodes.Product, nodes.Ones, nodes.Identity, nodes.Broadcast, nodes.Diag, nodes.Kronecker, nodes.Commutation,
)  # fmt: skip


# Nodes that take more multiplications than they have entries.
_CUBIC = (nodes.Product, nodes.Inverse, nodes.Determinant)


def _sum(machine: Machine, term: nodes.Sum, indices: Indices) -> Any:
    parts = [machine.value(term.args[0], {**indices, term.index: i}) for i in machine.range(term, indices)]
    return reduce(operator.add, parts) if parts else np.zeros(term.shape.at(indices).sizes(machine.sizes))


def _product_over(machine: Machine, term: ProductOver, indices: Indices) -> Any:
    factors = [machine.value(term.args[0], {**indices, term.index: i}) for i in machine.range(term, indices)]
    if not factors:
        rows, cols = term.shape.at(indices).sizes(machine.sizes)
        if rows != cols:
            raise Unsettled("an empty product of matrices that are not square")
        return np.eye(rows)
    return reduce(operator.mul if term.is_scalar else operator.matmul, factors)


def _apply(machine: Machine, term: nodes.Apply, indices: Indices) -> Any:
    value = machine.value(term.args[0], indices)
    _keep_from_kinks(machine, term, _raw(value))
    if not term.order:
        return machine.arithmetic.apply(term.function, 0, value)
    if machine.outer is not None and isinstance(value, Tensor) and value.requires_grad:
        raise _NotFirst
    value = np.atleast_2d(np.asarray(_raw(value), dtype=float))
    slope = _plain_slope if machine.plain else _slope
    if term.order == 1:
        return slope(term.function, value)
    return _extrapolated(lambda h: slope(term.function, value + h))[0]  # f''(x), by differences of f'


def _keep_from_kinks(machine: Machine, term: nodes.Apply, value: np.ndarray) -> None:
    for kink in FUNCTIONS[term.function].kinks:
        away = value - float(kink)
        if term.order and not np.all(away):
            raise NearKink(f"{term.latex} at its kink is a convention")
        if np.abs(away).min() < machine.distance and any(isinstance(node, Symbol) for node in term.walk()):
            raise NearKink(f"{term.latex} is too near its kink")
        machine.sides.setdefault(term, set()).update((away > 0).ravel().tolist())


def _slope(function: str, value: np.ndarray) -> np.ndarray:
    """f'(x), by the engine's hand-written local derivatives."""
    leaf = Tensor(value, requires_grad=True)
    result = TensorArithmetic().apply(function, 0, leaf)
    result.backward(np.ones(result.shape))
    return leaf.grad


def _plain_slope(function: str, value: np.ndarray) -> np.ndarray:
    """f'(x), by differences of f."""
    return _extrapolated(lambda h: np.asarray(NUMPY.apply(function, 0, value + h), dtype=float))[0]


def _softmax(machine: Machine, term: Softmax, indices: Indices) -> Any:
    value = machine.value(term.args[0], indices)
    axis = -2 if term.axis == "rows" else -1
    if isinstance(value, Tensor):
        return tensor.softmax(value, axis=axis)
    value = np.atleast_2d(value)
    raised = np.exp(value - np.max(value, axis=axis, keepdims=True))
    return raised / raised.sum(axis=axis, keepdims=True)


_RELATIONS = {
    ">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal, "=": np.equal, "neq": np.not_equal,
}  # fmt: skip


def _compare(machine: Machine, term: Compare, indices: Indices) -> Any:
    left, right = (np.atleast_2d(_raw(machine.value(arg, indices))) for arg in term.args)
    if term.relation not in ("=", "neq"):
        if np.abs(left - right).min() < machine.distance:
            raise NearKink(f"{term.latex} is too near its jump")
        machine.sides.setdefault(term, set()).update((left > right).ravel().tolist())
    return _RELATIONS[term.relation](left, right).astype(float)


def _index_relation(machine: Machine, term: IndexRelation, indices: Indices) -> Any:
    return float(_RELATIONS[term.relation](term.left.value(indices), term.right.value(indices)))


def _slice(machine: Machine, term: Slice, indices: Indices) -> Any:
    value = machine.value(term.args[0], indices)
    for index, size in zip((term.row, term.column), np.shape(_raw(value)), strict=True):
        if index is not None and not 1 <= index.value(indices) <= size:
            raise Unsettled(f"the index of {term.latex} runs out of range")
    rows, cols = (
        slice(None) if index is None else slice(index.value(indices) - 1, index.value(indices))
        for index in (term.row, term.column)
    )
    return value[rows, cols]


def _component(machine: Machine, term: nodes.Component, indices: Indices) -> Any:
    value = _matrix(machine.value(term.args[0], indices))
    shape = value.shape
    row, column = term.row.value(indices), term.column.value(indices) if term.column else 1
    if not (1 <= row <= shape[0] and 1 <= column <= shape[1]):
        stated = not list(term.args[0].shape.rows.names()) and not list(term.args[0].shape.cols.names())
        raise (OutOfRange if stated else Unsettled)(f"the index of {term.latex} runs out of range")
    return value[row - 1 : row, column - 1 : column]


def _inverse(machine: Machine, term: nodes.Inverse, indices: Indices) -> Any:
    value = np.atleast_2d(np.asarray(_raw(machine.value(term.args[0], indices)), dtype=float))
    if not term.is_scalar and np.isfinite(value).all() and np.linalg.cond(value) > WORST_CONDITION:
        raise Singular("a matrix that is inverted is singular")
    return _by_table(machine, term, indices)


def _block(machine: Machine, term: Block, indices: Indices) -> Any:
    cells = [_matrix(machine.value(arg, indices)) for arg in term.args]
    join = tensor.concatenate if any(isinstance(cell, Tensor) for cell in cells) else np.concatenate
    rows = [join(cells[k : k + term.columns], 1) for k in range(0, len(cells), term.columns)]
    return join(rows, 0)


def row(kind: type[Term]) -> Callable:
    """Adds a row for a node that is defined elsewhere in this room."""

    def add(rule: Callable[[Machine, Any, Indices], Any]) -> Callable:
        _ROWS[kind] = rule
        return rule

    return add


_ROWS: dict[type[Term], Callable[[Machine, Any, Indices], Any]] = {
    nodes.Symbol: lambda machine, term, indices: machine.symbol(term, indices),
    nodes.Add: lambda machine, term, indices: reduce(operator.add, [machine.value(arg, indices) for arg in term.args]),
    nodes.Sum: _sum,
    nodes.Apply: _apply,
    nodes.Component: _component,
    nodes.Inverse: _inverse,
    Block: _block,
    Compare: _compare,
    Derivative: lambda machine, term, indices: machine.derivative(term, indices),
    IndexNumber: lambda machine, term, indices: float(term.index.value(indices)),
    IndexRelation: _index_relation,
    ProductOver: _product_over,
    Slice: _slice,
    Softmax: _softmax,
}
