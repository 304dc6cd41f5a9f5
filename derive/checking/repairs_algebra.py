"""Repairs of signs, factors, terms, powers and brackets: what D3 and the means of D4 undo."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from derive.checking.edits import Change, Edit, Page, Piece, inside
from derive.checking.factors import (
    caret,
    change_of,
    composed,
    in_brackets,
    is_sum,
    power_of_two,
    product_of,
    script_of,
    transposed_name,
    units,
)
from derive.checking.vocabulary import Entry
from derive.reading import syntax
from derive.reading.functions import is_function
from derive.reading.notation import ungrouped


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
            yield Edit((change_of(page, node, turned, *pieces),), "D301", 0.95, reason, page.span(node))


def negate(page: Page) -> Iterator[Edit]:
    """`-a` for `a`"""
    root, span = page.root, page.span(page.root)
    if isinstance(root, syntax.Total) and len(root.terms) == 1 and root.terms[0].sign == "-":
        return
    inner, pieces = in_brackets(root, span) if is_sum(root) else (root, (span,))
    signed = syntax.Signed("-", None, inner, span=span)
    change = change_of(page, root, syntax.Total((signed,), span=span), "-", *pieces)
    yield Edit((change,), "D301", 0.98, "the sign is wrong", span)


def scale(page: Page) -> Iterator[Edit]:
    """`c a` for `a`: a constant, or one over the number of examples."""
    root, span = page.root, page.span(page.root)
    constants = [("2", Fraction(2)), ("\\frac{1}{2}", Fraction(1, 2)),
                 ("4", Fraction(4)), ("\\frac{1}{4}", Fraction(1, 4)),
                 ("3", Fraction(3)), ("\\frac{1}{3}", Fraction(1, 3))]  # fmt: skip
    inner, pieces = in_brackets(root, span) if is_sum(root) else (root, (span,))
    written = {number for item in getattr(root, "items", ()) if (number := _rational(item)) is not None}
    for text, value in constants:
        if 1 / value in written:
            continue  # half of `2 a` is a, not one half times two: see `drop_factors`
        product = product_of((syntax.Number(value, text, span=span), inner), span)
        change = change_of(page, root, product, f"{text} ", *pieces)
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
            change = change_of(page, root, product_of((over, inner), span), f"\\frac{{1}}{{{name}}} ", *pieces)
        yield Edit((change,), "D405", 1.0, reason, span)
        for text, over_, under in (("2", 2, ""), ("1", 1, "2")):
            number = syntax.Number(Fraction(over_), text, span=span)
            below = product_of((syntax.Number(Fraction(2), "2", span=span), node), span) if under else node
            fraction = syntax.Fraction_(number, below, span=span)
            new = f"\\frac{{{text}}}{{{under}{name}}} "
            change = change_of(page, root, product_of((fraction, inner), span), new, *pieces)
            yield Edit((change,), "D405", 1.9, f"the factor {new.strip()} is missing", span)
        change = change_of(page, root, product_of((node, inner), span), f"{name} ", *pieces)
        yield Edit((change,), "D405", 1.6, f"the factor {name} is missing", span)


def _rational(node: syntax.Node) -> Fraction | None:
    r"""The value of `2` and `\frac{1}{2}`; None for anything else."""
    if isinstance(node, syntax.Fraction_):
        over, under = _rational(node.over), _rational(node.under)
        return over / under if over is not None and under else None
    return node.value if isinstance(node, syntax.Number) else None


def drop_factors(page: Page) -> Iterator[Edit]:
    """`b` for `a b`"""
    for node in inside(page.root):
        if isinstance(node, syntax.Fraction_):
            over, under = page.span(node.over), page.span(node.under)
            inner, pieces = in_brackets(node.over, over) if is_sum(node.over) else (node.over, (over,))
            if not (isinstance(node.over, syntax.Number) and node.over.value == 1):
                change = change_of(page, node, inner, *pieces)
                yield Edit(
                    (change,),
                    _factor_code(page, node.under),
                    1.3,
                    f"the divisor {page.shows(node.under)} is wrong",
                    under,
                )
        if not isinstance(node, syntax.Product) or (parts := units(page, node)) is None or len(parts) < 2:
            continue
        for unit in parts:
            rest = [(other, None) for other in parts if other is not unit]
            change = composed(page, node, rest)
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
            change = change_of(page, node, replace(node, terms=rest), *pieces)
            yield Edit((change,), "D303", 1.8, f"the term {page.shows(signed.term)} is one too many", page.span(signed))


def change_numbers(page: Page) -> Iterator[Edit]:
    """`2` for `3`, `2` for `4`"""
    beside = {}  # of a number in a fraction, the other one: `2/2` is no way to write 1
    for fraction in inside(page.root):
        if isinstance(fraction, syntax.Fraction_):
            beside |= {id(fraction.over): fraction.under, id(fraction.under): fraction.over}
    for node in inside(page.root):
        if not isinstance(node, syntax.Number) or node.value.denominator != 1 or node.value > 64:
            continue
        n = int(node.value)
        for value in dict.fromkeys((n * 2, n // 2 if n % 2 == 0 else n, n + 1, n - 1, 1)):
            other = beside.get(id(node))
            if value not in (n, 0) and not (isinstance(other, syntax.Number) and other.value == value):
                new = replace(node, value=Fraction(value), text=str(value))
                cost = 0.97 if value == 2 else 1.25
                yield Edit(
                    (change_of(page, node, new, str(value)),), "D302", cost, f"the number {n} is wrong", page.span(node)
                )


def change_counts(page: Page) -> Iterator[Edit]:
    """`1/n` for `1/d`, `1/3` or `1/b`"""
    for fraction in inside(page.root):
        for node in inside(fraction.under) if isinstance(fraction, syntax.Fraction_) else ():
            if not isinstance(node, syntax.Number) and not _is_scalar_name(page, node):
                continue
            span = page.span(node)
            for name in page.counts:
                if name != page.text[slice(*span)].strip():
                    change = change_of(page, node, page.vocabulary.dimension(name, span), name)
                    yield Edit(
                        (change,), "D405", 1.3, f"{page.shows(node)} stands where the number {name} belongs", span
                    )


def _is_scalar_name(page: Page, node: syntax.Node) -> bool:
    shape = page.shape(node) if isinstance(node, syntax.Name) else None
    return page.vocabulary.is_dimension(node) or (shape is not None and shape.is_scalar)


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
            if isinstance(node, syntax.Fraction_):
                group = syntax.Group("(", ")", (node,), sup=power_of_two(span), span=span)
                change = change_of(page, node, group, "\\left(", span, "\\right)^2")
            else:
                change = change_of(page, node, replace(node, sup=power_of_two(span)), span, "^2")
            yield Edit((change,), "D305", 1.5, f"the square of {page.shows(node)} is missing", span)
        elif (
            isinstance(sup, syntax.Script)
            and isinstance(sup.body, syntax.Number)
            and isinstance(node, syntax.Name | syntax.Group)
        ):
            value = int(sup.body.value)
            for other in (value + 1, value - 1):
                if other in (0, 1):
                    start = caret(page, node, sup)
                    if start is None:
                        continue
                    change = change_of(
                        page, node, replace(node, sup=None), (span[0], start), (page.span(sup)[1], span[1])
                    )
                else:
                    body = syntax.Number(Fraction(other), str(other), span=sup.span)
                    place = page.span(sup)
                    new = replace(node, sup=script_of(str(other), sup.span, body))
                    change = change_of(page, node, new, (span[0], place[0]), f"{{{other}}}", (place[1], span[1]))
                yield Edit((change,), "D305", 1.5, f"the exponent of {page.shows(node)} is wrong", page.span(sup))
        for part in (node.over, node.under) if isinstance(node, syntax.Fraction_) else ():
            part = ungrouped(part)
            if isinstance(part, syntax.Total | syntax.Product):
                inner = page.span(part)
                group = syntax.Group("(", ")", (part,), sup=power_of_two(inner), span=inner)
                change = change_of(page, part, group, "(", inner, ")^2")
                yield Edit((change,), "D305", 1.5, f"the square of {page.shows(part)} is missing", inner)


def insert_factors(page: Page) -> Iterator[Edit]:
    """`v a`, `a v` for `a`, with v a name of the document"""
    root = page.root
    if isinstance(root, syntax.Total) and len(root.terms) == 1:
        root = root.terms[0].term  # `-2 v x` for `-2 x`, without brackets
    span = page.span(root)
    inner, pieces = in_brackets(root, span) if is_sum(root) else (root, (span,))
    own = {node.text for node in page.vocabulary.named(page.scope, page.root)}
    for entry in page.vocabulary.names:
        if (shape := page.shape(entry.node)) is None or page.vocabulary.is_dimension(entry.node):
            continue
        reason = f"the factor `{entry.text}` is missing"
        if shape.is_scalar:
            cost = 1.88 if entry.text in own else 2.5
            yield Edit((_scaled(page, root, entry),), "D304", cost, reason, span)
            continue
        cost = 2.4 if entry.text in own else 2.5
        turned, text = transposed_name(page, entry)
        for more, items, texts in (
            (0.0, (inner, entry.node), (*pieces, f" {entry.text}")),
            (0.1, (entry.node, inner), (f"{entry.text} ", *pieces)),
            (0.1, (inner, turned), (*pieces, f" {text}")),
            (0.1, (turned, inner), (f"{text} ", *pieces)),
        ):
            yield Edit((change_of(page, root, product_of(items, span), *texts),), "D304", cost + more, reason, span)


def _scaled(page: Page, root: syntax.Node, entry: Entry) -> Change:
    """`c a` for `a`, and `2 c a` for `2 a`."""
    span = page.span(root)
    if isinstance(root, syntax.Product) and isinstance(root.items[0], syntax.Number):
        number, *rest = root.items
        start = page.span(rest[0])[0]
        product = replace(root, items=(number, entry.node, *rest))
        return change_of(page, root, product, (span[0], start), f"{entry.text} ", (start, span[1]))
    inner, pieces = in_brackets(root, span) if is_sum(root) else (root, (span,))
    return change_of(page, root, product_of((entry.node, inner), span), f"{entry.text} ", *pieces)


def insert_terms(page: Page) -> Iterator[Edit]:
    """`a + v`, `a - v` for `a`, with v a name of the document of the same shape, or 1"""
    root, span = page.root, page.span(page.root)
    shape = page.shape(root)
    if shape is None:
        return
    terms = root.terms if isinstance(root, syntax.Total) else (syntax.Signed("+", None, root, span=span),)
    named = [(e.node, e.text) for e in page.vocabulary.operands if page.shape(e.node) == shape]
    if shape.is_scalar:
        named.insert(0, (syntax.Number(Fraction(1), "1", span=span), "1"))
    for node, text in named[:24]:
        for sign in ("+", "-"):
            more = syntax.Signed(sign, None, node, span=span)
            change = change_of(page, root, syntax.Total((*terms, more), span=span), span, f" {sign} {text}")
            yield Edit((change,), "D303", 2.6, f"the term `{text}` is missing", span)


def constants(page: Page) -> Iterator[Edit]:
    """A plain number instead of all that: `1`, `-1/n`"""
    root, span = page.root, page.span(page.root)
    for sign, name in itertools.product(("", "-"), ("", *page.counts)):
        one = syntax.Number(Fraction(1), "1", span=span)
        node = syntax.Fraction_(one, page.vocabulary.dimension(name, span), span=span) if name else one
        text = f"\\frac{{1}}{{{name}}}" if name else "1"
        if sign:
            node = syntax.Total((syntax.Signed("-", None, node, span=span),), span=span)
        yield Edit(
            (change_of(page, root, node, f"{sign}{text}"),), "D307", 3.0, "this is the value of something else", span
        )


def lost_brackets(page: Page) -> Iterator[Edit]:
    """`a (b - c)` for `a b - c`, `(a - b) c` for `a - b c`"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Total):
            continue
        for place, (before, after) in enumerate(itertools.pairwise(node.terms)):
            for start in _breaks(page, before.term):
                yield _with_brackets(page, node, place, start, None)
            if place == 0 or before.sign == "+":
                for end in _breaks(page, after.term):
                    yield _with_brackets(page, node, place, None, end)


