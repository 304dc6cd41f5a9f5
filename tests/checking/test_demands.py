"""Equations with 0 that are demanded, what is derived from them, and what stays a claim."""

import pytest

from derive.checking.check import check
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
    assert found.verdict == "holds"
    assert any("the gradient of J by w is zero, as line" in note for note in found.assumptions)


@pytest.mark.parametrize("demand", DEMANDS)
@pytest.mark.parametrize(
    "line",
    [
        r"X^\top X w = -X^\top y",
        r"w = (X^\top X)^{-1} X^\top (y + y)",
        r"X^\top X w = n X^\top y",
        r"X w = y",
    ],
)
def test_a_demand_solved_or_rearranged_with_a_fault_is_wrong(demand, line):
    _, found = verdicts(LEAST_SQUARES, demand, line)
    assert found.verdict == "wrong"


def test_multiples_of_what_vanishes_are_not_equal_because_it_vanishes():
    _, found = verdicts(LEAST_SQUARES, r"\nabla_w J = 0", r"X^\top (X w - y) = 2 X^\top (X w - y)")
    assert found.verdict != "holds"


RIDGE = LEAST_SQUARES.replace("given:", "  c: positive\ngiven:").replace("\\|^2", "\\|^2 + c w^\\top w")
SOLUTION = r"w = (X^\top X + n c I)^{-1} X^\top y"


@pytest.mark.parametrize("demand", [r"\nabla_w J = 0", r"\frac{\partial J}{\partial w} = \frac{1}{n} w = 0"])
def test_a_solution_is_compared_with_the_true_gradient(demand):
    """Whatever a line says that the gradient is."""
    *_, found = verdicts(RIDGE, demand, SOLUTION)
    assert found.verdict == "holds"
    *_, found = verdicts(RIDGE, demand, SOLUTION.replace("+", "-"))
    assert found.verdict == "wrong"


def test_a_constraint_that_is_no_gradient_stays_a_demand_of_its_own():
    _, found = verdicts(LEAST_SQUARES, r"w^\top w - 1 = 0", r"w^\top w = 1")
    assert (found.verdict, found.code) == ("ambiguous", "D206")
    assert "which is a demand" in found.message


def test_two_demands_are_met_together():
    front = LEAST_SQUARES.replace("X w - y", r"X w + u \mathbf{1} - y")
    demands = (r"\frac{\partial J}{\partial w} = 0", r"\frac{\partial J}{\partial u} = 0")
    *_, alone, both = verdicts(
        front,
        *demands,
        r"u = \frac{1}{n} \mathbf{1}^\top (y - X w)",
        r"X^\top (X w - y) = -\frac{1}{n} X^\top \mathbf{1} \mathbf{1}^\top (y - X w)",
    )
    assert (alone.verdict, both.verdict) == ("holds", "holds")


LINE = r"""
shapes:
  \beta_0: scalar
  \beta_1: scalar
  x: n
  y: n
given:
  - \bar{x} = \frac{1}{n} \sum_{i=1}^n x_i
  - \bar{y} = \frac{1}{n} \sum_{i=1}^n y_i
  - S = \sum_{i=1}^n (y_i - \beta_0 - \beta_1 x_i)^2
loss: S
"""
SLOPE = r"\beta_1 = \frac{\sum_{i=1}^n (x_i - \bar{x}) (y_i - \bar{y})}{\sum_{i=1}^n (x_i - \bar{x})^2}"


def test_unknowns_of_one_family_are_found_together():
    demands = (r"\frac{\partial S}{\partial \beta_0} = 0", r"\frac{\partial S}{\partial \beta_1} = 0")
    *_, cut, slope = verdicts(LINE, *demands, r"\beta_0 = \bar{y} - \beta_1 \bar{x}", SLOPE)
    assert (cut.verdict, slope.verdict) == ("holds", "holds")
    *_, cut, slope = verdicts(LINE, *demands, r"\beta_0 = \bar{y} + \beta_1 \bar{x}", SLOPE.replace("- \\bar{y}", ""))
    assert cut.verdict == "wrong"
    assert slope.verdict == "holds"  # the mean of y drops out of the numerator
    *_, slope = verdicts(LINE, *demands, SLOPE + r" + \bar{x}")
    assert slope.verdict == "wrong"


