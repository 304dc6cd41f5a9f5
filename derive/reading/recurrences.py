r"""Recurrences, `h_t = f(h_{t-1}, x_t)`: what they define, where they start, and what shape their members have."""

from __future__ import annotations

from collections.abc import Iterable

from derive.reading import syntax
from derive.reading.elaborate import Missing
from derive.reading.errors import Unread
from derive.reading.inference import Inference
from derive.reading.knowledge import Link, Theory
from derive.reading.letters import bound_letters
from derive.reading.names import slots_of
from derive.reading.notation import head
from derive.reading.readings import Scope
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.shapes import Shape
from derive.terms.walk import is_zero


def layer_letters(theory: Theory, node: syntax.Node) -> set[str]:
    """The letters below a node that stand for any layer or step."""
    fixed = bound_letters(node) | theory.last_names
    return {
        slot.index.name
        for name in syntax.walk(node)
        if isinstance(name, syntax.Name)
        for slot in slots_of(name)
        if slot.is_generic and slot.index.name not in fixed and theory.runs_over_layers(name, slot)
    }


def recurrent(theory: Theory, link: Link) -> str | None:
    """The core of a name that a line defines by its own earlier members: s of `s_t = w s_{t-1} + x_t`."""
    name, _ = head(link.left)
    layered = layer_letters(theory, link.left)
    for other in syntax.walk(link.right) if layered else ():
        if isinstance(other, syntax.Name) and other.core == name.core:
            indices = [slot.index for slot in slots_of(other) if slot.is_generic]
            if any(index.name in layered and index.offset < 0 for index in indices):
                return name.core
    return None


def starts(theory: Theory, name: syntax.Name, indices: tuple[Index, ...], value: Term) -> bool:
    """Whether a recurrence starts with zero here: `h_0 = 0` is said of every example."""
    steps = any(theory.runs_over_layers(name, slot) for slot in slots_of(name))
    return indices == (Index("", theory.layers.first - 1),) and steps and is_zero(value)


def shape_beside(name: syntax.Name, lines: Iterable[tuple[Link, Scope]]) -> Shape | None:
    """The shape of a name from what stands beside it: d of h in `W h_{t-1}`, with W d x d.

    Args:
        lines: what the document says, each with what names mean there.
    """
    for link, scope in lines:
        inference = Inference(scope, 0)
        try:
            inference.learn(link.right, None)
        except (Unread, Missing):
            continue
        shapes = (shape for other, shape in inference.found.items() if other.core == name.core)
        if (shape := next(shapes, None)) is not None and not inference.fresh:
            return shape
    return None
