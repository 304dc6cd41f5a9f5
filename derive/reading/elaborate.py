"""Notation to terms: what a formula means, given the names that its document knows.

Where a sign or a name can be read in several ways, all conforming readings are kept as alternatives, primary ones first;
an alternative remembers which assumptions it makes. Terms keep the span of what they were read from.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.letters import bound_letter
from derive.reading.names import Family, Names, Use, at_indices, parse_index, spelling, split_components
from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.functions import FUNCTIONS
from derive.terms.indices import Index
from derive.terms.nodes import Symbol, Term, product_shape
from derive.terms.shapes import Misfit, Shape
from derive.terms.written import Block, Compare, Derivative, IndexEquals, ProductOver, Slice, Softmax

# Alternatives of one expression that are followed; more are cut off, primary ones last.
MOST = 12

PRIMARY, SECONDARY = 0, 1
# How a sign may be read, in order: primary readings before secondary ones (DESIGN, "Signs").
READINGS: dict[str, tuple[tuple[str, int], ...]] = {
    "": (("matmul", PRIMARY), ("hadamard", SECONDARY)),
    "cdot": (("matmul", PRIMARY), ("dot", PRIMARY), ("hadamard", SECONDARY)),
    "times": (("matmul", PRIMARY), ("hadamard", SECONDARY)),
    "*": (("matmul", PRIMARY), ("hadamard", PRIMARY)),
    "odot": (("hadamard", PRIMARY),),
    "circ": (("hadamard", PRIMARY),),
    "otimes": (("hadamard", PRIMARY),),
    "bullet": (("hadamard", PRIMARY), ("dot", PRIMARY)),
    "star": (("hadamard", PRIMARY),),
    "/": (("quotient", PRIMARY),),
    "oslash": (("quotient", PRIMARY),),
}
# Signs that bind less tightly than juxtaposition: `W^T d \\odot s` is `(W^T d) \\odot s`.
LOOSE = frozenset({"odot", "circ", "*", "otimes", "bullet", "star", "oslash"})
WORDS = {"matmul": "the matrix product", "hadamard": "the elementwise product", "dot": "the dot product"}

ALIASES = {name: row.name for row in FUNCTIONS.values() for name in (row.name, *row.names)} | {
    "ReLU": "relu",
    "Sigmoid": "sigmoid",
    "sgn": "sign",
}


class Undeclared(Unread):
    """A name that the document neither declares nor defines."""


class Missing(Exception):
    """A member of a family does not exist at the indices in force: the statement has no instance there."""


@dataclass(frozen=True)
class Alternative:
    """One reading of an expression."""

    term: Term
    level: int = PRIMARY
    notes: frozenset[str] = frozenset()

    def with_term(self, term: Term) -> Alternative:
        return replace(self, term=term)


@dataclass(frozen=True)
class UserFunction:
    """A function that the document defines: `h_\\theta(x) = \\theta^T x`."""

    parameters: tuple[str, ...]
    body: syntax.Node


@dataclass(frozen=True)
class GradientName:
    """A declared name for dLoss/dsymbol: its own spelling, and that of the symbol."""

    names: Names
    target: syntax.Name


@dataclass(frozen=True)
class Scope:
    """What names mean where an expression stands.

    Args:
        layers: letters of generic indices with their values here.
        ranges: letters of component and sample indices, with how far they run.
        values: parameters of a function that is being applied.
        exists: whether a member of a family exists, by family and indices.
        note: called with (symbol) for every name that is taken to mean something undeclared.
    """

    names: Names
    functions: Mapping[str, str]
    calls: Mapping[str, UserFunction]
    gradients: tuple[GradientName, ...]
    dimensions: frozenset[str]
    loss: Symbol | None
    layout: Mapping[str, str]
    operators: Mapping[str, str]
    last_layer: int
    layers: Mapping[str, int] = field(default_factory=dict)
    ranges: Mapping[str, Dim] = field(default_factory=dict)
    values: Mapping[str, Term] = field(default_factory=dict)
    exists: Callable[[Symbol], bool] = lambda symbol: True
    shape_of: Callable[[Symbol], Shape | None] = lambda symbol: None
    bare_nabla: Symbol | None = None
    same: Mapping[str, Dim] = field(default_factory=dict)
    nablas: Mapping[tuple[str, str], syntax.Name] = field(default_factory=dict)
    sample_range: Callable[[syntax.Node, str], Dim | None] = lambda node, letter: None

    def match(self, name: syntax.Name) -> Use | None:
        """The known family that a name belongs to, here."""
        return self.names.match(name, {**self.layers, "L": self.last_layer})

    def index(self, text: str, span: syntax.Span) -> Index:
        """An index text in force here: letters of layers become numbers, `L` the last layer."""
        index = parse_index(text)
        if index is None:
            raise Unread(f"`{text}` is no index", span)
        return self.resolve(index)

    def resolve(self, index: Index) -> Index:
        """The index with what is known of its letter."""
        if index.name in self.layers:
            return index.at(self.layers)
        if index.name == "L" and "L" not in self.ranges:
            return Index("", self.last_layer + index.offset)
        return index


def elaborate(node: syntax.Node, scope: Scope) -> list[Alternative]:
    """All readings of an expression, at most MOST, primary ones first.

    Raises:
        Unread: something in it has no meaning; the span says what. Missing: no such member of a family.
    """
    found = _RULES[type(node)](node, scope)
    unique: dict[Term, Alternative] = {}
    for alternative in sorted(found, key=lambda a: (a.level, isinstance(a.term.shape, Misfit))):
        term = alternative.term
        if term.span is None:
            term = replace(term, span=node.span)
        unique.setdefault(term, alternative.with_term(term))
    return list(unique.values())[:MOST]


def one(node: syntax.Node, scope: Scope) -> Term:
    """The first reading of an expression."""
    return elaborate(node, scope)[0].term


def _combine(scope: Scope, parts: Iterable[list[Alternative]], make: Callable[..., Term | None]) -> list[Alternative]:
    """All combinations of the readings of parts; `make` returns None for a combination that has no meaning."""
    result = []
    for chosen in itertools.islice(itertools.product(*parts), 4 * MOST):
        term = make(*(c.term for c in chosen))
        if term is not None:
            notes = frozenset().union(*(c.notes for c in chosen))
            result.append(Alternative(term, max((c.level for c in chosen), default=PRIMARY), notes))
    return result


# ---------------------------------------------------------------- names


def _name(node: syntax.Name, scope: Scope) -> list[Alternative]:
    for text, places in ((written(node), ()), (written(node, {"sub"}), ("sup",)), (node.core, ("sub", "sup"))):
        if text in scope.values and not node.primes:
            return [_parameter(scope.values[text], node, places, scope)]
    use = scope.match(node)
    gradient = _gradient_name(node, scope)
    if gradient is not None:
        return [gradient]
    if use is None:
        return [_known_without_declaration(node, scope)]
    term = _member(use, node, scope)
    if use.primes:
        raise Unread(f"a prime on {use.family.written}, which is no function", node.span)
    return [_dressed(term, use, node, scope)]


def _parameter(value: Term, node: syntax.Name, places: tuple[str, ...], scope: Scope) -> Alternative:
    """A parameter of a function, with the scripts at `places` as components and exponent."""
    alternative = Alternative(value)
    if "sub" in places and node.sub is not None:
        components = split_components(node.sub.text)
        if components is None:
            raise Unread(f"`{node.sub.text}` is no index", node.sub.span)
        alternative = alternative.with_term(_component(value, components, node.span, scope))
    return _powered(alternative, node, scope) if "sup" in places else alternative


def _member(use: Use, node: syntax.Name, scope: Scope) -> Term:
    family = use.family
    indices = tuple(scope.resolve(index) for index in use.indices)
    symbol = Symbol(name=family_name(family), indices=indices, latex_name=family.written, span=node.span)
    shape = scope.shape_of(symbol)
    if shape is None:
        if family.shape is None:
            raise Undeclared(f"the shape of {family.written} is not known", node.span)
        numbers = {
            slot.index.name: index.offset - slot.index.offset
            for slot, index in zip(_index_slots(family), indices, strict=True)
            if slot.is_generic and index.is_number
        }
        shape = _resolved(family.shape.at(numbers), scope)
    symbol = replace(symbol, declared=merged(shape, scope.same))
    if not scope.exists(symbol):
        raise Missing(symbol.key)
    return symbol


def merged(shape: Shape, same: Mapping[str, Dim]) -> Shape:
    """The shape with dimensions that are one written as one."""

    def rename(dim: Dim) -> Dim:
        for _ in range(len(same)):
            names = list(dim.names())
            if len(names) != 1 or names[0] not in same or len(dim.monomials) != 1:
                break
            dim = same[names[0]]
        return dim

    return Shape(rename(shape.rows), rename(shape.cols)) if same else shape


def nabla_key(node: syntax.Node) -> tuple[str, str] | None:
    r"""`\nabla_a C` as (a, C), for names that are declared so."""
    if isinstance(node, syntax.Nabla):
        return (node.by.text if node.by else "", "")
    if isinstance(node, syntax.Product) and len(node.items) == 2 and isinstance(node.items[0], syntax.Nabla):
        nabla, of = node.items
        return (nabla.by.text if nabla.by else "", of.core) if isinstance(of, syntax.Name) else None
    return None


def is_function(name: syntax.Name, scope: Scope) -> bool:
    return _function(name, scope) is not None


def _index_slots(family: Family):
    return [slot for slot in family.slots if slot.index is not None]


def family_name(family: Family) -> str:
    text = "".join(sorted(family.fonts)) + family.core
    for slot in family.slots:
        mark = "^" if slot.place == "sup" else "_"
        text += f"{mark}{slot.style or ''}" if slot.index is not None else f"{mark}{slot.style[:1]}{slot.text}{slot.style[1:]}"
    return text


def _resolved(shape: Shape, scope: Scope) -> Shape:
    """`n_L` is the width of the last layer."""
    return shape.at({"L": scope.last_layer})


def _dressed(term: Term, use: Use, node: syntax.Name, scope: Scope) -> Alternative:
    """Components, exponent and transposition on a symbol."""
    if use.components:
        term = _component(term, use.components, node.span, scope)
    alternative = Alternative(term)
    if use.power is not None:
        alternative = _power(alternative, use.power, scope, node.span)
    if use.transposed:
        alternative = alternative.with_term(nodes.Transpose((alternative.term,), span=node.span))
    return alternative


def _component(term: Term, components: tuple[str, ...], span: syntax.Span, scope: Scope) -> Term:
    if isinstance(term.shape, Misfit):
        return term
    shape = term.shape
    parts = [None if part == ":" else scope.index(part, span) for part in components]
    if len(parts) == 1:
        if shape.cols == ONE:
            return nodes.Component((term,), parts[0], span=span)
        if shape.rows == ONE:
            return nodes.Component((term,), Index("", 1), parts[0], span=span)
        raise Unread("a matrix needs two indices", span)
    row, column = parts
    if row is None or column is None:
        return Slice((term,), row, column, span=span)
    if shape.cols == ONE:
        raise Unread("a vector takes one index", span)
    return nodes.Component((term,), row, column, span=span)


def _powered(alternative: Alternative, node: syntax.Name | syntax.Group, scope: Scope) -> Alternative:
    """The exponent or transposition on something that is no declared name."""
    if isinstance(node, syntax.Name):
        found = spelling(node)
        if found.transposed:
            alternative = alternative.with_term(nodes.Transpose((alternative.term,), span=node.span))
        if found.sup is None:
            return alternative
    return _power(alternative, node.sup, scope, node.span) if node.sup is not None else alternative


def _power(base: Alternative, script: syntax.Script, scope: Scope, span: syntax.Span) -> Alternative:
    """`^2`, `^{-1}`, `^{-1/2}`, `^{(l)}`: entry by entry for vectors, a matrix power for square matrices."""
    if script.body is None:
        raise Unread(f"`{script.text}` is no exponent", script.span)
    exponent = _constant(one(script.body, scope))
    if exponent is None:
        raise Unread(f"the exponent `{script.text}` is not read", script.span)
    if abs(exponent) > 64 or exponent.denominator > 64:
        raise Unread(f"the exponent {exponent} is beyond what is read", script.span)
    shape = base.term.shape
    if isinstance(shape, Shape) and shape.is_square and not shape.is_scalar and exponent.denominator == 1:
        if exponent == -1:
            return base.with_term(nodes.Inverse((base.term,), span=span))
        if 2 <= exponent <= 8:
            return base.with_term(nodes.Product((base.term,) * int(exponent), span=span))
    return base.with_term(nodes.Power((base.term,), exponent, span=span))


def _constant(term: Term) -> Fraction | None:
    """The value of a term of numbers only."""
    match term:
        case nodes.Number():
            return term.value
        case nodes.Neg():
            inner = _constant(term.args[0])
            return None if inner is None else -inner
        case nodes.Quotient():
            over, under = map(_constant, term.args)
            return over / under if over is not None and under else None
        case nodes.Add() | nodes.Product():
            values = [_constant(arg) for arg in term.args]
            if any(value is None for value in values):
                return None
            total = Fraction(isinstance(term, nodes.Product))
            for value in values:
                total = total * value if isinstance(term, nodes.Product) else total + value
            return total
    return None


def _known_without_declaration(node: syntax.Name, scope: Scope) -> Alternative:
    r"""Dimensions as numbers, `e`, `\pi`, the vector of ones, `\delta_{ij}`."""
    found = spelling(node)
    named = found.core.lstrip("\\") + (f"_{found.sub}" if found.sub else "")
    if named in scope.dimensions:
        dim = _resolved(Shape(Dim.of(_dim_text(named))), scope).rows.at(scope.layers)
        return _powered(Alternative(nodes.Size(dim=dim, span=node.span)), replace(node, sub=None), scope)
    if node.base == "e" and node.sup is not None and node.sup.body is not None:
        return Alternative(nodes.Apply((one(node.sup.body, scope),), "exp", span=node.span))
    if node.base == "\\delta" and found.sub and (parts := split_components(found.sub)) and len(parts) == 2:
        left, right = (scope.index(part, node.span) for part in parts)
        return Alternative(IndexEquals((), left, right, span=node.span))
    raise Undeclared(f"{written(node)} is not declared and not defined", node.span)


def _dim_text(text: str) -> str:
    name, _, index = text.partition("_")
    return f"{name}_{{{index.replace(chr(92), '')}}}" if index else name


def written(name: syntax.Name, places: set[str] | None = None) -> str:
    """The name as it is spelled, without fonts; with the scripts at these places only."""
    text = name.core
    for place, script, mark in (("sup", name.sup, "^"), ("sub", name.sub, "_")):
        if script is not None and (places is None or place in places):
            text += f"{mark}{script.text}" if len(script.text) == 1 else f"{mark}{{{script.text}}}"
    return text


# ---------------------------------------------------------------- gradients by name


def _gradient_name(node: syntax.Name, scope: Scope) -> Alternative | None:
    r"""A name that stands for dLoss/dsymbol: declared under `gradients`, or `\delta_l` for z_l."""
    for gradient in scope.gradients:
        use = gradient.names.match(node)
        if use is None:
            continue
        target = at_indices(gradient.target, _shifts(use, scope))
        aim = scope.match(target)
        if aim is None:
            raise Missing(target.core)
        symbol = _member(replace(aim, components=(), power=None, transposed=False), node, scope)
        return _dressed(_gradient(symbol, scope, node.span), use, node, scope)
    if node.base == "\\delta" and not node.accents and scope.match(node) is None:
        return _delta(node, scope)
    return None


def _shifts(use: Use, scope: Scope) -> dict[str, Index]:
    """What stands in place of the letters of a declared gradient's name."""
    shifts = {}
    for slot, index in zip(_index_slots(use.family), use.indices, strict=True):
        if slot.is_generic:
            here = scope.resolve(index)
            shifts[slot.index.name] = Index(here.name, here.offset - slot.index.offset)
    return shifts


