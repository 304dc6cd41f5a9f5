"""Every built-in model with every combination of its options; the multilayer perceptron to three layers."""

from __future__ import annotations

from itertools import product

from derive.models.catalogue import MODELS as BUILT_IN
from derive.models.catalogue import build
from derive.models.options import OPTIONS, ModelError

COMBINATIONS = {
    name: [
        dict(zip(row.defaults, values, strict=True))
        for values in product(*(OPTIONS[option].values or ("1", "2", "3") for option in row.defaults))
    ]
    for name, row in BUILT_IN.items()
}


def _title(name, options):
    changed = [f"{key}={value}" for key, value in options.items() if BUILT_IN[name].defaults[key] != value]
    return " ".join((name, *changed))


def _all():
    for name, combinations in COMBINATIONS.items():
        for options in combinations:
            try:
                yield _title(name, options), build(name, options)
            except ModelError:
                assert options["loss"] == "bce" and options["output"] == "identity"


ALL = dict(_all())

# A sample in which every pair of values of two options stands at least once.
MODELS = {}
_seen = set()
for _name, _model in ALL.items():
    _pairs = {(_model.name, a, b) for a in _model.options.items() for b in _model.options.items() if a < b}
    if _pairs - _seen:
        MODELS[_name] = _model
        _seen |= _pairs
