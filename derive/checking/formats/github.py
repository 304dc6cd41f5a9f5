"""`--format github`: workflow commands that GitHub shows beside the lines, and a table of what exceeds its limit.

GitHub shows at most ten errors, ten warnings and ten notices of a step; the rest goes to the step summary, so that
nothing is lost.
The syntax: docs.github.com, "Workflow commands for GitHub Actions", "Setting an error message".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from derive.checking.findings import ERROR, WARNING, Policy, said
from derive.checking.formats.text import counts, hint, place, visible
from derive.checking.report import FileReport, Note, Report, Statement

LIMIT = 10  # annotations of each level that GitHub shows for one step
LARGEST_SUMMARY = 1_000_000  # bytes of its table: GitHub drops a summary of more than a mebibyte
NOTICE = "notice"
UNDECIDED = "it makes claims, and none of them was decided"


@dataclass(frozen=True)
class Annotation:
    """One workflow command, and the same as a row of the step summary."""

    level: str
    properties: tuple[tuple[str, str], ...]
    message: str
    where: str
    title: str
    why: str

    @property
    def command(self) -> str:
        properties = ",".join(f"{key}={_property(visible(value))}" for key, value in self.properties)
        return f"::{self.level} {properties}::{_data(self.message)}"


def render(report: Report, policy: Policy) -> str:
    shown, _ = _split(report, policy)
    return "\n".join([*(annotation.command for annotation in shown), counts(report)]) + "\n"


def summary(report: Report, policy: Policy) -> str:
    """What the annotations leave out, as Markdown for the step summary; empty where they leave out nothing."""
    _, left = _split(report, policy)
    if not left:
        return ""
    title = f"{len(left)} more finding{'s' if len(left) > 1 else ''} of derive check"
    rows = [f"| {' | '.join(map(_cell, (each.where, each.title, each.why)))} |" for each in left]
    sizes = itertools.accumulate(len(row.encode(errors="replace")) + 1 for row in rows)
    table = [row for row, size in zip(rows, sizes, strict=True) if size <= LARGEST_SUMMARY]
    more = [f"| | | and {len(rows) - len(table)} more |"] if len(table) < len(rows) else []
    return "\n".join([title, "", "| place | what | why |", "| --- | --- | --- |", *table, *more, ""])


def _split(report: Report, policy: Policy) -> tuple[list[Annotation], list[Annotation]]:
    """(annotations that GitHub shows, those beyond its limit)."""
    found = [each for file in report.files for each in _annotations(file, policy)]
    shown = [each for level in (ERROR, WARNING, NOTICE) for each in [a for a in found if a.level == level][:LIMIT]]
    kept = {id(each) for each in shown}
    return [each for each in found if id(each) in kept], [each for each in found if id(each) not in kept]


def _annotations(file: FileReport, policy: Policy) -> Iterator[Annotation]:
    for statement, severity in policy.findings(file):
        yield _finding(file, statement, severity)
    if file.without_verdict:
        yield Annotation(ERROR, (("file", file.path),), UNDECIDED, visible(file.path), "undecided", UNDECIDED)
    for note in file.notes:
        yield _notice(file, note)


def _finding(file: FileReport, statement: Statement, severity: str) -> Annotation:
    here = statement.place
    where = place(file.path, here.line, here.column, statement.cell)
    properties = {"file": file.path}
    if statement.cell is None:  # a cell's lines are not those of the notebook's file
        properties |= {"line": str(here.line), "endLine": str(here.end_line), "col": str(here.column)}
        if here.end_line == here.line:  # ignored by GitHub where the lines differ
            properties["endColumn"] = str(here.end_column)
    title = f"{statement.code}: {statement.verdict}" if statement.code else statement.verdict
    properties["title"] = title
    message = visible(said(statement) if statement.cell is None else f"{where}: {said(statement)}")
    help_ = f"\n{visible(hint(statement))}" if hint(statement) else ""
    return Annotation(severity, tuple(properties.items()), message + help_, where, title, said(statement))


def _notice(file: FileReport, note: Note) -> Annotation:
    properties = [("file", file.path)]
    if note.line is not None and note.cell is None:
        properties.append(("line", str(note.line)))
    where = place(file.path, note.line, note.column, note.cell)
    return Annotation(NOTICE, tuple(properties), visible(note.message), where, note.code or "note", note.message)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    """Text in a cell of a Markdown table, as it stands."""
    text = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-!|$~@" else sign for sign in text)
