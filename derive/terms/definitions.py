"""Definitions: `symbol := expression`, in an order in which every name is known before it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from derive.terms import nodes
from derive.terms.arithmetic import NUMPY, Arithmetic
from derive.terms.dims import Dim
from derive.terms.evaluate import Scope
from derive.terms.indices import Index
from derive.terms.nodes import Component, Symbol, Term
from derive.terms.shapes import SCALAR, Misfit, Shape, ShapeError
from derive.terms.walk import symbols


@dataclass(frozen=True)
class Definition:
    """`symbol := expression`; with an index, `symbol_i := expression` for every entry of a column vector.

    A member of a family by letters, z^{(i)}, is defined for all members: `ranges` says how far each letter runs.
    """

    symbol: Symbol
    expression: Term
    index: str | None = None
    ranges: tuple[tuple[str, Dim], ...] = ()

    @property
    def target(self) -> Term:
        """The left side as it is written."""
        return Component((self.symbol,), Index(self.index)) if self.index else self.symbol

    @property
    def latex(self) -> str:
        return f"{self.target.latex} = {self.expression.latex}"

    def check(self) -> None:
        """Raises ShapeError, with both shapes named, where the sides do not conform."""
        where = f"in the definition of {self.symbol.latex}"
        if isinstance(self.expression.shape, Misfit):
            raise ShapeError(self.expression.shape, where)
        wanted = SCALAR if self.index else self.symbol.shape
        if self.expression.shape != wanted:
            raise ShapeError(Misfit("the two sides differ in shape", self.target, self.expression), where)


def check_definitions(definitions: Iterable[Definition], given: Iterable[Symbol]) -> None:
    """Every definition conforms and uses only what is given or was defined before it.

    Raises:
        ShapeError: shapes do not conform; the message names both.
        ValueError: a name is unknown, defined twice, or used with another shape than its own.
    """
    known: dict[str, Shape] = {symbol.key: symbol.shape for symbol in given}
    for definition in definitions:
        for symbol in symbols(definition.expression):
            if symbol.key not in known:
                where = f"in the definition of {definition.symbol.latex}"
                raise ValueError(f"{symbol.latex} is used {where} before it is known")
            if symbol.shape != known[symbol.key]:
                raise ShapeError(
                    Misfit("one name with two shapes", symbol, nodes.ones(known[symbol.key])),
                    f"in the definition of {definition.symbol.latex}",
                )
        if definition.symbol.key in known:
            raise ValueError(f"{definition.symbol.latex} is defined twice")
        definition.check()
        known[definition.symbol.key] = definition.symbol.shape


def dimension_names(terms: Iterable[Term]) -> tuple[str, ...]:
    """The named dimensions in the shapes of these terms, in the order of first appearance."""
    found: dict[str, None] = {}
    for term in terms:
        for dim in (term.shape.rows, term.shape.cols) if isinstance(term.shape, Shape) else ():
            found.update(dict.fromkeys(dim.names()))
    return tuple(found)


def forward(
    definitions: Iterable[Definition],
    values: Mapping[str, Any],
    sizes: Mapping[str, int],
    arithmetic: Arithmetic = NUMPY,
) -> dict[str, Any]:
    """The values of all symbols, the given ones and those that the definitions give, in their order."""
    known = dict(values)
    for definition in definitions:
        scope = Scope(arithmetic, known, sizes)
        if definition.index is None:
            known[definition.symbol.key] = scope.evaluate(definition.expression)
        else:
            rows, _ = definition.symbol.shape.sizes(sizes)
            entries = [
                Scope(arithmetic, known, sizes, {definition.index: i}).evaluate(definition.expression)
                for i in range(1, rows + 1)
            ]
            known[definition.symbol.key] = arithmetic.stack(entries)
    return known
