"""Rewriting keeps the value and the shape, at every point: over random terms of all node types, and rule by rule."""

import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derive.symbolic import tidy as room
from derive.symbolic.scalars import explicit, output_form, simplify_entrywise
from derive.symbolic.tidy import depends, tidy
from derive.terms import nodes
from derive.terms.dims import Dim
from derive.terms.functions import FUNCTIONS
from derive.terms.indices import Index
from derive.terms.nodes import Apply, Component, Hadamard, Quotient, Sum, Symbol, Total, ones, term
from derive.terms.shapes import SCALAR, Shape
from tests.terms.random_terms import SIZES, close, many_digits, rationals, terms

patient = settings(suppress_health_check=[HealthCheck.too_slow])
ENTRYWISE = frozenset({nodes.Add, nodes.Neg, nodes.Hadamard, nodes.Quotient, nodes.Power, nodes.Number, nodes.Apply})


def same_value(one, other, sizes):
    numbers = rationals(one, sizes)
    return close(many_digits(one, sizes, values=numbers), many_digits(other, sizes, values=numbers), 1e-30)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(terms(), st.sampled_from(SIZES))
def test_tidying_keeps_value_and_shape_and_is_done_once(t, sizes):
    tidied = tidy(t)
    assert tidied.shape == t.shape
    assert same_value(t, tidied, sizes)
    assert tidy(tidied) == tidied


@patient
@given(st.one_of(terms(), terms(kinds=ENTRYWISE)), st.sampled_from(SIZES))
def test_simplifying_keeps_value_and_shape(t, sizes):
    simplified = simplify_entrywise(t, {})
    assert simplified.shape == t.shape
    assert same_value(t, simplified, sizes)


def symbol(name, shape="scalar"):
    return Symbol(name=name, declared=Shape.of(shape))


a, b, c = symbol("a"), symbol("b"), symbol("c")
x, y, z, u = symbol("x", "d"), symbol("y", "d"), symbol("z", "d"), symbol("u", "n")
A, X, W = symbol("A", "d x d"), symbol("X", "n x d"), symbol("W", "d x h")
n, d = Dim.of("n"), Dim.of("d")
size = nodes.Size(dim=n)
identity = nodes.Identity(dim=d)


def entry(vector, index="i"):
    return Component((vector,), Index.of(index))


TIDY = [
    # products
    (X @ (2 * W), "2 X W"),
    (X @ (x.T @ y), r"x^\top y X"),
    (X @ (x.T @ y @ A), r"x^\top y X A"),
    (X @ (a @ W) @ b, "a b X W"),
    (-X @ -W, "X W"),
    (-(2 * -x), "2 x"),
    (identity @ A @ identity, "A"),
    (nodes.Diag((x,)) @ nodes.Diag((y,)), r"\mathrm{diag}(x \odot y)"),
    (ones("d").T @ nodes.Diag((x,)), r"x^\top"),
    (term(0) @ X, r"0 \mathbf{1}"),
    (nodes.Broadcast((a,), X.shape) @ W, r"a \mathbf{1} W"),
    # numbers and fractions
    (x / size * 2, r"\frac{2}{n}\, x"),
    ((x / size) / 2, r"\frac{1}{2 n}\, x"),
    (a / (x.T @ y), r"\frac{a}{x^\top y}"),
    (A / (x.T @ y), r"\frac{1}{x^\top y}\, A"),
    (a * b / a, "b"),
    (nodes.SquaredNorm((x,)) * a / (1 + b), r"\frac{a \lVert x \rVert^2}{1 + b}"),
    (Quotient((x, 2 * y)), r"\frac{1}{2}\, \frac{x}{y}"),
    (a / term(0), r"\frac{a}{0}"),
    # sums
    (x + x, "2 x"),
    (x - x, r"0 \mathbf{1}"),
    (x - x + 1, "1"),
    (x + (y - x), "y"),
    (1 + a + 2, "3 + a"),
    # transposes
    (A.T.T, "A"),
    ((X @ W).T, r"W^\top X^\top"),
    ((x.T @ y @ X).T, r"x^\top y X^\top"),
    ((a * X / size).T, r"\frac{a}{n}\, X^\top"),
    (identity.T, "I_d"),
    (nodes.Broadcast((x.T,), X.shape).T, "x"),
    # elementwise
    (Hadamard((2 * x, y)), r"2 x \odot y"),
    (Hadamard((x, Hadamard((y, z)))), r"x \odot y \odot z"),
    (Hadamard((ones("d"), x)), "x"),
    (Hadamard((x, 1 / y)), r"\frac{x}{y}"),
    (Hadamard((nodes.Broadcast((a,), x.shape), x)), "a x"),
    # sums over everything, and over an index
    (Total((2 * x,)), r"2 \sum_j \left[x\right]_j"),
    (Sum((a * entry(x) / size,), "i", 1, d), r"\frac{a}{n}\, \sum_{i=1}^{d} x_i"),
    (Sum((x,), "i", 1, n), "n x"),
    (Sum((x,), "i", 1, Dim.of(3)), "3 x"),
    (Sum((x,), "i", 2, n), r"\sum_{i=2}^{n} x"),  # n - 1 times x, but 0 where n is 0
    (Sum((a * nodes.Size(dim=Dim.of("n_i")),), "i", 1, n), r"a \sum_{i=1}^{n} n_i"),
    # Kronecker products, vec
    (nodes.Kronecker((nodes.Identity(), A)), "A"),
    (nodes.Vec((x,)), "x"),
    (nodes.Vec((x.T,)), "x"),
    (nodes.Commutation(of=Shape.of("d")), "I_d"),
    (nodes.Trace((x.T @ y,)), r"x^\top y"),
    (a**1, "a"),
    (X**0, "1"),
]


