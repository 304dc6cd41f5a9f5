"""What is true in the worked example of a document: where inputs have the numbers that it gives them.

A formula is about all inputs, and is judged at drawn ones: at x = 1 a lost factor x would not show. A line that states
numbers is about the example, and is judged there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.checking.instances import Instance
from derive.checking.verdicts import Verdict
from derive.reading.decimals import has_decimals, is_numeric
from derive.reading.theory import Link, Theory
from derive.terms.nodes import Neg, Number, Symbol, Term

MOST_NAMED = 6


def exemplified(theory: Theory, link: Link, verdict: Verdict, judged: Callable[[], Verdict]) -> Verdict | None:
    """The verdict on a claim that speaks of the worked example; None where it does not.

    Args:
        verdict: what it is at drawn values.
        judged: what it is at the stated ones.
    """
    if verdict.verdict == "holds":
        return None
    example = is_numeric(link.left) or is_numeric(link.right)
    if verdict.verdict == "ill-shaped" and not example:
        return None
    other = judged()
    if other.verdict == "holds" and (example or (has_decimals(link.left) or has_decimals(link.right))):
        return replace(other, assumptions=(*other.assumptions, f"at the values stated for {_named(theory)}"))
    if other.verdict == "holds":
        evidence = replace(other.evidence, max_relative_error=None)
        message = f"true at the values stated for {_named(theory)}, and not at others"
        return Verdict("ambiguous", "D206", message, link.span, assumptions=other.assumptions, evidence=evidence)
    return other if example else None


def restated(theory: Theory, link: Link, found: list[Instance]) -> str | None:
    r"""Why a false line may be another example, and no fault: `\eta = 0.2` behind `\eta = 0.1`; else None."""
    left = found[0].lefts[0].term
    known = theory.defined(left) if isinstance(left, Symbol) else None
    if known is None or not is_numeric(link.right) or any(isinstance(node, Symbol) for node in known.expression.walk()):
        return None
    return f"{left.latex} is {_as_number(known.expression)} above, and later lines are judged with that"


def _as_number(term: Term) -> str:
    """A number as people write it, `0.5`; anything else as it is."""
    sign, inner = ("-", term.args[0]) if isinstance(term, Neg) else ("", term)
    return f"{sign}{float(inner.value):.6g}" if isinstance(inner, Number) else term.latex


def _named(theory: Theory) -> str:
    """The symbols and dimensions that have stated values."""
    found = [*(definition.symbol.latex for definition in theory.values), *sorted({**theory.said, **theory.sizes})]
    return ", ".join(found[:MOST_NAMED]) + (", ..." if len(found) > MOST_NAMED else "")
