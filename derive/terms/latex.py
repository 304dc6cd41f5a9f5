"""Terms as LaTeX that every renderer takes: no `\\operatorname`, no `\\mbox`, no macro of our own.

One row per node type. A row gives the text and how tightly it binds; brackets are put where an argument binds less
tightly than its place asks, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from fractions import Fraction

from derive.terms import nodes, written
from derive.terms.dims import ONE
from derive.terms.functions import FUNCTIONS
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.shapes import Shape


class Binds(IntEnum):
    """How tightly a text binds, from a sum to an atom."""

    SUM = 0
    NEGATIVE = 1
    HADAMARD = 2
    PRODUCT = 3
    POWER = 4
    ATOM = 5


Decorate = Callable[[Term, str], str]


def plain(term: Term, text: str) -> str:
    """The decoration that adds nothing."""
    return text


def latex(term: Term, decorate: Decorate = plain) -> str:
    r"""The term as LaTeX. `decorate` may wrap symbols and transposed symbols, as in `\underbrace{W_1}_{h \times d}`."""
    return _Printer(decorate).text(term)


def with_shapes(term: Term, text: str) -> str:
    r"""A decoration: the shape of every symbol, or transposed symbol, under it."""
    shape = term.shape
    return text if shape.is_scalar else rf"\underbrace{{{text}}}_{{{shape.latex}}}"


def subscripted(name: str, style: str, index: str) -> str:
    """The name of a family with its index, in the author's style."""
    if style == "_":
        return f"{name}_{subscript(index)}"
    opening, closing = {"[]": "[]", "()": "()", "^": ("", "")}[style]
    return f"{name}^{{{opening}{index}{closing}}}"


_RELATIONS = {"neq": r"\neq", "<=": r"\leq", ">=": r"\geq"}


def indicator(left: object, relation: str, right: object) -> str:
    """1 where a relation is true, else 0."""
    return rf"\mathbf{{1}}[{left} {_RELATIONS.get(relation, relation)} {right}]"


def bracketed(text: str) -> str:
    """Round brackets as tall as what they hold asks for."""
    if any(tall in text for tall in (r"\frac", r"\sum", r"\underbrace")):
        return rf"\left({text}\right)"
    return rf"\bigl({text}\bigr)" if "(" in text else f"({text})"


def subscript(index: str) -> str:
    """An index, or an exponent, as LaTeX takes it after `_` or `^`."""
    return index if len(index) == 1 else f"{{{index}}}"


def raised(base: str, mark: str) -> str:
    r"""A superscript; where there is one already, as in `{W^{[2]}}^\top`, the base needs a group of its own."""
    return f"{{{base}}}^{mark}" if "^" in base and not base.endswith(")") else f"{base}^{mark}"


_ONE_SIGN = re.compile(r"([_^])\{(\w)\}")  # `z_{1}` is `z_1`


