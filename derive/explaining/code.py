"""Terms as Python: expressions over NumPy arrays, which derive's Tensors understand as well.

Matrices are arrays with two axes, a vector is a column; a scalar is a number. A definition by entries is written over
whole arrays, whose entries it runs through. Names are the keys of symbols.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from derive.terms import nodes
from derive.terms.dims import Dim
from derive.terms.nodes import Term

# What binds how tightly in Python.
SUM, PRODUCT, POWER, ATOM = range(4)
# Functions that `derive.engine.tensor` has, for arrays and Tensors alike.
ENGINE = ("exp", "log", "relu", "sigmoid", "tanh")
Printed = tuple[str, int]


def python(term: Term) -> str:
    """The term as an expression.

    Raises:
        KeyError: a node has no row here.
    """
    return _ROWS[type(term)](term)[0]


def name(key: str) -> str:
    """The key of a symbol as a name of Python: `dL/dW_1` is `dL_dW_1`."""
    return re.sub(r"\W", "_", key)


def slope(function: str) -> str:
    """The name of the function that is the derivative of another."""
    return f"{function}_slope"


def _at(binds: int, term: Term) -> str:
    """The term where what stands around it binds as tightly as this."""
    text, own = _ROWS[type(term)](term)
    return text if own >= binds else f"({text})"


def _dim(dim: Dim) -> str:
    return re.sub(r"\W", "_", str(dim))


def _added(t: nodes.Add) -> Printed:
    first, *others = t.args
    text = _at(SUM, first)
    for arg in others:
        negative = isinstance(arg, nodes.Neg)
        text += f" - {_at(PRODUCT, arg.args[0])}" if negative else f" + {_at(SUM, arg)}"
    return text, SUM


def _product(t: nodes.Product) -> Printed:
    """Scalars times matrices; a product of matrices that is a number is summed to one."""
    scalars = [arg for arg in t.args if arg.is_scalar]
    matrices = [arg for arg in t.args if not arg.is_scalar]
    matched = " @ ".join(_at(ATOM if len(matrices) > 1 else PRODUCT, arg) for arg in matrices)
    if t.is_scalar and matrices:
        matched = f"({matched}).sum()"
    elif len(matrices) > 1 and scalars:
        matched = f"({matched})"
    return " * ".join([*(_at(PRODUCT, arg) for arg in scalars), *([matched] if matched else [])]), PRODUCT


def _ones(t: nodes.Ones) -> Printed:
    return f"np.ones(({_dim(t.shape.rows)}, {_dim(t.shape.cols)}))", ATOM


def _transpose(t: nodes.Transpose) -> Printed:
    (arg,) = t.args
    if isinstance(arg, nodes.Ones):
        return f"np.ones(({_dim(arg.shape.cols)}, {_dim(arg.shape.rows)}))", ATOM
    return (python(arg), ATOM) if arg.is_scalar else (f"{_at(ATOM, arg)}.T", ATOM)


def _summed(t: Term) -> Printed:
    (arg,) = t.args
    return (f"{_at(ATOM, arg)}.sum()", ATOM) if not arg.is_scalar else (python(arg), SUM)


def _apply(t: nodes.Apply) -> Printed:
    called = t.function if not t.order else slope(t.function)
    return f"{called}({python(t.args[0])})", ATOM


def _number(t: nodes.Number) -> Printed:
    value = t.value
    if value.denominator == 1:
        return str(value.numerator), ATOM if value >= 0 else SUM
    return f"{value.numerator} / {value.denominator}", PRODUCT


def _power(t: nodes.Power) -> Printed:
    whole = t.exponent.denominator == 1
    exponent = str(t.exponent) if whole and t.exponent >= 0 else f"({t.exponent})"
    return f"{_at(ATOM, t.args[0])} ** {exponent}", POWER


_ROWS: dict[type[Term], Callable[..., Printed]] = {
    nodes.Symbol: lambda t: (name(t.key), ATOM),
    nodes.Adjoint: lambda t: (name(t.key), ATOM),
    nodes.Number: _number,
    nodes.Size: lambda t: (_dim(t.dim), ATOM),
    nodes.Ones: _ones,
    nodes.Neg: lambda t: (f"-{_at(PRODUCT, t.args[0])}", SUM),
    nodes.Add: _added,
    nodes.Product: _product,
    nodes.Hadamard: lambda t: (" * ".join(_at(POWER, arg) for arg in t.args), PRODUCT),
    nodes.Quotient: lambda t: (f"{_at(PRODUCT, t.args[0])} / {_at(POWER, t.args[1])}", PRODUCT),
    nodes.Power: _power,
    nodes.Apply: _apply,
    nodes.Transpose: _transpose,
    nodes.SquaredNorm: lambda t: (f"({_at(ATOM, t.args[0])} ** 2).sum()", ATOM),
    nodes.Total: _summed,
    nodes.Component: lambda t: _ROWS[type(t.args[0])](t.args[0]),  # one entry for all of them
    nodes.Sum: lambda t: (f"{_at(ATOM, t.args[0])}.sum()", ATOM),
}


def used_functions(*terms: Term) -> tuple[str, ...]:
    """The functions in these terms by name, and the slopes of which they need, each once."""
    found = [node for term in terms for node in term.walk() if isinstance(node, nodes.Apply)]
    return tuple(dict.fromkeys(slope(node.function) if node.order else node.function for node in found))


def slope_definition(function: str, at_kink: str) -> str:
    """The derivative of a function, as a function of Python.

    Raises:
        KeyError: none is written here.
    """
    return _SLOPES[function].format(name=slope(function), at_zero=float_of(at_kink))


def float_of(text: str) -> str:
    """`1/2` as `0.5`."""
    over, _, under = text.partition("/")
    return str(int(over) / int(under or 1))


_SLOPES = {
    "relu": "def {name}(z):\n    return np.where(z > 0, 1.0, np.where(z < 0, 0.0, {at_zero}))",
    "sigmoid": "def {name}(z):\n    return sigmoid(z) * (1 - sigmoid(z))",
    "tanh": "def {name}(z):\n    return 1 - tanh(z) ** 2",
}
