"""What every document has to end in, however broken or hostile: a report that is whole, or one clear message."""

from __future__ import annotations

import json
import re
import time
import traceback
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np

from derive.checking.check import check_document
from derive.checking.codes import CODES
from derive.checking.document import Document, decoded, read_document
from derive.checking.findings import Policy
from derive.checking.formats import concise, full, github, html, junit, parse, sarif
from derive.checking.formats import json as json_format
from derive.checking.judge import judge
from derive.checking.readings import readings
from derive.checking.report import VERDICTS, FileReport, Region, Report
from derive.models.text_files import FileError
from derive.reading.source import lines_of
from tests.reading.hostile import Input

KINDS = ("declaration", "definition", "claim")
OURS = "derive itself failed"  # how a fault of derive is reported, instead of a traceback


@dataclass
class Examined:
    """What a document came to. `slowest` is the CPU time of its slowest statement, in seconds."""

    faults: list[str] = field(default_factory=list)
    verdicts: Counter = field(default_factory=Counter)
    refused: str = ""
    reading: float = 0.0
    slowest: float = 0.0


def examine(given: Input, *, thorough: bool = False) -> Examined:
    """Check a document, and check what was said of it.

    Args:
        thorough: print it in every format as well, and check it twice.
    """
    found = Examined()
    try:
        _examine(given, found, thorough)
    except FileError as error:
        found.refused = str(error)
        if OURS in str(error):
            found.faults.append(_traced(error.__cause__ or error))
    except Exception as error:
        found.faults.append(_traced(error))
    return found


def _examine(given: Input, found: Examined, thorough: bool) -> None:
    text = decoded(given.name, given.content) if isinstance(given.content, bytes) else given.content
    start = time.process_time()
    document = read_document(given.name, text)
    found.reading = time.process_time() - start
    with np.errstate(all="ignore"):
        for _, reading in readings(document.theory):
            if reading.kind == "claim":  # the report takes over what is said here
                start = time.process_time()
                judge(document.theory, reading.link)
                found.slowest = max(found.slowest, time.process_time() - start)
    report = check_document(document)
    found.verdicts.update((statement.verdict, statement.code) for statement in report.statements)
    found.faults += _incomplete(report)
    if thorough:
        found.faults += _badly_printed(document, report)
        again = check_document(read_document(given.name, text))
        if Report((again,)).as_json() != Report((report,)).as_json():
            found.faults.append("the same input gave another report")


def _traced(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/derive/" in frame.filename]
    where = f"{frames[-1].filename.rpartition('/derive/')[2]}:{frames[-1].lineno}: " if frames else ""
    return f"{where}{type(error).__name__}: {error}"[:300]


# ---------------------------------------------------------------- the report


def _incomplete(report: FileReport) -> Iterator[str]:
    """What is not as the contract has it."""
    for statement in report.statements:
        here = f"line {statement.line}"
        if statement.kind not in KINDS or statement.verdict not in VERDICTS:
            yield f"{here}: {statement.kind} {statement.verdict} is no verdict"
        if (statement.kind == "claim") == (statement.verdict == "stated"):
            yield f"{here}: a {statement.kind} is {statement.verdict}"
        if statement.code is not None and statement.code not in CODES:
            yield f"{here}: there is no code {statement.code}"
        if statement.verdict in ("wrong", "ill-shaped", "undecided", "unread") and not (
            statement.code and statement.message
        ):
            yield f"{here}: {statement.verdict} without a code or a reason"
        if OURS in statement.message:
            yield f"{here}: {statement.message}"
        lines = next((lines_of(source.text) for source in report.sources if source.cell == statement.cell), None)
        if lines is None:
            yield f"{here}: there is no cell {statement.cell}"
            continue
        whole = Region(statement.line, statement.column, statement.end_line, statement.end_column)
        for region in (whole, statement.span, statement.right):
            if region is not None and not _inside(region, lines):
                yield f"{here}: {region} lies outside of the source"
        line = lines[statement.line - 1] if statement.line <= len(lines) else ""
        first = lines_of(statement.left)[0].rstrip("\r\n") if statement.left else ""
        if not line[statement.column - 1 :].startswith(first):
            yield f"{here}: {statement.left!r} does not stand at column {statement.column}"


def _inside(region: Region, lines: list[str]) -> bool:
    def is_place(line: int, column: int) -> bool:
        length = len(lines[line - 1]) if 1 <= line <= len(lines) else 0
        return 1 <= line <= max(1, len(lines)) and 1 <= column <= length + 1

    ordered = (region.line, region.column) <= (region.end_line, region.end_column)
    return ordered and is_place(region.line, region.column) and is_place(region.end_line, region.end_column)


# ---------------------------------------------------------------- the formats


def _badly_printed(document: Document, report: FileReport) -> Iterator[str]:
    whole, policy = Report((report,)), Policy()
    printed = {
        "full": full.render(whole, policy), "concise": concise.render(whole, policy),
        "github": github.render(whole, policy), "summary": github.summary(whole, policy),
        "junit": junit.render(whole, policy), "html": html.html(whole), "parse": parse.render(document),
    }  # fmt: skip
    for name, text in printed.items():
        acting = {letter for letter in text if unicodedata.category(letter) in ("Cc", "Cf", "Cs")} - {"\n"}
        if acting:
            yield f"{name} prints {sorted(acting)!r}"
    *commands, last = printed["github"].removesuffix("\n").split("\n")
    yield from (f"github prints {line!r}" for line in commands if not _is_command(line))
    if last.startswith("::"):
        yield f"github ends with {last!r}"
    if "<script" in printed["html"].lower():
        yield "html holds a script"
    cases = ElementTree.fromstring(printed["junit"]).iter("testcase")
    if len(list(cases)) < sum(statement.kind == "claim" for statement in report.statements):
        yield "junit lacks a case"
    entries = _strict(json_format.render(whole, policy))["files"][0]["statements"]
    if len(entries) != len(report.statements):
        yield "json lacks an entry"
    _strict(sarif.render(whole, policy, version="0"))


def _is_command(line: str) -> bool:
    """Whether a line is one workflow command: its properties hold no `::` that would end them early."""
    return re.fullmatch(r"::(?:error|warning|notice) file=[^:]*::.*", line) is not None


def _strict(text: str) -> dict:
    def refuse(constant: str):
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)
