"""What one pair of readings of a claim came to."""

from __future__ import annotations

from dataclasses import dataclass

from derive.checking.compare import Comparison
from derive.terms.nodes import Term

Sides = tuple[str, Term, Term]  # a choice in words, and both sides of a claim under it


@dataclass(frozen=True)
class Outcome:
    """One reading of the left side against one of the right side.

    Args:
        answer: that of the comparison, or `ill` where the terms do not conform.
        level: primary or secondary, the lower of the two readings.
    """

    answer: str
    message: str
    level: int
    notes: frozenset[str]
    left: Term
    right: Term
    comparison: Comparison | None = None
