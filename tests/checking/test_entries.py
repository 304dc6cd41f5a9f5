"""Entries that have a name of their own: of a vector that is declared as well, and of a class number."""

from tests.checking.claims import verdict, verdicts

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
