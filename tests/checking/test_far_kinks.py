"""Piecewise functions whose kink is far from what is drawn: both sides are seen before a claim holds."""

import pytest

from tests.checking.claims import verdict

RELU6 = "shapes:\n  z: n\n  v: n\ngiven:\n  - a = \\min(\\max(0, z), 6)\n  - L = v^\\top a\nloss: L\n"
SATURATED = r"""
shapes:
  W: h x d
  x: d
  v: h
  y: scalar
given:
  - a = \sigma(W x)
  - s = v^\top a
  - p = \sigma(s)
  - L = -y \log p - (1 - y) \log(1 - p) + \max(0, s - 10)
loss: L
"""


@pytest.mark.parametrize(
    ("front", "claim", "expected"),
    [
        (RELU6, r"\nabla_z L = v \odot \mathbb{1}[z > 0]", "wrong"),
        (RELU6, r"\nabla_z L = v \odot \mathbb{1}[z > 0] \odot \mathbb{1}[z < 6]", "holds"),
        ("shapes:\n  g: n\n", r"g \min(1, 5 / \|g\|) = g", "wrong"),
        ("shapes:\n  r: scalar\n", r"\frac{\partial}{\partial r} \min(\max(r, -5), 5) = 1", "wrong"),
        ("shapes:\n  p: scalar\n  q: scalar\n", r"\max(0, 10 + p - q) = 10 + p - q", "wrong"),
        (SATURATED, r"\frac{\partial L}{\partial s} = p - y", "wrong"),
        (SATURATED, r"\frac{\partial L}{\partial s} = p - y + \mathbb{1}[s > 10]", "holds"),
    ],
)
def test_the_other_side_of_a_far_kink_counts(front, claim, expected):
    assert verdict(front, claim).verdict == expected


def test_a_kink_that_is_out_of_reach_is_said():
    found = verdict("shapes:\n  x: n\ngiven:\n  - L = \\sum_i \\max(0, x_i^2 + 1)\nloss: L\n", r"\nabla_x L = 2 x")
    assert found.verdict == "holds"
    assert [note for note in found.assumptions if "one side" in note]
    assert not verdict(RELU6, r"L = v^\top a").assumptions
