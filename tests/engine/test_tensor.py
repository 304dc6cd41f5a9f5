"""`Tensor`: every rule's vjp, and its derivative, against finite differences over random shapes; and its graph."""

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.engine import Tensor, bce, bce_with_logits, grad, hessian, jacobian, losses, mse, no_grad
from derive.engine import tensor as F
from derive.engine.tensor import RULES

seeds = st.integers(0, 2**32 - 1)


def normal(rng, *shape):
    return rng.normal(size=shape)


def positive(rng, *shape):
    return rng.uniform(0.3, 2.0, size=shape)


def off_zero(rng, *shape):
    return rng.choice([-1.0, 1.0], size=shape) * positive(rng, *shape)


def distinct(rng, *shape):
    """Entries at least 0.1 apart, so that a maximum has no tie within a step."""
    return rng.permutation(np.arange(np.prod(shape)) * 0.1 - 0.5).reshape(shape)


def even_tenths(rng, *shape):
    return rng.integers(-5, 6, size=shape) * 0.2


def odd_tenths(rng, *shape):
    return even_tenths(rng, *shape) + 0.1


def regular(rng, *shape):
    return normal(rng, *shape) * 0.3 + 2.0 * np.eye(shape[-1])


def broadcasting(f, left, right):
    """Two operands whose shapes broadcast: (2, 3) with (3,), (2, 1), (1, 1), () or (4, 1, 3), either way round."""

    def case(rng):
        small = [(3,), (2, 1), (1, 1), (), (4, 1, 3), (2, 3)][rng.integers(6)]
        shapes = [(2, 3), small]
        if rng.integers(2):
            shapes.reverse()
        return f, left(rng, *shapes[0]), right(rng, *shapes[1])

    return case


def of_one(f, domain, *shapes):
    return lambda rng: (f, domain(rng, *shapes[rng.integers(len(shapes))]))


def reducing(function, domain=normal):
    def case(rng):
        axis = [None, 0, 1, -1, (0, 2), (1, -1)][rng.integers(6)]
        keepdims = bool(rng.integers(2))
        return lambda a: function(a, axis, keepdims), domain(rng, 2, 3, 2)

    return case


def indexing(function):
    def case(rng):
        rows = np.array([0, 2, 2])
        index = [1, slice(None, None, 2), (..., 0), (rows, rows), [0, 0, 1], None, np.eye(3) > 0][rng.integers(7)]
        return function(index)(rng)

    return case


def getting(index):
    return lambda rng: (lambda a: a[index], normal(rng, 3, 3))


def scattering(index):
    def case(rng):
        return lambda a: F.scatter(a, index, (3, 3)), normal(rng, *np.zeros((3, 3))[index].shape)

    return case


def multiplying(rng):
    shapes = [((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 1)),
              ((5, 1, 2, 3), (2, 3, 2)), ((3,), (2, 3, 4)), ((2, 4, 3), (3,))]  # fmt: skip
    a, b = shapes[rng.integers(len(shapes))]
    return F.matmul, normal(rng, *a), normal(rng, *b)


def choosing(rng):
    condition = rng.integers(2, size=(2, 3)) > 0
    f, a, b = broadcasting(lambda a, b: F.where(condition, a, b), normal, normal)(rng)
    return f, a, b


def with_third_axis(f):
    return lambda rng: (f, normal(rng, 2, 3, 2))


