"""The declarations of a document: YAML under the key `derive`, read as plain strings and checked key by key.

YAML does things to mathematics behind an author's back: escapes in double quotes, `: ` that makes a mapping, ` #` that
cuts a line, a bracket that opens a list. Each of them gets a message of its own. Anchors and aliases are refused.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from derive.reading.errors import DocumentError
from derive.reading.source import Source, Span

KEYS = ("shapes", "given", "functions", "operators", "loss", "layers", "layout", "gradients")
OPERATORS = ("hadamard", "outer", "matmul")
LAYOUTS = ("gradient", "jacobian")
LARGEST = 100_000  # characters of front matter


@dataclass(frozen=True)
class Entry:
    """A declared text and where it stands."""

    text: str
    span: Span
    source: Source = field(default=Source("", ""), compare=False, repr=False)


@dataclass(frozen=True)
class Layers:
    """How far a generic index runs."""

    index: str | None = None
    first: int = 1
    last: int = 3


@dataclass(frozen=True)
class Declarations:
    """What the front matter says, still as LaTeX texts with their places."""

    source: Source | None = None
    shapes: tuple[tuple[Entry, Entry], ...] = ()
    given: tuple[Entry, ...] = ()
    functions: tuple[tuple[Entry, Entry], ...] = ()
    operators: Mapping[str, str] = field(default_factory=dict)
    loss: Entry | None = None
    layers: Layers | None = None
    layout: Mapping[str, str] = field(default_factory=dict)
    gradients: tuple[tuple[Entry, Entry], ...] = ()


_MARKDOWN = re.compile(r"\A(?:﻿)?---[ \t]*\r?\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)
_LATEX = re.compile(r"\A(?:[ \t]*%[^\n]*\n)+")


def markdown_declarations(source: Source) -> tuple[Declarations, int]:
    """(declarations, offset behind the front matter). Raises DocumentError."""
    found = _MARKDOWN.match(source.text)
    if not found:
        return Declarations(), 0
    return read_declarations(source, found["yaml"], found.start("yaml")), found.end()


def latex_declarations(source: Source) -> tuple[Declarations, int]:
    """The same YAML in leading comment lines. Raises DocumentError."""
    found = _LATEX.match(source.text)
    if not found or not re.search(r"^[ \t]*%[ \t]*derive:", found[0], re.MULTILINE):
        return Declarations(), 0
    # A comment sign becomes a space, so that positions stay.
    lines = [re.sub("%", " ", line, count=1) for line in found[0].splitlines(keepends=True)]
    kept = [line if not re.match(r"\s*---", line) else re.sub("-", " ", line) for line in lines]
    return read_declarations(source, "".join(kept), 0), 0


def read_declarations(source: Source, text: str, offset: int) -> Declarations:
    """The declarations in a piece of YAML that stands at an offset of a source.

    Raises:
        DocumentError: no YAML, or something in it that declares nothing; message and span.
    """
    if len(text) > LARGEST:
        raise DocumentError("the front matter is too long", (offset, offset + 1))
    for token in _scan(text, offset):
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken | yaml.TagToken):
            span = (offset + token.start_mark.index, offset + token.end_mark.index)
            raise DocumentError("anchors, aliases and tags are not read", span)
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        raise _yaml_error(error, text, offset) from None
    except RecursionError:
        raise DocumentError("the front matter nests too deeply", (offset, offset + 1)) from None
    reader = _Reader(source, offset)
    if root is None:
        return Declarations()
    for key, value in reader.mapping(root, "front matter"):
        if key.text == "derive":
            return reader.declarations(value)
    return Declarations()


def _scan(text: str, offset: int):
    try:
        yield from yaml.scan(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        raise _yaml_error(error, text, offset) from None


def _yaml_error(error: yaml.MarkedYAMLError, text: str, offset: int) -> DocumentError:
    mark = error.problem_mark
    index = min(mark.index, max(0, len(text) - 1)) if mark else 0
    problem = error.problem or "is no YAML"
    if "escape" in problem:
        problem = "double quotes turn \\f and \\n into other signs: write mathematics plain or in single quotes"
    elif "mapping values" in problem:
        problem = "a colon with a space behind it makes a mapping: put the mathematics in single quotes"
    elif "flow" in problem or "expected ',' or" in problem:
        problem = "an opening bracket starts a list: put the mathematics in single quotes"
    return DocumentError(f"front matter: {problem}", (offset + index, offset + index + 1))


class _Reader:
    def __init__(self, source: Source, offset: int):
        self.source, self.offset = source, offset

    def span(self, node: yaml.Node) -> Span:
        return self.offset + node.start_mark.index, self.offset + node.end_mark.index

    def fail(self, node: yaml.Node, message: str) -> DocumentError:
        return DocumentError(f"front matter: {message}", self.span(node))

    def mapping(self, node: yaml.Node, what: str) -> list[tuple[Entry, yaml.Node]]:
        if isinstance(node, yaml.ScalarNode) and not node.value:
            return []
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node, f"expected `key: value` lines under {what}")
        found: list[tuple[Entry, yaml.Node]] = []
        for key, value in node.value:
            entry = self.text(key, what)
            if any(entry.text == known.text for known, _ in found):
                raise self.fail(key, f"{entry.text} stands twice under {what}")
            found.append((entry, value))
        return found

    def text(self, node: yaml.Node, what: str) -> Entry:
        if isinstance(node, yaml.ScalarNode):
            if node.style == '"' and "\\" in self.source.text[slice(*self.span(node))]:
                raise self.fail(node, "double quotes read a backslash as an escape: write it plain or in single quotes")
            self._cut(node)
            return Entry(node.value, self._inner(node), self.source)
        if isinstance(node, yaml.MappingNode):
            raise self.fail(node, f"a colon with a space makes a mapping under {what}: use single quotes")
        raise self.fail(node, f"a bracket makes a list under {what}: use single quotes")

    def _inner(self, node: yaml.ScalarNode) -> Span:
        start, end = self.span(node)
        return (start + 1, end - 1) if node.style in ("'", '"') else (start, end)

    def _cut(self, node: yaml.ScalarNode) -> None:
        """` #` starts a comment in YAML, and cuts a formula."""
        if node.style is None:
            end = self.span(node)[1]
            rest = self.source.text[end:].split("\n", 1)[0]
            if re.match(r"[ \t]+#", rest) and "\\" in rest:
                raise self.fail(node, "` #` cuts the rest of the line off: use single quotes")

    def declarations(self, node: yaml.Node) -> Declarations:
        values: dict[str, Any] = {}
        for key, value in self.mapping(node, "derive"):
            if key.text not in KEYS:
                near = difflib.get_close_matches(key.text, KEYS, 1)
                hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(KEYS)}"
                raise DocumentError(f"front matter: there is no key {key.text}{hint}", key.span)
            values[key.text] = getattr(self, f"_{key.text}")(value)
        return Declarations(self.source, **values)

    def _pairs(self, node: yaml.Node, what: str) -> tuple[tuple[Entry, Entry], ...]:
        return tuple((key, self.text(value, what)) for key, value in self.mapping(node, what))

    def _shapes(self, node: yaml.Node):
        return self._pairs(node, "shapes")

    def _functions(self, node: yaml.Node):
        return self._pairs(node, "functions")

    def _gradients(self, node: yaml.Node):
        return self._pairs(node, "gradients")

    def _given(self, node: yaml.Node) -> tuple[Entry, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.fail(node, "expected a list of definitions under given, each with a dash")
        return tuple(self.text(item, "given") for item in node.value)

    def _operators(self, node: yaml.Node) -> dict[str, str]:
        found = {}
        for key, value in self._pairs(node, "operators"):
            if value.text not in OPERATORS:
                raise DocumentError(f"front matter: an operator is one of {', '.join(OPERATORS)}", value.span)
            found[key.text.strip().lstrip("\\")] = value.text
        return found

    def _loss(self, node: yaml.Node) -> Entry:
        return self.text(node, "loss")

    def _layers(self, node: yaml.Node) -> Layers:
        if isinstance(node, yaml.ScalarNode):
            return Layers(last=self._whole(self.text(node, "layers")))
        known: dict[str, Entry] = {key.text: self.text(value, "layers") for key, value in self.mapping(node, "layers")}
        if set(known) - {"index", "from", "to"} or "to" not in known:
            raise self.fail(node, "expected a number of layers, or {index: k, from: 0, to: 3}")
        first = self._whole(known["from"]) if "from" in known else 1
        index = known["index"].text if "index" in known else None
        return Layers(index, first, self._whole(known["to"]))

    def _whole(self, entry: Entry) -> int:
        if not entry.text.isdecimal() or int(entry.text) > 20:
            raise DocumentError("front matter: expected a whole number up to 20", entry.span)
        return int(entry.text)

    def _layout(self, node: yaml.Node) -> dict[str, str]:
        if isinstance(node, yaml.ScalarNode):
            found = {"vectors": self.text(node, "layout"), "matrices": self.text(node, "layout")}
        else:
            found = {key.text: self.text(value, "layout") for key, value in self.mapping(node, "layout")}
        for name, entry in found.items():
            if name not in ("vectors", "matrices") or entry.text not in LAYOUTS:
                raise DocumentError("front matter: a layout is gradient or jacobian", entry.span)
        return {name: entry.text for name, entry in found.items()}
