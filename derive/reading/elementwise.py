"""Functions of one number that a document writes down: their derivatives, and their use entry by entry."""

from __future__ import annotations

from fractions import Fraction

from derive.reading.errors import Unread
from derive.terms import nodes
from derive.terms.evaluate import evaluate
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape
from derive.terms.written import Compare

ARGUMENT = Symbol(name="the argument", declared=Shape(), latex_name="t")
_POINTS = (-1.37, -0.41, 0.23, 0.86, 1.59)
_POSITIVE = (0.23, 0.41, 0.86, 1.59, 2.71)


def recognized(body: Term) -> str | None:
    """The known function that a term in ARGUMENT is, or None: they agree at five points."""
    for row in FUNCTIONS.values():
        points = _POSITIVE if row.low == 0 else _POINTS
        try:
            known = nodes.Apply((ARGUMENT,), row.name)
            if all(_close(_at(body, point), _at(known, point)) for point in points):
                return row.name
        except (KeyError, ArithmeticError, ValueError):
            continue
    return None


def _at(term: Term, point: float) -> float:
    return float(evaluate(term, {ARGUMENT.key: point}))


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-12 * max(1.0, abs(a))


def differentiated(term: Term) -> Term:
    """d(term)/d(ARGUMENT), for a term that is a number. Raises Unread: there is no rule for a node in it."""
    match term:
        case nodes.Symbol():
            return nodes.Number(value=Fraction(term == ARGUMENT))
        case nodes.Number() | nodes.Size() | Compare():
            return nodes.Number(value=Fraction(0))  # Compare: away from the kink
        case nodes.Neg():
            return nodes.Neg((differentiated(term.args[0]),))  # (-u)' = -u'
        case nodes.Add():
            return nodes.Add(tuple(differentiated(arg) for arg in term.args))  # (u + v)' = u' + v'
        case nodes.Product():
            rows = [
                nodes.Product((*term.args[:k], differentiated(arg), *term.args[k + 1 :]))
                for k, arg in enumerate(term.args)
            ]
            return nodes.Add(tuple(rows))  # (u v)' = u' v + u v'
        case nodes.Quotient():
            over, under = term.args
            left = nodes.Product((differentiated(over), under))
            right = nodes.Product((over, differentiated(under)))
            # (u / v)' = (u' v - u v') / v^2
            return nodes.Quotient((nodes.Add((left, nodes.Neg((right,)))), nodes.Power((under,), Fraction(2))))
        case nodes.Power():
            inner = differentiated(term.args[0])
            power = nodes.Power(term.args, term.exponent - 1)
            return nodes.Product((nodes.Number(value=term.exponent), power, inner))  # (u^p)' = p u^(p-1) u'
        case nodes.Apply() if term.order <= 1:
            outer = nodes.Apply(term.args, term.function, term.order + 1)
            return nodes.Product((outer, differentiated(term.args[0])))  # f(u)' = f'(u) u'
    raise Unread(f"the derivative of {term.latex} is not known", term.span or (0, 0))


def applied_to(body: Term, argument: Term) -> Term:
    """A term in ARGUMENT, with another term in its place: entry by entry where that is no number."""
    if body == ARGUMENT:
        return argument
    if not body.args:
        return body
    args = tuple(applied_to(arg, argument) for arg in body.args)
    if isinstance(body, nodes.Product) and not argument.is_scalar:
        total = args[0]
        for arg in args[1:]:
            kind = nodes.Product if total.is_scalar or arg.is_scalar else nodes.Hadamard
            total = kind((total, arg))
        return total
    return body.with_args(*args)


def is_elementwise(body: Term) -> bool:
    """Whether a term in ARGUMENT is made of numbers only, so that it can stand for every entry."""
    kinds = (
        nodes.Number, nodes.Size, nodes.Symbol, nodes.Add, nodes.Neg, nodes.Product, nodes.Quotient, nodes.Power,
        nodes.Apply, Compare,
    )  # fmt: skip
    return all(node.is_scalar and isinstance(node, kinds) for node in body.walk())
