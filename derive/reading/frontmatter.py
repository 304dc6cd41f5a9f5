"""The declarations of a document: YAML under the key `derive`, read as plain strings and checked key by key.

YAML does things to mathematics behind an author's back: escapes in double quotes, `: ` that makes a mapping, ` #` that
cuts a line, a bracket that opens a list. Each of them gets a message of its own. Anchors and aliases are refused.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from derive.reading.errors import DocumentError
from derive.reading.source import Source, Span, lines_of

KEYS = ("shapes", "given", "functions", "operators", "loss", "layers", "layout", "gradients")
OPERATORS = ("hadamard", "outer", "matmul", "kronecker")
LAYOUTS = ("gradient", "jacobian")
LARGEST = 100_000  # characters of front matter
DEEPEST = 8  # mappings within mappings
MOST_FLOWS = 200  # brackets of YAML
MOST_ENTRIES = 1_000  # under one key


@dataclass(frozen=True)
class Entry:
    """A declared text and where it stands."""

    text: str
    span: Span
    source: Source = field(default=Source("", ""), compare=False, repr=False)


Pairs = tuple[tuple[Entry, Entry], ...]


@dataclass(frozen=True)
class Layers:
    """How far a generic index runs."""

    index: str | None = None
    first: int = 1
    last: int = 3
    stated: bool = True  # whether the document says it


@dataclass(frozen=True)
class Declarations:
    """What the front matter says, still as LaTeX texts with their places."""

    source: Source | None = None
    shapes: Pairs = ()
    given: tuple[Entry, ...] = ()
    functions: Pairs = ()
    operators: Mapping[str, str] = field(default_factory=dict)
    loss: Entry | None = None
    layers: Layers | None = None
    layout: Mapping[str, str] = field(default_factory=dict)
    gradients: Pairs = ()


_MARKDOWN = re.compile(r"\A---[ \t]*\r?\n")
_END = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$\n?", re.MULTILINE)
_BRACKET_FIRST = re.compile(r"(?:^\s*-|:)\s+[\[{]")
_OWN = re.compile(r"^[ \t]*[\"']?derive[\"']?[ \t]*:", re.MULTILINE)


def markdown_declarations(source: Source) -> tuple[Declarations, int]:
    """(declarations, offset behind the front matter). Raises DocumentError."""
    begin = _MARKDOWN.match(source.text)
    end = _END.search(source.text, begin.end(), begin.end() + LARGEST) if begin else None
    if end is None:
        return Declarations(), 0
    text = source.text[begin.end() : end.start()]
    # What is no business of derive may be any YAML, or none.
    return read_declarations(source, text, begin.end()) if _OWN.search(text) else Declarations(), end.end()


def latex_declarations(source: Source) -> tuple[Declarations, int]:
    """The same YAML in leading comment lines. Raises DocumentError."""
    lines = []
    for line in lines_of(source.text[:LARGEST]):
        if not line.lstrip(" \t").startswith("%"):
            break
        lines.append(line)
    # A comment sign becomes a space, and so does a line of dashes, so that positions stay.
    blank = [re.sub(r"[^\r\n]", " ", line) if re.fullmatch(r"\s*%+\s*-{3,}\s*", line) else line for line in lines]
    text = "".join(re.sub("%+", lambda signs: " " * len(signs[0]), line, count=1) for line in blank)
    return (read_declarations(source, text, 0) if _OWN.search(text) else Declarations()), 0


def raw_declarations(source: Source) -> Declarations:
    """The YAML of a raw cell, with or without dashes around it. Raises DocumentError."""
    if _MARKDOWN.match(source.text):
        return markdown_declarations(source)[0]
    return read_declarations(source, source.text, 0) if _OWN.search(source.text) else Declarations()


def declarations_of(values: Mapping[str, Any], name: str = "declarations") -> Declarations:
    """Declarations from Python values, with the same checks. Raises DocumentError."""
    text = yaml.safe_dump({"derive": _texts(values, 0)}, default_style="'", allow_unicode=True, width=LARGEST)
    return read_declarations(Source(name, text), text, 0)


def _texts(value: Any, depth: int) -> Any:
    """Values as strings, as YAML's base schema has them."""
    if depth > DEEPEST:
        raise DocumentError("the declarations nest too deeply")
    if isinstance(value, Mapping):
        return {str(key): _texts(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(inner, depth + 1) for inner in value]
    return "" if value is None else str(value)


def merged(base: Declarations, over: Declarations) -> Declarations:
    """Both together; what both declare is taken from `over`."""
    pairs = {
        name: _merged_pairs(getattr(base, name), getattr(over, name)) for name in ("shapes", "functions", "gradients")
    }
    return Declarations(
        over.source or base.source,
        given=over.given + base.given,
        operators={**base.operators, **over.operators},
        loss=over.loss or base.loss,
        layers=over.layers or base.layers,
        layout={**base.layout, **over.layout},
        **pairs,
    )


def _merged_pairs(base: Pairs, over: Pairs) -> Pairs:
    keys = {key.text.replace(" ", "") for key, _ in over}
    return over + tuple(pair for pair in base if pair[0].text.replace(" ", "") not in keys)


def read_declarations(source: Source, text: str, offset: int) -> Declarations:
    """The declarations in a piece of YAML that stands at an offset of a source.

    Raises:
        DocumentError: no YAML, or something in it that declares nothing; message and span.
    """
    if len(text) > LARGEST:
        raise DocumentError("the front matter is too long", (offset, offset + 1), source)
    flows = 0
    for token in _scan(text, offset, source):
        flows += isinstance(token, yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken)
        if flows > MOST_FLOWS:
            raise DocumentError("the front matter has too many brackets", (offset, offset + 1), source)
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken | yaml.TagToken):
            span = (offset + token.start_mark.index, offset + token.end_mark.index)
            raise DocumentError("front matter: anchors, aliases and tags are not read", span, source)
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise _yaml_error(error, text, offset, source) from None
    except RecursionError:
        raise DocumentError("the front matter nests too deeply", (offset, offset + 1), source) from None
    reader = _Reader(source, offset)
    if root is None:
        return Declarations()
    for key, value in reader.mapping(root, "front matter"):
        if key.text == "derive":
            return reader.declarations(value)
    return Declarations()


