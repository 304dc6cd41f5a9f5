"""Small edits of an expression: what an author most often gets wrong, undone; one row per kind of mistake.

An edit replaces nodes of the syntax tree and, at the same time, spans of the source, so that the repaired claim can be
judged as a tree and printed in the author's own notation. Edits of different places can be combined. No row evaluates
anything: it only says what could have been meant.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction

from derive.checking.vocabulary import Entry, Vocabulary
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.functions import is_function
from derive.reading.names import parse_index
from derive.reading.notation import ungrouped
from derive.reading.readings import Missing, Scope, elaborate, factor
from derive.reading.source import Span
from derive.terms.nodes import Term
from derive.terms.shapes import Shape

Piece = str | Span  # text of its own, or a span of the source, in which other edits may be made


@dataclass(frozen=True)
class Change:
    """One node replaced by another, and the text that stands for it."""

    target: syntax.Node
    node: syntax.Node
    span: Span
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Edit:
    """A repair of one mistake.

    Args:
        code: of the mistake that it undoes.
        cost: the smaller, the sooner it is tried: small edits first, then frequent ones.
        reason: what was wrong, in words.
        span: the smallest faulty place.
    """

    changes: tuple[Change, ...]
    code: str
    cost: float
    reason: str
    span: Span


@dataclass(frozen=True)
class Page:
    """What rows need to know of the place where they edit.

    Args:
        text: of the source.
        root: the expression that is edited.
        counts: dimensions that a mean may divide by, as the document spells them.
        transpose: how the document writes a transpose.
    """

    text: str
    root: syntax.Node
    scope: Scope
    vocabulary: Vocabulary
    counts: tuple[str, ...]
    transpose: str
    read: dict[int, tuple[syntax.Node, Term | None]] = field(default_factory=dict)  # by identity of the node beside it

    def span(self, node: syntax.Node | Span) -> Span:
        """The place of a node with the braces that belong to it: `{z}^{[l]}`, not `z}^{[l]}`."""
        start, end = node if isinstance(node, tuple) else node.span
        while (surplus := _unopened(self.text[start:end])) and start > 0:
            start = self.text.rfind("{", 0, start) if "{" in self.text[:start] else start
            if _unopened(self.text[start:end]) >= surplus:
                break
        while (missing := _unclosed(self.text[start:end])) and (found := self.text.find("}", end)) >= 0:
            end = found + 1
            if _unclosed(self.text[start:end]) >= missing:
                break
        return start, end

    def shape(self, node: syntax.Node) -> Shape | None:
        """The shape of the first reading of a node, or None."""
        term = self.term(node)
        return term.shape if term is not None and isinstance(term.shape, Shape) else None

    def term(self, node: syntax.Node) -> Term | None:
        """The first reading of a node, or None."""
        if id(node) not in self.read:
            try:
                self.read[id(node)] = node, elaborate(node, self.scope)[0].term
            except (Unread, Missing):
                self.read[id(node)] = node, None
        return self.read[id(node)][1]

    def shows(self, node: syntax.Node) -> str:
        """A node as it stands in the source, for messages."""
        return f"`{self.text[slice(*self.span(node))].strip()}`"


def inside(node: syntax.Node) -> Iterator[syntax.Node]:
    """The node and everything in it but what stands in indices and exponents."""
    yield node
    for value in vars(node).values():
        for child in value if isinstance(value, tuple) else (value,):
            for part in child if isinstance(child, tuple) else (child,):
                if isinstance(part, syntax.Node) and not isinstance(part, syntax.Script):
                    yield from inside(part)


def _unopened(text: str) -> int:
    """How many closing braces have no opening one before them."""
    depth = lowest = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        lowest = min(lowest, depth)
    return -lowest


def _unclosed(text: str) -> int:
    return text.count("{") - text.count("}") + _unopened(text)


# ---------------------------------------------------------------- applying edits


def edited(root: syntax.Node, edit_changes: tuple[Change, ...]) -> syntax.Node:
    """The tree with the targets replaced; what a replacement keeps of the old tree is edited as well."""
    targets = {id(change.target): change.node for change in edit_changes}
    places = [change.target.span for change in edit_changes]

    def go(node: syntax.Node) -> syntax.Node:
        node = targets.pop(id(node), node)
        if not any(start <= node.span[1] and node.span[0] <= end for start, end in places):
            return node
        changed = {}
        for each in fields(node):
            value = getattr(node, each.name)
            new = parts(value)
            if new is not value:
                changed[each.name] = new
        return replace(node, **changed) if changed else node

    def parts(value: object) -> object:
        if isinstance(value, syntax.Node):
            return go(value)
        if isinstance(value, tuple):
            new = tuple(parts(part) for part in value)
            return new if any(a is not b for a, b in zip(new, value, strict=True)) else value
        return value

    return go(root)


def rendered(text: str, span: Span, changes: tuple[Change, ...]) -> str:
    """The source of a span with changes made; inner changes inside what an outer one keeps."""
    within = [c for c in changes if span[0] <= c.span[0] and c.span[1] <= span[1]]
    outer = [c for c in within if not any(_holds(d, c) for d in within)]
    result, position = "", span[0]
    for change in sorted(outer, key=lambda c: c.span):
        rest = tuple(c for c in within if c is not change)
        result += text[position : change.span[0]]
        result += "".join(p if isinstance(p, str) else rendered(text, p, rest) for p in change.pieces)
        position = change.span[1]
    return result + text[position : span[1]]


def _holds(outer: Change, inner: Change) -> bool:
    wide = outer.span[0] <= inner.span[0] and inner.span[1] <= outer.span[1]
    return wide and outer is not inner and outer.span != inner.span


def compatible(a: Edit, b: Edit) -> bool:
    """Whether two edits change different places."""
    return all(c.target is not d.target and c.span != d.span and not _crosses(c, d) for c in a.changes for d in b.changes)


def _crosses(c: Change, d: Change) -> bool:
    apart = c.span[1] <= d.span[0] or d.span[1] <= c.span[0]
    return not apart and not _holds(c, d) and not _holds(d, c)


# ---------------------------------------------------------------- small builders


def _group(node: syntax.Node, span: Span) -> tuple[syntax.Node, tuple[Piece, ...]]:
    """A node in round brackets, if it has none."""
    if _is_atom(node):
        return node, (span,)
    return syntax.Group("(", ")", (node,), span=span), ("\\left(", span, "\\right)")


def _is_atom(node: syntax.Node) -> bool:
    if isinstance(node, syntax.Group):
        return node.opening in ("(", "[") and len(node.parts) == 1
    return isinstance(node, syntax.Name | syntax.Number | syntax.Fraction_ | syntax.Matrix | syntax.Root)


def _is_sum(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Total | syntax.Big) and not (
        isinstance(node, syntax.Total) and len(node.terms) == 1 and node.terms[0].sign == "+"
    )


def _change(page: Page, target: syntax.Node, node: syntax.Node, *pieces: Piece) -> Change:
    return Change(target, node, page.span(target), pieces)


def _script(text: str, span: Span, body: syntax.Node | None = None) -> syntax.Script:
    return syntax.Script(body, text, span=span)


def _power_of_two(span: Span) -> syntax.Script:
    return _script("2", span, syntax.Number(Fraction(2), "2", span=span))


# ---------------------------------------------------------------- units: factors with their arguments


@dataclass(frozen=True)
class Unit:
    """A factor as the reader takes it: a function with its argument is one; and the sign in front of it, if any."""

    items: tuple[syntax.Node, ...]
    sign: syntax.Sign | None

    def span(self, page: Page) -> Span:
        return page.span((page.span(self.items[0])[0], page.span(self.items[-1])[1]))

    @property
    def node(self) -> syntax.Node:
        if len(self.items) == 1:
            return self.items[0]
        return syntax.Product(self.items, span=(self.items[0].span[0], self.items[-1].span[1]))

    @property
    def is_slope(self) -> bool:
        return isinstance(self.items[0], syntax.Name) and self.items[0].primes > 0


def units(page: Page, product: syntax.Product) -> list[Unit] | None:
    """The factors of a product in order; None where the reader does not take it apart."""
    found: list[Unit] = []
    items, position, sign = list(product.items), 0, None
    while position < len(items):
        if isinstance(items[position], syntax.Sign):
            sign = items[position]
            position += 1
            continue
        try:
            taken, _ = factor(items, position, page.scope)
        except (Unread, Missing):
            return None
        found.append(Unit(tuple(items[position : position + taken]), sign))
        position, sign = position + taken, None
    return found


def _composed(page: Page, product: syntax.Product, parts: list[tuple[Unit, str | None]]) -> Change | None:
    """A product of units in a new order; with each the sign in front of it (None: as it was, "": none)."""
    items: list[syntax.Node] = []
    pieces: list[Piece] = []
    for place, (unit, sign) in enumerate(parts):
        span = unit.span(page)
        own = unit.sign.name if unit.sign is not None else ""
        wanted = own if sign is None else sign
        if place:
            if wanted:
                items.append(syntax.Sign(wanted, span=span))
                kept = unit.sign is not None and wanted == own
                pieces += [" ", page.span(unit.sign) if kept else _SIGNS.get(wanted, wanted), " "]
            else:
                pieces.append(" ")
        items += unit.items
        pieces.append(span)
    if not items:
        return None
    node = items[0] if len(items) == 1 else replace(product, items=tuple(items))
    return _change(page, product, node, *pieces)


_SIGNS = {"odot": "\\odot", "cdot": "\\cdot", "times": "\\times", "*": "*", "/": "/", "circ": "\\circ"}


# ---------------------------------------------------------------- rows: signs


def flip_signs(page: Page) -> Iterator[Edit]:
    """`a - b` for `a + b`"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Total):
            continue
        for signed in node.terms:
            sign = {"+": "-", "-": "+"}.get(signed.sign)
            if sign is None:
                continue
            span, first = page.span(signed), signed is node.terms[0]
            body = page.span(signed.term)
            if signed.sign_span is None:
                change = Change(signed, replace(signed, sign=sign), span, ("-", body))
            else:
                text = "" if first and sign == "+" else sign
                start = (signed.sign_span[0], body[1])
                change = Change(signed, replace(signed, sign=sign), start, (text, (signed.sign_span[1], body[1])))
            cost = 0.9 if len(node.terms) == 1 else 1.0
            yield Edit((change,), "D301", cost, f"the sign of {page.shows(signed.term)} is wrong", change.span)
        if len(node.terms) == 2 and {s.sign for s in node.terms} == {"+", "-"} and node.terms[0].sign == "+":
            a, b = node.terms
            turned = replace(node, terms=(replace(a, term=b.term), replace(b, term=a.term)))
            left, right = page.span(a.term), page.span(b.term)
            pieces = (right, " - ", left)
            reason = f"the difference {page.shows(node)} is the wrong way round"
            yield Edit((_change(page, node, turned, *pieces),), "D301", 0.95, reason, page.span(node))