def _delta(node: syntax.Name, scope: Scope) -> Alternative | None:
    r"""`\delta_l`, `\delta^{(l)}_j`: the adjoint of the pre-activation with the same index."""
    for letter in ("z", "Z"):
        if letter in scope.names.families:
            use = scope.match(replace(node, base=letter))
            if use is None or not use.family.slots:
                continue
            symbol = _member(replace(use, components=(), power=None, transposed=False), node, scope)
            note = f"{_plain_name(node)} is d{scope.loss.latex}/d{symbol.latex}" if scope.loss is not None else ""
            dressed = _dressed(_gradient(symbol, scope, node.span), use, node, scope)
            return replace(dressed, notes=dressed.notes | {note})
    return None


def _plain_name(node: syntax.Name) -> str:
    return written(replace(node, primes=0))


def _gradient(symbol: Symbol, scope: Scope, span: syntax.Span) -> Term:
    if scope.loss is None:
        raise Unread("no loss is known whose gradient this could be", span)
    return Derivative((scope.loss, symbol), _layout(scope, symbol), span=span)


def _layout(scope: Scope, by: Term) -> str:
    shape = by.shape
    matrix = isinstance(shape, Shape) and ONE not in (shape.rows, shape.cols)
    return scope.layout.get("matrices" if matrix else "vectors", "gradient")


