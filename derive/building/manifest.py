"""What the last build did, kept in `.derive/build.json`: enough to prove that nothing has changed, and no more.

An entry counts only while the digests of its inputs and of its files are those of today, under the seal of who built.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path
from typing import Any

from derive.building.paths import STORE, inside
from derive.building.seal import seal

SCHEMA = "derive-manifest/1"
FILE = "build.json"
LARGEST = 64 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Made:
    """An artifact as it was made: the digest of its inputs, and that of each file."""

    inputs: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Judged:
    """A document as it was judged. `verdict` is what `work.Verdict` has, as plain values."""

    inputs: str
    verdict: Mapping[str, Any]


@dataclass(frozen=True)
class Manifest:
    """By the title of an artifact and the path of a document; `written` are the files that builds here have written or
    were about to write."""

    artifacts: Mapping[str, Made] = field(default_factory=dict)
    notes: Mapping[str, Judged] = field(default_factory=dict)
    written: frozenset[str] = frozenset()

    def as_bytes(self) -> bytes:
        """The same manifest, and the same user, the same bytes."""
        data = {
            "artifacts": {title: {"inputs": made.inputs, "files": dict(made.files)}
                          for title, made in self.artifacts.items()},
            "notes": {path: {"inputs": judged.inputs, "verdict": dict(judged.verdict)}
                      for path, judged in self.notes.items()},
            "written": sorted(self.written),
        }  # fmt: skip
        content = {"schema": SCHEMA, "content": data, "seal": seal(_sealed(data), new=True)}
        return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def read_manifest() -> Manifest:
    """The manifest of the project; an empty one where there is none, or none that can be used."""
    try:
        with Path(STORE, FILE).open("rb") as file:
            found = json.loads(file.read(LARGEST))
        data = found["content"]
        expected = seal(_sealed(data))
        if found["schema"] != SCHEMA or expected is None or not compare_digest(found["seal"], expected):
            return Manifest()
        return Manifest(
            {title: Made(each["inputs"], _texts(each["files"])) for title, each in data["artifacts"].items()},
            {path: Judged(each["inputs"], dict(each["verdict"])) for path, each in data["notes"].items()},
            frozenset(inside(path) for path in data["written"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Manifest()  # damaged, or of another version: all is built again


def _sealed(data: Any) -> bytes:
    return json.dumps([SCHEMA, data], sort_keys=True).encode()


def _texts(value: Any) -> dict[str, str]:
    if not all(isinstance(each, str) for each in value.values()):
        raise TypeError("digests are texts")
    return dict(value)
