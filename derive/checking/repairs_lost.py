"""Repairs of what was lost inside an expression: a term of a bracket, a factor of a summand or between others."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction

from derive.checking.edits import Change, Edit, Page, inside
from derive.checking.factors import change_of, in_brackets, is_sum, product_of, transposed_name, units
from derive.checking.vocabulary import Entry
from derive.reading import syntax
from derive.terms.shapes import Shape

MOST_HOSTS = 12  # places where something may be put in
MOST_NEW = 12  # names that are put in at one place


def lost_terms(page: Page) -> Iterator[Edit]:
    """`(v + a)` for `(a)`, `(a - v)` for `(a)`, with v a name of the document of the same shape, or 1"""
    for host in itertools.islice(_insides(page), MOST_HOSTS):
        shape, span = page.shape(host), page.span(host)
        if shape is None:
            continue
        terms = host.terms if isinstance(host, syntax.Total) else (syntax.Signed("+", None, host, span=span),)
        one = (syntax.Number(Fraction(1), "1", span=span), "1")
        fits = isinstance(host, syntax.Number)  # the 1 of `1 - v` has no shape of its own
        named = [(e.node, e.text) for e in page.vocabulary.names if fits or page.shape(e.node) == shape]
        for node, text in (one, *named[:MOST_NEW]):
            reason = f"the term `{text}` is missing"
            more = syntax.Signed("+", None, node, span=span)
            total = syntax.Total((more, *terms), span=span)
            between = "" if terms[0].sign == "-" else "+ "
            yield Edit((change_of(page, host, total, f"{text} {between}", span),), "D303", 2.1, reason, span)
            less = syntax.Signed("-", None, node, span=span)
            total = syntax.Total((*terms, less), span=span)
            yield Edit((change_of(page, host, total, span, f" - {text}"),), "D303", 2.1, reason, span)


def lost_factors(page: Page) -> Iterator[Edit]:
    """`a + c b` for `a + b`, with c a number or a scalar of the document; the same in the body of a sum"""
    for host in itertools.islice(_summands(page), MOST_HOSTS):
        span = page.span(host)
        inner, pieces = in_brackets(host, span) if is_sum(host) else (host, (span,))
        two = Entry(syntax.Number(Fraction(2), "2", span=span), "2")
        half = Entry(syntax.Fraction_(syntax.Number(Fraction(1), "1", span=span), two.node, span=span), "\\frac{1}{2}")
        known = [e for e in page.vocabulary.names if _is_number(page, e) and not page.vocabulary.is_dimension(e.node)]
        numbers = () if isinstance(host, syntax.Number) else (two, half)
        for entry in (*numbers, *known[:MOST_NEW]):
            product = product_of((entry.node, inner), span)
            change = change_of(page, host, product, f"{entry.text} ", *pieces)
            code = "D302" if entry in (two, half) else "D304"
            yield Edit((change,), code, 2.2, f"the factor {entry.text} is missing", span)
            if code == "D304":
                fraction = syntax.Fraction_(host, entry.node, span=span)
                change = change_of(page, host, fraction, "\\frac{", span, f"}}{{{entry.text}}}")
                yield Edit((change,), code, 2.3, f"the divisor {entry.text} is missing", span)


def _is_number(page: Page, entry: Entry) -> bool:
    shape = page.shape(entry.node)
    return shape is not None and shape.is_scalar


def lost_operands(page: Page) -> Iterator[Edit]:
    r"""`v \\odot a` for `a`, and `a v b` for `a b`, with v a name or derivative of the document that conforms"""
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
    for node in inside(page.root):
        parts = units(page, node) if isinstance(node, syntax.Product) else None
        for before, after in itertools.pairwise(parts or ()):
            left, right = page.shape(before.node), page.shape(after.node)
            if left is None or right is None or after.sign is not None:
                continue
            position = next(k for k, item in enumerate(node.items) if item is after.items[0])
            for new, text in _between(page, left, right):
                items = (*node.items[:position], new, *node.items[position:])
                place, whole = after.span(page), page.span(node)
                pieces = ((whole[0], place[0]), f"{text} ", (place[0], whole[1]))
                change = Change(node, syntax.Product(items, span=node.span), whole, pieces)
                yield Edit((change,), "D304", 2.3, f"the factor `{text}` is missing", place)


def _between(page: Page, left: Shape, right: Shape) -> Iterator[tuple[syntax.Node, str]]:
    """Names, and names transposed, that fit between factors of these shapes."""
    for entry in page.vocabulary.operands:
        shape = page.shape(entry.node)
        if shape is None or shape.is_scalar:
            continue
        if (left.is_scalar or shape.rows == left.cols) and (right.is_scalar or shape.cols == right.rows):
            yield entry.node, entry.text
        if (left.is_scalar or shape.cols == left.cols) and (right.is_scalar or shape.rows == right.rows):
            yield transposed_name(page, entry)


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
