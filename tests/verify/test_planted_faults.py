"""A wrong derivative in each room in turn: the witnesses disagree, their numbers are shown, nothing is written."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from derive.cli.main import main
from derive.engine import tensor
from derive.models.catalogue import build
from derive.models.model import symbol
from derive.symbolic import components, numbers, rules, scalars
from derive.symbolic.derivation import Edge
from derive.terms import nodes, sympy_bridge
from derive.terms.arithmetic import NUMPY
from derive.verify import evidence, witnesses
from derive.verify.evidence import Answer, gather
from derive.verify.report import disagreement
from tests.verify.hand_built import model, vectors

OPTIONS = {"hidden": "tanh"}


def _rule_of_the_product(monkeypatch, _):
    right = rules.RULES[nodes.Product]
    wrong = rules.Rule(right.name, right.mathematics, lambda t, g, k: nodes.term(2) @ right.vjp(t, g, k))
    monkeypatch.setitem(rules.RULES, nodes.Product, wrong)


def _rule_without_its_transpose(monkeypatch, _):
    """Shapes that do not conform: the closed form has no value at all."""
    right = rules.RULES[nodes.Product]

    def vjp(t, g, k):
        found = right.vjp(t, g, k)
        return found.T if t.args[k].shape.cols.monomials and not found.is_scalar else found

    monkeypatch.setitem(rules.RULES, nodes.Product, rules.Rule(right.name, right.mathematics, vjp))


def _derivative_of_sympy(monkeypatch, _):
    """SymPy's derivative of tanh, twice as large, wherever it is asked for."""
    right = sympy_bridge.definition

    def definition(name, order=0):
        slope = right(name, order)
        return sp.Lambda(slope.variables, 2 * slope.expr) if (name, order) == ("tanh", 1) else slope

    for room in (sympy_bridge, numbers, scalars):
        monkeypatch.setattr(room, "definition", definition)
    for cached in (scalars.derivative, scalars.output_form):
        cached.cache_clear()


def _rule_of_the_engine(monkeypatch, _):
    right = tensor.RULES["tanh"]
    monkeypatch.setitem(tensor.RULES, "tanh", right._replace(vjps=(lambda g, y, a: g * (1.0 - y),)))


def _component_witness(monkeypatch, _):
    right = components._by_symbol

    def by_symbol(terms):
        found = right(terms)
        return {name: [*parts, parts[0]] for name, parts in found.items()}

    monkeypatch.setattr(components, "_by_symbol", by_symbol)


def _forward_pass_of_the_difference(monkeypatch, _):
    right = type(NUMPY).apply

    def apply(self, function, order, value):
        result = right(self, function, order, value)
        # The engine and the exact witnesses have arithmetics of their own.
        return result * 1.001 if self is NUMPY and function == "tanh" else result

    monkeypatch.setattr(type(NUMPY), "apply", apply)


def _one_entry_of_the_difference(monkeypatch, size):
    right = witnesses.difference

    def difference(*args, **named):
        reading = right(*args, **named)
        reading.values["W_1"][-1, 0] *= 1 + size
        return reading

    monkeypatch.setattr(witnesses, "difference", difference)


FAULTS = {
    "rule": _rule_of_the_product,
    "shapes": _rule_without_its_transpose,
    "sympy": _derivative_of_sympy,
    "engine": _rule_of_the_engine,
    "component": _component_witness,
    "difference": _forward_pass_of_the_difference,
    "one entry": _one_entry_of_the_difference,
}


