"""Relations that the inputs keep: points are drawn that meet them, or nothing that may need them is called false."""

import pytest

from tests.checking.claims import document, theory_of, verdict, verdicts

LABELS = "shapes:\n  \\theta: d\n  x_i: d\n  y_i: scalar\n"
LOSS = "  - J = \\sum_{i=1}^m \\log(1 + e^{-y_i \\theta^\\top x_i})\nloss: J\n"
HESSIAN = r"\nabla_\theta^2 J = \sum_{i=1}^m \sigma(\theta^\top x_i) (1 - \sigma(\theta^\top x_i)) x_i x_i^\top"


def test_labels_of_plus_and_minus_one():
    stated = LABELS + "given:\n  - y_i^2 = 1\n" + LOSS
    assert verdict(stated, HESSIAN).verdict == "holds"
    assert verdict(stated.replace("  - y_i^2 = 1\n", ""), HESSIAN).verdict == "wrong"
    assert verdict(stated, r"\nabla_\theta^2 J = \sum_{i=1}^m y_i x_i x_i^\top").verdict == "wrong"


@pytest.mark.parametrize("labels", [r"\{-1, 1\}", r"\{-1, +1\}", r"\{+1, -1\}", r"\{\pm 1\}"])
def test_labels_may_be_said_in_the_text(labels):
    text = document(LABELS + "given:\n" + LOSS, rf"y_i \in {labels}", HESSIAN)
    theory = theory_of(text)
    assert theory.assumptions["y"] == {"-1/1"}


def test_labels_may_be_declared():
    assert verdict(LABELS.replace("y_i: scalar", "y_i: scalar -1/1") + "given:\n" + LOSS, HESSIAN).verdict == "holds"


@pytest.mark.parametrize("relation", [r"w^\top w = 1", r"\|w\| = 1", r"\|w\|_2^2 = 1"])
def test_a_vector_of_length_one(relation):
    front = f"shapes:\n  w: d\n  v: d\ngiven:\n  - {relation}\n"
    good, bad, gradient = verdicts(front, r"w w^\top w = w", r"w w^\top w = 2 w", r"\nabla_w (w^\top w) = 2 w")
    assert (good.verdict, bad.verdict, gradient.verdict) == ("holds", "wrong", "holds")


def test_a_given_relation_that_no_point_meets_excuses_what_speaks_of_it():
    front = "shapes:\n  X: n x d\n  w: d\n  v: d\ngiven:\n  - X^\\top X = I\n"
    needs, plain, other = verdicts(front, r"X^\top X w = w", r"X w + X w = 2 X w", r"v = 2 v")
    assert (needs.verdict, needs.code) == ("undecided", "D501") and "`X^\\top X = I`" in needs.message
    assert (plain.verdict, other.verdict) == ("holds", "wrong")