CASES = {  # rule: rng -> (function of Tensors, *operands)
    "+": broadcasting(lambda a, b: a + b, normal, normal),
    "-": broadcasting(lambda a, b: a - b, normal, normal),
    "*": broadcasting(lambda a, b: a * b, normal, normal),
    "/": broadcasting(lambda a, b: a / b, normal, off_zero),
    "**": broadcasting(lambda a, b: a**b, positive, normal),
    "maximum": broadcasting(lambda a, b: F.maximum(a, b) ** 2, even_tenths, odd_tenths),
    "where": choosing,
    "neg": of_one(lambda a: -a, normal, (), (3,), (2, 3)),
    "exp": of_one(F.exp, normal, (), (3,), (2, 3)),
    "log": of_one(F.log, positive, (), (3,), (2, 3)),
    "sqrt": of_one(F.sqrt, positive, (), (3,), (2, 3)),
    "square": of_one(F.square, normal, (), (3,), (2, 3)),
    "sin": of_one(F.sin, normal, (), (3,), (2, 3)),
    "cos": of_one(F.cos, normal, (), (3,), (2, 3)),
    "tanh": of_one(F.tanh, normal, (), (3,), (2, 3)),
    "sigmoid": of_one(F.sigmoid, normal, (), (3,), (2, 3)),
    "softplus": of_one(F.softplus, normal, (), (3,), (2, 3)),
    "abs": of_one(abs, off_zero, (), (3,), (2, 3)),
    "ReLU": of_one(lambda a: a.relu() ** 2, off_zero, (), (3,), (2, 3)),
    "log of sigmoid": of_one(lambda a: a.sigmoid().log(), normal, (), (3,), (2, 3)),
    "log of saturated sigmoid": of_one(lambda a: (a - 703).sigmoid().log(), normal, (3,)),
    "1 - sigmoid": of_one(lambda a: 1 - a.sigmoid(), normal, (), (3,), (2, 3)),
    "bce": lambda rng: (lambda z, v: bce_with_logits(z, v, "none"), normal(rng, 2, 3), rng.uniform(0.1, 0.9, (2, 3))),
    "sum": reducing(F.sum),
    "max": reducing(lambda a, axis, keepdims: F.max(a, axis, keepdims) ** 2, distinct),
    "logsumexp": reducing(F.logsumexp),
    "norm": reducing(F.norm, positive),
    "softmax": with_third_axis(lambda a: F.softmax(a, 1)),
    "log_softmax": with_third_axis(lambda a: F.log_softmax(a, (0, 2))),
    "@": multiplying,
    "inverse": of_one(F.inverse, regular, (3, 3), (2, 3, 3)),
    "det": of_one(F.det, regular, (3, 3), (2, 3, 3)),
    "logabsdet": of_one(lambda a: F.slogdet(a)[1], regular, (3, 3), (2, 3, 3)),
    "reshape": of_one(lambda a: a.reshape((3, -1)), normal, (2, 3), (3, 1, 2)),
    "transpose": of_one(lambda a: a.transpose((-1, 0, 1)), normal, (2, 3, 4)),
    "broadcast_to": of_one(lambda a: F.broadcast_to(a, (4, 2, 3)), normal, (2, 3), (3,), (2, 1), (4, 1, 3), ()),
    "sum_to": of_one(lambda a: F.sum_to(a, (2, 1)), normal, (4, 2, 3), (2, 3)),
    "getitem": indexing(getting),
    "scatter": indexing(scattering),
    "concatenate": lambda rng: (lambda *p: F.concatenate(p, -1), *(normal(rng, 2, n) for n in (3, 1, 2))),
    # compositions
    "mean": reducing(F.mean),
    "stack": lambda rng: (lambda *p: F.stack(p, -2), normal(rng, 2, 3), normal(rng, 2, 3)),
    "mT": of_one(lambda a: a.mT @ a, normal, (3, 2), (4, 3, 2)),
    "T": of_one(lambda a: a.T * 2, normal, (3, 2), (4, 3, 2), (3,)),
    "diag": of_one(F.diag, normal, (3,), (3, 3), (2, 4)),
    "trace": of_one(F.trace, normal, (3, 3), (2, 4)),
    "constant exponent": of_one(lambda a: a**3, normal, (3,), (2, 3)),
    "mse": lambda rng: (mse, normal(rng, 4, 2), normal(rng, 4, 2)),
    "bce of sigmoid": lambda rng: (lambda z: bce(z.sigmoid(), np.array([0.0, 1.0, 0.3])), normal(rng, 3)),
    "mse per example": lambda rng: (lambda p, t: mse(p, t, "examples"), normal(rng, 4, 2), normal(rng, 4, 2)),
}


