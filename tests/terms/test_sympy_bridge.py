"""Terms to SymPy and back: values are kept both ways; what SymPy has no words for is refused by name."""

import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from derive.terms import nodes
from derive.terms.dims import Dim
from derive.terms.functions import FUNCTIONS
from derive.terms.indices import Index
from derive.terms.nodes import Apply, Component, Sum, Symbol, ones, term
from derive.terms.shapes import Shape, ShapeError
from derive.terms.sympy_bridge import definition, from_sympy, to_sympy
from derive.terms.walk import symbols
from tests.terms.random_terms import SIZES, close, many_digits, rationals, terms


def symbol(name, shape="scalar", **more):
    return Symbol(name=name, declared=Shape.of(shape), **more)


a, x, y = symbol("a"), symbol("x", "d"), symbol("y", "d")
A, X = symbol("A", "d x d"), symbol("X", "n x d")


def has_words(t) -> bool:
    """SymPy has no vec, no commutation matrix, no sums of matrices and no families under a sum."""
    try:
        to_sympy(t)
    except ValueError as refused:
        assert str(refused).startswith("SymPy has no")
        return False
    return True


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(terms().filter(has_words), st.sampled_from(SIZES))
def test_there_and_back_the_value_is_the_same(t, sizes):
    back = from_sympy(to_sympy(t), symbols(t))
    assert back.shape == t.shape
    numbers = rationals(t, sizes)
    assert close(many_digits(back, sizes, values=numbers), many_digits(t, sizes), 1e-25)


def explicit(e, values, sizes):
    """A SymPy expression with explicit matrices in place of its symbols, by SymPy's own substitution and `doit`."""
    e = e.subs({sp.Symbol(name, integer=True, positive=True): size for name, size in sizes.items()})
    for key, value in values.items():
        matrix = sp.ImmutableMatrix(*value.shape, [sp.Rational(v.numerator, v.denominator) for v in value.ravel()])
        e = e.subs(sp.Symbol(key, real=True), matrix[0])
        e = e.subs(sp.MatrixSymbol(key, *value.shape), matrix)
    # SymPy does not multiply a matrix of ones with an explicit one by itself.
    e = e.replace(lambda part: isinstance(part, sp.OneMatrix), lambda part: part.as_explicit()).doit()
    return (e.as_explicit() if getattr(e, "is_Matrix", False) else sp.Matrix([[e]])).evalf(30)


