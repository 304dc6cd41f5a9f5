"""Equations with 0 that are demanded, what is derived from them, and what stays a claim."""

import pytest

from tests.checking.claims import ALGEBRA, NETWORK, REGRESSION, RELU, SOFTMAX, readings, verdict, verdicts

LEAST_SQUARES = r"""
shapes:
  X: n x d
  y: n
  w: d
  u: scalar
given:
  - J = \frac{1}{n} \|X w - y\|^2
loss: J
"""
DEMANDS = [
    r"\nabla_w J = 0",
    r"0 = \frac{\partial J}{\partial w}",
    r"\nabla_w J = \mathbf{0}",
    r"\frac{2}{n} X^\top (X w - y) = 0",
    r"X^\top (X w - y) = 0",
]


@pytest.mark.parametrize("demand", DEMANDS)
def test_a_gradient_set_to_zero_is_no_false_claim(demand):
    found = verdict(LEAST_SQUARES, demand)
    assert (found.verdict, found.code) == ("undecided", "D607")


@pytest.mark.parametrize("demand", DEMANDS)
@pytest.mark.parametrize("line", [r"X^\top X w = X^\top y", r"2 y^\top X = 2 w^\top X^\top X"])
def test_a_rearranged_demand_is_true_where_it_is_met(demand, line):
    _, found = verdicts(LEAST_SQUARES, demand, line)
    assert (found.verdict, found.code) == ("ambiguous", "D206")
    assert "which is a demand" in found.message


def test_a_demand_rearranged_with_a_fault_is_not_called_true():
    _, found = verdicts(LEAST_SQUARES, r"\nabla_w J = 0", r"X^\top X w = -X^\top y")
    assert (found.verdict, found.code) == ("undecided", "D607")


def test_a_solution_is_not_taken_for_a_definition_of_the_variable():
    _, found, gradient = verdicts(
        LEAST_SQUARES,
        r"\nabla_w J = 0",
        r"w = (X^\top X)^{-1} X^\top y",
        r"\frac{\partial J}{\partial w} = \frac{1}{n} X^\top (X w - y)",
    )
    assert (found.verdict, found.code) == ("undecided", "D607")
    assert gradient.verdict == "wrong"  # 0 = 0, if w were the solution


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{\partial J}{\partial w} = \frac{1}{n} X^\top (X w - y)",  # a gradient is judged everywhere
        r"u + u = u",  # other symbols
    ],
)
def test_a_demand_excuses_no_other_claim(line):
    _, found = verdicts(LEAST_SQUARES, r"\nabla_w J = 0", line)
    assert found.verdict == "wrong"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (SOFTMAX, r"\frac{\partial p_i}{\partial z_j} = 0"),
        (SOFTMAX, r"\frac{\partial p}{\partial z} = 0"),
        (NETWORK, r"a_1 = 0"),
    ],
)
def test_that_a_jacobian_or_a_value_vanishes_is_a_claim(text, claim):
    assert verdict(text, claim).verdict in ("wrong", "ill-shaped")


@pytest.mark.parametrize("claim", [r"\frac{\partial f}{\partial x} = 0", r"\nabla_x (x^\top A x) = 0"])
def test_where_no_loss_is_named_every_scalar_may_be_minimised(claim):
    found = verdict("shapes:\n  x: d\n  A: d x d\ngiven:\n  - f = x^\\top A x\n", claim)
    assert found.code == "D607"


def test_a_zero_has_any_shape():
    assert verdict(ALGEBRA, r"A - A = 0").verdict != "ill-shaped"
    assert verdict(RELU, r"\nabla_{W_1} L = 0").code == "D607"
    assert verdict(REGRESSION, r"\frac{\partial L}{\partial b} = 0").code == "D607"


def test_a_value_that_is_set_to_zero_is_no_demand():
    """Otherwise every later definition of a declared name would be called a solution."""
    _, found = readings("shapes:\n  b: scalar\n  c: scalar", r"0 = b", r"b = 2 c")
    assert [reading.kind for reading in found] == ["claim", "definition"]
