"""Paths of a project: written with /, relative to its folder, and never out of it."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath

from derive.checking.folders import documents_in, is_document
from derive.models.text_files import FileError

STORE = ".derive"  # the folder of what the build itself has to remember


class PathError(ValueError):
    """A path cannot be used. The message says why."""


def inside(text: str) -> str:
    """The path in its shortest form, relative to the project. Raises PathError where it leaves the project."""
    path = PurePosixPath(text)
    if "\0" in text or not text:
        raise PathError(f"expected a path, found {text!r}")
    if path.is_absolute() or PureWindowsPath(text).drive or ".." in path.parts:
        raise PathError(f"expected a path inside the project, found {text!r}")
    try:
        real, project = Path(os.path.realpath(text)), Path(os.path.realpath(os.curdir))
        looped = os.path.islink(real)
    except (OSError, ValueError) as error:
        raise PathError(f"{text!r} cannot be used: {getattr(error, 'strerror', None) or error}") from None
    if looped or not real.is_relative_to(project):
        raise PathError(f"expected a path inside the project; {text!r} leads out of it by a symbolic link")
    if (path.parts or ("",))[0] == STORE:
        raise PathError(f"{STORE} is the folder of derive build; choose another path than {text!r}")
    return str(path)


def file_inside(text: str) -> str:
    """The path of a file that is there. Raises PathError."""
    name = inside(text)
    try:
        found = Path(name).is_file()
    except OSError as error:
        raise PathError(f"{text!r} cannot be used: {error.strerror}") from None
    if not found:
        raise PathError(f"there is no file {name!r}{_near(name)}")
    return name


def folder_inside(text: str) -> str:
    """The path of a folder, or of one that can be made. Raises PathError where a file stands in the way."""
    name = inside(text)
    for path in (Path(name), *Path(name).parents):
        try:
            taken = path.exists() and not path.is_dir()
        except OSError as error:
            raise PathError(f"{text!r} cannot be used: {error.strerror}") from None
        if taken:
            raise PathError(f"expected a folder, and {path.as_posix()} is a file")
    return name


def tree_inside(text: str) -> str:
    """The path of a folder that is there, and whose files are all in the project. Raises PathError."""
    name = folder_inside(text)
    if not Path(name).is_dir():
        raise PathError(f"there is no folder {name!r}{_near(name)}")
    for here, folders, _ in os.walk(name):
        for each in folders:
            if os.path.islink(os.path.join(here, each)):  # what is behind it is not seen here
                raise PathError(f"expected folders and files, and {Path(here, each).as_posix()} is a symbolic link")
    for path in files_of(name):
        inside(path)
    return name


def files_of(folder: str) -> list[str]:
    """The files below a folder."""
    return sorted(Path(here, name).as_posix() for here, _, names in os.walk(folder) for name in names)


def documents(pattern: str) -> list[str]:
    """The documents that a path, a folder or a pattern with * and ? means, by name. Raises PathError."""
    name = inside(pattern)
    if Path(name).is_dir():
        try:
            return [inside(found) for found in documents_in(Path(name))]
        except FileError as error:
            raise PathError(str(error)) from None
    if os.path.lexists(name) or not any(sign in pattern for sign in "*?["):
        return [file_inside(pattern)]
    try:
        found = sorted(path for path in Path().glob(name) if is_document(path.name) and path.is_file())
    except (ValueError, OSError) as error:
        raise PathError(f"{pattern!r} is no pattern of names: {error}") from None
    visible = [path for path in found if not any(part.startswith(".") for part in path.parts)]
    if not visible:
        raise PathError(f"no document is called {pattern!r}")
    return [inside(path.as_posix()) for path in visible]


def spelled(path: str) -> str:
    """The same for two paths that some file systems take for one: without case, letters composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _near(name: str) -> str:
    """`; did you mean data/xor.csv?`, from what stands in the same folder."""
    from derive.models.options import did_you_mean

    folder = Path(name).parent
    known = [each.as_posix() for each in folder.iterdir()] if folder.is_dir() else []
    return did_you_mean(name, sorted(known))
