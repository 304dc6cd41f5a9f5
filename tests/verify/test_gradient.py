"""check_gradient: planted bugs are found and explained, right gradients pass, kinks are named, bad input is refused."""

import itertools
import math
import re
from textwrap import dedent

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.verify.gradient import check_gradient
from derive.verify.gradient_complex import ComplexStep
from derive.verify.gradient_differences import Line


def opaque(loss):
    """The same loss, which cannot be followed with complex numbers: only finite differences are left."""
    return lambda *arrays: float(loss(*[np.asarray(array).astype(float) for array in arrays]))


def verdicts(report):
    """(agreed, differing, kinks, undecided) of a report on a single parameter."""
    (result,) = report.parameters
    return result.agreed, result.differing, result.kinks, result.undecided


class TanhNet:
    """mean((tanh(X W1 + b1) W2 - y)^2) with X 5 x 3, W1 3 x 4, b1 4, W2 4 x 1."""

    def __init__(self, seed=0, activation=np.tanh, slope=lambda z: 1 - np.tanh(z) ** 2):
        draw = np.random.default_rng(seed).normal
        self.X, self.y = draw(size=(5, 3)), draw(size=(5, 1))
        self.at = {"W1": draw(size=(3, 4)), "b1": draw(size=4), "W2": draw(size=(4, 1))}
        self.activation, self.slope = activation, slope

    def loss(self, W1, b1, W2):
        return np.mean((self.activation(self.X @ W1 + b1) @ W2 - self.y) ** 2)

    def gradient(self, W1, b1, W2):
        Z = self.X @ W1 + b1
        delta = 2 * (self.activation(Z) @ W2 - self.y) / len(self.y)
        back = (delta @ W2.T) * self.slope(Z)
        return {"W1": self.X.T @ back, "b1": back.sum(axis=0), "W2": self.activation(Z).T @ delta}

    def check(self, **changed):
        right = self.gradient(**self.at)
        wrong = {name: changed[name](value) if name in changed else value for name, value in right.items()}
        return check_gradient(self.loss, wrong, self.at)


@pytest.fixture
def net():
    return TanhNet()


# --- right gradients ---


@given(
    seed=st.integers(0, 10**6),
    rows=st.integers(1, 4),
    columns=st.integers(1, 4),
    size=st.sampled_from([1e-3, 1.0, 30.0]),
    hidden=st.booleans(),
)
def test_the_right_gradient_of_a_random_smooth_loss_agrees(seed, rows, columns, size, hidden):
    draw = np.random.default_rng(seed).normal
    A, B, x = draw(size=(rows, rows)), draw(size=(rows, columns)), size * draw(size=(rows, columns))

    def loss(x):
        return np.sum(np.sin(A @ x) * B) + 0.5 * np.mean(x * x) + np.sum(np.log(1 + np.exp(x - 1)))

    def gradient(x):
        return A.T @ (np.cos(A @ x) * B) + x / x.size + 1 / (1 + np.exp(1 - x))

    report = check_gradient(opaque(loss) if hidden else loss, gradient, x, seed=seed)
    assert report.answer != "differs", str(report)
    assert report.parameters[0].agreed > 0 or x.size == 1


