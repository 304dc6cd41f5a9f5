"""`derive check --fix` and `--diff`: the repairs that a check suggests, written into the documents or printed."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from derive.checking.findings import Policy
from derive.checking.fixes import fixed
from derive.checking.formats.text import visible
from derive.checking.report import FileReport, Report
from derive.cli.files import write_all
from derive.cli.terminal import complain, say
from derive.reading.source import lines_of

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
        files.append(after)
    return Report(tuple(files))


def differences(report: Report, policy: Policy, check: Check) -> None:
    """Print what `repair` would change."""
    for file in report.files:
        text, _ = _fixed(file, policy, check)
        if text is not None:
            before, after = _shown(file.sources[0].text), _shown(text)
            names = visible(file.path), visible(file.path), "now", "repaired"
            say("\n".join(difflib.unified_diff(before, after, *names, lineterm="")))


def _shown(text: str) -> list[str]:
    """The lines of a text, with nothing in them that a terminal obeys; tabs stay, so that the diff can be applied."""
    return ["\t".join(map(visible, line.rstrip("\r\n").split("\t"))) for line in lines_of(text)]


def _fixed(file: FileReport, policy: Policy, check: Check) -> tuple[str | None, FileReport]:
    """(the new text, the report on it); no text where nothing is repaired."""
    if len(file.sources) != 1 or file.sources[0].cell is not None:
        return None, file
    before = file.sources[0].text
    text, after = fixed(
        before, file, lambda text: check(file.path, text), lambda statement: policy.severity(statement) is not None
    )
    return (text, after) if text != before else (None, file)
