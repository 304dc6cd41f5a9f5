r"""Worked examples: entries that are listed one by one, a second example, and numbers that nothing gives."""

import pytest

from tests.checking.said import judged

LINE = r"""With $x, y \in \mathbb{R}^3$, $w, b \in \mathbb{R}$ and $\hat y_i = w x_i + b$, let
$L = \sum_{i=1}^{3} (\hat y_i - y_i)^2$, $w = 1$, $b = 0$. """
VECTORS = r"Take $x = (1, 2, 3)$, $y = (2, 3, 5)$. "
ENTRIES = r"Take $x_1 = 1$, $x_2 = 2$, $x_3 = 3$, $y_1 = 2$, $y_2 = 3$, $y_3 = 5$. "
SOME = r"Take $x_1 = 1$, $x_3 = 3$, $y_1 = 2$. "
MATRIX = r"""Let $W \in \mathbb{R}^{2 \times 2}$, $x \in \mathbb{R}^2$, $z = W x$, where $W_{11} = 1$, $W_{12} = 2$,
$W_{21} = 0$, $W_{22} = -1$, $x_1 = 3$, $x_2 = 1$. """


@pytest.mark.parametrize("example", [VECTORS, ENTRIES])
@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"$L = 6$", "holds"),
        (r"$L = 7$", "wrong"),
        (r"$\hat y = (1, 2, 3)$", "holds"),
        (r"$\hat y = (1, 2, 4)$", "wrong"),
        (r"$\hat y_2 = 2$", "holds"),
        (r"$\hat y_2 = 3$", "wrong"),
        (r"$\frac{\partial L}{\partial w} = -18$", "holds"),
        (r"$\frac{\partial L}{\partial w} = 18$", "wrong"),
        (r"$\frac{\partial L}{\partial w} = 2 \sum_i (\hat y_i - y_i) x_i$", "holds"),
        (r"$\frac{\partial L}{\partial w} = \sum_i (\hat y_i - y_i) x_i$", "wrong"),
    ],
)
def test_an_example_in_vectors_or_in_entries(example, claim, verdict):
    assert judged(LINE + example + claim) == [verdict]


@pytest.mark.parametrize("claim", [r"$L = 6$", r"$\hat y_2 = 2$", r"$\frac{\partial L}{\partial w} = -18$"])
def test_what_depends_on_entries_that_are_not_given_is_undecided(claim):
    assert judged(LINE + SOME + claim) == ["undecided"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [("$z_1 = 5$", "holds"), ("$z = (5, -1)^T$", "holds"), ("$z_2 = 1$", "wrong"), ("$x_1 = 4$", "wrong")],
)
def test_the_entries_of_a_matrix(claim, verdict):
    assert judged(MATRIX + claim) == [verdict]


def test_a_second_example_is_not_judged_with_the_numbers_of_the_first():
    first = "Let $L = (w - y)^2$ with $y = 3$ and $w = 1$, so $L = 4$ and not $L = 5$. "
    second = "In a second example $y = 5$ and $w = 1$, so $L = 16$."
    assert judged(first + second) == ["holds", "wrong", "undecided", "holds", "undecided"]


def test_an_array_of_the_example_does_not_fix_a_shape_that_a_formula_has():
    layer = r"Let $x \in \mathbb{R}^d$, $W \in \mathbb{R}^{h \times d}$ and $z = W x + b$. "
    example = r"In the example $b = \begin{bmatrix} 0 \\ 1 \end{bmatrix}$."
    assert judged(layer + example + r" $\frac{\partial z_i}{\partial b_j} = \delta_{ij}$") == ["holds"]


BARS = r"Let $A \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$, $u = A x$ and $L = \frac12 \|u\|^2$. "


@pytest.mark.parametrize(
    "lines",
    [
        r"Write $\bar v = \frac{\partial L}{\partial v}$: $\bar u = u$, $\bar x = A \bar u$.",
        r"$\bar u = \frac{\partial L}{\partial u}$, $\bar A = \bar u x^T$, $\bar A = x \bar u^T$",
    ],
)
def test_a_line_that_says_what_bars_are(lines):
    assert judged(BARS + lines)[-2:] == ["holds", "ill-shaped"]
