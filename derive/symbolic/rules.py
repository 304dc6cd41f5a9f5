"""Reverse mode over matrix terms: one row per node type, its mathematics beside it.

Write g for the adjoint of the node, dL/d(node), in the shape of the node. A row gives the adjoint of one argument, from
dL = <g, d(node)> with <A, B> = tr(A^T B) (Giles, "Collected matrix derivative results", 2008; Magnus and Neudecker).
Elementwise derivatives come from SymPy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.symbolic.scalars import explicit
from derive.terms import nodes
from derive.terms.dims import ONE
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Term, product_shape
from derive.terms.written import Softmax


class NoRule(ValueError):
    """Reverse mode meets a term that no row covers. The message names it."""


Vjp = Callable[[Term, Term, int], Term]  # (node, adjoint of the node, which argument) -> adjoint of the argument


@dataclass(frozen=True)
class Rule:
    """How an adjoint passes one kind of node, in words, in one line of mathematics, and as code."""

    name: str
    mathematics: str
    vjp: Vjp


def inner(left: Term, right: Term) -> Term:
    """<A, B>, the sum of the entries of A ⊙ B."""
    if left.is_scalar and right.is_scalar:
        return left @ right
    if left.shape.is_vector:
        return right.T @ left
    if left.shape.rows == ONE:
        return left @ right.T
    return nodes.Total((nodes.Hadamard((left, right)),))


def _fitted(g: Term, arg: Term) -> Term:
    """The adjoint of an argument that was broadcast: sums over what it was repeated along."""
    if g.shape == arg.shape:
        return g
    if arg.is_scalar:
        return nodes.Total((g,))
    rows, cols = g.shape.rows, g.shape.cols
    if arg.shape.rows == rows:
        return g @ nodes.ones(nodes.Shape(cols))
    return nodes.ones(nodes.Shape(rows)).T @ g


def _product(t: nodes.Product, g: Term, k: int) -> Term:
    """A product is folded from the left: P_k = P_{k-1} A_k."""
    shape, prefixes = t.args[0].shape, [t.args[0]]
    for arg in t.args[1:]:
        shape = product_shape(shape, arg.shape)
        prefixes.append(nodes.Product((prefixes[-1], arg)))
    for last in range(len(t.args) - 1, 0, -1):
        left, right = prefixes[last - 1], t.args[last]
        if last == k:
            if right.is_scalar:
                return inner(g, left)  # d(A s) = A ds
            return left @ g if left.is_scalar else left.T @ g  # <g, A dB> = <A^T g, dB>
        if right.is_scalar:
            g = right @ g
        else:
            g = inner(g, right) if left.is_scalar else g @ right.T  # <g, dA B> = <g B^T, dA>
    return g


def _hadamard(t: nodes.Hadamard, g: Term, k: int) -> Term:
    others = tuple(arg for position, arg in enumerate(t.args) if position != k)
    return _fitted(_entrywise(g, *others), t.args[k])


def _entrywise(*factors: Term) -> Term:
    scalars = tuple(f for f in factors if f.is_scalar)
    matrices = tuple(f for f in factors if not f.is_scalar)
    core = (nodes.Hadamard(matrices),) if len(matrices) > 1 else matrices
    product = scalars + core
    return product[0] if len(product) == 1 else nodes.Product(product)


def _quotient(t: nodes.Quotient, g: Term, k: int) -> Term:
    over, under = t.args
    if k == 0:
        return _fitted(_entrywise(g, nodes.term(1) / under), over)
    return _fitted(-_entrywise(g, over, nodes.term(1) / under**2), under)


def explicit_derivative(t: nodes.Apply) -> Term:
    """f'(a): with a prime for an activation, written out for the functions whose derivative everybody knows."""
    if t.order:
        raise NoRule(f"{t.latex}: second derivatives of elementwise functions have no rule")
    row = FUNCTIONS[t.function]
    return nodes.Apply(t.args, t.function, 1) if row.primed or row.kinks else explicit(t.function, t.args[0])


def _softmax(t: Softmax, g: Term, k: int) -> Term:
    if t.is_scalar:
        return nodes.term(0)
    weighted = nodes.Hadamard((t, g))
    along = t.shape.rows if t.axis == "rows" else t.shape.cols
    if along == t.shape.rows * t.shape.cols:
        return weighted - nodes.Total((weighted,)) @ t
    ones = nodes.ones(nodes.Shape(along))
    sums = ones @ (ones.T @ weighted) if t.axis == "rows" else (weighted @ ones) @ ones.T
    return weighted - nodes.Hadamard((t, sums))


