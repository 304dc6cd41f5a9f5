"""Cells of a notebook, and the lines of code that several of them share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.explaining.code import name
from derive.models.model import Model
from derive.terms import nodes
from derive.terms.nodes import Symbol, Term


@dataclass(frozen=True)
class Cell:
    """One cell. `hidden`: its source is folded away until somebody asks for it; `tag` says what it is for."""

    name: str
    text: str
    code: bool
    hidden: bool = False
    tag: str = ""

    def made(self, identity: str) -> Any:
        """As a cell of nbformat."""
        import nbformat

        metadata: dict[str, Any] = {"jupyter": {"source_hidden": True}, "collapsed": True} if self.hidden else {}
        metadata |= {"tags": [self.tag]} if self.tag else {}
        new = nbformat.v4.new_code_cell if self.code else nbformat.v4.new_markdown_cell
        return new(self.text, id=identity, metadata=metadata)


def prose(name: str, text: str) -> Cell:
    """Markdown."""
    return Cell(name, text.strip("\n"), code=False)


def code(name: str, text: str, *, hidden: bool = False, tag: str = "") -> Cell:
    """Python."""
    return Cell(name, text.strip("\n"), code=True, hidden=hidden, tag=tag)


def function(called: str, taken: str, body: Iterable[str]) -> str:
    """A function of Python."""
    return "\n".join([f"def {called}({taken}):", *(f"    {line}" for line in body)])


def arguments(symbols: Iterable[Symbol], *, called: bool = False) -> str:
    """`X, y, w`, or `X=X, y=y, w=w` where they are handed on."""
    names = [name(symbol.key) for symbol in symbols]
    return ", ".join(f"{each}={each}" if called else each for each in names)


def count_line(model: Model, terms: Iterable[Term], among: Sequence[Symbol]) -> list[str]:
    """`n = X.shape[0]` for every dimension that the terms count with, read off one of the symbols."""
    used: dict[str, None] = {}
    for term in terms:
        for node in term.walk():
            dims = (node.dim,) if isinstance(node, nodes.Size) else ()
            dims = (node.shape.rows, node.shape.cols) if isinstance(node, nodes.Ones) else dims
            used.update(dict.fromkeys(each for dim in dims for each in dim.names()))
    return [f"{dim} = {_measured(dim, among)}" for dim in used]


def _measured(dim: str, among: Sequence[Symbol]) -> str:
    for symbol in among:
        for axis, own in enumerate((symbol.shape.rows, symbol.shape.cols)):
            if str(own) == dim:
                return f"{name(symbol.key)}.shape[{axis}]"
    raise KeyError(f"nothing has the dimension {dim}")


def literal(value: np.ndarray, symbol: Symbol) -> str:
    """Numbers as an array with two axes, or as a number."""
    if symbol.is_scalar:
        return repr(float(value.item()))
    rows = [f"[{', '.join(repr(float(entry)) for entry in row)}]" for row in value]
    inside = ", ".join(rows)
    below = "".join(f"        {row},\n" for row in rows)
    return f"np.array([{inside}])" if len(inside) < 90 else f"np.array([\n{below}    ])"
