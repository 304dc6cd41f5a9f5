"""The computation graph as a frozen value: which symbol follows from which, with values going forward, gradients back.

One node per symbol, laid out in rows from the data down to the loss; a definition's parameters stand beside it. Where
examples are the entries of a vector and there are few, every entry is a node of its own and the loss is where they
merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from derive.explaining.plain import plain_math
from derive.models.model import Model
from derive.symbolic.derivation import Derivation, pullback
from derive.terms import nodes
from derive.terms.definitions import Definition
from derive.terms.indices import Index
from derive.terms.nodes import Component, Symbol, Term, term
from derive.terms.walk import at_indices, rebuild, substitute, symbols

# Up to so many examples are drawn one by one.
FEW = 4
# Deeper models show their first and last definitions.
DEEP, FIRST, LAST = 12, 4, 5
# Columns from one example's path to the next, and from a path to its data.
PATH, BESIDE = 1.7, 0.8

# Entries by rows, in numbers of many digits: frozen, unlike an array.
Matrix = tuple[tuple[Any, ...], ...]

DATA, PARAMETER, RESULT, LOSS, GAP = "data", "parameter", "result", "loss", "gap"


@dataclass(frozen=True)
class Node:
    """A symbol with its forward value and its adjoint (None for data), each in 2-D.

    `row` counts from the top; `column` is 0 in the middle, in units of the width of a node.
    """

    key: str
    latex: str
    plain: str
    role: str
    row: int
    column: float
    value: Matrix | None = None
    gradient: Matrix | None = None
    gradient_latex: str = ""
    gradient_plain: str = ""
    formula: str = ""


@dataclass(frozen=True)
class Arrow:
    """`source` is used by `target`; `gradient` is what flows back along the arrow, None towards data."""

    source: str
    target: str
    gradient: Matrix | None = None


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of the forward pass, and arrows in the direction of the forward pass.

    `merges`: several arrows bring gradient back to one node, where their sum is its adjoint.
    """

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    merges: bool = False

    def __getitem__(self, key: str) -> Node:
        return next(node for node in self.nodes if node.key == key)


def graph(model: Model, derivation: Derivation, numbers) -> Graph:
    """The graph of a model with numbers. `numbers` knows the values of symbols and of adjoints (`written.Numbers`)."""
    if by_entry(model, numbers.sizes):
        return _Entries(model, derivation, numbers).graph()
    return _whole(model, derivation, numbers)


def by_entry(model: Model, sizes: Mapping[str, int]) -> bool:
    """Whether every example has nodes of its own."""
    return any(d.index for d in model.definitions) and max(sizes[name] for name in model.dimensions) <= FEW


# ---------------------------------------------------------------- one node per symbol


def _whole(model: Model, derivation: Derivation, numbers) -> Graph:
    shown, hidden = _shown(model.definitions)
    made: dict[str, Node] = {}
    arrows: list[Arrow] = []
    gap_row = FIRST + 1
    hidden_keys = {d.symbol.key for d in hidden}
    row = 0
    for definition in shown:
        row += 1
        if hidden and definition is shown[FIRST]:
            made["gap"] = Node("gap", r"\vdots", "⋮", GAP, gap_row, 0, formula=f"{len(hidden)} definitions like these")
            arrows.append(Arrow(shown[FIRST - 1].symbol.key, "gap"))
            row += 1
        used = symbols(definition.expression)
        for symbol, (at_row, column) in _places(used, row, made, model, hidden_keys):
            made[symbol.key] = _node(symbol, model, derivation, numbers, at_row, column)
        node = _node(definition.symbol, model, derivation, numbers, row, 0)
        made[definition.symbol.key] = replace(node, formula=plain_math(definition.expression.latex))
        for symbol in used:
            if symbol.key in hidden_keys:
                arrows.append(Arrow("gap", definition.symbol.key))
                continue
            gradient = _contribution(derivation, definition, symbol, numbers)
            arrows.append(Arrow(symbol.key, definition.symbol.key, gradient))
    return Graph(tuple(made.values()), tuple(arrows))


def _shown(definitions: tuple[Definition, ...]) -> tuple[tuple[Definition, ...], tuple[Definition, ...]]:
    if len(definitions) <= DEEP:
        return definitions, ()
    return (*definitions[:FIRST], *definitions[-LAST:]), definitions[FIRST:-LAST]


def _places(
    used: Iterable[Symbol], row: int, made: dict[str, Node], model: Model, hidden: set[str]
) -> Iterator[tuple[Symbol, tuple[int, float]]]:
    """Where the given symbols of a definition stand: the inputs on top, parameters and targets beside it, by turns."""
    sides = iter((-1.0, 1.0, -2.0, 2.0, -3.0, 3.0))
    for symbol in used:
        if symbol.key in made or symbol.key in hidden:
            continue
        if symbol == model.inputs and row == 1:
            yield symbol, (0, 0.0)
        else:
            yield symbol, (row, next(sides))


def _node(symbol: Symbol, model: Model, derivation: Derivation, numbers, row: int, column: float) -> Node:
    role = (
        LOSS if symbol == model.loss
        else PARAMETER if symbol in model.parameters
        else DATA if symbol in model.given
        else RESULT
    )  # fmt: skip
    node = Node(symbol.key, symbol.latex, plain_math(symbol.latex), role, row, column, numbers.frozen(symbol))
    step = next((step for step in derivation.steps if step.symbol == symbol), None)
    if step is None:
        return node
    return replace(
        node,
        gradient=numbers.frozen(step.adjoint),
        gradient_latex=step.adjoint.latex,
        gradient_plain=plain_math(step.adjoint.latex),
    )


