"""A build from its plan to its report: what is proved to be current is left alone, the rest is made and compared.

Nothing is written here: a build that may write is handed a `Storage` that does, and one that checks is handed none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from derive.building import digests
from derive.building.manifest import Judged, Made, Manifest
from derive.building.plan import Artifact, Plan
from derive.building.pool import carry_out
from derive.building.report import Explainer, File, Note, Report
from derive.building.work import UNUSABLE, Outcome, Rules, Verdict, judge, make

PAUSE = 1.0  # seconds between two manifests, so that many small notes are not many large files
ENDED = "its process was ended by the system; derive build -j 1 needs the least memory"


class WriteError(Exception):
    """A file cannot be written. The message says why."""


class Storage(Protocol):
    """What may write. Both put files in their places whole or not at all."""

    def write(self, folder: str, files: Mapping[str, bytes]) -> None:
        """Raises WriteError."""

    def keep(self, manifest: Manifest) -> None:
        """Raises WriteError."""


Progress = Callable[[int, int], None]  # how many are done, of how many


def build(
    plan: Plan,
    rules: Rules,
    manifest: Manifest,
    *,
    storage: Storage | None,
    jobs: int = 1,
    names: Collection[str] = (),
    progress: Progress | None = None,
) -> Report:
    """Bring a project up to date, or, without a storage, say what is not.

    Args:
        manifest: of the last build.
        names: titles of the artifacts that are meant; then documents are not checked. None means everything.

    Raises:
        WriteError: the manifest cannot be kept.
    """
    run = _Run(plan, rules, manifest, storage)
    chosen = [artifact for artifact in plan.artifacts if not names or artifact.title in names]
    notes = plan.notes if not names else ()
    work: dict[tuple[str, str], partial] = {}
    for artifact in chosen:
        if not run.is_current(artifact):
            work["artifact", artifact.title] = partial(make, artifact, storage is not None)
    for path in notes:
        if not run.is_judged(path):
            work["note", path] = partial(judge, path, rules)
    if work or run.manifest != manifest:
        run.keep()
    if progress and work:
        progress(0, len(work))
    try:
        for done, ((kind, name), result) in enumerate(carry_out(work, jobs), 1):
            if kind == "artifact":
                run.made(name, result or Outcome(fault=UNUSABLE, message=ENDED))
            else:
                run.found(name, result or Verdict(fault=UNUSABLE, message=f"{name}: {ENDED}"))
            if progress:
                progress(done, len(work))
    finally:
        run.keep()
    return Report(
        check=storage is None,
        artifacts=tuple(run.artifacts[artifact.title] for artifact in chosen),
        notes=tuple(Note(path, run.verdicts[path]) for path in notes),
        orphans=run.orphans(),
    )


class _Run:
    """A build while it goes on: what is known of each artifact and document so far."""

    def __init__(self, plan: Plan, rules: Rules, manifest: Manifest, storage: Storage | None):
        self.storage, self.before = storage, manifest
        self.planned = {artifact.title: artifact for artifact in plan.artifacts}
        files = {file for artifact in plan.artifacts for file in artifact.files}
        # Before anything is written: what a build is about to write is known even where it is killed in between.
        self.manifest = Manifest(
            {title: made for title, made in manifest.artifacts.items() if title in self.planned},
            {path: judged for path, judged in manifest.notes.items() if path in plan.notes},
            frozenset(files | {path for path in manifest.written if Path(path).is_file()}),
        )
        self.kept: tuple[Manifest, float] = (manifest, float("-inf"))
        derive = digests.of_derive()
        # Taken before anything is read to be made: what changes meanwhile is out of date next time.
        self.inputs = {title: digests.of_artifact(artifact, derive) for title, artifact in self.planned.items()}
        self.judged = {path: digests.of_note(path, rules.as_plain(), derive) for path in plan.notes}
        self.artifacts: dict[str, Explainer] = {}
        self.verdicts: dict[str, Verdict] = {}

    def is_current(self, artifact: Artifact) -> bool:
        """Whether the manifest proves that the files are what would be made."""
        made = self.before.artifacts.get(artifact.title)
        if made is None or made.inputs != self.inputs[artifact.title] or set(made.files) != set(artifact.files):
            return False
        if any(digests.of_file(path) != digest for path, digest in made.files.items()):
            return False
        files = tuple(File(path, "current") for path in artifact.files)
        self.artifacts[artifact.title] = Explainer(artifact.title, artifact.model, "current", files)
        return True

    def is_judged(self, path: str) -> bool:
        """Whether the manifest knows the verdict on this very text."""
        judged = self.before.notes.get(path)
        if judged is None or judged.inputs != self.judged[path]:
            return False
        try:
            self.verdicts[path] = Verdict.from_plain(judged.verdict)
        except (TypeError, KeyError):
            return False
        return True

    def made(self, title: str, outcome: Outcome) -> None:
        artifact = self.planned[title]
        report = Explainer(title, artifact.model, "failed", (), outcome.fault, outcome.message, outcome.notes)
        if not outcome.fault:
            report = self._placed(artifact, outcome, report)
        self.artifacts[title] = report
        if report.status in ("built", "current"):
            contents = {str(Path(artifact.folder, name)): content for name, content in outcome.files.items()}
            entry = Made(self.inputs[title], {path: digests.of_bytes(each) for path, each in contents.items()})
            self.manifest = replace(self.manifest, artifacts={**self.manifest.artifacts, title: entry})
            self._keep_now_and_then()

    def _placed(self, artifact: Artifact, outcome: Outcome, report: Explainer) -> Explainer:
        """The report with its files compared, and, where that is allowed, written."""
        files = [compared(str(Path(artifact.folder, name)), content) for name, content in outcome.files.items()]
        differing = {
            name: content
            for (name, content), file in zip(outcome.files.items(), files, strict=True)
            if file.state != "current"
        }
        if not differing:
            return replace(report, status="current", files=tuple(files))
        if self.storage is None:
            return replace(report, status="stale", files=tuple(files))
        try:
            self.storage.write(artifact.folder, differing)
        except WriteError as error:
            return replace(report, fault=UNUSABLE, message=str(error))
        written = (file if file.state == "current" else File(file.path, "written") for file in files)
        return replace(report, status="built", files=tuple(written))

    def found(self, path: str, verdict: Verdict) -> None:
        self.verdicts[path] = verdict
        if verdict.fault != UNUSABLE:
            entry = Judged(self.judged[path], verdict.as_plain())
            self.manifest = replace(self.manifest, notes={**self.manifest.notes, path: entry})
            self._keep_now_and_then()

    def orphans(self) -> tuple[str, ...]:
        planned = {file for artifact in self.planned.values() for file in artifact.files}
        return tuple(sorted(path for path in self.manifest.written - planned if Path(path).is_file()))

    def _keep_now_and_then(self) -> None:
        if time.monotonic() - self.kept[1] > PAUSE:
            self.keep()

    def keep(self) -> None:
        """Keep the manifest where that is allowed, and where it says anything new."""
        if self.storage is not None and self.manifest != self.kept[0]:
            self.storage.keep(self.manifest)
            self.kept = (self.manifest, time.monotonic())


def compared(path: str, content: bytes | None) -> File:
    """A file as it is beside what it should be; None for what it is not, whatever that would be."""
    try:
        there = Path(path).read_bytes()
    except FileNotFoundError:
        return File(path, "missing")
    except OSError:  # a folder, or not to be read: nothing that this build has written
        return File(path, "differs")
    if content is None:
        return File(path, "differs")
    if there == content:
        return File(path, "current")
    pairs = zip(there.split(b"\n"), content.split(b"\n"), strict=False)
    shared = next((number for number, (old, new) in enumerate(pairs, 1) if old != new), None)
    return File(path, "differs", shared or min(there.count(b"\n"), content.count(b"\n")) + 1)
