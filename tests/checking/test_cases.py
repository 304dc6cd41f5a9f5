r"""What is said of one case only, `for $z > 0$`, and what states nothing: `a rate $\eta > 0$`, `the sign $\odot$`."""

import pytest

from tests.checking.said import last, verdicts

RELU = r"Let $z \in \mathbb{R}$ and $a = \mathrm{ReLU}(z)$. "


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        (r"For $z > 0$ we have $\frac{\partial a}{\partial z} = 1$.", "undecided"),
        (r"If $z < 0$, then $\frac{\partial a}{\partial z} = 0$.", "undecided"),
        (r"All is well for $z > 0$. Then $\frac{\partial a}{\partial z} = 1$.", "wrong"),
        ("- For $z > 0$ it is linear\n- $\\frac{\\partial a}{\\partial z} = 1$", "wrong"),
        (r"For $z > 0$ we have $\frac{\partial a}{\partial z} = \mathrm{ReLU}'(z)$.", "holds"),
    ],
)
def test_a_claim_in_the_sentence_of_a_condition(sentence, verdict):
    assert last(RELU + sentence) == verdict


def test_a_claim_before_its_condition():
    assert verdicts(RELU + r"$\frac{\partial a}{\partial z} = 1$ if $z > 0$.")[2:] == ["undecided", "stated"]


def test_an_input_may_be_bounded_and_a_result_may_not():
    bounds = r"A rate $\eta > 0$, $w \in \mathbb{R}$, $L = \eta w^2$, $L \geq 0$"
    found = verdicts(bounds + r", $\frac{\partial L}{\partial w} = 2 \eta w$.")
    assert found == ["stated", "stated", "stated", "unread", "holds"]


@pytest.mark.parametrize("sign", [r"\odot", r"\nabla", r"\partial", "=", r"\sum", "+", r"^\top", r"\times"])
def test_a_sign_alone_states_nothing(sign):
    assert verdicts(f"The sign ${sign}$ is explained above.") == []


def test_a_sign_without_an_operand_is_unread():
    assert verdicts(r"$a \in \mathbb{R}^n$, $\odot a = a$") == ["stated", "unread"]


def test_a_number_for_many_labels_speaks_of_some_of_them():
    many = r"Let $X \in \mathbb{R}^{n \times d}$, $y \in \mathbb{R}^n$, $w \in \mathbb{R}^d$ and $z = X w$. "
    assert last(many + "Where $y = 1$ all is well.") == "stated"
    assert last(many + "We start at $w = 0$.") == "stated"
    assert last(many + "Where $z = 1$ all is well.") == "ill-shaped"  # a result, of which this is a claim
