"""The conventions that authors choose differently, in one place: each with its values and what they mean in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Convention:
    """A convention in force: its name, the value chosen, and a sentence for the reader (Markdown-free, with $math$)."""

    name: str
    value: str
    sentence: str


# `{x}` and `{y}` are the names of inputs and targets.
ARRANGEMENT = {
    "example": "One example at a time: ${x}$ is a column vector{target}.",
    "columns": "A batch of $n$ examples, one per column of ${x}$ and ${y}$.",
    "rows": "A batch of $n$ examples, one per row of ${x}$ and ${y}$.",
    "entries": "The $n$ examples are the entries of ${x}$ and ${y}$; sums over them are written out.",
}

REDUCTION = {
    "sum": "The loss is the sum over the examples.",
    "mean": "The loss is the mean over the $n$ examples.",
    "one": "There is one example, so a sum and a mean over the examples are the same.",
}

# What a mean over all entries would do, where one example has k outputs, and where it has one.
OUTPUTS = {
    "sum": " The $k$ outputs of one example are summed too: a mean over all entries would divide the loss and every"
    " gradient by $n k$.",
    "mean": " The $k$ outputs of one example are summed, not averaged: a mean over all entries would divide the loss"
    " and every gradient by $k$ as well.",
    "one": " Its $k$ outputs are summed, not averaged: a mean over all entries would divide the loss and every gradient"
    " by $k$.",
}
ONE_OUTPUT = {
    "sum": " A mean over all entries would divide the loss and every gradient by $n$.",
    "mean": " Each example has one output, so this is the mean over all entries as well.",
    "one": " It has one output, so a mean over all entries would be the same as well.",
}

FACTOR = {
    "1": "No factor stands before the loss.",
    "1/2": "A factor $1/2$ stands before the loss; it halves every gradient.",
}

AT_KINK = "ReLU has no derivative at 0; $\\mathrm{{ReLU}}'(0) = {value}$ is chosen."

LAYOUT = "A gradient has the shape of its variable (denominator layout); explicit Jacobians have numerator layout."


def arrangement(value: str, x: str, y: str, *, scalar_target: bool = False) -> Convention:
    """Args: x, y: the names of inputs and targets. scalar_target: the target of one example is a number."""
    target = f", ${y}$ is a number" if scalar_target else f", and so is ${y}$"
    return Convention("arrangement", value, ARRANGEMENT[value].format(x=x, y=y, target=target))


def reduction(value: str, *, batch: bool, outputs: bool) -> Convention:
    """Args: batch: there are n examples. outputs: one example has k outputs."""
    case = value if batch else "one"
    return Convention("reduction", value, REDUCTION[case] + (OUTPUTS if outputs else ONE_OUTPUT)[case])


def factor(value: str) -> Convention:
    return Convention("factor", value, FACTOR[value])


def relu_at_zero(value: str) -> Convention:
    return Convention("relu-at-zero", value, AT_KINK.format(value=value))


def layout() -> Convention:
    return Convention("layout", "gradient", LAYOUT)