# ---------------------------------------------------------------- simple nodes


def _number(node: syntax.Number, scope: Scope) -> list[Alternative]:
    return [Alternative(nodes.Number(value=node.value, span=node.span))]


def _fraction(node: syntax.Fraction_, scope: Scope) -> list[Alternative]:
    parts = [elaborate(node.over, scope), elaborate(node.under, scope)]
    found = _combine(scope, parts, lambda a, b: nodes.Quotient((a, b), span=node.span))
    if node.sup is None:
        return found
    return [_powered_by_script(alternative, node.sup, scope, node.span) for alternative in found]


def _powered_by_script(base: Alternative, script: syntax.Script, scope: Scope, span: syntax.Span) -> Alternative:
    if script.text in ("T", "\\top", "\\intercal"):
        return base.with_term(nodes.Transpose((base.term,), span=span))
    return _power(base, script, scope, span)


def _root(node: syntax.Root, scope: Scope) -> list[Alternative]:
    if node.degree is not None:
        raise Unread("only square roots are read", node.span)
    return _combine(scope, [elaborate(node.body, scope)], lambda a: nodes.Apply((a,), "sqrt", span=node.span))


def _group(node: syntax.Group, scope: Scope) -> list[Alternative]:
    if len(node.parts) != 1:
        if node.opening == "[":
            return _row_of_cells(node, scope)
        raise Unread("a list of arguments stands behind something that is no function", node.span)
    if node.primes:
        raise Unread("a prime stands behind something that is no function", node.span)
    if node.opening in ("norm", "bar"):
        return _norm(node, scope)
    inner = node.inner
    if isinstance(inner, syntax.Comparison):
        return [Alternative(_comparison(inner, scope))]
    if node.opening == "[" and node.sub is None and (cells := _cells(inner)):
        return _row_of_cells(replace(node, parts=cells), scope)
    found = elaborate(inner, scope)
    if node.sub is not None:
        components = split_components(node.sub.text)
        if components is None:
            raise Unread(f"`{node.sub.text}` is no index", node.sub.span)
        found = [a.with_term(_component(a.term, components, node.span, scope)) for a in found]
    if node.sup is not None:
        found = [_powered_by_script(a, node.sup, scope, node.span) for a in found]
    return found


def _cells(inner: syntax.Node) -> tuple[syntax.Node, ...] | None:
    r"""`[1\ H_2]`: a row of blocks, where a 1 stands before a matrix without a sign."""
    if isinstance(inner, syntax.Product) and len(inner.items) == 2 and isinstance(inner.items[0], syntax.Number):
        number, other = inner.items
        if number.text == "1" and isinstance(other, syntax.Name) and other.spaced:
            return inner.items
    return None


