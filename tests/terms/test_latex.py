r"""LaTeX of every node type, and every place where brackets decide the meaning: goldens, one per line."""

from fractions import Fraction

import pytest
from hypothesis import given

from derive.terms import nodes
from derive.terms.dims import Dim
from derive.terms.indices import Index
from derive.terms.latex import ROWS, latex, with_shapes
from derive.terms.nodes import Apply, Component, Hadamard, Product, Quotient, Size, Sum, Symbol, Total, ones, term
from derive.terms.shapes import Shape
from tests.terms.random_terms import terms


def symbol(name, shape="scalar", **more):
    return Symbol(name=name, declared=Shape.of(shape), **more)


a, b, c = symbol("a"), symbol("b"), symbol("c")
x, y, z = symbol("x", "n"), symbol("y", "n"), symbol("z", "n")
A, B = symbol("A", "n x n"), symbol("B", "n x n")
L = symbol("L")
W2 = symbol("W", "n x n", indices=(Index.of(2),), style="[]")
xi = symbol("x", "n", indices=(Index.of("i"),), style="()")
w1 = symbol("w", "n", indices=(Index.of("l"),), style="^")
yhat = symbol("yhat", "n", latex_name=r"\hat{y}")
delta = symbol("delta_1", "n", latex_name=r"\delta_1")
half = term(Fraction(1, 2))
n = Dim.of("n")


def entry(vector, index="i"):
    return Component((vector,), Index.of(index))


def total(t, index="i"):
    return Sum((t,), index, 1, n)


