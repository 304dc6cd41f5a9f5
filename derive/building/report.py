"""What a build did, as values: for people in 80 columns, and for machines as `derive-build/1`."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from derive.building.work import FALSE, UNUSABLE, Verdict
from derive.checking.formats.text import visible
from derive.checking.report import VERDICTS

SCHEMA = "derive-build/1"
STATUSES = ("built", "current", "stale", "failed")
WIDTH, INDENT = 80, 9


@dataclass(frozen=True)
class File:
    """A file of an artifact.

    Args:
        state: "written", "current", "missing" or "differs"; the last two where nothing is to be written.
        line: the first one that differs, from 1.
    """

    path: str
    state: str
    line: int | None = None


@dataclass(frozen=True)
class Explainer:
    """What became of an artifact: its status is one of STATUSES; where it failed, `fault` and `message` say why."""

    title: str
    model: str
    status: str
    files: tuple[File, ...] = ()
    fault: str = ""
    message: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Note:
    """A document, and what is known of it."""

    path: str
    verdict: Verdict


@dataclass(frozen=True)
class Report:
    """A build. `orphans` are files of earlier builds that nothing lists now."""

    check: bool = False
    artifacts: tuple[Explainer, ...] = ()
    notes: tuple[Note, ...] = ()
    orphans: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """The exit status: 2 where something could not be made or read, 1 where something is false or out of date."""
        faults = [artifact.fault for artifact in self.artifacts] + [note.verdict.fault for note in self.notes]
        if UNUSABLE in faults:
            return 2
        return int(FALSE in faults or any(artifact.status == "stale" for artifact in self.artifacts))

    @property
    def counts(self) -> dict[str, int]:
        """How many artifacts have which status."""
        found = Counter(artifact.status for artifact in self.artifacts)
        return {status: found[status] for status in STATUSES}

    @property
    def verdicts(self) -> dict[str, int]:
        """How many statements of the documents have which verdict."""
        found: Counter[str] = Counter()
        for note in self.notes:
            found.update(note.verdict.counts)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @property
    def failed(self) -> int:
        """How many documents have something wrong in them, or cannot be read."""
        return sum(note.verdict.fault != "" for note in self.notes)

    def as_json(self) -> dict[str, Any]:
        """The report as `derive-build/1`."""
        return {
            "schema": SCHEMA,
            "check": self.check,
            "artifacts": [_artifact_json(artifact) for artifact in self.artifacts],
            "notes": [_note_json(note) for note in self.notes],
            "orphans": list(self.orphans),
            "summary": {
                **self.counts,
                "notes": {"passed": len(self.notes) - self.failed, "failed": self.failed, **self.verdicts},
                "exit_status": self.status,
            },
        }

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def _artifact_json(artifact: Explainer) -> dict[str, Any]:
    data = asdict(artifact)
    return {
        "artifact": data.pop("title"),
        **data,
        "files": [{name: value for name, value in file.items() if value is not None} for file in data["files"]],
    }


def _note_json(note: Note) -> dict[str, Any]:
    verdict = note.verdict
    return {
        "path": note.path,
        "status": "failed" if verdict.fault else "passed",
        "fault": verdict.fault,
        "message": verdict.message,
        "summary": {name: verdict.counts.get(name, 0) for name in VERDICTS},
        "findings": [asdict(finding) for finding in verdict.findings],
    }


# ---------------------------------------------------------------- for people


def _lines(report: Report) -> Iterator[str]:
    for artifact in report.artifacts:
        yield from _artifact(artifact)
    for note in report.notes:
        yield from _note(note)
    for path in report.orphans:
        yield from _line("orphan", f"{path}: an earlier build wrote it, and nothing lists it now")
    if report.artifacts:
        yield f"{_count(report.artifacts, 'artifact')}: {_parts(report.counts)}"
    if report.notes:
        passed = {"passed": len(report.notes) - report.failed, "failed": report.failed}
        of = _parts(report.verdicts, "{0}: {1}") or "no statements"
        yield from textwrap.wrap(f"{_count(report.notes, 'note')}: {_parts(passed)} ({of})", WIDTH)
    if any(artifact.status == "stale" for artifact in report.artifacts):
        yield "derive build brings them up to date"


def _artifact(artifact: Explainer) -> Iterator[str]:
    for note in artifact.notes:
        yield from _line("note", f"{artifact.title}: {note}")
    if artifact.status == "failed":
        first, *rest = artifact.message.splitlines() or [""]
        yield from _line("failed", f"{artifact.title}: {first}")
        for line in filter(None, rest):  # a table is set for this width already
            yield from [visible(line)] if len(line) <= WIDTH else _wrapped(line, " " * INDENT)
    for file in artifact.files:
        if file.state == "written":
            yield from _line("wrote", file.path)
        elif file.state == "missing":
            yield from _line("missing", file.path)
        elif file.state == "differs":
            yield from _line("stale", file.path + (f": differs from line {file.line} on" if file.line else ""))


def _note(note: Note) -> Iterator[str]:
    verdict = note.verdict
    for finding in verdict.findings:
        code = f"{finding.code} " if finding.code else ""
        yield from _wrapped(f"{finding.place}: {code}{finding.severity}: {finding.message}", "    ")
        if finding.help:
            yield from _wrapped(f"    = help: {finding.help}", "      ")
    if verdict.fault:
        yield from _line("failed", verdict.message if verdict.fault == UNUSABLE else _why(note))


def _why(note: Note) -> str:
    return f"{note.path}: {note.verdict.message}" if note.verdict.message else note.path


def _line(word: str, text: str) -> Iterator[str]:
    yield from _wrapped(f"{word:<{INDENT - 1}} {text}", " " * INDENT)


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """Lines of 80 columns, but for words that are longer."""
    settings = {"subsequent_indent": indent, "break_long_words": False, "break_on_hyphens": False}
    yield from textwrap.wrap(visible(text), WIDTH, drop_whitespace=True, **settings)


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'s' if len(things) != 1 else ''}"


def _parts(counts: dict[str, int], form: str = "{1} {0}") -> str:
    return ", ".join(form.format(name, number) for name, number in counts.items() if number)
