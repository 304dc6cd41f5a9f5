"""What a check found, as values: one entry per link, in the order of the text, with the fields of `derive-check/1`.

Nothing here depends on the machine: numbers are cut to the digits that are printed, mappings are sorted, and the same
report has the same bytes in every format.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, fields
from functools import cached_property
from importlib import import_module
from typing import Any

from derive.checking.verdicts import ClosedForm, Counterexample, Evidence
from derive.reading.source import Source, lines_of

SCHEMA = "derive-check/1"
# In the order in which the summary counts them.
VERDICTS = ("holds", "ambiguous", "ill-shaped", "wrong", "undecided", "unread", "stated", "skipped")
OPEN = ("ambiguous", "undecided", "unread")  # what fails a check that is strict
DECIDED = ("holds", "ambiguous", "wrong", "ill-shaped")
DIGITS = 6  # significant digits of a printed number
SMALLEST_BOUND = -9  # differences below 1e-9 are printed as that: the last bits differ between machines


@dataclass(frozen=True)
class Region:
    """A piece of the source: lines and columns from 1, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def of(cls, source: Source, start: int, end: int) -> Region:
        # A macro may print its arguments in another order than that in which they are written.
        first, last = source.place(min(start, end)), source.place(max(start, end))
        return cls(first.line, first.column, last.line, last.column)


@dataclass(frozen=True)
class Statement:
    """One link of a statement, and what is known of it.

    Args:
        statement: number of the statement within the file, from 1; `link` counts from 0 within it.
        latex: `left = right` of this link as it stands in the source.
        kind: declaration, definition or claim.
        span: the faulty piece, where one is known.
        suggestion: the whole link with its left side unchanged, so that it holds.
        alternatives: other repairs that are as small as the suggestion; `--fix` then writes none.
        closed_form: what the rules derive for the left side of a claim that no edit repairs.
        follows_from: the number of the wrong statement that this one is right about, if it is.
        cell: of a notebook, from 1; None elsewhere.
        accepted: the reason that the author gave for accepting the code here.
        left, right: the text of the left side, and the place of the right one; for edits, and not in the JSON.
    """

    statement: int
    link: int
    line: int
    column: int
    end_line: int
    end_column: int
    latex: str
    kind: str
    verdict: str
    code: str | None = None
    proof: str | None = None
    message: str = ""
    span: Region | None = None
    suggestion: str | None = None
    follows_from: int | None = None
    assumptions: tuple[str, ...] = ()
    evidence: Evidence | None = None
    cell: int | None = None
    accepted: str | None = None
    left: str = ""
    right: Region | None = None
    alternatives: tuple[str, ...] = ()
    closed_form: ClosedForm | None = None

    @property
    def place(self) -> Region:
        """What to point at: the faulty piece, else the whole link."""
        return self.span or Region(self.line, self.column, self.end_line, self.end_column)


@dataclass(frozen=True)
class Note:
    """Something about a file as a whole, or about one line of it, that is no verdict on a statement."""

    message: str
    code: str | None = None
    line: int | None = None
    column: int | None = None
    cell: int | None = None


@dataclass(frozen=True)
class FileReport:
    """The entries of one document. `sources` are its texts, for formats that show them: one, or one per cell."""

    path: str
    statements: tuple[Statement, ...] = ()
    notes: tuple[Note, ...] = ()
    skipped: int = 0
    sources: tuple[Source, ...] = field(default=(), repr=False)

    @property
    def without_verdict(self) -> bool:
        """Whether the file makes claims and none of them was decided."""
        claims = [s for s in self.statements if s.kind == "claim"]
        return bool(claims) and not any(s.verdict in DECIDED for s in claims)

    def line(self, number: int, cell: int | None = None) -> str:
        """A line of the document, by its number from 1."""
        lines = self._lines.get(cell, [])
        return lines[number - 1] if 1 <= number <= len(lines) else ""

    @cached_property
    def _lines(self) -> dict[int | None, list[str]]:
        return {source.cell: [line.rstrip("\r\n") for line in lines_of(source.text)] for source in self.sources}


@dataclass(frozen=True)
class Report:
    """What was found in one document or in many."""

    files: tuple[FileReport, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(statement for file in self.files for statement in file.statements)

    @property
    def summary(self) -> dict[str, int]:
        """How many entries have which verdict."""
        counts = Counter(statement.verdict for statement in self.statements)
        counts["skipped"] += sum(file.skipped for file in self.files)
        return {verdict: counts[verdict] for verdict in VERDICTS}

    def as_json(self) -> dict[str, Any]:
        """The report as `derive-check/1`."""
        return {
            "schema": SCHEMA,
            "files": [_file_json(file) for file in self.files],
            "summary": self.summary,
        }

    def __str__(self) -> str:
        """What `derive check` prints."""
        policy = import_module("derive.checking.findings").Policy()
        return import_module("derive.checking.formats.full").render(self, policy).removesuffix("\n")

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How IPython shows it in a terminal."""
        printer.text(str(self))

    def _repr_html_(self) -> str:
        """How a notebook shows it."""
        return import_module("derive.checking.formats.html").html(self)  # by name, as formats know reports


def _file_json(file: FileReport) -> dict[str, Any]:
    return {
        "path": file.path,
        "statements": [statement_json(statement) for statement in file.statements],
        "notes": [_present(note) for note in file.notes],
    }


def statement_json(statement: Statement) -> dict[str, Any]:
    found = {entry.name: getattr(statement, entry.name) for entry in fields(statement)}
    del found["left"], found["right"]
    found["assumptions"] = list(statement.assumptions)
    found["span"] = vars(statement.span) if statement.span else None
    found["evidence"] = _evidence_json(statement.evidence) if statement.evidence else None
    found["closed_form"] = _closed_json(statement.closed_form) if statement.closed_form else None
    found["alternatives"] = list(statement.alternatives)
    for key in ("cell", "accepted", "alternatives", "closed_form"):  # only where they say something: few entries do
        if found[key] is None or found[key] == []:
            del found[key]
    return found


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    return {
        "seed": evidence.seed,
        "points": evidence.points,
        "shapes": [dict(sizes) for sizes in evidence.shapes],
        "max_relative_error": bound(evidence.max_relative_error),
        "counterexample": _counterexample_json(evidence.counterexample) if evidence.counterexample else None,
        "judged": [dict(layers) for layers in evidence.judged],
        "not_judged": [dict(layers) for layers in evidence.not_judged],
    }


def _closed_json(found: ClosedForm) -> dict[str, Any]:
    return {"latex": found.latex, "shape": found.shape, "instance": dict(found.instance)}


def _counterexample_json(found: Counterexample) -> dict[str, Any]:
    return vars(found) | {
        "sizes": dict(found.sizes),
        "instance": dict(found.instance),
        "left": number(found.left),
        "right": number(found.right),
    }


def _present(note: Note) -> dict[str, Any]:
    return {name: value for name, value in vars(note).items() if value is not None}


# ---------------------------------------------------------------- numbers


def bound(error: float | None) -> float | None:
    """The power of ten that an error stays below: the error itself differs in its last bits between machines."""
    if error is None or not math.isfinite(error):
        return None
    exponent = SMALLEST_BOUND if error <= 0 else max(SMALLEST_BOUND, math.floor(math.log10(error)) + 1)
    return float(f"1e{exponent}")


def number(value: float) -> float | str:
    """A value to DIGITS significant digits; JSON knows no infinity."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else str(value)
