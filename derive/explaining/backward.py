"""The backward pass as elements: every step with its rule, its shape and its local Jacobian; the boxed results."""

from __future__ import annotations

import sympy as sp

from derive.explaining.elements import Boxed, Bullets, Display, Element, Fold, Heading, Item, Paragraph, Table
from derive.explaining.prose.meanings import listed
from derive.explaining.written import with_shapes
from derive.models.model import Model
from derive.symbolic.derivation import Derivation, Edge, Step
from derive.symbolic.scalars import output_form
from derive.terms import nodes
from derive.terms.definitions import Definition
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Adjoint, Component, Symbol, Term
from derive.terms.walk import rebuild, symbols

# Jacobians with these nodes are by or of a matrix: right, and no help to a first reader.
_BY_MATRIX = (nodes.Kronecker, nodes.Vec, nodes.Commutation)


def backward(model: Model, derivation: Derivation) -> tuple[Element, ...]:
    """All steps in order, and the Jacobians by matrices folded away at the end."""
    elements: list[Element] = [Paragraph(_lead(model, derivation))]
    said: set[str] = set()
    for number, step in enumerate(derivation.steps, 1):
        elements += _step(model, step, number, said)
    rows = tuple(
        (f"${_by(edge)}$", f"${_jacobian(edge)}$")
        for step in derivation.steps
        for edge in step.edges
        if _has(edge, _BY_MATRIX)
    )
    if rows:
        note = (
            r"$\mathrm{vec}$ writes the columns of a matrix one under the other, and $\otimes$ is the Kronecker"
            r" product: $\mathrm{vec}(A X B) = (B^\top \otimes A)\,\mathrm{vec}(X)$. The steps above are these"
            r" Jacobians, transposed and multiplied by what comes in, without ever building them."
        )
        if any(_table_of_ones(node) for step in derivation.steps for edge in step.edges for node in _nodes(edge)):
            note += r" $\mathbf{1}_{m \times n}$ is the matrix of $m \times n$ ones."
        table = Table(("Local Jacobian", "is"), rows, "ll")
        elements.append(Fold("Local Jacobians where a matrix is involved", (Paragraph(note), table)))
    return tuple(elements)


def _lead(model: Model, derivation: Derivation) -> str:
    loss = model.loss.latex
    start = (
        rf"Start at the end, where $\partial {loss}/\partial {loss} = 1$, and go back through the definitions. Each"
        r" step takes the gradient that comes in, from the step that made it, and passes it on through one definition."
    )
    if all(_all_scalar(edge.user.expression) for step in derivation.steps for edge in step.edges):
        return (
            f"{start} A rule is written with differentials; what stands beside $da$ in the end, times what comes in, is"
            " the gradient by $a$."
        )
    return (
        rf"{start} In the rules $g$ is what comes in. A rule is written with differentials;"
        r" $\langle A, B\rangle = \textstyle\sum_{ij} A_{ij} B_{ij}$,"
        r" and what stands beside $dA$ in the end is the gradient by $A$."
    )


def inline(step: Step) -> str:
    r"""`\partial L/\partial W_1`, or `\delta_1 = \partial L/\partial z_1` for a signal with a name."""
    by = Component((step.symbol,), nodes.Index(step.index)) if step.index else step.symbol
    slashed = rf"\partial L/\partial {by.latex}"
    return slashed if isinstance(step.adjoint, Adjoint) else f"{step.adjoint.latex} = {slashed}"


def _step(model: Model, step: Step, number: int, said: set[str]) -> list[Element]:
    """One step. What has been `said` of a notation is not said again."""
    rows = [f"{with_shapes(step.target)} &= {with_shapes(step.expression)}"]
    if step.closed != step.expression:
        rows.append(f"&= {step.closed.latex}")
    users = listed([f"${edge.user.target.latex} = {edge.user.expression.latex}$" for edge in step.edges])
    items = [Item(users, "Through:"), Item(_rules(step), "Rule:")]
    items += [Item(text, "Derivative:") for text in _derivatives(model, step)]
    if number == 1 and any(_divides_entries(node) for node in (*step.expression.walk(), *step.closed.walk())):
        items.append(Item("a fraction of vectors or matrices divides entry by entry, as here and below.", "Notation:"))
    for edge in step.edges:
        if edge.jacobian is not None and not _has(edge, _BY_MATRIX) and not _tangled(edge.jacobian):
            reading = _reading(edge)
            note = "" if reading in said else reading
            items.append(Item(f"${_by(edge)} = {_jacobian(edge)}${note}.", "Local Jacobian:"))
            said.add(reading)
    items.append(Item(_shape(step), "Shape:"))
    return [Heading(f"Step {number}: ${inline(step)}$"), Display(tuple(rows)), Bullets(tuple(items))]


