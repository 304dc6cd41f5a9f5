r"""The sign `\\otimes` between matrices: the Kronecker product, or elementwise where the shapes are equal."""

import pytest

from tests.checking.claims import verdict

SHAPES = """
shapes:
  A: m x n
  B: p x q
  X: n x p
  C: m x n
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\operatorname{vec}(A X B) = (B^\top \otimes A) \operatorname{vec}(X)", "holds"),
        (r"\operatorname{vec}(A X B) = (A \otimes B^\top) \operatorname{vec}(X)", "wrong"),
        (r"\operatorname{vec}(A X B) = (B \otimes A) \operatorname{vec}(X)", "ill-shaped"),
        (r"(A \otimes B)^\top = A^\top \otimes B^\top", "holds"),
        (r"(A \otimes B)^\top = B^\top \otimes A^\top", "wrong"),
        (r"A \odot C = A \otimes C", "holds"),
        (r"A + C = A \otimes C", "wrong"),
    ],
)
def test_a_kronecker_product(claim, expected):
    assert verdict(SHAPES, claim).verdict == expected
