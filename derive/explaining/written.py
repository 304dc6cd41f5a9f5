r"""Terms with numbers in the place of symbols: `\underbrace{0.3}_{\delta_2}`.

What is no matrix product, sum or Hadamard product of symbols (a function's value, a quotient of matrices, a bracket) is
one number or matrix here, with its formula under it. Sums over entries are written out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from derive.explaining.numbers import MAX_TERMS, matrix, signed, summed
from derive.terms import nodes
from derive.terms.arithmetic import Arithmetic
from derive.terms.evaluate import Scope
from derive.terms.latex import latex
from derive.terms.nodes import Symbol, Term
from derive.terms.walk import rebuild

FORWARD, GRADIENT = "royalblue", "crimson"


@dataclass
class Replaced:
    """A term in which only products, sums and symbols are left; what stood in the place of the new symbols."""

    term: Term
    parts: dict[str, Term] = field(default_factory=dict)


def opaque(term: Term, sizes: Mapping[str, int] | None = None) -> Replaced:
    """Replace every part that is no product, sum or symbol by a symbol of its shape."""
    found = Replaced(term)

    def part(t: Term) -> Symbol:
        name = f"part {len(found.parts) + 1}"
        found.parts[name] = t
        return Symbol(name=name, declared=t.shape, latex_name=t.latex)

    def go(t: Term, top: bool) -> Term:
        match t:
            case nodes.Symbol() | nodes.Number():
                return t
            case nodes.Size():
                return nodes.Number(value=Fraction(t.dim.size(sizes))) if sizes else t
            case nodes.Transpose() if isinstance(t.args[0], Symbol):
                return t
            case nodes.Neg() | nodes.Product() | nodes.Hadamard():
                return t.with_args(*(go(arg, isinstance(t, nodes.Neg) and top) for arg in t.args))
            case nodes.Add() if top:
                return t.with_args(*(go(arg, False) for arg in t.args))
            case nodes.Quotient() if not any(node.args == () and isinstance(node, Symbol) for node in t.walk()):
                return t.with_args(*(go(arg, False) for arg in t.args))
            case nodes.Power() if t.is_scalar:
                return t.with_args(go(t.args[0], False))
            case _:
                return part(t)

    found.term = go(term, True)
    return found


def with_shapes(term: Term) -> str:
    r"""The term with the shape of every symbol under it: `\underbrace{W_1}_{h \times d}`.

    Not where entries are written one by one, nor above and below the bar of an entrywise quotient.
    """

    def show(t: Term, text: str) -> str:
        return text if t.is_scalar else braced(text, t.shape.latex)

    def named(t: Term) -> Term:
        return Symbol(name="ones", declared=t.shape, latex_name=t.latex) if isinstance(t, nodes.Ones) else t

    for node in term.walk():
        if isinstance(node, nodes.Component) or (isinstance(node, nodes.Quotient) and not node.is_scalar):
            return term.latex
    return latex(rebuild(term, named), show).removesuffix(r"\,")


def shapes(term: Term) -> str:
    r"""The term with every factor's shape in its place: `(k \times h)^\top`, scalars left out of products."""
    replaced = opaque(term)

    def show(t: Term, text: str) -> str:
        return rf"({t.shape.latex})"

    return latex(_without_scalars(replaced.term), show)


def _without_scalars(term: Term) -> Term:
    if isinstance(term, nodes.Neg):
        return _without_scalars(term.args[0])
    if isinstance(term, nodes.Product):
        left = tuple(_without_scalars(arg) for arg in term.args if not arg.is_scalar)
        return term if not left else left[0] if len(left) == 1 else nodes.Product(left)
    if isinstance(term, nodes.Add | nodes.Hadamard):
        return term.with_args(*map(_without_scalars, term.args))
    return term


