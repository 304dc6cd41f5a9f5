"""Products: what juxtaposition and each sign may mean, and which of the readings conform."""

from __future__ import annotations

import itertools

from derive.reading import syntax
from derive.reading.errors import Bounded, Unread
from derive.reading.readings import MOST, PRIMARY, SECONDARY, Alternative, Scope, factor
from derive.terms import nodes
from derive.terms.dims import ONE
from derive.terms.nodes import Term, product_shape
from derive.terms.shapes import Misfit, Shape

# How a sign may be read, in order: primary readings before secondary ones (DESIGN, "Signs").
READINGS: dict[str, tuple[tuple[str, int], ...]] = {
    "": (("matmul", PRIMARY), ("hadamard", SECONDARY)),
    "cdot": (("matmul", PRIMARY), ("dot", PRIMARY), ("hadamard", SECONDARY), ("inner", SECONDARY)),
    "times": (("matmul", PRIMARY), ("hadamard", SECONDARY)),
    "*": (("matmul", PRIMARY), ("hadamard", PRIMARY)),
    "odot": (("hadamard", PRIMARY),),
    "circ": (("hadamard", PRIMARY),),
    "otimes": (("hadamard", PRIMARY), ("kronecker of matrices", PRIMARY), ("outer", SECONDARY)),
    "bullet": (("hadamard", PRIMARY), ("dot", PRIMARY)),
    "star": (("hadamard", PRIMARY),),
    "/": (("quotient", PRIMARY),),
    "oslash": (("quotient", PRIMARY),),
}


LONGEST = 400  # factors and signs of one product: the readings of a long one are weighed against all its factors

# Signs that bind less tightly than juxtaposition: `W^T d \\odot s` is `(W^T d) \\odot s`.
LOOSE = frozenset({"odot", "circ", "*", "otimes", "bullet", "star", "oslash"})


WORDS = {
    "matmul": "the matrix product", "hadamard": "the elementwise product", "dot": "the dot product",
    "outer": "the outer product", "kronecker": "the Kronecker product",
    "kronecker of matrices": "the Kronecker product", "inner": "the sum of all products of entries",
}  # fmt: skip


def product(node: syntax.Product, scope: Scope) -> list[Alternative]:
    if len(node.items) > LONGEST:
        raise Bounded(f"a product of more than {LONGEST} factors and signs", node.span)
    factors = _applied(_denominators(list(node.items)), scope)
    chunks: list[tuple[str, list]] = [("", [])]
    for item in factors:
        if isinstance(item, syntax.Sign) and (item.name in LOOSE or item.name in scope.operators):
            chunks.append((item.name, []))
        else:
            chunks[-1][1].append(item)
    result = _folded(chunks[0][1], scope)
    for sign, items in chunks[1:]:
        result = _times(result, _folded(items, scope), sign, node.span, scope)
    return result


def _denominators(items: list[syntax.Node]) -> list[syntax.Node]:
    """`1/2m` is one over 2m: a number and what stands on it without a space are one denominator."""
    result: list[syntax.Node] = []
    for item in items:
        glued = isinstance(item, syntax.Name) and not item.spaced and len(result) > 1
        glued = glued and isinstance(result[-1], syntax.Number) and result[-1].span[1] == item.span[0]
        if glued and _is_slash(result[-2]):
            number = result.pop()
            item = syntax.Product((number, item), span=(number.span[0], item.span[1]))
        result.append(item)
    return result


def _is_slash(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Sign) and node.name == "/"


def _folded(items: list, scope: Scope) -> list[Alternative]:
    result: list[Alternative] | None = None
    sign = ""
    for item in items:
        if isinstance(item, syntax.Sign):
            sign = item.name
        else:
            result = item if result is None else _times(result, item, sign, None, scope)
            sign = ""
    if result is None:
        raise Unread("an operator has nothing on one side", (0, 0))
    return result