@pytest.mark.parametrize(
    "t",
    [
        x.T @ A @ y,
        x.T @ y @ X,
        X @ (x.T @ y) @ A,
        X @ A + 2 * X - 1,
        X / (1 + nodes.Hadamard((X, X))),
        a / X,
        nodes.Trace((A,)) + nodes.Determinant((A,)),
        nodes.Inverse((A,)) @ x,
        nodes.SquaredNorm((X,)) * nodes.Norm((x,)),
        nodes.Total((X.T,)),
        nodes.Diag((x,)) @ A,
        nodes.Broadcast((x.T,), X.shape) + nodes.Broadcast((a,), X.shape),
        nodes.Hadamard((X, X, nodes.term(3))),
        X**3,
        nodes.Kronecker((A, x)),
        Component((X,), Index.of(2), Index.of(1)) * Component((x,), Index.of(2)),
        Sum((Component((x,), Index("i")) * Component((y,), Index("i")),), "i", 1, Dim.of("d")),
        Sum((a * 2,), "i", 2, Dim.of("n")),
        ones("n") @ x.T @ A,
        nodes.term(0) @ X,
    ],
    ids=str,
)
def test_sympys_own_value_is_the_same(t):
    sizes = {"n": 3, "d": 2}
    found = explicit(to_sympy(t), rationals(t, sizes), sizes)
    expected = many_digits(t, sizes)
    assert found.shape == expected.shape
    assert close([float(v) for v in found], expected.ravel().astype(float), 1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("order", [0, 1])
def test_elementwise_functions_and_their_derivatives(name, order):
    t, at = Apply((a,), name, order), sp.Rational(7, 10)
    e = to_sympy(t).subs(sp.Symbol("a", real=True), at).doit()
    assert abs(float(e) - float(definition(name, order)(at))) < 1e-12
    matrix = to_sympy(Apply((X,), name, order))
    assert isinstance(matrix, ElementwiseApplyFunction)
    # abs'(a) comes back as a piecewise function of its own
    assert from_sympy(to_sympy(Apply((X,), name, 0)), [X]).shape == X.shape


def test_sympy_differentiates_what_it_gets():
    e = to_sympy(Apply((a,), "sigmoid"))
    t = sp.Symbol("a", real=True)
    assert sp.simplify(e.diff(t).doit() - sp.exp(-t) / (1 + sp.exp(-t)) ** 2) == 0
    assert from_sympy(e.diff(t), [a]) == Apply((a,), "sigmoid", 1)


@pytest.mark.parametrize(
    ("t", "message"),
    [
        (nodes.Vec((A,)), r"SymPy has no matrix expression for \mathrm{vec}(A) (Vec)"),
        (nodes.Commutation(of=X.shape), "SymPy has no matrix expression for K_{n,d} (Commutation)"),
        (Sum((x,), "i", 1, Dim.of("n")), r"SymPy has no sum over matrices: \sum_{i=1}^{n} x"),
        (
            Sum((symbol("c", indices=(Index("i"),)),), "i", 1, Dim.of("n")),
            r"SymPy has no sum over c_i: \sum_{i=1}^{n} c_i",
        ),
    ],
    ids=str,
)
def test_what_sympy_has_no_words_for_is_refused(t, message):
    with pytest.raises(ValueError) as refused:
        to_sympy(t)
    assert str(refused.value) == message


def test_an_ill_shaped_term_is_refused():
    with pytest.raises(ShapeError, match="a sum needs equal shapes"):
        to_sympy(X @ A + symbol("b_1", "1 x d"))


def test_what_terms_have_no_node_for_is_refused():
    t, m, n = sp.Symbol("t"), sp.Symbol("m", integer=True, positive=True), sp.Symbol("n", integer=True, positive=True)
    for e, message in [
        (sp.gamma(t), "no elementwise function is called 'gamma'"),
        (t**t, "only rational powers have a term"),
        (sp.Integral(t, (t, 0, 1)), "no term corresponds to the SymPy expression"),
        (sp.MatrixSymbol("A", n, n) ** 100, "only small whole powers of a matrix"),
        (sp.Sum(t, (t, m, n)), "only sums from a number"),
        (sp.I, "no term corresponds"),
    ]:
        with pytest.raises(ValueError, match=message):
            from_sympy(e)


def test_from_what_people_write_in_sympy():
    n, d = sp.symbols("n d", integer=True, positive=True)
    M, v, t = sp.MatrixSymbol("X", n, d), sp.MatrixSymbol("x", d, 1), sp.Symbol("a", real=True)
    assert from_sympy(M * v, [X, x]) == X @ x
    assert from_sympy(M.T) == X.T
    assert from_sympy(t / n, [a]) == a / nodes.Size(dim=Dim.of("n"))
    assert from_sympy(M - M.doit() + sp.ZeroMatrix(n, d)).shape == X.shape
    assert from_sympy((M - M).doit()).latex == r"0 \mathbf{1}"
    assert from_sympy(sp.exp(1)) == Apply((term(1),), "exp")
    assert from_sympy(sp.sqrt(t), [a]) == Apply((a,), "sqrt")
    square = sp.MatrixSymbol("A", d, d)
    assert from_sympy(square * square, [A]).latex == "A A"
    assert from_sympy(square**-2, [A]).latex == "A^{-1} A^{-1}"


def test_the_variable_of_an_elementwise_function_is_its_own():
    d, s = sp.Symbol("d", integer=True, positive=True), sp.Symbol("s", real=True)
    argument = sp.Symbol("s")  # bound, and called like the free symbol beside it
    e = ElementwiseApplyFunction(sp.Lambda(argument, argument * s), sp.MatrixSymbol("x", d, 1))
    assert from_sympy(e, [x]).latex in (r"s \odot x", r"x \odot s")


def test_symbols_come_back_as_they_were_spelled():
    yhat = symbol("yhat", "d", latex_name=r"\hat{y}")
    assert from_sympy(to_sympy(yhat - y), [yhat, y]).latex in (r"\hat{y} - y", r"-y + \hat{y}")
