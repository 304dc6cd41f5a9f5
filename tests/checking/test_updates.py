"""Assignments of gradient descent: judged by their step, and never called false as equations."""

import pytest

from tests.checking.claims import verdict, verdicts
from tests.reading.reader import kinds

DESCENT = r"""
shapes:
  X: m x n
  w: n
  y: m
  \eta: scalar
  c: scalar
given:
  - J(w) = \frac{1}{2 m} (X w - y)^\top (X w - y)
loss: J
"""


@pytest.mark.parametrize(
    "line",
    [
        r"w := w - \frac{\eta}{m} X^\top (X w - y)",
        r"w \leftarrow w - \eta \nabla J(w)",
        r"w = w - \eta \frac{\partial J}{\partial w}",
        r"w_j := w_j - \eta \frac{1}{m} \sum_{i=1}^m ((X w)_i - y_i) X_{ij}",
        r"w_{t+1} = w_t - \eta \nabla_w J(w_t)",
        r"w^{(t+1)} = w^{(t)} - \frac{\eta}{m} X^\top (X w^{(t)} - y)",
        r"w^{new} = w^{old} - \eta \nabla J(w^{old})",
    ],
)
def test_a_step_against_the_gradient(line):
    found = verdict(DESCENT, line)
    assert found.verdict == "holds"
    assert r"the step is -\eta times the gradient of J" in found.assumptions


@pytest.mark.parametrize(
    "line",
    [
        r"w := w - \eta X^\top (X w - y)",
        r"w_{t+1} = w_t - \eta X^\top (X w_t + y)",
        r"w := w - \eta (w^\top w) X^\top (X w - y)",
    ],
)
def test_any_other_step_is_not_decided(line):
    found = verdict(DESCENT, line)
    assert (found.verdict, found.code) == ("undecided", "D608")


def test_a_step_uphill_is_wrong():
    found = verdict(DESCENT, r"w := w + \eta \nabla J(w)")
    assert (found.verdict, found.code) == ("wrong", "D301") and "makes it larger" in found.message


@pytest.mark.parametrize("line", [r"w - c w = w", r"c = c c + c c"])
def test_what_is_no_assignment_stays_a_claim(line):
    assert verdict(DESCENT, line).verdict in ("wrong", "ill-shaped")


def test_an_index_that_a_document_declares_counts_no_steps():
    assert kinds(r"$h_{t+1} = h_t + w$", shapes={"h_t": "d", "w": "d"}) == ["definition"]


def test_later_lines_speak_of_the_value_before_the_step():
    _, found, new = verdicts(
        DESCENT,
        r"w^{new} = w^{old} - \eta \nabla J(w^{old})",
        r"X w^{old} = X w",
        r"X w^{new} = X w",
    )
    assert (found.verdict, new.verdict) == ("holds", "unread")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r"w \leftarrow w - \eta \frac{\partial K}{\partial w}", "holds"),
        (r"w \leftarrow w - 3 \eta \frac{\partial J}{\partial w}", "undecided"),
        (r"w \leftarrow w + 3 \eta \frac{\partial K}{\partial w}", "undecided"),
    ],
)
def test_a_step_may_go_against_the_gradient_that_it_writes_out(line, expected):
    front = DESCENT.replace("loss: J", "  - K = 3 J(w)\nloss: J")
    assert verdict(front, line).verdict == expected
