"""Derivatives of what has no value everywhere: points are drawn where it has one."""

import pytest

from tests.checking.claims import verdict


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\nabla_x \sum_i \log x_i = 1 / x", "holds"),
        (r"\nabla_x \sum_i \log x_i = x", "wrong"),
        (r"\frac{\partial}{\partial x_i} \sum_j \log x_j = \frac{1}{x_i}", "holds"),
        (r"\frac{\partial}{\partial x_i} \sum_j \sqrt{x_j} = \frac{1}{2 \sqrt{x_i}}", "holds"),
    ],
)
def test_a_derivative_of_a_logarithm_is_taken_inside_its_domain(claim, expected):
    assert verdict("shapes:\n  x: n\n", claim).verdict == expected
