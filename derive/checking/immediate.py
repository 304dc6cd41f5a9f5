r"""Immediate derivatives: `\partial h_k / \partial W` of one step only, with the step before it held fixed.

Backpropagation through time is usually written as a sum over such derivatives, with the same sign as the total one.
"""

from __future__ import annotations

from typing import Any

from derive.checking.chains import Contracted
from derive.checking.program import Indices, Machine, row
from derive.reading.theory import Theory
from derive.terms.nodes import Symbol, Term, _SameShape, node
from derive.terms.walk import rebuild
from derive.terms.written import Derivative


@node
class Held(_SameShape):
    """A value that does not move with what a derivative is taken by."""


@row(Held)
def _held(machine: Machine, term: Held, indices: Indices) -> Any:
    return (machine.at or machine).value(term.args[0], indices)


def immediate(theory: Theory, term: Term) -> Term:
    """The term with every derivative of a step of a recurrence taken of that step only."""

    def rule(node: Term) -> Term:
        if isinstance(node, Derivative):
            of, by = node.args
            return node.with_args(_one_step(theory, of, by), by)
        if isinstance(node, Contracted):
            gradient, of, by = node.args
            return node.with_args(gradient, _one_step(theory, of, by), by)
        return node

    return rebuild(term, rule)


def _one_step(theory: Theory, of: Term, by: Term) -> Term:
    """What a step is defined as, with the other steps held; anything that is no step of a recurrence as it is."""
    if not isinstance(of, Symbol) or not of.indices or not isinstance(by, Symbol) or by.name == of.name:
        return of
    definition = theory.defined(of)
    if definition is None or definition.components:
        return of
    steps = {node for node in definition.expression.walk() if isinstance(node, Symbol) and node.name == of.name}
    if not steps:
        return of
    return rebuild(definition.expression, lambda node: Held((node,)) if node in steps else node)
