"""A suggestion as an edit of the source: only the right side of the link is replaced, and its alignment stays."""

from __future__ import annotations

import re

from derive.checking.report import Statement

_RELATION = re.compile(r"\s*:?=\s*")


def replacement(statement: Statement) -> str | None:
    """The new right side of a link; None where there is no suggestion, or it does not keep the left side as it is."""
    if statement.suggestion is None or statement.right is None:
        return None
    if not statement.suggestion.startswith(statement.left):
        return None
    relation = _RELATION.match(statement.suggestion, len(statement.left))
    return statement.suggestion[relation.end() :] if relation else None
