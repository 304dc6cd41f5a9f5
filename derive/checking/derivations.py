r"""The gradient that a claim is about, derived: reverse mode over the definitions of the document, step by step.

What the rules of `derive.symbolic` say is shown to nobody before it was evaluated: every step is compared with the true
gradient at the points at which claims are judged. What has no rule, or does not agree, is not derived.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from derive.reading.theory import Definition, Theory
from derive.symbolic.derivation import Step, differentiate
from derive.symbolic.jacobians import local_jacobian
from derive.symbolic.scalars import simplify_entrywise
from derive.symbolic.tidy import tidy
from derive.symbolic.whole import by_entries, whole
from derive.terms import definitions as terms
from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.indices import Index
from derive.terms.nodes import Adjoint, Symbol, Term
from derive.terms.shapes import Misfit
from derive.terms.walk import at_indices, rebuild, substitute, symbols
from derive.terms.written import Block, Derivative, Softmax

# SymPy simplifies what is derived, and takes long for large polynomials: larger terms are not derived.
MOST_DEFINITIONS = 64
MOST_NODES = 200
LARGEST_NUMBER = 10**9


class NotDerived(ValueError):
    """No closed form is known: why."""


# What the drawn points say of two terms, for all values of letters with how far each runs: equal, different, unsettled.
Compare = Callable[[Term, Term, Mapping[str, Dim]], str]


@dataclass(frozen=True)
class Local:
    """The Jacobian of one definition by a symbol in it: result in rows, symbol in columns."""

    definition: terms.Definition
    by: Symbol
    jacobian: Term


@dataclass(frozen=True)
class Derived:
    """A gradient with its derivation.

    Args:
        gradient: what was asked for; by an entry, the entry of what was derived.
        definitions: those that it rests on, in order, as they are differentiated.
        steps: the adjoints, from the loss back; none for a Jacobian, which is the product of `locals`.
        closed: its closed form over the symbols of the document, in the layout of the gradient.
        open: symbols of the steps between that no point could settle; the last one is always confirmed.
    """

    gradient: Derivative
    definitions: tuple[terms.Definition, ...]
    steps: tuple[Step, ...]
    closed: Term
    open: frozenset[Symbol] = frozenset()
    locals: tuple[Local, ...] = ()


def derived(theory: Theory, gradient: Derivative, compare: Compare) -> Derived:
    """Derive a gradient.

    Args:
        compare: of terms at the points at which claims are judged.

    Raises:
        NotDerived: there is no rule, or the rules and the points disagree.
    """
    try:
        return _derived(theory, gradient, compare)
    except NotDerived:
        raise
    except RecursionError:
        raise NotDerived("it is nested too deeply") from None
    except ValueError as error:  # NoRule, NotWhole, NoTerm, ShapeError: each says what has no rule
        raise NotDerived(str(error) or "a sum over entries is no product of matrices") from None
    except Exception as error:  # untrusted input: a fault of ours costs the closed form, and not the verdict
        raise NotDerived(f"derive itself failed here ({type(error).__name__}); please report this statement") from error


def _derived(theory: Theory, gradient: Derivative, compare: Compare) -> Derived:
    of, by = gradient.args
    symbol = by.args[0] if isinstance(by, nodes.Component) else by
    if not isinstance(symbol, Symbol) or isinstance(symbol, Adjoint):
        raise NotDerived("it is no derivative by a symbol")
    if any(isinstance(arg.shape, Misfit) for arg in gradient.args):
        raise NotDerived("its shapes do not conform")
    if first := [node for node in of.walk() if isinstance(node, Derivative)]:  # a derivative of a derivative
        found = {node: derived(theory, node, compare).closed for node in first}
        again = _derived(theory, gradient.with_args(substitute(of, found), by), compare)
        if compare(gradient, again.closed, {}) != "equal":
            raise NotDerived(f"what the rules give for {gradient.latex} was not confirmed")
        return replace(again, gradient=gradient)
    if not of.is_scalar or (isinstance(of, nodes.Component) and isinstance(of.args[0], Symbol)):
        return _jacobian(theory, gradient, symbol, compare)
    loss = of if isinstance(of, Symbol) else _named(of)
    forward = _Forward(theory, loss, None if isinstance(of, Symbol) else of, symbol).definitions()
    ranges = {d.symbol: dict(d.ranges) for d in forward}
    found = differentiate(forward, loss, (symbol,)).steps
    if not found or found[-1].symbol != symbol:
        raise NotDerived(f"{loss.latex} does not depend on {symbol.latex}")
    outputs = _outputs(forward)
    steps, open_ = [], set()
    for step in found:
        letters = ranges.get(step.symbol, {})

        def said(left: Term, right: Term, letters: Mapping[str, Dim] = letters) -> str:
            return compare(as_claims(left, of), as_claims(right, of), letters)

        if (answer := said(step.target, step.closed)) == "different":
            raise NotDerived(f"what the rules give for {step.target.latex} is not what the points say")
        open_ |= {step.symbol} if answer != "equal" else set()
        steps.append(_readable(theory, outputs, step, said))
    steps = _closed(steps)
    closed = as_claims(steps[-1].closed, of)
    if isinstance(by, nodes.Component):
        closed = by.with_args(closed)
    elif gradient.layout == "jacobian":
        closed = tidy(nodes.Transpose((closed,)))
    if closed.shape != gradient.shape or compare(gradient, closed, {}) != "equal":
        raise NotDerived(f"what the rules give for {gradient.latex} was not confirmed")
    return Derived(gradient, forward, tuple(steps), closed, frozenset(open_))


def _jacobian(theory: Theory, gradient: Derivative, symbol: Symbol, compare: Compare) -> Derived:
    """A vector by a vector, or an entry by an entry: the product of the Jacobians of the definitions between them."""
    of, by = gradient.args
    whole_of = of.args[0] if isinstance(of, nodes.Component) else of
    if isinstance(of, nodes.Component) != isinstance(by, nodes.Component):
        raise NotDerived("no rule gives an entry by a vector, or a vector by an entry")
    if not all(ONE in (each.shape.rows, each.shape.cols) for each in (whole_of, symbol)):
        raise NotDerived("a derivative with more than two axes has no matrix")
    top = whole_of if isinstance(whole_of, Symbol) else _named(whole_of)
    forward = _Forward(theory, top, None if isinstance(whole_of, Symbol) else whole_of, symbol).definitions()
    known: dict[Symbol, Term] = {symbol: _identity(symbol)}
    parts = []
    for definition in forward:
        total = []
        for used in symbols(definition.expression):
            if used in known:
                local = local_jacobian(definition.expression, used)
                if local is None:
                    raise NotDerived(f"no explicit Jacobian of {definition.symbol.latex} by {used.latex} is known")
                parts.append(Local(definition, used, tidy(substitute(tidy(local), _outputs(forward)))))
                total.append(parts[-1].jacobian @ known[used])
        if total:
            known[definition.symbol] = tidy(nodes.add(tuple(total)))
    if top not in known:
        raise NotDerived(f"{top.latex} does not depend on {symbol.latex}")
    closed = known[top]
    if isinstance(of, nodes.Component):
        row, column = (each.row if each.row.name or each.column is None else each.column for each in (of, by))
        closed = nodes.Component((closed,), row, column)
    elif gradient.layout == "gradient":
        summands = closed.args if isinstance(closed, nodes.Add) else (closed,)
        closed = nodes.add(tuple(tidy(nodes.Transpose((summand,))) for summand in summands))
    if closed.shape != gradient.shape or compare(gradient, closed, {}) != "equal":
        raise NotDerived(f"what the rules give for {gradient.latex} was not confirmed")
    return Derived(gradient, forward, (), closed, locals=tuple(parts))


def _named(expression: Term) -> Symbol:
    """A symbol for an expression that has no name, written as that, in brackets where a derivative of it needs them."""
    compound = isinstance(expression, nodes.Add | nodes.Neg | nodes.Product | nodes.Hadamard)
    latex = f"({expression.latex})" if compound else expression.latex
    return Symbol(name="f", declared=expression.shape, latex_name=latex)


def _identity(symbol: Symbol) -> Term:
    size = symbol.shape.rows * symbol.shape.cols
    return nodes.term(1) if size == ONE else nodes.Identity(dim=size)


def _closed(steps: list[Step]) -> tuple[Step, ...]:
    """The steps with the adjoints that were found entry by entry written out where they stand as a whole."""
    put_in: dict[Term, Term] = {}
    found = []
    for step in steps:
        if any(node in put_in for node in step.closed.walk()):
            step = replace(step, closed=tidy(substitute(step.closed, put_in)))
        if step.index is not None:
            put_in[step.adjoint] = by_entries(step.closed, (step.index,), step.symbol.shape)
        found.append(step)
    return tuple(found)


def as_claims(term: Term, of: Term) -> Term:
    """The term with the names of adjoints as the derivatives that they are, which have a value at a point."""

    def back(node: Term) -> Term:
        return Derivative((of, node.by)) if isinstance(node, Adjoint) else node

    return rebuild(term, back)


# ---------------------------------------------------------------- the forward definitions


class _Forward:
    """The definitions between a symbol and the loss, in order, over whole matrices."""

    def __init__(self, theory: Theory, loss: Symbol, expression: Term | None, by: Symbol):
        self.theory, self.by = theory, by
        self.found: dict[Symbol, terms.Definition] = {}
        # One letter for each range: members of a family are the same symbol in every sum.
        self.letters: dict[Dim, str] = {}
        for index in by.indices:
            if not index.is_number:
                self.letters[self._range(by, index)] = index.name
        self.busy: set[Symbol] = set()
        if expression is not None:
            self._take(loss, expression, ())
        else:
            self._add(loss)

    def definitions(self) -> tuple[terms.Definition, ...]:
        """Those that lead from the symbol to the loss."""
        needed = {self.by}
        for definition in self.found.values():
            if needed & set(symbols(definition.expression)):
                needed.add(definition.symbol)
        kept = tuple(definition for symbol, definition in self.found.items() if symbol in needed)
        if len(kept) > MOST_DEFINITIONS:
            raise NotDerived("it rests on too many definitions")
        for definition in kept:
            check_size(definition.expression)
        return kept

    def _add(self, symbol: Symbol) -> None:
        if symbol in self.found or symbol == self.by:
            return
        if symbol in self.busy:
            raise NotDerived(f"{symbol.latex} is defined by itself")
        definition = self.theory.defined(symbol)
        if definition is None:
            return
        self.busy.add(symbol)
        expression = self._plain(_at(definition, symbol))
        if definition.components:
            shape = definition.symbol.shape
            expression = by_entries(expression, tuple(c.lstrip("\\") for c in definition.components), shape)
        letters = [(index.name, self._range(symbol, index)) for index in symbol.indices if not index.is_number]
        self._take(symbol, expression, tuple(letters))

    def _plain(self, term: Term) -> Term:
        """The term with other names of an entry, y^{(i)} for y_i, as that entry."""

        def go(node: Term) -> Term:
            if not isinstance(node, Symbol) or not node.indices or node == self.by:
                return node
            definition = self.theory.defined(node)
            if definition is None or definition.components or not isinstance(definition.expression, nodes.Component):
                return node
            return _at(definition, node)

        return rebuild(term, go)

    def _take(self, symbol: Symbol, expression: Term, ranges: tuple[tuple[str, Dim], ...]) -> None:
        expression = self._lettered(whole(self._plain(expression)))
        for used in symbols(expression):
            self._add(used)
        self.found[symbol] = terms.Definition(symbol, expression, None, ranges)

    def _range(self, symbol: Symbol, index: Index) -> Dim:
        """How far a letter of a member runs. Raises NotDerived."""
        if not index.offset:
            definition = self.theory.defined(symbol)
            if definition is not None:
                own = definition.symbol.indices[symbol.indices.index(index)]
                if own.name in definition.ranges:
                    return definition.ranges[own.name]
            running = [i for i in symbol.indices if not i.is_number]
            for each, dim in zip(running, self.theory.samples.get(symbol.name, ()), strict=False):
                if each == index:
                    return dim
        raise NotDerived(f"it is not known how far {index} runs in {symbol.latex}")

    def _lettered(self, term: Term) -> Term:
        """The term with the letters of its sums over members as they are elsewhere."""

        def go(node: Term) -> Term:
            if not isinstance(node, nodes.Sum):
                return node
            letter = self.letters.setdefault(node.upper, node.index)
            if letter == node.index or not any(Index(node.index) in s.indices for s in symbols(node)):
                return node
            return replace(node, args=(at_indices(node.args[0], {node.index: Index(letter)}),), index=letter)

        return rebuild(term, go)


def _at(definition: Definition, symbol: Symbol) -> Term:
    """The right side of a definition for one member of its family."""
    pairs = zip(definition.symbol.indices, symbol.indices, strict=True)
    put_in = {own.name: index for own, index in pairs if not own.is_number}
    return at_indices(definition.expression, put_in) if put_in else definition.expression


def check_size(term: Term) -> None:
    """Raises NotDerived for a term that SymPy would take too long for."""
    if sum(1 for _ in term.walk()) > MOST_NODES:
        raise NotDerived("it is too large to be derived")
    if any(
        max(abs(n.value.numerator), n.value.denominator) > LARGEST_NUMBER
        for n in term.walk()
        if isinstance(n, nodes.Number)
    ):
        raise NotDerived("its numbers are too large to be derived")
    for node in term.walk():
        if isinstance(node, Block | Derivative):
            raise NotDerived(f"no rule carries a gradient through {node.latex}")


# ---------------------------------------------------------------- as one writes it


def _outputs(forward: tuple[terms.Definition, ...]) -> Mapping[Term, Symbol]:
    """Names for what a definition is: softmax(z) is p."""
    return {d.expression: d.symbol for d in forward if isinstance(d.expression, nodes.Apply | Softmax)}


def _readable(
    theory: Theory, outputs: Mapping[Term, Symbol], step: Step, said: Callable[[Term, Term], str]
) -> Step:
    """The step with its closed form as short as it is known to be; each simplification is confirmed."""
    for closed in _simpler(theory, outputs, step.closed):
        if closed.shape == step.closed.shape and closed != step.closed and said(step.closed, closed) == "equal":
            step = replace(step, closed=closed)
    return step


def _simpler(theory: Theory, outputs: Mapping[Term, Symbol], term: Term) -> Iterator[Term]:
    """Shorter forms, one after the other; each builds on the one before it."""
    for rule in (
        lambda t: substitute(t, outputs),
        lambda t: _shortened(rebuild(t, lambda node: _shorter_inside(node, outputs)), outputs),
        lambda t: rebuild(t, lambda node: _known_sum(theory, node)),
        lambda t: _shortened(t, outputs),
        lambda t: rebuild(t, _as_product),
    ):
        term = tidy(rule(term))
        yield term


def _shortened(term: Term, outputs: Mapping[Term, Symbol]) -> Term:
    values = {node: node for node in term.walk() if isinstance(node, nodes.Apply) and not node.order}
    return simplify_entrywise(term, {**values, **outputs})


def _shorter_inside(node: Term, outputs: Mapping[Term, Symbol]) -> Term:
    """Entrywise terms that stand in a sum or in a product of matrices."""
    if isinstance(node, nodes.Total | nodes.Product | nodes.Transpose | nodes.Sum):
        return node.with_args(*(_shortened(arg, outputs) for arg in node.args))
    return node


def _known_sum(theory: Theory, node: Term) -> Term:
    """The entries of a distribution add up to 1, whole or for each example."""
    if isinstance(node, nodes.Total) and _is_distribution(theory, node.args[0]):
        return nodes.term(1) if node.args[0].shape.is_vector or node.args[0].shape.T.is_vector else node
    if isinstance(node, nodes.Product):
        for k, (left, right) in enumerate(itertools.pairwise(node.args)):
            for given, ones in ((left, right), (right, left.args[0] if isinstance(left, nodes.Transpose) else left)):
                if isinstance(ones, nodes.Ones) and not ones.is_scalar and _is_distribution(theory, given):
                    one = nodes.ones(nodes.Product((left, right)).shape)
                    args = (*node.args[:k], one, *node.args[k + 2 :])
                    plain = all(isinstance(a.args[0] if a.args else a, nodes.Ones) for a in args)
                    return nodes.ones(node.shape) if plain else nodes.Product(args)
    return node


def _as_product(node: Term) -> Term:
    """The sum of the entries of a ⊙ b is a^T b."""
    if isinstance(node, nodes.Total) and isinstance(node.args[0], nodes.Hadamard) and node.args[0].shape.is_vector:
        first, *rest = node.args[0].args
        return first.T @ (rest[0] if len(rest) == 1 else nodes.Hadamard(tuple(rest)))
    return node


def _is_distribution(theory: Theory, symbol: Term) -> bool:
    if not isinstance(symbol, Symbol):
        return False
    words = theory.assumptions.get(symbol.name.split("^")[0].split("_")[0], ())
    return any(word == "one-hot" or word.startswith("simplex:") for word in words)

