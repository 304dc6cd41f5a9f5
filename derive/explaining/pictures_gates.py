"""Which ReLU is open for which example: a unit that is shut passes nothing on, forward or backward."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from derive.explaining.elements import Picture
from derive.explaining.plots import Area, Axis, Plot
from derive.explaining.prose.facts import facts
from derive.terms.definitions import Definition
from derive.verify.evidence import Evidence

# Units of a layer and examples that are shown; the caption says what is left out.
MOST_UNITS, MOST_EXAMPLES, MOST_LAYERS = 12, 40, 10
# A cell is drawn a little smaller than its place.
MARGIN = 0.08
OPEN, AT_KINK, SHUT = 0.75, 0.35, 0.0


def gates(evidence: Evidence) -> Picture | None:
    """The picture; None for a model without ReLU."""
    model = evidence.model
    layers = [(d, _units(evidence, d)) for d, node in model.kinked if node.function == "relu"]
    if not layers:
        return None
    return _of_one(layers) if not facts(model).batch else _of_batch(layers)


def _units(evidence: Evidence, definition: Definition) -> np.ndarray:
    """The arguments of the ReLUs: a row for each unit, a column for each example."""
    (argument,) = definition.expression.args
    value = evidence.document.values[argument.key]
    return value.T if facts(evidence.model).arrangement == "rows" else value


def _of_one(layers: list[tuple[Definition, np.ndarray]]) -> Picture:
    """One example: a column for each layer."""
    shown = layers[:MOST_LAYERS]
    tall = max(min(len(value), MOST_UNITS) for _, value in shown)
    cells = [
        _cell(column, -unit, value[unit, 0])
        for column, (_, value) in enumerate(shown)
        for unit in range(min(len(value), tall))
    ]
    x = Axis("layer", -0.5, len(shown) - 0.5, ticks=tuple((k, f"${d.symbol.latex}$") for k, (d, _) in enumerate(shown)))
    y = Axis("unit", 0.5 - tall, 0.5, ticks=tuple((-unit, str(unit + 1)) for unit in range(tall)))
    return _picture(cells, x, y, layers, "the example")


def _of_batch(layers: list[tuple[Definition, np.ndarray]]) -> Picture:
    """A batch: a row for each unit, layer over layer, a column for each example."""
    shown = layers[:MOST_LAYERS]
    wide = min(shown[0][1].shape[1], MOST_EXAMPLES)
    rows = [(d, unit, value[unit]) for d, value in shown for unit in range(min(len(value), MOST_UNITS))]
    cells = [_cell(example, -row, z[example]) for row, (_, _, z) in enumerate(rows) for example in range(wide)]
    every = max(1, -(-wide // 10))
    x = Axis("example", -0.5, wide - 0.5, ticks=tuple((k, str(k + 1)) for k in range(0, wide, every)))
    units = tuple((-row, f"${d.symbol.latex}$, unit {unit + 1}") for row, (d, unit, _) in enumerate(rows))
    return _picture(cells, x, Axis("", 0.5 - len(rows), 0.5, ticks=units), layers, "each example")


def _cell(x: int, y: int, argument: float) -> Area:
    low, high = MARGIN - 0.5, 0.5 - MARGIN
    ring = tuple((x + a, y + b) for a, b in ((low, low), (high, low), (high, high), (low, high)))
    return Area((ring,), "forward", OPEN if argument > 0 else SHUT if argument < 0 else AT_KINK, outlined=True)


def _picture(cells: list[Area], x: Axis, y: Axis, layers: list[tuple[Definition, np.ndarray]], each: str) -> Picture:
    everything = np.concatenate([value.ravel() for _, value in layers])
    opened, at = int((everything > 0).sum()), int((everything == 0).sum())
    counts = f"{opened} of {everything.size} {'is' if opened == 1 else 'are'} open"
    more = " ".join(_left_out(layers))
    caption = (
        f"The gates of the ReLUs for {each}: a full cell is a unit that is open ($z > 0$) and passes its gradient on,"
        f" an empty one is shut and passes 0. Here {counts}."
        + (f" Where $z$ is 0 ({at}), the cell is pale." if at else "")
        + (f" {more}" if more else "")
    )
    plot = Plot(x, y, tuple(cells), square=True)
    return Picture("gates", caption, f"A grid of cells, full where a ReLU is open: {counts}.", plot)


def _left_out(layers: list[tuple[Definition, np.ndarray]]) -> Iterator[str]:
    units, examples = max(len(value) for _, value in layers), layers[0][1].shape[1]
    if len(layers) > MOST_LAYERS:
        yield f"Shown are the first {MOST_LAYERS} of {len(layers)} layers."
    if units > MOST_UNITS:
        yield f"Shown are at most {MOST_UNITS} units of a layer."
    if examples > MOST_EXAMPLES:
        yield f"Shown are the first {MOST_EXAMPLES} of {examples} examples."
