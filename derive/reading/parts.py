r"""Parts of definitions that have a name of their own: with q = x + y, `f = (x + y) z` is f = q z.

The value is the same. Only so does f depend on q, and `\partial f / \partial q = z` says what its author means.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from derive.reading.knowledge import Definition
from derive.terms import nodes
from derive.terms.walk import substitute


def with_named_parts(definitions: Sequence[Definition], variables: Collection[str]) -> list[Definition]:
    """The definitions with the names of their parts in them, where they speak of those names in no other way.

    Args:
        variables: the names that matter: those that something is differentiated by.
    """
    named = {
        definition.expression: definition.symbol
        for definition in definitions
        if definition.symbol.name in variables
        and not definition.components
        and not definition.symbol.indices and _is_composite(definition.expression)
    }
    return [_renamed(definition, named) for definition in definitions]


def _renamed(definition: Definition, named: dict) -> Definition:
    inner = {node for node in definition.expression.walk() if node != definition.expression}
    used = {node.name for node in inner if isinstance(node, nodes.Symbol)}
    found = {
        expression: replace(symbol, span=expression.span)
        for expression, symbol in named.items()
        if expression in inner and symbol.name not in used | {definition.symbol.name}
    }
    return replace(definition, expression=substitute(definition.expression, found)) if found else definition


def _is_composite(term: nodes.Term) -> bool:
    return len({node for node in term.walk() if isinstance(node, nodes.Symbol)}) > 0 and bool(term.args)
