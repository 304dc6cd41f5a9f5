"""What a line owes to an earlier one: a fault that it only repeats, and a name that the author defined otherwise.

Every claim is judged against the true value of what it names, so that one wrong line does not make the next one
wrong. A line that is wrong all the same may be right in the world of its author: given the wrong gradient of a later
symbol, or with a name such as `dZ` that is not the gradient that it is taken for.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.checking.chains import Contracted
from derive.checking.compare import compare
from derive.checking.instances import Instance
from derive.checking.lines import Lines
from derive.checking.points import Points
from derive.checking.uses import with_uses
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.names import Use
from derive.reading.notation import head
from derive.reading.readings import PRIMARY
from derive.reading.symbols import family_name
from derive.reading.theory import Link, Theory
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Misfit
from derive.terms.walk import substitute
from derive.terms.written import Derivative


def unmet_relation(points: Points, link: Link) -> str | None:
    """A relation between symbols on which a claim depends, that no point was drawn to meet; as it is written."""
    theory = points.theory
    named = {family_name(use.family) for side in (link.left, link.right) for use in _uses(theory, side)}
    names = with_uses(points.uses, named)
    for given in theory.relations:
        if any(family_name(use.family) in names for side in (given.left, given.right) for use in _uses(theory, side)):
            return given.source.text[slice(*given.span)]
    return None


def _uses(theory: Theory, side: syntax.Node) -> Iterator[Use]:
    uses = (theory.names.match(node) for node in syntax.walk(side) if isinstance(node, syntax.Name))
    return (use for use in uses if use is not None)


def follows_from(lines: Lines, link: Link, found: list[Instance]) -> int | None:
    """The earlier wrong statement in whose world a wrong line is right, or None."""
    if any(not isinstance(instance.lefts[0].term, Derivative) for instance in found):
        return None
    for earlier, said in lines.gradients:
        if earlier.statement >= link.statement:
            return None
        is_wrong = lines.verdict(earlier).verdict == "wrong"
        if is_wrong and all(_is_right_given(lines, link, instance, said) for instance in found):
            return earlier.statement
    return None


def _is_right_given(lines: Lines, link: Link, instance: Instance, said: dict[Derivative, Term]) -> bool:
    """Whether an instance is true where the author's value stands for a gradient, and what is computed from it."""
    left = instance.lefts[0].term
    of, by = left.args
    if of != lines.theory.loss or not isinstance(by, Symbol):
        return False
    for gradient, value in said.items():
        symbol = gradient.args[1]
        if symbol == by or by.name not in lines.points.uses.get(getattr(symbol, "name", ""), ()):
            continue
        pulled = Contracted((value, symbol, by))  # the chain rule through the symbol, from the author's gradient
        for right in instance.rights:
            if right.level == PRIMARY and right.term.shape == pulled.shape:
                given = substitute(right.term, said)
                if compare(lines.points, pulled, given, instance.ranges, link.condition).answer == "equal":
                    return True
    return False


def is_definition(lines: Lines, link: Link, names: frozenset[str]) -> bool:
    """Whether most later lines are true where a gradient's name is what this line says, and not with the gradient.

    Args:
        names: notes on the names that this line takes to be gradients.
    """
    said = next((said for line, said in lines.named if line is link), {})
    if not said or not names:
        return False
    answers = [_fits(lines, later, said) for later in lines.claims if later.statement > link.statement]
    return answers.count(True) > answers.count(False)


def defined_before(lines: Lines, link: Link, fits: bool) -> bool:
    """Whether a line is true or false with a name as an earlier line, which is read as a definition, defines it.

    Args:
        fits: which of them is asked for. A line that does not use the name is neither.
    """
    for earlier, said in lines.named:
        if earlier.statement >= link.statement:
            return False
        if head(earlier.left)[0] is not None and _fits(lines, link, said) is fits:
            verdict = lines.verdict(earlier)
            if (verdict.verdict, verdict.code) == ("ambiguous", "D206"):
                return True
    return False


def _fits(lines: Lines, later: Link, said: dict[Derivative, Term]) -> bool | None:
    """Whether a line that uses the name is true by the definition only; None where it does not use it."""
    try:
        found, _ = lines.read(later)
    except Unread:
        return None
    answers: set[bool | None] = set()
    for instance in found:
        left, right = instance.lefts[0].term, instance.rights[0].term
        if not any(node in said for node in right.walk()):
            continue
        changed = substitute(right, said)
        if isinstance(changed.shape, Misfit) or changed.shape != left.shape:
            return False
        by_definition = compare(lines.points, left, changed, instance.ranges, later.condition).answer
        by_gradient = "different"
        if right.shape == left.shape:
            by_gradient = compare(lines.points, left, right, instance.ranges, later.condition).answer
        answers.add(by_definition == "equal" and by_gradient == "different")
    return None if not answers else all(answers)
