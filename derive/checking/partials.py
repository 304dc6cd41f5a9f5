r"""Derivatives that hold other names fixed: with c = a + b and b = e^a, many write `\partial c / \partial a = 1`.

So read, the factors of a chain rule with several paths count each path once. Where the document does not say so, a
derivative is the whole one, and this reading is a convention. A claim that writes both signs says which it means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from derive.checking.outcomes import Outcome, Sides
from derive.checking.program import Indices, Machine, row
from derive.reading.theory import Link, Theory
from derive.terms.nodes import Symbol, Term, node
from derive.terms.shapes import Misfit, Shape
from derive.terms.walk import rebuild, substitute
from derive.terms.written import Derivative

HELD = "a derivative holds the other names fixed"
BY_SIGN = r"\partial holds the other names fixed, d does not"
WHOLE = r"\partial is the whole derivative, as d is"


@node
class Held(Term):
    """A value that a derivative around it takes for a constant."""

    def infer_shape(self) -> Shape | Misfit:
        return self.args[0].shape

    @property
    def latex(self) -> str:
        return self.args[0].latex


@row(Held)
def _held(machine: Machine, term: Held, indices: Indices) -> object:
    return (machine.at or machine).value(term.args[0], indices)


def partial(
    term: Term,
    theory: Theory,
    uses: Mapping[str, frozenset[str]],
    which: Callable[[Derivative], bool],
) -> Term:
    """The term with derivatives of defined names taken of their own definitions, all other names in these held.

    Args:
        uses: for every defined name, the names that its value depends on.
        which: derivatives that are partial in this sense.
    """

    def direct(inner: Term) -> Term:
        if not isinstance(inner, Derivative) or not all(isinstance(arg, Symbol) for arg in inner.args):
            return inner
        if not which(inner):
            return inner
        of, by = inner.args
        definition = theory.defined(of)
        if definition is None or definition.components or definition.symbol.indices != of.indices:
            return inner
        symbols = {each for each in definition.expression.walk() if isinstance(each, Symbol)}
        if by not in symbols:
            return inner
        held = {each: Held((each,)) for each in symbols if each != by and by.name in uses.get(each.name, ())}
        if not held:
            return inner
        return Derivative((substitute(definition.expression, held), by), inner.layout, span=inner.span)

    return rebuild(term, direct)


def by_sign(
    outcome: Outcome, link: Link, theory: Theory, uses: Mapping[str, frozenset[str]]
) -> tuple[Term, Term] | None:
    r"""Both sides with `\partial` holding other names fixed, and `d` not; None where a claim writes one sign only."""
    text = link.source.text

    def is_partial(derivative: Derivative) -> bool:
        return derivative.span is not None and "\\partial" in text[slice(*derivative.span)]

    written = [node for side in (outcome.left, outcome.right) for node in side.walk() if isinstance(node, Derivative)]
    if len({is_partial(node) for node in written}) < 2:
        return None
    left, right = (partial(side, theory, uses, is_partial) for side in (outcome.left, outcome.right))
    return (left, right) if right != outcome.right else None


def chained(outcome: Outcome, theory: Theory, uses: Mapping[str, frozenset[str]]) -> Iterator[Sides]:
    """Both sides of a chain in which derivatives hold the other names fixed: all, those of one name, or all others."""
    of = outcome.left.args[0] if isinstance(outcome.left, Derivative) else None

    def local(node: Derivative) -> bool:
        return node.args[0] != theory.loss  # the gradient of the loss is the whole one

    left = partial(outcome.left, theory, uses, local)
    own, others = (lambda node: local(node) and node.args[0] == of), (lambda node: local(node) and node.args[0] != of)
    for which in (local, own, others):
        right = partial(outcome.right, theory, uses, which)
        yield HELD, outcome.left, right
        if left != outcome.left:
            yield HELD, left, right
