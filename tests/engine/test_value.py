"""`Value`: its gradients against numbers worked out by hand and finite differences, and how its graph behaves."""

import gc
import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.engine import value
from derive.engine.value import RULES, Value, bce, bce_with_logits, dot, mse, no_grad


def difference(f, x, h=1e-3):
    """Central difference with one Richardson step: the error is of order h^4."""

    def central(h):
        return (f(x + h) - f(x - h)) / (2 * h)

    return (4 * central(h / 2) - central(h)) / 3


# --- worked examples -------------------------------------------------------------------------------------------------


def test_product_plus_factor():
    x, y = Value(2.0), Value(3.0)
    z = x * y + y
    z.backward()
    assert (z.data, x.grad, y.grad) == (9.0, 3.0, 3.0)
    z.backward()
    assert (x.grad, y.grad, z.grad) == (6.0, 6.0, 2.0)


def test_results_accumulate_as_leaves_do():
    x = Value(3.0)
    y = 2 * x
    z = y * y
    z.backward()
    z.backward()
    assert (x.grad, y.grad) == (48.0, 24.0)


def test_square_twice():
    x = Value(3.0)
    y = x**2
    y.backward()
    assert x.grad == 6.0
    y.backward()
    assert x.grad == 12.0


def test_scalar_network():
    """w1=0.5, b1=0.1, w2=-0.3, b2=0.2, x=2, y=1: h = 1.1, yhat = -0.13, L = 1.13^2."""
    w1, b1, w2, b2 = map(Value, (0.5, 0.1, -0.3, 0.2))
    h = (w1 * 2 + b1).relu()
    loss = (1 - (w2 * h + b2)) ** 2
    loss.backward()
    signal = -2 * 1.13  # dL/dyhat
    assert loss.data == pytest.approx(1.13**2)
    expected = [signal * -0.3 * 2, signal * -0.3, signal * 1.1, signal]
    assert [p.grad for p in (w1, b1, w2, b2)] == pytest.approx(expected)


@pytest.mark.parametrize("scale", [1, 3], ids=["sum", "mean"])
def test_line_through_three_points(scale):
    w, b = Value(0.0), Value(0.0)
    points = [(1, 2), (2, 4), (3, 6)]
    loss = sum((w * x + b - y) ** 2 for x, y in points) / scale
    loss.backward()
    assert w.grad == pytest.approx(-2 * (1 * 2 + 2 * 4 + 3 * 6) / scale)
    assert b.grad == pytest.approx(-2 * (2 + 4 + 6) / scale)


# --- every rule against finite differences ---------------------------------------------------------------------------

any_number = st.floats(-3, 3)
positive = st.floats(0.1, 3)
away_from_zero = st.one_of(st.floats(-3, -0.1), st.floats(0.1, 3))

UNARY = {  # rule: (on Values, on floats, domain)
    "neg": (lambda v: -v, lambda x: -x, any_number),
    "exp": (Value.exp, math.exp, any_number),
    "log": (Value.log, math.log, positive),
    "tanh": (Value.tanh, math.tanh, any_number),
    "sigmoid": (Value.sigmoid, lambda x: 1 / (1 + math.exp(-x)), any_number),
    "square": (Value.square, lambda x: x * x, any_number),
    "ReLU": (Value.relu, lambda x: max(0.0, x), away_from_zero),
    "**n": (lambda v: v**3, lambda x: x**3, any_number),
    "log of sigmoid": (lambda v: v.sigmoid().log(), lambda x: -math.log1p(math.exp(-x)), any_number),
    "log sigmoid": (
        lambda v: (v - 703).sigmoid().log(),
        lambda x: (x - 703) - math.log1p(math.exp(x - 703)),
        st.floats(-3, -1),
    ),
    "1 - sigmoid": (lambda v: 1 - v.sigmoid(), lambda x: 1 / (1 + math.exp(x)), any_number),
}
BINARY = {  # rule: (on Values as on floats, domain of the left, of the right operand)
    "+": (lambda a, b: a + b, any_number, any_number),
    "-": (lambda a, b: a - b, any_number, any_number),
    "*": (lambda a, b: a * b, any_number, any_number),
    "/": (lambda a, b: a / b, any_number, away_from_zero),
    "**": (lambda a, b: a**b, positive, any_number),
    "bce": (
        lambda z, v: (
            bce_with_logits(z, v)
            if isinstance(z, Value)
            else v * math.log1p(math.exp(-z)) + (1 - v) * math.log1p(math.exp(z))
        ),
        any_number,
        st.floats(0.01, 0.99),
    ),
}


