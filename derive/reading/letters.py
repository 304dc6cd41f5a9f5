"""What the letter in an index does, decided over the whole document before anything is defined.

A slot of a family, such as the `i` of `x^{(i)}`, holds a letter that runs over layers (`l`, with `l-1` beside it), one
that runs over examples (a sum binds it, or an axis of an array has it), or one that never runs and is part of the name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from derive.reading import syntax
from derive.reading.names import Names, letter_pair, parse_index, slots_of, spelling
from derive.terms.dims import Atom, Dim

_DIFFERENTIAL = re.compile(r"d\\?[A-Za-z]+")
UNLIMITED = "count"  # before the letter: the dimension that it runs over where nobody names one
_USUAL = frozenset({"i", "j", "k", "l", "ell", "m", "n", "t"})
Place = tuple[str, str]  # the core of a name, and where its slot stands: ("x", "sup()")


@dataclass
class Letters:
    """The classes of slots: `samples` gives how far an example index runs; what is in no set is a label."""

    layers: set[Place] = field(default_factory=set)
    samples: dict[Place, Dim] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)  # letters that stand for any layer or step: the t of h_t
    labels: set[str] = field(default_factory=set)  # letters beside numbers that stand for none: the H of W_H
    last: set[str] = field(default_factory=set)  # upper bounds of sums over layers or steps: names of the last one

    def kind(self, place: Place) -> str:
        if place in self.layers:
            return "layer"
        if place in self.samples:
            return "sample"
        core, slot = place
        return self.kind((core[1:], slot)) if _DIFFERENTIAL.fullmatch(core) else "label"  # dZ^{[l]} runs as Z^{[l]}


def bound_letter(node: syntax.Big) -> str | None:
    """The letter that a sum or product binds."""
    if node.lower is None:
        return None
    index = parse_index(re.split(r"=|\\in|\\neq?|\\ne", node.lower.text)[0])
    return index.name if index is not None and index.name else None


def unlimited(trees: Iterable[syntax.Node]) -> dict[str, Dim]:
    r"""How far letters run where nobody says it, the i of `\sum_i x_i`; as far as the j of `x_j`."""
    bound: set[str] = set()
    beside: dict[Place, set[str]] = {}
    for node in (inner for tree in trees for inner in syntax.walk(tree)):
        if isinstance(node, syntax.Big):
            bound |= set(letters_bound(node)) if node.upper is None else set()
        for slot in slots_of(node) if isinstance(node, syntax.Name) else ():
            if slot.is_generic:
                beside.setdefault((node.core, slot.place + slot.style), set()).add(slot.index.name)
    first = {letter: letter for letter in bound}
    for letters in beside.values():
        joined = {first[letter] for letter in letters & bound}
        first |= {letter: min(joined) for letter, known in first.items() if known in joined}
    return {letter: Dim((((Atom(f"{UNLIMITED}{name}"),), 1),)) for letter, name in first.items()}


def letters_bound(node: syntax.Big) -> tuple[str, ...]:
    r"""The letters that a sum binds: i of `\sum_{i=1}^n`, i and j of `\sum_{i,j}`."""
    if (letter := bound_letter(node)) is not None:
        return (letter,)
    several = re.match(r"[A-Za-z](,?[A-Za-z])+(?![A-Za-z])", node.lower.text) if node.lower is not None else None
    return tuple(several[0].replace(",", "")) if several else ()


def bound_letters(node: syntax.Node) -> set[str]:
    return {letter for n in syntax.walk(node) if isinstance(n, syntax.Big) and (letter := bound_letter(n))}


def classify(
    chains: Sequence[syntax.Chain],
    names: Names,
    dimension: Callable[[syntax.Script], Dim | None],
    generic: str | None = None,
    counted: Mapping[Place, Dim] = MappingProxyType({}),
) -> Letters:
    """Sort the slots of all names in all statements.

    Args:
        dimension: gives the dimension that an upper bound stands for, or None.
        generic: a letter that is declared to run over layers.
        counted: how far the letter in a slot runs, where the text says it.
    """
    letters = Letters(samples=dict(counted))
    statements = [_Statement(chain, names, dimension) for chain in chains]
    texts: dict[Place, set[str]] = {}  # what stands in each slot anywhere
    users: dict[Place, set[str]] = {}  # the letters among it
    for statement in statements:
        for place, index in statement.slots:
            texts.setdefault(place, set()).add(str(index))
            users.setdefault(place, set()).add(index.name)
    shaped = _declared(names, texts, users)
    letters.labels, lasts = _uncounted(names, statements, texts, generic)
    live = _live(names, statements, texts, users, shaped) - _still(names, statements, texts, users)
    live -= letters.labels | lasts
    live |= {generic} if generic else set()
    fixed = {
        place
        for place, found in users.items()
        if place in shaped or (found & live and _offset_or_number(texts[place])) or (generic and generic in found)
    }
    _spread_steps(statements, fixed)
    steps = {letter for place in fixed for letter in users.get(place, ())} - {""}
    letters.running = steps - lasts - letters.labels
    uppers = {upper for statement in statements for upper in statement.uppers_of(fixed)}
    letters.last = (uppers | (lasts & steps)) - letters.running - letters.labels
    _spread_samples(statements, letters, fixed, unlimited(chains))
    running = {place for place, found in users.items() if place not in letters.samples and found & live}
    letters.layers = running | fixed
    return letters


def _uncounted(names: Names, statements, texts, generic: str | None) -> tuple[set[str], set[str]]:
    """Letters beside numbers that do not run, the h of `W_h` beside `W_1`; and last ones, the T of `h_T` beside `h_t`.

    A letter that is declared beside numbers is another symbol, and so is a capital, unless it counts elsewhere: a sum
    binds it, it has an offset, or shapes are made of it. One that usually counts may stand for a number that is used
    and not declared.
    """
    families = [family for found in names.families.values() for family in found]
    bound = {letter for statement in statements for letter in statement.bound}
    shaping = {atom.index.name for family in families for atom in _atoms(family)} - {""} | {generic}
    counting = bound | shaping
    uppers = {upper for statement in statements for upper in statement.uppers.values()}
    moved = {index.name for statement in statements for _, index in statement.slots if index.offset}
    declared: dict[Place, set[str]] = {}
    for family in families:
        for slot in family.slots:
            if slot.index is not None:
                declared.setdefault((family.core, slot.place + slot.style), set()).add(str(slot.index))
    beside = {
        text
        for place, found in declared.items()
        if (numbers := _numbered(found))
        for text in found - numbers
        if text not in _USUAL or _numbered(texts.get(place, set())) <= found
    }
    capitals = {text for found in texts.values() for text in found if text != text.lower()} - counting
    lasts = {letter for letter in capitals if letter.lower() in counting | moved}
    layered = (shaping | moved) - bound
    beside |= capitals & {text for found in texts.values() if _numbered(found) or found & layered for text in found}
    return beside - counting - uppers - moved - lasts - {"L"}, lasts


def _live(names: Names, statements, texts, users, shaped: set[Place]) -> set[str]:
    r"""Letters that run over layers somewhere: beside a number in the same slot, or with an offset.

    The i of `\sum_i x_i` is none beside an x_1 that nothing introduces: that is one of the numbers that it counts.
    """
    bound = {letter for statement in statements for letter in statement.bound}
    families = [family for found in names.families.values() for family in found]
    numbers = ((f.core, s) for f in families for s in f.slots if s.index is not None and s.index.is_number)
    introduced = {(core, s.place + s.style) for core, s in numbers if s.index.offset > 0}  # w_0 stands beside the w_i
    introduced |= {place for statement in statements for place in statement.numbered}
    live = {
        letter
        for place, found in texts.items()
        for letter in users.get(place, ())
        if letter and (place in shaped or (_numbered(found) and found - _numbered(found)))
        if place in shaped or place in introduced or not users[place] & bound
    }
    for _, index in (slot for statement in statements for slot in statement.slots):
        if index.name and index.offset and (index.name in bound or index.name in live):
            live.add(index.name)
    # h_t = f(h_{t-1}): a recurrence, be it over a name between, z_t = W h_{t-1} and h_t = f(z_t)
    plain = {(place, index.name) for statement in statements for place, index in statement.slots if not index.offset}
    for statement in statements:
        live |= {i.name for place, i in statement.slots if i.name and i.offset < 0 and (place, i.name) in plain}
    return live - {"L"}


def _still(names: Names, statements, texts, users) -> set[str]:
    """The t of one step: `h_{t-1}` is declared as an input, and no other step is spoken of."""
    slots = [slot for families in names.families.values() for family in families for slot in family.slots]
    inputs = {slot.index for slot in slots if slot.is_generic and slot.index.offset}
    letters = {index.name for index in inputs} - {letter for statement in statements for letter in statement.bound}
    used = {index for statement in statements for _, index in statement.slots if index.offset}
    elsewhere = {index.name for index in used - inputs}
    numbered = {letter for place, found in texts.items() if _numbered(found) for letter in users[place]}
    return letters - elsewhere - numbered


def _spread_steps(statements: list[_Statement], fixed: set[Place]) -> None:
    """A letter that runs over layers in one slot of a statement does so in all slots of that statement.

    Time is time everywhere: the t of `y_t` is that of `h_t` and `h_{t-1}`.
    """
    steps = {index.name for statement in statements for place, index in statement.slots if place in fixed}
    if "t" in steps:
        times = (slot for statement in statements for slot in statement.slots if slot[1].name == "t")
        fixed |= {place for place, _ in times}
    changed = True
    while changed:
        changed = False
        for statement in statements:
            steps = {index.name for place, index in statement.slots if place in fixed and index.name}
            for place, index in statement.slots:
                if index.name in steps and place not in fixed and place[0] in statement.stepping:
                    fixed.add(place)
                    changed = True


def _spread_samples(
    statements: list[_Statement], letters: Letters, fixed: set[Place], unstated: Mapping[str, Dim]
) -> None:
    """Ranges of examples, those that are stated first, to every slot with the same letter."""
    _spread_known(statements, letters, fixed)
    for statement in statements:
        free = [
            (place, index.name)
            for place, index in statement.slots
            if index.name in statement.unlimited and place not in fixed and place not in letters.samples
        ]
        # `s_{ij} = q_i^T k_j`: where i counts, so does j.
        free += [
            (place, index.name)
            for place, index in statement.slots
            if index.name in statement.pair and index.name in unstated and place not in fixed | letters.samples.keys()
        ]
        if free:
            letters.samples |= {place: unstated[letter] for place, letter in free}
            _spread_known(statements, letters, fixed)


def _spread_known(statements: list[_Statement], letters: Letters, fixed: set[Place]) -> None:
    """Ranges from the sums and axes that state them, and from slots that have one."""
    changed = True
    while changed:
        changed = False
        for statement in statements:
            known = dict(statement.ranges)
            for place, index in statement.slots:
                if index.name and place in letters.samples:
                    known.setdefault(index.name, letters.samples[place])
            for place, index in statement.slots:
                if index.name in known and place not in fixed and place not in letters.samples:
                    letters.samples[place] = known[index.name]
                    changed = True


def _numbered(texts: set[str]) -> set[str]:
    return {text for text in texts if text.lstrip("-").isdecimal() or text == "L" or text.startswith("L-")}


def _offset_or_number(texts: set[str]) -> bool:
    return bool(_numbered(texts)) or any("+" in text or "-" in text for text in texts)


def _declared(names: Names, texts: dict[Place, set[str]], users: dict[Place, set[str]]) -> set[Place]:
    """Adds the slots of declarations; returns those whose shape says that they run over layers: n_l beside n_{l-1}."""
    stepping = {
        atom.index.name
        for families in names.families.values()
        for family in families
        for atom in _atoms(family)
        if atom.index.name and atom.index.offset
    }
    shaped: set[Place] = set()
    for families in names.families.values():
        for family in families:
            for slot in family.slots:
                if slot.index is None:
                    continue
                place = (family.core, slot.place + slot.style)
                texts.setdefault(place, set()).add(str(slot.index))
                users.setdefault(place, set()).add(slot.index.name)
                if slot.is_generic and slot.index.name in stepping:
                    shaped.add(place)
    return shaped


def _atoms(family):
    shape = family.shape
    dims = (shape.rows, shape.cols) if shape is not None else ()
    return [atom for dim in dims for monomial, _ in dim.monomials for atom in monomial]


class _Statement:
    """The index letters of one statement: in slots, and with ranges from bounds and axes."""

    def __init__(self, chain: syntax.Chain, names: Names, dimension):
        self.slots: list[tuple[Place, object]] = []
        self.bound = bound_letters(chain)
        self.unlimited: set[str] = set()
        self.uppers: dict[str, str] = {}  # bound letters with the letter of their upper bound
        self.ranges: dict[str, Dim] = {}
        self.numbered: set[Place] = set()  # where the name that is defined here has a number
        for node in syntax.walk(chain):
            if isinstance(node, syntax.Big) and node.upper is not None and (letter := bound_letter(node)):
                last = parse_index(node.upper.text)
                if last is not None and last.name and not last.offset:
                    self.uppers[letter] = last.name
                upper = dimension(node.upper)
                if upper is not None:
                    self.ranges.setdefault(letter, upper)
            if isinstance(node, syntax.Big) and node.upper is None and (letter := bound_letter(node)):
                self.unlimited.add(letter)
            if isinstance(node, syntax.Name):
                self._name(node, names)
        self.unlimited -= set(self.ranges)
        left = chain.sides[0]
        slots = slots_of(left) if isinstance(left, syntax.Name) else ()
        self.pair = {letter for slot in slots for letter in letter_pair(slot)}  # the i and j of `s_{ij} = ...`
        if not isinstance(chain.sides[-1], syntax.Number):
            numbers = (slot for slot in slots if slot.index is not None and slot.index.is_number)
            self.numbered = {(left.core, slot.place + slot.style) for slot in numbers}

    @property
    def stepping(self) -> set[str]:
        """Cores of names in slots with an offset, and those beside them that share its letter."""
        letters = {index.name for _, index in self.slots if index.name and index.offset}
        return {place[0] for place, index in self.slots if index.name in letters}

    def uppers_of(self, fixed: set[Place]) -> set[str]:
        """Upper bounds of sums whose letter stands in a slot of layers."""
        steps = {index.name for place, index in self.slots if place in fixed}
        return {upper for letter, upper in self.uppers.items() if letter in steps}

    def _name(self, node: syntax.Name, names: Names) -> None:
        use = names.match(node)
        if use is not None:
            for text, dim in zip(use.components, _axes(use, len(use.components)), strict=False):
                index = parse_index(text)
                if index is not None and index.name and dim is not None:
                    self.ranges.setdefault(index.name, dim)
            slots = use.family.slots
            for slot, index in zip([s for s in slots if s.index is not None], use.indices, strict=True):
                self.slots.append(((use.family.core, slot.place + slot.style), index))
            return
        for slot in slots_of(node):
            if slot.index is not None:
                self.slots.append(((spelling(node).core, slot.place + slot.style), slot.index))


def _axes(use, count: int) -> list[Dim | None]:
    shape = use.family.shape
    if shape is None or use.indices:
        return [None] * count
    if count == 1:
        return [shape.rows if str(shape.cols) == "1" else shape.cols]
    return [shape.rows, shape.cols]
