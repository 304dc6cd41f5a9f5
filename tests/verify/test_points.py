"""Where witnesses are asked: general position, and what happens on a kink and near one."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.models.catalogue import build
from derive.models.model import Model, symbol
from derive.terms.definitions import Definition
from derive.terms.dims import Dim
from derive.terms.indices import Index
from derive.terms.nodes import Apply, Component, SquaredNorm, Sum
from derive.verify import points
from derive.verify.evidence import Answer, gather
from derive.verify.points import distinct_sizes, draw, sides
from derive.verify.tensors import TensorArithmetic
from derive.verify.witnesses import NAMES
from tests.verify.hand_built import examined, model, point_of, scalar_net, scalars

MODELS = [
    ("linear-scalar", {}),
    ("linear", {"arrangement": "columns"}),
    ("logistic", {}),
    ("mlp", {}),
    ("mlp", {"layers": "4", "arrangement": "rows"}),
]


@pytest.mark.parametrize(("name", "options"), MODELS)
def test_dimensions_are_distinct_and_at_least_2(name, options):
    made = build(name, options)
    up, down = distinct_sizes(made)
    for sizes in (up, down):
        assert set(sizes) == set(made.dimensions)
        assert len(set(sizes.values())) == len(sizes)
        assert min(sizes.values()) >= 2
    assert up != down


def test_composed_dimensions_are_distinct_too():
    """With d = 2 and h = 3, d + 1 and h would coincide, and 2 h would be n."""
    x, y, W = symbol("x", "d+1"), symbol("y", "h"), symbol("W", "h x d+1")
    V, u = symbol("V", "2h x n"), symbol("u", "n")
    steps = [(symbol("L", "scalar"), SquaredNorm((W @ x - y,)) + SquaredNorm((V @ u,)))]
    made = model("composed", steps, (W, V, u), x, y, sizes={"d": 2, "h": 2, "n": 2})
    for sizes in distinct_sizes(made):
        assert len({Dim.of(name).size(sizes) for name in ("d+1", "h", "2h", "n")}) == 4


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), which=st.sampled_from(MODELS), second=st.booleans())
def test_points_are_in_general_position(seed, which, second):
    made = build(*which)
    sizes = distinct_sizes(made)[second]
    point = draw(made, sizes, [seed], "drawn")
    for given_symbol in made.given:
        array = point.values[given_symbol.key]
        assert array.shape == given_symbol.shape.sizes(sizes)
        assert all(isinstance(entry, Fraction) and entry != 0 for entry in array.ravel())
    if made.kinked and len(point.redrawn) < points.TRIES:
        for definition, application in made.kinked:
            both = {(definition.symbol.key, application.function, above) for above in (True, False)}
            assert both <= sides(made, point)
    assert draw(made, sizes, [seed], "drawn").values.keys() == point.values.keys()
    assert all(np.all(draw(made, sizes, [seed], "again").values[key] == array) for key, array in point.values.items())


def test_what_was_too_near_a_kink_is_named():
    made = build("mlp", {"arrangement": "rows", "layers": "3"})
    sizes = distinct_sizes(made)[0]
    named = [name for seed in range(12) for name in draw(made, sizes, [seed], "drawn").redrawn]
    assert named
    assert all(name.startswith("the argument of relu in A_") and name.endswith("at the kink") for name in named)
    near = [abs(float(name.split()[7].rstrip(","))) for name in named]
    assert max(near) < points.CLEAR


@pytest.mark.parametrize("seed", range(8))
def test_a_single_relu_is_seen_on_both_sides_by_more_points(seed):
    evidence = gather(scalar_net(), seed=seed)
    assert evidence.agreed
    seen = set().union(*(sides(evidence.model, point.point) for point in evidence.drawn))
    assert seen == {("a", "relu", True), ("a", "relu", False)}


# ---------------------------------------------------------------- kinks


XOR = {
    "X": [[0, 0], [0, 1], [1, 0], [1, 1]],
    "Y": [[0], [1], [1], [0]],
    "W_1": [["0.37", "0.2"], ["-0.3", "0.4"]],
    "b_1": [0, 0],
    "W_2": [["0.5"], ["0.6"]],
    "b_2": [0],
}
SIZES = {"n": 4, "d": 2, "h": 2, "k": 1}


@pytest.mark.parametrize(("convention", "slope"), [("0", 0.0), ("1/2", 0.5), ("1", 1.0)])
def test_xor_with_zero_biases_lies_on_two_kinks(convention, slope):
    made = build("mlp", {"arrangement": "rows", "relu-at-zero": convention})
    found = examined(made, SIZES, **XOR)
    assert [(kink.symbol.key, kink.row, kink.column, kink.exactly) for kink in found.kinks] == [
        ("A_1", 1, 1, True),
        ("A_1", 1, 2, True),
    ]
    assert found.answer is Answer.AGREED
    assert set(found.readings["difference"].values) == {"W_2", "b_2", "A_1", "Z_2", "Yhat"}  # not behind the kink
    for name in ("rule", "component", "engine", "steps", "jacobians"):
        values = found.readings[name].values
        np.testing.assert_allclose(values["Z_1"][0], slope * values["A_1"][0], rtol=1e-12, err_msg=name)
    assert np.all(found.readings["rule"].values["A_1"][0] != 0)

    evidence = gather(made, point_of(SIZES, **XOR))
    assert evidence.agreed
    assert all(not point.kinks for point in evidence.drawn)  # and confirmed where there is no kink, by all four
    confirmed = {(c.key, c.witness) for point in evidence.drawn for c in point.comparisons}
    assert {("W_1", name) for name in NAMES[1:]} <= confirmed


@pytest.mark.parametrize("convention", ["0", "1"])
def test_a_kink_that_only_rounding_decides_is_named_and_not_judged(convention):
    """0.1 + 0.2 - 0.3 is 5.6e-17 in float64 and 0 or not in more digits, as they fall."""
    made = build("mlp", {"relu-at-zero": convention})
    found = examined(
        made, {"d": 3, "h": 2, "k": 1},
        x=["0.1", "0.2", "-0.3"], y=[1], W_1=[[1, 1, 1], [1, -1, 1]], b_1=[0, 0], W_2=[["0.5", "0.6"]], b_2=[0],
    )  # fmt: skip
    assert [(kink.symbol.key, kink.row, kink.exactly) for kink in found.kinks] == [("a_1", 1, False)]
    assert found.answer is Answer.AGREED
    judged = {c.key for c in found.comparisons}
    assert judged == {"L", "yhat", "z_2", "W_2", "b_2", "a_1"}
    assert found.unjudged >= {"W_1", "b_1", "z_1"}
    for name in (*NAMES[1:], "steps", "jacobians"):
        assert not {"W_1", "b_1", "z_1"} & set(found.readings[name].values)


def test_cancelling_without_rounding_lies_on_the_kink_exactly():
    """1 - 1 is 0 in every arithmetic."""
    found = examined(
        build("mlp", {"relu-at-zero": "1"}), {"d": 2, "h": 2, "k": 1},
        x=[1, 1], y=[1], W_1=[[1, -1], [1, 1]], b_1=[0, 0], W_2=[["0.5", "0.25"]], b_2=[0],
    )  # fmt: skip
    assert [kink.exactly for kink in found.kinks] == [True]
    assert found.answer is Answer.AGREED
    assert {c.witness for c in found.comparisons if c.key == "W_1"} == {"component", "engine", "steps", "jacobians"}


def test_an_engine_that_ignores_the_convention_is_seen_at_the_kink(monkeypatch):
    right = TensorArithmetic.__init__
    monkeypatch.setattr(TensorArithmetic, "__init__", lambda self, at_zero=0.0: right(self, 0.0))
    made = build("mlp", {"arrangement": "rows", "relu-at-zero": "1/2"})
    assert examined(made, SIZES, **XOR).answer is Answer.DISAGREED


def test_kinks_under_an_index_are_found():
    """yhat_i = ReLU(w x_i + b), and a ReLU inside a sum."""
    n = Dim.of("n")
    x, y, yhat = symbol("x", "n"), symbol("y", "n"), symbol("yhat", "n")
    w, b, loss = scalars("w", "b", "L")

    def at(vector):
        return Component((vector,), Index("i"))

    body = (at(yhat) - at(y)) ** 2 + Apply((at(yhat) - at(x),), "relu")
    made = Model(
        name="entries", title="entries", loss=loss, parameters=(w, b), inputs=x, targets=y, sizes={"n": 2},
        definitions=(Definition(yhat, Apply((w @ at(x) + b,), "relu"), "i"), Definition(loss, Sum((body,), "i", 1, n))),
    )  # fmt: skip
    assert gather(made).agreed
    found = examined(made, {"n": 3}, x=[2, 3, 1], y=[1, 1, 1], w=1, b=-2)  # w x + b = 0, 1, -1
    assert [(kink.symbol.key, kink.row) for kink in found.kinks] == [("yhat", 1)]
    assert found.answer is Answer.AGREED


def test_values_that_are_given_are_kept_even_on_a_kink():
    made = scalar_net()
    values = point_of({}, x=0, y=1, w_1=1, b_1=0, w_2=1, b_2=0).values
    point = draw(made, {}, [0], "document", given=values)
    assert all(np.all(point.values[key] == value) for key, value in values.items())


def test_where_no_try_keeps_clear_of_every_kink_the_one_furthest_from_them_is_taken(monkeypatch):
    made, sizes = build("mlp", {"arrangement": "rows"}), {"n": 80, "d": 10, "h": 12, "k": 1}
    position, seen = points._position, []
    monkeypatch.setattr(points, "_position", lambda *args: seen.append(position(*args)) or seen[-1])
    point = draw(made, sizes, [0], "document")
    assert len(seen) == points.TRIES
    assert all(near for near, _, _ in seen)
    _, nearest, _ = position(made, point)
    assert nearest == max(distance for _, distance, _ in seen) > points.NEAR
