"""Worked examples: a formula is judged at drawn values, a line of numbers at the stated ones."""

import pytest

from derive.checking import check
from tests.checking.claims import theory_of


def check_learned(text: str) -> dict[str, str]:
    """The shapes that were inferred, by name."""
    theory = theory_of(text)
    return {learned.core: str(learned.shape) for learned in theory.learned if learned.how == "inferred"}


def said(text: str) -> list[str]:
    return [statement.verdict for statement in check.check(text).statements if statement.kind == "claim"]


NEURON = r"""
$x = 1$, $w = 2$, $t = 3$, $\hat{y} = w x$, $L = \frac{1}{2} (\hat{y} - t)^2$.

$$%s$$
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial L}{\partial w} = (\hat{y} - t) x", "holds"),
        (r"\frac{\partial L}{\partial w} = \hat{y} - t", "ambiguous"),  # at x = 1 only
        (r"\frac{\partial L}{\partial w} = (\hat{y} + t) x", "wrong"),
        (r"\frac{\partial L}{\partial w} = -1", "holds"),
        (r"\frac{\partial L}{\partial w} = 1", "wrong"),
        (r"L = 0.5", "holds"),
        (r"L = 0.51", "wrong"),
        (r"\hat{y} - 2 = 0", "holds"),  # zero because of the numbers, and not by luck
    ],
)
def test_an_example_of_numbers(claim, expected):
    assert said(NEURON % claim) == [expected]


MATRICES = r"""
---
derive:
  shapes: {x: d, W: h x d, v: h}
  functions: {\sigma: sigmoid}
---
$$z = W x, \quad a = \sigma(z), \quad L = v^\top a, \quad \nabla_W L = (v \odot a \odot (1 - a)) x^\top$$

As an example take $h = 3$ and
$$W = \begin{bmatrix} 1 & 2 \\ 0 & 1 \\ -1 & 1\end{bmatrix}, \quad x = \begin{bmatrix} 0.5 \\ -0.25 \end{bmatrix}, \quad
v = (1, 2, 3)^\top, \quad %s$$
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"z = (0, -0.25, -0.75)^\top", "holds"),
        (r"z = (0, -0.25, -0.74)^\top", "wrong"),
        (r"a = \begin{pmatrix} 0.5 \\ 0.4378 \\ 0.3208 \end{pmatrix}", "holds"),
        (r"a = \begin{pmatrix} 0.5 \\ 0.4378 \\ 0.3209 \end{pmatrix}", "wrong"),
        (r"a = \begin{pmatrix} 0.5 \\ 0.4378 \end{pmatrix}", "ill-shaped"),
        (r"L \approx 2.338", "holds"),
        (r"L \approx 2.340", "wrong"),
    ],
)
def test_an_example_of_matrices(claim, expected):
    # The gradient before it stays a claim about all inputs and all dimensions.
    assert said(MATRICES.lstrip() % claim) == ["holds", expected]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"0.68790 \cdot 0.21084 = 0.14504", "holds"),
        (r"0.6879 \cdot 0.2108 = 0.14504", "holds"),  # known to four digits, and so is the product
        (r"0.6879 \cdot 0.2108 = 0.1453", "wrong"),
        (r"0.5 \cdot 1.1 = 0.56", "wrong"),  # short decimals are exact
        (r"\frac{1}{3} = 0.333", "holds"),
        (r"\frac{1}{3} = 0.334", "wrong"),
        (r"3 \cdot 0.00041 = 1.23 \times 10^{-3}", "holds"),
        (r"3 \cdot 0.00041 = 1.24 \times 10^{-3}", "wrong"),
        (r"\frac{10}{3} \approx 3", "holds"),
        (r"\frac{10}{3} = 3", "wrong"),
        (r"\begin{bmatrix} 1 & 2 \end{bmatrix} \begin{bmatrix} 0.3333 \\ 1 \end{bmatrix} = 2.333", "holds"),
    ],
)
def test_arithmetic_is_judged_to_the_digits_printed(claim, expected):
    assert said(f"$${claim}$$") == [expected]


