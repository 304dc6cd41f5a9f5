"""Whether two expressions that have the same value here are the same expression: equal whatever their names stand for.

Names are freed of their definitions, and gradients of what they are gradients of; in an equation of numbers every
number is such a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derive.checking.chains import Contracted
from derive.checking.compare import compare
from derive.checking.points import Points
from derive.reading.theory import Theory
from derive.terms.dims import Dim
from derive.terms.nodes import Hadamard, Number, Symbol, Term, Total
from derive.terms.shapes import Shape
from derive.terms.walk import rebuild
from derive.terms.written import Derivative


def are_one(theory: Theory, seed: int, left: Term, right: Term, ranges: Mapping[str, Dim]) -> bool:
    """Whether two terms are equal with every name in them free; what cannot be decided is taken to be different."""
    numbers = not any(isinstance(node, Symbol) for term in (left, right) for node in term.walk())
    free = [_freed(term, numbers) for term in (left, right)]
    if free[0] == free[1]:
        return True
    if free[0].shape != free[1].shape:
        return False
    try:
        return compare(Points(replace(theory, definitions=[]), seed), *free, ranges).answer == "equal"
    except ValueError:  # without its definition a name may have other sizes than its place has
        return False


def _freed(term: Term, numbers: bool) -> Term:
    def go(node: Term) -> Term:
        if isinstance(node, Contracted):  # some linear map of its gradient
            gradient, of, by = node.args
            weights, result = (
                Symbol(name=f"free {name} of {of.latex} by {by.latex}", declared=shape)
                for name, shape in (("weights", gradient.shape), ("result", node.shape))
            )
            return Total((Hadamard((weights, gradient)),)) * result
        if isinstance(node, Derivative) and isinstance(node.shape, Shape):
            letters = {index for inner in node.walk() if isinstance(inner, Symbol) for index in inner.indices}
            return Symbol(name=f"free {node.latex}", declared=node.shape, indices=tuple(sorted(letters)))
        if numbers and isinstance(node, Number):
            return Symbol(name=f"number {node.value}", declared=node.shape)
        return node

    return rebuild(term, go)
