r"""Conditions in brackets behind a statement: `(i \neq j)` limits it, as it does without brackets."""

import pytest

from tests.checking.claims import verdict
from tests.reading.reader import kinds

SOFTMAX = "shapes:\n  z: K\ngiven:\n  - p_i = \\frac{e^{z_i}}{\\sum_k e^{z_k}}\n"


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        (r"-p_i p_j \quad (i \neq j)", "holds"),
        (r"-p_i p_j, \quad [i \neq j]", "holds"),
        (r"-p_i \quad (i \neq j)", "wrong"),
        (r"p_i (1 - p_i) \quad (i = j)", "holds"),
        (r"-p_i p_j \quad (i = j)", "wrong"),
    ],
)
def test_a_condition_in_brackets(right, expected):
    assert verdict(SOFTMAX, rf"\frac{{\partial p_i}}{{\partial z_j}} = {right}").verdict == expected


@pytest.mark.parametrize("condition", ["(z_i > 0)", "[z_i > 0]", "z_i > 0", "(i = 2)"])
def test_a_condition_that_is_not_read_is_not_dropped(condition):
    assert kinds(rf"$\max(0, z_i) = z_i \quad {condition}$", shapes={"z": "n"}) == ["unread"]
