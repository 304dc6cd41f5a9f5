"""`<!-- derive: ignore[D301] reason -->`: a finding that its author accepts, and the remark that has become stale."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from derive.checking.report import Note, Statement
from derive.models.options import did_you_mean
from derive.reading.formulas import Formula
from derive.reading.source import Source

NO_REASON = "no reason given"
STALE = "D604"
_REMARK = re.compile(r"derive:\s*ignore\[(?P<codes>[^\]\n]*)\]\s*(?P<reason>[^\n]*?)\s*(?:-->|$)", re.MULTILINE)


def accept(
    formulas: Sequence[Formula], placed: Sequence[tuple[Formula | None, Statement]], known: Collection[str]
) -> tuple[tuple[Statement, ...], tuple[Note, ...]]:
    """(the statements, with the reason where their code is accepted; notes on remarks that accept nothing).

    Args:
        placed: every statement with the formula that it stands in.
        known: all codes.
    """
    remarks = dict(_remarks(formulas))
    used: set[tuple[int, str]] = set()
    statements = []
    for formula, statement in placed:
        key = (id(formula), statement.code)
        if key in remarks:
            used.add(key)
            statement = replace(statement, accepted=remarks[key]["reason"] or NO_REASON)
        statements.append(statement)
    notes = (
        _stale(formula.source, remarks[id(formula), code], code, known)
        for formula in formulas
        for code in dict.fromkeys(formula.ignored)
        if (id(formula), code) in remarks.keys() - used
    )
    return tuple(statements), tuple(notes)


def _remarks(formulas: Sequence[Formula]) -> Iterator[tuple[tuple[int, str], re.Match]]:
    """For each formula and code that is accepted on it the remark that does so: the nearest one before it."""
    ends: dict[int | None, int] = {}
    for formula in formulas:
        start = ends.get(formula.source.cell, 0)
        ends[formula.source.cell] = formula.whole[1]
        if formula.ignored:  # the reader's word for it: what looks like a remark in code is none
            for found in _REMARK.finditer(formula.source.text, start, formula.whole[0]):
                yield from (((id(formula), code.strip()), found) for code in found["codes"].split(","))


def _stale(source: Source, remark: re.Match, code: str, known: Collection[str]) -> Note:
    place = source.place(remark.start())
    if code in known:
        message = f"the remark `derive: ignore[{code}]` accepts nothing"
    else:
        message = f"there is no code {code}{did_you_mean(code, known)}"
    return Note(message, STALE, place.line, place.column, place.cell)
