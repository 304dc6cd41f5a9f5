"""The written-out loss: whole and cut it gives the same, and the same as the rules, for every model and convention."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest

from derive.models.catalogue import build
from derive.symbolic import components as room
from derive.symbolic.components import TooLarge, write_out
from derive.symbolic.derivation import differentiate
from derive.symbolic.scalars import numeric_derivatives
from derive.terms import nodes
from derive.terms.arithmetic import digits
from derive.terms.definitions import Definition, forward
from derive.terms.dims import Dim
from derive.terms.indices import Index
from derive.terms.nodes import Apply, Component, Hadamard, Sum, Symbol
from derive.terms.shapes import Shape
from tests.models.every_model import MODELS
from tests.symbolic.complex_step import full
from tests.terms.random_terms import close, exact, rationals

DIGITS = 40


@dataclass(frozen=True)
class Case:
    """Definitions with what is known before them."""

    definitions: tuple[Definition, ...]
    loss: Symbol
    given: tuple[Symbol, ...]
    parameters: tuple[Symbol, ...]


def at(definitions, given, sizes, at_kink, positive=()):
    """The values of all symbols, in their full shapes."""
    arithmetic = digits(DIGITS, numeric_derivatives(at_kink, DIGITS))
    start = {}
    for symbol in given:
        numbers = rationals(symbol, sizes)[symbol.key]
        start[symbol.key] = np.abs(numbers) / 2 if symbol in positive else numbers
    values = forward(definitions, exact(start, arithmetic), sizes, arithmetic)
    shapes = {s.key: s.shape for s in (*given, *(d.symbol for d in definitions))}
    return {key: full(value, shapes[key], sizes) for key, value in values.items()}, arithmetic


def compare(case, sizes, at_kink=Fraction(0), positive=(), wholes=(10**6, 0, 10)):
    """Whole, cut behind every definition, and cut in between: the same numbers as the rules, for every symbol."""
    values, arithmetic = at(case.definitions, case.given, sizes, at_kink, positive)
    derivation = differentiate(case.definitions, case.loss, case.parameters)
    by_rule = forward([step.definition() for step in derivation.steps], values, sizes, arithmetic)
    wanted = tuple(step.symbol for step in derivation.steps)
    for whole in wholes:
        written = write_out(case.definitions, case.loss, case.given, wanted, sizes, whole)
        found = written.evaluate(values, at_kink, DIGITS)
        assert close(found[""], values[case.loss.key], 1e-30)
        for step in derivation.steps:
            expected = full(by_rule[step.adjoint.key], step.symbol.shape, sizes)
            assert close(found[step.symbol.key], expected, 1e-25), (step.symbol.key, whole)


SIZES = {"n": 3, "d": 2, "h": 2, "k": 1, "h_1": 2, "h_2": 1}


@pytest.mark.parametrize("name", MODELS)
def test_every_model_and_convention(name):
    model = MODELS[name]
    case = Case(model.definitions, model.loss, model.given, model.parameters)
    sizes = {key: SIZES[key] for key in model.dimensions}
    positive = (model.targets,) if model.binary else ()
    compare(case, sizes, Fraction(model.at_kink), positive, wholes=(room.WHOLE, 0))


# ---------------------------------------------------------------- fan-out


def symbol(name, shape="scalar"):
    return Symbol(name=name, declared=Shape.of(shape))


x, y, W, A, L = symbol("x", "d"), symbol("y", "d"), symbol("W", "d x d"), symbol("A", "d x d"), symbol("L")
u, v, s, t = symbol("u", "d"), symbol("v", "d"), symbol("s", "d"), symbol("t")


def entry(vector, index="i"):
    return Component((vector,), Index(index))


FAN_OUT = {
    "an intermediate used in every definition behind it": (
        Definition(u, W @ x),
        Definition(v, Apply((u,), "tanh") + u),
        Definition(s, Hadamard((u, v)) + W @ v),
        Definition(t, u.T @ s),
        Definition(L, t * nodes.SquaredNorm((s - v,)) + u.T @ x),
    ),
    "a parameter used in every definition": (
        Definition(u, W @ x),
        Definition(v, W @ u),
        Definition(s, W @ v),
        Definition(L, s.T @ W @ u),
    ),
    "a definition that leads nowhere": (
        Definition(v, W @ x),
        Definition(u, W @ x),
        Definition(s, W @ u + Hadamard((v, v))),
        Definition(L, nodes.SquaredNorm((u,))),
    ),
    "a definition that does not depend on a parameter": (
        Definition(u, A @ y),
        Definition(v, Hadamard((u, x))),
        Definition(L, nodes.SquaredNorm((v + u,))),
    ),
    "entries and whole vectors": (
        Definition(u, entry(x) ** 2 * t, "i"),
        Definition(v, W @ u),
        Definition(L, Sum((entry(v, "k") * entry(y, "k"),), "k", 1, Dim.of("d"))),
    ),
    "inverse, determinant, trace": (
        Definition(v, nodes.Inverse((W + 9 * nodes.Identity(dim=Dim.of("d")),)) @ x),
        Definition(
            L,
            nodes.SquaredNorm((v,)) + nodes.Determinant((W,)) * nodes.Trace((W @ W,)) + nodes.Norm((x,)) ** 3,
        ),
    ),
    "numbers that SymPy has a name for": (Definition(L, Apply((nodes.term(1),), "exp") * (x.T @ x)),),
}


@pytest.mark.parametrize("name", FAN_OUT)
def test_fan_out(name):
    definitions = FAN_OUT[name]
    defined = {d.symbol for d in definitions}
    used = dict.fromkeys(node for d in definitions for node in d.expression.walk() if isinstance(node, Symbol))
    given = tuple(symbol for symbol in used if symbol not in defined)
    constant = {A} | ({y} if A in given else set())
    reached = {step.symbol for step in differentiate(definitions, L, given).steps}
    parameters = tuple(symbol for symbol in given if symbol not in constant and symbol in reached)
    compare(Case(definitions, L, given, parameters), {"d": 2})


def test_what_the_loss_does_not_depend_on_has_gradient_zero():
    definitions = (Definition(u, W @ x), Definition(L, nodes.SquaredNorm((x,))))
    for whole in (0, 10**6):
        found = write_out(definitions, L, (W, x), (W, u), {"d": 2}, whole)
        values, _ = at(definitions, (W, x), {"d": 2}, Fraction(0))
        gradients = found.evaluate(values, Fraction(0), 30)
        assert not gradients["W"].any()
        assert gradients["u"].shape == (2, 1)
        assert not gradients["u"].any()


@pytest.mark.parametrize("at_kink", [Fraction(0), Fraction(1, 2), Fraction(1)])
def test_the_convention_at_a_kink(at_kink):
    definitions = (Definition(u, Apply((x,), "relu")), Definition(L, nodes.Total((u,))))
    written = write_out(definitions, L, (x,), (x,), {"d": 3})
    mp = digits(30).number
    numbers = np.array([[mp(Fraction(v))] for v in (-1, 0, 2)])
    values = {"x": numbers, "u": np.maximum(numbers, 0), "L": np.array([[mp(Fraction(2))]])}
    assert written.evaluate(values, at_kink, 30)["x"].ravel().tolist() == [0, float(at_kink), 1]


def test_what_is_too_large_is_refused():
    definitions = (Definition(u, W @ x), Definition(L, nodes.SquaredNorm((u,))))
    with pytest.raises(TooLarge, match="L has too many entries to be written out one by one"):
        write_out(definitions, L, (W, x), (W,), {"d": 10**5})


def test_a_wrong_segment_is_seen(monkeypatch):
    right = room._Writer.segment

    def wrong(self, start, stop):
        segment = right(self, start, stop)
        return replace(segment, gradients={key: -value for key, value in segment.gradients.items()})

    monkeypatch.setattr(room._Writer, "segment", wrong)
    model = build("linear")
    with pytest.raises(AssertionError):
        compare(Case(model.definitions, model.loss, model.given, model.parameters), {"n": 2, "d": 3})