def negate(page: Page) -> Iterator[Edit]:
    """`-a` for `a`"""
    root, span = page.root, page.span(page.root)
    if isinstance(root, syntax.Total) and len(root.terms) == 1 and root.terms[0].sign == "-":
        return
    inner, pieces = _group(root, span) if _is_sum(root) else (root, (span,))
    signed = syntax.Signed("-", None, inner, span=span)
    change = _change(page, root, syntax.Total((signed,), span=span), "-", *pieces)
    yield Edit((change,), "D301", 0.98, "the sign is wrong", span)


# ---------------------------------------------------------------- rows: factors and terms


def scale(page: Page) -> Iterator[Edit]:
    """`c a` for `a`: a constant, or one over the number of examples."""
    root, span = page.root, page.span(page.root)
    constants = [("2", Fraction(2)), ("\\frac{1}{2}", Fraction(1, 2)), ("4", Fraction(4)), ("\\frac{1}{4}", Fraction(1, 4)),
                 ("3", Fraction(3)), ("\\frac{1}{3}", Fraction(1, 3))]  # fmt: skip
    inner, pieces = _group(root, span) if _is_sum(root) else (root, (span,))
    for text, value in constants:
        product = _product((syntax.Number(value, text, span=span), inner), span)
        change = _change(page, root, product, f"{text} ", *pieces)
        cost = 1.0 if value in (2, Fraction(1, 2)) else 2.2
        yield Edit((change,), "D302", cost, f"the factor {text} is missing", span)
    for name in page.counts:
        node = page.vocabulary.dimension(name, span)
        over = syntax.Fraction_(syntax.Number(Fraction(1), "1", span=span), node, span=span)
        reason = f"the factor 1/{name} of the mean is missing"
        first = root.items[0] if isinstance(root, syntax.Product) else None
        if isinstance(first, syntax.Number):
            fraction = syntax.Fraction_(first, node, span=first.span)
            change = Change(first, fraction, page.span(first), ("\\frac{", page.span(first), f"}}{{{name}}}"))
        else:
            change = _change(page, root, _product((over, inner), span), f"\\frac{{1}}{{{name}}} ", *pieces)
        yield Edit((change,), "D405", 1.0, reason, span)
        for text, over_, under in (("2", 2, ""), ("1", 1, "2")):
            number = syntax.Number(Fraction(over_), text, span=span)
            below = _product((syntax.Number(Fraction(2), "2", span=span), node), span) if under else node
            fraction = syntax.Fraction_(number, below, span=span)
            new = f"\\frac{{{text}}}{{{under}{name}}} "
            change = _change(page, root, _product((fraction, inner), span), new, *pieces)
            yield Edit((change,), "D405", 1.9, f"the factor {new.strip()} is missing", span)
        change = _change(page, root, _product((node, inner), span), f"{name} ", *pieces)
        yield Edit((change,), "D405", 1.6, f"the factor {name} is missing", span)


