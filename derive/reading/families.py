"""Families once the whole document is known: which letters in their slots run, over what, and which are part of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from derive.reading import syntax
from derive.reading.classes import PREFIX
from derive.reading.declarations import Waiting
from derive.reading.knowledge import Link, Theory
from derive.reading.letters import bound_letter, bound_letters, classify
from derive.reading.names import Family, Names, Slot, Use, parse_index, slots_of, spelling
from derive.reading.notation import letters_in
from derive.reading.readings import GradientName
from derive.reading.symbols import family_name
from derive.terms.dims import ONE, Dim
from derive.terms.nodes import Symbol

_DIMENSION = re.compile(r"[A-Za-z]+(_\w+)?")


@dataclass
class Families:
    """Settles the families of a theory."""

    theory: Theory
    links: Sequence[Link]
    waiting: list[Waiting]
    counting: set[str] = field(default_factory=set)  # letters that sums bind, and those of entries

    def __post_init__(self) -> None:
        self.declared = tuple(self.waiting)

    def settle(self) -> None:
        """Sort the letters of all slots, and mark those that never run."""
        theory = self.theory
        chains = [syntax.Chain((link.left, link.right), ("=",), span=link.span) for link in self.links]
        chains += [syntax.Chain((item.name, item.target), ("=",), span=item.name.span) for item in self.waiting]
        declared = set(theory.dimensions)
        self._dimensions_of_bounds(chains)
        theory.letters = classify(chains, theory.names, self._bound, theory.layers.index, theory.counted)
        theory.last_names |= theory.letters.last | (_indexed_letters(chains, theory) - theory.dimensions)
        theory.dimensions -= theory.letters.last | (theory.letters.running - declared)
        for core, families in theory.names.families.items():
            families[:] = [self._labelled(family) for family in families]
            for family in families:
                self._learn_samples(family)
            theory.names.families[core] = families
        self._class_numbers(chains)
        self.counting = {letter for chain in chains for letter in bound_letters(chain)}
        for name in _names(chains):
            use = theory.names.match(name)
            self.counting |= set(use.components) if use is not None else set()
            if use is not None and all(index.is_number for index in use.indices):
                theory.literal.add(Symbol(name=family_name(use.family), indices=use.indices).key)

    def _dimensions_of_bounds(self, chains: Sequence[syntax.Chain]) -> None:
        """The `m` of a sum from 1 to m is a dimension, declared or not; the i is none, where it is an index besides."""
        bound = {letter for chain in chains for letter in bound_letters(chain)}
        for chain in chains:
            nodes = list(syntax.walk(chain))
            indices = bound | {letter for node in nodes for letter in letters_in(node) if letter in "ijk"}
            for node in nodes:
                if isinstance(node, syntax.Big) and node.upper is not None and bound_letter(node) is not None:
                    text = node.upper.text.replace("\\", "")
                    if _DIMENSION.fullmatch(text) and text not in self.theory.last_names | indices | {"infty"}:
                        self.theory.dimensions.add(text)

    def _class_numbers(self, chains: Sequence[syntax.Chain]) -> None:
        r"""The y of `p_{y_i}`, which nothing declares: only a whole number can stand there."""
        theory = self.theory
        for name in _names(chains):
            body = name.sub.body if name.sub is not None else None
            for part in body.parts if isinstance(body, syntax.Group) and name.base == "1" else (body,):
                scripted = isinstance(part, syntax.Name) and any(_is_member(slot) for slot in slots_of(part))
                if scripted and theory.names.match(part) is None and theory.names.match(name) is None:
                    theory.class_numbers.setdefault(spelling(part).core, None)
        for core in theory.class_numbers:
            symbol = PREFIX + core.lstrip("\\")
            theory.assumptions.setdefault(symbol, set()).add("one-hot")
            ranges = [dim for (other, _), dim in theory.letters.samples.items() if other == core]
            if ranges:
                theory.samples[symbol] = tuple(ranges)

    def _bound(self, upper: syntax.Script) -> Dim | None:
        text = upper.text.replace("\\", "")
        if text.isdecimal():
            return Dim.of(int(text))
        return Dim.of(re.sub(r"_(\w+)", r"_{\1}", text)) if text in self.theory.dimensions else None

    def _labelled(self, family: Family) -> Family:
        """The family with its never-running letters marked as part of the name."""
        return replace(family, slots=tuple(self.labelled_slot(family.core, slot) for slot in family.slots))

    def labelled_slot(self, core: str, slot: Slot) -> Slot:
        """The slot, marked as part of the name where its letter never runs."""
        letters = self.theory.letters
        named = slot.is_generic and slot.index.name in letters.labels
        label = named or (slot.is_generic and letters.kind((core, slot.place + slot.style)) == "label")
        return replace(slot, label=True) if label else slot

    def _learn_samples(self, family: Family) -> None:
        samples = self.theory.letters.samples
        ranges = [samples.get((family.core, slot.place + slot.style)) for slot in family.slots if slot.is_generic]
        if any(ranges):
            self.theory.samples[family_name(family)] = tuple(dim or ONE for dim in ranges)

    # ------------------------------------------------------------ names of gradients

    def resolve_gradients(self) -> None:
        """Take the names of gradients whose symbols are known by now."""
        for item in list(self.waiting):
            name, target = item.name, item.target
            use = self._any_member(target) if isinstance(target, syntax.Name) else None
            if not isinstance(name, syntax.Name) or use is None or use.family.shape is None:
                continue
            own = Names()
            own.add(self._gradient_family(item, use))
            if use.components and not use.family.entry:
                target = replace(target, sub=None)  # the gradient of all entries, of which the name is one
            self.theory.gradients.append(GradientName(own, target))
            self.waiting.remove(item)

    def _gradient_family(self, item: Waiting, use: Use) -> Family:
        """How the name of a gradient is spelled: which of its letters run, and which are part of it."""
        name, target = item.name, item.target
        core = spelling(target).core
        letters = {
            slot.index.name for slot in slots_of(target) if slot.is_generic and not self.labelled_slot(core, slot).label
        }
        slots = tuple(
            replace(slot, label=True) if slot.is_generic and slot.index.name not in letters else slot
            for slot in slots_of(name)
        )
        below = next((slot for slot in slots if slot.place == "sub"), None)
        entry = below is not None and self._is_entry(below, use)
        if entry and not self._has_namesake(item):
            slots = tuple(slot for slot in slots if slot is not below)  # any letter may stand there
            entry = False
        elif entry:
            slots = tuple(replace(slot, label=True) if slot is below else slot for slot in slots)
        return Family(spelling(name).core, spelling(name).fonts, slots, use.family.shape, item.key.text, entry)

    def _is_entry(self, slot: Slot, use: Use) -> bool:
        r"""Whether the k of `\delta_k` for y_k, or for a vector y, counts the entries of y."""
        if use.components:
            return use.components == (slot.text,)
        index = parse_index(slot.text)
        plain = slot.label and not slot.style and index is not None and bool(index.name) and not index.offset
        return plain and index.name in self.counting

    def _has_namesake(self, item: Waiting) -> bool:
        """Whether another gradient is declared with the same letter, as `\\delta_j` beside `\\delta_k`."""
        names = [other.name for other in self.declared if isinstance(other.name, syntax.Name)]
        core = spelling(item.name).core
        return any(spelling(name).core == core and name.sub != item.name.sub for name in names)

    def _any_member(self, target: syntax.Name) -> Use | None:
        """The family of a target, or any member of it that is known by number."""
        layers = self.theory.layers
        last = dict.fromkeys(self.theory.last_names, layers.last)
        letters = {slot.index.name for slot in slots_of(target) if slot.is_generic}
        for value in (None, *range(layers.first - 1, layers.last + 2)):
            known = dict.fromkeys(letters, value) if value is not None else {}
            if (use := self.theory.names.match(target, {**known, **last})) is not None:
                return use
        return None


def _indexed_letters(chains: Sequence[syntax.Chain], theory: Theory) -> set[str]:
    r"""The n_l of `\delta^{(n_l)}`: a letter with an index of its own does not run, and names the last layer."""
    slots = (slot for name in _names(chains) for slot in slots_of(name) if theory.runs_over_layers(name, slot))
    return {slot.index.name for slot in slots if slot.index is not None and "_" in slot.index.name}


def _is_member(slot: Slot) -> bool:
    r"""`y_i`, `y^{(t)}`, but not `\sigma^2`"""
    return slot.index is not None and (slot.place == "sub" or bool(slot.style))


def _names(chains: Sequence[syntax.Chain]) -> Iterator[syntax.Name]:
    return (node for chain in chains for node in syntax.walk(chain) if isinstance(node, syntax.Name))
