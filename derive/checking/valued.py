"""What is true in the worked example of a document: where inputs have the numbers that it gives them.

A formula is about all inputs, and is judged at drawn ones: at x = 1 a lost factor x would not show. A line that states
numbers is about the example, and is judged there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from derive.checking.instances import Instance
from derive.checking.verdicts import Verdict
from derive.reading import syntax
from derive.reading.decimals import has_decimals, is_numeric
from derive.reading.elaborate import elaborate
from derive.reading.entries import constant
from derive.reading.notation import head
from derive.reading.symbols import family_name
from derive.reading.theory import Link, Theory
from derive.terms import nodes
from derive.terms.nodes import Neg, Number, Symbol, Term

MOST_NAMED = 6


def exemplified(
    theory: Theory, link: Link, verdict: Verdict, judged: Callable[[frozenset[str] | None], Verdict]
) -> Verdict | None:
    """The verdict on a claim that speaks of the worked example; None where it does not.

    Args:
        verdict: what it is at drawn values.
        judged: what it is where these names have their stated values; None stands for all of them.
    """
    if verdict.verdict == "holds":
        return None
    example = is_numeric(link.left) or is_numeric(link.right)
    if verdict.verdict == "ill-shaped" and not example:
        return None
    other = judged(None)
    if other.verdict == "holds" and example:
        return _at_values(other, _named(theory, _stated(theory)))
    if other.verdict == "holds":
        names = _put_in(theory, link)
        if names and (partly := judged(names)).verdict == "holds":
            return _at_values(partly, _named(theory, names))
        evidence = replace(other.evidence, max_relative_error=None)
        message = f"true at the values stated for {_named(theory, _stated(theory))}, and not at others"
        return Verdict("ambiguous", "D206", message, link.span, assumptions=other.assumptions, evidence=evidence)
    return other if example else None


def _at_values(verdict: Verdict, names: str) -> Verdict:
    return replace(verdict, assumptions=(*verdict.assumptions, f"at the values stated for {names}"))


def _put_in(theory: Theory, link: Link) -> frozenset[str]:
    """The names whose stated numbers stand in a claim with decimals: `0.5 (z - y)` puts in x = 0.5, and nothing else.

    A decimal may be a coefficient as well. What has another value there is a name still, and keeps any value.
    """
    if not (has_decimals(link.left) or has_decimals(link.right)):
        return frozenset()
    sides = (link.left, link.right)
    numbers = {node.value for side in sides for node in syntax.walk(side) if isinstance(node, syntax.Number)}
    found = {name for name, size in theory.said.items() if size in numbers}
    for value in theory.values:
        stated = {abs(node.value) for node in value.expression.walk() if isinstance(node, nodes.Number)}
        if stated <= numbers:
            found.add(value.symbol.name)
    return frozenset(found)


def _stated(theory: Theory) -> frozenset[str]:
    return frozenset({definition.symbol.name for definition in theory.values} | {*theory.said, *theory.sizes})


def restated(theory: Theory, link: Link, found: list[Instance]) -> str | None:
    r"""Why a false line may be another example, and no fault: `\eta = 0.2` behind `\eta = 0.1`; else None."""
    left = found[0].lefts[0].term
    known = theory.defined(left) if isinstance(left, Symbol) else None
    if known is None or not is_numeric(link.right) or any(isinstance(node, Symbol) for node in known.expression.walk()):
        return None
    return f"{left.latex} is {_as_number(known.expression)} above, and later lines are judged with that"


@dataclass(frozen=True)
class Changed:
    """An input that a line gives another number than the one that is known: `y = 5` behind `y = 3`."""

    symbol: Symbol
    link: Link


def changed_inputs(theory: Theory) -> list[Changed]:
    """The first such line of every input, in each text."""
    known = theory.values if not theory.at_values else theory.definitions
    stated = {
        (value.symbol.name, value.symbol.indices): (value.symbol, number)
        for value in reversed(known)
        if (number := constant(value.expression)) is not None
    }
    found: dict[tuple, Changed] = {}
    for reading in theory.readings if stated else ():
        link = reading.link
        name, _ = head(link.left)
        use = theory.names.match(name) if name is not None and reading.kind == "claim" else None
        if use is None or not is_numeric(link.right) or (family_name(use.family), use.indices) not in stated:
            continue
        symbol, before = stated[family_name(use.family), use.indices]
        number = constant(elaborate(link.right, theory.scope())[0].term)
        if number is not None and number != before:
            found.setdefault((id(link.source), symbol), Changed(symbol, link))
    return list(found.values())


def behind_another_example(changed: Iterable[Changed], link: Link) -> str | None:
    r"""Why a false line of numbers may belong to another example: `y = 5` stands between `y = 3` and it; else None."""
    if not (is_numeric(link.left) or is_numeric(link.right)):
        return None
    for other in changed:
        if other.link.source is link.source and other.link.span[0] < link.span[0]:
            return f"{other.symbol.latex} has another value above, and this may be said of that example"
    return None


def _as_number(term: Term) -> str:
    """A number as people write it, `0.5`; anything else as it is."""
    sign, inner = ("-", term.args[0]) if isinstance(term, Neg) else ("", term)
    return f"{sign}{float(inner.value):.6g}" if isinstance(inner, Number) else term.latex


def _named(theory: Theory, names: Collection[str]) -> str:
    """The symbols and dimensions that have stated values, those among `names`."""
    symbols = [definition.symbol for definition in theory.values if definition.symbol.name in names]
    found = [*(symbol.latex for symbol in symbols), *sorted({*theory.said, *theory.sizes} & set(names))]
    return ", ".join(found[:MOST_NAMED]) + (", ..." if len(found) > MOST_NAMED else "")
