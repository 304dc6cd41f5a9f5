r"""Indices as numbers: `\sum_i i = n(n+1)/2`, `\gamma^t` over steps t, and steps above a name, `h^t`."""

import pytest

from tests.checking.said import last

RETURN = r"""Rewards $r \in \mathbb{R}^T$, a discount $\gamma \in \mathbb{R}$, and some $x \in \mathbb{R}^n$.

$$G = \sum_{t=1}^T \gamma^t r_t$$

"""
RECURRENT = r"""
Let $x^t \in \mathbb{R}^d$ for $t = 1, \dots, T$, with $h^t \in \mathbb{R}^m$, $W \in \mathbb{R}^{m \times m}$ and
$U \in \mathbb{R}^{m \times d}$.

$$z^t = W h^{t-1} + U x^t$$
$$h^t = \tanh(z^t)$$

"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\sum_{i=1}^n i = \frac{n(n+1)}{2}", "holds"),
        (r"\sum_{i=1}^n i = \frac{n(n-1)}{2}", "wrong"),
        (r"\sum_{i=1}^n i^2 = \frac{n(n+1)(2n+1)}{6}", "holds"),
        (r"\sum_{i=1}^n i^2 = \frac{n(n+1)(2n+1)}{3}", "wrong"),
        (r"\sum_{i=1}^n \sum_{j=1}^i 1 = \frac{n(n+1)}{2}", "holds"),
        (r"\sum_{i=1}^n \sum_{j=1}^i x_j = \sum_{j=1}^n (n - j + 1) x_j", "holds"),
        (r"\sum_{i=1}^n \sum_{j=1}^i x_j = \sum_{j=1}^n (n - j) x_j", "wrong"),
        (r"\sum_{i=1}^n \sum_{j=i+1}^n x_i x_j = \sum_{j=1}^n \sum_{i=1}^{j-1} x_i x_j", "holds"),
        (r"\sum_{i=1}^n \sum_{j=i+1}^n x_i x_j = \sum_{j=1}^n \sum_{i=1}^{j} x_i x_j", "wrong"),
        (r"\frac{\partial}{\partial x_k} \sum_{i=1}^n \sum_{j=i}^n r_1 x_j = r_1 k", "holds"),
        (r"\frac{\partial}{\partial x_k} \sum_{i=1}^n i x_i = k", "holds"),
        (r"\frac{\partial}{\partial x_k} \sum_{i=1}^n i x_i = k + 1", "wrong"),
        (r"\frac{\partial G}{\partial r_t} = \gamma^t", "holds"),
        (r"\frac{\partial G}{\partial r_t} = \gamma^{t-1}", "wrong"),
        (r"\frac{\partial G}{\partial \gamma} = \sum_{t=1}^T t \gamma^{t-1} r_t", "holds"),
        (r"\frac{\partial G}{\partial \gamma} = \sum_{t=1}^T \gamma^{t-1} r_t", "wrong"),
        (r"\prod_{t=1}^T \gamma = \gamma^T", "holds"),
        (r"\prod_{t=1}^T \gamma = \gamma", "wrong"),
        (r"\sum_{t=0}^{T-1} \gamma^t = \frac{1 - \gamma^T}{1 - \gamma}", "holds"),
        (r"\sum_{t=0}^{T-1} \gamma^t = \frac{1 - \gamma}{1 - \gamma}", "wrong"),
    ],
)
def test_the_number_of_an_index(claim, verdict):
    assert last(f"{RETURN}$${claim}$$\n") == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial h^t}{\partial z^t} = \mathrm{diag}(1 - (h^t)^2)", "holds"),
        (r"\frac{\partial h^t}{\partial z^t} = \mathrm{diag}(1 - h^t)", "wrong"),
        (r"\frac{\partial h^t}{\partial h^{t-1}} = W^\top \mathrm{diag}(1 - (h^t)^2)", "holds"),
        (r"\frac{\partial h^t}{\partial h^{t-1}} = W^\top \mathrm{diag}(1 - (h^{t-1})^2)", "wrong"),
    ],
)
def test_steps_stand_above_a_name(claim, verdict):
    assert last(f"{RECURRENT}$${claim}$$\n") == verdict
