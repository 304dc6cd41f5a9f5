"""The options that models take, each with its values and its help: one row each, for the command line too."""

from __future__ import annotations

from dataclasses import dataclass


class ModelError(ValueError):
    """The model cannot be built as asked. The message says what to choose instead."""


@dataclass(frozen=True)
class Option:
    """`values` is None where any whole number of at least 1 will do."""

    name: str
    help: str
    values: tuple[str, ...] | None

    @property
    def flag(self) -> str:
        return f"--{self.name}"


OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option("layers", "number of layers", None),
        Option("hidden", "activation of the hidden layers", ("relu", "sigmoid", "tanh")),
        Option("output", "activation of the last layer", ("identity", "sigmoid")),
        Option("loss", "mean squared error or binary cross-entropy", ("mse", "bce")),
        Option("arrangement", "one example as a column, or a batch in columns or rows", ("example", "columns", "rows")),
        Option("reduction", "over the examples", ("sum", "mean")),
        Option("factor", "in front of the loss", ("1", "1/2")),
        Option("relu-at-zero", "the value chosen for ReLU'(0)", ("0", "1/2", "1")),
    )
}


def choose(model: str, defaults: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """The defaults of a model with what was asked for.

    Raises:
        ModelError: the model has no such option, or the option no such value.
    """
    for name, value in given.items():
        if name not in defaults:
            flags = ", ".join(OPTIONS[known].flag for known in defaults)
            raise ModelError(f"the model {model} has no option --{name}; it has {flags}")
        values = OPTIONS[name].values
        if values is None:
            if not value.isdecimal() or not 1 <= int(value) <= 100:
                raise ModelError(f"--{name} takes a whole number from 1 to 100, found {value!r}")
        elif value not in values:
            raise ModelError(f"--{name} takes {' or '.join(values)}, found {value!r}")
    return {**defaults, **given}
