"""The settings of a project: `[tool.derive]` in pyproject.toml, or the same keys in a derive.toml.

They hold what the project always asks of `derive check`, which the command line overrules, and, as the table `build`,
what `derive build` makes.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive.cli.errors import UsageError
from derive.models.options import did_you_mean
from derive.models.text_files import FileError, plain_newlines, read_text

# file: the keys above the table of derive
FILES = {"pyproject.toml": ("tool", "derive"), "derive.toml": ()}
LARGEST = 1024 * 1024  # bytes
LONGEST = 200          # lines of one statement, while the line of a key is looked for
BUILD = "build"
# key: what its value has to be, in words and as a test. `-j` and `--baseline` have the names of their options.
KEYS = {
    "format": ("a string", lambda value: isinstance(value, str)),
    "reveal": ("a string", lambda value: isinstance(value, str)),
    "strict": ("true or false", lambda value: isinstance(value, bool)),
    "select": ("a list of codes", lambda value: _strings(value)),
    "ignore": ("a list of codes", lambda value: _strings(value)),
    "baseline": ("the path of a file", lambda value: isinstance(value, str)),
    "seed": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "jobs": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
}


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


@dataclass(frozen=True)
class Project:
    """The settings of a project.

    Args:
        path: of the file that holds them; `above` are the keys in front of their table.
    """

    path: Path
    above: tuple[str, ...]
    text: str
    table: Mapping[str, Any]

    def title(self, *keys: str) -> str:
        """`[tool.derive.build]`, or `[build]` in a derive.toml; its top level has no title."""
        return f"[{'.'.join((*self.above, *keys))}]" if self.above or keys else "the file"

    def place(self, *keys: str | int) -> str:
        """`pyproject.toml:7`, where the statement starts that sets a key; of a list, the number of an entry."""
        line = _line(plain_newlines(self.text), (*self.above, *keys))
        return self.path.name if line is None else f"{self.path.name}:{line}"

    def fault(self, message: str, *keys: str | int) -> UsageError:
        return UsageError(f"{self.place(*keys)}: {message}")


def project(folder: Path) -> Project | None:
    """The settings of the project that a folder belongs to, from the nearest folder that has any. Raises UsageError."""
    for here in (folder, *folder.parents):
        found = [each for each in (_read(here / name, above) for name, above in FILES.items()) if each is not None]
        if len(found) > 1:
            raise UsageError(
                f"{found[0].path.name} has {found[0].title()}, and beside it there is a {found[1].path.name}:"
                " keep the settings in one of them"
            )
        if found:
            return found[0]
    return None


def _read(path: Path, above: tuple[str, ...]) -> Project | None:
    import tomllib

    if not path.is_file():
        return None
    try:
        text = read_text(path, LARGEST)
        table: Any = tomllib.loads(text)
    except FileError as error:
        raise UsageError(str(error).replace(str(path), path.name, 1)) from None
    except (ValueError, RecursionError) as error:  # not TOML
        raise UsageError(f"{path.name}: {error}") from None
    for key in above:
        table = table.get(key) if isinstance(table, dict) else None  # the table of others is theirs to get right
    if table is None:
        return None
    found = Project(path, above, text, table)
    if not isinstance(table, dict):
        raise found.fault(f"{found.title()} is a table of options, found {table!r}")
    return found


def fill(options: argparse.Namespace, found: Project | None) -> None:
    """Give the options that were not given the values of a project. Raises UsageError.

    `options.named` then says what to call an option in a message: by its flag, or by its place and key in the file.
    """
    options.named = {key: "-j" if key == "jobs" else f"--{key}" for key in KEYS}
    if found is None:
        return
    for key, value in found.table.items():
        if key == BUILD:
            continue
        if key not in KEYS:
            hint = did_you_mean(key, (*KEYS, BUILD)) or f"; known are {', '.join((*KEYS, BUILD))}"
            raise found.fault(f"{found.title()} has no key {key!r}{hint}", key)
        words, fits = KEYS[key]
        if not fits(value):
            raise found.fault(f"{key} under {found.title()} takes {words}, found {value!r}", key)
        if not getattr(options, key):  # not given: no option has an empty value that means something
            if key == "baseline":
                value = str(found.path.parent / value)
            options.named[key] = f"{found.place(key)}: {key}"
            setattr(options, key, str(value) if isinstance(value, int) and not isinstance(value, bool) else value)


# ---------------------------------------------------------------- places


def _line(text: str, keys: tuple[str | int, ...]) -> int | None:
    """The line, from 1, on which the statement starts that sets a key; None where it is not found.

    A text cut at the end of a statement is TOML as well: the key is set by the statement with which it first is there.
    """
    lines = text.split("\n")
    without, having = 0, len(lines)
    while having - without > 1:
        middle = (without + having) // 2
        whole = next((n for n in range(middle, min(middle + LONGEST, len(lines) + 1)) if _parsed(lines, n)), None)
        if whole is None:
            return None
        if _has(_parsed(lines, whole), keys):
            having = middle
        else:
            without = whole
    return having


def _parsed(lines: list[str], count: int) -> list | None:
    """What the first lines say, in a list that is never empty; None where they end within a statement."""
    import tomllib

    try:
        return [tomllib.loads("\n".join(lines[:count]))]
    except (ValueError, RecursionError):
        return None


def _has(parsed: Any, keys: tuple[str | int, ...]) -> bool:
    for key in (0, *keys):
        try:
            parsed = parsed[key]
        except (KeyError, IndexError, TypeError):
            return False
    return True
