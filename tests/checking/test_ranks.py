"""Matrices that are inverted: sizes at which they can be, and no verdict from what only rounding makes invertible."""

import numpy as np
import pytest

from derive.checking.instances import instances
from derive.checking.points import Points
from derive.checking.solving import Solved, stationary
from tests.checking.claims import document, theory_of, verdict, verdicts

TALL = r"""
shapes:
  X: n x d
  Z: d x n
  y: n
  w: d
  A: d x d
"""


@pytest.mark.parametrize(
    "claim",
    [
        r"X^\top X (X^\top X)^{-1} = I",
        r"((X^\top X)^{-1})^\top = ((X^\top X)^\top)^{-1}",
        r"(X (X^\top X)^{-1} X^\top)^2 = X (X^\top X)^{-1} X^\top",
        r"(Z Z^\top)^{-1} Z Z^\top = I",
        r"\frac{\partial \log\det(X^\top X)}{\partial X} = 2 X (X^\top X)^{-1}",
    ],
)
def test_a_gram_matrix_is_inverted_where_it_has_an_inverse(claim):
    assert verdict(TALL, claim).verdict == "holds"
    assert verdict(TALL, f"{claim} + {claim.partition('=')[2]}").verdict == "wrong"


@pytest.mark.parametrize("claim", [r"(X X^\top)^{-1} X X^\top + (X^\top X)^{-1} (X^\top X) = I + I"])
def test_what_has_no_inverse_at_any_size_is_not_decided(claim):
    assert verdict(TALL, claim).verdict in ("undecided", "ill-shaped")


def test_an_inverse_made_of_rounding_gives_no_verdict():
    found = verdict("shapes:\n  x: d\n  y: d", r"x^\top (x y^\top)^{-1} y = 1")
    assert (found.verdict, found.message) == ("undecided", "a matrix that is inverted is singular")


def test_sums_of_outer_products_need_as_many_as_entries():
    front = "shapes:\n  v_i: d\n  u: d\ngiven:\n  - S = \\sum_{i=1}^m v_i v_i^\\top"
    good, bad = verdicts(front, r"S S^{-1} u = u", r"S S^{-1} u = 2 u")
    assert (good.verdict, bad.verdict) == ("holds", "wrong")


def test_what_is_inverted_may_be_a_name():
    front = TALL + "given:\n  - G = X^\\top X\n  - H = \\frac{1}{n} G"
    good, bad = verdicts(front, r"H^{-1} X^\top X = n I", r"H^{-1} X^\top X = I")
    assert (good.verdict, bad.verdict) == ("holds", "wrong")


def test_a_sum_with_another_matrix_needs_no_order():
    theory = theory_of(document(TALL + "given:\n  - M = (A + X^\\top X)^{-1}", "A = A"))
    assert not Points(theory, 0).ordered


def test_the_sizes_stay_distinct_and_those_of_other_claims_stay_theirs():
    theory = theory_of(document(TALL + "given:\n  - M = (X^\\top X)^{-1}", "A = A"))
    points = Points(theory, 0)
    for number in range(4):
        sizes = points.machine(number).sizes
        assert sizes["n"] > sizes["d"] > 1
    assert points.machine(0).sizes != points.machine(1).sizes


def test_a_gradient_vanishes_at_the_points_that_are_found():
    text = document(TALL + "given:\n  - J = \\|X w - y\\|^2\nloss: J", r"\nabla_w J = 2 X^\top (X w - y)")
    theory = theory_of(text)
    points = Points(theory, 0)
    (link,) = (reading.link for reading in theory.readings)
    gradient = instances(theory, link)[0][0].lefts[0].term
    solved = Solved(points, (stationary(gradient),))
    for number in range(4):
        machine = solved.machine(number)
        assert np.abs(machine.value(gradient, {})).max() < 1e-12
        assert np.abs(points.machine(number, ordered=solved.ordered).value(gradient, {})).max() > 1e-3
