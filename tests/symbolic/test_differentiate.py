"""Reverse mode against differences of the forward pass, over random definitions with several uses of every symbol."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derive.symbolic.derivation import differentiate
from derive.symbolic.rules import RULES, NoRule
from derive.terms import nodes
from derive.terms.definitions import Definition, forward
from derive.terms.dims import Dim
from derive.terms.evaluate import evaluate
from derive.terms.indices import Index
from derive.terms.nodes import Apply, Component, Hadamard, Sum, Symbol, Total
from derive.terms.shapes import SCALAR, Shape
from derive.terms.walk import symbols
from derive.terms.written import Softmax
from tests.symbolic.complex_step import full, gradient, numbers
from tests.terms.random_terms import SIZES, close, exact, rationals, shapes, terms

NO_RULE = frozenset({nodes.Vec, nodes.Kronecker, nodes.Commutation, nodes.Component, nodes.Adjoint})


def values_of(definitions, sizes, arithmetic):
    values = {}
    for definition in definitions:
        values |= rationals(definition.expression, sizes)
    for definition in definitions:
        values.pop(definition.symbol.key, None)
    return exact(values, arithmetic)


def given_symbols(definitions):
    defined = {d.symbol for d in definitions}
    used = {s: None for d in definitions for s in symbols(d.expression)}
    return tuple(s for s in used if s not in defined and not s.indices)


def check(definitions, sizes, by=None, signals=None):
    """Every step, as written and closed, and every edge with a Jacobian, agrees with differences."""
    arithmetic, loss = numbers(), definitions[-1].symbol
    known = forward(definitions, values_of(definitions, sizes, arithmetic), sizes, arithmetic)
    known = {d.symbol.key: full(known[d.symbol.key], d.symbol.shape, sizes) for d in definitions} | {
        key: value for key, value in known.items() if key not in {d.symbol.key for d in definitions}
    }
    by = given_symbols(definitions) if by is None else by
    derivation = differentiate(definitions, loss, by, signals)
    written = forward([s.definition(closed=False) for s in derivation.steps], known, sizes, arithmetic)
    closed = forward([s.definition() for s in derivation.steps], known, sizes, arithmetic)
    for step in derivation.steps:
        expected = gradient(definitions, loss, step.symbol, known, sizes, arithmetic)
        for found in (written, closed):
            assert close(full(found[step.adjoint.key], step.symbol.shape, sizes), expected, 1e-20), step.target.latex
        for edge in step.edges:
            check_edge(edge, written, sizes, arithmetic)
    for symbol in by:
        assert derivation[symbol.key].symbol == symbol
    return derivation


def check_edge(edge, values, sizes, arithmetic):
    """The contribution is the transposed Jacobian times the incoming adjoint."""
    if edge.index or edge.user.index or edge.jacobian is None:
        return

    def value(t):
        return full(evaluate(t, values, sizes, arithmetic), t.shape, sizes)

    jacobian = value(edge.jacobian)
    incoming = value(edge.incoming).reshape((-1, 1), order="F")
    outgoing = value(edge.contribution).reshape((-1, 1), order="F")
    if edge.user.expression.shape != edge.incoming.shape:
        return
    assert close(jacobian.T @ incoming, outgoing, 1e-20), edge.jacobian.latex


@st.composite
def definitions(draw):
    """One to three definitions over given symbols and each other, and a scalar loss that uses them."""
    known: tuple[Symbol, ...] = ()
    found = []
    for k in range(draw(st.integers(0, 2))):
        symbol = Symbol(name=f"v_{k}", declared=draw(shapes))
        found.append(Definition(symbol, draw(terms(symbol.shape, 2, without=NO_RULE, smooth=True, known=known))))
        known = (*known, symbol)
    last = draw(terms(SCALAR, 3, without=NO_RULE, smooth=True, known=known))
    return [*found, Definition(Symbol(name="L"), last)]


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(definitions(), st.sampled_from(SIZES))
def test_random_definitions(found, sizes):
    used, wanted = set(), {found[-1].symbol}
    for definition in reversed(found):
        if definition.symbol in wanted:
            wanted |= set(symbols(definition.expression))
    used = tuple(s for s in given_symbols(found) if s in wanted)
    check(found, sizes, by=used)


# ---------------------------------------------------------------- every rule, in a definition of its own


def symbol(name, shape="scalar"):
    return Symbol(name=name, declared=Shape.of(shape))


a, b, L = symbol("a"), symbol("b"), symbol("L")
x, y, X, W, A = symbol("x", "d"), symbol("y", "d"), symbol("X", "n x d"), symbol("W", "d x h"), symbol("A", "d x d")
Z, P = symbol("Z", "n x h"), symbol("P", "n x d")
n, d = Dim.of("n"), Dim.of("d")
far = A + 9 * nodes.Identity(dim=d)
positive = 1 + Hadamard((X, X))


def entry(vector, index="i"):
    return Component((vector,), Index.of(index))


def weighted(t):
    """A scalar that weighs every entry of a term differently."""
    weights = symbol("weights", str(t.shape))
    return Total((Hadamard((weights, t)),)) if not t.is_scalar else weights @ t


CASES = {
    nodes.Add: [X + P - a, X + X, a + X],
    nodes.Neg: [-X],
    nodes.Product: [
        X @ W,
        X @ X.T @ X,
        X @ a @ W @ b,
        a @ b @ a,
        X @ (x.T @ y) @ W,
        x.T @ y @ x.T @ y,
        x.T @ y @ X,
        x @ y.T @ A,
        x.T @ A @ x,
    ],
    nodes.Hadamard: [Hadamard((X, P)), Hadamard((a, X, X)), Hadamard((a, b))],
    nodes.Quotient: [X / positive, X / a, a / positive, a / b, 1 / (x.T @ y), X / (x.T @ y)],
    nodes.Power: [X**3, positive ** nodes.Fraction(1, 2), positive**-2, a**2, X**1, (x.T @ x) ** nodes.Fraction(-1, 2)],
    nodes.Apply: [
        *(Apply((X,), name) for name in ("tanh", "sigmoid", "softplus", "sin", "cos", "square", "exp", "relu", "abs")),
        Apply((positive,), "log"),
        Apply((positive,), "sqrt"),
        Apply((a,), "sigmoid"),
    ],
    nodes.Transpose: [X.T, (X @ W).T, ((x.T @ y) @ X).T, (X + a).T, a.T],
    nodes.Inverse: [nodes.Inverse((far,)), nodes.Inverse((a,))],
    nodes.Determinant: [nodes.Determinant((far,)), Apply((nodes.Determinant((far,)),), "log"), nodes.Determinant((a,))],
    nodes.Trace: [nodes.Trace((A @ A.T @ A,)), nodes.Trace((a,))],
    nodes.SquaredNorm: [nodes.SquaredNorm((X,)), nodes.SquaredNorm((a,)), nodes.SquaredNorm((X @ W - Z,))],
    nodes.Norm: [nodes.Norm((X,)), nodes.Norm((x,)) ** 3],
    nodes.Total: [Total((X @ W,)), Total((a,))],
    nodes.Diag: [nodes.Diag((x,)), nodes.Diag((x,)) @ A @ nodes.Diag((y,))],
    nodes.Broadcast: [
        nodes.Broadcast((a,), X.shape),
        nodes.Broadcast((x.T,), X.shape),
        nodes.Broadcast((X @ x,), X.shape),
        X @ nodes.Broadcast((a,), W.shape),
        nodes.Broadcast((x,), A.shape),
    ],
    Softmax: [
        Softmax((x,)),
        Softmax((x.T,), "columns"),
        Softmax((X,)),
        Softmax((X,), "columns"),
        Softmax((X @ x,)),
    ],
    nodes.Sum: [
        Sum((entry(x) * a * X,), "i", 1, d),
        Sum((Sum((entry(y, "j") * a,), "j", 1, d) * entry(x),), "i", 1, d),
        Sum((nodes.SquaredNorm((X * a,)),), "i", 2, Dim.of("d+1")),
    ],
}


@pytest.mark.parametrize("kind", RULES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("sizes", SIZES[:2], ids=str)
def test_every_rule(kind, sizes):
    for t in CASES[kind]:
        u = symbol("u", str(t.shape))
        loss = Definition(L, weighted(u) + (nodes.SquaredNorm((u,)) if not u.is_scalar else u**2))
        derivation = check([Definition(u, t), loss], sizes)
        names = {rule.name for step in derivation.steps for rule in step.rules}
        assert RULES[kind].name in names or kind in (nodes.Neg, nodes.Transpose)  # those two are applied unnamed
        explicit = [edge.jacobian is not None for step in derivation.steps for edge in step.edges if not edge.index]
        assert all(explicit) or kind in (nodes.Diag, Softmax)  # these have no short form


@pytest.mark.parametrize("kind", [k for k in RULES if k is not nodes.Sum], ids=lambda kind: kind.__name__)
def test_a_wrong_rule_is_seen(kind, monkeypatch):
    right = RULES[kind]
    wrong = replace(right, vjp=lambda t, g, k: 2 * right.vjp(t, g, k))
    monkeypatch.setitem(RULES, kind, wrong)
    with pytest.raises(AssertionError):
        test_every_rule(kind, SIZES[0])


# ---------------------------------------------------------------- indices


def test_a_definition_by_entries_and_a_loss_over_another_index():
    yhat = symbol("yhat", "d")
    loss = Sum(((entry(yhat, "k") - entry(y, "k")) ** 2,), "k", 1, d)
    derivation = check([Definition(yhat, a @ entry(x) + b, "i"), Definition(L, loss)], SIZES[0], by=(a, b, x, y))
    assert derivation["yhat"].target.latex == r"\frac{\partial L}{\partial yhat_i}"
    assert derivation["a"].closed.latex == r"2 \sum_{i=1}^{d} x_i (yhat_i - y_i)"


def test_a_whole_definition_whose_entries_are_summed():
    z = symbol("z", "n")
    loss = Sum((Apply((entry(z, "k"),), "tanh") * a,), "k", 1, n)
    check([Definition(z, X @ x), Definition(L, loss)], SIZES[0])


def test_a_definition_by_entries_that_is_used_as_a_whole():
    z = symbol("z", "d")
    check([Definition(z, a @ entry(x) ** 2, "i"), Definition(L, nodes.SquaredNorm((A @ z,)))], SIZES[0])


def test_entries_used_in_two_sums_over_two_indices():
    z = symbol("z", "d")
    loss = Sum((entry(z, "j") ** 2 * a,), "j", 1, d) * Sum((entry(z, "k") * entry(y, "k"),), "k", 1, d)
    derivation = check([Definition(z, a @ entry(x), "i"), Definition(L, loss)], SIZES[0])
    assert derivation["z"].index == "i"


def test_one_index_name_in_two_sums_beside_each_other():
    loss = Sum((entry(x) ** 2,), "i", 1, d) * Sum((entry(x) * entry(y),), "i", 1, d)
    derivation = check([Definition(L, loss)], SIZES[0])
    # The sum in the result runs over a letter of its own: i is the entry that is differentiated by.
    assert r"\sum_{i=1}" not in derivation["x"].closed.latex


def test_one_index_name_in_a_sum_inside_a_sum():
    inner = Sum((entry(y) * a,), "i", 1, d)
    check([Definition(L, Sum((inner * entry(x) ** 2,), "i", 1, d))], SIZES[0])


def test_one_index_name_in_a_sum_inside_a_definition_by_entries():
    z = symbol("z", "d")
    inner = Sum((entry(y) * a,), "i", 1, d)
    check([Definition(z, inner * entry(x) ** 2, "i"), Definition(L, nodes.SquaredNorm((z,)))], SIZES[0])


def test_a_chain_of_definitions_by_entries():
    z, s = symbol("z", "d"), symbol("s", "d")
    check(
        [
            Definition(z, a @ entry(x) + b, "i"),
            Definition(s, Apply((entry(z, "j"),), "sigmoid"), "j"),
            Definition(L, Sum(((entry(s, "k") - entry(y, "k")) ** 2,), "k", 1, d) / nodes.Size(dim=d)),
        ],
        SIZES[0],
    )


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (Sum((entry(x) * 2,), "i", 2, d), "no rule carries a gradient to the single entry x_i"),
        (Sum((entry(x) * 2,), "i", 1, Dim.of("d+1")), "no rule carries a gradient to the single entry x_i"),
        (Sum((entry(x, "i+1") * 2,), "i", 1, d), "no rule carries a gradient to the single entry x_{i+1}"),
        (entry(x, 1), "no rule carries a gradient to the single entry x_1"),
        (Sum((entry(x),), "i", 1, d) + Total((x,)), "x is used both as a whole and entry by entry"),
        (Total((nodes.Vec((X,)),)), r"no rule carries a gradient through \mathrm{vec}(X) (Vec)"),
        (Total((Apply((x,), "tanh", 1),)), r"\tanh'(x): second derivatives of elementwise functions have no rule"),
    ],
    ids=str,
)
def test_what_has_no_rule_says_so(loss, message):
    with pytest.raises(NoRule) as refused:
        differentiate([Definition(L, loss)], L, given_symbols([Definition(L, loss)]))
    assert str(refused.value) == message


# ---------------------------------------------------------------- order, names, depth


def test_data_get_no_step_and_parameters_come_once_their_last_use_is_known():
    z, v = symbol("z", "n"), symbol("v", "n")
    found = [Definition(z, X @ x + a), Definition(v, z * a), Definition(L, nodes.SquaredNorm((v - b,)))]
    assert [s.symbol.key for s in differentiate(found, L, (x, a, b)).steps] == ["b", "v", "z", "x", "a"]
    assert [s.symbol.key for s in differentiate(found, L, (b,)).steps] == ["b"]
    with pytest.raises(KeyError, match="L was not differentiated by 'X'"):
        differentiate(found, L, (x,))["X"]


def test_what_the_loss_does_not_depend_on_gets_no_step():
    z, unused = symbol("z", "n"), symbol("unused", "n")
    found = [Definition(unused, X @ y), Definition(z, X @ x), Definition(L, Total((z,)))]
    assert [s.symbol.key for s in differentiate(found, L, (x, y)).steps] == ["z", "x"]


def test_expanded_is_written_over_the_symbols_of_the_model():
    z1, z2 = symbol("z_1", "n"), symbol("z_2", "n")
    delta = {z1: symbol("delta_1", "n"), z2: symbol("delta_2", "n")}
    found = [Definition(z1, X @ x), Definition(z2, Apply((z1,), "tanh")), Definition(L, nodes.SquaredNorm((z2,)))]
    derivation = differentiate(found, L, (x,), delta)
    assert derivation["x"].closed.latex == r"X^\top delta_1"
    assert derivation.expanded("x").latex == r"2 X^\top \bigl(z_2 \odot \tanh'(z_1)\bigr)"
    names = {s.key for s in symbols(derivation.expanded("x"))}
    assert names <= {"X", "x", "z_1", "z_2"}
    check(found, SIZES[0], signals=delta)


def network(layers):
    found, before = [], symbol("x", "n_0")
    weights = []
    for layer in range(1, layers + 1):
        weight = symbol(f"W_{layer}", f"n_{layer} x n_{layer - 1}")
        z, after = symbol(f"z_{layer}", f"n_{layer}"), symbol(f"a_{layer}", f"n_{layer}")
        found += [Definition(z, weight @ before), Definition(after, Apply((z,), "tanh"))]
        weights.append(weight)
        before = after
    return [*found, Definition(L, nodes.SquaredNorm((before,)))], weights


def test_deep_networks_need_no_recursion_and_no_sizes():
    found, weights = network(100)
    signals = {d.symbol: symbol(f"delta_{k}", str(d.symbol.shape)) for k, d in enumerate(found) if "W" in d.latex}
    derivation = differentiate(found, L, weights, signals)
    assert len(derivation.steps) == 300
    last = derivation["W_1"].closed
    assert sum(1 for _ in last.walk()) < 10  # a step does not grow with the depth
    plain = differentiate(found, L, weights)  # with no names for signals every step is written out
    assert {s.key for s in symbols(plain["W_1"].closed)} >= {"W_2", "W_100"}
