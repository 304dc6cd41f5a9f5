"""A document as the checks see it: what was read, and the theory that it makes; and files as texts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from derive.models import text_files
from derive.models.text_files import FileError
from derive.reading import documents
from derive.reading.errors import DocumentError
from derive.reading.formulas import Formula
from derive.reading.source import Source
from derive.reading.theory import Link, Theory, build

LARGEST_FILE = 8 * 1024 * 1024


@dataclass(frozen=True)
class Document:
    """A document by its name; what was found in it, and what that says."""

    name: str
    read: documents.Document
    theory: Theory

    def formula(self, link: Link) -> Formula | None:
        """The formula that a link stands in; None for one of the front matter."""
        here = self._by_cell.get(link.source.cell, [])
        place = bisect_right(here, link.span[0], key=lambda formula: formula.inside[0]) - 1
        return here[place] if place >= 0 and link.span[0] <= here[place].inside[1] else None

    @cached_property
    def _by_cell(self) -> dict[int | None, list[Formula]]:
        found: dict[int | None, list[Formula]] = {}
        for formula in self.read.formulas:  # in the order of the text
            found.setdefault(formula.source.cell, []).append(formula)
        return found


def read_document(name: str, text: str, declarations: Mapping[str, Any] | None = None) -> Document:
    """What a document says. Raises FileError.

    Args:
        name: its path; what it ends with says what it is, and otherwise the text does.
        declarations: what its front matter could say; it comes before what the text says.
    """
    try:
        read = documents.read(text, name=name, declarations=declarations)
        return Document(name, read, build(read.declared, read.formulas, latex=read.latex))
    except DocumentError as error:
        source = error.source or Source(name, text)
        if source.name != name:  # declared in Python or in the metadata of a notebook, where lines mean nothing
            raise FileError(name, f"{source.name}: {error.message.removeprefix('front matter: ')}") from None
        place = source.place(error.span[0])
        where = f"{name}:cell {place.cell}" if place.cell is not None else name
        raise FileError(where, error.message, place.line, place.column) from None
    except Exception as error:  # untrusted input: a fault of ours costs this document, and not the others
        message = f"derive itself failed to read it ({type(error).__name__}); please report this document"
        raise FileError(name, message) from error


def read_text(path: Path) -> str:
    """The text of a document; a byte order mark is no part of it. Raises FileError."""
    return text_files.read_text(path, LARGEST_FILE)


def decoded(name: str, data: bytes) -> str:
    """The text in the bytes of a document, as by `read_text`. Raises FileError."""
    return text_files.decoded(name, data, LARGEST_FILE)