def _repeated(g: Term, like: Term) -> Term:
    return g if like.is_scalar else nodes.Broadcast((g,), like.shape)


def _inverse_transposed(t: Term) -> Term:
    return nodes.Transpose((nodes.Inverse((t,)),))


RULES: dict[type[Term], Rule] = {
    nodes.Add: Rule("sum", r"d(A + B) = dA + dB", lambda t, g, k: _fitted(g, t.args[k])),
    nodes.Neg: Rule("negative", r"d(-A) = -dA", lambda t, g, k: -g),
    nodes.Product: Rule(
        "matrix product",
        r"\langle g,\, dA\,B + A\,dB\rangle = \langle g B^\top, dA\rangle + \langle A^\top g, dB\rangle",
        _product,
    ),
    nodes.Hadamard: Rule(
        "Hadamard product", r"\langle g,\, dA \odot B\rangle = \langle g \odot B,\, dA\rangle", _hadamard
    ),
    nodes.Quotient: Rule("quotient", r"d(a/b) = da/b - a\,db/b^2", _quotient),
    nodes.Power: Rule(
        "power",
        r"d(a^p) = p\,a^{p-1}\,da",
        lambda t, g, k: _entrywise(nodes.term(t.exponent), g, nodes.Power(t.args, t.exponent - 1)),
    ),
    nodes.Apply: Rule(
        "elementwise function",
        r"\langle g,\, d f(A)\rangle = \langle g \odot f'(A),\, dA\rangle",
        lambda t, g, k: _entrywise(g, explicit_derivative(t)),
    ),
    nodes.Transpose: Rule("transpose", r"\langle g,\, dA^\top\rangle = \langle g^\top, dA\rangle", lambda t, g, k: g.T),
    nodes.Inverse: Rule(
        "inverse",
        r"d(A^{-1}) = -A^{-1}\,dA\,A^{-1}",
        lambda t, g, k: -(_inverse_transposed(t.args[0]) @ g @ _inverse_transposed(t.args[0])),
    ),
    nodes.Determinant: Rule(
        "determinant",
        r"d\det A = \det(A)\,\mathrm{tr}(A^{-1}\,dA)",
        lambda t, g, k: g @ t @ _inverse_transposed(t.args[0]),
    ),
    nodes.Trace: Rule(
        "trace", r"d\,\mathrm{tr}(A) = \mathrm{tr}(dA)", lambda t, g, k: g @ nodes.Identity(dim=t.args[0].shape.rows)
    ),
    nodes.SquaredNorm: Rule(
        "squared norm", r"d\lVert A\rVert^2 = \langle 2A,\, dA\rangle", lambda t, g, k: nodes.term(2) @ g @ t.args[0]
    ),
    nodes.Norm: Rule(
        "norm", r"d\lVert A\rVert = \langle A/\lVert A\rVert,\, dA\rangle", lambda t, g, k: g / t @ t.args[0]
    ),
    nodes.Total: Rule(
        "sum over all entries",
        r"d\textstyle\sum_{ij} A_{ij} = \langle \mathbf{1}\mathbf{1}^\top, dA\rangle",
        lambda t, g, k: _repeated(g, t.args[0]),
    ),
    nodes.Diag: Rule(
        "diagonal matrix",
        r"\langle g,\, \mathrm{diag}(da)\rangle = \langle (g \odot I)\mathbf{1},\, da\rangle",
        lambda t, g, k: nodes.Hadamard((g, nodes.Identity(dim=t.shape.rows))) @ nodes.ones(t.args[0].shape),
    ),
    nodes.Broadcast: Rule(
        "broadcast",
        r"\langle g,\, da\,\mathbf{1}^\top\rangle = \langle g\,\mathbf{1},\, da\rangle",
        lambda t, g, k: _fitted(g, t.args[k]),
    ),
    Softmax: Rule(
        "softmax", r"d\,s(a) = s \odot da - s\, \langle s,\, da\rangle \text{ along its axis}", _softmax
    ),
    nodes.Sum: Rule("sum over an index", r"d\textstyle\sum_i a_i = \textstyle\sum_i da_i", lambda t, g, k: g),
}