def check_unary(name, x):
    of_value, of_float, _ = UNARY[name]
    v = Value(x)
    out = of_value(v)
    out.backward()
    assert out.data == pytest.approx(of_float(x), rel=1e-12, abs=1e-12)
    assert v.grad == pytest.approx(difference(of_float, x), rel=1e-7, abs=1e-7)


def check_binary(name, x, y):
    f, _, _ = BINARY[name]
    a, b = Value(x), Value(y)
    out = f(a, b)
    out.backward()
    assert out.data == pytest.approx(f(x, y), rel=1e-12, abs=1e-12)
    assert a.grad == pytest.approx(difference(lambda t: f(t, y), x), rel=1e-7, abs=1e-7)
    assert b.grad == pytest.approx(difference(lambda t: f(x, t), y), rel=1e-7, abs=1e-7)


def test_every_rule_is_checked():
    assert set(UNARY) | set(BINARY) == set(RULES)


@pytest.mark.parametrize("name", UNARY)
@given(data=st.data())
def test_unary_rule(name, data):
    check_unary(name, data.draw(UNARY[name][2]))


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_binary_rule(name, data):
    _, left, right = BINARY[name]
    check_binary(name, data.draw(left), data.draw(right))


@pytest.mark.parametrize("name", RULES)
def test_a_wrong_local_derivative_is_seen(name, monkeypatch):
    """Plants a derivative that is 1 % off, for each operand in turn."""
    right = RULES[name]
    operands = 1 if name in UNARY else 2
    for faulty in range(operands):

        def wrong(*numbers, faulty=faulty):
            data, *local = right(*numbers)
            return data, *(d * 1.01 if i == faulty else d for i, d in enumerate(local))

        monkeypatch.setitem(RULES, name, wrong)
        with pytest.raises(AssertionError):
            check_unary(name, -1.5 if name == "log sigmoid" else 1.5) if name in UNARY else check_binary(name, 1.5, 0.7)


def test_numbers_on_either_side():
    x = 2.0
    for f in (
        lambda v: v + 3, lambda v: 3 + v, lambda v: v - 3, lambda v: 3 - v, lambda v: v * 3, lambda v: 3 * v,
        lambda v: v / 3, lambda v: 3 / v, lambda v: v**3, lambda v: 3**v, lambda v: v**-0.5, lambda v: 1 - v,
    ):  # fmt: skip
        v = Value(x)
        out = f(v)
        out.backward()
        assert out.data == pytest.approx(f(x))
        assert v.grad == pytest.approx(difference(f, x), rel=1e-8)


@pytest.mark.parametrize("at_zero", [0, 0.5, 1])
def test_relu_at_zero_is_a_convention(at_zero):
    x = Value(0.0)
    x.relu(at_zero).backward()
    assert x.grad == at_zero


def test_relu_at_zero_refuses_what_is_no_subgradient():
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        Value(0.0).relu(2)


@pytest.mark.parametrize(
    ("compute", "error", "message"),
    [
        (lambda: Value(-1.0).log(), ValueError, "log of -1.0"),
        (lambda: Value(0.0).log(), ValueError, "log of 0.0"),
        (lambda: Value(1.0) / 0, ZeroDivisionError, "/ of 1.0, 0.0"),
        (lambda: Value(1000.0).exp(), OverflowError, "exp of 1000.0"),
        (lambda: Value(-2.0) ** 0.5, ValueError, "fractional power is not real"),
        (lambda: Value(0.0) ** -1, ZeroDivisionError, "n of 0.0, -1"),
        (lambda: Value(2.0) * 1j, TypeError, "complex"),
        (lambda: "2" + Value(2.0), TypeError, "str"),
        (lambda: Value("2"), TypeError, "one real number, not str '2'"),
        (lambda: Value(2j), TypeError, "one real number, not complex"),
        (lambda: dot([1, 2], [Value(3.0)]), ValueError, "2 weights with 1 inputs"),
        (lambda: dot(["w"], [Value(3.0)]), TypeError, "not str 'w'"),
        (lambda: bce(Value(0.5), 2), ValueError, r"in \[0, 1\], not 2.0"),
    ],
)
def test_errors_say_what_was_wrong(compute, error, message):
    with pytest.raises(error, match=message):
        compute()


# --- stability -------------------------------------------------------------------------------------------------------

SATURATED = [(z, y) for z in (-1000, -800, -705, -690, -40, -1, 1, 40, 690, 705, 800, 1000) for y in (0, 0.25, 1)]


