"""Folders of documents: which files in them `derive check` reads."""

from __future__ import annotations

import os
from pathlib import Path

from derive.models.text_files import FileError
from derive.reading.documents import KINDS

SUFFIXES = tuple(KINDS)


def documents_in(folder: Path) -> list[str]:
    """The documents below a folder by name; not what begins with a dot. Raises FileError where there are none."""
    found = []
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(here, name) for name in files if is_document(name)]
    if not found:
        raise FileError(folder, f"has no documents; derive check reads {', '.join(SUFFIXES)}")
    return [path.as_posix() for path in sorted(found)]


def is_document(name: str) -> bool:
    """Whether the file of this name is read where its folder is."""
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")
