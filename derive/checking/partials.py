r"""Derivatives that hold other names fixed: with c = a + b and b = e^a, many write `\partial c / \partial a = 1`.

So read, the factors of a chain rule with several paths count each path once. Where the document does not say so, a
derivative is the whole one, and this reading is a convention.
"""

from __future__ import annotations

from collections.abc import Mapping

from derive.checking.program import Indices, Machine, row
from derive.reading.theory import Theory
from derive.terms.nodes import Symbol, Term, node
from derive.terms.shapes import Misfit, Shape
from derive.terms.walk import rebuild, substitute
from derive.terms.written import Derivative


@node
class Held(Term):
    """A value that a derivative around it takes for a constant."""

    def infer_shape(self) -> Shape | Misfit:
        return self.args[0].shape

    @property
    def latex(self) -> str:
        return self.args[0].latex


@row(Held)
def _held(machine: Machine, term: Held, indices: Indices) -> object:
    return (machine.at or machine).value(term.args[0], indices)


def partial(term: Term, theory: Theory, uses: Mapping[str, frozenset[str]]) -> Term:
    """The term with every derivative of a defined name taken of its own definition, all other names in it held.

    Args:
        uses: for every defined name, the names that its value depends on.
    """

    def direct(inner: Term) -> Term:
        if not isinstance(inner, Derivative) or not all(isinstance(arg, Symbol) for arg in inner.args):
            return inner
        of, by = inner.args
        definition = theory.defined(of)
        if definition is None or definition.components or of == theory.loss or definition.symbol.indices != of.indices:
            return inner
        symbols = {each for each in definition.expression.walk() if isinstance(each, Symbol)}
        if by not in symbols:
            return inner
        held = {each: Held((each,)) for each in symbols if each != by and by.name in uses.get(each.name, ())}
        if not held:
            return inner
        return Derivative((substitute(definition.expression, held), by), inner.layout, span=inner.span)

    return rebuild(term, direct)
