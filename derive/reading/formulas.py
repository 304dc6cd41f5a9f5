"""Where the mathematics stands in a document: formulas with their spans, for Markdown and LaTeX.

A formula is a span of the source; nothing is copied or cleaned, so that every position found in it is a position in the
file. Code is not mathematics. What an author marks with `<!-- derive: skip -->` or `% derive: skip` is left out and
counted. The scanners pass over a text once: a closing sign that was looked for in vain is not looked for again.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from derive.reading.errors import DocumentError
from derive.reading.source import Source, Span


@dataclass(frozen=True)
class Formula:
    """A formula: the span of its inside, and of the whole with its delimiters.

    `quoted` formulas stand in a block quote: `>` at the start of a line is no part of them.
    """

    source: Source
    inside: Span
    whole: Span
    display: bool
    skipped: bool = False
    ignored: tuple[str, ...] = ()  # codes accepted on this formula
    quoted: bool = False

    @property
    def text(self) -> str:
        return self.source.text[self.inside[0] : self.inside[1]]


# Environments that stand for themselves, without dollars.
_ENVIRONMENTS = "equation|align|alignat|gather|multline|eqnarray|displaymath|math|flalign|dmath"
_BEGIN = rf"\\begin\{{(?P<environment>(?:{_ENVIRONMENTS})\*?)\}}(?:\{{\d+\}})?"

_MARKDOWN = re.compile(
    rf"""^(?P<indent>(?:[ \t]|>|[-*+][ ]|\d{{1,9}}[.)][ ])*)(?P<fence>`{{3,}}|~{{3,}})[ \t]*(?P<info>[^\n`]*)$
      | (?P<comment><!--)
      | (?P<escaped>\\[\\$`])(?![(\[])
      | (?P<github>\$`(?!`))
      | (?P<ticks>`+)
      | (?P<display>\$\$)
      | (?P<bracket>\\\[)
      | (?P<parenthesis>\\\()
      | (?P<begin>{_BEGIN})
      | (?P<dollar>(?<![\\\w])\$(?![\s$]))""",
    re.VERBOSE | re.MULTILINE,
)
_LATEX = re.compile(
    rf"""(?P<comment>%[^\n]*)
      | (?P<listing>\\begin\{{(?P<code>verbatim|lstlisting|minted|Verbatim|comment)\*?\}})
      | \\verb(?P<bar>[^A-Za-z\s])
      | (?P<input>\\(?:input|include|subfile|import)\b\s*\{{?(?P<file>[^}}\s]{{0,200}})\}}?)
      | (?P<display>\$\$)
      | (?P<bracket>\\\[)
      | (?P<parenthesis>\\\()
      | (?P<begin>{_BEGIN})
      | (?P<escaped>\\[^A-Za-z])
      | (?P<dollar>\$)""",
    re.VERBOSE,
)
_DIRECTIVE = re.compile(r"derive:\s*(?P<what>skip\b|ignore\[(?P<codes>[^\]\n]*)\])")
_BLANK_LINE = re.compile(r"\n[ \t>]*\n")
_NEXT_DOLLAR = re.compile(r"[^$\\]*(?:\\.[^$\\]*)*\$", re.DOTALL)
_FENCE_END = re.compile(r"^(?:[ \t]|>)*(?P<fence>`{3,}|~{3,})[ \t]*$", re.MULTILINE)
_TICKS = re.compile(r"`+")
_MACRO = re.compile(r"\\(?:(?:re|provide)?newcommand|g?def|DeclareMathOperator)\b")
LONGEST_MACRO = 4_000


def markdown_formulas(source: Source, start: int = 0) -> Iterator[Formula]:
    """The formulas of Markdown text from an offset on."""
    return _Scanner(source, start).markdown()


def latex_formulas(source: Source, start: int = 0) -> Iterator[Formula]:
    r"""The formulas of a LaTeX file.

    Raises:
        DocumentError: the file asks for another one by `\input`, which is never read.
    """
    begin = source.text.find(r"\begin{document}", start)
    return _Scanner(source, start if begin < 0 else begin).latex()


@dataclass
class _Scanner:
    """One pass over a text."""

    source: Source
    position: int
    absent: set[str] = field(default_factory=set)  # closing signs that do not occur any more
    skip_until: int = -1
    ignored: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.text = self.source.text
        self.ticks: dict[int, list[int]] | None = None

    # ------------------------------------------------------------ Markdown

    def markdown(self) -> Iterator[Formula]:
        while found := _MARKDOWN.search(self.text, self.position):
            self.position = found.end()
            if found["fence"]:
                yield from self._fence(found)
            elif found["comment"]:
                end = self._find("-->", found.end())
                self._directive(found.end(), len(self.text) if end is None else end)
                self.position = len(self.text) if end is None else end + 3
            elif found["ticks"]:
                self._code(found)
            else:
                formula = self._delimited(found) or (self._inline(found) if found["dollar"] else None)
                if formula is not None:
                    yield formula

    def _fence(self, found: re.Match) -> Iterator[Formula]:
        """A fence is code, but for ```math."""
        start, mark = found.end() + 1, found["fence"]
        ends = (end for end in _FENCE_END.finditer(self.text, start) if end["fence"].startswith(mark))
        end = next(ends, None)
        inside = (min(start, len(self.text)), end.start() if end else len(self.text))
        self.position = end.end() if end else len(self.text)
        if found["info"].strip() == "math":
            whole = (found.start("fence"), self.position)
            yield self._formula(inside, whole, display=True, quoted=">" in found["indent"])

    def _code(self, found: re.Match) -> None:
        """A code span ends at the next run of as many backticks in its paragraph; else the backticks are just signs."""
        if self.ticks is None:
            self.ticks = {}
            for run in _TICKS.finditer(self.text, found.start()):
                self.ticks.setdefault(len(run[0]), []).append(run.start())
        runs = self.ticks.get(len(found["ticks"]), [])
        place = bisect_left(runs, found.end())
        if place < len(runs) and not _BLANK_LINE.search(self.text, found.end(), runs[place]):
            self.position = runs[place] + len(found["ticks"])

    # ------------------------------------------------------------ LaTeX

    def latex(self) -> Iterator[Formula]:
        while found := _LATEX.search(self.text, self.position):
            self.position = found.end()
            if found["comment"]:
                self._directive(*found.span())
            elif found["listing"]:
                end = self._find(f"\\end{{{found['code']}", found.end())
                self.position = len(self.text) if end is None else end + 1
            elif found["bar"]:
                end = self.text.find(found["bar"], found.end(), found.end() + 1000)
                self.position = found.end() if end < 0 else end + 1
            elif found["input"]:
                message = f"other files are not read: put the text of {found['file']!r} here"
                raise DocumentError(message, found.span(), self.source)
            elif not found["escaped"]:
                formula = self._delimited(found) or (self._dollar(found) if found["dollar"] else None)
                if formula is not None:
                    yield formula

    def _dollar(self, found: re.Match) -> Formula | None:
        closing = _NEXT_DOLLAR.match(self.text, found.end()) if "$" not in self.absent else None
        if closing is None:
            self.absent.add("$")
            return None
        return self._inline_until(found, closing.end())

    # ------------------------------------------------------------ both

    def _delimited(self, found: re.Match) -> Formula | None:
        """`$$`, brackets, environments: up to the closing sign, wherever it stands."""
        groups = found.groupdict()
        closing = (
            "$$" if groups["display"] else r"\]" if groups["bracket"] else r"\)" if groups["parenthesis"] else
            "`$" if groups.get("github") else f"\\end{{{groups['environment']}}}" if groups["begin"] else None
        )  # fmt: skip
        end = self._find(closing, found.end()) if closing is not None else None
        if end is None:
            return None
        inline = bool(groups["parenthesis"] or groups.get("github"))
        if inline and _BLANK_LINE.search(self.text, found.end(), end):
            return None
        self.position = end + len(closing)
        if not self.text[found.end() : end].strip():
            return None
        return self._formula((found.end(), end), (found.start(), self.position), display=not inline)

    def _inline(self, found: re.Match) -> Formula | None:
        """`$x$` in Markdown: no blank inside the dollars, no digit behind them, one paragraph. Else it is money."""
        if "$" in self.absent:
            return None
        closing = _NEXT_DOLLAR.match(self.text, found.end())
        if closing is None:
            self.absent.add("$")
            return None
        end = closing.end()
        if self.text[end - 2].isspace() or self.text[end : end + 1].isdigit():
            return None
        return self._inline_until(found, end)

    def _inline_until(self, found: re.Match, end: int) -> Formula | None:
        if _BLANK_LINE.search(self.text, found.end(), end):
            return None
        self.position = end
        if not self.text[found.end() : end - 1].strip():
            return None
        return self._formula((found.end(), end - 1), (found.start(), end), display=False)

    def _find(self, closing: str, start: int) -> int | None:
        if closing in self.absent:
            return None
        end = self.text.find(closing, start)
        if end < 0:
            self.absent.add(closing)
        return None if end < 0 else end

    def _formula(self, inside: Span, whole: Span, *, display: bool, quoted: bool | None = None) -> Formula:
        if quoted is None:
            line = self.text.rfind("\n", 0, whole[0]) + 1
            quoted = self.text[line : whole[0]].lstrip().startswith(">")
        formula = Formula(self.source, inside, whole, display, whole[0] < self.skip_until, self.ignored, quoted)
        self.ignored = ()
        return formula

    def _directive(self, start: int, end: int) -> None:
        found = _DIRECTIVE.search(self.text, start, end)
        if found is None:
            return
        if found["codes"] is not None:
            self.ignored += tuple(code.strip() for code in found["codes"].split(",") if code.strip())
            return
        # The block behind the mark: up to the next blank line.
        behind = self.text.find("\n", end)
        block = re.compile(r"\s*").match(self.text, len(self.text) if behind < 0 else behind).end()
        if block < self.skip_until:
            return  # the same block is left out once more
        blank = _BLANK_LINE.search(self.text, block)
        self.skip_until = blank.start() if blank else len(self.text)


def macro_text(source: Source) -> Iterator[Span]:
    """Where macros are defined: in formulas, in lines of a preamble or of the text."""
    for found in _MACRO.finditer(source.text):
        yield found.start(), _definition_end(source.text, found.end())


def _definition_end(text: str, position: int) -> int:
    """The end of the last brace group of a macro definition."""
    end, depth = position, 0
    place = position
    while place < min(len(text), position + LONGEST_MACRO):
        character = text[place]
        if character == "\\":
            place += 2
            continue
        depth += (character == "{") - (character == "}")
        place += 1
        if character == "}" and depth <= 0:
            end = place
            if text[end : end + 1] not in ("{", "["):
                return end
        elif character == "\n" and depth == 0 and end > position:
            return end
    return end
