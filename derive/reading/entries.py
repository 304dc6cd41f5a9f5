"""Components, exponents and transposes on a term: `A_{ij}`, `x^2`, `(A x)_i^T`."""

from __future__ import annotations

import re
from fractions import Fraction

from derive.reading import syntax
from derive.reading.errors import Bounded, Unread
from derive.reading.names import spelling, split_components
from derive.reading.readings import Alternative, Scope, one
from derive.reading.transposes import SIGNS, is_transpose
from derive.terms import nodes
from derive.terms.dims import ONE
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.shapes import Misfit, Shape
from derive.terms.written import Slice


def entry_of(found: list[Alternative], sub: syntax.Script | None, scope: Scope) -> list[Alternative]:
    """The readings with an index on them, where one stands there. Raises Unread: it is no index."""
    if sub is None:
        return found
    components = split_components(sub.text)
    if components is None:
        raise Unread(f"`{sub.text}` is no index", sub.span)
    return [a.with_term(component(a.term, components, sub.span, scope)) for a in found]


def raised(found: list[Alternative], sup: syntax.Script | None, span: syntax.Span, scope: Scope) -> list[Alternative]:
    """The readings with an exponent or transposition on them, where one stands there."""
    return found if sup is None else [powered_by_script(a, sup, scope, span) for a in found]


def component(term: Term, components: tuple[str, ...], span: syntax.Span, scope: Scope) -> Term:
    """An entry, row or column of a term. Raises Unread: so many indices do not fit its shape."""
    if isinstance(term.shape, Misfit):
        return term
    shape = term.shape
    if shape.is_scalar:
        raise Unread("a number has no entries", span)
    if len(components) == 1 and not shape.is_vector and re.fullmatch(r"[1-9]{2}", components[0]):
        components = tuple(components[0])  # the 1 and the 2 of `w_{12}`
    parts = [None if part == ":" else scope.index(part, span) for part in components]
    if len(parts) == 1:
        if shape.cols == ONE:
            return nodes.Component((term,), parts[0], span=span)
        if shape.rows == ONE:
            return nodes.Component((term,), Index("", 1), parts[0], span=span)
        raise Unread("a matrix needs two indices", span)
    row, column = parts
    if row is None or column is None:
        return Slice((term,), row, column, span=span)
    if shape.cols == ONE:
        raise Unread("a vector takes one index", span)
    return nodes.Component((term,), row, column, span=span)


def powered_name(alternative: Alternative, node: syntax.Name | syntax.Group, scope: Scope) -> Alternative:
    """The exponent or transposition on something that is no declared name."""
    if isinstance(node, syntax.Name):
        found = spelling(node)
        if found.transposed:
            alternative = turned(alternative, node, scope)
        if found.sup is None:
            return alternative
    return powered(alternative, node.sup, scope, node.span) if node.sup is not None else alternative


def turned(alternative: Alternative, node: syntax.Name, scope: Scope) -> Alternative:
    r"""The transpose that stands on a name; on a scalar, where T is a number of steps, the power: `\gamma^T`."""
    text = node.sup.text if node.sup is not None else ""
    if alternative.term.is_scalar and (text in scope.dimensions or scope.layer_number(text) is not None):
        return powered(alternative, node.sup, scope, node.span)
    return alternative.with_term(nodes.Transpose((alternative.term,), span=node.span))


def powered(base: Alternative, script: syntax.Script, scope: Scope, span: syntax.Span) -> Alternative:
    """`^2`, `^{-1}`, `^{-1/2}`, `^{(l)}`: entry by entry for vectors, a matrix power for square matrices."""
    if script.text == "-1T" or (script.text[:1] == "-" and script.text[1:] in SIGNS):
        return base.with_term(nodes.Transpose((nodes.Inverse((base.term,)),), span=span))
    if script.body is None:
        raise Unread(f"`{script.text}` is no exponent", script.span)
    raised_to = one(script.body, scope)
    exponent = constant(raised_to)
    if exponent is None and base.term.is_scalar and raised_to.is_scalar:
        # p^y = e^{y log p}: drawn where p is positive
        power = nodes.Product((raised_to, nodes.Apply((base.term,), "log")))
        return base.with_term(nodes.Apply((power,), "exp", span=span))
    if exponent is None:
        raise Unread(f"the exponent `{script.text}` is not read", script.span)
    if abs(exponent) > 64 or exponent.denominator > 64:
        raise Bounded(f"the exponent {exponent} is beyond what is read", script.span)
    shape = base.term.shape
    if isinstance(shape, Shape) and shape.is_square and not shape.is_scalar and exponent.denominator == 1:
        return base.with_term(_matrix_power(base.term, int(exponent), span))
    return base.with_term(nodes.Power((base.term,), exponent, span=span))


def _matrix_power(matrix: Term, exponent: int, span: syntax.Span) -> Term:
    if exponent == 0:
        return nodes.Identity(dim=matrix.shape.rows, span=span)
    power = matrix if abs(exponent) == 1 else nodes.Product((matrix,) * abs(exponent), span=span)
    return power if exponent > 0 else nodes.Inverse((power,), span=span)


def constant(term: Term) -> Fraction | None:
    """The value of a term of numbers only."""
    match term:
        case nodes.Number():
            return term.value
        case nodes.Neg():
            inner = constant(term.args[0])
            return None if inner is None else -inner
        case nodes.Power():
            base = constant(term.args[0])
            return base**term.exponent if base and term.exponent.denominator == 1 else None
        case nodes.Quotient():
            over, under = map(constant, term.args)
            return over / under if over is not None and under else None
        case nodes.Add() | nodes.Product():
            values = [constant(arg) for arg in term.args]
            if any(value is None for value in values):
                return None
            total = Fraction(isinstance(term, nodes.Product))
            for value in values:
                total = total * value if isinstance(term, nodes.Product) else total + value
            return total
    return None


def powered_by_script(base: Alternative, script: syntax.Script, scope: Scope, span: syntax.Span) -> Alternative:
    if is_transpose(script):
        return base.with_term(nodes.Transpose((base.term,), span=span))
    return powered(base, script, scope, span)
