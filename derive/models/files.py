"""Data and parameters from files: CSV and JSON into exact fractions, every fault named with file, line and column.

Numbers are read as the decimals that stand there, so that 0.1 is one tenth for every witness. Nothing is guessed: what is
missing, not a number, of another shape or not finite is refused with what was expected.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

# Files beyond this are no worked example, and decimals beyond this exponent no data.
LARGEST_FILE = 64 * 1024 * 1024
LARGEST_EXPONENT = 300

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE](?P<exponent>[+-]?\d+))?", re.ASCII)
_HEADER = re.compile(r"(?P<kind>[xy])(_(?P<number>[1-9]\d*))?")
_FIELD = re.compile(r'\s*("(?:[^"]|"")*"|[^,]*)\s*(,|$)')


class FileError(ValueError):
    """A file cannot be used. The message starts with file, line and column, and says what was expected."""

    def __init__(self, path: Path | str, message: str, line: int | None = None, column: int | None = None):
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {message}")


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without a byte order mark. Raises FileError."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FileError(path, f"is larger than {LARGEST_FILE // 2**20} MiB; a worked example needs a few rows")
        data = path.read_bytes()
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror or error}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = error.start - data[: error.start].rfind(b"\n")
        raise FileError(path, "expected UTF-8 text", line, column) from None


def exact(text: str) -> Fraction | None:
    """The decimal number that a text writes, exactly; None where it writes none, or an absurd one."""
    found = _NUMBER.fullmatch(text.strip())
    if not found or len(text) > 400 or abs(int(found["exponent"] or 0)) > LARGEST_EXPONENT:
        return None
    return Fraction(text.strip())


# ---------------------------------------------------------------- CSV


@dataclass(frozen=True)
class Cell:
    value: Fraction
    line: int
    column: int


@dataclass(frozen=True)
class Table:
    """Examples in rows: `inputs` and `targets` in the order of their numbers, each cell with its place in the file."""

    path: Path
    inputs: tuple[tuple[Cell, ...], ...]
    targets: tuple[tuple[Cell, ...], ...]

    def __len__(self) -> int:
        return len(self.inputs)


def read_table(path: Path) -> Table:
    """Read examples from a CSV file with the header `x_1,...,x_d,y_1,...,y_k` (`x` or `y` where there is one).

    Raises:
        FileError: no header, an unknown, missing or repeated column, a row of another length, no number, no rows.
    """
    lines = list(_rows(path))
    if not lines:
        raise FileError(path, "is empty; expected a header such as x_1,x_2,y_1 and rows of numbers", 1, 1)
    header, *rows = lines
    places = {kind: _columns(path, header, kind) for kind in "xy"}
    if not rows:
        raise FileError(path, "has a header and no rows; expected at least one example", header[0][1] + 1, 1)
    tables: dict[str, list[tuple[Cell, ...]]] = {"x": [], "y": []}
    for row in rows:
        if len(row) != len(header):
            text, line, column = row[-1]
            raise FileError(path, f"expected {len(header)} values, found {len(row)}", line, column)
        cells = [_cell(path, header[place][0], *field) for place, field in enumerate(row)]
        for kind in "xy":
            tables[kind].append(tuple(cells[place] for place in places[kind]))
    return Table(path, tuple(tables["x"]), tuple(tables["y"]))


Field = tuple[str, int, int]  # text, line, column


def _rows(path: Path) -> Iterator[list[Field]]:
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            texts = next(csv.reader([line], skipinitialspace=True, strict=True))
        except csv.Error as error:
            raise FileError(path, f"is no CSV: {error}", number, 1) from None
        starts = [found.start(1) + 1 for found in _FIELD.finditer(line)]
        yield [(text.strip(), number, starts[min(place, len(starts) - 1)]) for place, text in enumerate(texts)]


def _columns(path: Path, header: list[Field], kind: str) -> list[int]:
    """The places of the columns x_1 to x_d, or y_1 to y_k, in order."""
    names: dict[str, int] = {}
    for place, (name, line, column) in enumerate(header):
        found = _HEADER.fullmatch(name)
        if not found:
            hint = "; columns are separated by commas" if re.search(r"[;\t ]", name) else ""
            raise FileError(path, f"expected a column name such as x_1 or y_1, found {name!r}{hint}", line, column)
        if found["kind"] != kind:
            continue
        if name in names:
            raise FileError(path, f"the column {name} stands twice", line, column)
        names[name] = place
    line = header[0][1]
    if kind in names and len(names) == 1:
        return [names[kind]]
    count = len(names) or 1
    expected = [f"{kind}_{number}" for number in range(1, count + 1)]
    missing = [name for name in expected if name not in names]
    if missing:
        found = ", ".join(names) or "none"
        needed = f"{kind} or {kind}_1, {kind}_2, ..."
        raise FileError(path, f"the column {missing[0]} is missing; expected {needed}, found {found}", line, 1)
    return [names[name] for name in expected]


def _cell(path: Path, name: str, text: str, line: int, column: int) -> Cell:
    value = exact(text)
    if value is None:
        raise FileError(path, f"expected a finite decimal number for {name}, found {text!r}", line, column)
    return Cell(value, line, column)


# ---------------------------------------------------------------- JSON


@dataclass(frozen=True)
class ParameterFile:
    """Named numbers and nested lists of numbers, each with its place in the file."""

    path: Path
    values: Mapping[str, Any]
    places: Mapping[tuple, tuple[int, int]]

    def error(self, where: tuple, message: str) -> FileError:
        """A fault at a value, such as ("W_1", 0, 2); at what holds it where it has no place of its own."""
        while where and where not in self.places:
            where = where[:-1]
        return FileError(self.path, message, *self.places.get(where, (1, 1)))


def read_parameters(path: Path) -> ParameterFile:
    """Read parameters from a JSON object such as `{"W_1": [[0.1, 0.2]], "b_1": [0.3]}`.

    Raises:
        FileError: no JSON, no object, a repeated name, or something that is no finite number.
    """
    text = read_text(path)
    try:
        values = json.loads(
            text,
            parse_float=_Literal,
            parse_int=_Literal,
            parse_constant=_Literal,
            object_pairs_hook=lambda pairs: _Pairs(pairs),
        )
    except json.JSONDecodeError as error:
        raise FileError(path, f"is no JSON: {error.msg}", error.lineno, error.colno) from None
    except RecursionError:
        raise FileError(path, "nests too deeply; expected numbers and lists of numbers", 1, 1) from None
    places = dict(_json_places(text))
    file = ParameterFile(path, {}, places)
    if not isinstance(values, _Pairs):
        raise file.error((), 'expected an object such as {"W_1": [[0.1, 0.2]], "b_1": [0.3]}')
    names = [name for name, _ in values]
    for name in names:
        if names.count(name) > 1:
            raise file.error((name,), f"{name} stands twice")
    return ParameterFile(path, {name: _numbers(file, (name,), value) for name, value in values}, places)


class _Literal(str):
    """The text of a number as it stands in the file."""


class _Pairs(list):
    """An object as its pairs, so that a repeated name is seen."""


def _numbers(file: ParameterFile, where: tuple, value: Any) -> Any:
    if isinstance(value, list) and not isinstance(value, _Pairs):
        return [_numbers(file, (*where, place), item) for place, item in enumerate(value)]
    number = exact(value) if isinstance(value, _Literal) else None
    if number is None:
        shown = json.dumps(value) if not isinstance(value, _Literal | _Pairs) else value or "{}"
        raise file.error(where, f"expected a finite number in {_path(where)}, found {shown}")
    return number


def _path(where: tuple) -> str:
    name, *places = where
    return name + "".join(f"[{place}]" for place in places)


_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+)')


def _json_places(text: str) -> Iterator[tuple[tuple, tuple[int, int]]]:
    """(path, (line, column)) of every value of a text that is known to be JSON."""
    starts = [0]
    starts.extend(found.end() for found in re.finditer("\n", text))
    path: list[Any] = []
    line = 0
    expects_name = False
    for found in _TOKEN.finditer(text):
        token, start = found[1], found.start(1)
        while line + 1 < len(starts) and starts[line + 1] <= start:
            line += 1
        place = (line + 1, start - starts[line] + 1)
        if token in "]}":
            path.pop()
        elif token == ",":
            expects_name = isinstance(path[-1], str)
            if not expects_name:
                path[-1] += 1
        elif token == ":":
            expects_name = False
        elif expects_name:
            path[-1] = json.loads(token)
        else:
            yield tuple(path), place
            if token in "[{":
                path.append(0 if token == "[" else "")
                expects_name = token == "{"
