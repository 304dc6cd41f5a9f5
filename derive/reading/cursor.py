"""A place in the tokens of a formula: what stands here, how long a group is, where a row ends. No notation is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.reading.errors import Bounded, Unread
from derive.reading.tables import ACCENTS, FONTS, FRAMES, FUNCTIONS, KERNS, LAYOUT, NUMPY, SIZES, SPACES, TEXTS
from derive.reading.tokens import Kind, Token
from derive.reading.typography import plain

DEEPEST = 60  # brackets within brackets
LONGEST = 4_000  # tokens in one formula


class Cursor:
    """One formula. `words` are the runs of letters that are one name: `errors`, `MSE`."""

    def __init__(self, tokens: Sequence[Token], words: frozenset[str] = frozenset(), end: int = 0):
        if len(tokens) > LONGEST:
            raise Bounded(f"the formula is longer than {LONGEST} signs", tokens[LONGEST].span)
        self.tokens = _without_sizes(_without_frames(_without_layout(plain(tokens))))
        self.words = words | FUNCTIONS | NUMPY.keys()
        self.longest_word = max(map(len, self.words), default=1)
        self.position = 0
        self.depth = 0
        self.brackets = 0  # brackets and groups that are open: a wide space separates statements outside of them only
        self.cells = 0  # matrices that are open: their rows do not go on with a sign
        self.bars: list[bool] = []  # bars that are open: whether each is a norm
        self.end = self.tokens[-1].span[1] if self.tokens else end

    def _more(self) -> bool:
        return self.position < len(self.tokens)

    def _here(self) -> Token:
        if not self._more():
            raise Unread("expected an expression before the end", (self.end, self.end))
        return self.tokens[self.position]

    def _peek(self, offset: int) -> Token | None:
        place = self.position + offset
        return self.tokens[place] if place < len(self.tokens) else None

    def _position(self) -> int:
        return self._here().span[0] if self._more() else self.end

    def _last_end(self) -> int:
        return self.tokens[self.position - 1].span[1] if self.position else self._position()

    def _enter(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Bounded(f"brackets nest more than {DEEPEST} deep", self._here().span if self._more() else (0, 0))

    def _skip_spaces(self) -> bool:
        while self._more():
            if self._here().is_command(*SPACES):
                self.position += 1
            elif self._here().is_command(*TEXTS) and not self._group_text(self.position + 1).strip():
                self.position += 1 + self._group_length(self.position + 1)
            else:
                break
        return self._more()

    def _group_length(self, position: int) -> int:
        """How many tokens the group or single token at a position has."""
        if position >= len(self.tokens):
            return 0
        start = position
        while self.tokens[position].is_command(*FONTS, *ACCENTS, *TEXTS):
            position += 1  # `_\mathbf w` and `_\mathbf{w}`
            if position >= len(self.tokens):
                return position - start
        if self.tokens[position].kind is not Kind.OPEN:
            return position - start + 1
        depth = 0
        for place in range(position, len(self.tokens)):
            depth += (self.tokens[place].kind is Kind.OPEN) - (self.tokens[place].kind is Kind.CLOSE)
            if not depth:
                return place - start + 1
        raise Unread("a brace is opened and not closed", self.tokens[position].span)

    def _group_tokens(self, position: int) -> tuple[Token, ...]:
        length = self._group_length(position)
        tokens = self.tokens[position : position + length]
        return tokens[1:-1] if tokens and tokens[0].kind is Kind.OPEN else tokens

    def _group_text(self, position: int) -> str:
        tokens = self._group_tokens(position)
        return "".join((" " if token.spaced else "") + str(token) for token in tokens)

    def _environment(self) -> str:
        return self._group_text(self.position + 1).strip().rstrip("*")


def _without_sizes(tokens: Sequence[Token]) -> tuple[Token, ...]:
    r"""`\left(`, `\Big[`: the size says nothing, and becomes part of the bracket's span."""
    result: list[Token] = []
    size: Token | None = None
    for token in tokens:
        if token.is_command(*SIZES):
            size = token
            continue
        if size is not None:
            if token.is_sign("."):
                message = "a bracket without a sign is not read: `\\left. … \\right|` gives a value at one place"
                raise Unread(message, (size.span[0], token.span[1]))
            token = replace(token, span=(size.span[0], token.span[1]), spaced=size.spaced)
            size = None
        result.append(token)
    if size is not None:
        raise Unread(f"expected a bracket after `{size}`", size.span)
    return tuple(result)


def _without_frames(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""`\boxed{a = b}`: a box around a statement says nothing; what stands in it is read as if it stood alone."""
    if not any(token.is_command(*FRAMES) for token in tokens):
        return tokens
    result: list[Token] = []
    open_braces: list[bool] = []  # of every open brace, whether it belongs to a frame
    framed = False
    for token in tokens:
        if token.is_command(*FRAMES):
            framed = True
            continue
        frame = framed and token.kind is Kind.OPEN
        if token.kind is Kind.OPEN:
            open_braces.append(frame)
        elif token.kind is Kind.CLOSE and open_braces:
            frame = open_braces.pop()
        framed = False
        if not frame:
            result.append(token)
    return tuple(result)


def _without_layout(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""`\tag{1}`, `\color{red}`, `\phantom{=}`: what only says how a formula looks."""
    if not any(token.kind is Kind.COMMAND and (token.text in LAYOUT or token.text in KERNS) for token in tokens):
        return tokens
    result: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token.is_command(*KERNS):
            position += _length_of_length(tokens, position)
            continue
        if token.kind is not Kind.COMMAND or token.text not in LAYOUT:
            result.append(token)
            continue
        if token.text == "hspace" and _is_wide(tokens, position):
            result.append(replace(token, text="quad"))
        for _ in range(LAYOUT[token.text]):
            depth = 0
            while position < len(tokens):
                depth += (tokens[position].kind is Kind.OPEN) - (tokens[position].kind is Kind.CLOSE)
                position += 1
                if depth <= 0:
                    break
    return tuple(result)


_WIDE = {"em": 1.0, "ex": 2.0, "in": 0.2, "cm": 0.5, "mm": 5.0, "pt": 12.0}  # a \quad in each unit, about


def _is_wide(tokens: Sequence[Token], position: int) -> bool:
    r"""Whether `{0.5in}` is at least as wide as `\quad`, which stands between statements."""
    inner = "".join(str(token) for token in tokens[position + 1 : position + 5]).partition("}")[0]
    unit = inner.lstrip("0123456789.")
    number = inner.removesuffix(unit)
    return unit in _WIDE and number.replace(".", "", 1).isdecimal() and float(number) >= _WIDE[unit]


def _length_of_length(tokens: Sequence[Token], position: int) -> int:
    """How many tokens `-1.5mu` has, behind `\\mkern`."""
    start = position
    if position < len(tokens) and tokens[position].is_sign("-", "+"):
        position += 1
    if position < len(tokens) and tokens[position].kind is Kind.NUMBER:
        position += 1
        letters = tokens[position : position + 2]
        position += 2 * ("".join(token.text for token in letters) in ("mu", "pt", "em", "ex", "cm", "mm"))
    return position - start
