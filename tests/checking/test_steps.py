r"""Recurrences as people write them: `h_T` is the last step, `h_0 = 0` where it starts, `w^{T-t}` a power of w."""

import pytest

from tests.checking.said import last

NUMBERS = r"""---
derive: {shapes: {x_t: scalar, w: scalar, y: scalar, h_t: scalar}, loss: L}
---
For $t = 1, \dots, T$ let $h_t = w h_{t-1} + x_t$, with $h_0 = 0$, and $L = \frac12 (h_T - y)^2$.

"""
VECTORS = r"""---
derive: {shapes: {x_t: d, W: h x h, U: h x d, v: h, y: scalar, h_t: h}, loss: L}
---
Let $h_t = \tanh(W h_{t-1} + U x_t)$ with $h_0 = 0$ and $L = \frac12 (v^\top h_T - y)^2$.

"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial h_T} = h_T - y", "holds"),
        (r"\frac{\partial L}{\partial h_{t-1}} = w \frac{\partial L}{\partial h_t}", "holds"),
        (r"\frac{\partial L}{\partial w} = \sum_{t=1}^T \frac{\partial L}{\partial h_t} h_{t-1}", "holds"),
        (r"\frac{\partial L}{\partial w} = \sum_{t=1}^T \frac{\partial L}{\partial h_t} h_t", "wrong"),
        (r"\frac{\partial L}{\partial h_t} = w^{T-t} (h_T - y)", "holds"),
        (r"\frac{\partial L}{\partial h_t} = w^{T-t-1} (h_T - y)", "wrong"),
        (r"h_T = \sum_{k=1}^T w^{T-k} x_k", "holds"),
        (r"h_T = \sum_{k=1}^T w^{T-k+1} x_k", "wrong"),
        (r"\frac{\partial h_T}{\partial h_t} = \prod_{k=t+1}^T \frac{\partial h_k}{\partial h_{k-1}}", "holds"),
        (r"\frac{\partial h_T}{\partial h_t} = \prod_{k=t}^T \frac{\partial h_k}{\partial h_{k-1}}", "wrong"),
        (r"\frac{\partial L}{\partial h_{T-1}} = w (h_T - y)", "holds"),
        (r"\frac{\partial L}{\partial h_{T-1}} = w (h_{T-1} - y)", "wrong"),
        (r"h_1 = x_1", "holds"),
        (r"h_2 = x_2", "wrong"),
    ],
)
def test_a_recurrence_of_numbers(claim, verdict):
    assert last(f"{NUMBERS}$${claim}$$") == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial h_T} = (v^\top h_T - y) v", "holds"),
        (r"\frac{\partial L}{\partial v} = (v^\top h_T - y) h_T", "holds"),
        (r"\frac{\partial L}{\partial v} = (v^\top h_T - y) h_{T-1}", "wrong"),
        (r"h_1 = \tanh(U x_1)", "holds"),
        (r"h_2 = \tanh(U x_2)", "wrong"),
    ],
)
def test_a_recurrence_of_vectors_that_starts_with_zero(claim, verdict):
    assert last(f"{VECTORS}$${claim}$$") == verdict


@pytest.mark.parametrize("zero", ["0", r"\mathbf{0}"])
def test_zero_is_an_example_of_an_input_that_is_no_start(zero):
    shapes = "---\nderive: {shapes: {W: n x n, x: n, b: n}, loss: L}\n---\n"
    text = shapes + rf"Initialise $b = {zero}$. Let $L = \frac12 \|W x + b\|^2$. "
    assert last(text + r"$\nabla_b L = W x + b$") == "holds"
    assert last(text + r"$\nabla_b L = W x + 2 b$") == "ambiguous"
