"""The nodes of the expression language: frozen, in written order, each with its shape or the reason why it has none.

Nothing is evaluated or reordered on construction: `A @ A` stays a product, `A @ A.inverse` is no identity. A term whose
shapes do not conform can be held, and says which two shapes do not fit; everything above it says the same.

The shape rule of a node type stands in the class, in one line where it can. Entrywise operations let scalars broadcast;
a vector never becomes a matrix by accident.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import cached_property, reduce
from operator import attrgetter
from typing import ClassVar

from derive.terms.dims import ONE, Dim
from derive.terms.functions import FUNCTIONS
from derive.terms.indices import Index
from derive.terms.shapes import SCALAR, Misfit, Shape

Span = tuple[int, int]


def node(cls):
    """A frozen dataclass whose equality and hash are those of `Term`: by structure, the hash computed once."""
    made = dataclass(frozen=True, eq=False)(cls)
    identity = tuple(each.name for each in fields(made) if each.name not in made._incidental)
    made._held = tuple(name for name in identity if name != "args")
    made._identity = attrgetter(*identity)  # terms are made and compared by the hundred thousand
    return made


def _names(value: object) -> Iterator[str]:
    """The names in what a node holds: letters of indices, dimensions and those of their families, names of its own."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Index):
        yield value.name
    elif isinstance(value, Dim):
        for monomial, _ in value.monomials:
            for atom in monomial:
                yield from (atom.name, atom.index.name)
    elif isinstance(value, Shape):
        yield from (*_names(value.rows), *_names(value.cols))
    elif isinstance(value, tuple):
        for part in value:
            yield from _names(part)


@node
class Term:
    """An expression. `shape` is a `Shape` or a `Misfit`; `span` is its place in the source text, if it came from one.

    Two terms are equal when they are written the same way, wherever they stand.
    """

    args: tuple[Term, ...] = ()
    span: Span | None = field(default=None, kw_only=True, repr=False)
    shape: Shape | Misfit = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False)

    # Not part of what a term is: where it stands, how a symbol is spelled, what is computed from the rest.
    _incidental: ClassVar[frozenset[str]] = frozenset({"span", "shape", "_hash", "latex_name", "style"})

    _held: ClassVar[tuple[str, ...]]  # the fields that it holds beside its arguments
    _identity: ClassVar[attrgetter]  # reads those and the arguments

    def __post_init__(self) -> None:
        shape = None
        for arg in self.args:
            if isinstance(arg.shape, Misfit):
                shape = arg.shape
                break
        object.__setattr__(self, "shape", shape or self.infer_shape())
        object.__setattr__(self, "_hash", hash((type(self).__name__, self._identity(self))))

    def infer_shape(self) -> Shape | Misfit:
        """The shape, given that every argument has one."""
        raise TypeError(f"{type(self).__name__} has no shape rule")

    def parts(self) -> Iterator[tuple[str, object]]:
        """What the node holds beside its arguments, by name: a value, a dimension, an index."""
        return ((name, getattr(self, name)) for name in self._held)

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """Every name in the term and in its dimensions: on a letter that is not among them no value of it depends."""
        own = itertools.chain.from_iterable(_names(value) for _, value in self.parts())
        return frozenset(own).union(_names(self.shape), *(arg.mentioned for arg in self.args))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or self._hash != other._hash:
            return False
        return self._identity(self) == self._identity(other)

    def __hash__(self) -> int:
        return self._hash

    def with_args(self, *args: Term) -> Term:
        """The same node over other arguments."""
        return self if args == self.args else replace(self, args=args)

    @property
    def is_scalar(self) -> bool:
        return isinstance(self.shape, Shape) and self.shape.is_scalar

    def walk(self) -> Iterator[Term]:
        """Every subterm, parents before children, in written order."""
        stack = [self]
        while stack:
            term = stack.pop()
            yield term
            stack.extend(reversed(term.args))

    def __str__(self) -> str:
        return self.latex  # `derive.terms` gives it to every term, with `to_sympy`

    # Operators, for models written in Python.
    def __add__(self, other) -> Add:
        return Add((*(self.args if isinstance(self, Add) else (self,)), term(other)))

    def __radd__(self, other) -> Add:
        return term(other) + self

    def __sub__(self, other) -> Add:
        return self + Neg((term(other),))

    def __rsub__(self, other) -> Add:
        return term(other) - self

    def __neg__(self) -> Neg:
        return Neg((self,))

    def __matmul__(self, other) -> Product:
        return Product((*(self.args if isinstance(self, Product) else (self,)), term(other)))

    __mul__ = __matmul__

    def __rmul__(self, other) -> Product:
        return Product((term(other), *(self.args if isinstance(self, Product) else (self,))))

    def __truediv__(self, other) -> Quotient:
        return Quotient((self, term(other)))

    def __rtruediv__(self, other) -> Quotient:
        return Quotient((term(other), self))

    def __pow__(self, exponent) -> Power:
        return Power((self,), Fraction(exponent))

    @property
    def T(self) -> Transpose:
        return Transpose((self,))


