r"""Numbers as they are printed: `1/3 = 0.333` is as good as its three digits, entry by entry of a matrix.

A decimal with four digits or more stands for a measured or computed number, known to half a unit of its last digit;
what is computed from it is known as well as that allows. Shorter ones are taken at their word, 0.5 is a half, unless
the document has said of them that they are about right: behind `p \approx 0.73`, 0.73 is a rounded number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from derive.reading import syntax
from derive.reading.decimals import HALF, ROUNDED, half, halves, is_numeric, is_plain, is_rounded, significant
from derive.reading.source import Span
from derive.reading.theory import Link, Theory
from derive.terms import nodes
from derive.terms.nodes import Term
from derive.terms.walk import rebuild

MOST_ROUNDED = 64
ABOUT = 2  # significant digits of a decimal that is said to be about right
CUT_OFF = 1.999  # halves: behind an "about", digits may be cut off instead of rounded, which is less than a unit
WHOLE = 0.5  # what a whole number behind an "about" may be off: it is rounded, and not cut off
NOTHING = np.zeros((1, 1))


@dataclass(frozen=True)
class Printed:
    """How well a claim can be known whose one side is printed as decimals.

    Args:
        allowed: half a unit of the last digit of that side, entry by entry, as a matrix.
        cut: how much larger than it is printed a number may be, whose further digits were cut off.
        left: whether that side is the left one.
        rounded: on the other side, where rounded numbers stand and by how much each may be off.
    """

    allowed: np.ndarray
    cut: np.ndarray
    left: bool = False
    rounded: tuple[tuple[Span, float], ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the side that is printed."""
        return self.allowed.shape

    def covers(self, left: np.ndarray, right: np.ndarray, slack: np.ndarray | float = 0.0) -> bool:
        """Whether the sides are as near to each other as what is printed says, up to `slack`."""
        value, shown = (right, left) if self.left else (left, right)
        more = np.abs(value) - np.abs(shown)
        cut = (more > 0) & (value * shown >= 0)  # cutting off goes towards zero
        return bool((np.abs(value - shown) <= np.where(cut, self.cut, self.allowed) + slack).all())


def about(theory: Theory) -> frozenset[str]:
    """The short decimals that a document gives as approximations of something, as they are written."""
    links = [reading.link for reading in theory.readings if reading.link.relation == "approx"]
    inputs = (node for value in theory.values for node in value.expression.walk())
    stated = {node.value for node in inputs if isinstance(node, nodes.Number)}
    return frozenset(
        node.text
        for link in links
        for side in (link.left, link.right)
        if is_plain(side)
        for node in syntax.walk(side)
        if isinstance(node, syntax.Number) and is_rounded(node, ABOUT) and node.value not in stated
    )


def printed(link: Link, rounded_off: Collection[str] = ()) -> Printed | None:
    """What a claim between an expression and numbers allows; None where it is to be exact.

    Args:
        rounded_off: decimals that are no exact numbers, short as they are.
    """
    sides = (link.right, link.left)
    whole = WHOLE if link.relation == "approx" else 0.0
    known = ((side, halves(side, whole)) for side in sides)
    plain, allowed = next((pair for pair in known if pair[1] is not None and pair[1].any()), (None, NOTHING))
    if plain is None and not any(is_numeric(side) for side in sides):
        return None
    numbers = [n for side in sides if side is not plain for n in syntax.walk(side) if isinstance(n, syntax.Number)]
    rounded = _rounded([n for n in numbers if "." in n.text and n.value], rounded_off)[:MOST_ROUNDED]
    cut = allowed
    if plain is not None and link.relation == "approx":
        cut = np.maximum(allowed, CUT_OFF * halves(plain))
    return Printed(allowed, cut, plain is link.left, rounded) if plain is not None or rounded else None


def _rounded(decimals: list[syntax.Number], known: Collection[str]) -> tuple[tuple[Span, float], ...]:
    """How much each number may be off: beside rounded ones, zeros at the end of a shorter one may have been dropped."""
    digits = max((significant(n) for n in decimals), default=0)
    if digits < ROUNDED:
        return tuple((n.span, half(n)) for n in decimals if n.text in known)
    units = (10.0 ** (math.floor(math.log10(abs(float(n.value)))) + 1 - digits) for n in decimals)
    pairs = zip(decimals, units, strict=True)
    return tuple((n.span, half(n) if is_rounded(n) or n.text in known else HALF * unit) for n, unit in pairs)


def corrected(link: Link, value: float) -> str | None:
    """The claim with the number that belongs on its right side, to as many decimals; None for any other claim."""
    text = link.source.text
    decimals = re.fullmatch(r"[-+]?\s*\d*\.(\d+)", text[slice(*link.right.span)].strip())
    if decimals is None:
        return None
    relation = "\\approx" if link.relation == "approx" else "="
    return f"{text[slice(*link.left.span)].strip()} {relation} {value:.{len(decimals[1])}f}"


def moved(term: Term, span: Span, half: float) -> Term:
    """The term with the number at a place half a unit larger."""

    def shift(node: Term) -> Term:
        here = isinstance(node, nodes.Number) and node.span == span
        return replace(node, value=node.value + Fraction(half)) if here else node

    return rebuild(term, shift)
