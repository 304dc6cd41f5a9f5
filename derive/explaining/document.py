"""The document of a derivation and its evidence: sections in the order in which a learner reads them.

Everything that a template prints is here as a frozen value; nothing is boxed unless the evidence agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from derive.explaining.backward import backward, forward, results
from derive.explaining.checks import checks, witnesses
from derive.explaining.details import DETAILS
from derive.explaining.elements import (
    Bullets,
    Command,
    Diagram,
    Element,
    Item,
    Paragraph,
    Questions,
    Quoted,
    Section,
    Table,
)  # fmt: skip
from derive.explaining.explorer import explorer, program
from derive.explaining.graph import graph
from derive.explaining.indices import indices
from derive.explaining.pictures import pictures
from derive.explaining.prose.facts import Facts, facts
from derive.explaining.prose.intuition import insights
from derive.explaining.prose.meanings import FUNCTIONS, counted, listed, meaning
from derive.explaining.questions import questions
from derive.explaining.worked import descent, given, numbers_of, worked
from derive.explaining.written import Numbers
from derive.models.model import Model
from derive.symbolic.derivation import Derivation
from derive.terms import nodes
from derive.terms.dims import Dim
from derive.verify.evidence import Evidence


@dataclass(frozen=True)
class Document:
    """An explainer, ready for the templates: one field per section; one that is left out has no elements.

    `questions` are what a reader may predict first, `explorer` is what a page needs to compute (`explorer.py`).
    """

    name: str
    title: str
    what: Section
    symbols: Section
    forward: Section
    graph: Section
    backward: Section
    results: Section
    intuition: Section
    checks: Section
    example: Section
    descent: Section
    pictures: Section
    reproduce: Section
    indices: Section
    questions: Section
    explorer: Mapping[str, Any]


def explain(evidence: Evidence, sources: tuple[str, ...], ask: str, detail: str = "full") -> Document:
    """The document of a derivation that all witnesses agree on.

    Args:
        sources: sentences about where the numbers of the worked example come from.
        ask: the command that makes this document again.
        detail: how much is told, one of DETAILS.

    Raises:
        ValueError: the witnesses do not agree, so there is no result that may be boxed.
    """
    if not evidence.agreed:
        answer = evidence.answer.value
        raise ValueError(f"the witnesses of {evidence.model.name} do not agree ({answer}): nothing is explained")
    model, derivation = evidence.model, evidence.derivation
    numbers = numbers_of(model, derivation, evidence.document)
    known = facts(model)
    picture = Diagram(graph(model, derivation, numbers))
    step, rate = descent(model, derivation, numbers, evidence.document.point)
    run = program(model, derivation, evidence.document.point)
    brief = detail == "brief"

    def part(name: str, title: str, make: Callable[[], tuple[Element, ...]]) -> Section:
        return Section(title, () if name in DETAILS[detail] else make())

    return Document(
        name=model.name,
        title=model.title,
        what=Section("What is derived", _what(model, brief)),
        symbols=Section("Symbols and shapes", _symbols(model, derivation, known, numbers)),
        forward=Section("Forward pass", _forward(model)),
        graph=part("graph", "Computation graph", lambda: (picture,)),
        backward=part("backward", "Backward pass", lambda: backward(model, derivation)),
        indices=part("indices", "Index by index", lambda: indices(evidence, numbers)),
        results=Section("Results", _results(model, derivation)),
        intuition=part("intuition", "What the formulas say", lambda: _intuition(known)),
        checks=Section("Sanity checks", witnesses(evidence) if brief else checks(evidence, numbers)),
        example=Section("Worked example", given(model, numbers) if brief else worked(model, derivation, numbers)),
        descent=part("descent", "One step of gradient descent", lambda: step),
        pictures=part("pictures", "Pictures", lambda: pictures(evidence)),
        reproduce=Section("How to reproduce this document", _reproduce(evidence, sources, ask)),
        questions=part(
            "questions",
            "Predict first",
            lambda: (*given(model, numbers), Questions(questions(model, derivation, numbers, rate))),
        ),
        explorer={} if "explorer" in DETAILS[detail] else explorer(run, picture.graph, float(rate or USUAL_RATE)),
    )


# Where no step of gradient descent is shown, the explorer starts with this learning rate.
USUAL_RATE = 0.1

CONVENTIONS = {
    "arrangement": "Arrangement",
    "reduction": "Reduction",
    "factor": "Factor",
    "layout": "Layout",
    "relu-at-zero": "ReLU at 0",
}


_HERE = "Here they are derived in closed form, step by step, and then computed on real numbers."
_HERE_BRIEFLY = "Here they are in closed form, without the steps."


def _what(model: Model, brief: bool) -> tuple[Element, ...]:
    names = [f"${parameter.latex}$" for parameter in model.parameters]
    lead = (
        f"How does the loss ${model.loss.latex}$ change when a parameter changes? The answer is one gradient for each"
        f" of {listed(names)}. {_HERE_BRIEFLY if brief else _HERE}"
        " Every boxed result was confirmed by four witnesses: four ways of finding the same gradient, made"
        " independently of each other. The little that they share is named with them, among the sanity checks."
    )
    items = []
    for convention in model.conventions:
        items.append(Item(convention.sentence, CONVENTIONS.get(convention.name, convention.name) + "."))
    return (
        Paragraph(lead),
        Paragraph("Authors choose differently in some places. In this document:"),
        Bullets(tuple(items)),
    )


def _symbols(model: Model, derivation: Derivation, known: Facts, numbers: Numbers) -> tuple[Element, ...]:
    rows = []
    for symbol in model.symbols:
        rows.append((f"${symbol.latex}$", meaning(symbol, model, known), *_shape(symbol, numbers)))
    by = {signal: symbol for symbol, signal in model.signals}
    for step in derivation.steps:
        if step.adjoint in by:
            text = rf"signal $\partial L/\partial {by[step.adjoint].latex}$"
            rows.append((f"${step.adjoint.latex}$", text, *_shape(step.adjoint, numbers)))
    dimensions = [f"{counted(name, numbers.sizes[name])} (${Dim.of(name).latex}$)" for name in model.dimensions]
    verb = "is" if numbers.sizes[model.dimensions[0]] == 1 else "are"
    sizes = f"In the worked example there {verb} {listed(dimensions)}."
    return (Table(("Symbol", "Meaning", "Shape", "In the example"), tuple(rows), "llll"), Paragraph(sizes))


def _shape(symbol: nodes.Symbol, numbers: Numbers) -> tuple[str, str]:
    if symbol.is_scalar:
        return "scalar", "scalar"
    rows, columns = symbol.shape.sizes(numbers.sizes)
    return f"${symbol.shape.latex}$", rf"${rows} \times {columns}$"


def _forward(model: Model) -> tuple[Element, ...]:
    walked = [node for d in model.definitions for node in d.expression.walk()]
    functions = dict.fromkeys(node.function for node in walked if isinstance(node, nodes.Apply))
    notes = []
    if any(isinstance(node, nodes.Hadamard) for node in walked):
        notes.append(r"$\odot$ multiplies entry by entry")
    if any(isinstance(node, nodes.Add) and _mixed(node) for node in walked):
        targets = model.targets.latex
        notes.append(f"where a number meets a vector or a matrix, as in $1 - {targets}$, it meets every entry")
    if functions:
        defined = [FUNCTIONS[name] for name in functions if name in FUNCTIONS]
        entries = any(isinstance(node, nodes.Apply) and not node.is_scalar for node in walked)
        notes.append(f"{'functions act on each entry' if entries else 'the functions are'}: {listed(defined)}")
    if any(isinstance(node, nodes.Ones) for node in walked):
        notes.append(r"$\mathbf{1}$ is a column of ones, one for each example, and copies the bias to all of them")
    lead = "Each line uses what the lines above it define. Under a symbol stands its shape; scalars have none."
    closing = tuple(f"{note[0].upper() if note[0] != '$' else '$'}{note[1:]}." for note in notes)
    return (Paragraph(lead), *forward(model.definitions), *((Paragraph(" ".join(closing)),) if closing else ()))


def _mixed(term: nodes.Add) -> bool:
    return len({arg.is_scalar for arg in term.args}) > 1


def _results(model: Model, derivation: Derivation) -> tuple[Element, ...]:
    lead = "The gradients, each with the signals that it needs:" if model.signals else "The gradients:"
    return (Paragraph(lead), *results(model, derivation))


def _intuition(known: Facts) -> tuple[Element, ...]:
    return (Bullets(tuple(Item(text, f"{label}.") for label, text in insights(known))),)


def _reproduce(evidence: Evidence, sources: tuple[str, ...], ask: str) -> tuple[Element, ...]:
    lead = f"The witnesses' own points were drawn with seed {evidence.seed}. This command writes the document again:"
    return (Quoted(sources), Paragraph(lead), Command(ask))
