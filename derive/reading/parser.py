r"""Tokens to notation, by recursive descent. Symbol tables play no part, but for one: which runs of letters are words.

The grammar, from loose to tight:

    formula   = row (\\ row)*                     rows of an align, each with its statements
    statement = side (relation side)*             relation: = := \implies is a boundary of its own
    side      = [+-] term ([+-] term)*
    term      = factor (sign? factor)*            sign: \cdot * \odot / ...; a sum or derivative sign takes the rest
    factor    = atom scripts                      a name, number, bracket, fraction, root, matrix
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from derive.reading.cursor import Cursor
from derive.reading.errors import Bounded, Unread
from derive.reading.source import Span
from derive.reading.syntax import (
    Big,
    Chain,
    Comparison,
    Derivative,
    Fraction_,
    Group,
    Matrix,
    Nabla,
    Name,
    Node,
    Number,
    Product,
    Root,
    Script,
    Sign,
    Signed,
    Total,
    Words,
    is_deeper,
)
from derive.reading.tables import (
    ACCENTS,
    ALIGNING,
    BIGS,
    BRACKETS,
    ENDS,
    FONTS,
    FUNCTIONS,
    IMPLICATIONS,
    MATRICES,
    PROSE,
    RELATIONS,
    SIGNS,
    SIZES,
    SPACES,
    TEXTS,
)
from derive.reading.tokens import Kind, Token

DEEPEST_TREE = 300  # nodes in nodes: scripts on scripts need no brackets
_ANGLES = re.compile(r"(?:\\langle|<)([^<>]*?)(?:\\rangle|>)")


class Parser(Cursor):
    """Reads one formula."""

    # ------------------------------------------------------------ the formula

    def statements(self) -> tuple[tuple[Chain, ...], tuple[Unread, ...]]:
        """All statements of the formula, in order, and what could not be read: reading goes on with the next row."""
        found: list[Chain] = []
        problems: list[Unread] = []
        previous: Node | None = None
        while True:
            begin = start = self.position
            try:
                if not self._skip_separators():
                    break
                start = self.position
                row = start > 0 and self.tokens[start - 1].kind is Kind.ALIGN
                chain = self._statement(previous)
                if is_deeper(chain, DEEPEST_TREE):
                    raise Bounded(f"notation nests more than {DEEPEST_TREE} deep", chain.span)
                if self._more() and not self._separator():
                    token = self._here()
                    raise Unread(f"`{token}` has no place here", token.span)
                if row and len(chain.sides) == 1 and found and found[-1].sides[-1] is previous:
                    found.pop()  # what it states is not complete without this row
                    raise Unread("this row goes on with the one before it in a way that is not read", chain.span)
                found.append(chain)
                previous = chain.sides[-1]
            except Bounded:
                raise
            except Unread as unread:
                problems.append(unread)
                self.depth, self.brackets, self.cells, self.bars, previous = 0, 0, 0, [], None
                self._next_row(start)
                if self.position <= begin:  # an unclosed brace between statements: nothing behind it can be told apart
                    self.position = len(self.tokens)
        return tuple(found), tuple(problems)

    def _next_row(self, start: int) -> None:
        """Go behind the end of the row that holds the token at `start`; ends of rows in a matrix do not count."""
        opened = braces = 0
        for place in range(start, len(self.tokens)):
            token = self.tokens[place]
            braces += (token.kind is Kind.OPEN) - (token.kind is Kind.CLOSE)
            if token.is_command("begin", "end"):
                self.position = place
                if self._environment() not in ALIGNING:
                    opened += 1 if token.text == "begin" else -1
            elif token.is_command("\\", "cr", "newline") and opened <= 0 and braces <= 0:
                self.position = place + 1
                return
        self.position = len(self.tokens)

    def _statement(self, previous: Node | None) -> Chain:
        """`previous` is continued by a row of an align that starts with its relation: `&= ...`."""
        start = self._here().span[0]
        sides: list[Node] = []
        relations: list[str] = []
        if self._relation():
            if previous is None:
                raise Unread("expected a left side before the relation", self._here().span)
            sides.append(previous)
        else:
            sides.append(self.side())
        while not self._arrow_behind(relations) and (relation := self._take_relation()) is not None:
            relations.append(relation)
            sides.append(self.side())
        return Chain(tuple(sides), tuple(relations), span=(start, self._last_end()))

    def _arrow_behind(self, relations: list[str]) -> bool:
        r"""`f = x y \rightarrow \partial_x f = y`: behind an equation an arrow says what follows from it."""
        start = self.position
        self._skip_spaces()
        arrow = self._more() and self._relation() == "to"
        self.position = start
        return bool(arrow) and bool(relations) and relations[-1] in ("=", ":=")

    def _skip_separators(self) -> bool:
        while self._more() and self._separator():
            self.position += self._separator()
        return self._more()

    def _separator(self) -> int:
        """How many tokens here end a statement: a row end, a comma, a full stop, an implication, prose."""
        token = self._here()
        if token.is_command("\\", "cr", "newline", *IMPLICATIONS) or token.is_sign(",", ";", ".", ":"):
            if token.is_sign(":") and self._peek(1) is not None and self._peek(1).is_sign("="):
                return 0
            return 1
        if token.kind is Kind.ALIGN or RELATIONS.get(token.text) == "to":
            return 1
        if token.is_command(*SPACES) or token.is_command("label", "tag", "nonumber"):
            return 1 if token.is_command(*SPACES) else 1 + self._group_length(self.position + 1)
        if token.is_command("begin", "end"):
            name = self._environment()
            if name in ALIGNING:
                return 1 + self._group_length(self.position + 1)
            return self._array_of_statements() if name == "array" else 0
        if token.is_command(*TEXTS) and self._is_prose():
            return 1 + self._group_length(self.position + 1)
        return 0

    def _array_of_statements(self) -> int:
        r"""How many tokens `\begin{array}{lcl}` has, or its end, where the rows of the array are statements."""
        length = 1 + self._group_length(self.position + 1)
        if self._here().is_command("end"):
            return length
        depth = 0
        for place in range(self.position, len(self.tokens)):
            token = self.tokens[place]
            depth += token.is_command("begin") - token.is_command("end")
            depth += (token.kind is Kind.OPEN or token.is_sign("(", "[")) - (
                token.kind is Kind.CLOSE or token.is_sign(")", "]")
            )
            if depth == 1 and token.is_sign("="):
                return length + self._group_length(self.position + length)
            if not depth:
                break
        return 0

    def _is_prose(self) -> bool:
        r"""`\text{ and }` between statements is prose; `\text{softmax}` is a name."""
        words = self._group_text(self.position + 1).strip(" .,;:")
        return not words or words.lower() in PROSE or (" " in words)

    def _relation(self) -> str | None:
        token = self._here() if self._more() else None
        if token is None:
            return None
        if token.kind is Kind.ALIGN:
            following = self._peek(1)
            return self._relation_of(following, 1) if following is not None else None
        return self._relation_of(token, 0)

    def _relation_of(self, token: Token, offset: int) -> str | None:
        if token.is_sign(":"):
            following = self._peek(offset + 1)
            return ":=" if following is not None and following.is_sign("=") else None
        if token.kind in (Kind.SIGN, Kind.COMMAND) and (token.kind is Kind.COMMAND or token.text in "=<>"):
            return RELATIONS.get(token.text)
        return None

    def _take_relation(self) -> str | None:
        start = self.position
        self._skip_spaces()
        relation = self._relation() if self._more() else None
        if relation is None:
            self.position = start
            return None
        while self._more() and (
            self._here().kind is Kind.ALIGN or self._here().is_sign(":", "=", "<", ">") or self._relation()
        ):
            # `&=`, `:=`, `= &`: all signs of the relation, and the marks of alignment around it.
            self.position += 1
            self._skip_spaces()
            if not (self._more() and (self._here().kind is Kind.ALIGN or self._here().is_sign("="))):
                break
        return relation

    # ------------------------------------------------------------ sums and products

    def side(self) -> Node:
        """A sum of signed terms."""
        self._enter()
        terms: list[Signed] = []
        self._skip_spaces()
        start = self._position()
        while True:
            sign, where = self._take_sign(first=not terms)
            if sign is None:
                break
            terms.append(Signed(sign, where, self.term(), span=(where[0] if where else self._position(), 0)))
            terms[-1] = replace(terms[-1], span=(where[0] if where else terms[-1].term.span[0], self._last_end()))
            self._skip_aligned()
        self.depth -= 1
        if len(terms) == 1 and terms[0].sign == "+" and terms[0].sign_span is None:
            return terms[0].term
        return Total(tuple(terms), span=(start, self._last_end()))

    def _take_sign(self, *, first: bool) -> tuple[str | None, Span | None]:
        start = self.position
        self._skip_spaces()
        if self._more():
            token = self._here()
            if token.is_sign("+", "-") or token.is_command("pm", "mp"):
                self.position += 1
                return (token.text if token.kind is Kind.SIGN else "±"), token.span
        if not first:
            self.position = start  # a wide space may separate statements
        return ("+", None) if first else (None, None)

    def _skip_aligned(self) -> None:
        """A row of an align that goes on with `+` or `-` belongs to the sum before it."""
        start = self.position
        while self._more() and (self._here().kind is Kind.ALIGN or self._here().is_command("\\", *SPACES)):
            self.position += 1
        goes_on = self._more() and self._here().is_sign("+", "-") and not self.cells
        if not goes_on:
            self.position = start

    def term(self) -> Node:
        """Factors beside each other, with the signs between them."""
        self._skip_spaces()
        start = self._position()
        items: list[Node] = []
        while self._more():
            complete = bool(items) and not isinstance(items[-1], Sign)
            if complete and not self.brackets and self._here().is_command("quad", "qquad"):
                break
            self._skip_spaces()
            if complete:
                self._skip_to_operator()
            if not self._more() or (self._ends_term() and not self._sign_of_factor(items)):
                break
            item = self._operator_sign(items)
            if item is None:
                # `\times -1`: a sign directly behind an operator belongs to the factor.
                item = self._signed_factor() if self._sign_of_factor(items) else self._factor()
            items.append(item)
        if not items or isinstance(items[-1], Sign):
            where = self._here().span if self._more() else (self.end, self.end)
            what = f"`{self._here()}`" if self._more() else "the end"
            raise Unread(f"expected an expression before {what}", where)
        return items[0] if len(items) == 1 else Product(tuple(items), span=(start, self._last_end()))

    def _skip_to_operator(self) -> None:
        r"""A row of an align that goes on with `\cdot` belongs to the product before it."""
        start = self.position
        while self._more() and (self._here().kind is Kind.ALIGN or self._here().is_command("\\", *SPACES)):
            self.position += 1
        token = self._here() if self._more() else None
        if token is None or not (token.is_command(*SIGNS) or token.is_sign("*", "/")) or self.cells:
            self.position = start

    def _ends_term(self) -> bool:
        token = self._here()
        if token.is_sign("+", "-", ",", ";", ")", "]") or token.kind in (Kind.CLOSE, Kind.ALIGN):
            return True
        if token.is_sign(".", ":"):
            return not self._dot_product()
        if token.is_command(*ENDS):
            return True
        if token.is_command(*IMPLICATIONS) or self._relation() is not None:
            return True
        if self._bar_closes(token):
            return True
        return token.is_command(*TEXTS) and self._is_prose()

    def _dot_product(self) -> bool:
        following = self._peek(1)
        return self._here().is_sign(".") and following is not None and following.is_sign("*")

    def _operator_sign(self, items: list[Node]) -> Sign | None:
        token = self._here()
        name = None
        span = token.span
        if self._dot_product():
            name, span = "odot", (token.span[0], self._peek(1).span[1])
            self.position += 1
        elif token.text in SIGNS and (token.kind is Kind.COMMAND or token.is_sign("*", "/")):
            name = SIGNS[token.text]
        if name is None:
            return None
        if not items or isinstance(items[-1], Sign):
            raise Unread(f"`{token}` stands between two factors, and one is missing", token.span)
        self.position += 1
        self._skip_spaces()
        return Sign(name, span=span)

    def _sign_of_factor(self, items: list[Node]) -> bool:
        """Whether a `+` or `-` stands here directly behind an operator."""
        return bool(items) and isinstance(items[-1], Sign) and self._here().is_sign("+", "-")

    # ------------------------------------------------------------ factors

    def _factor(self) -> Node:
        self._enter()
        atom = self._atom()
        self.depth -= 1
        return self._scripts(atom)

    def _atom(self) -> Node:
        if not self._skip_spaces():
            raise Unread("expected an expression before the end", (self.end, self.end))
        token = self._here()
        start = token.span[0]
        if token.kind is Kind.NUMBER:
            self.position += 1
            return Number(Fraction(token.text), token.text, span=token.span)
        if token.kind is Kind.LETTER:
            return self._word()
        if token.kind is Kind.OPEN:
            return self._braces()
        if token.is_sign("(", "["):
            return self._bracket(token.text, token.text, BRACKETS[token.text])
        if token.is_sign("|"):
            return self._bars()
        if token.is_sign("-", "+"):
            return self._signed_factor()
        if token.kind is Kind.COMMAND:
            return self._command(token, start)
        raise Unread(f"`{token}` has no place here", token.span)

    def _signed_factor(self) -> Node:
        token = self._here()
        self.position += 1
        term = self._factor()
        signed = Signed(token.text, token.span, term, span=(token.span[0], term.span[1]))
        return Total((signed,), span=signed.span)

    def _word(self) -> Node:
        """The longest run of letters from here that is a known word, else one letter."""
        tokens = []
        text = ""
        best = 1
        for token in self.tokens[self.position : self.position + self.longest_word]:
            inner = (token.is_sign(".") or token.kind is Kind.NUMBER) and len(tokens) > 0
            if not (token.kind is Kind.LETTER or inner) or (tokens and token.spaced):
                break
            tokens.append(token)
            text += token.text
            if text in self.words:
                best = len(tokens)
        first, last = tokens[0], tokens[best - 1]
        base = "".join(token.text for token in tokens[:best])
        self.position += best
        before = self.tokens[self.position - best - 1] if self.position > best else None
        spaced = first.spaced or (before is not None and before.is_command(*SPACES))
        return Name(base, span=(first.span[0], last.span[1]), spaced=spaced)

    def _braces(self) -> Node:
        """Braces only group: what stands in them keeps its own shape, unless it is more than one factor."""
        opening = self._here()
        self.position += 1
        self._skip_spaces()
        if self._more() and self._here().kind is Kind.CLOSE:
            self.position += 1
            return Words("", span=(opening.span[0], self._last_end()))
        inner = self._inside(Kind.CLOSE, opening)
        pair = isinstance(inner, Product) and len(inner.items) == 2 and all(isinstance(i, Name) for i in inner.items)
        if pair and inner.items[0].base == "d":
            return inner  # {dz}^{[l]}: what stands behind the braces stands on z
        return Group("{", "}", (inner,), span=(opening.span[0], self._last_end())) if _compound(inner) else inner

    def _inside(self, closing: Kind, opening: Token) -> Node:
        self.brackets += 1
        inner = self._compared()
        self.brackets -= 1
        self._skip_spaces()
        if not self._more() or self._here().kind is not closing:
            self._unclosed(opening)
        self.position += 1
        return inner

    def _unclosed(self, opening: Token):
        if self._more():
            raise Unread(f"`{self._here()}` has no place here", self._here().span)
        raise Unread(f"`{opening}` is opened and not closed", opening.span)

    def _compared(self) -> Node:
        """A side, or sides with relations between them: `z > 0` in brackets, `i = 1` in an index."""
        start = self._position()
        sides = [self.side()]
        relations: list[str] = []
        while (relation := self._take_relation()) is not None:
            relations.append(relation)
            sides.append(self.side())
        if not relations:
            return sides[0]
        return Comparison(tuple(sides), tuple(relations), span=(start, self._last_end()))

    def _bracket(self, opening: str, shown: str, closing: str) -> Node:
        first = self._here()
        self.position += 1
        self.brackets += 1
        parts: list[Node] = []
        while True:
            self._skip_spaces()
            if self._more() and self._closes(closing):
                break
            if self._more() and self._here().is_sign(":"):
                colon = self._here()
                self.position += 1
                parts.append(Words(":", span=colon.span))
            else:
                parts.append(self._compared())
            self._skip_spaces()
            if self._more() and self._here().is_sign(",", ";"):
                self.position += 1
                continue
            if not self._more() or not self._closes(closing):
                self._unclosed(first)
        self.position += 1
        self.brackets -= 1
        return Group(shown, closing, tuple(parts), span=(first.span[0], self._last_end()))

    def _closes(self, closing: str) -> bool:
        token = self._here()
        return token.is_sign(closing) or token.is_command(closing)

    def _bars(self) -> Node:
        """`|x|`, `||x||`, `\\|x\\|`, `\\lVert x \\rVert`"""
        first = self._here()
        double = self._bar_kind(first) == "norm" or self._double_bar()
        self.position += 2 if self._double_bar() else 1
        self.bars.append(double)
        self.brackets += 1
        inner = self.side()
        self.brackets -= 1
        self.bars.pop()
        self._skip_spaces()
        if not self._more() or not self._bar_kind(self._here()):
            self._unclosed(first)
        self.position += 2 if double and self._double_bar() else 1
        mark = "norm" if double else "bar"
        return Group(mark, mark, (inner,), span=(first.span[0], self._last_end()))

    def _bar_kind(self, token: Token) -> str | None:
        if token.is_sign("|") or token.is_command("vert", "lvert", "rvert"):
            return "bar"
        return "norm" if token.is_command("|", "Vert", "lVert", "rVert") else None

    def _double_bar(self) -> bool:
        following = self._peek(1)
        return self._here().is_sign("|") and following is not None and following.is_sign("|")

    def _bar_closes(self, token: Token) -> bool:
        return bool(self.bars) and self._bar_kind(token) is not None and not token.is_command("lVert", "lvert")

    # ------------------------------------------------------------ commands

    def _command(self, token: Token, start: int) -> Node:
        name = token.text
        if name in ("{", "langle", "lbrack", "lfloor", "lceil"):
            return self._bracket(name, name, BRACKETS[name])
        if self._bar_kind(token):
            return self._bars()
        if name in ("frac", "dfrac", "tfrac", "cfrac"):
            return self._fraction(start)
        if name == "sqrt":
            return self._root(start)
        if name == "Sigma" and self._has_bounds():
            return self._big("sum", start)
        if name in BIGS and name not in ("max", "min", "arg"):
            return self._big(name, start)
        if name == "nabla" or (name == "partial" and self._takes_index()):
            return self._nabla(start)
        if name in ACCENTS or name in FONTS - TEXTS:
            return self._decorated(name, start)
        if name in TEXTS:
            return self._text(name, start)
        if name == "begin":
            return self._matrix(start)
        if name in ("underbrace", "overbrace"):
            return self._braced(start)
        if name in ("not",):
            raise Unread("`\\not` has no meaning here", token.span)
        self.position += 1
        if name.isalpha():
            base = name if name in FUNCTIONS else f"\\{name}"
            return Name(base, span=token.span, spaced=token.spaced)
        raise Unread(f"`{token}` has no place here", token.span)

    def _has_bounds(self) -> bool:
        r"""`\Sigma_{i=1}^m`: a sum, written with a letter."""
        following = self._peek(1)
        if following is None or following.kind is not Kind.SUB:
            return False
        return any(token.is_sign("=") for token in self._group_tokens(self.position + 2))

    def _argument(self) -> Node:
        """The argument of a command: a braced expression or one factor without scripts."""
        self._skip_spaces()
        if not self._more():
            raise Unread("expected an argument before the end", (self.end, self.end))
        token = self._here()
        if token.kind is Kind.NUMBER and len(token.text) > 1 and token.text[0] != ".":
            # \frac12 is one half: only the first digit is the argument
            digit = Token(Kind.NUMBER, token.text[0], (token.span[0], token.span[0] + 1), token.spaced)
            rest = Token(Kind.NUMBER, token.text[1:], (token.span[0] + 1, token.span[1]))
            self.tokens = (*self.tokens[: self.position], digit, rest, *self.tokens[self.position + 1 :])
        self._enter()
        atom = self._atom()
        self.depth -= 1
        return atom

    def _fraction(self, start: int) -> Node:
        self.position += 1
        derivative = self._derivative(start)
        if derivative is not None:
            return derivative
        over, under = self._argument(), self._argument()
        return Fraction_(over, under, span=(start, self._last_end()))

    def _root(self, start: int) -> Node:
        self.position += 1
        degree = None
        self._skip_spaces()
        if self._more() and self._here().is_sign("["):
            group = self._bracket("[", "[", "]")
            degree = group.inner
        return Root(self._argument(), degree, span=(start, self._last_end()))

    def _decorated(self, name: str, start: int) -> Node:
        r"""`\hat{y_i}`, `\mathbf{Ax}`: the accent or font goes to the names inside."""
        spaced = self._here().spaced
        self.position += 1
        inner = self._argument()
        end = self._last_end()
        if isinstance(inner, Name):
            inner = replace(inner, spaced=spaced)  # the space of `\hat X` separates nothing
        if name in ACCENTS:
            if isinstance(inner, Group) and inner.opening == "{":
                inner = inner.inner
            if not isinstance(inner, Name):
                raise Unread(f"`\\{name}` stands over something that is no name", (start, end))
            return replace(inner, accents=(*inner.accents, ACCENTS[name]), spaced=spaced, span=(start, end))
        fonted = _with_font(inner, name, (start, end))
        if isinstance(fonted, Group) and fonted.opening == "{" and isinstance(fonted.inner, Product):
            names = all(isinstance(item, Name) for item in fonted.inner.items)
            return fonted.inner if names else fonted
        return fonted

    def _text(self, name: str, start: int) -> Node:
        spaced = self._here().spaced
        self.position += 1
        length = self._group_length(self.position)
        text = self._group_text(self.position).strip()
        if length <= 1 or not text:
            self.position += length
            return Words(text, span=(start, self._last_end()))
        inner = self.tokens[self.position + 1 : self.position + length - 1]
        if all(token.kind is Kind.LETTER or token.is_sign(".", "-") for token in inner):
            self.position += length
            fonts = () if len(text) > 1 else (name,)
            return Name(text.replace(" ", ""), fonts=fonts, span=(start, self._last_end()), spaced=spaced)
        return _with_font(self._argument(), name, (start, self._last_end()))

    def _braced(self, start: int) -> Node:
        r"""`\underbrace{body}_{note}`: the note is prose, or the shape of a name."""
        self.position += 1
        body = self._argument()
        while self._more() and self._here().kind in (Kind.SUB, Kind.SUPER):
            note = self._script()
            if isinstance(body, Name) and "\\times" in note.text:
                # Ones have the shape that stands on them, as in `\mathbf{1}_n`; other names are known by theirs.
                ones = body.base == "1" and body.sub is None and body.sup is None
                body = replace(body, sub=note) if ones else replace(body, note=note.text)
        return Group("{", "}", (body,), span=(start, self._last_end())) if _compound(body) else body

    def _big(self, name: str, start: int) -> Node:
        self.position += 1
        lower = upper = None
        while self._more():
            self._skip_spaces()
            if not self._more():
                break
            if self._here().kind is Kind.SUB and lower is None:
                lower = self._script()
            elif self._here().kind is Kind.SUPER and upper is None:
                upper = self._script()
            else:
                break
        body = self._negative() if self._more() and self._here().is_sign("-") else self.term()
        return Big(name, lower, upper, body, span=(start, self._last_end()))

    def _negative(self) -> Node:
        r"""`\sum_i -2 x_i`: a sign directly behind the sum belongs to what is summed."""
        sign = self._here()
        self.position += 1
        term = self.term()
        signed = Signed("-", sign.span, term, span=(sign.span[0], term.span[1]))
        return Total((signed,), span=signed.span)

    def _takes_index(self) -> bool:
        r"""Whether the command here is `\partial_x` or `\partial^2_x`, an operator as `\nabla_x` is."""
        following = self._peek(1)
        if following is not None and following.kind is Kind.SUPER:
            behind = self.position + 2 + self._group_length(self.position + 2)
            following = self.tokens[behind] if behind < len(self.tokens) else None
        return following is not None and following.kind is Kind.SUB

    def _nabla(self, start: int) -> Node:
        self.position += 1
        by, order = None, 1
        while self._more() and self._here().kind in (Kind.SUB, Kind.SUPER):
            if self._here().kind is Kind.SUB:
                by = self._script()
            else:
                exponent = self._script()
                if exponent.text != "2":
                    raise Unread("an operator such as `\\nabla` takes the exponent 2 or none", exponent.span)
                order = 2
        return Nabla(by, order, span=(start, self._last_end()))

    def _matrix(self, start: int) -> Node:
        name = self._environment()
        if name not in MATRICES:
            raise Unread(f"the environment `{name}` has no meaning inside a formula", self._here().span)
        self.position += 1 + self._group_length(self.position + 1)
        if name == "array" and self._more() and self._here().kind is Kind.OPEN:
            self.position += self._group_length(self.position)
        rows: list[tuple[Node, ...]] = []
        cells: list[Node] = []
        self.brackets += 1
        self.cells += 1
        while True:
            self._skip_spaces()
            if not self._more():
                raise Unread(f"the environment `{name}` is opened and not closed", (start, start + 6))
            token = self._here()
            if token.is_command("end"):
                break
            if token.is_command("\\", "cr"):
                rows.append(tuple(cells))
                cells = []
                self.position += 1
            elif token.kind is Kind.ALIGN or token.is_sign(","):
                self.position += 1
            elif token.is_command(*TEXTS) and self._is_prose():
                self.position += 1 + self._group_length(self.position + 1)
            else:
                cells.append(self._compared())
        if cells:
            rows.append(tuple(cells))
        self.position += 1 + self._group_length(self.position + 1)
        self.brackets -= 1
        self.cells -= 1
        return Matrix(name, tuple(rows), span=(start, self._last_end()))

    # ------------------------------------------------------------ derivatives

    def _derivative(self, start: int) -> Node | None:
        r"""`\frac{\partial^2 f}{\partial x \partial y}`, after `\frac`; None where it is an ordinary fraction."""
        over = _unbraced(self._group_tokens(self.position))
        under = _unbraced(self._group_tokens(self.position + self._group_length(self.position)))
        sign = _leibniz_sign(over)
        if sign is None or _leibniz_sign(under) != sign:
            return None
        numerator, denominator = Parser(over, self.words), Parser(under, self.words)
        numerator.depth = denominator.depth = self.depth
        numerator.brackets = denominator.brackets = 1
        order = numerator._leibniz_head(sign)
        of = numerator.side() if numerator._skip_spaces() else None
        if numerator._more():
            raise Unread(f"`{numerator._here()}` has no place here", numerator._here().span)
        by: list[Node] = []
        while denominator._skip_spaces():
            denominator._leibniz_head(sign)
            by.extend(denominator._variable(sign, order))
        self.position += self._group_length(self.position)
        self.position += self._group_length(self.position)
        if order != len(by):
            raise Unread(f"a derivative of order {order} by {len(by)} variables", (start, self._last_end()))
        return Derivative(sign, order, of, tuple(by), span=(start, self._last_end()))

    def _leibniz_head(self, sign: str) -> int:
        """Passes the sign and its order: `\\partial^2`."""
        self._skip_spaces()
        if not self._more() or not self._is_leibniz(sign):
            where = self._here().span if self._more() else (self.end, self.end)
            raise Unread("expected the sign of a derivative", where)
        self.position += self._group_length(self.position)  # `d`, `\\partial`, `\\mathrm{d}`
        if self._more() and self._here().kind is Kind.SUPER:
            script = self._script()
            if isinstance(script.body, Number) and script.body.value in (1, 2):
                return int(script.body.value)
            raise Unread("a derivative is read to the second order", script.span)
        return 1

    def _is_leibniz(self, sign: str) -> bool:
        tokens = self.tokens[self.position : self.position + self._group_length(self.position)]
        return _leibniz_sign(tokens) == sign

    def _variable(self, sign: str, order: int) -> list[Node]:
        """What a derivative is taken by, up to the next sign: `x`, or `x^2` for twice by x."""
        items: list[Node] = []
        while self._skip_spaces() and not (items and self._is_leibniz(sign)):
            items.append(self._factor())
        if not items:
            raise Unread("expected what the derivative is taken by", (self.end, self.end))
        if len(items) > 1:
            return [Product(tuple(items), span=(items[0].span[0], items[-1].span[1]))]
        (variable,) = items
        sup = getattr(variable, "sup", None)
        if order == 2 and sup is not None and sup.text == "2" and isinstance(variable, Name):
            return [replace(variable, sup=None)] * 2
        return [variable]

    # ------------------------------------------------------------ scripts

    def _scripts(self, atom: Node) -> Node:
        """Indices, exponents and primes behind an atom, in any order."""
        sub, sup, primes = getattr(atom, "sub", None), getattr(atom, "sup", None), getattr(atom, "primes", 0)
        found = False
        while self._more():
            token = self._here()
            if token.kind is Kind.PRIME:
                primes += 1
                self.position += 1
            elif token.kind is Kind.SUB:
                script = self._script()
                sub = script if sub is None else _joined(sub, script)
            elif token.kind is Kind.SUPER:
                script = self._script()
                stripped, marks = _without_primes(script)
                primes += marks
                if stripped is not None:
                    sup = stripped if sup is None else _joined(sup, stripped)
            elif self._attribute():
                span = (token.span[0], self._peek(1).span[1])
                sup = _joined(sup, Script(None, "T", span=span)) if sup is not None else Script(None, "T", span=span)
                self.position += 2
            else:
                break
            found = True
        if not found:
            return atom
        span = (atom.span[0], self._last_end())
        if isinstance(atom, Product):
            # \mathbf{ab}^T: what stands behind a font stands on its last letter
            *before, last = atom.items
            return replace(atom, items=(*before, replace(last, sub=sub, sup=sup, primes=primes)), span=span)
        if isinstance(atom, Number) and sub is not None:
            return Name(atom.text, fonts=("mathrm",), sub=sub, sup=sup, span=span)
        if isinstance(atom, Name | Group):
            return replace(atom, sub=sub, sup=sup, primes=primes, span=span)
        if primes:
            raise Unread("a prime stands behind something that is no function", span)
        if isinstance(atom, Matrix | Fraction_ | Derivative) or (isinstance(atom, Root) and sub is None):
            return replace(atom, span=span, **({"sup": sup} if isinstance(atom, Root) else {"sub": sub, "sup": sup}))
        return Group("{", "}", (atom,), sub=sub, sup=sup, span=span)

    def _attribute(self) -> bool:
        """`X.T`, as in NumPy"""
        letter, behind = self._peek(1), self._peek(2)
        if not self._here().is_sign(".") or letter is None or letter.kind is not Kind.LETTER or letter.text != "T":
            return False
        word = behind is not None and behind.kind is Kind.LETTER and not behind.spaced
        return not (letter.spaced or self._here().spaced or word)

    def _script(self) -> Script:
        """`_i`, `^{[l-1]}`, `_\\text{ReLU}`"""
        mark = self._here()
        self.position += 1
        self._skip_spaces()
        if not self._more():
            raise Unread(f"expected an index or exponent after `{mark}`", mark.span)
        first = self._here()
        tokens = self._group_tokens(self.position)
        text = _round("".join(map(str, _plain(tokens))))
        length = self._group_length(self.position)
        end = self.tokens[self.position + length - 1].span[1]
        self._enter()
        inner = Parser(tokens, self.words, end=end)
        inner.depth, inner.brackets = self.depth, 1
        try:
            body = inner._script_body() if tokens else None
        except Bounded:
            raise
        except Unread:
            body = None  # an index such as `:,n` or `Sh_{t-1}`: its spelling says what it is
        self.depth -= 1
        self.position += length
        return Script(body, text, span=(first.span[0], end))

    def _script_body(self) -> Node | None:
        start = self._position()
        parts: list[Node] = []
        while self._skip_spaces():
            parts.append(self._compared())
            if self._skip_spaces():
                if not self._here().is_sign(",", ";"):
                    raise Unread(f"`{self._here()}` has no place here", self._here().span)
                self.position += 1
        if len(parts) == 1:
            return parts[0]
        return Group("", "", tuple(parts), span=(start, self._last_end())) if parts else None


def _compound(node: Node) -> bool:
    return isinstance(node, Product | Total | Big | Comparison)


def _with_font(node: Node, font: str, span: Span) -> Node:
    """The same notation with a font on every name in it."""
    if isinstance(node, Name):
        return replace(node, fonts=(*node.fonts, font), span=span)
    if isinstance(node, Number):
        return Name(node.text, fonts=(font,), span=span)
    if isinstance(node, Group):
        return replace(node, parts=tuple(_with_font(part, font, part.span) for part in node.parts), span=span)
    if isinstance(node, Product):
        return replace(node, items=tuple(_with_font(item, font, item.span) for item in node.items))
    if isinstance(node, Total):
        return replace(node, terms=tuple(replace(t, term=_with_font(t.term, font, t.term.span)) for t in node.terms))
    return node


def _unbraced(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """`{dL}(a, y)`: braces around the front of a numerator say nothing."""
    while tokens and tokens[0].kind is Kind.OPEN:
        depth = 0
        for place, token in enumerate(tokens):
            depth += (token.kind is Kind.OPEN) - (token.kind is Kind.CLOSE)
            if not depth:
                tokens = tokens[1:place] + tokens[place + 1 :]
                break
        else:
            break
    return tokens


def _leibniz_sign(tokens: Sequence[Token]) -> str | None:
    r"""`\partial`, `d`, `\mathrm{d}`, `\delta` at the front of a numerator or denominator."""
    for token in tokens:
        if token.kind is Kind.OPEN or token.is_command(*SPACES, "mathrm", "rm", "text", "operatorname"):
            continue
        if token.is_command("partial"):
            return "partial"
        if token.is_command("delta"):
            return "delta"
        return "d" if token.kind is Kind.LETTER and token.text == "d" else None
    return None


def _plain(tokens: Sequence[Token]) -> list[Token]:
    """Tokens without fonts, sizes, spaces and braces, for the spelling of an index."""
    skipped = FONTS | TEXTS | SIZES | SPACES
    return [
        token
        for token in tokens
        if token.kind not in (Kind.OPEN, Kind.CLOSE) and not (token.kind is Kind.COMMAND and token.text in skipped)
    ]


def _round(text: str) -> str:
    r"""`\langle t \rangle` and `<t>` as `(t)`: another bracket around the same index."""
    return _ANGLES.sub(r"(\1)", text)


def _joined(left: Script, right: Script) -> Script:
    parts = tuple(part for part in (left.body, right.body) if part is not None)
    span = (left.span[0], right.span[1])
    body = Group("", "", parts, span=span) if len(parts) == 2 else None
    return Script(body, f"{left.text},{right.text}", span=span)


def _without_primes(script: Script) -> tuple[Script | None, int]:
    r"""`^{\prime}`, `^{[l]\prime}`: how many primes an exponent holds, and what else."""
    text = script.text
    count = text.count("\\prime") + text.count("'")
    if not count:
        return script, 0
    rest = text.replace("\\prime", "").replace("'", "").strip()
    return (Script(None, rest, span=script.span) if rest else None), count


def parse(tokens: Sequence[Token], words: frozenset[str] = frozenset(), end: int = 0) -> tuple[Chain, ...]:
    """The statements of a formula, all of which must be readable.

    Args:
        words: runs of letters that are one name.
        end: where the formula ends in the source, for a message about an empty one.

    Raises:
        Unread: reading stopped; message and span say where. Bounded: a bound was reached.
    """
    found, problems = parse_all(tokens, words, end)
    if problems:
        raise problems[0]
    return found


def parse_all(
    tokens: Sequence[Token], words: frozenset[str] = frozenset(), end: int = 0
) -> tuple[tuple[Chain, ...], tuple[Unread, ...]]:
    """The statements of a formula that can be read, and what stopped the others; arguments as for `parse`.

    Raises:
        Unread: nothing of it can be read, as a bracket size stands alone. Bounded: a bound was reached.
    """
    return Parser(tokens, words, end).statements()
