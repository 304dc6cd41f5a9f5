"""Every node type's shape, what does not conform and how it is said, equality, spans, operators."""

from dataclasses import FrozenInstanceError, replace
from fractions import Fraction

import pytest
from hypothesis import given

from derive.terms import nodes
from derive.terms.dims import Dim
from derive.terms.evaluate import EVALUATE
from derive.terms.indices import Index
from derive.terms.latex import ROWS
from derive.terms.nodes import Symbol, term
from derive.terms.shapes import Misfit, Shape, ShapeError
from tests.terms.random_terms import terms


def symbol(name, shape="scalar", **more):
    return Symbol(name=name, declared=Shape.of(shape), **more)


a, b = symbol("a"), symbol("b")
x, y, u = symbol("x", "d"), symbol("y", "d"), symbol("u", "n")
X, W, S, R = symbol("X", "n x d"), symbol("W", "d x h"), symbol("S", "d x d"), symbol("R", "d x d")
i = Index("i")

SHAPES = [
    (x, "d"),
    (nodes.adjoint(a, W), "d x h"),
    (term(3), "scalar"),
    (nodes.Size(dim=Dim.of("n")), "scalar"),
    (nodes.ones("n"), "n"),
    (nodes.Identity(dim=Dim.of("d")), "d x d"),
    (x + y, "d"),
    (x + 1, "d"),
    (1 + x + y - 2, "d"),
    (-X, "n x d"),
    (X @ W, "n x h"),
    (x.T @ y, "scalar"),
    (x @ u.T, "d x n"),
    (x.T @ y @ X, "n x d"),  # a 1 x 1 product is a scalar factor
    (2 * X @ a @ W, "n x h"),
    (nodes.Hadamard((x, y)), "d"),
    (nodes.Hadamard((a, X)), "n x d"),
    (X / a, "n x d"),
    (a / X, "n x d"),
    (x / y, "d"),
    (X**2, "n x d"),
    (nodes.Apply((X,), "relu"), "n x d"),
    (X.T, "d x n"),
    (nodes.Inverse((S,)), "d x d"),
    (nodes.Determinant((S,)), "scalar"),
    (nodes.Trace((S,)), "scalar"),
    (nodes.SquaredNorm((X,)), "scalar"),
    (nodes.Norm((X,)), "scalar"),
    (nodes.Total((X,)), "scalar"),
    (nodes.Diag((x,)), "d x d"),
    (nodes.Vec((X,)), "n*d"),
    (nodes.Kronecker((X, W)), "n*d x d*h"),
    (nodes.Commutation(of=Shape.of("n x d")), "n*d x n*d"),
    (nodes.Broadcast((a,), Shape.of("n x d")), "n x d"),
    (nodes.Broadcast((u,), Shape.of("n x d")), "n x d"),
    (nodes.Broadcast((x.T,), Shape.of("n x d")), "n x d"),
    (nodes.Component((x,), i), "scalar"),
    (nodes.Component((X,), i, Index("", 1)), "scalar"),
    (nodes.Sum((nodes.Component((x,), i) * X,), "i", 1, Dim.of("d")), "n x d"),
]


@pytest.mark.parametrize(("t", "shape"), SHAPES, ids=lambda v: str(v))
def test_shapes(t, shape):
    assert t.shape == Shape.of(shape)


def test_every_node_type_has_its_shape_tested_and_its_rows():
    tested = {type(node) for t, _ in SHAPES for node in t.walk()}
    assert tested == {kind for kind in ROWS if kind.__module__ == nodes.__name__}
    assert tested <= set(EVALUATE) | {nodes.Add, nodes.Sum}  # those two are walked, not called


b_1 = symbol("b_1", "1 x h")
MISFITS = [
    (X @ W + b_1, "a sum needs equal shapes: X W is n x h, b_1 is 1 x h"),  # SymPy 1.14 accepts this one
    (X @ W + b_1.T, "a sum needs equal shapes: X W is n x h, b_1^\\top is h x 1"),
    (x + x.T, "a sum needs equal shapes: x is d x 1, x^\\top is 1 x d"),
    (a + x + u, "a sum needs equal shapes: x is d x 1, u is n x 1"),
    (X @ X, "inner dimensions differ: X is n x d, X is n x d"),
    (X @ W @ x, "inner dimensions differ: X W is n x h, x is d x 1"),
    (x @ y, "inner dimensions differ: x is d x 1, y is d x 1"),
    (X @ x.T @ y, "inner dimensions differ: X is n x d, x^\\top is 1 x d"),
    (nodes.Hadamard((X, x)), "an elementwise product needs equal shapes: X is n x d, x is d x 1"),
    (X / u, "an elementwise quotient needs equal shapes: X is n x d, u is n x 1"),
    (nodes.Inverse((X,)), "only a square matrix has an inverse: X is n x d"),
    (nodes.Determinant((X,)), "only a square matrix has a determinant: X is n x d"),
    (nodes.Trace((X,)), "only a square matrix has a trace: X is n x d"),
    (nodes.Diag((X,)), "diag needs a column: X is n x d"),
    (nodes.Broadcast((x,), Shape.of("n x d")), "cannot be repeated: x is d x 1, \\mathbf{1} is n x d"),
    (nodes.Component((X,), i), "a matrix needs two indices: X is n x d"),
    (
        nodes.Sum((symbol("z", "n_l", indices=(Index("l"),)),), "l", 1, Dim.of("3")),
        "the shape changes with the index l of a sum: z_l is n_l x 1",
    ),
]


