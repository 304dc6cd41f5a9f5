"""All repairs that are tried, one row per kind of mistake: what an author most often gets wrong, undone.

No row evaluates anything: it only says what could have been meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from derive.checking.edits import Change, Edit, Page
from derive.checking.repairs_algebra import (
    change_counts,
    change_numbers,
    constants,
    drop_factors,
    drop_terms,
    flip_signs,
    insert_factors,
    insert_terms,
    lost_brackets,
    negate,
    powers,
    scale,
)
from derive.checking.repairs_calculus import indicators, primes, replaced_by_slopes, slopes, softmax_jacobians
from derive.checking.repairs_lost import lost_factors, lost_operands, lost_terms
from derive.checking.repairs_names import indices, other_letters, other_names, sums
from derive.checking.repairs_order import diagonals, products, reorder, transposes

ROWS: tuple[Callable[[Page], Iterator[Edit]], ...] = (
    flip_signs, negate, scale, transposes, reorder, products, lost_brackets, change_numbers, change_counts,
    drop_factors, indices, slopes, primes, replaced_by_slopes, powers,
    sums, diagonals, drop_terms, other_names, other_letters, insert_factors, insert_terms, constants,
    softmax_jacobians, indicators, lost_terms, lost_factors, lost_operands,
)  # fmt: skip


def edits(page: Page) -> list[Edit]:
    """All single edits, the smallest and most frequent first; the order of equal ones is that of the rows."""
    found = [edit for row in ROWS for edit in row(page) if all(_is_sound(page, c) for c in edit.changes)]
    return sorted(found, key=lambda edit: edit.cost)


def _is_sound(page: Page, change: Change) -> bool:
    """Whether a change lies inside what is edited, and not inside a macro, whose text stands elsewhere."""
    start, end = page.span(page.root)
    return start <= change.span[0] < change.span[1] <= end
