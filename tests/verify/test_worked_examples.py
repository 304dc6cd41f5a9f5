"""Examples small enough to be worked by hand: every witness says the numbers that stand here."""

import numpy as np
import pytest

from derive.models.catalogue import build
from derive.verify.evidence import Answer, gather
from derive.verify.witnesses import NAMES
from tests.verify.hand_built import examined, point_of, scalar_net


def _assert_all_say(found, expected, loss):
    """Every witness and both checks; the checks have no loss of their own."""
    assert found.answer is Answer.AGREED
    assert set(found.readings) == {*NAMES, "steps", "jacobians"}
    for name, reading in found.readings.items():
        assert not reading.silent
        for key, value in expected.items():
            np.testing.assert_allclose(reading.values[key], np.array(value), rtol=1e-12, atol=1e-15, err_msg=name)
        if name in NAMES:
            assert reading.loss == pytest.approx(loss, rel=1e-12)


def test_scalar_net():
    # z = 0.5 * 2 + 0.1 = 1.1 = a, yhat = -0.3 * 1.1 + 0.2 = -0.13, L = 1.13^2
    # dL/dyhat = -2 * 1.13 = -2.26; dw2 = -2.26 * 1.1; db2 = -2.26; dz = da = -2.26 * -0.3; dw1 = 0.678 * 2; db1 = 0.678
    found = examined(scalar_net(), {}, w_1=0.5, b_1=0.1, w_2=-0.3, b_2=0.2, x=2, y=1)
    expected = {"yhat": [[-2.26]], "w_2": [[-2.486]], "b_2": [[-2.26]], "a": [[0.678]], "z": [[0.678]]}
    _assert_all_say(found, expected | {"w_1": [[1.356]], "b_1": [[0.678]]}, loss=1.2769)


def test_scalar_net_is_boxed_with_these_numbers():
    point = point_of({}, w_1=0.5, b_1=0.1, w_2=-0.3, b_2=0.2, x=2, y=1)
    evidence = gather(scalar_net(), point)
    assert evidence.agreed
    assert evidence.document.values["yhat"] == pytest.approx(-0.13)


def test_regression_net_in_rows():
    # Z1 = X W1 = [0.7, 1.0] = A1 (both on), yhat = 0.35 + 0.6 = 0.95, L = 0.05^2 / 2
    # dyhat = -0.05; dW2 = A1^T dyhat; db2 = dyhat; dA1 = dZ1 = dyhat W2^T; dW1 = X^T dZ1; db1 = dZ1
    options = {"arrangement": "rows", "hidden": "relu", "output": "identity", "loss": "mse", "factor": "1/2"}
    found = examined(
        build("mlp", options),
        {"n": 1, "d": 2, "h": 2, "k": 1},
        X=[[1, 2]], Y=[[1]],
        W_1=[[0.1, 0.2], [0.3, 0.4]], b_1=[0, 0], W_2=[[0.5], [0.6]], b_2=[0],
    )  # fmt: skip
    assert found.values["Yhat"].item() == pytest.approx(0.95)
    expected = {
        "Yhat": [[-0.05]],
        "W_2": [[-0.035], [-0.05]],
        "b_2": [[-0.05]],
        "A_1": [[-0.025, -0.03]],
        "Z_1": [[-0.025, -0.03]],
        "W_1": [[-0.025, -0.03], [-0.05, -0.06]],
        "b_1": [[-0.025], [-0.03]],
    }
    _assert_all_say(found, expected, loss=0.00125)


@pytest.mark.parametrize(("reduction", "share"), [("sum", 1.0), ("mean", 1 / 3)])
@pytest.mark.parametrize("name", ["linear-scalar", "linear"])
def test_a_line_through_three_points_from_zero(name, reduction, share):
    # yhat = 0, so dL/dw = -2 (1*2 + 2*4 + 3*6) = -56, dL/db = -2 (2 + 4 + 6) = -24, L = 4 + 16 + 36
    model = build(name, {"reduction": reduction})
    data = {"x": [1, 2, 3]} if name == "linear-scalar" else {"X": [[1], [2], [3]]}
    sizes = {"n": 3} if name == "linear-scalar" else {"n": 3, "d": 1}
    found = examined(model, sizes, y=[2, 4, 6], w=0, b=0, **data)
    _assert_all_say(found, {"w": [[-56 * share]], "b": [[-24 * share]]}, loss=56 * share)


def test_logistic_loss_of_a_coin():
    # w = 0: yhat = 1/2 whatever x is; L = ln 2; dL/dz = 1/2 - 1; dL/dw = x dL/dz
    found = examined(build("logistic", {"arrangement": "example"}), {"d": 2}, x=[3, -4], y=1, w=[0, 0], b=0)
    expected = {"z": [[-0.5]], "b": [[-0.5]], "w": [[-1.5], [2.0]], "yhat": [[-2.0]]}
    _assert_all_say(found, expected, loss=np.log(2))
