r"""The closed form that a wrong line should have had, where the rules derive it: what is said when no edit repairs it.

It is printed in the names of the document, and offered as a repair only after its text was read again, as a reader of
the document would read it, and found to make the line hold at all points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from derive.checking.derivations import Compare, Derived, NotDerived, as_claims, derived
from derive.checking.instances import Instance
from derive.checking.verdicts import ClosedForm
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.macros import expand
from derive.reading.parser import parse
from derive.reading.theory import Link, Theory
from derive.reading.tokens import tokenize
from derive.terms.nodes import Term
from derive.terms.written import Derivative

LONGEST = 160  # characters of a closed form that is printed; longer ones are written over the adjoint before them


def closed_form(
    theory: Theory,
    link: Link,
    instance: Instance,
    alone: bool,
    compare: Compare,
    is_true: Callable[[syntax.Node], bool],
) -> tuple[ClosedForm | None, str | None]:
    """(the closed form of the gradient on the left of a wrong claim, the claim with it where that was read as true).

    Args:
        instance: where the claim is wrong; `alone` tells that it is the only one.
        is_true: whether the claim with another right side would hold.
    """
    gradient = instance.lefts[0].term
    if not isinstance(gradient, Derivative):
        return None, None
    try:
        found = derived(theory, gradient, compare)
    except NotDerived:
        return None, None
    forms = [term for term in written(found, compare) if len(term.latex) <= LONGEST]
    if not forms:
        return None, None
    shown = ClosedForm(forms[0].latex, str(forms[0].shape), instance.layers)
    for term in forms if alone else ():
        node = parsed(theory, term.latex)
        if node is not None and is_true(node):
            left = link.source.text[slice(*link.left.span)].strip()
            return ClosedForm(term.latex, str(term.shape), instance.layers), f"{left} {link.relation} {term.latex}"
    return shown, None


def written(found: Derived, compare: Compare) -> Iterator[Term]:
    """The ways to write a gradient, the shortest first: over the symbols, and over the adjoint just before it."""
    forms = [found.closed]
    if found.steps:
        before = as_claims(found.steps[-1].expression, found.gradient.args[0])
        conforms = before.shape == found.gradient.shape and before != found.gradient
        if conforms and compare(found.gradient, before, {}) == "equal":
            forms.append(before)
    yield from sorted(forms, key=lambda term: len(term.latex) > LONGEST)


def parsed(theory: Theory, text: str) -> syntax.Node | None:
    """The expression that a text is to a reader of the document; None where it is none."""
    words = frozenset(core for core in theory.names.families if len(core) > 1 and core.isalpha())
    try:
        found = parse(expand(tokenize(text), {}), words, len(text))
    except Unread:
        return None
    return found[0].sides[0] if len(found) == 1 and len(found[0].sides) == 1 else None
