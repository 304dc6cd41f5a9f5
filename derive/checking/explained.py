r"""Why a claim holds, or does not: what it rests on, the rule steps that lead to it, and what was seen at the points.

The steps are those of reverse mode over the document's own definitions. Where no rule leads to a claim, that is said,
and the numbers speak alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import sympy as sp

from derive.checking.accepted import accept
from derive.checking.check import entry_of
from derive.checking.codes import CODES
from derive.checking.compare import entries_of, shown
from derive.checking.derivations import Derived, NotDerived, derived
from derive.checking.document import Document
from derive.checking.instances import Instance
from derive.checking.judge import Judge
from derive.checking.naming import naming
from derive.checking.outcomes import Outcome
from derive.checking.program import NearKink, Unsettled
from derive.checking.readings import readings
from derive.checking.report import Region, Statement
from derive.checking.verdicts import Layers, Sizes
from derive.reading.errors import Unread
from derive.reading.notation import head
from derive.reading.symbols import family_name
from derive.reading.theory import Link, Reading, Theory
from derive.symbolic.derivation import Edge, Step
from derive.symbolic.scalars import derivative, output_form
from derive.terms import nodes
from derive.terms.definitions import Definition
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Misfit
from derive.terms.written import Derivative

MOST_ENTRIES = 6  # of a matrix that are shown
APART = 1e-6  # relative: sides that differ by more are not equal
MOST_GRADIENTS = 6  # other gradients in a claim whose closed forms are shown
# Jacobians with these are by or of a matrix: right, and no help to a reader.
_BY_MATRIX = (nodes.Kronecker, nodes.Vec, nodes.Commutation)


class NoClaim(ValueError):
    """Nothing is claimed where an explanation was asked for; the message says where something is."""


@dataclass(frozen=True)
class Given:
    """A definition that a claim rests on, and where it stands: `line 4`, `front matter`."""

    latex: str
    shape: str
    place: str


@dataclass(frozen=True)
class Use:
    """How an adjoint came through one definition: by which rules, from what comes in and the local Jacobian."""

    through: str
    rules: tuple[tuple[str, str], ...]
    incoming: str
    local: str | None


@dataclass(frozen=True)
class RuleStep:
    """One step from the loss back: what it gives, over the adjoint before it and closed."""

    target: str
    expression: str
    closed: str
    shape: str
    uses: tuple[Use, ...]
    confirmed: bool


@dataclass(frozen=True)
class Values:
    """Both sides of a claim at one point, entry by entry."""

    sizes: Sizes
    seed: int
    point: int
    entries: tuple[tuple[str, float, float], ...]
    omitted: int


@dataclass(frozen=True)
class Explained:
    """One claim with its reasons.

    Args:
        instance: the values of the generic letters for which it is explained.
        gradient, closed, shape: what was derived, its closed form and its shape; None where no rule leads to it.
        without_rule: why nothing was derived.
        others: gradients on the right side of the claim, with their closed forms.
        functions: derivatives of the functions that occur, written out.
        witnesses: what a second witness said of the derivatives in the claim.
    """

    statement: Statement
    instance: Layers = ()
    definitions: tuple[Given, ...] = ()
    steps: tuple[RuleStep, ...] = ()
    gradient: str | None = None
    closed: str | None = None
    shape: str | None = None
    without_rule: str = ""
    others: tuple[tuple[str, str], ...] = ()
    functions: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    values: Values | None = None


def explain(document: Document, line: int, cell: int | None = None, *, seed: int = 0) -> tuple[Explained, ...]:
    """Every claim of a line, explained.

    Raises:
        NoClaim: the line makes no claim; the message names the nearest one that does.
    """
    found = readings(document.theory)
    numbers = {reading.link.statement: number for number, reading in found}
    claims = [reading for _, reading in found if reading.kind in ("claim", "unread")]
    chosen = _on_line(document, claims, line, cell)
    if not chosen:
        raise NoClaim(_nothing(document, [reading for _, reading in found], claims, line, cell))
    judge = Judge.of(document.theory, seed)
    with np.errstate(all="ignore"):
        placed = [(document.formula(each.link), entry_of(document, each, numbers, seed)) for each in chosen]
        statements, _ = accept(document.read.formulas, placed, CODES)
        pairs = zip(chosen, statements, strict=True)
        return tuple(_guarded(document, judge, reading, statement) for reading, statement in pairs)


# ---------------------------------------------------------------- which claims


def _on_line(document: Document, claims: Sequence[Reading], line: int, cell: int | None) -> list[Reading]:
    """The claims that stand in a line; else those of the formula that it is a line of."""
    here = [reading for reading in claims if reading.link.source.cell == cell]
    own = [reading for reading in here if _covers(reading.link, reading.link.span, line)]
    if own:
        return own
    whole = []
    for reading in here:
        formula = document.formula(reading.link)
        if formula is not None and _covers(reading.link, formula.whole, line):
            whole.append(reading)
    return whole


def _covers(link: Link, span: tuple[int, int], line: int) -> bool:
    region = Region.of(link.source, span[0], max(span[0], span[1] - 1))
    return region.line <= line <= region.end_line


def _nothing(
    document: Document, found: Sequence[Reading], claims: Sequence[Reading], line: int, cell: int | None
) -> str:
    """Why there is nothing to explain, and where there is."""
    sources = {source.cell: source for source in document.read.sources}
    if cell not in sources:
        if cell is None:
            return "a notebook counts its lines cell by cell: ask for CELL:LINE, such as 2:5"
        return f"there is no cell {cell} with mathematics" if None not in sources else "only a notebook has cells"
    where = f"line {line}" if cell is None else f"line {line} of cell {cell}"
    last = max(1, len(sources[cell].text.splitlines()))
    what = "makes no claim"
    if line > last:
        what = f"does not exist: the last one is {last}"
    else:
        kinds = {r.kind for r in found if r.link.source.cell == cell and _covers(r.link, r.link.span, line)}
        if kinds:
            what = f"holds a {min(kinds)}, and no claim"
    lines = {Region.of(r.link.source, *r.link.span).line for r in claims if r.link.source.cell == cell}
    if not lines:
        return f"{where} {what}, and there is no other claim {'in it' if cell is not None else 'in the document'}"
    return f"{where} {what}; the nearest claim is in line {min(lines, key=lambda other: (abs(other - line), other))}"


# ---------------------------------------------------------------- one claim


def _guarded(document: Document, judge: Judge, reading: Reading, statement: Statement) -> Explained:
    try:
        return _named(_explained(document, judge, reading, statement), naming(document.theory))
    except Exception as error:  # untrusted input: a fault of ours costs the explanation, and is said to be one
        return Explained(statement, without_rule=f"derive itself failed ({type(error).__name__}); please report this")


def _named(explained: Explained, names: Callable[[str], str]) -> Explained:
    """The formulas with functions as the document calls them."""
    formulas = ("definitions", "steps", "gradient", "closed", "without_rule", "others", "functions", "witnesses")

    def go(value: Any) -> Any:
        if isinstance(value, str):
            return names(value)
        if isinstance(value, tuple):
            return tuple(map(go, value))
        if isinstance(value, Given | RuleStep | Use):
            return replace(value, **{each.name: go(getattr(value, each.name)) for each in fields(value)})
        return value

    return replace(explained, **{name: go(getattr(explained, name)) for name in formulas})


def _explained(document: Document, judge: Judge, reading: Reading, statement: Statement) -> Explained:
    plain = Explained(statement)
    if reading.kind == "unread":
        return plain
    try:
        found, _ = judge.read(reading.link)
    except (Unread, RecursionError):
        return plain
    if not found:
        return plain
    instance = _instance(found, statement)
    outcome = _outcome(judge, reading.link, instance)
    explained = replace(plain, instance=instance.layers)
    explained = _with_rules(document.theory, judge, reading.link, instance, outcome, explained)
    values = _values(judge, reading.link, instance, outcome, statement)
    return replace(explained, witnesses=tuple(_witnesses(judge, outcome)), values=values)


def _instance(found: list[Instance], statement: Statement) -> Instance:
    """The instance that was refuted, else the first."""
    example = statement.evidence.counterexample if statement.evidence else None
    return next((i for i in found if example is not None and i.layers == example.instance), found[0])


def _outcome(judge: Judge, link: Link, instance: Instance) -> Outcome:
    """The reading by which a claim is explained: one that holds, else the first that conforms."""
    outcomes = [judge.outcome(link, instance, left, right) for left, right in instance.pairs()]
    order = {"equal": 0, "different": 1, "unsettled": 2, "ill": 3}
    return min(outcomes, key=lambda outcome: (outcome.level, order[outcome.answer]))


def _with_rules(
    theory: Theory, judge: Judge, link: Link, instance: Instance, outcome: Outcome, explained: Explained
) -> Explained:
    compare = judge.comparing(instance.ranges, link.condition)
    gradients = dict.fromkeys(n for t in (outcome.left, outcome.right) for n in t.walk() if isinstance(n, Derivative))
    others: list[tuple[str, str]] = []
    terms = [outcome.left, outcome.right]
    found = None
    for gradient in list(gradients)[:MOST_GRADIENTS]:
        try:
            each = derived(theory, gradient, compare)
        except NotDerived as why:
            if not explained.without_rule and found is None:
                explained = replace(explained, without_rule=f"{gradient.latex}: {why}")
            continue
        if found is None and not explained.without_rule:
            found = each
        else:
            others.append((gradient.latex, each.closed.latex))
    if found is not None:
        terms += [step.closed for step in found.steps]
        explained = replace(
            explained,
            definitions=tuple(_given(theory, definition) for definition in found.definitions),
            steps=_steps(found),
            gradient=found.gradient.latex,
            closed=found.closed.latex,
            shape=str(found.closed.shape),
        )
    return replace(explained, others=tuple(others), functions=tuple(_slopes(terms)))


def _given(theory: Theory, definition: Definition) -> Given:
    return Given(_written(definition), str(definition.symbol.shape), _place(theory, definition.symbol))


def _written(definition: Definition) -> str:
    """A definition; an expression that has no name of its own stands alone."""
    name, expression = definition.target.latex, definition.expression.latex
    return expression if name in (expression, f"({expression})") else f"{name} = {expression}"


def _place(theory: Theory, symbol: Symbol) -> str:
    """Where a symbol is defined; "" for an expression that the claim itself holds."""
    if theory.defined(symbol) is None:
        return ""
    family = None
    for reading in theory.readings:
        name, _ = head(reading.link.left) if reading.kind == "definition" else (None, ())
        use = theory.names.match(name) if name is not None else None
        if use is None or family_name(use.family) != symbol.name:
            continue
        family = family or reading
        if all(own.is_number for own in use.indices) and use.indices == symbol.indices:
            family = reading
            break
    if family is None:
        return "front matter"
    place = family.link.source.place(family.link.span[0])
    return f"line {place.line}" if place.cell is None else f"cell {place.cell}, line {place.line}"


def _steps(found: Derived) -> tuple[RuleStep, ...]:
    if found.locals:
        return tuple(
            RuleStep(
                rf"\frac{{\partial {local.definition.symbol.latex}}}{{\partial {local.by.latex}}}",
                local.jacobian.latex,
                local.jacobian.latex,
                str(local.jacobian.shape),
                (Use(_written(local.definition), (), "", None),),
                True,
            )
            for local in found.locals
        )
    return tuple(_step(step, step.symbol not in found.open) for step in found.steps)


def _step(step: Step, confirmed: bool) -> RuleStep:
    shape = str(step.symbol.shape) if step.index is None else "scalar"
    uses = tuple(map(_use, step.edges))
    return RuleStep(step.target.latex, step.expression.latex, step.closed.latex, shape, uses, confirmed)


def _use(edge: Edge) -> Use:
    rules = tuple((rule.name, rule.mathematics) for rule in edge.rules)
    local = edge.jacobian
    by_matrix = local is None or any(isinstance(node, _BY_MATRIX) for node in local.walk())
    return Use(_written(edge.user), rules, edge.incoming.latex, None if by_matrix else local.latex)


def _slopes(terms: Sequence[Term]) -> Iterator[str]:
    """f'(t) for every function of which a derivative stands in these terms."""
    slopes = (n.function for term in terms for n in term.walk() if isinstance(n, nodes.Apply) and n.order == 1)
    for name in dict.fromkeys(slopes):
        function, t = FUNCTIONS[name], sp.Symbol("t", real=True)
        form = output_form(name)
        if form is not None:
            yield rf"{function.latex}'(t) = {sp.latex(form(sp.Symbol(f'{function.latex}(t)')))}"
        elif function.kinks:
            sides = sp.Dummy("t", negative=True), sp.Dummy("t", positive=True)
            below, above = (derivative(name)(side) for side in sides)
            yield rf"{function.latex}'(t) = {sp.latex(above)} for t > 0, {sp.latex(below)} for t < 0"
        else:
            yield rf"{function.latex}'(t) = {sp.latex(derivative(name)(t))}"


