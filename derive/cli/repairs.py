"""`derive check --fix` and `--diff`: the repairs that a check suggests, written into the documents or printed."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable
from pathlib import Path

from derive.checking.findings import Policy
from derive.checking.fixes import fixed
from derive.checking.formats.text import place, visible
from derive.checking.report import FileReport, Report
from derive.cli.files import write_all
from derive.cli.terminal import complain, say

STDIN = "-"
Check = Callable[[str, str], FileReport]  # (path, text) -> report
MARK = "\ufeff".encode()  # the byte order mark, which is no part of a text and stays where it was


def repair(report: Report, policy: Policy, check: Check) -> Report:
    """Write the repairs; the report on what the documents are now."""
    files = []
    for file in report.files:
        text, after = _fixed(file, policy, check)
        if text is not None:
            target = Path(file.path).resolve()  # what a link points to is edited, and the link stays
            write_all(target.parent, {target.name: (_mark(target) + text).encode()})
            complain(f"derive: note: repaired {file.path}")
        for statement in after.statements:
            if policy.severity(statement) and statement.alternatives:
                rivals = f"{1 + len(statement.alternatives)} repairs are as small; none is written"
                complain(f"derive: note: {place(file.path, statement.line, None, statement.cell)}: {rivals}")
        files.append(after)
    return Report(tuple(files))


def differences(report: Report, policy: Policy, check: Check) -> None:
    """Print what `repair` would change, as a patch that `git apply` and `patch -p1` take."""
    for file in report.files:
        text, _ = _fixed(file, policy, check)
        if text is not None:
            mark = _mark(Path(file.path)) if file.path != STDIN else ""
            before, after = (_lines(mark + each) for each in (file.sources[0].text, text))
            names = (f"{side}/{file.path}" if not Path(file.path).is_absolute() else file.path for side in "ab")
            names = map(visible, names)
            for line in difflib.unified_diff(before, after, *names, "now", "repaired"):
                end = "" if line.endswith("\n") else "\n\\ No newline at end of file"
                say(_shown(line.removesuffix("\n")) + end)


def _lines(text: str) -> list[str]:
    """The lines with their ends, as patches count them: by line feeds alone."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _mark(path: Path) -> str:
    """The byte order mark of a document, which is no part of its text."""
    with path.open("rb") as file:
        return MARK.decode() if file.read(len(MARK)) == MARK else ""


def _shown(line: str) -> str:
    """A line of a patch as it is; on a terminal, with nothing in it that a terminal obeys."""
    if not sys.stdout.isatty():
        return line
    end = "\r" if line.endswith("\r") else ""
    return "\t".join(map(visible, line.removesuffix("\r").split("\t"))) + end
def _fixed(file: FileReport, policy: Policy, check: Check) -> tuple[str | None, FileReport]:
    """(the new text, the report on it); no text where nothing is repaired."""
    if len(file.sources) != 1 or file.sources[0].cell is not None:
        if any(policy.severity(statement) and statement.suggestion for statement in file.statements):
            complain(f"derive: note: {visible(file.path)}: the repairs of a notebook are shown, and not written")
        return None, file
    before = file.sources[0].text
    text, after = fixed(
        before, file, lambda text: check(file.path, text), lambda statement: policy.severity(statement) is not None
    )
    return (text, after) if text != before else (None, file)
