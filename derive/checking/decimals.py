"""Decimal numbers as people print them: to so many digits, computed from others that were rounded before.

`1/3 = 0.333` is as good as it is printed. A number with four digits or more is taken for rounded itself, to half a unit
of its last digit; `0.5` and `12.5` are what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from derive.checking.points import Points
from derive.checking.program import Unsettled
from derive.reading.notation import decimal
from derive.reading.theory import Link
from derive.terms import nodes
from derive.terms.nodes import Symbol, Term
from derive.terms.walk import rebuild

ROUNDED = 4  # significant digits of a number that is taken for rounded
MOST = 24  # such numbers in one claim


def tolerance(points: Points, link: Link, left: Term, right: Term) -> float | None:
    """How far apart two sides may be that are equal as far as they are printed; None where no number was rounded."""
    printed = _printed(link)
    propagated = sum(_propagated(points, link, side) for side in (left, right))
    if printed is None and not propagated:
        return None
    return (printed or 0.0) + propagated


def _printed(link: Link) -> float | None:
    """Half a unit of the last digit of a side that is a decimal number; a whole unit behind `\\approx`."""
    for side in (link.right, link.left):
        if (text := decimal(side)) is not None:
            unit = 1.0000002 if link.relation == "approx" else 0.5000001
            return unit * 10.0 ** -len(text.split(".")[1])
    return None


def _propagated(points: Points, link: Link, side: Term) -> float:
    """What the rounding of the numbers in a side may change its value by; 0 for a side with a symbol in it."""
    if _decimal_term(side) or any(isinstance(node, Symbol) for node in side.walk()) or not side.is_scalar:
        return 0.0
    total = 0.0
    for number, unit in _rounded(link, side):
        moved = replace(number, value=number.value + Fraction(unit) / 2)

        def put_in(node: Term, number: Term = number, moved: Term = moved) -> Term:
            return moved if node is number or (node == number and node.span == number.span) else node

        try:
            machine = points.machine(0)
            apart = machine.value(rebuild(side, put_in), {}) - machine.value(side, {})
        except (Unsettled, ArithmeticError):
            return 0.0
        total += float(np.abs(np.asarray(apart, dtype=float)).max())
    return total if np.isfinite(total) else 0.0


def _decimal_term(side: Term) -> bool:
    return isinstance(side, nodes.Number) or (isinstance(side, nodes.Neg) and isinstance(side.args[0], nodes.Number))


def _rounded(link: Link, side: Term) -> Iterator[tuple[Term, Fraction]]:
    """The numbers of a side that were rounded, each with the unit of its last digit."""
    found = 0
    for node in side.walk():
        if not isinstance(node, nodes.Number) or node.span is None:
            continue
        text = link.source.text[slice(*node.span)]
        digits = re.sub(r"^0*\.?0*", "", text).replace(".", "")
        if re.fullmatch(r"[0-9]*\.[0-9]+", text) and len(digits) >= ROUNDED and found < MOST:
            found += 1
            yield node, Fraction(1, 10 ** len(text.split(".")[1]))
