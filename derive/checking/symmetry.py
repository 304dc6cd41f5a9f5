r"""The symmetry that authors leave unsaid: `\nabla_x x^\top A x = 2 A x` is true where A is symmetric.

It is taken for meant only of the matrix of a quadratic form, and only in a document that never writes its transpose:
a factor that lacks a transpose is a fault, and not a convention.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from derive.checking.moved import Moved
from derive.checking.points import Points
from derive.checking.program import Machine
from derive.checking.uses import used_by
from derive.terms import nodes
from derive.terms.nodes import Symbol, Term
from derive.terms.written import Derivative

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_SYMMETRIC = re.compile(r"(?<!not )(?<!n't )(?<!non)(?<!non-)(?<![A-Za-z])symmetric\b", re.IGNORECASE)


class Symmetric(Moved):
    """The points of a document with some matrices made symmetric."""

    def __init__(self, points: Points, matrices: Iterable[Symbol]):
        super().__init__(points)
        self.matrices = tuple(matrices)

    def moved(self, drawn: Machine) -> Machine:
        """The point with the symmetric part of each matrix in its place."""
        values = {matrix: np.asarray(drawn.symbol(matrix, {}), dtype=float) for matrix in self.matrices}
        return drawn.at_values({matrix: (value + value.T) / 2 for matrix, value in values.items()})


def said_to_be_symmetric(text: str, matrix: Symbol) -> bool:
    """Whether a sentence of the text speaks of a matrix and calls something symmetric."""
    name, prose = re.escape(matrix.latex), _FRONT_MATTER.sub("", text)
    for sentence in re.split(r"(?<=[.!?])\s|\n\s*\n", prose):
        if re.search(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])", sentence) and _SYMMETRIC.search(sentence):
            return True
    return False


def quadratic_forms(points: Points, claims: Iterable[Term], written: Iterable[Term]) -> tuple[Symbol, ...]:
    """The matrices of quadratic forms that terms speak of, themselves or by a definition, in the order of their names.

    Args:
        claims: the sides of the claim.
        written: all other terms of the document: a transpose there says that the matrix is not symmetric.
    """
    claims = list(claims)
    used = used_by(points.uses, *claims)
    defined = [body for name, body in points.bodies.items() if name in used]
    forms = {matrix.name: matrix for term in (*claims, *defined) for matrix in _matrices(term)}
    derived = {by.name for term in claims for by in _variables(term)}
    free = forms.keys() - points.bodies.keys() - derived
    if free:
        free -= {name for term in (*claims, *points.bodies.values(), *written) for name in _transposed(term)}
    return tuple(forms[name] for name in sorted(free) if "symmetric" not in points.theory.assumed(forms[name]))


def _matrices(term: Term) -> Iterator[Symbol]:
    r"""The A of every `u^\top A u` and `u^\top A^{-1} u` in a term."""
    for node in term.walk():
        if not isinstance(node, nodes.Product):
            continue
        factors = [arg for arg in _flat(node) if not arg.is_scalar]
        for left, matrix, right in zip(factors, factors[1:], factors[2:], strict=False):
            if isinstance(matrix, nodes.Inverse):
                (matrix,) = matrix.args
            single = isinstance(matrix, Symbol) and not any(not index.is_number for index in matrix.indices)
            if single and matrix.shape.is_square and left == nodes.Transpose((right,)):
                yield matrix


def _flat(product: Term) -> Iterator[Term]:
    for arg in product.args:
        if isinstance(arg, nodes.Product):
            yield from _flat(arg)
        else:
            yield arg


def _variables(term: Term) -> Iterator[Symbol]:
    for node in term.walk():
        if isinstance(node, Derivative):
            by = node.args[1]
            yield by.args[0] if isinstance(by, nodes.Component) else by


def _transposed(term: Term) -> Iterator[str]:
    """Names of what stands transposed in a term, alone or inverted."""
    for node in term.walk():
        if isinstance(node, nodes.Transpose):
            inner = node.args[0].args[0] if isinstance(node.args[0], nodes.Inverse) else node.args[0]
            if isinstance(inner, Symbol):
                yield inner.name
