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
from derive.terms.written import Block, Derivative

# The letters of parameters. Any other letter is one where a claim differentiates by a member of its family: who derives
# the gradient by \omega_0 owes those by the other \omega. Letters of data and of values are nobody's gradient to miss.
LETTERS = frozenset(
    {"W", "w", "b", "U", "V", r"\theta", r"\Theta", r"\beta", r"\gamma", r"\omega", r"\Omega"}
)  # fmt: skip
DATA = frozenset({"x", "X", "y", "Y", "t", "T", "z", "Z", "a", "A", "h", "H", "s", "S"})
_ACCENT = re.compile(r"\\(?:hat|widehat|tilde|widetilde|bar|overline|vec)\{?\s*(\\?[A-Za-z]+)\s*\}?")


def uncovered(theory: Theory, judged: Collection[Link]) -> tuple[str, ...]:
    """The parameters that the loss depends on and that no judged claim differentiates it by, as they are written."""
    if theory.loss is None:
        return ()
    given = {symbol.key: symbol for link in judged for symbol in _differentiated(theory, link)}
    letters = {_letter(theory, symbol) for symbol in given.values()} - DATA
    parameters = _parameters(theory, LETTERS | letters)
    return tuple(_written(theory, symbol) for key, symbol in parameters.items() if key not in given)


def _parameters(theory: Theory, letters: Collection[str | None]) -> dict[str, Symbol]:
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
            elif _letter(theory, node) in letters:
                found[node.key] = node
    return dict(sorted(found.items(), key=lambda item: _written(theory, item[1])))


def _family(theory: Theory, symbol: Symbol) -> Family | None:
    families = (family for known in theory.names.families.values() for family in known)
    return next((family for family in families if family_name(family) == symbol.name), None)


def _letter(theory: Theory, symbol: Symbol) -> str | None:
    """The letter of a symbol without accents."""
    family = _family(theory, symbol)
    accent = _ACCENT.fullmatch(family.core) if family is not None else None
    return accent[1] if accent else family.core if family is not None else None


def _written(theory: Theory, symbol: Symbol) -> str:
    """`W_1`, `W^{[2]}`: the name of the family at its indices, in as few braces as it needs."""
    family = _family(theory, symbol)
    if family is None:
        return symbol.latex
    return re.sub(r"([_^])\{(\w)\}", r"\1\2", member_key(family, symbol.indices))


def _differentiated(theory: Theory, link: Link) -> Iterator[Symbol]:
    """The symbols by which a side of a link differentiates the loss, for every layer that there is."""
    try:
        found, _ = instances(theory, link)
    except Unread:
        return
    for instance in found:
        for reading in (instance.lefts[0], instance.rights[0]):
            yield from _of_loss(theory, reading.term)


def _of_loss(theory: Theory, term: Term) -> Iterator[Symbol]:
    for node in term.walk():
        if isinstance(node, Derivative):
            of, by = node.args
            by = by.args[0] if isinstance(by, Component) else by
            if isinstance(of, Symbol) and of.key == theory.loss.key and isinstance(by, Symbol):
                yield by
                definition = theory.defined(by)
                if definition is not None and isinstance(definition.expression, Block):  # \phi = [\phi_0; \phi_1]
                    yield from (cell for cell in definition.expression.args if isinstance(cell, Symbol))
