"""Digests of all that a result depends on: equal digests, equal bytes. The times of files, lost in a clone, are not."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from derive.building.paths import files_of
from derive.building.plan import Artifact
from derive.explaining.own_folder import own_folder

# What computes, reads or writes beside derive itself.
LIBRARIES = ("numpy", "sympy", "mpmath", "jinja2", "PyYAML", "matplotlib", "contourpy", "nbformat")


def of_bytes(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def of_file(path: str) -> str | None:
    """None where there is no file, or none that can be read."""
    try:
        if not Path(path).is_file():  # a pipe would keep its reader for ever
            return None
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def of_derive() -> str:
    """The digest of derive: its sources, its templates, and the versions of what it computes with."""
    folders = {"package": Path(__file__).parents[1], "templates": own_folder()}
    sources = {
        f"{kind}/{path.relative_to(folder).as_posix()}": of_file(str(path))
        for kind, folder in folders.items()
        for path in _sources(folder)
    }
    versions = {"python": sys.version_info[:2], **{name: _version(name) for name in LIBRARIES}}
    return _of_value([versions, sources])


def of_artifact(artifact: Artifact, derive: str) -> str:
    """The digest of all that the files of an artifact depend on."""
    paths = [path for path in (artifact.data, artifact.params) if path]
    paths += files_of(artifact.template) if artifact.template else []
    contents = {path: of_file(path) for path in paths}
    return _of_value([derive, asdict(artifact), contents])


def of_note(path: str, settings: Mapping[str, Any], derive: str) -> str:
    """The digest of all that the verdict on a document depends on."""
    return _of_value([derive, path, of_file(path), settings])


def _of_value(value: Any) -> str:
    return of_bytes(json.dumps(value, sort_keys=True).encode())


def _sources(folder: Path) -> Iterator[Path]:
    """The files that were installed, and not those that Python makes of them."""
    return (path for path in sorted(folder.rglob("*")) if path.suffix != ".pyc" and path.is_file())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
