"""True claims to spoil and to rewrite: those of the corpus that hold, and those of all models and conventions.

A sheet is one claim in its document, whose right side is replaced in the text; what comes out is read from its first
character. Nothing here knows how repairs are looked for.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from derive.checking.document import read_document
from derive.checking.instances import Instance, instances
from derive.checking.judge import Judge
from derive.models.catalogue import MODELS, build
from derive.models.model import Model
from derive.models.options import OPTIONS, ModelError, idle
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.readings import Missing, factor
from derive.reading.source import Span
from derive.reading.theory import Link, Theory
from derive.symbolic.derivation import differentiate
from derive.terms.nodes import Component, Symbol, Term
from derive.terms.shapes import Shape

CORPUS = Path(__file__).resolve().parents[1] / "corpus" / "dev"
LAYERS = ("1", "2", "3")  # of the models: the fourth layer says what the third one does


@dataclass(frozen=True)
class Text:
    """A document by its name.

    Args:
        source: what stands in it, or the model that it is written from when it is asked for.
        true: the claims known to be true, by line and number of the link; None: all.
    """

    name: str
    source: str | Model
    true: frozenset[tuple[int, int]] | None = None

    @property
    def text(self) -> str:
        return self.source if isinstance(self.source, str) else written(self.source)


def texts() -> list[Text]:
    """The documents of the corpus, then one of each model in each convention."""
    return [*_corpus(), *_models()]


def _corpus() -> Iterator[Text]:
    rows = [json.loads(line) for line in (CORPUS / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
    for name, group in itertools.groupby(rows, lambda row: row["doc"]):
        true = {(row["line"], row["link"]) for row in group if row["label"] == "ok"}
        yield Text(name, (CORPUS / name).read_text(encoding="utf-8"), frozenset(true))


def _models() -> Iterator[Text]:
    for name, row in MODELS.items():
        names = list(row.defaults)
        values = [LAYERS if OPTIONS[option].values is None else OPTIONS[option].values for option in names]
        for chosen in itertools.product(*values):
            options = dict(zip(names, chosen, strict=True))
            given = [option for option, value in options.items() if value != row.defaults[option]]
            try:
                model = build(name, options)
            except ModelError:
                continue
            if idle(given, options) or options.get("relu-at-zero", "0") != "0":  # no point is drawn at a kink
                continue
            yield Text(f"{name}-{'-'.join(chosen).replace('/', '')}.md", model)


def written(model: Model) -> str:
    """A model and its gradients as somebody would write them down: definitions, then a claim for every step."""
    lines = ["---", "derive:", "  shapes:"]
    for symbol in model.given:
        kind = " 0/1" if model.binary and symbol == model.targets else ""
        lines.append(f"    {symbol.latex}: {_shape(symbol)}{kind}")
    lines += [f"  loss: {model.loss.latex}", "  functions:", r"    \sigma: sigmoid"]
    if model.signals:
        lines += ["  gradients:", *(f"    {signal.latex}: {z.latex}" for z, signal in model.signals)]
    lines += ["---", ""]
    for definition in model.definitions:
        target = Component((definition.symbol,), definition.index) if definition.index else definition.symbol
        lines += [f"$${target.latex} = {definition.expression.latex}$$", ""]
    for step in differentiate(model.definitions, model.loss, model.parameters, dict(model.signals)).steps:
        left = step.target.latex
        sides = dict.fromkeys(term.latex for term in (step.expression, step.closed))
        lines += [f"$${left} = {side}$$\n" for side in sides if side != left]
    return "\n".join(lines)


def _shape(symbol: Symbol) -> str:
    shape = symbol.shape
    return "scalar" if shape.is_scalar else f"{shape.rows} x {shape.cols}"


@dataclass(frozen=True)
class Factor:
    """A factor of a product as the reader takes it, with the sign in front of it, if any."""

    span: Span
    node: syntax.Node
    sign: syntax.Sign | None
    is_slope: bool


class Sheet:
    """One true claim, ready to be written differently.

    Attributes:
        text: of the whole document. right: the right side as notation. places: its nodes outside of indices.
    """

    def __init__(self, name: str, text: str, theory: Theory, link: Link, found: list[Instance]):
        self.name, self.text, self.theory, self.link, self.instances = name, text, theory, link, found
        self.right, self.scope = link.right, found[0].scope
        self.start, self.end = self.span(link.right)

    @cached_property
    def places(self) -> list[syntax.Node]:
        return [node for node in _outside_of_indices(self.right) if self.is_here(node)]

    def is_here(self, node: syntax.Node) -> bool:
        """Whether a node stands in the text, and not in a macro."""
        start, end = self.span(node)
        return self.start <= start < end <= self.end

    def span(self, node: syntax.Node | Span) -> Span:
        """The place of a node with the braces that belong to it."""
        start, end = node if isinstance(node, tuple) else node.span
        while (depth := _depth(self.text[start:end]))[0] < 0 and start > 0:
            start -= 1
        while depth[1] > 0 and end < len(self.text):
            end += 1
            depth = _depth(self.text[start:end])
        return start, end

    def shows(self, node: syntax.Node | Span) -> str:
        return self.text[slice(*self.span(node))].strip()

    def replaced(self, *changes: tuple[syntax.Node | Span, str]) -> str:
        """The right side with other texts at places that do not overlap."""
        result, position = "", self.start
        for place, new in sorted((self.span(place), new) for place, new in changes):
            result += self.text[position : place[0]] + new
            position = place[1]
        return result + self.text[position : self.end]

    def with_right(self, right: str) -> str:
        """The document with another right side."""
        return self.text[: self.start] + right + self.text[self.end :]

    def term(self, node: syntax.Node) -> Term | None:
        """The first reading of a node, if it has one by itself."""
        try:
            return factor([node], 0, self.scope)[1][0].term
        except (Unread, Missing, IndexError):
            return None

    def shape(self, node: syntax.Node) -> Shape | None:
        term = self.term(node)
        return term.shape if term is not None and isinstance(term.shape, Shape) else None

    def factors(self, product: syntax.Product) -> list[Factor]:
        """The factors of a product, in order; none where it is not taken apart, or stands in a macro."""
        found, position, sign, items = [], 0, None, list(product.items)
        while position < len(items):
            if isinstance(items[position], syntax.Sign):
                sign, position = items[position], position + 1
                continue
            try:
                taken, _ = factor(items, position, self.scope)
            except (Unread, Missing):
                return []
            own = items[position : position + taken]
            if not all(map(self.is_here, own)):
                return []
            span = (self.span(own[0])[0], self.span(own[-1])[1])
            node = own[0] if taken == 1 else syntax.Product(tuple(own), span=span)
            slope = any(isinstance(item, syntax.Name) and item.primes > 0 for item in own)
            found.append(Factor(span, node, sign, slope))
            position, sign = position + taken, None
        return found

    @cached_property
    def products(self) -> list[tuple[syntax.Product, list[Factor]]]:
        found = ((node, self.factors(node)) for node in self.places if isinstance(node, syntax.Product))
        return [(node, parts) for node, parts in found if len(parts) > 1]

    @cached_property
    def names(self) -> list[tuple[str, Shape]]:
        """Symbols that the document writes plainly, with their shapes."""
        found: dict[str, Shape] = {}
        for reading in self.theory.readings:
            link = reading.link
            for side in (link.left, link.right):
                for node in _outside_of_indices(side):
                    if not isinstance(node, syntax.Name) or node.primes:
                        continue
                    written, shape = link.source.text[slice(*node.span)].strip(), self.shape(node)
                    if shape is not None and written.count("{") == written.count("}") and written != "d":
                        found.setdefault(written, shape)
        return list(found.items())

    @cached_property
    def counts(self) -> list[str]:
        """Dimensions that somebody could divide by, or sum over: those that examples are mostly counted with first."""
        known = sorted(self.theory.dimensions, key=lambda name: (name not in ("n", "m", "N"), name))
        return [name for name in known if "_" not in name][:2]


def sheets(document: Text) -> list[Sheet]:
    """The claims of a document that are to be true and are judged to hold."""
    text = document.text
    theory = read_document(document.name, text).theory
    judge, found = Judge(theory), []
    for reading in theory.readings:
        link = reading.link
        place = link.source.place(link.span[0])
        if reading.kind != "claim" or link.left is link.right:
            continue
        if document.true is not None and (place.line, link.number) not in document.true:
            continue
        if judge.judge(link, repairs=False).verdict != "holds":
            continue
        own = instances(theory, link)[0]
        if own[0].lefts[0].term != own[0].rights[0].term:  # one that names something is true whatever that is
            found.append(Sheet(document.name, text, theory, link, own))
    return found


def _outside_of_indices(node: syntax.Node) -> Iterator[syntax.Node]:
    yield node
    for value in vars(node).values():
        for child in value if isinstance(value, tuple) else (value,):
            for part in child if isinstance(child, tuple) else (child,):
                if isinstance(part, syntax.Node) and not isinstance(part, syntax.Script):
                    yield from _outside_of_indices(part)


def _depth(text: str) -> tuple[int, int]:
    """(the lowest depth of braces, that at the end)"""
    depth = lowest = 0
    for before, character in zip(" " + text, text, strict=False):
        if before != "\\":
            depth += (character == "{") - (character == "}")
            lowest = min(lowest, depth)
    return lowest, depth
