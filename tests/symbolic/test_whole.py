"""Sums over entries as products of matrices: the same numbers, entry by entry."""

import numpy as np
import pytest

from derive.symbolic.whole import NotWhole, by_entries, whole
from derive.terms import nodes
from derive.terms.arithmetic import NUMPY
from derive.terms.dims import Dim
from derive.terms.evaluate import Scope, evaluate
from derive.terms.indices import Index
from derive.terms.nodes import Apply, Component, Sum, Symbol
from derive.terms.shapes import Shape

A, B, C = (
    Symbol(name=name, declared=Shape.of(shape)) for name, shape in (("A", "n x d"), ("B", "d x k"), ("C", "n x d"))
)
x, u, r, s = (
    Symbol(name=name, declared=Shape.of(shape))
    for name, shape in (("x", "d"), ("u", "n"), ("r", "1 x d"), ("s", "scalar"))
)
SIZES = {"n": 3, "d": 4, "k": 2}
rng = np.random.default_rng(0)
VALUES = {t.key: rng.uniform(0.2, 1, t.shape.sizes(SIZES)) for t in (A, B, C, x, u, r, s)}


def at(t, *letters):
    row, *rest = (Index.of(letter) for letter in letters)
    return Component((t,), row, rest[0] if rest else None)


def over(letter, body):
    size = {"i": "n", "j": "d", "k": "k"}[letter]
    return Sum((body,), letter, 1, Dim.of(size))


# Scalars: the term, and what it reads as.
SCALARS = [
    (over("j", at(x, "j") * at(x, "j")), r"\sum_j \left[x \odot x\right]_j"),
    (over("i", over("j", at(A, "i", "j") * at(C, "i", "j"))), r"\sum_{i,j} \left[A \odot C\right]_{i,j}"),
    (over("j", over("i", at(A, "i", "j") * at(C, "i", "j"))), r"\sum_{i,j} \left[A \odot C\right]_{i,j}"),
    (over("j", at(r, 1, "j") ** 2), r"\sum_{i,j} \left[r^{\odot 2}\right]_{i,j}"),
    (over("i", at(u, "i") * over("j", at(A, "i", "j") * at(x, "j"))), r"\sum_j \left[u \odot (A x)\right]_j"),
    (-over("i", at(u, "i") * Apply((at(u, "i"),), "log")) / Dim.of("n"), None),
    (over("i", s + at(u, "i")), None),
    (over("i", s * s), None),
]


@pytest.mark.parametrize("term, written", SCALARS)
def test_a_sum_over_entries(term, written):
    found = whole(term)
    assert written in (None, found.latex)
    assert np.allclose(evaluate(found, VALUES, SIZES), evaluate(term, VALUES, SIZES), rtol=1e-12)


# By entries: the expression, its letters, the shape of the result.
ENTRIES = [
    (over("j", at(A, "i", "j") * at(x, "j")), ("i",), "n", r"A x"),
    (over("j", at(A, "i", "j") * at(B, "j", "k")), ("i", "k"), "n x k", r"A B"),
    (over("j", at(A, "i", "j") * at(x, "j") * at(B, "j", "k")), ("i", "k"), "n x k", None),
    (over("i", at(A, "i", "j") * at(u, "i")), ("j",), "d", r"A^\top u"),
    (at(A, "i", "j") * at(u, "i") + at(r, 1, "j"), ("i", "j"), "n x d", None),
    (over("i", at(A, "i", "j")), ("1", "j"), "1 x d", r"\mathbf{1}^\top A"),
    (Apply((at(x, "j") * s,), "tanh"), ("j",), "d", r"\tanh(s x)"),
    (at(x, "j") / over("j", at(x, "j")), ("j",), "d", None),
    (s, ("j",), "d", None),
]


@pytest.mark.parametrize("term, letters, shape, written", ENTRIES)
def test_a_matrix_by_its_entries(term, letters, shape, written):
    found = by_entries(term, letters, Shape.of(shape))
    assert written in (None, found.latex)
    assert found.shape == Shape.of(shape)
    value = np.broadcast_to(evaluate(found, VALUES, SIZES), Shape.of(shape).sizes(SIZES))
    for (row, col), entry in np.ndenumerate(value):
        places = dict(zip(letters, (row + 1, col + 1), strict=False))
        wanted = Scope(NUMPY, VALUES, SIZES, places).evaluate(term)
        assert np.allclose(entry, wanted, rtol=1e-12)


def test_what_is_no_product_of_matrices_stays_or_is_refused():
    family = Symbol(name="x", declared=Shape.of("d"), indices=(Index("i"),))
    examples = over("i", family.T @ x)
    assert whole(examples) == examples
    shifted = over("j", at(x, "j") * Component((x,), Index("j", 1)))
    assert whole(shifted) == shifted
    with pytest.raises(NotWhole):
        by_entries(family.T @ x, ("i",), Shape.of("n"))
    with pytest.raises(NotWhole):
        by_entries(at(A, "i", "i"), ("i",), Shape.of("n"))
    with pytest.raises(NotWhole):  # a tensor of three letters
        by_entries(over("j", at(A, "i", "j") * nodes.Number(value=2) * (at(A, "i", "j") + at(B, "j", "k"))), ("i", "k"),
                   Shape.of("n x k"))  # fmt: skip