COEFFICIENT = r"""
$\hat{y} = w x + b$, $L = 0.5 (\hat{y} - t)^2$ at $x = 1$, $w = 3$, $b = 0$, $t = 2$.

$$%s$$
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial L}{\partial w} = 0.5 \cdot 2 (\hat{y} - t)", "ambiguous"),  # 0.5 is no number of the example
        (r"\frac{\partial L}{\partial b} = 1.0 (w x - 2)", "ambiguous"),  # x = 1 and t = 2 are put in, b = 0 is lost
        (r"\frac{\partial L}{\partial w} = 1.0 (\hat{y} - t)", "holds"),
        (r"\frac{\partial L}{\partial w} = 1.0 (3 x + 0 - 2)", "holds"),
        (r"\frac{\partial L}{\partial w} = 0.5 \cdot 3 (\hat{y} - t)", "wrong"),
    ],
)
def test_decimals_put_in_the_values_that_they_are(claim, expected):
    assert said(COEFFICIENT % claim) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"For $x = 1$, $w = 2$, $y = 3$: $\frac{\partial}{\partial w} (w x - y)^2 = 2 (w x - y)$", "ambiguous"),
        (r"For $x = 1$, $w = 2$, $y = 3$: $\frac{\partial}{\partial w} (w x - y)^2 = 2 (w x - y) x$", "holds"),
        (r"For $x = 1$, $w = 2$, $y = 3$: $\frac{\partial}{\partial w} (w x - y)^2 = -2$", "holds"),
        (r"Let $m = 1$, $L = (w x - y)^2$ and $\frac{\partial L}{\partial w} = \frac{2}{m} (w x - y) x$", "ambiguous"),
    ],
)
def test_a_number_that_no_definition_uses_is_one_of_the_example(text, expected):
    front = "---\nderive:\n  shapes: {x: scalar, w: scalar, y: scalar, m: scalar}\n---\n"
    assert said(front + text) == [expected]


def test_a_wrong_number_is_computed():
    *_, found = check.check(NEURON % r"\frac{\partial L}{\partial w} = -1.04").statements
    assert (found.code, found.suggestion) == ("D308", r"\frac{\partial L}{\partial w} = -1.00")


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (r"w \leftarrow w - \eta \nabla_w L", "holds"),
        (r"w := w - \eta \nabla_w L", "holds"),
        (r"w = w - \eta \nabla_w L", "holds"),
        (r"w_{t+1} = w_t - \eta \nabla_w L", "holds"),
        (r"w^{(k+1)} = w^{(k)} - \eta \nabla_w L", "holds"),
        (r"w \leftarrow w - 0.1 \nabla_w L", "holds"),
        (r"w \leftarrow w + 0.1 \nabla_w L", "wrong"),
        (r"w = w + \eta \nabla_w L", "wrong"),
        (r"w = (1 - \eta \lambda) w - \eta \nabla_w L", "undecided"),
        (r"w \leftarrow (1, 2)^\top - 0.5 (2, 2)^\top", "stated"),
    ],
)
def test_an_update_is_no_equation(update, expected):
    text = rf"""---
derive:
  shapes: {{x: d, w: d, y: scalar, \eta: scalar, \lambda: scalar}}
