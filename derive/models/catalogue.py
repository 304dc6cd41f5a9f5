"""The built-in models: one row each. Adding a model is adding a short file and a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from derive.models import linear_scalar, mlp, single_layer
from derive.models.model import Model
from derive.models.options import ModelError, choose


@dataclass(frozen=True)
class BuiltIn:
    """A model that `derive explain` knows by name, with the defaults of its options."""

    name: str
    summary: str
    defaults: Mapping[str, str]
    make: Callable[[dict[str, str]], Model]


MODELS: dict[str, BuiltIn] = {
    row.name: row
    for row in (
        BuiltIn(
            "linear-scalar",
            "linear regression with one feature: scalar w and b, the sum over examples written out",
            linear_scalar.DEFAULTS,
            linear_scalar.build,
        ),
        BuiltIn("linear", "linear regression in matrix form", single_layer.DEFAULTS, single_layer.build_linear),
        BuiltIn("logistic", "logistic regression in matrix form", single_layer.DEFAULTS, single_layer.build_logistic),
        BuiltIn("mlp", "multilayer perceptron of any depth", mlp.DEFAULTS, mlp.build),
    )
}


def build(name: str, options: Mapping[str, str] | None = None) -> Model:
    """The built-in model of this name.

    Args:
        options: by option name, as on the command line: {"arrangement": "rows"}.

    Raises:
        ModelError: no such model, option or value, or options that contradict each other.
    """
    if name not in MODELS:
        raise ModelError(f"no model is called {name!r}; there are {', '.join(MODELS)}")
    row = MODELS[name]
    return row.make(choose(name, dict(row.defaults), dict(options or {})))