def differences(f, x, h=1e-3):
    """d f / d x[i] of a scalar f, entry by entry, central with one Richardson step."""
    out = np.zeros(x.shape)
    for i in np.ndindex(x.shape):

        def central(h, i=i):
            up, down = x.copy(), x.copy()
            up[i] += h
            down[i] -= h
            return (f(up) - f(down)) / (2 * h)

        out[i] = (4 * central(h / 2) - central(h)) / 3
    return out


def drawn(name, seed):
    rng = np.random.default_rng(seed)
    f, *arrays = CASES[name](rng)
    arrays = [np.asarray(a) for a in arrays]
    weights = rng.normal(size=f(*map(Tensor, arrays)).shape)
    return f, arrays, weights, [np.asarray(rng.normal(size=a.shape)) for a in arrays]


def check_gradient(name, seed):
    """The gradient of sum(weights * f(operands)) by each operand; the weights make every entry of the vjp matter."""
    f, arrays, weights, _ = drawn(name, seed)
    operands = [Tensor(a, requires_grad=True) for a in arrays]
    gradients = grad(f(*operands), operands, gradient=weights)
    for i, found in enumerate(gradients):

        def along(x, i=i):
            return np.sum(weights * f(*(Tensor(x if j == i else a) for j, a in enumerate(arrays))).data)

        assert found.shape == arrays[i].shape
        assert found == pytest.approx(differences(along, arrays[i]), rel=1e-6, abs=1e-6)


def check_second_derivative(name, seed):
    """The gradient of <direction, gradient>, against differences of <direction, gradient>."""
    f, arrays, weights, directions = drawn(name, seed)

    def slope(*xs):
        operands = [Tensor(x, requires_grad=True) for x in xs]
        gradients = grad(f(*operands), operands, create_graph=True, gradient=weights)
        return operands, sum(F.sum(d * g) for d, g in zip(directions, gradients, strict=True))

    operands, total = slope(*arrays)
    found = grad(total, operands) if total.requires_grad else [np.zeros(a.shape) for a in arrays]
    for i, second in enumerate(found):

        def along(x, i=i):
            return slope(*(x if j == i else a for j, a in enumerate(arrays)))[1].item()

        assert second == pytest.approx(differences(along, arrays[i]), rel=1e-6, abs=1e-6)


def test_every_rule_is_checked():
    assert set(RULES) <= set(CASES)


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=15)
@given(seed=seeds)
def test_gradient(name, seed):
    check_gradient(name, seed)


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=8)
@given(seed=seeds)
def test_second_derivative(name, seed):
    check_second_derivative(name, seed)


@pytest.mark.parametrize("name", RULES)
def test_a_wrong_vjp_is_seen(name, monkeypatch):
    """Plants a vjp that is 1 % off, for each operand in turn."""
    rule = RULES[name]

    def off(vjp):
        return lambda *args, **params: vjp(*args, **params) * 1.01

    faulty_rules = [rule._replace(many=lambda i: off(rule.many(i)))] if rule.many else [
        rule._replace(vjps=tuple(off(vjp) if i == faulty else vjp for i, vjp in enumerate(rule.vjps)))
        for faulty in range(len(rule.vjps))
    ]  # fmt: skip
    for faulty_rule in faulty_rules:
        monkeypatch.setitem(RULES, name, faulty_rule)
        with pytest.raises(AssertionError):
            for seed in range(6):
                check_gradient(name, seed)
                if name == "log of sigmoid":
                    check_gradient("log of saturated sigmoid", seed)


# --- functions of their own ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "numpy"),
    [
        (F.diag, np.diag), (F.trace, np.trace), (F.inverse, np.linalg.inv), (F.det, np.linalg.det),
        (F.norm, np.linalg.norm), (F.mean, np.mean), (F.max, np.max), (F.transpose, np.transpose),
        (abs, np.abs), (F.tanh, np.tanh),
    ],
)  # fmt: skip
def test_arrays_give_arrays_and_tensors_give_tensors(ours, numpy):
    a = np.array([[2.0, -1.0], [0.5, 3.0]])
    assert isinstance(ours(Tensor(a)), Tensor)
    assert not isinstance(ours(a), Tensor)
    assert ours(Tensor(a)).data == pytest.approx(numpy(a))
    assert ours(a) == pytest.approx(numpy(a))


