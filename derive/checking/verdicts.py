"""What is known of a claim: the verdict, the reason, the repair and the evidence. Frozen values, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass

from derive.reading.source import Span

# From the worst to the best: the verdict of a claim is the worst of its instances.
VERDICTS = ("ill-shaped", "wrong", "unread", "undecided", "ambiguous", "holds")
REFUTED = ("wrong", "ill-shaped")

# Sides of a claim that holds differ by less than this, relative to the larger one (DESIGN, "Witnesses").
EQUAL, DIFFERENT = 1e-9, 1e-6

Sizes = tuple[tuple[str, int], ...]  # named dimensions with their sizes, by name
Layers = tuple[tuple[str, int], ...]  # letters of generic indices with their values: the instance of a claim


@dataclass(frozen=True)
class Counterexample:
    """Where the two sides of a claim differ: one entry at one drawn point.

    Args:
        entry: the indices of the entry as on paper, `[2, 1]`, with free letters in front: `j = 3`; "" for scalars.
        left, right: the two numbers.
        instance: the values of the generic letters.
    """

    sizes: Sizes
    seed: int
    point: int
    entry: str
    left: float
    right: float
    instance: Layers = ()


@dataclass(frozen=True)
class Evidence:
    """What was evaluated: how many points, at which sizes, how far the sides were apart.

    Args:
        max_relative_error: a bound, the same on every machine; None where the claim does not hold.
        judged: the instances of a generic claim that were judged; empty for a claim without generic letters.
        not_judged: those for which a symbol of the claim does not exist.
    """

    seed: int = 0
    points: int = 0
    shapes: tuple[Sizes, ...] = ()
    max_relative_error: float | None = None
    counterexample: Counterexample | None = None
    judged: tuple[Layers, ...] = ()
    not_judged: tuple[Layers, ...] = ()


@dataclass(frozen=True)
class ClosedForm:
    """What the rules derive for the left side of a claim, over the names of the document.

    Args:
        shape: in the language of declarations, `h x d`.
        instance: the values of the generic letters for which it was derived.
    """

    latex: str
    shape: str
    instance: Layers = ()


@dataclass(frozen=True)
class Verdict:
    """The answer to one link.

    Args:
        verdict: one of VERDICTS.
        code: a code of the catalogue, or None for a claim that holds.
        span: the smallest faulty place, as (start, end) into the source of the link; None where there is none.
        suggestion: the whole link as LaTeX with its left side unchanged, verified at all points; None if nothing was
            found.
        alternatives: other repairs that are as small, in the same form: which one was meant is not known.
        mistakes: how many the suggestion undoes; 0 where it is no edit.
        closed_form: of the gradient on the left of a claim that no edit repairs, where the rules derive it.
        assumptions: notes on how names and signs were taken.
        proof: `numeric` for a claim that holds.
        follows_from: number of the earlier statement whose fault this line only repeats.
    """

    verdict: str
    code: str | None = None
    message: str = ""
    span: Span | None = None
    suggestion: str | None = None
    alternatives: tuple[str, ...] = ()
    mistakes: int = 0
    closed_form: ClosedForm | None = None
    assumptions: tuple[str, ...] = ()
    proof: str | None = None
    follows_from: int | None = None
    evidence: Evidence = Evidence()
