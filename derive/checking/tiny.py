r"""Numbers as small as `10^{-8}`, which rounding hides: a claim that holds with them has to hold with larger ones too.

`m / (\sqrt{v} + 10^{-12}) = m / \sqrt{v}` is true to all digits that are looked at, and not true. Such a number is
written for its smallness and for no other property, so that what is said of it can be said of any number there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from derive.reading.entries import constant
from derive.reading.theory import Theory
from derive.terms import nodes
from derive.terms.nodes import Term
from derive.terms.walk import rebuild

HIDDEN = "the sides differ by no more than a number that is too small to be seen"
TINY = Fraction(1, 10**5)  # smaller numbers are enlarged


def has_tiny(terms: Iterable[Term]) -> bool:
    """Whether a number stands in one of the terms that is too small to be seen beside 1."""
    return any(_is_tiny(node) for term in terms for node in term.walk())


def enlarged(term: Term) -> Term:
    """The term with such numbers about as large as 1; equal ones stay equal, and 2e-15 stays twice as much as 1e-15."""
    return rebuild(term, lambda node: nodes.Number(value=_larger(constant(node))) if _is_tiny(node) else node)


def enlarged_theory(theory: Theory) -> Theory:
    """The document with larger numbers in its definitions."""
    return replace(theory, definitions=[replace(d, expression=enlarged(d.expression)) for d in theory.definitions])


def _is_tiny(node: Term) -> bool:
    value = constant(node) if isinstance(node, nodes.Number | nodes.Power | nodes.Quotient | nodes.Product) else None
    return value is not None and 0 < abs(value) < TINY


def _larger(value: Fraction) -> Fraction:
    exponent = math.floor(math.log10(abs(value.numerator)) - math.log10(value.denominator))
    mantissa = value * 10**-exponent
    return mantissa * Fraction(7, 20 - exponent)