def _divides_entries(node: Term) -> bool:
    return isinstance(node, nodes.Quotient) and not node.args[1].is_scalar


# The rules where all is numbers, by the names of the rules for matrices.
SCALAR_RULES = {
    "sum": ("sum", "d(a + b) = da + db"),
    "negative": ("negative", "d(-a) = -da"),
    "matrix product": ("product", r"d(a b) = b\,da + a\,db"),
    "elementwise function": ("function", r"d f(a) = f'(a)\,da"),
}


def _rules(step: Step) -> str:
    if not step.rules:
        return "none is needed: the two are equal, and so are their gradients."
    scalar = all(_all_scalar(edge.user.expression) for edge in step.edges)
    named = [(rule.name, rule.mathematics) for rule in step.rules]
    if scalar:
        named = [SCALAR_RULES.get(name, (name, mathematics)) for name, mathematics in named]
    return "; ".join(f"{name}, ${mathematics}$" for name, mathematics in named) + "."


def _all_scalar(term: Term) -> bool:
    """Whether there are only numbers in it; an entry of a vector is one."""
    return term.is_scalar and (isinstance(term, Component) or all(map(_all_scalar, term.args)))


def _shape(step: Step) -> str:
    if step.index:
        return f"a scalar for each ${step.index}$, so ${step.symbol.shape.latex}$ in all, like ${step.symbol.latex}$."
    if step.symbol.is_scalar:
        return f"a scalar, like ${step.symbol.latex}$."
    return f"${step.symbol.shape.latex}$, like ${step.symbol.latex}$."


def _nodes(edge: Edge) -> tuple[Term, ...]:
    return () if edge.jacobian is None else tuple(edge.jacobian.walk())


def _has(edge: Edge, kinds: tuple[type[Term], ...]) -> bool:
    return any(isinstance(node, kinds) for node in _nodes(edge))


def _table_of_ones(node: Term) -> bool:
    return isinstance(node, nodes.Ones) and not (node.shape.is_vector or node.is_scalar)


def _jacobian(edge: Edge) -> str:
    r"""The Jacobian as LaTeX; a matrix of ones says its shape, for `\mathbf{1}` alone is a column."""

    def shaped(t: Term) -> Term:
        if not _table_of_ones(t):
            return t
        return Symbol(name="ones", declared=t.shape, latex_name=rf"\mathbf{{1}}_{{{t.shape.latex}}}")

    return rebuild(edge.jacobian, shaped).latex


def _tangled(jacobian: Term) -> bool:
    """A sum of diagonal matrices: true, and longer than the step that it belongs to."""
    kinds = [type(node) for node in jacobian.walk()]
    return nodes.Diag in kinds and (nodes.Add in kinds or nodes.Ones in kinds)


def _by(edge: Edge) -> str:
    r"""The name of a Jacobian: no two things in a document have one name.

    `\partial z/\partial a` of columns; of a number by a column it is the gradient transposed, and called so; where a
    matrix is involved, both sides are read column by column.
    """
    inner = Component((edge.symbol,), nodes.Index(edge.index)) if edge.index else edge.symbol
    over, under = edge.user.target, inner
    if not (_is_column(over) and _is_column(under)):
        below = _vec(under) if under.is_scalar else rf"{_vec(under)}^\top"
        return rf"\partial\, {_vec(over)}/\partial\, {below}"
    if over.is_scalar and not under.is_scalar:
        return rf"(\partial {over.latex}/\partial {under.latex})^\top"
    return rf"\partial {over.latex}/\partial {under.latex}"


def _is_column(term: Term) -> bool:
    return term.is_scalar or term.shape.is_vector


def _vec(term: Term) -> str:
    return term.latex if _is_column(term) else rf"\mathrm{{vec}}({term.latex})"


