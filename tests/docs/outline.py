"""What a Markdown document holds under each heading, as markdown-it reads it: paragraphs, items, tables; and lengths.

A page is taken as 500 words. A formula on a line of its own counts as ten of them, one within a line as one; front
matter, diagrams and programs are not counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

PAGE = 500
FORMULA = 10

FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
INLINE_FORMULA = re.compile(r"\$`.+?`\$|\$[^$]+\$")


@dataclass(frozen=True)
class Section:
    """What stands under one heading, sections below it included."""

    heading: str
    tokens: tuple[Token, ...]

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs that stand in no list and no table."""
        return [inside.content for token, inside in pairwise(self.tokens)
                if token.type == "paragraph_open" and token.level == 0]

    @property
    def items(self) -> list[str]:
        """The first paragraph of each item of its outermost lists."""
        found = []
        for index, token in enumerate(self.tokens):
            if token.type == "list_item_open" and token.level == 1:
                found.append(next(inside.content for inside in self.tokens[index:] if inside.type == "inline"))
        return found

    @property
    def words(self) -> int:
        return sum(_words(token) for token in self.tokens)

    @property
    def rows(self) -> list[list[str]]:
        """The cells of its tables, row by row, headers left out."""
        found: list[list[str]] = []
        for token, inside in pairwise(self.tokens):
            if token.type == "tr_open" and inside.type == "td_open":
                found.append([])
            elif token.type == "td_open":
                found[-1].append(inside.content)
        return found

    def fences(self, language: str) -> list[str]:
        return [token.content for token in self.tokens if token.type == "fence" and token.info.strip() == language]


def _words(token: Token) -> int:
    if token.type == "fence" and token.info.strip() == "math":
        return FORMULA
    if token.type == "inline":
        return len(INLINE_FORMULA.sub("formula", token.content).split())
    return 0


def read(path: Path) -> Section:
    """The whole document as one section, under its title."""
    tokens = MarkdownIt("commonmark").enable("table").parse(FRONT_MATTER.sub("", path.read_text(encoding="utf-8")))
    titles = [index for index, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h1"]
    if titles != [0]:
        raise ValueError(f"{path}: a note has one title, and starts with it")
    return Section(tokens[1].content, tuple(tokens[3:]))


def sections(whole: Section) -> dict[str, Section]:
    """Heading -> what stands under it, headings of every level."""
    starts = [index for index, token in enumerate(whole.tokens) if token.type == "heading_open"]
    found = {}
    for start in starts:
        level = whole.tokens[start].tag
        end = next((other for other in starts if other > start and whole.tokens[other].tag <= level), len(whole.tokens))
        heading = whole.tokens[start + 1].content
        if heading in found:
            raise ValueError(f"two headings {heading!r}")
        found[heading] = Section(heading, whole.tokens[start + 3 : end])
    return found


def sentences(text: str) -> list[str]:
    """The sentences of plain prose: what ends with a full stop, a question mark or an exclamation mark."""
    plain = re.sub(r"`[^`]+`", "code", INLINE_FORMULA.sub("formula", text))
    return [part for part in re.split(r"(?<=[.!?])\s+", plain.strip()) if part]
