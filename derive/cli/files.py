"""Writing files: all or nothing. A run that fails leaves what was there before as it was."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from derive.cli.errors import UsageError

PREFIX = ".derive-"


def write_all(folder: Path, files: Mapping[str, bytes], *, prefix: str = PREFIX) -> list[Path]:
    """Write files into a folder, which is made if need be. Every file is complete on disk before the first appears.

    Args:
        files: contents by name; a name may have folders in front, which are made as well.
        prefix: of the names that files have until they are complete: what a killed run leaves is known by it.

    Raises:
        UsageError: the folder or a file cannot be written; then all files are what they were before.
    """
    temporary: dict[Path, str] = {}
    try:
        check_folder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            target = folder / name
            if target.is_dir():
                raise UsageError(f"cannot write {target}: it is a folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary[target] = _beside(target, content, prefix)
        _put(temporary, prefix)
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror or error}") from None
    finally:
        _remove(*temporary.values())
    return [folder / name for name in files]


def check_folder(folder: Path) -> None:
    """Raises UsageError where a file stands in the way: this can be said before anything is computed."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out takes a folder, and {folder} is a file")


def _put(temporary: Mapping[Path, str], prefix: str) -> None:
    """Put the files in their places; where one cannot be, put back those before it."""
    before: dict[Path, bytes | None] = {}
    try:
        for target, name in temporary.items():
            old = target.read_bytes() if target.exists() else None
            os.replace(name, target)
            before[target] = old
    except BaseException:
        for target, old in before.items():
            if old is None:
                target.unlink()
            else:
                os.replace(_beside(target, old, prefix), target)
        raise


def _beside(target: Path, content: bytes, prefix: str) -> str:
    """A new file in the same folder, under a name of its own; none is left behind where it cannot be written."""
    descriptor, name = tempfile.mkstemp(prefix=prefix, dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        # mkstemp makes files that only their owner can read; an explainer is as public as any other file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
    except BaseException:
        _remove(name)
        raise
    return name


def _remove(*names: str) -> None:
    for name in names:
        if os.path.exists(name):
            os.unlink(name)