def _reading(edge: Edge) -> str:
    """What has to be said beside the name of a Jacobian."""
    over, under = edge.user.target, edge.symbol
    if not edge.index and not (_is_column(over) and _is_column(under)):
        return r", where $\mathrm{vec}$ writes the columns of a matrix one under the other"
    if over.is_scalar and not edge.index and not under.is_scalar:
        return ", a row: the gradient transposed"
    return ""


# ---------------------------------------------------------------- derivatives of activations


def _derivatives(model: Model, step: Step) -> list[str]:
    """Every f'(z) in the step, spelled out."""
    found = dict.fromkeys(
        node for node in step.expression.walk() if isinstance(node, nodes.Apply) and node.order == 1
    )
    return [_spelled_out(model, node) for node in found]


def _spelled_out(model: Model, slope: nodes.Apply) -> str:
    (argument,) = slope.args
    value = next((d for d in model.definitions if d.expression == nodes.Apply(slope.args, slope.function)), None)
    form = output_form(slope.function)
    if FUNCTIONS[slope.function].kinks:
        return (
            f"entry by entry, ${slope.latex}$ is 1 where ${argument.latex} > 0$ and 0 where ${argument.latex} < 0$;"
            f" at 0 it is {model.at_kink}, by convention."
        )
    if form is None or value is None:
        return f"entry by entry, ${slope.latex}$ is the derivative of ${FUNCTIONS[slope.function].latex}$."
    (s,) = form.signature
    out = value.symbol
    simple = f"${slope.latex} = {over_output(form.expr, s, out).latex}$"
    return f"{simple}, written over the value ${out.latex} = {value.expression.latex}$ that the forward pass has left."


def over_output(expression: sp.Expr, s: sp.Symbol, value: Symbol) -> Term:
    """A polynomial in s as a term over a symbol, entry by entry: `a ⊙ (1 - a)`."""
    if expression == s:
        return value
    if expression.is_Rational:
        return nodes.Number(value=nodes.Fraction(int(expression.p), int(expression.q)))
    if expression.is_Mul:
        coefficient, rest = expression.as_coeff_Mul()
        factors = sorted(sp.Mul.make_args(rest), key=lambda factor: factor.is_Add)
        terms = tuple(over_output(factor, s, value) for factor in factors)
        product = terms[0] if len(terms) == 1 else nodes.Product(terms) if value.is_scalar else nodes.Hadamard(terms)
        if coefficient == -1:
            return nodes.Neg((product,))
        return product if coefficient == 1 else nodes.Product((over_output(coefficient, s, value), product))
    if expression.is_Add:
        parts = sorted(expression.args, key=lambda part: (part.has(s), part.as_coeff_Mul()[0].is_negative))
        return nodes.Add(tuple(over_output(part, s, value) for part in parts))
    base, power = expression.as_base_exp()
    inner = over_output(base, s, value)
    if value.is_scalar:
        return nodes.Power((inner,), nodes.Fraction(int(power)))
    return nodes.Hadamard((inner,) * int(power))


# ---------------------------------------------------------------- results


def results(model: Model, derivation: Derivation) -> tuple[Element, ...]:
    """One box per parameter; the signals that it is written over are defined again in it."""
    return tuple(Boxed(parameter.key, _box(derivation, parameter)) for parameter in model.parameters)


def _box(derivation: Derivation, parameter: Symbol) -> tuple[str, ...]:
    signals = {step.adjoint: step for step in derivation.steps if not isinstance(step.adjoint, Adjoint)}
    step = derivation[parameter.key]
    rows = [f"{with_shapes(step.adjoint)} &= {step.closed.latex}"]
    wanted = [symbol for symbol in symbols(step.closed) if symbol in signals]
    while wanted:
        signal = wanted.pop(0)
        closed = signals[signal].closed
        rows.append(f"{signal.latex} &= {closed.latex}")
        wanted += [symbol for symbol in symbols(closed) if symbol in signals and symbol not in wanted]
    return tuple(rows)


def forward(definitions: tuple[Definition, ...]) -> tuple[Element, ...]:
    """Every definition with the shapes under its symbols."""
    return tuple(
        Display((f"{with_shapes(d.target)} = {with_shapes(d.expression)}{_for_all(d)}",))
        for d in definitions
    )


def _for_all(definition: Definition) -> str:
    if not definition.index:
        return ""
    return rf" \qquad ({definition.index} = 1, \dots, {definition.symbol.shape.rows.latex})"
