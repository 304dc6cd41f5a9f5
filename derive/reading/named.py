"""A name alone: a parameter, a symbol, a name of a gradient, a dimension, or a name that everybody knows."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derive.reading import syntax
from derive.reading.classes import class_vector, pair_of, picked, picked_from_row
from derive.reading.constants import class_entry, constant_array
from derive.reading.entries import component, powered_name
from derive.reading.errors import Unread
from derive.reading.gradients import gradient_name
from derive.reading.names import spelling, split_components
from derive.reading.readings import Alternative, Scope, Undeclared, elaborate
from derive.reading.symbols import dim_text, dressed, member, resolved, written
from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.shapes import Shape
from derive.terms.written import IndexNumber, IndexRelation


def read_name(node: syntax.Name, scope: Scope) -> list[Alternative]:
    if scope.values and not node.primes:
        for text, places in ((written(node), ()), (written(node, {"sub"}), ("sup",)), (node.core, ("sub", "sup"))):
            if text in scope.values:
                return [_parameter(scope.values[text], node, places, scope)]
    use = scope.match(node)
    entry = _picked_entry(node, scope) if use is None or use.components else None
    if entry is not None:
        return entry
    gradient = gradient_name(node, scope)
    if gradient is not None:
        return [gradient]
    if use is None:
        return _known_without_declaration(node, scope)
    term = member(use, node, scope)
    if use.primes:
        raise Unread(f"a prime on {use.family.written}, which is no function", node.span)
    return [dressed(term, use, node, scope)]


def _parameter(value: Term, node: syntax.Name, places: tuple[str, ...], scope: Scope) -> Alternative:
    """A parameter of a function, with the scripts at `places` as components and exponent."""
    alternative = Alternative(value)
    if "sub" in places and node.sub is not None:
        components = split_components(node.sub.text)
        if components is None:
            raise Unread(f"`{node.sub.text}` is no index", node.sub.span)
        alternative = alternative.with_term(component(value, components, node.span, scope))
    return powered_name(alternative, node, scope) if "sup" in places else alternative


def _known_without_declaration(node: syntax.Name, scope: Scope) -> list[Alternative]:
    r"""What needs no declaration.

    Dimensions as numbers, the number `i` in a sum over i, `e^x`, vectors of ones, identities, `\delta_{ij}`, the class
    number's entry `p_{y_i}`.
    """
    found = spelling(node)
    named = found.core.lstrip("\\") + (f"_{found.sub}" if found.sub else "")
    if named in scope.dimensions and named not in scope.heads:  # what the text defines is no number of entries
        dim = resolved(Shape(Dim.of(dim_text(named))), scope).rows.at(scope.layers)
        return [powered_name(Alternative(nodes.Size(dim=dim, span=node.span)), replace(node, sub=None), scope)]
    if found.core in scope.ranges and node.sub is None and not node.primes:
        return [powered_name(Alternative(IndexNumber((), Index(found.core), span=node.span)), node, scope)]
    if (number := scope.layer_number(found.core)) is not None and node.sub is None and not node.primes:
        return [powered_name(Alternative(nodes.Number(value=Fraction(number), span=node.span)), node, scope)]
    if node.base == "e" and node.sub is None and node.sup is not None and node.sup.body is not None and not node.primes:
        return [a.with_term(nodes.Apply((a.term,), "exp", span=node.span)) for a in elaborate(node.sup.body, scope)]
    entry = class_entry(node.sub.body, scope) if node.base == "\\delta" and node.sub is not None else None
    if entry is not None:
        return [powered_name(Alternative(entry), replace(node, sub=None), scope)]
    if node.base == "\\delta" and found.sub and (parts := split_components(found.sub)) and len(parts) == 2:
        left, right = (scope.index(part, node.span) for part in parts)
        if any(index.name and index.name not in scope.ranges for index in (left, right)):
            raise Undeclared(f"{written(node)} is not declared and not defined", node.span)
        delta = Alternative(IndexRelation((), left, right, span=node.span))
        return [powered_name(delta, replace(node, sub=None), scope)]
    if node.base in ("1", "I", "0") and not node.primes and not node.accents:
        return constant_array(node, scope)
    plain = replace(node, sup=None) if found.transposed and found.sup is None else node
    raise Undeclared(f"{written(plain)} is not declared and not defined", node.span)


def _picked_from_row(node: syntax.Name, scope: Scope) -> list[Alternative] | None:
    r"""`W_{yi}`: the entry in the row of a class number."""
    (number, *_) = pair_of(node.sub.body) or (None,)
    whole = replace(node, sub=None)
    if class_vector(number, scope, ONE) is None or scope.match(whole) is None:
        return None
    terms = ((a, picked_from_row(a.term, node.sub.body, scope, node.span)) for a in elaborate(whole, scope))
    return [a.with_term(term) for a, term in terms if term is not None] or None


def _picked_entry(node: syntax.Name, scope: Scope) -> list[Alternative] | None:
    r"""`p_{y_i}`, `\hat{y}^{(t)}_{y^{(t)}}`: the entry at a class number."""
    if node.sub is None:
        return None
    if class_vector(node.sub.body, scope, ONE) is None:
        return _picked_from_row(node, scope)
    vectors = elaborate(replace(node, sub=None), scope)
    found = []
    for a in vectors:
        term = picked(a.term, node.sub.body, scope, node.span)
        if term is not None:
            found.append(a.with_term(term))
    if not found:
        raise Unread(f"the index `{node.sub.text}` does not fit", node.sub.span)
    return found
