r"""Equations that solve for a variable and define none: `w = (X^\top X)^{-1} X^\top y` behind the gradient by w.

What a loss is differentiated by is free. An equation for it that only speaks of what the loss speaks of anyhow says
where the gradient vanishes; a forward equation brings in something that the loss does not know without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.reading import syntax
from derive.reading.frontmatter import Entry
from derive.reading.knowledge import Link
from derive.reading.names import Names, spelling
from derive.reading.notation import head, ungrouped, vanishing

_KNOWN = frozenset({"I", "1", "0", "e", "\\pi", "\\partial", "d", "\\log", "\\exp"})


def named_solutions(links: Sequence[Link], names: Names) -> list[Link]:
    r"""The links with the unknown itself for a name of its solution: w for the `\hat{w}` behind `\nabla_w L = 0`."""
    return [
        replace(link, left=plain, solves=True) if (plain := _unknown(link, place, links, names)) is not None else link
        for place, link in enumerate(links)
    ]


def _unknown(link: Link, place: int, links: Sequence[Link], names: Names) -> syntax.Name | None:
    """What a line solves for whose left side is a declared name with a mark on it, demanded before and used nowhere."""
    left = ungrouped(link.left)
    plain = _unmarked(left) if isinstance(left, syntax.Name) and link.relation in ("=", ":=") else None
    if plain is None or link.given or left.core in names.families.keys() - {plain.core}:
        return None
    others = [other for k, other in enumerate(links) if k != place]
    read = [node for other in others for node in syntax.walk(other.right)] + [*syntax.walk(link.right)]
    if any(isinstance(node, syntax.Name) and (node == left or node.core == left.core != plain.core) for node in read):
        return None
    if any(isinstance(node, syntax.Name) and node.core == plain.core for node in syntax.walk(link.right)):
        return None
    for other in others:
        gone = vanishing(other.left, other.right) if other.statement < link.statement else None
        if gone is not None and any(True for _ in _differentiated(other, plain.core)):
            return replace(plain, span=left.span)
    return None


def _unmarked(name: syntax.Name) -> syntax.Name | None:
    r"""w of `\hat{w}`, `w^*` and `w_{\text{ridge}}`; None for a name without such a mark."""
    if name.primes:
        return None
    if "hat" in name.accents and name.sub is None and name.sup is None:
        return replace(name, accents=tuple(accent for accent in name.accents if accent != "hat"))
    if name.sup is not None and name.sup.text in ("*", "\\ast", "\\star") and name.sub is None:
        return replace(name, sup=None)
    if name.sub is not None and name.sup is None and re.fullmatch(r"(\\\w+)?\{?[A-Za-z]{2,}\}?", name.sub.text):
        return replace(name, sub=None)
    return None


def is_solution(
    link: Link, name: syntax.Name, links: Sequence[Link], earlier: Sequence[Link], loss: Entry | None
) -> bool:
    """Whether an equation for a declared name solves for it: an earlier line differentiates by the name.

    Args:
        earlier: the links of the text before this one.
        loss: the declared loss, which a gradient without an operand is one of.
    """
    core = spelling(name).core
    bodies: dict[str, set[str]] = {}
    for other in links:
        defined, _ = head(other.left)
        if other is not link and other.relation in ("=", ":=") and defined is not None:
            bodies.setdefault(spelling(defined).core, _cores(other.right))
    for other in earlier:
        for of in _differentiated(other, core):
            speaks_of = _closure(_cores(of) if of is not None else _loss_cores(loss), bodies)
            inputs = _closure(_cores(link.right), bodies) - bodies.keys()
            if core in speaks_of and inputs - _KNOWN and inputs - _KNOWN <= speaks_of:
                return True
    return False


def _differentiated(link: Link, core: str) -> Iterator[syntax.Node | None]:
    r"""What a line differentiates by a name; None for the loss, of `dw` or of an operator that stands alone."""
    for side in (link.left, link.right):
        for node in syntax.walk(side):
            if isinstance(node, syntax.Derivative) and any(_is(by, core) for by in node.by):
                yield node.of if node.of is not None else side
            elif _operator_by(node, core):
                yield side
            elif isinstance(node, syntax.Name) and spelling(node).core == f"d{core}":
                yield None


def _operator_by(node: syntax.Node, core: str) -> bool:
    r"""`\nabla_w`, `\partial_w`; a bare `\nabla` may be by any name."""
    if isinstance(node, syntax.Nabla):
        return node.by is None or _is(node.by.body, core)
    return isinstance(node, syntax.Name) and node.base == "\\partial" and bool(node.sub) and _is(node.sub.body, core)


def _is(node: syntax.Node | None, core: str) -> bool:
    return isinstance(node, syntax.Name) and spelling(node).core == core


def _loss_cores(loss: Entry | None) -> set[str]:
    return set() if loss is None else {loss.text.strip()}


def _cores(node: syntax.Node) -> set[str]:
    return {spelling(name).core for name in _names(node)}


def _names(node: syntax.Node) -> Iterator[syntax.Name]:
    """The names of an expression without those in its indices and exponents."""
    if isinstance(node, syntax.Name):
        yield node
        return
    for part in vars(node).values():
        for child in part if isinstance(part, tuple) else (part,):
            if isinstance(child, syntax.Node) and not isinstance(child, syntax.Script):
                yield from _names(child)


def _closure(cores: set[str], bodies: dict[str, set[str]]) -> set[str]:
    """The names, and those that they are defined by."""
    found, waiting = set(cores), list(cores)
    while waiting:
        for core in bodies.get(waiting.pop(), ()):
            if core not in found:
                found.add(core)
                waiting.append(core)
    return found