@pytest.mark.parametrize(("t", "expected"), TIDY, ids=lambda v: str(v))
def test_tidy(t, expected):
    assert tidy(t).latex == expected
    assert tidy(t).shape == t.shape


def test_every_tidy_rule_is_used_above():
    changed = {type(node) for t, _ in TIDY for node in t.walk() if tidy(node) != node}
    assert set(room.RULES) - changed <= {nodes.Size, nodes.Determinant, nodes.Broadcast, nodes.Ones}
    assert tidy(nodes.Determinant((a,))) == a
    assert tidy(nodes.Broadcast((a,), SCALAR)) == a
    assert tidy(ones("1")) == term(1)
    assert tidy(nodes.Size(dim=Dim.of(3))) == term(3)


def test_a_rewrite_that_changes_the_value_is_seen(monkeypatch):
    monkeypatch.setitem(room.RULES, nodes.Neg, lambda t: t.args[0])
    assert not same_value(-x, tidy(-x), SIZES[0])


def test_depends_looks_into_dimensions_and_stops_at_its_own_sum():
    assert depends(entry(x), "i")
    assert not depends(entry(x), "j")
    assert not depends(Sum((entry(x),), "i", 1, d), "i")
    assert depends(Sum((entry(x),), "i", 1, Dim.of("n_i")), "i")
    assert depends(ones("n_{l-1}"), "l")
    assert depends(symbol("W", "n_l"), "l")


# ---------------------------------------------------------------- entrywise terms


SIMPLER = [
    (-(y / x) + (1 - y) / (1 - x), r"\frac{x - y}{x \odot (1 - x)}"),
    (Hadamard((x, y)) / x, "y"),
    ((a**2) / a, "a"),
    (Hadamard((x, x)) - x**2, "0"),
    (a - a + b, "b"),
]


@pytest.mark.parametrize(("t", "expected"), SIMPLER, ids=lambda v: str(v))
def test_simplify(t, expected):
    found = simplify_entrywise(t, {})
    assert found.shape == t.shape
    if expected != "0":
        assert found.latex == expected


@pytest.mark.parametrize(
    "t",
    [
        term(2) ** 10**9 * x / x,
        (a + b) ** 65 / (a + b),
        Hadamard((x + y + z + a + b, x - y - z)) ** 24 / (x + y + z + a + b),
    ],
    ids=["number", "degree", "monomials"],
)
def test_what_sympy_takes_long_for_stays_as_it_is(t, monkeypatch):
    monkeypatch.setattr(sp, "cancel", lambda expression: pytest.fail("SymPy was asked"))
    assert simplify_entrywise(t, {}) == t


def test_a_derivative_is_written_over_the_output_that_has_a_name():
    outputs = {Apply((z,), "sigmoid"): y}
    slope = Apply((z,), "sigmoid", 1)
    incoming = (y - x) / Hadamard((y, 1 - y))
    assert simplify_entrywise(Hadamard((incoming, slope)), outputs) == y - x
    assert simplify_entrywise(Hadamard((x, slope)), outputs) == Hadamard((x, slope))  # no shorter
    assert simplify_entrywise(Hadamard((incoming, slope)), {}) == Hadamard((incoming, slope))


@pytest.mark.parametrize(
    "t",
    [
        (x**2) ** nodes.Fraction(1, 2),  # SymPy makes |x| of it
        Hadamard((x, Apply((a,), "abs"))),
        term(2) ** nodes.Fraction(1, 2) * x,
        a / term(0) + b,
        X @ W,
    ],
    ids=str,
)
def test_what_sympy_cannot_give_back_stays(t):
    found = simplify_entrywise(t, {})
    assert found.shape == t.shape


def test_derivatives_over_outputs_are_found_not_listed():
    s = sp.Symbol("s", real=True)
    forms = {name: str(form(s)) for name in FUNCTIONS if (form := output_form(name))}
    assert forms == {"exp": "s", "tanh": "1 - s**2", "sigmoid": "s*(1 - s)"}


@pytest.mark.parametrize("name", [name for name, row in FUNCTIONS.items() if not row.kinks])
def test_explicit_derivatives(name):
    at = symbol("t") if FUNCTIONS[name].low < 0 else 1 + symbol("t") ** 2
    assert same_value(Apply((at,), name, 1), explicit(name, at), SIZES[0])
