r"""Labels of a cross-entropy that are said in words only: "y is one-hot". Then its entries sum to 1.

`\partial L / \partial z = p - y` needs that. Where the text has one of the words for it, the labels are what it says;
where it has none, the claim is true by a convention that the document does not state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from derive.checking.moved import Moved
from derive.checking.points import Points, distributed
from derive.checking.program import Machine
from derive.checking.uses import names_in, used_by
from derive.terms import nodes
from derive.terms.nodes import Symbol, Term

_WORDS = re.compile(r"one[- ]hot|distribution|sums? (?:up )?to (?:1|one|\$1\$)", re.IGNORECASE)


class Distributed(Moved):
    """The points of a document with some labels scaled so that the classes of each example sum to 1."""

    def __init__(self, points: Points, labels: Iterable[Symbol]):
        super().__init__(points)
        self.labels = tuple(labels)

    def moved(self, drawn: Machine) -> Machine:
        """The point with positive labels that sum to 1 along the classes: of a vector, of a softmax, else of a row."""
        values = {}
        for label in self.labels:
            value = np.asarray(drawn.symbol(label, {}), dtype=float)
            values[label] = distributed(value, self.points.class_axis(label, value))
        return drawn.at_values(values)


def says_so(text: str) -> bool:
    """Whether a text speaks of labels that sum to 1."""
    return _WORDS.search(text) is not None


def labels(points: Points, claims: Iterable[Term]) -> tuple[Symbol, ...]:
    r"""The inputs that claims depend on and that stand before logarithms, as y does in `\sum_k y_k \log p_k`."""
    used = used_by(points.uses, *claims)
    logs = {name for name, body in points.bodies.items() if _has_log(body)}
    found: dict[str, Symbol] = {}
    for name in sorted(points.bodies):
        for symbol in _weights(points.bodies[name], logs):
            fixed = all(index.is_number for index in symbol.indices) and not symbol.is_scalar
            if symbol.name in used and fixed and symbol.name not in points.bodies and not points.theory.assumed(symbol):
                found.setdefault(symbol.key, symbol)
    return tuple(found[key] for key in sorted(found))


def _weights(body: Term, logs: set[str]) -> Iterator[Symbol]:
    """The symbols beside a logarithm in products."""
    for node in body.walk():
        if not isinstance(node, nodes.Product | nodes.Hadamard):
            continue
        for factor in node.args:
            inner = factor.args[0] if isinstance(factor, nodes.Component | nodes.Transpose) else factor
            others = (arg for arg in node.args if arg is not factor)
            if isinstance(inner, Symbol) and any(_has_log(arg) or names_in(arg) & logs for arg in others):
                yield inner


def _has_log(term: Term) -> bool:
    return any(isinstance(node, nodes.Apply) and node.function == "log" for node in term.walk())
