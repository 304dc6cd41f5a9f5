"""`derive build`: what a project lists, brought up to date and checked. Reads the settings, writes files, reports."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from derive.building.manifest import FILE, Manifest, read_manifest
from derive.building.paths import STORE
from derive.building.plan import Artifact, Plan, PlanError, read_plan
from derive.building.report import Report
from derive.building.run import Progress, WriteError, build
from derive.building.work import Rules
from derive.checking.findings import REVEAL
from derive.cli.counts import baseline, one_of, policy_and_seed
from derive.cli.errors import UsageError, whole_number
from derive.cli.files import write_all
from derive.cli.settings import BUILD, FILES, KEYS, Project, fill, project
from derive.cli.terminal import console, say, watched
from derive.models.options import did_you_mean

MOST_JOBS = 64
PREFIX = ".derive-build-"  # of files that are not complete yet; only a build, which holds the lock, has such
LOCK, IGNORED = "build.lock", ".gitignore"


def run(options: argparse.Namespace) -> int:
    found = project(Path.cwd())
    if found is None or BUILD not in found.table:
        where = f"{found.path.name} has no {found.title(BUILD)}" if found else f"no {' or '.join(FILES)} has settings"
        raise UsageError(f"{where}: nothing says what to build; derive init writes an example")
    settings = argparse.Namespace(**{**dict.fromkeys(KEYS), "jobs": options.jobs})
    fill(settings, found)
    rules = _rules(settings)
    jobs = _cores()
    if settings.jobs is not None:
        jobs = whole_number(settings.named["jobs"], settings.jobs, least=1, most=MOST_JOBS)
    with contextlib.chdir(found.path.parent):
        plan = _plan(found)
        titles = [artifact.title for name in options.names for artifact in _called(name, plan.artifacts)]
        with _shown(options) as progress:
            how = {"jobs": jobs, "names": titles, "progress": progress}
            report = _checked(plan, rules, how) if options.check else _built(plan, rules, how)
    say(json.dumps(report.as_json(), indent=1) if options.json else str(report))
    return report.status


def _rules(settings: argparse.Namespace) -> Rules:
    policy, seed = policy_and_seed(settings)
    level = one_of(settings.named["reveal"], settings.reveal or REVEAL[-1], REVEAL)
    return Rules(policy, seed, level, baseline(settings.baseline))


def _cores() -> int:
    """The cores that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, MOST_JOBS)


def _plan(found: Project) -> Plan:
    try:
        return read_plan(found.table[BUILD])
    except PlanError as error:
        title = found.title(BUILD)
        here = f"artifact {error.at[1] + 1} of {title}" if error.at[:1] == ("artifacts",) and error.at[1:] else title
        raise found.fault(f"{here}: {error}", BUILD, *error.at) from None


def _called(name: str, artifacts: Sequence[Artifact]) -> list[Artifact]:
    """The artifacts of this name, which may have the folder in front."""
    found = [artifact for artifact in artifacts if name in (artifact.name, artifact.title)]
    if not found:
        known = [artifact.title for artifact in artifacts]
        hint = did_you_mean(name, [*known, *(artifact.name for artifact in artifacts)])
        raise UsageError(f"no artifact is called {name!r}; there are {', '.join(known) or 'none'}{hint}")
    return found


@contextlib.contextmanager
def _shown(options: argparse.Namespace) -> Iterator[Progress | None]:
    """A progress bar where a person watches."""
    if options.json or not watched(error=True):
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn("building"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        task = bar.add_task("building", total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


# ---------------------------------------------------------------- what is written


def _checked(plan: Plan, rules: Rules, how: dict) -> Report:
    return build(plan, rules, read_manifest(), storage=None, **how)


def _built(plan: Plan, rules: Rules, how: dict) -> Report:
    with _alone():
        manifest = read_manifest()
        _sweep(plan, manifest)
        try:
            return build(plan, rules, manifest, storage=_Storage(), **how)
        except WriteError as error:
            raise UsageError(str(error)) from None


class _Storage:
    """The files of the project, written whole or not at all."""

    def write(self, folder: str, files: Mapping[str, bytes]) -> None:
        try:
            write_all(Path(folder), files, prefix=PREFIX)
        except UsageError as error:
            raise WriteError(str(error)) from None

    def keep(self, manifest: Manifest) -> None:
        self.write(STORE, {FILE: manifest.as_bytes()})


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """The lock of the project. The system takes it from a process that ends, however it ends."""
    from filelock import FileLock, Timeout

    folder = Path(STORE)
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{STORE} is the folder of derive build, and something else is called so; move it away")
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        folder.mkdir(exist_ok=True)
        lock.acquire()
    except Timeout:
        raise UsageError("another derive build is at work here; wait until it has ended") from None
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror or error}") from None
    try:
        if not Path(folder, IGNORED).exists():
            write_all(folder, {IGNORED: b"*\n"}, prefix=PREFIX)  # what is in the folder is true of this copy alone
        yield
    finally:
        lock.release()


def _sweep(plan: Plan, manifest: Manifest) -> None:
    """Remove what a build that was killed has left half written. Raises UsageError."""
    files = {*manifest.written, *(file for artifact in plan.artifacts for file in artifact.files)}
    for folder in sorted({Path(STORE), *(Path(file).parent for file in files)}):
        try:
            for left in sorted(folder.glob(f"{PREFIX}*")) if folder.is_dir() else []:
                if left.is_file() and not left.is_symlink():
                    left.unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(f"cannot remove what an earlier build left in {folder}: {error.strerror}") from None
