"""What of a report asks for attention, and the exit status that follows: one policy for every format and front end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.checking.report import OPEN, FileReport, Report, Statement
from derive.checking.verdicts import REFUTED

ERROR, WARNING = "error", "warning"
# What is said of a verdict that comes without words of its own.
PLAIN = {
    "wrong": "the two sides are not equal",
    "ill-shaped": "the shapes do not conform",
    "ambiguous": "true under one reading, false under another",
    "undecided": "whether this is true was not determined",
    "unread": "this is not understood",
}
REVEAL = ("place", "reason", "repair")


@dataclass(frozen=True)
class Policy:
    """Which verdicts count.

    Args:
        strict: whether what is open (ambiguous, undecided, unread) fails as well.
        select, ignore: prefixes of codes; where both match, `ignore` wins. No `select` means all.
    """

    strict: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def severity(self, statement: Statement) -> str | None:
        """`error`, `warning`, or None for what needs no attention."""
        if statement.accepted is not None or not self._chosen(statement.code or ""):
            return None
        if statement.verdict in REFUTED:
            return ERROR
        if statement.verdict in OPEN:
            return ERROR if self.strict else WARNING
        return None

    def _chosen(self, code: str) -> bool:
        return (not self.select or code.startswith(self.select)) and not (self.ignore and code.startswith(self.ignore))

    def findings(self, file: FileReport) -> Iterator[tuple[Statement, str]]:
        """The statements of a file that need attention, each with its severity."""
        for statement in file.statements:
            if severity := self.severity(statement):
                yield statement, severity

    def status(self, report: Report) -> int:
        """The exit status: 1 where a finding is an error, or a file's claims were all left undecided."""
        failed = any(
            file.without_verdict or any(severity == ERROR for _, severity in self.findings(file))
            for file in report.files
        )
        return int(failed)


def said(statement: Statement) -> str:
    """The message of a finding, or the plain words for its verdict."""
    return statement.message or PLAIN.get(statement.verdict, "")


def reveal(report: Report, level: str) -> Report:
    """The report as a learner is to see it: `place` says where, `reason` also why, `repair` everything."""
    if level == "repair":
        return report
    return replace(report, files=tuple(_revealed(file, level) for file in report.files))


def _revealed(file: FileReport, level: str) -> FileReport:
    return replace(file, statements=tuple(_hidden(s, level) if s.verdict in REFUTED else s for s in file.statements))


def _hidden(statement: Statement, level: str) -> Statement:
    evidence = statement.evidence and replace(statement.evidence, counterexample=None)
    statement = replace(statement, suggestion=None, alternatives=(), closed_form=None, evidence=evidence)
    # A code names the mistake, so that it is part of the reason.
    return statement if level == "reason" else replace(statement, code=None, message="")
