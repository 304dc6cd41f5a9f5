"""The building blocks of edits: factors as the reader takes them, products put together anew, transposes, brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.checking.edits import Change, Page, Piece, inside
from derive.checking.vocabulary import Entry
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.readings import Missing, factor
from derive.reading.source import Span
from derive.reading.transposes import SIGN


def in_brackets(node: syntax.Node, span: Span) -> tuple[syntax.Node, tuple[Piece, ...]]:
    """A node in round brackets, if it has none."""
    if is_atom(node):
        return node, (span,)
    return syntax.Group("(", ")", (node,), span=span), ("\\left(", span, "\\right)")


def is_atom(node: syntax.Node) -> bool:
    if isinstance(node, syntax.Group):
        return node.opening in ("(", "[") and len(node.parts) == 1
    return isinstance(node, syntax.Name | syntax.Number | syntax.Fraction_ | syntax.Matrix | syntax.Root)


def is_sum(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Total | syntax.Big) and not (
        isinstance(node, syntax.Total) and len(node.terms) == 1 and node.terms[0].sign == "+"
    )


def change_of(page: Page, target: syntax.Node, node: syntax.Node, *pieces: Piece) -> Change:
    return Change(target, node, page.span(target), pieces)


def script_of(text: str, span: Span, body: syntax.Node | None = None) -> syntax.Script:
    return syntax.Script(body, text, span=span)


def power_of_two(span: Span) -> syntax.Script:
    return script_of("2", span, syntax.Number(Fraction(2), "2", span=span))


def product_of(items: tuple[syntax.Node, ...], span: Span) -> syntax.Product:
    flat = [part for item in items for part in (item.items if isinstance(item, syntax.Product) else (item,))]
    return syntax.Product(tuple(flat), span=span)


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


def composed(page: Page, product: syntax.Product, parts: list[tuple[Unit, str | None]]) -> Change | None:
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
    return change_of(page, product, node, *pieces)


_SIGNS = {"odot": "\\odot", "cdot": "\\cdot", "times": "\\times", "*": "*", "/": "/", "circ": "\\circ"}


def caret(page: Page, node: syntax.Node, sup: syntax.Script) -> int | None:
    """Where the `^` of a superscript stands."""
    found = page.text.rfind("^", page.span(node)[0], sup.span[0] + 1)
    return found if found >= 0 else None


TRANSPOSED = re.compile(rf"(\^|\s)*(?<![A-Za-z]){SIGN}\s*$")


def is_transposed(node: syntax.Node) -> bool:
    sup = getattr(node, "sup", None)
    return isinstance(sup, syntax.Script) and bool(TRANSPOSED.search(sup.text))


def operands(page: Page) -> Iterator[syntax.Node]:
    """Nodes that may hold a matrix."""
    for node in inside(page.root):
        if isinstance(node, syntax.Name | syntax.Group | syntax.Fraction_ | syntax.Derivative):
            plain = replace(node, sup=None) if is_transposed(node) else node
            shape = page.shape(plain)
            if shape is not None and not shape.is_scalar:
                yield node


def transposed(page: Page, node: syntax.Node) -> Change | None:
    """A node with a transpose more or less."""
    span = page.span(node)
    sup = getattr(node, "sup", None)
    if is_transposed(node):
        rest = TRANSPOSED.sub("", sup.text)
        place = page.span(sup)
        if rest:
            inner = page.text[slice(*place)]
            shorter = re.sub(rf"(\^|\s)*\{{?{SIGN}\s*\}}?(?=\}}*$)", "", inner)
            new = replace(node, sup=script_of(rest, sup.span))
            return change_of(page, node, new, (span[0], place[0]), shorter, (place[1], span[1]))
        start = caret(page, node, sup)
        if start is None:
            return None
        return change_of(page, node, replace(node, sup=None), (span[0], start), (place[1], span[1]))
    script = script_of("T", node.span)
    plain = sup is None and getattr(node, "primes", 0) == 0
    if plain and (isinstance(node, syntax.Name) or (isinstance(node, syntax.Group) and is_atom(node))):
        return change_of(page, node, replace(node, sup=script), span, f"^{page.transpose}")
    group = syntax.Group("(", ")", (node,), sup=script, span=node.span)
    return change_of(page, node, group, "(", span, f")^{page.transpose}")


def transposed_name(page: Page, entry: Entry) -> tuple[syntax.Node, str]:
    script = script_of("T", entry.node.span)
    if isinstance(entry.node, syntax.Name) and entry.node.sup is None:
        return replace(entry.node, sup=script), f"{entry.text}^{page.transpose}"
    group = syntax.Group("(", ")", (entry.node,), sup=script, span=entry.node.span)
    return group, f"({entry.text})^{page.transpose}"
