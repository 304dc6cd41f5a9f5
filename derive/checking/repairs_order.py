"""Repairs of transposes, of the order of factors, and of the kind of a product: matrix, elementwise, diagonal."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from derive.checking.edits import Change, Edit, Page, Piece, inside
from derive.checking.factors import Unit, change_of, composed, is_transposed, operands, transposed, units
from derive.reading import syntax


def transposes(page: Page) -> Iterator[Edit]:
    """`A^T` for `A`, `A` for `A^T`"""
    for node in operands(page):
        if (change := transposed(page, node)) is not None:
            kind = "one too many" if is_transposed(node) else "missing"
            yield Edit((change,), "D202", 1.0, f"the transpose of {page.shows(node)} is {kind}", page.span(node))


def reorder(page: Page) -> Iterator[Edit]:
    """`B A` for `A B`, also with a transpose: `d a^T` for `a d`"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Product) or (parts := units(page, node)) is None or not 2 <= len(parts) <= 8:
            continue
        for place, (a, b) in enumerate(itertools.pairwise(parts)):
            order = [(u, None if u not in (a, b) else "") for u in (*parts[:place], b, a, *parts[place + 2 :])]
            change = composed(page, node, order)
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
                yield Edit(
                    tuple(turns), "D202", 1.7, f"the transposes in `{page.text[slice(*span)].strip()}` are wrong", span
                )
        if len(parts) > 2:
            change = composed(page, node, [(unit, "") for unit in reversed(parts)])
            if change is not None:
                yield Edit((change,), "D203", 1.8, "the order of the factors is wrong", page.span(node))


def _turn(page: Page, unit: Unit) -> list[Change]:
    if len(unit.items) > 1 or not isinstance(
        unit.items[0], syntax.Name | syntax.Group | syntax.Fraction_ | syntax.Derivative
    ):
        return []
    plain = replace(unit.items[0], sup=None) if is_transposed(unit.items[0]) else unit.items[0]
    shape = page.shape(plain)
    if shape is None or shape.is_scalar:
        return []
    change = transposed(page, unit.items[0])
    return [change] if change is not None else []


def products(page: Page) -> Iterator[Edit]:
    r"""`a \\odot b` for `a b`, and the other way; brackets around the factors that belong together"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Product) or (parts := units(page, node)) is None or not 2 <= len(parts) <= 8:
            continue
        for place in range(1, len(parts)):
            own = parts[place].sign.name if parts[place].sign is not None else ""
            wanted = "" if own in ("odot", "circ", "*") else "odot"
            order = [(unit, wanted if k == place else None) for k, unit in enumerate(parts)]
            change = composed(page, node, order)
            kind = ("elementwise", "matrix") if wanted else ("matrix", "elementwise")
            reason = f"the product in front of {page.shows(parts[place].node)} is {kind[0]}, not a {kind[1]} product"
            span = (parts[place - 1].span(page)[0], parts[place].span(page)[1])
            yield Edit((change,), "D403", 1.1, reason, span)
            for start in range(1, place):
                if (change := _bracketed(page, node, parts, start, len(parts), place, wanted)) is not None:
                    yield Edit((change,), "D403", 1.6, reason, span)
        for start, end in itertools.combinations(range(len(parts) + 1), 2):
            change = _bracketed(page, node, parts, start, end, None, "") if 1 < end - start < len(parts) else None
            if change is not None:
                span = (parts[start].span(page)[0], parts[end - 1].span(page)[1])
                reason = f"brackets around `{page.text[slice(*span)].strip()}` are missing"
                yield Edit((change,), "D306", 1.5, reason, span)


def _bracketed(page, product, parts: list[Unit], start: int, end: int, place: int | None, sign: str) -> Change | None:
    """The product with parts[start:end] in brackets, and another sign in front of the unit at `place`."""
    signed = [(unit, sign if k == place else None) for k, unit in enumerate(parts)]
    inner = composed(page, product, signed[start:end])
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
    return change_of(page, product, replace(product, items=tuple(items)), *pieces)


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
        yield Edit(
            (change,), "D406", 1.6, f"the Jacobian of an elementwise function is diagonal: {page.shows(node)}", span
        )
