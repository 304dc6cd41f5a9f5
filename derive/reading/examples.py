r"""`\sum_x` over the training examples, where x is the input itself: every example has an x, a y and a z of its own.

What the sum varies gets an index, `x_{\example}`, and the sum runs over it; all other names stay as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from derive.reading import syntax
from derive.reading.knowledge import Link, Theory
from derive.reading.names import Slot, spelling
from derive.reading.notation import head, letters_in, ungrouped
from derive.reading.statements import Statements

LETTER = "\\example"
_PARAMETERS = frozenset({"w", "W", "b", "B", "\\theta", "\\Theta", "\\lambda", "\\eta", "\\alpha"})
_COUNT = re.compile(r"[A-Za-z]")


class Examples:
    """What a document sums over, and what differs from example to example.

    Args:
        links: all statements of the document.
        declared: cores of the names that have a declared shape, without any index.
        loss: core of the name of the loss.
    """

    def __init__(self, links: Sequence[Link], declared: Collection[str], loss: str | None):
        self.links, self.loss = links, loss
        taken_by = {core for link in links for core in _taken_by(link)}
        self.inputs = {core for core in declared if core not in taken_by | _PARAMETERS}
        self.bound = {core for link in links for core in _bound(link)} & self.inputs
        self.varying = self._varying() if self.bound else set()
        self.count = next((name for link in links if (name := self._count(link, declared)) is not None), "examples")

    def _varying(self) -> set[str]:
        """The inputs that stand in the sums or in what is used there, and all that is defined by them."""
        heads: dict[str, list[syntax.Node]] = {}
        for link in self.links:
            if (name := head(link.left)[0]) is not None:
                heads.setdefault(spelling(name).core, []).append(link.right)
        used, stack = set(), [body for link in self.links for body in self._bodies(link)]
        while stack:
            for core in _cores(stack.pop()) - used:
                used.add(core)
                stack += heads.get(core, []) if core != self.loss else []
        varying = (self.inputs & used) | self.bound
        while True:
            moved = {core for core, rights in heads.items() if any(self._outside(r, varying) for r in rights)}
            new = moved - varying - {self.loss}
            if not new:
                return varying
            varying |= new

    def _bodies(self, link: Link) -> Iterator[syntax.Node]:
        nodes = (node for side in (link.left, link.right) for node in syntax.walk(side))
        return (node.body for node in nodes if isinstance(node, syntax.Big) and _summed_over(node) in self.bound)

    def _outside(self, node: syntax.Node, cores: Collection[str]) -> bool:
        """Whether one of the names stands outside of all sums over examples."""
        if isinstance(node, syntax.Big) and _summed_over(node) in self.bound:
            return False
        if isinstance(node, syntax.Name) and spelling(node).core in cores:
            return True
        return any(self._outside(child, cores) for child in _children(node))

    def _count(self, link: Link, declared: Collection[str]) -> str | None:
        r"""The n of `\frac{1}{n} \sum_x`, where it is no other name."""
        for node in syntax.walk(link.right):
            items = node.items if isinstance(node, syntax.Product) else ()
            sums = any(isinstance(item, syntax.Big) and _summed_over(item) in self.bound for item in items)
            fractions = (item for item in items if sums and isinstance(item, syntax.Fraction_))
            for name in (n for fraction in fractions for n in syntax.walk(fraction.under)):
                plain = isinstance(name, syntax.Name) and name.sub is None and name.sup is None
                if plain and _COUNT.fullmatch(name.base) and name.base not in declared:
                    return name.base
        return None

    # ------------------------------------------------------------ the same statements with an index

    def indexed(self, link: Link) -> Link:
        """The statement with an index on what varies; one that speaks of one example and of all of them is unread."""
        sides = (link.left, link.right)
        whole = any(self._is_derivative_of_loss(node) for side in sides for node in syntax.walk(side))
        if whole and any(self._outside(side, self.varying) for side in sides):
            message = f"it speaks of one example, and {self.loss or 'the loss'} sums over all of them"
            return replace(link, unread=link.unread or message)
        return replace(link, left=self.node(link.left), right=self.node(link.right))

    def _is_derivative_of_loss(self, node: syntax.Node) -> bool:
        if isinstance(node, syntax.Nabla) or (isinstance(node, syntax.Name) and node.base == "\\delta"):
            return True
        of = ungrouped(node.of) if isinstance(node, syntax.Derivative) and node.of is not None else None
        return isinstance(of, syntax.Name) and of.core == self.loss

    def node(self, node: syntax.Node) -> syntax.Node:
        """Notation with an index on what varies."""
        if isinstance(node, syntax.Name):
            return self.name(node)
        if isinstance(node, syntax.Big) and _summed_over(node) in self.bound:
            span = node.lower.span[1], node.lower.span[1]  # what is put in stands nowhere
            letter, first = syntax.Name(LETTER, span=span), syntax.Number(1, "1", span=span)
            start = syntax.Comparison((letter, first), ("=",), span=span)
            upper = syntax.Script(syntax.Name(self.count, span=span), self.count, span=span)
            lower = syntax.Script(start, f"{LETTER}=1", span=span)
            return replace(node, lower=lower, upper=upper, body=self.node(node.body))
        if isinstance(node, syntax.Product):
            node = replace(node, items=tuple(self._without_reminders(node.items)))
            if len(node.items) == 1:
                return self.node(node.items[0])
        return replace(node, **{key: self._value(value) for key, value in vars(node).items() if _holds_notation(value)})

    def _value(self, value: object) -> object:
        if isinstance(value, syntax.Script):
            return value
        if isinstance(value, syntax.Node):
            return self.node(value)
        return tuple(self._value(inner) for inner in value) if isinstance(value, tuple) else value

    def name(self, name: syntax.Name) -> syntax.Name:
        """The name with an index, where it varies: `x_{\\example,j}` for x_j."""
        if spelling(name).core not in self.varying:
            return name
        text = LETTER if name.sub is None else f"{LETTER},{name.sub.text}"
        return replace(name, sub=syntax.Script(None, text, span=name.sub.span if name.sub else name.span))

    def _without_reminders(self, items: Sequence[syntax.Node]) -> Iterator[syntax.Node]:
        """`y(x)` is the y of the example x."""
        for before, item in zip((None, *items), items, strict=False):
            inner = ungrouped(item.inner) if isinstance(item, syntax.Group) and len(item.parts) == 1 else None
            varies = isinstance(before, syntax.Name) and spelling(before).core in self.varying
            if varies and isinstance(inner, syntax.Name) and inner.core in self.bound and item.sub is None:
                continue
            yield item


def over_examples(statements: Statements, theory: Theory) -> None:
    """Give what differs from example to example an index, in the statements and in the declared names."""
    declared = {
        core
        for core, families in theory.names.families.items()
        if not any(slot.is_generic for family in families for slot in family.slots)
    }
    loss = statements.declared.loss
    name = statements.name(loss) if loss is not None else None
    examples = Examples(statements.links, declared, name.core if isinstance(name, syntax.Name) else None)
    if not examples.bound:
        return
    statements.links[:] = [examples.indexed(link) for link in statements.links]
    for core in examples.varying & declared:
        families = theory.names.families.pop(core)
        for family in families:
            theory.names.add(replace(family, slots=(*family.slots, Slot("sub", "", LETTER))))


def _summed_over(node: syntax.Big) -> str | None:
    """The x of `\\sum_x`."""
    body = node.lower.body if node.lower is not None and node.upper is None and node.name == "sum" else None
    plain = isinstance(body, syntax.Name) and body.sub is None and body.sup is None and not body.primes
    # In `\sum_t y_t` the letter counts, whatever else is called t.
    counts = plain and any(body.base.lstrip("\\") in letters_in(inner) for inner in syntax.walk(node.body))
    return body.core if plain and not counts else None


def _bound(link: Link) -> set[str]:
    nodes = (node for side in (link.left, link.right) for node in syntax.walk(side) if isinstance(node, syntax.Big))
    return {core for node in nodes if (core := _summed_over(node)) is not None}


def _taken_by(link: Link) -> set[str]:
    """The names that derivatives are taken by."""
    found: set[str] = set()
    for node in (node for side in (link.left, link.right) for node in syntax.walk(side)):
        if isinstance(node, syntax.Derivative):
            found |= {core for by in node.by for core in _cores(by)}
        if isinstance(node, syntax.Nabla) and node.by is not None and node.by.body is not None:
            found |= _cores(node.by.body)
    return found


def _cores(node: syntax.Node) -> set[str]:
    return {spelling(name).core for name in syntax.walk(node) if isinstance(name, syntax.Name)}


def _children(node: syntax.Node) -> Iterator[syntax.Node]:
    for value in vars(node).values():
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, syntax.Node):
                yield child
            elif isinstance(child, tuple):
                yield from (inner for inner in child if isinstance(inner, syntax.Node))


def _holds_notation(value: object) -> bool:
    if isinstance(value, tuple):
        return any(_holds_notation(inner) for inner in value)
    return isinstance(value, syntax.Node)
