"""Saturated outputs, extreme data and cancellation: no false alarm, right values, and errors that are still seen."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.models.catalogue import build
from derive.models.model import symbol
from derive.symbolic.scalars import numeric_derivatives
from derive.terms import arithmetic as arithmetics
from derive.terms.nodes import Apply, SquaredNorm
from derive.verify import witnesses
from derive.verify.evidence import Answer, gather
from derive.verify.magnitudes import Sized, SizedArithmetic, lost
from derive.verify.witnesses import NAMES, Saturated
from tests.verify.hand_built import examined, log_tanh, model, vectors

LOGITS = (1, 10, 17, 18, 20, 25, 30, 34, 36, 37, 38, 40, 50, 60, 68, 70, 80, 100, 300, 700, 740, 800)


def logistic(logit, label):
    """One weight w = 1, one feature x = logit."""
    return examined(build("mlp", {"layers": "1"}), {"d": 1, "k": 1}, x=[logit], y=[label], W_1=[[1]], b_1=[0])


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("logit", LOGITS)
def test_a_saturated_logit(logit, sign, label):
    logit *= sign
    found = logistic(logit, label)
    assert found.answer is Answer.AGREED
    with mpmath.workdps(800):  # dL/dz = p - y and L = ln(1 + e^-z), ln(1 + e^z), in numbers long enough
        slope = 1 / (1 + mpmath.exp(-logit)) - label
        loss = mpmath.log(1 + mpmath.exp(logit if label == 0 else -logit))
    for name in NAMES:
        reading = found.readings[name]
        assert not reading.silent
        # Below 1e-290 a float64 has no 9 digits left; it must be as small, and not of another sign.
        np.testing.assert_allclose(reading.values["z_1"].item(), float(slope), rtol=1e-9, atol=1e-290, err_msg=name)
        np.testing.assert_allclose(reading.values["W_1"].item(), float(slope * logit), rtol=1e-9, atol=1e-290)
        np.testing.assert_allclose(reading.loss, float(loss), rtol=1e-9, atol=1e-290)


def test_a_gradient_beyond_float64_is_said_to_be():
    """dL/dyhat = 1/(1 - p) = e^800."""
    found = logistic(800, 0)
    assert found.beyond == {"yhat"}
    assert all("yhat" not in reading.values for reading in found.readings.values())
    assert {c.key for c in found.comparisons if c.witness == "engine"} == {"z_1", "W_1", "b_1", "L"}


@pytest.mark.parametrize("logit", [2300, 2400, 10**6])
def test_beyond_a_thousand_digits_saturation_is_named(logit):
    with pytest.raises(Saturated, match=r"the loss is not finite|rounding takes all of 1000 digits"):
        logistic(logit, 0)


@pytest.mark.parametrize("logit", [5, 15, 18, 19, 25, 60, 200])
def test_where_float64_has_no_digits_left_the_engine_is_silent_and_not_wrong(logit):
    found = examined(log_tanh(), {}, w=1, x=logit, y=0)
    assert found.answer is Answer.AGREED
    expected = -2 * logit * np.tanh(logit)  # d ln(1 - tanh^2 t) = -2 tanh t dt
    for name in ("rule", "component", "difference"):
        np.testing.assert_allclose(found.readings[name].values["w"].item(), expected, rtol=1e-9, err_msg=name)
    assert bool(found.readings["engine"].silent) == (logit >= 19)


@pytest.mark.parametrize("scale", ["1e-300", "1e-100", "1e-30", "1e-8", "1e8", "1e30", "1e100"])
@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_data_of_any_scale(scale, loss):
    """The weights undo the scale for the logistic loss, which would saturate."""
    options = {"loss": loss, "output": "sigmoid" if loss == "bce" else "identity"}
    small, large = (float(scale), 1 / float(scale)) if loss == "bce" else (float(scale), 1.0)
    weights = [[0.37 * large, 0.2 * large], [-0.3 * large, 0.4 * large]]
    found = examined(
        build("mlp", options), {"d": 2, "h": 2, "k": 1},
        x=[small, 2 * small], y=[1], W_1=weights, b_1=[0.1, 0.2], W_2=[[0.5, 0.6]], b_2=[0],
    )  # fmt: skip
    assert found.answer is Answer.AGREED
    assert not any(found.readings[name].silent for name in NAMES)
    assert {(c.key, c.witness) for c in found.comparisons} >= {("W_1", "engine"), ("b_1", "difference")}


def test_a_deep_net():
    evidence = gather(build("mlp", {"layers": "6", "hidden": "sigmoid"}))
    assert evidence.agreed


# ---------------------------------------------------------------- cancelling


def cancelling():
    """L = |2 (W x + b) - u - b - y|^2 with u = W x + b: large terms that leave nothing of b."""
    x, y, b, z, u = vectors("x", "y", "b", "z", "u")
    W, loss = symbol("W", "d x d"), symbol("L", "scalar")
    steps = [(u, W @ x + b), (z, u + u - u - b), (loss, SquaredNorm((z - y,)))]
    return model("cancelling", steps, (W, b), x, y)


def test_a_gradient_that_is_0_by_cancelling_raises_no_alarm():
    found = examined(cancelling(), {"d": 2}, W=[[1e6, "0.1"], [3, 1e-6]], x=[1e5, "0.7"], y=["0.1", 7], b=[1e7, "0.3"])
    assert found.answer is Answer.AGREED
    gradients = {name: found.readings[name].values["b"] for name in NAMES}
    assert np.all(gradients["rule"] == 0)


def test_a_gradient_that_is_0_at_every_point_is_no_evidence():
    evidence = gather(cancelling())
    assert evidence.answer is Answer.UNDECIDED
    assert not any(True for _ in evidence.disagreements())
    assert len(evidence.drawn) > 4  # more points were tried
    assert any("zeros" in gap and gap.endswith("b") for gap in evidence.gaps)


def test_one_side_of_a_kink_is_no_evidence():
    """ReLU(exp(z)) is never off."""
    x, y, W = *vectors("x", "y"), symbol("W", "d x d")
    z, a = vectors("z", "a")
    steps = [(z, Apply((W @ x,), "exp")), (a, Apply((z,), "relu")), (symbol("L", "scalar"), SquaredNorm((a - y,)))]
    evidence = gather(model("always on", steps, (W,), x, y))
    assert evidence.answer is Answer.UNDECIDED
    assert any("never seen below its kink" in gap for gap in evidence.gaps)


@pytest.mark.parametrize("options", [{"layers": "4"}, {"layers": "3", "hidden": "tanh"}, {"arrangement": "columns"}])
def test_a_relative_error_of_1e_5_in_a_gradient_is_seen_through_depth(options, monkeypatch):
    right = witnesses.engine

    def engine(model, point):
        reading = right(model, point)
        reading.values["W_1"] *= 1 + 1e-5
        return reading

    monkeypatch.setattr(witnesses, "engine", engine)
    found = gather(build("mlp", options))
    assert found.answer is Answer.DISAGREED
    assert {(c.key, c.witness) for c in found.disagreements()} == {("W_1", "engine")}


# ---------------------------------------------------------------- magnitudes


def numbers():
    return SizedArithmetic(arithmetics.digits(30, numeric_derivatives(Fraction(0), 30)))


def number(value):
    return Sized(np.array([[mpmath.mpf(value)]], dtype=object))


def test_size_is_the_sum_of_the_magnitudes():
    a, b = number(3), number(5)
    found = a * b - b * a
    assert (found.value.item(), found.size.item()) == (0, 30)
    assert found.noise.item() == 60  # each product may be wrong by two units of each factor


@settings(max_examples=60)
@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0.1, 50))
def test_noise_bounds_the_error_of_float64(p, q, r):
    """Sums, differences, products and a quotient, in float64 against many digits."""
    exact, plain = [number(v) for v in (p, q, r)], (p, q, r)

    def of(a, b, c):
        return (a * b - b * b / c + c) / c

    sized, rounded = of(*exact), of(*plain)
    error = abs(float(sized.value.item()) - rounded)
    assert error <= 4 * 2.0**-53 * float(sized.noise.item())
    assert sized.noise.item() >= abs(sized.value.item())


def test_a_function_passes_on_the_noise_and_starts_the_size_afresh():
    arithmetic = numbers()
    one = Sized(arithmetic.inner.ones((1, 1)))
    p = arithmetic.apply("sigmoid", 0, number(40))
    rest = arithmetic.apply("log", 0, one - p)
    assert 39 < rest.size.item() < 41
    assert lost(rest) > 1e15 / 40  # all that float64 has
    assert arithmetic.lost == lost(rest)


def test_softplus_far_below_loses_its_digits_inside():
    arithmetic = numbers()
    assert lost(arithmetic.apply("softplus", 0, number(-40))) > 1e15
    assert lost(arithmetic.apply("softplus", 0, number(1))) < 10


def test_on_a_kink_the_noise_goes_on_whatever_the_convention():
    arithmetic = numbers()
    argument = number(1) - number(1)
    found = arithmetic.apply("relu", 0, argument)
    assert (found.value.item(), found.size.item(), found.noise.item()) == (0, 2, 2)
    off = arithmetic.apply("relu", 0, number(-1))
    assert (off.size.item(), off.noise.item()) == (0, 0)
