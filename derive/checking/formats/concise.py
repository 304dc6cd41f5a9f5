"""`--format concise`: one line for each finding, as compilers print them."""

from __future__ import annotations

from derive.checking.findings import Policy, said
from derive.checking.formats.text import counts, place, visible
from derive.checking.report import FileReport, Note, Report


def render(report: Report, policy: Policy) -> str:
    lines = [line for file in report.files for line in _file(file, policy)]
    return "\n".join([*lines, counts(report)]) + "\n"


def _file(file: FileReport, policy: Policy):
    for statement, severity in policy.findings(file):
        here = place(file.path, statement.place.line, statement.place.column, statement.cell)
        code = f"{statement.code} " if statement.code else ""
        yield f"{here}: {code}{severity}: {statement.verdict}: {visible(said(statement))}"
    for note in file.notes:
        yield note_line(file.path, note)


def note_line(path: str, note: Note) -> str:
    """A note about a file on one line."""
    here = place(path, note.line, note.column, note.cell)
    return f"{here}: {f'{note.code} ' if note.code else ''}note: {visible(note.message)}"
