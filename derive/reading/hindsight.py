r"""What later lines say of an inferred shape: b of `\hat{y} = X w + b` is a number, if its gradient is one.

A summand is taken to have the shape of the sum. Where nothing declares it and every line with its gradient has a number
on the other side, it is a number, which is added to every entry; the document is read again with that.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.reading.decimals import is_numeric
from derive.reading.elaborate import Missing, elaborate
from derive.reading.errors import Unread
from derive.reading.knowledge import Link, Theory
from derive.terms.nodes import Symbol
from derive.terms.shapes import Shape
from derive.terms.written import Derivative


class Numbers(Exception):
    """Names that were inferred to be vectors and are numbers."""

    def __init__(self, names: frozenset[str]):
        super().__init__(", ".join(sorted(names)))
        self.names = names


def reconsider(links: Sequence[Link], theory: Theory) -> None:
    """Look at the gradients by inferred vectors. Raises Numbers: some of them are numbers."""
    inferred = {learned.core for learned in theory.learned if learned.how == "inferred" and _is_vector(learned.shape)}
    said: dict[str, set[bool]] = {}
    for link in links if inferred else ():
        if link.relation not in ("=", ":=") or link.unread or is_numeric(link.right):
            continue  # a number may stand for a vector of them, as in a demand
        try:
            left, right = (elaborate(side, theory.scope())[0].term for side in (link.left, link.right))
        except (Unread, Missing):
            continue
        by = left.args[1] if isinstance(left, Derivative) and left.args[0].is_scalar else None
        if isinstance(by, Symbol) and by.name in inferred and isinstance(right.shape, Shape):
            said.setdefault(by.name, set()).add(right.shape.is_scalar)
    if found := frozenset(name for name, scalar in said.items() if scalar == {True}):
        raise Numbers(found)


def _is_vector(shape: Shape | None) -> bool:
    return shape is not None and shape.is_vector
