r"""Arrays that everybody knows: ones `\mathbf{1}_n`, zeros `\mathbf{0}`, identities `I_n`.

Where no shape stands on them, each of the dimensions that the document knows is a reading, and what stands beside them
says which one conforms.
"""

from __future__ import annotations

from fractions import Fraction

from derive.reading import syntax
from derive.reading.classes import class_vector, pair_of
from derive.reading.entries import powered_name
from derive.reading.errors import Bounded
from derive.reading.names import parse_index, split_components
from derive.reading.readings import Alternative, Missing, Scope, Undeclared, elaborate
from derive.reading.symbols import dim_text, resolved, written
from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.nodes import Term
from derive.terms.shapes import Misfit, Shape
from derive.terms.written import IndexRelation

MOST_DIMENSIONS = 10  # of a document, for a vector of ones without a shape


def constant_array(node: syntax.Name, scope: Scope) -> list[Alternative]:
    """The readings of `1`, `0` or `I` as an array. Raises Undeclared: what stands on it is no shape."""
    body = node.sub.body if node.sub is not None else None
    if node.base == "1" and (entry := class_entry(body, scope)) is not None:
        return [powered_name(Alternative(entry), node, scope)]
    if node.base == "I" and node.sub is not None and (pair := split_components(node.sub.text)) and len(pair) == 2:
        rows = [parse_index(text) for text in pair]
        if all(index is not None and index.name in scope.ranges for index in rows):
            return [Alternative(IndexRelation((), *rows, span=node.span))]
    shapes = _shapes(node, body, scope)
    if not shapes:
        raise Undeclared(f"{written(node)} is not declared and not defined", node.span)
    plain = syntax.Name(node.base, sup=node.sup, span=node.span)
    return [powered_name(Alternative(array(node.base, shape, node.span)), plain, scope) for shape in shapes]


def array(base: str, shape: Shape, span: syntax.Span) -> Term:
    """I, 1 or 0 of a shape."""
    if base == "I":
        return nodes.Identity(dim=shape.rows, span=span)
    if base == "1":
        return nodes.Ones(declared=shape, span=span)
    return nodes.Product((nodes.Number(value=Fraction(0)), nodes.Ones(declared=shape)), span=span)


def class_entry(body: syntax.Node | None, scope: Scope) -> Term | None:
    r"""`\mathbf{1}_{i,y}`, `\delta_{iy}`: 1 where the class number y is i; None where neither part is one."""
    pair = pair_of(body)
    for index, number in (pair, pair[::-1]) if pair else ():
        place = parse_index(index.base) if isinstance(index, syntax.Name) and index.sub is None else None
        if place is None or place.name not in scope.ranges:
            continue
        hot = class_vector(number, scope, scope.ranges[place.name])
        if hot is not None:
            return nodes.Component((hot,), place)
    return None


def _shapes(node: syntax.Name, body: syntax.Node | None, scope: Scope) -> list[Shape]:
    if body is None and node.sub is None:
        if len(scope.dimensions) > MOST_DIMENSIONS:
            raise Bounded(f"the shape of {written(node)} is not stated", node.span)
        numbers = {**dict.fromkeys(scope.last_names, scope.last_layer), **scope.layers}
        found = [Shape(Dim.of(dim_text(name))).at(numbers) for name in sorted(scope.dimensions)]
        return list(dict.fromkeys(shape for shape in found if all(_is_settled(n) for n in shape.rows.names())))
    if isinstance(body, syntax.Group) and len(body.parts) == 2:
        dims = [_dim(part, scope) for part in body.parts]
    elif isinstance(body, syntax.Product) and any(isinstance(item, syntax.Sign) for item in body.items):
        factors = [item for item in body.items if not isinstance(item, syntax.Sign)]
        dims = [_dim(part, scope) for part in factors] if len(factors) == 2 else [None]
    else:
        dims = [_dim(body, scope)]
    if any(dim is None for dim in dims):
        return []
    return [resolved(Shape(dims[0], dims[1] if len(dims) == 2 else ONE), scope).at(scope.layers)]


def _is_settled(name: str) -> bool:
    """`n_{l-1}` outside of any layer is no dimension."""
    return "_" not in name or name.partition("_")[2].isdecimal() or not name.partition("_")[2].startswith("{")


def _dim(node: syntax.Node | None, scope: Scope) -> Dim | None:
    r"""`n`, `1`, `\text{rows}(X)`"""
    if isinstance(node, syntax.Number) and node.value.denominator == 1 and 1 <= node.value <= 10_000:
        return Dim.of(int(node.value))
    if isinstance(node, syntax.Name):
        text = node.base.lstrip("\\") + (f"_{node.sub.text}" if node.sub is not None else "")
        return Dim.of(dim_text(text)) if text in scope.dimensions else None
    if isinstance(node, syntax.Product) and len(node.items) == 2 and isinstance(node.items[0], syntax.Name):
        name, group = node.items
        if name.base in ("rows", "cols", "columns") and isinstance(group, syntax.Group):
            try:
                shape = elaborate(group.inner, scope)[0].term.shape
            except Missing:
                return None
            return None if isinstance(shape, Misfit) else shape.rows if name.base == "rows" else shape.cols
    return None
