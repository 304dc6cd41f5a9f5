"""Why a claim is wrong: the smallest edit of its right side that makes it true, one edit or two.

Candidates come from `edits`, in the order of their cost; each is judged like the claim itself, at all points. The
search is bounded by counts, so that what is found does not depend on the machine.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from derive.checking.edits import Edit, Page, compatible, edited, rendered
from derive.checking.instances import Instance
from derive.checking.repairs import edits
from derive.checking.vocabulary import Vocabulary, Written
from derive.reading import syntax
from derive.reading.source import Span
from derive.reading.theory import Link, Theory

MOST_SINGLE = 500  # single edits that are judged
PAIRED = 40  # the cheapest single edits are tried in pairs
MOST_PAIRS = 300
MOST_READ = 100_000  # nodes of notation that are read for the repairs of one claim, in all the ways to read them
FEWEST = 100  # repairs: where so few can be tried, none is


@dataclass(frozen=True)
class Diagnosis:
    """What was wrong, and the claim repaired: `suggestion` is the whole link, its left side unchanged."""

    code: str
    reason: str
    span: Span
    suggestion: str
    edits: tuple[Edit, ...]


def diagnose(
    theory: Theory, link: Link, found: list[Instance], is_true: Callable[[syntax.Node], bool], written: Written
) -> Diagnosis | None:
    """The cheapest repair of a claim that is false at one of its instances, or None.

    Args:
        is_true: whether the claim with another right side would hold.
        written: what the document writes, to make repairs of.
    """
    most = MOST_READ // (sum(len(instance.rights) for instance in found) * sum(1 for _ in syntax.walk(link.right)))
    if most < FEWEST:
        return None
    page = _page(theory, link, found[0], written)
    singles = edits(page)[: min(MOST_SINGLE, most)]
    tried: set[syntax.Node] = {link.right}
    for edit in singles:
        if (found_ := _repaired(page, link, (edit,), tried, is_true)) is not None:
            return found_
    pairs = sorted(itertools.combinations(singles[:PAIRED], 2), key=lambda pair: pair[0].cost + pair[1].cost)
    for pair in itertools.islice((p for p in pairs if compatible(*p)), min(MOST_PAIRS, most - len(singles))):
        if (found_ := _repaired(page, link, pair, tried, is_true)) is not None:
            return found_
    return None


def _repaired(page: Page, link: Link, chosen: tuple[Edit, ...], tried: set, is_true) -> Diagnosis | None:
    changes = tuple(change for edit in chosen for change in edit.changes)
    right = edited(link.right, changes)
    if right in tried:
        return None
    tried.add(right)
    if not is_true(right):
        return None
    text = rendered(page.text, page.span(link.right), changes)
    left = page.text[slice(*page.span(link.left))]
    suggestion = f"{_tidy(left)} {link.relation} {_tidy(text)}"
    reason = "; ".join(edit.reason for edit in chosen)
    return Diagnosis(chosen[0].code, reason, chosen[0].span, suggestion, chosen)


def _tidy(text: str) -> str:
    return re.sub(r"[ \t]{2,}", " ", text).strip()


def _page(theory: Theory, link: Link, instance: Instance, written: Written) -> Page:
    vocabulary = Vocabulary(theory, link, written)
    text = link.source.text
    style = re.search(r"\^\{?(\\top|\\intercal|T)(?![A-Za-z])", text)
    return Page(text, link.right, instance.scope, vocabulary, vocabulary.dimensions, style[1] if style else "\\top")
