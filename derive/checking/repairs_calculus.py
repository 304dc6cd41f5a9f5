"""Repairs of derivatives: an activation's derivative missing or misplaced, the Jacobian of a softmax, one class."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from derive.checking.edits import Change, Edit, Page, inside
from derive.checking.factors import change_of, in_brackets, is_sum, operands, product_of, transposed_name
from derive.reading import syntax
from derive.reading.functions import is_function


def slopes(page: Page) -> Iterator[Edit]:
    r"""`a \\odot f'(z)` for `a`; `f'(z)` for `f(z)`"""
    root, span = page.root, page.span(page.root)
    inner, pieces = in_brackets(root, span) if is_sum(root) else (root, (span,))
    for entry in page.vocabulary.slopes:
        shape = page.shape(entry.node)
        if shape is None:
            continue
        reason = f"the derivative of the activation, `{entry.text}`, is missing"
        sign, text = ((), " ") if shape.is_scalar else ((syntax.Sign("odot", span=span),), " \\odot ")
        items = (*(inner.items if isinstance(inner, syntax.Product) else (inner,)), *sign, *entry.node.items)
        change = change_of(page, root, syntax.Product(tuple(items), span=span), *pieces, f"{text}{entry.text}")
        yield Edit((change,), "D401", 1.3, reason, span)
        for node in operands(page) if not shape.is_scalar else ():
            if node is root or page.shape(node) != shape:
                continue
            place = page.span(node)
            group = syntax.Group("(", ")", (syntax.Product((node, *sign, *entry.node.items), span=place),), span=place)
            change = Change(node, group, place, ("\\left(", place, f"{text}{entry.text}", "\\right)"))
            yield Edit((change,), "D401", 1.6, reason, place)


def replaced_by_slopes(page: Page) -> Iterator[Edit]:
    """`f'(z)` for another factor of its shape"""
    for node in operands(page):
        shape, span = page.shape(node), page.span(node)
        for entry in page.vocabulary.slopes:
            if page.shape(entry.node) == shape:
                group = syntax.Group("{", "}", (entry.node,), span=span)
                reason = f"{page.shows(node)} stands where the derivative `{entry.text}` belongs"
                yield Edit((change_of(page, node, group, entry.text),), "D402", 1.7, reason, span)


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


def softmax_jacobians(page: Page) -> Iterator[Edit]:
    r"""`\\mathrm{diag}(p) - p p^T`: what `p (1 - p)` is for a vector"""
    root, span = page.root, page.span(page.root)
    for entry in page.vocabulary.names:
        shape = page.shape(entry.node)
        if shape is None or not shape.is_vector:
            continue
        group = syntax.Group("(", ")", (entry.node,), span=span)
        diagonal = syntax.Product((syntax.Name("diag", span=span), group), span=span)
        turned, text = transposed_name(page, entry)
        outer = syntax.Product((entry.node, turned), span=span)
        total = syntax.Total(
            (syntax.Signed("+", None, diagonal, span=span), syntax.Signed("-", None, outer, span=span)), span=span
        )
        change = change_of(page, root, total, f"\\mathrm{{diag}}({entry.text}) - {entry.text} {text}")
        yield Edit((change,), "D407", 2.7, "the Jacobian of a softmax has entries beside its diagonal", span)


def indicators(page: Page) -> Iterator[Edit]:
    r"""`\\mathbf{1}(k = y)` for 1, and as a factor: a case that only holds for the class that y names"""
    root, span = page.root, page.span(page.root)
    inner, pieces = in_brackets(root, span) if is_sum(root) else (root, (span,))
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
                yield Edit((change_of(page, node, group, text),), "D602", 1.8, reason, place)
        product = syntax.Product((*product_of((inner,), span).items, *indicator), span=span)
        change = change_of(page, root, product, *pieces, f" {text}")
        yield Edit((change,), "D602", 1.9, f"this holds for the class {letter} = {entry.text} only", span)
