"""A document as a notebook: its prose, code that does what the prose says, and exercises about this very model.

The cells of prose come from the template; the code is printed from the model's own terms. Every cell runs with NumPy
and derive alone, and no number in it depends on the machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.explaining.code import ENGINE, name, python, slope_definition, used_functions
from derive.explaining.exercises import exercises
from derive.explaining.float64 import Float64
from derive.explaining.notebook_cells import Cell, arguments, code, count_line, function, literal, prose
from derive.explaining.numbers import number
from derive.explaining.pictures_descent import run
from derive.explaining.render import render
from derive.explaining.request import Story
from derive.terms import nodes
from derive.terms.nodes import Symbol

# A data cell with more numbers than this is folded away.
MANY = 60
# Steps of gradient descent that the notebook takes, and how often it says the loss.
STEPS, EVERY = 20, 5


def notebook(story: Story) -> str:
    """The notebook as JSON.

    Raises:
        ValueError: the witnesses do not agree.
        Unmade: a template fails.
    """
    import nbformat

    cells = [cell.made(f"cell-{place:02}-{cell.name}") for place, cell in enumerate(_cells(story), 1)]
    made = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "title": story.document.title,
        },
    )
    made.nbformat_minor = 5
    nbformat.validate(made)
    return nbformat.writes(made, version=4) + "\n"


def _cells(story: Story) -> Iterator[Cell]:
    after = {
        "title": _data,
        "forward": _forward,
        "results": _gradients,
        "checks": _machines,
        "descent": _descent,
    }
    parts = render(story.document, "ipynb", story.request.template).rstrip().split("\f")
    for text, place in zip(parts[::2], parts[1::2], strict=False):
        if place == "reproduce":
            yield from exercises(story)
        if text.strip():
            yield prose(place, text)
        if place in after:
            yield from after[place](story)


def _data(story: Story) -> Iterator[Cell]:
    """Imports, and the numbers of the worked example."""
    model, values = story.model, story.evidence.document.point.floats()
    terms = [d.expression for d in model.definitions] + [s.closed for s in story.evidence.derivation.steps]
    terms += [s.expression for s in story.evidence.derivation.steps]
    used = used_functions(*terms)
    tools = sorted({each.removesuffix("_slope") for each in used} & set(ENGINE))
    lines = [
        "import numpy as np",
        "",
        "from derive import check_gradient",
        f"from derive.engine.tensor import {', '.join(['Tensor', *tools])}",
    ]
    slopes = [each.removesuffix("_slope") for each in used if each.endswith("_slope")]
    for each in slopes:
        lines += ["", "", slope_definition(each, model.at_kink)]
    yield code("imports", "\n".join(lines))
    given = (model.inputs, model.targets)
    text = "\n".join(
        f"{group} = {{\n" + "".join(f'    "{name(s.key)}": {literal(values[s.key], s)},\n' for s in symbols) + "}"
        for group, symbols in (("data", given), ("parameters", model.parameters))
    )
    yield code("data", text, hidden=sum(values[s.key].size for s in model.given) > MANY)


def _forward(story: Story) -> Iterator[Cell]:
    model = story.model
    known = ", ".join(f"{name(d.symbol.key)}={name(d.symbol.key)}" for d in model.definitions)
    body = [
        '"""Every value from the data to the loss, by its name; of arrays, or of Tensors."""',
        *count_line(model, [d.expression for d in model.definitions], model.given),
        *(f"{name(d.symbol.key)} = {python(d.expression)}" for d in model.definitions),
        f"return dict({known})",
    ]
    loss = story.evidence.document.readings["rule"].loss
    yield code("forward-code", "\n".join([
        function("forward", arguments(model.given), body),
        "",
        "",
        f'L = float(forward(**data, **parameters)["{name(model.loss.key)}"])',
        f'print(f"L = {{L:.5g}}; the document says {loss:.5g}")',
    ]))  # fmt: skip


def _gradients(story: Story) -> Iterator[Cell]:
    model, derivation = story.model, story.evidence.derivation
    signals = {step.adjoint for step in derivation.steps if not isinstance(step.adjoint, nodes.Adjoint)}
    steps = [step for step in derivation.steps if step.adjoint in signals or step.symbol in model.parameters]
    needed = {node for step in steps for node in step.closed.walk() if isinstance(node, Symbol)}
    values = [name(d.symbol.key) for d in model.definitions if d.symbol in needed]
    taken = [f"values = forward({arguments(model.given, called=True)})"] if values else []
    taken += [f'{each} = values["{each}"]' for each in values]
    body = [
        '"""The boxed formulas: by every parameter, its gradient."""',
        *count_line(model, [step.closed for step in steps], model.given),
        *taken,
        *(f"{name(step.adjoint.key)} = {python(step.closed)}" for step in steps),
        "return {",
        *(f'    "{name(p.key)}": {name(derivation[p.key].adjoint.key)},' for p in model.parameters),
        "}",
    ]
    yield code("gradients-code", "\n".join([
        function("gradients", arguments(model.given), body),
        "",
        "",
        "by_hand = gradients(**data, **parameters)",
        f"the_document_says = {_entries(story)}",
        "for (key, *place), said in the_document_says.items():",
        "    value = float(np.asarray(by_hand[key])[tuple(place)])",
        '    print(f"dL/d{key}{place or str()} = {value:.5g}; the document says {said:.5g}:",',
        '          "the same" if np.isclose(value, said, rtol=1e-5, atol=1e-300) else "not the same in float64")',
    ]))  # fmt: skip


def _entries(story: Story) -> str:
    """Of each gradient the first entry and the last, as the document's witnesses found them."""
    lines = []
    gradients = story.evidence.document.readings["rule"].values
    for p in story.model.parameters:
        if p.key in gradients:
            value = gradients[p.key]
            for place in dict.fromkeys(((0, 0), (value.shape[0] - 1, value.shape[1] - 1))):
                at = "" if p.is_scalar else f", {place[0]}, {place[1]}"
                lines.append(f'    ("{name(p.key)}"{at or ","}): {float(f"{value[place]:.6g}")!r},\n')
    return "{\n" + "".join(lines) + "}"


