"""Sanity checks: dimensions at every step, a closed gate on real numbers, and what the witnesses said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from derive.explaining.elements import Bullets, Element, Heading, Item, Paragraph, Table
from derive.explaining.numbers import bound, number, signed
from derive.explaining.prose.meanings import listed, spelled
from derive.explaining.written import Numbers, shapes
from derive.models.model import Model
from derive.symbolic.derivation import Derivation, Step
from derive.terms import nodes
from derive.terms.definitions import Definition
from derive.terms.dims import Dim
from derive.terms.latex import latex
from derive.terms.nodes import Adjoint, Component, Symbol, Term
from derive.verify.evidence import Evidence, PointEvidence
from derive.verify.points import CLEAR, Kink
from derive.verify.witnesses import NAMES

# So many units at a kink, or points near one, are named.
MOST_KINKS = 3

WITNESSES = {
    "rule": "the closed forms above, evaluated to 30 digits or more",
    "component": "the loss written out entry by entry, differentiated by SymPy; no matrix rule",
    "engine": "reverse-mode automatic differentiation in float64; never sees SymPy",
    "difference": "a complex step of the forward pass; uses no derivative at all",
}


def checks(evidence: Evidence, numbers: Numbers) -> tuple[Element, ...]:
    return (
        *_dimensions(evidence),
        *_gate(evidence, numbers),
        *_zeros(evidence, numbers),
        *witnesses(evidence),
    )


def witnesses(evidence: Evidence) -> tuple[Element, ...]:
    """What the witnesses said, and where they were asked."""
    return (*_spot_check(evidence), *_points(evidence))


# ---------------------------------------------------------------- dimensions


def _dimensions(evidence: Evidence) -> Iterator[Element]:
    rows = tuple(_dimension_rows(evidence.derivation, evidence.model.parameters))
    if not rows:
        return
    yield Heading("Dimensions match")
    yield Paragraph(
        "Neighbouring factors share a dimension (scalars are left out), and each gradient has the shape of its"
        " variable:"
    )
    yield Table(("Gradient", "Product", "Shapes", "Result"), rows, "llll")


def _dimension_rows(derivation: Derivation, parameters: tuple[Symbol, ...]) -> Iterator[tuple[str, str, str, str]]:
    """The steps with a product of matrices, and every parameter; nothing where all is numbers."""
    matched = any(not parameter.is_scalar for parameter in parameters)
    for step in derivation.steps:
        term = step.expression
        if _has_product(term) or (matched and step.symbol in parameters):
            yield f"${_flat(step.adjoint)}$", f"${_inline(term)}$", _shape(shapes(term), term), _shape("", term)


def _shape(written: str, term: Term) -> str:
    if term.is_scalar and not _has_product(term):
        return "scalar"
    return f"${written}$" if written else "scalar" if term.is_scalar else f"${term.shape.latex}$"


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
    if not evidence.model.kinked:
        return
    yield Heading("A ReLU that is off passes gradient 0")
    for definition, application in evidence.model.kinked:
        value = numbers.value(application.args[0])
        closed = np.argwhere(value < 0)
        if len(closed):
            # Where the gradient that comes in is largest, the zero that goes out says most.
            incoming = numbers.value(_adjoint(evidence.derivation, definition.symbol))
            place = max(map(tuple, closed), key=lambda at: abs(incoming[at]))
            yield Paragraph(_shut(evidence, definition, application.args[0], place, numbers))
            break
    else:
        on = "No ReLU is off in this example" if evidence.document.kinks else "In this example every ReLU is on"
        yield Paragraph(f"{on}, so there is none to show it on; those that are on pass the gradient unchanged.")
    kinks = evidence.document.kinks
    for kink in kinks[:MOST_KINKS]:
        yield Paragraph(_on_kink(evidence, kink, numbers))
    if len(kinks) > MOST_KINKS:
        yield Paragraph(f"{spelled(len(kinks) - MOST_KINKS).capitalize()} more of them lie at the kink.")


def _on_kink(evidence: Evidence, kink: Kink, numbers: Numbers) -> str:
    """What the convention passes on at a unit that is neither on nor off."""
    definition, application = next(pair for pair in evidence.model.kinked if pair[0].symbol == kink.symbol)
    place = kink.row - 1, kink.column - 1
    z = application.args[0]
    arrived, gate, left = _passed(evidence, definition, z, place, numbers)
    at = _entry_at(kink.symbol, place)
    if kink.exactly:
        return (
            f"{at[0].upper()}{at[1:]} is exactly at the kink, $z = 0$: there $\\mathrm{{ReLU}}'(0) ="
            f" {evidence.model.at_kink}$ by convention, and of the gradient $\\partial L/\\partial a ="
            f" {number(arrived)}$ it passes on $\\partial L/\\partial z = {signed(arrived)} \\cdot {number(gate)} ="
            f" {number(left)}$."
        )
    return (
        f"{at[0].upper()}{at[1:]} is at the kink as far as float64 can tell, $z = {number(numbers.value(z)[place])}$:"
        f" on which side it lies is a matter of rounding. Here $\\mathrm{{ReLU}}'(z) = {number(gate)}$ was taken."
    )


# ---------------------------------------------------------------- gradients that are 0, and why


def _zeros(evidence: Evidence, numbers: Numbers) -> Iterator[Element]:
    """Parameters whose gradient is 0 throughout, with the factor that is 0 where there is one."""
    derivation = evidence.derivation
    reasons = [text for p in evidence.model.parameters if (text := _zero(derivation, derivation[p.key], numbers))]
    if reasons:
        yield Heading("Gradients that are 0")
        yield Paragraph("In this example some gradients are 0 in every entry, and a factor says why:")
        yield Bullets(tuple(Item(reason) for reason in reasons))


def _zero(derivation: Derivation, step: Step, numbers: Numbers) -> str:
    """From factor to factor back to the one that is 0 by itself; nothing where the terms of a sum cancel."""
    if step.index or numbers.value(step.adjoint).any():
        return ""
    links = []
    while True:
        named = f"${_flat(step.adjoint)} = {_inline(step.expression)}$"
        zero = next((f for f in _factors(step.expression) if not numbers.value(f).any()), None)
        if zero is None:
            if isinstance(step.expression, nodes.Hadamard):
                links.append(f"in {named} no entry has both factors different from 0")
            break
        links.append(f"in {named} the factor ${_inline(zero)}$ is 0")
        symbol = zero.args[0] if isinstance(zero, nodes.Transpose) else zero
        made = next((s for s in derivation.steps if s.adjoint == symbol), None)
        if made is None:
            break
        step = made
    text = "; ".join(links)
    return f"{text[0].upper()}{text[1:]}." if links else ""


def _factors(term: Term) -> tuple[Term, ...]:
    """The factors of a product, those of products in it as well; what is no product is its own factor."""
    if isinstance(term, nodes.Neg):
        return _factors(term.args[0])
    if isinstance(term, nodes.Product | nodes.Hadamard):
        return tuple(factor for arg in term.args for factor in _factors(arg))
    return (term,) if isinstance(term, Symbol | nodes.Transpose | nodes.Apply) else ()


def _adjoint(derivation: Derivation, symbol: Symbol) -> Symbol:
    return next(step.adjoint for step in derivation.steps if step.symbol == symbol)


def _passed(
    evidence: Evidence, definition: Definition, z: Term, place: tuple[int, int], numbers: Numbers
) -> tuple[Any, Any, Any]:
    """(the gradient that comes in at a unit, the slope of its gate, the gradient that goes out)"""
    slope = nodes.Apply((z,), definition.expression.function, 1)
    terms = (_adjoint(evidence.derivation, definition.symbol), slope, _adjoint(evidence.derivation, z))
    return tuple(numbers.value(term)[place] for term in terms)


def _shut(evidence: Evidence, definition: Definition, z: Term, place: tuple[int, int], numbers: Numbers) -> str:
    arrived, gate, left = _passed(evidence, definition, z, place, numbers)
    return (
        f"Take {_entry_at(definition.symbol, place)}: its pre-activation is $z = {number(numbers.value(z)[place])}$,"
        f" below 0, so the unit is off. The gradient $\\partial L/\\partial a = {number(arrived)}$ comes in, the gate"
        f" is $\\mathrm{{ReLU}}'(z) = {number(gate)}$, and $\\partial L/\\partial z = {signed(arrived)} \\cdot"
        f" {number(gate)} = {number(left)}$ goes out: nothing reaches the weights into this unit from here."
    )


def _entry_at(symbol: Symbol, place: tuple[int, int]) -> str:
    row, column = (int(k) + 1 for k in place)
    if symbol.shape.is_vector:
        return f"unit {row} of ${symbol.latex}$"
    return f"the entry in row {row} and column {column} of ${symbol.latex}$"


# ---------------------------------------------------------------- the witnesses


def _spot_check(evidence: Evidence) -> Iterator[Element]:
    document = evidence.document
    yield Heading("Numerical spot-check")
    yield Paragraph(_speaking(evidence))
    header = ("Witness", "How it knows", "Largest difference")
    rows = tuple((name, how, _largest(evidence, name)) for name, how in WITNESSES.items())
    yield Table(header, rows, "lpl")
    yield Paragraph(
        "Each witness is compared with the first. A difference is divided by the magnitude of the terms that were"
        " summed, and the largest over all gradients, entries and points is shown. The next table holds the loss and,"
        " of each gradient, the first entry and the largest one:"
    )
    yield Table(("Entry", *NAMES), tuple(_spot_rows(evidence.model, document)), "lrrrr")
    silent = {reading.silent for name, reading in document.readings.items() if name in NAMES and reading.silent}
    for reason in sorted(silent):
        yield Paragraph(f"A dash stands where a witness says nothing about this example: {reason}.")
    if document.kinks:
        yield Paragraph(
            f"The example lies on a kink ({_where(evidence)}), where a derivative is a convention, not a fact. A dash"
            " stands where a witness cannot judge that; at the drawn points all four have spoken."
        )
    if document.beyond:
        parameters = {p.key for p in evidence.model.parameters}
        names = listed([f"${_flat(_adjoint(evidence.derivation, s))}$" for s in _of_keys(evidence, document.beyond)])
        yield Paragraph(
            f"{names} {'is' if len(document.beyond) == 1 else 'are'} too large for float64, so the witnesses are not"
            f" compared there{', and a dash stands in the table' if document.beyond & parameters else ''}."
        )


def _of_keys(evidence: Evidence, keys: frozenset[str]) -> list[Symbol]:
    return [step.symbol for step in evidence.derivation.steps if step.symbol.key in keys]


def _speaking(evidence: Evidence) -> str:
    """How many witnesses know every gradient of the worked example: at a kink, or beyond float64, some are silent."""
    whole = evidence.heard
    every = "every gradient of the worked example" + (" that float64 can hold" if evidence.document.beyond else "")
    if not evidence.unheard:
        return f"Four witnesses compute {every}:"
    silent = listed(evidence.unheard)
    return (
        f"Of the four witnesses, {spelled(len(whole))} ({listed(whole)}) compute{'s' if len(whole) == 1 else ''}"
        f" {every}; {silent} cannot speak of all of them here, and did at the drawn points:"
    )

def _where(evidence: Evidence) -> str:
    """The arguments that lie on a kink, the first of them by name."""
    kinks = evidence.document.kinks
    arguments = {d.symbol: node.args[0] for d, node in evidence.model.kinked}
    names = []
    for kink in kinks[:MOST_KINKS]:
        argument, place = arguments[kink.symbol], (kink.row - 1, kink.column - 1)
        entry = _component(argument, place) if isinstance(argument, Symbol) else argument.latex
        names.append(f"${entry} = {number(kink.value)}$")
    more = len(kinks) - len(names)
    return listed([*names, f"{spelled(more)} more"] if more else names)


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
        rule = document.readings["rule"].values.get(symbol.key)
        for place in dict.fromkeys(((0, 0), (0, 0) if rule is None else _largest_entry(rule))):
            cells = []
            for name in NAMES:
                found = document.readings[name].values.get(symbol.key)
                cells.append("–" if found is None else f"${number(found[place], 6)}$")
            yield f"$\\partial L/\\partial {_component(symbol, place)}$", *cells


def _largest_entry(value: np.ndarray) -> tuple[int, int]:
    """The first of those that are largest but for rounding."""
    row, column = np.unravel_index(np.argmax([float(f"{abs(entry):.12g}") for entry in value.ravel()]), value.shape)
    return int(row), int(column)


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
        items.append(Item(_redrawn(evidence), "Redrawn:"))
    items.append(Item(f"{'; '.join(evidence.shared)}.", "What they share:"))
    yield Bullets(tuple(items))


# What `verify.points` says of a point that it draws again: the function, the entry that it defines, its argument.
_NEAR = re.compile(r"the argument of (?P<function>\w+) in (?P<key>\w+)\[(?P<row>\d+),(?P<column>\d+)\] is (?P<at>\S+),")


def _redrawn(evidence: Evidence) -> str:
    """Which arguments came too near a kink, by their own names; the first of them."""
    applied = {(d.symbol.key, node.function): node.args[0] for d, node in evidence.model.kinked}
    names = []
    for text in evidence.redrawn:
        found = _NEAR.match(text)
        argument = applied.get((found["key"], found["function"])) if found else None
        if isinstance(argument, Symbol):
            entry = _component(argument, (int(found["row"]) - 1, int(found["column"]) - 1))
            names.append(f"${entry}$ at ${number(float(found['at']))}$")  # no equation: it is about another point
    few, count = names[:MOST_KINKS], len(evidence.redrawn)
    for_example = f", such as {listed(few)}" if count > len(few) > 0 else f": {listed(few)}" if few else ""
    if count == 1:
        return f"One argument was within {CLEAR} of a kink, so its point was drawn again{for_example}."
    arguments = f"{spelled(count).capitalize()} arguments were"
    return f"{arguments} within {CLEAR} of a kink, so their points were drawn again{for_example}."