@given(seed=st.integers(0, 10**6), factor=st.sampled_from([0.0, -1.0, 0.5, 0.999, 1.0001, 2.0]), hidden=st.booleans())
def test_a_wrong_entry_is_found_wherever_it_is(seed, factor, hidden):
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(3, 4))
    spot = tuple(draw.integers(0, (3, 4)).tolist())
    gradient = np.cosh(x)
    gradient[spot] *= factor
    loss = opaque(lambda x: np.sum(np.sinh(x))) if hidden else lambda x: np.sum(np.sinh(x))
    report = check_gradient(loss, gradient, x)
    assert not report
    assert [entry.index for entry in report.worst if entry.verdict == "differs"] == [spot]
    assert report.parameters[0].agreed == 11


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("activation", "slope"),
    [
        (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
        (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
        (lambda z: np.where(z > 0, z, 0.1 * z), lambda z: np.where(z > 0, 1, 0.1)),
        (np.abs, np.sign),
        (lambda z: z * (z > 0), lambda z: (z > 0) * 1.0),
        (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
        (lambda z: np.logaddexp(0, z), lambda z: 1 / (1 + np.exp(-z))),
        (lambda z: np.clip(z, -1, 1), lambda z: (np.abs(z) < 1) * 1.0),
    ],
)
def test_the_right_gradient_of_a_net_agrees(seed, activation, slope):
    net = TanhNet(seed, activation, slope)
    report = net.check()
    assert report.agrees and not report.kinks and not report.undecided, str(report)


def test_a_loss_that_normalises_by_maximum_mean_and_variance_is_followed_exactly():
    x = np.array([[0.3, -1.0, 2.0], [1.0, 0.5, 0.2]])

    def loss(x):
        z = x - x.max(axis=1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return -np.log(p[0, 1]) - np.log(p[1, 2]) + np.var(x) + np.linalg.norm(x)

    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    target = np.array([[0, 1, 0], [0, 0, 1]])
    right = p - target + 2 * (x - x.mean()) / x.size + x / np.sqrt(np.sum(x * x))
    assert check_gradient(loss, right, x).expect(strict=True)
    assert not check_gradient(loss, p, x)


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("inner, outer", [(1.0, 1e-8), (1e8, 1e-8), (1e-8, 1e8), (1.0, 1.0)])
def test_badly_scaled_parameters(inner, outer, hidden):
    """tanh(inner x) at entries of the size of `outer`: flat, or varying on the scale of the parameter."""
    x = outer * np.array([0.3, -1.1, 0.7, 1.9])
    loss = opaque(lambda x: np.sum(np.tanh(inner * x))) if hidden else lambda x: np.sum(np.tanh(inner * x))
    right = inner * (1 - np.tanh(inner * x) ** 2)
    assert check_gradient(loss, right, x).expect(strict=True)
    assert verdicts(check_gradient(loss, 1.001 * right, x)) == (0, 4, 0, 0)


def test_scales_mixed_in_one_array():
    scale = np.array([1e8, 1.0, 1e-8])
    x = np.array([1e-8, 0.5, 1e8])
    right = scale * (1 - np.tanh(scale * x) ** 2)
    for loss in (lambda x: np.sum(np.tanh(scale * x)), opaque(lambda x: np.sum(np.tanh(scale * x)))):
        assert check_gradient(loss, right, x).expect(strict=True)
        assert verdicts(check_gradient(loss, right * [2, 1, 1], x)) == (2, 1, 0, 0)


@pytest.mark.parametrize("hidden", [False, True])
def test_a_large_constant_in_the_loss(hidden):
    x = np.array([0.3, -1.1, 0.7])
    loss = opaque(lambda x: 1e6 + np.sum(np.sin(x))) if hidden else lambda x: 1e6 + np.sum(np.sin(x))
    assert check_gradient(loss, np.cos, x).expect(strict=True)
    assert verdicts(check_gradient(loss, np.cos(x) * [1, 1.01, 1], x)) == (2, 1, 0, 0)


def test_beside_a_constant_that_drowns_the_loss_nothing_is_decided_by_differences_alone():
    report = check_gradient(opaque(lambda x: 1e14 + np.sum(np.sin(x))), np.cos, np.array([0.3, 0.7]))
    assert report.answer == "undecided" and not report
    assert all("noise" in entry.why for entry in report.undecided) and len(report.undecided) == 2


def test_a_tiny_entry_beside_a_large_one_is_judged_exactly_or_not_at_all():
    x, right = np.array([1.0, 0.5]), np.array([1.0, 1e-12 * math.cos(0.5)])

    def loss(x):
        return x[0] + 1e-12 * np.sin(x[1])

    assert check_gradient(loss, right, x).expect(strict=True)
    assert verdicts(check_gradient(loss, right * [1, 2], x)) == (1, 1, 0, 0)
    for factor in (1, 2):
        assert verdicts(check_gradient(opaque(loss), right * [1, factor], x)) == (1, 0, 0, 1)


def test_a_true_zero_agrees_and_a_spurious_one_does_not():
    x = np.array([0.4, 0.3])
    assert check_gradient(lambda x: np.sin(x[0]), lambda x: np.array([np.cos(x[0]), 0.0]), x).expect(strict=True)
    assert verdicts(check_gradient(lambda x: np.sin(x[0]), np.array([0.0, 0.0]), x)) == (1, 1, 0, 0)
    minimum = np.ones(3)
    for loss in (lambda x: np.sum((x - 1) ** 2), opaque(lambda x: np.sum((x - 1) ** 2))):
        assert check_gradient(loss, np.zeros(3), minimum).expect(strict=True)


def test_a_rounding_error_in_the_place_of_a_zero_agrees():
    """Softmax does not feel a shift of all logits: its derivative is 0, and comes out as 1e-17."""

    def loss(shift, logits):
        p = np.exp(logits + shift)
        return -np.log(p[0] / p.sum())

    logits = np.array([1.0, 2.0, 3.0])
    p = np.exp(logits) / np.exp(logits).sum()
    assert check_gradient(loss, (2e-17, p - [1, 0, 0]), (0.3, logits)).expect(strict=True)


def test_a_loss_in_single_precision_is_undecided_and_a_gross_error_in_it_found():
    w = np.linspace(0.1, 1, 7)

    def loss(w):
        return np.sum(np.sin(w.astype(np.float32)))

    report = check_gradient(loss, np.cos, w)
    assert report.answer == "undecided"
    assert "single precision" in str(report)
    assert verdicts(check_gradient(loss, 1.1 * np.cos(w), w)) == (0, 7, 0, 0)


def test_many_entries_with_large_truncation_errors_raise_no_false_alarm():
    x = np.linspace(0.1, 2, 400)
    loss = opaque(lambda x: np.sum(np.sin(1e5 * x)))
    report = check_gradient(loss, lambda x: 1e5 * np.cos(1e5 * x), x)
    assert report.parameters[0].differing == 0 and report.parameters[0].agreed > 300


# --- the complex step is not fooled ---


@pytest.mark.parametrize(
    "loss",
    [
        lambda w: np.sum(w**2) + np.sum(np.abs(np.asarray(w))),
        lambda w: np.sum(w**2) + np.linalg.norm(w, 1),
        lambda w: np.sum((w * np.conj(w)).real) + np.sum(np.abs(w)),
        lambda w: np.sum(np.square(w)) + sum(abs(float(v)) for v in w),
        lambda w: np.sum(w**2) + np.sum(np.maximum(w, -w)),
        lambda w: np.sum(w**2) + np.sum(np.where(w > 0, w, -w)),
        lambda w: np.sum(w**2) + np.sum(w * np.sign(w)),
        lambda w: np.sum(w**2) + np.sum(np.sqrt(w**2)),
        lambda w: np.sum(w**2) + np.sum(np.abs(np.fft.fft(w)) ** 2) / w.size * 0 + np.sum(np.fabs(w)),
    ],
)
def test_losses_that_leave_the_analytic_functions(loss):
    """sum(w^2 + |w|) in nine ways, at a tolerance that differences reach by extrapolation only."""
    w = np.array([0.3, -1.2, 2.0, -0.01])
    assert check_gradient(loss, lambda w: 2 * w + np.sign(w), w, rtol=1e-8).expect(strict=True)
    assert verdicts(check_gradient(loss, lambda w: 2 * w, w, rtol=1e-8)) == (0, 4, 0, 0)


def test_updates_in_place_of_intermediate_arrays_are_followed():
    def loss(w):
        z = w * 2
        alias = z
        z += 1
        z[z < 0] = 0.0
        return np.sum(alias**3)

    w = np.array([1.0, -3.0, 0.25])
    assert check_gradient(loss, lambda w: 6 * (2 * w + 1) ** 2 * (w > -0.5), w).expect(strict=True)


def test_the_absolute_value_of_a_traced_array_has_the_slope_of_its_sign():
    step = ComplexStep(lambda w: np.sum(np.abs(w)), np.array([0.3, -2.0]), 2.3, 1e-15)
    assert step.usable and not step.smooth
    assert [step(0), step(1)] == [1.0, -1.0]


# --- error estimates ---


def refined(f, at, scale=1.0):
    point = np.array([at])
    line = Line(lambda: float(f(point[0])), point, float(f(at)), np.array([scale]))
    line.measure_noise(0)
    return line.refined(0)


@pytest.mark.parametrize("width", [1e-4, 1e-6, 1e-7])
def test_a_structure_smaller_than_the_first_steps_is_not_stepped_over(width):
    estimate = refined(lambda x: math.sin(x) + width * math.tanh(x / width), 0.0)
    assert abs(estimate.value - 2) <= 3 * estimate.error < 0.3


@pytest.mark.parametrize("scale", [1.0, 3e-4])
@pytest.mark.parametrize("size", [1e3, 1e5, 1e7])
@pytest.mark.parametrize("rate", [1.0, 0.1, 0.01])
def test_noise_that_tiny_relative_moves_do_not_show_is_in_the_error(scale, size, rate):
    """exp(z) - 1 for small z has steps of 1e-16, which a relative move of eps does not cross; `size` enlarges them."""
    for at in np.linspace(1.1e-4, 1.9e-4, 50):
        estimate = refined(lambda x: 1 + size * (math.exp(rate * x) - 1), at, scale)
        assert abs(estimate.value - size * rate * math.exp(rate * at)) <= 3 * estimate.error


# --- kinks ---

KINK_AT = {"at the point": 0.0, "within the step": 2e-6, "within the step, below": -2e-6}


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("subgradient", [0.0, 0.5, 1.0, 7.0])
@pytest.mark.parametrize("offset", KINK_AT.values(), ids=KINK_AT)
def test_a_kink_is_named_whatever_was_given(offset, subgradient, hidden):
    x = np.array([1.0, offset, -2.0])

    def relu(x):
        return np.sum(np.maximum(x, 0)) + np.sum(np.sin(x))

    given_values = np.cos(x) + np.array([1.0, subgradient, 0.0])
    report = check_gradient(opaque(relu) if hidden else relu, given_values, x)
    assert [entry.name for entry in report.kinks] == ["x[1]"] or [e.name for e in report.kinks] == ["x0[1]"]
    assert report.agrees and verdicts(report) == (2, 0, 1, 0)
    with pytest.raises(AssertionError, match="near a kink"):
        report.expect(strict=True)


@pytest.mark.parametrize("loss", [lambda x: np.sum(np.abs(x)), lambda x: np.sum(np.maximum(x, 0))])
def test_an_agreeing_subgradient_at_a_kink_is_no_success(loss):
    x = np.zeros(3)
    central = (loss(np.full(3, 1e-3)) - loss(np.full(3, -1e-3))) / 2e-3 / 3  # what a central difference says: it fits
    report = check_gradient(loss, np.full(3, central), x)
    assert report.answer == "undecided"
    assert len(report.kinks) == 3


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("offset", [2e-5, 1e-4, -3e-5])
def test_a_kink_just_outside_the_step_is_judged(offset, hidden):
    x = np.array([offset, 1.0])
    loss = opaque(lambda x: np.sum(np.abs(x))) if hidden else lambda x: np.sum(np.abs(x))
    assert check_gradient(loss, np.sign(x), x).expect(strict=True)
    assert verdicts(check_gradient(loss, np.array([0.0, 1.0]), x)) == (1, 1, 0, 0)


def test_a_small_penalty_has_its_kinks_named_beside_a_curved_loss():
    w = np.array([0.0, 0.5, -0.3, 0.0])
    report = check_gradient(
        lambda w: np.sum(np.sin(w - 1)) + 1e-4 * np.sum(np.abs(w)), lambda w: np.cos(w - 1) + 1e-4 * np.sign(w), w
    )
    assert [entry.index for entry in report.kinks] == [(0,), (3,)]


@pytest.mark.parametrize("hidden", [False, True])
def test_a_jump_of_the_second_derivative_is_no_kink(hidden):
    x = np.array([0.0, 1.0, 1e-4, -0.5, 5e-6])
    loss = opaque(lambda x: np.sum(x * np.abs(x))) if hidden else lambda x: np.sum(x * np.abs(x))
    report = check_gradient(loss, lambda x: 2 * np.abs(x), x)
    assert not report.kinks and report.parameters[0].differing == 0 and report.parameters[0].agreed >= 4


@given(seed=st.integers(0, 10**6))
def test_a_strongly_bent_smooth_loss_has_no_kinks(seed):
    x = np.random.default_rng(seed).normal(size=6)
    report = check_gradient(opaque(lambda x: np.sum(100 * (x - 0.01) ** 2)), lambda x: 200 * (x - 0.01), x)
    assert not report.kinks and report.agrees


def test_a_kink_at_the_point_is_named_among_other_kinks():
    x = np.zeros(1)
    for shifts in ([2e-5, -5e-5], [3e-5, 4e-5, -2e-5]):
        report = check_gradient(lambda x, s=shifts: np.sum(abs(x)) + sum(np.sum(abs(x - v)) for v in s), np.zeros(1), x)
        assert verdicts(report) == (0, 0, 1, 0)


@pytest.mark.parametrize("offset", [1e-7, -4e-7, 1e-6, -3e-6, 6e-6])
@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("constant", [1e5, 1e6, 1e7])
def test_a_kink_that_noise_hides_is_no_difference(offset, hidden, constant):
    x = np.array([offset, 1.0])
    loss = opaque if hidden else lambda loss: loss
    report = check_gradient(loss(lambda x: constant + 1e-3 * np.sum(np.abs(x))), 1e-3 * np.sign(x), x)
    assert report.parameters[0].differing == 0, str(report)


@pytest.mark.parametrize("constant", [1e6, 1e7])
def test_a_subgradient_at_a_kink_that_noise_hides_is_no_difference(constant):
    report = check_gradient(lambda x: constant + 1e-5 * np.sum(np.abs(x)), np.zeros(2), np.zeros(2))
    assert report.parameters[0].differing == 0 and report.parameters[0].agreed == 0, str(report)


# --- hints ---


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        ({"W1": lambda g: 2 * g}, "every entry of W1 is 2 x the true value: a spurious factor 2, or a missing 1/2"),
        ({"W1": lambda g: 5 * g}, r"every entry of W1 is 5 x .* a missing 1/5 \(such as a mean over 5\)"),
        ({"b1": lambda g: g / 5}, "every entry of b1 is 1/5 x .* a spurious 1/5"),
        ({"W1": lambda g: 1.5 * g}, "every entry of W1 is 3/2 x the true value: a lost or spurious factor"),
        ({"W2": lambda g: -g}, "every entry of W2 is the true value with the sign flipped: .* minus sign"),
        ({"W1": lambda g: 0 * g}, "every entry of W1 is given as 0"),
        ({"W1": lambda g: g + 0.25}, "every entry of W1 is off by the same amount 0.25"),
        (dict.fromkeys(("W1", "b1", "W2"), lambda g: 2 * g), "every entry of every parameter is 2 x"),
        (
            {"W1": lambda g: g * (1 + (np.arange(12).reshape(3, 4) == 6))},
            r"a single entry is off: W1\[1, 2\] is 2 x the true value",
        ),
        ({"W1": lambda g: g * np.array([[1], [-1], [1]])}, "differences of W1 are in row 1, and .* sign flipped"),
        ({"W1": lambda g: g * np.array([1, 1, 3, 1])}, "all differences of W1 are in column 2, and they are 3 x"),
        ({"W1": lambda g: g + np.eye(3, 4)[::-1] * (np.arange(3) == 1)[:, None] * [1, 2, 3, 4]}, "a single entry"),
        ({"b1": lambda g: g * np.array([1, -1, 1, -1])}, "the 2 wrong entries of b1 are all .* sign flipped"),
    ],
)
def test_the_hint_names_the_simple_reason(net, changed, hint):
    report = net.check(**changed)
    assert report.answer == "differs"
    assert len(report.reasons) == 1
    assert re.search(hint, report.reasons[0]), report.reasons
    assert {r.name for r in report.parameters if r.answer == "differs"} == set(changed)


def test_the_hint_says_transposed():
    A = np.array([[1.0, 2.0, -1.0], [0.5, 3.0, 1.0], [4.0, 0.2, 0.7]])

    def loss(W):
        return np.sum(np.sin(A * W))

    W = np.array([[0.3, 0.1, 0.7], [0.2, -0.5, 0.9], [0.4, 1.1, 0.6]])
    right = A * np.cos(A * W)
    assert check_gradient(loss, right.T, W).reasons == ("W is the transpose of the true gradient",)


def test_without_a_simple_reason_there_is_no_hint(net):
    assert net.check(W1=lambda g: g + np.arange(12).reshape(3, 4) ** 2).reasons == ()


# --- structures, names, the report ---


def test_names_come_from_the_loss_and_numbers_stay_numbers():
    def loss(slope, offset):
        assert type(offset) is float
        return float(np.sum(slope)) * math.sin(offset)

    report = check_gradient(loss, (np.full(2, math.sin(2.0)), 3 * math.cos(2.0)), [np.array([1, 2]), 2.0])
    assert [(p.name, p.shape, p.agreed) for p in report.parameters] == [("slope", (2,), 2), ("offset", (), 1)]


def test_mapping_is_passed_by_keyword_in_any_order(net):
    right = net.gradient(**net.at)
    assert check_gradient(net.loss, dict(reversed(right.items())), net.at)
    assert check_gradient(net.loss, net.gradient, net.at)


def test_worst_entries_are_sorted_and_limited():
    x = np.linspace(1, 2, 30)
    report = check_gradient(lambda x: np.sum(x**2), 2 * x * (1 + np.arange(30) / 100), x)
    assert [entry.index for entry in report.worst] == [(k,) for k in range(29, 19, -1)]
    assert report.parameters[0].largest_relative == report.worst[0]
    assert report.parameters[0].largest_absolute.index == (29,)


def test_the_evaluations_are_counted():
    calls = 0

    def loss(x):
        nonlocal calls
        calls += 1
        return np.sum(np.maximum(x, 0) ** 2) + np.sum(np.sin(x) * 1e-9)

    report = check_gradient(loss, lambda x: 2 * np.maximum(x, 0) + 1e-9 * np.cos(x), np.array([0.5, -1.0, 1e-7, 3.0]))
    assert report.evaluations == calls > 8


def test_memory_and_evaluations_grow_linearly():
    x = np.linspace(0.1, 1, 3000)
    report = check_gradient(lambda x: np.sum(np.exp(x)) / 3000, lambda x: np.exp(x) / 3000, x)
    assert report.agrees and report.evaluations < 2.2 * 3000


def test_an_undecided_entry_is_counted_and_said():
    report = check_gradient(lambda w: np.sum(np.sqrt(w)), np.array([1.0, 0.25]), np.array([0.0, 4.0]))
    assert verdicts(report) == (1, 0, 0, 1)
    assert report.undecided[0].name == "w[0]"
    with pytest.raises(AssertionError, match="undecided"):
        report.expect(strict=True)


def test_a_parameter_of_which_nothing_was_judged_keeps_the_answer_open():
    at = {"w": np.array([1.0, 2.0]), "b": np.zeros(2)}
    report = check_gradient(lambda w, b: np.sum(w**2) + np.sum(np.abs(b)), {"w": 2 * at["w"], "b": np.zeros(2)}, at)
    assert report.answer == "undecided"
    assert str(report).startswith("undecided: no entry of b could be judged")


def test_no_entries_is_no_success():
    assert check_gradient(lambda x: 1.0, np.zeros(0), np.zeros(0)).answer == "undecided"
    assert check_gradient(lambda x, y: np.sum(y), [np.zeros((0, 3)), np.ones(2)], [np.zeros((0, 3)), np.ones(2)])


def test_expect_returns_the_report_or_raises_its_text(net):
    report = net.check()
    assert report.expect() is report
    with pytest.raises(AssertionError, match=r"(?s)differs: 4 of 20 entries.*hint: every entry of W2"):
        net.check(W2=lambda g: 3 * g).expect()


def test_the_text():
    at = {"W": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), "b": np.array([0.0, 1.0]), "c": 2.0}
    gradient = {"W": np.array([[2.0, 4.0, 6.0], [8.0, 15.0, 12.0]]), "b": np.array([0.5, 1.0]), "c": 0.5}

    def loss(W, b, c):
        return np.sum(W * W) + np.sum(np.maximum(b, 0)) + math.log(c)

    assert str(check_gradient(loss, gradient, at)) == dedent(
        """\
        differs: 1 of 9 entries of the gradient is wrong (rtol 1e-05)

        parameter  shape   agree  differ  kink  undecided  rel. difference
        W          2x3         5       1     0          0  0.333 at [1, 1]
        b          2           1       0     1          0  < 1e-05
        c          number      1       0     0          0  < 1e-05

        worst entries  given  numeric  difference
        W[1, 1]           15       10           5

        hint: a single entry is off: W[1, 1] is 3/2 x the true value
        near a kink of the loss, not judged (1): b[0]"""
    )


