"""Which parameters of a document's model no judged claim gives a gradient for: missing work is not silence."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from derive.checking.instances import instances
from derive.reading.errors import Unread
from derive.reading.names import Family, member_key
from derive.reading.symbols import family_name
from derive.reading.theory import Link, Theory
from derive.terms.nodes import Component, Symbol, Term
from derive.terms.written import Derivative

# The letters of parameters; those of data (x, y, X, t) are nobody's gradient to miss.
LETTERS = frozenset({"W", "w", "b", "U", "V", r"\theta", r"\Theta", r"\beta", r"\gamma"})


def uncovered(theory: Theory, judged: Collection[Link]) -> tuple[str, ...]:
    """The parameters that the loss depends on and that no judged claim differentiates it by, as they are written."""
    parameters = _parameters(theory)
    if not parameters:
        return ()
    given = {key for link in judged for key in _differentiated(theory, link)}
    return tuple(_written(theory, symbol) for key, symbol in parameters.items() if key not in given)


def _parameters(theory: Theory) -> dict[str, Symbol]:
    """Symbols by key, in the order in which the loss reaches them, sorted by how they are written."""
    start = theory.defined(theory.loss) if theory.loss is not None else None
    pending, seen, found = [start] if start else [], set(), {}
    while pending:
        definition = pending.pop()
        for node in definition.expression.walk():
            if not isinstance(node, Symbol) or node.key in seen:
                continue
            seen.add(node.key)
            inner = theory.defined(node)
            if inner is not None:
                pending.append(inner)
            elif all(index.is_number for index in node.indices) and _letter(theory, node) in LETTERS:
                found[node.key] = node
    return dict(sorted(found.items(), key=lambda item: _written(theory, item[1])))


def _family(theory: Theory, symbol: Symbol) -> Family | None:
    families = (family for known in theory.names.families.values() for family in known)
    return next((family for family in families if family_name(family) == symbol.name), None)


def _letter(theory: Theory, symbol: Symbol) -> str | None:
    family = _family(theory, symbol)
    return family.core if family is not None else None


def _written(theory: Theory, symbol: Symbol) -> str:
    """`W_1`, `W^{[2]}`: the name of the family at its indices, in as few braces as it needs."""
    family = _family(theory, symbol)
    return re.sub(r"\{(\w)\}", r"\1", member_key(family, symbol.indices)) if family is not None else symbol.latex


def _differentiated(theory: Theory, link: Link) -> Iterator[str]:
    """The keys of the symbols by which a side of a link differentiates the loss, for every layer that there is."""
    try:
        found, _ = instances(theory, link)
    except Unread:
        return
    for instance in found:
        for reading in (instance.lefts[0], instance.rights[0]):
            yield from _of_loss(theory, reading.term)


def _of_loss(theory: Theory, term: Term) -> Iterator[str]:
    for node in term.walk():
        if isinstance(node, Derivative):
            of, by = node.args
            by = by.args[0] if isinstance(by, Component) else by
            if isinstance(of, Symbol) and of.key == theory.loss.key and isinstance(by, Symbol):
                yield by.key