---
$$L = \frac{{1}}{{2}} (w^\top x - y)^2$$ $${update}$$ $$\nabla_w L = (w^\top x - y) x$$
"""
    report = check.check(text)
    assert [statement.verdict for statement in report.statements] == ["stated", expected, "holds"]


def test_a_second_value_is_not_judged():
    report = check.check(r"$L = c^2$, $c = 3$, $L = 9$, and with $c = 2$ it is smaller.")
    assert [(s.verdict, s.code) for s in report.statements][2:] == [("holds", None), ("undecided", "D609")]


SOFTMAX = r"""
$\mathbf{x} \in \mathbb{R}^{D}$, $\mathbf{y} \in \mathbb{R}^C$ %s
$$\mathbf{o} = \mathbf{W} \mathbf{x} + \mathbf{b}, \quad \mathbf{p} = \mathrm{softmax}(\mathbf{o}), \quad
\ell = -\sum_c y_c \log p_c$$
$$%s$$
"""


@pytest.mark.parametrize(
    ("words", "claim", "expected"),
    [
        ("is one-hot.", r"\frac{\partial \ell}{\partial \mathbf{o}} = \mathbf{p} - \mathbf{y}", "holds"),
        ("is the label.", r"\frac{\partial \ell}{\partial \mathbf{o}} = \mathbf{p} - \mathbf{y}", "ambiguous"),
        ("is one-hot.", r"\frac{\partial \ell}{\partial \mathbf{o}} = \mathbf{p} + \mathbf{y}", "wrong"),
        ("is one-hot.", r"\frac{\partial \ell}{\partial \mathbf{W}} = (\mathbf{p} - \mathbf{y}) \mathbf{x}^T", "holds"),
        ("is one-hot.", r"p_c = \frac{e^{o_c}}{\sum_k e^{o_k}}", "holds"),
    ],
)
def test_labels_in_words_and_dimensions_without_names(words, claim, expected):
    # The number of classes has no name but that of y, which the index in the loss tells; `one-hot` stands in the prose.
    (found,) = (s for s in check.check(SOFTMAX % (words, claim)).statements if s.kind == "claim")
    assert found.verdict == expected
    assert expected != "wrong" or found.suggestion.endswith(r"\mathbf{p} - \mathbf{y}")


COURSE = {
    "logistic": (
        r"$x^{(i)} \in \mathbb{R}^n$, $y^{(i)} \in \{0, 1\}$ $$h_\theta(x) = \sigma(\theta^T x)$$"
        r"$$J(\theta) = -\frac{1}{m} \sum_{i=1}^m \left[ y^{(i)} \log h_\theta(x^{(i)})"
        r" + (1 - y^{(i)}) \log (1 - h_\theta(x^{(i)})) \right]$$",
        r"\frac{\partial J}{\partial \theta_j} = \frac{1}{m} \sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)}) x_j^{(i)}",
        r"\theta_j := \theta_j - \alpha \frac{1}{m} \sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)}) x_j^{(i)}",
    ),
    "a line through points": (
        r"$$\text{MSE} = \frac{1}{N} \sum_{i=1}^{N} (y_i - (m x_i + b))^2$$",
        r"\frac{\partial \text{MSE}}{\partial m} = -\frac{2}{N} \sum_{i=1}^{N} x_i (y_i - (m x_i + b))",
        r"\frac{\partial \text{MSE}}{\partial b} = -\frac{2}{N} \sum_{i=1}^{N} (y_i - (m x_i + b))",
    ),
    "numbers only": (
        r"$$p = \sigma(z), \quad L = -[y \log p + (1-y) \log(1-p)]$$",
        r"\frac{\partial L}{\partial p} = -\frac{y}{p} + \frac{1-y}{1-p}",
        r"\frac{\partial L}{\partial z} = p - y",
    ),
    "layer norm": (
        r"$x \in \mathbb{R}^d$ $$\mu = \frac{1}{d} \sum_i x_i, s = \frac{1}{d} \sum_i (x_i - \mu)^2$$"
        r"$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{s + \epsilon}}, \quad y_i = \gamma_i \hat{x}_i + \beta_i$$",
        r"\frac{\partial y_i}{\partial \hat{x}_i} = \gamma_i",
        r"\frac{\partial y_i}{\partial \gamma_i} = \hat{x}_i",
    ),
    "layers": (
        r"$$z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}, \quad a^{[l]} = g(z^{[l]})$$"
        r"$$a^{[0]} = x, \quad \hat{y} = a^{[L]}$$"
        r"$$J = \frac{1}{2} \|\hat{y} - y\|^2$$"
        r"with $W^{[l]} \in \mathbb{R}^{n_l \times n_{l-1}}$ and $b^{[l]} \in \mathbb{R}^{n_l}$.",
        r"\delta^{[L]} = (a^{[L]} - y) \odot g'(z^{[L]})",
        r"\delta^{[l]} = (W^{[l+1]})^T \delta^{[l+1]} \odot g'(z^{[l]})",
        r"\frac{\partial J}{\partial W^{[l]}} = \delta^{[l]} (a^{[l-1]})^T",
    ),
    "ridge": (
        r"$X \in \mathbb{R}^{N \times p}$"
        r"$$L(\beta) = (y - X\beta)^T (y - X\beta) + \lambda \beta^T \beta, \quad \nabla_\beta L = 0$$",
        r"\hat{\beta} = (X^T X + \lambda I)^{-1} X^T y",
        r"\nabla^2 L = 2 (X^T X + \lambda I)",
    ),
}


@pytest.mark.parametrize("course", COURSE)
def test_documents_that_declare_little(course):
    front, *claims = COURSE[course]
    for claim in claims:
        *_, found = check.check(f"{front}\n\n$${claim}$$").statements
        assert (found.verdict, found.message) == ("holds", ""), claim


ATTENTION = r"""
$Q \in \mathbb{R}^{n \times d}$, $K \in \mathbb{R}^{m \times d}$, $V \in \mathbb{R}^{m \times v}$
$$S = \frac{Q K^\top}{\sqrt{d}}, \quad P = \mathrm{softmax}(S), \quad O = P V$$
with a scalar loss and $dO = \frac{\partial L}{\partial O}$:
$$%s$$
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"dV = P^\top dO", "holds"),
        (r"dP = dO V^\top", "holds"),
        (r"dQ = \frac{1}{\sqrt{d}} dS K", "holds"),
        (r"dQ = dS K", "wrong"),
        (r"dV = P dO", "ill-shaped"),
        (r"dS = P \odot dP", "wrong"),
    ],
)
def test_a_loss_that_is_only_named_may_be_any(claim, expected):
    *_, found = check.check(ATTENTION % claim).statements
    assert found.verdict == expected
    assert "L is any loss that depends on O" in found.assumptions


def test_no_loss_is_supposed_where_none_is_spoken_of():
    text = r"$W \in \mathbb{R}^{h \times d}$, $x \in \mathbb{R}^d$ $$z = W x$$ $$\frac{\partial z}{\partial x} = W$$"
    assert all("loss" not in note for s in check.check(text).statements for note in s.assumptions)


def test_vectors_of_which_only_a_dot_product_is_known():
    model = r"$$s = \mathbf{w} \cdot \mathbf{x} + b, \quad E = (\tanh(s) - t)^2$$"
    text = model + r"$$\frac{\partial E}{\partial \mathbf{w}} = %s$$"
    slope = r"2 (\tanh(s) - t) (1 - \tanh^2(s))"
    said = [check.check(text % f"{slope} {vector}").statements[-1].verdict for vector in (r"\mathbf{x}", r"\mathbf{w}")]
    assert said == ["holds", "wrong"]


@pytest.mark.parametrize(
    "text", [r"$$z = W x, L = z$$", r"$$\mathbf{z} = c \mathbf{x}$$", r"$$L = \|z - y\|^2$$", r"$$s = u^\top A u$$"]
)
def test_letters_are_no_numbers_where_there_are_vectors(text):
    learned = check_learned(text)
    assert all(shape != "scalar" for name, shape in learned.items() if name in ("x", "z", "y", "u", "A", "W"))