def test_softmax_family_is_stable():
    a = np.array([1000.0, 0.0, -1000.0])
    assert F.softmax(a) == pytest.approx([1, 0, 0])
    assert F.log_softmax(a) == pytest.approx([0, -1000, -2000])
    assert F.logsumexp(a) == pytest.approx(1000)
    assert F.softplus(a) == pytest.approx([1000, np.log(2), 0])
    assert F.sigmoid(a) == pytest.approx([1, 0.5, 0])


def test_conventions_at_kinks():
    x = Tensor([0.0, -1.0, 2.0], requires_grad=True)
    for at_zero in (0, 0.5, 1):
        assert grad(x.relu(at_zero).sum(), [x])[0] == pytest.approx([at_zero, 0, 1])
    assert grad(F.sum(abs(x)), [x])[0] == pytest.approx([0, -1, 1])
    assert grad(F.sum(F.maximum(x, 0.0)), [x])[0] == pytest.approx([0.5, 0, 1])
    ties = Tensor([1.0, 3.0, 3.0], requires_grad=True)
    assert grad(ties.max(), [ties])[0] == pytest.approx([0, 0.5, 0.5])
    zero = Tensor([0.0, 0.0], requires_grad=True)
    assert grad(F.norm(zero), [zero])[0] == pytest.approx([0, 0])
    assert grad((zero**2).sum(), [zero])[0] == pytest.approx([0, 0])
    assert grad((zero**0).sum(), [zero])[0] == pytest.approx([0, 0])
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        x.relu(-1)


# --- losses ----------------------------------------------------------------------------------------------------------

LOGITS = np.array([-1000.0, -800, -705, -690, -40, -1, 1, 40, 690, 705, 800, 1000])


@pytest.mark.parametrize("y", [0.0, 0.25, 1.0])
@pytest.mark.parametrize(
    "loss",
    [
        lambda z, y: bce_with_logits(z, y, "sum"),
        lambda z, y: bce(z.sigmoid(), y, "sum"),
        lambda z, y: -F.sum(y * F.log(z.sigmoid()) + (1 - y) * F.log(1 - z.sigmoid())),
    ],
    ids=["logits", "sigmoid", "by hand"],
)
def test_cross_entropy_at_saturated_logits(loss, y):
    def s(t):
        return np.exp(-np.logaddexp(0, -t))

    z = Tensor(LOGITS, requires_grad=True)
    out = loss(z, np.full(LOGITS.shape, y))
    out.backward()
    exact = y * np.logaddexp(0, -LOGITS) + (1 - y) * np.logaddexp(0, LOGITS)
    assert out.item() == pytest.approx(np.sum(exact), rel=1e-12)
    # abs: what underflows on the way (a subnormal probability) is lost
    assert z.grad == pytest.approx((1 - y) * s(LOGITS) - y * s(-LOGITS), rel=1e-12, abs=1e-300)


def test_cross_entropy_gives_the_gradient_of_the_probability_too():
    z = Tensor([2.0, -30.0], requires_grad=True)
    p = z.sigmoid()
    bce(p, [1.0, 0.0], "sum").backward()
    assert p.grad == pytest.approx([-1 / p.data[0], 1 / (1 - p.data[1])])


def test_cross_entropy_of_certain_and_right_predictions_is_zero():
    p = Tensor([0.0, 1.0], requires_grad=True)
    loss = bce(p, [0.0, 1.0], "sum")
    loss.backward()
    assert loss.item() == 0.0
    assert p.grad == pytest.approx([1.0, -1.0])


def test_reductions():
    p, t = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.zeros((3, 2))
    assert mse(p, t, "none") == pytest.approx(p**2)
    assert [mse(p, t, r) for r in ("sum", "mean", "examples")] == pytest.approx([91, 91 / 6, 91 / 3])
    assert set(losses.REDUCTIONS) == {"sum", "mean", "none", "examples"}
    with pytest.raises(ValueError, match="'batch'; choose one of mean, sum, none, examples"):
        mse(p, t, "batch")


