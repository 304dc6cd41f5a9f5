"""The names, derivatives and functions that a document uses, as its author spells them: what repairs are made of."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.checking.instances import layer_letters
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.functions import is_function
from derive.reading.names import slots_of, spelling
from derive.reading.parser import parse
from derive.reading.readings import Scope
from derive.reading.source import Span
from derive.reading.theory import Link, Theory
from derive.reading.tokens import tokenize
from derive.reading.transposes import COMMANDS, SIGN
from derive.terms.dims import Dim

MOST_NAMES = 32
MOST_ENTRIES = 24  # of vectors and matrices, with the letters of a claim
MOST_COMPOUNDS = 16
MOST_NUMBERS = 6
LONGEST = 80  # characters of a compound


@dataclass(frozen=True)
class Entry:
    """Something that the document writes, with the text that it writes."""

    node: syntax.Node
    text: str


class Written:
    """Names, derivatives and applied derivatives of functions by how a document writes them, each once, in order."""

    def __init__(self, theory: Theory):
        self.names: dict[str, Entry] = {}
        self.derivatives: dict[str, Entry] = {}
        self.slopes: dict[str, Entry] = {}
        self.numbers: dict[str, Entry] = {}
        self._theory, self._scope = theory, theory.scope()

    @classmethod
    def of(cls, theory: Theory) -> Written:
        """All that a document writes: its statements, what it is given, its declarations."""
        found = cls(theory)
        for reading in theory.readings:
            found.learn(reading.link.source.text, reading.link.left, reading.link.right)
        for given in theory.given:
            found.learn(given.source.text, given.right)
        for text, node in found._declared():
            found._learn(node, text)
        return found

    def learn(self, text: str, *roots: syntax.Node) -> None:
        """What stands in expressions of a text."""
        for root in roots:
            for node in syntax.walk(root):
                self._learn(node, text)

    def _declared(self) -> Iterator[tuple[str, syntax.Node]]:
        """Names that only a declaration writes out, such as the y of which the text writes entries."""
        words = frozenset(core for core in self._theory.names.families if len(core) > 1 and core.isalpha())
        for family in itertools.chain.from_iterable(self._theory.names.families.values()):
            try:
                (chain,) = parse(tokenize(family.written), words, len(family.written))
            except (Unread, ValueError):
                continue
            if isinstance(chain.sides[0], syntax.Name):
                yield family.written, chain.sides[0]

    def _learn(self, node: syntax.Node, text: str) -> None:
        if isinstance(node, syntax.Product):
            for name, group in itertools.pairwise(node.items):
                if isinstance(name, syntax.Name) and isinstance(group, syntax.Group) and len(group.parts) == 1:
                    self._learn_slope(name, group, text)
        written = text[slice(*node.span)].strip()
        if not written or written.count("{") != written.count("}"):
            return
        if isinstance(node, syntax.Number) and node.text == written and (node.value > 2 or "." in written):
            self.numbers.setdefault(written, Entry(node, written))
        if isinstance(node, syntax.Derivative) and node.of is not None and node.sup is None and node.sub is None:
            self.derivatives.setdefault(written, Entry(node, written))
        if (
            isinstance(node, syntax.Name)
            and not node.primes
            and node.base not in ("d", "\\partial", "e", *COMMANDS)
        ):
            found = spelling(node)
            if not found.transposed and not is_function(node, self._scope) and not is_dimension(node, self._theory):
                index = bool(slots_of(replace(node, sub=None))) and not isinstance(
                    getattr(node.sup, "body", None), syntax.Number
                )
                if node.sup is None or index:
                    self.names.setdefault(written, Entry(node, written))

    def _learn_slope(self, name: syntax.Name, group: syntax.Group, text: str) -> None:
        plain = replace(name, primes=0)
        known = is_function(plain, self._scope) and spelling(plain).core.lstrip("\\") not in _NO_ACTIVATIONS
        argument = text[slice(*group.span)]
        if not known or not isinstance(group.inner, syntax.Name) or group.sub is not None or group.sup is not None:
            return
        written = re.sub(r"('|\^\{?\\prime\}?)\s*$", "", text[slice(*name.span)]).strip()
        if written.count("{") == written.count("}") and argument.count("{") == argument.count("}"):
            product = syntax.Product((replace(name, primes=1), group), span=group.span)
            # A prime behind a superscript is one superscript too many for LaTeX.
            primed = f"{{{written}}}'" if name.sup is not None else f"{written}'"
            self.slopes.setdefault(primed + argument, Entry(product, primed + argument))


def is_dimension(name: syntax.Node, theory: Theory) -> bool:
    """Whether a name is that of a dimension, used as a number."""
    if not isinstance(name, syntax.Name):
        return False
    found = spelling(name)
    return found.core.lstrip("\\") + (f"_{found.sub}" if found.sub else "") in theory.dimensions


class Vocabulary:
    """Of one document, with the letters of one claim.

    Attributes:
        names: symbols, without transposes and primes.
        operands: names, and derivatives such as `\\frac{\\partial L}{\\partial z}`.
        compounds: brackets and products that stand in the claim, with no sum over an index around or in them.
        classes: names of class numbers.
        numbers: those that are written out, but for 1 and 2.
        slopes: applications of the derivative of a function, `f'(z)`.
        dimensions: names of dimensions as they are spelled.
        letters: index letters of the claim.
        taken: letters that a new sum must not bind.
    """

    def __init__(self, theory: Theory, link: Link, written: Written):
        self.theory = theory
        here = [side for side in (link.right, link.left)]
        own = Written(theory)
        own.learn(link.source.text, link.left, link.right)
        names = _first(own.names, written.names)
        derivatives = _first(own.derivatives, written.derivatives)
        slopes = _first(own.slopes, written.slopes)
        self.numbers = tuple(_first(own.numbers, written.numbers).values())[:MOST_NUMBERS]
        self.letters = sorted({letter for side in here for letter in _index_letters(side)})
        layers = layer_letters(theory, link.left) | layer_letters(theory, link.right)
        entries = _entries(names.values(), [each for each in self.letters if each not in layers], theory.scope())
        self.names = (*tuple(names.values())[:MOST_NAMES], *itertools.islice(entries, MOST_ENTRIES))
        self.operands = (*self.names, *tuple(derivatives.values())[:MOST_NAMES])
        self.compounds = tuple(_compounds(link))[:MOST_COMPOUNDS]
        self.slopes = tuple(slopes.values())[:MOST_NAMES]
        self.classes = tuple(entry for entry in names.values() if spelling(entry.node).core in theory.class_numbers)
        self.dimensions = tuple(sorted(theory.dimensions))
        self.taken = {*self.letters, *theory.dimensions} | {
            n.base for s in here for n in syntax.walk(s) if isinstance(n, syntax.Name)
        }

    def is_dimension(self, name: syntax.Node) -> bool:
        """Whether a name is that of a dimension, used as a number."""
        return is_dimension(name, self.theory)

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


def _entries(names: Iterable[Entry], letters: list[str], scope: Scope) -> Iterator[Entry]:
    """`a_j` and `W_{jk}` of vectors and matrices that a claim about entries may mean."""
    pairs = [f"{a}{b}" for a, b in itertools.permutations(letters, 2)]
    for entry in names:
        name = entry.node
        if not isinstance(name, syntax.Name) or name.sub is not None or name.primes or name.base in letters:
            continue
        use = scope.match(name)
        shape = use.family.shape if use is not None else None  # a name of a gradient is of no family
        if shape is not None and (shape.is_scalar or use.components):
            continue
        for text in letters if shape is None or shape.is_vector else pairs:
            body = syntax.Name(text, span=name.span) if len(text) == 1 else None
            script = syntax.Script(body, text, span=name.span)
            yield Entry(replace(name, sub=script), f"{entry.text}_{text}" if body else f"{entry.text}_{{{text}}}")


def _compounds(link: Link) -> Iterator[Entry]:
    found: dict[str, Entry] = {}
    for side in (link.left, link.right):
        for node in _outside_of_sums(side):
            group = isinstance(node, syntax.Group) and node.opening in ("(", "[") and len(node.parts) == 1
            product = isinstance(node, syntax.Product) and len(node.items) > 1 and node is not link.right
            text = link.source.text[slice(*node.span)].strip()
            if group and node.sup is not None and (turned := _TURNED.search(text)):
                node, text = replace(node, sup=None), text[: turned.start()]
            if (group or product) and text and text.count("{") == text.count("}") and len(text) <= LONGEST:
                found.setdefault("".join(text.split()), Entry(node, text))
    return iter(found.values())


_TURNED = re.compile(rf"\s*\^\s*(?:{SIGN}|\{{\s*{SIGN}\s*\}})$")


def _outside_of_sums(node: syntax.Node) -> Iterator[syntax.Node]:
    if isinstance(node, syntax.Big):
        return
    yield node
    for child in syntax.children(node):
        if not isinstance(child, syntax.Script):
            yield from _outside_of_sums(child)


def _first(own: dict[str, Entry], others: dict[str, Entry]) -> dict[str, Entry]:
    """Both, those of the claim itself before the others."""
    return own | {text: entry for text, entry in others.items() if text not in own}


_NO_ACTIVATIONS = frozenset({"log", "ln", "exp", "sqrt", "diag", "tr", "Tr", "trace", "det", "vec", "max", "softmax"})


def _index_letters(root: syntax.Node) -> Iterator[str]:
    """The letters that stand in indices; `l` and `t` run over layers and times, and have neighbours of their own."""
    for node in syntax.walk(root):
        if isinstance(node, syntax.Name | syntax.Group):
            for script in (node.sub, node.sup):
                text = re.sub(r"\\[A-Za-z]+|[A-Za-z]{3,}", " ", script.text) if script is not None else ""
                yield from (letter for letter in re.findall("[a-z]", text) if letter not in "lt")
