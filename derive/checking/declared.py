"""Declarations as Python values, `shapes={"W": "m x n"}`: the same keys as in front matter, read by the same reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from derive.models.files import FileError
from derive.reading.errors import DocumentError
from derive.reading.frontmatter import Declarations, read_declarations
from derive.reading.source import Source

NAME = "declarations"


def overruled(declared: Declarations, arguments: Mapping[str, Any]) -> Declarations:
    """The declarations of a document with those keys replaced that are given as arguments. Raises FileError."""
    if not arguments:
        return declared
    try:
        source = Source(NAME, f"derive:\n{_block(arguments, 1)}")
        given = read_declarations(source, source.text, 0)
    except DocumentError as error:
        raise FileError(NAME, error.message.removeprefix("front matter: ")) from None
    return replace(declared, **{key: getattr(given, key) for key in arguments})


def _block(value: Any, depth: int) -> str:
    """A value as YAML in block style, every text in single quotes, in which no letter means anything but itself."""
    indent = "  " * depth
    if isinstance(value, Mapping):
        return "".join(f"{indent}{_text(key)}:{_below(each, depth)}" for key, each in value.items())
    return "".join(f"{indent}- {_text(each)}\n" for each in value)


def _below(value: Any, depth: int) -> str:
    if isinstance(value, Mapping | list | tuple):
        return f"\n{_block(value, depth + 1)}" if value else " {}\n" if isinstance(value, Mapping) else " []\n"
    return f" {_text(value)}\n"


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FileError(NAME, f"expected texts and whole numbers, found {value!r}")
    return "'" + " ".join(str(value).split()).replace("'", "''") + "'"
