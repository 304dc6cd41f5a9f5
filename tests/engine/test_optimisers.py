"""Gradient descent, momentum and Adam against fractions by hand, NumPy and PyTorch; learning rates that change."""

import json
import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.engine import MLP, SGD, Adam, Value, cosine_decay, exponential_decay, step_decay
from derive.engine import optimisers as optimisers_module
from derive.engine.optimisers import RULES, Rule

TORCH = json.loads(Path(__file__).with_name("torch_reference.json").read_text(encoding="utf-8"))

gradients = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12)
rates = st.floats(0, 1)


def path(make, gradients, start=1.0):
    """Where the parameter is after each step, if these are its gradients."""
    p = Value(start)
    optimiser = make([p])
    found = []
    for gradient in gradients:
        p.grad = gradient
        optimiser.step()
        found.append(p.data)
    return found


# --- numbers from elsewhere ------------------------------------------------------------------------------------------


def ours(name, settings):
    settings = {{"lr": "learning_rate"}.get(key, key): value for key, value in settings.items()}
    return lambda parameters: {"SGD": SGD, "Adam": Adam}[name](parameters, **settings)


@pytest.mark.parametrize("case", TORCH["optimisers"], ids=lambda case: f"{case['name']} {case['settings']}")
def test_steps_are_those_of_pytorch(case):
    assert path(ours(case["name"], case["settings"]), TORCH["gradients"]) == pytest.approx(case["path"], rel=1e-12)


def schedule(name, settings):
    first = TORCH["first"]
    if name == "StepLR":
        return step_decay(first, settings["step_size"], settings["gamma"])
    if name == "ExponentialLR":
        return exponential_decay(first, settings["gamma"])
    return cosine_decay(first, settings["T_max"], settings["eta_min"])


@pytest.mark.parametrize("case", TORCH["schedulers"], ids=lambda case: f"{case['name']} {case['settings']}")
def test_rates_are_those_of_pytorch(case):
    rate = schedule(case["name"], case["settings"])
    assert [rate(t) for t in range(13)] == pytest.approx(case["rates"], rel=1e-12, abs=1e-15)


def test_the_reference_can_tell_the_rules_apart():
    assert len({tuple(case["path"]) for case in TORCH["optimisers"]}) == len(TORCH["optimisers"])
    assert len({tuple(case["rates"]) for case in TORCH["schedulers"]}) == len(TORCH["schedulers"])


def test_momentum_by_hand():
    """mu = 1/2, rate 1/4, gradients 1, 2, -4: v = 1, 5/2, -11/4."""
    v = [Fraction(1), Fraction(5, 2), Fraction(-11, 4)]
    expected = [1 - sum(v[: k + 1]) / 4 for k in range(3)]
    assert path(lambda p: SGD(p, 0.25, momentum=0.5), [1, 2, -4]) == [float(p) for p in expected]


def test_adam_by_hand():
    """b1 = 1/2, b2 = 3/4, rate 1/10, gradients 3 and -1.

    Step 1: m = 3/2, v = 9/4; m' = 3, v' = 9. Step 2: m = 1/4, v = 27/16 + 1/4 = 31/16; m' = 1/3, v' = 31/7.
    """
    expected = [1 - 0.1 * 3 / (3 + 1e-8)]
    expected.append(expected[0] - 0.1 * (1 / 3) / (math.sqrt(31 / 7) + 1e-8))
    assert path(lambda p: Adam(p, 0.1, betas=(0.5, 0.75)), [3, -1]) == pytest.approx(expected, rel=1e-14)