@pytest.mark.parametrize(
    ("compute", "error", "message"),
    [
        (lambda: mse(np.ones((3, 1)), np.ones(3)), ValueError, r"shape \(3, 1\), the targets \(3,\)"),
        (lambda: bce([0.5], [2.0]), ValueError, r"in \[0, 1\]"),
        (lambda: bce_with_logits([0.5], [np.nan]), ValueError, r"in \[0, 1\]"),
        (lambda: Tensor([1j]), TypeError, "complex numbers are not supported"),
        (lambda: Tensor([1.0]) * 1j, TypeError, "complex numbers are not supported"),
        (lambda: 1j * Tensor([1.0]), TypeError, "complex numbers are not supported"),
        (lambda: Tensor("abc"), TypeError, "expected numbers, not str"),
        (lambda: Tensor([1.0, 2.0], requires_grad=True).backward(), ValueError, r"shape \(2,\) has no one gradient"),
        (lambda: Tensor([1.0, 2.0], requires_grad=True).backward([1.0]), ValueError, r"\(1,\), the Tensor \(2,\)"),
        (lambda: Tensor([1.0]).backward(), RuntimeError, "requires no gradient"),
        (lambda: grad(Tensor(1.0, requires_grad=True), [Tensor(1.0)]), ValueError, "does not require a gradient"),
        (lambda: F.matmul(2.0, np.ones(2)), ValueError, r"shapes \(\) and \(2,\)"),
        (lambda: Tensor(np.ones((2, 3))) @ np.ones((2, 3)), ValueError, "matmul"),
        (lambda: F.stack([np.ones(2), np.ones(3)]), ValueError, "one shape"),
        (lambda: Tensor([1.0]).mT, ValueError, "at least 2 axes, not 1"),
        (lambda: F.trace(np.ones(3)), ValueError, "needs a matrix"),
        (lambda: F.diag(np.ones((2, 2, 2))), ValueError, "a vector or a matrix"),
        (lambda: F.inverse(np.zeros((2, 2))), np.linalg.LinAlgError, "Singular"),
    ],
)
def test_errors_say_what_was_wrong(compute, error, message):
    with pytest.raises(error, match=message):
        compute()


# --- the graph -------------------------------------------------------------------------------------------------------


def test_two_layers_in_rows():
    """x = [1, 2], W1 = [[.1, .2], [.3, .4]], W2 = [[.5], [.6]], no biases, loss (yhat - 1)^2 / 2: yhat is 0.95."""
    x = np.array([[1.0, 2.0]])
    W1 = Tensor([[0.1, 0.2], [0.3, 0.4]], requires_grad=True)
    W2 = Tensor([[0.5], [0.6]], requires_grad=True)
    a1 = (x @ W1).relu()
    yhat = a1 @ W2
    loss = F.sum((yhat - 1.0) ** 2) / 2
    loss.backward()
    assert yhat.item() == pytest.approx(0.95)
    assert yhat.grad == pytest.approx(np.array([[-0.05]]))
    assert a1.grad == pytest.approx(np.array([[-0.025, -0.03]]))
    assert W2.grad == pytest.approx(np.array([[-0.035], [-0.05]]))
    assert W1.grad == pytest.approx(np.array([[-0.025, -0.03], [-0.05, -0.06]]))


def test_backward_adds_to_leaves_and_results():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    z = y.sum()
    for passes in (1, 2, 3):
        z.backward()
        assert x.grad == pytest.approx(passes * 2 * x.data)
        assert y.grad == pytest.approx(passes * np.ones(2))
        assert z.grad == passes
    z.zero_grad()
    assert (x.grad, y.grad, z.grad) == (None, None, None)


def test_gradients_do_not_share_memory():
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    seed = np.ones(2)
    total = x + y
    total.backward(seed)
    x.grad *= 5.0
    assert y.grad == pytest.approx([1, 1])
    assert seed == pytest.approx([1, 1])
    seed[0] = 7.0
    assert total.grad == pytest.approx([1, 1])
    with pytest.raises(ValueError, match="read-only"):
        total.grad *= 5.0


def test_a_leaf_copies_its_data():
    array = np.ones(2)
    x = Tensor(array)
    array[0] = 5.0
    assert x.data == pytest.approx([1, 1])


