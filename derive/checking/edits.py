"""Edits of an expression: nodes of its tree replaced and, at the same time, spans of its source.

So a repaired claim can be judged as a tree and printed in the author's own notation. Edits of different places can be
made together. Nothing is evaluated here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from operator import is_not

from derive.checking.vocabulary import Vocabulary
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.readings import Missing, Scope, elaborate
from derive.reading.source import Span
from derive.terms.nodes import Term
from derive.terms.shapes import Shape

Piece = str | Span  # text of its own, or a span of the source, in which other edits may be made


@dataclass(frozen=True)
class Change:
    """One node replaced by another, and the text that stands for it."""

    target: syntax.Node
    node: syntax.Node
    span: Span
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Edit:
    """A repair of one mistake.

    Args:
        code: of the mistake that it undoes.
        cost: the smaller, the sooner it is tried: small edits first, then frequent ones.
        reason: what was wrong, in words.
        span: the smallest faulty place.
    """

    changes: tuple[Change, ...]
    code: str
    cost: float
    reason: str
    span: Span


@dataclass(frozen=True)
class Page:
    """What rows need to know of the place where they edit.

    Args:
        text: of the source.
        root: the expression that is edited.
        target: the shape that it has to have.
        counts: dimensions that a mean may divide by, as the document spells them.
        transpose: how the document writes a transpose.
    """

    text: str
    root: syntax.Node
    target: Shape | None
    scope: Scope
    vocabulary: Vocabulary
    counts: tuple[str, ...]
    transpose: str
    read: dict[int, tuple[syntax.Node, Term | None]] = field(default_factory=dict)  # by identity of the node beside it
    places: dict[Span, Span] = field(default_factory=dict)  # spans with their braces, by those without

    def span(self, node: syntax.Node | Span) -> Span:
        """The place of a node with the braces that belong to it: `{z}^{[l]}`, not `z}^{[l]}`."""
        own = node if isinstance(node, tuple) else node.span
        if own not in self.places:
            self.places[own] = self._with_braces(*own)
        return self.places[own]

    def _with_braces(self, start: int, end: int) -> Span:
        while (surplus := _unopened(self.text[start:end])) and start > 0:
            start = self.text.rfind("{", 0, start) if "{" in self.text[:start] else start
            if _unopened(self.text[start:end]) >= surplus:
                break
        while (missing := _unclosed(self.text[start:end])) and (found := self.text.find("}", end)) >= 0:
            end = found + 1
            if _unclosed(self.text[start:end]) >= missing:
                break
        return start, end

    def shape(self, node: syntax.Node) -> Shape | None:
        """The shape of the first reading of a node, or None."""
        term = self.term(node)
        return term.shape if term is not None and isinstance(term.shape, Shape) else None

    def term(self, node: syntax.Node) -> Term | None:
        """The first reading of a node, or None."""
        if id(node) not in self.read:
            try:
                self.read[id(node)] = node, elaborate(node, self.scope)[0].term
            except (Unread, Missing):
                self.read[id(node)] = node, None
        return self.read[id(node)][1]

    def shows(self, node: syntax.Node) -> str:
        """A node as it stands in the source, for messages."""
        return f"`{self.text[slice(*self.span(node))].strip()}`"


def inside(node: syntax.Node) -> Iterator[syntax.Node]:
    """The node and everything in it but what stands in indices and exponents."""
    yield node
    for value in vars(node).values():
        for child in value if isinstance(value, tuple) else (value,):
            for part in child if isinstance(child, tuple) else (child,):
                if isinstance(part, syntax.Node) and not isinstance(part, syntax.Script):
                    yield from inside(part)


def _unopened(text: str) -> int:
    """How many closing braces have no opening one before them."""
    depth = lowest = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        lowest = min(lowest, depth)
    return -lowest


def _unclosed(text: str) -> int:
    return text.count("{") - text.count("}") + _unopened(text)


def edited(root: syntax.Node, edit_changes: tuple[Change, ...]) -> syntax.Node:
    """The tree with the targets replaced; what a replacement keeps of the old tree is edited as well."""
    targets = {id(change.target): change.node for change in edit_changes}
    places = [change.target.span for change in edit_changes]

    def go(node: syntax.Node) -> syntax.Node:
        node = targets.pop(id(node), node)
        first, last = node.span
        if not any([start <= last and first <= end for start, end in places]):
            return node
        changed = {}
        for name, value in vars(node).items():
            if (new := parts(value)) is not value:
                changed[name] = new
        return replace(node, **changed) if changed else node

    def parts(value: object) -> object:
        if isinstance(value, syntax.Node):
            return go(value)
        if isinstance(value, tuple) and value and isinstance(value[0], syntax.Node | tuple):
            new = [parts(part) for part in value]
            return tuple(new) if any(map(is_not, new, value)) else value
        return value

    return go(root)


def rendered(text: str, span: Span, changes: tuple[Change, ...]) -> str:
    """The source of a span with changes made; inner changes inside what an outer one keeps."""
    within = [c for c in changes if span[0] <= c.span[0] and c.span[1] <= span[1]]
    outer = [c for c in within if not any(_holds(d, c) for d in within)]
    result, position = "", span[0]
    for change in sorted(outer, key=lambda c: c.span):
        rest = tuple(c for c in within if c is not change)
        result += text[position : change.span[0]]
        result += "".join(p if isinstance(p, str) else rendered(text, p, rest) for p in change.pieces)
        position = change.span[1]
    return result + text[position : span[1]]


def _holds(outer: Change, inner: Change) -> bool:
    wide = outer.span[0] <= inner.span[0] and inner.span[1] <= outer.span[1]
    return wide and outer is not inner and outer.span != inner.span


def compatible(a: Edit, b: Edit) -> bool:
    """Whether two edits change different places."""
    return all(
        c.target is not d.target and c.span != d.span and not _crosses(c, d) for c in a.changes for d in b.changes
    )


def _crosses(c: Change, d: Change) -> bool:
    apart = c.span[1] <= d.span[0] or d.span[1] <= c.span[0]
    return not apart and not _holds(c, d) and not _holds(d, c)