def _scan(text: str, offset: int, source: Source) -> Iterator[yaml.Token]:
    try:
        yield from yaml.scan(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise _yaml_error(error, text, offset, source) from None


def _yaml_error(error: yaml.YAMLError, text: str, offset: int, source: Source) -> DocumentError:
    if not isinstance(error, yaml.MarkedYAMLError):  # a sign that no YAML may hold
        place = offset + min(getattr(error, "position", 0), max(0, len(text) - 1))
        return DocumentError("front matter: there is a control character in it", (place, place + 1), source)
    mark = error.problem_mark
    index = min(mark.index, max(0, len(text) - 1)) if mark else 0
    problem = error.problem or "is no YAML"
    line = text[text.rfind("\n", 0, index) + 1 :].split("\n", 1)[0]
    if "escape" in problem:
        problem = "double quotes turn \\f and \\n into other signs: write mathematics plain or in single quotes"
    elif "mapping values" in problem:
        problem = "a colon with a space behind it makes a mapping: put the mathematics in single quotes"
    elif "flow" in problem or "expected ',' or" in problem or _BRACKET_FIRST.search(line):
        problem = "an opening bracket starts a list: put the mathematics in single quotes"
    return DocumentError(f"front matter: {problem}", (offset + index, offset + index + 1), source)


class _Reader:
    def __init__(self, source: Source, offset: int):
        self.source, self.offset = source, offset

    def span(self, node: yaml.Node) -> Span:
        return self.offset + node.start_mark.index, self.offset + node.end_mark.index

    def fail(self, node: yaml.Node | tuple[yaml.Node, yaml.Node], message: str) -> DocumentError:
        node = node[0] if isinstance(node, tuple) else node
        return DocumentError(f"front matter: {message}", self.span(node), self.source)

    def mapping(self, node: yaml.Node, what: str) -> list[tuple[Entry, yaml.Node]]:
        if isinstance(node, yaml.ScalarNode) and not node.value:
            return []
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node, f"expected `key: value` lines under {what}")
        self._count(node, what)
        found: list[tuple[Entry, yaml.Node]] = []
        for key, value in node.value:
            entry = self.text(key, what)
            if any(entry.text == known.text for known, _ in found):
                raise self.fail(key, f"{entry.text} stands twice under {what}")
            found.append((entry, value))
        return found

    def _count(self, node: yaml.CollectionNode, what: str) -> None:
        if len(node.value) > MOST_ENTRIES:
            raise self.fail(node.value[MOST_ENTRIES], f"at most {MOST_ENTRIES} entries are read under {what}")

    def text(self, node: yaml.Node, what: str) -> Entry:
        if isinstance(node, yaml.ScalarNode):
            if node.style == '"' and "\\" in self.source.text[slice(*self.span(node))]:
                raise self.fail(node, "double quotes read a backslash as an escape: write it plain or in single quotes")
            self._cut(node)
            return Entry(node.value, self._inner(node), self._unescaped(node))
        if isinstance(node, yaml.MappingNode):
            raise self.fail(node, f"a colon with a space makes a mapping under {what}: use single quotes")
        raise self.fail(node, f"a bracket makes a list under {what}: use single quotes")

    def _unescaped(self, node: yaml.ScalarNode) -> Source:
        """The source with `''` in single quotes, which is one quote there, as a quote and a blank: places stay."""
        start, end = self._inner(node)
        text = self.source.text
        if node.style != "'" or "''" not in text[start:end]:
            return self.source
        inner = text[start:end].replace("''", "' ")
        return Source(self.source.name, text[:start] + inner + text[end:], self.source.cell)

    def _inner(self, node: yaml.ScalarNode) -> Span:
        start, end = self.span(node)
        if node.style in ("|", ">"):
            return self.source.text.index("\n", start), end
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
                raise self._unknown(key, "key", KEYS)
            values[key.text] = getattr(self, f"_{key.text}")(value)
        return Declarations(self.source, **values)

    def _unknown(self, entry: Entry, what: str, known: tuple[str, ...]) -> DocumentError:
        near = difflib.get_close_matches(entry.text, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        return DocumentError(f"front matter: there is no {what} {entry.text}; {hint}", entry.span, self.source)

    def _pairs(self, node: yaml.Node, what: str) -> Pairs:
        return tuple((key, self.text(value, what)) for key, value in self.mapping(node, what))

    def _shapes(self, node: yaml.Node) -> Pairs:
        return self._pairs(node, "shapes")

    def _functions(self, node: yaml.Node) -> Pairs:
        return self._pairs(node, "functions")

    def _gradients(self, node: yaml.Node) -> Pairs:
        return self._pairs(node, "gradients")

    def _given(self, node: yaml.Node) -> tuple[Entry, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.fail(node, "expected a list of definitions under given, each with a dash")
        self._count(node, "given")
        return tuple(self.text(item, "given") for item in node.value)

    def _operators(self, node: yaml.Node) -> dict[str, str]:
        found = {}
        for key, value in self._pairs(node, "operators"):
            if value.text not in OPERATORS:
                raise self._unknown(value, "operator", OPERATORS)
            found[key.text.strip().lstrip("\\")] = value.text
        return found

    def _loss(self, node: yaml.Node) -> Entry:
        return self.text(node, "loss")

    def _layers(self, node: yaml.Node) -> Layers:
        if isinstance(node, yaml.ScalarNode):
            return Layers(last=self._whole(self.text(node, "layers")))
        known: dict[str, Entry] = {}
        for key, value in self.mapping(node, "layers"):
            if key.text not in ("index", "from", "to"):
                raise self._unknown(key, "key", ("index", "from", "to"))
            known[key.text] = self.text(value, "layers")
        if "to" not in known:
            raise self.fail(node, "expected a number of layers, or {index: k, from: 0, to: 3}")
        first = self._whole(known["from"]) if "from" in known else 1
        index = known["index"].text if "index" in known else None
        last = self._whole(known["to"])
        if last < first:
            raise self.fail(node, f"the layers run from {first} to {last}")
        return Layers(index.lstrip("\\") if index else None, first, last)

    def _whole(self, entry: Entry) -> int:
        if not entry.text.isdecimal() or len(entry.text) > 2 or int(entry.text) > 20:
            raise DocumentError("front matter: expected a whole number up to 20", entry.span, self.source)
        return int(entry.text)

    def _layout(self, node: yaml.Node) -> dict[str, str]:
        if isinstance(node, yaml.ScalarNode):
            found = {"vectors": self.text(node, "layout"), "matrices": self.text(node, "layout")}
        else:
            found = {}
            for key, value in self.mapping(node, "layout"):
                if key.text not in ("vectors", "matrices"):
                    raise self._unknown(key, "key", ("vectors", "matrices"))
                found[key.text] = self.text(value, "layout")
        for entry in found.values():
            if entry.text not in LAYOUTS:
                raise self._unknown(entry, "layout", LAYOUTS)
        return {name: entry.text for name, entry in found.items()}
