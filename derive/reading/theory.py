"""A document as a theory: the names that it knows, its definitions, and the claims that it makes.

Definitions are found in any order: whatever can be defined from what is known is defined, until nothing more can. A
statement whose left side nothing else defines is a definition; every other one is a claim. What cannot be read is kept as
such, with the place where reading stopped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from derive.reading import syntax
from derive.reading.elaborate import Missing, Undeclared, elaborate, infer_range
from derive.reading.functions import ALIASES, call_key, function_key, generic_key, is_function
from derive.reading.readings import Alternative, GradientName, Scope, UserFunction, nabla_key
from derive.reading.symbols import family_name, written
from derive.reading.errors import DocumentError, Unread
from derive.reading.formulas import Formula
from derive.reading.frontmatter import Declarations, Entry, Layers
from derive.reading.letters import Letters, bound_letter, bound_letters, classify
from derive.reading.macros import Macro, expand, take_definitions
from derive.reading.names import Family, Names, Slot, parse_index, slots_of, spelling, split_components
from derive.reading.parser import parse
from derive.reading.source import Source, Span
from derive.reading.tokens import tokenize
from derive.terms.dims import ONE, Dim
from derive.terms.indices import Index
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Misfit, Shape


@dataclass(frozen=True)
class Link:
    """One relation of a statement: its two sides as notation, and its place."""

    statement: int
    number: int
    left: syntax.Node
    right: syntax.Node
    relation: str
    source: Source
    given: bool = False
    condition: tuple[str, str] | None = None  # two index letters that are different

    @property
    def span(self) -> Span:
        return self.left.span[0], self.right.span[1]


@dataclass(frozen=True)
class Definition:
    """symbol := expression; entry by entry over `components`, member by member over the letters of the symbol."""

    symbol: Symbol
    expression: Term
    components: tuple[str, ...] = ()
    ranges: Mapping[str, Dim] = field(default_factory=dict)
    notes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reading:
    """A link and what it is: declaration, definition, claim or unread (then with message and span)."""

    link: Link
    kind: str
    message: str = ""
    span: Span | None = None


@dataclass
class Theory:
    """Everything that a document says."""

    names: Names = field(default_factory=Names)
    functions: dict[str, str] = field(default_factory=dict)
    calls: dict[str, UserFunction] = field(default_factory=dict)
    gradients: list[GradientName] = field(default_factory=list)
    dimensions: set[str] = field(default_factory=set)
    assumptions: dict[str, set[str]] = field(default_factory=dict)
    letters: Letters = field(default_factory=Letters)
    layout: Mapping[str, str] = field(default_factory=dict)
    operators: Mapping[str, str] = field(default_factory=dict)
    layers: Layers = field(default_factory=Layers)
    loss: Symbol | None = None
    bare_nabla: Symbol | None = None
    nablas: dict[tuple[str, str], syntax.Name] = field(default_factory=dict)  # `\\nabla_a C` declared for a^L
    definitions: list[Definition] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    same: dict[str, Dim] = field(default_factory=dict)  # a dimension that definitions make equal to another
    samples: dict[str, tuple[Dim, ...]] = field(default_factory=dict)  # name of a family -> ranges of its letters
    heads: set[tuple[str, str]] = field(default_factory=set)  # families that statements define: core and slot places
    literal: set[str] = field(default_factory=set)  # members that the text names by number
    skipped: int = 0

    def scope(self, **changes: Any) -> Scope:
        return Scope(
            names=self.names,
            functions=self.functions,
            calls=self.calls,
            gradients=tuple(self.gradients),
            dimensions=frozenset(self.dimensions),
            loss=self.loss,
            layout=self.layout,
            operators=self.operators,
            last_layer=self.layers.last,
            exists=self.exists,
            shape_of=self.shape_of,
            same=self.same,
            nablas=self.nablas,
            sample_range=self.sample_range,
            bare_nabla=self.bare_nabla,
            **changes,
        )

    def runs_over_layers(self, name: syntax.Name, slot: Slot) -> bool:
        """Whether a slot of a name is one of layers: its own, or that of the symbol whose gradient it names."""
        core = spelling(name).core
        if self.letters.kind((core, slot.place + slot.style)) == "layer":
            return self.names.match(name) is None or any(s.place == slot.place for s in self.names.match(name).family.slots)
        if any(gradient.names.match(name) is not None for gradient in self.gradients):
            use = next(u for g in self.gradients if (u := g.names.match(name)) is not None)
            return any(s.place == slot.place and s.is_generic for s in use.family.slots)
        if core == "\\delta":
            return any(self.letters.kind((z, slot.place + slot.style)) == "layer" for z in ("z", "Z"))
        return False

    def sample_range(self, node: syntax.Node, letter: str) -> Dim | None:
        """How far a letter in a sample slot of a name runs."""
        if isinstance(node, syntax.Name):
            for slot in slots_of(node):
                if slot.index is not None and slot.index.name == letter:
                    return self.letters.samples.get((spelling(node).core, slot.place + slot.style))
        return None

    def defined(self, symbol: Symbol) -> Definition | None:
        """The definition that gives a symbol its value; a member by letter stands for all members."""
        for definition in self.definitions:
            if definition.symbol.name == symbol.name and _covers(definition.symbol, symbol):
                return definition
        return None

    def shape_of(self, symbol: Symbol) -> Shape | None:
        """The shape that a definition gave to a symbol."""
        definition = self.defined(symbol)
        return definition.symbol.shape if definition is not None else None

    def exists(self, symbol: Symbol) -> bool:
        """Whether a member of a family has a value: defined, or given and within the layers."""
        if self.defined(symbol) is not None or symbol.key in self.literal:
            return True
        if symbol.name in self.head_names:
            return False
        numbers = [index.offset for index in symbol.indices if index.is_number]
        return symbol.name in self.samples or all(self.layers.first <= n <= self.layers.last for n in numbers)

    @property
    def head_names(self) -> set[str]:
        return {name for name, _ in self.heads}


def _covers(defined: Symbol, used: Symbol) -> bool:
    pairs = zip(defined.indices, used.indices, strict=False)
    return all(not a.is_number or not b.is_number or a == b for a, b in pairs)


def build(declared: Declarations, formulas: list[Formula], *, latex: bool = False) -> Theory:
    """Read a document.

    Raises:
        DocumentError: a declaration cannot be used.
    """
    return _Builder(declared, formulas, latex).run()


_WORD = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{2,}(?![A-Za-z])")
_LEFT_WORD = re.compile(r"(?:^|\n|&)\s*([A-Za-z]{3,})\s*(?:&\s*)?=")
_DIFFERENTIAL = re.compile(r"d[A-Za-z]")
_SHAPE_WORDS = ("symmetric", "positive", "one-hot", "0/1", "index")


class _Builder:
    def __init__(self, declared: Declarations, formulas: list[Formula], latex: bool):
        self.declared, self.formulas, self.latex = declared, formulas, latex
        self.theory = Theory(
            layout=declared.layout, operators=declared.operators, layers=declared.layers or Layers()
        )
        self.words = self._words()
        self.macros: dict[str, Macro] = {}
        self.links: list[Link] = []
        self.unread: dict[int, Reading] = {}
        self.count = 0

    def run(self) -> Theory:
        self._macros()
        self._shapes()
        self._functions()
        self._statements()
        self._gradient_names()
        self._letters()
        self._define_all()
        return self.theory

    # ------------------------------------------------------------ parsing

    def _words(self) -> frozenset[str]:
        """Runs of letters that are one name: those of declarations, and long ones on a left side."""
        declared = self.declared
        texts = [key.text for pairs in (declared.shapes, declared.gradients, declared.functions) for key, _ in pairs]
        texts += [declared.loss.text] if declared.loss else []
        texts += [entry.text.split("=")[0] for entry in declared.given]
        found = {word for text in texts for word in _WORD.findall(re.sub(r"\\[A-Za-z]+", " ", text))}
        for formula in self.formulas:
            found |= set(_LEFT_WORD.findall(formula.text))
        return frozenset(word for word in found if not _DIFFERENTIAL.fullmatch(word))

    def _macros(self) -> None:
        for formula in self.formulas:
            try:
                macros, _ = take_definitions(tokenize(formula.source.text, *formula.inside, comments=self.latex))
            except Unread:
                continue  # said again where the formula is read
            self.macros |= macros

    def _parse(self, source: Source, span: Span) -> tuple[syntax.Chain, ...]:
        _, tokens = take_definitions(tokenize(source.text, *span, comments=self.latex))
        return parse(expand(tokens, self.macros), self.words, span[1])

    def _entry(self, entry: Entry) -> tuple[syntax.Chain, ...]:
        try:
            return self._parse(self.declared.source, entry.span)
        except Unread as unread:
            raise DocumentError(f"front matter: {unread.message}", unread.span) from None

    def _name(self, entry: Entry) -> syntax.Node:
        found = self._entry(entry)
        if len(found) != 1 or len(found[0].sides) != 1:
            raise DocumentError(f"front matter: expected a name, found {entry.text}", entry.span)
        return ungrouped(found[0].sides[0])

    # ------------------------------------------------------------ declarations

    def _shapes(self) -> None:
        for key, value in self.declared.shapes:
            node = self._name(key)
            if not isinstance(node, syntax.Name):
                raise DocumentError(f"front matter: expected the name of a symbol, found {key.text}", key.span)
            shape, words = self._shape(value)
            family = Family(spelling(node).core, spelling(node).fonts, slots_of(node), shape, key.text)
            self.theory.names.add(family)
            if family.slots and all(slot.index is not None and slot.index.is_number for slot in family.slots):
                indices = tuple(slot.index for slot in family.slots)
                self.theory.literal.add(Symbol(name=family_name(family), indices=indices).key)
            self.theory.assumptions.setdefault(spelling(node).core, set()).update(words)

    def _shape(self, value: Entry) -> tuple[Shape, set[str]]:
        text = re.sub(r"[()]", " ", value.text).replace("\\", "")
        words = {word for word in _SHAPE_WORDS if word in text.split()}
        text = " ".join(part for part in text.split() if part not in words)
        try:
            shape = Shape.of(text or "scalar")
        except ValueError as error:
            raise DocumentError(f"front matter: {error}", value.span) from None
        for dim in (shape.rows, shape.cols):
            self.theory.dimensions.update(re.sub(r"[{}]", "", name) for name in dim.names())
        return shape, words

    def _functions(self) -> None:
        for key, value in self.declared.functions:
            known = ALIASES.get(value.text.strip().lstrip("\\"))
            if known is None:
                raise DocumentError(f"front matter: the function {value.text} is not known", value.span)
            node = self._name(key)
            if isinstance(node, syntax.Name):
                found = spelling(node)
                self.theory.functions[function_key(found.core, found.sub, found.sup)] = known
                if found.sub or found.sup:
                    self.theory.functions[generic_key(found.core, found.sub, found.sup)] = known

    # ------------------------------------------------------------ statements

    def _statements(self) -> None:
        for entry in self.declared.given:
            for chain in self._entry(entry):
                if not self._assumption(chain):
                    self._add(chain, self.declared.source, given=True)
        for formula in self.formulas:
            if formula.skipped:
                self.theory.skipped += 1
                continue
            try:
                chains = self._parse(formula.source, formula.inside)
            except Unread as unread:
                self._add_unread(formula, unread)
                continue
            for place, chain in enumerate(chains):
                if len(chain.sides) > 1 and _difference(chain) is None:
                    following = chains[place + 1] if place + 1 < len(chains) else None
                    self._add(chain, formula.source, given=False, condition=following and _difference(following))

    def _add(self, chain: syntax.Chain, source: Source, *, given: bool, condition: tuple | None = None) -> None:
        self.count += 1
        sides = zip(chain.sides[:-1], chain.sides[1:], chain.relations, strict=True)
        links = [Link(self.count, k, a, b, relation, source, given, condition) for k, (a, b, relation) in enumerate(sides)]
        self.links += reversed(links)  # a = b = c: b is defined before a

    def _add_unread(self, formula: Formula, unread: Unread) -> None:
        self.count += 1
        nothing = syntax.Words("", span=formula.inside)
        link = Link(self.count, 0, nothing, nothing, "=", formula.source)
        self.theory.readings.append(Reading(link, "unread", unread.message, unread.span))

    def _assumption(self, chain: syntax.Chain) -> bool:
        r"""`A = A^T`, `\sum_k y_k = 1` under `given`: a relation that the inputs keep."""
        if len(chain.sides) != 2:
            return False
        left, right = chain.sides
        if isinstance(left, syntax.Name) and isinstance(right, syntax.Name) and left.core == right.core:
            if spelling(right).transposed:
                self.theory.assumptions.setdefault(left.core, set()).add("symmetric")
                return True
        if isinstance(left, syntax.Big) and left.name == "sum" and isinstance(right, syntax.Number) and right.value == 1:
            node = left.body
            base = ungrouped(node.inner) if isinstance(node, syntax.Group) else node
            components = split_components(node.sub.text) if getattr(node, "sub", None) else None
            if isinstance(base, syntax.Name) and components and bound_letter(left) in components:
                axis = components.index(bound_letter(left))
                self.theory.assumptions.setdefault(base.core, set()).add(f"simplex:{axis}")
                return True
        return False

    # ------------------------------------------------------------ letters

    def _letters(self) -> None:
        theory = self.theory
        chains = [syntax.Chain((link.left, link.right), ("=",), span=link.span) for link in self.links]
        chains += [syntax.Chain((name, target), ("=",), span=name.span) for name, target, _ in self.waiting]
        for node in (node for chain in chains for node in syntax.walk(chain)):
            if isinstance(node, syntax.Big) and node.upper is not None:
                text = node.upper.text.replace("\\", "")
                if re.fullmatch(r"[A-Za-z]+(_\w+)?", text) and text != "L":
                    theory.dimensions.add(text)
        theory.letters = classify(chains, theory.names, self._bound)
        for core, families in theory.names.families.items():
            families[:] = [self._labelled(family) for family in families]
            for family in families:
                self._learn_samples(family)
            theory.names.families[core] = families
        for node in (node for chain in chains for node in syntax.walk(chain)):
            if isinstance(node, syntax.Name) and (use := theory.names.match(node)) and all(i.is_number for i in use.indices):
                theory.literal.add(Symbol(name=family_name(use.family), indices=use.indices).key)

    def _bound(self, upper: syntax.Script) -> Dim | None:
        text = upper.text.replace("\\", "")
        if text.isdecimal():
            return Dim.of(int(text))
        return Dim.of(re.sub(r"_(\w+)", r"_{\1}", text)) if text in self.theory.dimensions else None

    def _labelled(self, family: Family) -> Family:
        """The family with its never-running letters marked as part of the name."""
        return replace(family, slots=tuple(self._labelled_slot(family.core, slot) for slot in family.slots))

    def _labelled_slot(self, core: str, slot: Slot) -> Slot:
        label = slot.is_generic and self.theory.letters.kind((core, slot.place + slot.style)) == "label"
        return replace(slot, label=True) if label else slot

    def _learn_samples(self, family: Family) -> None:
        ranges = [self.theory.letters.samples.get((family.core, s.place + s.style)) for s in family.slots if s.is_generic]
        if any(ranges):
            self.theory.samples[family_name(family)] = tuple(dim or ONE for dim in ranges)

    # ------------------------------------------------------------ definitions

    def _gradient_names(self) -> None:
        self.waiting = [(self._name(key), self._name(value), key) for key, value in self.declared.gradients]
        for name, target, _ in list(self.waiting):
            key = nabla_key(name)
            if key is not None and isinstance(target, syntax.Name):
                self.theory.nablas[key] = target
        self.declared_gradients = [name for name, _, _ in self.waiting if isinstance(name, syntax.Name)]

    def _resolve_gradients(self) -> None:
        """Gradient names whose symbols are known by now."""
        theory = self.theory
        for item in list(self.waiting):
            name, target, key = item
            use = self._any_member(target) if isinstance(target, syntax.Name) else None
            if not isinstance(name, syntax.Name) or use is None or use.family.shape is None:
                continue
            own = Names()
            letters = {
                slot.index.name
                for slot in slots_of(target)
                if slot.is_generic and not self._labelled_slot(spelling(target).core, slot).label
            }
            slots = tuple(
                replace(slot, label=True) if slot.is_generic and slot.index.name not in letters else slot
                for slot in slots_of(name)
            )
            own.add(Family(spelling(name).core, spelling(name).fonts, slots, use.family.shape, key.text))
            theory.gradients.append(GradientName(own, target))
            self.waiting.remove(item)

    def _any_member(self, target: syntax.Name):
        """The family of a target, or any member of it that is known by number."""
        layers = self.theory.layers
        letters = {slot.index.name for slot in slots_of(target) if slot.is_generic}
        for value in (None, *range(layers.first - 1, layers.last + 2)):
            known = dict.fromkeys(letters, value) if value is not None else {}
            if (use := self.theory.names.match(target, {**known, "L": layers.last})) is not None:
                return use
        return None

    def _define_all(self) -> None:
        candidates = self._candidates()
        made: set[int] = set()
        problems: dict[int, Unread] = {}
        progress = True
        while progress:
            progress = False
            self._resolve_gradients()
            for place in candidates:
                try:
                    if self._define(self.links[place]):
                        progress = True
                        made.add(place)
                        problems.pop(place, None)
                except Missing:
                    continue
                except Unread as unread:
                    problems.setdefault(place, unread)
                    problems[place] = unread
        self._declare_variables()
        self._classify_links(candidates, made, problems)

    def _candidates(self) -> list[int]:
        """The first statement about every name that is no gradient and no input of its own definition."""
        taken: dict[tuple[str, str], int] = {}
        for place, link in enumerate(self.links):
            if link.relation not in ("=", ":="):
                continue
            name, arguments = head(link.left)
            if name is None or self._is_gradient(name, link.given):
                continue
            if name.primes:
                if link.given and arguments is not None:
                    self._learn_function(name, arguments, link.right)
                continue
            key = self._head_key(name)
            if key in taken or self._depends_on(link.right, name):
                continue
            taken[key] = place
        self.theory.heads = {(self._head_name(self.links[place].left), "") for place in taken.values()}
        return sorted(taken.values())

    def _head_key(self, name: syntax.Name) -> tuple[str, str]:
        found = spelling(name)
        use = self.theory.names.match(name)
        if use is not None and use.components:
            return family_name(use.family), ",".join(map(str, use.indices))
        return found.core + "".join(sorted(found.fonts)), f"{self._slot_text(name, 'sup')}|{self._slot_text(name, 'sub')}"

    def _slot_text(self, name: syntax.Name, place: str) -> str:
        return next((slot.style + slot.text for slot in slots_of(name) if slot.place == place), "")

    def _head_name(self, left: syntax.Node) -> str:
        name, _ = head(left)
        use = self.theory.names.match(name)
        return family_name(use.family if use is not None else self._new_family(name, ()))

    def _new_family(self, name: syntax.Name, components: tuple[str, ...]) -> Family:
        slots = tuple(
            self._labelled_slot(spelling(name).core, slot)
            for slot in slots_of(name)
            if not (components and slot.place == "sub")
        )
        return Family(spelling(name).core, spelling(name).fonts, slots, None, written(name, {slot.place for slot in slots}))

    def _is_gradient(self, name: syntax.Name, given: bool) -> bool:
        if any(spelling(name).core == spelling(declared).core for declared in self.declared_gradients):
            return True
        return not given and (name.base == "\\delta" or bool(_DIFFERENTIAL.fullmatch(name.base)))

    def _depends_on(self, right: syntax.Node, name: syntax.Name) -> bool:
        key = self._head_key(name)
        return any(isinstance(n, syntax.Name) and self._head_key(replace(n, primes=0)) == key for n in syntax.walk(right))

    def _define(self, link: Link) -> bool:
        """Define what a link can define by now; whether anything new came of it. Raises Unread or Missing."""
        theory = self.theory
        name, arguments = head(link.left)
        if arguments is not None:
            self._learn_function(name, arguments, link.right)
        free = self._free_letters(link.right)
        for slot in slots_of(name):
            dim = theory.letters.samples.get((spelling(name).core, slot.place + slot.style))
            if slot.is_generic and dim is not None:
                free.setdefault(slot.index.name, dim)
        components = self._components(name, free)
        try:
            return self._define_as(name, arguments, link.right, components, free)
        except NotAnEntry:
            return self._define_as(name, arguments, link.right, (), free)

    def _define_as(self, name, arguments, right, components: tuple[str, ...], free: Mapping[str, Dim]) -> bool:
        """Define a name whose index letters are entries (`components`) or say which member it is."""
        theory = self.theory
        use = theory.names.match(name)
        family = use.family if use is not None else self._new_family(name, components)
        layered = self._layer_letters(right) | self._own_layer_letters(name, family)
        layered -= {index.name for part in components if (index := parse_index(part)) is not None}
        values = range(theory.layers.first - 1, theory.layers.last + 2)
        if len(layered) > 1:
            raise Unread("a definition with more than one generic index is not read", name.span)
        instances = [{next(iter(layered)): value} for value in values] if layered else [{}]
        made = False
        problem: Exception | None = None
        for layers in instances:
            try:
                made |= self._define_once(name, family, right, components, free, layers, arguments is not None)
            except (Missing, Undeclared) as missing:
                problem = missing
        if not made and problem is not None and not any(d.symbol.name == family_name(family) for d in theory.definitions):
            raise problem
        return made

    def _own_layer_letters(self, name: syntax.Name, family: Family) -> set[str]:
        own = {slot.place + slot.style: slot.index for slot in slots_of(name)}
        found = set()
        for slot in family.slots:
            index = own.get(slot.place + slot.style)
            if index is not None and index.name and index.name != "L" and slot.index is not None:
                if self.theory.letters.kind((family.core, slot.place + slot.style)) == "layer":
                    found.add(index.name)
        return found

    def _layer_letters(self, right: syntax.Node) -> set[str]:
        bound = bound_letters(right)
        return {
            slot.index.name
            for node in syntax.walk(right)
            if isinstance(node, syntax.Name)
            for slot in slots_of(node)
            if slot.is_generic and slot.index.name not in bound | {"L"} and self.theory.runs_over_layers(node, slot)
        }

    def _free_letters(self, right: syntax.Node) -> dict[str, Dim]:
        """Index letters that no sum binds, with how far they run as components or over examples."""
        bound = bound_letters(right)
        found: dict[str, Dim] = {}
        scope = self.theory.scope()
        for node in syntax.walk(right):
            for letter in letters_in(node):
                if letter in bound or letter in found:
                    continue
                dim = infer_range(letter, node, scope) or self.theory.sample_range(node, letter)
                if dim is not None:
                    found[letter] = dim
        return found

    def _components(self, name: syntax.Name, free: Mapping[str, Dim]) -> tuple[str, ...]:
        """The index letters of a left side that name the entries of a vector or matrix."""
        use = self.theory.names.match(name)
        if use is not None:
            return use.components
        parts = split_components(name.sub.text) if name.sub is not None else None
        if not parts:
            return ()
        letters = [parse_index(part) for part in parts]
        component = all(index is not None and index.name in free and not index.offset for index in letters)
        return parts if component else ()

    def _define_once(
        self, name, family: Family, right, components, free, layers: Mapping[str, int], function: bool
    ) -> bool:
        theory = self.theory
        ranges = {letter: dim for letter, dim in free.items() if letter not in layers}
        scope = theory.scope(layers=dict(layers), ranges=ranges)
        indices = self._indices(name, family, scope)
        self._in_range(family, indices, layers)
        symbol = Symbol(name=family_name(family), indices=indices)
        if any(d.symbol.key == symbol.key for d in theory.definitions):
            return False
        alternative = self._conforming(right, layers, ranges)
        own = {index.name for index in indices} | {i.name for part in components if (i := parse_index(part))}
        loose = sorted(letter for letter in ranges if letter not in own and _occurs(alternative.term, letter))
        if loose and function:
            return False  # phi(x_n): a function of data, and no symbol
        if loose:
            raise Unread(f"the index {loose[0]} stands on the right side only", right.span)
        shape = self._shape_of_definition(alternative, components, ranges, name)
        known = self._declared_shape(family, indices)
        if known is None:
            theory.names.add(replace(family, shape=_generic(shape, family, indices)))
        elif known != shape:
            self._unify(known, shape, right.span)
            shape = known
        symbol = Symbol(name=symbol.name, declared=shape, indices=indices, latex_name=family.written)
        theory.definitions.append(Definition(symbol, alternative.term, components, ranges, alternative.notes))
        if any(not index.is_number for index in indices):
            theory.samples[symbol.name] = tuple(ranges.get(index.name, ONE) for index in indices if index.name)
        self._learn_loss(name)
        return True

    def _conforming(self, right, layers, ranges) -> Alternative:
        """The first reading with a shape; a definition that needs two dimensions to be equal makes them so."""
        for _ in range(8):
            readings = elaborate(right, self.theory.scope(layers=dict(layers), ranges=ranges))
            for alternative in readings:
                if not isinstance(alternative.term.shape, Misfit):
                    return alternative
            if not self._equate(readings[0].term.shape):
                break
        raise Unread(str(readings[0].term.shape), right.span)

    def _equate(self, misfit: Misfit) -> bool:
        if misfit.right is None or not (isinstance(misfit.left.shape, Shape) and isinstance(misfit.right.shape, Shape)):
            return False
        left, right = misfit.left.shape, misfit.right.shape
        if misfit.problem.startswith("inner"):
            return self._same(left.cols, right.rows)
        pairs = [(a, b) for a, b in ((left.rows, right.rows), (left.cols, right.cols)) if a != b]
        return bool(pairs) and all(self._same(a, b) for a, b in pairs)

    def _same(self, a: Dim, b: Dim) -> bool:
        """Make two named dimensions one."""
        names = list(a.names()), list(b.names())
        if [len(n) for n in names] != [1, 1] or len(a.monomials) != 1 or len(b.monomials) != 1:
            return False
        self.theory.same[names[1][0]] = a
        return True

    def _in_range(self, family: Family, indices: tuple[Index, ...], layers: Mapping[str, int]) -> None:
        first, last = self.theory.layers.first, self.theory.layers.last
        if layers and any(index.is_number and not first <= index.offset <= last for index in indices):
            raise Missing(family.written)

    def _indices(self, name: syntax.Name, family: Family, scope: Scope) -> tuple[Index, ...]:
        own = {slot.place + slot.style: slot.index for slot in slots_of(name)}
        found = []
        for slot in family.slots:
            if slot.index is not None:
                index = own.get(slot.place + slot.style) or slot.index
                found.append(scope.resolve(index))
        return tuple(found)

    def _shape_of_definition(self, alternative: Alternative, components, ranges, name: syntax.Name) -> Shape:
        if not components:
            return alternative.term.shape
        if not alternative.term.is_scalar:
            raise NotAnEntry("an entry is a number, and the right side is none", name.span)
        dims = [ranges.get(index.name, ONE) if (index := parse_index(part)) else ONE for part in components]
        return Shape(dims[0], dims[1] if len(dims) == 2 else ONE)

    def _declared_shape(self, family: Family, indices: tuple[Index, ...]) -> Shape | None:
        if family.shape is None:
            return None
        slots = [slot for slot in family.slots if slot.index is not None]
        numbers = {
            slot.index.name: index.offset - slot.index.offset
            for slot, index in zip(slots, indices, strict=True)
            if slot.is_generic and index.is_number
        }
        return family.shape.at({**numbers, "L": self.theory.layers.last})

    def _unify(self, known: Shape, found: Shape, span: Span) -> None:
        for a, b in ((known.rows, found.rows), (known.cols, found.cols)):
            if a != b and not self._same(a, b):
                raise Unread(f"is declared {known}, and the right side is {found}", span)

    def _learn_function(self, name: syntax.Name, arguments: syntax.Group, right: syntax.Node) -> None:
        parameters = [written(part) if isinstance(part, syntax.Name) else None for part in arguments.parts]
        if None in parameters:
            return
        used = {spelling(n).core for n in syntax.walk(right) if isinstance(n, syntax.Name)}
        index = name.sub.body if name.sub is not None else None
        if isinstance(index, syntax.Name) and spelling(index).core in used - set(parameters):
            parameters = [written(index), *parameters]  # p_x(beta)
        self.theory.calls.setdefault(call_key(name), UserFunction(tuple(parameters), right))

    def _learn_loss(self, name: syntax.Name) -> None:
        last = self.theory.definitions[-1].symbol
        if not last.is_scalar:
            return
        if self.declared.loss is not None:
            declared = self._name(self.declared.loss)
            if isinstance(declared, syntax.Name) and written(declared) == written(name):
                self.theory.loss = last
        elif name.base in ("L", "J", "E", "C", "\\ell", "MSE", "loss", "Loss") or "mathcal" in name.fonts:
            self.theory.loss = last

    # ------------------------------------------------------------ what every link is

    def _declare_variables(self) -> None:
        """A letter that only stands as the argument of a function is a number: the z of `f'(z) = ...`."""
        scope = self.theory.scope()
        for link in self.links:
            for node in (n for side in (link.left, link.right) for n in syntax.walk(side)):
                if not isinstance(node, syntax.Product):
                    continue
                for name, group in zip(node.items, node.items[1:], strict=False):
                    inner = group.inner if isinstance(group, syntax.Group) and len(group.parts) == 1 else None
                    if isinstance(name, syntax.Name) and isinstance(inner, syntax.Name) and is_function(name, scope):
                        if inner.sub is None and inner.sup is None and self.theory.names.match(inner) is None:
                            found = spelling(inner)
                            self.theory.names.add(Family(found.core, found.fonts, (), Shape(), inner.core))

    def _classify_links(self, candidates: list[int], made: set[int], problems: Mapping[int, Unread]) -> None:
        theory = self.theory
        order = sorted(range(len(self.links)), key=lambda k: (self.links[k].statement, self.links[k].number))
        for place in order:
            link = self.links[place]
            if link.given:
                continue
            if link.relation == "in":
                theory.readings.append(Reading(link, "declaration"))
            elif link.relation not in ("=", ":="):
                theory.readings.append(Reading(link, "unread", f"the relation {link.relation} is not judged", link.span))
            elif place in made:
                theory.readings.append(Reading(link, "definition"))
            elif place in problems:
                theory.readings.append(Reading(link, "unread", problems[place].message, problems[place].span))
            else:
                self._learn_nabla(link)
                theory.readings.append(Reading(link, "claim"))
        theory.readings.sort(key=lambda reading: (reading.link.statement, reading.link.number))

    def _learn_nabla(self, link: Link) -> None:
        for node in (n for side in (link.left, link.right) for n in syntax.walk(side)):
            by = node.by.body if isinstance(node, syntax.Nabla) and node.by is not None else None
            if isinstance(node, syntax.Derivative):
                by = node.by[0]
            if isinstance(by, syntax.Name):
                try:
                    term = elaborate(by, self.theory.scope())[0].term
                except (Unread, Missing):
                    continue
                if isinstance(term, Symbol) and self.theory.bare_nabla is None:
                    self.theory.bare_nabla = term


# ---------------------------------------------------------------- small things


class NotAnEntry(Unread):
    """A left side with an index whose right side is a vector: `a_n = A_{:,n}` defines members, not entries."""


def _occurs(term: Term, letter: str) -> bool:
    """Whether an index letter occurs free in a term."""
    if getattr(term, "index", None) == letter:
        return False
    for _, value in term.parts():
        values = value if isinstance(value, tuple) else (value,)
        if any(isinstance(index, Index) and index.name == letter for index in values):
            return True
    return any(_occurs(arg, letter) for arg in term.args)


def _difference(chain: syntax.Chain) -> tuple[str, str] | None:
    r"""`i \neq j` behind a statement: the two letters."""
    if chain.relations != ("neq",) or not all(isinstance(side, syntax.Name) for side in chain.sides):
        return None
    left, right = chain.sides
    return left.base.lstrip("\\"), right.base.lstrip("\\")


def ungrouped(node: syntax.Node) -> syntax.Node:
    """What braces hold that only group."""
    while isinstance(node, syntax.Group) and node.opening == "{" and node.sub is None and node.sup is None:
        node = node.inner
    return node


def head(left: syntax.Node) -> tuple[syntax.Name | None, syntax.Group | None]:
    r"""The name on a left side, and its arguments: `J(\theta)`."""
    left = ungrouped(left)
    if isinstance(left, syntax.Name):
        return left, None
    if isinstance(left, syntax.Product) and len(left.items) == 2:
        name, group = left.items
        if isinstance(name, syntax.Name) and isinstance(group, syntax.Name) and name.base == "d" and not group.spaced:
            return replace(group, base=f"d{group.base}", span=left.span), None
        if isinstance(name, syntax.Name) and isinstance(group, syntax.Group) and group.opening in ("(", "["):
            return name, group
    return None, None


def letters_in(node: syntax.Node) -> list[str]:
    """The index letters on one node."""
    found = []
    if isinstance(node, syntax.Name | syntax.Group) and node.sub is not None:
        found += [i.name for part in split_components(node.sub.text) or () if (i := parse_index(part)) and i.name]
    if isinstance(node, syntax.Name):
        found += [slot.index.name for slot in slots_of(node) if slot.is_generic]
    return found


def _generic(shape: Shape, family: Family, indices: tuple[Index, ...]) -> Shape:
    """The shape over the letter of the family, read off one member: n_2 at l = 2 is n_l."""
    for slot, index in zip([s for s in family.slots if s.index is not None], indices, strict=True):
        if slot.is_generic and index.is_number:
            return Shape(*(_abstract(dim, slot.index, index) for dim in (shape.rows, shape.cols)))
    return shape


def _abstract(dim: Dim, letter: Index, number: Index) -> Dim:
    monomials = []
    for monomial, factor in dim.monomials:
        atoms = tuple(
            replace(atom, index=Index(letter.name, letter.offset + atom.index.offset - number.offset))
            if atom.index != Index() and atom.index.is_number
            else atom
            for atom in monomial
        )
        monomials.append((atoms, factor))
    return Dim(tuple(monomials))
