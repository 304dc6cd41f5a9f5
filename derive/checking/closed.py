r"""The closed form that a wrong line should have had, where the rules derive it: what is said when no edit repairs it.

It is printed in the names of the document, and offered as a repair only after its text was read again, as a reader of
the document would read it, and found to make the line hold at all points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from derive.checking.derivations import Compare, Derived, NotDerived, as_claims, derived
from derive.checking.instances import Instance
from derive.checking.naming import naming
from derive.checking.verdicts import ClosedForm, Layers
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.macros import expand
from derive.reading.parser import parse
from derive.reading.theory import Link, Theory
from derive.reading.tokens import tokenize
from derive.terms.indices import Index
from derive.terms.nodes import Symbol, Term
from derive.terms.walk import rebuild
from derive.terms.written import Derivative

LONGEST = 160  # characters of a closed form that is printed; longer ones are written over the adjoint before them


def closed_form(
    theory: Theory,
    link: Link,
    instance: Instance,
    compare: Compare,
    is_true: Callable[[syntax.Node], bool],
) -> tuple[ClosedForm | None, str | None]:
    """(the closed form of the gradient on the left of a wrong claim, the claim with it where that was read as true).

    Args:
        instance: where the claim is wrong.
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
    named = naming(theory)
    form = ClosedForm(named(forms[0].latex), str(forms[0].shape), instance.layers)
    for term in forms:
        text = named(generic(term, instance.layers).latex)
        node = parsed(theory, text)
        if node is not None and is_true(node):
            left = link.source.text[slice(*link.left.span)].strip()
            return form, f"{left} {link.relation} {text}"
    return form, None


def generic(term: Term, layers: Layers) -> Term:
    """A term at one layer as it would be for every layer: at l = 2, `W^{[3]}` is `W^{[l+1]}`."""
    if len(layers) != 1:
        return term
    ((letter, value),) = layers

    def lettered(node: Term) -> Term:
        if not isinstance(node, Symbol) or not node.indices:
            return node
        turned = (Index(letter, index.offset - value) if index.is_number else index for index in node.indices)
        return replace(node, indices=tuple(turned))

    return rebuild(term, lettered)


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