def _row_of_cells(node: syntax.Group, scope: Scope) -> list[Alternative]:
    parts = [elaborate(part, scope) for part in node.parts]
    found = _combine(scope, parts, lambda *cells: _block(cells, node.span))
    if node.sup is not None:
        found = [_powered_by_script(a, node.sup, scope, node.span) for a in found]
    return found


def _block(cells: tuple[Term, ...], span: syntax.Span) -> Term:
    rows = max((c.shape.rows for c in cells if isinstance(c.shape, Shape)), key=lambda d: d != ONE, default=ONE)
    filled = tuple(nodes.Broadcast((c,), Shape(rows, ONE)) if c.is_scalar and rows != ONE else c for c in cells)
    return Block(filled, len(filled), span=span)


def _norm(node: syntax.Group, scope: Scope) -> list[Alternative]:
    inner = elaborate(node.inner, scope)
    sub = node.sub.text if node.sub else ""
    if sub not in ("", "2", "F"):
        raise Unread(f"the norm with index {sub} is not read", node.sub.span)
    if node.opening == "bar" and not all(a.term.is_scalar for a in inner):
        determinant = [a for a in inner if isinstance(a.term.shape, Shape) and a.term.shape.is_square]
        if determinant:
            return [a.with_term(nodes.Determinant((a.term,), span=node.span)) for a in determinant]
    if node.opening == "bar" and all(a.term.is_scalar for a in inner):
        found = [a.with_term(nodes.Apply((a.term,), "abs", span=node.span)) for a in inner]
    elif node.sup is not None and node.sup.text == "2":
        return [a.with_term(nodes.SquaredNorm((a.term,), span=node.span)) for a in inner]
    else:
        found = [a.with_term(nodes.Norm((a.term,), span=node.span)) for a in inner]
    if node.sup is not None:
        found = [_power(a, node.sup, scope, node.span) for a in found]
    return found


def _matrix(node: syntax.Matrix, scope: Scope) -> list[Alternative]:
    if "cases" in node.name:
        raise Unread("cases are not read yet", node.span)
    widths = {len(row) for row in node.rows}
    if len(widths) != 1:
        raise Unread("the rows of a matrix have different lengths", node.span)
    cells = [elaborate(cell, scope) for row in node.rows for cell in row]
    found = _combine(scope, cells, lambda *terms: Block(terms, widths.copy().pop(), span=node.span))
    if node.sup is not None:
        found = [_powered_by_script(a, node.sup, scope, node.span) for a in found]
    return found


def _comparison(node: syntax.Comparison, scope: Scope) -> Term:
    """An indicator: of two indices, or entry by entry of two terms."""
    if len(node.relations) != 1:
        raise Unread("one comparison at a time is read", node.span)
    left, right = node.sides
    (relation,) = node.relations
    if relation in ("=", "neq"):
        indices = [_as_index(side, scope) for side in (left, right)]
        if all(index is not None for index in indices):
            return IndexEquals((), *indices, equal=relation == "=", span=node.span)
    if relation not in ("<", ">", "<=", ">=", "=", "neq"):
        raise Unread("this relation has no truth value", node.span)
    return Compare((one(left, scope), one(right, scope)), relation, span=node.span)


def _as_index(node: syntax.Node, scope: Scope) -> Index | None:
    if isinstance(node, syntax.Number) and node.value.denominator == 1:
        return Index("", int(node.value))
    if isinstance(node, syntax.Name) and node.sub is None and node.sup is None and node.base.lstrip("\\") in scope.ranges:
        return Index(node.base.lstrip("\\"))
    return None


def _words(node: syntax.Words, scope: Scope) -> list[Alternative]:
    raise Unread(f"`{node.text}` is no mathematics" if node.text else "an empty group has no value", node.span)


# ---------------------------------------------------------------- sums


def _widened_sum(node: syntax.Total, scope: Scope) -> syntax.Total:
    r"""`\sum_i a_i + b_i`: what stands behind the sum and holds its index belongs to it."""
    for place, signed in enumerate(node.terms[:-1]):
        big = signed.term
        letter = bound_letter(big) if isinstance(big, syntax.Big) and big.name == "sum" else None
        if letter is None or letter in scope.ranges or letter in scope.layers:
            continue
        following = node.terms[place + 1 :]
        if any(letter in letters_of(n) for other in following for n in syntax.walk(other.term)):
            if any(isinstance(n, syntax.Big) for other in following for n in syntax.walk(other.term)):
                continue
            first = syntax.Signed("+", None, big.body, span=big.body.span)
            rest = following if signed.sign == "+" else tuple(_flipped(other) for other in following)
            body = syntax.Total((first, *rest), span=(big.body.span[0], following[-1].span[1]))
            wide = replace(signed, term=replace(big, body=body))
            return replace(node, terms=(*node.terms[:place], wide))
    return node


def _flipped(signed: syntax.Signed) -> syntax.Signed:
    return replace(signed, sign="-" if signed.sign == "+" else "+")


def letters_of(node: syntax.Node) -> set[str]:
    """The index letters on one node."""
    if not isinstance(node, syntax.Name | syntax.Group):
        return set()
    texts = [script.text for script in (node.sub, node.sup) if script is not None]
    parts = [part for text in texts for part in (split_components(text.strip("()[]")) or ())]
    return {index.name for part in parts if (index := parse_index(part)) is not None}


def _total(node: syntax.Total, scope: Scope) -> list[Alternative]:
    wide = _widened_sum(node, scope)
    if wide is not node:
        return [replace(a, notes=a.notes | {"the sum reaches over the terms behind it"}) for a in _total(wide, scope)]
    parts = [elaborate(signed.term, scope) for signed in node.terms]
    signs = [signed.sign for signed in node.terms]
    if "±" in signs:
        raise Unread("± has two values", node.span)

    def make(*terms: Term) -> Term:
        signed = tuple(
            nodes.Neg((t,), span=s.span) if s.sign == "-" else t for t, s in zip(terms, node.terms, strict=True)
        )
        if len(signed) == 1:
            return replace(signed[0], span=node.span) if isinstance(signed[0], nodes.Neg) else signed[0]
        return nodes.Add(_with_bias(signed), span=node.span)

    return [_noted_bias(alternative) for alternative in _combine(scope, parts, make)]


