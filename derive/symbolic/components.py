"""The component witness: the loss written out entry by entry, differentiated by SymPy's scalar `diff`.

No matrix rule is used. For a symbol v the loss is written over the entries of v and of everything that is known before
v; SymPy differentiates that scalar by each entry. The results are evaluated to 30 digits by a walk over SymPy's
expressions that computes every shared subexpression once: `evalf` per entry and `simplify` take minutes here.

Written out whole, a loss grows with the product of all dimensions. Where that is too much, the definitions are cut into
segments: behind a cut, the loss is replaced by its linearisation, the sum of g_i c_i over the entries c_i at the cut
with g_i = dL/dc_i from the segment behind (the chain rule for scalars), and SymPy differentiates that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import sympy as sp

from derive.symbolic.numbers import Numbers
from derive.terms.arithmetic import ObjectArithmetic
from derive.terms.definitions import Definition, dimension_names, forward
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Symbol
from derive.terms.sympy_bridge import SYMPY, named
from derive.terms.walk import symbols

SCALARS = ObjectArithmetic(
    SYMPY,
    lambda value: sp.Rational(value.numerator, value.denominator),
    functions={name: named(name) for name in FUNCTIONS},
    magnitude=lambda e: int(e != 0),
)

# A segment is written out whole while the product of its dimensions stays below this (0.6 s for the two-layer MLP).
WHOLE = 130
# Nor does a segment have more definitions than this: what is nested deeper grows faster than its dimensions say.
LONGEST = 5
# Above this many products in one definition, nothing is written out at all (SymPy makes some 10^4 of them a second).
LARGEST = 6_000


class TooLarge(ValueError):
    """The definitions have too many entries to be written out one by one."""


@dataclass(frozen=True)
class Segment:
    """Gradients of one segment: for symbols used in it, the derivative of sum g_i c_i by each of their entries."""

    gradients: Mapping[str, np.ndarray]
    adjoints: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Components:
    """The derivatives of the loss by every entry of the wanted symbols, as SymPy expressions at explicit sizes."""

    sizes: Mapping[str, int]
    loss: np.ndarray
    segments: tuple[Segment, ...]
    entries: Mapping[str, np.ndarray]
    wanted: tuple[str, ...]

    def evaluate(self, values: Mapping[str, np.ndarray], at_kink: Fraction, digits: int) -> dict[str, Any]:
        """For every wanted symbol the matrix of dL/d(entry), as numbers with this many digits; under "" the loss.

        Args:
            values: for every symbol an object array of `Fraction` or mpmath numbers, in its 2-D shape.
            at_kink: the convention for the derivative at a kink.
        """
        numbers = Numbers(at_kink, digits)
        for key, names in self.entries.items():
            numbers.learn(names, values[key])
        totals: dict[str, Any] = {}
        for segment in self.segments:
            for key, names in segment.adjoints.items():
                numbers.learn(names, totals[key])
            for key, matrix in segment.gradients.items():
                found = _each(numbers.value, matrix)
                totals[key] = totals[key] + found if key in totals else found
        for key in self.wanted:  # what the loss does not depend on
            if key not in totals:
                totals[key] = _each(lambda _: numbers.number(0), self.entries[key])
        return totals | {"": _each(numbers.value, self.loss)}


def _each(rule: Callable, array: np.ndarray) -> np.ndarray:
    return np.frompyfunc(rule, 1, 1)(array)


def entries(symbol: Symbol, sizes: Mapping[str, int], prefix: str = "") -> np.ndarray:
    """The entries of a symbol as SymPy symbols, named `W_1[2,1]`, rows and columns counted from 1."""
    rows, cols = symbol.shape.sizes(sizes)
    # No assumptions on the symbols: SymPy spends half its time deducing from them.
    names = [[sp.Symbol(f"{prefix}{symbol.key}[{i + 1},{j + 1}]") for j in range(cols)] for i in range(rows)]
    return np.array(names, dtype=object)


def write_out(
    definitions: Sequence[Definition],
    loss: Symbol,
    given: Sequence[Symbol],
    wanted: Sequence[Symbol],
    sizes: Mapping[str, int],
    whole: int = WHOLE,
) -> Components:
    """Write the loss out and differentiate it by every entry of the symbols `wanted`, given or defined.

    Args:
        whole: segments are written out whole up to this product of dimensions; 0 cuts behind every definition.

    Raises:
        TooLarge: one definition alone has too many entries.
    """
    bounds = _cut(tuple(definitions), sizes, whole)  # before any entry is named: there may be too many
    writer = _Writer(tuple(definitions), loss, tuple(given), tuple(wanted), sizes)
    segments = tuple(writer.segment(start, stop) for start, stop in bounds)
    first, stop = bounds[0]
    written = writer.forward(first, stop)[loss.key]
    return Components(sizes, written, segments, writer.names, tuple(symbol.key for symbol in wanted))


def _cut(definitions: tuple[Definition, ...], sizes: Mapping[str, int], whole: int) -> list[tuple[int, int]]:
    """Ranges of definitions, from the loss backwards, each as long as its dimensions allow."""
    ranges: list[tuple[int, int]] = []
    stop = len(definitions)
    while stop:
        start = stop - 1
        if _volume(definitions[start:stop], sizes) > LARGEST:
            raise TooLarge(f"{definitions[start].symbol.latex} has too many entries to be written out one by one")
        while start and stop - start < LONGEST and _volume(definitions[start - 1 : stop], sizes) <= whole:
            start -= 1
        ranges.append((start, stop))
        stop = start
    return ranges


def _volume(definitions: Sequence[Definition], sizes: Mapping[str, int]) -> int:
    used = {symbol for d in definitions for symbol in (d.symbol, *symbols(d.expression))}
    return prod(sizes[name] for name in dimension_names(used))


@dataclass(frozen=True)
class _Writer:
    definitions: tuple[Definition, ...]
    loss: Symbol
    given: tuple[Symbol, ...]
    wanted: tuple[Symbol, ...]
    sizes: Mapping[str, int]

    def __post_init__(self) -> None:
        everything = (*self.given, *(d.symbol for d in self.definitions))
        object.__setattr__(self, "names", {s.key: entries(s, self.sizes) for s in everything})

    def forward(self, start: int, stop: int) -> dict[str, np.ndarray]:
        """Definitions start to stop, written over the entries of everything that is known before them."""
        known = {s.key: self.names[s.key] for s in (*self.given, *(d.symbol for d in self.definitions[:start]))}
        return forward(self.definitions[start:stop], known, self.sizes, SCALARS)

    def segment(self, start: int, stop: int) -> Segment:
        inside = self.definitions[start:stop]
        later = {symbol for d in self.definitions[stop:] for symbol in symbols(d.expression)}
        outputs = [d.symbol for d in inside if d.symbol in later and self._matters(d.symbol)]
        adjoints = {c.key: entries(c, self.sizes, "d") for c in outputs}
        scalars: dict[int, dict[sp.Symbol, list[sp.Expr]]] = {}
        gradients = {}
        for symbol in self._reached(inside, outputs):
            use = next((start + k for k, d in enumerate(inside) if symbol in symbols(d.expression)), None)
            if use is None:
                continue
            if use not in scalars:
                written = self.forward(use, stop)
                after = [c for c in outputs if any(d.symbol == c for d in self.definitions[use:stop])]
                terms = [g * c for s in after for g, c in _pairs(adjoints[s.key], written[s.key])]
                if self.loss.key in written:
                    terms.append(written[self.loss.key].item())
                scalars[use] = _by_symbol(terms)
            by_symbol = scalars[use]
            gradients[symbol.key] = _each(
                lambda name, by=by_symbol: sp.Add(*(t.diff(name) for t in by.get(name, ()))), self.names[symbol.key]
            )
        return Segment(gradients, adjoints)

    def _matters(self, symbol: Symbol) -> bool:
        """Whether the loss can depend on a wanted symbol through this one."""
        reached = set(self.wanted)
        for d in self.definitions:
            if reached & set(symbols(d.expression)):
                reached.add(d.symbol)
        return symbol in reached

    def _reached(self, inside: Sequence[Definition], outputs: Sequence[Symbol]) -> list[Symbol]:
        """What is differentiated by: the wanted symbols, and what earlier segments give to this one."""
        used = {symbol: None for d in inside for symbol in symbols(d.expression)}
        defined = {d.symbol for d in self.definitions}
        return [s for s in used if s in self.wanted or (s in defined and self._matters(s))]


def _pairs(left: np.ndarray, right: np.ndarray) -> Iterable[tuple[sp.Expr, sp.Expr]]:
    return zip(left.ravel(), right.ravel(), strict=True)


def _by_symbol(terms: Iterable[sp.Expr]) -> dict[sp.Symbol, list[sp.Expr]]:
    """The summands in which each symbol occurs: the others have derivative 0."""
    found: dict[sp.Symbol, list[sp.Expr]] = {}
    for whole in terms:
        for summand in sp.Add.make_args(whole):
            for name in summand.free_symbols:
                found.setdefault(name, []).append(summand)
    return found
