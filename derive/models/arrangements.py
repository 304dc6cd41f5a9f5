"""How examples lie in an array: one as a column vector, or a batch in columns or in rows. One row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.models.model import symbol
from derive.terms.dims import Dim
from derive.terms.nodes import Size, Symbol, Term, ones


@dataclass(frozen=True)
class Arrangement:
    """`affine(W, x, b)` is the layer; `shape` and `weight` give shapes from the sizes of one example."""

    name: str
    batch: bool
    shape: Callable[[str], str]
    weight: Callable[[str, str], str]
    affine: Callable[[Term, Term, Term], Term]

    def variable(self, name: str, size: str, latex: str | None = None) -> Symbol:
        """A symbol that holds one vector per example: lower case for one example, upper case for a batch."""
        if self.batch:
            name = name[0].upper() + name[1:]
            latex = latex and latex.replace("y", "Y")
        return symbol(name, self.shape(size), latex)

    @property
    def count(self) -> Term | None:
        """The number of examples, where there is a batch."""
        return Size(dim=Dim.of("n")) if self.batch else None


ARRANGEMENTS = {
    row.name: row
    for row in (
        Arrangement(
            "example",
            False,
            shape=lambda size: size,
            weight=lambda out, into: f"{out} x {into}",
            affine=lambda W, x, b: W @ x + b,  # z = W x + b
        ),
        Arrangement(
            "columns",
            True,
            shape=lambda size: f"{size} x n",
            weight=lambda out, into: f"{out} x {into}",
            affine=lambda W, X, b: W @ X + b @ ones("n").T,  # Z = W X + b 1^T
        ),
        Arrangement(
            "rows",
            True,
            shape=lambda size: f"n x {size}",
            weight=lambda out, into: f"{into} x {out}",
            affine=lambda W, X, b: X @ W + ones("n") @ b.T,  # Z = X W + 1 b^T
        ),
    )
}