@pytest.mark.parametrize("line", [r"X^\top X w = X^\top y", r"w = (X^\top X)^{-1} X^\top y"])
def test_a_solution_without_a_demand_is_true_by_an_unstated_one(line):
    """`we set the derivative to zero` stands in words, which nobody reads."""
    gradient, found = verdicts(LEAST_SQUARES, r"\nabla_w J = \frac{2}{n} X^\top (X w - y)", line)
    assert gradient.verdict == "holds"
    assert (found.verdict, found.code) == ("ambiguous", "D206")
    assert found.message == "true if the gradient of J by w is zero"


def test_a_wrong_solution_without_a_demand_is_wrong():
    _, found = verdicts(
        LEAST_SQUARES, r"\nabla_w J = \frac{2}{n} X^\top (X w - y)", r"w = (X^\top X)^{-1} X^\top (-y)"
    )
    assert found.verdict == "wrong"


def test_a_solution_is_not_taken_for_a_definition_of_the_variable():
    _, found, gradient = verdicts(
        LEAST_SQUARES,
        r"\nabla_w J = 0",
        r"w = (X^\top X)^{-1} X^\top y",
        r"\frac{\partial J}{\partial w} = \frac{1}{n} X^\top (X w - y)",
    )
    assert found.verdict == "holds"
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


def test_a_number_is_a_value_and_no_solution():
    _, found = readings(LEAST_SQUARES, r"\frac{\partial J}{\partial w} = \frac{2}{n} X^\top (X w - y)", r"u = 0.5")
    assert [reading.kind for reading in found] == ["claim", "definition"]
    front = "shapes:\n  c: scalar\n  x: scalar\ngiven:\n  - J = c^2 x\nloss: J\n"
    _, found = readings(front, r"\frac{d J}{d c} = 2 c x", r"c = 0.5", r"\frac{d J}{d c} = x")
    assert [reading.kind for reading in found] == ["claim", "definition", "claim"]


def test_a_forward_equation_behind_a_gradient_is_a_definition():
    """It brings in what the loss does not know without it."""
    front = "shapes:\n  W: k x d\n  x: d\n  o: k\n  t: k\ngiven:\n  - J = \\|o - t\\|^2\nloss: J\n"
    _, found = readings(front, r"\frac{\partial J}{\partial o} = 2 (o - t)", r"o = W x")
    assert [reading.kind for reading in found] == ["claim", "definition"]


# ---------------------------------------------------------------- names of solutions

SOLVED = r"""---
derive:
  shapes: {X: n x d, w: d, y: n, \lambda: scalar}
---
$$J = \|y - X w\|^2 + \lambda \|w\|^2, \quad \nabla_w J = 0$$

$$%s$$
"""


@pytest.mark.parametrize("name", [r"\hat{w}", "w^*", r"w^\star", r"w_{\text{ridge}}", "w_{LS}"])
def test_a_name_of_the_solution_is_the_unknown(name):
    # Read as a new name, its line would be a definition, and never judged.
    true, false = (
        check(SOLVED % rf"{name} = (X^\top X {sign} \lambda I)^{{-1}} X^\top y").statements[-1] for sign in "+-"
    )
    assert (true.verdict, false.verdict) == ("holds", "wrong")
    assert false.suggestion == rf"{name} = (X^\top X + \lambda I)^{{-1}} X^\top y"


@pytest.mark.parametrize(
    "text",
    [
        r"$$J = \|y - X w\|^2, \quad \hat{y} = X w, \quad \nabla_w J = 0$$",  # a prediction
        r"$$\hat{w} = X^\top y, \quad J = \|y - X \hat{w}\|^2, \quad \nabla_w J = 0$$",  # an input of the loss
    ],
)
def test_another_name_with_a_mark_is_defined(text):
    front = "---\nderive:\n  shapes: {X: n x d, w: d, y: n}\n---\n"
    said = {s.latex.split(" ")[0]: s.verdict for s in check(front + text).statements}
    assert said.get(r"\hat{y}", "stated") == said.get(r"\hat{w}", "stated") == "stated"
