"""Terms to SymPy and back, for the people who live there. Values are kept; SymPy may reorder what it touches.

What SymPy cannot hold is written as what means the same there: a scalar added to a matrix as a multiple of the matrix
of ones, a 1 x 1 product as its trace, an elementwise quotient as a Hadamard power. Functions that SymPy does not know
(`sigmoid`, `relu`) are SymPy functions of the same name; `.doit()` replaces them by their definitions, and SymPy
differentiates those definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache
from types import SimpleNamespace

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.functions import FUNCTIONS
from derive.terms.indices import Index
from derive.terms.nodes import Term, ones, product_shape
from derive.terms.shapes import SCALAR, Misfit, Shape, ShapeError

SYMPY = SimpleNamespace(
    **{name: getattr(sp, name) for name in ("exp", "log", "tanh", "sin", "cos", "sqrt")},
    piecewise=lambda t, below, above: sp.Piecewise((above, t > 0), (below, True)),
)

# SymPy has these itself; the rest of the table become functions of their own name.
_BUILT_IN = frozenset({"exp", "log", "tanh", "sin", "cos", "sqrt", "square"})


@cache
def definition(name: str, order: int = 0) -> sp.Lambda:
    """The scalar function of a row of the table, or its derivative as SymPy derives it, as a SymPy Lambda."""
    t = sp.Dummy("t", real=True)
    return sp.Lambda(t, sp.diff(FUNCTIONS[name].value(SYMPY, t), t, order))


@cache
def function(name: str, order: int = 0) -> Callable:
    """What a row of the table is in SymPy: SymPy's own function, or one of the row's name."""
    return definition(name, order) if name in _BUILT_IN else named(name, order)


@cache
def named(name: str, order: int = 0) -> type[sp.Function]:
    """A SymPy function of the row's name, opaque until `.doit()`; SymPy derives what it differentiates to."""

    def fdiff(self, argindex=1):
        return named(name, order + 1)(self.args[0])

    def doit(self, deep=True, **hints):
        argument = self.args[0].doit(deep=deep, **hints) if deep else self.args[0]
        return definition(name, order)(argument)

    def evalf(self, precision):
        return definition(name, order)(self.args[0])._eval_evalf(precision)

    members = {"nargs": 1, "row": (name, order), "fdiff": fdiff, "doit": doit, "_eval_evalf": evalf}
    return type(name + "_prime" * order, (sp.Function,), members)


# ---------------------------------------------------------------- to SymPy


def to_sympy(term: Term) -> sp.Basic:
    """The term as a SymPy expression: a scalar expression where it is a scalar, else a matrix expression.

    Raises:
        ShapeError: the term has no shape.
        ValueError: SymPy has no matrix expression for it; the message names it.
    """
    if isinstance(term.shape, Misfit):
        raise ShapeError(term.shape)
    if type(term) not in _TO:
        raise ValueError(f"SymPy has no matrix expression for {term.latex} ({type(term).__name__})")
    return _TO[type(term)](term, *map(to_sympy, term.args))


def dim_to_sympy(dim: Dim) -> sp.Expr:
    monomials = (
        factor * sp.Mul(*(sp.Symbol(atom.key, integer=True, positive=True) for atom in monomial))
        for monomial, factor in dim.monomials
    )
    return sp.Add(*monomials)


def _pair(shape: Shape) -> tuple[sp.Expr, sp.Expr]:
    return dim_to_sympy(shape.rows), dim_to_sympy(shape.cols)


def _symbol(t: nodes.Symbol) -> sp.Basic:
    return sp.Symbol(t.key, real=True) if t.is_scalar else sp.MatrixSymbol(t.key, *_pair(t.shape))


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def _widened(t: Term, args: Iterable[sp.Basic]) -> list[sp.Basic]:
    """Scalars among entries of a matrix, as multiples of the matrix of ones."""
    full = sp.OneMatrix(*_pair(t.shape)) if not t.is_scalar else None
    return [a * full if full is not None and arg.is_scalar else a for arg, a in zip(t.args, args, strict=True)]


def _product(t: nodes.Product, *args: sp.Basic) -> sp.Basic:
    # A 1 x 1 product is a scalar factor, also at the head of a longer one: x^T y A. SymPy would multiply its matrices.
    scalars, chain, shape = [], [], SCALAR
    for arg, a in zip(t.args, args, strict=True):
        if arg.is_scalar:
            scalars.append(a)
            continue
        chain.append(a)
        shape = product_shape(shape, arg.shape)
        if shape.is_scalar:
            scalars.append(sp.Trace(sp.MatMul(*chain)))
            chain = []
    return sp.Mul(*scalars, *([sp.MatMul(*chain) if len(chain) > 1 else chain[0]] if chain else []))