def term(value) -> Term:
    """A term from a term, a number, or a dimension."""
    if isinstance(value, Term):
        return value
    return Size(dim=value) if isinstance(value, Dim) else Number(value=Fraction(value))


# ---------------------------------------------------------------- leaves


@node
class Symbol(Term):
    """A name with a shape; with indices, a member of a family: `W^{[l]}`, `x^{(i)}`.

    `key` is its name in data and results (`W_1`), `latex_name` and `style` say how it is printed.
    """

    name: str = ""
    declared: Shape = SCALAR
    indices: tuple[Index, ...] = ()
    latex_name: str | None = None
    style: str = "_"

    def infer_shape(self) -> Shape:
        return self.declared

    @property
    def key(self) -> str:
        return "_".join([self.name, *map(str, self.indices)])

    def member(self, *indices: Index | int | str) -> Symbol:
        """The member of the family at these indices; shapes that depend on the index follow once it is a number."""
        return replace(self, indices=tuple(Index.of(index) for index in indices))


@node
class Adjoint(Symbol):
    """The name dL/dx as a symbol of the shape of x: what reverse mode computes, before it is written out."""

    loss: Symbol | None = None
    by: Symbol | None = None


def adjoint(loss: Symbol, by: Symbol) -> Adjoint:
    """dL/dx; its key in results is `dL/dx`."""
    return Adjoint(name=f"d{loss.key}/d{by.key}", declared=by.shape, loss=loss, by=by)


@node
class Number(Term):
    """An exact rational number."""

    value: Fraction = Fraction(0)

    def infer_shape(self) -> Shape:
        return SCALAR


@node
class Size(Term):
    """A dimension used as a number: the `n` of `1/n`."""

    dim: Dim = ONE

    def infer_shape(self) -> Shape:
        return SCALAR


@node
class Ones(Term):
    """The matrix of ones."""

    declared: Shape = SCALAR

    def infer_shape(self) -> Shape:
        return self.declared


@node
class Identity(Term):
    """The identity matrix of order `dim`."""

    dim: Dim = ONE

    def infer_shape(self) -> Shape:
        return Shape(self.dim, self.dim)


def ones(shape: Shape | str) -> Ones:
    """The matrix of ones of a shape; `ones("n")` is the column of n ones."""
    return Ones(declared=Shape.of(shape))


# ---------------------------------------------------------------- shape rules that several nodes share


def entrywise(problem: str, left: Term, right: Term) -> Shape | Misfit:
    """(r x c) with (r x c), or anything with a scalar."""
    if left.shape.is_scalar:
        return right.shape
    if right.shape.is_scalar or left.shape == right.shape:
        return left.shape
    return Misfit(problem, left, right)


def product_shape(left: Shape, right: Shape) -> Shape | None:
    """(r x m)(m x c) is r x c; a scalar multiplies anything; None where neither fits."""
    if left.is_scalar or right.is_scalar:
        return right if left.is_scalar else left
    return Shape(left.rows, right.cols) if left.cols == right.rows else None


class _Entrywise(Term):
    problem: ClassVar[str] = ""

    def infer_shape(self) -> Shape | Misfit:
        widest = self.args[0]
        for arg in self.args[1:]:
            shape = entrywise(self.problem, widest, arg)
            if isinstance(shape, Misfit):
                return shape
            widest = widest if widest.shape == shape else arg
        return widest.shape


class _Square(Term):
    """Of a square matrix only."""

    problem: ClassVar[str] = ""

    def infer_shape(self) -> Shape | Misfit:
        (arg,) = self.args
        return self.result(arg.shape) if arg.shape.is_square else Misfit(self.problem, arg)

    def result(self, shape: Shape) -> Shape:
        return SCALAR


class _ToScalar(Term):
    def infer_shape(self) -> Shape:
        return SCALAR


class _SameShape(Term):
    def infer_shape(self) -> Shape:
        return self.args[0].shape


# ---------------------------------------------------------------- composite nodes


@node
class Add(_Entrywise):
    """a + b + ...; a difference is a sum with a `Neg`."""

    problem = "a sum needs equal shapes"


@node
class Neg(_SameShape):
    """-a"""


