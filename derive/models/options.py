"""The options that models take, each with its values and its help: one row each, for the command line too."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
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
        Option("loss", "squared error, or cross-entropy", ("mse", "bce")),
        Option("arrangement", "one example, or a batch of n", ("example", "columns", "rows")),
        Option("reduction", "over the examples", ("sum", "mean")),
        Option("factor", "in front of the loss", ("1", "1/2")),
        Option("relu-at-zero", "the value chosen for ReLU'(0)", ("0", "1/2", "1")),
    )
}


# Deeper networks leave too little of a gradient for witnesses to compare.
MOST_LAYERS = 30


def choose(model: str, defaults: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """The defaults of a model with what was asked for.

    Raises:
        ModelError: the model has no such option, or the option no such value.
    """
    chosen = dict(defaults)
    for name, value in given.items():
        if name not in defaults:
            flags = ", ".join(OPTIONS[known].flag for known in defaults)
            raise ModelError(f"the model {model} has no option --{name}; it has {flags}")
        values = OPTIONS[name].values
        if values is None:
            if not (value.isascii() and value.isdecimal() and len(value) < 10 and 1 <= int(value) <= MOST_LAYERS):
                raise ModelError(f"--{name} takes a whole number from 1 to {MOST_LAYERS}, found {value!r}")
            value = str(int(value))
        elif value not in values:
            raise ModelError(f"--{name} takes {' or '.join(values)}, found {value!r}{did_you_mean(value, values)}")
        chosen[name] = value
    return chosen


# option, when it has no effect, why
_IDLE: tuple[tuple[str, Callable[[Mapping[str, object]], bool], str], ...] = (
    ("hidden", lambda o: o.get("layers") == "1", "a network of 1 layer has no hidden one"),
    ("relu-at-zero", lambda o: o.get("layers") == "1" or o.get("hidden") != "relu", "there is no ReLU in this network"),
    ("reduction", lambda o: o.get("arrangement") == "example", "there is one example"),
)


def idle(given: Collection[str], options: Mapping[str, object]) -> list[str]:
    """What was asked for and has no effect beside the other options, each in a sentence."""
    return [f"--{name} has no effect: {why}" for name, applies, why in _IDLE if name in given and applies(options)]


def did_you_mean(name: str, known: Collection[str]) -> str:
    """`; did you mean mlp?`, the end of a message about a name that is not known; nothing where none is near."""
    from difflib import get_close_matches  # only needed when something is wrong

    near = get_close_matches(name[:80].lower(), {each.lower(): each for each in known}, 1)
    return f"; did you mean {next(each for each in known if each.lower() == near[0])}?" if near else ""
