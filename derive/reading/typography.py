r"""Marks that say how a formula looks and not what it means, taken out of its tokens before it is parsed.

Old font switches become the commands that they stand for; an empty group and a note over a relation go. Spans stay
those of the source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.reading.tables import RELATIONS, SWITCHES
from derive.reading.tokens import Kind, Token

_NOTED = ("underset", "overset", "stackrel")
_OPERANDS = (Kind.CLOSE, Kind.LETTER, Kind.NUMBER)


def plain(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""The tokens without `{}` and the notes of `\overset{(a)}{=}`; `{\rm tr}` as `\mathrm{tr}`."""
    for rule in (_with_row_ends, _without_notes, _without_empty_groups, _switched):
        tokens = rule(tokens)
    return tokens


def _with_row_ends(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""`\newline` ends a row like `\\\\`."""
    return tuple(replace(token, text="\\") if token.is_command("newline") else token for token in tokens)


def _without_notes(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""`\underset{\text{linearity}}{=}` is `=`: a note says why it is true; only `!` demands that it be, and stays."""
    result: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.is_command(*_NOTED):
            first = _group_end(tokens, position + 1)
            second = _group_end(tokens, first)
            body = [t for t in tokens[first:second] if t.kind not in (Kind.OPEN, Kind.CLOSE)]
            demanded = any(t.is_sign("!") for t in tokens[position + 1 : first])
            relation = len(body) == 1 and body[0].text in RELATIONS and body[0].kind in (Kind.SIGN, Kind.COMMAND)
            if relation and not demanded:
                result.append(body[0])
                position = second
                continue
        result.append(token)
        position += 1
    return tuple(result)


def _group_end(tokens: Sequence[Token], position: int) -> int:
    """The place behind the group or single token at a position; that of the end where a brace stays open."""
    depth = 0
    for place in range(position, len(tokens)):
        depth += (tokens[place].kind is Kind.OPEN) - (tokens[place].kind is Kind.CLOSE)
        if depth <= 0:
            return place + 1
    return len(tokens)


def _without_empty_groups(tokens: Sequence[Token]) -> Sequence[Token]:
    """`z_i}{} = ...`, `a {}+{} b`: behind an operand or a sign, and with nothing on them, empty braces say nothing."""
    result: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        empty = token.kind is Kind.OPEN and position + 1 < len(tokens) and tokens[position + 1].kind is Kind.CLOSE
        after = tokens[position + 2] if position + 2 < len(tokens) else None
        written_on = after is not None and after.kind in (Kind.SUB, Kind.SUPER, Kind.PRIME)
        behind = bool(result) and (result[-1].kind in _OPERANDS or result[-1].is_sign(")", "]", "+", "-", "="))
        if empty and behind and not written_on:
            position += 2
            continue
        result.append(token)
        position += 1
    return tuple(result)


def _switched(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""`{\bf w}` is `\mathbf{w}`."""
    result: list[Token] = []
    for token in tokens:
        switch = bool(result) and result[-1].kind is Kind.OPEN and token.is_command(*SWITCHES)
        if switch:
            opening = result.pop()
            result.append(Token(Kind.COMMAND, SWITCHES[token.text], opening.span, opening.spaced))
            result.append(Token(Kind.OPEN, "{", token.span))
        else:
            result.append(token)
    return tuple(result)
