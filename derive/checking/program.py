"""A theory at a point: every symbol gets a number, definitions are run, derivatives are taken by the engine."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np

from derive.engine import tensor
from derive.engine.tensor import Tensor
from derive.reading.theory import Definition, Theory
from derive.terms import nodes
from derive.terms.arithmetic import NUMPY, NumPyArithmetic
from derive.terms.dims import Dim
from derive.terms.evaluate import EVALUATE, Scope
from derive.terms.indices import Index
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape
from derive.terms.written import Block, Compare, Derivative, IndexEquals, ProductOver, Slice, Softmax
from derive.verify.tensors import TensorArithmetic

LARGEST_LOOP = 4096


class Unsettled(Exception):
    """A value cannot be had: why."""


class OutOfRange(Unsettled):
    """An index that runs beyond an axis whose size the text states as a number."""


@dataclass
class Machine:
    """Numbers for a theory at one point."""

    theory: Theory
    sizes: Mapping[str, int]
    inputs: Mapping[str, np.ndarray]
    values: dict[str, Any] = field(default_factory=dict)
    cache: dict = field(default_factory=dict)
    arithmetic: NumPyArithmetic = NUMPY
    outer: Machine | None = None

    def __post_init__(self) -> None:
        self.values.update({key: value for key, value in self.inputs.items() if key not in self.values})
        self.defining: dict[str, tuple[Definition, dict[str, int]]] = {}
        self.busy: set[str] = set()
        for definition in self.theory.definitions:
            for indices in self._members(definition):
                self.defining.setdefault(_key(definition.symbol, indices), (definition, indices))

    def run(self) -> None:
        """Give every defined symbol its value."""
        for key in self.defining:
            self.symbol(key)

    def symbol(self, key: str) -> Any:
        """The value of a symbol: given, or computed from its definition when it is first asked for."""
        if key not in self.values:
            if key not in self.defining or key in self.busy:
                raise Unsettled(f"{key} has no value")
            self.busy.add(key)
            self.values[key] = self._defined(*self.defining[key])
            self.busy.discard(key)
        return self.values[key]

    def _members(self, definition: Definition) -> Iterator[dict[str, int]]:
        letters = [index.name for index in definition.symbol.indices if not index.is_number]
        ranges = [range(1, definition.ranges[letter].size(self.sizes) + 1) for letter in letters]
        for numbers in itertools.product(*ranges):
            yield dict(zip(letters, numbers, strict=True))

    def _defined(self, definition: Definition, indices: dict[str, int]) -> Any:
        if not definition.components:
            return self.value(definition.expression, indices)
        rows, cols = definition.symbol.shape.sizes(self.sizes)
        parts = []
        for i, j in itertools.product(range(1, rows + 1), range(1, cols + 1)):
            places = dict(indices)
            for text, number in zip(definition.components, (i, j), strict=False):
                if text.isdecimal():
                    continue
                places[text.lstrip("\\")] = number
            parts.append(self.value(definition.expression, places))
        column = self.arithmetic.stack([np.atleast_2d(p) if not isinstance(p, Tensor) else p for p in parts])
        return column if cols == 1 else _reshaped(column, (rows, cols))

    # ------------------------------------------------------------ terms

    def value(self, term: Term, indices: Mapping[str, int]) -> Any:
        rule = _OWN.get(type(term))
        if rule is not None:
            return rule(self, term, indices)
        if isinstance(term, nodes.Sum):
            parts = [self.value(term.args[0], {**indices, term.index: i}) for i in self._range(term, indices)]
            return reduce(lambda a, b: a + b, parts) if parts else 0.0
        if isinstance(term, nodes.Add):
            return reduce(lambda a, b: a + b, [self.value(arg, indices) for arg in term.args])
        if isinstance(term, nodes.Symbol):
            return self.symbol(_key(term, indices))
        scope = Scope(self.arithmetic, self.values, self.sizes, indices)
        return EVALUATE[type(term)](scope, term, *(self.value(arg, indices) for arg in term.args))

    def _range(self, term, indices: Mapping[str, int]) -> range:
        upper = term.upper.at(indices).size(self.sizes) if isinstance(term.upper, Dim) else term.upper.value(indices)
        lower = term.lower if isinstance(term.lower, int) else term.lower.value(indices)
        if upper - lower > LARGEST_LOOP:
            raise Unsettled(f"a sum over {upper - lower + 1} terms")
        return range(lower, upper + 1)

    # ------------------------------------------------------------ derivatives

    def derivative(self, term: Derivative, indices: Mapping[str, int]) -> Any:
        if self.outer is not None:
            # Inside another derivative the value is a constant: an adjoint that the text names is not differentiated.
            return self.outer.derivative(term, indices)
        of, by = term.args
        base, entry = (by.args[0], by) if isinstance(by, nodes.Component) else (by, None)
        jacobian = self._jacobian(of, base, indices)  # (of rows, of cols, by rows, by cols)
        if entry is not None:
            row = entry.row.value(indices) - 1
            column = entry.column.value(indices) - 1 if entry.column else 0
            jacobian = jacobian[:, :, row : row + 1, column : column + 1]
        r, c, p, q = jacobian.shape
        if (p, q) == (1, 1):
            return jacobian.reshape(r, c)
        turned = term.layout == "jacobian"
        if (r, c) == (1, 1):
            return jacobian.reshape(p, q).T if turned else jacobian.reshape(p, q)
        matrix = jacobian.reshape(r * c, p * q)
        return matrix if turned else matrix.T

    def _jacobian(self, of: Term, base: Symbol, indices: Mapping[str, int]) -> np.ndarray:
        key = _key(base, indices)
        place = (of, key, tuple(sorted(indices.items())))
        if place not in self.cache:
            if any(isinstance(node, Derivative) for node in of.walk()):
                self.cache[place] = self._second(of, base, key, indices)
            else:
                self.cache[place] = self._first(of, key, indices)
        return self.cache[place]

    def _first(self, of: Term, key: str, indices: Mapping[str, int]) -> np.ndarray:
        leaf = Tensor(np.atleast_2d(np.asarray(self.symbol(key), dtype=float)), requires_grad=True)
        known = {key: leaf, **self._parts(key, leaf)}
        inner = Machine(self.theory, self.sizes, self.inputs, known, arithmetic=TensorArithmetic(), outer=self)
        result = inner.value(of, indices)
        if not isinstance(result, Tensor) or not result.requires_grad:
            shape = np.shape(result.data if isinstance(result, Tensor) else np.atleast_2d(result))
            return np.zeros((*shape, *leaf.shape))
        found = np.zeros((*result.shape, *leaf.shape))
        for where in np.ndindex(result.shape):
            seed = np.zeros(result.shape)
            seed[where] = 1.0
            leaf.grad = None
            result.backward(seed)
            found[where] = 0.0 if leaf.grad is None else leaf.grad
        return found

    def _parts(self, key: str, leaf: Tensor) -> dict[str, Any]:
        """A vector that only lists symbols, phi = [phi_0; phi_1], moves them with it."""
        definition, indices = self.defining.get(key, (None, {}))
        block = definition.expression if definition is not None else None
        if not isinstance(block, Block) or not all(isinstance(cell, Symbol) and cell.is_scalar for cell in block.args):
            return {}
        places = ((k // block.columns, k % block.columns) for k in range(len(block.args)))
        return {
            _key(cell, indices): leaf[i : i + 1, j : j + 1] for cell, (i, j) in zip(block.args, places, strict=True)
        }

    def _second(self, of: Term, base: Symbol, key: str, indices: Mapping[str, int]) -> np.ndarray:
        """Differences of the engine's first derivatives, extrapolated once (Richardson)."""
        start = np.atleast_2d(np.asarray(self.symbol(key), dtype=float))
        first = np.atleast_2d(self.value(of, indices))
        found = np.zeros((*first.shape, *start.shape))
        for where in np.ndindex(start.shape):
            steps = []
            for h in (1e-3, 5e-4):
                sides = []
                for sign in (1, -1):
                    moved = start.copy()
                    moved[where] += sign * h
                    other = Machine(self.theory, self.sizes, self.inputs, {key: moved})
                    sides.append(np.atleast_2d(other.value(of, indices)))
                steps.append((sides[0] - sides[1]) / (2 * h))
            found[(slice(None), slice(None), *where)] = (4 * steps[1] - steps[0]) / 3
        return found


