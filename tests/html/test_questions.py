"""The answers to the questions, found again by `derive.engine` from the numbers of the worked example."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from derive.terms import nodes
from derive.terms.definitions import forward
from derive.terms.walk import symbols
from derive.verify.tensors import TensorArithmetic, leaf
from tests.explaining.documents import CASES, document, evidence, name

AT_ZERO = {"0": 0.0, "1/2": 0.5, "1": 1.0}
NUMBER = re.compile(r"(-?\d[\d.]*)(?: \\times 10\^\{(-?\d+)\})?")


@pytest.fixture(params=CASES, ids=name)
def case(request):
    return request.param


def run(case, detach=None):
    """Values and gradients by the engine; from the definition of `detach` on, no gradient goes back."""
    known = evidence(*case)
    model, point = known.model, known.document.point
    found = {key: leaf(value) for key, value in point.floats().items()}
    for definition in model.definitions:
        found = forward([definition], found, point.sizes, TensorArithmetic(AT_ZERO[model.at_kink]))
        if definition.symbol.key == detach:
            found[detach] = found[detach].detach()
    if found[model.loss.key].requires_grad:
        found[model.loss.key].backward()
    return model, found


def asked(case) -> dict:
    return _asked(CASES.index(case))


@cache
def _asked(place: int) -> dict:
    return {question.name: question for question in document(*CASES[place]).questions.elements[-1].asked}


def numbers(text: str) -> list[float]:
    return [float(f"{base.rstrip('.')}e{power or 0}") for base, power in NUMBER.findall(text)]


def at(text: str, array) -> float:
    """The entry that a question names."""
    if found := re.search(r"in row (\d+), column (\d+)", text):
        return array[int(found[1]) - 1, int(found[2]) - 1]
    if found := re.search(r"in entry (\d+)", text):
        return array.ravel()[int(found[1]) - 1]
    assert array.size == 1
    return array.item()


def close(said: float, true: float) -> bool:
    return abs(said - true) <= 1e-4 * abs(true) + 1e-12


def test_every_model_is_asked_three_to_six_questions(case):
    questions = asked(case)
    assert 3 <= len(questions) <= 6 and {"sign", "twice", "detached"} <= set(questions)
    assert all(first and second and first != second for first, second in (q.hints for q in questions.values()))
    for question in questions.values():
        assert not numbers(re.sub(r"\$[^$]*\$", "", question.hints[0])), "the first hint only says what to trace"
        assert question.text.count("$") % 2 == question.answer.count("$") % 2 == 0


def test_the_sign_of_the_last_bias(case):
    question = asked(case)["sign"]
    model, found = run(case)
    gradient = at(question.text, np.atleast_2d(found[model.parameters[-1].key].grad))
    assert close(numbers(question.answer)[0], gradient)
    if abs(gradient) > 1e-12:
        assert ("positive" in question.answer, "lowers" in question.answer) == (gradient > 0, gradient > 0)
        assert ("negative" in question.answer, "raises" in question.answer) == (gradient < 0, gradient < 0)
    else:
        assert "It is $0$" in question.answer


def test_two_calls_double(case):
    question = asked(case)["twice"]
    model, found = run(case)
    (asked_for,) = [p for p in model.parameters if rf"\partial {p.latex}$" in question.text]
    once = at(question.text, np.atleast_2d(found[asked_for.key].grad))
    found[model.loss.key].backward()
    assert close(numbers(question.answer)[0], 2 * once) and close(numbers(question.hints[1])[0], once)


def test_what_is_left_when_something_is_detached(case):
    question = asked(case)["detached"]
    cut = re.match(r"\$(.*?)\$", question.text)[1]
    model = evidence(*case).model
    (key,) = [d.symbol.key for d in model.definitions if d.symbol.latex == cut]
    _, found = run(case, detach=key)
    left = {p.latex for p in model.parameters if found[p.key].grad is not None}
    said = question.answer.split(";")[0]
    assert {p.latex for p in model.parameters if f"${p.latex}$" in said} == left
    assert said.startswith("None") == (not left)


def test_the_plain_sum(case):
    if "plain sum" not in asked(case):
        assert evidence(*case).model.options.get("reduction", "mean") == "sum" or _one_example(case)
        return
    question = asked(case)["plain sum"]
    model, found = run(case)
    count = evidence(*case).document.point.sizes["n"]
    gradient = at(question.text, np.atleast_2d(found[model.parameters[-1].key].grad))
    assert f"n = {count}$" in question.text and close(numbers(question.answer)[1], count * gradient)


def _one_example(case) -> bool:
    return evidence(*case).document.point.sizes.get("n", 1) == 1


def test_where_one_step_leads(case):
    if "moved" not in asked(case):
        return
    question = asked(case)["moved"]
    model, found = run(case)
    bias = found[model.parameters[-1].key]
    value, slope = at(question.text, np.atleast_2d(bias.data)), at(question.text, np.atleast_2d(bias.grad))
    rate = numbers(question.text.split(r"\eta = ")[1])[0]
    said = numbers(question.answer)
    assert close(said[0], value) and close(said[1], rate) and close(said[2], slope)
    assert abs(said[3] - (value - rate * slope)) <= 1e-4 * (abs(value) + abs(rate * slope))


def test_gates_and_slopes(case):
    questions = asked(case)
    model, found = run(case)
    hidden = [d for d in model.definitions[:-2] if isinstance(d.expression, nodes.Apply)]
    assert ({"gates", "slopes"} & set(questions) != set()) == bool(hidden)
    if not hidden:
        return
    (z,) = symbols(hidden[0].expression)
    probe = leaf(found[z.key].data)
    out = forward([hidden[0]], {z.key: probe}, {}, TensorArithmetic(AT_ZERO[model.at_kink]))[hidden[0].symbol.key]
    out.sum().backward()
    if "gates" in questions:
        assert questions["gates"].answer.startswith(f"{np.sum(probe.grad == 0)} of {probe.grad.size} ")
    else:
        assert close(numbers(questions["slopes"].answer)[0], probe.grad.max())


def test_which_example_pulls_hardest(case):
    if "pulls" not in asked(case):
        assert case[0] != "linear-scalar" or case[2].get("n") == 1
        return
    _, found = run(case)
    shares = (found["yhat"].grad * found["x"].data).ravel()
    answer = asked(case)["pulls"].answer
    assert answer.startswith(f"Example {np.argmax(abs(shares)) + 1}:")
    assert close(numbers(answer)[1], shares[np.argmax(abs(shares))]) and close(numbers(answer)[2], shares.sum())
