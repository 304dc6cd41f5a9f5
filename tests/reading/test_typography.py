"""What only says how a formula looks, and notation that takes its meaning from how it is set."""

import pytest

from tests.reading.reader import expression, kinds, messages, statements, term

SHAPES = {"shapes": {"A": "n x n", "X": "m x n", "x": "n", "w": "n", "c": "scalar"}}
SAME = [
    (r"{\rm tr} A", r"\mathrm{tr} A"),
    (r"{\bf x}^T {\bf w}", r"\mathbf{x}^T \mathbf{w}"),
    (r"\small c + c", r"c + c"),
    (r"c{} + c", r"c + c"),
    (r"c * -1", r"c * (-1)"),
    (r"\mathrm{tr}\, x^T A x", r"\mathrm{tr}(x^T A x)"),
]


@pytest.mark.parametrize(("latex", "plain"), SAME)
def test_typography_says_nothing(latex, plain):
    assert term(latex, **SHAPES) == term(plain, **SHAPES)


@pytest.mark.parametrize("note", [r"\underset{\text{chain rule}}{=}", r"\overset{(a)}{=}", r"\stackrel{(1)}{=}"])
def test_a_note_over_a_relation_is_no_part_of_it(note):
    (chain,) = statements(rf"c {note} c + c")
    assert chain.relations == ("=",)


def test_a_mark_under_a_name_is_not_dropped():
    assert messages(r"$q = \underset{w}{c} + 1$", shapes={"c": "scalar"})


def test_the_height_of_a_row_is_no_factor():
    first, second = statements(r"a = b \\[2ex] c = d")
    assert (first.sides[1].base, second.sides[0].base) == ("b", "c")


def test_a_bracket_behind_a_row_end_is_no_height():
    _, second = statements(r"a = b \\ [2 e] = d")
    assert second.sides[0].opening == "["


@pytest.mark.parametrize("columns", ["{l}", "{lcl}"])
def test_an_array_of_equations_states_its_rows(columns):
    text = rf"$$\begin{{array}}{columns} f(c) &=& g(c) \\ g(z) &=& z^2 \end{{array}}$$"
    assert kinds(text, shapes={"c": "scalar"}) == ["definition", "definition"]


def test_an_array_without_equations_is_a_matrix():
    assert expression(r"\begin{array}{cc} 1 & 2 \\ 3 & 4 \end{array}").rows


@pytest.mark.parametrize(
    "identity", [r"\det(A^{-1}) = 1 / \det(A)", r"\log(c c) = \log(c) + \log(c)", r"\sigma(-c) = 1 - \sigma(c)"]
)
def test_an_identity_of_a_known_function_defines_none(identity):
    assert kinds(f"${identity}$", **SHAPES) == ["claim"]


def test_a_declared_sigma_is_no_function():
    assert term(r"\sigma (x + w)", shapes={"x": "n", "w": "n", r"\sigma": "scalar"}).startswith(r"\sigma")
    assert term(r"\sigma (x + w)", shapes={"x": "n", "w": "n", r"\sigma": "scalar"}).count("sigma") == 1


def test_a_new_line_ends_a_row():
    first, second = statements(r"a = b \newline c = d")
    assert (first.sides[1].base, second.sides[0].base) == ("b", "c")
    (chain, more) = statements(r"\begin{align*} a &= b \newline &= c \end{align*}")
    assert more.sides[0] == chain.sides[1]


def test_what_a_sum_adds_up_may_start_with_its_sign():
    assert term(r"\sum_{i=1}^n -x_i w_i", **SHAPES) == term(r"\sum_{i=1}^n (-x_i w_i)", **SHAPES)
    assert term(r"c - \sum_{i=1}^n -x_i", **SHAPES) == term(r"c - \sum_{i=1}^n (-x_i)", **SHAPES)


def test_empty_braces_around_a_sign_say_nothing():
    assert term(r"x {}+{} w", shapes={"x": "n", "w": "n"}) == term("x + w", shapes={"x": "n", "w": "n"})