def exact_bce(z, y):
    """Loss and derivative with every term computed where it does not cancel."""

    def softplus(t):
        return max(t, 0) + math.log1p(math.exp(-abs(t)))

    def s(t):
        return math.exp(-softplus(-t))

    return y * softplus(-z) + (1 - y) * softplus(z), (1 - y) * s(z) - y * s(-z)


@pytest.mark.parametrize(("z", "y"), SATURATED)
@pytest.mark.parametrize(
    "loss",
    [
        bce_with_logits,
        lambda z, y: bce(z.sigmoid(), y),
        lambda z, y: -(y * z.sigmoid().log() + (1 - y) * (1 - z.sigmoid()).log()),
    ],
    ids=["logits", "sigmoid", "by hand"],
)
def test_cross_entropy_at_saturated_logits(loss, z, y):
    v = Value(z)
    out = loss(v, y)
    out.backward()
    # abs: what underflows on the way (a subnormal probability) is lost
    assert (out.data, v.grad) == pytest.approx(exact_bce(z, y), rel=1e-12, abs=1e-300)


def test_cross_entropy_gives_the_gradient_of_the_probability_too():
    z = Value(2.0)
    p = z.sigmoid()
    bce(p, 1).backward()
    assert p.grad == pytest.approx(-1 / p.data)


def test_cross_entropy_of_a_certain_and_right_prediction_is_zero():
    p = Value(1.0)
    loss = bce(p, 1)
    loss.backward()
    assert (loss.data, p.grad) == (0.0, -1.0)


def test_mse():
    p = Value(3.0)
    mse(p, 1).backward()
    assert p.grad == 4.0


# --- the graph -------------------------------------------------------------------------------------------------------


def test_edges_are_incoming_times_local():
    x, y = Value(2.0), Value(5.0)
    z = x * y
    assert list(z.edges()) == [(x, 5.0), (y, 2.0)]
    square = x * x
    assert list(square.edges()) == [(x, 2.0), (x, 2.0)]
    assert list(x.edges()) == []


def test_parents_keep_their_order_and_operations_their_names():
    x, y = Value(2.0), Value(5.0)
    assert (y - x)._prev == (y, x)
    constant, parent = (3 - x)._prev
    assert (constant.data, parent) == (3.0, x)
    assert [(out._op) for out in (x + y, x * y, x.relu(), x**2, x.tanh())] == ["+", "*", "ReLU", "**2", "tanh"]


def test_dot_is_one_node_with_all_its_edges():
    w, x, b = [Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)], Value(5.0)
    out = dot(w, x, b)
    assert out.data == 16.0
    assert list(out.edges()) == [(w[0], 3.0), (w[1], 4.0), (x[0], 1.0), (x[1], 2.0), (b, 1.0)]
    (3 * out).backward()
    assert [v.grad for v in (*w, *x, b)] == [9.0, 12.0, 3.0, 6.0, 3.0]


def test_constants_collect_no_gradient():
    x, c = Value(2.0), Value(3.0, requires_grad=False)
    out = x * c * 4
    out.backward()
    assert (x.grad, c.grad) == (12.0, 0.0)
    assert not (c * 4).requires_grad
    assert (c * 4).is_leaf


def test_backward_of_a_constant_is_an_error():
    with pytest.raises(RuntimeError, match="requires no gradient"):
        (Value(2.0, requires_grad=False) * 3).backward()


def test_detach():
    x = Value(2.0)
    out = x * x.detach()
    out.backward()
    assert x.grad == 2.0


def test_no_grad_restores_itself_after_an_error_and_nests():
    x = Value(2.0)
    with pytest.raises(KeyError), no_grad():
        with no_grad():
            pass
        out = x * 3 + x.exp()
        own = Value(1.0, (x,), "own")
        raise KeyError
    assert (out.requires_grad, out._prev, own._prev) == (False, (), ())
    assert (x * 3).requires_grad

    @no_grad()
    def triple(v):
        return v * 3

    assert not triple(x).requires_grad
    assert not triple(x).requires_grad


def test_leaf_made_under_no_grad_still_requires_a_gradient():
    with no_grad():
        x = Value(2.0)
    (x * 3).backward()
    assert x.grad == 3.0


def test_zero_grad_clears_the_whole_graph():
    x = Value(2.0)
    y = x * x
    z = y * y
    z.backward()
    z.zero_grad()
    assert (x.grad, y.grad, z.grad) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("cleared", [0, 0.0, None])
def test_gradients_may_be_cleared_by_hand(cleared):
    x = Value(2.0)
    (x * 3).backward()
    x.grad = cleared
    (x * 3).backward()
    assert x.grad == 3.0


