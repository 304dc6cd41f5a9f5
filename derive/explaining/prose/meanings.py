"""What symbols and dimensions stand for, in words: one row each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.explaining.prose.facts import Facts
from derive.models.model import Model
from derive.terms.nodes import Symbol

# (pattern of the key, for one example, for several)
MEANINGS = (
    (r"x", "input", "inputs"),
    (r"X", "inputs", "inputs"),
    (r"y", "target", "targets"),
    (r"Y", "targets", "targets"),
    (r"W_(\d+)", r"weights of layer \1", r"weights of layer \1"),
    (r"b_(\d+)", r"biases of layer \1", r"biases of layer \1"),
    (r"[zZ]_(\d+)", r"pre-activations of layer \1", r"pre-activations of layer \1"),
    (r"[aA]_(\d+)", r"activations of layer \1", r"activations of layer \1"),
    (r"z", "logit", "logits"),
    (r"[yY]hat", "prediction", "predictions"),
    (r"L", "loss", "loss"),
    (r"b", "bias", "bias"),
)

# (pattern of the dimension, one of them, several)
DIMENSIONS = (
    (r"n", "example", "examples"),
    (r"d", "input", "inputs"),
    (r"h", "hidden unit", "hidden units"),
    (r"h_(\d+)", r"unit in hidden layer \1", r"units in hidden layer \1"),
    (r"k", "output", "outputs"),
)

ARRANGED = {
    "rows": ", one example per row",
    "columns": ", one example per column",
    "entries": ", one example per entry",
}

FUNCTIONS = {
    "relu": r"$\mathrm{ReLU}(t) = \max(0, t)$",
    "sigmoid": r"$\sigma(t) = 1/(1 + e^{-t})$",
    "tanh": r"$\tanh(t) = (e^t - e^{-t})/(e^t + e^{-t})$",
    "log": r"the natural logarithm $\log$",
    "exp": r"$\exp(t) = e^t$",
}


def meaning(symbol: Symbol, model: Model, known: Facts) -> str:
    """What a symbol is, such as `weights of layer 2`."""
    if symbol.key == "w":
        return "slope" if symbol.is_scalar else "weights"
    if symbol.key == "b" and model.name == "linear-scalar":
        return "intercept"
    for pattern, one, several in MEANINGS:
        if found := re.fullmatch(pattern, symbol.key):
            text = found.expand(several if known.batch else one)
            return text + (ARRANGED.get(known.arrangement, "") if symbol in (model.inputs, model.targets) else "")
    return "given" if symbol in model.given else "intermediate result"


def counted(dimension: str, size: int) -> str:
    """`4 examples`, `1 output`."""
    for pattern, one, several in DIMENSIONS:
        if found := re.fullmatch(pattern, dimension):
            return f"{size} {found.expand(one if size == 1 else several)}"
    return str(size)


def listed(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def spelled(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)
