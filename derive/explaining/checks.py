"""Sanity checks: dimensions at every step, a closed gate on real numbers, and what the witnesses said."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from derive.explaining.elements import Bullets, Element, Heading, Item, Paragraph, Table
from derive.explaining.numbers import bound, number
from derive.explaining.prose.meanings import listed, spelled
from derive.explaining.written import Numbers, shapes
from derive.models.model import Model
from derive.symbolic.derivation import Derivation
from derive.terms import nodes
from derive.terms.definitions import Definition
from derive.terms.dims import Dim
from derive.terms.latex import latex
from derive.terms.nodes import Adjoint, Component, Symbol, Term
from derive.verify.evidence import Evidence, PointEvidence
from derive.verify.points import CLEAR, Kink
from derive.verify.witnesses import NAMES

WITNESSES = {
    "rule": "the closed forms above, evaluated to 30 digits",
    "component": "the loss written out entry by entry, differentiated by SymPy; no matrix rule",
    "engine": "reverse-mode automatic differentiation in float64; never sees SymPy",
    "difference": "a complex step of the forward pass; uses no derivative at all",
}


def checks(evidence: Evidence, numbers: Numbers) -> tuple[Element, ...]:
    return (*_dimensions(evidence), *_gate(evidence, numbers), *_spot_check(evidence), *_points(evidence))


# ---------------------------------------------------------------- dimensions


def _dimensions(evidence: Evidence) -> Iterator[Element]:
    rows = tuple(_dimension_rows(evidence.derivation))
    if not rows:
        return
    yield Heading("Dimensions match")
    yield Paragraph("Neighbouring factors share a dimension, and each gradient has the shape of its variable:")
    yield Table(("Gradient", "Product", "Shapes", "Result"), rows, "llll")


def _dimension_rows(derivation: Derivation) -> Iterator[tuple[str, str, str, str]]:
    for step in derivation.steps:
        term = step.expression
        if _has_product(term):
            result = r"1 \times 1" if term.is_scalar else term.shape.latex
            yield f"${_flat(step.adjoint)}$", f"${_inline(term)}$", f"${shapes(term)}$", f"${result}$"


def _has_product(term: Term) -> bool:
    """Whether two factors that are no scalars meet in it."""
    if isinstance(term, nodes.Product | nodes.Hadamard) and sum(not arg.is_scalar for arg in term.args) > 1:
        return True
    return not isinstance(term, nodes.Sum | nodes.Quotient) and any(_has_product(arg) for arg in term.args)


def _flat(adjoint: Symbol) -> str:
    return rf"\partial L/\partial {adjoint.by.latex}" if isinstance(adjoint, Adjoint) else adjoint.latex


def _inline(term: Term) -> str:
    """The term with adjoints on one line, for a cell of a table."""
    return latex(term, _one_line)


def _one_line(t: Term, text: str) -> str:
    adjoint = t.args[0] if isinstance(t, nodes.Transpose) else t
    if not isinstance(adjoint, Adjoint):
        return text
    mark = r"^\top" if adjoint is not t else ""
    return rf"(\partial L/\partial {adjoint.by.latex}){mark}"


# ---------------------------------------------------------------- a gate that is shut


def _gate(evidence: Evidence, numbers: Numbers) -> Iterator[Element]:
    for definition, application in evidence.model.kinked:
        value = numbers.value(application.args[0])
        closed = np.argwhere(value < 0)
        if len(closed):
            yield Heading("A ReLU that is off passes gradient 0")
            # Where the gradient that comes in is largest, the zero that goes out says most.
            incoming = numbers.value(_adjoint(evidence.derivation, definition.symbol))
            place = max(map(tuple, closed), key=lambda at: abs(incoming[at]))
            yield Paragraph(_shut(evidence, definition, application.args[0], place, numbers))
            yield from _untouched(evidence, numbers)
            return
    if evidence.model.kinked:
        yield Heading("A ReLU that is off passes gradient 0")
        on = "No ReLU is off in this example" if evidence.document.kinks else "In this example every ReLU is on"
        yield Paragraph(f"{on}, so there is none to show it on; those that are on pass the gradient unchanged.")


def _untouched(evidence: Evidence, numbers: Numbers) -> Iterator[Element]:
    parameters = evidence.model.parameters
    names = [f"${p.latex}$" for p in parameters if not numbers.value(_adjoint(evidence.derivation, p)).any()]
    if names:
        yield Paragraph(
            f"So many units are off in this example that the gradient{'s' if len(names) > 1 else ''} by {listed(names)}"
            f" {'are' if len(names) > 1 else 'is'} 0 throughout: no entry has both a signal that arrives and an input"
            f" that is"
            " not 0."
        )


def _adjoint(derivation: Derivation, symbol: Symbol) -> Symbol:
    return next(step.adjoint for step in derivation.steps if step.symbol == symbol)


def _shut(evidence: Evidence, definition: Definition, argument: Term, place: tuple[int, int], numbers: Numbers) -> str:
    z, a = argument, definition.symbol
    at = _entry_at(a, place)
    slope = nodes.Apply((z,), definition.expression.function, 1)
    arrived = numbers.value(_adjoint(evidence.derivation, a))[place]
    left = numbers.value(_adjoint(evidence.derivation, z))[place]
    return (
        f"Take {at}: its pre-activation is $z = {number(numbers.value(z)[place])}$, below 0, so the unit is off. The"
        f" gradient $\\partial L/\\partial a = {number(arrived)}$ comes in, the gate is $\\mathrm{{ReLU}}'(z) ="
        f" {number(numbers.value(slope)[place])}$, and $\\partial L/\\partial z = {_factor(arrived)} \\cdot"
        f" {number(numbers.value(slope)[place])} = {number(left)}$ goes out:"
        " nothing reaches the weights into this unit from here."
    )


def _factor(value: float) -> str:
    text = number(value)
    return f"({text})" if text.startswith("-") else text


def _entry_at(symbol: Symbol, place: tuple[int, int]) -> str:
    row, column = (int(k) + 1 for k in place)
    if symbol.shape.is_vector:
        return f"unit {row} of ${symbol.latex}$"
    return f"the entry in row {row} and column {column} of ${symbol.latex}$"


# ---------------------------------------------------------------- the witnesses


def _spot_check(evidence: Evidence) -> Iterator[Element]:
    document = evidence.document
    yield Heading("Numerical spot-check")
    yield Paragraph(
        "Four witnesses compute every gradient of the worked example. They share no rule of differentiation:"
    )
    header = ("Witness", "How it knows", "Largest difference")
    rows = tuple((name, how, _largest(evidence, name)) for name, how in WITNESSES.items())
    yield Table(header, rows, "lpl")
    yield Paragraph(
        "The difference is that from the first witness, the largest over all gradients, entries and points, relative to"
        " the magnitude of the terms that were summed. The loss, and the largest entry of each gradient beside its"
        " first:"
    )
    yield Table(("Entry", *NAMES), tuple(_spot_rows(evidence.model, document)), "lrrrr")
    silent = {reading.silent for name, reading in document.readings.items() if name in NAMES and reading.silent}
    for reason in sorted(silent):
        yield Paragraph(f"A dash stands where a witness says nothing about this example: {reason}.")
    if document.kinks:
        yield Paragraph(
            f"The example lies on a kink ({listed([_at_kink(kink) for kink in document.kinks])}), where a derivative is"
            " a convention and no fact. A dash stands where a witness cannot judge that; at the drawn points all four"
            " have spoken."
        )
    if document.beyond:
        yield Paragraph("A dash also stands where a number is too large or too small for float64.")


def _at_kink(kink: Kink) -> str:
    return f"the argument of ${kink.symbol.latex}$ in row {kink.row}, column {kink.column} is ${number(kink.value)}$"


def _largest(evidence: Evidence, name: str) -> str:
    if name == "rule":
        return "the measure"
    keys = evidence.document.readings["rule"].values
    worst = [found.relative for key in (*keys, evidence.model.loss.key) if (found := evidence.worst(key, name))]
    return f"${bound(max(worst))}$"


def _spot_rows(model: Model, document: PointEvidence) -> Iterator[tuple[str, ...]]:
    loss = (document.readings[name].loss for name in NAMES)
    yield f"${model.loss.latex}$", *(f"${number(value, 6)}$" if value is not None else "–" for value in loss)
    for symbol in model.parameters:
        rule = document.readings["rule"].values[symbol.key]
        largest = tuple(map(int, np.unravel_index(np.argmax(np.abs(np.round(rule, 12))), rule.shape)))
        for place in dict.fromkeys(((0, 0), largest)):
            cells = []
            for name in NAMES:
                found = document.readings[name].values.get(symbol.key)
                cells.append("–" if found is None else f"${number(found[place], 6)}$")
            yield f"$\\partial L/\\partial {_component(symbol, place)}$", *cells


def _component(symbol: Symbol, place: tuple[int, int]) -> str:
    if symbol.is_scalar:
        return symbol.latex
    row, column = (nodes.Index("", k + 1) for k in place)
    entry = Component((symbol,), row, None if symbol.shape.is_vector else column)
    return entry.latex


# ---------------------------------------------------------------- where they were asked


def _points(evidence: Evidence) -> Iterator[Element]:
    yield Heading("Where the witnesses were asked")
    sets = dict.fromkeys(tuple(sorted(point.point.sizes.items())) for point in evidence.drawn)
    written = [f"${', '.join(f'{Dim.of(name).latex} = {size}' for name, size in sizes)}$" for sizes in sets]
    text = f"Besides this example, at {spelled(len(evidence.drawn))} points drawn from seed {evidence.seed}, with"
    apart = "; within a set all dimensions differ, so that no transposed factor fits by luck"
    items = [Item(f"{text} {listed(written)}{apart if len(evidence.model.dimensions) > 1 else ''}.", "Points:")]
    if evidence.redrawn:
        items.append(
            Item(
                f"A point within {CLEAR} of a kink was drawn again, because a derivative means little there:"
                f" {listed(evidence.redrawn)}.",
                "Redrawn:",
            )
        )
    items.append(Item(f"{'; '.join(evidence.shared)}.", "What they share:"))
    yield Bullets(tuple(items))
