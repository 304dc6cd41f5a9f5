r"""Notation that is explained in words: `writing $\bar{v}$ for $\partial L / \partial v$` is an equation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.reading import syntax
from derive.reading.knowledge import Expression
from derive.reading.notation import as_derivative, ungrouped

LONGEST = 60  # characters between two formulas
_SIGNS = r"[\s$`\\(),]*"
_OF = r"(?:\s+the\s+(?:gradient|adjoint|sensitivity|error|(?:partial\s+)?derivative))?"
_FOR = re.compile(
    rf"{_SIGNS}(?:for|is|being|means?|denot(?:es?|ing)|(?:is\s+short|shorthand|stand(?:s|ing)?)\s+for){_OF}{_SIGNS}"
)


def worded(expressions: Sequence[Expression]) -> syntax.Chain | None:
    """The equation that the last two formulas are, by the words between them; None for any others."""
    if len(expressions) < 2 or expressions[-1].source is not expressions[-2].source:
        return None
    first, last = (ungrouped(each.node) for each in expressions[-2:])
    between = expressions[-1].source.text[first.span[1] : last.span[0]]
    if len(between) > LONGEST:
        return None
    if isinstance(first, syntax.Name) and as_derivative(last) is not None and _FOR.fullmatch(between):
        return syntax.Chain((first, last), ("=",), span=(first.span[0], last.span[1]))
    return None
