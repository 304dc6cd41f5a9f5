r"""Along which axis a softmax of a matrix is taken: the one of the classes, or of what a query attends to."""

from __future__ import annotations

from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.readings import Scope
from derive.reading.symbols import resolved
from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape


def softmax_axis(a: Term, scope: Scope, span: syntax.Span) -> str:
    """The axis of the classes: examples lie along the axis whose dimension no vector of the document has.

    Raises:
        Unread: neither the dimensions nor the way in which the matrix is made say which axis that is.
    """
    shape = a.shape
    if shape.cols == ONE:
        return "rows"
    if shape.rows == ONE:
        return "columns"
    features = {
        f.shape.rows if f.shape.cols == ONE else f.shape.cols
        for families in scope.names.families.values()
        for f in families
        if f.shape is not None and (f.shape.rows == ONE) != (f.shape.cols == ONE)
    }
    features = {resolved(Shape(dim), scope).rows for dim in features}
    generic = {name.split("_")[0] for dim in features for name in dim.names()}

    def is_feature(dim: Dim) -> bool:
        return dim in features or any(name.split("_")[0] in generic and "_" in name for name in dim.names())

    if is_feature(shape.rows) != is_feature(shape.cols):
        return "rows" if is_feature(shape.rows) else "columns"
    if pairwise(a, scope.scores):
        return "columns"
    raise Unread("it is not known along which axis this softmax is taken", span)


def pairwise(term: Term, scores: frozenset[str]) -> bool:
    r"""Whether a matrix scores the rows of one matrix against those of another, `Q K^T / \\sqrt d`: row by row then.

    Args:
        scores: names of symbols that are defined so.
    """
    match term:
        case Symbol():
            return term.name in scores
        case nodes.Add() | nodes.Neg():
            return any(pairwise(arg, scores) for arg in term.args)
        case nodes.Quotient():
            return term.args[1].is_scalar and pairwise(term.args[0], scores)
        case nodes.Product():
            matrices = [arg for arg in term.args if not arg.is_scalar]
            if len(matrices) == 1:
                return pairwise(matrices[0], scores)
            turned = bool(matrices) and isinstance(matrices[-1], nodes.Transpose)
            return turned and _are_keys(matrices[-1].args[0], matrices[0])
    return False


def _are_keys(term: Term, first: Term) -> bool:
    """Whether what stands transposed holds keys: the other matrix again, or one called K. `W X^T` is a linear layer."""
    return term == first or (isinstance(term, Symbol) and term.name.startswith("K"))
