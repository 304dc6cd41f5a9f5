"""Definitions by entries, written out: one definition of scalars for every example, and one for every term of a sum.

The names are those of the graph that draws every entry as a node (`graph.py`): `yhat_2`, `x_2`, and `term_2` for what
example 2 adds to the loss.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.models.model import Model
from derive.terms import nodes
from derive.terms.definitions import Definition
from derive.terms.nodes import Component, Symbol, Term
from derive.terms.walk import at_indices, rebuild, substitute


def entry(symbol: Symbol, i: int) -> Symbol:
    """The i-th entry of a vector as a scalar symbol of its own."""
    latex = f"{symbol.latex}_{i}" if i < 10 else f"{symbol.latex}_{{{i}}}"
    return Symbol(name=f"{symbol.key}_{i}", latex_name=latex)


def summand(i: int) -> Symbol:
    r"""What example i adds to the loss, `\ell_i`."""
    return Symbol(name=f"term_{i}", latex_name=rf"\ell_{i}" if i < 10 else rf"\ell_{{{i}}}")


def unrolled(model: Model, count: int) -> tuple[Definition, ...]:
    """The definitions of a model of `count` examples as definitions of scalars, in order."""
    return tuple(_written_out(model, count))


def _written_out(model: Model, count: int) -> Iterator[Definition]:
    for definition in model.definitions:
        sums = [node for node in definition.expression.walk() if isinstance(node, nodes.Sum)]
        if definition.index:
            for i in range(1, count + 1):
                yield Definition(entry(definition.symbol, i), _scalars(definition.expression, definition.index, i))
        elif sums:
            (total,) = sums
            for i in range(1, count + 1):
                yield Definition(summand(i), _scalars(total.args[0], total.index, i))
            terms = nodes.add(tuple(summand(i) for i in range(1, count + 1)))
            yield Definition(definition.symbol, substitute(definition.expression, {total: terms}))
        else:
            yield definition


def _scalars(term: Term, index: str, i: int) -> Term:
    def named(node: Term) -> Term:
        return entry(node.args[0], node.row.offset) if isinstance(node, Component) else node

    return rebuild(at_indices(term, {index: i}), named)
