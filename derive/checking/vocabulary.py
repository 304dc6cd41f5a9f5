"""The names, derivatives and functions that a document uses, as its author spells them: what repairs are made of."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.functions import is_function
from derive.reading.names import slots_of, spelling
from derive.reading.parser import parse
from derive.reading.readings import Scope
from derive.reading.source import Span
from derive.reading.theory import Link, Theory
from derive.reading.tokens import tokenize
from derive.terms.dims import Dim

MOST_NAMES = 32


@dataclass(frozen=True)
class Entry:
    """Something that the document writes, with the text that it writes."""

    node: syntax.Node
    text: str


class Vocabulary:
    """Of one document, with the letters of one claim.

    Attributes:
        names: symbols, without transposes and primes.
        operands: names, and derivatives such as `\\frac{\\partial L}{\\partial z}`.
        classes: names of class numbers.
        slopes: applications of the derivative of a function, `f'(z)`.
        dimensions: names of dimensions as they are spelled.
        letters: index letters of the claim.
        taken: letters that a new sum must not bind.
    """

    def __init__(self, theory: Theory, link: Link):
        self.theory = theory
        self._words = frozenset(core for core in theory.names.families if len(core) > 1 and core.isalpha())
        scope = theory.scope()
        names: dict[str, Entry] = {}
        derivatives: dict[str, Entry] = {}
        slopes: dict[str, Entry] = {}
        here = [side for side in (link.right, link.left)]
        links = [link] + [reading.link for reading in theory.readings if reading.link is not link]
        for other in links:
            for side in (other.left, other.right):
                for node in syntax.walk(side):
                    self._learn(node, other.source.text, scope, names, derivatives, slopes)
        for given in theory.given:
            for node in syntax.walk(given.right):
                self._learn(node, given.source.text, scope, names, derivatives, slopes)
        for text, node in self._declared():
            self._learn(node, text, scope, names, derivatives, slopes)
        self.names = tuple(names.values())[:MOST_NAMES]
        self.operands = (*self.names, *tuple(derivatives.values())[:MOST_NAMES])
        self.slopes = tuple(slopes.values())[:MOST_NAMES]
        self.classes = tuple(entry for entry in names.values() if spelling(entry.node).core in theory.class_numbers)
        self.dimensions = tuple(sorted(theory.dimensions))
        self.letters = sorted({letter for side in here for letter in _index_letters(side)})
        self.taken = {*self.letters, *theory.dimensions} | {
            n.base for s in here for n in syntax.walk(s) if isinstance(n, syntax.Name)
        }

    def _declared(self) -> Iterator[tuple[str, syntax.Node]]:
        """Names that only a declaration writes out, such as the y of which the text writes entries."""
        for family in itertools.chain.from_iterable(self.theory.names.families.values()):
            try:
                (chain,) = parse(tokenize(family.written), self._words, len(family.written))
            except (Unread, ValueError):
                continue
            if isinstance(chain.sides[0], syntax.Name):
                yield family.written, chain.sides[0]

    def _learn(self, node, text: str, scope: Scope, names, derivatives, slopes) -> None:
        if isinstance(node, syntax.Product):
            for name, group in itertools.pairwise(node.items):
                if isinstance(name, syntax.Name) and isinstance(group, syntax.Group) and len(group.parts) == 1:
                    self._learn_slope(name, group, text, scope, slopes)
        written = text[slice(*node.span)].strip()
        if not written or written.count("{") != written.count("}"):
            return
        if isinstance(node, syntax.Derivative) and node.of is not None and node.sup is None and node.sub is None:
            derivatives.setdefault(written, Entry(node, written))
        if (
            isinstance(node, syntax.Name)
            and not node.primes
            and node.base not in ("d", "\\partial", "e", "\\top", "\\intercal")
        ):
            found = spelling(node)
            if not found.transposed and not is_function(node, scope) and not self.is_dimension(node):
                index = bool(slots_of(replace(node, sub=None))) and not isinstance(
                    getattr(node.sup, "body", None), syntax.Number
                )
                if node.sup is None or index:
                    names.setdefault(written, Entry(node, written))

    def _learn_slope(self, name: syntax.Name, group: syntax.Group, text: str, scope: Scope, slopes) -> None:
        plain = replace(name, primes=0)
        known = is_function(plain, scope) and spelling(plain).core.lstrip("\\") not in _NO_ACTIVATIONS
        argument = text[slice(*group.span)]
        if not known or not isinstance(group.inner, syntax.Name) or group.sub is not None or group.sup is not None:
            return
        written = re.sub(r"('|\^\{?\\prime\}?)\s*$", "", text[slice(*name.span)]).strip()
        if written.count("{") == written.count("}") and argument.count("{") == argument.count("}"):
            product = syntax.Product((replace(name, primes=1), group), span=group.span)
            # A prime behind a superscript is one superscript too many for LaTeX.
            primed = f"{{{written}}}'" if name.sup is not None else f"{written}'"
            slopes.setdefault(primed + argument, Entry(product, primed + argument))

    def is_dimension(self, name: syntax.Node) -> bool:
        """Whether a name is that of a dimension, used as a number."""
        if not isinstance(name, syntax.Name):
            return False
        found = spelling(name)
        return found.core.lstrip("\\") + (f"_{found.sub}" if found.sub else "") in self.theory.dimensions

    def dimension(self, name: str, span: Span) -> syntax.Node:
        """The name of a dimension as notation."""
        if name.isdecimal():
            return syntax.Number(Fraction(name), name, span=span)
        base, _, sub = name.partition("_")
        return syntax.Name(base, sub=syntax.Script(None, sub, span=span) if sub else None, span=span)

    def spelled(self, dim: Dim) -> str | None:
        """How a dimension is written, where it is one name."""
        text = str(dim)
        return text if text in self.theory.dimensions or text.isdecimal() else None

    def named(self, scope: Scope, root: syntax.Node) -> Iterator[Entry]:
        """The names that occur in an expression."""
        inside = {n.core for n in syntax.walk(root) if isinstance(n, syntax.Name)}
        return (entry for entry in self.names if isinstance(entry.node, syntax.Name) and entry.node.core in inside)


_NO_ACTIVATIONS = frozenset({"log", "ln", "exp", "sqrt", "diag", "tr", "Tr", "trace", "det", "vec", "max", "softmax"})


def _index_letters(root: syntax.Node) -> Iterator[str]:
    """The letters that stand in indices; `l` and `t` run over layers and times, and have neighbours of their own."""
    for node in syntax.walk(root):
        if isinstance(node, syntax.Name | syntax.Group):
            for script in (node.sub, node.sup):
                text = re.sub(r"\\[A-Za-z]+|[A-Za-z]{3,}", " ", script.text) if script is not None else ""
                yield from (letter for letter in re.findall("[a-z]", text) if letter not in "lt")
