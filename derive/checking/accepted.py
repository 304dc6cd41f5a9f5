"""`<!-- derive: ignore[D301] reason -->`: a finding that its author accepts, and the remark that has become stale."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from derive.checking.report import Note, Statement
from derive.models.options import did_you_mean
from derive.reading.formulas import Formula

NO_REASON = "no reason given"
STALE = "D604"
_REMARK = re.compile(r"derive:\s*ignore\[(?P<codes>[^\]]*)\]\s*(?P<reason>[^\n]*?)\s*(?:-->|$)", re.MULTILINE)


def accept(
    formulas: Sequence[Formula], placed: Sequence[tuple[Formula | None, Statement]], known: Collection[str]
) -> tuple[tuple[Statement, ...], tuple[Note, ...]]:
    """(the statements, with the reason where their code is accepted; notes on remarks that accept nothing).

    Args:
        placed: every statement with the formula that it stands in.
        known: all codes.
    """
    used: set[tuple[Formula, str]] = set()
    statements = []
    for formula, statement in placed:
        if formula is not None and statement.code in formula.ignored:
            used.add((formula, statement.code))
            statement = replace(statement, accepted=_remark(formula, statement.code)["reason"] or NO_REASON)
        statements.append(statement)
    notes = (
        _stale(formula, code, known) for formula in formulas for code in formula.ignored if (formula, code) not in used
    )
    return tuple(statements), tuple(notes)


def _remark(formula: Formula, code: str) -> re.Match:
    """The remark before a formula that accepts a code: the nearest one."""
    found = reversed(list(_REMARK.finditer(formula.source.text, 0, formula.whole[0])))
    return next(each for each in found if code in [word.strip() for word in each["codes"].split(",")])


def _stale(formula: Formula, code: str, known: Collection[str]) -> Note:
    place = formula.source.place(_remark(formula, code).start())
    if code in known:
        message = f"the remark `derive: ignore[{code}]` accepts nothing"
    else:
        message = f"there is no code {code}{did_you_mean(code, known)}"
    return Note(message, STALE, place.line, place.column, place.cell)
