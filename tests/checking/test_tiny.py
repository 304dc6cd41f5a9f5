r"""Numbers that rounding hides: what is true only because `10^{-12}` is small does not hold."""

import pytest

from derive.checking.tiny import HIDDEN
from tests.checking.claims import verdict

ADAM = r"""
shapes:
  m: scalar
  v: scalar positive
  s: scalar
given:
  - u = \frac{m}{\sqrt{v} + 10^{-12}}
"""


@pytest.mark.parametrize(
    "claim",
    [
        r"u = \frac{m}{\sqrt{v}}",
        r"1 + 10^{-15} s = 1",
        r"1 + 10^{-15} s = 1 + 2 \cdot 10^{-15} s",
        r"\frac{\partial}{\partial s} (s + 10^{-12} s^2) = 1",
        r"s + 0.000000000001 = s",
    ],
)
def test_what_differs_by_a_hidden_number_is_undecided(claim):
    found = verdict(ADAM, claim)
    assert (found.verdict, found.code, found.message) == ("undecided", "D501", HIDDEN)


@pytest.mark.parametrize(
    "claim",
    [
        r"u = \frac{m}{10^{-12} + \sqrt{v}}",
        r"u = \frac{m}{\sqrt{v} + 0.000000000001}",
        r"\frac{\partial u}{\partial m} = \frac{1}{\sqrt{v} + 10^{-12}}",
        r"\frac{\partial}{\partial s} (s + 10^{-12} s^2) = 1 + 2 \cdot 10^{-12} s",
        r"10^{-8} s + 10^{-8} s = 2 \cdot 10^{-8} s",
    ],
)
def test_what_is_true_of_a_small_number_holds(claim):
    assert verdict(ADAM, claim).verdict == "holds"


def test_a_wrong_claim_about_a_small_number_is_wrong():
    assert verdict(ADAM, r"u = \frac{2 m}{\sqrt{v} + 10^{-12}}").verdict == "wrong"
