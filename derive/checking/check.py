"""A document in, a report out: read it, judge every claim that it makes, and say of everything else what it is.

Nothing is dropped in silence: a declaration or definition is `stated`, what is not understood is `unread` with the
place where reading stopped, and what the author left out is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from derive.checking.judge import judge
from derive.checking.report import FileReport, Region, Report, Statement
from derive.models.files import FileError
from derive.reading.errors import DocumentError
from derive.reading.formulas import Formula, markdown_formulas
from derive.reading.frontmatter import markdown_declarations
from derive.reading.source import Source
from derive.reading.theory import Link, Reading, Theory, build

SUFFIXES = (".md", ".markdown")
LARGEST_FILE = 8 * 1024 * 1024
_RELATIONS = {"in": r"\in", "neq": r"\neq", "leq": r"\leq", "geq": r"\geq"}
_FROM_VERDICT = ("verdict", "code", "proof", "message", "suggestion", "assumptions", "evidence")


def check(text_or_path: str | Path, *, seed: int = 0, **declarations: Any) -> Report:
    r"""Check a derivation: a text, or the path of a Markdown, LaTeX or notebook file.

    >>> check(r"With $w, x \in \mathbb{R}^n$: $$\nabla_w (w^\top x) = x$$").summary["holds"]
    1

    Args:
        seed: of the points at which claims are evaluated.
        declarations: as in front matter, such as `shapes={"W": "m x n"}`, `given=[r"L = \|W x\|^2"]`, `loss="L"`;
            a key that the text declares as well is taken from here.

    Raises:
        FileError: a file cannot be read, or a declaration cannot be used; the message has path, line and column.
    """
    if isinstance(text_or_path, Path) or _names_a_file(text_or_path):
        name, text = str(text_or_path), read_text(Path(text_or_path))
    else:
        name, text = "-", text_or_path
    return Report((check_text(name, text, seed=seed, declarations=declarations),))


def _names_a_file(text: str) -> bool:
    return "\n" not in text and text.endswith(SUFFIXES)


def read_text(path: Path) -> str:
    """The text of a document. Raises FileError."""
    try:
        with path.open("rb") as file:  # bounded here, as a device or a pipe has no size to ask for
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise FileError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return decoded(str(path), data)


def decoded(name: str, data: bytes) -> str:
    """The text in the bytes of a document; a byte order mark is no part of it. Raises FileError."""
    if len(data) > LARGEST_FILE:
        raise FileError(name, f"is larger than {LARGEST_FILE // 2**20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Source(name, data[: error.start].decode("utf-8-sig") + "?").place(error.start)
        hint = "; this looks like UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        message = f"expected text in UTF-8, found the byte 0x{data[error.start]:02x}{hint}"
        raise FileError(name, message, place.line, place.column) from None


def check_text(name: str, text: str, *, seed: int = 0, declarations: Mapping[str, Any] | None = None) -> FileReport:
    """The report on one document whose text is at hand. Raises FileError."""
    document, theory = read_theory(name, text, declarations or {})
    with np.errstate(all="ignore"):  # what leaves float64 is for the judge to say, not for a warning
        return _Checked(name, document, theory, seed).report()


# ---------------------------------------------------------------- reading


@dataclass(frozen=True)
class Document:
    """What was read: the texts (one, or one per cell), and the formulas in them."""

    sources: tuple[Source, ...]
    formulas: tuple[Formula, ...]


def read_theory(name: str, text: str, declarations: Mapping[str, Any]) -> tuple[Document, Theory]:
    """A document and what it says. Raises FileError."""
    source = Source(name, text)
    try:
        declared, start = markdown_declarations(source)
        formulas = tuple(markdown_formulas(source, start))
        return Document((source,), formulas), build(declared, list(formulas))
    except DocumentError as error:
        place = source.place(error.span[0])
        raise FileError(name, error.message, place.line, place.column) from None


# ---------------------------------------------------------------- judging


class _Checked:
    """One document while its entries are made."""

    def __init__(self, name: str, document: Document, theory: Theory, seed: int):
        self.name, self.document, self.theory, self.seed = name, document, theory, seed
        # Statements count from 1 within the file; those of the front matter have no number.
        counts = sorted({reading.link.statement for reading in theory.readings})
        self.numbers = {count: number for number, count in enumerate(counts, 1)}

    def report(self) -> FileReport:
        entries = tuple(self._entry(reading) for reading in self.theory.readings)
        return FileReport(self.name, entries, (), self.theory.skipped, self.document.sources)

    def _entry(self, reading: Reading) -> Statement:
        link = reading.link
        start, end = _extent(link)
        region = Region.of(link.source, start, end)
        entry = Statement(
            self.numbers[link.statement],
            link.number,
            **vars(region),
            latex=_latex(link),
            kind=reading.kind if reading.kind != "unread" else "claim",
            verdict="stated",
            cell=link.source.cell,
        )
        if reading.kind == "unread":
            span = Region.of(link.source, *reading.span) if reading.span else None
            return replace(entry, verdict="unread", code="D101", message=reading.message, span=span)
        if reading.kind != "claim":
            return entry
        return self._judged(entry, link)

    def _judged(self, entry: Statement, link: Link) -> Statement:
        try:
            verdict = judge(self.theory, link, seed=self.seed)
        except Exception as error:  # untrusted input: a fault of ours costs this verdict, and is not passed off as one
            message = f"derive itself failed here ({type(error).__name__}); please report this statement"
            return replace(entry, verdict="undecided", code="D901", message=message)
        known = {name: getattr(verdict, name) for name in _FROM_VERDICT}
        span = Region.of(link.source, *verdict.span) if verdict.span else None
        return replace(entry, **known, span=span, follows_from=self.numbers.get(verdict.follows_from))


def _extent(link: Link) -> tuple[int, int]:
    """The span of a link without blanks at its ends: what is unread stands for a whole formula."""
    start, end = link.span
    text = link.source.text[start:end]
    return start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip())


def _latex(link: Link) -> str:
    text = link.source.text
    if link.left is link.right:
        return text[slice(*_extent(link))]
    left, right = (text[slice(*side.span)].strip() for side in (link.left, link.right))
    return f"{left} {_RELATIONS.get(link.relation, link.relation)} {right}"
