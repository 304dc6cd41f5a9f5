"""Suggestions as edits of the source: only the right side of a link is replaced, and the alignment around it stays.

An edit is kept only if the document that it makes, checked again, has one more equation that holds and none that became
wrong: the next link of a chain shares its side with the one that was repaired.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from derive.checking.report import FileReport, Region, Statement
from derive.checking.verdicts import REFUTED
from derive.reading.source import lines_of

MOST = 100  # edits of one document
LONGEST_LEFT = 2000  # characters of a left side; longer links are repaired by hand
_RELATION = re.compile(r"\s*:?=\s*")


def replacement(statement: Statement) -> str | None:
    """The new right side of a link; None where there is no suggestion, or it does not keep the left side as it is."""
    if statement.suggestion is None or statement.right is None:
        return None
    # A suggestion is tidied, so that its left side is the same but for blanks.
    left = re.compile(r"\s*".join(re.escape(sign) for sign in "".join(statement.left.split())[:LONGEST_LEFT]))
    if len(statement.left) > LONGEST_LEFT or (found := left.match(statement.suggestion)) is None:
        return None
    relation = _RELATION.match(statement.suggestion, found.end())
    return statement.suggestion[relation.end() :] if relation else None


def fixed(
    text: str, report: FileReport, again: Callable[[str], FileReport], counts: Callable[[Statement], bool]
) -> tuple[str, FileReport]:
    """The text with every repair that can be made in it, and the report on that.

    Args:
        text: of a document that is one text; a notebook is left as it is.
        again: checks a text.
        counts: whether a finding is one to repair.
    """
    tried: set[tuple[str, str]] = set()
    for _ in range(MOST):
        statement = next((s for s in report.statements if counts(s) and _repairable(s) and _key(s) not in tried), None)
        if statement is None:
            break
        tried.add(_key(statement))
        edited = _edited(text, statement.right, replacement(statement))
        checked = again(edited)
        if _better(report, checked):
            text, report = edited, checked
    return text, report


def _repairable(statement: Statement) -> bool:
    if statement.alternatives:  # which repair was meant is for the author to say
        return False
    return statement.verdict in REFUTED and statement.cell is None and replacement(statement) is not None


def _key(statement: Statement) -> tuple[str, str | None]:
    return statement.latex, statement.suggestion


def _better(before: FileReport, after: FileReport) -> bool:
    """Whether one equation more holds, and no other one changed for the worse."""
    if len(before.statements) != len(after.statements):
        return False
    pairs = [(a.verdict, b.verdict) for a, b in zip(before.statements, after.statements, strict=True)]
    worse = any((b in REFUTED and a not in REFUTED) or (a == "holds" and b != "holds") for a, b in pairs)
    return not worse and any(a in REFUTED and b == "holds" for a, b in pairs)


def _edited(text: str, region: Region, new: str) -> str:
    lines = lines_of(text)
    start = sum(map(len, lines[: region.line - 1])) + region.column - 1
    end = sum(map(len, lines[: region.end_line - 1])) + region.end_column - 1
    return text[:start] + new + text[end:]
