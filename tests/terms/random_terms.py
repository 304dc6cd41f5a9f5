"""Random well-shaped terms over all node types, and numbers for their symbols: what the properties draw from.

Terms stay inside the domain of every function (a logarithm sees 1 + a^2, an inverse sees 9 I + tanh(A)) and bounded, so
that two ways of computing one may be compared digit by digit.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from zlib import crc32

import numpy as np
from hypothesis import strategies as st

from derive.terms import nodes
from derive.terms.arithmetic import ObjectArithmetic, digits
from derive.terms.dims import ONE, Dim
from derive.terms.evaluate import evaluate
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.shapes import SCALAR, Shape
from derive.terms.walk import symbols

DIMS = ("n", "d", "h")
SIZES = ({"n": 3, "d": 2, "h": 4}, {"n": 2, "d": 1, "h": 3}, {"n": 1, "d": 4, "h": 2})
FAMILY = range(1, 6)
SMOOTH = ("tanh", "sigmoid", "softplus", "sin", "cos", "square")
KINKED = ("relu", "abs")
_LOSS = nodes.Symbol(name="L")

shapes = st.sampled_from(
    [SCALAR, *map(Shape.of, ("n", "d", "1 x n", "1 x h", "n x d", "d x n", "h x n", "d x d"))]
)


@st.composite
def terms(
    draw,
    shape: Shape | None = None,
    depth: int = 3,
    kinds: frozenset[type] | None = None,
    without: frozenset[type] = frozenset(),
    smooth: bool = False,
    known: tuple[nodes.Symbol, ...] = (),
) -> Term:
    """A term of this shape.

    Args:
        kinds, without: node types that are allowed, or not; a plain symbol always is.
        smooth: no function with a kink, and no derivative of a function.
        known: further symbols to take as leaves.
    """
    shape = draw(shapes) if shape is None else shape
    return _Maker(draw, kinds, without, smooth, known).make(shape, depth)


class _Maker:
    def __init__(self, draw, kinds=None, without=frozenset(), smooth=False, known=()):
        self.draw, self.kinds, self.without, self.smooth, self.known = draw, kinds, without, smooth, known
        self.bound: list[tuple[str, Dim]] = []  # indices of the sums around

    def make(self, shape: Shape, depth: int) -> Term:
        options = self.leaves(shape) if depth == 0 else self.composites(shape, depth - 1)
        def allowed(kind):
            return kind not in self.without and (self.kinds is None or kind in self.kinds)

        return self.pick([make for kind, make in options if allowed(kind)] or [self.leaves(shape)[0][1]])()

    def pick(self, choices):
        return self.draw(st.sampled_from(list(choices)))

    # ------------------------------------------------------------ leaves

    def leaves(self, shape: Shape):
        def symbol():
            return nodes.Symbol(name=f"{self.pick('AB')}({shape})", declared=shape)

        found = [(nodes.Symbol, symbol), (nodes.Symbol, symbol)]
        found += [(nodes.Symbol, lambda s=s: s) for s in self.known if s.shape == shape for _ in range(3)]
        found.append((nodes.Adjoint, lambda: nodes.adjoint(_LOSS, symbol())))
        if self.bound:
            index, upper = self.bound[-1]
            family = nodes.Symbol(name=f"F({shape})", declared=shape, indices=(Index(index),), style="()")
            found.append((nodes.Symbol, lambda: family))
            if shape.is_scalar:
                vector = nodes.Symbol(name=f"A({upper})", declared=Shape(upper))
                found += [(nodes.Component, lambda: nodes.Component((vector,), Index(index)))] * 2
        if shape.is_scalar:
            numbers = (-2, -1, 0, 1, 2, Fraction(1, 2), Fraction(-2, 3))
            found.append((nodes.Number, lambda: nodes.term(self.pick(numbers))))
            found.append((nodes.Size, lambda: nodes.Size(dim=Dim.of(self.pick(("n", "d+1", "n*h"))))))
        else:
            found.append((nodes.Ones, lambda: nodes.ones(shape)))
        if shape.is_square:
            found.append((nodes.Identity, lambda: nodes.Identity(dim=shape.rows)))
        return found

    # ------------------------------------------------------------ composites

    def composites(self, shape: Shape, depth: int):
        def some(shape=shape):
            return self.make(shape, self.draw(st.integers(max(0, depth - 1), depth)))

        def part():  # of an entrywise operation
            return some(self.pick((shape, shape, SCALAR)))

        def positive(shape=shape):
            return nodes.Add((nodes.term(1), nodes.Hadamard((a := self.make(shape, min(depth, 1)), a))))

        def bounded(shape=shape):
            return nodes.Apply((some(shape),), "tanh")

        def entrywise(node):
            args = [some(), *(part() for _ in range(self.pick((1, 1, 2))))]
            return node(tuple(self.draw(st.permutations(args))))

        def product():
            inner = [Dim.of(self.pick(DIMS)) for _ in range(self.pick((0, 1, 1, 2)))]
            borders = [shape.rows, *inner, shape.cols]
            factors = [some(Shape(a, b)) for a, b in pairwise(borders)]
            for _ in range(self.pick((0, 0, 1, 2))):
                factors.insert(self.draw(st.integers(0, len(factors))), some(SCALAR))
            return nodes.Product(tuple(factors))

        def power():
            exponent = self.pick((2, 3, 1, 0, -1, -2, Fraction(1, 2), Fraction(-3, 2)))
            return (bounded() if exponent in (0, 1, 2, 3) else positive()) ** exponent

        def apply():
            name = self.pick((*SMOOTH, *(() if self.smooth else KINKED), "log", "sqrt", "exp"))
            inside = {"log": positive, "sqrt": positive, "exp": bounded}.get(name, some)
            return nodes.Apply((inside(),), name)

        def slope():  # at a symbol: not at a kink
            at = nodes.Symbol(name=f"A({shape})", declared=shape)
            return nodes.Apply((at,), self.pick((*SMOOTH, *KINKED)), 1)

        def total():
            index = "ijk"[len(self.bound)] if self.pick((True, True, True, False)) else "i"
            upper = Dim.of(self.pick(("n", "d", "3")))
            self.bound.append((index, upper))
            try:
                body = some()
            finally:
                self.bound.pop()
            return nodes.Sum((body,), index, self.pick((1, 1, 2)), upper)

        found = [
            (nodes.Add, lambda: entrywise(nodes.Add)),
            (nodes.Neg, lambda: nodes.Neg((some(),))),
            (nodes.Product, product),
            (nodes.Product, product),
            (nodes.Hadamard, lambda: entrywise(nodes.Hadamard)),
            (nodes.Quotient, lambda: nodes.Quotient((some(), positive(self.pick((SCALAR, shape)))))),
            (nodes.Power, power),
            (nodes.Apply, apply),
            (nodes.Transpose, lambda: nodes.Transpose((some(shape.T),))),
            (nodes.Broadcast, lambda: nodes.Broadcast((some(SCALAR),), shape)),
        ]
        if not self.smooth:
            found.append((nodes.Apply, slope))
        if len(self.bound) < 3:
            found.append((nodes.Sum, total))
        if not shape.is_scalar:
            found.append((nodes.Quotient, lambda: nodes.Quotient((some(SCALAR), positive()))))
            found.append((nodes.Broadcast, lambda: nodes.Broadcast((some(Shape(shape.rows)),), shape)))
            found.append((nodes.Broadcast, lambda: nodes.Broadcast((some(Shape(ONE, shape.cols)),), shape)))
        if shape.is_square:
            nine = nodes.term(9) @ nodes.Identity(dim=shape.rows)
            found.append((nodes.Inverse, lambda: nodes.Inverse((nine + bounded(),))))
            found.append((nodes.Diag, lambda: nodes.Diag((some(Shape(shape.rows)),))))
        if shape.is_scalar:
            found += self.reductions(some)
        return found

    def reductions(self, some):
        def dim():
            return Dim.of(self.pick(DIMS))

        def any_shape():
            return self.pick((Shape(dim()), Shape(ONE, dim()), Shape(dim(), dim()), SCALAR))

        def square():
            size = self.pick((dim(), ONE))
            return Shape(size, size)

        def determinant():
            shape = square()
            return nodes.Determinant((nodes.Identity(dim=shape.rows) * 9 + nodes.Apply((some(shape),), "tanh"),))

        def component():
            shape = self.pick((Shape(dim()), Shape(dim(), dim())))
            first = Index("", 1)
            return nodes.Component((some(shape),), first, None if shape.is_vector else first)

        def kronecker():
            left, right = square(), square()
            return nodes.Trace((nodes.Kronecker((some(left), some(right))),))

        def commutation():
            shape = any_shape()
            turned = nodes.Commutation(of=shape) @ nodes.Vec((some(shape),))
            return nodes.SquaredNorm((turned - nodes.Vec((some(shape.T),)),))

        return [
            (nodes.Determinant, determinant),
            (nodes.Trace, lambda: nodes.Trace((some(square()),))),
            (nodes.SquaredNorm, lambda: nodes.SquaredNorm((some(any_shape()),))),
            (nodes.Norm, lambda: nodes.Norm((nodes.term(2) + nodes.Apply((some(any_shape()),), "tanh"),))),
            (nodes.Total, lambda: nodes.Total((some(any_shape()),))),
            (nodes.Component, component),
            (nodes.Kronecker, kronecker),
            (nodes.Commutation, commutation),
        ]


# ---------------------------------------------------------------- numbers


def rationals(term: Term, sizes: dict[str, int], salt: int = 0) -> dict[str, np.ndarray]:
    """For every symbol of a term a matrix of fractions, fixed by its key: no zeros, no two entries alike."""
    found = {}
    for symbol in symbols(term):
        keys = [symbol.key]
        if any(index.name for index in symbol.indices):
            keys = [symbol.member(i).key for i in FAMILY]
        for key in keys:
            rows, cols = symbol.shape.sizes(sizes)
            draw = np.random.default_rng([crc32(key.encode()), salt])
            numbers = draw.permutation(np.r_[-97:0, 1:98])[: rows * cols]
            found[key] = np.array([Fraction(int(v), 61) for v in numbers], dtype=object).reshape(rows, cols)
    return found


def floats(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key: value.astype(float) for key, value in values.items()}


def exact(values: dict[str, np.ndarray], arithmetic: ObjectArithmetic) -> dict[str, np.ndarray]:
    return {key: np.frompyfunc(arithmetic.number, 1, 1)(value) for key, value in values.items()}


def many_digits(term: Term, sizes: dict[str, int], *, count: int = 50, values: dict | None = None) -> np.ndarray:
    """The value of a term to 50 digits, in its full shape."""
    from derive.symbolic.scalars import numeric_derivatives

    arithmetic = digits(count, numeric_derivatives(Fraction(0), count))
    found = evaluate(term, exact(rationals(term, sizes) if values is None else values, arithmetic), sizes, arithmetic)
    return np.broadcast_to(np.asarray(found, dtype=object), term.shape.sizes(sizes))


def close(left: np.ndarray, right: np.ndarray, tolerance: float) -> bool:
    """Equal within a tolerance relative to the largest entry, or to 1."""
    assert np.shape(left) == np.shape(right)
    return all(
        abs(a - b) <= tolerance * max(1, abs(a), abs(b)) for a, b in zip(np.ravel(left), np.ravel(right), strict=True)
    )
