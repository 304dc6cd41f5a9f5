r"""Class numbers: the y of `p_y`, `\mathbf{1}[y = k]`, `\log \hat{y}_{y^{(t)}}`, as one-hot vectors.

A class number from 1 to K picks an entry. The vector that is 1 there and 0 elsewhere picks the same by a product, and
is what the expression language has.
"""

from __future__ import annotations

from derive.reading import syntax
from derive.reading.names import Slot, parse_index, slots_of, spelling
from derive.reading.readings import Scope
from derive.reading.symbols import resolved
from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.indices import Index
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


def pair_of(body: syntax.Node | None) -> tuple[syntax.Node, ...]:
    """The two parts of an index: `i,y` or `iy`; () for any other index."""
    parts = body.parts if isinstance(body, syntax.Group) else body.items if isinstance(body, syntax.Product) else ()
    return parts if len(parts) == 2 else ()


def picked_from_row(matrix: Term, body: syntax.Node | None, scope: Scope, span: syntax.Span) -> Term | None:
    r"""The entry of a matrix in the row of a class number, `W_{yi}`, or None: the index says something else."""
    number, column = pair_of(body) or (None, None)
    shape = matrix.shape
    if not isinstance(shape, Shape) or ONE in (shape.rows, shape.cols) or not isinstance(column, syntax.Name):
        return None
    hot = class_vector(number, scope, shape.rows)
    index = parse_index(column.base + "'" * column.primes) if column.sub is None and column.sup is None else None
    if hot is None or index is None:
        return None
    row = nodes.Product((nodes.Transpose((hot,)), matrix), span=span)
    return nodes.Component((row,), Index("", 1), scope.resolve(index), span=span)


def picked(vector: Term, node: syntax.Node | None, scope: Scope, span: syntax.Span) -> Term | None:
    """The entry of a vector at a class number, or None: it is no vector."""
    shape = vector.shape
    if not isinstance(shape, Shape) or shape.is_scalar or ONE not in (shape.rows, shape.cols):
        return None
    column = shape.cols == ONE
    hot = class_vector(node, scope, shape.rows if column else shape.cols)
    return nodes.Product((nodes.Transpose((hot,)), vector) if column else (vector, hot), span=span)
