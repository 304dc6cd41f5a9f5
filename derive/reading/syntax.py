"""Notation as it is written, before it means anything: frozen nodes with spans.

`f(x)` is a name beside a bracket here; whether that is an application or a product is decided where names are known.
Every node has its (start, end) in the source, and nothing that was read is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from derive.reading.source import Span


@dataclass(frozen=True)
class Node:
    span: Span = field(kw_only=True, compare=False)


@dataclass(frozen=True)
class Script(Node):
    """What stands as an index or exponent: `body` is None for empty braces. `text` is its canonical spelling."""

    body: Node | None
    text: str


@dataclass(frozen=True)
class Name(Node):
    r"""A symbol: `\hat{\mathbf{y}}_i^{(t)}'` has base y, fonts (mathbf,), accents (hat,), sub, sup and one prime.

    `base` is a letter, the name of a command with its backslash (`\delta`), or a word (`errors`, `softmax`).
    """

    base: str
    fonts: tuple[str, ...] = ()
    accents: tuple[str, ...] = ()
    sub: Script | None = None
    sup: Script | None = None
    primes: int = 0
    spaced: bool = field(default=False, compare=False)
    note: str = field(default="", compare=False)  # what stands under a brace below it

    @property
    def core(self) -> str:
        r"""The name without scripts and fonts: `\hat{y}`."""
        return accented(self.base, self.accents) if self.accents else self.base


def accented(base: str, accents: tuple[str, ...]) -> str:
    r"""`\hat{y}`: a base with its accents, the first one innermost."""
    for accent in accents:
        base = f"\\{accent}{{{base}}}"
    return base


@dataclass(frozen=True)
class Number(Node):
    value: Fraction
    text: str


@dataclass(frozen=True)
class Words(Node):
    r"""`\text{where } x`: prose inside a formula."""

    text: str


@dataclass(frozen=True)
class Sign(Node):
    r"""An operator between factors: `\cdot`, `*`, `\odot`, `/`; its canonical name without the backslash."""

    name: str


@dataclass(frozen=True)
class Product(Node):
    """Factors and the signs between them, in order; juxtaposition has no sign."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Signed(Node):
    """One summand: its sign, where the sign stands, and the term."""

    sign: str  # "+", "-" or "±"
    sign_span: Span | None = field(compare=False)
    term: Node


@dataclass(frozen=True)
class Total(Node):
    """Summands in order."""

    terms: tuple[Signed, ...]


@dataclass(frozen=True)
class Group(Node):
    """A bracketed expression with what is written on it: `(A x)_i^T'`; a comma or semicolon separates `parts`."""

    opening: str
    closing: str
    parts: tuple[Node, ...]
    sub: Script | None = None
    sup: Script | None = None
    primes: int = 0

    @property
    def inner(self) -> Node:
        return self.parts[0]


@dataclass(frozen=True)
class Fraction_(Node):
    over: Node
    under: Node
    sup: Script | None = None
    sub: Script | None = None


@dataclass(frozen=True)
class Derivative(Node):
    r"""`\frac{\partial^2 f}{\partial x \partial y^T}`: by what, in order; `of` is None for a bare operator."""

    sign: str  # partial, d, delta
    order: int
    of: Node | None
    by: tuple[Node, ...]
    sup: Script | None = None
    sub: Script | None = None


@dataclass(frozen=True)
class Nabla(Node):
    r"""`\nabla_W`, `\nabla^2`: an operator in front of what follows."""

    by: Script | None
    order: int = 1


@dataclass(frozen=True)
class Root(Node):
    body: Node
    degree: Node | None = None
    sup: Script | None = None


@dataclass(frozen=True)
class Big(Node):
    r"""`\sum_{i=1}^n body`, `\prod`: the body reaches to the next sign of the same sum."""

    name: str
    lower: Script | None
    upper: Script | None
    body: Node


@dataclass(frozen=True)
class Matrix(Node):
    """Rows of cells: a matrix or vector written out, or cases (`name` says which)."""

    name: str
    rows: tuple[tuple[Node, ...], ...]
    sup: Script | None = None
    sub: Script | None = None


@dataclass(frozen=True)
class Comparison(Node):
    """`z > 0` inside brackets or an index: the sides and the relations between them."""

    sides: tuple[Node, ...]
    relations: tuple[str, ...]


@dataclass(frozen=True)
class Chain(Node):
    """One statement: `a = b = c`. A single side is an expression that states nothing."""

    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    condition: Node | None = None


def is_deeper(node: Node, most: int) -> bool:
    """Whether nodes stand in more than so many others. It does not recurse, as everything else does."""
    level: list[Node] = [node]
    for _ in range(most):
        level = [
            inner
            for outer in level
            for value in vars(outer).values()
            for child in (value if isinstance(value, tuple) else (value,))
            for inner in (child if isinstance(child, tuple) else (child,))
            if isinstance(inner, Node)
        ]
        if not level:
            return False
    return True


def children(node: Node) -> list[Node]:
    """The nodes right below a node, in written order."""
    below: list[Node] = []
    for value in vars(node).values():
        if isinstance(value, Node):
            below.append(value)
        elif isinstance(value, tuple):
            for child in value:
                if isinstance(child, Node):
                    below.append(child)
                elif isinstance(child, tuple):
                    below += [inner for inner in child if isinstance(inner, Node)]
    return below


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first, in written order."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(children(node))