@given(gradients, rates, st.floats(0, 0.999), st.floats(0, 0.9999), st.floats(1e-10, 1))
def test_adam_is_algorithm_1_of_its_paper(g, rate, beta1, beta2, eps):
    """The running means written out as sums over all gradients so far, with NumPy: equation (1) of section 3."""
    g = np.array(g)
    expected, p = [], 1.0
    for t in range(1, len(g) + 1):
        weights1, weights2 = (beta ** np.arange(t - 1, -1, -1.0) for beta in (beta1, beta2))
        mean, square = (w @ values / w.sum() for w, values in ((weights1, g[:t]), (weights2, g[:t] ** 2)))
        p -= rate * mean / (np.sqrt(square) + eps)
        expected.append(p)
    assert path(lambda p: Adam(p, rate, (beta1, beta2), eps), g.tolist()) == pytest.approx(expected, rel=1e-7, abs=1e-7)


# --- laws ------------------------------------------------------------------------------------------------------------


@given(gradients, rates)
def test_without_momentum_each_step_is_rate_times_gradient(g, rate):
    plain = path(lambda p: SGD(p, rate), g)
    assert path(lambda p: SGD(p, rate, momentum=0.0), g) == plain
    previous = 1.0
    for gradient, p in zip(g, plain, strict=True):
        assert p == previous - rate * gradient
        previous = p


@given(gradients, rates, st.floats(0.01, 1))
def test_momentum_is_the_sum_of_all_gradients_each_weaker_than_the_next(g, rate, mu):
    v = [sum(mu ** (k - j) * g[j] for j in range(k + 1)) for k in range(len(g))]
    expected = 1.0 - rate * np.cumsum(v)
    assert path(lambda p: SGD(p, rate, momentum=mu), g) == pytest.approx(expected.tolist(), rel=1e-9, abs=1e-9)


@given(st.floats(1e-3, 1e6) | st.floats(-1e6, -1e-3), rates)
def test_the_first_step_of_adam_has_the_length_of_the_rate(gradient, rate):
    [p] = path(lambda p: Adam(p, rate), [gradient])
    assert 1.0 - p == pytest.approx(math.copysign(rate, gradient), rel=1e-4, abs=1e-15)


