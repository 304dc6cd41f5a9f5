"""One walker, many kinds of numbers: they agree on random terms over all node types."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derive.symbolic.components import SCALARS
from derive.symbolic.scalars import numeric_derivatives
from derive.terms import nodes
from derive.terms.arithmetic import NUMPY, NumPyArithmetic, digits
from derive.terms.dims import Dim
from derive.terms.evaluate import evaluate
from derive.terms.indices import Index
from derive.terms.nodes import Component, Symbol, term
from derive.terms.shapes import SCALAR, Shape, ShapeError
from tests.terms.random_terms import SIZES, close, exact, floats, many_digits, rationals, terms

slow = settings(suppress_health_check=[HealthCheck.too_slow])
SLOPES = {
    key: np.vectorize(lambda t, f=f: float(f(t)), otypes=[float])
    for key, f in numeric_derivatives(Fraction(0), 30).items()
}
FLOATS = NumPyArithmetic(SLOPES)


def in_full(value, t, sizes):
    return np.broadcast_to(np.asarray(value), t.shape.sizes(sizes))


@slow
@given(terms(), st.sampled_from(SIZES))
def test_numpy_arrays_agree_with_many_digits(t, sizes):
    found = evaluate(t, floats(rationals(t, sizes)), sizes, FLOATS)
    assert close(in_full(found, t, sizes).astype(float), many_digits(t, sizes), 1e-6)


@slow
@given(terms(), st.sampled_from(SIZES))
def test_a_batch_of_points_is_every_point(t, sizes):
    points = [floats(rationals(t, sizes, salt)) for salt in (0, 1, 2)]
    together = {key: np.stack([point[key] for point in points]) for key in points[0]}
    batch = np.broadcast_to(evaluate(t, together, sizes, FLOATS), (3, *t.shape.sizes(sizes)))
    for k, point in enumerate(points):
        assert close(batch[k], in_full(evaluate(t, point, sizes, FLOATS), t, sizes), 1e-9)


ONLY_NUMBERS = frozenset(
    {nodes.Number, nodes.Size, nodes.Add, nodes.Neg, nodes.Hadamard, nodes.Quotient, nodes.Power, nodes.Apply}
)


@slow
@given(terms(shape=SCALAR, kinds=ONLY_NUMBERS), st.sampled_from(SIZES))
def test_scalars_may_be_plain_numbers(t, sizes):
    values = {key: float(value.item()) for key, value in rationals(t, sizes).items()}
    found = evaluate(t, values, sizes, FLOATS)
    assert np.ndim(found) == 0
    assert close(float(found), many_digits(t, sizes).item(), 1e-6)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(terms(depth=2), st.sampled_from(SIZES))
def test_sympy_entries_agree_once_numbers_are_put_in(t, sizes):
    if any(isinstance(node, nodes.Apply) and node.order for node in t.walk()):
        return  # written out, a loss has no derivatives in it
    numbers = rationals(t, sizes)
    names = {
        key: np.array([[sp.Symbol(f"{key}[{i},{j}]") for j in range(v.shape[1])] for i in range(v.shape[0])])
        for key, v in numbers.items()
    }
    put_in = {
        name: sp.Rational(value.numerator, value.denominator)
        for key in names
        for name, value in zip(names[key].ravel(), numbers[key].ravel(), strict=True)
    }
    found = in_full(evaluate(t, names, sizes, SCALARS), t, sizes)
    values = [sp.Float(sp.sympify(entry).xreplace(put_in).doit().evalf(30)) for entry in found.ravel()]
    assert close([float(v) for v in values], many_digits(t, sizes).ravel().astype(float), 1e-9)


# ---------------------------------------------------------------- single cases


def symbol(name, shape="scalar"):
    return Symbol(name=name, declared=Shape.of(shape))


A, x, a = symbol("A", "d x d"), symbol("x", "d"), symbol("a")


def test_an_ill_shaped_term_has_no_value():
    with pytest.raises(ShapeError, match="inner dimensions differ"):
        evaluate(x @ x, {"x": np.ones((2, 1))})


def test_missing_values_are_key_errors():
    with pytest.raises(KeyError):
        evaluate(a + 1, {})
    with pytest.raises(KeyError):
        evaluate(nodes.Size(dim=Dim.of("n")), {})


def test_an_entry_outside_of_its_matrix_is_refused():
    values, sizes = {"x": np.ones((3, 1)), "a": 2.0}, {"d": 3}
    for index in (0, 4):
        with pytest.raises(IndexError, match=f"{index} lies outside of 3 x 1; indices count from 1"):
            evaluate(Component((x,), Index.of(index)), values, sizes)
    over = nodes.Sum((Component((x,), Index.of("i+1")),), "i", 1, Dim.of("d"))
    with pytest.raises(IndexError, match=r"at \{'i': 3\} lies outside of 3 x 1"):
        evaluate(over, values, sizes)
    assert evaluate(Component((a,), Index.of(1)), values, sizes) == 2.0


def test_an_empty_sum_is_zero_in_the_shape_of_its_term():
    empty = nodes.Sum((x,), "i", 2, Dim.of(1))
    assert evaluate(empty, {"x": np.ones((3, 1))}, {"d": 3}).tolist() == [[0], [0], [0]]
    assert evaluate(nodes.Sum((a,), "i", 1, Dim.of(0)), {"a": 3.0}) == 0


def test_dimensions_of_a_family_follow_the_index_of_a_sum():
    ones = nodes.Sum((nodes.Total((nodes.ones("n_l"),)) + nodes.Size(dim=Dim.of("n_l")),), "l", 1, Dim.of(2))
    assert evaluate(ones, {}, {"n_1": 3, "n_2": 4}).item() == 14


def test_what_has_no_brackets_is_multiplied_from_the_left():
    t = x.T @ x @ A  # (x^T x) A, a scalar times a matrix
    values = {"x": np.array([[1.0], [2.0]]), "A": np.eye(2)}
    assert evaluate(t, values, {"d": 2}).tolist() == [[5, 0], [0, 5]]


def test_matrix_operations_by_hand():
    values, sizes = {"A": np.array([[1.0, 2.0], [3.0, 4.0]]), "x": np.array([[5.0], [6.0]])}, {"d": 2}

    def value(t):
        return np.round(evaluate(t, values, sizes), 12).tolist()

    assert value(nodes.Determinant((A,))) == [[-2]]
    assert value(nodes.Trace((A,))) == [[5]]
    assert value(nodes.Inverse((A,))) == [[-2, 1], [1.5, -0.5]]
    assert value(nodes.Vec((A,))) == [[1], [3], [2], [4]]
    assert value(nodes.Commutation(of=A.shape) @ nodes.Vec((A,))) == value(nodes.Vec((A.T,)))
    assert value(nodes.Kronecker((x.T, A))) == [[5, 10, 6, 12], [15, 20, 18, 24]]
    assert value(nodes.Diag((x,))) == [[5, 0], [0, 6]]
    assert value(nodes.SquaredNorm((A,))) == [[30]]
    assert value(nodes.Norm((x.T,))) == [[round(61**0.5, 12)]]
    assert value(A**-1) == [[1, 0.5], [round(1 / 3, 12), 0.25]]  # entry by entry


def test_kronecker_and_identities_of_a_batch():
    values = {"x": np.arange(6.0).reshape(3, 2, 1)}
    found = evaluate(nodes.Kronecker((x, x.T)), values, {"d": 2})
    assert found.shape == (3, 2, 2)
    assert all(np.array_equal(found[k], np.kron(values["x"][k], values["x"][k].T)) for k in range(3))
    assert evaluate(nodes.Diag((x,)), values, {"d": 2}).shape == (3, 2, 2)


def test_singular_matrices_of_many_digits():
    arithmetic = digits(30)
    singular = exact({"A": np.array([[Fraction(1), Fraction(2)], [Fraction(2), Fraction(4)]])}, arithmetic)
    assert evaluate(nodes.Determinant((A,)), singular, {"d": 2}, arithmetic).item() == 0
    with pytest.raises(ZeroDivisionError, match="a singular matrix has no inverse"):
        evaluate(nodes.Inverse((A,)), singular, {"d": 2}, arithmetic)
    swapped = exact({"A": np.array([[Fraction(0), Fraction(1)], [Fraction(2), Fraction(0)]])}, arithmetic)
    assert evaluate(nodes.Determinant((A,)), swapped, {"d": 2}, arithmetic).item() == -2


def test_the_inverse_of_symbols():
    names = {"A": np.array([[sp.Integer(0), sp.Symbol("p")], [sp.Symbol("q"), sp.Symbol("r")]])}
    p, q, r = sp.symbols("p q r")
    found = evaluate(nodes.Inverse((A,)), names, {"d": 2}, SCALARS)
    assert [sp.simplify(entry) for entry in found.ravel()] == [-r / (p * q), 1 / q, 1 / p, 0]
    assert sp.simplify(evaluate(nodes.Determinant((A,)), names, {"d": 2}, SCALARS).item() + p * q) == 0


def test_many_digits_are_many():
    arithmetic = digits(40, numeric_derivatives(Fraction(0), 40))
    third = {"a": arithmetic.number(Fraction(1, 3))}
    tanh, slope = nodes.Apply((a,), "tanh"), nodes.Apply((a,), "tanh", 1)
    difference = evaluate(slope - (1 - tanh**2), third, {}, arithmetic)
    assert abs(difference) < 1e-38
    assert abs(evaluate(tanh, third, {}, arithmetic) - sp.tanh(sp.Rational(1, 3)).evalf(45)) < 1e-38


def test_saturated_functions_have_their_limits_without_a_warning():
    sigmoid = nodes.Apply((a,), "sigmoid")
    assert evaluate(sigmoid, {"a": np.array([[-1000.0]])}).item() == 0
    assert evaluate(sigmoid, {"a": np.array([[1000.0]])}).item() == 1


def test_relu_follows_the_real_part_of_a_complex_step():
    relu = nodes.Apply((a,), "relu")
    assert evaluate(relu, {"a": np.array([[2 + 1e-30j]])}).item() == 2 + 1e-30j
    assert evaluate(relu, {"a": np.array([[-2 + 1e-30j]])}).item() == 0


@pytest.mark.parametrize("power", [3, -2, Fraction(1, 2), Fraction(-3, 2)])
def test_powers(power):
    assert evaluate(a**power, {"a": np.array([[1.5]])}, arithmetic=NUMPY).item() == pytest.approx(1.5 ** float(power))


def test_shared_subterms_are_computed_once():
    calls = []
    counting = NumPyArithmetic({("tanh", 1): lambda t: calls.append(1) or t})
    slope = nodes.Apply((a,), "tanh", 1)
    evaluate(slope + slope @ slope + term(2), {"a": 1.0}, arithmetic=counting)
    assert len(calls) == 1
