"""Definitions in any order: whatever can be defined from what is known is defined, until nothing more can.

A generic layer index makes one definition per layer; an index over examples or entries makes one for all of them. A
definition that needs two dimensions to be one makes them one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from derive.reading import syntax
from derive.reading.constants import array
from derive.reading.decimals import is_array, is_plain
from derive.reading.dimensions import dim_of
from derive.reading.elaborate import Missing, Undeclared, elaborate, infer_range
from derive.reading.errors import Bounded, Unread
from derive.reading.families import Families
from derive.reading.functions import call_key, function_of
from derive.reading.guesses import LOSS_NAMES, Guesses
from derive.reading.knowledge import Definition, Link, Theory
from derive.reading.lastlayer import LAST, last_layers
from derive.reading.letters import bound_letters
from derive.reading.listed import listed
from derive.reading.names import Family, at_indices, parse_index, slots_of, spelling, split_components
from derive.reading.notation import as_derivative, head, letters_in, outside_scripts, ungrouped, vanishing, with_letter
from derive.reading.readings import Alternative, Scope, UserFunction
from derive.reading.recurrences import layer_letters, recurrent, shape_beside, starts
from derive.reading.signals import bars_the_loss, says_of_bars, usual
from derive.reading.softmax import pairwise
from derive.reading.sought import is_solution
from derive.reading.source import Span
from derive.reading.statements import Statements
from derive.reading.symbols import family_name, merged, renamed, template, written
from derive.terms import nodes
from derive.terms.dims import NO_INDEX, ONE, Dim
from derive.terms.indices import Index
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Misfit, Shape
from derive.terms.walk import is_zero
from derive.terms.written import Block

MOST = 500  # definitions in one document
MOST_ATTEMPTS = 10_000  # to define something: of definitions in reverse order, every round makes one
BIAS = nodes.Number(value=Fraction(1))  # `x_0 = 1`: the input of a bias is a constant, and no example of an input
_DIFFERENTIAL = re.compile(r"d(?:[A-Za-z]|\\[A-Za-z]+)\d*")


class NotAnEntry(Unread):
    """A left side with an index whose right side is a vector: `a_n = A_{:,n}` defines members, not entries."""


class TwoVectors(Exception):
    """One letter names two vectors, which the letter of their index tells apart."""


@dataclass
class Definer:
    """Makes the definitions of a document."""

    statements: Statements
    theory: Theory
    families: Families
    made: set[int] = field(default_factory=set)  # places of links that define
    problems: dict[int, Unread] = field(default_factory=dict)  # why a link defines nothing
    asides: set[int] = field(default_factory=set)  # places of links that speak of an example, and define nothing
    totals: set[str] = field(default_factory=set)  # cores of names that have an index for their parts

    def __post_init__(self) -> None:
        self.guesses = Guesses(self)

    @property
    def links(self) -> list[Link]:
        return self.statements.links

    def define(self) -> None:
        """Define whatever can be defined."""
        self.theory.barred = bars_the_loss(self.links, self.is_loss)
        for link in self.links:
            if says_of_bars(link, self.is_loss) and self.theory.names.match(replace(link.left, accents=())) is None:
                self.theory.stated.add((link.statement, link.number))  # `\bar{v} = ...` of any v
        formulas, members, scalars, arrays = [], [], [], []
        candidates = self._candidates()
        recurrences = {core for place in candidates if (core := recurrent(self.theory, self.links[place])) is not None}
        for place in candidates:
            link = self.links[place]
            if not is_plain(link.right):
                # What is said of s_3 beside s_t = w s_{t-1} + x_t is a claim, unless the recurrence waits for it.
                (members if self._is_member(link, recurrences) else formulas).append(place)
            else:
                # Numbers written out say how large a dimension is, and come when formulas have said which one it is.
                (arrays if is_array(link.right) else scalars).append(place)
        most = max(2, MOST_ATTEMPTS // max(1, len(candidates)))
        for _ in range(most):
            self.families.resolve_gradients()
            first = self._pass(formulas) or self._pass(scalars) or self._pass(members)
            if not (first or self._guess(formulas + members) or self._pass(arrays)):
                break
        else:
            for place in self.problems:
                self.problems[place] = Bounded("it waits for too many other definitions", self.links[place].span)
        self._take_listed()

    def _is_member(self, link: Link, recurrences: set[str]) -> bool:
        """Whether a line is about one member of a recurrence, and none that says how its last layer differs."""
        name, _ = head(link.left)
        one = name.core in recurrences and not layer_letters(self.theory, link.left)
        return one and self._last_layers.get(name.core) is not link

    def _take_listed(self) -> None:
        """Numbers of the worked example that are given entry by entry."""
        known = {d.symbol.name for d in (*self.theory.definitions, *self.theory.values)}
        for each in listed(self.theory, self.links):
            name, shape = family_name(each.family), each.family.shape
            if name in known or shape is None:
                continue
            if each.numbers is not None and self._sized(shape, each.numbers.shape):
                symbol = Symbol(name=name, declared=shape, latex_name=template(each.family), style="%")
                self.theory.values.append(Definition(symbol, each.numbers))
                self.made.update(each.places)
            self.asides.update(each.places)
            for place in each.places:
                self.problems.pop(place, None)

    def unmet(self) -> list[Link]:
        r"""Given equations whose left side is no name, `w^\top w = 1`: no drawn point is known to meet them."""
        return [
            link
            for link in self.links
            if link.given and link.relation == "=" and not link.unread and head(link.left)[0] is None
        ]

    def _pass(self, candidates: list[int]) -> bool:
        """Try every definition once; whether anything new came of it."""
        progress = False
        for place in candidates:
            try:
                if self._define(self.links[place]):
                    progress = True
                    self.made.add(place)
                if place in self.made or self._is_entry(self.links[place]):
                    self.problems.pop(place, None)  # an entry of what is defined by now: a claim
            except Missing as missing:
                message = f"{missing} has no value at any layer that the document has"
                self.problems[place] = Unread(message, self.links[place].span)
            except Unread as unread:
                self.problems[place] = unread
            except RecursionError:
                self.problems[place] = Bounded("it is nested too deeply to be read", self.links[place].span)
        for place in self.made:
            self.problems.pop(place, None)
        return progress

    def _is_entry(self, link: Link) -> bool:
        """Whether a left side is an entry of a name that is known: `p_c` of p."""
        name, _ = head(link.left)
        use = self.theory.names.match(name)
        return use is not None and bool(use.components)

    def _guess(self, candidates: list[int]) -> bool:
        return self.guesses.guess([self.links[place] for place in candidates if place not in self.made])

    def _candidates(self) -> list[int]:
        """The first statement about every name that is no gradient and no input of its own definition."""
        taken: dict[tuple[str, str], int] = {}
        for place, link in enumerate(self.links):
            if link.relation not in ("=", ":=", "gets") or link.unread:
                continue
            name, arguments = head(link.left)
            if name is None or self._is_gradient(name, link.given):
                continue
            if link.solves:
                continue
            if self._is_size(link) or self._is_case(link, name):
                self.asides.add(place)
                continue
            if name.primes:
                if link.given and arguments is not None:
                    self._learn_function(name, arguments, link.right)
                continue
            if arguments is not None and (function_of(name, self.theory.scope()) is not None or self._is_factor(name)):
                continue  # `\tanh(x) = 2 \sigma(2x) - 1` says something of a function that is known
            key = self._head_key(self._any_layer(name))
            if key in taken or self._whole_key(name) in taken or self._depends_on(link.right, name):
                continue
            if name.sub is not None and self._is_given(taken.get(self._head_key(replace(name, sub=None)))):
                continue  # an entry of what is given as a whole
            if arguments is None and self._is_sought(link, name):
                continue
            if self._is_derived_from_itself(link, name):
                continue
            taken[key] = place
        for place in sorted(taken.values())[MOST:]:
            span = self.links[place].span
            self.problems[place] = Bounded(f"a document has at most {MOST} definitions", span)
        taken = dict(sorted(taken.items(), key=lambda item: item[1])[:MOST])
        self._learn_totals(taken.values())
        formulas = (self.links[place] for place in taken.values() if not is_array(self.links[place].right))
        self.theory.heads = {self._head_name(link.left) for link in formulas}
        return sorted(taken.values())

    def _is_derived_from_itself(self, link: Link, name: syntax.Name) -> bool:
        r"""Whether a declared G is said to be `\partial L / \partial O`, where L is made of G: that defines nothing."""
        derivative = as_derivative(link.right)
        if derivative is None or self.theory.names.match(name) is None:
            return False
        parts = self._parts
        waiting = [node.core for node in syntax.walk(derivative.of) if isinstance(node, syntax.Name)]
        seen: set[str] = set()
        while waiting:
            core = waiting.pop()
            if core == name.core:
                return True
            if core not in seen:
                seen.add(core)
                waiting += parts.get(core, ())
        return False

    @cached_property
    def _parts(self) -> dict[str, list[str]]:
        """The names on the right of the first line about each name."""
        found: dict[str, list[str]] = {}
        for link in self.links:
            name, _ = head(link.left)
            if name is not None and name.core not in found and as_derivative(link.right) is None:
                names = (node for node in syntax.walk(link.right) if isinstance(node, syntax.Name))
                found[name.core] = [node.core for node in names]
        return found

    def _is_given(self, place: int | None) -> bool:
        r"""Whether a name is given as a whole, and not by its parts, as in `L = \sum_i L_i`."""
        if place is None or not self.links[place].given:
            return False
        name, _ = head(self.links[place].left)
        names = (node for node in syntax.walk(self.links[place].right) if isinstance(node, syntax.Name))
        return not any(other.core == name.core for other in names)

    def _is_size(self, link: Link) -> bool:
        """Whether `n = 4` says how large a dimension is in an example; the first such sentence counts."""
        name, number = ungrouped(link.left), ungrouped(link.right)
        if not isinstance(name, syntax.Name) or not isinstance(number, syntax.Number) or number.value.denominator != 1:
            return False
        if self.theory.names.match(name) is not None or name.base in self.theory.last_names or number.value < 1:
            return False
        dim = dim_of(name)
        names = list(dim.names()) if dim is not None else []
        if len(names) != 1 or names[0] not in self.theory.dimensions | self._bounds:
            return False
        self.theory.said.setdefault(names[0], int(number.value))
        return True

    def _is_case(self, link: Link, name: syntax.Name) -> bool:
        """Whether `x_i = 0` speaks of some entries or examples: a number for all of them would be no data."""
        if link.given or not is_plain(link.right):
            return False
        return any(slot.is_generic and slot.index.name not in self.theory.last_names for slot in slots_of(name))

    @cached_property
    def _bounds(self) -> set[str]:
        """Dimensions up to which sums run."""
        walked = (node for link in self.links for side in (link.left, link.right) for node in syntax.walk(side))
        uppers = (node.upper for node in walked if isinstance(node, syntax.Big) and node.upper is not None)
        dims = (dim_of(upper.body) for upper in uppers if upper.body is not None)
        return {name for dim in dims if dim is not None for name in dim.names()}

    def speaks_of_some(self, link: Link) -> bool:
        """Whether `y = 1` is said of many labels y, or `b = 0` of a bias at the start: a case, and no claim."""
        name, number = ungrouped(link.left), ungrouped(link.right)
        if not isinstance(name, syntax.Name) or not isinstance(number, syntax.Number):
            return False
        use = self.theory.names.match(name)
        shape = use.family.shape if use is not None and not use.components and not use.indices else None
        defined = use is not None and any(d.symbol.name == family_name(use.family) for d in self.theory.definitions)
        return shape is not None and not shape.is_scalar and not defined and link.relation == "="

    def is_of_inputs(self, link: Link) -> bool:
        """Whether an equation speaks of declared names only, and of none that the document defines."""
        defined = {definition.symbol.name for definition in self.theory.definitions}
        nodes = (node for side in (link.left, link.right) for node in syntax.walk(side))
        uses = [self.theory.names.match(node) for node in nodes if isinstance(node, syntax.Name)]
        known = [family_name(use.family) for use in uses if use is not None]
        return bool(known) and not defined & set(known)

    def _learn_totals(self, places: Iterable[int]) -> None:
        r"""Names that stand for a whole and, with an index, for its parts: the L of `L = \sum_i L_i`.

        The p of `p = (0.2, 0.8)` does not: its parts are its entries.
        """
        heads = [head(self.links[place].left) for place in places if not is_array(self.links[place].right)]
        plain = [(name, called is not None) for name, called in heads if name.sup is None]
        # `\pi(x)` beside `\pi_x` is another spelling of the same.
        wholes = {spelling(name).core for name, called in plain if name.sub is None and not called}
        parts = {spelling(name).core for name, _ in plain if name.sub is not None}
        self.totals = {core for core in wholes & parts if core not in self.theory.names.families}

    def _is_sought(self, link: Link, name: syntax.Name) -> bool:
        r"""Whether an earlier equation with 0 has a declared name: `w = ...` behind `\nabla_w L = 0` solves it."""
        if link.given or is_plain(link.right) or self.theory.names.match(name) is None:
            return False
        earlier = [other for other in self.links if other.statement < link.statement and not other.given]
        sought = (vanishing(other.left, other.right) for other in earlier)
        if any(node is not None and self._depends_on(node, name) for node in sought):
            return True
        return is_solution(link, name, self.links, earlier, self.statements.declared.loss)

    def _is_factor(self, name: syntax.Name) -> bool:
        r"""`X^T (y - X w) = 0`: a declared name or a vector of ones, transposed, before a bracket."""
        return spelling(name).transposed and (name.base == "1" or self.theory.names.match(name) is not None)

    def _head_key(self, name: syntax.Name) -> tuple[str, str]:
        found = spelling(name)
        use = self.theory.names.match(name)
        if use is not None and use.components:
            return family_name(use.family), ",".join(map(str, use.indices))
        scripts = f"{self._slot_text(name, 'sup')}|{self._slot_text(name, 'sub')}"
        return found.core + "".join(sorted(found.fonts)), scripts

    def _slot_text(self, name: syntax.Name, place: str) -> str:
        return next((slot.style + slot.text for slot in slots_of(name) if slot.place == place), "")

    def _whole_key(self, name: syntax.Name) -> tuple[str, str] | None:
        """What `z^l` is known by, for its entry `z^{l+1}_k`."""
        running = any(slot.place == "sup" and self.theory.runs_over_layers(name, slot) for slot in slots_of(name))
        return self._head_key(self._any_layer(replace(name, sub=None))) if running and name.sub is not None else None

    def _any_layer(self, name: syntax.Name) -> syntax.Name:
        r"""The name with no offset on a letter that runs over layers: `z^{l+1}` is defined where `z^l` is."""
        running = (slot for slot in slots_of(name) if slot.is_generic and self.theory.runs_over_layers(name, slot))
        return at_indices(name, {slot.index.name: Index(slot.index.name, -slot.index.offset) for slot in running})

    def _head_name(self, left: syntax.Node) -> str:
        name, _ = head(left)
        use = self.theory.names.match(name)
        return family_name(use.family if use is not None else self.new_family(name, ()))

    def new_family(self, name: syntax.Name, components: tuple[str, ...]) -> Family:
        found = spelling(name)
        if len(components) == 1 and found.core in self.theory.split:
            slots = tuple(replace(slot, label=True) for slot in slots_of(name))
            return Family(found.core, found.fonts, slots, None, written(name), entry=True)
        slots = tuple(
            self.families.labelled_slot(found.core, slot)
            for slot in slots_of(name)
            if not (components and slot.place == "sub")
        )
        return Family(found.core, found.fonts, slots, None, written(name, {slot.place for slot in slots}))

    def _is_gradient(self, name: syntax.Name, given: bool) -> bool:
        declared = [item.name for item in self.families.declared if isinstance(item.name, syntax.Name)]
        if any(spelling(name).core == spelling(other).core for other in declared):
            return True
        if given:
            return False
        if self.theory.barred and name.accents[-1:] == ("bar",):
            return True
        signal = name.base == "\\delta" and usual(name, self.theory, self.links)
        return signal or bool(_DIFFERENTIAL.fullmatch(name.base))

    def _depends_on(self, right: syntax.Node, name: syntax.Name) -> bool:
        key = self._head_key(name)
        names = (node for node in outside_scripts(right) if isinstance(node, syntax.Name))
        return any(self._head_key(replace(other, primes=0)) == key for other in names)

    def _define(self, link: Link) -> bool:
        """Define what a link can define by now; whether anything new came of it. Raises Unread or Missing."""
        theory = self.theory
        name, arguments = head(link.left)
        use = theory.names.match(name)
        if use is not None and (use.power is not None or ":" in use.components):
            return False  # `y^2 = ...`, `Z^{[l](i)} = ...` where y and Z are known says something of a square, a column
        if is_array(link.right) and (made := self._define_members(name, link)) is not None:
            return made
        if arguments is not None:
            self._learn_function(name, arguments, link.right)
        free = {**self._entry_letters(name), **self.free_letters(link.right)}
        for slot in slots_of(name):
            dim = theory.letters.samples.get((spelling(name).core, slot.place + slot.style))
            if slot.is_generic and dim is not None:
                free.setdefault(slot.index.name, dim)
        components = self._components(name, free)
        try:
            return self._define_as(name, arguments, link, components, free)
        except NotAnEntry:
            return self._define_as(name, arguments, link, (), free)

    def _define_members(self, name: syntax.Name, link: Link) -> bool | None:
        r"""`x = (1, 2, 3)^\top` where the document knows the x_i: the numbers of all; None for any other array."""
        families = self.theory.names.families.get(spelling(name).core, [])
        if slots_of(name) or len(families) != 1 or len(families[0].slots) != 1 or families[0].shape != Shape():
            return None
        (family,), (slot,) = families, families[0].slots
        dim = self.theory.letters.samples.get((family.core, slot.place + slot.style))
        numbers = elaborate(link.right, self.theory.scope())[0].term
        if dim is None or not slot.is_generic or not numbers.shape.is_vector:
            return None
        if any(value.symbol.name == family_name(family) for value in self.theory.values):
            return False
        if not self._sized(Shape(dim), Shape(numbers.shape.rows)):
            raise Unread(f"there are {numbers.shape.rows} of them here, and another number above", link.right.span)
        letter = slot.index.name
        symbol = Symbol(
            name=family_name(family), declared=Shape(), indices=(slot.index,), latex_name=template(family), style="%"
        )
        entry = nodes.Component((numbers,), slot.index)
        self.theory.values.append(Definition(symbol, entry, (), {letter: dim}))
        return True

    def _define_as(self, name, arguments, link: Link, components: tuple[str, ...], free: Mapping[str, Dim]) -> bool:
        """Define a name whose index letters are entries (`components`) or say which member it is."""
        theory, right = self.theory, link.right
        use = theory.names.match(name)
        family = use.family if use is not None else self.new_family(name, components)
        layered = layer_letters(self.theory, right) | self._own_layer_letters(name, family)
        layered -= {index.name for part in components if (index := parse_index(part)) is not None}
        values = range(theory.layers.first - 1, theory.layers.last + 2)
        if len(layered) > 1:
            raise Unread("a definition with more than one generic index is not read", name.span)
        instances = [{next(iter(layered)): value} for value in values] if layered else [{}]
        if layered and self._has_last_of_its_own(name, link, next(iter(layered))):
            instances = [layers for layers in instances if theory.layers.last not in layers.values()]
        made = False
        problem: Exception | None = None
        for layers in instances:
            try:
                made |= self._define_once(name, family, link, components, free, layers, arguments is not None)
            except (Missing, Undeclared) as missing:
                problem = missing
        known = any(d.symbol.name == family_name(family) for d in (*theory.definitions, *theory.values))
        if not made and problem is not None and not known:
            raise problem
        return made

    def _has_last_of_its_own(self, name: syntax.Name, link: Link, letter: str) -> bool:
        """Whether another line defines the last layer, and not as this one does."""
        other = self._last_layers.get(name.core)
        return other is not None and other is not link and with_letter(link.right, letter, LAST) != other.right

    @cached_property
    def _last_layers(self) -> dict[str, Link]:
        return last_layers(self.links, self.theory)

    def _own_layer_letters(self, name: syntax.Name, family: Family) -> set[str]:
        own = {slot.place + slot.style: slot.index for slot in slots_of(name)}
        found = set()
        for slot in family.slots:
            index = own.get(slot.place + slot.style)
            if index is None or not index.name or index.name in self.theory.last_names or slot.index is None:
                continue
            if self.theory.letters.kind((family.core, slot.place + slot.style)) == "layer":
                found.add(index.name)
        return found

    def free_letters(self, right: syntax.Node, layers: Mapping[str, int] | None = None) -> dict[str, Dim]:
        """Index letters that no sum binds, with how far they run as components or over examples."""
        bound = bound_letters(right)
        found: dict[str, Dim] = {}
        scope = self.theory.scope(layers=dict(layers or {}))
        for node in syntax.walk(right):
            for letter in letters_in(node):
                if letter in bound or letter in found or letter.partition("_")[0] in self.theory.class_numbers:
                    continue
                dim = infer_range(letter, node, scope) or self.theory.sample_range(node, letter)
                if dim is not None:
                    found[letter] = dim
        return found

    def _entry_letters(self, name: syntax.Name) -> dict[str, Dim]:
        """The letters of an entry of what is declared, with the axes that they count: i and j of `W_{ij}`."""
        use = self.theory.names.match(name)
        if use is None or use.family.shape is None or not 0 < len(use.components) <= 2:
            return {}
        shape = use.family.shape
        axes = (shape.rows, shape.cols) if len(use.components) == 2 or shape.cols == ONE else (shape.cols,)
        indices = [parse_index(part) for part in use.components]
        pairs = zip(indices, axes, strict=False)
        return {index.name: axis for index, axis in pairs if index is not None and index.name and not index.offset}

    def _components(self, name: syntax.Name, free: Mapping[str, Dim]) -> tuple[str, ...]:
        """The index letters of a left side that name the entries of a vector or matrix."""
        use = self.theory.names.match(name)
        if use is not None:
            return use.components
        if spelling(name).core in self.totals:
            return ()  # a member, and no entry
        parts = split_components(name.sub.text) if name.sub is not None else None
        if not parts:
            return ()
        letters = [parse_index(part) for part in parts]
        component = all(index is not None and index.name in free and not index.offset for index in letters)
        return parts if component else ()

    def _define_once(
        self, name, family: Family, link: Link, components, free, layers: Mapping[str, int], function: bool
    ) -> bool:
        theory, right = self.theory, link.right
        here = {**free, **self.free_letters(right, layers)} if layers else free  # n_l is n_2 at l = 2
        ranges = {letter: dim.at(layers) for letter, dim in here.items() if letter not in layers}
        scope = theory.scope(layers=dict(layers), ranges=ranges)
        indices = self.indices(name, family, scope)
        self._in_range(family, indices, layers)
        symbol = Symbol(name=family_name(family), indices=indices)
        known = next((d for d in (*theory.definitions, *theory.values) if d.symbol.key == symbol.key), None)
        if known is not None:
            self._tell_apart(known, name, components, ranges)
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
        if shape.is_scalar and is_zero(alternative.term):  # `h_0 = 0` for a vector
            whole = known or (self._beside(name) if starts(theory, name, indices, alternative.term) else None)
            if whole is not None:
                alternative, shape = alternative.with_term(array("0", whole, right.span)), whole
        is_value = not (components or ranges or link.given) and _is_number(alternative.term)
        if alternative.term == BIAS and any(index.is_number and not index.offset for index in indices):
            is_value = False
        is_value = is_value and not starts(theory, name, indices, alternative.term)
        if known is None:
            theory.names.add(replace(family, shape=_generic(shape, family, indices)))
        elif known != shape:
            if not (is_value and self._sized(known, shape)):
                self._unify(known, shape, right.span)
            shape = known
        symbol = Symbol(name=symbol.name, declared=shape, indices=indices, latex_name=template(family), style="%")
        definition = Definition(symbol, alternative.term, components, ranges, alternative.notes)
        if is_value:
            theory.values.append(definition)
            return True
        theory.definitions.append(definition)
        if any(not index.is_number for index in indices):
            theory.samples[symbol.name] = tuple(ranges.get(index.name, ONE) for index in indices if index.name)
        if pairwise(alternative.term, frozenset(theory.scores)):
            theory.scores.add(symbol.name)
        self._learn_loss(name)
        return True

    def _beside(self, name: syntax.Name) -> Shape | None:
        """The shape of the members of a recurrence that only the lines about them tell."""
        scopes = ((link, self.theory.scope(ranges=self.free_letters(link.right))) for link in self.links)
        return shape_beside(name, scopes)

    def _tell_apart(self, known: Definition, name: syntax.Name, components, ranges: Mapping[str, Dim]) -> None:
        r"""Two definitions for the entries of one name: `a_j` of one layer and `a_k` of the next are two vectors.

        Raises:
            TwoVectors: they have different lengths.
        """
        if len(known.components) != 1 or len(components) != 1 or name.core in self.theory.split:
            return
        letters = [parse_index(part) for part in (*known.components, *components)]
        if None in letters or letters[0] == letters[1] or known.symbol.name != name.core:
            return
        here = ranges.get(letters[1].name)
        if here is not None and merged(Shape(here), self.theory.same).rows != known.symbol.shape.rows:
            raise TwoVectors(name.core)

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
            return self.make_one(left.cols, right.rows)
        pairs = [(a, b) for a, b in ((left.rows, right.rows), (left.cols, right.cols)) if a != b]
        return bool(pairs) and all(self.make_one(a, b) for a, b in pairs)

    def make_one(self, a: Dim, b: Dim) -> bool:
        """Make two named dimensions one: what both are called by now, so that no name comes to stand for itself."""
        a, b = (renamed(dim, self.theory.same) for dim in (a, b))
        if a == b:
            return True
        if any(len(dim.monomials) != 1 or len(list(dim.names())) != 1 for dim in (a, b)):
            return False
        for old, new in ((b, a), (a, b)):
            (name,) = old.names()
            if old.monomials[0][1] == 1 and name not in new.names():  # h = 2 k says what h is, and not what k is
                self.theory.same[name] = new
                return True
        return False

    def _in_range(self, family: Family, indices: tuple[Index, ...], layers: Mapping[str, int]) -> None:
        first, last = self.theory.layers.first, self.theory.layers.last
        if layers and any(index.is_number and not first <= index.offset <= last for index in indices):
            raise Missing(family.written)

    def indices(self, name: syntax.Name, family: Family, scope: Scope) -> tuple[Index, ...]:
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
        return family.shape.at({**dict.fromkeys(self.theory.last_names, self.theory.layers.last), **numbers})

    def _sized(self, known: Shape, found: Shape) -> bool:
        """Learn how large dimensions are in an example from numbers written out; False if they do not fit."""
        learned: dict[str, int] = {}
        for a, b in ((known.rows, found.rows), (known.cols, found.cols)):
            if a == b:
                continue
            names, size = list(a.names()), b.size({})
            if len(names) != 1 or a != Dim.of(names[0]) or {**self.theory.sizes, **learned}.get(names[0], size) != size:
                return False
            learned[names[0]] = size
        self.theory.sizes.update(learned)
        return True

    def _unify(self, known: Shape, found: Shape, span: Span) -> None:
        for a, b in ((known.rows, found.rows), (known.cols, found.cols)):
            if a != b and not self.make_one(a, b):
                raise Unread(f"is declared {known}, and the right side is {found}", span)

    def _learn_function(self, name: syntax.Name, arguments: syntax.Group, right: syntax.Node) -> None:
        parameters = [written(part) if isinstance(part, syntax.Name) else None for part in arguments.parts]
        if None in parameters:
            return
        used = {spelling(n).core for n in syntax.walk(right) if isinstance(n, syntax.Name)}
        index = name.sub.body if name.sub is not None else None
        if isinstance(index, syntax.Name) and spelling(index).core in used - set(parameters):
            parameters = [written(index), *parameters]  # p_x(beta)
        indexed = name.sub is not None
        function = UserFunction(tuple(parameters), right, names=arguments.parts, indexed=indexed)
        self.theory.calls.setdefault(call_key(name), function)

    def _learn_loss(self, name: syntax.Name) -> None:
        last = self.theory.definitions[-1].symbol
        if not last.is_scalar:
            return
        if self.is_loss(name):
            self.theory.loss = last

    def is_loss(self, name: syntax.Name) -> bool:
        """Whether a name is the declared loss, or without one is spelled as losses are."""
        if self.statements.declared.loss is None:
            return name.base in LOSS_NAMES or "mathcal" in name.fonts
        declared = self.statements.name(self.statements.declared.loss)
        return isinstance(declared, syntax.Name) and written(declared) == written(name)


def _is_number(term: Term) -> bool:
    """Whether a term is a number or numbers written out, with nothing in it that has a value of its own."""
    return is_zero(term) or all(isinstance(node, nodes.Number | nodes.Neg | Block) for node in term.walk())


def _occurs(term: Term, letter: str) -> bool:
    """Whether an index letter occurs free in a term."""
    if getattr(term, "index", None) == letter:
        return False
    for _, value in term.parts():
        values = value if isinstance(value, tuple) else (value,)
        if any(isinstance(index, Index) and index.name == letter for index in values):
            return True
    return any(_occurs(arg, letter) for arg in term.args)


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
            if atom.index != NO_INDEX and atom.index.is_number
            else atom
            for atom in monomial
        )
        monomials.append((atoms, factor))
    return Dim(tuple(monomials))