@pytest.mark.parametrize(("t", "message"), MISFITS, ids=lambda v: str(v))
def test_a_misfit_names_both_shapes(t, message):
    assert isinstance(t.shape, Misfit)
    assert str(t.shape) == message


@pytest.mark.parametrize("t", [t for t, _ in MISFITS], ids=str)
def test_everything_above_a_misfit_has_the_same_misfit(t):
    exp, total = nodes.Apply((t,), "exp"), nodes.Sum((a / t,), "i", 1, Dim.of("n"))
    above = [t + 1, t @ a, a + t, -t, t.T, nodes.Total((t,)), exp, total]
    assert [str(parent.shape) for parent in above] == [str(t.shape)] * len(above)
    assert not t.is_scalar


def test_no_shape_error_hides_where_it_is():
    with pytest.raises(ShapeError, match="in the middle: inner dimensions differ: X is n x d, X is n x d"):
        raise ShapeError((X @ X).shape, "in the middle")


def test_terms_are_equal_when_they_are_written_the_same_way():
    assert X @ W == X @ W
    assert hash(X @ W) == hash(X @ W)
    assert a + b != b + a
    assert X @ (W @ b) != X @ W @ b
    assert x != symbol("x", "n")
    assert nodes.Trace((S,)) != nodes.Determinant((S,))
    assert nodes.Apply((x,), "relu") != nodes.Apply((x,), "relu", 1)
    assert symbol("W", "d", indices=(Index("l"),)) != symbol("W", "d", indices=(Index("l", 1),))
    assert a != "a"


def test_equality_ignores_where_a_term_stands_and_how_its_symbol_is_spelled():
    placed = replace(X, span=(3, 4))
    assert placed == X
    assert hash(placed) == hash(X)
    assert (placed @ W).args[0].span == (3, 4)
    assert replace(X, latex_name=r"\mathbf{X}") == X
    assert placed.with_args(*placed.args) is placed
    assert replace(X.T, span=(3, 8)).with_args(W).span == (3, 8)


def test_terms_are_frozen():
    with pytest.raises(FrozenInstanceError):
        X.name = "Y"
    with pytest.raises(FrozenInstanceError):
        (X @ W).args = ()


def test_nothing_is_evaluated_or_reordered_on_construction():
    inverse = nodes.Inverse((S,))
    assert (S @ inverse).args == (S, inverse)
    assert (a - a).args == (a, nodes.Neg((a,)))
    assert (1 * a).args == (term(1), a)
    assert (X.T.T).args == (X.T,)


def test_operators():
    assert (2 - x).args == (term(2), nodes.Neg((x,)))
    assert (1 / a).args == (term(1), a)
    assert (a**-1).exponent == Fraction(-1)
    assert a * b == a @ b
    assert x + y + 1 == nodes.Add((x, y, term(1)))
    assert term(Dim.of("n")) == nodes.Size(dim=Dim.of("n"))
    assert nodes.add((x,)) is x


def test_an_unknown_function_is_refused():
    with pytest.raises(ValueError, match="no elementwise function is called 'gelu'; known: exp, log"):
        nodes.Apply((x,), "gelu")


def test_members_of_a_family():
    family = symbol("W", "n_l x n_{l-1}", indices=(Index("l"),), style="[]")
    assert family.member(2).key == "W_2"
    assert family.member("l-1").key == "W_l-1"
    assert [node.key for node in (family @ family.T).walk() if isinstance(node, Symbol)] == ["W_l", "W_l"]


@given(terms())
def test_walking_visits_every_subterm_parents_first(t):
    walked = list(t.walk())
    assert walked[0] is t
    assert len(walked) == 1 + sum(len(list(arg.walk())) for arg in t.args)