def _key(symbol: Symbol, indices: Mapping[str, int]) -> str:
    return symbol.member(*(index.at(indices) for index in symbol.indices)).key if symbol.indices else symbol.key


def _reshaped(value: Any, shape: tuple[int, int]) -> Any:
    return tensor.reshape(value, shape) if isinstance(value, Tensor) else np.reshape(value, shape)


def _raw(value: Any) -> np.ndarray:
    return value.data if isinstance(value, Tensor) else np.asarray(value)


def _apply(machine: Machine, term: nodes.Apply, indices: Mapping[str, int]) -> Any:
    value = machine.value(term.args[0], indices)
    if not term.order:
        return machine.arithmetic.apply(term.function, 0, value)
    if term.order > 1:
        raise Unsettled("second derivatives of functions are not evaluated")
    leaf = Tensor(np.atleast_2d(_raw(value)), requires_grad=True)
    result = TensorArithmetic().apply(term.function, 0, leaf)
    result.backward(np.ones(result.shape))
    return leaf.grad


def _softmax(machine: Machine, term: Softmax, indices: Mapping[str, int]) -> Any:
    value = machine.value(term.args[0], indices)
    return tensor.softmax(value, axis=-2 if term.axis == "rows" else -1)


_RELATIONS = {">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal, "=": np.equal, "neq": np.not_equal}


def _compare(machine: Machine, term: Compare, indices: Mapping[str, int]) -> Any:
    left, right = (_raw(machine.value(arg, indices)) for arg in term.args)
    return np.atleast_2d(_RELATIONS[term.relation](left, right).astype(float))


def _index_equals(machine: Machine, term: IndexEquals, indices: Mapping[str, int]) -> Any:
    return float((term.left.value(indices) == term.right.value(indices)) == term.equal)


def _slice(machine: Machine, term: Slice, indices: Mapping[str, int]) -> Any:
    value = machine.value(term.args[0], indices)
    rows = slice(None) if term.row is None else slice(term.row.value(indices) - 1, term.row.value(indices))
    cols = slice(None) if term.column is None else slice(term.column.value(indices) - 1, term.column.value(indices))
    return value[rows, cols]


def _product_over(machine: Machine, term: ProductOver, indices: Mapping[str, int]) -> Any:
    factors = [machine.value(term.args[0], {**indices, term.index: i}) for i in machine._range(term, indices)]
    if not factors:
        raise Unsettled("an empty product of matrices")
    return reduce(lambda a, b: a @ b if np.ndim(_raw(a)) == 2 and np.shape(a) != (1, 1) else a * b, factors)


def _block(machine: Machine, term: Block, indices: Mapping[str, int]) -> Any:
    cells = [np.atleast_2d(v) if not isinstance(v, Tensor) else v for v in (machine.value(a, indices) for a in term.args)]
    rows = [tensor.concatenate(cells[k : k + term.columns], 1) for k in range(0, len(cells), term.columns)]
    return tensor.concatenate(rows, 0)


def _component(machine: Machine, term: nodes.Component, indices: Mapping[str, int]) -> Any:
    value = machine.value(term.args[0], indices)
    shape = np.shape(_raw(value))
    row, column = term.row.value(indices), term.column.value(indices) if term.column else 1
    if not (1 <= row <= shape[0] and 1 <= column <= shape[1]):
        stated = not list(term.args[0].shape.rows.names()) and not list(term.args[0].shape.cols.names())
        raise (OutOfRange if stated else Unsettled)(f"the index of {term.latex} runs out of range")
    return value[row - 1 : row, column - 1 : column]


_OWN = {
    nodes.Apply: _apply,
    Softmax: _softmax,
    Compare: _compare,
    IndexEquals: _index_equals,
    Slice: _slice,
    ProductOver: _product_over,
    Block: _block,
    nodes.Component: _component,
    Derivative: lambda machine, term, indices: machine.derivative(term, indices),
}


# ---------------------------------------------------------------- points


def dims_of(terms) -> set[str]:
    found: set[str] = set()
    for term in terms:
        for node in term.walk():
            if isinstance(node.shape, Shape):
                found |= set(node.shape.rows.names()) | set(node.shape.cols.names())
            for _, value in node.parts():
                if isinstance(value, Dim):
                    found |= set(value.names())
    return found


def draw_sizes(theory: Theory, names: set[str], number: int) -> dict[str, int]:
    """Pairwise distinct sizes, at least 2, where the text does not make dimensions equal."""
    order = sorted(names, reverse=number % 2 == 1)
    return {name: 2 + place + number // 2 for place, name in enumerate(order)}


def draw_inputs(theory: Theory, symbols: list[Symbol], sizes: Mapping[str, int], seed: list[int], *, unit: bool) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    found: dict[str, np.ndarray] = {}
    for symbol in symbols:
        shape = symbol.shape.sizes(sizes)
        if unit:
            value = generator.uniform(0.1, 0.9, shape)
        else:
            value = generator.uniform(0.3, 1.2, shape) * generator.choice([-1, 1], shape)
        for word in theory.assumptions.get(core_of(symbol), ()):
            value = _assumed(word, value, generator)
        found[symbol.key] = value
    return found


def core_of(symbol: Symbol) -> str:
    return symbol.name.split("^")[0].split("_")[0]


def _assumed(word: str, value: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    if word == "symmetric":
        return (value + value.T) / 2
    if word == "positive":
        return np.abs(value)
    if word.startswith("simplex:"):
        axis = int(word[-1]) if min(value.shape) > 1 else int(np.argmax(value.shape))
        value = np.abs(value)
        return value / value.sum(axis=axis, keepdims=True)
    if word == "one-hot":
        result = np.zeros(value.shape)
        axis = int(np.argmax(value.shape))
        result[(generator.integers(value.shape[axis]), 0) if axis == 0 else (0, generator.integers(value.shape[axis]))] = 1
        return result
    if word == "0/1":
        return (value > 0).astype(float)
    return value


__all__ = ["Index", "Machine", "Unsettled", "replace"]
