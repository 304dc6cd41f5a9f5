"""Real numbers for a model: sizes of its dimensions and values of its given symbols, from files where there are any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from derive.models.files import ParameterFile, Table, named, read_parameters, read_table
from derive.models.model import Model
from derive.models.options import ModelError, did_you_mean
from derive.models.sizes import asked_sizes
from derive.models.text_files import FileError
from derive.terms.definitions import dimension_names
from derive.terms.nodes import Symbol
from derive.terms.walk import symbols

# The products in the forward pass of the worked example: beyond this nobody follows it, and 30 digits take minutes.
LARGEST = 100_000


@dataclass(frozen=True)
class Given:
    """What is known of the worked example.

    `values` are exact, in 2-D shapes, for the symbols that files give; `notes` say what was asked for without effect.
    """

    sizes: Mapping[str, int]
    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class _Sizes:
    """Sizes of dimensions, each with where it was learned, so that a conflict names both sources."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[int, str]] = {}

    def learn(self, name: str, size: int, source: str) -> str | None:
        """Returns what speaks against it, or None."""
        before, where = self.known.setdefault(name, (size, source))
        return None if before == size else f"{name} = {size}, but {name} = {before} {where}"


def read_given(
    model: Model,
    *,
    dims: Mapping[str, int] | None = None,
    data: Path | None = None,
    params: Path | None = None,
    row: int | None = None,
) -> Given:
    """Sizes and values of the worked example.

    Args:
        dims: sizes asked for; they may not contradict the files.
        data: a CSV file of examples. params: a JSON file of parameters.
        row: which example of the file to take, from 1, where the model derives one example.

    Raises:
        FileError: a file does not fit; file, line, column and what was expected.
        ModelError: a dimension that the model does not have, or a size below 1.
    """
    sizes, values = _Sizes(), {}
    asked, notes = asked_sizes(model, dims or {})
    for name, size in asked.items():
        sizes.learn(name, size, "in --dims")
    if data is not None:
        values |= _from_table(model, read_table(data), sizes, row)
    elif row is not None:
        raise ModelError("--row chooses an example of a file: give it with --data")
    if params is not None:
        values |= _from_parameters(model, read_parameters(params), sizes)
    known = {**model.sizes, **{name: size for name, (size, _) in sizes.known.items()}}
    _check_volume(model, known)
    return Given(known, values, notes)


def _check_volume(model: Model, sizes: Mapping[str, int]) -> None:
    volume = sum(
        prod(sizes[name] for name in dimension_names((definition.symbol, *symbols(definition.expression))))
        for definition in model.definitions
    )
    if volume > LARGEST:
        asked = ", ".join(f"{name} = {sizes[name]}" for name in model.dimensions)
        raise ModelError(
            f"nobody can follow a worked example of this size ({_short(asked)}: {volume} products in the forward pass,"
            f" and at most {LARGEST} will do): take fewer examples or smaller layers"
        )


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


# ---------------------------------------------------------------- data


def _from_table(model: Model, table: Table, sizes: _Sizes, row: int | None) -> dict[str, np.ndarray]:
    batch = "n" in model.dimensions
    if row is not None and not 1 <= row <= len(table):
        raise ModelError(f"--row: expected a row from 1 to {len(table)}, as {table.path} has, found {row}")
    chosen = slice(row - 1, row) if row is not None else slice(None)
    inputs, targets = table.inputs[chosen], table.targets[chosen]
    if not batch and len(inputs) > 1:
        message = (
            f"has {len(inputs)} examples, and --arrangement example derives one: choose --arrangement rows or columns"
            " for all of them, or one of them with --row N"
        )
        raise FileError(table.path, message, *_start(table, 1))
    values = {}
    for symbol, rows, kind in ((model.inputs, inputs, "x"), (model.targets, targets, "y")):
        array = values[symbol.key] = _arranged(symbol, rows, batch)
        if array.shape != symbol.shape.sizes(_Wild(len(rows), len(rows[0]))):
            message = f"expected one column {kind}, as {symbol.latex} of {model.name} is ({symbol.shape})"
            raise FileError(table.path, f"{message}, found {len(rows[0])}", *table.columns[f"{kind}_2"])
        for dim, size in zip((symbol.shape.rows, symbol.shape.cols), array.shape, strict=True):
            for name in dim.names():
                if conflict := sizes.learn(name, size, f"in {table.path}"):
                    place = _start(table, 0) if name == "n" else _first(table, kind)
                    raise FileError(table.path, f"gives {conflict}", *place)
    if model.binary:
        _check_labels(table, targets)
    return values


