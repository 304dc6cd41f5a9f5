"""Jupyter notebooks: the Markdown cells, and where declarations may stand. Code cells and outputs are not read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from derive.reading.errors import DocumentError
from derive.reading.source import Source

MOST_CELLS = 10_000


@dataclass(frozen=True)
class Notebook:
    """The Markdown cells of a notebook; the declarations in its metadata; a first raw cell."""

    cells: tuple[Source, ...]
    declared: Mapping[str, Any] | None
    raw: Source | None


def read_notebook(name: str, text: str) -> Notebook:
    """The parts of a notebook that can hold mathematics. Raises DocumentError: the text is no notebook."""
    source = Source(name, text)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentError(f"this is no notebook: {error.msg}", (error.pos, error.pos + 1), source) from None
    except (RecursionError, ValueError):
        raise DocumentError("this is no notebook: it nests too deeply", (0, 1), source) from None
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        raise DocumentError("this is no notebook: it has no list of cells", (0, 1), source)
    if len(cells) > MOST_CELLS:
        raise DocumentError(f"the notebook has more than {MOST_CELLS} cells", (0, 1), source)
    found: list[Source] = []
    raw = None
    for number, cell in enumerate(cells, 1):
        kind, body = _cell(cell)
        if kind == "markdown":
            found.append(Source(name, body, number))
        elif kind == "raw" and number == 1:
            raw = Source(name, body, number)
    metadata = data.get("metadata")
    declared = metadata.get("derive") if isinstance(metadata, dict) else None
    return Notebook(tuple(found), declared, raw)


def _cell(cell: Any) -> tuple[str, str]:
    """(kind, text) of a cell; a text may be stored in lines."""
    if not isinstance(cell, dict):
        return "", ""
    body = cell.get("source", "")
    if isinstance(body, list):
        body = "".join(part for part in body if isinstance(part, str))
    return str(cell.get("cell_type")), body if isinstance(body, str) else ""
