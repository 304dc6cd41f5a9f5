"""Which dimensions are one, which shape a member of a family has, and what is assumed of whom."""

import json

import pytest

from derive.checking.check import check
from derive.checking.compare import shapes_seen
from derive.checking.points import Points
from derive.checking.program import Unsettled
from derive.models.text_files import FileError
from tests.checking.claims import document, theory_of


def verdicts(text: str) -> list[tuple[str, str | None]]:
    return [(s.verdict, s.code) for s in check(text).statements if s.kind == "claim"]


# ---------------------------------------------------------------- dimensions that a document makes equal

NET = """
shapes:
  x: d
  W: h x d
  V: k x h
given:
  - z = W x
  - y = V z
  - L = \\frac12 \\|y - z\\|^2
"""


def test_a_dimension_that_is_made_another_one_late_has_its_size_everywhere():
    # y - z makes h and k one, after z got its shape
    text = document(NET, r"\frac{\partial L}{\partial V} = (y - z) z^T", r"\frac{\partial L}{\partial V} = z (y - z)^T")
    assert [verdict for verdict, _ in verdicts(text)] == ["holds", "ambiguous"]  # true as the transposed layout


def test_dimensions_that_are_made_one_in_a_chain_have_one_size():
    front = NET.replace("given", "  U: m x k\ngiven").replace("  - L", "  - u = U y\n  - L")
    front = front.replace(r"y - z\|", r"y - z + u\|")
    text = document(front, r"\frac{\partial L}{\partial U} = (y - z + u) y^T")
    sizes = check(text).statements[0].evidence.shapes
    assert verdicts(text) == [("holds", None)]
    assert all(len({dict(one)[name] for name in "hkm"}) == 1 for one in sizes)


@pytest.mark.parametrize("loss", [r"\|q - z\|^2", r"\|z - q\|^2"])
def test_a_multiple_of_a_dimension_is_not_that_dimension(loss):
    front = f"shapes:\n  x: d\n  U: 2h x d\n  q: k\ngiven:\n  - z = U x\n  - L = {loss}\n"
    assert {name: str(dim) for name, dim in theory_of(document(front)).same.items()} == {"k": "2*h"}


def test_entries_of_a_layer_run_as_far_as_the_layer_is_wide():
    # taken for as wide as the first one, all layers had one width, at which a transposed factor fits by luck
    front = """
functions:
  \\sigma: sigmoid
shapes:
  W^l: n_l x n_{l-1}
  y: n_3
given:
  - a^0 = x
layers: 3
"""
    text = document(front + "", r"z^l = W^l a^{l-1}", r"a^l_j = \sigma(z^l_j)", r"L = \frac12 \|a^3 - y\|^2")
    text = text.replace("  shapes:", "  shapes:\n    x: n_0")
    theory = theory_of(text)
    assert not theory.same
    assert [str(d.symbol.shape) for d in theory.definitions if d.symbol.name == "a^"] == ["n_0", "n_1", "n_2", "n_3"]


def test_a_member_by_a_letter_has_no_shape_of_its_own_where_members_differ():
    front = "shapes:\n  x: n_0\n  W^l: n_l x n_{l-1}\ngiven:\n  - a^0 = x\n  - a^l = W^l a^{l-1}\n"
    theory = theory_of(document(front))
    member = next(d.symbol for d in theory.definitions if d.symbol.key == "a^_2")
    assert str(theory.shape_of(member)) == "n_2" and theory.shape_of(member.member("i")) is None


def test_the_sizes_of_points_are_known_where_no_values_are():
    points = Points(theory_of(document("shapes:\n  x: n\ngiven:\n  - L = \\log(-x^T x)\n")), seed=0)
    with pytest.raises(Unsettled):
        points.machine(0)
    assert shapes_seen(points) == ((("n", 2),), (("n", 3),))


# ---------------------------------------------------------------- assumptions


def test_an_assumption_is_about_the_name_that_it_stands_at():
    shapes = "A: n x n symmetric", "A_1: n x n", "A_2: n x n symmetric", "W_l: n x n symmetric", "W_2: n x n"
    front = "\n  ".join(["shapes:", *shapes])
    claims = [f"{name} = {name}^T" for name in ("A", "A_1", "A_2", "W_1", "W_2")]
    expected = ["holds", "wrong", "holds", "holds", "wrong"]
    assert [verdict for verdict, _ in verdicts(document(front, *claims))] == expected


def test_an_assumption_under_given_is_about_all_that_have_the_letter_where_none_has_the_name():
    front = "shapes:\n  y^{(i)}: K\n  z: K\ngiven:\n  - \\sum_k y_k = 1\n"
    assert theory_of(document(front)).assumptions["y^(i)"] == {"simplex:0"}


@pytest.mark.parametrize(
    ("front", "place"),
    [
        ("shapes:\n  A: n x d symmetric\n", "4:8"),
        ("shapes:\n  W^{[l]}: n_l x n_{l-1} symmetric\n", "4:14"),
        ("shapes:\n  A: n x d\ngiven:\n  - A = A^T\n", "6:7"),
    ],
)
def test_only_a_square_matrix_is_symmetric(front, place):
    with pytest.raises(FileError, match=f"^-:{place}: front matter: only a square matrix is symmetric"):
        check(document(front, "A = A"))


# ---------------------------------------------------------------- repairs from declarations that stand elsewhere


def test_a_repair_takes_names_from_the_declarations_of_a_notebook():
    front = "---\nderive:\n  shapes:\n    x: n\n    v: n\n  given:\n    - L = \\frac12 \\|x - v\\|^2\n---"
    cells = [{"cell_type": "raw", "source": front}]
    cells += [{"cell_type": "markdown", "source": r"$$\frac{\partial L}{\partial x} = x$$"}]
    (claim,) = [s for s in check(json.dumps({"cells": cells})).statements if s.kind == "claim"]
    assert (claim.verdict, claim.suggestion) == ("wrong", r"\frac{\partial L}{\partial x} = x - v")
