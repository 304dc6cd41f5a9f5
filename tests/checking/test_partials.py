r"""Derivatives that hold other names fixed: a convention, where several paths lead from one name to another."""

import pytest

from tests.checking.claims import verdict, verdicts

PATHS = r"""
shapes:
  a: scalar
given:
  - b = \exp(a)
  - c = a + b
  - d = \sqrt{c^2 + 1}
  - g = c d
loss: g
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial c}{\partial a} = 1 + \exp(a)", "holds"),
        (r"\frac{\partial c}{\partial a} = 1", "ambiguous"),
        (r"\frac{\partial c}{\partial a} = 2", "wrong"),
        (r"\frac{\partial g}{\partial a} = \frac{\partial g}{\partial c} \frac{\partial c}{\partial a}", "holds"),
        (
            r"\frac{\partial g}{\partial a} = \frac{\partial g}{\partial b} \frac{\partial b}{\partial a}"
            r" + \frac{\partial g}{\partial c} \frac{\partial c}{\partial a}",
            "ambiguous",
        ),
        (r"\frac{\partial g}{\partial a} = \frac{\partial g}{\partial b} \frac{\partial b}{\partial a}", "wrong"),
        (r"\frac{\partial g}{\partial c} = d", "wrong"),  # the gradient of the loss is the whole one
    ],
)
def test_a_chain_with_several_paths(claim, expected):
    found = verdict(PATHS, claim)
    assert found.verdict == expected
    if expected == "ambiguous":
        assert found.message == "true if a derivative holds the other names fixed"


@pytest.mark.parametrize("loss", ["loss: g", ""])
@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"+ \frac{\partial g}{\partial c} \frac{dc}{da}", "holds"),
        (r"- \frac{\partial g}{\partial c} \frac{dc}{da}", "wrong"),
        (r"", "wrong"),
        (r"+ \frac{\partial g}{\partial c}", "ambiguous"),
    ],
)
def test_two_signs_say_which_derivative_holds_the_others_fixed(loss, claim, expected):
    paths = PATHS.replace("  - g = c d\n", "").replace("loss: g", loss).replace(r"d = \sqrt{c^2 + 1}", "g = c^2 b")
    begun = r"\frac{dg}{da} = \frac{\partial g}{\partial b} \frac{db}{da}"
    assert verdict(paths, f"{begun} {claim}").verdict == expected


@pytest.mark.parametrize(
    ("line", "claim", "expected"),
    [
        ("z = m + u", "1", "ambiguous"),
        ("z = m + u", "2", "wrong"),
        ("z = m - u", "-1", "wrong"),  # a line that is false says nothing
        ("z = y + m", "1", "wrong"),
    ],
)
def test_another_line_may_write_a_name_over_others(line, claim, expected):
    front = "shapes:\n  x: scalar\n  y: scalar\ngiven:\n  - m = x y\n  - z = m + y\n  - u = y"
    assert verdicts(front, line, rf"\frac{{\partial z}}{{\partial u}} = {claim}")[-1].verdict == expected
