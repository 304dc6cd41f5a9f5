r"""Error signals that the text itself explains: `\delta_1 = \frac{\partial J}{\partial z_2}` says
what \delta_1 is.

Without such a line, or where it agrees with one in shape, `\delta_l` is the gradient by z_l.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from derive.reading import syntax
from derive.reading.declarations import Waiting
from derive.reading.elaborate import Missing, elaborate
from derive.reading.errors import Unread
from derive.reading.frontmatter import Entry
from derive.reading.functions import names_loss
from derive.reading.gradients import gradient_name
from derive.reading.knowledge import Link, Theory
from derive.reading.names import slots_of
from derive.reading.notation import as_derivative, ungrouped
from derive.reading.readings import Scope
from derive.reading.symbols import family_name
from derive.terms.nodes import Term

_SIGN, _MEANT = r"(?:\\otimes|⊗)", r"(Kronecker|outer|Hadamard|element-?\s?wise|entry-?\s?wise)"
_SAID = re.compile(rf"{_SIGN}[^.\n]{{0,60}}?{_MEANT}|{_MEANT}[^.\n]{{0,60}}?{_SIGN}", re.IGNORECASE)

FEWEST = 2  # lines that pass barred names on, where no line says what a bar is


def operators_in_words(texts: Iterable[str]) -> dict[str, str]:
    r"""What a text says of `\otimes`, as in "where $\otimes$ is the Kronecker product"."""
    found = next((said for text in texts if (said := _SAID.search(text))), None)
    if found is None:
        return {}
    word = (found[1] or found[2]).lower()
    return {"otimes": word if word in ("kronecker", "outer") else "hadamard"}


def bars_the_loss(links: Sequence[Link], is_loss: Callable[[syntax.Name], bool]) -> bool:
    r"""Whether the document writes `\overline{\mathcal{L}}` or `\bar{v} = \partial L / \partial v`: bars are gradients.

    Args:
        is_loss: whether a name is that of the loss.
    """

    def bars(node: syntax.Node) -> bool:
        barred = isinstance(node, syntax.Name) and node.accents == ("bar",)
        return barred and is_loss(replace(node, accents=(), primes=0))

    for link in links:
        if bars(link.left) and not (isinstance(link.right, syntax.Number) and link.right.value == 1):
            return False  # a mean loss
    barred = [link for link in links if isinstance(link.left, syntax.Name) and link.left.accents == ("bar",)]
    if any(says_of_bars(link, is_loss) for link in barred):
        return not any(_is_mean(link) for link in barred)
    if any(bars(node) for link in links for side in (link.left, link.right) for node in syntax.walk(side)):
        return True
    # `\bar{A} = \bar{u} x^T` and more of the kind: what is passed back is no mean.
    passed = [link for link in barred if _passes_back(link)]
    return len(passed) >= FEWEST and not any(_is_mean(link) for link in barred)


def says_of_bars(link: Link, is_loss: Callable[[syntax.Name], bool]) -> bool:
    r"""Whether a link is `\bar{v} = \partial L / \partial v`."""
    left, right = link.left, as_derivative(link.right)
    if not isinstance(left, syntax.Name) or left.accents != ("bar",) or right is None:
        return False
    of, by = right.of, right.by
    plain = isinstance(of, syntax.Name) and len(by) == 1 and isinstance(by[0], syntax.Name)
    return plain and is_loss(of) and (by[0].core, by[0].sub) == (replace(left, accents=()).core, left.sub)


def _passes_back(link: Link) -> bool:
    """Whether a barred name is said to be made of another one."""
    nodes = (node for node in syntax.walk(link.right) if isinstance(node, syntax.Name))
    return any(node.accents == ("bar",) and node.core != link.left.core for node in nodes)


def _is_mean(link: Link) -> bool:
    """Whether a right side sums over something and knows no other bars, as that of a mean."""
    nodes = list(syntax.walk(link.right))
    barred = any(isinstance(node, syntax.Name) and node.accents == ("bar",) for node in nodes)
    return any(isinstance(node, syntax.Big) for node in nodes) and not barred


def usual(name: syntax.Name, theory: Theory, links: Sequence[Link]) -> bool:
    r"""Whether an index on `\delta` is one that a pre-activation of the document has: that of z_l or Z^{[l]}."""

    def styles(z: syntax.Name) -> set[str]:
        return {s.place + s.style for s in slots_of(z) if not s.is_generic or theory.runs_over_layers(z, s)}

    places = {slot.place + slot.style for slot in slots_of(name)}
    known = [node for link in links for node in syntax.walk(link.left) if isinstance(node, syntax.Name)]
    for z in (node for node in known if node.base in ("z", "Z") and not node.accents):
        if styles(z) and styles(z) <= places:
            return True
    families = [family for core in ("z", "Z") for family in theory.names.families.get(core, ())]
    return any(family.slots and {s.place + s.style for s in family.slots} <= places for family in families)


def explained(theory: Theory, links: Sequence[Link]) -> list[Waiting]:
    """The error signals that lines of the text define, where one of them is not what its index says."""
    lines = list(_lines(theory, links))
    return [waiting for waiting, _ in lines] if any(clashes for _, clashes in lines) else []


def _lines(theory: Theory, links: Sequence[Link]) -> Iterator[tuple[Waiting, bool]]:
    scope = theory.scope()
    seen: set[syntax.Name] = set()
    rights: dict[int, list[syntax.Node]] = {}
    for link in sorted(links, key=lambda link: link.number):
        rights.setdefault(link.statement, []).append(link.right)
    for link in links:
        name = ungrouped(link.left)
        if link.given or link.number or not isinstance(name, syntax.Name) or name in seen:
            continue
        if name.base != "\\delta" or name.accents or scope.match(name) is not None:
            continue
        by = next((by for right in rights[link.statement] if (by := _variable(right, scope)) is not None), None)
        if by is None or any(gradient.names.match(name) for gradient in theory.gradients):
            continue
        seen.add(name)
        key = Entry(link.source.text[slice(*name.span)], name.span, link.source)
        yield Waiting(name, by, key), _clashes(name, by, scope)


def _variable(right: syntax.Node, scope: Scope) -> syntax.Name | None:
    """The z of `dL/dz`, a side that is nothing else."""
    right = as_derivative(right)
    if right is None or right.order != 1:
        return None
    of, by = ungrouped(right.of), ungrouped(right.by[0])
    arguments = isinstance(of, syntax.Product) and len(of.items) == 2 and isinstance(of.items[1], syntax.Group)
    if arguments and isinstance(of.items[0], syntax.Name) and names_loss(of.items[0], of.items[1], scope):
        of = of.items[0]
    use = scope.match(of) if isinstance(of, syntax.Name) else None
    loss = use is not None and scope.loss is not None and family_name(use.family) == scope.loss.name
    return by if loss and isinstance(by, syntax.Name) else None


def _clashes(name: syntax.Name, by: syntax.Name, scope: Scope) -> bool:
    """Whether the gradient that the index of a name says has another shape than the one by `by`, or is none."""
    said = _term(by, scope)
    if said is None:
        return False
    try:
        usual = gradient_name(name, scope)
    except (Unread, Missing):
        return False
    return usual is None or usual.term.shape not in (said.shape, said.shape.T)


def _term(by: syntax.Name, scope: Scope) -> Term | None:
    try:
        return elaborate(by, scope)[0].term
    except (Unread, Missing):
        return None
