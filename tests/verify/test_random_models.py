"""Random models, options, dimensions and numbers: all witnesses agree, and with what NumPy says by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.models.catalogue import MODELS, build
from derive.models.model import Model, symbol
from derive.models.options import OPTIONS
from derive.terms.nodes import Apply, Hadamard, SquaredNorm
from derive.verify.evidence import Answer, gather
from derive.verify.points import draw
from derive.verify.witnesses import NAMES
from tests.verify.hand_built import model, scalars, tied, vectors


@st.composite
def built_in(draw):
    """A built-in model with any options, at small dimensions."""
    name = draw(st.sampled_from(sorted(MODELS)))
    options = {}
    for option in MODELS[name].defaults:
        values = OPTIONS[option].values or ("1", "2", "3", "4")
        options[option] = draw(st.sampled_from(values))
    if options.get("output") == "identity":
        options["loss"] = "mse"
    if options.get("arrangement") != "example" and options.get("layers") == "4":
        options["layers"] = "3"
    return build(name, options)


@settings(max_examples=20)
@given(made=built_in(), seed=st.integers(0, 10**6), data=st.data())
def test_built_in_models(made, seed, data):
    sizes = {name: data.draw(st.integers(1, 3), label=name) for name in made.dimensions}
    found = gather(made, draw(made, sizes, [seed], "document", labels=True), seed=seed)
    assert found.agreed, (found.gaps, list(found.disagreements()))
    for point in found.points:
        compared = {(c.key, c.witness) for c in point.comparisons}
        for key in (s.key for s in (*made.parameters, *made.intermediates)):
            if key not in point.unjudged:
                assert {(key, name) for name in (*NAMES[1:], "steps", "jacobians")} <= compared
        assert {(made.loss.key, name) for name in NAMES[1:]} <= compared


@st.composite
def tangled(draw) -> Model:
    """Definitions that use anything before them, once or more: fan-out, residuals, weights that are tied."""
    x, y, *between = vectors("x", "y", "u_1", "u_2", "u_3")
    W, V, b, c, loss = symbol("W", "d x d"), symbol("V", "d x d"), symbol("b", "d"), *scalars("c", "L")
    known, steps = [x, b], []

    def term(depth):
        if not depth:
            return draw(st.sampled_from(known))
        a = term(depth - 1)
        kind = draw(st.sampled_from(("W", "V", "WT", "tanh", "relu", "sum", "difference", "times", "c")))
        if kind in ("W", "V", "WT"):
            return {"W": W, "V": V, "WT": W.T}[kind] @ a
        if kind in ("tanh", "relu"):
            return Apply((a,), kind)
        if kind == "c":
            return c @ a
        other = draw(st.sampled_from(known))
        return {"sum": a + other, "difference": other - a, "times": Hadamard((a, other))}[kind]

    for u in between[: draw(st.integers(1, 3))]:
        steps.append((u, W @ draw(st.sampled_from(known)) + term(draw(st.integers(1, 2)))))
        known.append(u)
    ends = SquaredNorm((known[-1] - y,)) + SquaredNorm((V @ b,)) + c @ c
    return model("tangled", [*steps, (loss, ends)], (W, V, b, c), x, y)


@settings(max_examples=25)
@given(made=tangled(), seed=st.integers(0, 10**6))
def test_models_with_uses_of_every_kind(made, seed):
    found = gather(made, seed=seed)
    assert found.answer is not Answer.DISAGREED, list(found.disagreements())
    # A ReLU of a square is never off, and what cancels is 0 everywhere: that is undecided, and says so.
    assert found.agreed or found.gaps


@pytest.mark.parametrize("seed", range(3))
def test_tied_weights_against_numpy(seed):
    found = gather(tied(), seed=seed)
    assert found.agreed
    for point in found.points:
        v = point.values
        d2 = 2 * (v["a_2"] - v["y"])
        dz2 = d2 * (v["z_2"] > 0)
        da1 = d2 + v["W"].T @ dz2
        dz1 = dz2 + da1 * (1 - np.tanh(v["z_1"]) ** 2)
        dW = dz2 @ v["a_1"].T + dz1 @ v["x"].T + 2 * v["W"]
        for name, reading in point.readings.items():
            np.testing.assert_allclose(reading.values["W"], dW, rtol=1e-10, atol=1e-12, err_msg=name)
            np.testing.assert_allclose(reading.values["b"], dz2 + dz1, rtol=1e-10, atol=1e-12, err_msg=name)


def test_a_parameter_and_an_intermediate_that_do_not_reach_the_loss():
    x, y, b, v, z, dead, data = vectors("x", "y", "b", "v", "z", "dead", "data")
    W = symbol("W", "d x d")
    loss = SquaredNorm((z + data - y,))
    steps = [(data, Hadamard((x, x))), (z, W @ x + b), (dead, z + v), (symbol("L", "scalar"), loss)]
    found = gather(model("dead ends", steps, (W, b, v), x, y))
    assert found.agreed
    assert {step.symbol.key for step in found.derivation.steps} == {"W", "b", "z"}
    for name in NAMES:  # of `data`, which no parameter moves, nobody asks the gradient
        values = found.document.readings[name].values
        assert set(values) == {"W", "b", "v", "z", "dead"}
        assert not values["v"].any() and not values["dead"].any()
