"""Reading many versions of one expression: what an edit leaves alone is read once.

Hundreds of repairs are tried for one wrong claim, and each differs from it in a place or two. A summand, a factor
with its argument or a side of a fraction that is the same node as before keeps its readings, for one scope.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from derive.checking.chains import contracted
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.readings import PRIMARY, RULES, Alternative, Missing, Scope, elaborate, factor
from derive.reading.signs import LOOSE


@dataclass(frozen=True)
class Known(syntax.Node):
    """Notation that has been read."""

    readings: tuple[Alternative, ...]


RULES[Known] = lambda node, scope: list(node.readings)


class Rereader:
    """Reads versions of one expression in one scope."""

    def __init__(self, root: syntax.Node, scope: Scope):
        # Only primary readings make a repair: without the others, a product of scalars has one reading and not 2^k.
        self.scope = replace(scope, operators={"": "matmul", **scope.operators}, settled=True)
        self._old: dict[int, syntax.Node] = {}
        self._factors: dict[int, tuple[syntax.Node, ...]] = {}
        self._read: dict[int, Known | None] = {}
        # Of products, by their first item: the factor there, all items, where factors end, and known beginnings.
        self._taken: dict[int, Known] = {}
        self._runs: dict[int, tuple[syntax.Node, ...]] = {}
        self._ends: dict[int, set[int]] = {}
        self._prefixes: dict[tuple[int, int], syntax.Product] = {}
        self._collect(root)

    def read(self, version: syntax.Node) -> tuple[Alternative, ...]:
        """All readings of a version, chains of Jacobians contracted.

        Raises:
            Unread, Missing: as for any expression.
        """
        return tuple(each.with_term(contracted(each.term)) for each in elaborate(self._shortened(version), self.scope))

    def _collect(self, node: syntax.Node) -> None:
        """The nodes whose readings do not depend on what stands around them."""
        if isinstance(node, syntax.Big):
            return  # its body is read with a letter that is not bound outside of it
        if isinstance(node, syntax.Total) and any(isinstance(n, syntax.Big) for n in syntax.walk(node)):
            return  # a sum may reach over the summands behind it
        if isinstance(node, syntax.Total):
            for signed in node.terms:
                self._old[id(signed.term)] = signed.term
        if isinstance(node, syntax.Fraction_):
            self._old |= {id(part): part for part in (node.over, node.under)}
        if isinstance(node, syntax.Product):
            self._collect_factors(list(node.items))
        for value in vars(node).values():
            for child in value if isinstance(value, tuple) else (value,):
                if isinstance(child, syntax.Node) and not isinstance(child, syntax.Script):
                    self._collect(child)

    def _collect_factors(self, items: list[syntax.Node]) -> None:
        position, ends, tight = 0, set(), True
        self._runs[id(items[0])], self._ends[id(items[0])] = tuple(items), ends
        while position < len(items):
            if isinstance(items[position], syntax.Sign):
                tight = tight and items[position].name not in LOOSE and items[position].name not in self.scope.operators
                position += 1
                continue
            try:
                taken, readings = factor(items, position, self.scope)
            except (Unread, Missing):
                return
            first = items[position]
            self._factors[id(first)] = tuple(items[position : position + taken])
            span = (first.span[0], items[position + taken - 1].span[1])
            self._taken[id(first)] = Known(_primary(readings), span=span)
            position += taken
            if tight:
                ends.add(position)

    def _shortened(self, node: syntax.Node) -> syntax.Node:
        if id(node) in self._old:
            return self._known(node)
        if isinstance(node, syntax.Big | syntax.Script):
            return node
        if isinstance(node, syntax.Total) and any(isinstance(n, syntax.Big) for n in syntax.walk(node)):
            return node
        if isinstance(node, syntax.Product):
            return replace(node, items=tuple(self._shortened_items(node.items)))
        if not isinstance(node, syntax.Total | syntax.Signed | syntax.Fraction_ | syntax.Group):
            return node
        changed = {}
        for field in fields(node):
            value = getattr(node, field.name)
            if isinstance(value, syntax.Node):
                changed[field.name] = self._shortened(value)
            elif isinstance(value, tuple) and value and isinstance(value[0], syntax.Node):
                changed[field.name] = tuple(self._shortened(part) for part in value)
        return replace(node, **changed)

    def _shortened_items(self, items: tuple[syntax.Node, ...]) -> Iterator[syntax.Node]:
        position = self._unchanged(items)
        if position:
            yield self._known(self._prefixes[id(items[0]), position])
        while position < len(items):
            own = self._factors.get(id(items[position]), ())
            here = items[position : position + len(own)]
            if own and all(a is b for a, b in zip(own, here, strict=False)) and len(here) == len(own):
                yield self._taken[id(items[position])]
                position += len(own)
            else:
                yield items[position] if isinstance(items[position], syntax.Name) else self._shortened(items[position])
                position += 1

    def _unchanged(self, items: tuple[syntax.Node, ...]) -> int:
        """How many items at the start of a product are one known product: factors from the left, no loose signs."""
        own = self._runs.get(id(items[0]), ()) if items else ()
        same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] is pair[1], zip(own, items, strict=False)))
        ends = [end for end in range(2, same + 1) if end in self._ends.get(id(items[0]), ())]
        if not ends or isinstance(items[ends[-1] - 1], syntax.Sign):
            return 0
        key = id(items[0]), ends[-1]
        if key not in self._prefixes:
            run = items[: ends[-1]]
            self._prefixes[key] = syntax.Product(run, span=(run[0].span[0], run[-1].span[1]))
        return ends[-1]

    def _known(self, node: syntax.Node) -> syntax.Node:
        if id(node) not in self._read:
            try:
                self._read[id(node)] = Known(_primary(elaborate(node, self.scope)), span=node.span)
            except (Unread, Missing):
                self._read[id(node)] = None
        return self._read[id(node)] or node


def _primary(readings: list[Alternative]) -> tuple[Alternative, ...]:
    return tuple(each for each in readings if each.level == PRIMARY) or tuple(readings)
