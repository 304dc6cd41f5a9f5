"""Sizes of dimensions as people ask for them."""

from __future__ import annotations

from collections.abc import Mapping

from derive.models.model import Model
from derive.models.options import ModelError, did_you_mean


def asked_sizes(model: Model, asked: Mapping[str, int]) -> tuple[dict[str, int], tuple[str, ...]]:
    """(sizes, notes) of the dimensions that somebody asked for, by name.

    `h` means every hidden layer, `N` the number of examples, which means nothing for one example: a note says so.

    Raises:
        ModelError: a dimension that the model does not have, one that is given twice, or a size below 1.
    """
    found: dict[str, int] = {}
    notes: list[str] = []
    hidden = [name for name in model.dimensions if name.startswith("h_")]
    for name, size in asked.items():
        names = hidden if name == "h" and hidden else ["n"] if name == "N" else [name]
        if size < 1:
            raise ModelError(f"--dims: expected a whole number of at least 1 for {name}, found {size}")
        for each in names:
            if each in found:
                raise ModelError(f"--dims gives {each} twice" + (f", once by {name}" if name != each else ""))
            if each in model.dimensions:
                found[each] = size
            elif each == "n":
                notes.append(f"{name} = {size} in --dims has no effect: {model.name} is derived for one example here")
            else:
                known, hint = ", ".join(sorted(model.dimensions)), did_you_mean(name, model.dimensions)
                raise ModelError(f"--dims: {model.name} has no dimension {name}; it has {known}{hint}")
    return found, tuple(notes)
