"""Brackets behind the loss: what it depends on, or a factor, which must not get lost."""

import pytest

from tests.checking.claims import verdict

SCALAR = "shapes:\n  w: scalar\n  x: scalar\n  y: scalar\ngiven:\n  - L = e^{w x + y}\nloss: L\n"
VECTORS = r"""
shapes:
  W: h x d
  V: d x k
  x: k
  y: h
  c: d
given:
  - q = V x
  - z = W q
  - L = \frac{1}{2} \|z - y\|^2
loss: L
"""


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ("L", "holds"),
        ("L(y)", "holds"),
        ("L(w, x, y)", "holds"),
        ("L (2 x)", "wrong"),
        ("L (x w)", "wrong"),
        ("L (x^2)", "wrong"),
        ("L (e^{x})", "wrong"),
        (r"L (\frac{1}{2})", "wrong"),
        (r"L (\sqrt{2})", "wrong"),
        (r"L (\sigma(x))", "wrong"),
        (r"L (\|x\|)", "wrong"),
        ("L ((2 x))", "wrong"),
    ],
)
def test_a_number_in_brackets_is_a_factor(right, expected):
    assert verdict(SCALAR, rf"\frac{{\partial L}}{{\partial y}} = {right}").verdict == expected


def test_a_derivative_in_brackets_is_a_factor():
    claim = r"\frac{\partial L^2}{\partial w} = 2 L (\frac{\partial L}{\partial %s})"
    assert [verdict(SCALAR, claim % name).verdict for name in "wy"] == ["holds", "wrong"]


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        (r"\nabla_z L (q)^\top", "holds"),
        (r"\nabla_z L (V x)^\top", "holds"),
        (r"\nabla_z L (c)^\top", "wrong"),
        (r"\nabla_z L(z) q^\top", "holds"),
    ],
)
def test_a_transposed_bracket_that_is_no_variable_is_a_factor(right, expected):
    assert verdict(VECTORS, rf"\nabla_W L = {right}").verdict == expected