def test_local_derivatives_are_those_of_the_forward_pass():
    x = Value(2.0)
    out = x * x
    x.data = 7.0
    out.backward()
    assert x.grad == 4.0


# --- nodes of the user's own -----------------------------------------------------------------------------------------


def cube(v):
    out = Value(v.data**3, (v,), "cube")

    def _backward():
        v.grad += 3 * v.data**2 * out.grad

    out._backward = _backward
    return out


def test_own_backward_sees_fresh_adjoints():
    x = Value(2.0)
    y = 5 * x
    out = cube(y) * 2 + y
    out.backward()
    expected = 5 * (2 * 3 * 10**2 + 1)
    assert x.grad == expected
    out.backward()
    assert x.grad == 2 * expected
    assert y.grad == 2 * expected / 5


def test_own_backward_with_a_repeated_parent():
    x = Value(3.0)
    out = Value(x.data * x.data, (x, x), "mul")

    def _backward():
        x.grad += x.data * out.grad
        x.grad += x.data * out.grad

    out._backward = _backward
    (out * 2).backward()
    assert x.grad == 12.0


def test_own_backward_replaces_the_built_in_one():
    x = Value(3.0)
    out = x * 2

    def straight_through():
        x.grad += out.grad

    out._backward = straight_through
    out.backward()
    assert x.grad == 1.0


def test_edges_of_an_own_node_are_probed():
    x = Value(2.0)
    x.grad = 100.0
    out = cube(x)
    assert list(out.edges()) == [(x, 12.0)]
    assert (x.grad, out.grad) == (100.0, 0.0)


def test_node_without_derivative_is_an_error_and_changes_nothing():
    x = Value(2.0)
    y = x * 3
    y.backward()
    out = Value(1.0, (y,), "mystery") + x
    with pytest.raises(RuntimeError, match=r"'mystery'.*no derivative"):
        out.backward()
    assert (x.grad, y.grad, out.grad) == (3.0, 1.0, 0.0)


def test_gradients_of_earlier_passes_survive_an_own_backward_that_fails():
    x = Value(2.0)
    x.grad = 7.0
    out = Value(1.0, (x,), "bad")

    def fail():
        raise KeyError("bad")

    out._backward = fail
    with pytest.raises(KeyError):
        out.backward()
    assert x.grad == 7.0


def test_stepping_through_the_graph_by_hand():
    x, y = Value(2.0), Value(5.0)
    z = x * y
    z.grad = 1.0
    z._backward()
    x._backward()
    assert (x.grad, y.grad) == (5.0, 2.0)


# --- size and memory -------------------------------------------------------------------------------------------------


def test_a_long_chain_needs_no_recursion():
    x = Value(1.0)
    out = x
    for _ in range(200_000):
        out = out + x
    out.backward()
    assert x.grad == 200_001
    out.zero_grad()
    assert x.grad == 0.0


def test_graphs_are_no_cyclic_garbage():
    def work():
        x, y = Value(2.0), Value(3.0)
        p = (x * y + dot([x, y], [y, 1.0], x)).sigmoid()
        loss = bce(p, 1) + (1 - p) ** 2 + bce(Value(900.0).sigmoid(), 0)
        loss.backward()
        loss.backward()

    work()
    gc.collect()
    gc.disable()
    try:
        work()
        assert gc.collect() == 0
    finally:
        gc.enable()


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from("+-*")), max_size=40))
def test_random_graphs_agree_with_forward_mode(recipe):
    """Any order of creation and sharing: the derivative carried forward beside the value is the same number."""
    nodes = [(Value(1.25), 1.0), (Value(0.5), 0.0)]
    x = nodes[0][0]
    for i, j, op in recipe:
        (a, da), (b, db) = nodes[i % len(nodes)], nodes[j % len(nodes)]
        if abs(a.data) > 1e6 or abs(b.data) > 1e6:
            continue
        nodes.append({"+": (a + b, da + db), "-": (a - b, da - db), "*": (a * b, da * b.data + a.data * db)}[op])
    out, forward = nodes[-1]
    out.backward()
    if out is not nodes[1][0]:
        assert x.grad == pytest.approx(forward, rel=1e-9, abs=1e-9)


def test_value_needs_no_numpy():
    code = "import sys, derive.engine, derive.engine.xor; print({'numpy', 'sympy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "set()\n"


def test_numpy_numbers_are_numbers():
    np = pytest.importorskip("numpy")
    x = Value(np.float64(2.0))
    out = np.float64(3.0) * x + np.float32(1.0) * x
    out.backward()
    assert x.grad == 4.0
    assert type(x.data) is float
    assert value.Value is Value
