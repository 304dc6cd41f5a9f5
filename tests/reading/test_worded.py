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


@pytest.mark.parametrize(("right", "verdict"), [(r"Q^\top G", "holds"), (r"Q^\top O", "wrong")])
def test_an_upstream_gradient_that_the_loss_is_made_of(right, verdict):
    text = "---\nderive:\n  shapes: {Q: n x r, K: n x r, V: n x d, G: n x d}\n"
    text += "  given: ['L = \\mathrm{tr}(G^\\top O)']\n  loss: L\n---\n"
    text += r"$S = K^\top V$, $O = Q S$ and the upstream gradient $G = \partial L / \partial O$. "
    assert verdicts(text + rf"$\frac{{\partial L}}{{\partial S}} = {right}$") == ["stated", "stated", "holds", verdict]


def test_a_product_and_its_entries_are_read_to_the_end():
    text = r"With $K \in \mathbb{R}^{n\times r}$, $V \in \mathbb{R}^{n\times d}$: $$S = K^\top V$$ "
    assert verdicts(text + r"$$S_{ab} = \sum_{t=1}^n K_{ta} V_{tb}$$")[-1] == "holds"
    assert verdicts(text + r"$$S_{ab} = \sum_{t=1}^n K_{ta} V_{ta}$$")[-1] != "holds"
