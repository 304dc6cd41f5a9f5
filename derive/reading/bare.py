r"""Functions that a line speaks of without their argument: `\sigma' = \sigma (1 - \sigma)`, `\frac{d\sigma}{da} = ...`.

Such a line says the same of every argument. It is written in: what the function is differentiated by, else a letter
that the document does not use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.reading import syntax
from derive.reading.functions import SPECIAL, function_of, is_bracket, is_function
from derive.reading.knowledge import Link
from derive.reading.notation import mapped, ungrouped
from derive.reading.readings import Scope

_LETTERS = "tusrvqzxy"


def with_arguments(links: Sequence[Link], scope: Scope) -> list[Link]:
    """The links with arguments for functions in the statements that start with the derivative of a bare function."""
    arguments: dict[int, syntax.Name] = {}
    for link in links:
        argument = _argument(link.left, scope) if not link.number and not link.unread else None
        if argument is not None:
            arguments[link.statement] = argument
    return [
        replace(link, left=_applied(link.left, argument, scope), right=_applied(link.right, argument, scope))
        if (argument := arguments.get(link.statement)) is not None
        else link
        for link in links
    ]


def _argument(left: syntax.Node, scope: Scope) -> syntax.Name | None:
    r"""What the function on a left side is taken at: a of `\frac{d\sigma}{da}`, a new letter for `\sigma'`."""
    left = ungrouped(left)
    if isinstance(left, syntax.Derivative) and len(left.by) == 1 and isinstance(left.by[0], syntax.Name):
        return left.by[0] if left.of is not None and _is_bare(left.of, scope) else None
    if _is_bare(left, scope) and left.primes:
        letter = next((each for each in _LETTERS if each not in scope.names.families), None)
        return None if letter is None else syntax.Name(letter, span=left.span)
    return None


def _is_bare(node: syntax.Node, scope: Scope) -> bool:
    if not isinstance(node, syntax.Name) or function_of(node, scope) in SPECIAL.values():
        return False
    return is_function(replace(node, primes=0, sup=None), scope)


def _applied(node: syntax.Node, argument: syntax.Name, scope: Scope) -> syntax.Node:
    if _is_bare(node, scope):
        return syntax.Product(_call(node, argument), span=node.span)
    if isinstance(node, syntax.Derivative):
        return node  # of a bare function by its argument: that is read so already
    if isinstance(node, syntax.Product):
        return replace(node, items=tuple(_items(node.items, argument, scope)))

    return mapped(node, lambda part: part if isinstance(part, syntax.Script) else _applied(part, argument, scope))


def _call(name: syntax.Name, argument: syntax.Name) -> tuple[syntax.Node, ...]:
    r"""The function at the argument; an exponent stands on the value."""
    return replace(name, sup=None), syntax.Group("(", ")", (argument,), sup=name.sup, span=name.span)


def _items(items: Sequence[syntax.Node], argument: syntax.Name, scope: Scope):
    """The factors of a product: a function before a bracket is applied to it, unless the bracket holds a bare one."""
    for place, item in enumerate(items):
        following = items[place + 1] if place + 1 < len(items) else None
        applied = following is not None and not isinstance(following, syntax.Sign)
        if _is_bare(item, scope) and is_bracket(following):
            applied = _applied(following, argument, scope) == following
        if _is_bare(item, scope) and not applied:
            yield from _call(item, argument)
        else:
            yield item if _is_bare(item, scope) else _applied(item, argument, scope)