@pytest.fixture(autouse=True)
def _caches_are_clean():
    """SymPy's derivatives are kept: a planted one must not outlive its test."""
    yield
    for cached in (scalars.derivative, scalars.output_form):
        cached.cache_clear()


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_seen(fault, monkeypatch, tmp_path, capsys):
    FAULTS[fault](monkeypatch, 1e-5)
    found = gather(build("mlp", OPTIONS))
    assert found.answer is Answer.DISAGREED
    assert not found.agreed

    worst = next(found.disagreements())
    assert not worst.relative <= 1e-6
    report = disagreement(found)
    assert "nothing is boxed" in report
    row = next(line for line in report.splitlines() if line.startswith(worst.key))
    row_of = next(point for point in found.points if point.point.name == worst.point)
    i, j = worst.where
    for name in witnesses.NAMES:
        reading = row_of.readings[name]
        value = reading.loss if worst.key == "L" else reading.values[worst.key][i - 1, j - 1]
        assert f"{value:.6g}" in row.split(), name

    assert main(["explain", "mlp", "--hidden", "tanh", "--out", str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
    printed = capsys.readouterr()
    assert "nothing is boxed" in printed.err
    assert worst.key in printed.err
    assert printed.out == ""


def test_without_a_fault_all_agree():
    assert gather(build("mlp", OPTIONS)).agreed


@pytest.mark.parametrize("size", [1e-3, 1e-5, 3e-6])
def test_a_small_relative_error_in_one_entry(size, monkeypatch):
    _one_entry_of_the_difference(monkeypatch, size)
    found = gather(build("mlp", OPTIONS))
    assert found.answer is not Answer.AGREED
    assert {(c.key, c.witness) for c in found.disagreements()} == {("W_1", "difference")}
    assert {c.where[1] for c in found.disagreements()} == {1}


def test_an_error_between_the_two_limits_decides_nothing_and_is_drawn_again(monkeypatch):
    drawn = []
    right = evidence.draw
    monkeypatch.setattr(evidence, "draw", lambda *args, **more: drawn.append(args[3]) or right(*args, **more))
    _one_entry_of_the_difference(monkeypatch, 1e-7)
    found = gather(build("mlp", OPTIONS))
    assert found.answer is Answer.UNDECIDED
    assert not found.agreed
    assert drawn.count("set 1, point 1") == evidence.REDRAWS
    assert "do not decide" in disagreement(found)


@pytest.mark.parametrize("check", ["steps", "jacobians"])
def test_a_step_or_a_jacobian_that_is_printed_and_wrong(check, monkeypatch):
    """The closed forms are right, and so nobody but the check can know."""
    if check == "steps":
        right = witnesses.Step.definition

        def definition(self, *, closed=True):
            found = right(self, closed=closed)
            wrong = nodes.term(Fraction(3, 2)) @ found.expression
            return found if closed or self.symbol.key != "z_1" else type(found)(found.symbol, wrong, found.index)

        monkeypatch.setattr(witnesses.Step, "definition", definition)
    else:
        right = Edge.jacobian.func
        wrong = property(lambda edge: -right(edge) if edge.symbol.key == "z_1" else right(edge))
        monkeypatch.setattr(Edge, "jacobian", wrong)
    found = gather(build("mlp", OPTIONS))
    assert found.answer is Answer.DISAGREED
    assert {c.witness for c in found.disagreements()} == {check}
    assert "z_1" in {c.key for c in found.disagreements()}
    assert f"the {check} of the derivation" in disagreement(found)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("witness", ["rule", "component", "engine", "difference"])
def test_what_is_no_number_agrees_with_nothing(value, witness, monkeypatch):
    right = getattr(witnesses, witness)

    def wrong(*args, **named):
        reading = right(*args, **named)
        reading.values["b_1"][0, 0] = value
        return reading

    monkeypatch.setattr(witnesses, witness, wrong)
    assert gather(build("mlp", OPTIONS)).answer is Answer.DISAGREED


@pytest.mark.parametrize("wrong", ["missing", "flat", "one number", "transposed", "no loss", "infinite loss"])
@pytest.mark.parametrize("witness", ["component", "engine", "difference"])
def test_what_is_left_out_or_of_another_shape_agrees_with_nothing(wrong, witness, monkeypatch):
    right = getattr(witnesses, witness)

    def told(*args, **named):
        reading = right(*args, **named)
        if wrong == "no loss":
            return witnesses.Reading(reading.values, None)
        if wrong == "infinite loss":
            return witnesses.Reading(reading.values, np.inf)
        values = dict(reading.values)
        gradient = values.pop("W_1")
        shapes = {"flat": gradient.ravel(), "one number": gradient[:1, :1], "transposed": gradient.T}
        return witnesses.Reading(values | ({"W_1": shapes[wrong]} if wrong in shapes else {}), reading.loss)

    monkeypatch.setattr(witnesses, witness, told)
    assert gather(build("mlp", OPTIONS)).answer is Answer.DISAGREED


@pytest.mark.parametrize("witness", ["component", "engine", "difference"])
def test_who_is_silent_does_not_agree(witness, monkeypatch):
    monkeypatch.setattr(witnesses, witness, lambda *args, **named: witnesses.Reading({}, silent="out for lunch"))
    found = gather(build("mlp", OPTIONS))
    assert found.answer is Answer.UNDECIDED
    assert "out for lunch" in disagreement(found)


# ---------------------------------------------------------------- row by row


def _used_by(made):
    return {type(node) for definition in made.definitions for node in definition.expression.walk()}


def _matrix_functions():
    """L = ln(det(A)^2) + |A x| / (1 + |A|^2) + tr(A A) + x^T diag(A^T y) x"""
    x, y = vectors("x", "y")
    A, u = symbol("A", "d x d"), symbol("u", "d")
    det = nodes.Apply((nodes.Determinant((A,)) ** 2,), "log")
    ratio = nodes.Norm((u,)) / (1 + nodes.SquaredNorm((A,)))
    rest = nodes.Trace((A @ A,)) + x.T @ nodes.Diag((A.T @ y,)) @ x
    return model("matrix functions", [(u, A @ x), (symbol("L", "scalar"), det + ratio + rest)], (A,), x, y)


COVERING = (
    _matrix_functions,
    lambda: build("mlp", {"arrangement": "rows"}),
    lambda: build("linear-scalar"),
    lambda: build("logistic", {"arrangement": "columns"}),
    lambda: build("linear"),
)
ROWS = sorted(
    {row for make in COVERING for row in _used_by(make()) if row in rules.RULES}, key=lambda row: row.__name__
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_every_rule_that_the_models_use(row, monkeypatch):
    right = rules.RULES[row]
    wrong = rules.Rule(right.name, right.mathematics, lambda t, g, k: nodes.term(2) @ right.vjp(t, g, k))
    monkeypatch.setitem(rules.RULES, row, wrong)
    made = next(found for make in COVERING if row in _used_by(found := make()))
    assert gather(made).answer is Answer.DISAGREED


OPERATIONS = ("+", "-", "*", "/", "@", "neg", "log", "log of sigmoid", "sigmoid", "ReLU", "sum", "det", "sqrt")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_of_the_engine_that_the_models_use(operation, monkeypatch):
    right = tensor.RULES[operation]
    used = []

    def wrong(vjp):
        return lambda g, *args, **params: used.append(operation) or 1.00001 * vjp(g, *args, **params)

    monkeypatch.setitem(tensor.RULES, operation, right._replace(vjps=tuple(map(wrong, right.vjps))))
    seen = any(gather(make()).answer is Answer.DISAGREED for make in COVERING)  # up to the first that uses it
    assert used
    assert seen


def test_the_rows_are_those_of_the_models():
    assert {"Product", "Add", "Apply", "Hadamard", "Total", "Sum", "SquaredNorm", "Norm", "Quotient", "Power"} <= {
        row.__name__ for row in ROWS
    }
