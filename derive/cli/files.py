"""Writing files: all or nothing. A run that fails leaves what was there before as it was."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from derive.cli.errors import UsageError


def write_all(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write texts into a folder, which is made if need be. Every text is complete on disk before the first appears.

    Raises:
        UsageError: the folder or a file cannot be written.
    """
    waiting: list[tuple[str, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            waiting.append((_beside(folder, text), folder / name))
        for temporary, target in waiting:
            os.replace(temporary, target)
    except OSError as error:
        raise UsageError(f"cannot write {error.filename or folder}: {error.strerror or error}") from None
    finally:
        for temporary, _ in waiting:
            if os.path.exists(temporary):
                os.unlink(temporary)
    return [target for _, target in waiting]


def _beside(folder: Path, text: str) -> str:
    descriptor, name = tempfile.mkstemp(prefix=".derive-", dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    # mkstemp makes files that only their owner can read; an explainer is as public as any other file.
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(name, 0o666 & ~mask)
    return name
