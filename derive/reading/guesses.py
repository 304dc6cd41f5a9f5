"""What a document leaves out and its definitions cannot go on without: shapes and inputs, guessed from the rest.

From the surest to the boldest: the first member of a recurrence, shapes from what stands beside a name, the input of
a network from its first weights, and letters of which nothing is known in a document without any vector.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from derive.reading import syntax
from derive.reading.elaborate import Missing
from derive.reading.errors import Unread
from derive.reading.functions import is_function
from derive.reading.inference import Inference
from derive.reading.knowledge import Learned, Link, Theory
from derive.reading.names import Family, slots_of, spelling
from derive.reading.notation import head, letters_in, ungrouped
from derive.reading.symbols import family_name, written
from derive.terms.dims import ONE, Dim
from derive.terms.indices import Index
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape

_OF_ARRAYS = frozenset({"softmax", "tr", "Tr", "trace", "det", "\\det", "diag", "vec", "argmax"})
LOSS_NAMES = ("L", "J", "E", "C", "\\ell", "MSE", "loss", "Loss")


class Defining(Protocol):
    """What guesses need of what makes the definitions."""

    theory: Theory

    @property
    def links(self) -> list[Link]: ...

    def free_letters(self, right: syntax.Node, layers: Mapping[str, int] | None = None) -> dict[str, Dim]: ...

    def new_family(self, name: syntax.Name, components: tuple[str, ...]) -> Family: ...

    def indices(self, name: syntax.Name, family: Family, scope) -> tuple[Index, ...]: ...

    def is_loss(self, name: syntax.Name) -> bool: ...


@dataclass
class Guesses:
    """Makes guesses for the definitions of one document."""

    definer: Defining
    fresh: int = 0  # dimensions that the text does not name

    @property
    def theory(self) -> Theory:
        return self.definer.theory

    @property
    def links(self) -> list[Link]:
        return self.definer.links

    def guess(self, waiting: list[Link]) -> bool:
        """What the text leaves out, where these definitions cannot go on without it; whether anything was found."""
        if self._bases(waiting) or any(self._shapes(link) for link in waiting):
            return True
        if any(self._input(link) for link in waiting):
            return True
        return self._is_of_numbers and any(self._numbers(link) for link in waiting)

    @cached_property
    def _called(self) -> frozenset[str]:
        r"""Cores of names before an argument, `\mathrm{GELU}(x)`, `u_\theta(x)`: those of functions, and no factors."""
        found = set()
        for node in (node for link in self.links for side in (link.left, link.right) for node in syntax.walk(side)):
            for name, group in itertools.pairwise(node.items if isinstance(node, syntax.Product) else ()):
                if not isinstance(name, syntax.Name) or not isinstance(group, syntax.Group) or group.opening != "(":
                    continue
                word = name.base.isalpha() and len(name.base) > 1
                marked = name.sub is not None or name.base[:1].isupper()
                if word or (marked and len(group.parts) == 1 and isinstance(group.inner, syntax.Name)):
                    found.add(name.core)
        return frozenset(found)

    @cached_property
    def _is_of_numbers(self) -> bool:
        """Whether nothing here is a vector or matrix: no capital but a loss, no bold letter, no transpose."""
        if any(learned.how in ("front matter", "text") for learned in self.theory.learned):
            return False  # who declares one name means to declare them all
        heads = (head(link.left)[0] for link in self.links if link.relation in ("=", ":="))
        if not any(name is not None and self.definer.is_loss(name) for name in heads):
            return False
        known = {family.shape for families in self.theory.names.families.values() for family in families}
        if any(shape is not None and not shape.is_scalar for shape in known):
            return False
        for node in (node for link in self.links for side in (link.left, link.right) for node in syntax.walk(side)):
            entrywise = isinstance(node, syntax.Sign) and node.name == "odot"
            norm = isinstance(node, syntax.Group) and node.opening == "norm"
            if entrywise or norm or isinstance(node, syntax.Matrix | syntax.Nabla):
                return False
            if not isinstance(node, syntax.Name) or node.base in LOSS_NAMES:
                continue
            capital = node.base.lstrip("\\")[:1].isupper() and (len(node.base) == 1 or node.base.startswith("\\"))
            if capital or node.fonts or spelling(node).transposed or "vec" in node.accents or node.base in _OF_ARRAYS:
                return False
        return True

    def _numbers(self, link: Link) -> bool:
        """Letters of which nothing is known, in a document of numbers, are numbers."""
        scope = self.theory.scope(ranges=self.definer.free_letters(link.right))
        learned = False
        for name in syntax.walk(link.right):
            plain = isinstance(name, syntax.Name) and not name.primes and name.sup is None and name.base != "e"
            if plain and (name.sub is None or not letters_in(name)) and not is_function(name, scope):
                learned |= self._learn_inferred(name, Shape(), link)
        return learned

    def _input(self, link: Link) -> bool:
        r"""The x of `a^{[0]} = x`, from the matrix that stands before `a^{[l-1]}` one layer up."""
        left, right = ungrouped(link.left), ungrouped(link.right)
        if not isinstance(left, syntax.Name) or not isinstance(right, syntax.Name):
            return False
        own = [slot for slot in slots_of(left) if slot.index is not None and slot.index.is_number]
        if len(own) != 1 or self.theory.names.match(right) is not None:
            return False
        for matrix, after in self._factors():
            slots = [slot for slot in slots_of(after) if slot.place == own[0].place and slot.is_generic]
            use = self.theory.names.match(matrix) if slots and spelling(after).core == spelling(left).core else None
            if use is None or use.family.shape is None or use.transposed or use.components:
                continue
            if {index.name for index in use.indices if index.name} == {slots[0].index.name}:
                layer = own[0].index.offset - slots[0].index.offset
                shape = use.family.shape.at(dict.fromkeys(use.family.letters, layer))
                return self._learn_inferred(right, Shape(shape.cols), link)
        return False

    def _factors(self) -> Iterator[tuple[syntax.Name, syntax.Name]]:
        """Names beside each other in products, of all that the document says."""
        for link in self.links:
            for node in syntax.walk(link.right):
                items = node.items if isinstance(node, syntax.Product) else ()
                pairs = itertools.pairwise(items)
                yield from ((a, b) for a, b in pairs if isinstance(a, syntax.Name) and isinstance(b, syntax.Name))

    def _bases(self, waiting: list[Link]) -> bool:
        r"""The first member of a recurrence: with `h_t = \sigma(W h_{t-1})` alone, h_0 is an input."""
        theory = self.theory
        defined = {definition.symbol.name for definition in (*theory.definitions, *theory.values)}
        found = set()
        nodes = (node for link in waiting for node in syntax.walk(link.right))
        for name in (node for node in nodes if isinstance(node, syntax.Name)):
            use = theory.names.match(name)
            if use is None or use.family.shape is None:
                continue
            before = any(index.name and index.offset < 0 for index in use.indices)
            if before and family_name(use.family) in theory.heads - defined:
                found.add(family_name(use.family))
        new = found - theory.bases
        theory.bases |= new
        return bool(new)

    def _shapes(self, link: Link) -> bool:
        """Shapes of undeclared symbols from what stands beside them."""
        theory = self.theory
        name, arguments = head(link.left)
        values: dict[str, Term] = {}
        if arguments is not None and not self.definer.is_loss(name) and not (values := self._parameters(arguments)):
            return False  # nothing is known of its parameters
        free = self.definer.free_letters(link.right)
        use = theory.names.match(name)
        expected = use.family.shape if use is not None and not use.components and not use.indices else None
        inference = Inference(theory.scope(ranges=free, values=values), self.fresh)
        try:
            inference.learn(link.right, expected)
        except (Unread, Missing):
            return False
        learned = False
        for found, shape in inference.found.items():
            learned |= self._learn_inferred(found, shape, link)
        self.fresh = inference.fresh
        return learned

    def _parameters(self, arguments: syntax.Group) -> dict[str, Term]:
        r"""The parameters of a function as members of what is declared: the x of `h(x)` is one of the `x^{(i)}`."""
        found: dict[str, Term] = {}
        for part in arguments.parts:
            families = self.theory.names.families.get(part.core, []) if isinstance(part, syntax.Name) else []
            shapes = {family.shape for family in families if family.slots and family.shape is not None}
            if len(shapes) != 1:
                return {}
            found[written(part)] = Symbol(name=part.core, declared=shapes.pop())
        return found

    def _learn_inferred(self, name: syntax.Name, shape: Shape, link: Link) -> bool:
        family = self.definer.new_family(name, ())
        if name.core in self._called:
            return False
        if self.theory.names.match(name) is not None or family_name(family) in self.theory.heads:
            return False
        if family.slots and self._is_part_of_matrix(family):
            return False  # whether x_i is a row of X or a column, nobody has said
        if any(slot.is_generic and not self.theory.sample_range(name, slot.index.name) for slot in family.slots):
            return False  # a member of a family over layers has a shape of its own in each of them
        if family_name(family) in self.theory.numbers:
            shape = Shape()
        if shape.is_scalar and (whole := self._vector_of(name, family)) is not None:
            family, shape = replace(family, slots=(), written=name.core), whole
        self.theory.names.add(replace(family, shape=shape))
        self.theory.dimensions.update(n for dim in (shape.rows, shape.cols) for n in dim.names() if "'" not in n)
        indices = self.definer.indices(name, family, self.theory.scope())
        self.theory.literal.add(Symbol(name=family_name(family), indices=indices).key)
        self.theory.learned.append(Learned(family.written, shape, "inferred", link.source, name.span, name.core))
        return True

    def _vector_of(self, name: syntax.Name, family: Family) -> Shape | None:
        r"""The vector whose entries numbers are: y of the $y_k$ beside $p_k$, where p is a vector of that length."""
        (slot, *others) = family.slots or (None,)
        if slot is None or others or slot.place != "sub" or slot.style or not slot.is_generic:
            return None
        rows = self.theory.sample_range(name, slot.index.name)
        shapes = {other.shape for found in self.theory.names.families.values() for other in found if not other.slots}
        return Shape(rows) if Shape(rows) in shapes - {Shape()} else None

    def _is_part_of_matrix(self, family: Family) -> bool:
        capitals = self.theory.names.families.get(family.core.upper(), []) if family.core.islower() else []
        return any(other.shape is not None and ONE not in (other.shape.rows, other.shape.cols) for other in capitals)