def _product(items: tuple[syntax.Node, ...], span: Span) -> syntax.Product:
    flat = [part for item in items for part in (item.items if isinstance(item, syntax.Product) else (item,))]
    return syntax.Product(tuple(flat), span=span)


def drop_factors(page: Page) -> Iterator[Edit]:
    """`b` for `a b`"""
    for node in inside(page.root):
        if isinstance(node, syntax.Fraction_):
            over, under = page.span(node.over), page.span(node.under)
            inner, pieces = _group(node.over, over) if _is_sum(node.over) else (node.over, (over,))
            if not (isinstance(node.over, syntax.Number) and node.over.value == 1):
                change = _change(page, node, inner, *pieces)
                yield Edit((change,), _factor_code(page, node.under), 1.3, f"the divisor {page.shows(node.under)} is wrong", under)
        if not isinstance(node, syntax.Product) or (parts := units(page, node)) is None or len(parts) < 2:
            continue
        for unit in parts:
            rest = [(other, None) for other in parts if other is not unit]
            change = _composed(page, node, rest)
            if change is not None:
                span = unit.span(page)
                reason = f"the factor `{page.text[slice(*span)].strip()}` is one too many"
                yield Edit((change,), _factor_code(page, unit.node), 1.2, reason, span)


def _factor_code(page: Page, node: syntax.Node) -> str:
    """What kind of mistake a factor is that is too much or missing."""
    names = [n for n in syntax.walk(node) if isinstance(n, syntax.Name)]
    if not names:
        return "D302"
    if any(n.primes for n in names):
        return "D402"
    return "D405" if all(page.vocabulary.is_dimension(n) for n in names) else "D304"


