r"""Class numbers: the y of `p_y`, `\mathbf{1}[y = k]`, `\log \hat{y}_{y^{(t)}}`, as one-hot vectors.

A class number from 1 to K picks an entry. The vector that is 1 there and 0 elsewhere picks the same by a product, and
is what the expression language has.
"""

from __future__ import annotations

from derive.reading import syntax
from derive.reading.names import Slot, slots_of, spelling
from derive.reading.readings import Scope
from derive.reading.symbols import resolved
from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape

PREFIX = "class of "


def class_vector(node: syntax.Node | None, scope: Scope, classes: Dim) -> Symbol | None:
    """The one-hot vector of a class number, or None: the name is none.

    Args:
        classes: how many there are, where the document does not say it.
    """
    if not isinstance(node, syntax.Name) or node.primes:
        return None
    core = spelling(node).core
    if core not in scope.class_numbers:
        return None
    own = [slot for slot in slots_of(node) if slot.index is not None and not _is_label(slot, scope)]
    shape = resolved(Shape(scope.class_numbers[core] or classes), scope)
    name = core.lstrip("\\")
    indices = tuple(scope.resolve(slot.index) for slot in own)
    return Symbol(name=PREFIX + name, declared=shape, indices=indices, latex_name=name, span=node.span)


def _is_label(slot: Slot, scope: Scope) -> bool:
    """A letter that does not run here says which example is meant, whichever it is."""
    index = slot.index
    known = index.name in scope.ranges or index.name in scope.layers or index.name in scope.last_names
    return not (index.is_number or known)


def picked(vector: Term, node: syntax.Node | None, scope: Scope, span: syntax.Span) -> Term | None:
    """The entry of a vector at a class number, or None: it is no vector."""
    shape = vector.shape
    if not isinstance(shape, Shape) or shape.is_scalar or ONE not in (shape.rows, shape.cols):
        return None
    column = shape.cols == ONE
    hot = class_vector(node, scope, shape.rows if column else shape.cols)
    return nodes.Product((nodes.Transpose((hot,)), vector) if column else (vector, hot), span=span)