@dataclass(frozen=True)
class Numbers:
    """Values by the keys of symbols, and the sizes of dimensions: what a term is evaluated and written with.

    Args:
        values: in numbers of many digits. In float64 a saturated sigmoid would be 1 and 1 - 1 a divisor, and what is
            printed would not be equal to what stands beside it.
        arithmetic: of these numbers, with the derivatives of the functions.
        precision: the decimal digits of these numbers.
        magnitudes: by the keys of adjoints, what the terms that they sum up amount to, entry by entry.
    """

    values: Mapping[str, np.ndarray]
    sizes: Mapping[str, int]
    arithmetic: Arithmetic
    precision: int
    magnitudes: Mapping[str, np.ndarray]

    def value(self, term: Term, **indices: int) -> np.ndarray:
        """The value as an object array of 2 dimensions; it becomes a float only when it is printed."""
        scope = Scope(self.arithmetic, self.values, self.sizes, indices)
        return np.atleast_2d(np.asarray(scope.evaluate(term), dtype=object))

    def frozen(self, term: Term, **indices: int) -> tuple[tuple[Any, ...], ...]:
        """The value as rows of numbers, for a value that is kept."""
        return tuple(map(tuple, self.value(term, **indices).tolist()))

    def written(self, term: Term, *, incoming: Term | None = None) -> str:
        """The term with numbers, the name of each factor under it; the adjoint that comes in is red, all else blue."""
        return filled(term, self.sizes, self.entries, self.entry, incoming)

    def entry(self, term: Term) -> str:
        """One number as a factor, or a matrix."""
        value = self.value(term)
        return signed(value.item()) if value.size == 1 else matrix(value)

    def entries(self, term: Term) -> str | None:
        """A sum over entries or an index, written out with the values of its terms; None for any other term."""
        if isinstance(term, nodes.SquaredNorm):
            values, write = self.value(term.args[0]).ravel(), _square
        elif isinstance(term, nodes.Total):
            values, write = self.value(term.args[0]).ravel(), signed
        elif isinstance(term, nodes.Sum):
            count = range(1, term.upper.size(self.sizes) + 1)
            body, write = term.args[0], signed
            if isinstance(body, nodes.Power) and body.exponent == 2:
                body, write = body.args[0], _square
            values = [self.value(body, **{term.index: i}).item() for i in count]
        else:
            return None
        if len(values) == 1:
            return colored(FORWARD, write(values[0]))
        body = rf"\left({colored(FORWARD, summed(values, write))}\right)"
        return body if len(values) <= MAX_TERMS else braced(body, rf"{len(values)}\text{{ terms}}")


def filled(
    term: Term,
    sizes: Mapping[str, int],
    over: Callable[[Term], str | None],
    body: Callable[[Term], str],
    incoming: Term | None = None,
) -> str:
    """A term with the text of its value in the place of every factor, and the factor's name under it.

    Args:
        over: the text of a sum that is written out; None for any other term.
        body: the text of a value.
        incoming: the adjoint that is red, like all that are adjoints by name; all else is blue.
    """
    replaced = opaque(term, sizes)

    def show(t: Term, text: str) -> str:
        symbol = t.args[0] if isinstance(t, nodes.Transpose) else t
        original = replaced.parts.get(symbol.key, symbol)
        total = over(original)
        if total is not None:
            return total
        color = GRADIENT if symbol == incoming or isinstance(symbol, nodes.Adjoint) else FORWARD
        value = body(original if t is symbol else nodes.Transpose((original,)))
        return braced(colored(color, value), _name(t, symbol, text))

    return latex(replaced.term, show).removesuffix(r"\,")


def _name(t: Term, symbol: Symbol, text: str) -> str:
    r"""What stands under a brace: `\partial L/\partial W_1` on one line, all else as it is."""
    if not isinstance(symbol, nodes.Adjoint):
        return text
    slashed = rf"\partial {symbol.loss.latex}/\partial {symbol.by.latex}"
    return slashed if t is symbol else rf"({slashed})^\top"


def braced(text: str, name: str) -> str:
    r"""What a brace holds, with its name under it.

    The group around it makes it an ordinary symbol, so that a sign of operation beside it keeps its spaces; the thin
    space keeps the braces of neighbours apart.
    """
    return rf"{{\underbrace{{{text}}}_{{{name}}}}}\,"


def _square(value: Any) -> str:
    text = signed(value)
    return f"{text}^2"


def colored(color: str, text: str) -> str:
    return rf"\textcolor{{{color}}}{{{text}}}"
