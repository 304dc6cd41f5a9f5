"""Points in general position, and numbers that two witnesses agree on."""

import numpy as np
import pytest

from derive.checking import program
from derive.checking.judge import Judge
from derive.checking.points import MOST_POINTS, Points, Sizes
from derive.checking.program import Machine
from tests.checking.claims import NETWORK, REGRESSION, RELU, SOFTMAX, readings, verdict


def points_of(front: str, claim: str = "1 = 1") -> Points:
    theory, _ = readings(front, claim)
    return Points(theory, 0)


@pytest.mark.parametrize("names", ["n", "nd", "nmd", "abcdefg"])
def test_sizes_are_distinct_in_a_set_and_between_sets(names):
    first, second = Sizes(names, 0), Sizes(names, 1)
    for sizes in (first, second):
        assert len(set(sizes.values())) == len(names) and min(sizes.values()) >= 2
    assert all(first[name] != second[name] for name in names)


def test_a_dimension_that_only_a_claim_has_gets_its_own_size():
    first, second = Sizes("nd", 0), Sizes("nd", 1)
    assert first["q"] not in (first["n"], first["d"])
    assert first["q"] != second["q"]


def test_piecewise_functions_are_seen_on_both_sides_and_never_near_their_kink():
    points = points_of(RELU)
    seen = set()
    for number in range(points.count):
        machine = points.machine(number)
        assert np.abs(machine.values["z__1"]).min() > 1e-6
        for sides in machine.sides.values():
            seen |= sides
    assert seen == {True, False}


def test_what_has_one_side_only_is_said_and_does_not_hang():
    front = "shapes:\n  c: scalar\ngiven:\n  - q = \\mathrm{ReLU}(c^2 + 1)\n"
    found = verdict(front, r"q = c^2 + 1")
    assert found.verdict == "holds"
    assert any("one side" in note for note in found.assumptions)
    assert points_of(front).count < MOST_POINTS


def test_declared_inputs_are_what_they_are_declared_to_be():
    machine = points_of(SOFTMAX).machine(0)
    labels = machine.inputs["y"]
    assert sorted(np.unique(labels)) == [0.0, 1.0] and labels.sum() == 1.0


def test_inputs_are_away_from_zero():
    machine = points_of(REGRESSION).machine(1)
    assert all(np.abs(value).min() > 0.1 for value in machine.inputs.values())


def test_a_probability_under_a_logarithm_is_drawn_in_its_domain():
    front = "shapes:\n  q: scalar\n  y: scalar\ngiven:\n  - L = -y \\log q - (1 - y) \\log(1 - q)\nloss: L\n"
    assert verdict(front, r"\frac{\partial L}{\partial q} = \frac{q - y}{q (1 - q)}").verdict == "holds"
    assert verdict(front, r"\frac{\partial L}{\partial q} = \frac{q - y}{q (1 + q)}").verdict == "wrong"


def test_a_fault_in_one_witness_decides_nothing(monkeypatch):
    honest = Machine._reverse
    monkeypatch.setattr(Machine, "_reverse", lambda self, *args: 2 * honest(self, *args))
    found = verdict(NETWORK, r"\frac{\partial L}{\partial z_2} = 2 (z_2 - y)")
    assert found.verdict == "undecided" and "disagree" in found.message


def test_a_small_fault_in_one_entry_is_seen_as_well(monkeypatch):
    honest = Machine._reverse

    def faulty(self, *args):
        found = honest(self, *args)
        found[(0,) * found.ndim] *= 1.001
        return found

    monkeypatch.setattr(Machine, "_reverse", faulty)
    assert verdict(NETWORK, r"\frac{\partial L}{\partial z_2} = z_2 - y").verdict != "holds"


def test_a_derivative_inside_a_derivative_is_no_constant():
    front = "shapes:\n  c: scalar\ngiven:\n  - L = c^4\n  - g = \\frac{\\partial L}{\\partial c}\nloss: L\n"
    assert verdict(front, r"\frac{\partial g}{\partial c} = 12 c^2").verdict == "holds"
    assert verdict(front, r"\frac{\partial g}{\partial c} = 0").verdict == "wrong"


def test_the_second_witness_looks_once_at_each_derivative():
    theory, found = readings(NETWORK, *[r"\frac{\partial L}{\partial z_2} = z_2 - y"] * 2)
    judge = Judge(theory)
    for reading in found:
        judge.judge(reading.link)
    assert len(judge.points.confirmed) == 1 and not any(judge.points.confirmed.values())


CURVED = "shapes:\n  w: d\n  v: d\ngiven:\n  - f = \\log(1 + e^{w^\\top v}) + \\|w\\|^4\nloss: f\n"
HESSIAN = r"\nabla_w^2 f = \sigma(w^\top v) (1 - \sigma(w^\top v)) v v^\top + 4 w^\top w I + 8 w w^\top"


def test_a_hessian_has_two_witnesses():
    theory, (reading,) = readings(CURVED, HESSIAN)
    judge = Judge(theory)
    assert judge.judge(reading.link).verdict == "holds"
    assert any("nested" in place for place in judge.points.confirmed)


def test_a_fault_of_the_engine_decides_nothing_about_a_hessian(monkeypatch):
    """The gradient's own witness is kept out, so that only that of the second derivative can see it."""
    honest = Machine._reverse
    monkeypatch.setattr(Machine, "_reverse", lambda self, *args: 2 * honest(self, *args))
    monkeypatch.setattr(Machine, "_confirm", lambda self, *args: None)
    for claim in (HESSIAN, HESSIAN.replace("=", "= 0.5", 1)):
        found = verdict(CURVED, claim)
        assert found.verdict == "undecided" and "disagree" in found.message


def test_a_fault_in_the_differences_decides_nothing_about_a_hessian(monkeypatch):
    honest = Machine._differences

    def faulty(self, *args):
        found = honest(self, *args)
        return found if self.plain else 1.001 * found

    monkeypatch.setattr(Machine, "_differences", faulty)
    found = verdict(CURVED, HESSIAN)
    assert found.verdict == "undecided" and "disagree" in found.message


def test_the_slope_of_an_activation_is_seen_without_the_engine(monkeypatch):
    front = "shapes:\n  z: d\n  v: d\ngiven:\n  - g = v^\\top \\tanh'(z)\nloss: g\n"
    claim = r"\frac{\partial g}{\partial z} = -2 v \odot \tanh(z) \odot (1 - \tanh(z) \odot \tanh(z))"
    assert verdict(front, claim).verdict == "holds"
    honest = program._slope
    monkeypatch.setattr(program, "_slope", lambda function, value: 2 * honest(function, value))
    assert verdict(front, claim).verdict == "undecided"
