"""A report for a notebook: one row for each claim. Every text from the document is escaped."""

from __future__ import annotations

from html import escape

from derive.checking.findings import said
from derive.checking.formats.text import counts, hint, place, visible
from derive.checking.report import FileReport, Report, Statement

COLOURS = {"holds": "#1a7f37", "wrong": "#cf222e", "ill-shaped": "#cf222e"}
OTHER = "#9a6700"


def html(report: Report) -> str:
    rows = [_row(file, claim) for file in report.files for claim in file.statements if claim.kind == "claim"]
    notes = [f"<li>{_text(note.message)}</li>" for file in report.files for note in file.notes]
    head = "<tr><th>place</th><th>equation</th><th>verdict</th><th></th></tr>"
    table = f"<table>{head}{''.join(rows)}</table>" if rows else ""
    closing = f"<ul>{''.join(notes)}</ul>" if notes else ""
    # The classes keep MathJax from running over it: the source is to be seen as it stands.
    opening = '<div class="tex2jax_ignore mathjax_ignore">'
    return f"{opening}<p>{_text(counts(report))}</p>{table}{closing}</div>"


def _row(file: FileReport, statement: Statement) -> str:
    where = place("", statement.line, statement.column, statement.cell).removeprefix(":")
    verdict = f'<b style="color:{COLOURS.get(statement.verdict, OTHER)}">{_text(statement.verdict)}</b>'
    code = f" {_text(statement.code)}" if statement.code else ""
    words = "" if statement.verdict == "holds" else _text(said(statement))
    if known := hint(statement):
        lead, _, formula = known.partition(": " if statement.suggestion else " is ")
        words += f"<br>{_text(lead)}: <code>{_text(formula)}</code>"
    cells = (_text(where), f"<code>{_text(statement.latex)}</code>", verdict + code, words)
    columns = "".join('<td style="text-align:left">' + cell + "</td>" for cell in cells)
    return f"<tr>{columns}</tr>"


def _text(text: str) -> str:
    return escape(visible(" ".join(text.split())))
