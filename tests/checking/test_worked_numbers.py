"""Worked examples beside a derivation: numbers for symbols that have none in the document are not judged."""

import pytest

from derive.checking.judge import judge
from tests.checking.claims import document, readings, theory_of, verdict

NEURON = r"""
functions:
  \sigma: sigmoid
shapes:
  w: scalar
  x: scalar
  t: scalar
given:
  - y = \sigma(w x)
  - L = \frac{1}{2} (y - t)^2
loss: L
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial L}{\partial w} = 0.25 \times 0.5", "undecided"),
        (r"y = \sigma(0.5)", "undecided"),
        (r"\frac{\partial L}{\partial y} = -(0.01 - 0.75136507)", "undecided"),
        (r"0.25 \times 0.5 = 0.125", "holds"),
        (r"0.25 \times 0.5 = 0.25", "wrong"),
        (r"\frac{\partial L}{\partial y} = 2", "wrong"),
        (r"\frac{\partial L}{\partial y} = 0.5 (y - t)", "wrong"),
        (r"\frac{\partial L}{\partial y} = 1.0 (y - t)", "holds"),
    ],
)
def test_numbers_without_values_for_the_symbols(claim, expected):
    assert verdict(NEURON, claim).verdict == expected


def test_numbers_are_judged_where_the_text_gives_values():
    front = "functions:\n  \\sigma: sigmoid\n"
    values = ["w = 0.5", "x = 2", "y = w x"]
    theory, found = readings(front, *values, "y = 1.0", "y = 1.5")
    assert [judge(theory, reading.link).verdict for reading in found[3:]] == ["holds", "wrong"]


# ---------------------------------------------------------------- names with a digit


DIGITS = r"""
shapes:
  X: N x D
  Y: N x C
  W1: D x H
  b1: 1 x H
  W2: H x C
given:
  - h1 = XW1 + b1
  - a1 = relu(h1)
  - scores = a1W2
  - L = \frac{1}{2N} \sum_{i,j} (scores_{ij} - Y_{ij})^2
loss: L
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial L}{\partial W2} = a1^T \frac{\partial L}{\partial scores}", "holds"),
        (r"dW1 = X^T dh1", "holds"),
        (r"dh1 = da1 \odot relu'(h1)", "holds"),
        (r"dW1 = dh1 X^T", "ill-shaped"),
        (r"dh1 = da1", "wrong"),
    ],
)
def test_a_letter_with_a_digit_is_one_name(claim, expected):
    assert verdict(DIGITS, claim).verdict == expected


# ---------------------------------------------------------------- sums over sets

BATCH = r"""
shapes:
  x_i: d
  t_i: scalar
  w: d
given:
  - L = \frac{1}{N} \sum_{i=1}^N (w^\top x_i - t_i)^2
loss: L
"""


@pytest.mark.parametrize("members", [r"\mathcal{B}", "C", r"\{2, \dots, N\}"])
def test_a_sum_over_some_set_is_not_one_over_all(members):
    claim = rf"\frac{{\partial L}}{{\partial w}} = \frac{{2}}{{N}} \sum_{{i \in {members}}} (w^\top x_i - t_i) x_i"
    assert verdict(BATCH, claim).verdict == "unread"


@pytest.mark.parametrize("members", [r"\{1, \dots, N\}", "[N]"])
def test_a_set_of_all_of_them(members):
    claim = rf"\frac{{\partial L}}{{\partial w}} = \frac{{2}}{{N}} \sum_{{i \in {members}}} (w^\top x_i - t_i) x_i"
    assert verdict(BATCH, claim).verdict == "holds"


def test_the_set_that_the_loss_sums_over_is_all_that_there_is():
    front = BATCH.replace(r"\sum_{i=1}^N", r"\sum_{i \in S}").replace(r"\frac{1}{N}", "")
    claim = r"\frac{\partial L}{\partial w} = 2 \sum_{i \in S} (w^\top x_i - t_i) x_i"
    assert verdict(front, claim).verdict == "holds"
    assert theory_of(document(front, claim.replace("in S", "in T"))).readings[0].kind == "claim"
    assert verdict(front, claim.replace("in S", "in T")).verdict == "unread"