def _breaks(page: Page, term: syntax.Node) -> list[int]:
    """Where in the items of a product its factors begin, but for the first."""
    parts = units(page, term) if isinstance(term, syntax.Product) else None
    return [next(k for k, item in enumerate(term.items) if item is part.items[0]) for part in (parts or ())[1:]]


def _with_brackets(page: Page, total: syntax.Total, place: int, start: int | None, end: int | None) -> Edit:
    """A sum with brackets from an item of one summand to the end of the next, or from its start to one of the next."""
    before, after = total.terms[place : place + 2]
    outer = page.span(total)
    if start is not None:
        items = before.term.items
        inside_, rest = items[start:], items[:start]
        span = (page.span(items[start])[0], page.span(after)[1])
        first = syntax.Signed("+", None, product_of(inside_, span), span=span)
        group = syntax.Group("(", ")", (syntax.Total((first, after), span=span),), span=span)
        signed = replace(before, term=syntax.Product((*rest, group), span=page.span(before.term)))
    else:
        items = after.term.items
        stop = end - isinstance(items[end - 1], syntax.Sign)
        head = page.span(before if place == 0 else before.term)[0]
        span = (head, page.span(items[stop - 1])[1])
        first = before if place == 0 else replace(before, sign="+", sign_span=None)
        last = replace(after, term=product_of(items[:stop], span))
        group = syntax.Group("(", ")", (syntax.Total((first, last), span=span),), span=span)
        product = syntax.Product((group, *items[stop:]), span=(head, page.span(after)[1]))
        signed = syntax.Signed("+", None if place == 0 else before.sign_span, product, span=product.span)
    terms = (*total.terms[:place], signed, *total.terms[place + 2 :])
    pieces = ((outer[0], span[0]), "\\left(", span, "\\right)", (span[1], outer[1]))
    change = change_of(page, total, replace(total, terms=terms), *pieces)
    reason = f"brackets around `{page.text[slice(*span)].strip()}` are missing"
    return Edit((change,), "D306", 1.6, reason, span)
