"""Rewrites that bring a gradient into the form that a textbook prints. Each keeps the value; tests check every one.

A term is taken apart into a number, scalar factors above and below the bar, and a core (a matrix product, a Hadamard
product, a sum); the parts are put together again in that order: (2/n) X^T (yhat - y).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.shapes import Shape
from derive.terms.walk import rebuild


def tidy(term: Term) -> Term:
    """The term in textbook form; equal in value at every point."""
    return rebuild(term, lambda t: RULES.get(type(t), lambda same: same)(t))


@dataclass(frozen=True)
class Factors:
    """coefficient * over / under * core: scalars above and below the bar, and what is no scalar, if anything."""

    coefficient: Fraction
    over: tuple[Term, ...] = ()
    under: tuple[Term, ...] = ()
    core: Term | None = None

    def times(self, other: Factors, core: Term | None) -> Factors:
        return Factors(self.coefficient * other.coefficient, self.over + other.over, self.under + other.under, core)


def split(t: Term) -> Factors:
    """Take a tidy term apart."""
    match t:
        case nodes.Number():
            return Factors(t.value)
        case nodes.Neg():
            inner = split(t.args[0])
            return Factors(-inner.coefficient, inner.over, inner.under, inner.core)
        case nodes.Quotient() if t.args[1].is_scalar:
            over, under = split(t.args[0]), split(t.args[1])
            if not under.coefficient:  # a division by 0 stays in sight
                return Factors(Fraction(1), (t,)) if t.is_scalar else Factors(Fraction(1), core=t)
            return over.times(Factors(1 / under.coefficient, under.under, under.over), over.core)
        case nodes.Product():
            total = Factors(Fraction(1))
            cores: list[Term] = []
            for arg in t.args:
                part = split(arg)
                total = total.times(part, None)
                if part.core is not None:
                    cores.extend(part.core.args if isinstance(part.core, nodes.Product) else (part.core,))
                    if _product(cores).is_scalar:  # x^T y is a scalar factor, also where more follows: x^T y A
                        total = total.times(Factors(Fraction(1), (_product(cores),)), None)
                        cores = []
            return Factors(total.coefficient, total.over, total.under, _product(cores))
        case nodes.Broadcast() if t.args[0].is_scalar and not t.is_scalar:  # a repeated scalar is s 1 1^T
            return split(t.args[0]).times(Factors(Fraction(1)), nodes.ones(t.to))
        case _ if t.is_scalar:
            return Factors(Fraction(1), (t,))
        case _:
            return Factors(Fraction(1), core=t)


def _product(cores: list[Term]) -> Term | None:
    return None if not cores else cores[0] if len(cores) == 1 else nodes.Product(tuple(cores))


def join(factors: Factors) -> Term:
    """Put a term together: sign, fraction of numbers and names, sums and other long scalars, core."""
    if not factors.coefficient:
        return _zero(factors)
    above, below = Counter(factors.over), Counter(factors.under)
    over = tuple((above - below).elements())
    under = tuple((below - above).elements())
    counted = all(isinstance(t, nodes.Size) for t in under)  # 1/n stands before; (1 - y)/(1 - yhat) is one fraction
    short = tuple(t for t in over if isinstance(t, _SHORT))
    behind = tuple(t for t in over if not isinstance(t, _SHORT))
    if not counted:
        short, behind = short + behind, ()
    if factors.core is not None:
        behind += (factors.core,)
    number = abs(factors.coefficient)
    if under or (number.denominator != 1 and not behind):
        front = (nodes.Quotient((_scalars(number.numerator, short), _scalars(number.denominator, under))),)
    elif number == 1 and (short or behind):
        front = short
    else:
        front = (nodes.term(number), *short)
    flat: list[Term] = []
    for part in (*front, *behind):
        flat.extend(part.args if isinstance(part, nodes.Product) else (part,))
    whole = _product(flat)
    return nodes.Neg((whole,)) if factors.coefficient < 0 else whole


# Scalars that read well above a fraction bar; the others stand behind the fraction.
_SHORT = (nodes.Symbol, nodes.Size, nodes.Component, nodes.Power)


def _scalars(number: int, terms: tuple[Term, ...]) -> Term:
    parts = [nodes.term(number)] if number != 1 or not terms else []
    for term in terms:
        parts.extend(term.args if isinstance(term, nodes.Product) else (term,))
    return _product(parts)


def _zero(factors: Factors) -> Term:
    if factors.core is None or factors.core.is_scalar:
        return nodes.term(0)
    return nodes.Product((nodes.term(0), nodes.ones(factors.core.shape)))


# ---------------------------------------------------------------- rules, one per node type


def _tidy_product(t: nodes.Product) -> Term:
    factors = split(t)
    core = factors.core
    if isinstance(core, nodes.Product):
        core = _product(_merge_neighbours(list(core.args)))
    return join(Factors(factors.coefficient, factors.over, factors.under, core))


def _merge_neighbours(args: list[Term]) -> list[Term]:
    """Neighbours in a matrix product that are simpler as one: see `_NEIGHBOURS`."""
    merged: list[Term] = []
    for arg in args:
        merged.append(arg)
        while len(merged) > 1:
            one = next(filter(None, (rule(*merged[-2:]) for rule in _NEIGHBOURS)), None)
            if one is None:
                break
            merged[-2:] = [one]
    return merged


def _absorbed(left: Term, right: Term) -> Term | None:
    if isinstance(left, nodes.Identity) and left.dim == right.shape.rows:  # I A = A
        return right
    if isinstance(right, nodes.Identity) and right.dim == left.shape.cols:  # A I = A
        return left
    return None


def _two_diagonals(left: Term, right: Term) -> Term | None:
    if isinstance(left, nodes.Diag) and isinstance(right, nodes.Diag):  # diag(a) diag(b) = diag(a ⊙ b)
        return nodes.Diag((tidy(nodes.Hadamard((*left.args, *right.args))),))
    return None


def _ones_diagonal(left: Term, right: Term) -> Term | None:
    row = isinstance(left, nodes.Transpose) and isinstance(left.args[0], nodes.Ones) and left.shape.rows == ONE
    return tidy(nodes.Transpose(right.args)) if row and isinstance(right, nodes.Diag) else None  # 1^T diag(a) = a^T


_NEIGHBOURS = (_absorbed, _two_diagonals, _ones_diagonal)


def _tidy_hadamard(t: nodes.Hadamard) -> Term:
    # (c a) ⊙ b = c (a ⊙ b); (g 1 1^T) ⊙ b = g b; a ⊙ (1/b) = a/b entry by entry.
    total = Factors(Fraction(1))
    cores: list[Term] = []
    below: list[Term] = []
    for arg in t.args:
        part = split(arg)
        total = total.times(part, None)
        core = part.core
        if isinstance(core, nodes.Quotient):
            below.append(core.args[1])
            core = core.args[0] if core.args[0] != nodes.term(1) else None
        if isinstance(core, nodes.Hadamard):
            cores.extend(core.args)
        elif core is not None and not isinstance(core, nodes.Ones):
            cores.append(core)
    core = None if not cores else cores[0] if len(cores) == 1 else nodes.Hadamard(tuple(cores))
    if below:
        under = below[0] if len(below) == 1 else nodes.Hadamard(tuple(below))
        core = nodes.Quotient((core if core is not None else nodes.term(1), under))
    if core is None and not t.is_scalar:
        core = nodes.ones(t.shape)
    return join(Factors(total.coefficient, total.over, total.under, core))


def _tidy_add(t: nodes.Add) -> Term:
    # a + a = 2 a; a - a = 0; numbers are added up.
    merged: dict[Term, Fraction] = {}
    for arg in t.args:
        for part in arg.args if isinstance(arg, nodes.Add) else (arg,):
            factors = split(part)
            alone = join(Factors(Fraction(1), factors.over, factors.under, factors.core))
            merged[alone] = merged.get(alone, Fraction(0)) + factors.coefficient
    parts = []
    for alone, coefficient in merged.items():
        if coefficient:
            factors = split(alone)
            parts.append(join(Factors(coefficient, factors.over, factors.under, factors.core)))
    if not parts:
        return _zero(Factors(Fraction(0), core=t))
    total = parts[0] if len(parts) == 1 else nodes.Add(tuple(parts))
    # A number added to a matrix is a broadcast: dropping the matrix must not drop the shape.
    return total if total.shape == t.shape else nodes.Broadcast((total,), t.shape)


def _tidy_transpose(t: nodes.Transpose) -> Term:
    (a,) = t.args
    if a.is_scalar or isinstance(a, nodes.Identity | nodes.Diag):
        return a
    factors = split(a)
    if factors.core != a:  # (c A)^T = c A^T
        core = factors.core and _tidy_transpose(nodes.Transpose((factors.core,)))
        return join(Factors(factors.coefficient, factors.over, factors.under, core))
    match a:
        case nodes.Transpose():  # (A^T)^T = A
            return a.args[0]
        case nodes.Product():  # (A B)^T = B^T A^T
            return _tidy_product(nodes.Product(tuple(_tidy_transpose(nodes.Transpose((b,))) for b in reversed(a.args))))
        case nodes.Broadcast():
            return nodes.Broadcast((_tidy_transpose(nodes.Transpose(a.args)),), a.to.T)
    return t


def _tidy_total(t: nodes.Total) -> Term:
    (a,) = t.args
    if a.is_scalar:
        return a
    factors = split(a)  # the sum of c A is c times the sum of A
    core = factors.core if factors.core is not None else nodes.ones(a.shape)
    return join(factors.times(Factors(Fraction(1), (nodes.Total((core,)),)), None))


def _tidy_sum(t: nodes.Sum) -> Term:
    # What does not depend on the index stands before the sum; a sum of nothing but that is counted.
    factors = split(t.args[0])
    outside, inside = _apart(factors.over, t.index)
    below, under = _apart(factors.under, t.index)
    body = join(Factors(Fraction(1), inside, under, factors.core))
    if not depends(body, t.index) and t.lower == 1:
        return join(split(_size(t.upper)).times(Factors(factors.coefficient, outside, below), factors.core))
    inner = nodes.Sum((body,), t.index, t.lower, t.upper)
    if inner.is_scalar:
        return join(Factors(factors.coefficient, (*outside, inner), below))
    return join(Factors(factors.coefficient, outside, below, inner))


def _apart(terms: tuple[Term, ...], index: str) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    free = tuple(a for a in terms if not depends(a, index))
    return free, tuple(a for a in terms if depends(a, index))


def _size(dim: Dim) -> Term:
    return nodes.term(dim.size({})) if not any(dim.names()) else nodes.Size(dim=dim)


def depends(t: Term, index: str) -> bool:
    """Whether an index occurs free in a term, in its symbols or in its dimensions."""
    for _, value in t.parts():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Index | Dim | Shape) and part.at({index: 1}) != part.at({index: 2}):
                return True
            if isinstance(part, Term) and depends(part, index):  # the adjoint of a member
                return True
    bound = isinstance(t, nodes.Sum) and t.index == index
    return not bound and any(depends(arg, index) for arg in t.args)


def _tidy_quotient(t: nodes.Quotient) -> Term:
    if t.args[1].is_scalar:
        return join(split(t))
    over, under = split(t.args[0]), split(t.args[1])  # (c a) / (e b) = (c / e) (a / b)
    if not under.coefficient:
        return t
    quotient = nodes.Quotient((over.core if over.core is not None else nodes.term(1), under.core))
    return join(over.times(Factors(1 / under.coefficient, under.under, under.over), quotient))


def _tidy_kronecker(t: nodes.Kronecker) -> Term:
    left, right = t.args  # 1 ⊗ A = A ⊗ 1 = A
    if _is_one(left):
        return right
    if _is_one(right):
        return left
    return t


def _is_one(t: Term) -> bool:
    return t == nodes.term(1)


def _tidy_commutation(t: nodes.Commutation) -> Term:
    # For vectors vec(A^T) = vec(A).
    return _identity(t.of.rows * t.of.cols) if ONE in (t.of.rows, t.of.cols) else t


def _identity(dim: Dim) -> Term:
    return nodes.term(1) if dim == ONE else nodes.Identity(dim=dim)


def _tidy_vec(t: nodes.Vec) -> Term:
    (a,) = t.args
    if a.shape.cols == ONE:
        return a
    return tidy(nodes.Transpose((a,))) if a.shape.rows == ONE else t


def _tidy_broadcast(t: nodes.Broadcast) -> Term:
    return t.args[0] if t.args[0].shape == t.to else t


def _tidy_power(t: nodes.Power) -> Term:
    if t.exponent == 1:
        return t.args[0]
    return t if t.exponent else nodes.Broadcast((nodes.term(1),), t.shape) if not t.is_scalar else nodes.term(1)


RULES: dict[type[Term], Callable[[Term], Term]] = {
    nodes.Size: lambda t: _size(t.dim),
    nodes.Identity: lambda t: _identity(t.dim),
    nodes.Ones: lambda t: nodes.term(1) if t.is_scalar else t,
    nodes.Neg: lambda t: join(split(t)),
    nodes.Add: _tidy_add,
    nodes.Product: _tidy_product,
    nodes.Hadamard: _tidy_hadamard,
    nodes.Quotient: _tidy_quotient,
    nodes.Power: _tidy_power,
    nodes.Transpose: _tidy_transpose,
    nodes.Total: _tidy_total,
    nodes.Trace: lambda t: t.args[0] if t.args[0].is_scalar else t,
    nodes.Determinant: lambda t: t.args[0] if t.args[0].is_scalar else t,
    nodes.Sum: _tidy_sum,
    nodes.Kronecker: _tidy_kronecker,
    nodes.Commutation: _tidy_commutation,
    nodes.Vec: _tidy_vec,
    nodes.Broadcast: _tidy_broadcast,
}
