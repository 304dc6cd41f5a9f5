"""Functions without their argument, sums written with a letter, derivatives by a square."""

import pytest

from tests.checking.claims import verdict, verdicts
from tests.reading.reader import kinds, messages, term

SCALARS = "shapes:\n  z: scalar\n  x: n\nfunctions:\n  f: tanh\n"


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (r"\sigma' = \sigma (1 - \sigma)", r"\sigma' = \sigma (1 + \sigma)"),
        (r"\frac{d\sigma}{da} = \sigma(1-\sigma)", r"\frac{d\sigma}{da} = \sigma"),
        (r"\frac{d\sigma}{dz} = \sigma \cdot (1 - \sigma)", r"\frac{d\sigma}{dz} = \sigma \cdot \sigma"),
        (r"f' = 1 - f^2", r"f' = 1 - f"),
        (r"\tanh' = 1 - \tanh^2", r"\tanh' = 1 + \tanh^2"),
    ],
)
def test_a_line_about_a_function_is_one_about_its_values(true, false):
    assert verdict(SCALARS, true).verdict == "holds"
    assert verdict(SCALARS, false).verdict == "wrong"


def test_every_link_of_such_a_line_has_the_same_argument():
    first, second = verdicts(SCALARS, r"\frac{d\sigma}{dz} = \sigma(z) (1 - \sigma(z)) = \sigma - \sigma^2")
    assert (first.verdict, second.verdict) == ("holds", "holds")


def test_elsewhere_a_function_needs_its_argument():
    assert verdict(SCALARS, r"z = \sigma + z").verdict == "unread"


def test_a_capital_sigma_with_bounds_is_a_sum():
    assert term(r"\Sigma_{i=1}^n x_i", shapes={"x": "n"}) == term(r"\sum_{i=1}^n x_i", shapes={"x": "n"})
    assert term(r"\Sigma_1 x", shapes={"x": "n", r"\Sigma_1": "n x n"}).startswith(r"\Sigma")


def test_a_derivative_by_the_square_of_a_number():
    front = "shapes:\n  s: positive\n  x: n\ngiven:\n  - g = \\log s^2 + \\frac{x^\\top x}{s^2}\n"
    good, bad = verdicts(
        front,
        r"\frac{\partial g}{\partial s^2} = \frac{1}{s^2} - \frac{x^\top x}{s^4}",
        r"\frac{\partial g}{\partial s^2} = \frac{2}{s} - \frac{2 x^\top x}{s^3}",
    )
    assert (good.verdict, bad.verdict) == ("holds", "wrong")


@pytest.mark.parametrize("left", ["net_{h1}", "activation(x)", "out_1", "MSE"])
def test_a_word_on_a_left_side_is_a_name(left):
    assert kinds(f"${left} = x^T x$", shapes={"x": "n"}) == ["definition"]
    assert not messages(f"${left} = x^T x$", shapes={"x": "n"})
