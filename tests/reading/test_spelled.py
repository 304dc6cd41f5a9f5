"""Spellings of TeX and of authors that mean what another spelling means."""

import pytest

from derive.reading.errors import Unread
from derive.reading.parser import parse
from derive.reading.spelled import names_t, respelled
from derive.reading.syntax import Chain
from derive.reading.tokens import tokenize
from tests.reading.reader import kinds, messages, statements, term, theory

NETWORK = {
    "shapes": {"W": "h x d", "x": "d", "b": "h", "y": "h", "\\alpha": "scalar"},
    "functions": {"\\sigma": "sigmoid"},
    "given": ["z = W x + b", "a = \\sigma(z)", "L = \\frac{1}{2} \\|a - y\\|^2"],
    "loss": "L",
}


def same(latex: str, other: str) -> bool:
    return statements_of(latex) == statements(other)


def statements_of(latex: str) -> tuple[Chain, ...]:
    return parse(respelled(tokenize(latex)))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"{a \over b} = c", r"\frac{a}{b} = c"),
        (r"{\partial L \over \partial x_i} = c", r"\frac{\partial L}{\partial x_i} = c"),
        (r"x = {{a \over b} c \over 2}", r"x = \frac{\frac{a}{b} c}{2}"),
        (r"b = A^t x", r"b = A^{\top} x"),
        (r"b = A^{t} x^t", r"b = A^{\top} x^{\top}"),
        (r"a \overset{(1)}{=} b", "a = b"),
        (r"a \stackrel{\text{chain rule}}{=} b", "a = b"),
        (r"a \stackrel{def}= b", "a = b"),
        (r"a \underset{x}{\approx} b", r"a \approx b"),
    ],
)
def test_a_spelling_is_read_as_the_one_that_it_means(written, meant):
    if meant == written:  # not complete: nothing is rewritten
        assert list(respelled(tokenize(written))) == list(tokenize(written))
    else:
        assert same(written, meant)


def test_positions_point_into_the_source():
    (chain,) = statements_of(r"x = {a + b \over c}")
    right = chain.sides[1]
    assert right.span == (4, 18) and right.over.span == (5, 10) and right.under.span == (17, 18)


def test_what_ought_to_be_equal_is_no_equation():
    assert messages(r"$a \overset{!}{=} 0$", shapes={"a": "d"})


def test_a_sign_behind_an_operator_or_a_sum_belongs_to_what_follows():
    assert term(r"2 * -x", shapes={"x": "scalar"}) == term(r"2 * (-x)", shapes={"x": "scalar"})
    assert term(r"\sum_i -2 x_i", shapes={"x": "n"}) == term(r"\sum_i (-2 x_i)", shapes={"x": "n"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"\partial_W L", r"\nabla_W L"),
        (r"\partial_{b_i} L", r"\frac{\partial L}{\partial b_i}"),
        (r"\partial_{z} L x^\top", r"(\nabla_z L) x^\top"),
        (r"\nabla_z L x^\top", r"\frac{\partial L}{\partial z} x^\top"),
        (r"\nabla_z L(W, b) x^\top", r"\frac{\partial L}{\partial z} x^\top"),
        (r"(\sigma)'(z)", r"\sigma'(z)"),
        (r"\frac{\partial L}{\partial w_{ij}}", r"\frac{\partial L}{\partial W_{ij}}"),
    ],
)
def test_one_derivative_in_two_spellings(written, meant):
    assert term(written, **NETWORK) == term(meant, **NETWORK)


def test_a_small_letter_that_is_declared_is_no_entry():
    shapes = {"W": "n x n", "w": "n"}
    assert term("w_i", shapes=shapes) == "w_i"
    for spelled, known in (("w_{ij}", shapes), ("w_i", {"W": "n x n"})):
        with pytest.raises(Unread, match=r"not declared|one index"):
            term(spelled, shapes=known)



@pytest.mark.parametrize("claim", [r"b = b + 1", r"\frac{\partial L}{\partial b} = a + \frac{\partial L}{\partial b}"])
def test_an_equation_that_names_its_left_side_again_is_one(claim):
    assert kinds(f"${claim}$", **NETWORK) == ["claim"]


def test_an_arrow_defines_what_is_new():
    assert kinds(r"$\mu \leftarrow \frac{1}{d} \sum_i x_i$", shapes={"x": "d"}) == ["definition"]


def test_a_dimension_gives_way_to_the_symbol_that_the_text_defines():
    r"""The h of `h = \sigma(x W)` was the number of hidden units in a formula that stands before."""
    text = r"$z = h V$, $h = \sigma(x W)$"
    front = {"shapes": {"x": "1 x d", "W": "d x h", "V": "h x k"}, "functions": {"\\sigma": "sigmoid"}}
    shapes = {found.symbol.latex: str(found.symbol.shape) for found in theory(text, **front).definitions}
    assert shapes == {"h": "1 x h", "z": "1 x k"}


def test_dS_is_no_product_of_a_dimension_and_a_matrix():
    with pytest.raises(Unread, match="no loss is known whose gradient dS could be"):
        term("dS K", shapes={"S": "n x d", "K": "d x n"})


def test_words_with_an_index_are_one_name():
    text = "$$net_{h1} = w_1 i_1$$ $$out_{h1} = 2 net_{h1}$$"
    assert kinds(text, shapes={"w_1": "scalar", "i_1": "scalar"}) == ["definition", "definition"]


def test_a_known_function_on_the_left_is_spoken_of_and_not_defined():
    assert kinds(r"$\tanh(x) = 2 \sigma(2 x) - 1$", **NETWORK) == ["claim"]
    assert kinds(r"$\varphi(x) = 2 \sigma(2 x) - 1$", **NETWORK) == ["definition"]


def test_a_power_of_a_known_name_is_not_defined():
    assert kinds(r"$z^2 = 3 b$", **NETWORK) == ["claim"]


@pytest.mark.parametrize(("written", "meant"), [("x_{2i}", "x_{2,i}"), ("u_{ni}", "u_{n,i}"), ("u_{nj}", "(u_n)_j")])
def test_the_entry_of_a_vector_with_an_index_may_be_glued(written, meant):
    front = {"shapes": {"x_1": "n", "x_2": "n", "u_n": "n"}}
    assert term(written, "$u_n$", **front) == term(meant, "$u_n$", **front)


def test_another_number_is_another_vector():
    with pytest.raises(Unread, match="not declared"):
        term("x_{3i}", shapes={"x_1": "n", "x_2": "n"})


@pytest.mark.parametrize(
    "step", ["h^{t-1}", "x_t", "x_{i,t}", "t = 1", r"\sum_{t} c", "a^{(t)}", "e^t", r"\frac{d}{dt} y", "f(t)", "y - t"]
)
def test_t_is_no_transposition_where_it_is_a_name(step):
    (chain,) = parse(respelled(tokenize("b = A^t"), names_t([step])))
    assert chain.sides[1].sup.text == "t"


@pytest.mark.parametrize("text", [r"A^t x", r"x^{t}", r"\tau_{tr} = 1", "x_{test}", r"\text{at t}"])
def test_t_is_a_transposition_elsewhere(text):
    assert not names_t([text])
