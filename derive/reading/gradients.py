r"""Names that stand for a gradient of the loss: declared ones, and the error signals `\delta_l`."""

from __future__ import annotations

from dataclasses import replace

from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.names import Use, at_indices, split_components
from derive.reading.readings import Alternative, Missing, Scope
from derive.reading.symbols import dressed, index_slots, member, written
from derive.terms.dims import ONE
from derive.terms.indices import Index
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape
from derive.terms.written import Derivative


def gradient_name(node: syntax.Name, scope: Scope) -> Alternative | None:
    r"""A name that stands for dLoss/dsymbol: declared under `gradients`, or `\delta_l` for z_l."""
    declared = _declared(node, scope)
    if declared is not None:
        use, term = declared
        return dressed(term, use, node, scope)
    barred = _barred(node, scope)
    if barred is not None:
        use, term = barred
        found = dressed(term, use, node, scope)
        note = f"{plain_name(replace(node, sub=None))} is d{scope.loss.latex}/d{term.args[1].latex}"
        return replace(found, notes=found.notes | {note})
    if node.base == "\\delta" and not node.accents and scope.match(node) is None:
        return _delta(node, scope)
    return None


def _declared(node: syntax.Name, scope: Scope) -> tuple[Use, Term] | None:
    """How a name is spelled as one that is declared for a gradient, and that gradient as a whole."""
    for gradient in scope.gradients:
        use = gradient.names.match(node)
        if use is None:
            continue
        target = at_indices(gradient.target, _shifts(use, scope))
        aim = scope.match(target)
        if aim is None:
            raise Missing(target.core)
        symbol = member(replace(aim, components=(), power=None, transposed=False), node, scope)
        return use, gradient_of(symbol, scope, node.span)
    return None


def _barred(node: syntax.Name, scope: Scope) -> tuple[Use, Term] | None:
    r"""`\overline{y}` where bars are gradients: how y is spelled, and the gradient by it as a whole."""
    if not scope.barred or scope.loss is None or node.accents[-1:] != ("bar",) or scope.match(node) is not None:
        return None
    use = scope.match(replace(node, accents=node.accents[:-1]))
    if use is None:
        return None
    symbol = member(replace(use, components=(), power=None, transposed=False), node, scope)
    return use, gradient_of(symbol, scope, node.span)


def entries_of_gradient(node: syntax.Name, scope: Scope) -> tuple[tuple[str, ...], Term] | None:
    r"""The indices on a name that is an entry of a gradient, `\delta_k`, and the gradient as a whole."""
    declared = _declared(node, scope) or _barred(node, scope)
    if declared is not None and declared[0].components:
        return declared[0].components, declared[1]
    if declared is not None or node.sub is None:
        return None
    whole = gradient_name(replace(node, sub=None), scope)
    return None if whole is None else (split_components(node.sub.text) or (), whole.term)


def _shifts(use: Use, scope: Scope) -> dict[str, Index]:
    """What stands in place of the letters of a declared gradient's name."""
    shifts = {}
    for slot, index in zip(index_slots(use.family), use.indices, strict=True):
        if slot.is_generic:
            here = scope.resolve(index)
            shifts[slot.index.name] = Index(here.name, here.offset - slot.index.offset)
    return shifts


def _delta(node: syntax.Name, scope: Scope) -> Alternative | None:
    r"""`\delta_l`, `\delta^{(l)}_j`: the adjoint of the pre-activation with the same index."""
    for letter in ("z", "Z"):
        if letter in scope.names.families:
            use = scope.match(replace(node, base=letter))
            if use is None or not use.family.slots:
                continue
            symbol = member(replace(use, components=(), power=None, transposed=False), node, scope)
            note = f"{plain_name(node)} is d{scope.loss.latex}/d{symbol.latex}" if scope.loss is not None else ""
            found = dressed(gradient_of(symbol, scope, node.span), use, node, scope)
            return replace(found, notes=found.notes | {note})
    return None


def plain_name(node: syntax.Name) -> str:
    return written(replace(node, primes=0))


def gradient_of(symbol: Symbol, scope: Scope, span: syntax.Span) -> Term:
    if scope.loss is None:
        raise Unread("no loss is known whose gradient this could be", span)
    return Derivative((scope.loss, symbol), layout_of(scope, symbol), span=span)


def layout_of(scope: Scope, by: Term) -> str:
    shape = by.shape
    matrix = isinstance(shape, Shape) and ONE not in (shape.rows, shape.cols)
    return scope.layout.get("matrices" if matrix else "vectors", "gradient")