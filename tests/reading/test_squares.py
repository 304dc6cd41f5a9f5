r"""A name that is defined by its square, gradients of names with accents, and steps that stand for their number."""

import pytest

from tests.checking.said import verdicts

NORM = r"""With $x \in \mathbb{R}^d$: $\mu = \frac{1}{d} \mathbf{1}^\top x$, 
$\sigma^2 = \frac{1}{d}\|x - \mu \mathbf{1}\|^2$ and $\hat x = \frac{x - \mu\mathbf{1}}{\sigma}$.

"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial \sigma}{\partial x} = \frac{1}{d \sigma} (x - \mu \mathbf{1})", "holds"),
        (r"\frac{\partial \sigma}{\partial x} = \frac{1}{\sigma} (x - \mu \mathbf{1})", "wrong"),
        (r"\frac{\partial \sigma^2}{\partial x} = \frac{2}{d} (x - \mu \mathbf{1})", "holds"),
        (
            r"\frac{\partial \hat x}{\partial x} = \frac{1}{\sigma}(I - \frac{1}{d}\mathbf{1}\mathbf{1}^\top"
            r" - \frac1d \hat x \hat x^\top)",
            "holds",
        ),
        (r"\frac{\partial \hat x}{\partial x} = \frac{1}{\sigma}(I - \frac{1}{d}\mathbf{1}\mathbf{1}^\top)", "wrong"),
    ],
)
def test_a_name_that_its_square_defines(claim, verdict):
    assert verdicts(f"{NORM}$${claim}$$")[-1] == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"d\hat X = 2 dY \odot \hat X", "holds"),
        (r"d\hat X = dY \odot \hat X", "wrong"),
        (r"d\gamma = \mathbf{1}^\top (dY \odot X)", "unread"),
    ],
)
def test_gradients_of_names_with_accents(claim, verdict):
    front = "---\nderive:\n  shapes: {X: N x D, C: N x D}\n  given: ['L = \\sum_{i,j} C_{ij} Y_{ij}']\n  loss: L\n---\n"
    assert verdicts(rf"{front}$\hat X = X \odot X$, $Y = \hat X \odot \hat X$. $${claim}$$")[-1] == verdict


@pytest.mark.parametrize(("sign", "verdict"), [("+", "wrong"), ("-", "wrong"), ("", "holds")])
def test_gradients_of_greek_names(sign, verdict):
    text = r"Let $X \in \mathbb{R}^{N \times D}$, $\gamma \in \mathbb{R}^{1 \times D}$, "
    text += r"$C \in \mathbb{R}^{N \times D}$, $\mathbf 1 \in \mathbb{R}^N$, $Y = X \odot (\mathbf{1}\gamma)$, "
    text += r"and the loss $L = \sum_{i,j} C_{ij} Y_{ij}$. "
    more = f" {sign} \\gamma" if sign else ""
    assert verdicts(text + rf"$$d\gamma = \mathbf{{1}}^\top (dY \odot X){more}$$")[-1] == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"v_t = (1-\beta) \sum_{i=1}^{t} \beta^{t-i} g_i", "holds"),
        (r"v_t = (1-\beta) \sum_{i=1}^{t} \beta^{t-i-1} g_i", "wrong"),
        (r"1 - \beta^t = (1-\beta) \sum_{i=1}^{t} \beta^{t-i}", "holds"),
        (r"\sum_{k=0}^{t-1} \beta^k = \frac{1-\beta^t}{1-\beta}", "holds"),
        (r"\sum_{k=0}^{t} \beta^k = \frac{1-\beta^t}{1-\beta}", "wrong"),
    ],
)
def test_the_number_of_a_step(claim, verdict):
    front = "---\nderive:\n  shapes: {g_t: d, '\\beta': scalar}\n---\n"
    text = r"$v_0 = 0$ and $v_t = \beta v_{t-1} + (1 - \beta) g_t$. "
    assert verdicts(f"{front}{text}$${claim}$$")[-1] == verdict
