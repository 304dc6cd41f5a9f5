r"""What a name stands for, in words: "writing $\bar{v}$ for $\partial J / \partial v$"."""

import pytest

from tests.checking.said import verdicts

LAYER = r"""Let $x \in \mathbb{R}^d$, $A \in \mathbb{R}^{d \times d}$ and $c \in \mathbb{R}^d$. The layer computes
$u = A x$ and $y = \tanh(u)$, and we minimise $J = c^\top y$. """


@pytest.mark.parametrize(
    "words",
    [
        r"Writing $\bar{v}$ for $\partial J / \partial v$,",
        r"Here $\bar{v}$ denotes the gradient $\frac{\partial J}{\partial v}$ and",
        r"With $\bar{v} = \partial J / \partial v$",
        r"With $\bar{v} = \frac{\partial J}{\partial v}$",
    ],
)
def test_bars_are_gradients_where_the_text_says_so(words):
    claims = r" $\bar{y} = c$, $\bar{u} = \bar{y} \odot (1 - y \odot y)$, "
    claims += r"$\bar{A} = \bar{u} x^\top$, $\bar{x} = A \bar{u}$"
    assert verdicts(LAYER + words + claims)[-5:] == ["stated", "holds", "holds", "holds", "wrong"]


def test_other_words_say_nothing():
    text = LAYER + r"The name $\bar{v}$ has nothing to do with $\partial J / \partial v$. $\bar{y} = c$"
    assert verdicts(text)[-1] == "stated"


def test_an_error_signal_in_words():
    text = LAYER + r"where $\delta$ is the gradient $\partial J / \partial u$. "
    assert verdicts(text + r"$\frac{\partial J}{\partial A} = \delta x^\top$")[-1] == "holds"
    assert verdicts(text + r"$\frac{\partial J}{\partial A} = x \delta^\top$")[-1] != "holds"