def _hadamard(t: nodes.Hadamard, *args: sp.Basic) -> sp.Basic:
    if t.is_scalar:
        return sp.Mul(*args)
    scalars = [a for arg, a in zip(t.args, args, strict=True) if arg.is_scalar]
    matrices = [a for arg, a in zip(t.args, args, strict=True) if not arg.is_scalar]
    return sp.Mul(*scalars) * (sp.HadamardProduct(*matrices) if len(matrices) > 1 else matrices[0])


def _quotient(t: nodes.Quotient, over: sp.Basic, under: sp.Basic) -> sp.Basic:
    if t.args[1].is_scalar:
        return over / under
    inverse = sp.HadamardPower(under, -1)
    return over * inverse if t.args[0].is_scalar else sp.HadamardProduct(over, inverse)


def _apply(t: nodes.Apply, arg: sp.Basic) -> sp.Basic:
    f = function(t.function, t.order)
    if t.is_scalar:
        return f(arg)
    x = sp.Dummy("x", real=True)
    return ElementwiseApplyFunction(sp.Lambda(x, f(x)), arg)


def _index(index: Index) -> sp.Expr:
    return sp.Symbol(index.name, integer=True) + index.offset if index.name else sp.Integer(index.offset)


def _trace_of_square(arg: sp.Basic) -> sp.Basic:
    return arg**2 if not getattr(arg, "is_Matrix", False) else sp.Trace(arg.T * arg)


def _total(t: nodes.Total, arg: sp.Basic) -> sp.Basic:
    rows, cols = _pair(t.args[0].shape)
    return arg if t.args[0].is_scalar else sp.Trace(sp.MatMul(sp.OneMatrix(1, rows), arg, sp.OneMatrix(cols, 1)))


def _broadcast(t: nodes.Broadcast, arg: sp.Basic) -> sp.Basic:
    (inner,), (rows, cols) = t.args, _pair(t.to)
    if t.is_scalar:
        return arg
    if inner.is_scalar:
        return arg * sp.OneMatrix(rows, cols)
    return arg * sp.OneMatrix(1, cols) if inner.shape.cols == ONE else sp.OneMatrix(rows, 1) * arg


def _series(t: nodes.Sum, body: sp.Basic) -> sp.Basic:
    members = [s for s in t.walk() if isinstance(s, nodes.Symbol) and any(i.name == t.index for i in s.indices)]
    if members or not t.is_scalar:  # SymPy would take x^{(i)} for a constant, and a sum of matrices for a number
        raise ValueError(f"SymPy has no sum over {members[0].latex if members else 'matrices'}: {t.latex}")
    return sp.Sum(body, (sp.Symbol(t.index, integer=True), t.lower, dim_to_sympy(t.upper)))


def _unary(matrix: Callable, scalar: Callable = lambda a: a) -> Callable:
    return lambda t, a: scalar(a) if t.args[0].is_scalar else matrix(a)


_TO: dict[type[Term], Callable] = {
    nodes.Symbol: _symbol,
    nodes.Adjoint: _symbol,
    nodes.Number: lambda t: _rational(t.value),
    nodes.Size: lambda t: dim_to_sympy(t.dim),
    nodes.Ones: lambda t: sp.Integer(1) if t.is_scalar else sp.OneMatrix(*_pair(t.shape)),
    nodes.Identity: lambda t: sp.Integer(1) if t.is_scalar else sp.Identity(dim_to_sympy(t.dim)),
    nodes.Add: lambda t, *a: (sp.Add if t.is_scalar else sp.MatAdd)(*_widened(t, a)),
    nodes.Neg: lambda t, a: -a,
    nodes.Product: _product,
    nodes.Hadamard: _hadamard,
    nodes.Quotient: _quotient,
    nodes.Power: lambda t, a: a ** _rational(t.exponent) if t.is_scalar else sp.HadamardPower(a, _rational(t.exponent)),
    nodes.Apply: _apply,
    nodes.Transpose: _unary(sp.Transpose),
    nodes.Inverse: _unary(sp.Inverse, lambda a: 1 / a),
    nodes.Determinant: _unary(sp.Determinant),
    nodes.Trace: _unary(sp.Trace),
    nodes.SquaredNorm: lambda t, a: _trace_of_square(a),
    nodes.Norm: lambda t, a: sp.sqrt(_trace_of_square(a)),
    nodes.Total: _total,
    nodes.Diag: _unary(sp.DiagMatrix),
    nodes.Kronecker: lambda t, a, b: a * b if any(arg.is_scalar for arg in t.args) else sp.KroneckerProduct(a, b),
    nodes.Broadcast: _broadcast,
    nodes.Component: lambda t, a: a[_index(t.row) - 1, _index(t.column) - 1 if t.column else 0],
    nodes.Sum: _series,
}


