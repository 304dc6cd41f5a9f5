"""What a document says: its links, definitions and names, and what every link was taken for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from derive.reading import syntax
from derive.reading.frontmatter import Layers
from derive.reading.letters import Letters
from derive.reading.names import Names, Slot, slots_of, spelling
from derive.reading.readings import GradientName, Rewrite, Scope, UserFunction
from derive.reading.source import Source, Span
from derive.terms.dims import Dim
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape


@dataclass(frozen=True)
class Link:
    """One relation of a statement: its two sides as notation, and its place."""

    statement: int
    number: int
    left: syntax.Node
    right: syntax.Node
    relation: str
    source: Source
    given: bool = False
    condition: tuple[str, str] | None = None  # two index letters that are different
    where: str = ""  # in which case it is said, in a condition beside it that no drawn point is known to meet
    unread: str = ""  # why it cannot be judged although both sides can be read
    solves: bool = False  # whether its left side names the solution of a demand, and is no new name

    @property
    def span(self) -> Span:
        return self.left.span[0], self.right.span[1]


@dataclass(frozen=True)
class Definition:
    """symbol := expression; entry by entry over `components`, member by member over the letters of the symbol."""

    symbol: Symbol
    expression: Term
    components: tuple[str, ...] = ()
    ranges: Mapping[str, Dim] = field(default_factory=dict)
    notes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reading:
    """A link and what it is: declaration, definition, claim or unread (then with message and span).

    `bounded` tells that the reader gave up at one of its own limits.
    """

    link: Link
    kind: str
    message: str = ""
    span: Span | None = None
    bounded: bool = False


@dataclass(frozen=True)
class Learned:
    """A name, and where its shape comes from: "front matter", "text", "definition" or "inferred"."""

    written: str
    shape: Shape | None
    how: str
    source: Source | None = None
    span: Span | None = None
    core: str = ""


@dataclass(frozen=True)
class Expression:
    """A formula, or a part of one, that states nothing: `$W_1$` in a sentence; a condition behind a statement."""

    node: syntax.Node
    source: Source


@dataclass
class Theory:
    """Everything that a document says."""

    names: Names = field(default_factory=Names)
    functions: dict[str, str] = field(default_factory=dict)
    calls: dict[str, UserFunction] = field(default_factory=dict)
    gradients: list[GradientName] = field(default_factory=list)
    dimensions: set[str] = field(default_factory=set)
    assumptions: dict[str, set[str]] = field(default_factory=dict)  # of members by number, of families by name
    letters: Letters = field(default_factory=Letters)
    layout: Mapping[str, str] = field(default_factory=dict)
    operators: Mapping[str, str] = field(default_factory=dict)
    layers: Layers = field(default_factory=Layers)
    last_names: set[str] = field(default_factory=lambda: {"L"})  # letters that stand for the last layer or step
    loss: Symbol | None = None
    barred: bool = False  # a bar over a name says that it is the gradient of the loss
    stated: set[tuple[int, int]] = field(default_factory=set)  # links that say what an input is like
    supposed: str = ""  # what the loss is taken for, where the text only names it
    bare_nabla: Symbol | None = None
    nablas: dict[tuple[str, str], syntax.Name] = field(default_factory=dict)  # `\nabla_a C` declared for a^L
    rewrites: list[Rewrite] = field(default_factory=list)
    class_numbers: dict[str, Dim | None] = field(default_factory=dict)  # `y: index K`, by core
    definitions: list[Definition] = field(default_factory=list)
    values: list[Definition] = field(default_factory=list)  # `x = 3`: numbers that inputs have in an example
    counted: dict[tuple[str, str], Dim] = field(default_factory=dict)  # how far an index runs, where the text says it
    sizes: dict[str, int] = field(default_factory=dict)  # how large dimensions are in an example, by its numbers
    said: dict[str, int] = field(default_factory=dict)  # `n = 4`: how large they are said to be
    readings: list[Reading] = field(default_factory=list)
    learned: list[Learned] = field(default_factory=list)
    same: dict[str, Dim] = field(default_factory=dict)  # a dimension that definitions make equal to another
    samples: dict[str, tuple[Dim, ...]] = field(default_factory=dict)  # name of a family -> ranges of its letters
    heads: set[str] = field(default_factory=set)  # names of families that statements define
    bases: set[str] = field(default_factory=set)  # recurrences whose first member is an input
    numbers: frozenset[str] = frozenset()  # names whose gradients say that they are numbers
    split: frozenset[str] = frozenset()  # names that stand for several vectors: a_j and a_k
    applied: dict[str, dict[str, syntax.Name]] = field(default_factory=dict)  # the names that functions are applied to
    sets: set[str] = field(default_factory=set)  # the C of `\sum_{i \in C}` in definitions: all that there is
    scores: set[str] = field(default_factory=set)  # matrices that score the rows of one against those of another
    literal: set[str] = field(default_factory=set)  # members that the text names by number
    undefined: frozenset[str] = frozenset()  # families that are declared, and defined in a line that is not read
    useless: list[Reading] = field(default_factory=list)  # what is given and cannot be used
    expressions: list[Expression] = field(default_factory=list)
    given: list[Link] = field(default_factory=list)  # what the front matter states
    skipped: int = 0
    relations: list[Link] = field(default_factory=list)  # given ones that nothing here makes true at a drawn point
    at_values: bool = False  # whether inputs have the numbers of the example
    meanings: dict[str, tuple[str, ...]] = field(default_factory=dict)  # letters of functions that nothing declares
    again: Callable[..., Theory] | None = None  # reads the document again, with other functions `chosen`

    def scope(self, **changes: Any) -> Scope:
        """What names mean, outside of any index; `changes` set layers, ranges and values."""
        return Scope(
            names=self.names,
            functions=self.functions,
            calls=self.calls,
            gradients=tuple(self.gradients),
            dimensions=frozenset(self.dimensions),
            loss=self.loss,
            layout=self.layout,
            operators=self.operators,
            first_layer=self.layers.first,
            last_layer=self.layers.last,
            last_names=frozenset(self.last_names),
            exists=self.exists,
            shape_of=self.shape_of,
            same=self.same,
            nablas=self.nablas,
            rewrites=tuple(self.rewrites),
            heads=frozenset(self.heads),
            applied=self.applied,
            sets=frozenset(self.sets),
            scores=frozenset(self.scores),
            class_numbers=self.class_numbers,
            sample_range=self.sample_range,
            runs_over_layers=self.runs_over_layers,
            bare_nabla=self.bare_nabla,
            barred=self.barred,
            **changes,
        )

    def runs_over_layers(self, name: syntax.Name, slot: Slot) -> bool:
        """Whether a slot of a name is one of layers: its own, or that of the symbol whose gradient it names."""
        if slot.index is not None and slot.index.name in self.last_names | self.letters.labels:
            return False  # the last layer is one layer, and a label is none
        use = self.names.match(name)
        core = spelling(name).core if use is None else use.family.core  # a^{[l](i)} runs as A^{[l]}
        if self.letters.kind((core, slot.place + slot.style)) == "layer":
            return use is None or any(own.place == slot.place for own in use.family.slots)
        if use is not None:
            return False
        for gradient in self.gradients:
            found = gradient.names.match(name)
            if found is not None:
                return any(own.place == slot.place and own.is_generic for own in found.family.slots)
        if core == "\\delta":
            return any(self.letters.kind((z, slot.place + slot.style)) == "layer" for z in ("z", "Z"))
        return False

    def sample_range(self, node: syntax.Node, letter: str) -> Dim | None:
        """How far a letter in a sample slot of a name runs."""
        if not isinstance(node, syntax.Name):
            return None
        slots = [(slot, slot.index) for slot in slots_of(node)]
        use = self.names.match(node)
        if use is not None:  # the declared name knows where its index stands: the i of `W_{Si}`
            own = [slot for slot in use.family.slots if slot.index is not None]
            slots = [*zip(own, use.indices, strict=True), *slots]
        for slot, index in slots:
            if index is not None and index.name == letter:
                return self.letters.samples.get((spelling(node).core, slot.place + slot.style))
        return None

    def assumed(self, symbol: Symbol) -> set[str]:
        """What the entries of a symbol keep to: symmetric, positive, one-hot, 0/1, simplex along an axis."""
        family = self.assumptions.get(symbol.name, set())
        return self.assumptions.get(symbol.key, family)  # a member that is declared by itself keeps to its own

    def defined(self, symbol: Symbol) -> Definition | None:
        """The definition that gives a symbol its value; a member by letter stands for all members."""
        for definition in itertools.chain(self.definitions, self.values):
            if definition.symbol.name == symbol.name and _covers(definition.symbol, symbol):
                return definition
        return None

    def with_values(self, names: Collection[str] | None = None) -> Theory:
        """What the document says of its example: inputs have the stated numbers, dimensions the stated sizes.

        Args:
            names: the inputs and dimensions that are meant; all by default.
        """
        values = [value for value in self.values if names is None or value.symbol.name in names]
        others = [value for value in self.values if value not in values]
        said = {name: size for name, size in self.said.items() if names is None or name in names}
        sizes = {**said, **self.sizes}
        return replace(self, definitions=[*values, *self.definitions], values=others, sizes=sizes, at_values=True)

    def shape_of(self, symbol: Symbol) -> Shape | None:
        """The shape that definitions gave to a symbol; None for a member by letter where members differ in shape."""
        shapes = {
            definition.symbol.shape
            for definition in itertools.chain(self.definitions, self.values)
            if definition.symbol.name == symbol.name and _covers(definition.symbol, symbol)
        }
        return shapes.pop() if len(shapes) == 1 else None

    def exists(self, symbol: Symbol) -> bool:
        """Whether a member of a family has a value: defined, or given and within the layers."""
        if self.defined(symbol) is not None or symbol.key in self.literal:
            return True
        numbers = [index.offset for index in symbol.indices if index.is_number]
        if symbol.name in self.bases and numbers == [self.layers.first - 1]:
            return True
        if symbol.name in self.heads:
            return False
        return symbol.name in self.samples or all(self.layers.first <= n <= self.layers.last for n in numbers)


def _covers(defined: Symbol, used: Symbol) -> bool:
    for a, b in zip(defined.indices, used.indices, strict=False):
        if a.is_number and b.is_number and a != b:
            return False
    return True
