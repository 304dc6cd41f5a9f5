"""One door for documents: Markdown, LaTeX files, notebooks and plain text, as sources, declarations and formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from derive.reading.errors import DocumentError
from derive.reading.formulas import Formula, latex_formulas, markdown_formulas
from derive.reading.frontmatter import (
    Declarations,
    declarations_of,
    latex_declarations,
    markdown_declarations,
    merged,
    raw_declarations,
)
from derive.reading.notebooks import read_notebook
from derive.reading.source import Source

MARKDOWN, LATEX, NOTEBOOK = "markdown", "latex", "notebook"
KINDS = {".md": MARKDOWN, ".markdown": MARKDOWN, ".qmd": MARKDOWN, ".rmd": MARKDOWN, ".tex": LATEX, ".ipynb": NOTEBOOK}
LONGEST = 8 * 1024 * 1024  # characters of a document
MOST_FORMULAS = 20_000

_NOTEBOOK = re.compile(r'\s*\{\s*"')
_LATEX = re.compile(r"^[ \t]*\\(?:documentclass|begin\{document\})", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """What was found in a document; for a notebook, one source per Markdown cell."""

    sources: tuple[Source, ...]
    declared: Declarations
    formulas: tuple[Formula, ...]
    latex: bool = False  # `%` starts a comment in its formulas


def read(
    text_or_path: str | Path,
    *,
    name: str = "-",
    kind: str | None = None,
    declarations: Mapping[str, Any] | None = None,
) -> Document:
    r"""A document, from its text or from its path.

    >>> document = read(r"With $x \in \mathbb{R}^n$: $$\nabla_x (x^\top x) = 2 x$$")
    >>> [formula.text for formula in document.formulas]
    ['x \\in \\mathbb{R}^n', '\\nabla_x (x^\\top x) = 2 x']

    Args:
        name: of a text, in messages.
        kind: "markdown", "latex" or "notebook"; without it the ending of the name decides, then the text itself.
        declarations: what the front matter could say, as Python values; it comes before what the text says.

    Raises:
        DocumentError: the document cannot be used as a whole; message, span and source.
    """
    if isinstance(text_or_path, Path):
        name = str(text_or_path)
        try:
            text = text_or_path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise DocumentError(f"cannot be read: {error.strerror or error}", (0, 0), Source(name, "")) from None
        except UnicodeDecodeError as error:
            message = f"expected text in UTF-8, found the byte 0x{error.object[error.start]:02x}"
            raise DocumentError(message, (0, 0), Source(name, "")) from None
    else:
        text = text_or_path
    if len(text) > LONGEST:
        raise DocumentError(f"a document has at most {LONGEST} characters", (0, 0), Source(name, ""))
    document = _READERS[kind or kind_of(name, text)](name, text)
    if not declarations:
        return document
    declared = merged(document.declared, declarations_of(declarations))
    return Document(document.sources, declared, document.formulas, document.latex)


def kind_of(name: str, text: str) -> str:
    """What kind of document this is, by the ending of its name, else by its first words."""
    known = KINDS.get(Path(name).suffix.lower())
    if known is not None:
        return known
    if _NOTEBOOK.match(text) and '"cells"' in text:
        return NOTEBOOK
    return LATEX if _LATEX.search(text) else MARKDOWN


def _bounded(formulas: Iterator[Formula], source: Source) -> tuple[Formula, ...]:
    found = tuple(islice(formulas, MOST_FORMULAS + 1))
    if len(found) > MOST_FORMULAS:
        raise DocumentError(f"a document has at most {MOST_FORMULAS} formulas", found[-1].whole, source)
    return found


def _markdown(name: str, text: str) -> Document:
    source = Source(name, text)
    declared, start = markdown_declarations(source)
    return Document((source,), declared, _bounded(markdown_formulas(source, start), source))


def _latex(name: str, text: str) -> Document:
    source = Source(name, text)
    declared, start = latex_declarations(source)
    return Document((source,), declared, _bounded(latex_formulas(source, start), source), latex=True)


def _notebook(name: str, text: str) -> Document:
    notebook = read_notebook(name, text)
    declared, start = Declarations(), 0
    if notebook.declared is not None:
        declared = declarations_of(notebook.declared)
    elif notebook.raw is not None:
        declared = raw_declarations(notebook.raw)
    elif notebook.cells:
        declared, start = markdown_declarations(notebook.cells[0])
    formulas = (
        formula
        for number, cell in enumerate(notebook.cells)
        for formula in markdown_formulas(cell, 0 if number else start)
    )
    sources = notebook.cells or (Source(name, text),)
    return Document(sources, declared, _bounded(formulas, sources[0]))


_READERS = {MARKDOWN: _markdown, LATEX: _latex, NOTEBOOK: _notebook}
