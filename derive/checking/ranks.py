r"""Sizes at which what is inverted can be inverted: X^T X, of X in R^{n x d}, has an inverse only where d <= n.

Nobody who writes `(X^\top X)^{-1}` says so, and everybody means it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.nodes import Term
from derive.terms.shapes import Shape

Ordered = frozenset[tuple[Dim, Dim]]  # (a, b): a is at most b


def full_rank(terms: Iterable[Term], bodies: Mapping[str, Term]) -> Ordered:
    """Which dimensions are at most which others, for the matrices that are inverted in terms.

    Args:
        bodies: what symbols are defined as, by name.
    """
    return frozenset(
        (node.args[0].shape.rows, bound)
        for term in terms
        for node in term.walk()
        if isinstance(node, nodes.Inverse | nodes.Determinant) and isinstance(node.args[0].shape, Shape)
        for bound in _bounds(node.args[0], bodies)
        if bound != node.args[0].shape.rows
    )


def _bounds(term: Term, bodies: Mapping[str, Term]) -> Iterator[Dim]:
    """Dimensions that the rank of a term is at most; a sum of terms may have any rank."""
    match term:
        case nodes.Symbol() if term.name in bodies:
            others = {name: body for name, body in bodies.items() if name != term.name}
            yield from _bounds(bodies[term.name], others)
        case nodes.Neg() | nodes.Transpose():
            yield from _bounds(term.args[0], bodies)
        case nodes.Quotient():
            yield from _bounds(term.args[0], bodies)
        case nodes.Product():
            factors = [arg for arg in term.args if not arg.is_scalar]
            for left, right in itertools.pairwise(factors):
                if isinstance(left.shape, Shape) and isinstance(right.shape, Shape):
                    yield left.shape.cols
            for factor in factors:
                if isinstance(factor, nodes.Sum | nodes.Product | nodes.Symbol):
                    yield from _bounds(factor, bodies)
        case nodes.Sum() if ONE in set(_bounds(term.args[0], bodies)) and isinstance(term.upper, Dim):
            yield term.upper  # as many outer products
