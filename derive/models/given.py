"""Real numbers for a model: sizes of its dimensions and values of its given symbols, from files where there are files."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from derive.models.files import FileError, ParameterFile, Table, read_parameters, read_table
from derive.models.model import Model
from derive.models.options import ModelError
from derive.terms.definitions import dimension_names
from derive.terms.nodes import Symbol
from derive.terms.walk import symbols

# The products in one definition of the worked example: beyond this nobody follows it, and 30 digits take minutes.
LARGEST = 1_000_000


@dataclass(frozen=True)
class Given:
    """What is known of the worked example: sizes, and exact values in 2-D shapes for symbols that files give."""

    sizes: Mapping[str, int]
    values: Mapping[str, np.ndarray] = field(default_factory=dict)


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
    for name, size in _dims(model, dims or {}).items():
        sizes.learn(name, size, "in --dims")
    if data is not None:
        values |= _from_table(model, read_table(data), sizes, row)
    elif row is not None:
        raise ModelError("--row chooses an example of a file: give it with --data")
    if params is not None:
        values |= _from_parameters(model, read_parameters(params), sizes)
    known = {**model.sizes, **{name: size for name, (size, _) in sizes.known.items()}}
    _check_volume(model, known)
    return Given(known, values)


def _dims(model: Model, asked: Mapping[str, int]) -> dict[str, int]:
    """`h` means every hidden layer, `N` the number of examples; n has no meaning for one example and is left out."""
    found = {}
    hidden = [name for name in model.dimensions if name.startswith("h_")]
    for name, size in asked.items():
        names = [name]
        if name == "h" and hidden:
            names = hidden
        elif name == "N":
            names = ["n"]
        for each in names:
            if each not in model.dimensions and each != "n":
                known = ", ".join(sorted(model.dimensions))
                raise ModelError(f"--dims: {model.name} has no dimension {name}; it has {known}")
            if size < 1:
                raise ModelError(f"--dims: expected a whole number of at least 1 for {name}, found {size}")
            if each in model.dimensions:
                found[each] = size
    return found


def _check_volume(model: Model, sizes: Mapping[str, int]) -> None:
    for definition in model.definitions:
        names = dimension_names((definition.symbol, *symbols(definition.expression)))
        if prod(sizes[name] for name in names) > LARGEST:
            shown = ", ".join(f"{name} = {sizes[name]}" for name in names)
            raise ModelError(f"nobody can follow a worked example of this size ({shown}): take fewer rows or smaller layers")


# ---------------------------------------------------------------- data


def _from_table(model: Model, table: Table, sizes: _Sizes, row: int | None) -> dict[str, np.ndarray]:
    batch = "n" in model.dimensions
    if row is not None and not 1 <= row <= len(table):
        raise ModelError(f"--row: expected a row from 1 to {len(table)}, found {row}")
    chosen = slice(row - 1, row) if row is not None else slice(None)
    inputs, targets = table.inputs[chosen], table.targets[chosen]
    if not batch and len(inputs) > 1:
        raise FileError(
            table.path,
            f"has {len(inputs)} examples, and --arrangement example derives one: choose --arrangement rows or columns"
            " for all of them, or one with --row 1",
            inputs[1][0].line,
            1,
        )
    values = {}
    for symbol, rows, kind in ((model.inputs, inputs, "x"), (model.targets, targets, "y")):
        values[symbol.key] = _arranged(symbol, rows, batch)
        wanted = symbol.shape.sizes(_Wild(len(rows), len(rows[0])))
        if values[symbol.key].shape != wanted:
            raise FileError(
                table.path, f"expected 1 column {kind} for {symbol.key} of {model.name}, found {len(rows[0])}", 1, 1
            )
        for dim, size in zip((symbol.shape.rows, symbol.shape.cols), values[symbol.key].shape, strict=True):
            for name in dim.names():
                if conflict := sizes.learn(name, size, f"in {table.path}"):
                    raise FileError(table.path, f"gives {conflict}", 1, 1)
    if model.binary:
        _check_labels(table, targets)
    return values


class _Wild(dict):
    """Sizes for asking whether the number of columns is free: n is the number of rows, any other name that of columns."""

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
                message = f"expected a label 0 or 1 for binary cross-entropy, found {float(cell.value):g}"
                raise FileError(table.path, message, cell.line, cell.column)


# ---------------------------------------------------------------- parameters


def _from_parameters(model: Model, file: ParameterFile, sizes: _Sizes) -> dict[str, np.ndarray]:
    keys = [symbol.key for symbol in model.parameters]
    for name in file.values:
        if name not in keys:
            near = difflib.get_close_matches(name, keys, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise file.error((name,), f"{model.name} has no parameter {name}; expected {', '.join(keys)}{hint}")
    missing = [key for key in keys if key not in file.values]
    if missing:
        raise file.error((), f"the parameter {missing[0]} is missing; expected {', '.join(keys)}")
    return {symbol.key: _parameter(file, symbol, file.values[symbol.key], sizes) for symbol in model.parameters}


def _parameter(file: ParameterFile, symbol: Symbol, value: Any, sizes: _Sizes) -> np.ndarray:
    """A scalar bare, a vector as a flat list, a matrix as a list of rows."""
    where = (symbol.key,)
    shape = symbol.shape
    depth = 0 if shape.is_scalar else 1 if shape.is_vector else 2
    described = ("a number", "a list of numbers", "a list of rows")[depth]
    if _depth(value) != depth:
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
                found = " x ".join(map(str, array.shape)) if depth == 2 else str(len(array))
                raise file.error(where, f"{symbol.key} ({shape}) has {found} entries, so {conflict}")
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
        return "an empty list" if value == [] else "lists of different depth"
    return ("a number", "a list of numbers", "a list of rows", "lists nested more deeply")[min(depth, 3)]
