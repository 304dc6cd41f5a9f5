"""Where the mathematics stands in a document: formulas with their spans, for Markdown, LaTeX and notebooks.

A formula is a span of the source; nothing is copied or cleaned, so that every position found in it is a position in the
file. Code is not mathematics. What an author marks with `<!-- derive: skip -->` or `% derive: skip` is left
out and counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from derive.reading.errors import DocumentError
from derive.reading.source import Source, Span


@dataclass(frozen=True)
class Formula:
    """A formula: the span of its inside, and of the whole with its delimiters."""

    source: Source
    inside: Span
    whole: Span
    display: bool
    skipped: bool = False
    ignored: tuple[str, ...] = ()  # codes accepted on this formula

    @property
    def text(self) -> str:
        return self.source.text[self.inside[0] : self.inside[1]]


# Environments that stand for themselves, without dollars.
_ENVIRONMENTS = "equation|align|alignat|gather|multline|eqnarray|displaymath|math|flalign|dmath"

_COMMENT = r"(?P<skip><!--\s*derive:\s*skip\s*-->)|(?P<ignore><!--\s*derive:\s*ignore\[(?P<codes>[^\]]*)\][^>]*-->)"
_MARKDOWN = re.compile(
    rf"""(?P<fence>^(?P<indent>(?:[ \t]|>|[-*+][ ]|\d+[.)][ ])*)(?P<tick>`{{3,}}|~{{3,}})[ \t]*(?P<info>[^\n]*)\n
            (?P<code>.*?)(?:^(?:[ \t]|>)*(?P=tick)`*~*[ \t]*$|\Z))
      | {_COMMENT}
      | (?P<comment><!--.*?-->)
      | (?P<escaped>\\[\\$`])(?!\()
      | \$`(?P<github>[^`]+)`\$
      | (?P<span>(?P<run>`+)(?!`).*?(?<!`)(?P=run)(?!`))
      | \$\$(?P<display>.*?)\$\$
      | \\\[(?P<bracket>.*?)\\\]
      | \\\((?P<paren>.*?)\\\)
      | \\begin\{{(?P<env>(?:{_ENVIRONMENTS})\*?)\}}(?P<body>.*?)\\end\{{(?P=env)\}}
      | (?<![\\\w])\$(?P<inline>(?![\s$])(?:\\.|[^$\\])*?(?:[^\s$\\]|\\.))\$(?!\d)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)

_LATEX = re.compile(
    rf"""(?P<skip>%\s*derive:\s*skip[^\n]*)
      | (?P<ignore>%\s*derive:\s*ignore\[(?P<codes>[^\]]*)\][^\n]*)
      | (?P<comment>(?<!\\)%[^\n]*)
      | (?P<code>\\begin\{{(?P<listing>verbatim|lstlisting|minted|Verbatim)\*?\}}.*?\\end\{{(?P=listing)\*?\}})
      | \\verb(?P<bar>[^A-Za-z\s])(?P<short>.*?)(?P=bar)
      | (?P<input>\\(?:input|include)\b\s*\{{?(?P<file>[^}}\s]*)\}}?)
      | (?P<escaped>\\[\\$])(?![\[(])
      | \$\$(?P<display>.*?)\$\$
      | \\\[(?P<bracket>.*?)\\\]
      | \\\((?P<paren>.*?)\\\)
      | \\begin\{{(?P<env>(?:{_ENVIRONMENTS})\*?)\}}(?P<body>.*?)\\end\{{(?P=env)\}}
      | \$(?P<inline>(?:\\.|[^$\\])+)\$""",
    re.VERBOSE | re.DOTALL,
)
_DISPLAY = ("display", "bracket", "body", "code")
_BLANK_LINE = re.compile(r"\n[ \t>]*\n")
_PREAMBLE_MACRO = re.compile(r"\\(?:(?:re|provide)?newcommand|def|DeclareMathOperator)\b")


def markdown_formulas(source: Source, start: int = 0) -> Iterator[Formula]:
    """The formulas of Markdown text from an offset on."""
    yield from _scan(source, _MARKDOWN, start)


def latex_formulas(source: Source, start: int = 0) -> Iterator[Formula]:
    r"""The formulas of a LaTeX file.

    Raises:
        DocumentError: the file asks for another one by `\input`, which is never read.
    """
    begin = re.search(r"\\begin\{document\}", source.text)
    yield from _scan(source, _LATEX, begin.end() if begin else start)


def _scan(source: Source, pattern: re.Pattern, start: int) -> Iterator[Formula]:
    text = source.text
    skipped, ignored = False, ()
    position = start
    while found := pattern.search(text, position):
        position = max(found.end(), found.start() + 1)
        groups = found.groupdict()
        if groups.get("skip"):
            skipped = True
        elif groups.get("ignore"):
            ignored += tuple(code.strip() for code in groups["codes"].split(",") if code.strip())
        elif groups.get("input"):
            raise DocumentError(f"other files are not read: put the text of {groups['file']!r} here", found.span())
        else:
            name = _formula_group(groups)
            if name is None:
                continue
            if name in ("inline", "paren", "github") and _BLANK_LINE.search(groups[name]):
                position = found.start() + 1  # a dollar that opens nothing: a paragraph ends before the next one
                continue
            yield Formula(source, found.span(name), found.span(), name in _DISPLAY, skipped, ignored)
            skipped, ignored = False, ()


def _formula_group(groups: dict[str, str | None]) -> str | None:
    for name in ("github", "display", "bracket", "paren", "body", "inline"):
        if groups.get(name) is not None and groups[name].strip():
            return name
    # A fence is code, but for ```math
    if groups.get("fence") and (groups.get("info") or "").strip() == "math":
        return "code"
    return None


def macro_text(source: Source) -> Iterator[Span]:
    """Where macros are defined outside formulas: lines of a preamble or of the text."""
    for found in _PREAMBLE_MACRO.finditer(source.text):
        yield found.start(), _definition_end(source.text, found.end())


def _definition_end(text: str, position: int) -> int:
    """The end of the last brace group of a macro definition."""
    end, depth = position, 0
    for place in range(position, min(len(text), position + 4000)):
        character = text[place]
        if character == "\\":
            continue
        depth += (character == "{") - (character == "}")
        if character == "}" and depth == 0:
            end = place + 1
            following = text[end : end + 1]
            if following not in ("{", "["):
                return end
        elif character == "\n" and depth == 0 and end > position:
            return end
    return end


# ---------------------------------------------------------------- notebooks


@dataclass(frozen=True)
class Notebook:
    """The Markdown cells of a notebook, and the declarations in its metadata."""

    cells: tuple[Source, ...]
    declarations: dict | None
    raw: Source | None


LARGEST_CELLS = 10_000


def read_notebook(name: str, text: str) -> Notebook:
    """Raises DocumentError: not a notebook."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentError(f"is no notebook: {error.msg}", (error.pos, error.pos + 1)) from None
    except RecursionError:
        raise DocumentError("is no notebook: it nests too deeply") from None
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or len(cells) > LARGEST_CELLS:
        raise DocumentError("is no notebook: expected a list of cells")
    sources: list[Source] = []
    raw = None
    for number, cell in enumerate(cells, 1):
        kind = cell.get("cell_type") if isinstance(cell, dict) else None
        body = cell.get("source", "") if isinstance(cell, dict) else ""
        if isinstance(body, list):
            body = "".join(part for part in body if isinstance(part, str))
        if kind == "markdown" and isinstance(body, str):
            sources.append(Source(name, body, number))
        elif kind == "raw" and number == 1 and isinstance(body, str):
            raw = Source(name, body, number)
    metadata = data.get("metadata")
    declared = metadata.get("derive") if isinstance(metadata, dict) else None
    return Notebook(tuple(sources), declared if isinstance(declared, dict) else None, raw)
