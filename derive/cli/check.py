"""`derive check`: documents in, verdicts out. Reads arguments and files, prints a format, and ends with its status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

from derive import __version__
from derive.checking.baseline import without_known
from derive.checking.check import check_document
from derive.checking.document import Document, decoded, read_document, read_text
from derive.checking.findings import ERROR, REVEAL, Policy, reveal
from derive.checking.folders import documents_in
from derive.checking.report import FileReport, Report
from derive.checking.verdicts import REFUTED
from derive.cli.counts import baseline, one_of, policy_and_seed
from derive.cli.errors import UsageError, whole_number
from derive.cli.repairs import STDIN, differences, repair
from derive.cli.settings import fill, project
from derive.cli.terminal import complain, say, watched
from derive.models.text_files import FileError

FORMATS = ("full", "concise", "json", "github", "sarif", "junit")
MOST_JOBS = 64


def run(options: argparse.Namespace) -> int:
    fill(options, project(Path.cwd()))
    named = options.named
    form = one_of(named["format"], options.format or "full", FORMATS)
    level = one_of(named["reveal"], options.reveal or REVEAL[-1], REVEAL)
    policy, seed = policy_and_seed(options)
    jobs = whole_number(named["jobs"], options.jobs or "1", least=1, most=MOST_JOBS)
    known = baseline(options.baseline)
    names = list(_documents(options.files))
    if options.explain is not None:
        return _explain(options, names, form, level, policy, seed)
    if options.explain_parse:
        return _explain_parse(names)
    if level != "repair" and (options.fix or options.diff):
        raise UsageError(f"--reveal {level} hides the repairs that --fix and --diff show")
    if options.fix and STDIN in names:
        raise UsageError("--fix writes into documents, and standard input is none: --diff prints the repairs")
    found = list(_checked(names, seed, jobs))
    report = without_known(Report(tuple(file for file in found if isinstance(file, FileReport))), known)
    for message in found:
        if isinstance(message, str):
            complain(f"derive: error: {message}")

    def again(name: str, text: str) -> FileReport:
        return without_known(Report((check_document(read_document(name, text), seed=seed),)), known).files[0]

    if options.diff:
        differences(report, policy, again)
    else:
        report = repair(report, policy, again) if options.fix else report
        _print(reveal(report, level), policy, form)
    return 2 if len(report.files) < len(found) else policy.status(report)


def _print(report: Report, policy: Policy, form: str) -> None:
    module = import_module(f"derive.checking.formats.{form}")
    settings: dict[str, object] = {}
    if form == "full":
        settings["colour"] = _coloured()
    elif form == "sarif":
        settings["version"] = __version__
    if text := module.render(report, policy, **settings):
        say(text.removesuffix("\n"))
    if form == "github" and (path := os.environ.get("GITHUB_STEP_SUMMARY")):
        _append(Path(path), module.summary(report, policy))


def _coloured() -> bool:
    return watched() and not os.environ.get("NO_COLOR")


def _append(path: Path, text: str) -> None:
    """What GitHub shows on the page of a run."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write to {path}: {error.strerror or error}") from None


# ---------------------------------------------------------------- arguments


def _documents(arguments: Iterable[str]) -> Iterator[str]:
    """The documents in the order of the arguments, those of a folder by name, none twice however it is spelled."""
    seen: set[str] = set()
    for argument in arguments:
        if not argument:
            raise UsageError("the name of a document is empty (see derive check --help)")
        for name in _inside(argument) if argument != STDIN and Path(argument).is_dir() else [argument]:
            place = name if name == STDIN else os.path.abspath(name)
            if place not in seen:
                seen.add(place)
                yield name


def _inside(folder: str) -> list[str]:
    try:
        return documents_in(Path(folder))
    except FileError as error:
        raise UsageError(str(error)) from None


# ---------------------------------------------------------------- documents


def _checked(names: list[str], seed: int, jobs: int) -> Iterator[FileReport | str]:
    """For each document its report, or the message why there is none, in order."""
    if jobs == 1 or len(names) < 2:
        yield from (_one(name, seed) for name in names)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    try:
        with ProcessPoolExecutor(min(jobs, len(names))) as pool:
            yield from pool.map(_one, names, [seed] * len(names))
    except BrokenProcessPool:  # killed from outside, mostly for want of memory
        raise UsageError(f"one of the {jobs} processes was ended by the system; -j 1 needs the least memory") from None


def _one(name: str, seed: int) -> FileReport | str:
    try:
        return check_document(_read(name), seed=seed)
    except FileError as error:
        return str(error)


def _read(name: str) -> Document:
    if name != STDIN:
        return read_document(name, read_text(Path(name)))
    return read_document(name, decoded(STDIN, sys.stdin.buffer.read() if sys.stdin is not None else b""))


def _explain(options: argparse.Namespace, names: list[str], form: str, level: str, policy: Policy, seed: int) -> int:
    """`--explain LINE`: one line of one document."""
    cell, line = _line(options.explain)
    for flag in ("fix", "diff", "explain_parse"):
        if getattr(options, flag):
            raise UsageError(f"--explain prints what leads to a claim; --{flag.replace('_', '-')} is another question")
    if form not in ("full", "json") and options.named["format"] == "--format":  # a project's own choice is for reports
        raise UsageError(f"--explain is printed as full or as json, found --format {form}")
    if len(names) != 1:
        raise UsageError(f"--explain takes one document, found {len(names)}")
    from derive.checking.explained import NoClaim, explain
    from derive.checking.formats import explain as format_

    try:
        document = _read(names[0])
        found = explain(document, line, cell, seed=seed)
    except (FileError, NoClaim) as error:
        raise UsageError(str(error) if isinstance(error, FileError) else f"{document.name}: {error}") from None
    if level != "repair" and any(explained.statement.verdict in REFUTED for explained in found):
        raise UsageError(f"{options.named['reveal']} {level} hides what --explain shows of a claim that does not hold")
    if form == "json":
        say(format_.as_json(document.name, found).removesuffix("\n"))
    else:
        say(format_.render(document.name, found, colour=_coloured()).removesuffix("\n"))
    return int(any(policy.severity(explained.statement) == ERROR for explained in found))


def _line(text: str) -> tuple[int | None, int]:
    """(cell, line) in `12` or, for a notebook, `2:5`."""
    cell, colon, line = text.rpartition(":")
    number = whole_number("--explain", line, least=1)
    return (whole_number("--explain", cell, least=1) if colon else None), number


def _explain_parse(names: Iterable[str]) -> int:
    from derive.checking.formats.parse import render

    status = 0
    for name in names:
        try:
            say(render(_read(name)))
        except FileError as error:
            complain(f"derive: error: {error}")
            status = 2
    return status