def _witnesses(judge: Judge, outcome: Outcome) -> Iterator[str]:
    """What finite differences said of the derivatives in a claim that reverse mode took."""
    for gradient in dict.fromkeys(n for t in (outcome.left, outcome.right) for n in t.walk()):
        if not isinstance(gradient, Derivative):
            continue
        of, by = gradient.args
        base = by.args[0] if isinstance(by, nodes.Component) else by
        said = [word for (term, key), word in judge.points.confirmed.items() if term == of and _is_member(key, base)]
        if any(said):
            yield next(filter(None, said))
        elif said:
            yield f"{gradient.latex}: reverse mode and finite differences agree"


def _is_member(key: str, symbol: Symbol) -> bool:
    return key == symbol.key or (any(not i.is_number for i in symbol.indices) and key.startswith(f"{symbol.name}_"))


# ---------------------------------------------------------------- numbers


def _values(judge: Judge, link: Link, instance: Instance, outcome: Outcome, statement: Statement) -> Values | None:
    """Both sides at the point that refuted a claim, or at the first."""
    if isinstance(outcome.left.shape, Misfit) or outcome.left.shape != outcome.right.shape:
        return None
    example = statement.evidence.counterexample if statement.evidence else None
    number = example.point if example is not None else 0
    places = judge.where_judged(link, instance) if statement.verdict == "holds" else judge.points
    try:
        machine = places.machine(number)
        entries = list(_entries(machine, instance, outcome, link))
    except (Unsettled, NearKink, KeyError, ArithmeticError, RecursionError, np.linalg.LinAlgError):
        return None
    entries.sort(key=lambda e: -abs(e[1] - e[2]) if statement.verdict == "wrong" else 0)
    if statement.verdict == "holds" and any(abs(a - b) > APART * max(abs(a), abs(b)) for _, a, b in entries):
        return None  # it holds under a condition that this point does not meet
    first = tuple(entries[:MOST_ENTRIES])
    return Values(tuple(sorted(machine.sizes.items())), judge.seed, number, first, len(entries) - len(first))


def _entries(machine, instance: Instance, outcome: Outcome, link: Link) -> Iterator[tuple[str, float, float]]:
    for indices in entries_of(machine, instance.ranges, link.condition):
        sides = (machine.value(side, indices) for side in (outcome.left, outcome.right))
        left, right = np.broadcast_arrays(*(np.atleast_2d(np.asarray(side, dtype=float)) for side in sides))
        letters = shown(indices, machine)
        for where, value in np.ndenumerate(left):
            entry_ = f"[{', '.join(str(k + 1) for k in where)}]" if left.size > 1 else ""
            yield " ".join(part for part in (letters, entry_) if part), float(value), float(right[where])