# ---------------------------------------------------------------- from SymPy


def from_sympy(expression: sp.Basic, symbols: Iterable[nodes.Symbol] = ()) -> Term:
    """The SymPy expression as a term; `symbols` lends its symbols the spelling of symbols with the same key.

    Raises:
        ValueError: the expression holds something that terms have no node for; the message names it.
    """
    known = {symbol.key: symbol for symbol in symbols}
    return _from(sp.sympify(expression, strict=True), known)


Known = dict[str, nodes.Symbol]


def _from(e: sp.Basic, known: Known) -> Term:
    for kind, rule in _FROM.items():
        if isinstance(e, kind):
            return rule(e, known)
    raise ValueError(f"no term corresponds to the SymPy expression {e} ({type(e).__name__})")


def _dim(e: sp.Expr) -> Dim:
    total = Dim.of(0)
    for part in sp.Add.make_args(sp.expand(e)):
        monomial = Dim.of(1)
        for factor in sp.Mul.make_args(part):
            base, exponent = factor.as_base_exp()
            for _ in range(int(exponent)):
                monomial = monomial * (Dim.of(int(base)) if base.is_Integer else Dim.of(str(base)))
        total = total + monomial
    return total


def _shape(e: sp.Basic) -> Shape:
    return Shape(_dim(e.shape[0]), _dim(e.shape[1]))


def _name(e: sp.Basic, known: Known, shape: Shape = SCALAR) -> nodes.Symbol:
    name = str(e.name)
    return known.get(name) or nodes.Symbol(name=name, declared=shape)


def _scalar_symbol(e: sp.Symbol, known: Known) -> Term:
    # Dimensions are the symbols that are whole and positive; no data are.
    return nodes.Size(dim=Dim.of(e.name)) if e.is_integer and e.is_positive else _name(e, known)


def _sum(e: sp.Basic, known: Known) -> Term:
    return nodes.Add(tuple(_from(arg, known) for arg in e.args))


def _mul(e: sp.Basic, known: Known) -> Term:
    factors = list(e.args)
    over = [f for f in factors if not _is_reciprocal(f)]
    under = [1 / f for f in factors if _is_reciprocal(f)]
    negative = bool(over) and over[0] == -1
    numerator = [_from(f, known) for f in over[negative:]]
    term = numerator[0] if len(numerator) == 1 else nodes.Product(tuple(numerator)) if numerator else nodes.term(1)
    if under:
        term = nodes.Quotient((term, _from(sp.Mul(*under), known)))
    return nodes.Neg((term,)) if negative else term


def _is_reciprocal(factor: sp.Basic) -> bool:
    # The inverse of a matrix is a factor; the reciprocal of a scalar is a denominator.
    return not getattr(factor, "is_Matrix", False) and factor.is_Pow and factor.exp.is_negative is True


def _pow(e: sp.Pow, known: Known) -> Term:
    if e.base == sp.E:
        return nodes.Apply((_from(e.exp, known),), "exp")
    if not e.exp.is_Rational:
        raise ValueError(f"only rational powers have a term, found {e}")
    if e.exp == sp.Rational(1, 2):
        return nodes.Apply((_from(e.base, known),), "sqrt")
    if e.exp.is_negative:
        return nodes.Quotient((nodes.term(1), _from(e.base**-e.exp, known)))
    return nodes.Power((_from(e.base, known),), Fraction(int(e.exp.p), int(e.exp.q)))


def _hadamard_power(e: sp.HadamardPower, known: Known) -> Term:
    base, exponent = _from(e.base, known), Fraction(int(e.exp.p), int(e.exp.q))
    if exponent == -1:
        return nodes.Quotient((nodes.term(1), base))
    return nodes.Power((base,), exponent)


def _matrix_power(e: sp.MatPow, known: Known) -> Term:
    if not e.exp.is_Integer or abs(e.exp) > 64:
        raise ValueError(f"only small whole powers of a matrix have a term, found {e}")
    base = _from(e.base, known)
    factor = nodes.Inverse((base,)) if e.exp < 0 else base
    return factor if abs(e.exp) == 1 else nodes.Product((factor,) * abs(int(e.exp)))


