r"""Declarations to names: shapes and assumptions, functions, gradients; from front matter and from the text.

`x \in \mathbb{R}^d` in a sentence says the same as `x: d` in the front matter. What both say must agree.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from derive.reading import syntax
from derive.reading.assumed import assumption
from derive.reading.dimensions import LARGEST_DIMENSION, dim_of, product_of
from derive.reading.elaborate import Missing
from derive.reading.elementwise import ARGUMENT, recognized
from derive.reading.errors import DocumentError, Unread
from derive.reading.frontmatter import Entry
from derive.reading.functions import ALIASES, function_key, generic_key
from derive.reading.knowledge import Learned, Link, Theory
from derive.reading.letters import letters_bound, unlimited
from derive.reading.names import Family, glued, letter_pair, slots_of, spelling
from derive.reading.notation import head, ungrouped
from derive.reading.readings import Rewrite, UserFunction, nabla_key, one
from derive.reading.statements import Statements
from derive.reading.symbols import assumption_key, dim_text, family_name, merged, written
from derive.terms.dims import ONE, Dim
from derive.terms.nodes import Symbol
from derive.terms.shapes import Shape

# Words behind a shape, and what they say of the entries. `index K` is a class number from 1 to K.
ASSUMPTIONS = ("symmetric", "positive", "one-hot", "0/1", "-1/1")

_WHOLE_NUMBERS = ("N", "Z", "\\N", "\\Z")
_REALS = ("R", "\\R", "\\Reals", "\\reals", "\\RR", "ℝ")
_PARENTHESES = re.compile(r"[()]")


@dataclass
class Waiting:
    """A name declared to stand for the gradient of another one, which may be defined later."""

    name: syntax.Node
    target: syntax.Node
    key: Entry


@dataclass
class Assumed:
    """What the entries of a name keep to; `entry` is where a declaration says so."""

    name: syntax.Name
    words: set[str]
    entry: Entry | None = None


@dataclass
class Declaring:
    """Takes declarations into a theory."""

    statements: Statements
    theory: Theory
    waiting: list[Waiting] = field(default_factory=list)
    assumed: list[Assumed] = field(default_factory=list)

    def declare(self) -> None:
        """Everything that the front matter says. Raises DocumentError."""
        declared = self.statements.declared
        for key, value in declared.shapes:
            self._shape_of(key, value)
        for key, value in declared.functions:
            self._function(key, value)
        for link in self.statements.links:
            if link.relation == "in":
                self._member_of(link)
        for link in self.statements.links:
            self._noted(link)
            self._said_of_an_input(link)
            self._bounded(link)
        self._entries_of_vectors()
        for chain, entry in self.statements.given:
            if not (self._assumption(chain, entry) or self._last_layer(chain) or self._rewrite(chain)):
                self.statements.add(chain, entry.source, given=True)
        for key, value in declared.gradients:
            name, target = self.statements.name(key), self.statements.name(value)
            self.waiting.append(Waiting(name, target, key))
            nabla = nabla_key(name)
            if nabla is not None and isinstance(target, syntax.Name):
                self.theory.nablas[nabla] = target

    # ------------------------------------------------------------ shapes

    def _shape_of(self, key: Entry, value: Entry) -> None:
        node = self.statements.name(key)
        if not isinstance(node, syntax.Name):
            message = f"front matter: expected the name of a symbol, found {key.text}"
            raise DocumentError(message, key.span, key.source)
        shape, words, classes = read_shape(value)
        self._learn_dimensions(shape)
        if classes is not None:
            self._learn_dimensions(Shape(classes))
            self.theory.class_numbers[spelling(node).core] = classes
        self._learn(node, shape, Learned(key.text, shape, "front matter", key.source, key.span, node.core))
        self.assumed.append(Assumed(node, words, value))

    def _learn(self, node: syntax.Name, shape: Shape, learned: Learned) -> None:
        found = spelling(node)
        slots = slots_of(node)
        slots = tuple(glued(slot, self._bounds, letters=shape.is_scalar) for slot in slots)
        pair = letter_pair(slots[-1]) if shape.is_scalar and slots else ()
        if pair and set(pair) <= self._bounds.keys():
            shape = Shape(*(self._bounds[letter] for letter in pair))
            slots = slots[:-1]
            self._learn_dimensions(shape)
        family = Family(found.core, found.fonts, slots, shape, learned.written)
        self.theory.names.add(family)
        if family.slots and all(slot.index is not None and slot.index.is_number for slot in family.slots):
            indices = tuple(slot.index for slot in family.slots)
            self.theory.literal.add(Symbol(name=family_name(family), indices=indices).key)
        self.theory.learned.append(learned)

    def _entries_of_vectors(self) -> None:
        r"""`t_n: scalar` beside `\mathbf{t}: N`: the numbers are the entries of the vector."""
        for core, families in self.theory.names.families.items():
            whole = [family for family in families if not family.slots and family.shape.is_vector]
            for family in families if whole else ():
                (slot, *others) = family.slots or (None,)
                entry = slot is not None and not others and slot.place == "sub" and slot.is_generic
                if entry and family.shape.is_scalar:
                    self.theory.names.families[core] = [other for other in families if other is not family]

    @cached_property
    def _bounds(self) -> Mapping[str, Dim]:
        """The letters that sums and products of the document bind, with how far they run."""
        chains = [chain for chain, _ in self.statements.given]
        sides = [*chains, *(side for link in self.statements.links for side in (link.left, link.right))]
        found: dict[str, Dim] = {}
        for node in (node for side in sides for node in syntax.walk(side) if isinstance(node, syntax.Big)):
            upper = node.upper.text.replace("\\", "") if node.upper is not None else ""
            known = self._count(upper) if upper not in self.theory.last_names else None
            if known is not None:
                found |= dict.fromkeys(letters_bound(node), known)
        return unlimited(sides) | found

    def _count(self, text: str) -> Dim | None:
        if re.fullmatch(r"[0-9]{1,9}", text):
            return Dim.of(int(text))
        return Dim.of(dim_text(text)) if re.fullmatch(r"[A-Za-z](_\w+)?", text) else None

    def _learn_dimensions(self, shape: Shape) -> None:
        for dim in (shape.rows, shape.cols):
            self.theory.dimensions.update(re.sub(r"[{}]", "", name) for name in dim.names())

    # ------------------------------------------------------------ declarations in the text

    def _member_of(self, link: Link) -> None:
        r"""`x \in \mathbb{R}^d`: what stands on the left has this shape, if it is a name that is not known yet."""
        name, found = ungrouped(link.left), set_of(link.right)
        if not isinstance(name, syntax.Name) or name.primes or found is None:
            return
        shape, words, classes = found
        known = self.theory.names.match(name)
        if known is not None:
            # The front matter has said the shape already, or another sentence.
            self.theory.assumptions.setdefault(known.family.core, set()).update(words & {"-1/1", "positive"})
            return
        self._learn_dimensions(shape)
        if classes is not None:
            self._learn_dimensions(Shape(classes))
            self.theory.class_numbers[spelling(name).core] = classes
        text = link.source.text[slice(*name.span)]
        self._learn(name, shape, Learned(text, shape, "text", link.source, link.span, name.core))
        self.assumed.append(Assumed(name, words))

    def _said_of_an_input(self, link: Link) -> None:
        r"""`A = A^T`, `\sum_k y_k = 1` or `\|u\| = 1` in the text: what an input is; of anything else a claim."""
        chain = syntax.Chain((link.left, link.right), ("=",), span=link.span)
        found = assumption(chain, self.theory.names) if link.relation == "=" and not link.unread else None
        if found is None or (found.word in ("symmetric", "unit") and self._in_front_matter(found.name)):
            return
        own, _ = head(link.left)
        if self._heads[found.name.core] == (own is not None and own.core == found.name.core):
            self.assumed.append(Assumed(found.name, {found.word}))
            self.theory.stated.add((link.statement, link.number))

    @cached_property
    def _heads(self) -> Counter[str]:
        """How many lines have a name on their left side, by its core: all that may define it."""
        links = (link.left for link in self.statements.links if link.relation in ("=", ":="))
        names = (head(left)[0] for left in (*links, *(chain.sides[0] for chain, _ in self.statements.given)))
        return Counter(name.core for name in names if name is not None)

    def _in_front_matter(self, name: syntax.Name) -> bool:
        return any(learned.core == name.core for learned in self.theory.learned if learned.how != "text")

    def _bounded(self, link: Link) -> None:
        r"""`a rate \eta > 0`: what an input is like. Nothing is assumed of it: `for z > 0` is said of one case only."""
        name, bound = ungrouped(link.left), ungrouped(link.right)
        if link.relation not in (">", ">=", "<", "<=") or link.unread or not isinstance(bound, syntax.Number):
            return
        if not isinstance(name, syntax.Name) or name.primes or name.sub is not None or name.sup is not None:
            return
        if self._heads[name.core]:
            return
        self.theory.stated.add((link.statement, link.number))
        if self.theory.names.match(name) is None and name.core not in self.theory.dimensions:
            text = link.source.text[slice(*name.span)]
            self._learn(name, Shape(), Learned(text, Shape(), "text", link.source, link.span, name.core))

    def _noted(self, link: Link) -> None:
        r"""`\underbrace{W_1}_{h \times d}`: a name with its shape below a brace, where nothing else says it."""
        for side in (link.left, link.right):
            for name in syntax.walk(side):
                if not isinstance(name, syntax.Name) or not name.note or name.base in ("1", "\\delta"):
                    continue  # ones, and the gradient by a pre-activation
                found = spelling(name)
                if name.primes or (found.sup is not None and not found.transposed) or self.theory.names.match(name):
                    continue
                try:
                    shape = Shape.of(name.note.replace("\\times", " x ").replace("\\", ""))
                except ValueError:
                    continue
                plain = replace(name, sup=None) if found.transposed else name
                shape = shape.T if found.transposed else shape
                self._learn_dimensions(shape)
                text = link.source.text[slice(*name.span)]
                self._learn(plain, shape, Learned(text, shape, "text", link.source, name.span, name.core))

    # ------------------------------------------------------------ functions

    def _function(self, key: Entry, value: Entry) -> None:
        node = self.statements.name(key)
        index = None
        if isinstance(node, syntax.Product) and len(node.items) == 2 and isinstance(node.items[1], syntax.Group):
            node, index = node.items[0], f"[{key.source.text[slice(*node.items[1].inner.span)]}]"  # g[1]
        if not isinstance(node, syntax.Name):
            message = f"front matter: expected the name of a function, found {key.text}"
            raise DocumentError(message, key.span, key.source)
        found = spelling(node)
        known = ALIASES.get(value.text.strip().lstrip("\\"))
        if known is None:
            if "\\" not in value.text and re.fullmatch(r"[\w -]+", value.text.strip()):
                self._unknown_function(value)
            self._written_function(node, value)
            return
        sup = index or found.sup
        self.theory.functions[function_key(found.core, found.sub, sup)] = known
        if found.sub or sup:
            self.theory.functions.setdefault(generic_key(found.core, found.sub, sup), known)

    def _unknown_function(self, value: Entry) -> None:
        near = difflib.get_close_matches(value.text.strip(), ALIASES, 1)
        if not near and len(value.text.strip()) == 1:
            return  # a letter: a function of itself, `f: z`
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(set(ALIASES.values())))}"
        raise DocumentError(f"front matter: there is no function {value.text}; {hint}", value.span, value.source)

    def _written_function(self, name: syntax.Name, value: Entry) -> None:
        r"""`f: \max(0, z)`: a function of the one letter in it."""
        body = self.statements.name(value)
        letters = {n.base for n in syntax.walk(body) if isinstance(n, syntax.Name) and n.base not in ALIASES}
        functions = {key.text.strip() for key, _ in self.statements.declared.functions}
        letters -= {"e", "max", "min", "\\pi", *functions}
        if len(letters) != 1:
            message = f"front matter: expected a function of one variable, found {value.text}"
            raise DocumentError(message, value.span, value.source)
        function = UserFunction((letters.pop(),), body, elementwise=True)
        found = spelling(name)
        known = self._recognized(function)
        if known is not None:
            self.theory.functions[function_key(found.core, found.sub, found.sup)] = known
        else:
            self.theory.calls[found.core] = function

    def _recognized(self, function: UserFunction) -> str | None:
        """The known function that a written one is: sigma for `1 / (1 + e^{-z})`."""
        try:
            scope = self.theory.scope(values={function.parameters[0]: ARGUMENT})
            return recognized(one(function.body, scope))
        except (Unread, Missing):
            return None

    # ------------------------------------------------------------ given

    def _last_layer(self, chain: syntax.Chain) -> bool:
        r"""`L = 3`, `\tau = 3` under `given`, where the name is no symbol: how far a generic index runs."""
        if len(chain.sides) != 2 or chain.relations[0] not in ("=", ":="):
            return False
        name, number = chain.sides
        if not isinstance(name, syntax.Name) or not isinstance(number, syntax.Number):
            return False
        loss = self.statements.declared.loss
        indexed = name.sub is not None and written(name) == "n_l"
        if name.sup or not (indexed or (name.sub is None and name.base in ("L", "T", "\\tau"))):
            return False
        if loss is not None and loss.text.strip() == name.base:
            return False
        if self.theory.names.match(name) is not None or number.value.denominator != 1 or not 2 <= number.value <= 20:
            return False
        letter = "n_l" if indexed else name.base.lstrip("\\")
        layers = self.theory.layers
        self.theory.last_names.add(letter)
        self.theory.layers = type(layers)(layers.index, layers.first, int(number.value))
        return True

    def _rewrite(self, chain: syntax.Chain) -> bool:
        r"""`H_w E(w) = ...`, `W' = W^T`: notation that the document gives a meaning as a whole."""
        if len(chain.sides) != 2 or chain.relations[0] not in ("=", ":="):
            return False
        left = ungrouped(chain.sides[0])
        if isinstance(left, syntax.Name) and left.primes and left.sub is None and left.sup is None:
            self.theory.rewrites.append(Rewrite((left,), chain.sides[1]))
            return True
        if not isinstance(left, syntax.Product) or any(isinstance(item, syntax.Sign) for item in left.items):
            return False
        first = left.items[0]
        if not isinstance(first, syntax.Name) or len(left.items) < 3 or first.base == "d":
            return False
        if self.theory.names.match(first) is not None:
            return False
        self.theory.rewrites.append(Rewrite(left.items, chain.sides[1]))
        if isinstance(left.items[-1], syntax.Group) and len(left.items) == 3:
            self.theory.rewrites.append(Rewrite(left.items[:-1], chain.sides[1]))
        return True

    def _assumption(self, chain: syntax.Chain, entry: Entry) -> bool:
        r"""`A = A^T`, `\sum_k y_k = 1`, `y_i^2 = 1` under `given`: a relation that the inputs keep."""
        found = assumption(chain, self.theory.names)
        if found is not None:
            self.assumed.append(Assumed(found.name, {found.word}, entry))
        return found is not None

    def assume(self) -> None:
        """Say of the symbols, now that all are known, what they keep to. Raises DocumentError."""
        for assumed in self.assumed:
            for key, family in self._meant(assumed.name):
                shape = family.shape and merged(family.shape, self.theory.same)
                if "symmetric" in assumed.words and assumed.entry is not None and shape and not shape.is_square:
                    message = f"front matter: only a square matrix is symmetric, and {family.written} is {shape}"
                    raise DocumentError(message, assumed.entry.span, assumed.entry.source)
                self.theory.assumptions.setdefault(key, set()).update(assumed.words)

    def _meant(self, name: syntax.Name) -> list[tuple[str, Family]]:
        """(key, family) of the symbol that a name is; where it is none, of all that have its letter."""
        use = self.theory.names.match(name)
        if use is not None:
            return [(assumption_key(use.family, use.indices), use.family)]
        families = self.theory.names.families.get(spelling(name).core, [])
        return [(assumption_key(family), family) for family in families]


# ---------------------------------------------------------------- shapes as texts and as sets


def read_shape(value: Entry) -> tuple[Shape, set[str], Dim | None]:
    """(shape, assumptions, number of classes) of a declared text.

    Raises:
        DocumentError: the text is no shape.
    """
    text = " ".join(_PARENTHESES.sub(" ", value.text).replace("\\", "").replace("×", " x ").split())
    words = [word for word in text.replace(",", " ").split() if word in ASSUMPTIONS]
    classes = None
    try:
        if found := re.search(r"(?:^|\s)index\s+(\S+)$", text):
            classes = Dim.of(found[1])
            text = text[: found.start()].strip()
        rest = " ".join(part for part in text.replace(",", " ").split() if part not in words)
        shape = Shape.of(re.sub(r"\btimes\b", "x", rest) or "scalar")
    except ValueError as error:
        raise DocumentError(f"front matter: {error}{_near_word(text)}", value.span, value.source) from None
    for dim in (shape.rows, shape.cols):
        if any(factor > LARGEST_DIMENSION or (factor < 0 and not monomial) for monomial, factor in dim.monomials):
            message = f"front matter: dimensions are read up to {LARGEST_DIMENSION}, found {value.text}"
            raise DocumentError(message, value.span, value.source)
        if not dim.monomials:
            message = f"front matter: a dimension of 0 has no entries: {value.text}"
            raise DocumentError(message, value.span, value.source)
    return shape, set(words), classes


def _near_word(text: str) -> str:
    for word in text.split():
        near = difflib.get_close_matches(word, (*ASSUMPTIONS, "index", "scalar"), 1)
        if near and len(word) > 3:
            return f"; did you mean {near[0]}?"
    return ""


def set_of(node: syntax.Node) -> tuple[Shape, set[str], Dim | None] | None:
    r"""The shape of a set: `\mathbb{R}^{h \times d}`, `\{0, 1\}^K`, `(0, 1)`, `\{1, \dots, K\}`; else None."""
    node = ungrouped(node)
    if _signed_number(node) == "±1":
        return Shape(), {"-1/1"}, None
    real = isinstance(node, syntax.Name) and node.base in _REALS
    if real and (node.fonts or node.base != "R"):
        positive = node.sub is not None and node.sub.text in ("+", "++", ">0", "\\geq0", "\\ge0")
        if node.sub is not None and not positive:
            return None
        sup = _without_plus(node)
        shape = Shape() if sup is None else _shape_of_exponent(sup.body)
        return None if shape is None else (shape, {"positive"} if positive or sup is not node.sup else set(), None)
    if isinstance(node, syntax.Name) and node.base in _WHOLE_NUMBERS:
        return None
    if isinstance(node, syntax.Group) and node.opening in ("{", "[", "("):
        return _interval(node)
    return None


def _without_plus(node: syntax.Name) -> syntax.Script | None:
    r"""The exponent of `\mathbb{R}^n`, None for `\mathbb{R}` and for `\mathbb{R}^+`."""
    return None if node.sup is None or node.sup.text == "+" else node.sup


def _interval(node: syntax.Group) -> tuple[Shape, set[str], Dim | None] | None:
    shape = Shape() if node.sup is None else _shape_of_exponent(node.sup.body)
    texts = [_signed_number(part) for part in node.parts]
    if shape is None:
        return None
    if node.opening == "{" and sorted(texts) == ["-1", "1"]:
        return shape, {"-1/1"}, None
    if texts == ["0", "1"]:
        return shape, {"0/1"} if node.opening == "{" else {"positive"}, None
    last = node.parts[-1] if len(node.parts) >= 3 and texts[0] == "1" and node.opening == "{" else None
    classes = dim_of(last) if last is not None and node.sup is None else None
    return None if classes is None else (Shape(), set(), classes)


def _signed_number(node: syntax.Node) -> str:
    r"""`1`, `+1`, `-1`, `\pm 1` as a text; "" for all else."""
    if isinstance(node, syntax.Total) and len(node.terms) == 1:
        sign, inner = node.terms[0].sign.replace("+", ""), node.terms[0].term
        return sign + inner.text if isinstance(inner, syntax.Number) else ""
    return node.text if isinstance(node, syntax.Number) else ""


def _shape_of_exponent(node: syntax.Node | None) -> Shape | None:
    r"""`n`, `h \times d`, `d+1`"""
    parts: list[list[syntax.Node]] = [[]]
    for item in node.items if isinstance(node, syntax.Product) else (node,):
        if isinstance(item, syntax.Sign) and item.name == "times":
            parts.append([])
        elif item is not None:
            parts[-1].append(item)
    dims = [product_of([dim_of(item) for item in part]) for part in parts]
    if len(dims) > 2 or any(dim is None for dim in dims):
        return None
    return Shape(dims[0], dims[1] if len(dims) == 2 else ONE)
