"""Plain notation: numbers, fractions, roots, brackets, norms, matrices written out, indicators."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derive.reading import syntax
from derive.reading.classes import class_vector
from derive.reading.entries import entry_of, powered, raised
from derive.reading.errors import Unread
from derive.reading.notation import ungrouped
from derive.reading.readings import Alternative, Scope, combine, elaborate, one
from derive.reading.transposes import is_transpose
from derive.terms import nodes
from derive.terms.dims import ONE
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.shapes import Misfit, Shape
from derive.terms.written import Block, Compare, IndexRelation


def number(node: syntax.Number, scope: Scope) -> list[Alternative]:
    return [Alternative(nodes.Number(value=node.value, span=node.span))]


def fraction(node: syntax.Fraction_, scope: Scope) -> list[Alternative]:
    parts = [elaborate(node.over, scope), elaborate(node.under, scope)]
    found = combine(scope, parts, lambda a, b: nodes.Quotient((a, b), span=node.span))
    return raised(entry_of(found, node.sub, scope), node.sup, node.span, scope)


def root(node: syntax.Root, scope: Scope) -> list[Alternative]:
    if node.degree is not None:
        raise Unread("only square roots are read", node.span)
    found = combine(scope, [elaborate(node.body, scope)], lambda a: nodes.Apply((a,), "sqrt", span=node.span))
    return raised(found, node.sup, node.span, scope)


def group(node: syntax.Group, scope: Scope) -> list[Alternative]:
    if len(node.parts) != 1:
        if node.opening == "langle" and len(node.parts) == 2:
            return raised(_inner_product(node, scope), node.sup, node.span, scope)
        if node.opening == "[":
            return _row_of_cells(node, scope)
        if node.opening == "(" and node.primes == 0 and all(_is_number(part) for part in node.parts):
            return _tuple(node, scope)
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
    return raised(entry_of(found, node.sub, scope), node.sup, node.span, scope)


def _tuple(node: syntax.Group, scope: Scope) -> list[Alternative]:
    r"""`(1, 2, 3)`, `(1, 2, 3)^\top`: numbers with commas are a column; its transpose is how a column is printed."""
    parts = [elaborate(part, scope) for part in node.parts]
    turned = is_transpose(node.sup)
    found = combine(scope, parts, lambda *cells: Block(cells, 1, span=node.span))
    return raised(entry_of(found, node.sub, scope), None if turned else node.sup, node.span, scope)


def _is_number(node: syntax.Node) -> bool:
    """A number, with or without a sign."""
    if isinstance(node, syntax.Total) and len(node.terms) == 1 and node.terms[0].sign in ("+", "-"):
        node = node.terms[0].term
    return isinstance(ungrouped(node), syntax.Number)


def _inner_product(node: syntax.Group, scope: Scope) -> list[Alternative]:
    r"""`\langle x, y \rangle`: the sum of the products of all entries."""

    def make(a: Term, b: Term) -> Term | None:
        return nodes.Total((nodes.Hadamard((a, b)),), span=node.span) if a.shape == b.shape else None

    found = combine(scope, [elaborate(part, scope) for part in node.parts], make)
    if not found:
        raise Unread("the two sides of an inner product differ in shape", node.span)
    return found


def _cells(inner: syntax.Node) -> tuple[syntax.Node, ...] | None:
    r"""`[1\ H_2]`: a row of blocks, where a 1 stands before a matrix without a sign."""
    if isinstance(inner, syntax.Product) and len(inner.items) == 2 and isinstance(inner.items[0], syntax.Number):
        number, other = inner.items
        if number.text == "1" and isinstance(other, syntax.Name) and other.spaced:
            return inner.items
    return None


def _row_of_cells(node: syntax.Group, scope: Scope) -> list[Alternative]:
    if not node.parts:
        raise Unread("there is nothing in these brackets", node.span)
    parts = [elaborate(part, scope) for part in node.parts]
    found = combine(scope, parts, lambda *cells: _block(cells, node.span))
    return raised(entry_of(found, node.sub, scope), node.sup, node.span, scope)


def _block(cells: tuple[Term, ...], span: syntax.Span) -> Term:
    rows = max((c.shape.rows for c in cells if isinstance(c.shape, Shape)), key=lambda d: d != ONE, default=ONE)
    filled = tuple(nodes.Broadcast((c,), Shape(rows, ONE)) if c.is_scalar and rows != ONE else c for c in cells)
    return Block(filled, len(filled), span=span)


def _norm(node: syntax.Group, scope: Scope) -> list[Alternative]:
    inner = elaborate(node.inner, scope)
    sub = node.sub.text if node.sub else ""
    if sub == "1" and node.opening == "norm":
        found = [a.with_term(nodes.Total((nodes.Apply((a.term,), "abs"),), span=node.span)) for a in inner]
        return raised(found, node.sup, node.span, scope)
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
        return raised(_cases(node, scope), node.sup, node.span, scope)
    if node.name in ("vmatrix", "Vmatrix"):
        raise Unread("determinants written out are not read", node.span)
    widths = {len(row) for row in node.rows}
    if len(widths) != 1:
        raise Unread("the rows of a matrix have different lengths", node.span)
    cells = [elaborate(cell, scope) for row in node.rows for cell in row]
    found = combine(scope, cells, lambda *terms: Block(terms, widths.copy().pop(), span=node.span))
    return raised(entry_of(found, node.sub, scope), node.sup, node.span, scope)


def _cases(node: syntax.Matrix, scope: Scope) -> list[Alternative]:
    r"""`\begin{cases} a & z > 0 \\ b & \text{otherwise} \end{cases}`: the values, each times its condition."""
    if not node.rows:
        raise Unread("there are no cases in it", node.span)
    rest: Term | None = None  # 1 where no condition so far was true
    parts: list[Term] = []
    values = _of_one_shape([elaborate(row[0], scope) for row in node.rows if row])
    for place, row in enumerate(node.rows):
        last = place == len(node.rows) - 1
        if not 1 <= len(row) <= 2 or (len(row) == 1 and not last):
            raise Unread("expected a value and a condition in each row of the cases", node.span)
        value = values[place]
        if len(row) == 2 and not isinstance(row[1], syntax.Comparison):
            raise Unread("expected a comparison as the condition of a case", row[1].span)
        holds = comparison(row[1], scope) if len(row) == 2 else None
        if last and holds is not None and not _complementary(node.rows[-2:]):
            raise Unread("it is not known what holds where none of these conditions does", node.span)
        weight = (rest if last else holds) if rest is None or last else _weighted(rest, holds)
        parts.append(value if weight is None else _weighted(weight, value))
        if holds is not None:
            other = nodes.Add((nodes.Number(value=Fraction(1)), nodes.Neg((holds,))))
            rest = other if rest is None else _weighted(rest, other)
    if any(isinstance(part.shape, Misfit) for part in parts):
        raise Unread("the cases differ in shape", node.span)
    return [Alternative(nodes.Add(tuple(parts), span=node.span) if len(parts) > 1 else parts[0])]


def _of_one_shape(values: list[list[Alternative]]) -> list[Term]:
    r"""A reading of each value in a shape that all of them can have, if there is one: `\mathbf{0}` has any."""
    shapes = [dict.fromkeys(a.term.shape for a in found if isinstance(a.term.shape, Shape)) for found in values]
    fewest = min(shapes, key=len, default={})
    shape = next((each for each in fewest if all(each in known for known in shapes)), None)
    fitting = ([a.term for a in found if a.term.shape == shape] for found in values)
    return [(fits or [found[0].term])[0] for fits, found in zip(fitting, values, strict=True)]


def _weighted(weight: Term, value: Term) -> Term:
    scalar = weight.is_scalar or value.is_scalar
    return nodes.Product((weight, value)) if scalar else nodes.Hadamard((weight, value))


_OPPOSITE = {">": ("<=", "<"), ">=": ("<", "<="), "<": (">=", ">"), "<=": (">", ">="), "=": ("neq",), "neq": ("=",)}


def _complementary(rows: tuple[tuple[syntax.Node, ...], ...]) -> bool:
    r"""`z > 0` before `z \leq 0`: one of them is true (at the border itself nothing is judged)."""
    if len(rows) != 2 or any(len(row) != 2 or not isinstance(row[1], syntax.Comparison) for row in rows):
        return False
    first, second = rows[0][1], rows[1][1]
    if len(first.relations) != 1 or len(second.relations) != 1 or first.sides != second.sides:
        return False
    return second.relations[0] in _OPPOSITE.get(first.relations[0], ())


_TRUTHS = ("<", ">", "<=", ">=", "=", "neq")


def comparison(node: syntax.Comparison, scope: Scope) -> Term:
    """An indicator: of two indices, or entry by entry of two terms."""
    if len(node.relations) != 1:
        raise Unread("one comparison at a time is read", node.span)
    left, right = node.sides
    (relation,) = node.relations
    indices = [_as_index(side, scope) for side in (left, right)]
    if all(index is not None for index in indices) and relation in _TRUTHS:
        return IndexRelation((), *indices, relation, span=node.span)
    if relation in ("=", "neq"):
        for side, index in ((left, indices[1]), (right, indices[0])):
            axis = scope.ranges.get(index.name, ONE) if index is not None else ONE
            hot = class_vector(side, scope, axis) if index is not None else None
            if hot is not None:
                entry = nodes.Component((hot,), index, span=node.span)
                return entry if relation == "=" else _not(entry, node.span)
    if relation not in _TRUTHS:
        raise Unread("this relation has no truth value", node.span)
    return Compare((one(left, scope), one(right, scope)), relation, span=node.span)


def _not(term: Term, span: syntax.Span) -> Term:
    return nodes.Add((nodes.Number(value=Fraction(1)), nodes.Neg((term,))), span=span)


def _as_index(node: syntax.Node, scope: Scope) -> Index | None:
    if isinstance(node, syntax.Number) and node.value.denominator == 1:
        return Index("", int(node.value))
    if isinstance(node, syntax.Name) and node.sub is None and node.sup is None:
        letter = node.base.lstrip("\\")
        return Index(letter) if letter in scope.ranges else None
    return None


def words(node: syntax.Words, scope: Scope) -> list[Alternative]:
    raise Unread(f"`{node.text}` is no mathematics" if node.text else "an empty group has no value", node.span)


def compared(node: syntax.Comparison, scope: Scope) -> list[Alternative]:
    return [Alternative(comparison(node, scope))]


def indicator(items: list[syntax.Node], position: int, scope: Scope) -> tuple[int, list[Alternative]] | None:
    r"""`1(y = k)`, `\mathbf{1}[z > 0]`, `\mathbb{1}_{z > 0}`, `\mathbb{I}\{y = k\}`"""
    item, following = items[position], items[position + 1] if position + 1 < len(items) else None
    number = isinstance(item, syntax.Number) and item.text == "1"
    letter = isinstance(item, syntax.Name) and item.base in ("1", "I", "\\delta") and not item.primes
    if letter and item.sub is not None and item.sup is None:
        inner = ungrouped_comparison(item.sub.body)
        return None if inner is None else (1, [Alternative(comparison(inner, scope))])
    letter = letter and (bool(item.fonts) or scope.match(item) is None)
    if not (number or letter) or not isinstance(following, syntax.Group):
        return None
    inner = ungrouped_comparison(following)
    if inner is None:
        return None
    found = [Alternative(comparison(inner, scope))]
    return 2, raised(entry_of(found, following.sub, scope), following.sup, following.span, scope)


def ungrouped_comparison(node: syntax.Node | None) -> syntax.Comparison | None:
    """The comparison in brackets, or itself."""
    while isinstance(node, syntax.Group) and len(node.parts) == 1 and node.opening in ("(", "[", "{"):
        node = node.inner
    return node if isinstance(node, syntax.Comparison) else None
