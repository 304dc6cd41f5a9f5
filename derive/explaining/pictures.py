"""The pictures of a document: what gradient descent does from the worked example on, measured and drawn."""

from __future__ import annotations

from collections.abc import Iterator

from derive.explaining.elements import Paragraph, Picture
from derive.explaining.float64 import Float64
from derive.explaining.pictures_descent import loss_curve, run
from derive.explaining.pictures_difference import differences
from derive.explaining.pictures_gates import gates
from derive.explaining.pictures_surface import surface
from derive.verify.evidence import Evidence


def pictures(evidence: Evidence) -> tuple[Picture | Paragraph, ...]:
    """All that the model and its worked example allow; a sentence where one is missing that others have."""
    return tuple(_drawn(evidence))


def _drawn(evidence: Evidence) -> Iterator[Picture | Paragraph]:
    model = Float64(evidence.model, evidence.derivation, evidence.document.point.sizes)
    start = {key: value.astype(object) for key, value in evidence.document.point.floats().items()}
    found = run(model, start)
    if found is None:
        yield Paragraph(
            "At no learning rate that was tried does gradient descent end lower than it starts: there is no loss curve."
        )
    else:
        yield loss_curve(found)
        if (decided := surface(evidence, found)) is not None:
            yield decided
    if (gated := gates(evidence)) is not None:
        yield gated
    checked = differences(evidence, model)
    yield checked if isinstance(checked, Picture) else Paragraph(checked)
