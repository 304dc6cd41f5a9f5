"""The worked example: every definition and every edge with numbers, and one step of gradient descent."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from derive.explaining.backward import inline
from derive.explaining.elements import Display, Element, Heading, Paragraph, Table
from derive.explaining.numbers import matrix, number, shortened
from derive.explaining.prose.meanings import listed
from derive.explaining.written import FORWARD, GRADIENT, Numbers, braced, colored
from derive.models.model import Model
from derive.symbolic.derivation import Derivation, Edge, Step
from derive.terms import nodes
from derive.terms.definitions import Definition, forward
from derive.terms.indices import Index
from derive.terms.nodes import Component, Symbol
from derive.verify.evidence import PointEvidence

# Learning rates to try, the boldest first: the first one that brings the loss down is taken.
RATES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001, 0.0001, 0.00001)
# A loss below this part of what it was is 0 but for rounding, and rounding must not show.
ROUNDING = 1e-12
# As many numbers stand beside each other on a line.
WIDEST = 7
# More examples than these are shown by the first and last of them.
MOST_EXAMPLES = 8


def numbers_of(model: Model, derivation: Derivation, point: PointEvidence) -> Numbers:
    """Forward values and adjoints of the worked example, as the closed forms give them."""
    gradients = point.readings["rule"].values
    adjoints = {step.adjoint.key: gradients[step.symbol.key] for step in derivation.steps}
    return Numbers({**point.values, **adjoints}, point.point.sizes, model.at_kink)


def worked(model: Model, derivation: Derivation, numbers: Numbers) -> tuple[Element, ...]:
    """Given values, the forward pass, and every edge of the backward pass."""
    elements: list[Element] = [Paragraph("Given are the data and the parameters:")]
    elements += _given(model, numbers)
    elements.append(Heading("Forward"))
    note = "Numbers go into one definition after the other. They are printed to 5 digits and not rounded in between."
    elements.append(Paragraph(note))
    for definition in model.definitions:
        elements.append(_entries(definition, numbers) if definition.index else _defined(definition, numbers))
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


def _given(model: Model, numbers: Numbers) -> list[Element]:
    lines: list[list[str]] = []
    room = 0
    for symbol in model.given:
        shown = f"{symbol.latex} = {colored(FORWARD, matrix(numbers.values[symbol.key]))}"
        if columns(shown) + 1 > room:
            lines.append([])
            room = WIDEST + 2
        room -= columns(shown) + 1
        lines[-1].append(shown)
    return [Display((r",\qquad ".join(line),)) for line in lines]


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

    def cells(i: int) -> tuple[float, float]:
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


def descent(model: Model, derivation: Derivation, numbers: Numbers) -> tuple[Element, ...]:
    """New parameters, and the loss before and after, at the first learning rate that brings it down."""
    before = numbers.values[model.loss.key].item()
    gradients = {p: numbers.value(derivation[p.key].adjoint) for p in model.parameters}
    if not any(np.any(gradient) for gradient in gradients.values()):
        return (Paragraph("Every gradient is zero here, so a step of gradient descent would stay where it is."),)
    for rate in RATES:
        moved = {p.key: numbers.values[p.key] - rate * gradient for p, gradient in gradients.items()}
        after = _loss(model, {**numbers.values, **moved}, numbers)
        if after < before:
            after = 0.0 if after < ROUNDING * before else after
            return _stepped(model, derivation, numbers, rate, moved, before, after)
    return (Paragraph("No learning rate from 1 down to 0.00001 brings the loss down: this is a minimum, or nearly."),)


def _loss(model: Model, values: Mapping[str, np.ndarray], numbers: Numbers) -> float:
    start = {symbol.key: values[symbol.key] for symbol in model.given}
    known = forward(model.definitions, start, numbers.sizes)
    return float(np.asarray(known[model.loss.key]).item())


def _stepped(
    model: Model,
    derivation: Derivation,
    numbers: Numbers,
    rate: float,
    moved: Mapping[str, np.ndarray],
    before: float,
    after: float,
) -> tuple[Element, ...]:
    lead = (
        rf"Each parameter moves against its gradient, by the learning rate $\eta = {number(rate)}$:"
        r" $\theta \leftarrow \theta - \eta\, \partial L/\partial \theta$."
    )
    elements: list[Element] = [Paragraph(lead)]
    for p in model.parameters:
        old = colored(FORWARD, matrix(numbers.values[p.key]))
        gradient = matrix(numbers.value(derivation[p.key].adjoint))
        gradient = f"({gradient})" if gradient.startswith("-") else gradient
        new = colored(FORWARD, matrix(moved[p.key]))
        rated = "" if rate == 1 else rf"{number(rate)} \cdot "
        elements.append(
            Display((rf"{p.latex} \leftarrow {old} - {rated}{colored(GRADIENT, gradient)} = {new}",))
        )
    rates = [r for r in RATES if r > rate]
    tried = f" With {listed([number(r) for r in rates])} the step overshoots: the loss does not fall." if rates else ""
    elements.append(Paragraph(f"The loss falls from ${number(before)}$ to ${number(after)}$.{tried}"))
    return tuple(elements)
