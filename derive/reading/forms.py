"""Plain notation: numbers, fractions, roots, brackets, norms, matrices written out, indicators."""

from __future__ import annotations

from dataclasses import replace

from derive.reading import syntax
from derive.reading.entries import component, powered, powered_by_script
from derive.reading.errors import Unread
from derive.reading.names import split_components
from derive.reading.readings import Alternative, Scope, combine, elaborate, one
from derive.terms import nodes
from derive.terms.dims import ONE
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.shapes import Shape
from derive.terms.written import Block, Compare, IndexEquals


def number(node: syntax.Number, scope: Scope) -> list[Alternative]:
    return [Alternative(nodes.Number(value=node.value, span=node.span))]


def fraction(node: syntax.Fraction_, scope: Scope) -> list[Alternative]:
    parts = [elaborate(node.over, scope), elaborate(node.under, scope)]
    found = combine(scope, parts, lambda a, b: nodes.Quotient((a, b), span=node.span))
    if node.sup is None:
        return found
    return [powered_by_script(alternative, node.sup, scope, node.span) for alternative in found]


def root(node: syntax.Root, scope: Scope) -> list[Alternative]:
    if node.degree is not None:
        raise Unread("only square roots are read", node.span)
    return combine(scope, [elaborate(node.body, scope)], lambda a: nodes.Apply((a,), "sqrt", span=node.span))


def group(node: syntax.Group, scope: Scope) -> list[Alternative]:
    if len(node.parts) != 1:
        if node.opening == "[":
            return _row_of_cells(node, scope)
        raise Unread("a list of arguments stands behind something that is no function", node.span)
    if node.primes:
        raise Unread("a prime stands behind something that is no function", node.span)
    if node.opening in ("norm", "bar"):
        return _norm(node, scope)
    inner = node.inner
    if isinstance(inner, syntax.Comparison):
        return [Alternative(comparison(inner, scope))]
    if node.opening == "[" and node.sub is None and (cells := _cells(inner)):
        return _row_of_cells(replace(node, parts=cells), scope)
    found = elaborate(inner, scope)
    if node.sub is not None:
        components = split_components(node.sub.text)
        if components is None:
            raise Unread(f"`{node.sub.text}` is no index", node.sub.span)
        found = [a.with_term(component(a.term, components, node.span, scope)) for a in found]
    if node.sup is not None:
        found = [powered_by_script(a, node.sup, scope, node.span) for a in found]
    return found


def _cells(inner: syntax.Node) -> tuple[syntax.Node, ...] | None:
    r"""`[1\ H_2]`: a row of blocks, where a 1 stands before a matrix without a sign."""
    if isinstance(inner, syntax.Product) and len(inner.items) == 2 and isinstance(inner.items[0], syntax.Number):
        number, other = inner.items
        if number.text == "1" and isinstance(other, syntax.Name) and other.spaced:
            return inner.items
    return None


def _row_of_cells(node: syntax.Group, scope: Scope) -> list[Alternative]:
    parts = [elaborate(part, scope) for part in node.parts]
    found = combine(scope, parts, lambda *cells: _block(cells, node.span))
    if node.sup is not None:
        found = [powered_by_script(a, node.sup, scope, node.span) for a in found]
    return found


def _block(cells: tuple[Term, ...], span: syntax.Span) -> Term:
    rows = max((c.shape.rows for c in cells if isinstance(c.shape, Shape)), key=lambda d: d != ONE, default=ONE)
    filled = tuple(nodes.Broadcast((c,), Shape(rows, ONE)) if c.is_scalar and rows != ONE else c for c in cells)
    return Block(filled, len(filled), span=span)


def _norm(node: syntax.Group, scope: Scope) -> list[Alternative]:
    inner = elaborate(node.inner, scope)
    sub = node.sub.text if node.sub else ""
    if sub not in ("", "2", "F"):
        raise Unread(f"the norm with index {sub} is not read", node.sub.span)
    if node.opening == "bar" and not all(a.term.is_scalar for a in inner):
        determinant = [a for a in inner if isinstance(a.term.shape, Shape) and a.term.shape.is_square]
        if determinant:
            return [a.with_term(nodes.Determinant((a.term,), span=node.span)) for a in determinant]
    if node.opening == "bar" and all(a.term.is_scalar for a in inner):
        found = [a.with_term(nodes.Apply((a.term,), "abs", span=node.span)) for a in inner]
    elif node.sup is not None and node.sup.text == "2":
        return [a.with_term(nodes.SquaredNorm((a.term,), span=node.span)) for a in inner]
    else:
        found = [a.with_term(nodes.Norm((a.term,), span=node.span)) for a in inner]
    if node.sup is not None:
        found = [powered(a, node.sup, scope, node.span) for a in found]
    return found


def matrix(node: syntax.Matrix, scope: Scope) -> list[Alternative]:
    if "cases" in node.name:
        raise Unread("cases are not read yet", node.span)
    widths = {len(row) for row in node.rows}
    if len(widths) != 1:
        raise Unread("the rows of a matrix have different lengths", node.span)
    cells = [elaborate(cell, scope) for row in node.rows for cell in row]
    found = combine(scope, cells, lambda *terms: Block(terms, widths.copy().pop(), span=node.span))
    if node.sup is not None:
        found = [powered_by_script(a, node.sup, scope, node.span) for a in found]
    return found


def comparison(node: syntax.Comparison, scope: Scope) -> Term:
    """An indicator: of two indices, or entry by entry of two terms."""
    if len(node.relations) != 1:
        raise Unread("one comparison at a time is read", node.span)
    left, right = node.sides
    (relation,) = node.relations
    if relation in ("=", "neq"):
        indices = [_as_index(side, scope) for side in (left, right)]
        if all(index is not None for index in indices):
            return IndexEquals((), *indices, equal=relation == "=", span=node.span)
    if relation not in ("<", ">", "<=", ">=", "=", "neq"):
        raise Unread("this relation has no truth value", node.span)
    return Compare((one(left, scope), one(right, scope)), relation, span=node.span)


def _as_index(node: syntax.Node, scope: Scope) -> Index | None:
    if isinstance(node, syntax.Number) and node.value.denominator == 1:
        return Index("", int(node.value))
    if isinstance(node, syntax.Name) and node.sub is None and node.sup is None and node.base.lstrip("\\") in scope.ranges:
        return Index(node.base.lstrip("\\"))
    return None


def words(node: syntax.Words, scope: Scope) -> list[Alternative]:
    raise Unread(f"`{node.text}` is no mathematics" if node.text else "an empty group has no value", node.span)


def compared(node: syntax.Comparison, scope: Scope) -> list[Alternative]:
    return [Alternative(comparison(node, scope))]


def indicator(items: list[syntax.Node], position: int, scope: Scope) -> tuple[int, list[Alternative]] | None:
    r"""`1(y = k)`, `\mathbf{1}[z > 0]`"""
    item, following = items[position], items[position + 1] if position + 1 < len(items) else None
    if not isinstance(following, syntax.Group) or not isinstance(following.inner, syntax.Comparison):
        return None
    number = isinstance(item, syntax.Number) and item.text == "1"
    letter = isinstance(item, syntax.Name) and item.base in ("1", "I") and item.fonts and item.sub is None
    return (2, [Alternative(comparison(following.inner, scope))]) if number or letter else None
