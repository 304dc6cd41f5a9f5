"""The evidence as JSON: the schema of the issue, shapes as on paper, values that NumPy computes on its own."""

import json
from dataclasses import replace

import numpy as np
import pytest

from derive.cli.main import main
from derive.explaining.evidence_json import SCHEMA, to_json
from derive.models.catalogue import build
from derive.verify.evidence import gather
from derive.verify.witnesses import NAMES, Reading
from tests.verify.hand_built import point_of

NUMBERS = {
    "x": ["0.5", "-1.25"],
    "y": ["1", "0"],
    "W_1": [["0.3", "-0.7"], ["0.9", "0.2"], ["-0.4", "-0.6"]],
    "b_1": ["0.1", "-0.3", "0.05"],
    "W_2": [["0.8", "-0.5", "0.33"], ["-1.1", "0.6", "0.25"]],
    "b_2": ["0.4", "-0.15"],
}
SIZES = {"d": 2, "h": 3, "k": 2}


def by_numpy():
    """Forward and backward pass of one example, column vectors flat."""
    v = {key: np.array(value, dtype=float) for key, value in NUMBERS.items()}
    v["z_1"] = v["W_1"] @ v["x"] + v["b_1"]
    v["a_1"] = np.maximum(v["z_1"], 0)
    v["z_2"] = v["W_2"] @ v["a_1"] + v["b_2"]
    v["yhat"] = 1 / (1 + np.exp(-v["z_2"]))
    v["L"] = -np.sum(v["y"] * np.log(v["yhat"]) + (1 - v["y"]) * np.log(1 - v["yhat"]))
    g = {"yhat": (v["yhat"] - v["y"]) / (v["yhat"] * (1 - v["yhat"])), "z_2": v["yhat"] - v["y"]}
    g |= {"W_2": np.outer(g["z_2"], v["a_1"]), "b_2": g["z_2"], "a_1": v["W_2"].T @ g["z_2"]}
    g["z_1"] = g["a_1"] * (v["z_1"] > 0)
    return v, g | {"W_1": np.outer(g["z_1"], v["x"]), "b_1": g["z_1"]}


@pytest.fixture(scope="module")
def evidence():
    return gather(build("mlp"), point_of(SIZES, **NUMBERS), seed=7)


def test_the_keys_of_the_schema(evidence):
    found = to_json(evidence)
    assert found["schema"] == SCHEMA == "derive-explain/1"
    assert {"model", "options", "conventions", "dimensions", "symbols", "gradients", "loss", "agreed"} <= set(found)
    assert found["model"] == "mlp"
    assert found["agreed"] is True
    assert found["dimensions"] == SIZES
    assert found["options"]["hidden"] == "relu"
    assert found["conventions"].items() >= {"arrangement": "example", "relu-at-zero": "0"}.items()
    assert set(found["symbols"]) == {*NUMBERS, "z_1", "a_1", "z_2", "yhat", "L"}
    assert set(found["gradients"]) == {"W_1", "b_1", "W_2", "b_2", "z_1", "a_1", "z_2", "yhat"}
    for gradient in found["gradients"].values():
        assert {"latex", "shape", "witnesses", "max_relative_error"} <= set(gradient)
        assert list(gradient["witnesses"]) == list(NAMES) == ["rule", "component", "engine", "difference"]
        assert 0 < gradient["max_relative_error"] <= 1e-9
    assert found["seed"] == 7


def test_values_are_those_of_numpy(evidence):
    found = json.loads(json.dumps(to_json(evidence), allow_nan=False))
    values, gradients = by_numpy()
    for key, value in values.items():
        assert np.shape(found["symbols"][key]["value"]) == value.shape, key
        np.testing.assert_allclose(found["symbols"][key]["value"], value, rtol=1e-10, err_msg=key)
    for key, gradient in gradients.items():
        for name, said in found["gradients"][key]["witnesses"].items():
            assert np.shape(said) == gradient.shape, (key, name)
            np.testing.assert_allclose(said, gradient, rtol=1e-10, atol=1e-15, err_msg=f"{key} {name}")
    assert found["loss"] == pytest.approx(float(values["L"]), rel=1e-10)
    assert found["losses"] == pytest.approx(dict.fromkeys(NAMES, float(values["L"])), rel=1e-10)


def test_matrices_nested_vectors_flat_scalars_bare():
    found = to_json(gather(build("linear", {"arrangement": "rows"})))
    X, w, b = (found["symbols"][key]["value"] for key in ("X", "w", "b"))
    assert np.shape(X) == (4, 2)
    assert np.shape(w) == (2,)
    assert isinstance(b, float)
    assert np.shape(found["gradients"]["w"]["witnesses"]["rule"]) == (2,)
    assert isinstance(found["gradients"]["b"]["witnesses"]["engine"], float)
    assert isinstance(found["loss"], float)


def test_nothing_is_said_where_a_witness_is_silent():
    numbers = NUMBERS | {"x": [0, 0], "b_1": [0, 0, 0]}
    found = to_json(gather(build("mlp"), point_of(SIZES, **numbers)))
    assert found["agreed"] is True
    for key in ("W_1", "b_1", "z_1"):
        said = found["gradients"][key]["witnesses"]
        assert said["difference"] is None
        assert None not in (said["rule"], said["component"], said["engine"])
    assert found["gradients"]["W_2"]["witnesses"]["difference"] is not None
    assert found["kinks"] == [f"the argument of relu in a_1[{i},1] is 0, at the kink" for i in (1, 2, 3)]


def test_what_float64_cannot_hold_is_null_and_named():
    made = build("mlp", {"layers": "1"})
    found = to_json(gather(made, point_of({"d": 1, "k": 1}, x=[800], y=[0], W_1=[[1]], b_1=[0])))
    json.dumps(found, allow_nan=False)
    assert found["agreed"] is True
    assert set(found["gradients"]["yhat"]["witnesses"].values()) == {None}
    assert found["beyond"] == ["yhat"]
    assert found["gradients"]["W_1"]["witnesses"] == {name: [[800.0]] for name in NAMES}


def test_a_number_that_is_none_is_null_and_not_agreed(evidence):
    wrong = Reading({"W_1": np.full((3, 2), np.nan)}, np.inf)
    readings = {**evidence.document.readings, "engine": wrong}
    found = to_json(replace(evidence, document=replace(evidence.document, readings=readings)))
    json.dumps(found, allow_nan=False)
    assert found["gradients"]["W_1"]["witnesses"]["engine"] == [[None, None]] * 3
    assert found["losses"]["engine"] is None


def test_the_same_seed_gives_the_same_bytes(capsys):
    printed = []
    for seed in ("3", "3", "4"):
        assert main(["explain", "logistic", "--format", "json", "--seed", seed]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2]
    assert json.loads(printed[0])["seed"] == 3
