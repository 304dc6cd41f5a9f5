"""A claim read: once for every value of its generic letters, each time in all the ways in which signs can be read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from derive.checking.chains import contracted
from derive.checking.verdicts import Layers
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.letters import bound_letter, bound_letters
from derive.reading.names import LETTER, parse_index, slots_of
from derive.reading.notation import head, letters_in
from derive.reading.ranges import infer_range
from derive.reading.readings import Alternative, Missing, Scope, elaborate
from derive.reading.theory import Link, Theory
from derive.terms.dims import Dim

MOST_INSTANCES = 64
MOST_PAIRS = 48  # readings of the left side times readings of the right side


@dataclass(frozen=True)
class Instance:
    """A claim at one choice of its generic letters.

    Args:
        ranges: how far its free component and sample letters run: the claim is about every entry.
    """

    layers: Layers
    ranges: Mapping[str, Dim]
    scope: Scope
    lefts: tuple[Alternative, ...]
    rights: tuple[Alternative, ...]

    def pairs(self) -> Iterator[tuple[Alternative, Alternative]]:
        """Readings of both sides, primary ones first."""
        pairs = sorted(itertools.product(self.lefts, self.rights), key=lambda pair: max(a.level for a in pair))
        return itertools.islice(pairs, MOST_PAIRS)

    @property
    def suffix(self) -> str:
        """` (at l = 2)`, for messages."""
        return f" (at {', '.join(f'{k} = {v}' for k, v in self.layers)})" if self.layers else ""


def instances(theory: Theory, link: Link) -> tuple[list[Instance], list[Layers]]:
    """The instances of a claim, and the choices of letters for which a symbol of it does not exist.

    Raises:
        Unread: the claim has no meaning at any of them.
    """
    sides = (link.left, link.right)
    stepping = set().union(*(layer_letters(theory, side) for side in sides))
    counting = set().union(*(_numbering(theory, side) for side in sides)) - stepping  # they start where steps do
    letters = sorted(stepping | counting)
    numbers = range(min(theory.layers.first, 0) - 1, theory.layers.last + 2)
    found: list[Instance] = []
    missing: list[Layers] = []
    problem: Unread | None = None
    for values in itertools.islice(itertools.product(numbers, repeat=len(letters)), MOST_INSTANCES):
        layers = tuple(zip(letters, values, strict=True))
        if any(letter in counting and value < theory.layers.first for letter, value in layers):
            continue
        try:
            ranges = _ranges(theory, link, dict(layers))
            scope = theory.scope(layers=dict(layers), ranges=ranges)
            found.append(Instance(layers, ranges, scope, readings(link.left, scope), readings(link.right, scope)))
        except Missing:
            missing.append(layers)
        except Unread as unread:
            problem = unread
    if not found and problem is not None:
        raise problem
    return found, missing


def readings(node: syntax.Node, scope: Scope) -> tuple[Alternative, ...]:
    """All readings of a side, with chains of Jacobians contracted."""
    return tuple(each.with_term(contracted(each.term)) for each in elaborate(node, scope))


def layer_letters(theory: Theory, side: syntax.Node) -> set[str]:
    """The letters of one side that run over layers."""
    bound = bound_letters(side) | {"L"}
    return _bounding(theory, side) | {
        slot.index.name
        for node in syntax.walk(side)
        if isinstance(node, syntax.Name)
        for slot in slots_of(node)
        if slot.index is not None and slot.index.name and slot.index.name not in bound
        if theory.runs_over_layers(node, slot)
    }


def depth_letters(theory: Theory, link: Link) -> set[str]:
    """The letters of a claim that stand for the last layer or step, where the text says no number for them."""
    texts = {
        letter
        for side in (link.left, link.right)
        for node in syntax.walk(side)
        if isinstance(node, syntax.Script)
        for letter in LETTER.findall(node.text)
    }
    said = {head(other.link.left)[0] for other in theory.readings if isinstance(other.link.right, syntax.Number)}
    return (texts & theory.last_names) - theory.dimensions - {name.base for name in said if name is not None}


def _bounding(theory: Theory, side: syntax.Node) -> set[str]:
    r"""The t and k of `\prod_{j=k+1}^t` over steps: letters that stand in bounds only."""
    found: set[str] = set()
    for node in syntax.walk(side):
        if isinstance(node, syntax.Big) and bound_letter(node) in _stepping(theory, node.body):
            texts = [script.text.split("=")[-1] for script in (node.lower, node.upper) if script is not None]
            indices = [index for text in texts if (index := parse_index(text)) is not None]
            found |= {index.name for index in indices if index.name} - {bound_letter(node)}
    return found - theory.last_names - theory.dimensions - bound_letters(side)


def _numbering(theory: Theory, side: syntax.Node) -> set[str]:
    r"""The t of `1 - \beta^t` and `\sum_{k=1}^t \beta^k`: letters of steps that stand for their number."""
    found: set[str] = set()
    for node in syntax.walk(side):
        if isinstance(node, syntax.Big) and node.upper is not None and (last := parse_index(node.upper.text)):
            found.add(last.name)
        use = theory.names.match(node) if isinstance(node, syntax.Name) and node.sup is not None else None
        if use is not None and use.power is not None and use.power.body is not None:
            names = (inner for inner in syntax.walk(use.power.body) if isinstance(inner, syntax.Name))
            found |= {name.base.lstrip("\\") for name in names if name.sub is None}
    return (found & theory.letters.running) - theory.dimensions - bound_letters(side)


def _stepping(theory: Theory, body: syntax.Node) -> set[str]:
    """The letters below a node in slots that run over layers."""
    return {
        slot.index.name
        for name in syntax.walk(body)
        if isinstance(name, syntax.Name)
        for slot in slots_of(name)
        if slot.is_generic and theory.runs_over_layers(name, slot)
    }


def _ranges(theory: Theory, link: Link, layers: Mapping[str, int]) -> dict[str, Dim]:
    """How far the free component and sample letters of a claim run."""
    scope = theory.scope(layers=layers)
    found: dict[str, Dim] = {}
    for side in (link.left, link.right):
        bound = bound_letters(side)
        for node in syntax.walk(side):
            for letter in letters_in(node):
                known = letter in bound or letter in layers or letter in found
                if known or letter == "L" or letter.partition("_")[0] in theory.class_numbers:
                    continue
                dim = infer_range(letter, node, scope) or theory.sample_range(node, letter)
                last = "'" not in letter and dim == Dim.of(letter)  # the n of x_n, with x in R^n, is the last one
                if dim is not None and not last:
                    found[letter] = dim
    return found
