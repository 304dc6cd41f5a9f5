"""Each elementwise function: SymPy's derivative, the engine's and the difference agree over its domain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Apply
from derive.verify.evidence import Answer
from tests.verify.hand_built import examined, model, scalars

# By hand, so that four witnesses cannot be wrong together.
SLOPES = {
    "exp": np.exp,
    "log": lambda t: 1 / t,
    "tanh": lambda t: 1 / np.cosh(t) ** 2,
    "sigmoid": lambda t: np.exp(-np.abs(t)) / (1 + np.exp(-np.abs(t))) ** 2,
    "relu": lambda t: float(t > 0),
    "softplus": lambda t: 1 / (1 + np.exp(-t)),
    "sin": np.cos,
    "cos": lambda t: -np.sin(t),
    "sqrt": lambda t: 0.5 / np.sqrt(t),
    "abs": np.sign,
    "square": lambda t: 2 * t,
}


def of(function, at_kink="0"):
    w, x, y, z, loss = scalars("w", "x", "y", "z", "L")
    return model(function, [(z, Apply((w,), function)), (loss, z @ x + y)], (w,), x, y, sizes={}, at_kink=at_kink)


def test_every_function_has_a_slope_by_hand():
    assert set(SLOPES) == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
@settings(max_examples=25)
@given(data=st.data())
def test_all_say_the_slope(function, data):
    row = FUNCTIONS[function]
    low, high = max(row.low, -30.0), min(row.high, 30.0)
    numbers = st.floats(low, high, exclude_min=row.low == low, allow_subnormal=False)
    t = data.draw(numbers.filter(lambda t: all(abs(t - kink) > 1e-3 for kink in (*row.kinks, row.low, row.high))))
    found = examined(of(function), {}, w=repr(t), x=3, y=0)
    assert found.answer is Answer.AGREED
    assert not found.kinks
    for name, reading in found.readings.items():
        said = reading.values["w"].item()
        np.testing.assert_allclose(said, 3 * SLOPES[function](t), rtol=1e-9, atol=1e-14, err_msg=name)


@pytest.mark.parametrize(("convention", "slope"), [("0", 0.0), ("1/2", 0.5), ("1", 1.0)])
def test_at_its_kink_relu_has_the_slope_of_the_convention(convention, slope):
    found = examined(of("relu", convention), {}, w=0, x=3, y=1)
    assert found.answer is Answer.AGREED
    assert [str(kink) for kink in found.kinks] == ["the argument of relu in z[1,1] is 0, at the kink"]
    for name in ("rule", "component", "engine", "steps", "jacobians"):
        assert found.readings[name].values["w"].item() == 3 * slope, name
    assert "w" not in found.readings["difference"].values
    assert found.readings["difference"].values["z"].item() == 3  # the kink is not between z and the loss


def test_at_its_kink_abs_is_named_and_the_difference_silent():
    found = examined(of("abs"), {}, w=0, x=3, y=1)
    assert found.answer is Answer.AGREED
    assert [kink.function for kink in found.kinks] == ["abs"]
    assert "w" not in found.readings["difference"].values
    assert {name: found.readings[name].values["w"].item() for name in ("rule", "component", "engine")} == {
        "rule": 0, "component": 0, "engine": 0,
    }  # fmt: skip
