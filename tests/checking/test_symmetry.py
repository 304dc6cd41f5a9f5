"""Symmetry that a claim relies on without saying so: a convention for quadratic forms, a fault everywhere else."""

import pytest

from derive.checking.check import check
from tests.checking.claims import NETWORK, verdict, verdicts

FORMS = r"""
shapes:
  A: d x d
  B: d x d
  S: d x d symmetric
  x: d
  v: d
given:
  - f(x) = \frac{1}{2} x^\top A x - v^\top x
  - g(x) = (x - v)^\top B^{-1} (x - v)
"""


@pytest.mark.parametrize(
    ("claim", "matrix"),
    [
        (r"\nabla_x x^\top A x = 2 A x", "A"),
        (r"\nabla f(x) = A x - v", "A"),
        (r"\nabla^2 f(x) = A", "A"),
        (r"\nabla_x g(x) = 2 B^{-1} (x - v)", "B"),
    ],
)
def test_a_quadratic_form_may_be_meant_symmetric(claim, matrix):
    found = verdict(FORMS, claim)
    assert (found.verdict, found.code) == ("ambiguous", "D206")
    assert found.message == f"true if {matrix} is symmetric"


@pytest.mark.parametrize(
    "claim",
    [
        r"\nabla_x x^\top A x = 3 A x",  # true of no matrix
        r"\nabla_x x^\top A x = 2 A^\top x",  # who writes the transpose means it
        r"\nabla_x v^\top A x = A v",  # no quadratic form: a transpose is missing
        r"\nabla_x x^\top A B x = 2 A B x",  # a product of symmetric matrices is none
    ],
)
def test_a_missing_transpose_is_a_fault(claim):
    assert verdict(FORMS, claim).verdict == "wrong"


def test_a_document_that_writes_the_transpose_knows_the_matrix_as_not_symmetric():
    found, _ = verdicts(FORMS, r"\nabla_x x^\top A x = 2 A x", r"\nabla_x x^\top A x = (A + A^\top) x")
    assert found.verdict == "wrong"


def test_a_square_weight_is_not_symmetric():
    square = NETWORK.replace("h x d", "d x d").replace("b_1: h", "b_1: d").replace("k x h", "d x d")
    square = square.replace("b_2: k", "b_2: d").replace("y: k", "y: d")
    assert verdict(square, r"\frac{\partial L}{\partial a_1} = W_2 (z_2 - y)").verdict == "wrong"


def test_what_is_declared_symmetric_is_no_convention():
    assert verdict(FORMS, r"\nabla_x x^\top S x = 2 S x").verdict == "holds"


def test_a_matrix_is_symmetric_where_the_text_says_so():
    sets = r"$A \in \mathbb{R}^{n \times n}$, $b, x \in \mathbb{R}^n$%s $$f = \frac12 x^\top A x - b^\top x$$"
    sets += r"$$\nabla_x f = A x - b$$"
    said = [check(sets % words).statements[-1].verdict for words in (", where $A = A^\\top$.", ".")]
    assert said == ["holds", "ambiguous"]
    (*_, claim) = check(r"$X \in \mathbb{R}^{n \times d}$ $$B = X^\top X$$ $$B = B^\top$$").statements
    assert (claim.kind, claim.verdict) == ("claim", "holds")  # of what is defined it is a claim
