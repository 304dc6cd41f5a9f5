r"""Vectors with dots, names of two signs, primed letters, and class numbers in bounds."""

import pytest

from tests.checking.said import verdicts

# ---------------------------------------------------------------- vectors with dots


@pytest.mark.parametrize(
    "spread",
    [
        r"z = (z_1, \ldots, z_M)^T", r"z = (z_1, \dots, z_M)", r"\mathbf z = [z_1, \cdots, z_M]^\top",
        r"z = \begin{pmatrix} z_1 \\ \vdots \\ z_M \end{pmatrix}",
    ],
)  # fmt: skip
def test_a_vector_with_dots_says_how_many_entries_it_has(spread):
    shapes = "---\nderive:\n  shapes: {x: p, '\\alpha_m': p, '\\beta': M}\n---\n"
    text = shapes + rf"Let $z_m = \tanh(\alpha_m^T x)$ and ${spread}$. Then $R = \beta^T z$. "
    assert verdicts(text + r"$\frac{\partial R}{\partial \beta_m} = z_m$") == ["stated"] * 3 + ["holds"]
    assert verdicts(text + r"$\frac{\partial R}{\partial \beta_m} = \beta_m$")[-1] == "wrong"


def test_an_input_with_dots_is_declared():
    text = r"Let $x = (x_1, \ldots, x_n)^T$ and $f = \sum_{i=1}^n x_i^2$. "
    assert verdicts(text + r"$\nabla_x f = 2 x$") == ["stated", "stated", "holds"]
    assert verdicts(text + r"$\nabla_x f = 2 x^T$")[-1] != "holds"
    assert verdicts(text + r"$\nabla_x f = x$")[-1] == "wrong"


def test_other_entries_are_a_definition_that_is_not_read():
    text = r"Let $x = (x_1, \ldots, x_n)^T$ and $y = (x_n, \ldots, x_1)^T$. Let $f = \sum_{i=1}^n x_i y_i$. "
    assert verdicts(text + r"$\frac{\partial f}{\partial x_i} = y_i$") == ["stated", "unread", "stated", "undecided"]


# ---------------------------------------------------------------- names of two signs

STEP = r"""---
derive:
  shapes: {x: d, W: h x d, v: h, t: scalar, \eta: scalar}
  loss: E
---
$s = W x$, $h = \tanh(s)$, $y = v^\top h$, $E = \frac12 (y - t)^2$.

"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\delta y = y - t", "holds"),
        (r"\delta y = t - y", "wrong"),
        (r"\delta v = \delta y \, h", "holds"),
        (r"\delta s = \delta h \odot (1 - h \odot h)", "holds"),
        (r"\delta s = \delta h \odot (1 - h)", "wrong"),
        (r"\delta W = \delta s \, x^\top", "holds"),
        (r"\delta W = \delta h \, x^\top", "wrong"),
        (r"\Delta W = -\eta \frac{\partial E}{\partial W} = -\eta \, \delta s \, x^\top", "holds"),
        (r"\Delta W = -\eta \frac{\partial E}{\partial W} = \eta \, \delta s \, x^\top", "wrong"),
    ],
)
def test_a_delta_before_a_name_is_part_of_it(claim, verdict):
    assert verdicts(f"{STEP}$$\\delta s = \\frac{{\\partial E}}{{\\partial s}}$$\n\n$${claim}$$")[-1] == verdict


def test_a_delta_with_an_index_is_a_name_of_its_own():
    text = STEP + r"$\delta_s = \frac{\partial E}{\partial s}$. $\frac{\partial E}{\partial W} = \delta_s x^\top$"
    assert verdicts(text)[-1] == "holds"


def test_a_name_that_is_declared_with_a_prime():
    text = "---\nderive:\n  shapes: {h: N, W: N x V, W': N x V}\n---\n"
    text += r"$u = W'^T h$ and $E = \frac{1}{2} \|u\|^2$. "
    assert verdicts(text + r"$\frac{\partial E}{\partial W'_{ij}} = u_j h_i$")[-1] == "holds"
    assert verdicts(text + r"$\frac{\partial E}{\partial h} = W' u$")[-1] == "holds"
    assert verdicts(text + r"$\frac{\partial E}{\partial h} = W u$")[-1] == "wrong"


# ---------------------------------------------------------------- letters in bounds


def test_a_primed_letter_is_another_letter():
    text = "---\nderive:\n  shapes: {u: V}\n---\n" + r"$y_j = \frac{\exp(u_j)}{\sum_{j'=1}^V \exp(u_{j'})}$. "
    assert verdicts(text + r"$\frac{\partial y_j}{\partial u_{j'}} = y_j (\delta_{jj'} - y_{j'})$")[-1] == "holds"
    assert verdicts(text + r"$\frac{\partial y_j}{\partial u_{j'}} = y_j (\delta_{jj'} - y_j)$")[-1] == "wrong"


def test_two_letters_with_one_bound():
    text = "---\nderive:\n  shapes: {X: V x V}\n---\n" + r"$J = \sum_{i,j=1}^V X_{ij}^2$. "
    assert verdicts(text + r"$\frac{\partial J}{\partial X_{ij}} = 2 X_{ij}$")[-1] == "holds"
    assert verdicts(text + r"$\frac{\partial J}{\partial X_{ij}} = 2 X_{ji}$")[-1] == "wrong"


MARGIN = r"""---
derive:
  shapes: {W: C x D, x: D, y: index C}
  loss: L
---
Let $s = W x$ and $L = \sum_{j \neq y} \max(0, s_j - s_y + 1)$.

"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial s_y} = -\sum_{j \neq y} \mathbf{1}[s_j - s_y + 1 > 0]", "holds"),
        (r"\frac{\partial L}{\partial s_y} = -\sum_{j} \mathbf{1}[s_j - s_y + 1 > 0]", "wrong"),
        (r"\frac{\partial L}{\partial s_k} = \mathbf{1}[s_k - s_y + 1 > 0]", "wrong"),
        (r"\frac{\partial L}{\partial s_k} = \mathbf{1}[s_k - s_y + 1 > 0], \quad k \neq y", "unread"),
    ],
)
def test_a_sum_over_all_classes_but_one(claim, verdict):
    assert verdicts(f"{MARGIN}$${claim}$$")[-1] == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"s_y = \sum_i W_{yi} x_i", "holds"),
        (r"s_y = \sum_k \sum_i W_{ki} x_i", "wrong"),
        (r"\frac{\partial s_y}{\partial x_i} = W_{yi}", "holds"),
        (r"\frac{\partial L}{\partial W_{yi}} = -\sum_{j \neq y} \mathbf{1}[s_j - s_y + 1 > 0] x_i", "holds"),
        (r"\frac{\partial L}{\partial W_{yi}} = \sum_{j \neq y} \mathbf{1}[s_j - s_y + 1 > 0] x_i", "wrong"),
    ],
)
def test_the_row_of_a_class(claim, verdict):
    assert verdicts(f"{MARGIN}$${claim}$$")[-1] == verdict
