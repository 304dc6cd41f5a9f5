"""The form that a textbook prints: every step of the models against `textbook.txt`, and the local Jacobians.

A line of that file is one step: target = over the adjoint before it = closed (once where the two are the same).
"""

from fractions import Fraction
from pathlib import Path

import pytest

from derive.models.catalogue import build
from derive.symbolic.derivation import differentiate
from derive.terms.definitions import forward
from derive.terms.evaluate import Scope
from derive.terms.nodes import Component
from tests.models.every_model import MODELS
from tests.symbolic.complex_step import full, moves, numbers
from tests.terms.random_terms import close, exact, rationals

TEXTBOOK = (Path(__file__).parent / "textbook.txt").read_text(encoding="utf-8")
BLOCKS = [block.splitlines() for block in TEXTBOOK.strip().split("\n\n")]
DOCUMENTS = {title.removeprefix("# "): steps for title, *steps in BLOCKS}


def derive(model):
    return differentiate(model.definitions, model.loss, model.parameters, dict(model.signals))


@pytest.mark.parametrize("title", DOCUMENTS)
def test_textbook_form(title):
    name, *options = title.split()
    steps = derive(build(name, dict(option.split("=") for option in options))).steps
    found = []
    for step in steps:
        forms = dict.fromkeys((step.expression.latex, step.closed.latex))
        found.append(" = ".join((step.target.latex, *forms)))
    assert found == DOCUMENTS[title]


def test_the_forms_that_everybody_knows():
    mlp = derive(build("mlp"))
    assert mlp["z_2"].closed.latex == r"\hat{y} - y"
    assert mlp["z_1"].closed.latex == r"(W_2^\top \delta_2) \odot \mathrm{ReLU}'(z_1)"
    assert mlp["W_1"].closed.latex == r"\delta_1 x^\top"
    assert derive(build("logistic"))["w"].closed.latex == r"\frac{1}{n}\, X^\top (\hat{y} - y)"
    assert mlp.expanded("W_2").latex == r"(\hat{y} - y) a_1^\top"
    edges = {(edge.user.symbol.key, edge.symbol.key): edge.jacobian for step in mlp.steps for edge in step.edges}
    assert edges["z_2", "a_1"].latex == "W_2"
    assert edges["a_1", "z_1"].latex == r"\mathrm{diag}\bigl(\mathrm{ReLU}'(z_1)\bigr)"
    assert edges["z_1", "b_1"].latex == "I_h"
    assert edges["z_1", "W_1"].latex == r"x^\top \otimes I_h"


def test_closed_forms_are_sympy_expressions():
    for step in derive(build("mlp", {"arrangement": "rows"})).steps:
        assert step.to_sympy().shape is not None


@pytest.mark.parametrize("name", list(MODELS)[::3])
def test_local_jacobians_of_every_edge(name):
    model = MODELS[name]
    distinct = {"n": 2, "d": 3, "h": 4, "k": 1, "h_1": 2, "h_2": 4}
    sizes = {key: distinct[key] for key in model.dimensions}
    arithmetic = numbers(Fraction(model.at_kink))
    start = {s.key: rationals(s, sizes)[s.key] for s in model.given}
    if model.binary:
        start[model.targets.key] = abs(start[model.targets.key]) / 2
    values = forward(model.definitions, exact(start, arithmetic), sizes, arithmetic)
    for step in derive(model).steps:
        for edge in step.edges:
            assert edge.jacobian is not None, edge.user.latex
            position = model.definitions.index(edge.user)
            user = (model.definitions[position],)
            known = {key: value for key, value in values.items() if key != edge.user.symbol.key}
            expected = moves(user, edge.symbol, edge.user.symbol, known, sizes, arithmetic)
            by_entry = edge.index or edge.user.index
            if not by_entry:
                found = Scope(arithmetic, known, sizes).evaluate(edge.jacobian)
                assert close(full(found, edge.jacobian.shape, sizes), expected, 1e-20), edge.jacobian.latex
                continue
            # Entry by entry: row i of the Jacobian, at column i where the symbol is taken by entries.
            for i in range(max(expected.shape)):
                found = Scope(arithmetic, known, sizes, {by_entry: i + 1}).evaluate(edge.jacobian)
                row = i if edge.user.index else 0
                column = i if edge.index else 0
                entry = expected[row : row + 1, column : column + 1]
                assert close(full(found, edge.jacobian.shape, sizes), entry, 1e-20), edge.jacobian.latex


def test_the_target_of_a_step_by_entries_is_an_entry():
    step = derive(build("linear-scalar"))["yhat"]
    assert isinstance(step.target, Component)
    assert step.index == "i"
