"""Symbolic dimensions: `1`, `n`, `d + 1`, `n_{l-1}`. Polynomials in names, compared as mathematics."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from derive.terms.indices import Index, Indices

_NAME = r"(?P<name>[A-Za-z]+)(?:_(?:\{(?P<braced>[^{}]+)\}|(?P<plain>[A-Za-z0-9]+)))?"
_FACTOR = re.compile(rf"(?P<number>\d{{1,100}})?\s*(?:{_NAME})?")
NO_INDEX = Index("", -(2**31))  # 0 is an index: n_0 is the width of the input


@dataclass(frozen=True, slots=True, order=True)
class Atom:
    """One named dimension: `n`, or `n_l` of a family of dimensions."""

    name: str
    index: Index = NO_INDEX

    @property
    def key(self) -> str:
        if self.index == NO_INDEX:
            return self.name
        text = str(self.index)
        return f"{self.name}_{text}" if text.isalnum() else f"{self.name}_{{{text}}}"

    @property
    def latex(self) -> str:
        text = str(self.index)
        return self.key if self.index == NO_INDEX or len(text) == 1 else f"{self.name}_{{{text}}}"

    def at(self, indices: Indices) -> Atom:
        return Atom(self.name, self.index.at(indices))


Monomial = tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Dim:
    """A polynomial: monomials in the names, each with its integer factor. `ONE` is 1 whatever the data are."""

    monomials: tuple[tuple[Monomial, int], ...] = ()

    @classmethod
    def of(cls, value: Dim | int | str) -> Dim:
        """A dimension from a number, from itself, or from text such as `d+1`, `2h`, `n*d` or `n_{l-1}`.

        Raises:
            ValueError: the text is not a sum of products of names and numbers.
        """
        if isinstance(value, Dim):
            return value
        if isinstance(value, int):
            return cls((((), value),) if value else ())
        total = cls()
        for sign, part in _split_sum(value):
            product = Dim.of(sign)
            for factor in part.split("*"):
                product = product * cls._factor(factor.strip(), value.strip())
            total = total + product
        return total

    @classmethod
    def _factor(cls, factor: str, whole: str) -> Dim:
        found = _FACTOR.fullmatch(factor)
        if not factor or not found:
            raise ValueError(f"expected a dimension such as n, d+1 or n_{{l-1}}, found {whole!r}")
        number = cls.of(int(found["number"] or 1))
        if not found["name"]:
            return number
        inner = found["braced"] or found["plain"]
        return number * cls((((Atom(found["name"], Index.of(inner) if inner else NO_INDEX),), 1),))

    def __add__(self, other: Dim) -> Dim:
        return _collect((*self.monomials, *other.monomials))

    def __mul__(self, other: Dim) -> Dim:
        return _collect((tuple(sorted(a + b)), f * g) for a, f in self.monomials for b, g in other.monomials)

    def names(self) -> Iterator[str]:
        """The keys of the named dimensions in it, in a fixed order."""
        return (atom.key for monomial, _ in self.monomials for atom in monomial)

    def at(self, indices: Indices) -> Dim:
        """The dimension with indices of its family replaced: `n_{l-1}` at l = 3 is `n_2`."""
        for monomial, _ in self.monomials:
            for atom in monomial:
                if atom.index.name in indices:
                    return _collect((tuple(sorted(atom.at(indices) for atom in m)), f) for m, f in self.monomials)
        return self

    def size(self, sizes: Mapping[str, int]) -> int:
        """The number that the dimension stands for.

        Raises:
            KeyError: a named dimension has no size.
        """
        total = 0
        for monomial, factor in self.monomials:
            for atom in monomial:
                factor *= sizes[atom.key]
            total += factor
        return total

    def __str__(self) -> str:
        return self._written(lambda atom: atom.key, "*")

    @property
    def latex(self) -> str:
        return self._written(lambda atom: atom.latex, " ")

    def _written(self, name: Callable[[Atom], str], times: str) -> str:
        text = ""
        for monomial, factor in sorted(self.monomials, key=lambda item: (-len(item[0]), item)):
            sign = "-" if factor < 0 else ("+" if text else "")
            number = [str(abs(factor))] if abs(factor) != 1 or not monomial else []
            text += sign + times.join(number + [name(atom) for atom in monomial])
        return text or "0"


def _collect(monomials: Iterable[tuple[Monomial, int]]) -> Dim:
    """The polynomial with equal monomials merged, in a fixed order."""
    factors: dict[Monomial, int] = {}
    for monomial, factor in monomials:
        factors[monomial] = factors.get(monomial, 0) + factor
    return Dim(tuple(sorted((monomial, factor) for monomial, factor in factors.items() if factor)))


def _split_sum(text: str) -> Iterator[tuple[int, str]]:
    """Split `d + n_{l-1} - 2` at the signs outside braces."""
    signs, parts, depth = [1], [""], 0
    for character in text.strip():
        depth += (character == "{") - (character == "}")
        if character in "+-" and depth == 0:
            if parts[-1].strip():
                signs.append(1 if character == "+" else -1)
                parts.append("")
            else:
                signs[-1] *= 1 if character == "+" else -1
        else:
            parts[-1] += character
    return zip(signs, (part.strip() for part in parts), strict=True)


ONE = Dim.of(1)
