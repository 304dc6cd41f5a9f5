"""Rebuilding, substituting, instantiating families; definitions and the forward pass."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.terms import nodes
from derive.terms.definitions import Definition, check_definitions, dimension_names, forward
from derive.terms.dims import Dim
from derive.terms.evaluate import evaluate
from derive.terms.indices import Index
from derive.terms.nodes import Component, Sum, Symbol
from derive.terms.shapes import Shape, ShapeError
from derive.terms.walk import at_indices, rebuild, substitute, symbols
from tests.terms.random_terms import terms


def symbol(name, shape="scalar", **more):
    return Symbol(name=name, declared=Shape.of(shape), **more)


a, b = symbol("a"), symbol("b")
x, y = symbol("x", "n"), symbol("y", "n")
n = Dim.of("n")


def entry(vector, index="i"):
    return Component((vector,), Index.of(index))


def family(name, shape, index, style="[]"):
    return symbol(name, shape, indices=(Index.of(index),), style=style)


@given(terms())
def test_rebuilding_with_no_change_gives_the_same_term(t):
    assert rebuild(t, lambda node: node) is t


def test_rebuilding_needs_no_recursion():
    deep = a
    for _ in range(20_000):
        deep = -deep
    assert rebuild(deep, lambda node: node.args[0] if isinstance(node, nodes.Neg) else node) is a


def test_substituting_does_not_search_what_it_put_in():
    assert substitute(a + b, {a: b, b: a}) == b + a
    assert substitute(-(a + b), {a + b: a}) == -a


def test_symbols_in_order_each_once():
    assert symbols(b @ x + a @ x) == (b, x, a)


def test_a_layer_of_a_generic_network():
    W, z, before = family("W", "n_l x n_{l-1}", "l"), family("z", "n_l", "l"), family("a", "n_{l-1}", "l-1")
    layer = W @ before + family("b", "n_l", "l")
    second = at_indices(layer, {"l": 2})
    assert second.shape == Shape.of("n_2")
    assert [s.key for s in symbols(second)] == ["W_2", "a_1", "b_2"]
    assert symbols(second)[0].shape == Shape.of("n_2 x n_1")
    assert second.latex == "W^{[2]} a^{[1]} + b^{[2]}"
    assert at_indices(z, {"l": 1}).shape == Shape.of("n_1")


def test_a_bound_index_stays_bound():
    total = Sum((family("z", "d", "i", "()") * family("c", "scalar", "k", "()"),), "i", 1, n)
    at_two = at_indices(total, {"i": 2, "k": 3})
    assert [s.key for s in symbols(at_two)] == ["z_i", "c_3"]
    assert at_indices(Sum((a,), "l", 1, Dim.of("n_l")), {"l": 2}).upper == Dim.of("n_2")


def test_an_index_that_is_put_in_is_not_caught_by_a_sum():
    inner = Sum((entry(x, "i") @ entry(y, "j"),), "j", 1, n)
    renamed = at_indices(inner, {"i": Index("j")})
    assert renamed == Sum((entry(x, "j") @ entry(y, "k"),), "k", 1, n)


def test_a_sum_with_the_name_of_a_free_index_gets_another_letter():
    both = entry(x, "i") @ Sum((entry(y, "i"),), "i", 1, n)
    assert at_indices(both, {"i": Index("i")}) == entry(x, "i") @ Sum((entry(y, "j"),), "j", 1, n)


@given(terms(shape=Shape.of("n")), st.sampled_from("ijk"))
def test_instantiating_what_has_no_free_index_keeps_it(t, letter):
    assert at_indices(t, {letter: 2}) == t


# ---------------------------------------------------------------- definitions


def test_definitions_that_do_not_conform_are_refused_with_both_shapes():
    for definition, message in [
        (Definition(y, x + x.T), r"a sum needs equal shapes: x is n x 1, x^\top is 1 x n"),
        (Definition(y, a), "the two sides differ in shape: y is n x 1, a is 1 x 1"),
        (Definition(y, x, "i"), "the two sides differ in shape: y_i is 1 x 1, x is n x 1"),
    ]:
        with pytest.raises(ShapeError) as refused:
            definition.check()
        assert str(refused.value) == f"in the definition of y: {message}"


def test_names_are_known_before_they_are_used_and_defined_once():
    check_definitions([Definition(y, x), Definition(a, y.T @ x)], [x])
    with pytest.raises(ValueError, match="y is used in the definition of a before it is known"):
        check_definitions([Definition(a, y.T @ x), Definition(y, x)], [x])
    with pytest.raises(ValueError, match="y is defined twice"):
        check_definitions([Definition(y, x), Definition(y, x)], [x])
    with pytest.raises(ValueError, match="x is defined twice"):
        check_definitions([Definition(x, y)], [x, y])
    with pytest.raises(ShapeError, match=r"one name with two shapes: x is d x 1, \\mathbf\{1\} is n x 1"):
        check_definitions([Definition(a, nodes.Total((symbol("x", "d"),)))], [x])


def test_definitions_by_entries():
    definition = Definition(y, a @ entry(x) + b, "i")
    assert definition.latex == "y_i = a x_i + b"
    values = {"x": np.array([[1.0], [2.0], [3.0]]), "a": 2.0, "b": 1.0}
    assert forward([definition], values, {"n": 3})["y"].ravel().tolist() == [3, 5, 7]
    batch = {**values, "x": np.ones((4, 3, 1)), "a": np.arange(4.0).reshape(4, 1, 1)}
    assert forward([definition], batch, {"n": 3})["y"].shape == (4, 3, 1)
    constant = Definition(y, nodes.term(1) + b, "i")
    assert forward([constant], values, {"n": 3})["y"].ravel().tolist() == [2, 2, 2]


def test_forward_gives_all_values_in_order():
    found = forward([Definition(y, x + 1), Definition(a, nodes.Total((y,)))], {"x": np.zeros((2, 1))}, {"n": 2})
    assert list(found) == ["x", "y", "a"]
    assert float(found["a"].item()) == 2


def test_named_dimensions_in_order():
    assert dimension_names([symbol("W", "h x d"), symbol("X", "n x d+1"), x]) == ("h", "d", "n")
    assert dimension_names([x + x.T]) == ()


def test_a_family_is_evaluated_at_the_index_of_its_sum():
    total = Sum((family("z", "d", "i", "()"),), "i", 1, Dim.of(3))
    values = {f"z_{k}": np.full((2, 1), float(k)) for k in (1, 2, 3)}
    assert evaluate(total, values, {"d": 2}).ravel().tolist() == [6, 6]
