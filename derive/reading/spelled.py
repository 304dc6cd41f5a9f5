r"""Fractions as plain TeX spells them: `{a \over b}` is `\frac{a}{b}`. Positions keep pointing into the source."""

from __future__ import annotations

from collections.abc import Sequence

from derive.reading.tokens import Kind, Token


def respelled(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens in the spelling that the parser knows."""
    return _with_fractions(tokens) if any(token.is_command("over") for token in tokens) else tokens


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
