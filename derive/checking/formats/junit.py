"""`--format junit`: the XML that CI servers read. One suite for each document, one case for each claim."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from derive.checking.findings import ERROR, Policy, said
from derive.checking.formats.text import hint, place, visible
from derive.checking.report import OPEN, FileReport, Report, Statement


def render(report: Report, policy: Policy) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="derive check">']
    for file in report.files:
        cases = list(_cases(file, policy))
        numbers = f'tests="{len(cases)}"' + "".join(
            f' {attribute}="{sum(f"<{element} " in case for case in cases)}"'
            for attribute, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
        )
        lines += [f" <testsuite name={_attribute(file.path)} {numbers}>", *cases, " </testsuite>"]
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _cases(file: FileReport, policy: Policy) -> Iterator[str]:
    for statement in file.statements:
        if statement.kind == "claim":
            yield _case(file, f"{_where(statement)} {statement.latex}", _outcome(file, statement, policy))
    if file.without_verdict:
        words = "it makes claims, and none of them was decided"
        yield _case(file, "claims decided", f'   <error type="undecided" message="{words}"/>')


def _where(statement: Statement) -> str:
    cell = f"cell {statement.cell}:" if statement.cell is not None else ""
    return f"{cell}{statement.line}:{statement.column}"


def _case(file: FileReport, name: str, outcome: str) -> str:
    head = f"  <testcase classname={_attribute(file.path)} name={_attribute(' '.join(name.split()))}"
    return f"{head}>\n{outcome}\n  </testcase>" if outcome else f"{head}/>"


def _outcome(file: FileReport, statement: Statement, policy: Policy) -> str:
    message = _attribute(f"{statement.verdict}: {said(statement)}")
    if policy.severity(statement) == ERROR:
        kind = _attribute(statement.code or statement.verdict)
        here = place(file.path, statement.place.line, statement.place.column, statement.cell)
        details = [here, said(statement), *filter(None, [hint(statement)])]
        return f"   <failure type={kind} message={message}>{escape(chr(10).join(map(visible, details)))}</failure>"
    if statement.accepted is not None:
        return f"   <skipped message={_attribute(f'accepted: {statement.accepted}')}/>"
    return f"   <skipped message={message}/>" if statement.verdict in OPEN else ""


def _attribute(text: str) -> str:
    # XML 1.0 has no way to write most control characters: they are named, not escaped.
    return quoteattr(visible(text))
