"""NumPy as people write it in formulas: `np.sum(dZ, axis=1, keepdims=True)`, `np.dot(W, X)`."""

from __future__ import annotations

from dataclasses import replace

from derive.reading import syntax
from derive.reading.entries import powered_by_script
from derive.reading.errors import Unread
from derive.reading.functions import applied, is_bracket
from derive.reading.readings import Alternative, Scope, combine, elaborate
from derive.reading.signs import MULTIPLY
from derive.reading.sums import axis_sum
from derive.reading.tables import NUMPY
from derive.terms import nodes
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Term
from derive.terms.shapes import Misfit


def numpy_call(items: list[syntax.Node], position: int, scope: Scope) -> tuple[int, list[Alternative]] | None:
    """A call of a NumPy function; keywords other than axis and keepdims are not read."""
    name, group = items[position], items[position + 1] if position + 1 < len(items) else None
    if not isinstance(name, syntax.Name) or name.base not in NUMPY:
        return None
    if not is_bracket(group):
        raise Unread(f"{name.base} has no arguments", name.span)
    meaning, span = NUMPY[name.base], (name.span[0], group.span[1])
    options = {key: value for part in group.parts if (pair := _option(part)) for key, value in (pair,)}
    arguments = [elaborate(part, scope) for part in group.parts if _option(part) is None]
    if meaning in ("sum", "mean") and len(arguments) == 1:
        found = [a.with_term(term) for a in arguments[0] for term in _summed(a.term, meaning, options, span)]
    elif meaning in MULTIPLY and len(arguments) == 2 and not options:
        found = combine(scope, arguments, lambda a, b: MULTIPLY[meaning](a, b, span))
        found = found or combine(scope, arguments, lambda a, b: nodes.Product((a, b), span=span))
    elif meaning == "transpose" and len(arguments) == 1:
        found = [a.with_term(nodes.Transpose((a.term,), span=span)) for a in arguments[0]]
    elif meaning == "max" and len(arguments) == 2:
        found = combine(scope, arguments, lambda a, b: _maximum(a, b, span))
    elif meaning in FUNCTIONS and len(arguments) == 1 and not options:
        found = applied(meaning, replace(name, base=meaning, sub=None, sup=None), arguments[0], scope)
    else:
        raise Unread(f"this call of {name.base} is not read", span)
    return 2, [powered_by_script(a, group.sup, scope, span) for a in found] if group.sup is not None else found


def _option(part: syntax.Node) -> tuple[str, str] | None:
    if not isinstance(part, syntax.Comparison) or part.relations != ("=",):
        return None
    key, value = part.sides
    if not isinstance(key, syntax.Name) or key.base not in ("axis", "keepdims"):
        raise Unread("this keyword is not read", part.span)
    return key.base, value.text if isinstance(value, syntax.Number) else getattr(value, "base", "")


def _summed(term: Term, meaning: str, options: dict[str, str], span: syntax.Span) -> list[Term]:
    """A sum or mean along an axis; without keepdims the result has one axis, and stands for a row or a column."""
    if isinstance(term.shape, Misfit):
        return [term]
    if "axis" not in options:
        count = nodes.Product((nodes.Size(dim=term.shape.rows), nodes.Size(dim=term.shape.cols)))
        total: Term = nodes.Total((term,), span=span)
        return [total if meaning == "sum" else nodes.Quotient((total, count), span=span)]
    if options["axis"] not in ("0", "1"):
        raise Unread("the axis is 0 or 1", span)
    axis = int(options["axis"])
    total = axis_sum(term, axis, span)
    if meaning == "mean":
        total = nodes.Quotient((total, nodes.Size(dim=(term.shape.rows, term.shape.cols)[axis])), span=span)
    return [total] if options.get("keepdims") == "True" else [total, nodes.Transpose((total,), span=span)]


def _maximum(a: Term, b: Term, span: syntax.Span) -> Term:
    excess = nodes.Apply((nodes.Add((b, nodes.Neg((a,)))),), "relu")
    return nodes.Add((a, excess), span=span)
