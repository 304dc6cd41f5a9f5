"""Index letters that count along two axes of different length: `\\sum_k G_{ik} W_{kj}` where W has other rows."""

from __future__ import annotations

from collections.abc import Mapping

from derive.reading.theory import Theory
from derive.reading.unify import places
from derive.terms.dims import Dim
from derive.terms.nodes import Term


def astray(theory: Theory, term: Term, ranges: Mapping[str, Dim]) -> str | None:
    """Why an index in a term does not fit, or None.

    Only dimensions that shapes are made of are told apart: how the bound of a sum that the document mentions nowhere
    else compares with an axis is not known.

    Args:
        ranges: how far the free letters run.
    """
    known = _dimensions(theory)
    for component, index, axis, run in places(term, dict(ranges)):
        if run != axis and _is_name(run, known) and _is_name(axis, known):
            return f"the index {index} runs to {run}, and stands for one up to {axis} in {component.latex}"
    return None


def _dimensions(theory: Theory) -> frozenset[str]:
    shapes = [family.shape for families in theory.names.families.values() for family in families]
    dims = (dim for shape in shapes if shape is not None for dim in (shape.rows, shape.cols))
    return frozenset(atom.name for dim in dims for monomial, _ in dim.monomials for atom in monomial)


def _is_name(dim: Dim, known: frozenset[str]) -> bool:
    """Whether a dimension is one name and no more, `n` or `n_2`, that a shape of the document has."""
    if len(dim.monomials) != 1:
        return False
    ((monomial, factor),) = dim.monomials
    return factor == 1 and len(monomial) == 1 and monomial[0].name in known