GOLDENS = [
    # leaves
    (a, "a"),
    (yhat, r"\hat{y}"),
    (W2, "W^{[2]}"),
    (xi, "x^{(i)}"),
    (w1, "w^{l}"),
    (symbol("w", indices=(Index.of("j"), Index.of("k"))), "w_{j,k}"),
    (symbol("w", indices=(Index.of("l-1"),)), "w_{l-1}"),
    (nodes.adjoint(L, A), r"\frac{\partial L}{\partial A}"),
    (term(3), "3"),
    (term(Fraction(-2, 3)), r"-\frac{2}{3}"),
    (Size(dim=n), "n"),
    (Size(dim=Dim.of("n+1")), "n+1"),
    (ones("n"), r"\mathbf{1}"),
    (nodes.Identity(dim=n), "I_n"),
    (nodes.Identity(dim=Dim.of("n+1")), "I_{n+1}"),
    # sums and signs
    (a + b - c, "a + b - c"),
    (a - (b - c), "a - (b - c)"),
    (a - (b + c), "a - (b + c)"),
    (a + nodes.Add((b, c)), "a + (b + c)"),
    (a - b @ c, "a - b c"),
    (-(a + b), "-(a + b)"),
    (-a + b, "-a + b"),
    (-nodes.Neg((a,)), "-(-a)"),
    (a - (-b), "a - (-b)"),
    (a + term(-2), "a - 2"),
    (-Hadamard((x, y)), r"-x \odot y"),
    # products
    (A @ B @ x, "A B x"),
    (A @ (B @ x), "A (B x)"),
    (A @ (x.T @ y), r"A (x^\top y)"),
    (a @ (-b), "a (-b)"),
    (-a @ b, "(-a) b"),
    (a @ (b + c), "a (b + c)"),
    ((a + b) @ c, "(a + b) c"),
    (term(2) @ term(3), r"2 \cdot 3"),
    (a @ term(2), r"a \cdot 2"),
    (term(2) @ half, r"2 \cdot \frac{1}{2}"),
    (half @ x, r"\frac{1}{2}\, x"),
    (term(-2) @ x, "(-2) x"),
    (x @ term(-2), "x (-2)"),
    (a @ Size(dim=Dim.of("n+1")), "a (n+1)"),
    (2 * Hadamard((x, y)), r"2 x \odot y"),
    (A @ Hadamard((x, y)), r"A (x \odot y)"),
    (Product((2 * Hadamard((x, y)), a)), r"(2 x \odot y) a"),
    (a @ total(b), r"a \sum_{i=1}^{n} b"),
    (total(b) @ a, r"\left(\sum_{i=1}^{n} b\right) a"),
    # elementwise
    (Hadamard((x, y, z)), r"x \odot y \odot z"),
    (Hadamard((A @ x, y)), r"(A x) \odot y"),
    (Hadamard((x, Hadamard((y, z)))), r"x \odot (y \odot z)"),
    (Hadamard((-x, y + z)), r"(-x) \odot (y + z)"),
    (Hadamard((2 * Hadamard((x, y)), z)), r"(2 x \odot y) \odot z"),
    (x / y, r"\frac{x}{y}"),
    ((a + b) / (2 * c), r"\frac{a + b}{2 c}"),
    (Quotient((a / b, c)), r"\frac{\frac{a}{b}}{c}"),
    (a**2, "a^2"),
    (a**10, "a^{10}"),
    (a**-1, "a^{-1}"),
    (a ** Fraction(1, 2), "a^{1/2}"),
    (A**2, r"A^{\odot 2}"),  # A^2 is A A
    (A**-1, r"A^{\odot -1}"),  # A^{-1} is the inverse
    ((a + b) ** 2, "(a + b)^2"),
    ((-a) ** 2, "(-a)^2"),
    (term(-1) ** 2, "(-1)^2"),
    ((a / b) ** 2, r"\left(\frac{a}{b}\right)^2"),
    (half**2, r"\left(\frac{1}{2}\right)^2"),
    (Size(dim=Dim.of("2n")) ** 2, "(2 n)^2"),
    ((a**2) ** 3, "(a^2)^3"),
    (total(a) ** 2, r"\left(\sum_{i=1}^{n} a\right)^2"),
    (nodes.SquaredNorm((x,)) ** 2, r"{\lVert x \rVert^2}^2"),
    (W2**2, r"{W^{[2]}}^{\odot 2}"),
    # functions
    (Apply((x,), "sigmoid"), r"\sigma(x)"),
    (Apply((x,), "relu", 1), r"\mathrm{ReLU}'(x)"),
    (Apply((Apply((x,), "exp"),), "log"), r"\log\bigl(\exp(x)\bigr)"),
    (Apply((a / b,), "tanh"), r"\tanh\left(\frac{a}{b}\right)"),
    (Apply((a + b,), "sqrt"), r"\sqrt{a + b}"),
    (Apply((x,), "abs"), r"\left|x\right|"),
    (Apply((a,), "tanh") ** 2, r"\bigl(\tanh(a)\bigr)^2"),
    # matrices
    (A.T, r"A^\top"),
    (W2.T, r"{W^{[2]}}^\top"),
    (yhat.T, r"\hat{y}^\top"),
    ((A @ B).T, r"(A B)^\top"),
    ((-x).T, r"(-x)^\top"),
    (A.T.T, r"(A^\top)^\top"),
    (nodes.adjoint(L, A).T, r"\left(\frac{\partial L}{\partial A}\right)^\top"),
    (nodes.Inverse((A,)), "A^{-1}"),
    (nodes.Inverse((A + B,)), "(A + B)^{-1}"),
    (nodes.Inverse((A,)).T, r"(A^{-1})^\top"),
    (nodes.Determinant((A @ B,)), r"\det(A B)"),
    (nodes.Trace((A.T @ B,)), r"\mathrm{tr}(A^\top B)"),
    (nodes.SquaredNorm((yhat - y,)), r"\lVert \hat{y} - y \rVert^2"),
    (nodes.SquaredNorm((A,)), r"\lVert A \rVert_F^2"),
    (nodes.Norm((x.T,)), r"\lVert x^\top \rVert"),
    (nodes.Norm((A,)), r"\lVert A \rVert_F"),
    (Total((x,)), r"\sum_j \left[x\right]_j"),
    (Total((A,)), r"\sum_{i,j} \left[A\right]_{i,j}"),
    (total(Total((entry(x) @ A,))), r"\sum_{i=1}^{n} \sum_{j,k} \left[x_i A\right]_{j,k}"),
    (nodes.Diag((x,)), r"\mathrm{diag}(x)"),
    (nodes.Vec((A,)), r"\mathrm{vec}(A)"),
    (nodes.Kronecker((A @ B, B)) @ nodes.Vec((A,)), r"\bigl((A B) \otimes B\bigr) \mathrm{vec}(A)"),
    (nodes.Kronecker((A, -B)), r"A \otimes (-B)"),
    (nodes.Commutation(of=Shape.of("n x d")), "K_{n,d}"),
    (nodes.Broadcast((x,), Shape.of("n x d")), "x"),
    # entries and sums
    (entry(x), "x_i"),
    (entry(yhat), r"\hat{y}_i"),
    (entry(delta), r"[\delta_1]_i"),
    (entry(W2 @ x, "l-1"), "[W^{[2]} x]_{l-1}"),
    (Component((A,), Index.of("i"), Index.of("j")), "A_{ij}"),
    (Component((A,), Index.of("i"), Index.of("j+1")), "A_{i,j+1}"),
    (entry(nodes.adjoint(L, yhat)), r"\frac{\partial L}{\partial \hat{y}_i}"),
    (total(entry(x) @ entry(y)), r"\sum_{i=1}^{n} x_i y_i"),
    (total(entry(x) - entry(y)), r"\sum_{i=1}^{n} (x_i - y_i)"),
    (total(total(entry(x), "j")), r"\sum_{i=1}^{n} \sum_{j=1}^{n} x_i"),
    (Sum((a,), "l", 0, Dim.of("n+1")), r"\sum_{l=0}^{n+1} a"),
]


