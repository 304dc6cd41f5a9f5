r"""Spellings of TeX that the parser does not know, rewritten token by token into those that it knows.

`{a \over b}` is `\frac{a}{b}`; `\overset{(1)}{=}` and `\stackrel{\text{chain rule}}{=}` are the relation with a remark
above it. Positions keep pointing into the source.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.reading.tables import RELATIONS
from derive.reading.tokens import Kind, Token

_REMARKED = ("overset", "underset", "stackrel")


def respelled(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens in the spellings that the parser knows."""
    if any(token.is_command(*_REMARKED) for token in tokens):
        tokens = _without_remarks(tokens)
    if any(token.is_command("over") for token in tokens):
        tokens = _with_fractions(tokens)
    return tokens


def _without_remarks(tokens: Sequence[Token]) -> list[Token]:
    r"""`\overset{(1)}{=}` without the remark; `!` demands that something be equal, and stays."""
    result: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        remark = _group(tokens, position + 1) if token.is_command(*_REMARKED) else 0
        base = _group(tokens, position + 1 + remark) if remark else 0
        inner = tokens[position + 1 + remark : position + 1 + remark + base]
        signs = [part for part in inner if part.kind not in (Kind.OPEN, Kind.CLOSE)]
        said = "".join(part.text for part in tokens[position + 1 : position + 1 + remark] if part.text.strip("{}"))
        if len(signs) == 1 and signs[0].text in RELATIONS and said != "!":
            result += signs
            position += 1 + remark + base
        else:
            result.append(token)
            position += 1
    return result


def _group(tokens: Sequence[Token], position: int) -> int:
    """How many tokens the group or single token at a position has; 0 where it has no end."""
    depth = 0
    for place in range(position, len(tokens)):
        depth += (tokens[place].kind is Kind.OPEN) - (tokens[place].kind is Kind.CLOSE)
        if depth <= 0:
            return place - position + 1
    return 0


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
