"""What is not known is not judged: unread definitions, unknown functions, second definitions, other sizes."""

import pytest

from tests.checking.said import judged

UNREAD = r"""Let $x \in \mathbb{R}^d$, $h, y \in \mathbb{R}^m$, $W \in \mathbb{R}^{m \times d}$ and
$\lambda \in \mathbb{R}$.

$$h = \mathrm{LayerNorm}(Wx; \gamma)$$
$$L = \frac12 \|h - y\|^2 + \frac{\lambda}{2}\|W\|_F^2$$
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial W} = \lambda W", "undecided"),  # h depends on W in a way that nobody knows
        (r"\frac{\partial L}{\partial h} = h - y", "holds"),
        (r"\frac{\partial L}{\partial h} = h + y", "undecided"),
        (r"\|h\|^2 = h^\top h", "holds"),
    ],
)
def test_what_depends_on_an_unread_definition(claim, verdict):
    assert judged(f"{UNREAD}$${claim}$$") == ["unread", verdict]


def test_a_family_of_which_only_the_start_is_known():
    start = r"Let $w, y \in \mathbb{R}$, $x \in \mathbb{R}^T$, $h_0 = 0$, $h_t = w h_{t-1} + x_t$."
    loss = r" $L = \frac12(h_T - y)^2 + \frac12 w^2$. $$\frac{dL}{dw} = w$$"
    assert "holds" not in judged(start + loss)


@pytest.mark.parametrize(
    "function", [r"\mathrm{GELU}(x)", r"\mathrm{Mish}(x)", "F(x)", r"u_\theta(x)", r"\mathrm{Swish}_\beta(x)"]
)
def test_an_unknown_function_is_no_factor(function):
    text = rf"Let $x, z \in \mathbb{{R}}$ with $z = {function}$. $$\frac{{dz}}{{dx}} = \frac{{z}}{{x}}$$"
    assert "holds" not in judged(text)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\sum_{i=1}^n\sum_{j=i+1}^n 1 = 2n - 3", "wrong"),
        (r"\sum_{i=1}^n\sum_{j=i+1}^n 1 = \frac{n(n-1)}{2}", "holds"),
        (r"\sum_{k=1}^{n-1} 2^k = n(n-1)", "wrong"),
        (r"\prod_{k=1}^n k = n(n-1)", "wrong"),
        (r"\sum_{i=1}^n \mathbf 1[i \le 3] x_i = \sum_i x_i", "wrong"),
    ],
)
def test_what_is_true_at_small_sizes_only_is_wrong(claim, verdict):
    assert judged(rf"Let $x \in \mathbb{{R}}^n$. $${claim}$$") == [verdict]


AGAIN = r"""Let $w, x, y, \lambda \in \mathbb{R}$. The loss is $L = (wx - y)^2$.

$$\frac{\partial L}{\partial w} = 2(wx - y)x$$

Now let $L = (wx - y)^2 + \lambda w^2$. Then

$$\frac{\partial L}{\partial w} = 2(wx - y)x$$
"""


def test_a_second_definition_is_not_followed():
    assert judged(AGAIN) == ["holds", "undecided", "undecided"]
    assert judged(AGAIN.replace("+ \\lambda w^2", "+ 0")) == ["holds", "holds", "holds"]  # it says the same


@pytest.mark.parametrize(
    ("words", "claim", "verdict"),
    [
        ("the Kronecker product", r"x \otimes u = x \odot u", "ill-shaped"),
        ("the Kronecker product", r"x \otimes u = \mathrm{vec}(u x^\top)", "holds"),
        ("the outer product", r"x \otimes u = x u^\top", "holds"),
        ("the elementwise product", r"x \otimes u = x \odot u", "holds"),
    ],
)
def test_a_sign_that_the_text_explains(words, claim, verdict):
    text = rf"Let $x, u \in \mathbb{{R}}^n$ and let $\otimes$ denote {words}. $${claim}$$"
    assert judged(text) == [verdict]


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        (r"with $Q^\top Q = I$, so $$\nabla_x L = 2x$$", "undecided"),
        (r"with $Q^\top Q = I$, so $$\nabla_x L = 2 Q^\top Q x$$", "holds"),
        (r"so $$\nabla_x L = 2x$$", "wrong"),
    ],
)
def test_what_is_supposed_is_no_claim(sentence, verdict):
    start = r"Let $Q \in \mathbb{R}^{d \times d}$, $x \in \mathbb{R}^d$ and $L = \|Qx\|^2$, "
    assert judged(start + sentence) == [verdict]


def test_a_unit_vector_and_a_distribution_are_what_they_are_said_to_be():
    start = r"Let $u \in \mathbb{R}^d$ with $\|u\| = 1$ and $y \in \mathbb{R}^k$, one-hot, so $\sum_i y_i = 1$. "
    assert judged(start + r"$2 u^\top u = 2$, $u^\top u = 2$, $\sum_i y_i = 2$") == ["holds", "wrong", "wrong"]


def test_a_symmetric_matrix_in_words():
    start = r"Let $A \in \mathbb{R}^{d \times d}$ be %s, $u \in \mathbb{R}^d$, $f = u^\top A u$. $$\nabla_u f = 2 A u$$"
    assert judged(start % "symmetric") == ["holds"] and judged(start % "not symmetric") == ["ambiguous"]


def test_a_step_uphill_is_wrong_and_ascent_is_not():
    start = r"Let $w, x, y \in \mathbb{R}$, $\eta > 0$, $L = \frac12 (wx-y)^2$. "
    step = r"$$w \leftarrow w + \eta \frac{\partial L}{\partial w}$$"
    assert judged(start + step) == ["wrong"] and judged(start + "Gradient ascent: " + step) == ["undecided"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial x_n} = n", "holds"),
        (r"\frac{\partial L}{\partial x_n} = n - 1", "wrong"),
        (r"L = n x_n + \sum_{i=1}^{n-1} i x_i", "holds"),
        (r"L = x_n + \sum_{i=1}^{n-1} i x_i", "wrong"),
    ],
)
def test_the_last_entry(claim, verdict):
    assert judged(rf"Let $x \in \mathbb{{R}}^n$ and $L = \sum_{{i=1}}^n i x_i$. $${claim}$$") == [verdict]
