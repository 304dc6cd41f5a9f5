"""Members of declared and defined families as symbols: their keys, shapes, and what is written on them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from derive.reading import syntax
from derive.reading.entries import component, powered, turned
from derive.reading.names import Family, Use
from derive.reading.readings import Alternative, Missing, Scope, Undeclared
from derive.terms.dims import Dim
from derive.terms.indices import Index
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape


def member(use: Use, node: syntax.Name, scope: Scope) -> Term:
    family = use.family
    indices = tuple(scope.resolve(index) for index in use.indices)
    parts = {"name": family_name(family), "indices": indices, "latex_name": template(family), "style": "%"}
    symbol = Symbol(**parts, span=node.span)
    shape = scope.shape_of(symbol)
    if shape is None:
        if family.shape is None:
            raise Undeclared(f"the shape of {family.written} is not known", node.span)
        here = {
            slot.index.name: Index(index.name, index.offset - slot.index.offset)
            for slot, index in zip(index_slots(family), indices, strict=True)
            if slot.is_generic
        }
        shape = resolved(family.shape.at(here), scope)
    symbol = Symbol(**parts, declared=merged(shape, scope.same), span=node.span)
    if not scope.exists(symbol):
        raise Missing(symbol.key)
    return symbol


def merged(shape: Shape, same: Mapping[str, Dim]) -> Shape:
    """The shape with dimensions that are one written as one."""
    return Shape(renamed(shape.rows, same), renamed(shape.cols, same)) if same else shape


def renamed(dim: Dim, same: Mapping[str, Dim]) -> Dim:
    """The dimension with every name that stands for another dimension replaced by that one."""
    if same.keys().isdisjoint(dim.names()):
        return dim
    total = Dim()
    for monomial, factor in dim.monomials:
        product = Dim.of(factor)
        for atom in monomial:
            product = product * (renamed(same[atom.key], same) if atom.key in same else Dim((((atom,), 1),)))
        total = total + product
    return total


def index_slots(family: Family):
    return [slot for slot in family.slots if slot.index is not None]


def template(family: Family) -> str:
    r"""How members are printed, with `%s` for every index: `W^{[%s]}`."""
    text = family.core.replace("%", "%%")
    for slot in family.slots:
        inner = slot.text.replace("%", "%%") if slot.index is None else "%s"
        text += f"{'^' if slot.place == 'sup' else '_'}{{{slot.opening}{inner}{slot.closing}}}"
    return text


def family_name(family: Family) -> str:
    text = "".join(sorted(family.fonts)) + family.core
    for slot in family.slots:
        mark = "^" if slot.place == "sup" else "_"
        inner = slot.text if slot.index is None else ""
        text += f"{mark}{slot.opening}{inner}{slot.closing}"
    return text


def assumption_key(family: Family, indices: tuple[Index, ...] | None = None) -> str:
    """Under what a theory keeps the assumptions on a family, or on the one member that stands at these indices."""
    indices = tuple(slot.index for slot in index_slots(family)) if indices is None else indices
    one = all(index.is_number for index in indices)
    return Symbol(name=family_name(family), indices=indices if one else ()).key


def resolved(shape: Shape, scope: Scope) -> Shape:
    """`n_L` is the width of the last layer."""
    return shape.at(dict.fromkeys(scope.last_names, scope.last_layer))


def dressed(term: Term, use: Use, node: syntax.Name, scope: Scope) -> Alternative:
    """Components, exponent and transposition on a symbol."""
    if use.components:
        term = component(term, use.components, node.span, scope)
    alternative = Alternative(term)
    if use.power is not None:
        alternative = powered(alternative, use.power, scope, node.span)
    if use.transposed:
        alternative = turned(alternative, node, scope)
    return alternative


def dim_text(text: str) -> str:
    name, _, index = text.partition("_")
    plain = re.sub(r"[{}\\]", "", index)
    return f"{name}_{{{plain}}}" if plain else name


def written(name: syntax.Name, places: set[str] | None = None) -> str:
    """The name as it is spelled, without fonts; with the scripts at these places only."""
    text = name.core
    for place, script, mark in (("sup", name.sup, "^"), ("sub", name.sub, "_")):
        if script is not None and (places is None or place in places):
            text += f"{mark}{script.text}" if len(script.text) == 1 else f"{mark}{{{script.text}}}"
    return text