def _contribution(derivation: Derivation, definition: Definition, symbol: Symbol, numbers) -> Matrix | None:
    step = next((step for step in derivation.steps if step.symbol == symbol), None)
    if step is None or step.index:
        return numbers.frozen(step.adjoint) if step else None
    return next(numbers.frozen(edge.contribution) for edge in step.edges if edge.user == definition)


# ---------------------------------------------------------------- one node per entry


class _Entries:
    """The graph of definitions by entries: per example one path, and the loss where the paths merge."""

    def __init__(self, model: Model, derivation: Derivation, numbers):
        self.model, self.derivation, self.numbers = model, derivation, numbers
        self.count = max(numbers.sizes[name] for name in model.dimensions)
        self.made: dict[str, Node] = {}
        self.arrows: list[Arrow] = []

    def graph(self) -> Graph:
        middle = (self.count - 1) / 2
        shared = [s for s in self.model.parameters if s.is_scalar]
        for place, symbol in enumerate(shared):
            column = (place - (len(shared) - 1) / 2) * 1.2
            self.made[symbol.key] = _node(symbol, self.model, self.derivation, self.numbers, 0, column)
        row = 0
        for definition in self.model.definitions:
            found = [node for node in definition.expression.walk() if isinstance(node, nodes.Sum)]
            if definition.index:
                row += 1
                for i in range(1, self.count + 1):
                    self.entry(definition, i, row, (i - 1 - middle) * PATH)
            elif found:
                row += 1
                self.merge(definition, found[0], row)
                row += 1
        return Graph(tuple(self.made.values()), tuple(self.arrows), merges=True)

    def entry(self, definition: Definition, i: int, row: int, column: float) -> None:
        target = Component((definition.symbol,), Index("", i))
        edges = {edge.symbol: edge for edge in pullback(definition, nodes.adjoint(self.model.loss, definition.symbol))}
        for symbol in symbols(definition.expression):
            if symbol.key not in self.made:
                self.data(symbol, i, row, self.beside(i, column))
        node = self.value(target, row, column, RESULT, at_indices(definition.expression, {definition.index: i}))
        step = self.derivation[definition.symbol.key]
        adjoint = Component((step.adjoint,), Index("", i))
        self.made[node.key] = replace(
            node,
            gradient=self.numbers.frozen(adjoint),
            gradient_latex=_by_entry(self.model, target),
            gradient_plain=plain_math(_by_entry(self.model, target)),
        )
        for symbol in symbols(definition.expression):
            source = symbol.key if symbol.key in self.made else f"{symbol.key}_{i}"
            gradient = None
            if symbol in self.model.parameters:
                local = edges[symbol].jacobian
                gradient = self.numbers.frozen(local @ adjoint, **{definition.index: i})
            self.arrows.append(Arrow(source, node.key, gradient))

    def beside(self, i: int, column: float) -> float:
        """On the outer side of a path: arrows from the shared parameters come from the middle."""
        return column - BESIDE if 2 * i <= self.count + 1 else column + BESIDE

    def data(self, symbol: Symbol, i: int, row: int, column: float) -> None:
        entry = Component((symbol,), Index("", i))
        node = self.value(entry, row, column, DATA)
        self.made[node.key] = node

    def value(self, entry: Component, row: int, column: float, role: str, formula: Term | None = None) -> Node:
        (vector,) = entry.args
        written = plain_math(formula.latex) if formula is not None else ""
        key = f"{vector.key}_{entry.row}"
        value = self.numbers.frozen(entry)
        return Node(key, entry.latex, plain_math(entry.latex), role, row, column, value, formula=written)

    def merge(self, definition: Definition, total: nodes.Sum, row: int) -> None:
        """The terms of the sum as nodes, and the loss below them."""
        whole = Symbol(name="total", declared=total.shape, latex_name="S")
        outer = Definition(definition.symbol, substitute(definition.expression, {total: whole}))
        (edge,) = pullback(outer, term(1))
        share = self.numbers.frozen(edge.contribution)
        middle = (self.count - 1) / 2
        for i in range(1, self.count + 1):
            column = (i - 1 - middle) * PATH
            body = at_indices(total.args[0], {total.index: i})
            key = f"term_{i}"
            name = rf"\ell_{i}"
            for symbol in symbols(body):
                if f"{symbol.key}_{i}" not in self.made:
                    self.data(symbol, i, row, self.beside(i, column))
            gradient_latex = rf"\frac{{\partial {self.model.loss.latex}}}{{\partial {name}}}"
            self.made[key] = Node(
                key, name, plain_math(name), RESULT, row, column, self.numbers.frozen(body), share, gradient_latex,
                plain_math(gradient_latex), plain_math(body.latex),
            )  # fmt: skip
            for symbol in symbols(body):
                source = f"{symbol.key}_{i}"
                self.arrows.append(Arrow(source, key, self.made[source].gradient))
        node = _node(definition.symbol, self.model, self.derivation, self.numbers, row + 1, 0)
        terms = nodes.add(tuple(Symbol(name=f"l{i}", latex_name=rf"\ell_{i}") for i in range(1, self.count + 1)))
        written = substitute(definition.expression, {total: terms})
        self.made[definition.symbol.key] = replace(node, formula=plain_math(self.sized(written).latex))
        for i in range(1, self.count + 1):
            self.arrows.append(Arrow(f"term_{i}", definition.symbol.key, share))

    def sized(self, formula: Term) -> Term:
        """Sizes as numbers: 1/3, not 1/n."""
        sizes = self.numbers.sizes
        return rebuild(formula, lambda t: term(t.dim.size(sizes)) if isinstance(t, nodes.Size) else t)


def _by_entry(model: Model, target: Component) -> str:
    return rf"\frac{{\partial {model.loss.latex}}}{{\partial {target.latex}}}"
