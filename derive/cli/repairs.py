"""`derive check --fix` and `--diff`: the repairs that a check suggests, written into the documents or printed."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from derive.checking.findings import Policy
from derive.checking.fixes import fixed
from derive.checking.formats.text import place
from derive.checking.report import FileReport, Report
from derive.cli.files import write_all
from derive.cli.terminal import complain, say

Check = Callable[[str, str], FileReport]  # (path, text) -> report
MARK = "\ufeff".encode()  # the byte order mark, which is no part of a text and stays where it was


def repair(report: Report, policy: Policy, check: Check) -> Report:
    """Write the repairs; the report on what the documents are now."""
    files = []
    for file in report.files:
        text, after = _fixed(file, policy, check)
        if text is not None:
            target = Path(file.path).resolve()  # what a link points to is edited, and the link stays
            mark = MARK.decode() if target.read_bytes().startswith(MARK) else ""
            write_all(target.parent, {target.name: mark + text})
            complain(f"derive: note: repaired {file.path}")
        for statement in after.statements:
            if policy.severity(statement) and statement.alternatives:
                rivals = f"{1 + len(statement.alternatives)} repairs are as small; none is written"
                complain(f"derive: note: {place(file.path, statement.line, None, statement.cell)}: {rivals}")
        files.append(after)
    return Report(tuple(files))


def differences(report: Report, policy: Policy, check: Check) -> None:
    """Print what `repair` would change."""
    for file in report.files:
        text, _ = _fixed(file, policy, check)
        if text is not None:
            before, after = file.sources[0].text.splitlines(), text.splitlines()
            names = file.path, file.path, "now", "repaired"
            say("\n".join(difflib.unified_diff(before, after, *names, lineterm="")))


def _fixed(file: FileReport, policy: Policy, check: Check) -> tuple[str | None, FileReport]:
    """(the new text, the report on it); no text where nothing is repaired."""
    if len(file.sources) != 1 or file.sources[0].cell is not None:
        return None, file
    before = file.sources[0].text
    text, after = fixed(
        before, file, lambda text: check(file.path, text), lambda statement: policy.severity(statement) is not None
    )
    return (text, after) if text != before else (None, file)
