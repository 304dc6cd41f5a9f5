r"""Functions of an index, `p(k) = ...`; bars that pass gradients back; constraints; a change of variables."""

import pytest

from tests.checking.said import last, verdicts

POLICY = r"Preferences $H \in \mathbb{R}^k$ and the policy $\pi(a) = \frac{e^{H_a}}{\sum_{b=1}^k e^{H_b}}$. "


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial \pi(b)}{\partial H_a} = \pi(b) (\mathbb{1}_{a=b} - \pi(a))", "holds"),
        (r"\frac{\partial \pi(b)}{\partial H_a} = \pi(b) (1 - \pi(a))", "wrong"),
        (r"\frac{\partial \log \pi(b)}{\partial H_a} = \delta_{ab} - \pi(a)", "holds"),
        (r"\frac{\partial \log \pi(b)}{\partial H_a} = \delta_{ab} - \pi(b)", "wrong"),
        (r"\sum_{a=1}^k \pi(a) = 1", "holds"),
    ],
)
def test_a_function_of_an_index(claim, verdict):
    assert last(f"{POLICY}$${claim}$$") == verdict


def test_a_function_of_a_number_is_applied():
    text = r"Let $x \in \mathbb{R}$ and $f(x) = x^2 + x$. "
    assert last(text + r"$f'(x) = 2 x + 1$") == "holds"
    assert last(text + r"$f(2) = 6$") == "holds"


@pytest.mark.parametrize(
    ("line", "verdict"), [(r"\bar{A} = \bar{u} x^\top", "holds"), (r"\bar{A} = x \bar{u}^\top", "wrong")]
)
def test_bars_that_are_passed_back_are_gradients(line, verdict):
    text = r"Let $x, c \in \mathbb{R}^d$, $A \in \mathbb{R}^{d \times d}$, $u = A x$, $y = \tanh(u)$, "
    text += r"and the loss $L = c^\top y$. "
    text += r"$\bar{y} = c$, $\bar{u} = \bar{y} \odot (1 - y \odot y)$, $\bar{x} = A^\top \bar{u}$. "
    assert verdicts(f"{text}${line}$")[-4:] == ["holds", "holds", "holds", verdict]


@pytest.mark.parametrize("words", ["minimise it subject to", "the linear system", "where $x$ satisfies"])
def test_a_constraint_is_no_claim(words):
    text = r"Let $A \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$, $b \in \mathbb{R}^m$; "
    assert last(f"{text}{words} $A x = b$.") == "stated"
    assert last(f"{text}we get $A x = b$.") == "wrong"


def test_a_change_of_variables_is_not_judged():
    text = r"Let $s \in \mathbb{R}^n$ be positive, $D = \sum_j s_j^2 - \log s_j$ and $v_j = \log s_j$. "
    assert last(text + r"$\frac{\partial D}{\partial v_j} = 2 s_j^2 - 1$") == "undecided"
    assert last(text + r"$\frac{\partial D}{\partial s_j} = 2 s_j^2 - 1$") == "wrong"
