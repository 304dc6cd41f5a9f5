r"""Class numbers: the y of `p_y`, `\mathbf{1}[y = k]`, `\log \hat{y}_{y^{(t)}}`, as one-hot vectors.

A class number from 1 to K picks an entry. The vector that is 1 there and 0 elsewhere picks the same by a product, and is
what the expression language has.
"""

from __future__ import annotations

from derive.reading import syntax
from derive.reading.names import Slot, slots_of, spelling
from derive.reading.readings import Scope
from derive.reading.symbols import resolved
from derive.terms import nodes
from derive.terms.dims import Dim
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape

PREFIX = "class of "


def class_vector(node: syntax.Node | None, scope: Scope) -> Symbol | None:
    """The one-hot vector of a class number, or None: the name is none."""
    if not isinstance(node, syntax.Name) or node.primes or node.base in ("i", "j", "k", "l", "m", "n"):
        return None
    classes = scope.class_numbers.get(spelling(node).core)
    if classes is None:
        return None
    indices = tuple(
        scope.resolve(slot.index) for slot in slots_of(node) if slot.index is not None and not _is_label(slot, node, scope)
    )
    shape = resolved(Shape(classes), scope)
    return Symbol(name=PREFIX + name_of(node), declared=shape, indices=indices, latex_name=name_of(node), span=node.span)


def name_of(node: syntax.Name) -> str:
    """The name of a class number without its indices, and free of the signs that part a name from its indices."""
    return spelling(node).core.lstrip("\\")


def _is_label(slot: Slot, node: syntax.Name, scope: Scope) -> bool:
    running = slot.index.is_number or slot.index.name in scope.ranges or slot.index.name in scope.layers
    return not running and slot.index.name not in scope.last_names


def picked(vector: Term, node: syntax.Node | None, scope: Scope, span: syntax.Span) -> Term | None:
    """The entry of a vector at a class number, or None: the index is none."""
    hot = class_vector(node, scope)
    if hot is None:
        return None
    return nodes.Product((nodes.Transpose((hot,)), vector), span=span)


def class_dim(vector: Term) -> Dim | None:
    """How many classes a vector has."""
    shape = vector.shape
    return shape.rows if isinstance(shape, Shape) and shape.is_vector else None
