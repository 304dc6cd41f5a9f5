"""The worked example: every definition and every edge with numbers, and one step of gradient descent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from derive.explaining.backward import inline
from derive.explaining.elements import Display, Element, Heading, Paragraph, Table
from derive.explaining.numbers import matrix, number, shortened
from derive.explaining.prose.facts import facts
from derive.explaining.written import FORWARD, GRADIENT, Numbers, braced, colored
from derive.models.model import Model
from derive.symbolic.derivation import Derivation, Edge, Step
from derive.terms import nodes
from derive.terms.definitions import Definition
from derive.terms.indices import Index
from derive.terms.nodes import Component, Symbol
from derive.verify.evidence import PointEvidence
from derive.verify.points import Point
from derive.verify.witnesses import Saturated, closed_forms, exact_forward

# Learning rates are 1, 2 and 5 times powers of ten: the boldest that shows a fall of the loss is taken. So many powers
# below 1 are tried while the step can matter at all, and some above 1 where a step of 1 is too small to show.
POWERS_DOWN, POWERS_UP = 60, 6
# To first order the loss falls by rate * |gradient|^2: less than this part of it, and no digit would ever move.
HOPELESS = 1e-20
# A gradient that is less than this part of the terms that it sums up is 0, as far as a reader can tell.
FLAT = 1e-12
# Learning rates that are named one by one; more of them are described.
NAMED_RATES = 3
# As many numbers stand beside each other on a line.
WIDEST = 7
# More examples than these are shown by the first and last of them.
MOST_EXAMPLES = 8


def numbers_of(model: Model, derivation: Derivation, point: PointEvidence) -> Numbers:
    """Forward values and adjoints of the worked example, as the closed forms give them."""
    exact = exact_forward(model, point.point)
    gradients = closed_forms(model, derivation, point.point, exact)
    adjoints = {step.adjoint.key: gradients[step.symbol.key] for step in derivation.steps}
    return Numbers(
        values={**exact.values, **{key: np.atleast_2d(gradient.value) for key, gradient in adjoints.items()}},
        sizes=point.point.sizes,
        arithmetic=exact.arithmetic,
        precision=exact.precision,
        magnitudes={key: np.atleast_2d(gradient.size) for key, gradient in adjoints.items()},
    )


def worked(model: Model, derivation: Derivation, numbers: Numbers) -> tuple[Element, ...]:
    """Given values, the forward pass, and every edge of the backward pass."""
    elements: list[Element] = [*given(model, numbers)]
    elements.append(Heading("Forward"))
    note = "Numbers go into one definition after the other. They are printed to 5 digits and not rounded in between."
    elements.append(Paragraph(note))
    for definition in model.definitions:
        elements.append(_entries(definition, numbers) if definition.index else _defined(definition, numbers))
    elements += _nearly_one(model, numbers)
    elements.append(Heading("Backward"))
    elements.append(
        Paragraph(
            "On every edge, what comes in (red) times the local derivative (blue) is what goes out."
            + (" Where all examples use one symbol, what goes out is summed over them." if _sums(derivation) else "")
        )
    )
    for step in derivation.steps:
        for edge in step.edges:
            elements += _edge(model, step, edge, numbers)
    return tuple(elements)


def _nearly_one(model: Model, numbers: Numbers) -> Iterator[Element]:
    """A probability that is printed as 1 is less, and 1 minus it is a divisor on the way back."""
    for definition in model.definitions:
        if isinstance(definition.expression, nodes.Apply) and definition.expression.function == "sigmoid":
            values = numbers.values[definition.symbol.key].ravel()
            short = [1 - value for value in values if value != 1 and number(value) == "1"]
            if short:
                name = definition.symbol.latex
                yield Paragraph(
                    f"Where ${name}$ is printed as 1 it is a little less: $1 - {name}$ is not 0 there but"
                    f" ${number(max(short))}${' or less' if len(short) > 1 else ''}."
                )


def given(model: Model, numbers: Numbers) -> tuple[Element, ...]:
    """What the worked example starts from."""
    lines: list[list[str]] = []
    room = 0
    for symbol in model.given:
        shown = f"{symbol.latex} = {colored(FORWARD, matrix(numbers.values[symbol.key]))}"
        if columns(shown) + 1 > room:
            lines.append([])
            room = WIDEST + 2
        room -= columns(shown) + 1
        lines[-1].append(shown)
    return (
        Paragraph("Given are the data and the parameters:"),
        *(Display((r",\qquad ".join(line),)) for line in lines),
    )


def columns(text: str) -> int:
    """About how many numbers wide mathematics is: the columns of its matrices, and one for each number alone."""
    _, *matrices = text.split(r"\begin{bmatrix}")
    alone = len(re.findall(r"textcolor\{\w+\}\{\(?-?[\d.]", text))
    return alone + sum(part.split(r"\\")[0].split(r"\end")[0].count("&") + 1 for part in matrices)


def _sums(derivation: Derivation) -> bool:
    return any(
        isinstance(node, nodes.Ones | nodes.Sum)
        for step in derivation.steps
        for edge in step.edges
        for node in edge.contribution.walk()
    )


def _defined(definition: Definition, numbers: Numbers) -> Display:
    """z = W x + b = numbers = value; what applies a function shows the value only."""
    value = colored(FORWARD, matrix(numbers.values[definition.symbol.key]))
    expression = definition.expression
    if isinstance(expression, nodes.Symbol | nodes.Apply):
        return Display((f"{definition.symbol.latex} = {expression.latex} = {value}",))
    return Display((
        f"{definition.symbol.latex} &= {expression.latex}",
        *_joined(numbers.written(expression), value),
    ))  # fmt: skip


def _joined(written: str, value: str) -> tuple[str, ...]:
    """`= numbers = value` on one line where it fits."""
    if columns(written) + columns(value) <= WIDEST:
        return (f"&= {written} = {value}",)
    return f"&= {written}", f"&= {value}"


def _entries(definition: Definition, numbers: Numbers) -> Table:
    """A definition by entries: one line per example."""
    used = [node for node in definition.expression.walk() if isinstance(node, Component)]
    header = (f"${definition.index}$", *(f"${term.latex}$" for term in used), f"${definition.latex}$")
    count = numbers.values[definition.symbol.key].shape[0]

    def row(i: int) -> tuple[str, ...]:
        at = {definition.index: i}
        cells = (numbers.value(term, **at) for term in (*used, definition.expression))
        return (str(i), *(f"${number(cell.item())}$" for cell in cells))

    return Table(header, _rows(count, row), "c" + "r" * (len(header) - 1))


def _rows(count: int, row) -> tuple[tuple[str, ...], ...]:
    width = len(row(1))
    dots = (r"$\vdots$",) * width
    return tuple(dots if i is None else row(i) for i in shortened(range(1, count + 1), MOST_EXAMPLES, None, (4, 1)))


def _edge(model: Model, step: Step, edge: Edge, numbers: Numbers) -> list[Element]:
    if edge.index or edge.user.index:
        return _edge_by_entry(model, step, edge, numbers)
    value = numbers.value(step.adjoint)
    incoming = edge.incoming if isinstance(edge.incoming, Symbol) else None
    several = len(step.edges) > 1
    name = rf"\text{{part of }} {step.adjoint.latex}" if several else step.adjoint.latex
    out = numbers.value(edge.contribution) if several else value
    written = numbers.written(edge.contribution, incoming=incoming)
    if edge.contribution == edge.incoming:
        written = rf"1 \cdot {written}"
    elif incoming is None:
        loss = model.loss.latex
        start = braced(colored(GRADIENT, "1"), rf"\partial {loss}/\partial {loss}")
        written = rf"{start} \cdot \left({written}\right)" if " + " in written else rf"{start} \cdot {written}"
    joined = _joined(written, colored(GRADIENT, matrix(out)))
    return [Display((f"{name} &= {edge.contribution.latex}", *joined))]


def _edge_by_entry(model: Model, step: Step, edge: Edge, numbers: Numbers) -> list[Element]:
    """One line per example: incoming, local derivative, outgoing; the sum below where they share a symbol."""
    index = edge.index or edge.user.index
    incoming = Component((edge.incoming,), Index(index)) if _is_vector(edge.incoming) else edge.incoming
    symbol = Component((edge.symbol,), Index(edge.index)) if edge.index else edge.symbol
    out = rf"\partial L/\partial {symbol.latex}"
    loss = model.loss.latex
    came = rf"\partial {loss}/\partial {loss}" if isinstance(edge.incoming, nodes.Number) else _slashed(edge.incoming)
    local = rf"\partial {edge.user.target.latex}/\partial {symbol.latex}"
    header = (f"${index}$", f"incoming ${came}$", f"local ${local} = {edge.jacobian.latex}$", "outgoing")
    count = edge.user.symbol.shape.rows.size(numbers.sizes) if edge.user.index else numbers.value(step.adjoint).shape[0]

    def cells(i: int) -> tuple[Any, Any]:
        at = {index: i}
        return numbers.value(incoming, **at).item(), numbers.value(edge.jacobian, **at).item()

    def row(i: int) -> tuple[str, ...]:
        g, slope = cells(i)
        return (str(i), f"${number(g)}$", f"${number(slope)}$", f"${number(g * slope)}$")

    rows = _rows(count, row)
    if not edge.index:
        total = sum(g * slope for g, slope in map(cells, range(1, count + 1)))
        rows += (("sum", "", "", f"${out} = {number(total)}$"),)
    return [Paragraph(f"${inline(step)}$:"), Table(header, rows, "crrr")]


def _slashed(adjoint) -> str:
    by = adjoint.by if isinstance(adjoint, nodes.Adjoint) else adjoint.args[0].by
    entry = adjoint.with_args(by) if isinstance(adjoint, Component) else by
    return rf"\partial L/\partial {entry.latex}"


def _is_vector(term) -> bool:
    return isinstance(term, Symbol) and not term.is_scalar


# ---------------------------------------------------------------- one step of gradient descent


@dataclass(frozen=True)
class Descent:
    """One step: the rate, the parameters after it and the loss there, and the larger rates that did not help."""

    rate: Fraction
    moved: Mapping[str, np.ndarray]
    loss: Any
    overshot: tuple[Fraction, ...] = ()


def descent(
    model: Model, derivation: Derivation, numbers: Numbers, point: Point
) -> tuple[tuple[Element, ...], Fraction | None]:
    """New parameters, and the loss before and after, at the boldest learning rate whose fall of the loss shows.

    The rate comes with it, None where no step is shown.
    """
    gradients = {p.key: numbers.value(derivation[p.key].adjoint) for p in model.parameters}
    magnitudes = [numbers.magnitudes[derivation[p.key].adjoint.key] for p in model.parameters]
    flat = [abs(g) <= FLAT * size for g, size in zip(gradients.values(), magnitudes, strict=True)]
    if all(map(np.all, flat)):
        return (Paragraph(_flat(model, any(map(np.any, gradients.values())))),), None
    search = _Search(model, point, numbers, gradients)
    if search.slope < HOPELESS * search.before:
        return (Paragraph(_faint(search.slope)),), None
    found = search.found()
    if found is None:
        return (Paragraph(_stuck(model, search.overshot)),), None
    return _stepped(model, derivation, numbers, found), found.rate


def _flat(model: Model, nearly: bool) -> str:
    gradient = "The gradient by every parameter is zero here, so a step of gradient descent would stay where it is."
    if nearly:
        gradient = (
            "Beside the terms that it sums up, the gradient by every parameter is next to nothing here, so a step of"
            " gradient descent would hardly move."
        )
    lowest = f" The loss is convex, so this is a minimum{', or nearly' if nearly else ''}."
    return gradient + (lowest if facts(model).convex else "")


def _faint(slope: Any) -> str:
    return (
        rf"The gradient is not zero, but the sum of its squares is no more than ${number(slope)}$. To first order that"
        r" is what a step with $\eta = 1$ takes off the loss, so no step of a usual size moves a digit of it."
    )


def _stuck(model: Model, tried: Sequence[Fraction]) -> str:
    kinked = "; at a kink, the gradient that a convention chooses need not point uphill" if model.kinked else ""
    return (
        f"Of the learning rates that were tried, from ${_rate(tried[0])}$ down to ${_rate(tried[-1])}$, none brings the"
        f" loss down, although the gradient is not zero{kinked}."
    )


class _Search:
    """Learning rates are tried in numbers of many digits: in float64, rounding would decide where a step is small."""

    def __init__(self, model: Model, point: Point, numbers: Numbers, gradients: Mapping[str, np.ndarray]):
        self.model, self.point, self.precision = model, point, numbers.precision
        self.before = numbers.values[model.loss.key].item()
        self.slope = sum((gradient * gradient).sum() for gradient in gradients.values())
        self.gradients = {key: _each(_fraction, gradient) for key, gradient in gradients.items()}
        self.overshot: list[Fraction] = []

    def found(self) -> Descent | None:
        best: Descent | None = None
        for rate in self.downwards():
            step = self.step(rate)
            if step is None:
                self.overshot.append(rate)
            elif best is not None and step.loss >= best.loss:
                break
            else:
                best = step
                if self.shows(step):
                    break
        if best is None or self.shows(best) or self.overshot:
            return best
        for power in range(1, POWERS_UP + 1):
            step = self.step(Fraction(10) ** power)
            if step is None or step.loss >= best.loss:
                break
            best = step
            if self.shows(step):
                break
        return best

    def downwards(self) -> Iterator[Fraction]:
        yield Fraction(1)
        for power in range(1, POWERS_DOWN + 1):
            for digit in (5, 2, 1):
                rate = digit / Fraction(10) ** power
                if self.slope * rate.numerator / rate.denominator < HOPELESS * self.before:
                    return
                yield rate

    def step(self, rate: Fraction) -> Descent | None:
        """The step, or None where it does not bring the loss down."""
        start = self.point.values
        moved = {key: start[key] - rate * gradient for key, gradient in self.gradients.items()}
        try:
            exact = exact_forward(self.model, replace(self.point, values={**start, **moved}))
        except Saturated:  # so far off that no number of digits holds the loss
            return None
        after = exact.values[self.model.loss.key].item()
        if not after < self.before:
            return None
        # Squares of what is 0 but for the rounding of the gradient: rounding must not show.
        rounding = self.before * mpmath.mpf(10) ** (-3 * self.precision // 2)
        return Descent(rate, moved, 0.0 if after < rounding else after, tuple(self.overshot))

    def shows(self, step: Descent) -> bool:
        return number(step.loss) != number(self.before)


def _each(rule: Callable, array: np.ndarray) -> np.ndarray:
    return np.frompyfunc(rule, 1, 1)(array)


def _fraction(value: Any) -> Fraction:
    """A number of many digits as a fraction, exactly."""
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent


def _many_digits(value: Fraction) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator


def _rate(rate: Fraction) -> str:
    return number(float(rate))


def _stepped(model: Model, derivation: Derivation, numbers: Numbers, step: Descent) -> tuple[Element, ...]:
    lead = (
        rf"Each parameter moves against its gradient, by the learning rate $\eta = {_rate(step.rate)}$:"
        r" $\theta \leftarrow \theta - \eta\, \partial L/\partial \theta$."
    )
    elements: list[Element] = [Paragraph(lead)]
    for p in model.parameters:
        old = colored(FORWARD, matrix(numbers.values[p.key]))
        gradient = matrix(numbers.value(derivation[p.key].adjoint))
        gradient = f"({gradient})" if gradient.startswith("-") else gradient
        new = colored(FORWARD, matrix(_each(_many_digits, step.moved[p.key])))
        rated = "" if step.rate == 1 else rf"{_rate(step.rate)} \cdot "
        elements.append(
            Display((rf"{p.latex} \leftarrow {old} - {rated}{colored(GRADIENT, gradient)} = {new}",))
        )
    before = numbers.values[model.loss.key].item()
    elements.append(Paragraph(_fall(before, step.loss) + _overshot(step.overshot)))
    return tuple(elements)


def _fall(before: Any, after: Any) -> str:
    if number(before) != number(after):
        return f"The loss falls from ${number(before)}$ to ${number(after)}$."
    return (
        f"The loss falls by only ${number(before - after)}$ from ${number(before)}$, which its printed digits do not"
        " show: no learning rate that was tried makes more of it."
    )


def _overshot(rates: Sequence[Fraction]) -> str:
    if not rates:
        return ""
    if len(rates) <= NAMED_RATES:
        tried = rf"$\eta = {_rate(rates[0])}$" + "".join(f" or ${_rate(rate)}$" for rate in rates[1:])
    else:
        tried = rf"each of the {len(rates)} larger rates that were tried, from $\eta = 1$ down,"
    return f" With {tried} the step overshoots: the loss does not fall."