def test_the_text_fits_80_columns():
    name = "a_parameter_with_a_name_that_is_long_beyond_reason"
    at = {name: np.ones((10, 10, 10)), "b": np.zeros(100)}
    wrong = {name: -np.ones((10, 10, 10)), "b": np.zeros(100)}
    report = check_gradient(lambda **p: np.sum(p[name] ** 3) + np.sum(np.abs(p["b"])), wrong, at)
    assert len(report.kinks) == 100 and report.parameters[0].differing == 1000
    assert max(map(len, str(report).splitlines())) <= 80


# --- what is refused ---

COUNTER = itertools.count()
SQUARE = {"loss": lambda x: np.sum(x**2), "gradient": np.array([2.0, 4.0]), "at": np.array([1.0, 2.0])}


def in_place(x):
    x *= 2
    return np.sum(x)


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"gradient": np.zeros(3)}, ValueError, r"gradient: x must have the parameter's shape \(2,\), got \(3,\)"),
        ({"at": np.ones((2, 3)), "gradient": np.ones((3, 2))}, ValueError, "which is the shape of the transpose"),
        ({"gradient": np.array([1.0, np.nan])}, ValueError, r"gradient: x must be finite, got nan at \[1\]"),
        ({"at": np.array([np.inf, 1.0])}, ValueError, r"at: x must be finite, got inf at \[0\]"),
        ({"at": math.nan, "gradient": 1.0}, ValueError, "at: x must be finite, got nan"),
        ({"gradient": np.array([1j, 2])}, TypeError, "gradient: x must hold real numbers, got ndarray of complex128"),
        ({"at": np.array([True, False])}, TypeError, "at: x must hold real numbers, got ndarray of bool"),
        ({"at": np.array(["a", "b"])}, TypeError, "must hold real numbers"),
        ({"at": {"x": SQUARE["at"]}}, TypeError, "gradient must be a mapping like at, got ndarray"),
        ({"at": {"x": SQUARE["at"]}, "gradient": {"y": 1}}, ValueError, r"the names of at \(x\), got \(y\)"),
        ({"at": {1: 2.0}}, TypeError, "the names in at must be strings"),
        ({"at": [SQUARE["at"]]}, TypeError, "gradient must be a list or tuple like at"),
        ({"at": [SQUARE["at"]], "gradient": []}, ValueError, r"as many items as at \(1\), got 0"),
        ({"gradient": {"x": 1}}, TypeError, "gradient must be one array like at, got dict"),
        ({"at": [1.0, 2.0]}, TypeError, "at gives it 2 positional arguments: too many"),
        ({"at": {"z": 1.0}}, TypeError, "at gives it the keyword arguments z: missing a required argument"),
        ({"loss": 3.0}, TypeError, "loss must be callable, got float"),
        ({"loss": lambda x: x**2}, ValueError, r"the loss must return a number, got an array of shape \(2,\)"),
        ({"loss": lambda x: None}, TypeError, "got None: is there a return statement"),
        ({"loss": lambda x: 1j}, TypeError, "must return a real number, got complex"),
        ({"loss": lambda x: math.inf}, ValueError, "the loss must be finite at the point, got inf"),
        ({"loss": in_place}, ValueError, "the loss changes its argument x in place: it must work on a copy"),
        ({"gradient": lambda x: np.multiply(x, 2, out=x)}, ValueError, "the gradient changes its argument x in place"),
        ({"loss": lambda x: float(next(COUNTER))}, ValueError, r"two values at one point, \d+.0 and \d+.0: fix"),
        ({"rtol": 0}, ValueError, "rtol must lie between 0 and 0.1"),
    ],
)
def test_what_is_refused(changed, error, words):
    with pytest.raises(error, match=words):
        check_gradient(**{**SQUARE, **changed})


def test_the_arrays_of_the_caller_stay_as_they_are():
    at = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match="in place"):
        check_gradient(in_place, np.ones(2), at)
    assert at.tolist() == [1.0, 2.0]


def test_integers_are_converted():
    assert check_gradient(lambda x: np.sum(x * x), np.array([2, 4]), np.array([1, 2])).expect(strict=True)
    assert check_gradient(lambda x: x**3, 12, 2).expect(strict=True)
