"""`[tool.derive]` in pyproject.toml: what a project always asks of `derive check`. The command line overrules it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from derive.cli.errors import UsageError
from derive.models.options import did_you_mean

FILE, TABLE = "pyproject.toml", "tool.derive"
LARGEST = 1_000_000  # bytes
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


def fill(options: argparse.Namespace, folder: Path) -> None:
    """Give the options that were not given the values of the project that a folder belongs to. Raises UsageError.

    `options.named` then says what to call an option in a message: by its flag, or by its key in the file.
    """
    options.named = {key: "-j" if key == "jobs" else f"--{key}" for key in KEYS}
    for path in (parent / FILE for parent in (folder, *folder.parents)):
        if path.is_file():
            table = _table(path)
            if table is not None:
                _fill(options, table, path)
                return


def _table(path: Path) -> dict[str, Any] | None:
    import tomllib

    try:
        with path.open("rb") as file:
            data = file.read(LARGEST)
        tools = tomllib.loads(data.decode()).get("tool", {})
    except OSError as error:
        raise UsageError(f"{FILE}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML
        raise UsageError(f"{FILE}: {error}") from None
    table = tools.get("derive") if isinstance(tools, dict) else None  # the table of others is theirs to get right
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{FILE}: [{TABLE}] is a table of options, found {table!r}")
    return table


def _fill(options: argparse.Namespace, table: dict[str, Any], path: Path) -> None:
    for key, value in table.items():
        if key not in KEYS:
            raise UsageError(f"{FILE}: [{TABLE}] has no key {key!r}{did_you_mean(key, KEYS) or _known()}")
        words, fits = KEYS[key]
        if not fits(value):
            raise UsageError(f"{FILE}: {key} under [{TABLE}] takes {words}, found {value!r}")
        if not getattr(options, key):  # not given: no option has an empty value that means something
            if key == "baseline":
                value = str(path.parent / value)
            options.named[key] = f"{FILE}: {key}"
            setattr(options, key, str(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def _known() -> str:
    return f"; known are {', '.join(KEYS)}"
