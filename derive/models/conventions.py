"""The conventions that authors choose differently, in one place: each with its values and what they mean in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Convention:
    """A convention in force: its name, the value chosen, and a sentence for the reader (Markdown-free, with $math$)."""

    name: str
    value: str
    sentence: str


ARRANGEMENT = {
    "example": "One example at a time: $x$ and $y$ are column vectors.",
    "columns": "A batch of $n$ examples, one per column of $X$ and $Y$.",
    "rows": "A batch of $n$ examples, one per row of $X$ and $Y$.",
    "entries": "The $n$ examples are the entries of $x$ and $y$; sums over them are written out.",
}

REDUCTION = {
    "sum": "The loss is the sum over the examples.",
    "mean": "The loss is the mean over the $n$ examples.",
    "one": "There is one example, so a sum and a mean over the examples are the same.",
}

OUTPUTS = (
    " The $k$ outputs of one example are summed, not averaged: a mean over all entries would"
    " divide the loss and every gradient by $k$ once more."
)

FACTOR = {
    "1": "No factor stands before the loss.",
    "1/2": "A factor $1/2$ stands before the loss; it halves every gradient.",
}

AT_KINK = "ReLU has no derivative at 0; $\\mathrm{{ReLU}}'(0) = {value}$ is chosen."

LAYOUT = "A gradient has the shape of its variable (denominator layout); explicit Jacobians have numerator layout."


def arrangement(value: str) -> Convention:
    return Convention("arrangement", value, ARRANGEMENT[value])


def reduction(value: str, *, batch: bool, outputs: bool) -> Convention:
    sentence = REDUCTION[value if batch else "one"]
    return Convention("reduction", value, sentence + (OUTPUTS if outputs else ""))


def factor(value: str) -> Convention:
    return Convention("factor", value, FACTOR[value])


def relu_at_zero(value: str) -> Convention:
    return Convention("relu-at-zero", value, AT_KINK.format(value=value))


def layout() -> Convention:
    return Convention("layout", "gradient", LAYOUT)
