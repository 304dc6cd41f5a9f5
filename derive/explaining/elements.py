"""What a document is made of: frozen values that know no format.

Prose is text with `$mathematics$` between dollar signs and nothing else; mathematics is LaTeX that every renderer
takes. Text from outside (`Quoted`, `Command`) is not markup at all: a format prints it letter by letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from derive.explaining.graph import Graph
from derive.explaining.plots import Plot


@dataclass(frozen=True)
class Paragraph:
    """Prose."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Heading:
    """The title of a step within a section: prose."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Display:
    """Displayed mathematics: rows of an alignment, each with `&=` where it aligns, or a single row without."""

    kind: ClassVar[str] = "display"
    rows: tuple[str, ...]

    @property
    def aligned(self) -> bool:
        return any("&=" in row for row in self.rows)


@dataclass(frozen=True)
class Boxed:
    """A result: displayed mathematics in a box, with the name of what it is the gradient by."""

    kind: ClassVar[str] = "boxed"
    key: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """One bullet: an optional first word that stands out, and prose."""

    text: str
    label: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list without order."""

    kind: ClassVar[str] = "bullets"
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Table:
    """Cells are prose. `align` has one letter per column: l, c, r, or p for sentences."""

    kind: ClassVar[str] = "table"
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str

    @property
    def breaks(self) -> bool:
        """Whether it may be broken over pages: a short table is easier to read whole."""
        return len(self.rows) > 16


@dataclass(frozen=True)
class Diagram:
    """A computation graph."""

    kind: ClassVar[str] = "diagram"
    graph: Graph


@dataclass(frozen=True)
class Question:
    """Prose: the question, the first hint, which says what to trace, the second, and the answer."""

    name: str
    text: str
    hints: tuple[str, str]
    answer: str


@dataclass(frozen=True)
class Picture:
    """A plot. The caption is prose; the description stands for the plot where it cannot be seen, and is plain text."""

    kind: ClassVar[str] = "picture"
    name: str
    caption: str
    description: str
    plot: Plot

    @cached_property
    def svg(self) -> str:
        """A whole `<svg>` element, to stand in a page; readable on light and dark."""
        from derive.explaining.plot_svg import plot_svg  # matplotlib: only for those who look

        return plot_svg(self.plot, self.name, self.description)


@dataclass(frozen=True)
class Quoted:
    """Sentences that hold text from outside, such as the name of a file."""

    kind: ClassVar[str] = "quoted"
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """A line to be typed into a terminal."""

    kind: ClassVar[str] = "command"
    text: str


@dataclass(frozen=True)
class Questions:
    """Questions to predict the answers of, each with two hints: the second is shown to who has seen the first."""

    kind: ClassVar[str] = "questions"
    asked: tuple[Question, ...]


Simple = Paragraph | Heading | Display | Boxed | Bullets | Table | Diagram | Picture | Quoted | Command | Questions


@dataclass(frozen=True)
class Fold:
    """What a first reading may skip: closed where a format can open things, set smaller where it cannot."""

    kind: ClassVar[str] = "fold"
    title: str
    elements: tuple[Simple, ...]


Element = Simple | Fold


@dataclass(frozen=True)
class Section:
    """A titled part of the document."""

    title: str
    elements: tuple[Element, ...]
