"""The decision surface of a classifier with two inputs, over its own data, after the run of gradient descent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np

from derive.explaining.elements import Picture
from derive.explaining.pictures_descent import Run
from derive.explaining.plots import Area, Axis, Curve, Dots, Plot, Points, points
from derive.explaining.prose.facts import facts
from derive.models.model import Model
from derive.terms.definitions import forward
from derive.verify.evidence import Evidence

# Predictions are computed on a grid of so many points a side; bands of so much probability get one tint.
SIDE, BAND = 41, 0.1
# Around the data there is so much room, in parts of their extent.
ROOM = 0.3
MOST_EXAMPLES = 200
BOUNDARY = 0.5


@np.errstate(all="ignore")  # numbers that leave float64 are seen, and not drawn
def surface(evidence: Evidence, run: Run) -> Picture | None:
    """The picture; None where the inputs are not two, or the model predicts no probability of one label."""
    model, sizes = evidence.model, evidence.document.point.sizes
    known = facts(model)
    if not (known.batch and known.output == "sigmoid" and sizes.get("d") == 2 and sizes.get("k", 1) == 1):
        return None
    examples, labels = _examples(evidence, known.arrangement)
    low, high = examples.min(axis=0), examples.max(axis=0)
    room = ROOM * (np.where(high > low, high - low, 1.0))
    low, high = low - room, high + room
    if not np.isfinite([*low, *high]).all() or not (low < high).all():
        return None
    across, up = (np.linspace(low[k], high[k], SIDE) for k in (0, 1))
    places = np.array([(x, y) for y in up for x in across])
    predicted = _predict(model, sizes, run, places, known.arrangement).reshape(SIDE, SIDE)
    right = (_predict(model, sizes, run, examples, known.arrangement) > BOUNDARY) == (labels > BOUNDARY)
    if not np.isfinite(predicted).all():
        return None
    drawn = (*_bands(across, up, predicted), *_dots(examples, labels))
    plot = Plot(Axis("$x_1$", *_ends(low[0], high[0])), Axis("$x_2$", *_ends(low[1], high[1])), drawn)
    parted = any(isinstance(shape, Curve) for shape in drawn)
    caption = _caption(run, int(right.sum()), len(right), parted) + (_XOR if _is_xor(examples, labels) else "")
    return Picture("surface", caption, _description(right), plot)


def _ends(low: float, high: float) -> tuple[float, float]:
    return float(f"{low:.6g}"), float(f"{high:.6g}")


def _examples(evidence: Evidence, arrangement: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs, one example per row, and their labels."""
    values = evidence.document.values
    inputs, labels = values[evidence.model.inputs.key], values[evidence.model.targets.key]
    return (inputs.T if arrangement == "columns" else inputs), labels.ravel()


def _predict(
    model: Model, sizes: Mapping[str, int], run: Run, inputs: np.ndarray, arrangement: str
) -> np.ndarray:
    """The prediction for every row of inputs, with the parameters at the end of the run."""
    values = {p.key: run.values[p.key].astype(float) for p in model.parameters}
    values[model.inputs.key] = inputs.T if arrangement == "columns" else inputs
    known = forward(model.definitions[:-1], values, {**sizes, "n": len(inputs)})
    return np.asarray(known[model.definitions[-2].symbol.key], dtype=float).ravel()


def _bands(across: np.ndarray, up: np.ndarray, predicted: np.ndarray) -> Iterator[Area | Curve]:
    """Bands of probability, blue above the boundary and red below it, the paler the less certain; the boundary."""
    from contourpy import FillType, LineType, contour_generator  # a part of matplotlib; only this picture needs it

    contours = contour_generator(across, up, predicted, fill_type=FillType.OuterOffset, line_type=LineType.Separate)
    count = round(1 / BAND)
    for k in range(count):
        low, high = k * BAND, (k + 1) * BAND
        middle = (low + high) / 2 - BOUNDARY
        role, tint = ("forward" if middle > 0 else "gradient"), round(abs(middle), 2)
        ends = (low if k else -1.0, high if k < count - 1 else 2.0)
        for ring, offsets in zip(*contours.filled(*ends), strict=True):
            rings = tuple(points(ring[a:b]) for a, b in pairwise(offsets))
            yield Area(tuple(map(_apart, rings)), role, tint)
    for line in contours.lines(BOUNDARY):
        yield Curve(points(line), "plain", dashed=True)


def _apart(ring: Points) -> Points:
    """Without points that fall together when they are rounded."""
    return tuple(point for place, point in enumerate(ring) if not place or point != ring[place - 1])


def _dots(examples: np.ndarray, labels: np.ndarray) -> Iterator[Dots]:
    for label, filled in ((1, True), (0, False)):
        chosen = [place for place, at in zip(examples, labels, strict=True) if (at > BOUNDARY) == bool(label)]
        if chosen:
            yield Dots(points(chosen[:MOST_EXAMPLES]), "plain", f"label {label}", filled)


_XOR = " The data are XOR: no straight line parts the labels."


def _is_xor(examples: np.ndarray, labels: np.ndarray) -> bool:
    found = {(*at, label) for at, label in zip(examples.tolist(), labels.tolist(), strict=True)}
    return found == {(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)}


def _caption(run: Run, right: int, count: int, parted: bool) -> str:
    return (
        f"The decision surface after the {run.steps} steps above, over the data themselves: blue where the predicted"
        " probability is more than one half, red where it is less, the paler the less certain."
        f" {'The dashed line is where it is one half.' if parted else 'Nowhere in view is it one half.'}"
        f" For {right} of {count} examples this is the right label."
        + (f" At most {MOST_EXAMPLES} examples of a label are drawn." if count > MOST_EXAMPLES else "")
    )


def _description(right: np.ndarray) -> str:
    return (
        "The plane of the two inputs, shaded by the predicted probability, with the examples as filled and hollow dots:"
        f" for {int(right.sum())} of {len(right)} the prediction is the right label."
    )