class _Printer:
    def __init__(self, decorate: Decorate):
        self.decorate = decorate

    def text(self, term: Term) -> str:
        return self.printed(term)[0]

    def printed(self, term: Term) -> tuple[str, Binds]:
        return ROWS[type(term)](self, term)

    def at(self, place: Binds, term: Term) -> str:
        """The text of a term for a place that asks for this binding or a tighter one."""
        text, binds = self.printed(term)
        return text if binds >= place else bracketed(text)

    # ------------------------------------------------------------ rows

    def symbol(self, t: nodes.Symbol) -> tuple[str, Binds]:
        name = t.latex_name or t.name
        if t.style == "%":  # a document's own spelling, with a place for every index
            written = name % tuple(t.indices) if t.indices else name.replace("%%", "%")
            return self.decorate(t, _ONE_SIGN.sub(r"\1\2", written)), Binds.ATOM
        index = ",".join(map(str, t.indices))
        return self.decorate(t, subscripted(name, t.style, index) if index else name), Binds.ATOM

    def adjoint(self, t: nodes.Adjoint, by: Term) -> tuple[str, Binds]:
        text = rf"\frac{{\partial {_Printer(plain).text(t.loss)}}}{{\partial {_Printer(plain).text(by)}}}"
        return self.decorate(t, text), Binds.POWER

    def number(self, t: nodes.Number) -> tuple[str, Binds]:
        atom = Binds.ATOM if t.value.denominator == 1 else Binds.POWER
        return fraction(t.value), Binds.NEGATIVE if t.value < 0 else atom

    def size(self, t: nodes.Size) -> tuple[str, Binds]:
        if len(t.dim.monomials) > 1:
            return t.dim.latex, Binds.SUM
        if t.dim.latex.startswith("-"):
            return t.dim.latex, Binds.NEGATIVE
        return t.dim.latex, Binds.PRODUCT if " " in t.dim.latex else Binds.ATOM

    def add(self, t: nodes.Add) -> tuple[str, Binds]:
        parts = [self.at(Binds.NEGATIVE, t.args[0])]
        for arg in t.args[1:]:
            if isinstance(arg, nodes.Neg):
                parts.append("- " + self.at(Binds.HADAMARD, arg.args[0]))
            elif isinstance(arg, nodes.Number) and arg.value < 0:
                parts.append("- " + fraction(-arg.value))
            else:
                parts.append("+ " + self.at(Binds.HADAMARD, arg))
        return " ".join(parts), Binds.SUM

    def product(self, t: nodes.Product) -> tuple[str, Binds]:
        text = self.at(Binds.PRODUCT, t.args[0])
        for arg in t.args[1:-1]:
            text = join_factors(text, self.at(Binds.POWER, arg))
        if len(t.args) == 1:
            return text, Binds.PRODUCT
        # A scalar factor before a Hadamard product or a sum needs no brackets: both readings are equal.
        last, binds = self.printed(t.args[-1])
        if binds == Binds.HADAMARD and all(a.is_scalar for a in t.args[:-1]):
            return join_factors(text, last), Binds.HADAMARD
        return join_factors(text, last if binds >= Binds.POWER else bracketed(last)), Binds.PRODUCT

    def hadamard(self, t: nodes.Hadamard) -> tuple[str, Binds]:
        # A matrix product beside ⊙ gets brackets: authors disagree about which binds more tightly.
        return r" \odot ".join(self.at(Binds.POWER, arg) for arg in t.args), Binds.HADAMARD

    def quotient(self, t: nodes.Quotient) -> tuple[str, Binds]:
        over, under = t.args
        return rf"\frac{{{self.text(over)}}}{{{self.text(under)}}}", Binds.POWER

    def power(self, t: nodes.Power) -> tuple[str, Binds]:
        # The power of a matrix entry by entry is marked: A^2 would be A A, and A^{-1} the inverse.
        mark = fraction(t.exponent, flat=True) if t.is_scalar else rf"\odot {fraction(t.exponent, flat=True)}"
        return raised(self.at(Binds.ATOM, t.args[0]), subscript(mark)), Binds.POWER

    def apply(self, t: nodes.Apply) -> tuple[str, Binds]:
        (arg,) = t.args
        if t.order == 0 and t.function == "sqrt":
            return rf"\sqrt{{{self.text(arg)}}}", Binds.ATOM
        if t.order == 0 and t.function == "abs":
            return rf"\left|{self.text(arg)}\right|", Binds.ATOM
        name = FUNCTIONS[t.function].latex + "'" * t.order
        return name + bracketed(self.text(arg)), Binds.POWER

    def superscript(self, t: Term, mark: str) -> tuple[str, Binds]:
        (arg,) = t.args
        if isinstance(arg, nodes.Symbol) and self.decorate is not plain:
            return self.decorate(t, _Printer(plain).superscript(t, mark)[0]), Binds.ATOM
        return raised(self.at(Binds.ATOM, arg), mark), Binds.POWER

    def called(self, t: Term, name: str) -> tuple[str, Binds]:
        return name + bracketed(self.text(t.args[0])), Binds.POWER

    def norm(self, t: Term, power: str) -> tuple[str, Binds]:
        (arg,) = t.args
        frobenius = "_F" if isinstance(arg.shape, Shape) and ONE not in (arg.shape.rows, arg.shape.cols) else ""
        return rf"\lVert {self.text(arg)} \rVert{frobenius}{power}", Binds.ATOM

    def total(self, t: nodes.Total) -> tuple[str, Binds]:
        (arg,) = t.args
        used = {index.name for node in arg.walk() for _, index in node.parts() if isinstance(index, Index)}
        row, column, *_ = (letter for letter in "ijklpqrs" if letter not in used)
        index = column if isinstance(arg.shape, Shape) and arg.shape.is_vector else f"{row},{column}"
        return rf"\sum_{subscript(index)} \left[{self.text(arg)}\right]_{subscript(index)}", Binds.HADAMARD

    def component(self, t: nodes.Component) -> tuple[str, Binds]:
        index = str(t.row)
        if t.column is not None:
            pair = str(t.row), str(t.column)
            index = "".join(pair) if max(map(len, pair)) == 1 else ",".join(pair)
        (arg,) = t.args
        if isinstance(arg, nodes.Adjoint):
            return self.adjoint(arg, t.with_args(arg.by))
        base = self.at(Binds.ATOM, arg)
        if isinstance(arg, nodes.Symbol) and not arg.indices and "_" not in base:
            return subscripted(base, "_", index), Binds.ATOM
        return subscripted(f"[{self.text(arg)}]", "_", index), Binds.ATOM

    def sum(self, t: nodes.Sum) -> tuple[str, Binds]:
        body = self.at(Binds.HADAMARD, t.args[0])
        return rf"\sum_{{{t.index}={t.lower}}}^{{{t.upper.latex}}} {body}", Binds.HADAMARD

    def derivative(self, t: written.Derivative) -> tuple[str, Binds]:
        of, by = t.args
        return rf"\frac{{\partial {self.at(Binds.POWER, of)}}}{{\partial {self.at(Binds.POWER, by)}}}", Binds.POWER

    def product_over(self, t: written.ProductOver) -> tuple[str, Binds]:
        body = self.at(Binds.PRODUCT, t.args[0])
        return rf"\prod_{{{t.index}={t.lower}}}^{{{t.upper}}} {body}", Binds.HADAMARD

    def block(self, t: written.Block) -> tuple[str, Binds]:
        rows = [t.args[k : k + t.columns] for k in range(0, len(t.args), t.columns)]
        lines = r" \\ ".join(" & ".join(self.text(cell) for cell in row) for row in rows)
        return rf"\begin{{bmatrix}} {lines} \end{{bmatrix}}", Binds.ATOM