def _machines(story: Story) -> Iterator[Cell]:
    loss = name(story.model.loss.key)
    yield prose(
        "engine",
        "## The same by machine\n\nAn engine for automatic differentiation records the forward pass and goes back"
        " through it by itself. Its numbers have to be those of the formulas:",
    )
    yield code("engine-code", "\n".join([
        "leaves = {key: Tensor(value, requires_grad=True) for key, value in parameters.items()}",
        f'forward(**data, **leaves)["{loss}"].backward()',
        "for key, leaf in leaves.items():",
        "    agrees = np.allclose(leaf.grad, by_hand[key], rtol=1e-7, atol=1e-300)",
        '    print(f"dL/d{key}:", "the same" if agrees else "not the same in float64")',
    ]))  # fmt: skip
    yield prose(
        "difference",
        "And what needs no derivative at all: move each entry by a little, and look at what the loss does.",
    )
    yield code("difference-code", "\n".join([
        "def loss(**moved):",
        f'    return forward(**data, **moved)["{loss}"]',
        "",
        "",
        "try:",
        "    print(check_gradient(loss, by_hand, parameters))",
        "except ValueError as error:  # numbers that float64 does not hold",
        "    print(error)",
    ]))  # fmt: skip


def _descent(story: Story) -> Iterator[Cell]:
    """Some steps, at a rate at which the loss goes down."""
    evidence = story.evidence
    start = {key: value.astype(object) for key, value in evidence.document.point.floats().items()}
    found = run(Float64(evidence.model, evidence.derivation, evidence.document.point.sizes), start)
    if found is None:
        return
    yield prose(
        "steps", f"Some more steps, with the learning rate $\\eta = {number(float(found.rate))}$:"
    )
    yield code("steps-code", "\n".join([
        f"rate = {float(found.rate)!r}",
        "now = dict(parameters)",
        f"for step in range({min(STEPS, found.steps) + 1}):",
        f"    if step % {EVERY} == 0:",
        f"        L = float(forward(**data, **now)[{name(story.model.loss.key)!r}])",
        '        print(f"step {step:2}: L = {L:.5g}")',
        "    slopes = gradients(**data, **now)",
        "    now = {key: now[key] - rate * slopes[key] for key in now}",
    ]))  # fmt: skip
