"""Indices of families and components: `i`, `l+1`, `3`. A name plus an offset, nothing more general."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_INDEX = re.compile(r"(?P<name>[A-Za-z]+'*)\s*(?P<offset>[+-]\s*\d+)?|(?P<number>[+-]?\s*\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Index:
    """`name + offset`; a literal number has no name. Counting starts at 1, as on paper."""

    name: str = ""
    offset: int = 0

    @classmethod
    def of(cls, value: Index | int | str) -> Index:
        """An index from a number, from itself, or from text such as `l-1`.

        Raises:
            ValueError: the text is neither a number nor a name with an offset.
        """
        if isinstance(value, Index):
            return value
        if isinstance(value, int):
            return cls("", value)
        found = _INDEX.fullmatch(value.strip())
        if not found:
            raise ValueError(f"expected an index such as 3, l or l-1, found {value!r}")
        return cls(found["name"] or "", int("".join((found["offset"] or found["number"] or "0").split())))

    @property
    def is_number(self) -> bool:
        return not self.name

    def at(self, indices: Indices) -> Index:
        """The index with a known name replaced by its number, or by another index: `l-1` at l = m+1 is `m`."""
        if self.name not in indices:
            return self
        found = Index.of(indices[self.name])
        return Index(found.name, found.offset + self.offset)

    def value(self, indices: Mapping[str, int]) -> int:
        """The number that the index stands for.

        Raises:
            KeyError: the name of the index has no number.
        """
        return self.offset if self.is_number else indices[self.name] + self.offset

    def __str__(self) -> str:
        if self.is_number:
            return str(self.offset)
        return self.name if not self.offset else f"{self.name}{self.offset:+d}"


# What index names are replaced by.
Indices = Mapping[str, "int | Index"]