def _start(table: Table, row: int) -> tuple[int, int]:
    """The line of a row, and the column where its first field starts."""
    return min((cell.line, cell.column) for cell in (*table.inputs[row], *table.targets[row]))


def _first(table: Table, kind: str) -> tuple[int, int]:
    """Where the first column of this kind has its name."""
    return min(place for name, place in table.columns.items() if name[0] == kind)


class _Wild(dict):
    """Sizes for asking whether the number of columns is free: n is the number of rows, any other name of columns."""

    def __init__(self, rows: int, columns: int):
        super().__init__()
        self.rows, self.columns = rows, columns

    def __missing__(self, name: str) -> int:
        return self.rows if name == "n" else self.columns


def _arranged(symbol: Symbol, rows: tuple, batch: bool) -> np.ndarray:
    """Examples in rows as the model has them: in rows, in columns, or the one example as a column."""
    table = np.array([[cell.value for cell in row] for row in rows], dtype=object)
    in_rows = "n" in symbol.shape.rows.names()
    return table if batch and in_rows else table.T


def _check_labels(table: Table, targets: tuple) -> None:
    for row in targets:
        for cell in row:
            if cell.value not in (0, 1):
                message = f"expected a label 0 or 1 for binary cross-entropy, found {cell.text}"
                raise FileError(table.path, message, cell.line, cell.column)


# ---------------------------------------------------------------- parameters


def _from_parameters(model: Model, file: ParameterFile, sizes: _Sizes) -> dict[str, np.ndarray]:
    keys = [symbol.key for symbol in model.parameters]
    for name in file.values:
        if name not in keys:
            message = f"{model.name} has no parameter {named(name)}; expected {', '.join(keys)}"
            raise file.name_error(name, message + did_you_mean(name, keys))
    missing = [key for key in keys if key not in file.values]
    if missing:
        raise file.error((), f"the parameter {missing[0]} is missing; expected {', '.join(keys)}")
    return {symbol.key: _parameter(file, symbol, file.values[symbol.key], sizes) for symbol in model.parameters}


def _parameter(file: ParameterFile, symbol: Symbol, value: Any, sizes: _Sizes) -> np.ndarray:
    """A scalar bare, a vector as a flat list, a matrix as a list of rows."""
    where = (symbol.key,)
    shape = symbol.shape
    depth = 0 if shape.is_scalar else 1 if shape.is_vector else 2
    if _depth(value) != depth:
        described = ("a number", "a list of numbers such as [0.1, 0.2]", "a list of rows such as [[0.1, 0.2]]")[depth]
        raise file.error(where, f"expected {described} for {symbol.key} ({shape}), found {_described(value)}")
    if depth == 2:
        for place, line in enumerate(value):
            if len(line) != len(value[0]):
                message = f"expected {len(value[0])} numbers in row {place + 1} of {symbol.key}, found {len(line)}"
                raise file.error((*where, place), message)
    array = np.empty((1, 1), dtype=object)
    array[0, 0] = value
    if depth:
        array = np.array(value, dtype=object).reshape(len(value), -1)
    for dim, size in zip((shape.rows, shape.cols), array.shape, strict=True):
        for name in dim.names():
            if conflict := sizes.learn(name, size, f"in {symbol.key} of {file.path}"):
                found = " x ".join(map(str, array.shape[:depth]))
                entries = "entry" if array.size == 1 else "entries"
                raise file.error(where, f"{symbol.key} ({shape}) has {found} {entries}, so {conflict}")
    return array


def _depth(value: Any) -> int:
    """0 for a number, 1 for a list of numbers, 2 for a list of lists of numbers, -1 for anything else or empty."""
    if isinstance(value, Fraction):
        return 0
    depths = {_depth(item) for item in value}
    return depths.pop() + 1 if len(depths) == 1 and -1 not in depths else -1


def _described(value: Any) -> str:
    depth = _depth(value)
    if depth == -1:
        return "an empty list" if value == [] else "an empty row" if [] in value else "lists of different depth"
    return ("a number", "a list of numbers", "a list of rows", "lists nested more deeply")[min(depth, 3)]
