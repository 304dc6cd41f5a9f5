r"""Macros that the document itself defines, and their expansion. Positions keep pointing into the source.

Read: `\newcommand`, `\renewcommand`, `\providecommand`, `\def`, `\gdef`, `\DeclareMathOperator`. The tokens of a body
stand where the macro was called; arguments keep their own places. Expansion is bounded by counts, so that a
recursive macro ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from derive.reading.errors import Bounded, Unread
from derive.reading.source import Span
from derive.reading.tokens import Kind, Token

LARGEST_EXPANSION = 20_000  # tokens made by macros in one formula
DEEPEST = 40  # macros that call macros


@dataclass(frozen=True)
class Macro:
    """A body with parameters `#1` to `#n`; the first is optional where there is a `default`."""

    name: str
    parameters: int
    body: tuple[Token, ...]
    default: tuple[Token, ...] | None = None


DEFINING = ("newcommand", "renewcommand", "providecommand", "def", "gdef", "DeclareMathOperator")


def take_definitions(tokens: Sequence[Token]) -> tuple[dict[str, Macro], tuple[Token, ...]]:
    """The macros that a run of tokens defines, and the tokens without the definitions.

    Raises:
        Unread: a definition is not complete.
    """
    macros: dict[str, Macro] = {}
    rest: list[Token] = []
    position = 0
    while position < len(tokens):
        if tokens[position].is_command(*DEFINING):
            macro, position = _definition(tokens, position)
            macros[macro.name] = macro
        else:
            rest.append(tokens[position])
            position += 1
    return macros, tuple(rest)


def _definition(tokens: Sequence[Token], position: int) -> tuple[Macro, int]:
    command = tokens[position]
    reader = _Reader(tokens, position + 1, command.span)
    name = reader.name()
    if command.text in ("def", "gdef"):
        parameters = 0
        while reader.more() and reader.here().kind is Kind.PARAMETER:
            reader.position += 2
            parameters += 1
        return Macro(name, parameters, reader.group()), reader.position
    if command.text == "DeclareMathOperator":
        return Macro(name, 0, _operator(reader.group(), command.span)), reader.position
    count = reader.optional()
    default = reader.optional()
    parameters = int(count[0].text) if count and count[0].text.isdecimal() else 0
    return Macro(name, parameters, _boxed(reader.group(), parameters), default), reader.position


def _boxed(body: tuple[Token, ...], parameters: int) -> tuple[Token, ...]:
    r"""What a macro that sets its argument in a box of its own means: `\sbox{\box}{$\displaystyle #1$}...` is #1."""
    if parameters != 1 or not any(token.is_sign("$") for token in body):
        return body
    place = next((k for k, token in enumerate(body) if token.kind is Kind.PARAMETER), None)
    return body[place : place + 2] if place is not None else body


def _operator(body: tuple[Token, ...], span: Span) -> tuple[Token, ...]:
    opening, closing = Token(Kind.OPEN, "{", span), Token(Kind.CLOSE, "}", span)
    return (Token(Kind.COMMAND, "operatorname", span), opening, *body, closing)


def expand(tokens: Sequence[Token], macros: Mapping[str, Macro]) -> tuple[Token, ...]:
    """The tokens with every macro call replaced by its body.

    Raises:
        Bounded: the macros expand to too many tokens, or call each other too deeply.
        Unread: an argument is missing.
    """
    if not any(token.kind is Kind.COMMAND and token.text in macros for token in tokens):
        return tuple(tokens)
    budget = [LARGEST_EXPANSION]
    return tuple(_expand(tokens, macros, 0, budget))


def _expand(tokens: Sequence[Token], macros: Mapping[str, Macro], depth: int, budget: list[int]) -> list[Token]:
    result: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.kind is not Kind.COMMAND or token.text not in macros:
            result.append(token)
            position += 1
            continue
        macro = macros[token.text]
        reader = _Reader(tokens, position + 1, token.span)
        arguments = reader.arguments(macro)
        position = reader.position
        body = _filled(macro, arguments, (token.span[0], tokens[position - 1].span[1]), token.spaced)
        budget[0] -= len(body) + 1
        if depth >= DEEPEST or budget[0] < 0:
            raise Bounded(f"the macro \\{token.text} expands without end", token.span)
        result.extend(_expand(body, macros, depth + 1, budget))
    return result


def _filled(macro: Macro, arguments: Sequence[tuple[Token, ...]], span: Span, spaced: bool) -> list[Token]:
    filled: list[Token] = []
    position = 0
    while position < len(macro.body):
        token = macro.body[position]
        following = macro.body[position + 1] if position + 1 < len(macro.body) else None
        if token.kind is Kind.PARAMETER and following is not None and following.text[:1].isdecimal():
            number, rest = int(following.text[0]), following.text[1:]
            if 1 <= number <= len(arguments):
                filled.extend(arguments[number - 1])
            if rest:  # `#12` is the first parameter and a 2
                filled.append(Token(Kind.NUMBER, rest, span))
            position += 2
        else:
            filled.append(Token(token.kind, token.text, span, token.spaced if position else spaced))
            position += 1
    return filled


class _Reader:
    """A place in a run of tokens."""

    def __init__(self, tokens: Sequence[Token], position: int, span: Span):
        self.tokens, self.position, self.span = tokens, position, span

    def more(self) -> bool:
        return self.position < len(self.tokens)

    def here(self) -> Token:
        if not self.more():
            raise Unread("a macro stops before its argument", self.span)
        return self.tokens[self.position]

    def name(self) -> str:
        """`\\name` or `{\\name}`"""
        inner = self.group()
        if len(inner) != 1 or inner[0].kind is not Kind.COMMAND:
            raise Unread("expected the name of a macro, such as \\vx", self.span)
        return inner[0].text

    def group(self) -> tuple[Token, ...]:
        """The tokens inside braces, or one single token."""
        first = self.here()
        self.position += 1
        if first.kind is not Kind.OPEN:
            return (first,)
        start, depth = self.position, 1
        while self.more():
            token = self.tokens[self.position]
            depth += (token.kind is Kind.OPEN) - (token.kind is Kind.CLOSE)
            self.position += 1
            if not depth:
                return tuple(self.tokens[start : self.position - 1])
        raise Unread("a brace is opened and not closed", first.span)

    def optional(self) -> tuple[Token, ...] | None:
        """The tokens inside square brackets, if they stand here."""
        if not self.more() or not self.here().is_sign("["):
            return None
        opening = self.here()
        for place in range(self.position + 1, len(self.tokens)):
            if self.tokens[place].is_sign("]"):
                inner = tuple(self.tokens[self.position + 1 : place])
                self.position = place + 1
                return inner
        raise Unread("a bracket is opened and not closed", opening.span)

    def arguments(self, macro: Macro) -> list[tuple[Token, ...]]:
        arguments: list[tuple[Token, ...]] = []
        if macro.default is not None and macro.parameters:
            given = self.optional()
            arguments.append(macro.default if given is None else given)
        while len(arguments) < macro.parameters:
            arguments.append(self.group())
        return arguments
