r"""Why a claim is wrong: the smallest edit of its right side that makes it true, one edit or two.

Candidates come from `edits`, in the order of their cost; each is judged like the claim itself, at all points. The
search is bounded by counts, so that what is found does not depend on the machine.

Every edit that is found makes the same claim true, so that no two differ in value. They are two repairs all the same
where they differ once every name in them is free: `X w - y` and `\hat y - y` are one number by a definition, and not
one correction; `b - a` and `-a + b` are. Between numbers alone each number is such a name. A repair is the only one
where no other edit that costs as much, or is of the same kind and hardly larger, is another repair.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from derive.checking.edits import Edit, Page, compatible, edited, rendered
from derive.checking.instances import Instance
from derive.checking.repairs import edits
from derive.checking.vocabulary import Vocabulary, Written
from derive.reading import syntax
from derive.reading.decimals import is_numeric
from derive.reading.errors import Unread
from derive.reading.ranges import bounds
from derive.reading.readings import PRIMARY, Missing, Scope
from derive.reading.source import Span
from derive.reading.tables import WRITTEN
from derive.reading.theory import Link, Theory
from derive.reading.transposes import SIGN
from derive.terms.shapes import Shape

MOST_SINGLE = 500  # single edits that are judged
PAIRED = 40  # the cheapest single edits are tried in pairs
MOST_PAIRS = 300
MOST_OTHERS = 3  # repairs beside the first that are named
HARDLY = 0.3  # costs of one kind differ by this for what is likelier, as 2 is among numbers
MOST_READ = 100_000  # nodes of notation that are read for the repairs of one claim, in all the ways to read them
LONG = 20  # factors that are read in about the time of one
FEWEST = 100  # repairs: where so few can be tried, none is


@dataclass(frozen=True)
class Diagnosis:
    """What was wrong, and the claim repaired: `suggestion` is the whole link, its left side unchanged.

    `alternatives` are other repairs, as small; `right` is the repaired right side.
    """

    code: str
    reason: str
    span: Span
    suggestion: str
    edits: tuple[Edit, ...]
    right: syntax.Node
    alternatives: tuple[str, ...] = ()


def diagnose(
    theory: Theory,
    link: Link,
    found: list[Instance],
    is_true: Callable[[syntax.Node], bool],
    is_same: Callable[[syntax.Node, syntax.Node], bool],
    written: Written,
) -> Diagnosis | None:
    """The cheapest repair of a claim that is false at one of its instances, or None.

    Args:
        is_true: whether the claim with another right side would hold.
        is_same: whether two right sides are one correction.
        written: what the document writes, to make repairs of.
    """
    ways = sum(each.level == PRIMARY for instance in found for each in instance.rights)  # the others make no repair
    nodes = list(syntax.walk(link.right))
    longest = max((len(node.items) for node in nodes if isinstance(node, syntax.Product)), default=1)
    # A product is read factor by factor, and every part of it is a product again.
    most = MOST_READ // (max(1, ways) * len(nodes) * (1 + longest // LONG))
    if most < FEWEST:
        return None
    page = _page(theory, link, found[0], written)
    numeric = is_numeric(link.right)
    singles = [edit for edit in edits(page) if not numeric or _is_of_numbers(edit)]
    singles = singles[: min(MOST_SINGLE, most)]
    pairs = sorted(itertools.combinations(singles[:PAIRED], 2), key=lambda pair: pair[0].cost + pair[1].cost)
    several = min(MOST_PAIRS, most - len(singles))
    candidates = (
        ((edit,) for edit in singles),
        itertools.islice((pair for pair in pairs if compatible(*pair)), several),
    )
    tried: set[syntax.Node] = {link.right}
    for tier in candidates:
        repairs = _cheapest(page, link, tier, tried, is_true)
        if (first := next(repairs, None)) is not None:
            return replace(first, alternatives=_others(first, repairs, is_same))
    return None


def _cheapest(page: Page, link: Link, tier: Iterable[tuple[Edit, ...]], tried: set, is_true) -> Iterator[Diagnosis]:
    """The first repair of a tier, which is sorted by cost, and its rivals."""
    first: Diagnosis | None = None
    for chosen in tier:
        if first is not None:
            more = _cost(chosen) - _cost(first.edits)
            if more > HARDLY:
                return
            if more and [edit.code for edit in chosen] != [edit.code for edit in first.edits]:
                continue
        if (found := _repaired(page, link, chosen, tried, is_true)) is not None:
            first = first or found
            yield found


def _cost(chosen: tuple[Edit, ...]) -> float:
    return sum(edit.cost for edit in chosen)


def _others(first: Diagnosis, repairs: Iterator[Diagnosis], is_same) -> tuple[str, ...]:
    """Other repairs, each once."""
    different: list[Diagnosis] = []
    for other in repairs:
        if not any(is_same(known.right, other.right) for known in (first, *different)):
            different.append(other)
        if len(different) == MOST_OTHERS:
            break
    return tuple(other.suggestion for other in different)


def _repaired(page: Page, link: Link, chosen: tuple[Edit, ...], tried: set, is_true) -> Diagnosis | None:
    changes = tuple(change for edit in chosen for change in edit.changes)
    right = edited(link.right, changes)
    known = len(tried)
    tried.add(right)  # its hash is that of a whole tree: it is taken once
    if len(tried) == known or not is_true(right):
        return None
    text = rendered(page.text, page.span(link.right), changes)
    left = page.text[slice(*page.span(link.left))]
    suggestion = f"{_tidy(left)} {WRITTEN.get(link.relation, link.relation)} {_tidy(text)}"
    reason = "; ".join(edit.reason for edit in chosen)
    return Diagnosis(chosen[0].code, reason, chosen[0].span, suggestion, chosen, right)


def _is_of_numbers(edit: Edit) -> bool:
    """Whether an edit puts in no symbol: a line of numbers is mended by numbers and signs."""
    return all(is_numeric(change.node) for change in edit.changes)


def _tidy(text: str) -> str:
    return re.sub(r"[ \t]{2,}", " ", text).strip()


def _page(theory: Theory, link: Link, instance: Instance, written: Written) -> Page:
    vocabulary = Vocabulary(theory, link, written)
    text = link.source.text
    style = re.search(rf"\^\{{?({SIGN})(?![A-Za-z])", text)
    shape = instance.lefts[0].term.shape
    target = shape if isinstance(shape, Shape) else None
    transpose = style[1] if style else "\\top"
    scope = _with_bound(link.right, instance.scope)
    return Page(text, link.right, target, scope, vocabulary, vocabulary.dimensions, transpose)


def _with_bound(right: syntax.Node, scope: Scope) -> Scope:
    """The scope inside of the sums of a right side: their letters run as far as the sums do."""
    found = dict(scope.ranges)
    for node in syntax.walk(right):
        if isinstance(node, syntax.Big):
            try:
                over = bounds(node, replace(scope, ranges=found))
            except (Unread, Missing):
                continue
            if over.letter is not None:
                found.setdefault(over.letter, over.upper)
    return replace(scope, ranges=found, settled=True)