def _elementwise(e: ElementwiseApplyFunction, known: Known) -> Term:
    # The bound variable gets a name that nothing else has: a Dummy may be called like a symbol of the body.
    variable = nodes.Symbol(name="argument of the elementwise function")
    inside = e.function(sp.Symbol(variable.name, real=True))
    return _filled(_from(inside, known), variable, _from(e.expr, known))


def _filled(body: Term, variable: Term, value: Term) -> Term:
    """The scalar body of an elementwise function, with a matrix in place of its variable."""
    if body == variable:
        return value
    args = tuple(_filled(arg, variable, value) for arg in body.args)
    if isinstance(body, nodes.Product):
        return nodes.Hadamard(args)
    return body.with_args(*args) if args else body


def _named(e: sp.Function, known: Known) -> Term:
    row = getattr(type(e), "row", None) or (type(e).__name__.lower(), 0)
    if row[0] not in FUNCTIONS:
        raise ValueError(f"no elementwise function is called {row[0]!r}; known: {', '.join(FUNCTIONS)}")
    return nodes.Apply((_from(e.args[0], known),), *row)


def _trace(e: sp.Trace, known: Known) -> Term:
    inner = _from(e.arg, known)
    return inner if inner.is_scalar else nodes.Trace((inner,))


def _back_index(e: sp.Expr) -> Index:
    return Index.of(str(e + 1).replace(" ", ""))


def _element(e: sp.Basic, known: Known) -> Term:
    column = None if e.parent.shape[1] == 1 else _back_index(e.j)
    return nodes.Component((_from(e.parent, known),), _back_index(e.i), column)


def _sums(e: sp.Sum, known: Known) -> Term:
    taken = {str(symbol) for symbol in e.free_symbols | set(e.bound_symbols)}
    letters = iter(letter for letter in "ijklpqrstuv" if letter not in taken)
    names = {index: str(index) if str(index).isalpha() else next(letters) for index in e.bound_symbols}
    term = _from(e.function.subs({index: sp.Symbol(name, integer=True) for index, name in names.items()}), known)
    for index, lower, upper in e.limits:
        if not lower.is_Integer:
            raise ValueError(f"only sums from a number have a term, found {e}")
        term = nodes.Sum((term,), names[index], int(lower), _dim(upper))
    return term


def _unary_from(make: Callable[[tuple[Term, ...]], Term]) -> Callable:
    return lambda e, known: make((_from(e.args[0], known),))


def _piecewise(e: sp.Piecewise, known: Known) -> Term:
    for name, row in FUNCTIONS.items():
        for order in (0, 1) if row.kinks else ():
            for argument in sorted(e.free_symbols, key=str):
                if definition(name, order)(argument) == e:
                    return nodes.Apply((_from(argument, known),), name, order)
    raise ValueError(f"no elementwise function is {e}")


_FROM: dict[type, Callable] = {
    sp.MatrixSymbol: lambda e, known: _name(e, known, _shape(e)),
    sp.Symbol: _scalar_symbol,
    type(sp.E): lambda e, known: nodes.Apply((nodes.term(1),), "exp"),
    sp.Rational: lambda e, known: nodes.Number(value=Fraction(int(e.p), int(e.q))),
    sp.OneMatrix: lambda e, known: ones(_shape(e)),
    sp.ZeroMatrix: lambda e, known: nodes.Product((nodes.term(0), ones(_shape(e)))),
    sp.Identity: lambda e, known: nodes.Identity(dim=_dim(e.shape[0])),
    sp.MatAdd: _sum,
    sp.Add: _sum,
    sp.HadamardProduct: lambda e, known: nodes.Hadamard(tuple(_from(a, known) for a in e.args)),
    sp.HadamardPower: _hadamard_power,
    sp.MatMul: _mul,
    sp.Mul: _mul,
    sp.Inverse: _unary_from(nodes.Inverse),
    sp.MatPow: _matrix_power,
    sp.Pow: _pow,
    sp.exp: _named,
    sp.Transpose: _unary_from(nodes.Transpose),
    sp.Determinant: _unary_from(nodes.Determinant),
    sp.Trace: _trace,
    sp.DiagMatrix: _unary_from(nodes.Diag),
    sp.KroneckerProduct: lambda e, known: nodes.Kronecker(tuple(_from(a, known) for a in e.args)),
    ElementwiseApplyFunction: _elementwise,
    sp.matrices.expressions.matexpr.MatrixElement: _element,
    sp.Sum: _sums,
    sp.Piecewise: _piecewise,
    sp.Function: _named,
}
