"""Nodes that people write in documents and that no built-in model needs: derivatives, softmax, slices, indicators.

They are terms like the others: frozen, with a shape or the reason why they have none, printed and evaluated by rows in
the same tables.
"""

from __future__ import annotations

from typing import ClassVar

from derive.terms.dims import ONE, Dim
from derive.terms.indices import Index
from derive.terms.nodes import Term, _Entrywise, _SameShape, node
from derive.terms.shapes import SCALAR, Misfit, Shape


@node
class Derivative(Term):
    """d(first argument) / d(second argument).

    A scalar by anything has the shape of the variable (`layout` "gradient"), or its transpose ("jacobian"); a vector by
    a vector is rows by variable ("jacobian") or variable by rows ("gradient"); anything by a scalar keeps its shape.
    """

    layout: str = "gradient"

    def infer_shape(self) -> Shape | Misfit:
        of, by = (arg.shape for arg in self.args)
        turned = self.layout == "jacobian"
        if by.is_scalar:
            return of
        if of.is_scalar:
            return by.T if turned else by
        if ONE in (of.rows, of.cols) and ONE in (by.rows, by.cols):
            rows, cols = of.rows * of.cols, by.rows * by.cols
            return Shape(rows, cols) if turned else Shape(cols, rows)
        return Misfit("a derivative with more than two axes has no matrix", *self.args)


@node
class Softmax(_SameShape):
    """exp(a) / sum exp(a) along one axis: "rows" sums over the rows of each column, "columns" over each row."""

    axis: str = "rows"


@node
class Compare(_Entrywise):
    """1 where the relation between the two arguments is true, else 0; entry by entry."""

    relation: str = ">"
    problem: ClassVar[str] = "a comparison needs equal shapes"


@node
class IndexRelation(Term):
    """1 where a relation between two indices is true (Kronecker's delta for `=`), else 0."""

    left: Index = Index("", 1)
    right: Index = Index("", 1)
    relation: str = "="

    def infer_shape(self) -> Shape:
        return SCALAR


@node
class IndexNumber(Term):
    r"""The number that an index stands for: the second `i` of `\sum_i i x_i`."""

    index: Index = Index("", 1)

    def infer_shape(self) -> Shape:
        return SCALAR


@node
class Slice(Term):
    """A row `X_{i,:}` or a column `X_{:,j}` of a matrix, as it lies in it."""

    row: Index | None = None
    column: Index | None = None

    def infer_shape(self) -> Shape:
        shape = self.args[0].shape
        return Shape(ONE if self.row else shape.rows, ONE if self.column else shape.cols)


@node
class ProductOver(Term):
    """The product of a term over an index, factors in the order of the index."""

    index: str = "i"
    lower: Index = Index("", 1)
    upper: Index | Dim = ONE

    def infer_shape(self) -> Shape | Misfit:
        (arg,) = self.args
        return arg.shape if arg.shape.is_square else Misfit("a product of powers needs a square matrix", arg)


@node
class Block(Term):
    """Entries written out in rows and columns; `columns` cells per row. Cells may be blocks of conforming shapes."""

    columns: int = 1

    def infer_shape(self) -> Shape | Misfit:
        shapes = [arg.shape for arg in self.args]
        first = self.args[: self.columns]
        rows, cols = Dim(), Dim()
        for place in range(0, len(shapes), self.columns):
            line = self.args[place : place + self.columns]
            height = line[0].shape.rows
            for arg, above in zip(line, first, strict=True):
                if arg.shape.rows != height or arg.shape.cols != above.shape.cols:
                    return Misfit("the cells of a block matrix do not fit", line[0], arg)
            rows = rows + height
        for arg in first:
            cols = cols + arg.shape.cols
        return Shape(rows, cols)