ROWS: dict[type[Term], Callable[[_Printer, Term], tuple[str, Binds]]] = {
    nodes.Symbol: _Printer.symbol,
    nodes.Adjoint: lambda p, t: p.adjoint(t, t.by),
    nodes.Number: _Printer.number,
    nodes.Size: _Printer.size,
    nodes.Ones: lambda p, t: (r"\mathbf{1}", Binds.ATOM),
    nodes.Identity: lambda p, t: (f"I_{subscript(t.dim.latex)}", Binds.ATOM),
    nodes.Add: _Printer.add,
    nodes.Neg: lambda p, t: (f"-{p.at(Binds.HADAMARD, t.args[0])}", Binds.NEGATIVE),
    nodes.Product: _Printer.product,
    nodes.Hadamard: _Printer.hadamard,
    nodes.Quotient: _Printer.quotient,
    nodes.Power: _Printer.power,
    nodes.Apply: _Printer.apply,
    nodes.Transpose: lambda p, t: p.superscript(t, r"\top"),
    nodes.Inverse: lambda p, t: p.superscript(t, "{-1}"),
    nodes.Determinant: lambda p, t: p.called(t, r"\det"),
    nodes.Trace: lambda p, t: p.called(t, r"\mathrm{tr}"),
    nodes.SquaredNorm: lambda p, t: p.norm(t, "^2"),
    nodes.Norm: lambda p, t: p.norm(t, ""),
    nodes.Total: _Printer.total,
    nodes.Diag: lambda p, t: p.called(t, r"\mathrm{diag}"),
    nodes.Vec: lambda p, t: p.called(t, r"\mathrm{vec}"),
    nodes.Kronecker: lambda p, t: (r" \otimes ".join(p.at(Binds.POWER, arg) for arg in t.args), Binds.HADAMARD),
    nodes.Commutation: lambda p, t: (rf"K_{{{t.of.rows.latex},{t.of.cols.latex}}}", Binds.ATOM),
    nodes.Broadcast: lambda p, t: p.printed(t.args[0]),
    nodes.Component: _Printer.component,
    nodes.Sum: _Printer.sum,
    written.Derivative: _Printer.derivative,
    written.Softmax: lambda p, t: p.called(t, r"\mathrm{softmax}"),
    written.Compare: lambda p, t: (indicator(p.text(t.args[0]), t.relation, p.text(t.args[1])), Binds.POWER),
    written.IndexRelation: lambda p, t: (indicator(t.left, t.relation, t.right), Binds.POWER),
    written.IndexNumber: lambda p, t: (str(t.index), Binds.ATOM if str(t.index).isalnum() else Binds.SUM),
    written.Slice: lambda p, t: (f"{p.at(Binds.ATOM, t.args[0])}_{{{t.row or ':'},{t.column or ':'}}}", Binds.ATOM),
    written.ProductOver: _Printer.product_over,
    written.Block: _Printer.block,
}


def fraction(value: Fraction, *, flat: bool = False) -> str:
    r"""A rational number: `3`, `-\frac{1}{2}`, or `1/2` where it has to stay on the line."""
    if value.denominator == 1:
        return str(value.numerator)
    if flat:
        return f"{value.numerator}/{value.denominator}"
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def join_factors(left: str, right: str) -> str:
    r"""Two factors beside each other: `2 \cdot 3` between numbers, a thin space after a fraction."""
    if not left:
        return right
    if right[0].isdigit() or (right.startswith(r"\frac") and left[-1].isdigit()):  # 2 \frac{1}{2} would be read as 2.5
        return rf"{left} \cdot {right}"
    return rf"{left}\, {right}" if left.endswith("}") and left.startswith((r"\frac", r"-\frac")) else f"{left} {right}"
