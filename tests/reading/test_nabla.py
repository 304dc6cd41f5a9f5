r"""By what a nabla differentiates where nothing stands below it, and what it is taken of."""

import pytest

from tests.checking.claims import ALGEBRA, verdict, verdicts
from tests.reading.reader import messages, term

F = "$$f(x) = x^T A x$$"
SHAPES = {"shapes": {"A": "n x n", "x": "n", "v": "n", "w": "n"}}


@pytest.mark.parametrize(
    ("latex", "same"),
    [
        (r"\nabla f(x)", r"\nabla_x f(x)"),
        (r"\nabla f", r"\nabla_x f"),
        (r"\nabla^2 f(x)", r"\nabla_x^2 f(x)"),
        (r"\nabla\nabla f(x)", r"\nabla_x^2 f(x)"),
        (r"\nabla_x \nabla_x f(x)", r"\nabla_x^2 f(x)"),
        (r"\partial_x f", r"\nabla_x f"),
        (r"\nabla f(x)^T v", r"(\nabla_x f(x))^T v"),
        (r"\nabla f^T v", r"(\nabla_x f)^T v"),
    ],
)
def test_what_is_differentiated_and_by_what(latex, same):
    assert term(latex, F, **SHAPES) == term(same, F, **SHAPES)


def test_a_function_of_two_variables_does_not_say_by_which():
    found = messages(r"$$g(x, w) = x^T A w$$ $$\nabla g(x, w) = A w$$", **SHAPES)
    assert found == []  # it is a claim: the judge says that it is unread
    assert verdict(ALGEBRA + "given:\n  - g(x, v) = x^T A v", r"\nabla g(x, v) = A v").verdict == "unread"


def test_a_gradient_without_a_variable_is_judged():
    front = ALGEBRA + "given:\n  - f(x) = x^T S x"
    good, bad, curved = verdicts(front, r"\nabla f(x) = 2 S x", r"\nabla f(x) = S x", r"\nabla^2 f(x) = 2 S")
    assert (good.verdict, bad.verdict, curved.verdict) == ("holds", "wrong", "holds")
    assert good.assumptions == (r"\nabla is taken by x",)


def test_a_derivative_sign_alone_is_of_the_loss():
    front = ALGEBRA + "given:\n  - L = x^T S x\nloss: L"
    good, bad = verdicts(front, r"\frac{\partial}{\partial x} = 2 S x", r"\frac{\partial}{\partial x} = S x")
    assert (good.verdict, bad.verdict) == ("holds", "wrong")
    assert good.assumptions == ("a derivative of nothing is that of L",)
    assert verdict(ALGEBRA, r"\frac{\partial}{\partial x} = 2 S x").verdict == "unread"


@pytest.mark.parametrize("logarithm", [r"\log\det A", r"\ln |A|", r"\log |\det(A)|"])
def test_the_logarithm_of_a_determinant_has_a_derivative_wherever_the_inverse_exists(logarithm):
    good, bad = verdicts(
        ALGEBRA,
        rf"\frac{{\partial {logarithm}}}{{\partial A}} = A^{{-\top}}",
        rf"\frac{{\partial {logarithm}}}{{\partial A}} = -A^{{-\top}}",
    )
    assert (good.verdict, bad.verdict) == ("holds", "wrong")