def test_only_floats():
    for data in (1, [True], np.ones(2, np.float32), np.ones(2, int)):
        assert Tensor(data).data.dtype == np.float64
    assert isinstance((Tensor([1.0, 2.0]) @ Tensor([1.0, 2.0])).data, np.ndarray)


def test_constants_collect_no_gradient():
    x, c = Tensor([1.0], requires_grad=True), Tensor([2.0])
    out = x * c
    out.backward()
    assert c.grad is None
    assert not (c * 3).requires_grad
    assert (c * 3).is_leaf
    assert out._prev == (x, c)
    assert out._op == "*"


def test_detach_and_no_grad():
    x = Tensor([3.0], requires_grad=True)
    (x * x.detach()).backward()
    assert x.grad == pytest.approx([3])
    with no_grad():
        assert not (x * x).requires_grad
    assert (x * x).requires_grad


def test_gradient_by_what_the_loss_does_not_depend_on_is_zero():
    x, y = Tensor([3.0], requires_grad=True), Tensor([[1.0, 2.0]], requires_grad=True)
    by_x, by_y = grad(x * 2, [x, y])
    assert by_x == pytest.approx([2])
    assert by_y == pytest.approx(np.zeros((1, 2)))
    assert x.grad is None


def test_operands_on_either_side_of_an_array():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for out in (np.array([3.0, 4.0]) * x, [3.0, 4.0] * x, x * [3.0, 4.0]):
        assert grad(out.sum(), [x])[0] == pytest.approx([3, 4])
    assert (np.ones((3, 2)) @ x).shape == (3,)
    assert grad((2.0**x).sum(), [x])[0] == pytest.approx(np.log(2) * 2**x.data)
    assert grad((1.0 / x - 3.0).sum(), [x])[0] == pytest.approx(-1 / x.data**2)
    assert [row.item() for row in x] == [1.0, 2.0]
    assert (x > 1.5).tolist() == [False, True]
    assert (x <= Tensor(1.5)).tolist() == [True, False]


def test_jacobian_and_hessian():
    A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    x = np.array([0.5, -1.0])
    assert jacobian(lambda t: A @ t, x) == pytest.approx(A)
    assert jacobian(lambda t: np.array([1.0, 2.0, 3.0]), x) == pytest.approx(np.zeros((3, 2)))
    assert jacobian(lambda t: F.tanh(t), x) == pytest.approx(np.diag(1 - np.tanh(x) ** 2))
    assert hessian(lambda t: F.square(A @ t).sum(), x) == pytest.approx(2 * A.T @ A)
    assert hessian(lambda t: (A @ t).sum(), x) == pytest.approx(np.zeros((2, 2)))
    X = np.array([[2.0, 1.0], [0.5, 3.0]])
    inverse = np.linalg.inv(X)  # d^2 ln det X / dX_ij dX_kl = -(X^-1)_jk (X^-1)_li
    assert hessian(lambda t: F.slogdet(t)[1], X) == pytest.approx(-np.einsum("jk,li->ijkl", inverse, inverse))


def test_third_derivative():
    x = Tensor([2.0], requires_grad=True)
    (first,) = grad(x**4, [x], create_graph=True)
    (second,) = grad(first, [x], create_graph=True)
    assert grad(second, [x])[0] == pytest.approx([24 * 2.0])


def test_a_long_chain_needs_no_recursion():
    x = Tensor(1.0, requires_grad=True)
    out = x
    for _ in range(20_000):
        out = out + x
    out.backward()
    assert x.grad == 20_001


def test_graphs_are_no_cyclic_garbage():
    def work():
        x = Tensor(np.ones((3, 2)), requires_grad=True)
        p = F.concatenate([x @ x.T, x], 1).sigmoid()
        loss = bce(p, np.ones(p.shape)) + F.sum((1 - p)[0, 1:])
        loss.backward()
        loss.backward()
        grad(F.sum(grad(loss, [x], create_graph=True)[0] ** 2), [x])

    work()
    gc.collect()
    gc.disable()
    try:
        work()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_the_door():
    import derive.engine

    for name in derive.engine.__all__:
        assert getattr(derive.engine, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = derive.engine.nonsense
