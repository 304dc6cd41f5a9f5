"""Notation to terms: what a formula means, given the names that its document knows.

Where a sign or a name can be read in several ways, all conforming readings are kept as alternatives, primary ones
first; an alternative remembers which assumptions it makes. Terms keep the span of what they were read from. This is
the table of all rules: a new notation is a new row, and a function in the file of its kind.
"""

from __future__ import annotations

from derive.reading import syntax
from derive.reading.derivatives import (
    derivative,
    differential,
    lone_nabla,
    nabla,
    operator,
    partial,
    prime_of_loss,
    slash,
)
from derive.reading.forms import compared, fraction, group, indicator, matrix, number, root, words
from derive.reading.functions import defined_call, function_call, numbered_call, reminder, rewritten
from derive.reading.named import read_name
from derive.reading.numpy_calls import numpy_call
from derive.reading.ranges import infer_range
from derive.reading.readings import PRIMARY, RULES, TAKERS, Alternative, Missing, Scope, Undeclared, elaborate, factor
from derive.reading.signs import product
from derive.reading.sums import big, total


def _name(node: syntax.Name, scope: Scope) -> list[Alternative]:
    """A name alone; a function that lacks its argument says so."""
    found = rewritten([node], 0, scope) or indicator([node], 0, scope) or function_call([node], 0, scope)
    return read_name(node, scope) if found is None else found[1]


RULES.update({
    syntax.Name: _name,
    syntax.Number: number,
    syntax.Fraction_: fraction,
    syntax.Root: root,
    syntax.Group: group,
    syntax.Matrix: matrix,
    syntax.Comparison: compared,
    syntax.Words: words,
    syntax.Total: total,
    syntax.Big: big,
    syntax.Product: product,
    syntax.Derivative: derivative,
    syntax.Nabla: lone_nabla,
})  # fmt: skip

# What takes more than one factor of a product, in the order in which it is asked.
TAKERS.extend([
    rewritten, operator, nabla, partial, slash, differential, numpy_call, numbered_call, function_call, defined_call,
    prime_of_loss, reminder, indicator,
])  # fmt: skip

__all__ = ["PRIMARY", "Alternative", "Missing", "Scope", "Undeclared", "elaborate", "factor", "infer_range"]
