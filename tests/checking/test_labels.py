r"""Labels that nothing declares: the y of `-\sum_k y_k \log p_k` is a vector, and sums to 1 where the text says so."""

import pytest

from tests.checking.said import last

SAID = r"Let $z \in \mathbb{R}^K$, and let $y$ be one-hot. "
UNSAID = r"Let $z \in \mathbb{R}^K$. "
LOSS = r"Let $p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$ and $L = -\sum_k y_k \log p_k$. "


@pytest.mark.parametrize(
    ("claim", "said", "unsaid"),
    [
        (r"\frac{\partial L}{\partial z_j} = p_j - y_j", "holds", "ambiguous"),
        (r"\frac{\partial L}{\partial z} = p - y", "holds", "ambiguous"),
        (r"\frac{\partial L}{\partial z_j} = y_j - p_j", "wrong", "wrong"),
        (r"\frac{\partial L}{\partial z_j} = -y_j + p_j \sum_k y_k = p_j - y_j", "holds", "ambiguous"),
        (r"\frac{\partial L}{\partial z_j} = -y_j + p_j \sum_k y_k", "holds", "holds"),
        (r"\frac{\partial L}{\partial p_k} = -\frac{y_k}{p_k}", "holds", "holds"),
    ],
)
def test_labels_by_entries(claim, said, unsaid):
    assert last(f"{SAID}{LOSS}$${claim}$$") == said
    assert last(f"{UNSAID}{LOSS}$${claim}$$") == unsaid


def test_numbers_beside_the_entries_of_a_vector_are_those_of_one():
    text = r"Let $w \in \mathbb{R}^n$ and $L = \frac12 \sum_i (w_i x_i - t_i)^2$. "
    assert last(text + r"$\nabla_w L = (w \odot x - t) \odot x$") == "holds"
    assert last(text + r"$\nabla_w L = (w \odot x - t) \odot w$") == "wrong"