def drop_terms(page: Page) -> Iterator[Edit]:
    """`b` for `a + b`"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Total) or len(node.terms) < 2:
            continue
        for signed in node.terms:
            rest = tuple(other for other in node.terms if other is not signed)
            pieces: list[Piece] = []
            for place, other in enumerate(rest):
                body = page.span(other.term)
                sign = "" if not place and other.sign == "+" else other.sign
                pieces += [f" {sign} " if place else sign, body]
            change = _change(page, node, replace(node, terms=rest), *pieces)
            yield Edit((change,), "D303", 1.8, f"the term {page.shows(signed.term)} is one too many", page.span(signed))


def change_numbers(page: Page) -> Iterator[Edit]:
    """`2` for `3`, `2` for `4`"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Number) or node.value.denominator != 1 or node.value > 64:
            continue
        n = int(node.value)
        for value in dict.fromkeys((n * 2, n // 2 if n % 2 == 0 else n, n + 1, n - 1, 1)):
            if value not in (n, 0):
                new = replace(node, value=Fraction(value), text=str(value))
                cost = 0.97 if value == 2 else 1.25
                yield Edit((_change(page, node, new, str(value)),), "D302", cost, f"the number {n} is wrong", page.span(node))


def change_counts(page: Page) -> Iterator[Edit]:
    """`1/n` for `1/d` or `1/3`"""
    for fraction in inside(page.root):
        for node in syntax.walk(fraction.under) if isinstance(fraction, syntax.Fraction_) else ():
            if not isinstance(node, syntax.Number) and not page.vocabulary.is_dimension(node):
                continue
            span = page.span(node)
            for name in page.counts:
                if name != page.text[slice(*span)].strip():
                    change = _change(page, node, page.vocabulary.dimension(name, span), name)
                    yield Edit((change,), "D405", 1.3, f"{page.shows(node)} stands where the number {name} belongs", span)


def powers(page: Page) -> Iterator[Edit]:
    """`a^2` for `a`, `a` for `a^2`"""
    for node in inside(page.root):
        sup = getattr(node, "sup", None)
        span = page.span(node)
        if isinstance(node, syntax.Name | syntax.Group | syntax.Fraction_) and sup is None:
            if isinstance(node, syntax.Group) and node.opening not in ("(", "[", "norm", "bar"):
                continue
            if isinstance(node, syntax.Name) and is_function(node, page.scope):
                continue
            change = _change(page, node, replace(node, sup=_power_of_two(span)), span, "^2")
            yield Edit((change,), "D305", 1.5, f"the square of {page.shows(node)} is missing", span)
        elif isinstance(sup, syntax.Script) and isinstance(sup.body, syntax.Number) and isinstance(node, syntax.Name | syntax.Group):
            value = int(sup.body.value)
            for other in (value + 1, value - 1):
                if other in (0, 1):
                    start = self_start(page, node, sup)
                    if start is None:
                        continue
                    change = _change(page, node, replace(node, sup=None), (span[0], start), (page.span(sup)[1], span[1]))
                else:
                    body = syntax.Number(Fraction(other), str(other), span=sup.span)
                    place = page.span(sup)
                    new = replace(node, sup=_script(str(other), sup.span, body))
                    change = _change(page, node, new, (span[0], place[0]), f"{{{other}}}", (place[1], span[1]))
                yield Edit((change,), "D305", 1.5, f"the exponent of {page.shows(node)} is wrong", page.span(sup))
        for part in (node.over, node.under) if isinstance(node, syntax.Fraction_) else ():
            part = ungrouped(part)
            if isinstance(part, syntax.Total | syntax.Product):
                inner = page.span(part)
                group = syntax.Group("(", ")", (part,), sup=_power_of_two(inner), span=inner)
                change = _change(page, part, group, "(", inner, ")^2")
                yield Edit((change,), "D305", 1.5, f"the square of {page.shows(part)} is missing", inner)


def self_start(page: Page, node: syntax.Node, sup: syntax.Script) -> int | None:
    """Where the `^` of a superscript stands."""
    found = page.text.rfind("^", page.span(node)[0], sup.span[0] + 1)
    return found if found >= 0 else None


def insert_factors(page: Page) -> Iterator[Edit]:
    """`v a`, `a v` for `a`, with v a name of the document"""
    root, span = page.root, page.span(page.root)
    inner, pieces = _group(root, span) if _is_sum(root) else (root, (span,))
    own = {node.text for node in page.vocabulary.named(page.scope, page.root)}
    for entry in page.vocabulary.names:
        if (shape := page.shape(entry.node)) is None or page.vocabulary.is_dimension(entry.node):
            continue
        cost = 2.4 if entry.text in own else 2.5
        reason = f"the factor `{entry.text}` is missing"
        items = (inner, entry.node) if not shape.is_scalar else (entry.node, inner)
        texts = (*pieces, f" {entry.text}") if not shape.is_scalar else (f"{entry.text} ", *pieces)
        yield Edit((_change(page, root, _product(items, span), *texts),), "D304", cost, reason, span)
        if not shape.is_scalar:
            change = _change(page, root, _product((entry.node, inner), span), f"{entry.text} ", *pieces)
            yield Edit((change,), "D304", cost + 0.1, reason, span)
            turned, text = _transposed_name(page, entry)
            change = _change(page, root, _product((inner, turned), span), *pieces, f" {text}")
            yield Edit((change,), "D304", cost + 0.1, reason, span)
            change = _change(page, root, _product((turned, inner), span), f"{text} ", *pieces)
            yield Edit((change,), "D304", cost + 0.1, reason, span)


def _transposed_name(page: Page, entry: Entry) -> tuple[syntax.Node, str]:
    script = _script("T", entry.node.span)
    if isinstance(entry.node, syntax.Name) and entry.node.sup is None:
        return replace(entry.node, sup=script), f"{entry.text}^{page.transpose}"
    group = syntax.Group("(", ")", (entry.node,), sup=script, span=entry.node.span)
    return group, f"({entry.text})^{page.transpose}"


# ---------------------------------------------------------------- rows: transposes and order


def transposes(page: Page) -> Iterator[Edit]:
    """`A^T` for `A`, `A` for `A^T`"""
    for node in _operands(page):
        if (change := transposed(page, node)) is not None:
            kind = "one too many" if _is_transposed(node) else "missing"
            yield Edit((change,), "D202", 1.0, f"the transpose of {page.shows(node)} is {kind}", page.span(node))


def _operands(page: Page) -> Iterator[syntax.Node]:
    """Nodes that may hold a matrix."""
    for node in inside(page.root):
        if isinstance(node, syntax.Name | syntax.Group | syntax.Fraction_ | syntax.Derivative):
            plain = replace(node, sup=None) if _is_transposed(node) else node
            shape = page.shape(plain)
            if shape is not None and not shape.is_scalar:
                yield node


def _is_transposed(node: syntax.Node) -> bool:
    sup = getattr(node, "sup", None)
    return isinstance(sup, syntax.Script) and bool(_TRANSPOSED.search(sup.text))


_TRANSPOSED = re.compile(r"(\^|\s)*(\\top|\\intercal|(?<![A-Za-z])T)\s*$")


def transposed(page: Page, node: syntax.Node) -> Change | None:
    """A node with a transpose more or less."""
    span = page.span(node)
    sup = getattr(node, "sup", None)
    if _is_transposed(node):
        rest = _TRANSPOSED.sub("", sup.text)
        place = page.span(sup)
        if rest:
            inner = page.text[slice(*place)]
            shorter = re.sub(r"(\^|\s)*\{?(\\top|\\intercal|T)\s*\}?(?=\}*$)", "", inner)
            new = replace(node, sup=_script(rest, sup.span))
            return _change(page, node, new, (span[0], place[0]), shorter, (place[1], span[1]))
        start = self_start(page, node, sup)
        if start is None:
            return None
        return _change(page, node, replace(node, sup=None), (span[0], start), (place[1], span[1]))
    script = _script("T", node.span)
    if sup is None and not isinstance(node, syntax.Derivative | syntax.Fraction_) and getattr(node, "primes", 0) == 0:
        if isinstance(node, syntax.Name) or _is_atom(node):
            return _change(page, node, replace(node, sup=script), span, f"^{page.transpose}")
    group = syntax.Group("(", ")", (node if sup is not None or not _is_atom(node) else node,), sup=script, span=node.span)
    return _change(page, node, group, "(", span, f")^{page.transpose}")


def reorder(page: Page) -> Iterator[Edit]:
    """`B A` for `A B`, also with a transpose: `d a^T` for `a d`"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Product) or (parts := units(page, node)) is None or not 2 <= len(parts) <= 8:
            continue
        for place, (a, b) in enumerate(itertools.pairwise(parts)):
            order = [(u, None if u not in (a, b) else "") for u in (*parts[:place], b, a, *parts[place + 2 :])]
            change = _composed(page, node, order)
            if change is None:
                continue
            span = (a.span(page)[0], b.span(page)[1])
            reason = f"the order of the factors in `{page.text[slice(*span)].strip()}` is wrong"
            yield Edit((change,), "D203", 1.4, reason, span)
            turns = [t for unit in (a, b) for t in _turn(page, unit)]
            for turn in turns:
                yield Edit((change, turn), "D203", 1.6, f"{reason}, with a transpose", span)
            if len(turns) == 2:
                yield Edit((change, *turns), "D203", 1.9, f"{reason}, with transposes", span)
        for a, b in itertools.pairwise(parts):
            turns = [t for unit in (a, b) for t in _turn(page, unit)]
            if len(turns) == 2:
                span = (a.span(page)[0], b.span(page)[1])
                yield Edit(tuple(turns), "D202", 1.7, f"the transposes in `{page.text[slice(*span)].strip()}` are wrong", span)
        if len(parts) > 2:
            change = _composed(page, node, [(unit, "") for unit in reversed(parts)])
            if change is not None:
                yield Edit((change,), "D203", 1.8, "the order of the factors is wrong", page.span(node))


def _turn(page: Page, unit: Unit) -> list[Change]:
    if len(unit.items) > 1 or not isinstance(unit.items[0], syntax.Name | syntax.Group | syntax.Fraction_ | syntax.Derivative):
        return []
    plain = replace(unit.items[0], sup=None) if _is_transposed(unit.items[0]) else unit.items[0]
    shape = page.shape(plain)
    if shape is None or shape.is_scalar:
        return []
    change = transposed(page, unit.items[0])
    return [change] if change is not None else []


# ---------------------------------------------------------------- rows: elementwise and matrix products


def products(page: Page) -> Iterator[Edit]:
    r"""`a \\odot b` for `a b`, and the other way; brackets around the factors that belong together"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Product) or (parts := units(page, node)) is None or not 2 <= len(parts) <= 8:
            continue
        for place in range(1, len(parts)):
            own = parts[place].sign.name if parts[place].sign is not None else ""
            wanted = "" if own in ("odot", "circ", "*") else "odot"
            order = [(unit, wanted if k == place else None) for k, unit in enumerate(parts)]
            change = _composed(page, node, order)
            kind = ("elementwise", "matrix") if wanted else ("matrix", "elementwise")
            reason = f"the product in front of {page.shows(parts[place].node)} is {kind[0]}, not a {kind[1]} product"
            span = (parts[place - 1].span(page)[0], parts[place].span(page)[1])
            yield Edit((change,), "D403", 1.1, reason, span)
            for start in range(1, place):
                if (change := _bracketed(page, node, parts, start, len(parts), place, wanted)) is not None:
                    yield Edit((change,), "D403", 1.6, reason, span)
        for start, end in itertools.combinations(range(len(parts) + 1), 2):
            if 1 < end - start < len(parts):
                if (change := _bracketed(page, node, parts, start, end, None, "")) is not None:
                    span = (parts[start].span(page)[0], parts[end - 1].span(page)[1])
                    reason = f"brackets around `{page.text[slice(*span)].strip()}` are missing"
                    yield Edit((change,), "D306", 1.5, reason, span)


def _bracketed(page, product, parts: list[Unit], start: int, end: int, place: int | None, sign: str) -> Change | None:
    """The product with parts[start:end] in brackets, and another sign in front of the unit at `place`."""
    signed = [(unit, sign if k == place else None) for k, unit in enumerate(parts)]
    inner = _composed(page, product, signed[start:end])
    if inner is None:
        return None
    span = (parts[start].span(page)[0], parts[end - 1].span(page)[1])
    if not isinstance(inner.node, syntax.Product):
        return None
    group = syntax.Group("(", ")", (replace(inner.node, span=span),), span=span)
    items: list[syntax.Node] = []
    pieces: list[Piece] = []
    for k, (unit, _) in enumerate(signed):
        if start < k < end:
            continue
        if k and unit.sign is not None:
            items.append(unit.sign)
            pieces += [" ", page.span(unit.sign), " "]
        elif k:
            pieces.append(" ")
        if k == start:
            items.append(group)
            pieces += ["\\left(", *inner.pieces, "\\right)"]
        else:
            items += unit.items
            pieces.append(unit.span(page))
    return _change(page, product, replace(product, items=tuple(items)), *pieces)


def lost_brackets(page: Page) -> Iterator[Edit]:
    """`a (b - c)` for `a b - c`"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Total):
            continue
        for place, (before, after) in enumerate(itertools.pairwise(node.terms)):
            parts = units(page, before.term) if isinstance(before.term, syntax.Product) else None
            if not parts or len(parts) < 2:
                continue
            last, start = parts[-1], before.term.items[: -len(parts[-1].items)]
            span = (last.span(page)[0], page.span(after)[1])
            inner = syntax.Total((syntax.Signed("+", None, last.node, span=span), after), span=span)
            group = syntax.Group("(", ")", (inner,), span=span)
            whole = (page.span(before.term)[0], span[1])
            signed = replace(before, term=syntax.Product((*start, group), span=whole))
            terms = (*node.terms[:place], signed, *node.terms[place + 2 :])
            everything = page.span(node)
            pieces = ((everything[0], span[0]), "\\left(", span, "\\right)", (span[1], everything[1]))
            change = _change(page, node, replace(node, terms=terms), *pieces)
            reason = f"brackets around `{page.text[slice(*span)].strip()}` are missing"
            yield Edit((change,), "D306", 1.6, reason, span)


def diagonals(page: Page) -> Iterator[Edit]:
    r"""`\\mathrm{diag}(v)` for `v`, as a factor or alone"""
    whole = [Unit((page.root,), None)]
    lists = [units(page, node) or [] for node in inside(page.root) if isinstance(node, syntax.Product)]
    for unit in itertools.chain(whole, *lists):
        node, span = unit.node, unit.span(page)
        shape = page.shape(node)
        if shape is None or not shape.is_vector or len(unit.items) > 1:
            continue
        name = syntax.Name("diag", span=span)
        inner = node if isinstance(node, syntax.Group) and node.opening == "(" and node.sup is None else None
        group = inner or syntax.Group("(", ")", (node,), span=span)
        new = syntax.Product((name, group), span=span)
        texts = ("\\mathrm{diag}", span) if inner else ("\\mathrm{diag}\\left(", span, "\\right)")
        change = Change(node, syntax.Group("{", "}", (new,), span=span), span, texts)
        yield Edit((change,), "D406", 1.6, f"the Jacobian of an elementwise function is diagonal: {page.shows(node)}", span)


# ---------------------------------------------------------------- rows: activation derivatives


def slopes(page: Page) -> Iterator[Edit]:
    r"""`a \\odot f'(z)` for `a`; `f'(z)` for `f(z)`"""
    root, span = page.root, page.span(page.root)
    inner, pieces = _group(root, span) if _is_sum(root) else (root, (span,))
    for entry in page.vocabulary.slopes:
        shape = page.shape(entry.node)
        if shape is None:
            continue
        reason = f"the derivative of the activation, `{entry.text}`, is missing"
        sign, text = ((), " ") if shape.is_scalar else ((syntax.Sign("odot", span=span),), " \\odot ")
        items = (*(inner.items if isinstance(inner, syntax.Product) else (inner,)), *sign, *entry.node.items)
        change = _change(page, root, syntax.Product(tuple(items), span=span), *pieces, f"{text}{entry.text}")
        yield Edit((change,), "D401", 1.3, reason, span)
        for node in _operands(page) if not shape.is_scalar else ():
            if node is root or page.shape(node) != shape:
                continue
            place = page.span(node)
            group = syntax.Group("(", ")", (syntax.Product((node, *sign, *entry.node.items), span=place),), span=place)
            change = Change(node, group, place, ("\\left(", place, f"{text}{entry.text}", "\\right)"))
            yield Edit((change,), "D401", 1.6, reason, place)


def replaced_by_slopes(page: Page) -> Iterator[Edit]:
    """`f'(z)` for another factor of its shape"""
    for node in _operands(page):
        shape, span = page.shape(node), page.span(node)
        for entry in page.vocabulary.slopes:
            if page.shape(entry.node) == shape:
                group = syntax.Group("{", "}", (entry.node,), span=span)
                reason = f"{page.shows(node)} stands where the derivative `{entry.text}` belongs"
                yield Edit((_change(page, node, group, entry.text),), "D402", 1.7, reason, span)


def primes(page: Page) -> Iterator[Edit]:
    """`f'(z)` for `f(z)`, `f(z)` for `f'(z)`"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Product):
            continue
        for name, group in itertools.pairwise(node.items):
            if not isinstance(name, syntax.Name) or not isinstance(group, syntax.Group):
                continue
            if not is_function(replace(name, primes=0), page.scope):
                continue
            span = page.span(name)
            if name.primes:
                text = re.sub(r"('|\^\{?\\prime\}?)\s*$", "", page.text[slice(*span)])
                change = Change(name, replace(name, primes=0), span, (text,))
            else:
                change = Change(name, replace(name, primes=1), span, (span, "'"))
            yield Edit((change,), "D402", 1.4, f"{page.shows(name)} and its derivative are mixed up", span)


# ---------------------------------------------------------------- rows: names and indices


def indices(page: Page) -> Iterator[Edit]:
    """`z_{l-1}` for `z_l`, `w_{kj}` for `w_{jk}`"""
    letters = sorted({*page.scope.ranges, *page.vocabulary.letters})
    for node in inside(page.root):
        if not isinstance(node, syntax.Name | syntax.Group):
            continue
        for place_ in ("sub", "sup"):
            script = getattr(node, place_)
            if script is None or _TRANSPOSED.fullmatch(script.text):
                continue
            if place_ == "sup" and isinstance(script.body, syntax.Number):
                continue
            for text in _neighbours(script.text, letters):
                place, span = page.span(script), page.span(node)
                new = replace(node, **{place_: _script(text, script.span)})
                change = _change(page, node, new, (span[0], place[0]), f"{{{text}}}", (place[1], span[1]))
                within = any(isinstance(n, syntax.Name) and n.primes for n in inside(page.root))
                code = "D402" if within and _is_argument(page, node) else "D602"
                yield Edit((change,), code, 1.2, f"the index of {page.shows(node)} is wrong", span)


def _is_argument(page: Page, inner: syntax.Node) -> bool:
    """Whether a name is the argument of the derivative of a function."""
    for node in inside(page.root):
        if isinstance(node, syntax.Product):
            for name, group in itertools.pairwise(node.items):
                if isinstance(name, syntax.Name) and (name.primes or is_function(name, page.scope)):
                    if any(part is inner for part in syntax.walk(group)):
                        return True
    return False


def _neighbours(text: str, letters: list[str]) -> Iterator[str]:
    """Texts of indices beside this one."""
    for found in re.finditer(r"(\\[A-Za-z]+|[A-Za-z])\s*([+-]\s*\d+)?|\d+", text):
        whole = found.group(0)
        index = parse_index(whole.replace(" ", ""))
        if index is None or whole.startswith("\\") and whole not in ("\\ell", "\\tau") or whole == "T":
            continue
        spelled = found.group(1) or ""
        for step in (1, -1, 2, -2):
            offset = index.offset + step
            if spelled:
                new = f"{spelled}{offset:+d}" if offset else spelled
            else:
                new = str(offset) if offset >= 0 else ""
            if new:
                yield text[: found.start()] + new + text[found.end() :]
        for letter in letters:
            if letter != index.name and len(letter) == 1:
                yield text[: found.start()] + letter + text[found.end() :]
    if len(text) == 2 and text.isalpha():
        yield text[::-1]
    if re.fullmatch(r"\w+,\w+", text):
        a, b = text.split(",")
        yield f"{b},{a}"


def other_names(page: Page) -> Iterator[Edit]:
    """A name of the document for another one: of the same shape, or of the transposed one, transposed alike."""
    for node in inside(page.root):
        if not isinstance(node, syntax.Name | syntax.Derivative | syntax.Number):
            continue
        if isinstance(node, syntax.Name) and is_function(node, page.scope):
            continue
        turned = _is_transposed(node)
        plain = replace(node, sup=None) if turned else node
        if (term := page.term(plain)) is None or (span := page.span(node))[0] == span[1]:
            continue
        for entry in page.vocabulary.operands:
            other = page.term(entry.node)
            if other is None or other == term or _is_transposed(entry.node):
                continue
            same = other.shape == term.shape
            new, text = _transposed_name(page, entry) if turned else (entry.node, entry.text)
            cost = (1.9 if same else 2.3) + 0.3 * isinstance(node, syntax.Number)
            reason = f"{page.shows(node)} stands where `{entry.text}` belongs"
            yield Edit((_change(page, node, new, text),), "D307", cost, reason, span)


# ---------------------------------------------------------------- rows: sums


def sums(page: Page) -> Iterator[Edit]:
    r"""Another upper bound; a sum too many; the sum over the examples that is missing"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Big):
            continue
        span = page.span(node)
        body = page.span(node.body)
        change = _change(page, node, node.body, body)
        yield Edit((change,), "D404", 1.6, "the sum is one too many", (span[0], body[0]))
        if node.lower is not None and isinstance(node.lower.body, syntax.Comparison):
            yield from _lower_bounds(page, node)
        if node.upper is not None:
            place = page.span(node.upper)
            texts = [name for name in (*page.vocabulary.dimensions,) if name != node.upper.text]
            if isinstance(node.upper.body, syntax.Number):
                value = int(node.upper.body.value)
                texts += [str(value - 1), str(value + 1)]
            for text in texts:
                inner = (
                    syntax.Number(Fraction(text), text, span=place)
                    if text.isdecimal()
                    else page.vocabulary.dimension(text, place)
                )
                new = replace(node, upper=_script(text, node.upper.span, inner))
                change = _change(page, node, new, (span[0], place[0]), f"{{{text}}}", (place[1], span[1]))
                yield Edit((change,), "D603", 1.2, f"the sum runs to {node.upper.text}, one range too far or too short", place)
    yield from _missing_sums(page)


def _lower_bounds(page: Page, node: syntax.Big) -> Iterator[Edit]:
    comparison = node.lower.body
    number = comparison.sides[-1]
    if not isinstance(number, syntax.Number) or comparison.relations != ("=",):
        return
    for value in (1, int(number.value) + 1, int(number.value) - 1):
        if value != number.value and value >= 0:
            text = node.lower.text[: node.lower.text.index("=") + 1] + str(value)
            new = replace(number, value=Fraction(value), text=str(value))
            body = replace(comparison, sides=(comparison.sides[0], new))
            span, place = page.span(node), page.span(number)
            lower = replace(node.lower, body=body, text=text)
            change = _change(page, node, replace(node, lower=lower), (span[0], place[0]), str(value), (place[1], span[1]))
            yield Edit((change,), "D603", 1.2, f"the sum starts at {number.text}", place)


def _missing_sums(page: Page) -> Iterator[Edit]:
    """A vector or matrix summed over one axis, or whole."""
    span, shape = page.span(page.root), page.shape(page.root)
    if shape is None or shape.is_scalar:
        return
    letter = next((k for k in ("i", "j", "k", "n") if k not in page.vocabulary.taken), None)
    if letter is None:
        return
    for axis, dim in enumerate((shape.rows, shape.cols)):
        upper = page.vocabulary.spelled(dim)
        if upper is None:
            continue
        if shape.is_vector or str(shape.rows) == "1":
            if str(dim) == "1":
                continue
            text = letter
        else:
            text = f"{letter},:" if axis == 0 else f":,{letter}"
        group = syntax.Group("(", ")", (page.root,), sub=_script(text, span), span=span)
        if isinstance(page.root, syntax.Group) and page.root.opening == "(" and page.root.sub is None and page.root.sup is None:
            group, pieces = replace(page.root, sub=_script(text, span)), (span, f"_{{{text}}}")
        else:
            pieces = ("\\left(", span, f"\\right)_{{{text}}}")
        one = syntax.Number(Fraction(1), "1", span=span)
        lower = syntax.Comparison((syntax.Name(letter, span=span), one), ("=",), span=span)
        big = syntax.Big(
            "sum", _script(f"{letter}=1", span, lower), _script(upper, span, page.vocabulary.dimension(upper, span)), group,
            span=span,
        )  # fmt: skip
        change = _change(page, page.root, big, f"\\sum_{{{letter}=1}}^{{{upper}}} ", *pieces)
        yield Edit((change,), "D404", 1.2, f"the sum over {upper} is missing", span)


def constants(page: Page) -> Iterator[Edit]:
    """A plain number instead of all that: `1`, `-1/n`"""
    root, span = page.root, page.span(page.root)
    for sign, name in itertools.product(("", "-"), ("", *page.counts)):
        one = syntax.Number(Fraction(1), "1", span=span)
        node = syntax.Fraction_(one, page.vocabulary.dimension(name, span), span=span) if name else one
        text = f"\\frac{{1}}{{{name}}}" if name else "1"
        if sign:
            node = syntax.Total((syntax.Signed("-", None, node, span=span),), span=span)
        yield Edit((_change(page, root, node, f"{sign}{text}"),), "D307", 3.0, "this is the value of something else", span)


def softmax_jacobians(page: Page) -> Iterator[Edit]:
    r"""`\\mathrm{diag}(p) - p p^T`: what `p (1 - p)` is for a vector"""
    root, span = page.root, page.span(page.root)
    for entry in page.vocabulary.names:
        shape = page.shape(entry.node)
        if shape is None or not shape.is_vector:
            continue
        group = syntax.Group("(", ")", (entry.node,), span=span)
        diagonal = syntax.Product((syntax.Name("diag", span=span), group), span=span)
        turned, text = _transposed_name(page, entry)
        outer = syntax.Product((entry.node, turned), span=span)
        total = syntax.Total((syntax.Signed("+", None, diagonal, span=span), syntax.Signed("-", None, outer, span=span)), span=span)
        change = _change(page, root, total, f"\\mathrm{{diag}}({entry.text}) - {entry.text} {text}")
        yield Edit((change,), "D407", 2.7, "the Jacobian of a softmax has entries beside its diagonal", span)


def indicators(page: Page) -> Iterator[Edit]:
    r"""`\\mathbf{1}(k = y)` for 1, and as a factor: a case that only holds for the class that y names"""
    root, span = page.root, page.span(page.root)
    inner, pieces = _group(root, span) if _is_sum(root) else (root, (span,))
    letters = sorted(page.scope.ranges)
    for entry, letter in itertools.product(page.vocabulary.classes, letters):
        sides = (syntax.Name(letter, span=span), entry.node)
        comparison = syntax.Comparison(sides, ("=",), span=span)
        one = syntax.Name("1", fonts=("mathbf",), span=span)
        indicator = (one, syntax.Group("(", ")", (comparison,), span=span))
        text = f"\\mathbf{{1}}({letter} = {entry.text})"
        for node in inside(root):
            if isinstance(node, syntax.Number) and node.value == 1:
                place = page.span(node)
                group = syntax.Group("{", "}", (syntax.Product(indicator, span=place),), span=place)
                reason = f"this holds for the class {letter} = {entry.text} only"
                yield Edit((_change(page, node, group, text),), "D602", 1.8, reason, place)
        product = syntax.Product((*_product((inner,), span).items, *indicator), span=span)
        change = _change(page, root, product, *pieces, f" {text}")
        yield Edit((change,), "D602", 1.9, f"this holds for the class {letter} = {entry.text} only", span)


def insert_terms(page: Page) -> Iterator[Edit]:
    """`a + v`, `a - v` for `a`, with v a name of the document of the same shape, or 1"""
    root, span = page.root, page.span(page.root)
    shape = page.shape(root)
    if shape is None:
        return
    terms = root.terms if isinstance(root, syntax.Total) else (syntax.Signed("+", None, root, span=span),)
    named = [(e.node, e.text) for e in page.vocabulary.names if page.shape(e.node) == shape]
    if shape.is_scalar:
        named.insert(0, (syntax.Number(Fraction(1), "1", span=span), "1"))
    for node, text in named[:24]:
        for sign in ("+", "-"):
            more = syntax.Signed(sign, None, node, span=span)
            change = _change(page, root, syntax.Total((*terms, more), span=span), span, f" {sign} {text}")
            yield Edit((change,), "D303", 2.6, f"the term `{text}` is missing", span)


ROWS: tuple[Callable[[Page], Iterator[Edit]], ...] = (
    flip_signs, negate, scale, transposes, reorder, products, lost_brackets, change_numbers, change_counts, drop_factors, indices, slopes, primes, replaced_by_slopes, powers,
    sums, diagonals, drop_terms, other_names, insert_factors, insert_terms, constants,
    softmax_jacobians, indicators,
)  # fmt: skip


def edits(page: Page) -> list[Edit]:
    """All single edits, the smallest and most frequent first; the order of equal ones is that of the rows."""
    found = [edit for row in ROWS for edit in row(page) if all(_is_sound(page, c) for c in edit.changes)]
    return sorted(found, key=lambda edit: edit.cost)


def _is_sound(page: Page, change: Change) -> bool:
    """Whether a change lies inside what is edited, and not inside a macro, whose text stands elsewhere."""
    start, end = page.span(page.root)
    return start <= change.span[0] < change.span[1] <= end

