"""Shapes, and the reason why a term has none. Everything is a matrix: a column vector is `d x 1`, a scalar `1 x 1`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from derive.terms.dims import ONE, Dim
from derive.terms.indices import Indices


@dataclass(frozen=True, slots=True)
class Shape:
    """`rows x cols`. A scalar is 1 x 1 for every choice of dimensions, not by the luck of a draw."""

    rows: Dim = ONE
    cols: Dim = ONE

    @classmethod
    def of(cls, value: Shape | str | tuple) -> Shape:
        """A shape from itself, from a pair, or from text in the language of declarations.

        `"scalar"` and `"1"` are a scalar, `"d"` is a column vector, `"h x d"` a matrix, `"1 x n"` a row vector.

        Raises:
            ValueError: the text is no shape.
        """
        if isinstance(value, Shape):
            return value
        if isinstance(value, tuple):
            rows, cols = value
            return cls(Dim.of(rows), Dim.of(cols))
        text = value.strip()
        if text == "scalar":
            return SCALAR
        parts = [part for part in re.split(r"\s+x\s+|\s*×\s*|\s*\\times\s*", text)]
        if len(parts) > 2 or not all(parts):
            raise ValueError(f"expected a shape such as scalar, d, h x d or 1 x n, found {text!r}")
        return cls(Dim.of(parts[0]), Dim.of(parts[1]) if len(parts) == 2 else ONE)

    @property
    def is_scalar(self) -> bool:
        return self.rows.monomials == self.cols.monomials == ONE.monomials

    @property
    def is_vector(self) -> bool:
        return self.cols == ONE and not self.is_scalar

    @property
    def is_square(self) -> bool:
        return self.rows == self.cols

    @property
    def T(self) -> Shape:
        return Shape(self.cols, self.rows)

    def at(self, indices: Indices) -> Shape:
        """The shape with the indices of its dimensions replaced."""
        rows, cols = self.rows.at(indices), self.cols.at(indices)
        return self if rows is self.rows and cols is self.cols else Shape(rows, cols)

    def sizes(self, sizes: Mapping[str, int]) -> tuple[int, int]:
        """(rows, columns) as numbers. Raises KeyError where a dimension has no size."""
        return self.rows.size(sizes), self.cols.size(sizes)

    def __str__(self) -> str:
        if self.is_scalar:
            return "scalar"
        return str(self.rows) if self.cols == ONE else f"{self.rows} x {self.cols}"

    @property
    def latex(self) -> str:
        return f"{self.rows.latex} \\times {self.cols.latex}"


SCALAR = Shape()


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a term has no shape: the two operands that do not go together, and what was asked of them."""

    problem: str
    left: object
    right: object = None

    def __str__(self) -> str:
        shapes = [f"{operand.latex} is {_paper(operand.shape)}" for operand in (self.left, self.right) if operand]
        return f"{self.problem}: {', '.join(shapes)}"


def _paper(shape: Shape) -> str:
    return f"{shape.rows} x {shape.cols}"


class ShapeError(ValueError):
    """A term without a shape stands where one is needed. The message names both shapes."""

    def __init__(self, misfit: Misfit, where: str = ""):
        super().__init__(f"{where}: {misfit}" if where else str(misfit))
        self.misfit = misfit
