r"""Shapes of symbols that a document uses and nowhere declares, from what stands beside them.

With x in R^d, `z_1 = W_1 x + b_1` makes W_1 (h' x d) and b_1 (h') for a fresh dimension h'. Only what notation
settles is inferred: a capital before a vector is a matrix, a summand has the shape of the sum, a small letter with a
transpose before a vector is a vector. Whatever would need a guess stays undeclared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from derive.reading import syntax
from derive.reading.dimensions import dim_of
from derive.reading.elaborate import Missing, elaborate, infer_range
from derive.reading.errors import Unread
from derive.reading.functions import is_function
from derive.reading.letters import bound_letter
from derive.reading.names import parse_index, spelling
from derive.reading.notation import ungrouped
from derive.reading.readings import Scope
from derive.reading.signs import LOOSE
from derive.reading.transposes import is_transpose
from derive.terms.dims import ONE, Atom, Dim
from derive.terms.shapes import SCALAR, Misfit, Shape


@dataclass
class Inference:
    """What one definition tells about the names in it. `found` maps names, as written, to shapes."""

    scope: Scope
    fresh: int  # how many fresh dimensions the document has so far
    found: dict[syntax.Name, Shape] = field(default_factory=dict)

    def learn(self, node: syntax.Node, expected: Shape | None) -> Shape | None:
        """Infer what can be inferred in an expression; returns its shape, where that is known then."""
        known = self._shape(node)
        if known is not None:
            return known
        rule = _RULES.get(type(node))
        return rule(self, node, expected) if rule is not None else None

    def _shape(self, node: syntax.Node) -> Shape | None:
        try:
            shape = elaborate(node, self.scope)[0].term.shape
        except (Unread, Missing):
            return None
        return None if isinstance(shape, Misfit) else shape

    def new_dimension(self) -> Dim:
        """A dimension that nothing else is known of: h', h'', ..."""
        self.fresh += 1
        return Dim((((Atom("h" + "'" * self.fresh),), 1),))

    # ------------------------------------------------------------ rules

    def name(self, node: syntax.Name, expected: Shape | None) -> Shape | None:
        if expected is None or node.primes or node.base in ("1", "I", "0", "\\delta"):
            return None
        found = spelling(node)
        if found.sup is not None and not _is_label(node):
            return None  # an exponent, or an index of which nothing is known
        if (whole := self._vector_of(node, expected)) is not None:
            self.found[replace(node, sub=None)] = whole
            return SCALAR
        self.found[node] = expected.T if found.transposed else expected
        return expected

    def _vector_of(self, node: syntax.Name, expected: Shape) -> Shape | None:
        r"""The vector gamma of `y_i = \gamma_i x_i` with a vector x; None where the index says something else."""
        index = parse_index(node.sub.text) if node.sub is not None and node.sup is None else None
        if index is None or index.offset or not index.name or not expected.is_scalar:
            return None
        known = self.scope.ranges.get(index.name) if self.scope.sample_range(node, index.name) is None else None
        return Shape(known) if known is not None else None

    def root(self, node: syntax.Root, expected: Shape | None) -> Shape | None:
        return self.learn(node.body, expected) if node.degree is None else None

    def total(self, node: syntax.Total, expected: Shape | None) -> Shape | None:
        shapes = [self._shape(signed.term) for signed in node.terms]
        if expected is None:
            known = [shape for shape in shapes if shape is not None]
            expected = next((shape for shape in known if not shape.is_scalar), None)
            constants = all(isinstance(ungrouped(signed.term), syntax.Number) for signed, shape in
                            zip(node.terms, shapes, strict=True) if shape is not None)
            if expected is None and known and not constants:
                expected = SCALAR
        result = expected
        for signed, shape in zip(node.terms, shapes, strict=True):
            if shape is None:
                result = self.learn(signed.term, result) or result
        return result

    def group(self, node: syntax.Group, expected: Shape | None) -> Shape | None:
        if len(node.parts) != 1 or node.sub is not None:
            return None
        if node.opening in ("norm", "bar"):
            self.learn(node.inner, None)
            return SCALAR if node.opening == "norm" else None
        turned = is_transpose(node.sup)
        if turned and expected is not None:
            expected = expected.T
        inner = self.learn(node.inner, None if node.sup is not None and not turned else expected)
        return inner.T if inner is not None and turned else inner

    def fraction(self, node: syntax.Fraction_, expected: Shape | None) -> Shape | None:
        under = self.learn(node.under, SCALAR if isinstance(ungrouped(node.under), syntax.Name) else None)
        over_node = ungrouped(node.over)
        greek = isinstance(over_node, syntax.Name) and over_node.base.startswith("\\")
        over = self.learn(node.over, SCALAR if greek and expected is None else expected)
        return over if under is not None and under.is_scalar else None

    def big(self, node: syntax.Big, expected: Shape | None) -> Shape | None:
        self._counted(node)
        return self.learn(node.body, expected if node.name == "sum" and node.lower is not None else None)

    def _counted(self, node: syntax.Big) -> None:
        r"""The y of `\sum_{i=1}^N (y_i - ...)^2`, of which nothing else is known: it has a number for every i."""
        letter, body = bound_letter(node), node.upper.body if node.upper is not None else None
        upper = dim_of(body) if body is not None else None
        if letter is None or upper is None or node.name != "sum":
            return
        for name in syntax.walk(node.body):
            alone = isinstance(name, syntax.Name) and name.sub is not None and name.sub.text == letter
            if not alone or name.sup is not None or name.primes or name.base in ("1", "I", "0", "\\delta"):
                continue
            if self._is_unknown(name):
                samples = self.scope.sample_range(name, letter) is not None
                self.found[name if samples else replace(name, sub=None)] = SCALAR if samples else Shape(upper)

    def product(self, node: syntax.Product, expected: Shape | None) -> Shape | None:
        items = list(node.items)
        if any(isinstance(item, syntax.Sign) and item.name in LOOSE for item in items):
            return self._entrywise(items, expected)
        if len(items) == 2 and isinstance(items[0], syntax.Name) and is_function(items[0], self.scope):
            return self.learn(items[1], expected)
        factors = [item for item in items if not isinstance(item, syntax.Sign)]
        if self._is_dot_product(items, factors):
            dim = self.new_dimension()
            for name in factors:
                self.found[replace(name, sup=None)] = Shape(dim)
            return SCALAR
        unknown = [k for k, item in enumerate(factors) if isinstance(item, syntax.Name) and self._is_unknown(item)]
        if len(unknown) != 1 or any(isinstance(item, syntax.Sign) and item.name == "/" for item in items):
            return self._inside(factors, expected)
        return self._beside(factors, unknown[0], expected)

    def _is_dot_product(self, items: list[syntax.Node], factors: list[syntax.Node]) -> bool:
        r"""`w^\top x`, `\mathbf{w} \cdot \mathbf{x}`, of which nothing is known: two vectors of one length."""
        if len(factors) != 2 or not all(isinstance(f, syntax.Name) and self._is_unknown(f) for f in factors):
            return False
        left = spelling(factors[0])
        if any(f.sub is not None or f.primes or not f.base[:1].islower() or len(f.base) > 1 for f in factors):
            return False
        if left.transposed and left.sup is None and factors[1].sup is None:
            return True
        dotted = any(isinstance(item, syntax.Sign) and item.name == "cdot" for item in items)
        marks = [{*factor.fonts, *factor.accents} & {"mathbf", "boldsymbol", "vec"} for factor in factors]
        return dotted and all(marks) and all(factor.sup is None for factor in factors)

    def _inside(self, factors: list[syntax.Node], expected: Shape | None) -> None:
        """Brackets among factors may hold names that can be inferred on their own."""
        for item in factors:
            if isinstance(item, syntax.Group | syntax.Big | syntax.Fraction_):
                self.learn(item, None)

    def _entrywise(self, items: list[syntax.Node], expected: Shape | None) -> Shape | None:
        parts = [item for item in items if not isinstance(item, syntax.Sign)]
        shapes = [self._shape(item) for item in parts]
        known = expected or next((shape for shape in shapes if shape is not None and not shape.is_scalar), None)
        for item, shape in zip(parts, shapes, strict=True):
            if shape is None:
                self.learn(item, known)
        return known

    def _is_unknown(self, name: syntax.Name) -> bool:
        return self._shape(name) is None and not is_function(name, self.scope)

    def _beside(self, factors: list[syntax.Node], place: int, expected: Shape | None) -> Shape | None:
        """One unknown name in a product whose other factors are known."""
        name = factors[place]
        before, after = self._joint(factors[:place]), self._joint(factors[place + 1 :])
        if before is None or after is None or not isinstance(name, syntax.Name):
            return None
        capital, turned = name.base[:1].isupper(), spelling(name).transposed
        if before.is_scalar and after.is_scalar:
            return self.name(name, expected) if capital or expected else self.name(name, SCALAR)
        if not before.is_scalar and not after.is_scalar:
            shape = Shape(before.cols, after.rows)  # x^T A y
        elif not after.is_scalar:
            if not capital and not turned:
                return self.name(name, SCALAR) and after  # a coefficient before a vector
            rows = expected.rows if expected is not None else self.new_dimension() if capital else ONE
            shape = Shape(rows, after.rows)
        else:
            if before.cols == ONE:
                return None
            cols = expected.cols if expected is not None else self.new_dimension() if capital else ONE
            shape = Shape(before.cols, cols)
        self.name(name, shape)
        rows = shape.rows if before.is_scalar else before.rows
        return Shape(rows, shape.cols if after.is_scalar else after.cols)

    def _joint(self, factors: list[syntax.Node]) -> Shape | None:
        if not factors:
            return SCALAR
        if len(factors) == 1:
            return self._shape(factors[0])
        return self._shape(syntax.Product(tuple(factors), span=(factors[0].span[0], factors[-1].span[1])))


_RULES = {
    syntax.Name: Inference.name,
    syntax.Total: Inference.total,
    syntax.Group: Inference.group,
    syntax.Fraction_: Inference.fraction,
    syntax.Big: Inference.big,
    syntax.Product: Inference.product,
    syntax.Root: Inference.root,
}


def _is_label(name: syntax.Name) -> bool:
    r"""A number or word in an index: `W^{[1]}`, `W^{(2)T}`."""
    text = spelling(name).sup or ""
    return text[:1] in "([" and (index := parse_index(text.strip("()[]"))) is not None and index.is_number


def entries_of(name: syntax.Name, body: syntax.Node, ranges: Mapping[str, Dim], scope: Scope) -> Shape | None:
    r"""The shape of y in `\sum_k y_k \log p_k`: its index runs as far as that of p."""
    index = parse_index(name.sub.text) if name.sub is not None else None
    if index is None or not index.name:
        return None
    dim = ranges.get(index.name) or infer_range(index.name, body, scope)
    return Shape(dim) if dim is not None else None