@pytest.mark.parametrize(("t", "expected"), GOLDENS, ids=lambda v: str(v))
def test_latex(t, expected):
    assert t.latex == expected


def test_every_node_type_has_a_golden():
    assert {type(t) for t, _ in GOLDENS} == {kind for kind in ROWS if kind.__module__ == nodes.__name__}


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (A @ x + a, r"\underbrace{A}_{n \times n} \underbrace{x}_{n \times 1} + a"),
        (x.T @ y, r"\underbrace{x^\top}_{1 \times n} \underbrace{y}_{n \times 1}"),
        (W2.T @ x, r"\underbrace{{W^{[2]}}^\top}_{n \times n} \underbrace{x}_{n \times 1}"),
        (
            Apply((A @ x,), "relu"),
            r"\mathrm{ReLU}\left(\underbrace{A}_{n \times n} \underbrace{x}_{n \times 1}\right)",
        ),
        ((A @ x).T, r"\left(\underbrace{A}_{n \times n} \underbrace{x}_{n \times 1}\right)^\top"),
        (nodes.adjoint(L, x) @ a, r"\underbrace{\frac{\partial L}{\partial x}}_{n \times 1} a"),
    ],
    ids=lambda v: str(v),
)
def test_shapes_under_symbols(t, expected):
    assert latex(t, with_shapes) == expected


@given(terms())
def test_any_term_prints_with_balanced_braces_and_brackets(t):
    text = t.latex
    for opening, closing in ("{}", "()"):
        depth = 0
        for character in text:
            depth += (character == opening) - (character == closing)
            assert depth >= 0
        assert depth == 0
    assert text.count(r"\left") == text.count(r"\right")
    assert text.count(r"\bigl") == text.count(r"\bigr")
    assert r"\operatorname" not in text


def test_an_ill_shaped_term_prints_too():
    assert (x + A @ A.T @ x.T).latex == r"x + A A^\top x^\top"
    assert Total((x @ x,)).latex == r"\sum_{i,j} \left[x x\right]_{i,j}"
    assert nodes.SquaredNorm((x @ x,)).latex == r"\lVert x x \rVert^2"
