"""Explicit local Jacobians: d(vec A) / d(vec x)^T of one definition, as a matrix term.

Rows run over the result, columns over the variable (numerator layout); a matrix is read column by column (vec). For
vectors that is the Jacobian of the textbooks: dz_2/da_1 = W_2, da_1/dz_1 = diag(ReLU'(z_1)). For matrices the rule is
vec(A X B) = (B^T ⊗ A) vec X (Magnus and Neudecker, ch. 2), and K is the commutation matrix.
"""

from __future__ import annotations

from collections.abc import Callable

from derive.symbolic.rules import explicit_derivative
from derive.symbolic.tidy import depends
from derive.terms import nodes
from derive.terms.nodes import Term, product_shape
from derive.terms.written import Softmax


def local_jacobian(expression: Term, variable: Term) -> Term | None:
    """The Jacobian of `expression` by `variable` (a symbol or an entry); None where a node has no row here."""
    try:
        return _forward(expression, variable) or nodes.term(0)
    except _NoRow:
        return None


class _NoRow(Exception):
    """A node without an explicit Jacobian."""


def _forward(t: Term, x: Term) -> Term | None:
    """The Jacobian of a subterm; None where it does not depend on the variable."""
    if t == x:
        return nodes.Identity(dim=t.shape.rows * t.shape.cols)
    if not any(node == x for node in t.walk()):
        return None
    if type(t) not in ROWS:
        raise _NoRow
    return ROWS[type(t)](t, x)


def _plus(*terms: Term | None) -> Term | None:
    present = tuple(term for term in terms if term is not None)
    return nodes.add(present) if present else None


def _identity(dim: nodes.Dim) -> Term:
    return nodes.Identity(dim=dim)


def _product(t: nodes.Product, x: Term) -> Term | None:
    left, jacobian = t.args[0], _forward(t.args[0], x)
    for arg in t.args[1:]:
        jacobian = _pair(left, jacobian, arg, _forward(arg, x))
        left = nodes.Product((left, arg))
    return jacobian


def _pair(a: Term, ja: Term | None, b: Term, jb: Term | None) -> Term | None:
    # d(A B): (B^T ⊗ I) dA + (I ⊗ A) dB; with a scalar s: s dA + vec(A) ds
    if a.is_scalar or b.is_scalar:
        scalar, other, js, jo = (a, b, ja, jb) if a.is_scalar else (b, a, jb, ja)
        return _plus(js and nodes.Vec((other,)) @ js, jo and scalar @ jo)
    assert product_shape(a.shape, b.shape)
    return _plus(
        ja and nodes.Kronecker((b.T, _identity(a.shape.rows))) @ ja,
        jb and nodes.Kronecker((_identity(b.shape.cols), a)) @ jb,
    )


def _scaled(weights: Term, jacobian: Term | None) -> Term | None:
    """diag(vec w) J, entry by entry; a scalar weight multiplies."""
    if jacobian is None:
        return None
    return weights @ jacobian if weights.is_scalar else nodes.Diag((nodes.Vec((weights,)),)) @ jacobian


def _hadamard(t: nodes.Hadamard, x: Term) -> Term | None:
    parts = []
    for k, arg in enumerate(t.args):
        others = t.args[:k] + t.args[k + 1 :]
        weights = others[0] if len(others) == 1 else nodes.Hadamard(others)
        parts.append(_scaled(weights, _widen(_forward(arg, x), arg, t)))
    return _plus(*parts)


def _widen(jacobian: Term | None, arg: Term, whole: Term) -> Term | None:
    """A scalar among entries moves all of them."""
    if jacobian is None or arg.shape == whole.shape:
        return jacobian
    return nodes.Vec((nodes.ones(whole.shape),)) @ jacobian


def _transpose(t: nodes.Transpose, x: Term) -> Term | None:
    (a,) = t.args
    jacobian = _forward(a, x)
    return jacobian and nodes.Commutation(of=a.shape) @ jacobian


def _quotient(t: nodes.Quotient, x: Term) -> Term | None:
    over, under = t.args
    one = nodes.term(1)
    first = _scaled(one / under, _widen(_forward(over, x), over, t))
    down = _widen(_forward(under, x), under, t)
    squared = nodes.Power((under,), nodes.Fraction(2))
    return _plus(first, down and -_scaled(nodes.Quotient((over, squared)), down))


def _broadcast(t: nodes.Broadcast, x: Term) -> Term:
    # vec(s 1 1^T) = vec(1 1^T) s; vec(a 1^T) = (1 ⊗ I) a; vec(1 a^T) = (I ⊗ 1) vec(a^T)
    (a,) = t.args
    if a.is_scalar or a.shape == t.to:
        return _widen(_forward(a, x), a, t)
    rows, cols = nodes.ones(nodes.Shape(t.to.rows)), nodes.ones(nodes.Shape(t.to.cols))
    column = a.shape.rows == t.to.rows
    spread = (cols, _identity(t.to.rows)) if column else (_identity(t.to.cols), rows)
    return nodes.Kronecker(spread) @ _forward(a, x)


def _softmax(t: Softmax, x: Term) -> Term:
    # ds = (diag(s) - s s^T) da for a vector; of a matrix it has no short form
    along = t.shape.rows if t.axis == "rows" else t.shape.cols
    if along != t.shape.rows * t.shape.cols:
        raise _NoRow
    s = nodes.Vec((t,))
    return (nodes.Diag((s,)) - s @ s.T) @ _forward(t.args[0], x)


def _row(t: Term) -> Term:
    """vec(T)^T, the Jacobian of <T, A> by A."""
    return nodes.Vec((t,)).T


def _sum(t: nodes.Sum, x: Term) -> Term | None:
    # Of the terms of a sum over i only the i-th depends on the entry x_i.
    body = _forward(t.args[0], x)
    return body if depends(x, t.index) else nodes.Sum((body,), t.index, t.lower, t.upper)


ROWS: dict[type[Term], Callable[[Term, Term], Term | None]] = {
    nodes.Add: lambda t, x: _plus(*(_widen(_forward(arg, x), arg, t) for arg in t.args)),
    nodes.Neg: lambda t, x: -_forward(t.args[0], x),
    nodes.Product: _product,
    nodes.Hadamard: _hadamard,
    nodes.Quotient: _quotient,
    nodes.Power: lambda t, x: _scaled(
        nodes.term(t.exponent) @ nodes.Power(t.args, t.exponent - 1), _forward(t.args[0], x)
    ),
    nodes.Apply: lambda t, x: _scaled(explicit_derivative(t), _forward(t.args[0], x)),
    nodes.Transpose: _transpose,
    nodes.Inverse: lambda t, x: -(nodes.Kronecker((t.T, t)) @ _forward(t.args[0], x)),  # -(A^{-T} ⊗ A^{-1})
    nodes.Determinant: lambda t, x: t @ _row(nodes.Inverse(t.args).T) @ _forward(t.args[0], x),  # det A vec(A^{-T})^T
    nodes.Trace: lambda t, x: _row(_identity(t.args[0].shape.rows)) @ _forward(t.args[0], x),
    nodes.SquaredNorm: lambda t, x: 2 * _row(t.args[0]) @ _forward(t.args[0], x),
    nodes.Norm: lambda t, x: 1 / t @ _row(t.args[0]) @ _forward(t.args[0], x),
    nodes.Total: lambda t, x: _row(nodes.ones(t.args[0].shape)) @ _forward(t.args[0], x),
    nodes.Broadcast: _broadcast,
    nodes.Sum: _sum,
    Softmax: _softmax,
}
