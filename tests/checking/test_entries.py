"""Entries that have a name of their own: of a vector that is declared as well, and of a class number."""

import pytest

from tests.checking.claims import readings, verdict, verdicts

BATCH = r"""
shapes:
  \mathbf{w}: M
  \phi_n: M
  t_n: scalar
  \boldsymbol{\Phi}: N x M
  \mathbf{t}: N
given:
  - \phi_n = \boldsymbol{\Phi}_{n,:}^T
  - t_n = \mathbf{t}_n
"""
CLASSES = r"""
shapes:
  x: K
  y: index K
given:
  - p_i = e^{x_i} / \sum_k e^{x_k}
  - L = -\log p_y
loss: L
"""


def test_numbers_declared_beside_their_vector_are_its_entries():
    good, bad = verdicts(
        BATCH,
        r"\sum_{n=1}^N t_n \phi_n = \boldsymbol{\Phi}^T \mathbf{t}",
        r"\sum_{n=1}^N t_n \phi_n = \boldsymbol{\Phi}^T \mathbf{t} + \mathbf{w}",
    )
    assert (good.verdict, bad.verdict) == ("holds", "wrong")


def test_members_of_a_family_of_vectors_are_no_entries():
    front = "shapes:\n  v_n: d\n  v: d\n  N: scalar"
    assert verdict(front, r"\sum_{n=1}^m v_n = v + v").verdict == "wrong"


def test_a_kronecker_delta_with_a_class_number_is_one_at_the_class():
    good, bad = verdicts(
        CLASSES, r"\frac{\partial L}{\partial x_i} = p_i - \delta_{iy}", r"\frac{\partial L}{\partial x_i} = p_i"
    )
    assert (good.verdict, bad.verdict) == ("holds", "wrong")
    assert verdict(CLASSES, r"\frac{\partial p_y}{\partial x_i} = p_y (\delta_{iy} - p_i)").verdict == "holds"


ROWS = r"""
shapes:
  X: n x d
  x_i: d
  w: d
  y: n
given:
  - x_i = X_{i,:}^T
  - L = \sum_{i=1}^n (x_i^\top w - y_i)^2
loss: L
"""
RIGHT = r"\frac{\partial L}{\partial w_j} = 2 \sum_{i=1}^n x_{ij} (\sum_k x_{ik} w_k - y_i)"


def test_an_entry_of_a_member_has_two_indices():
    good, bad = verdicts(ROWS, RIGHT, RIGHT.replace("x_{ij}", "x_{ji}"))
    assert good.verdict == "holds"
    assert bad.verdict != "holds"


def test_a_small_letter_with_two_indices_is_an_entry_of_the_capital_matrix():
    front = "shapes:\n  X: n x d\n  w: d\ngiven:\n  - z = X w\n"
    good, bad = verdicts(front, r"z_i = \sum_{k=1}^d x_{ik} w_k", r"z_i = \sum_{k=1}^d x_{ki} w_k")
    assert good.verdict == "holds"
    assert bad.verdict != "holds"
    assert verdict(front, r"z_i = w^\top x_i").verdict == "unread"  # one index may be a row or a column


def test_the_cases_of_a_vector_may_be_zero():
    front = "shapes:\n  w: d\n  x: d\n  y: n\ngiven:\n  - f = \\max(0, w^\\top x)\n"
    claim = r"\frac{\partial f}{\partial w} = \begin{cases} \vec{0} & w^\top x \leq 0 \\ x & w^\top x > 0 \end{cases}"
    assert verdict(front, claim).verdict == "holds"
    assert verdict(front, claim.replace("& w^\\top x >", "+ w & w^\\top x >")).verdict == "wrong"
    otherwise = claim.replace(r"w^\top x > 0", r"\text{otherwise.}").replace(r"& w", r"& \text{if } w", 1)
    assert verdict(front, otherwise).verdict == "holds"


LIKELIHOOD = r"""
shapes:
  w: d
  x_i: d
  y_i: scalar
given:
  - p_i = \sigma(w^\top x_i)
  - \ell(w) = \log \prod_{i=1}^n p_i^{y_i} (1 - p_i)^{1 - y_i}
loss: \ell
"""


def test_a_likelihood_is_a_product_of_powers():
    good, bad, logs = verdicts(
        LIKELIHOOD,
        r"\frac{\partial \ell}{\partial w} = \sum_{i=1}^n (y_i - p_i) x_i",
        r"\frac{\partial \ell}{\partial w} = \sum_{i=1}^n (p_i - y_i) x_i",
        r"\ell = \sum_{i=1}^n [y_i \log p_i + (1 - y_i) \log(1 - p_i)]",
    )
    assert (good.verdict, bad.verdict, logs.verdict) == ("holds", "wrong", "holds")


def test_an_inner_product_sums_the_products_of_all_entries():
    front = "shapes:\n  x: n\n  y: n\n  A: n x m\n  B: n x m\n"
    good, bad, matrix = verdicts(
        front,
        r"\langle x, y \rangle = x^\top y",
        r"\langle x, y \rangle = x^\top x",
        r"\langle A, B \rangle = \mathrm{tr}(A^\top B)",
    )
    assert (good.verdict, bad.verdict, matrix.verdict) == ("holds", "wrong", "holds")
    assert verdict(front, r"\langle x, A \rangle = 0").verdict == "unread"


def test_hyperbolic_functions():
    good, bad = verdicts(
        "shapes:\n  c: scalar\n",
        r"\frac{d}{dc} \log(\cosh(c)) = \tanh(c)",
        r"\frac{d}{dc} \cosh(c) = -\sinh(c)",
    )
    assert (good.verdict, bad.verdict) == ("holds", "wrong")


def test_two_capitals_are_a_name_unless_one_of_them_is():
    front = "shapes:\n  c: positive\n  A: n x n\n  B: n x n\n"
    _, found = readings(front, r"KL = c \log c", r"AB = BA")
    assert [reading.kind for reading in found] == ["definition", "claim"]
    sets = r"X \in \mathbb{R}^{n \times d}, \quad W \in \mathbb{R}^{d \times k}"
    *_, found = readings("shapes:\n  c: scalar\n", sets, r"XW = X W")[1]
    assert found.kind == "claim"


MEANS = r"""
shapes:
  w: d
  X: n x d
  x_i: d
  y: n
given:
  - p = \sigma(X w)
  - x_i = X_{i,:}^T
  - L = -\sum_{i=1}^n [y_i \log p_i + (1 - y_i) \log(1 - p_i)]
  - g = X^T (p - y)
loss: L
"""


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (r"\nabla_w^2 L = X^T \mathrm{diag}(p_i (1 - p_i)) X", r"\nabla_w^2 L = X^T \mathrm{diag}(p_i (1 + p_i)) X"),
        (r"\frac{d}{dw} g(w)^T = \sum_i p_i (1 - p_i) x_i x_i^T", r"\frac{d}{dw} g(w)^T = \sum_i p_i x_i x_i^T"),
        (r"\mathbf{1}^T (p - y) = \sum (p_i - y_i)", r"\mathbf{1}^T (p - y) = \sum (p_i + y_i)"),
        (r"\frac{1}{n} \sum p_i y_i = \frac{1}{n} p^T y", r"\frac{1}{n} \sum p_i y_i = p^T y"),
    ],
)
def test_what_stands_for_all_entries(true, false):
    assert verdict(MEANS, true).verdict == "holds"
    assert verdict(MEANS, false).verdict == "wrong"


def test_a_sum_without_an_index_over_an_index_of_both_sides_stays_unsettled():
    assert verdict(MEANS, r"p_i = \sum p_i").verdict != "holds"
