"""Sums of terms and sums over an index, products over an index."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import reduce

from derive.reading import syntax
from derive.reading.classes import class_vector
from derive.reading.errors import Bounded, Unread
from derive.reading.letters import bound_letter, bound_letters
from derive.reading.names import Slot, letter_pair, parse_index, slots_of, split_components
from derive.reading.ranges import Bounds, bounds, infer_range, layer_bounds, letter_of, set_of_sum
from derive.reading.readings import SECONDARY, Alternative, Missing, Scope, combine, elaborate
from derive.terms import nodes
from derive.terms.dims import ONE
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.shapes import Misfit, Shape
from derive.terms.written import IndexRelation, ProductOver


def _widened_sum(node: syntax.Total, scope: Scope) -> syntax.Total:
    r"""`\sum_i a_i + b_i`: what stands behind the sum and holds its index belongs to it."""
    for place, signed in enumerate(node.terms[:-1]):
        big = signed.term
        letter = bound_letter(big) if isinstance(big, syntax.Big) and big.name == "sum" else None
        if letter is None or letter in scope.ranges or letter in scope.layers:
            continue
        following = node.terms[place + 1 :]
        if any(letter in letters_of(n) for other in following for n in syntax.walk(other.term)):
            if any(isinstance(n, syntax.Big) for other in following for n in syntax.walk(other.term)):
                continue
            first = syntax.Signed("+", None, big.body, span=big.body.span)
            rest = following if signed.sign == "+" else tuple(_flipped(other) for other in following)
            body = syntax.Total((first, *rest), span=(big.body.span[0], following[-1].span[1]))
            wide = replace(signed, term=replace(big, body=body))
            return replace(node, terms=(*node.terms[:place], wide))
    return node


def _flipped(signed: syntax.Signed) -> syntax.Signed:
    return replace(signed, sign="-" if signed.sign == "+" else "+")


def letters_of(node: syntax.Node) -> set[str]:
    """The index letters on one node."""
    if not isinstance(node, syntax.Name | syntax.Group):
        return set()
    texts = [script.text for script in (node.sub, node.sup) if script is not None]
    parts = [part for text in texts for part in (split_components(text.strip("()[]")) or ())]
    return {index.name for part in parts if (index := parse_index(part)) is not None}


def total(node: syntax.Total, scope: Scope) -> list[Alternative]:
    wide = _widened_sum(node, scope)
    if wide is not node:
        return [replace(a, notes=a.notes | {"the sum reaches over the terms behind it"}) for a in total(wide, scope)]
    parts = [elaborate(signed.term, scope) for signed in node.terms]
    signs = [signed.sign for signed in node.terms]
    if "±" in signs:
        raise Unread("± has two values", node.span)

    def make(*terms: Term) -> Term:
        signed = tuple(
            nodes.Neg((t,), span=s.span) if s.sign == "-" else t for t, s in zip(terms, node.terms, strict=True)
        )
        if len(signed) == 1:
            return replace(signed[0], span=node.span) if isinstance(signed[0], nodes.Neg) else signed[0]
        return nodes.Add(_with_bias(signed), span=node.span)

    return [_noted_bias(alternative) for alternative in combine(scope, parts, make)]


def _with_bias(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """A vector added to a batch is repeated along the axis that it lacks."""
    shapes = [t.shape for t in terms if isinstance(t.shape, Shape)]
    batch = next((s for s in shapes if s.rows != ONE and s.cols != ONE), None)
    row = next((s for s in shapes if s.rows == ONE and s.cols != ONE), None)
    wide = batch or row
    if wide is None or len(shapes) != len(terms):
        return terms
    return tuple(_widened(t, wide, batch is not None) for t in terms)


def _widened(term: Term, wide: Shape, batch: bool) -> Term:
    shape = term.shape
    if shape == wide or shape.is_scalar:
        return term
    if batch and ((shape.cols == ONE and shape.rows == wide.rows) or (shape.rows == ONE and shape.cols == wide.cols)):
        return nodes.Broadcast((term,), wide, span=term.span)
    if batch and shape.cols == ONE and shape.rows == wide.cols:
        return nodes.Broadcast((nodes.Transpose((term,), span=term.span),), wide, span=term.span)
    return term


def _noted_bias(alternative: Alternative) -> Alternative:
    term = alternative.term
    if not isinstance(term, nodes.Add):
        return alternative
    repeated = [arg for arg in term.args if isinstance(arg, nodes.Broadcast)]
    notes = {f"{arg.latex} is added to every example of the batch" for arg in repeated}
    return replace(alternative, notes=alternative.notes | notes)


def big(node: syntax.Big, scope: Scope) -> list[Alternative]:
    if node.name == "int":
        raise Unread("integrals are not read", node.span)
    if node.lower is not None and set_of_sum(node) is None and _binds_two(node):
        return big(_nested(node), scope)
    if node.lower is not None and (axis := re.fullmatch(r"axis=([01])", node.lower.text)):
        return [a.with_term(axis_sum(a.term, int(axis[1]), node.span)) for a in elaborate(node.body, scope)]
    layered = _over_layers(node, scope)
    if layered is not None:
        return layered
    found = bounds(node, scope)
    if found.letter == "example":
        note = frozenset({f"the sum runs over {found.upper} examples, each with its own data"})
        return [replace(a, notes=a.notes | note) for a in _summed(node, found, scope)]
    return _summed(node, found, scope)


def _summed(node: syntax.Big, over: Bounds, scope: Scope) -> list[Alternative]:
    letter, lower, upper = over.letter, over.lower, over.upper
    if lower == Index("", 0) and (axis := infer_range(letter, node.body, scope)) == upper + ONE:
        # `\sum_{j=0}^{n-1} x_j` over n entries counts them from 0, and means all of them.
        lower, upper = Index("", 1), axis
    if letter is None:
        if node.name != "sum" or node.upper is not None:
            raise Unread("a product needs an index", node.span)
        found = combine(scope, [elaborate(node.body, scope)], lambda a: nodes.Total((a,), span=node.span))
        inside = {letter for n in syntax.walk(node.body) for letter in letters_of(n)} - bound_letters(node.body)
        if inside & scope.ranges.keys() and all(a.term.args[0].is_scalar for a in found):
            raise Unread("it is not known what this sum runs over", node.span)
        return found
    body = elaborate(node.body, scope.within(letter, upper))
    if over.limits or over.but is not None:
        if node.name == "prod":
            raise Unread("a product up to an index is not read", node.span)
        inside = tuple(IndexRelation((), Index(letter), index, relation) for relation, index in over.limits)
        if over.but is not None:
            hot = nodes.Component((class_vector(over.but, scope, upper),), Index(letter))
            inside += (nodes.Add((nodes.Number(value=Fraction(1)), nodes.Neg((hot,)))),)
        body = [a.with_term(nodes.Product((*inside, a.term), span=a.term.span)) for a in body]
    if node.name == "prod":
        if not isinstance(lower, Index):
            raise Unread("the product needs a lower bound", node.span)
        return [a.with_term(ProductOver((a.term,), letter, lower, upper, span=node.span)) for a in body]
    if lower is None or not lower.is_number:
        raise Unread(f"the lower bound of `{node.lower.text}` is not read", node.lower.span)
    return [a.with_term(nodes.Sum((a.term,), letter, lower.offset, upper, span=node.span)) for a in body]


def _over_layers(node: syntax.Big, scope: Scope) -> list[Alternative] | None:
    r"""`\sum_l \|W^{[l]}\|^2`, `\sum_t \nabla_{o^{(t)}} L`: a sum or product over layers or steps, written out."""
    letter = bound_letter(node)
    if letter is None or letter in scope.ranges or not _stands_for_layer(letter, node.body, scope):
        return None
    lower, upper = layer_bounds(node, scope)
    if upper - lower >= MOST_LAYERS:
        raise Bounded(f"a sum over more than {MOST_LAYERS} layers", node.span)
    members = [
        elaborate(node.body, replace(scope, layers={**scope.layers, letter: number}))
        for number in range(lower, upper + 1)
    ]
    if not members and node.name == "prod" and upper == lower - 1:
        return _empty_product(node, letter, upper, scope)
    if not members:
        raise Missing(f"an empty {node.name}")
    found = _joined(members, node, scope)
    if node.name == "sum" or len(members) == 1 or members[0][0].term.is_scalar:
        return found
    # The sign does not say in which order matrices are multiplied: the chain of Jacobians starts with the last one.
    back = _joined(members[::-1], node, scope)
    first, second = (back, found) if scope.layout.get("vectors") == "jacobian" else (found, back)
    order = "first" if second is found else "last"
    note = frozenset({f"the product starts with the {order} factor"})
    return first + [replace(a, level=SECONDARY, notes=a.notes | note) for a in second]


def _empty_product(node: syntax.Big, letter: str, upper: int, scope: Scope) -> list[Alternative]:
    r"""`\prod_{j=k+1}^t` at k = t: the identity, of the size of its factors. Raises Missing: they have no one size."""
    (first, *_) = elaborate(node.body, replace(scope, layers={**scope.layers, letter: upper}))
    shape = first.term.shape
    if not isinstance(shape, Shape) or not shape.is_square:
        raise Missing(f"an empty {node.name}")
    one = nodes.Number(value=Fraction(1)) if shape.is_scalar else nodes.Identity(dim=shape.rows)
    return [Alternative(replace(one, span=node.span))]


def _joined(members: list[list[Alternative]], node: syntax.Big, scope: Scope) -> list[Alternative]:
    return reduce(lambda done, member: combine(scope, [done, member], _joining(node)), members)


MOST_LAYERS = 24


def _joining(node: syntax.Big) -> Callable[[Term, Term], Term]:
    kind = nodes.Add if node.name == "sum" else nodes.Product

    def join(left: Term, right: Term) -> Term:
        before = left.args if isinstance(left, kind) and left.span == node.span else (left,)
        return kind((*before, right), span=node.span)

    return join


def _stands_for_layer(letter: str, body: syntax.Node, scope: Scope) -> bool:
    return any(
        slot.index is not None and slot.index.name == letter and scope.runs_over_layers(name, slot)
        for name in syntax.walk(body)
        if isinstance(name, syntax.Name)
        for slot in slots_of(name)
    )


def axis_sum(term: Term, axis: int, span: syntax.Span) -> Term:
    """NumPy's sum along an axis, the axis kept: 0 sums over rows, 1 over columns."""
    if isinstance(term.shape, Misfit):
        return term
    if axis == 0:
        row = nodes.Transpose((nodes.ones(Shape(term.shape.rows)),))
        return nodes.Product((row, term), span=span)
    return nodes.Product((term, nodes.ones(Shape(term.shape.cols))), span=span)


def _binds_two(node: syntax.Big) -> bool:
    r"""Whether a sum runs over two letters: `\sum_{i,j}`, `\sum_{ij}`."""
    return "," in node.lower.text or (node.upper is None and bool(letter_pair(Slot("sub", "", node.lower.text))))


def _nested(node: syntax.Big) -> syntax.Big:
    r"""`\sum_{i,j}` as a sum of sums."""
    body = node.lower.body
    names = body.parts if isinstance(body, syntax.Group) else body.items if isinstance(body, syntax.Product) else ()
    if not names:
        raise Unread(f"the bounds `{node.lower.text}` are not read", node.lower.span)
    *letters, last = names
    bound = isinstance(last, syntax.Comparison) and last.relations == ("=",)
    letters.append(last.sides[0] if bound else last)
    body = node.body
    for name in reversed(letters):
        lower = name
        text = letter_of(name) if isinstance(name, syntax.Name) else ""
        if bound:  # `\sum_{i,j=1}^n`: both start there
            lower, text = replace(last, sides=(name, last.sides[1])), f"{text}={node.lower.text.split('=', 1)[1]}"
        body = syntax.Big(node.name, syntax.Script(lower, text, span=name.span), node.upper, body, span=node.span)
    return body
