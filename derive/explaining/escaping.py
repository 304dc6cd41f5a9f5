r"""Text into a format: the one place per format where letters that mean something to it are made harmless.

Prose is text with `$mathematics$`; what stands between the dollar signs is LaTeX of our own and passes as it is.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

# ---------------------------------------------------------------- Markdown

_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|$~&]|(?<=\w):(?=//)|(?<=www)\.")
_LINE_START = re.compile(r"^(\d+)([.)])|^([-+=])")


def markdown(text: str) -> str:
    """Any text as Markdown that shows its letters, on one line."""
    text = _visible(text, lambda code: f"<U+{code:04X}>", lambda letter: True)
    text = _MARKDOWN.sub(lambda found: _entity(found[0]), text)
    return _LINE_START.sub(lambda found: rf"{found[1] or ''}\{found[2] or found[3]}", text)


def _entity(letter: str) -> str:
    return {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(letter, f"\\{letter}")


def markdown_prose(text: str) -> str:
    return _prose(text, markdown_words, lambda math: f"$`{math}`$")


def markdown_words(text: str) -> str:
    """Words of our own between formulas: the same letters are harmless, a line start is not in question."""
    return _MARKDOWN.sub(lambda found: _entity(found[0]), text)


def markdown_cell(text: str) -> str:
    """Prose in a cell of a table, where a bar would end the cell."""
    return _prose(text, markdown_words, lambda math: "$`" + math.replace("|", r"\vert ") + "`$")


def notebook_prose(text: str) -> str:
    return _prose(text, markdown_words, lambda math: f"${_jupyter(math)}$")


def notebook_cell(text: str) -> str:
    """Prose in a cell of a table."""
    return _prose(text, markdown_words, lambda math: "$" + _jupyter(math).replace("|", r"\vert ") + "$")


def _jupyter(math: str) -> str:
    """Jupyter puts formulas into the page after Markdown, and before it looks for elements of HTML."""
    return math.replace("<", r"\lt ").replace(">", r"\gt ")


def markdown_fence(text: str) -> str:
    """A fence of backticks that the text cannot close."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(3, longest + 1)


def one_line(text: str) -> str:
    """A command as it is typed; what cannot be printed is named."""
    return _visible(text, lambda code: f"<U+{code:04X}>", lambda letter: True)


# ---------------------------------------------------------------- LaTeX

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "'": r"\textquotesingle{}", "`": r"\textasciigrave{}",
    "-": "-{}", ",": ",{}", "–": "--",
}  # fmt: skip
# The letters beyond ASCII that the T1 encoding has; one that it lacks stops pdflatex.
_T1 = frozenset(
    "–ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ"
    "ĂăĄąĆćČčĎďĐđĘęĚěĞğİıĹĺĽľŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŢţŤťŮůŰűŸŹźŻżŽž"
)
# Words longer than this may be broken anywhere: a path without spaces must not run over the margin.
LONGEST_WORD = 24


def latex(text: str) -> str:
    """Any text as LaTeX that shows its letters; pdflatex knows those of Latin alphabets, others are named."""
    text = _visible(text, lambda code: f"<U+{code:04X}>", _has_glyph)
    return " ".join(_word(word) for word in text.split(" "))


def _word(word: str) -> str:
    letters = [_LATEX.get(letter, letter) for letter in word]
    return (r"\allowbreak{}" if len(word) > LONGEST_WORD else "").join(letters)


def latex_words(text: str) -> str:
    """Words of our own between formulas: a hyphen is a hyphen, a comma a comma."""
    return "".join(letter if letter in "-,'" else _LATEX.get(letter, letter) for letter in text)


def latex_prose(text: str) -> str:
    return _prose(text, latex_words, lambda math: f"${math}$")


def _has_glyph(letter: str) -> bool:
    """Whether the T1 fonts of a basic TeX Live have the letter: those of most Latin alphabets."""
    return letter <= "~" or letter in _T1


# ---------------------------------------------------------------- HTML

# A short formula and the sign that closes or opens beside it: a line is not broken between them.
_JOINED = re.compile(r'\(?<span class="math">[^<]{1,24}</span>[,.;:!?)]+')


def html(text: str) -> Markup:
    """Any text as HTML that shows its letters, on one line."""
    return escape(one_line(text))


def html_prose(text: str) -> Markup:
    r"""Formulas as elements that hold their LaTeX: a reader without scripts sees the source."""
    marked = _prose(text, escape, lambda math: f'<span class="math">{escape(math)}</span>')
    return Markup(_JOINED.sub(r'<span class="joined">\g<0></span>', marked))


def html_json(value: Any) -> Markup:
    """Data inside a `<script>` element: no `<` is left that could end it or open a comment."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e"))


# ---------------------------------------------------------------- all


def _prose(text: str, words: Callable[[str], str], math: Callable[[str], str]) -> str:
    parts = text.split("$")
    return "".join(math(part) if place % 2 else words(part) for place, part in enumerate(parts))


def _visible(text: str, named: Callable[[int], str], shown: Callable[[str], bool]) -> str:
    """Composed letters; what cannot be seen (control characters, marks of direction) or printed goes by its number."""
    out = []
    for letter in unicodedata.normalize("NFC", text):
        hidden = unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        out.append(named(ord(letter)) if hidden or not shown(letter) else letter)
    return "".join(out)
