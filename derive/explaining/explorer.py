r"""What the page's explorer is given: the model as data, with the rule and the numbers to fill in on every edge.

Definitions are trees (`trees.py`), values are floats, formulas are LaTeX. Where a formula shows numbers it is a list of
LaTeX and of holes, `{"tree": ...}`, that the page evaluates with its own numbers, so that the sentence
"incoming x local = outgoing" stays true when a reader changes them. The page computes gradients by its own engine and
takes none from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from derive.explaining.graph import DATA, LOSS, PARAMETER, RESULT, Graph, by_entry
from derive.explaining.plain import plain_math
from derive.explaining.trees import Tree, tree
from derive.explaining.unrolled import entry, unrolled
from derive.explaining.written import FORWARD, GRADIENT, braced, colored, filled
from derive.models.model import Model
from derive.symbolic.derivation import Derivation, Edge, differentiate
from derive.terms import nodes
from derive.terms.definitions import Definition
from derive.terms.nodes import Adjoint, Component, Symbol, Term
from derive.terms.walk import symbols
from derive.verify.points import Point

SCHEMA = "derive-explorer/1"
# Around the number of a hole, in LaTeX: letters that the printer never writes.
_HOLE = re.compile("\u27e6(\\d+)\u27e7")


@dataclass(frozen=True)
class Program:
    """What the page computes: definitions in order, what they start from, and the adjoints of their symbols.

    In a graph that draws every example these are the definitions by entries, else the model's own.
    """

    model: Model
    definitions: tuple[Definition, ...]
    given: tuple[Symbol, ...]
    derivation: Derivation
    sizes: Mapping[str, int]
    values: Mapping[str, Any]

    def adjoint(self, symbol: Symbol) -> Symbol | None:
        """None for data, and for the loss."""
        return next((step.adjoint for step in self.derivation.steps if step.symbol == symbol), None)

    def edges(self, definition: Definition) -> Iterator[Edge]:
        """The uses of symbols in a definition through which a gradient goes back."""
        return (edge for step in self.derivation.steps for edge in step.edges if edge.user == definition)

    def role(self, symbol: Symbol) -> str:
        return (
            LOSS if symbol == self.model.loss
            else PARAMETER if symbol in self.model.parameters
            else DATA if symbol in self.given
            else RESULT
        )  # fmt: skip


def program(model: Model, derivation: Derivation, point: Point) -> Program:
    """The program of a model at a point."""
    floats = {key: array.astype(float) for key, array in point.values.items()}
    if not by_entry(model, point.sizes):
        return Program(model, model.definitions, model.given, derivation, point.sizes, floats)
    count = max(point.sizes[name] for name in model.dimensions)
    definitions = unrolled(model, count)
    data = tuple(entry(symbol, i) for symbol in (model.inputs, model.targets) for i in range(1, count + 1))
    values = {
        entry(symbol, i).key: floats[symbol.key][i - 1 : i]
        for symbol in (model.inputs, model.targets)
        for i in range(1, count + 1)
    }
    values |= {symbol.key: floats[symbol.key] for symbol in model.parameters}
    whole = differentiate(definitions, model.loss, model.parameters)
    return Program(model, definitions, (*data, *model.parameters), whole, point.sizes, values)


def explorer(program: Program, graph: Graph, rate: float) -> dict[str, Any]:
    """The program as JSON-able data, schema `derive-explorer/1`.

    Args:
        graph: the one that the page draws; definitions that it leaves out are named under `hidden`.
        rate: the learning rate to start with.
    """
    shown = {node.key for node in graph.nodes}
    return {
        "schema": SCHEMA,
        "model": program.model.name,
        "loss": program.model.loss.key,
        "reluAtZero": {"0": 0.0, "1/2": 0.5, "1": 1.0}[program.model.at_kink],
        "rate": rate,
        "binary": program.model.binary,
        "symbols": {symbol.key: _symbol(symbol, program) for symbol in _symbols(program)},
        "values": {key: value.tolist() for key, value in program.values.items()},
        "definitions": [_definition(definition, program) for definition in program.definitions],
        "hidden": [d.symbol.key for d in program.definitions if d.symbol.key not in shown],
    }


def _symbols(program: Program) -> Iterator[Symbol]:
    yield from program.given
    yield from (definition.symbol for definition in program.definitions)


def _symbol(symbol: Symbol, program: Program) -> dict[str, Any]:
    rows, columns = symbol.shape.sizes(program.sizes)
    adjoint = program.adjoint(symbol)
    loss = program.model.loss
    gradient = adjoint.latex if adjoint else rf"\frac{{\partial {loss.latex}}}{{\partial {symbol.latex}}}"
    return {
        "latex": symbol.latex,
        "plain": plain_math(symbol.latex),
        "role": program.role(symbol),
        "rows": rows,
        "columns": columns,
        "gradient": gradient,
        "gradientPlain": plain_math(gradient),
        "adjoint": adjoint.key if adjoint else None,
    }


def _definition(definition: Definition, program: Program) -> dict[str, Any]:
    return {
        "symbol": definition.symbol.key,
        "index": definition.index,
        "tree": tree(definition.expression, program.sizes),
        "uses": [symbol.key for symbol in symbols(definition.expression)],
        "latex": definition.latex,
        "plain": plain_math(definition.latex),
        "edges": [_edge(edge, program) for edge in program.edges(definition)],
    }


def _edge(edge: Edge, program: Program) -> dict[str, Any]:
    by_index = edge.index or edge.user.index
    return {
        "to": edge.symbol.key,
        "rule": edge.contribution.latex,
        "name": _name(edge, program),
        "numbers": None if edge.index else _scalars(edge, program) if _is_scalar(edge) else _numbers(edge, program),
        "scalar": _is_scalar(edge) and not by_index,
    }


def _is_scalar(edge: Edge) -> bool:
    return edge.symbol.is_scalar and edge.user.symbol.is_scalar and not edge.user.index and edge.jacobian is not None


def _name(edge: Edge, program: Program) -> str:
    """What goes out: the adjoint itself, unless other uses of the symbol have a part in it."""
    adjoint = program.adjoint(edge.symbol)
    several = sum(other.symbol == edge.symbol for d in program.definitions for other in program.edges(d)) > 1
    target = Component((adjoint,), nodes.Index(edge.index)) if edge.index else adjoint
    return rf"\text{{part of }} {target.latex}" if several else target.latex


def _scalars(edge: Edge, program: Program) -> list[Any]:
    r"""`incoming \cdot local`, both numbers, with their names under them."""
    loss, user = program.model.loss, edge.user.symbol
    over = loss if isinstance(edge.incoming, nodes.Number) else user
    incoming: Tree = ["number", 1.0] if over == loss else ["symbol", edge.incoming.key]
    name = rf"\partial {loss.latex}/\partial {over.latex}"
    local = rf"\partial {user.latex}/\partial {edge.symbol.latex} = {edge.jacobian.latex}"
    return _split(
        braced(colored(GRADIENT, "\u27e60\u27e7"), name)
        + r"\cdot "
        + braced(colored(FORWARD, "\u27e61\u27e7"), local).removesuffix(r"\,"),
        [{"tree": incoming, "as": "factor"}, {"tree": tree(edge.jacobian, program.sizes), "as": "factor"}],
    )


def _numbers(edge: Edge, program: Program) -> list[Any]:
    """The rule with a value in the place of every factor."""
    holes: list[dict[str, Any]] = []

    def hole(term: Term, kind: str, **more: Any) -> str:
        holes.append({"tree": tree(term, program.sizes), "as": kind, **more})
        return f"\u27e6{len(holes) - 1}\u27e7"

    def over(term: Term) -> str | None:
        if isinstance(term, nodes.Total | nodes.SquaredNorm):
            return colored(FORWARD, hole(term.args[0], "sum" if isinstance(term, nodes.Total) else "squares"))
        if isinstance(term, nodes.Sum):
            return colored(FORWARD, hole(term.args[0], "sum", index=term.index, upper=term.upper.size(program.sizes)))
        return None

    incoming = edge.incoming if isinstance(edge.incoming, Symbol) else None
    text = filled(edge.contribution, program.sizes, over, lambda term: hole(term, "factor"), incoming)
    if edge.contribution == edge.incoming:
        text = rf"1 \cdot {text}"
    elif incoming is None and not isinstance(edge.incoming, Adjoint | Component):
        loss = program.model.loss.latex
        start = braced(colored(GRADIENT, "1"), rf"\partial {loss}/\partial {loss}")
        text = rf"{start} \cdot \left({text}\right)" if " + " in text else rf"{start} \cdot {text}"
    return _split(text, holes)


def _split(text: str, holes: list[dict[str, Any]]) -> list[Any]:
    parts = _HOLE.split(text)
    return [holes[int(part)] if place % 2 else part for place, part in enumerate(parts) if place % 2 or part]
