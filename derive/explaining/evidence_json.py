"""The evidence for machines: schema `derive-explain/1`. Keys are never removed within one schema number.

Values are printed to 12 significant digits: more than any reader needs, and fewer than the last bits in which a BLAS or
a libm may differ. Differences are printed as upper bounds, powers of ten, from 1e-12 upwards.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derive.terms.nodes import Symbol
from derive.verify.evidence import Evidence
from derive.verify.witnesses import NAMES

SCHEMA = "derive-explain/1"
DIGITS = 12
SMALLEST_BOUND = -12


def to_json(evidence: Evidence) -> dict[str, Any]:
    """The evidence at the document's dimensions: matrices as nested lists, vectors flat, scalars bare."""
    model, document = evidence.model, evidence.document
    return {
        "schema": SCHEMA,
        "model": model.name,
        "title": model.title,
        "options": dict(model.options),
        "seed": evidence.seed,
        "conventions": {convention.name: convention.value for convention in model.conventions},
        "dimensions": {name: document.point.sizes[name] for name in model.dimensions},
        "symbols": {
            symbol.key: {
                "latex": symbol.latex,
                "shape": str(symbol.shape),
                "value": plain(symbol, document.values[symbol.key]),
            }
            for symbol in model.symbols
        },
        "gradients": {
            step.symbol.key: {
                "latex": step.closed.latex,
                "shape": str(step.symbol.shape),
                "rules": [rule.name for rule in step.rules],
                "witnesses": {name: _said(evidence, step.symbol, name) for name in NAMES},
                "max_relative_error": _bound(
                    [c.relative for name in NAMES if (c := evidence.worst(step.symbol.key, name))]
                ),
            }
            for step in evidence.derivation.steps
        },
        "loss": plain(model.loss, document.values[model.loss.key]),
        "losses": {name: _number(document.readings[name].loss) for name in NAMES},
        "agreed": evidence.agreed,
        "points": [
            {"name": point.point.name, "dimensions": {name: point.point.sizes[name] for name in model.dimensions}}
            for point in evidence.drawn
        ],
        "shared": list(evidence.shared),
        "redrawn": list(evidence.redrawn),
        "kinks": [str(kink) for kink in document.kinks],
        "silent": {name: reason for name in NAMES if (reason := document.readings[name].silent)},
        "beyond": sorted(document.beyond),
    }


def plain(symbol: Symbol, value: np.ndarray) -> Any:
    """A 2-D array in the shape that its symbol has on paper."""
    if symbol.shape.is_scalar:
        return _number(value.item())
    if symbol.shape.is_vector:
        return [_number(entry) for entry in value.ravel()]
    return [[_number(entry) for entry in row] for row in value]


def _said(evidence: Evidence, symbol: Symbol, witness: str) -> Any:
    """What a witness says at the document's point; null where it is silent, at a kink or at too many entries."""
    value = evidence.document.readings[witness].values.get(symbol.key)
    return None if value is None else plain(symbol, value)


def _number(value: float | None) -> float | int | None:
    """JSON has no NaN and no infinity: null, as where nothing is said."""
    if value is None or not math.isfinite(value):
        return None
    rounded = float(f"{value:.{DIGITS}g}")
    return 0.0 if rounded == 0 else rounded  # no minus before a zero


def _bound(differences: list[float]) -> float | None:
    """The next power of ten above the largest; null where nothing was compared or there is no such power."""
    if not differences or not all(map(math.isfinite, differences)):
        return None
    largest = max(differences)
    exponent = math.ceil(math.log10(largest)) if largest > 0 else SMALLEST_BOUND
    return float(f"1e{max(exponent, SMALLEST_BOUND)}")