@node
class Product(Term):
    """The matrix product A B C ..., in written order; scalars may stand anywhere in it."""

    def infer_shape(self) -> Shape | Misfit:
        total, start = self.args[0].shape, 0
        for position, arg in enumerate(self.args[1:], 1):
            shape = product_shape(total, arg.shape)
            if shape is None:
                written = self.args[start:position]
                return Misfit("inner dimensions differ", written[0] if len(written) == 1 else Product(written), arg)
            total = shape
        return total

    @cached_property
    def scaled(self) -> tuple[bool, ...]:
        """Of each factor but the first, whether it is a scalar, or multiplies one."""
        total, found = self.args[0].shape, []
        for arg in self.args[1:]:
            found.append(total.is_scalar or arg.shape.is_scalar)
            total = product_shape(total, arg.shape)
        return tuple(found)


@node
class Hadamard(_Entrywise):
    """The elementwise product a ⊙ b ⊙ ..."""

    problem = "an elementwise product needs equal shapes"


@node
class Quotient(_Entrywise):
    """a / b, entry by entry where b is no scalar."""

    problem = "an elementwise quotient needs equal shapes"


@node
class Power(_SameShape):
    """a^p, entry by entry; the power of a square matrix is a `Product`."""

    exponent: Fraction = Fraction(1)


@node
class Apply(_SameShape):
    """f(a) entry by entry; with `order` 1 its derivative f'(a)."""

    function: str = ""
    order: int = 0

    def __post_init__(self) -> None:
        if self.function not in FUNCTIONS:
            raise ValueError(f"no elementwise function is called {self.function!r}; known: {', '.join(FUNCTIONS)}")
        super().__post_init__()


@node
class Transpose(Term):
    """A^T"""

    def infer_shape(self) -> Shape:
        return self.args[0].shape.T


@node
class Inverse(_Square):
    """A^{-1}"""

    problem = "only a square matrix has an inverse"

    def result(self, shape: Shape) -> Shape:
        return shape


@node
class Determinant(_Square):
    """det A"""

    problem = "only a square matrix has a determinant"


@node
class Trace(_Square):
    """tr A"""

    problem = "only a square matrix has a trace"


@node
class SquaredNorm(_ToScalar):
    """The sum of the squares of all entries: ‖a‖² of a vector, ‖A‖_F² of a matrix."""


@node
class Norm(_ToScalar):
    """The square root of that sum: ‖a‖, ‖A‖_F."""


@node
class Total(_ToScalar):
    """The sum of all entries, 1^T A 1."""


@node
class Diag(Term):
    """The diagonal matrix with the entries of a column vector on its diagonal."""

    def infer_shape(self) -> Shape | Misfit:
        (arg,) = self.args
        return Shape(arg.shape.rows, arg.shape.rows) if arg.shape.cols == ONE else Misfit("diag needs a column", arg)


@node
class Vec(Term):
    """The columns of a matrix, one under the other."""

    def infer_shape(self) -> Shape | Misfit:
        return Shape(self.args[0].shape.rows * self.args[0].shape.cols, ONE)


@node
class Kronecker(Term):
    """A ⊗ B, the block matrix of all a_ij B."""

    def infer_shape(self) -> Shape:
        left, right = (arg.shape for arg in self.args)
        return Shape(left.rows * right.rows, left.cols * right.cols)


@node
class Commutation(Term):
    """The permutation K with K vec(A) = vec(A^T) for A of shape rows x cols (Magnus and Neudecker)."""

    of: Shape = SCALAR

    def infer_shape(self) -> Shape:
        size = self.of.rows * self.of.cols
        return Shape(size, size)


@node
class Broadcast(Term):
    """A scalar, or a vector along its missing axis, repeated to a shape: the bias of a batch."""

    to: Shape = SCALAR

    def infer_shape(self) -> Shape | Misfit:
        (arg,) = self.args
        fits = all(have in (ONE, want) for have, want in zip(_axes(arg.shape), _axes(self.to), strict=True))
        return self.to if fits else Misfit("cannot be repeated", arg, ones(self.to))


def _axes(shape: Shape) -> tuple[Dim, Dim]:
    return shape.rows, shape.cols


@node
class Component(Term):
    """The entry a_i of a column vector, or a_ij of a matrix. Indices count from 1."""

    row: Index = Index("", 1)
    column: Index | None = None

    def infer_shape(self) -> Shape | Misfit:
        (arg,) = self.args
        if self.column is None and arg.shape.cols != ONE:
            return Misfit("a matrix needs two indices", arg)
        return SCALAR


@node
class Sum(Term):
    """The sum of a term over an index, from `lower` to `upper` inclusive; an empty sum is 0."""

    index: str = "i"
    lower: int = 1
    upper: Dim = ONE

    def infer_shape(self) -> Shape | Misfit:
        (arg,) = self.args
        changes = arg.shape.at({self.index: 1}) != arg.shape.at({self.index: 2})
        return Misfit(f"the shape changes with the index {self.index} of a sum", arg) if changes else arg.shape


def add(terms: tuple[Term, ...]) -> Term:
    """The sum of one or more terms."""
    return terms[0] if len(terms) == 1 else reduce(lambda a, b: a + b, terms)
