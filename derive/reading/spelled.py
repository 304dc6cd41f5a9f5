r"""Other spellings of what the parser knows. Positions keep pointing into the source.

`{a \over b}` is `\frac{a}{b}`, as plain TeX writes it; `A^t` is `A^\top` where nothing in the document is called t.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from derive.reading.tokens import Kind, Token

_TURNED = re.compile(r"(?<!e)\s*\^\s*(?:t(?![A-Za-z])|\{\s*t\s*\})")
_NAMED = re.compile(r"(?<![A-Za-z\\])(?:d\s*)?t(?![A-Za-z])")
_WORDS = re.compile(r"\\(?:text|mathrm|operatorname|textrm|mbox)\s*\{[^{}]*\}")


def names_t(texts: Iterable[str]) -> bool:
    """Whether t is a name of the document: an index, a variable, or what else does not only stand above names."""
    return any(_NAMED.search(_TURNED.sub(" ", _WORDS.sub(" ", text))) for text in texts)


def respelled(tokens: Sequence[Token], named: bool = False) -> Sequence[Token]:
    """The tokens in the spelling that the parser knows.

    Args:
        named: t is a name of the document, and so no transposition.
    """
    if not named:
        tokens = _with_transposes(tokens)
    return _with_fractions(tokens) if any(token.is_command("over") for token in tokens) else tokens


def _with_transposes(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""`A^t` and `A^{t}` as `A^\top`."""
    result = list(tokens)
    for place, token in enumerate(tokens):
        if token.kind is Kind.LETTER and token.text == "t":
            before = place - 1
            if tokens[before].kind is Kind.OPEN and place + 1 < len(tokens) and tokens[place + 1].kind is Kind.CLOSE:
                before -= 1
            if before >= 0 and tokens[before].kind is Kind.SUPER:
                result[place] = replace(token, kind=Kind.COMMAND, text="top")
    return result


def _with_fractions(tokens: Sequence[Token]) -> list[Token]:
    r"""Every group with one `\over` on its own level as a `\frac`; one outside of all groups stays as it is."""
    result: list[Token] = []
    opened: list[tuple[int, int | None]] = []  # of every open group, where it starts and where its `\over` stands
    for token in tokens:
        if token.is_command("over") and opened and opened[-1][1] is None:
            opened[-1] = (opened[-1][0], len(result))
        if token.kind is Kind.OPEN:
            opened.append((len(result), None))
        result.append(token)
        if token.kind is Kind.CLOSE and opened:
            start, over = opened.pop()
            if over is not None:
                result[start:] = _fraction(result[start], result[start + 1 : over], result[over + 1 : -1], token)
    return result


def _fraction(opening: Token, above: list[Token], below: list[Token], closing: Token) -> list[Token]:
    def grouped(inner: list[Token]) -> list[Token]:
        start, end = (inner[0].span[0], inner[-1].span[1]) if inner else (opening.span[1], closing.span[0])
        return [Token(Kind.OPEN, "{", (start, start)), *inner, Token(Kind.CLOSE, "}", (end, end))]

    command = Token(Kind.COMMAND, "frac", (opening.span[0], opening.span[0]))
    return [opening, command, *grouped(above), *grouped(below), closing]
