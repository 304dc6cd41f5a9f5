"""Five exercises about one model, from guided to independent, each with a check that can fail and a solution.

Each is made from the model's own terms, so that it is true for every model and option. An exercise is a task, a cell
with dots to replace, a cell that checks it, and the solution, folded away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.explaining.code import name, python
from derive.explaining.escaping import notebook_prose
from derive.explaining.notebook_cells import Cell, arguments, code, count_line, function, prose
from derive.explaining.own_folder import own_folder
from derive.explaining.request import Story
from derive.symbolic.derivation import Step
from derive.terms.nodes import Symbol, Term

INTRODUCTION = """## Exercises

Replace the dots, run the cell, then run the check below it. A check says what is missing and why; nothing stops where
an answer is wrong. The first exercises lead you, the last ones do not. Solutions are folded away under each check."""


@dataclass(frozen=True)
class Exercise:
    """`task` is prose; `open` is the code with dots, `solved` the same without."""

    title: str
    task: str
    open: str
    check: str
    solved: str


def exercises(story: Story) -> Iterator[Cell]:
    """The cells of all five."""
    yield prose("exercises", INTRODUCTION)
    yield code("checks-code", _checks(story), hidden=True)
    for number, each in enumerate((_shapes(story), _loss(story), _weights(story), _bias(story), _training(story)), 1):
        title = f"Exercise {number}"
        yield prose(f"exercise-{number}", f"### {title}: {each.title}\n\n{notebook_prose(each.task)}")
        yield code(f"exercise-{number}-answer", each.open, tag="answer")
        yield code(f"exercise-{number}-check", f'judge("{title}", lambda: {each.check})', tag="check")
        yield prose(
            f"exercise-{number}-solution",
            f"<details>\n<summary>Solution of {title.lower()}</summary>\n\n```python\n{each.solved}\n```\n\n</details>",
        )


def _checks(story: Story) -> str:
    """What the checks know of the model, and the checks."""
    model = story.model
    start = [
        f"TARGETS = {name(model.targets.key)!r}",
        f"BINARY = {model.binary!r}",
        "",
        "",
        function("loss_of_prediction", ", ".join(map(name, _prediction(story))), [
            *count_line(model, [model.definitions[-1].expression], _loss_symbols(story)),
            f"return {python(model.definitions[-1].expression)}",
        ]),
    ]  # fmt: skip
    step, edge = _weight_step(story)
    line = edge.user.expression
    start += ["", "", function("line", arguments(_of(line)), [
        *count_line(model, [line], _of(line)), f"return {python(line)}",
    ])]  # fmt: skip
    shapes = {name(s.key): _shape(story, s) for s in _of(line)}
    start += ["", "", f"SHAPES = {shapes!r}", f"ARGUMENTS = {[name(s.key) for s in _passed(step)]!r}", ""]
    return "\n".join(start) + "\n\n" + (own_folder() / "notebook" / "checks.py").read_text(encoding="utf-8")


def _shape(story: Story, symbol: Symbol) -> tuple[int, ...]:
    return () if symbol.is_scalar else tuple(symbol.shape.sizes(story.evidence.document.point.sizes))


def _of(term: Term) -> tuple[Symbol, ...]:
    """The symbols in a term, each once."""
    return tuple(dict.fromkeys(node for node in term.walk() if isinstance(node, Symbol)))


# ---------------------------------------------------------------- 1: shapes


def _shapes(story: Story) -> Exercise:
    parameters = story.model.parameters
    said = _math([p.latex for p in parameters])

    def cell(answers: list[str]) -> str:
        entries = [f'    "{name(p.key)}": {answer},' for p, answer in zip(parameters, answers, strict=True)]
        return "\n".join(["shapes = {", *entries, "}"])

    return Exercise(
        "shapes first",
        f"Which shape has the gradient by each of {said} in the worked example? Write a tuple such as (3, 2). Vectors"
        " are columns with two axes here, and a number has the shape (). Say it before you run anything.",
        cell(["..."] * len(parameters)),
        "check_shapes(shapes)",
        cell([repr(_shape(story, p)) for p in parameters]),
    )


def _math(names: list[str]) -> str:
    marked = [f"${each}$" for each in names]
    return marked[0] if len(marked) == 1 else f"{', '.join(marked[:-1])} and {marked[-1]}"


# ---------------------------------------------------------------- 2: the loss by the prediction


def _prediction(story: Story) -> tuple[str, str]:
    """The keys of prediction and target."""
    prediction = story.model.definitions[-2].symbol
    return prediction.key, story.model.targets.key


def _loss_symbols(story: Story) -> tuple[Symbol, Symbol]:
    return story.model.definitions[-2].symbol, story.model.targets


def _loss(story: Story) -> Exercise:
    model, derivation = story.model, story.evidence.derivation
    definition, (prediction, target) = model.definitions[-1], _loss_symbols(story)
    step = derivation[prediction.key]
    taken = ", ".join(map(name, _prediction(story)))
    lines = count_line(model, [definition.expression], (prediction, target))
    called = f"loss_by_{name(prediction.key)}"
    return Exercise(
        "where it starts",
        f"The loss is ${definition.latex}$. How does it change with the prediction? Write"
        rf" $\partial L/\partial {prediction.latex}$ in NumPy, for any prediction and target, and mind every factor.",
        function(called, taken, [*lines, "return ..."]),
        f"check_slope_of_loss({called})",
        function(called, taken, [*lines, f"return {python(step.closed)}"]),
    )


# ---------------------------------------------------------------- 3: the last weights


def _weight_step(story: Story):
    """The step of the last weights, and their one use."""
    step = story.evidence.derivation[story.model.parameters[-2].key]
    return step, step.edges[0]


def _passed(step: Step) -> tuple[Symbol, ...]:
    """What the gradient needs beside what comes in."""
    coming = set(_of(step.edges[0].incoming))
    return tuple(symbol for symbol in _of(step.expression) if symbol not in coming)


def _weights(story: Story) -> Exercise:
    step, edge = _weight_step(story)
    weights, incoming = step.symbol, edge.incoming
    (coming,) = _of(incoming)
    taken = ", ".join(["incoming", *(name(symbol.key) for symbol in _passed(step))])
    called = f"loss_by_{name(weights.key)}"
    solved = python(step.expression).replace(name(coming.key), "incoming")
    named = rf"\partial L/\partial {edge.user.target.latex}"
    named = named if incoming.latex == rf"\frac{{\partial L}}{{\partial {edge.user.target.latex}}}" else incoming.latex
    return Exercise(
        "one line back",
        f"The weights ${weights.latex}$ stand in ${edge.user.latex}$. What comes in, ${named}$, is given as"
        rf" {'a number' if coming.is_scalar else 'an array'}, incoming. Pass it on: write"
        rf" $\partial L/\partial {weights.latex}$. The shapes leave little choice.",
        function(called, taken, ["return ..."]),
        f'check_through_one_line({called}, line, "{name(weights.key)}", SHAPES)',
        function(called, taken, [f"return {solved}"]),
    )


# ---------------------------------------------------------------- 4: a bias, all the way


def _bias(story: Story) -> Exercise:
    model, derivation = story.model, story.evidence.derivation
    bias = model.parameters[1]
    called = f"loss_by_{name(bias.key)}"
    step = derivation[bias.key]
    order = list(derivation.steps)
    used = [each for each in order[: order.index(step) + 1] if _needed(each, step, order)]
    values = [d.symbol for d in model.definitions if any(d.symbol in _of(each.expression) for each in used)]
    taken = [f"values = forward({arguments(model.given, called=True)})"] if values else []
    lines = count_line(model, [each.expression for each in used], model.given)
    body = [f'{name(symbol.key)} = values["{name(symbol.key)}"]' for symbol in values]
    body += [f"{name(each.adjoint.key)} = {python(each.expression)}" for each in used]
    return Exercise(
        "all the way back",
        rf"Now $\partial L/\partial {bias.latex}$ from the start: from data and parameters, through every line between"
        rf" ${bias.latex}$ and the loss. The function forward gives you the values on the way.",
        function(called, arguments(model.given), ["return ..."]),
        f'check_whole({called}, "{name(bias.key)}")',
        function(called, arguments(model.given), [*lines, *taken, *body, f"return {name(step.adjoint.key)}"]),
    )


def _needed(each: Step, last: Step, order: list[Step]) -> bool:
    """Whether the last step rests on this one."""
    wanted = {last.adjoint}
    for step in reversed(order[: order.index(last) + 1]):
        if step.adjoint in wanted:
            wanted |= set(_of(step.expression))
    return each.adjoint in wanted


# ---------------------------------------------------------------- 5: training


def _training(story: Story) -> Exercise:
    del story  # it is the same for every model: gradients and parameters have their names
    taken = "data, parameters, steps, rate"
    said = '"""The parameters after so many steps of gradient descent, as a new dictionary."""'
    return Exercise(
        "on your own",
        "Write gradient descent. In every step all parameters move at once, each against its gradient. The function"
        " gradients from above takes data and parameters by their names, as in gradients(**data, **parameters).",
        function("train", taken, [said, "return ..."]),
        "check_training(train)",
        function("train", taken, [
            said,
            "now = dict(parameters)",
            "for _ in range(steps):",
            "    slopes = gradients(**data, **now)",
            "    now = {key: now[key] - rate * slopes[key] for key in now}",
            "return now",
        ]),
    )  # fmt: skip