def _with_bias(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """A vector added to a batch is repeated along the axis that it lacks."""
    shapes = [t.shape for t in terms if isinstance(t.shape, Shape)]
    batch = next((s for s in shapes if s.rows != ONE and s.cols != ONE), None)
    row = next((s for s in shapes if s.rows == ONE and s.cols != ONE), None)
    wide = batch or row
    if wide is None or len(shapes) != len(terms):
        return terms
    return tuple(_widened(t, wide, batch is not None) for t in terms)


def _widened(term: Term, wide: Shape, batch: bool) -> Term:
    shape = term.shape
    if shape == wide or shape.is_scalar:
        return term
    if batch and ((shape.cols == ONE and shape.rows == wide.rows) or (shape.rows == ONE and shape.cols == wide.cols)):
        return nodes.Broadcast((term,), wide, span=term.span)
    if batch and shape.cols == ONE and shape.rows == wide.cols:
        return nodes.Broadcast((nodes.Transpose((term,), span=term.span),), wide, span=term.span)
    return term


def _noted_bias(alternative: Alternative) -> Alternative:
    term = alternative.term
    if not isinstance(term, nodes.Add):
        return alternative
    repeated = [arg for arg in term.args if isinstance(arg, nodes.Broadcast)]
    notes = {f"{arg.latex} is added to every example of the batch" for arg in repeated}
    return replace(alternative, notes=alternative.notes | notes)


def _big(node: syntax.Big, scope: Scope) -> list[Alternative]:
    if node.name == "int":
        raise Unread("integrals are not read", node.span)
    if node.lower is not None and node.upper is None and "," in node.lower.text:
        return _big(_nested(node), scope)
    if node.lower is not None and (axis := re.fullmatch(r"axis=([01])", node.lower.text)):
        return [a.with_term(_axis_sum(a.term, int(axis[1]), node.span)) for a in elaborate(node.body, scope)]
    letter, lower, upper, excluded = _bounds(node, scope)
    if letter is None:
        if node.name != "sum" or node.upper is not None:
            raise Unread("a product needs an index", node.span)
        return _combine(scope, [elaborate(node.body, scope)], lambda a: nodes.Total((a,), span=node.span))
    inner = replace(scope, ranges={**scope.ranges, letter: upper})
    body = elaborate(node.body, inner)
    if excluded is not None:
        other = inner.index(excluded, node.span)
        differs = IndexEquals((), Index(letter), other, equal=False)
        body = [a.with_term(nodes.Product((differs, a.term), span=a.term.span)) for a in body]
    if node.name == "prod":
        if not isinstance(lower, Index):
            raise Unread("the product needs a lower bound", node.span)
        return [a.with_term(ProductOver((a.term,), letter, lower, upper, span=node.span)) for a in body]
    start = lower.offset if isinstance(lower, Index) and lower.is_number else 1
    return [a.with_term(nodes.Sum((a.term,), letter, start, upper, span=node.span)) for a in body]


def _axis_sum(term: Term, axis: int, span: syntax.Span) -> Term:
    """NumPy's sum along an axis, the axis kept: 0 sums over rows, 1 over columns."""
    if isinstance(term.shape, Misfit):
        return term
    if axis == 0:
        row = nodes.Transpose((nodes.ones(Shape(term.shape.rows)),))
        return nodes.Product((row, term), span=span)
    return nodes.Product((term, nodes.ones(Shape(term.shape.cols))), span=span)


def _nested(node: syntax.Big) -> syntax.Big:
    r"""`\sum_{i,j}` as a sum of sums."""
    names = node.lower.body.parts if isinstance(node.lower.body, syntax.Group) else ()
    if not names:
        raise Unread(f"the bounds `{node.lower.text}` are not read", node.lower.span)
    body = node.body
    for name in reversed(names):
        text = name.base if isinstance(name, syntax.Name) else ""
        body = syntax.Big(node.name, syntax.Script(name, text, span=name.span), None, body, span=node.span)
    return body


def _bounds(node: syntax.Big, scope: Scope) -> tuple[str | None, Index | None, Dim, str | None]:
    """(letter, lower, upper, excluded letter)"""
    if node.lower is None:
        return None, None, ONE, None
    body, text = node.lower.body, node.lower.text
    lower: Index | None = Index("", 1)
    excluded = None
    if isinstance(body, syntax.Comparison) and len(body.relations) == 1 and isinstance(body.sides[0], syntax.Name):
        letter = body.sides[0].base.lstrip("\\")
        (relation,) = body.relations
        if relation == "=":
            lower = parse_index("".join(text.split("=", 1)[1:]))
            lower = lower.at(scope.layers) if lower else None
        elif relation == "neq":
            excluded = body.sides[1].base.lstrip("\\") if isinstance(body.sides[1], syntax.Name) else None
        elif relation != "in":
            raise Unread(f"the bounds `{text}` are not read", node.lower.span)
    elif isinstance(body, syntax.Name) and body.sub is None and body.sup is None:
        letter = body.base.lstrip("\\")
    else:
        raise Unread(f"the bounds `{text}` are not read", node.lower.span)
    if node.upper is not None:
        return letter, lower, _upper(node.upper, scope), excluded
    found = infer_range(letter, node.body, scope)
    if found is None:
        ranges = (scope.sample_range(inner, letter) for inner in syntax.walk(node.body))
        found = next((dim for dim in ranges if dim is not None), None)
    if found is None:
        raise Unread(f"it is not known how far {letter} runs", node.span)
    return letter, lower, found, excluded


def _upper(script: syntax.Script, scope: Scope) -> Dim:
    if isinstance(script.body, syntax.Number) and script.body.value.denominator == 1:
        return Dim.of(int(script.body.value))
    text = script.text.replace("\\", "")
    if text == "L" and text not in scope.dimensions:
        return Dim.of(scope.last_layer)
    if text in scope.dimensions:
        return Shape(Dim.of(_dim_text(text))).at({**scope.layers, "L": scope.last_layer}).rows
    raise Unread(f"it is not known how large {script.text} is", script.span)


def infer_range(letter: str, body: syntax.Node, scope: Scope) -> Dim | None:
    """How far an index without bounds runs: the axis in whose place it stands."""
    for node in syntax.walk(body):
        if not isinstance(node, syntax.Name | syntax.Group) or node.sub is None:
            continue
        if isinstance(node, syntax.Name):
            found = _axis_of_name(letter, node, scope)
        else:
            found = _axis_of_group(letter, node, scope)
        if found is not None:
            return found
    return None


def _axis_of_name(letter: str, node: syntax.Name, scope: Scope) -> Dim | None:
    use = scope.match(node)
    term: Term | None = None
    if use is None or not use.components:
        gradient = None
        try:
            gradient = _gradient_name(replace(node, sub=None), scope) if use is None else None
        except (Unread, Missing):
            gradient = None
        if gradient is None:
            return None
        components, term = split_components(node.sub.text) or (), gradient.term
    else:
        components = use.components
        try:
            term = _member(replace(use, components=(), power=None), node, scope)
        except (Unread, Missing):
            return None
    return _axis(letter, components, term.shape)


def _axis_of_group(letter: str, node: syntax.Group, scope: Scope) -> Dim | None:
    components = split_components(node.sub.text)
    if not components or letter not in components:
        return None
    try:
        shape = elaborate(replace(node, sub=None, sup=None), scope)[0].term.shape
    except (Unread, Missing):
        return None
    return _axis(letter, components, shape)


def _axis(letter: str, components: tuple[str, ...], shape: Shape | Misfit) -> Dim | None:
    if isinstance(shape, Misfit):
        return None
    for place, text in enumerate(components):
        index = parse_index(text)
        if index is not None and index.name == letter:
            if len(components) == 1:
                return shape.rows if shape.cols == ONE else shape.cols
            return (shape.rows, shape.cols)[place]
    return None


# ---------------------------------------------------------------- products and applications


def _product(node: syntax.Product, scope: Scope) -> list[Alternative]:
    factors = _applied(list(node.items), scope)
    chunks: list[tuple[str, list]] = [("", [])]
    for item in factors:
        if isinstance(item, syntax.Sign) and (item.name in LOOSE or item.name in scope.operators):
            chunks.append((item.name, []))
        else:
            chunks[-1][1].append(item)
    result = _folded(chunks[0][1], scope)
    for sign, items in chunks[1:]:
        result = _times(result, _folded(items, scope), sign, node.span, scope)
    return result


def _folded(items: list, scope: Scope) -> list[Alternative]:
    result: list[Alternative] | None = None
    sign = ""
    for item in items:
        if isinstance(item, syntax.Sign):
            sign = item.name
        else:
            result = item if result is None else _times(result, item, sign, None, scope)
            sign = ""
    if result is None:
        raise Unread("an operator has nothing on one side", (0, 0))
    return result


def _times(
    left: list[Alternative], right: list[Alternative], sign: str, span: syntax.Span | None, scope: Scope
) -> list[Alternative]:
    declared = scope.operators.get(sign)
    readings = ((declared, PRIMARY),) if declared else READINGS.get(sign)
    if readings is None:
        raise Unread(f"the sign {sign} is not read", span or (0, 0))
    result: list[Alternative] = []
    for a, b in itertools.islice(itertools.product(left, right), 4 * MOST):
        where = span or _joined(a.term, b.term)
        found = [
            Alternative(term, max(a.level, b.level, level), a.notes | b.notes | _sign_note(sign, how, level))
            for how, level in readings
            if (term := _MULTIPLY[how](a.term, b.term, where)) is not None
        ]
        if not found or all(f.level > max(a.level, b.level) for f in found):
            # No primary reading conforms: hold the ill-shaped product, so that it can be pointed at.
            how = readings[0][0] or "matmul"
            ill = _ILL[how]((a.term, b.term), span=where)
            if isinstance(ill.shape, Misfit):
                found.append(Alternative(ill, max(a.level, b.level), a.notes | b.notes))
        result.extend(found)
    return result


def _sign_note(sign: str, how: str, level: int) -> frozenset[str]:
    if level == PRIMARY:
        return frozenset()
    shown = f"`\\{sign}`" if sign else "juxtaposition"
    return frozenset({f"{shown} read as {WORDS[how]}"})


def _joined(a: Term, b: Term) -> syntax.Span | None:
    return (a.span[0], b.span[1]) if a.span and b.span else None


def _fits(a: Term, b: Term) -> bool:
    return isinstance(a.shape, Shape) and isinstance(b.shape, Shape)


def _matmul(a: Term, b: Term, span) -> Term | None:
    if not _fits(a, b) or product_shape(a.shape, b.shape) is None:
        return None
    left = a.args if isinstance(a, nodes.Product) else (a,)
    return nodes.Product((*left, b), span=span)


def _hadamard(a: Term, b: Term, span) -> Term | None:
    if not _fits(a, b) or not (a.shape == b.shape or a.is_scalar or b.is_scalar):
        return None
    if a.is_scalar or b.is_scalar:
        return nodes.Product((a, b), span=span)
    return nodes.Hadamard((a, b), span=span)


def _dot(a: Term, b: Term, span) -> Term | None:
    if not _fits(a, b) or a.shape != b.shape or not a.shape.is_vector:
        return None
    return nodes.Product((nodes.Transpose((a,)), b), span=span)


def _outer(a: Term, b: Term, span) -> Term | None:
    if not _fits(a, b) or not a.shape.is_vector or not b.shape.is_vector:
        return None
    return nodes.Product((a, nodes.Transpose((b,))), span=span)


def _quotient(a: Term, b: Term, span) -> Term | None:
    if not _fits(a, b) or not (b.is_scalar or a.shape == b.shape or a.is_scalar):
        return None
    return nodes.Quotient((a, b), span=span)


_MULTIPLY = {"matmul": _matmul, "hadamard": _hadamard, "dot": _dot, "outer": _outer, "quotient": _quotient}
_ILL = {
    "matmul": nodes.Product,
    "hadamard": nodes.Hadamard,
    "dot": nodes.Product,
    "outer": nodes.Product,
    "quotient": nodes.Quotient,
}


def _applied(items: list[syntax.Node], scope: Scope) -> list:
    """Functions taken together with their arguments: a list of signs and of readings of factors."""
    result: list = []
    position = 0
    while position < len(items):
        item = items[position]
        if isinstance(item, syntax.Sign):
            result.append(item)
            position += 1
            continue
        taken, readings = _factor(items, position, scope)
        result.append(readings)
        position += taken
    return result


def _factor(items: list[syntax.Node], position: int, scope: Scope) -> tuple[int, list[Alternative]]:
    """(how many items it takes, readings of the factor that starts here)"""
    item = items[position]
    following = items[position + 1] if position + 1 < len(items) else None
    if isinstance(item, syntax.Derivative) and item.of is None:
        rest = _rest(items, position + 1, item)
        return len(items) - position, _derivative(replace(item, of=rest), scope)
    if isinstance(item, syntax.Nabla):
        return _nabla(item, items, position, scope)
    if isinstance(item, syntax.Name):
        if item.base in ("\\partial", "d") and (slash := _slash_derivative(items, position, scope)) is not None:
            return slash
        if item.base == "d" and item.sub is None and isinstance(following, syntax.Name) and not following.spaced:
            found = _differential(item, following, scope)
            if found is not None:
                return 2, found
        call = _call(item, following, items, position, scope)
        if call is not None:
            return call
    indicator = _indicator(item, following, scope)
    if indicator is not None:
        return 2, indicator
    return 1, elaborate(item, scope)


def _slash_derivative(
    items: list[syntax.Node], position: int, scope: Scope
) -> tuple[int, list[Alternative]] | None:
    r"""`\partial L / \partial W`"""
    sign = items[position]
    rest = items[position + 1 : position + 5]
    pattern = len(rest) >= 4 and isinstance(rest[1], syntax.Sign) and rest[1].name == "/"
    if not pattern or not isinstance(rest[2], syntax.Name) or rest[2].base != sign.base:
        return None
    kind = "partial" if sign.base == "\\partial" else "d"
    span = (sign.span[0], rest[3].span[1])
    return 5, _derivative(syntax.Derivative(kind, 1, rest[0], (rest[3],), span=span), scope)


def _rest(items: list[syntax.Node], start: int, before: syntax.Node) -> syntax.Node:
    rest = items[start:]
    if not rest:
        raise Unread("a derivative of nothing", before.span)
    return rest[0] if len(rest) == 1 else syntax.Product(tuple(rest), span=(rest[0].span[0], rest[-1].span[1]))


def _differential(sign: syntax.Name, name: syntax.Name, scope: Scope) -> list[Alternative] | None:
    """`dW`: the gradient of the loss by W, where d is no symbol."""
    span = (sign.span[0], name.span[1])
    joined = replace(name, base=f"d{name.base}", span=span)
    if scope.match(joined) is not None:
        return _name(joined, scope)
    if scope.match(sign) is not None or scope.loss is None:
        return None
    use = scope.match(name)
    if use is None:
        return None
    symbol = _member(replace(use, components=(), power=None, transposed=False), name, scope)
    note = f"d{_plain_name(replace(name, sup=None) if use.transposed else name)} is d{scope.loss.latex}/d{symbol.latex}"
    dressed = _dressed(_gradient(symbol, scope, span), use, name, scope)
    return [replace(dressed, notes=dressed.notes | {note})]


def _indicator(item: syntax.Node, following: syntax.Node | None, scope: Scope) -> list[Alternative] | None:
    r"""`1(y = k)`, `\mathbf{1}[z > 0]`"""
    one_ = isinstance(item, syntax.Number) and item.text == "1" or (
        isinstance(item, syntax.Name) and item.base in ("1", "I") and item.fonts and item.sub is None
    )
    if one_ and isinstance(following, syntax.Group) and isinstance(following.inner, syntax.Comparison):
        return [Alternative(_comparison(following.inner, scope))]
    return None


def _call(
    name: syntax.Name, following: syntax.Node | None, items: list[syntax.Node], position: int, scope: Scope
) -> tuple[int, list[Alternative]] | None:
    """A function with its argument, or None where the name is none."""
    function = _function(name, scope)
    bracket = isinstance(following, syntax.Group) and following.opening in ("(", "[", "{")
    if function is not None:
        if bracket and len(following.parts) == 1:
            argument, taken = following, 2
            plain = replace(following, sub=None, sup=None, primes=0)
            found = _apply(function, name, elaborate(plain, scope), scope)
            if following.sub is not None:
                components = split_components(following.sub.text)
                if components is None:
                    raise Unread(f"`{following.sub.text}` is no index", following.sub.span)
                found = [a.with_term(_component(a.term, components, argument.span, scope)) for a in found]
            if following.sup is not None:
                found = [_powered_by_script(a, following.sup, scope, argument.span) for a in found]
            return taken, found
        if following is None or isinstance(following, syntax.Sign):
            raise Unread(f"the function {written(name)} has no argument", name.span)
        taken, argument = _factor(items, position + 1, scope)
        return 1 + taken, _apply(function, name, argument, scope)
    defined = scope.calls.get(call_key(name))
    if defined is not None and bracket:
        found = _user_call(defined, name, following, scope)
        if found is not None:
            return 2, found
    if bracket and name.primes == 1:
        found = _prime_of_loss(name, following, scope)
        if found is not None:
            return 2, found
    if bracket and _is_defined_with_arguments(name, following, scope):
        return 2, elaborate(name, scope)
    return None


def call_key(name: syntax.Name) -> str:
    return spelling(name).core + "'" * name.primes


def _is_defined_with_arguments(name: syntax.Name, group: syntax.Group, scope: Scope) -> bool:
    """`J(\\theta)` where J is the loss: the arguments only remind of what it depends on."""
    use = scope.match(name)
    return use is not None and scope.loss is not None and family_name(use.family) == scope.loss.name


def _prime_of_loss(name: syntax.Name, group: syntax.Group, scope: Scope) -> list[Alternative] | None:
    """`C'(w)`: the derivative of the loss by w."""
    plain = replace(name, primes=0)
    if not _is_defined_with_arguments(plain, group, scope) or len(group.parts) != 1:
        return None
    span = (name.span[0], group.span[1])
    loss = one(plain, scope)
    return [a.with_term(_derived(loss, a.term, scope, span)) for a in elaborate(group.inner, scope)]


def _function(name: syntax.Name, scope: Scope) -> str | None:
    """The table name of the function that a name stands for, or None."""
    found = spelling(replace(name, primes=0))
    keys = [function_key(found.core, found.sub, found.sup)]
    if found.sub or found.sup:
        keys.append(generic_key(found.core, found.sub, found.sup))
        keys.append(function_key(found.core, found.sub, None))
        keys.append(function_key(found.core, None, None))
    for key in keys:
        if key in scope.functions:
            return scope.functions[key]
    if scope.match(name) is None and found.sub is None:
        return ALIASES.get(found.core.lstrip("\\")) or _SPECIAL.get(found.core.lstrip("\\"))
    return None


def function_key(core: str, sub: str | None, sup: str | None) -> str:
    return f"{core}|{sub or ''}|{sup or ''}"


def generic_key(core: str, sub: str | None, sup: str | None) -> str:
    """A key for a family of functions: any index counts."""
    return f"{core}|{'*' if sub else ''}|{'*' if sup else ''}"


# Functions of whole matrices.
_SPECIAL = {
    "softmax": "softmax", "tr": "trace", "Tr": "trace", "trace": "trace", "det": "det", "diag": "diag",
    "vec": "vec", "max": "max",
}  # fmt: skip


def _apply(function: str, name: syntax.Name, arguments: list[Alternative], scope: Scope) -> list[Alternative]:
    def make(a: Term) -> Term:
        span = (name.span[0], a.span[1]) if a.span else name.span
        if isinstance(a.shape, Misfit):
            return nodes.Apply((a,), "exp", span=span)
        match function:
            case "softmax":
                return Softmax((a,), _softmax_axis(a, scope, span), span=span)
            case "trace":
                return nodes.Trace((a,), span=span)
            case "det":
                return nodes.Determinant((a,), span=span)
            case "diag":
                return nodes.Diag((a,), span=span)
            case "vec":
                return nodes.Vec((a,), span=span)
            case "max" | "sign":
                raise Unread(f"{function} is not read here", span)
        return nodes.Apply((a,), function, min(name.primes, 2), span=span)

    found = [a.with_term(make(a.term)) for a in arguments]
    power = spelling(replace(name, primes=0)).sup
    if power is not None and function_key(spelling(name).core, None, power) not in scope.functions:
        if name.sup is not None and isinstance(name.sup.body, syntax.Number):
            found = [_power(a, name.sup, scope, a.term.span or name.span) for a in found]
    return found


def _softmax_axis(a: Term, scope: Scope, span: syntax.Span) -> str:
    """The axis of the classes: examples lie along the axis whose dimension no vector of the document has."""
    shape = a.shape
    if shape.cols == ONE:
        return "rows"
    if shape.rows == ONE:
        return "columns"
    features = {
        f.shape.rows if f.shape.cols == ONE else f.shape.cols
        for families in scope.names.families.values()
        for f in families
        if f.shape is not None and (f.shape.rows == ONE) != (f.shape.cols == ONE)
    }
    features = {_resolved(Shape(dim), scope).rows for dim in features}
    generic = {name.split("_")[0] for dim in features for name in dim.names()}

    def is_feature(dim: Dim) -> bool:
        return dim in features or any(name.split("_")[0] in generic and "_" in name for name in dim.names())

    if is_feature(shape.rows) != is_feature(shape.cols):
        return "rows" if is_feature(shape.rows) else "columns"
    raise Unread("it is not known along which axis this softmax is taken", span)


def _user_call(
    defined: UserFunction, name: syntax.Name, group: syntax.Group, scope: Scope
) -> list[Alternative] | None:
    arguments = list(group.parts)
    if name.sub is not None and len(defined.parameters) == len(arguments) + 1 and name.sub.body is not None:
        arguments = [name.sub.body, *arguments]  # p_x(beta): a parameter stands in the index
    if len(arguments) != len(defined.parameters):
        return None
    values: dict[str, Term] = {}
    for parameter, argument in zip(defined.parameters, arguments, strict=True):
        if isinstance(argument, syntax.Words):
            return None
        if isinstance(argument, syntax.Name) and written(argument) == parameter and scope.match(argument) is None:
            continue  # the argument only says which example is meant: phi(x_n)
        values[parameter] = one(argument, scope)
    return elaborate(defined.body, replace(scope, values={**scope.values, **values}))


# ---------------------------------------------------------------- derivatives


def _derivative(node: syntax.Derivative, scope: Scope) -> list[Alternative]:
    if node.of is None:
        raise Unread("a derivative of nothing", node.span)
    of = elaborate(node.of, scope) if not _names_loss(node.of, scope) else [Alternative(scope.loss)]
    found: list[Alternative] = []
    for alternative in of:
        terms = [alternative.term]
        for by in node.by:
            variable = _variable(by, scope)
            terms = [_derived(term, variable, scope, node.span) for term in terms]
        found += [alternative.with_term(term) for term in terms]
    if node.sub is not None:
        components = split_components(node.sub.text) or ()
        found = [a.with_term(_component(a.term, components, node.span, scope)) for a in found]
    if node.sup is not None:
        found = [_powered_by_script(a, node.sup, scope, node.span) for a in found]
    return found


def _names_loss(node: syntax.Node, scope: Scope) -> bool:
    """`L(a, y)`, `J(\\theta)`: the loss with a reminder of its arguments."""
    return (
        isinstance(node, syntax.Product)
        and len(node.items) == 2
        and isinstance(node.items[0], syntax.Name)
        and isinstance(node.items[1], syntax.Group)
        and not node.items[0].primes
        and scope.loss is not None
        and _is_defined_with_arguments(node.items[0], node.items[1], scope)
    )


def _variable(node: syntax.Node, scope: Scope) -> Term:
    """What a derivative is taken by: a symbol or an entry of one. A transpose on it only says how the result lies."""
    term = one(node, scope)
    if isinstance(term, nodes.Transpose):
        term = term.args[0]
    base = term.args[0] if isinstance(term, nodes.Component) else term
    if not isinstance(base, Symbol):
        raise Unread("a derivative is taken by a symbol or an entry of one", node.span)
    return term


def _derived(of: Term, by: Term, scope: Scope, span: syntax.Span) -> Term:
    return Derivative((of, by), _layout(scope, by), span=span)


def _nabla(
    item: syntax.Nabla, items: list[syntax.Node], position: int, scope: Scope
) -> tuple[int, list[Alternative]]:
    following = items[position + 1] if position + 1 < len(items) else None
    for of, taken in ((following, 2), (None, 1)):
        key = (item.by.text if item.by else "", of.core if isinstance(of, syntax.Name) else "")
        if key in scope.nablas and (of is None or isinstance(of, syntax.Name)):
            target = scope.match(scope.nablas[key])
            if target is None:
                raise Missing(key[1])
            symbol = _member(replace(target, components=(), power=None, transposed=False), scope.nablas[key], scope)
            return taken, [_gradient_alternative(symbol, scope, item.span)]
    if item.by is not None and item.by.body is not None:
        variable = _variable(item.by.body, scope)
    elif scope.bare_nabla is not None:
        variable = scope.bare_nabla
    else:
        raise Unread("it is not known by what this \\nabla differentiates", item.span)
    note = frozenset() if item.by else frozenset({f"\\nabla is taken by {variable.latex}"})
    if following is None:
        if scope.loss is None:
            raise Unread("no loss is known whose gradient this could be", item.span)
        return 1, [Alternative(_derived(scope.loss, variable, scope, item.span), PRIMARY, note)]
    end = position + 1
    while end < len(items) and not isinstance(items[end], syntax.Sign):
        end += 1
    body = items[position + 1 : end]
    inner = body[0] if len(body) == 1 else syntax.Product(tuple(body), span=(body[0].span[0], body[-1].span[1]))
    of = [Alternative(scope.loss)] if _names_loss(inner, scope) else elaborate(inner, scope)
    span = (item.span[0], inner.span[1])
    found = []
    for alternative in of:
        term = _derived(alternative.term, variable, scope, span)
        if item.order == 2:
            term = _derived(term, variable, scope, span)
        found.append(replace(alternative, term=term, notes=alternative.notes | note))
    return end - position, found


def _gradient_alternative(symbol: Symbol, scope: Scope, span: syntax.Span) -> Alternative:
    return Alternative(_gradient(symbol, scope, span))


def _lone_nabla(node: syntax.Nabla, scope: Scope) -> list[Alternative]:
    return _nabla(node, [node], 0, scope)[1]


def _chain(node: syntax.Comparison, scope: Scope) -> list[Alternative]:
    return [Alternative(_comparison(node, scope))]


_RULES: dict[type[syntax.Node], Callable] = {
    syntax.Name: lambda node, scope: _factor([node], 0, scope)[1] if _function(node, scope) else _name(node, scope),
    syntax.Number: _number,
    syntax.Fraction_: _fraction,
    syntax.Root: _root,
    syntax.Group: _group,
    syntax.Matrix: _matrix,
    syntax.Comparison: _chain,
    syntax.Words: _words,
    syntax.Total: _total,
    syntax.Big: _big,
    syntax.Product: _product,
    syntax.Derivative: _derivative,
    syntax.Nabla: _lone_nabla,
}
