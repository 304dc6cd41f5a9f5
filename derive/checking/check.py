"""A document in, a report out: read it, judge every claim that it makes, and say of everything else what it is.

Nothing is dropped in silence: a declaration or definition is `stated`, what is not understood is `unread` with the
place where reading stopped, and what the author left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from derive.checking.accepted import accept
from derive.checking.codes import CODES
from derive.checking.coverage import uncovered
from derive.checking.document import Document, read_document, read_text
from derive.checking.folders import SUFFIXES
from derive.checking.judge import judge
from derive.checking.readings import readings
from derive.checking.report import DECIDED, FileReport, Note, Region, Report, Statement
from derive.checking.unused import unused
from derive.reading.tables import WRITTEN
from derive.reading.theory import Link, Reading

UNUSED = "D606"
_FROM_VERDICT = (
    "verdict", "code", "proof", "message", "suggestion", "alternatives", "closed_form", "assumptions", "evidence",
)  # fmt: skip


def check(text_or_path: str | Path, *, seed: int = 0, **declarations: Any) -> Report:
    r"""Check a derivation: a text, or the path of a document (a `Path`, or one line that ends as their names do).

    >>> report = check(r"$$\nabla_w (w^\top x) = -x$$", shapes={"w": "n", "x": "n"})
    >>> report.statements[0].verdict, report.statements[0].suggestion
    ('wrong', '\\nabla_w (w^\\top x) = x')

    Args:
        seed: of the points at which claims are evaluated.
        declarations: as in front matter, whose entries they overrule: `shapes`, `given`, `functions`, `operators`,
            `loss`, `layers`, `layout`, `gradients`.

    Raises:
        FileError: a file cannot be read, or a declaration cannot be used; the message has path, line and column.
        TypeError: what is given is neither a text nor a path. ValueError: the seed is no whole number from 0.
    """
    if not isinstance(text_or_path, str | Path):
        raise TypeError(f"check takes the text of a document or its path, found {type(text_or_path).__name__}")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise ValueError(f"a seed is a whole number from 0, found {seed!r}")
    if isinstance(text_or_path, Path) or _names_a_file(text_or_path):
        document = read_document(str(text_or_path), read_text(Path(text_or_path)), declarations)
    else:
        document = read_document("-", text_or_path, declarations)
    return Report((check_document(document, seed=seed),))


def _names_a_file(text: str) -> bool:
    return "\n" not in text and text.lower().endswith(SUFFIXES)


def check_document(document: Document, *, seed: int = 0) -> FileReport:
    """The report on one document."""
    found = readings(document.theory)
    numbers = {reading.link.statement: number for number, reading in found}
    with np.errstate(all="ignore"):  # what leaves float64 is for the judge to say, not for a warning
        placed = [(document.formula(reading.link), entry_of(document, reading, numbers, seed)) for _, reading in found]
    statements, notes = accept(document.read.formulas, placed, CODES)
    judged = [
        reading.link
        for (_, reading), statement in zip(found, statements, strict=True)
        if statement.kind == "claim" and statement.verdict in DECIDED
    ]
    notes += tuple(_silent(document, judged))
    return FileReport(document.name, statements, notes, document.theory.skipped, document.read.sources)


def _silent(document: Document, judged: Sequence[Link]) -> Iterator[Note]:
    """What no verdict speaks of: what is given in vain, definitions without use, parameters without a gradient."""
    for reading in document.theory.useless:
        link = reading.link
        place = link.source.place(link.span[0])
        text = link.source.text[slice(*link.span)].strip()
        message = f"{text} is given, and not understood: {reading.message}"
        yield Note(message, None, place.line, place.column, place.cell)
    for reading in unused(document.theory, judged):
        link = reading.link
        place = link.source.place(link.span[0])
        name = link.source.text[slice(*link.left.span)].strip()
        message = f"{name} is defined behind the loss, and no judged claim uses it"
        yield Note(message, UNUSED, place.line, place.column, place.cell)
    if names := uncovered(document.theory, judged):
        yield Note(f"no judged claim gives a gradient for {', '.join(names)}")


def entry_of(document: Document, reading: Reading, numbers: dict[int, int], seed: int) -> Statement:
    link = reading.link
    entry = Statement(
        numbers[link.statement],
        link.number,
        **vars(Region.of(link.source, *extent(link))),
        latex=latex_of(link),
        kind=reading.kind if reading.kind != "unread" else "claim",
        verdict="stated",
        cell=link.source.cell,
        left=link.source.text[slice(*link.left.span)].strip(),
        right=Region.of(link.source, *link.right.span) if link.left is not link.right else None,
    )
    if reading.kind == "unread":
        span = Region.of(link.source, *reading.span) if reading.span else None
        code = "D901" if reading.bounded else "D101"
        return replace(entry, verdict="unread", code=code, message=reading.message, span=span)
    if reading.kind != "claim":
        return entry
    try:
        verdict = judge(document.theory, link, seed=seed)
    except Exception as error:  # untrusted input: a fault of ours costs this verdict, and is not passed off as one
        message = f"derive itself failed here ({type(error).__name__}); please report this statement"
        return replace(entry, verdict="undecided", code="D901", message=message)
    known = {name: getattr(verdict, name) for name in _FROM_VERDICT}
    span = Region.of(link.source, *verdict.span) if verdict.span else None
    return replace(entry, **known, span=span, follows_from=numbers.get(verdict.follows_from))


def extent(link: Link) -> tuple[int, int]:
    """The span of a link without blanks at its ends: what is unread stands for a whole formula."""
    start, end = link.span
    text = link.source.text[start:end]
    return start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip())


def latex_of(link: Link) -> str:
    """`left = right` of a link as it stands; the whole formula where it is unread."""
    text = link.source.text
    if link.left is link.right:
        return text[slice(*extent(link))]
    left, right = (text[slice(*side.span)].strip() for side in (link.left, link.right))
    return f"{left} {WRITTEN.get(link.relation, link.relation)} {right}"