def _times(
    left: list[Alternative], right: list[Alternative], sign: str, span: syntax.Span | None, scope: Scope
) -> list[Alternative]:
    declared = scope.operators.get(sign)
    readings = ((declared, PRIMARY),) if declared else READINGS.get(sign)
    if readings is None:
        raise Unread(f"the sign {sign} is not read", span or (0, 0))
    result: list[Alternative] = []
    for a, b in itertools.islice(itertools.product(left, right), 4 * MOST):
        where = span or _joined(a.term, b.term)
        found = [
            Alternative(term, max(a.level, b.level, level), a.notes | b.notes | _sign_note(sign, how, level))
            for how, level in readings
            if (term := MULTIPLY[how](a.term, b.term, where)) is not None
        ]
        if not found or all(f.level > max(a.level, b.level) for f in found):
            # No primary reading conforms: hold the ill-shaped product, so that it can be pointed at.
            how = readings[0][0] or "matmul"
            ill = _ILL[how]((a.term, b.term), span=where)
            if isinstance(ill.shape, Misfit):
                found.append(Alternative(ill, max(a.level, b.level), a.notes | b.notes))
        result.extend(found)
    return result


def _sign_note(sign: str, how: str, level: int) -> frozenset[str]:
    if level == PRIMARY:
        return frozenset()
    shown = f"`\\{sign}`" if sign else "juxtaposition"
    return frozenset({f"{shown} read as {WORDS[how]}"})


def _joined(a: Term, b: Term) -> syntax.Span | None:
    return (a.span[0], b.span[1]) if a.span and b.span else None


def _fits(a: Term, b: Term) -> bool:
    return isinstance(a.shape, Shape) and isinstance(b.shape, Shape)


def _matmul(a: Term, b: Term, span) -> Term | None:
    if not _fits(a, b) or product_shape(a.shape, b.shape) is None:
        return None
    left = a.args if isinstance(a, nodes.Product) else (a,)
    return nodes.Product((*left, b), span=span)


def _hadamard(a: Term, b: Term, span) -> Term | None:
    if not _fits(a, b) or not (a.shape == b.shape or a.is_scalar or b.is_scalar):
        return None
    if a.is_scalar or b.is_scalar:
        return nodes.Product((a, b), span=span)
    return nodes.Hadamard((a, b), span=span)


def _dot(a: Term, b: Term, span) -> Term | None:
    if not _fits(a, b) or a.shape != b.shape or not a.shape.is_vector:
        return None
    return nodes.Product((nodes.Transpose((a,)), b), span=span)


def _inner(a: Term, b: Term, span) -> Term | None:
    if not _fits(a, b) or a.shape != b.shape or ONE in (a.shape.rows, a.shape.cols):
        return None
    return nodes.Trace((nodes.Product((nodes.Transpose((a,)), b)),), span=span)


def _outer(a: Term, b: Term, span) -> Term | None:
    if not _fits(a, b) or not a.shape.is_vector or not b.shape.is_vector:
        return None
    return nodes.Product((a, nodes.Transpose((b,))), span=span)


def _kronecker(a: Term, b: Term, span) -> Term | None:
    return None if not _fits(a, b) or a.is_scalar or b.is_scalar else nodes.Kronecker((a, b), span=span)


def _kronecker_of_matrices(a: Term, b: Term, span) -> Term | None:
    """Between vectors of one length the sign is the elementwise product, in published backpropagation."""
    vectors = _fits(a, b) and a.shape.is_vector and b.shape.is_vector
    return None if vectors else _kronecker(a, b, span)


def _quotient(a: Term, b: Term, span) -> Term | None:
    if not _fits(a, b) or not (b.is_scalar or a.shape == b.shape or a.is_scalar):
        return None
    return nodes.Quotient((a, b), span=span)


MULTIPLY = {
    "matmul": _matmul, "hadamard": _hadamard, "dot": _dot, "outer": _outer, "kronecker": _kronecker,
    "kronecker of matrices": _kronecker_of_matrices, "inner": _inner, "quotient": _quotient,
}  # fmt: skip


_ILL = {
    "matmul": nodes.Product,
    "hadamard": nodes.Hadamard,
    "dot": nodes.Product,
    "outer": nodes.Product,
    "kronecker": nodes.Kronecker,
    "kronecker of matrices": nodes.Kronecker,
    "inner": nodes.Product,
    "quotient": nodes.Quotient,
}


def _applied(items: list[syntax.Node], scope: Scope) -> list:
    """Functions taken together with their arguments: a list of signs and of readings of factors."""
    result: list = []
    position = 0
    while position < len(items):
        item = items[position]
        if isinstance(item, syntax.Sign):
            result.append(item)
            position += 1
            continue
        taken, readings = factor(items, position, scope)
        result.append(readings)
        position += taken
    return result


