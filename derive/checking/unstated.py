r"""What a verdict owes to a letter whose meaning nobody states: the $\sigma$ or f of `\delta \odot f'(z)`.

The document is read again with other activations in the place of such letters. What is true of f is true of each of
them; what is true of one only is true under that reading, and the author has to say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from derive.checking.instances import Instance
from derive.checking.points import Points
from derive.checking.uses import used_by
from derive.checking.verdicts import Verdict
from derive.reading.theory import Theory
from derive.reading.unstated import CONVENTIONAL, SMOOTH
from derive.terms import nodes

World = Mapping[str, str]  # letters with the functions that they stand for


def weighed(
    theory: Theory, points: Points, found: list[Instance], verdict: Verdict, judged: Callable[[World], Verdict | None]
) -> Verdict:
    """The verdict on a claim, given what it is where the letters have other meanings.

    Args:
        judged: the verdict on the same claim in another world, None where it is no claim there.
    """
    letters = sorted(_letters(theory, points, found))
    if not letters or verdict.verdict not in ("holds", "wrong"):
        return verdict
    own = {letter: theory.meanings[letter][0] for letter in letters}
    if verdict.verdict == "wrong":
        for world in _others(theory, letters):
            if (other := judged(world)) is not None and other.verdict == "holds":
                return _ambiguous(verdict, {k: v for k, v in world.items() if v != own[k]})
        return verdict
    loose = [letter for letter in letters if letter not in CONVENTIONAL]
    for place in range(1, len(SMOOTH)) if loose else ():
        other = judged({letter: theory.meanings[letter][place] for letter in loose})
        if other is None or other.verdict != "holds":
            return _ambiguous(verdict, {letter: own[letter] for letter in loose})
    notes = (f"{letter} is taken for the {own[letter]} function" for letter in letters if letter in CONVENTIONAL)
    several = f"{', '.join(SMOOTH[:-1])} and {SMOOTH[-1]}"
    more = (f"{letter} is not declared: seen to be true for {several}" for letter in loose)
    return replace(verdict, assumptions=(*verdict.assumptions, *notes, *more))


def _ambiguous(verdict: Verdict, world: World) -> Verdict:
    meanings = " and ".join(f"{letter} is the {name} function" for letter, name in sorted(world.items()))
    message = f"true if {meanings}, which is not declared"
    evidence = replace(verdict.evidence, counterexample=None, max_relative_error=None)
    return Verdict("ambiguous", "D206", message, verdict.span, assumptions=verdict.assumptions, evidence=evidence)


def _others(theory: Theory, letters: list[str]) -> Iterator[World]:
    """Worlds in which one letter means something else than by default, and no two letters the same."""
    own = {letter: theory.meanings[letter][0] for letter in letters}
    for letter in letters:
        for meaning in theory.meanings[letter][1:]:
            if meaning not in own.values():
                yield {**own, letter: meaning}


def _letters(theory: Theory, points: Points, found: list[Instance]) -> set[str]:
    """The letters without a meaning whose functions a claim depends on, through definitions as well."""
    terms = [alternative.term for instance in found for alternative in (*instance.lefts, *instance.rights)]
    names = used_by(points.uses, *terms)
    used = [*terms, *(d.expression for d in theory.definitions if d.symbol.name in names)]
    functions = {node.function for term in used for node in term.walk() if isinstance(node, nodes.Apply)}
    return {letter for letter, meanings in theory.meanings.items() if meanings[0] in functions}
