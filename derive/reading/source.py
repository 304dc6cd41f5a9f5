"""A text and the places in it. Everything downstream carries (start, end) into the text; lines are for display only."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

Span = tuple[int, int]


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends, as editors count them: a form feed or U+2028 ends none."""
    return _LINE.findall(text)


@dataclass(frozen=True)
class Place:
    """A position for people: line and column count from 1; `cell` is the number of a notebook's cell."""

    line: int
    column: int
    cell: int | None = None

    def __str__(self) -> str:
        cell = f"cell {self.cell}:" if self.cell is not None else ""
        return f"{cell}{self.line}:{self.column}"


@dataclass(frozen=True)
class Source:
    """The text of a document, or of one cell of a notebook."""

    name: str
    text: str
    cell: int | None = None

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in lines_of(self.text):
            starts.append(starts[-1] + len(line))
        return starts

    def place(self, offset: int) -> Place:
        """Line and column of an offset into the text."""
        row = min(bisect_right(self._starts, offset), max(1, len(self._starts) - 1)) - 1
        return Place(row + 1, offset - self._starts[row] + 1, self.cell)

    def line(self, number: int) -> str:
        """A line of the text without its end, by its number from 1."""
        if not 1 <= number < len(self._starts):
            return ""
        return self.text[self._starts[number - 1] : self._starts[number]].rstrip("\r\n")
