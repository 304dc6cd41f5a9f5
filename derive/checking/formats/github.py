"""`--format github`: workflow commands that GitHub shows beside the lines, and a table of what exceeds its limit.

GitHub shows at most ten errors and ten warnings of a step; the rest goes to the step summary, so that nothing is lost.
The syntax: docs.github.com, "Workflow commands for GitHub Actions", "Setting an error message".
"""

from __future__ import annotations

from derive.checking.findings import ERROR, WARNING, Policy, said
from derive.checking.formats.text import counts, hint, place, visible
from derive.checking.report import FileReport, Note, Report, Statement

LIMIT = 10  # annotations of each severity that GitHub shows for one step

Finding = tuple[FileReport, Statement, str]


def render(report: Report, policy: Policy) -> str:
    shown, _ = _split(report, policy)
    lines = [_command(*finding) for finding in shown]
    for file in report.files:
        if file.without_verdict:
            lines.append(f"::error file={_property(visible(file.path))}::it makes claims, and none of them was decided")
        lines += [_notice(file, note) for note in file.notes]
    return "\n".join([*lines, counts(report)]) + "\n"


def summary(report: Report, policy: Policy) -> str:
    """What the annotations leave out, as Markdown for the step summary; empty where they leave out nothing."""
    _, left = _split(report, policy)
    if not left:
        return ""
    title = f"{len(left)} more findings of derive check"
    rows = [(_where(*finding), _title(*finding), said(finding[1])) for finding in left]
    table = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    return "\n".join([title, "", "| place | what | why |", "| --- | --- | --- |", *table, ""])


def _split(report: Report, policy: Policy) -> tuple[list[Finding], list[Finding]]:
    """(findings that GitHub shows, those beyond its limit)."""
    found = [(file, *finding) for file in report.files for finding in policy.findings(file)]
    shown = [f for severity in (ERROR, WARNING) for f in [f for f in found if f[2] == severity][:LIMIT]]
    kept = {id(f) for f in shown}
    return [f for f in found if id(f) in kept], [f for f in found if id(f) not in kept]


def _command(file: FileReport, statement: Statement, severity: str) -> str:
    here = statement.place
    where = {"file": file.path}
    if statement.cell is None:  # a cell's lines are not those of the notebook's file
        where |= {"line": str(here.line), "endLine": str(here.end_line), "col": str(here.column)}
        if here.end_line == here.line:  # ignored by GitHub where the lines differ
            where["endColumn"] = str(here.end_column)
    where["title"] = _title(file, statement, severity)
    message = said(statement) if statement.cell is None else f"{_where(file, statement, severity)}: {said(statement)}"
    help_ = f"\n{visible(hint(statement))}" if hint(statement) else ""
    properties = ",".join(f"{key}={_property(visible(value))}" for key, value in where.items())
    return f"::{severity} {properties}::{_data(visible(message) + help_)}"


def _notice(file: FileReport, note: Note) -> str:
    line = f",line={note.line}" if note.line is not None and note.cell is None else ""
    return f"::notice file={_property(visible(file.path))}{line}::{_data(visible(note.message))}"


def _title(file: FileReport, statement: Statement, severity: str) -> str:
    return f"{statement.code}: {statement.verdict}" if statement.code else statement.verdict


def _where(file: FileReport, statement: Statement, severity: str) -> str:
    return place(file.path, statement.place.line, statement.place.column, statement.cell)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    """Text in a cell of a Markdown table, as it stands."""
    text = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-!|$~@" else sign for sign in text)