@given(gradients, st.floats(0.01, 1), st.sampled_from([2.0**10, 2.0**-10]))
def test_adam_does_not_see_the_scale_of_the_loss(g, rate, scale):
    g = [x for x in g if abs(x) > 0.1] or [1.0]
    scaled = path(lambda p: Adam(p, rate), [scale * x for x in g])
    assert scaled == pytest.approx(path(lambda p: Adam(p, rate), g), rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(
    "make", [SGD, lambda p, rate: SGD(p, rate, momentum=0.9), Adam], ids=["SGD", "momentum", "Adam"]
)
def test_parameters_do_not_know_each_other_and_a_gradient_of_none_leaves_one_alone(make):
    p, q, shared, idle = Value(1.0), Value(1.0), Value(1.0), Value(5.0)
    optimiser = make([p, q, shared, shared, idle], 0.1)
    idle.grad = None
    for step in range(3):
        p.grad, q.grad, shared.grad = 1.0 + step, -2.0, 1.0 + step
        optimiser.step()
    assert p.data == shared.data == path(lambda p: make(p, 0.1), [1.0, 2.0, 3.0])[-1]
    assert q.data == path(lambda p: make(p, 0.1), [-2.0] * 3)[-1]
    assert idle.data == 5.0
    optimiser.zero_grad()
    assert (p.grad, q.grad, idle.grad) == (0.0, 0.0, 0.0)


def test_a_zero_gradient_moves_nothing_at_rest():
    assert path(lambda p: Adam(p, 0.1), [0.0, 0.0]) == [1.0, 1.0]
    assert path(lambda p: SGD(p, 0.1, momentum=0.9), [0.0, 0.0]) == [1.0, 1.0]


def test_every_rule_is_checked_and_a_wrong_one_is_seen(monkeypatch):
    assert set(RULES) == {"gradient descent", "momentum", "adam"}
    dampened = Rule(1, lambda g, v, momentum: ((v := momentum * v + (1 - momentum) * g), v))
    monkeypatch.setitem(optimisers_module.RULES, "momentum", dampened)
    case = next(case for case in TORCH["optimisers"] if "momentum" in case["settings"])
    assert path(ours(case["name"], case["settings"]), TORCH["gradients"]) != pytest.approx(case["path"], rel=1e-3)


# --- the learning rate -----------------------------------------------------------------------------------------------


def test_the_learning_rate_may_be_set_or_be_a_function_of_the_steps_taken():
    p = Value(0.0)
    optimiser = SGD([p], step_decay(1.0, every=2, factor=0.5))
    moves = []
    for _ in range(5):
        before, p.grad = p.data, -1.0
        optimiser.step()
        moves.append(p.data - before)
    assert moves == [1.0, 1.0, 0.5, 0.5, 0.25]
    optimiser.learning_rate = 4.0
    optimiser.step()
    assert (p.data, optimiser.steps) == (7.25, 6)


SCHEDULES = {
    "step": lambda first, steps: step_decay(first, steps),
    "exponential": lambda first, steps: exponential_decay(first, 1 - 1 / (steps + 1)),
    "cosine": lambda first, steps: cosine_decay(first, steps),
}


@pytest.mark.parametrize("name", SCHEDULES)
@given(first=st.floats(0, 10), steps=st.integers(1, 50))
def test_a_schedule_starts_at_the_first_rate_never_rises_and_never_falls_below_zero(name, first, steps):
    rate = SCHEDULES[name](first, steps)
    found = [rate(t) for t in range(2 * steps + 2)]
    assert found[0] == first
    assert all(0.0 <= later <= earlier for earlier, later in pairwise(found))


@given(st.floats(0, 10), st.floats(0, 1), st.integers(1, 50))
def test_the_cosine_ends_at_its_last_rate_is_halfway_in_the_middle_and_stays(first, part, half):
    last = part * first
    rate = cosine_decay(first, 2 * half, last)
    assert rate(half) == pytest.approx((first + last) / 2)
    assert rate(2 * half) == rate(2 * half + 7) == pytest.approx(last)


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "message"), [
    (lambda: SGD([], -0.1), "a learning rate is a number >= 0, not -0.1"),
    (lambda: Adam([], math.nan), "a learning rate is a number >= 0, not nan"),
    (lambda: SGD([], 0.1, momentum=1.1), "momentum is a number from 0 to 1, not 1.1"),
    (lambda: Adam([], 0.1, betas=(0.9, 1.0)), r"from 0 to below 1, not \(0.9, 1.0\)"),
    (lambda: Adam([], 0.1, eps=0.0), "eps is a number above 0"),
    (lambda: step_decay(0.1, 0), "every is a number of steps >= 1, not 0"),
    (lambda: step_decay(0.1, 5, 1.5), "the factor of a decay is a number from 0 to 1, not 1.5"),
    (lambda: exponential_decay(-1.0, 0.5), "a learning rate is a number >= 0, not -1.0"),
    (lambda: cosine_decay(0.1, 0), "steps is a number of steps >= 1, not 0"),
    (lambda: cosine_decay(0.1, 10, 0.2), "a number from 0 to the first rate 0.1, not 0.2"),
])
def test_nonsense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# --- on a network ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [
    lambda p: SGD(p, 0.5), lambda p: SGD(p, 0.1, momentum=0.9), lambda p: Adam(p, 0.05),
    lambda p: SGD(p, cosine_decay(0.5, 60)),
], ids=["SGD", "momentum", "Adam", "cosine"])
def test_each_of_them_trains_a_network(make):
    network = MLP(1, [4, 1], activation="tanh", seed=0)
    optimiser = make(network.parameters())
    losses = []
    for _ in range(60):
        loss = sum((network([x]) - abs(x)) ** 2 for x in range(-2, 3)) / 5
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.data)
    assert losses[-1] < 0.4 * losses[0]
