"""Data and parameters from files: CSV and JSON into exact fractions, every fault named with file, line and column.

Numbers are read as the decimals that stand there, so that 0.1 is one tenth for every witness. Nothing is guessed: what
is missing, not a number, of another shape or not finite is refused with what was expected. Work is bounded by the size
of a file and by its nesting, so that no file makes the reader hang.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from derive.models.text_files import FileError, plain_newlines, read_text

# Files beyond this are no worked example.
LARGEST_FILE = 2 * 1024 * 1024
# Brackets inside brackets; parameters need three.
DEEPEST = 32
# Numbers from 1e-100 to 1e100, and 0: their squares fit into float64, which two of the witnesses use.
LARGEST_EXPONENT = 100
MOST_DIGITS = 100

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE](?P<exponent>[+-]?\d+))?", re.ASCII)
_HEADER = re.compile(r"(?P<kind>[xy])(_(?P<number>[1-9]\d*))?", re.ASCII)


def _read(path: Path) -> str:
    """The text of a file of numbers, its lines ended by `\\n`. Raises FileError."""
    return plain_newlines(read_text(path, LARGEST_FILE, "; a worked example needs a few rows"))


@lru_cache(maxsize=4096)
def exact(text: str) -> Fraction | None:
    """The decimal number that a text writes, exactly; None where it writes none, or one out of all bounds."""
    found = len(text) <= MOST_DIGITS and _NUMBER.fullmatch(text)
    if not found or abs(int(found["exponent"] or 0)) > 2 * LARGEST_EXPONENT:
        return None
    value = Fraction(text)
    within = value == 0 or Fraction(1, 10**LARGEST_EXPONENT) <= abs(value) <= 10**LARGEST_EXPONENT
    return value if within else None


def shown(text: str) -> str:
    """A text of the user as a message shows it: in quotes, in one line, never long."""
    return repr(text if len(text) <= 40 else text[:37] + "...") if text else "nothing"


def _no_number(text: str) -> str:
    """What was found where a number was expected, and what would have been one."""
    if "," in text:
        hint = "; a decimal point is written ."
    elif "\N{MINUS SIGN}" in text:
        hint = "; a minus is written -"
    elif text.isascii() and _NUMBER.fullmatch(text):
        hint = f"; it may have {MOST_DIGITS} digits and lie between 1e-{LARGEST_EXPONENT} and 1e{LARGEST_EXPONENT}"
    else:
        hint = ""
    return f"found {shown(text)}{hint}"


# ---------------------------------------------------------------- CSV


@dataclass(frozen=True, slots=True)
class Cell:
    """A number with its text and its place."""

    value: Fraction
    text: str
    line: int
    column: int


@dataclass(frozen=True)
class Table:
    """Examples in rows: `inputs` and `targets` in the order of their numbers, each cell with its place in the file.

    `columns` has the line and column of every name in the header.
    """

    path: Path
    inputs: tuple[tuple[Cell, ...], ...]
    targets: tuple[tuple[Cell, ...], ...]
    columns: Mapping[str, tuple[int, int]]

    def __len__(self) -> int:
        return len(self.inputs)


def read_table(path: Path) -> Table:
    """Read examples from a CSV file with the header `x_1,...,x_d,y_1,...,y_k` (`x` or `y` where there is one).

    Raises:
        FileError: no header, an unknown, missing or repeated column, a row of another length, no number, no rows.
    """
    rows = _rows(path)
    header = next(rows, None)
    if header is None:
        raise FileError(path, "is empty; expected a header such as x_1,x_2,y_1 and rows of numbers", 1, 1)
    names = _names(path, header)
    places = {kind: _order(path, header, names, kind) for kind in "xy"}
    tables: dict[str, list[tuple[Cell, ...]]] = {"x": [], "y": []}
    for row in rows:
        _check_length(path, row, header)
        cells = [_cell(path, name, *field) for (name, *_), field in zip(header, row, strict=True)]
        for kind in "xy":
            tables[kind].append(tuple(cells[place] for place in places[kind]))
    if not tables["x"]:
        raise FileError(path, "has a header and no rows; expected at least one example", header[0][1] + 1, 1)
    columns = {name: (line, column) for name, line, column in header}
    return Table(path, tuple(tables["x"]), tuple(tables["y"]), columns)


Field = tuple[str, int, int]  # text, line, column

# Possessive throughout: a line is read in one pass, whatever stands in it.
_FIELD = re.compile(r'[ \t]*+(?P<field>"(?P<quoted>(?:[^"]|"")*+)"|[^,"]*+)[ \t]*+(?P<end>,|$)')


def _rows(path: Path) -> Iterator[list[Field]]:
    """The lines that hold anything, as fields; a field in quotes stays in its line."""
    for number, line in enumerate(_read(path).split("\n"), 1):
        if line.strip():
            yield list(_fields(path, number, line))


def _fields(path: Path, number: int, line: str) -> Iterator[Field]:
    at, more = 0, True
    while more:
        found = _FIELD.match(line, at)
        if not found:
            at += len(line[at:]) - len(line[at:].lstrip(" \t"))
            message = f'expected a number, or a field in quotes "..." that ends at a comma, found {shown(line[at:])}'
            raise FileError(path, message, number, at + 1)
        quoted = found["quoted"]
        text = found["field"].rstrip(" \t") if quoted is None else quoted.replace('""', '"').strip(" \t")
        yield text, number, found.start("field") + 1
        at, more = found.end(), found["end"] == ","


def _check_length(path: Path, row: list[Field], header: list[Field]) -> None:
    if len(row) == len(header):
        return
    _, line, column = row[min(len(header), len(row) - 1)]  # the first that is too much, or the last that there is
    values = f"{len(header)} value{'s' if len(header) != 1 else ''}"
    raise FileError(path, f"expected {values}, one for each column of the header, found {len(row)}", line, column)


def _names(path: Path, header: list[Field]) -> dict[str, int]:
    """Which name stands at which place of the header."""
    names: dict[str, int] = {}
    for place, (name, line, column) in enumerate(header):
        if not _HEADER.fullmatch(name):
            message = f"expected a column name such as x_1 or y_1, found {shown(name)}{_name_hint(name)}"
            raise FileError(path, message, line, column)
        if name in names:
            raise FileError(path, f"the column {name} stands twice", line, column)
        names[name] = place
    return names


def _name_hint(name: str) -> str:
    if exact(name) is not None:
        return "; the first line names the columns, such as x_1,x_2,y_1"
    if re.search(r"[;\t ]", name):
        return "; columns are separated by commas"
    near = re.fullmatch(r"([xy])_?([1-9]\d{0,5}|)", name.lower(), re.ASCII)
    if near:
        return f"; did you mean {near[1]}{near[2] and '_' + near[2]}?"
    return "; columns count from 1" if re.fullmatch(r"[xy]_0\d*", name) else ""


def _order(path: Path, header: list[Field], names: Mapping[str, int], kind: str) -> list[int]:
    """The places of the columns x_1 to x_d, or y_1 to y_k, in order."""
    own = [name for name in names if name[0] == kind]
    if own == [kind]:
        return [names[kind]]
    _, line, column = header[0]
    if not own:
        raise FileError(path, f"expected a column {kind}, or columns {kind}_1, {kind}_2, ...; found none", line, column)
    listed = ", ".join(own[:8]) + (", ..." if len(own) > 8 else "")
    if kind in own:
        _, line, column = header[names[kind]]
        raise FileError(path, f"expected {kind} alone, or {kind}_1, {kind}_2, ...; found {listed}", line, column)
    expected = [f"{kind}_{number}" for number in range(1, len(own) + 1)]
    missing = next((name for name in expected if name not in names), None)
    if missing:
        _, line, column = header[min(names[name] for name in own if name not in expected)]
        raise FileError(path, f"the column {missing} is missing; found {listed}", line, column)
    return [names[name] for name in expected]


def _cell(path: Path, name: str, text: str, line: int, column: int) -> Cell:
    value = exact(text)
    if value is None:
        raise FileError(path, f"expected a finite decimal number for {name}, {_no_number(text)}", line, column)
    return Cell(value, text, line, column)


# ---------------------------------------------------------------- JSON


@dataclass(frozen=True)
class ParameterFile:
    """Named numbers and nested lists of numbers, with the text in which they stand."""

    path: Path
    text: str
    values: Mapping[str, Any]

    def error(self, where: tuple, message: str) -> FileError:
        """A fault at a value, such as ("W_1", 0, 2); at what holds it where it has no place of its own."""
        places = dict(_places(self.text))
        while where and where not in places:
            where = where[:-1]
        return FileError(self.path, message, *places.get(where, (1, 1)))

    def name_error(self, name: str, message: str) -> FileError:
        """A fault of a name itself: at the last place where it stands as a name."""
        return self.error((name, _Name), message)


def read_parameters(path: Path) -> ParameterFile:
    """Read parameters from a JSON object such as `{"W_1": [[0.1, 0.2]], "b_1": [0.3]}`.

    Raises:
        FileError: no JSON, no object, a repeated name, or something that is no finite number.
    """
    text = _read(path)
    example = '{"W_1": [[0.1, 0.2]], "b_1": [0.3]}'
    if not text.strip():
        raise FileError(path, f"is empty; expected an object such as {example}", 1, 1)
    _check_depth(path, text)
    try:
        pairs = json.loads(
            text, parse_float=_Literal, parse_int=_Literal, parse_constant=_Literal, object_pairs_hook=_Pairs
        )
    except json.JSONDecodeError as error:
        raise FileError(path, _no_json(error), error.lineno, error.colno) from None
    file = ParameterFile(path, text, {})
    if not isinstance(pairs, _Pairs):
        raise file.error((), f"expected an object such as {example}, found {_kind(pairs)}")
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            raise file.name_error(name, f"{named(name)} stands twice")
        values[name] = _numbers(file, (name,), value)
    return ParameterFile(path, text, values)


class _Literal(str):
    """The text of a number as it stands in the file."""


class _Pairs(list):
    """An object as its pairs, so that a repeated name is seen."""


class _Name:
    """The end of a path that leads to a name, not to its value."""


def _numbers(file: ParameterFile, where: tuple, value: Any) -> Any:
    if isinstance(value, list) and not isinstance(value, _Pairs):
        return [_numbers(file, (*where, place), item) for place, item in enumerate(value)]
    number = exact(value) if isinstance(value, _Literal) else None
    if number is None:
        found = _no_number(value) if isinstance(value, _Literal) else f"found {_kind(value)}"
        raise file.error(where, f"expected a finite number for {_entry(where)}, {found}")
    return number


def _kind(value: Any) -> str:
    if isinstance(value, _Pairs):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, _Literal):
        return "a number"
    return f"the text {shown(value)}" if isinstance(value, str) else json.dumps(value)


def _entry(where: tuple) -> str:
    """`W_1[2,1]`, counted from 1 as in the mathematics."""
    name, *places = where
    return named(name) + (f"[{','.join(str(place + 1) for place in places)}]" if places else "")


def named(name: str) -> str:
    """A name of the user as a message shows it: bare where it is a plain one."""
    if re.fullmatch(r"\w{1,40}", name, re.ASCII):
        return name
    return shown(name) if name else "''"


# What Python's reader expected, in words that do not change with its version.
_EXPECTED = {
    "Expecting property name": "expected a name in double quotes",
    "Illegal trailing comma": "expected no comma before a closing bracket",
    "Expecting ':'": "expected : after the name",
    "Expecting ','": "expected a comma or a closing bracket",
    "Expecting value": "expected a number or a list of numbers",
    "Extra data": "expected nothing after the closing brace",
    "Unterminated string": "expected a closing quote for this text",
    "Invalid control character": "expected a closing quote before the end of the line",
}


def _no_json(error: json.JSONDecodeError) -> str:
    expected = next((text for start, text in _EXPECTED.items() if error.msg.startswith(start)), error.msg)
    rest = error.doc[error.pos : error.pos + 2]
    found = f"found {shown(rest[:1])}" if rest else "found the end of the file"
    hint = ""
    if rest in ("//", "/*") or rest[:1] == "#":
        hint = "; JSON has no comments"
    elif rest[:1] in ("}", "]") and not error.msg.startswith("Extra data"):
        hint = "; is there a comma too many before it?"
    return f"is not JSON: {expected}, {found}{hint}"


# Strings first, and to the end of the text where they are not closed: one pass, whatever stands in the text.
_TOKEN = re.compile(r'"(?:[^"\\]|\\(?:.|\Z))*+(?:"|\Z)|[\[\]{},:]|[^\s\[\]{},:"]++', re.DOTALL)


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """(token, line, column)"""
    line, start, seen = 1, 0, 0
    for found in _TOKEN.finditer(text):
        while (end := text.find("\n", seen, found.start())) >= 0:
            line, start, seen = line + 1, end + 1, end + 1
        seen = found.start()
        yield found[0], line, found.start() - start + 1


def _check_depth(path: Path, text: str) -> None:
    depth = 0
    for token, line, column in _tokens(text):
        depth += (token in ("[", "{")) - (token in ("]", "}"))
        if depth > DEEPEST:
            message = "nests too deeply; expected numbers, lists of numbers, or lists of rows"
            raise FileError(path, message, line, column)


def _places(text: str) -> Iterator[tuple[tuple, tuple[int, int]]]:
    """(path, (line, column)) of every value of a text that is known to be JSON; the path of a name ends in _Name."""
    path: list[Any] = []
    expects_name = False
    for token, line, column in _tokens(text):
        if token in ("]", "}"):
            path.pop()
        elif token == ",":
            expects_name = isinstance(path[-1], str)
            if not expects_name:
                path[-1] += 1
        elif token == ":":
            expects_name = False
        elif expects_name:
            path[-1] = json.loads(token)
            yield (*path, _Name), (line, column)
        else:
            yield tuple(path), (line, column)
            if token in ("[", "{"):
                path.append(0 if token == "[" else "")
                expects_name = token == "{"
