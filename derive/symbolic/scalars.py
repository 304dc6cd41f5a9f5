"""What SymPy is the authority on: derivatives of the scalar functions, and the simplification of entrywise terms.

An entrywise term (Hadamard products, sums, quotients, elementwise functions over leaves) acts on each entry alone, so
it is a scalar expression in as many variables as it has leaves; SymPy simplifies that, and the result goes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, partial
from math import comb

import sympy as sp

from derive.symbolic.numbers import Numbers
from derive.terms import nodes
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Term
from derive.terms.sympy_bridge import definition


@cache
def derivative(name: str, order: int = 1) -> sp.Lambda:
    """f', as SymPy derives it from the definition of f."""
    return definition(name, order)


@cache
def output_form(name: str) -> sp.Lambda | None:
    """f' in terms of the output s = f(t), where that is a polynomial in s: s (1 - s) for the sigmoid, 1 - s^2 for tanh.

    Found, not listed: SymPy's derivative either contains f(t) itself, or both are rational in u = e^-t, and then
    s = f(t) is solved for u. None where neither leads to a polynomial.
    """
    s, t, u = sp.Dummy("s", real=True), sp.Dummy("t", real=True), sp.Dummy("u", positive=True)
    f, slope = definition(name)(t), derivative(name)(t)
    found = slope.subs(f, s)
    if t in found.free_symbols:
        over, under = sp.fraction(sp.together(f.subs(sp.exp(-t), u)))
        relation = sp.expand(over - s * under)
        if t in relation.free_symbols or not relation.is_polynomial(u) or sp.degree(relation, u) != 1:
            return None
        solution = -relation.coeff(u, 0) / relation.coeff(u, 1)
        found = sp.factor(sp.cancel(slope.subs(sp.exp(-t), u).subs(u, solution)))
    return sp.Lambda(s, _positive(found)) if found.is_polynomial(s) else None


def numeric_derivatives(at_kink: Fraction, digits: int) -> Mapping[tuple[str, int], Callable]:
    """By (name, order) the derivatives of the table as functions of one number with this many digits.

    Args:
        at_kink: the convention for f' where f has a kink.
    """
    numbers = Numbers(at_kink, digits)
    return {(name, order): partial(numbers.row, name, order) for name in FUNCTIONS for order in (1, 2)}


# ---------------------------------------------------------------- entrywise terms


# SymPy multiplies polynomials out to cancel what they share; terms that could have more monomials stay as they are.
MOST_MONOMIALS = 200_000
HIGHEST_DEGREE = 64


class NoTerm(ValueError):
    """SymPy's answer is no entrywise term: |x| for the root of a square, a division by 0, a function by cases."""


def explicit(name: str, argument: Term) -> Term:
    """f'(argument) written out: 1/t for the logarithm, cos t for the sine.

    Raises:
        NoTerm: the derivative is a function by cases.
    """
    t = sp.Dummy("t", real=True)
    return _to_term(derivative(name)(t), {t: argument})


def simplify_entrywise(term: Term, outputs: Mapping[Term, Term]) -> Term:
    """The shortest form that SymPy finds for an entrywise term, or the term itself where that is no longer.

    Args:
        outputs: names for values of functions, f(z) -> a, so that f'(z) can be written over a.
    """
    leaves: dict[Term, sp.Symbol] = {}
    degree = _degree(term)
    if degree > HIGHEST_DEGREE:  # 2^(10^9) is computed as soon as SymPy sees it
        return term
    expression = _to_scalar(term, outputs, leaves)
    if expression is None or comb(len(leaves) + degree, degree) > MOST_MONOMIALS:
        return term
    back = {symbol: leaf for leaf, symbol in leaves.items()}
    try:
        written = _to_term(_positive(sp.factor(sp.cancel(expression))), back)
    except NoTerm:
        return term
    if written.shape != term.shape:
        return term
    return written if _length(written) < _length(term) else term


def _degree(term: Term) -> int:
    """A bound on the degree of an entrywise term, above and below its bars, in what it is made of."""
    inner = [_degree(arg) for arg in term.args] if isinstance(term, (*_ENTRYWISE, nodes.Product)) else [1]
    if isinstance(term, nodes.Power):
        return max(abs(term.exponent.numerator), term.exponent.denominator) * inner[0]
    return sum(inner)  # of sums as well: their quotients are brought over one bar


