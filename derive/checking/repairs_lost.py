"""Repairs of what was lost inside an expression: a term of a bracket, a factor of a summand or between others."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from derive.checking.edits import Change, Edit, Page, inside
from derive.checking.factors import Unit, change_of, in_brackets, is_sum, product_of, transposed_name, units
from derive.checking.vocabulary import Entry
from derive.reading import syntax
from derive.reading.source import Span
from derive.terms.shapes import Shape

MOST_HOSTS = 12  # places where something may be put in
MOST_NEW = 12  # names that are put in at one place
MOST_FACTORS = 32  # numbers that are


def lost_terms(page: Page) -> Iterator[Edit]:
    """`(v + a)` for `(a)`, `(a - v)` for `(a)`, with v a name of the document of the same shape, or 1"""
    for host in itertools.islice(_insides(page), MOST_HOSTS):
        shape, span = page.shape(host), page.span(host)
        if shape is None:
            continue
        terms = host.terms if isinstance(host, syntax.Total) else (syntax.Signed("+", None, host, span=span),)
        own = page.term(host)
        one = (syntax.Number(Fraction(1), "1", span=span), "1")
        fits = isinstance(host, syntax.Number)  # the 1 of `1 - v` has no shape of its own
        named = [(e.node, e.text) for e in page.vocabulary.names if fits or page.shape(e.node) == shape]
        parts = [e for e in page.vocabulary.compounds if page.shape(e.node) == shape]
        turned = [transposed_name(page, e) for e in _turning(page, shape)]
        for node, text in (one, *named[:MOST_NEW], *((e.node, e.text) for e in parts), *turned[:MOST_NEW]):
            if own is not None and page.term(node) == own:
                continue  # `x + x` is `2 x`
            reason = f"the term `{text}` is missing"
            more = syntax.Signed("+", None, node, span=span)
            total = syntax.Total((more, *terms), span=span)
            between = "" if terms[0].sign == "-" else "+ "
            yield Edit((change_of(page, host, total, f"{text} {between}", span),), "D303", 2.1, reason, span)
            less = syntax.Signed("-", None, node, span=span)
            total = syntax.Total((*terms, less), span=span)
            yield Edit((change_of(page, host, total, span, f" - {text}"),), "D303", 2.1, reason, span)


def _turning(page: Page, shape: Shape) -> Iterator[Entry]:
    """Names and parts of the claim that have a shape once they are transposed."""
    if not shape.is_scalar:
        for entry in (*page.vocabulary.names, *page.vocabulary.compounds):
            own = page.shape(entry.node)
            if own is not None and shape == own.T:
                yield entry


def lost_factors(page: Page) -> Iterator[Edit]:
    r"""`a + c b` for `a + b`, `\sigma(c a)` for `\sigma(a)`, with c a number or a scalar of the document"""
    if not isinstance(page.root, syntax.Number):
        for entry in page.vocabulary.names:
            if _is_number(page, entry) and not page.vocabulary.is_dimension(entry.node):
                yield _divided(page, page.root, entry)
    hosts = {id(host): host for host in (*_summands(page), *_insides(page))}
    for host in itertools.islice(hosts.values(), MOST_HOSTS):
        span = page.span(host)
        inner, pieces = in_brackets(host, span) if is_sum(host) else (host, (span,))
        two = Entry(syntax.Number(Fraction(2), "2", span=span), "2")
        half = Entry(syntax.Fraction_(syntax.Number(Fraction(1), "1", span=span), two.node, span=span), "\\frac{1}{2}")
        known = [e for e in page.vocabulary.names if _is_number(page, e) and not page.vocabulary.is_dimension(e.node)]
        numbers = () if isinstance(host, syntax.Number) else (two, half, *page.vocabulary.numbers)
        for entry in (*numbers, *known[:MOST_FACTORS]):
            product = product_of((entry.node, inner), span)
            change = change_of(page, host, product, f"{entry.text} ", *pieces)
            code = "D302" if entry in numbers else "D304"
            yield Edit((change,), code, 2.2, f"the factor {entry.text} is missing", span)
            if code == "D304":
                yield _divided(page, host, entry)


def _divided(page: Page, host: syntax.Node, entry: Entry) -> Edit:
    r"""`\frac{a}{c}` for `a`"""
    span = page.span(host)
    fraction = syntax.Fraction_(host, entry.node, span=span)
    change = change_of(page, host, fraction, "\\frac{", span, f"}}{{{entry.text}}}")
    return Edit((change,), "D304", 2.3, f"the divisor {entry.text} is missing", span)


def _is_number(page: Page, entry: Entry) -> bool:
    shape = page.shape(entry.node)
    return shape is not None and shape.is_scalar


def lost_operands(page: Page) -> Iterator[Edit]:
    r"""`v \\odot a` for `a`, `a v b` for `a b`: v a name of the document, or a part of the claim, that conforms"""
    for host in (page.root, *itertools.islice(_summands(page), MOST_HOSTS)):
        shape, span = page.shape(host), page.span(host)
        if shape is None or shape.is_scalar:
            continue
        inner, pieces = in_brackets(host, span) if is_sum(host) else (host, (span,))
        for entry in page.vocabulary.operands:
            if page.shape(entry.node) == shape:
                sign = syntax.Sign("odot", span=span)
                product = product_of((entry.node, sign, inner), span)
                change = change_of(page, host, product, f"{entry.text} \\odot ", *pieces)
                yield Edit((change,), "D304", 2.4, f"the factor `{entry.text}` is missing", span)
    for gap in _gaps(page):
        for new, text in _fitting(page, gap):
            yield Edit((_filled(page, gap, new, text),), "D304", 2.3, f"the factor `{text}` is missing", gap.span(page))


@dataclass(frozen=True)
class _Gap:
    """A place between the factors of a product, before the first or behind the last: `parts[place]` stands behind it.

    `whole` is the shape that the product has to have, where that is known.
    """

    host: syntax.Node
    parts: tuple[Unit, ...]
    place: int
    whole: Shape | None

    def span(self, page: Page) -> Span:
        return self.parts[min(self.place, len(self.parts) - 1)].span(page)


def _gaps(page: Page) -> Iterator[_Gap]:
    hosts = dict.fromkeys(map(id, syntax.walk(page.root)))
    wholes: dict[int, Shape | None] = {id(page.root): page.target}
    lone = [page.root, *_summands(page), *_insides(page)]
    for node in syntax.walk(page.root):
        if isinstance(node, syntax.Total):
            shapes = [page.target if node is page.root else None, *(page.shape(each.term) for each in node.terms)]
            for place, each in enumerate(node.terms, 1):
                others = (shape for at, shape in enumerate(shapes) if shape is not None and at != place)
                wholes[id(each.term)] = next(others, None)
    products = [node for node in inside(page.root) if isinstance(node, syntax.Product)]
    for host in {id(host): host for host in (*products, *lone)}.values():
        if id(host) not in hosts or is_sum(host) or isinstance(host, syntax.Total | syntax.Number):
            continue
        parts = units(page, host) if isinstance(host, syntax.Product) else [Unit((host,), None)]
        for place in range(len(parts or ()) + 1 if parts else 0):
            if place == len(parts) or place == 0 or parts[place].sign is None:
                yield _Gap(host, tuple(parts), place, wholes.get(id(host)))


def _fitting(page: Page, gap: _Gap) -> Iterator[tuple[syntax.Node, str]]:
    """Names and parts of the claim, and these transposed, that fit into a gap."""
    before = page.shape(gap.parts[gap.place - 1].node) if gap.place else None
    behind = page.shape(gap.parts[gap.place].node) if gap.place < len(gap.parts) else None
    if (gap.place and before is None) or (gap.place < len(gap.parts) and behind is None):
        return
    rows = before.cols if before is not None else gap.whole.rows if gap.whole is not None else None
    cols = behind.rows if behind is not None else gap.whole.cols if gap.whole is not None else None
    rows = None if before is not None and before.is_scalar else rows
    cols = None if behind is not None and behind.is_scalar else cols
    for entry in (*page.vocabulary.operands, *page.vocabulary.compounds):
        shape = page.shape(entry.node)
        if shape is None or shape.is_scalar:
            continue
        if shape.rows == (rows or shape.rows) and shape.cols == (cols or shape.cols):
            yield entry.node, entry.text
        if shape.cols == (rows or shape.cols) and shape.rows == (cols or shape.rows):
            yield transposed_name(page, entry)


def _filled(page: Page, gap: _Gap, new: syntax.Node, text: str) -> Change:
    whole = page.span(gap.host)
    if not isinstance(gap.host, syntax.Product):
        inner, pieces = in_brackets(gap.host, whole)
        texts = (*pieces, f" {text}") if gap.place else (f"{text} ", *pieces)
        return change_of(page, gap.host, product_of((inner, new) if gap.place else (new, inner), whole), *texts)
    items = gap.host.items
    if gap.place == len(gap.parts):
        return change_of(page, gap.host, product_of((*items, new), whole), whole, f" {text}")
    position = next(k for k, item in enumerate(items) if item is gap.parts[gap.place].items[0])
    start = gap.parts[gap.place].span(page)[0]
    product = product_of((*items[:position], new, *items[position:]), gap.host.span)
    return change_of(page, gap.host, product, (whole[0], start), f"{text} ", (start, whole[1]))


def _insides(page: Page) -> Iterator[syntax.Node]:
    """What stands in brackets, above and below the bars of fractions, and in the sums of a sum sign."""
    for node in inside(page.root):
        if isinstance(node, syntax.Group) and node.opening in ("(", "[") and len(node.parts) == 1:
            yield node.inner
        elif isinstance(node, syntax.Fraction_):
            yield from (part for part in (node.over, node.under) if not isinstance(part, syntax.Number))


def _summands(page: Page) -> Iterator[syntax.Node]:
    """The summands of sums, the bodies of sums over an index, and what stands above and below bars."""
    for node in inside(page.root):
        if isinstance(node, syntax.Total) and len(node.terms) > 1:
            yield from (signed.term for signed in node.terms)
        elif isinstance(node, syntax.Big):
            yield node.body
        elif isinstance(node, syntax.Fraction_):
            yield from (part for part in (node.over, node.under) if not isinstance(part, syntax.Number))
