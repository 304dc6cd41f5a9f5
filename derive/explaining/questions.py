"""Questions to predict before the numbers come: each with two hints, the first of which only says what to trace.

One row per question: when it can be asked of a model, and how it is made from the numbers of the worked example. Every
answer is computed. What is 0 beside the terms that it sums up is said to be 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from derive.explaining.elements import Question
from derive.explaining.numbers import number
from derive.explaining.prose.facts import Facts, facts
from derive.explaining.prose.meanings import listed
from derive.explaining.written import Numbers
from derive.models.model import Model
from derive.symbolic.derivation import Derivation
from derive.terms import nodes
from derive.terms.nodes import Symbol
from derive.terms.walk import symbols

# As many questions are asked at most.
MOST = 6
# A gradient that is less than this part of the terms that it sums up is 0, as far as a reader can tell.
FLAT = 1e-12


@dataclass(frozen=True)
class Case:
    """A model with its numbers, as questions ask about it. `rate` is that of the step that the document shows."""

    model: Model
    derivation: Derivation
    numbers: Numbers
    rate: Fraction | None

    @cached_property
    def known(self) -> Facts:
        return facts(self.model)

    def value(self, symbol: Symbol) -> np.ndarray:
        return self.numbers.values[symbol.key]

    def gradient(self, symbol: Symbol) -> np.ndarray:
        """By a symbol, with entries that are nothing but rounding set to 0."""
        adjoint = self.derivation[symbol.key].adjoint
        gradient = self.numbers.value(adjoint)
        return np.where(abs(gradient) <= FLAT * self.numbers.magnitudes[adjoint.key], 0, gradient)

    def steepest(self, symbol: Symbol) -> tuple[int, int]:
        """The entry with the largest gradient, the first of them."""
        gradient = self.gradient(symbol)
        return divmod(int(np.argmax(abs(gradient).astype(float))), gradient.shape[1])

    def by(self, symbol: Symbol) -> str:
        return rf"\partial {self.model.loss.latex}/\partial {symbol.latex}"


def entry(symbol: Symbol, case: Case, place: tuple[int, int]) -> str:
    """` in row 2, column 1`, or nothing for a number."""
    rows, columns = case.value(symbol).shape
    i, j = place
    if rows == columns == 1:
        return ""
    return f" in entry {i + j + 1}" if 1 in (rows, columns) else f" in row {i + 1}, column {j + 1}"


# ---------------------------------------------------------------- the questions


def sign(case: Case) -> Question:
    symbol = case.model.parameters[-1]
    place = case.steepest(symbol)
    value = case.gradient(symbol)[place]
    where = entry(symbol, case, place)
    yhat, y = case.derivation.definitions[-2].symbol.latex, case.model.targets.latex
    summed = " Those of all examples are added up." if case.known.batch else ""
    if value == 0:
        said = f"It is $0$: to first order, moving ${symbol.latex}$ there changes nothing."
    else:
        way, against = ("positive", "lowers") if value > 0 else ("negative", "raises")
        said = f"It is ${number(value)}$, {way}: gradient descent {against} ${symbol.latex}${where}."
    return Question(
        "sign",
        f"Is ${case.by(symbol)}${where} positive or negative? In other words: to bring the loss down, should"
        f" ${symbol.latex}$ be raised or lowered there?",
        (
            f"Trace what a slightly larger ${symbol.latex}$ does: to what it is added to, from there to the prediction,"
            " and from there to the loss.",
            f"A bias is added as it is, so its gradient is that of what it is added to, whose sign is the sign of the"
            f" residual ${yhat} - {y}$.{summed}",
        ),
        said,
    )


def pulls(case: Case) -> Question | None:
    w, x = case.model.parameters[0], case.model.inputs
    (prediction,) = [d.symbol for d in case.model.definitions if d.index]
    shares = case.gradient(prediction) * case.value(x)
    most = max(abs(shares).ravel())
    if most == 0 or shares.size == 1:
        return None
    found = [i for i, share in enumerate(abs(shares).ravel(), 1) if share >= most * (1 - FLAT)]
    which = f"Example {found[0]}" if len(found) == 1 else f"Examples {listed([str(i) for i in found])} alike"
    parts = " and ".join(f"${number(shares[i - 1, 0])}$" for i in found[:1])
    return Question(
        "pulls",
        f"${case.by(w)}$ is a sum with one part from every example. Which example pulls hardest at ${w.latex}$?",
        (
            f"Trace the path of one example alone: from the loss to ${prediction.latex}_i$, and from there to"
            f" ${w.latex}$.",
            rf"Its part is $\partial L/\partial {prediction.latex}_i$ times ${x.latex}_i$, and the first factor is"
            f" proportional to the residual: a large residual at a small ${x.latex}_i$ pulls only a little.",
        ),
        f"{which}: it adds {parts} to the sum, which is ${number(case.gradient(w).item())}$.",
    )


def gates(case: Case) -> Question:
    _, applied = case.model.kinked[0]
    (z,) = symbols(applied)
    value = case.value(z).ravel()
    closed = sum(1 for v in value if v < 0 or (v == 0 and case.model.at_kink == "0"))
    part = case.model.at_kink
    kink = "" if part == "0" else f" At exactly 0 the convention lets a part of {part} pass."
    verb = "passes" if closed == 1 else "pass"
    return Question(
        "gates",
        f"Of the {value.size} number{'s' if value.size != 1 else ''} in ${z.latex}$, how many pass no gradient back"
        " through the ReLU?",
        (
            f"Trace every number of ${z.latex}$ forward through the ReLU: which of them could change a little without"
            " anything behind noticing?",
            rf"The gate $\mathrm{{ReLU}}'({z.latex})$ is 0 where ${z.latex}$ is negative.{kink} Work out the signs.",
        ),
        f"{closed} of {value.size} {verb} nothing back, whatever comes in from above.",
    )


def slopes(case: Case) -> Question:
    applied = _hidden(case)
    a = next(d.symbol for d in case.model.definitions if d.expression == applied)
    (z,) = symbols(applied)
    steepest = case.numbers.value(nodes.Apply((z,), applied.function, 1)).max()
    name, form, rest, least = {
        "sigmoid": (r"\sigma'", f"{a.latex}(1 - {a.latex})", "1/2", "1/4"),
        "tanh": (r"\tanh'", f"1 - {a.latex}^2", "0", "1"),
    }[applied.function]
    return Question(
        "slopes",
        f"On the way back the gradient is multiplied, entry by entry, by ${name}({z.latex})$. How large is the largest"
        " of these factors?",
        (
            f"Trace the curve of the activation: where is it steepest, and which number of ${z.latex}$ is nearest"
            " to that place?",
            f"Each factor is ${form}$: take the entry of ${a.latex}$ that is nearest to ${rest}$.",
        ),
        f"It is ${number(steepest)}$. No factor is ever more than ${least}$.",
    )


def twice(case: Case) -> Question:
    moved_by = (p for p in case.model.parameters if case.gradient(p)[case.steepest(p)] != 0)
    symbol = next(moved_by, case.model.parameters[0])
    place = case.steepest(symbol)
    once = case.gradient(symbol)[place]
    where = entry(symbol, case, place)
    return Question(
        "twice",
        f"You call backward() twice, with no zero_grad() between. What stands in ${case.by(symbol)}${where} then?",
        (
            "Trace what backward() does with a gradient that is already there when a new one arrives.",
            f"The first call leaves ${number(once)}$ there; nothing has changed when the second one comes.",
        ),
        f"${number(2 * once)}$: backward() adds. That is what makes fan-out work, and why a training loop calls"
        " zero_grad().",
    )


def detached(case: Case) -> Question:
    definitions = case.model.definitions
    hidden = [d.symbol for d in definitions[:-2] if isinstance(d.expression, nodes.Apply)]
    cut = hidden[-1] if hidden else definitions[-2].symbol
    left = [f"${p.latex}$" for p in reached(case.model, cut) if p in case.model.parameters]
    paths = "there are several" if len(left) not in (0, len(case.model.parameters)) else "look at all of them"
    none = [f"${p.latex}$" for p in case.model.parameters if f"${p.latex}$" not in left]
    return Question(
        "detached",
        f"${cut.latex}$ is detached, and then backward() is called. Which parameters still get a gradient?",
        (
            f"Trace the paths that lead from the loss back to each parameter: {paths}.",
            f"Detaching cuts every path through ${cut.latex}$ and no other.",
        ),
        f"Only {listed(left)}; {listed(none)} lie{'s' if len(none) == 1 else ''} behind the cut." if left
        else f"None: every path goes through ${cut.latex}$.",
    )  # fmt: skip


def reached(model: Model, cut: Symbol | None = None) -> list[Symbol]:
    """The symbols that a gradient of the loss reaches where one is detached, results before parents."""
    found = [model.loss]
    for definition in reversed(model.definitions):
        if definition.symbol in found:
            found += [s for s in symbols(definition.expression) if s != cut and s not in found]
    return found


def plain_sum(case: Case) -> Question | None:
    count = case.numbers.sizes["n"]
    if count == 1:
        return None
    symbol = case.model.parameters[-1]
    place = case.steepest(symbol)
    value = case.gradient(symbol)[place]
    return Question(
        "plain sum",
        f"The loss divides by $n = {count}$. If it were the plain sum over the examples, what would"
        f" ${case.by(symbol)}${entry(symbol, case, place)} be?",
        (
            "Trace the factor $1/n$ on its way back from the loss: where does it meet the other factors?",
            f"It stands in front of everything, so every gradient holds it once. Now it is ${number(value)}$.",
        ),
        f"${count}$ times as much, ${number(count * value)}$. The direction of the whole gradient stays.",
    )


def moved(case: Case) -> Question | None:
    if case.rate is None:
        return None
    symbol = case.model.parameters[-1]
    place = case.steepest(symbol)
    value, slope, rate = case.value(symbol)[place], case.gradient(symbol)[place], float(case.rate)
    if slope == 0:
        return None
    there = f"${symbol.latex}${entry(symbol, case, place)}"
    after = value - slope * case.rate.numerator / case.rate.denominator
    return Question(
        "moved",
        rf"{there} is ${number(value)}$ now. Where does one step of gradient descent with $\eta = {number(rate)}$"
        " take it?",
        (
            "Trace the sign: a step goes against the gradient.",
            f"The gradient there is ${number(slope)}$.",
        ),
        rf"To ${number(value)} - {number(rate)} \cdot {_bracketed(slope)} = {number(after)}$.",
    )


def _bracketed(value: Any) -> str:
    text = number(value)
    return f"({text})" if text.startswith("-") else text


def _hidden(case: Case) -> nodes.Apply:
    """The first activation of a hidden layer."""
    return next(d.expression for d in case.model.definitions[:-2] if isinstance(d.expression, nodes.Apply))


# (when it can be asked, the question or None where its numbers say nothing)
QUESTIONS: tuple[tuple[Callable[[Facts], bool], Callable[[Case], Question | None]], ...] = (
    (lambda f: True, sign),
    (lambda f: f.model == "linear-scalar", pulls),
    (lambda f: f.deep and f.hidden == "relu", gates),
    (lambda f: f.deep and f.hidden in ("sigmoid", "tanh"), slopes),
    (lambda f: True, twice),
    (lambda f: True, detached),
    (lambda f: f.divided, plain_sum),
    (lambda f: True, moved),
)


def questions(model: Model, derivation: Derivation, numbers: Numbers, rate: Fraction | None) -> tuple[Question, ...]:
    """The questions that can be asked of a model, at most `MOST`."""
    return tuple(_asked(Case(model, derivation, numbers, rate)))[:MOST]


def _asked(case: Case) -> Iterator[Question]:
    for applies, make in QUESTIONS:
        question = make(case) if applies(case.known) else None
        if question is not None:
            yield question
