"""Dimensions, indices, shapes: arithmetic, and that what is printed is read back as the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.terms.dims import ONE, Dim
from derive.terms.indices import Index
from derive.terms.shapes import SCALAR, Shape

names = st.sampled_from(["n", "d", "h_1", "n_l", "n_{l-1}", "n_{l+1}", "n_10", "d_in"])
sizes = {"n": 3, "d": 5, "h_1": 7, "n_l": 11, "n_{l-1}": 13, "n_{l+1}": 17, "n_10": 19, "d_in": 23}
dims = st.recursive(
    st.one_of(names.map(Dim.of), st.integers(-3, 3).map(Dim.of)),
    lambda parts: st.tuples(st.sampled_from([Dim.__add__, Dim.__mul__]), parts, parts).map(lambda t: t[0](t[1], t[2])),
    max_leaves=6,
)
indices = st.one_of(
    st.integers(-20, 20).map(Index.of), st.builds(Index, st.sampled_from(["l", "i", "in"]), st.integers(-3, 3))
)


@given(dims)
def test_a_dimension_is_read_back_as_it_is_printed(dim):
    assert Dim.of(str(dim)) == dim


@given(dims, dims)
def test_sums_and_products_have_the_size_of_sums_and_products(a, b):
    assert (a + b).size(sizes) == a.size(sizes) + b.size(sizes)
    assert (a * b).size(sizes) == a.size(sizes) * b.size(sizes)


@given(dims, dims, dims)
def test_dimensions_are_compared_as_mathematics(a, b, c):
    assert a + b == b + a
    assert a * b == b * a
    assert a * (b + c) == a * b + a * c
    assert a + Dim.of(-1) * a == Dim.of(0)
    assert hash(a + b) == hash(b + a)


@given(indices)
def test_an_index_is_read_back_as_it_is_printed(index):
    assert Index.of(str(index)) == index


@pytest.mark.parametrize(
    ("text", "printed", "latex"),
    [
        ("n", "n", "n"),
        ("d+1", "d+1", "d+1"),
        ("1 + d", "d+1", "d+1"),
        ("2h", "2*h", "2 h"),
        ("2*h*d", "2*d*h", "2 d h"),
        ("n - 1", "n-1", "n-1"),
        ("n_l", "n_l", "n_l"),
        ("n_{l-1}", "n_{l-1}", "n_{l-1}"),
        ("n_10", "n_10", "n_{10}"),
        ("0", "0", "0"),
    ],
)
def test_dimensions_in_text_and_in_latex(text, printed, latex):
    assert str(Dim.of(text)) == printed
    assert Dim.of(text).latex == latex


@pytest.mark.parametrize("text", ["", "n_", "n m", "n/2", "n^2", "d+", "*n", "n_{l", "n_l_m", "n_l2", "1.5"])
def test_what_is_no_dimension_is_refused(text):
    with pytest.raises(ValueError, match="expected a"):
        Dim.of(text)


@pytest.mark.parametrize("text", ["", "l2", "2l", "l+", "l+m", "l*2"])
def test_what_is_no_index_is_refused(text):
    with pytest.raises(ValueError, match="expected an index such as 3, l or l-1"):
        Index.of(text)


def test_a_family_of_dimensions_at_an_index():
    assert Dim.of("n_{l-1}").at({"l": 3}) == Dim.of("n_2")
    assert Dim.of("n_l + n_{l-1}").at({"l": 2}) == Dim.of("n_2 + n_1")
    assert Dim.of("n_{l-1}").at({"l": Index.of("m+1")}) == Dim.of("n_m")
    assert Dim.of("n_l").size({"n_l": 4}) == 4
    with pytest.raises(KeyError):
        Dim.of("n_l").size({"n": 4})


def test_indices_are_numbers_once_their_name_is():
    assert Index.of("l-1").at({"l": 3}) == Index.of(2)
    assert Index.of("l-1").at({"k": 3}) == Index.of("l-1")
    assert Index.of("l-1").value({"l": 3}) == 2
    assert Index.of("4").is_number
    with pytest.raises(KeyError):
        Index.of("l").value({})


@pytest.mark.parametrize(
    ("text", "rows", "cols", "printed"),
    [
        ("scalar", "1", "1", "scalar"),
        ("1", "1", "1", "scalar"),
        ("d", "d", "1", "d"),
        ("1 x n", "1", "n", "1 x n"),
        ("h x d", "h", "d", "h x d"),
        ("h × d", "h", "d", "h x d"),
        (r"h \times d+1", "h", "d+1", "h x d+1"),
        ("n_l x n_{l-1}", "n_l", "n_{l-1}", "n_l x n_{l-1}"),
    ],
)
def test_shapes_in_text(text, rows, cols, printed):
    shape = Shape.of(text)
    assert shape == Shape(Dim.of(rows), Dim.of(cols))
    assert str(shape) == printed
    assert Shape.of(printed) == shape


@pytest.mark.parametrize("text", ["", "h x", "h x d x n", "h x 1.5"])
def test_what_is_no_shape_is_refused(text):
    with pytest.raises(ValueError, match="expected a"):
        Shape.of(text)


def test_a_scalar_is_one_by_one_for_every_dimension():
    assert Shape.of("1 x 1") == SCALAR
    assert SCALAR.is_scalar
    assert not Shape.of("d").is_scalar  # also where d happens to be 1
    assert Shape.of("d").is_vector
    assert not SCALAR.is_vector
    assert str(Shape.of("h x d").T) == "d x h"
    assert Shape.of("h x d").sizes({"h": 2, "d": 3}) == (2, 3)
    assert Shape.of("n").rows * ONE == Dim.of("n")