def _positive(e: sp.Expr) -> sp.Expr:
    """Signs as people write them: 1 - p rather than p - 1, and no minus before a difference that could be turned."""
    sign, factors = 1, []
    for factor in sp.Mul.make_args(e):
        base, exponent = factor.as_base_exp()
        constant = base.as_coeff_Add()[0] if base.is_Add else sp.S.Zero
        if constant.is_negative and exponent.is_Integer:
            sign, factor = sign * (-1) ** exponent, (-base) ** exponent
        factors.append(factor)
    for position, factor in enumerate(factors):
        if factor.is_Add and not factor.as_coeff_Add()[0] and sign * _leading(e, factors) < 0:
            sign, factors[position] = -sign, -factor
            break
    return sp.Mul(sign, *factors)


def _leading(e: sp.Expr, factors: list[sp.Expr]) -> int:
    """The sign of the number in front of a product."""
    return -1 if sp.Mul(*(f for f in factors if f.is_Number)).is_negative else 1


def _length(term: Term) -> int:
    return sum(1 for node in term.walk() if not isinstance(node, nodes.Neg))


_ENTRYWISE = (nodes.Add, nodes.Neg, nodes.Hadamard, nodes.Quotient, nodes.Power)


def _to_scalar(term: Term, outputs: Mapping[Term, Term], leaves: dict[Term, sp.Symbol]) -> sp.Expr | None:
    """The scalar expression of an entrywise term; what is not entrywise becomes a leaf."""

    def leaf(t: Term) -> sp.Symbol:
        # The names give SymPy the order of appearance, so that results come out in the author's order.
        return leaves.setdefault(t, sp.Dummy(f"v{len(leaves):03d}", real=True))

    def go(t: Term) -> sp.Expr:
        if isinstance(t, nodes.Number):
            return sp.Rational(t.value.numerator, t.value.denominator)
        if isinstance(t, nodes.Product) and (t.is_scalar or sum(not a.is_scalar for a in t.args) <= 1):
            return sp.Mul(*map(go, t.args)) if all(a.is_scalar or a.shape == t.shape for a in t.args) else leaf(t)
        if isinstance(t, nodes.Apply) and t.order == 1:
            value = outputs.get(nodes.Apply(t.args, t.function))
            form = output_form(t.function) if value is not None else None
            return form(go(value)) if form else leaf(t)
        if not isinstance(t, _ENTRYWISE):
            return leaf(t)
        args = [go(arg) for arg in t.args]
        match t:
            case nodes.Add():
                return sp.Add(*args)
            case nodes.Neg():
                return -args[0]
            case nodes.Hadamard():
                return sp.Mul(*args)
            case nodes.Quotient():
                return args[0] / args[1]
            case nodes.Power():
                return args[0] ** sp.Rational(t.exponent.numerator, t.exponent.denominator)

    return go(term) if isinstance(term, (*_ENTRYWISE, nodes.Product)) else None


def _to_term(e: sp.Expr, leaves: Mapping[sp.Symbol, Term]) -> Term:
    """A scalar expression over leaves, entry by entry."""
    if e in leaves:
        return leaves[e]
    if e.is_Rational:
        return nodes.Number(value=Fraction(int(e.p), int(e.q)))
    if e.is_Add:
        parts = sorted(e.as_ordered_terms(), key=lambda part: _place(part, leaves))
        return nodes.Add(tuple(_to_term(part, leaves) for part in parts))
    coefficient, _ = e.as_coeff_Mul()
    if coefficient.is_negative:
        return nodes.Neg((_to_term(-e, leaves),))
    over, under = sp.fraction(e)
    if under != 1:
        return nodes.Quotient((_to_term(over, leaves), _to_term(under, leaves)))
    if e.is_Mul:
        factors = [_to_term(factor, leaves) for factor in sorted(e.args, key=lambda f: (f.is_Add, _place(f, leaves)))]
        return _entrywise_product(factors)
    if e.is_Pow and e.exp.is_Rational:
        return nodes.Power((_to_term(e.base, leaves),), Fraction(int(e.exp.p), int(e.exp.q)))
    name = type(e).__name__
    if name in FUNCTIONS:
        return nodes.Apply((_to_term(e.args[0], leaves),), name)
    raise NoTerm(f"no entrywise term is {e}")


def _entrywise_product(factors: list[Term]) -> Term:
    scalars = tuple(f for f in factors if f.is_scalar)
    matrices = tuple(f for f in factors if not f.is_scalar)
    core = (nodes.Hadamard(matrices),) if len(matrices) > 1 else matrices
    product = scalars + core
    return product[0] if len(product) == 1 else nodes.Product(product)


def _place(part: sp.Expr, leaves: Mapping[sp.Symbol, Term]) -> tuple:
    """Positive terms before negative ones, numbers first among equals, then the order of appearance."""
    order = list(leaves)
    places = sorted(order.index(s) for s in part.free_symbols if s in leaves)
    return part.as_coeff_Mul()[0].is_negative is True, bool(places), places
