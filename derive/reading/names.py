r"""Names that a document knows: families of symbols with their index slots, and how a spelling is matched against them.

`W^{[l]}` in a declaration is a family W with one slot, written `^{[.]}`; `W^{[l-1]T}` in a formula is its member at
l - 1, transposed; `w^l_{jk}` is the entry j, k of the member at l. What a script means is decided by what is declared.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from derive.reading.syntax import Name, Script, accented
from derive.reading.transposes import SIGN, SIGNS
from derive.terms.dims import ONE
from derive.terms.indices import Index
from derive.terms.shapes import Shape

# Fonts that say something about what a letter is; the others are typography.
_DISTINCT = frozenset({"mathcal", "mathscr", "mathfrak"})
_TRANSPOSED = re.compile(rf"(?P<rest>.*?)[\s^]*{SIGN}$", re.DOTALL)
_BRACKETED = re.compile(r"(?P<open>[\[(])(?P<inner>.*)(?P<close>[\])])$", re.DOTALL)
_TWO_BRACKETS = re.compile(r"(?P<layer>\[[^\[\]()]+\])\((?P<example>\\?[A-Za-z]+|\d+)\)")  # [l](i)
_INDEX = re.compile(r"(?P<name>\\?[A-Za-z]+(?:_[A-Za-z]|'+)?)?\s*(?P<offset>(?(name)[+-]|[+-]?)[0-9]{1,6})?$")
_MARKS = ("*", "\\ast", "\\star", "+", "-")
LETTER = re.compile(r"(?:\\[A-Za-z]+|[A-Za-z])'*")


@dataclass(frozen=True)
class Slot:
    """One index of a family: where it stands, in which brackets, and what stands in it in the declaration."""

    place: str  # "sub" or "sup"
    style: str  # "", "()" or "[]"; "S" for `W_{Si}`, "neg_" for `c_{neg_i}`, ">j" for the i of `w_{ij}`
    text: str
    label: bool = False  # a letter that never runs: part of the name

    @property
    def index(self) -> Index | None:
        """The index in it, where it is one: a letter with an offset, or a number."""
        return None if self.label else parse_index(self.text)

    @property
    def opening(self) -> str:
        """What stands before the index."""
        return self.style[:1] if self._is_bracketed else self.style.partition(">")[0]

    @property
    def closing(self) -> str:
        """What stands behind the index."""
        return self.style[1:] if self._is_bracketed else self.style.partition(">")[2]

    @property
    def _is_bracketed(self) -> bool:
        return self.style[:1] in ("(", "[")

    @property
    def is_generic(self) -> bool:
        return self.index is not None and not self.index.is_number


@lru_cache(maxsize=4096)
def parse_index(text: str) -> Index | None:
    r"""`l-1`, `\ell`, `2`; None for what is no index, such as a word."""
    found = _INDEX.fullmatch(text.strip())
    if not found or not text.strip():
        return None
    name = (found["name"] or "").lstrip("\\")
    if name and not found["name"].startswith("\\") and len(name.partition("_")[0].rstrip("'")) > 1:
        return None
    return Index(name, int(found["offset"] or 0))


@dataclass(frozen=True)
class Spelling:
    """What stands on a name, sorted: slot texts, transposition, exponent."""

    core: str
    fonts: frozenset[str]
    sub: str | None
    sup: str | None
    transposed: bool
    primes: int


def spelling(name: Name) -> Spelling:
    return _spelled(
        name.core, name.fonts, name.sub.text if name.sub else None, name.sup.text if name.sup else None, name.primes
    )


@lru_cache(maxsize=4096)  # a document spells few names, and each is asked for hundreds of times
def _spelled(core: str, fonts: tuple[str, ...], sub: str | None, sup: str | None, primes: int) -> Spelling:
    transposed = False
    if sup is not None:
        if sup in SIGNS:
            sup, transposed = None, True
        elif (found := _TRANSPOSED.fullmatch(sup)) and found["rest"].strip(" ,^-"):
            sup, transposed = found["rest"].strip(" ,^"), True
    return Spelling(core, frozenset(font for font in fonts if font in _DISTINCT), sub, sup, transposed, primes)


def slots_of(name: Name) -> tuple[Slot, ...]:
    """The slots of a declared name."""
    found = spelling(name)
    return _slots(found.sub, found.sup)


@lru_cache(maxsize=4096)
def _slots(sub: str | None, sup: str | None) -> tuple[Slot, ...]:
    slots = []
    if sup is not None and (both := _TWO_BRACKETS.fullmatch(sup)):
        slots += [_slot("sup", both["layer"]), Slot("sup", "()", both["example"])]
    elif sup is not None:
        slots.append(_slot("sup", sup))
    if sub is not None:
        slots.append(_slot("sub", sub))
    return tuple(slots)


def glued(slot: Slot, counting: Collection[str], *, letters: bool) -> Slot:
    r"""The slot of `c_{neg_i}`, `W_{Si}` and `w_{ij}`, where one letter counts and what stands beside it does not.

    Args:
        counting: letters that sums bind.
        letters: whether one letter may be such a label, as for a number; `S_{ij}` is an entry of a matrix.
    """
    if slot.style:
        return slot
    if (word := re.fullmatch(r"([A-Za-z]{2,}[_,])([A-Za-z])", slot.text)) and word[2] in counting:
        return Slot(slot.place, *word.groups())
    if letters and (pair := letter_pair(slot)):
        first, second = pair
        if (first in counting) != (second in counting):
            return Slot(slot.place, *((first, second) if second in counting else (f">{second}", first)))
    return slot


def letter_pair(slot: Slot) -> tuple[str, ...]:
    """The i and j of `w_{ij}`; () for any other slot."""
    pair = slot.place == "sub" and not slot.style and re.fullmatch(r"([A-Za-z])([A-Za-z])", slot.text)
    return pair.groups() if pair else ()


def _slot_like(slot: Slot, text: str) -> Slot:
    """What stands in the place of a slot, with its style."""
    beside = slot.style[:1].isalpha() or slot.style[:1] == ">"
    if beside and text.startswith(slot.opening) and text.endswith(slot.closing):
        return Slot(slot.place, slot.style, text.removeprefix(slot.opening).removesuffix(slot.closing))
    return _slot(slot.place, text)


def _slot(place: str, text: str) -> Slot:
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        return Slot(place, bracketed["open"] + bracketed["close"], bracketed["inner"].strip())
    return Slot(place, "", text)


@dataclass(frozen=True)
class Family:
    """A declared or defined name: its slots, its shape over the letters in them, and what it stands for."""

    core: str
    fonts: frozenset[str]
    slots: tuple[Slot, ...]
    shape: Shape | None
    written: str
    entry: bool = False  # its label below is the index of an entry as well: the k of `\\delta_k` beside a `\\delta_j`

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(slot.index.name for slot in self.slots if slot.is_generic)

    def shape_takes(self, components: int) -> bool:
        """Whether an entry may be written with so many indices."""
        return self.shape is None or (not self.shape.is_scalar and components <= 2)


@dataclass(frozen=True)
class Use:
    """A name in a formula, matched: the family, the index in each slot, components, exponent, transposition."""

    family: Family
    indices: tuple[Index, ...]  # of the generic and numeric slots, in order
    components: tuple[str, ...]  # texts of component indices: letters, numbers, `:`
    power: Script | None
    transposed: bool
    primes: int

    @property
    def key(self) -> str:
        return member_key(self.family, self.indices)


def member_key(family: Family, indices: Iterable[Index]) -> str:
    text = family.core
    indices = iter(indices)
    for slot in family.slots:
        inner = str(next(indices)) if slot.index is not None else slot.text
        text += f"{'^' if slot.place == 'sup' else '_'}{{{slot.opening}{inner}{slot.closing}}}"
    return text


def at_indices(name: Name, known: Mapping[str, Index]) -> Name:
    """The name with letters in its slots replaced: `z^{[l]}` with l = 2 is `z^{[2]}`."""

    def replaced(place: str, script: Script | None) -> Script | None:
        slot = next((slot for slot in slots_of(name) if slot.place == place), None)
        if script is None or slot is None or not slot.is_generic or slot.index.name not in known:
            return script
        new = known[slot.index.name]
        inner = str(Index(new.name, new.offset + slot.index.offset))
        both = _TWO_BRACKETS.fullmatch(script.text)
        behind = f"({both['example']})" if both else ""
        return replace(script, body=None, text=f"{slot.opening}{inner}{slot.closing}{behind}")

    return replace(name, sub=replaced("sub", name.sub), sup=replaced("sup", name.sup))


@dataclass
class Names:
    """All families of a document, by core. More specific families are tried first."""

    families: dict[str, list[Family]] = field(default_factory=dict)

    def add(self, family: Family) -> None:
        known = self.families.setdefault(family.core, [])
        if family not in known:
            known.append(family)
            known.sort(key=lambda f: (-len(f.slots), sum(slot.is_generic for slot in f.slots)))

    def match(self, name: Name, layers: Mapping[str, int] | None = None) -> Use | None:
        """The use of a known family that a spelling is, or None.

        Args:
            layers: letters with their values here, so that `a^{(k)}` at k = 1 is the declared `a^{(1)}`.
        """
        found = spelling(name)
        candidates = self.families.get(found.core, [])
        exact = [family for family in candidates if family.fonts == found.fonts]
        for family in exact or candidates:
            use = _match(family, found, name, layers or {})
            if use is not None:
                return use
        example = self._example_of(name, layers) if found.sup is not None else None
        return example or self._entry_of(name, layers)

    def _entry_of(self, name: Name, layers: Mapping[str, int] | None) -> Use | None:
        """The entry of a matrix whose entries are spelled with the small letter: `w_{ij}` of W."""
        if name.sub is None or (capital := self._capital(name)) is None:
            return None
        use = self.match(capital, layers)
        return use if use is not None and len(use.components) == 2 else None

    def _example_of(self, name: Name, layers: Mapping[str, int] | None) -> Use | None:
        """The row or column of a batch that is one example: `Z^{[l](i)}`, where Z^{[l]} has one axis for the layer."""
        found = _TWO_BRACKETS.fullmatch(name.sup.text)
        if found is None or name.sub is not None:
            return None
        batch = replace(name, sup=replace(name.sup, body=None, text=found["layer"]))
        use = self.match(batch, layers)
        if use is None and (capital := self._capital(batch)) is not None:
            use = self.match(capital, layers)
        shape = use.family.shape if use is not None and not use.components else None
        if shape is not None and shape.rows == ONE and shape.cols != ONE:
            return replace(use, components=(found["example"],))
        if shape is None or shape.cols == ONE:
            return None
        layered = ["_" in str(dim) for dim in (shape.rows, shape.cols)]
        if layered[0] == layered[1]:
            return None
        return replace(use, components=(":", found["example"]) if layered[0] else (found["example"], ":"))

    def _capital(self, name: Name) -> Name | None:
        """The name with a capital, where that is known and the small letter is not."""
        small = len(name.base.rstrip("'")) == 1 and name.base.isascii() and name.base.islower()
        if not small or name.core in self.families or accented(name.base.upper(), name.accents) not in self.families:
            return None
        return replace(name, base=name.base.upper())


def _match(family: Family, found: Spelling, name: Name, layers: Mapping[str, int]) -> Use | None:
    rest = {"sub": found.sub, "sup": found.sup}
    indices: list[Index] = []
    components: tuple[str, ...] = ()
    for slot in family.slots:
        text = rest[slot.place]
        if text is None:
            return None
        here = _slot_like(slot, text)
        if slot.index is not None and slot.style == here.style and (index := parse_index(here.text)) is not None:
            if slot.index.is_number and index.at(layers) != slot.index:
                return None
            indices.append(index)
            rest[slot.place] = None
        elif slot.index is None and here.text == slot.text and here.style == slot.style:
            rest[slot.place] = None
            if family.entry and slot.place == "sub":
                components = (slot.text,)
        elif (pair := _member_and_entry(family, slot, here)) is not None:
            indices += [] if slot.label else [pair[0]]
            rest["sub"] = pair[1]
        elif slot.place == "sub" and not slot.style and here.text.startswith(slot.text + ","):
            if slot.index is not None:
                indices.append(slot.index)
            rest["sub"] = here.text[len(slot.text) + 1 :]
        else:
            return None
    if rest["sub"] is not None:
        parts = split_components(rest["sub"])
        if parts is None or not family.shape_takes(len(parts)):
            return None
        components = parts
    power = name.sup if rest["sup"] is not None else None
    if power is not None and rest["sup"] in _MARKS:
        return None  # `w^*` is another name than w
    member = _slot("sup", rest["sup"]) if power is not None else None
    if member is not None and member.style and parse_index(member.text) is not None:
        return None  # `y^{(i)}` is a member of a family that is not known, no power
    return Use(family, tuple(indices), components, power, found.transposed, found.primes)


def _member_and_entry(family: Family, slot: Slot, here: Slot) -> tuple[Index, str] | None:
    """`x_{ij}` where the vectors x_i are declared: entry j of the i-th; `a_{1i}`: the entry i of a_1."""
    parts = split_components(here.text) if slot.place == "sub" and not (slot.style or here.style) else None
    vector = family.shape is not None and family.shape.is_vector
    if parts is None or len(parts) != 2 or ":" in parts or not vector:
        return None
    first = parse_index(parts[0])
    fits = first is not None and (slot.is_generic or parts[0] == slot.text)
    return (first, parts[1]) if fits else None


def split_components(text: str) -> tuple[str, ...] | None:
    """`jk`, `j,k`, `1,i`, `i,:`, `k+1` as component indices; None where it is something else."""
    if "," in text:
        parts = tuple(part.strip() for part in text.split(","))
    elif parse_index(text) is not None:
        parts = (text,)
    else:
        letters = LETTER.findall(text) if not re.search(r"\d", text) else list(text)
        if "".join(letters) != text or len(letters) != 2:
            return None
        parts = tuple(letters)
    if len(parts) > 2 or not all(part == ":" or parse_index(part) is not None for part in parts):
        return None
    return parts
