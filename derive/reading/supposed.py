r"""A loss that the text only names: "with a scalar loss L and dO = \partial L / \partial O". Any loss behind O will do.

What is said then is said for every loss, and so for one that weighs the entries of O with numbers of its own. The last
result of the document is what it depends on: the one symbol by which a gradient is named and that nothing else uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from derive.reading import syntax
from derive.reading.knowledge import Definition, Link, Theory
from derive.reading.names import Family
from derive.reading.notation import ungrouped
from derive.terms import nodes
from derive.terms.nodes import Symbol
from derive.terms.shapes import Shape

WEIGHTS = "weights of the loss"  # no name that a document can have
_LOSSES = frozenset({"L", "J", "E", "C", "\\ell", "\\mathcal{L}"})


def suppose_loss(links: Sequence[Link], theory: Theory) -> None:
    """Put a loss behind the last result, where the document speaks of gradients and defines none."""
    if theory.loss is not None or not theory.definitions:
        return
    used = {n.name for d in theory.definitions for n in d.expression.walk() if isinstance(n, Symbol)}
    names = {name for link in links for side in (link.left, link.right) for name in _by(side)}
    last = [d.symbol for d in theory.definitions if d.symbol.name not in used and d.symbol.name in names]
    letter = next((found for link in links for side in (link.left, link.right) for found in _of(side)), "L")
    if len(last) != 1 or last[0].indices or last[0].is_scalar or theory.names.families.get(letter):
        return
    (result,) = last
    weights = Symbol(name=WEIGHTS, declared=result.declared, latex_name="G")
    loss = Symbol(name=letter, declared=Shape(), latex_name=letter)
    body = nodes.Total((nodes.Hadamard((weights, result)),))
    theory.names.add(Family(letter, (), (), Shape(), letter))
    theory.definitions.append(Definition(loss, body))
    theory.heads.add(letter)
    theory.loss = loss
    theory.supposed = f"{letter} is any loss that depends on {result.latex}"


def _by(node: syntax.Node) -> Iterator[str]:
    r"""Names that gradients are taken by: O of `dO` and of `\partial L / \partial O`."""
    for part in syntax.walk(node):
        if isinstance(part, syntax.Name) and re.fullmatch(r"d[A-Za-z]", part.base):
            yield part.base[1:]
        if isinstance(part, syntax.Derivative):
            yield from (by.core for by in part.by if isinstance(by, syntax.Name))
        items = part.items if isinstance(part, syntax.Product) else ()
        for d, name in pairwise(items):
            if isinstance(d, syntax.Name) and d.base == "d" and isinstance(name, syntax.Name) and not name.spaced:
                yield name.core


def _of(node: syntax.Node) -> Iterator[str]:
    """Letters of losses that something is said to be the gradient of."""
    for part in syntax.walk(node):
        of = ungrouped(part.of) if isinstance(part, syntax.Derivative) and part.of is not None else None
        if isinstance(of, syntax.Name) and of.core in _LOSSES and of.sub is None:
            yield of.core
