"""LaTeX mathematics as tokens, each with its span in the source. Spaces and comments separate them and are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from derive.reading.errors import Bounded
from derive.reading.source import Span

LONGEST_NUMBER = 100  # digits


class Kind(Enum):
    COMMAND = "command"  # \alpha, \, \{ : `text` holds the name without its backslash
    LETTER = "letter"
    NUMBER = "number"
    OPEN = "{"
    CLOSE = "}"
    SUPER = "^"
    SUB = "_"
    PRIME = "'"
    ALIGN = "&"
    PARAMETER = "#"
    SIGN = "sign"  # any other character


@dataclass(frozen=True, slots=True)
class Token:
    """`spaced` tells whether a space stands before it: `dW` may be one name, `d W` is not."""

    kind: Kind
    text: str
    span: Span
    spaced: bool = False

    def at(self, span: Span) -> Token:
        return replace(self, span=span)

    def is_sign(self, *texts: str) -> bool:
        return self.kind is Kind.SIGN and self.text in texts

    def is_command(self, *names: str) -> bool:
        return self.kind is Kind.COMMAND and self.text in names

    def __str__(self) -> str:
        return f"\\{self.text}" if self.kind is Kind.COMMAND else self.text


_TOKEN = re.compile(
    r"""(?P<space>(?:\s|~)+)
      | (?P<comment>(?<!\\)%[^\n]*)
      | (?P<row>\\\\\*?(?:\s*\[\s*-?[0-9.]+\s*(?:pt|em|ex|mu|mm|cm|in|pc|bp|sp|\\[A-Za-z]+)\s*\])?)
      | \\(?P<command>[A-Za-z]+\*?|.)
      | (?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
      | (?P<primes>'+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_PERCENT = re.compile("(?P<other>%)")
_QUOTED = re.compile(r"(?P<space>[ \t]*\n[ \t]*>(?:[ \t]|>)*)")
_STARRED = re.compile(r"[A-Za-z]+\*")

_SINGLE = {kind.value: kind for kind in (Kind.OPEN, Kind.CLOSE, Kind.SUPER, Kind.SUB, Kind.ALIGN, Kind.PARAMETER)}

_GREEK = re.findall(
    r"\w+",
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi"
    " omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega",
)
# Unicode signs that authors paste, as the LaTeX that they mean.
UNICODE: dict[str, str] = {
    **dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", _GREEK, strict=True)),
    "·": "cdot", "⋅": "cdot", "×": "times", "∘": "circ", "⊙": "odot", "⊗": "otimes", "•": "bullet", "∗": "ast",
    "∂": "partial", "∇": "nabla", "∑": "sum", "∏": "prod", "√": "sqrt", "∞": "infty", "ℓ": "ell", "∈": "in",
    "≠": "neq", "≤": "leq", "≥": "geq", "⇒": "implies", "→": "to", "⊤": "top", "‖": "|", "∥": "|", "…": "dots",
}  # fmt: skip
_PLAIN = {"−": "-", "–": "-", "′": "'", "∣": "|"}
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ", "0123456789T", strict=True))


def tokenize(
    text: str, start: int = 0, end: int | None = None, *, comments: bool = False, quoted: bool = False
) -> tuple[Token, ...]:
    """The tokens of text[start:end]; spans point into the whole text.

    Args:
        comments: `%` starts a comment (LaTeX files); else it is a sign like any other.
        quoted: the text stands in a block quote, and `>` at the start of a line is no part of it.
    """
    return tuple(_tokens(text, start, len(text) if end is None else end, comments, quoted))


def _tokens(text: str, start: int, end: int, comments: bool, quoted: bool) -> Iterator[Token]:
    spaced = False
    position = start
    while position < end:
        found = _QUOTED.match(text, position, end) if quoted else None
        if found is not None:
            position, spaced = found.end(), True
            continue
        found = _TOKEN.match(text, position, end)
        if quoted and found["space"] and "\n" in found[0] and position < (line := text.index("\n", position)):
            position, spaced = line, True  # up to the end of the line: a mark of the quote may follow
            continue
        if found["comment"] and not comments:
            found = _PERCENT.match(text, position, end)
        span = (position, found.end())
        position = found.end()
        groups = found.groupdict()
        if groups.get("space") or groups.get("comment"):
            spaced = True
            continue
        yield from _read(groups, span, spaced)
        spaced = False


def _read(groups: dict[str, str | None], span: Span, spaced: bool) -> Iterator[Token]:
    if groups.get("row"):
        yield Token(Kind.COMMAND, "\\", span, spaced)  # the end of a row, with the space that it asks for
    elif command := groups.get("command"):
        if _STARRED.fullmatch(command) and command[:-1] not in ("operatorname", "tag", "hspace", "newcommand"):
            # `\delta*x` is a product; only a few commands have a starred form.
            yield Token(Kind.COMMAND, command[:-1], (span[0], span[1] - 1), spaced)
            yield Token(Kind.SIGN, "*", (span[1] - 1, span[1]))
            return
        yield Token(Kind.COMMAND, command.rstrip("*") if len(command) > 1 else command, span, spaced)
    elif number := groups.get("number"):
        if len(number) > LONGEST_NUMBER:
            raise Bounded(f"a number of more than {LONGEST_NUMBER} digits", span)
        yield Token(Kind.NUMBER, number, span, spaced)
    elif primes := groups.get("primes"):
        for place in range(len(primes)):
            yield Token(Kind.PRIME, "'", (span[0] + place, span[0] + place + 1), spaced and not place)
    else:
        yield from _character(groups["other"] or "", span, spaced)


def _character(character: str, span: Span, spaced: bool) -> Iterator[Token]:
    character = _PLAIN.get(character, character)
    if character in _SUPERSCRIPTS:
        digit = _SUPERSCRIPTS[character]
        yield Token(Kind.SUPER, "^", span, spaced)
        yield Token(Kind.NUMBER if digit.isdigit() else Kind.LETTER, digit, span)
    elif character in UNICODE:
        yield Token(Kind.COMMAND, UNICODE[character], span, spaced)
    elif character in _SINGLE:
        yield Token(_SINGLE[character], character, span, spaced)
    elif character == "'":
        yield Token(Kind.PRIME, "'", span, spaced)
    else:
        yield Token(Kind.LETTER if character.isalpha() else Kind.SIGN, character, span, spaced)
