"""Reverse mode over definitions: for every symbol its adjoint, as steps in the order in which a person derives them.

The loss has adjoint 1. Going back through the definitions, each use of a symbol contributes what the rules carry to it,
and contributions add up. A step is written twice: over the adjoint just before it, as one writes it on the board, and
closed, over the model's own symbols and the named signals (delta), as one boxes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

from derive.symbolic.jacobians import local_jacobian
from derive.symbolic.rules import RULES, NoRule, Rule
from derive.symbolic.scalars import simplify_entrywise
from derive.symbolic.tidy import tidy
from derive.terms import nodes
from derive.terms.definitions import Definition
from derive.terms.indices import Index
from derive.terms.nodes import Component, Symbol, Term, add
from derive.terms.walk import at_indices, rebuild, symbols


@dataclass(frozen=True)
class Edge:
    """One use of a symbol: the adjoint of the user comes in, the contribution to the symbol's adjoint goes out."""

    user: Definition
    symbol: Symbol
    incoming: Term
    contribution: Term
    rules: tuple[Rule, ...]
    index: str | None = None

    @cached_property
    def jacobian(self) -> Term | None:
        """The local Jacobian d(vec user) / d(vec symbol)^T, user in rows; None where no explicit form is known."""
        inner = Component((self.symbol,), Index(self.index)) if self.index else self.symbol
        found = local_jacobian(self.user.expression, inner)
        return tidy(found) if found is not None else None


@dataclass(frozen=True)
class Step:
    """The adjoint of one symbol.

    `adjoint` is the name that it gets (a symbol of the shape of `symbol`). `expression` is written over the adjoint
    before it, `closed` over the model's symbols and named signals. With an `index`, all of it is entry by entry.
    """

    symbol: Symbol
    adjoint: Symbol
    edges: tuple[Edge, ...]
    expression: Term
    closed: Term
    index: str | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that were used, each once, from the loss inwards."""
        return tuple(dict.fromkeys(rule for edge in self.edges for rule in edge.rules))

    @property
    def target(self) -> Term:
        return Component((self.adjoint,), Index(self.index)) if self.index else self.adjoint

    def definition(self, *, closed: bool = True) -> Definition:
        """The step as a definition of its adjoint, ready to be evaluated."""
        return Definition(self.adjoint, self.closed if closed else self.expression, self.index)

    def to_sympy(self):
        """The closed form as a SymPy expression."""
        return self.closed.to_sympy()


@dataclass(frozen=True)
class Derivation:
    """What reverse mode over definitions gives: ordered steps, one per symbol."""

    definitions: tuple[Definition, ...]
    loss: Symbol
    steps: tuple[Step, ...]

    def __getitem__(self, key: str) -> Step:
        """The step for the symbol with this key, such as `W_1`.

        Raises:
            KeyError: the loss does not depend on such a symbol, or was not differentiated by it.
        """
        for step in self.steps:
            if step.symbol.key == key:
                return step
        raise KeyError(f"{self.loss.latex} was not differentiated by {key!r}")

    def expanded(self, key: str) -> Term:
        """The closed form with every named signal replaced by its own closed form: over the model's symbols only."""
        term = self[key].closed
        for step in reversed(self.steps):
            term = written_out(term, (step,))
        return tidy(term)


def written_out(term: Term, steps: Iterable[Step]) -> Term:
    """A term with the adjoints of these steps replaced by their closed forms, whole or entry by entry."""
    whole = {step.adjoint: step.closed for step in steps if step.index is None}
    by_entry = {step.adjoint: step for step in steps if step.index is not None}

    def put_in(node: Term) -> Term:
        if isinstance(node, Component) and node.args[0] in by_entry:
            step = by_entry[node.args[0]]
            return at_indices(step.closed, {step.index: node.row})
        return whole.get(node, node)

    return rebuild(term, put_in)


def differentiate(
    definitions: Sequence[Definition],
    loss: Symbol,
    by: Iterable[Symbol],
    signals: Mapping[Symbol, Symbol] | None = None,
) -> Derivation:
    """Derive the adjoints of the symbols `by` and of every intermediate between them and the loss.

    Args:
        definitions: in order; the last one that matters defines `loss`.
        by: the given symbols (parameters) whose gradients are asked for.
        signals: adjoints that have a name of their own and are not written out: {z_1: delta_1}.

    Raises:
        NoRule: a term has no rule; the message names it.
    """
    return _Reverse(tuple(definitions), loss, tuple(by), dict(signals or {})).run()


class _Reverse:
    def __init__(self, definitions: tuple[Definition, ...], loss: Symbol, by: tuple[Symbol, ...], signals: dict):
        self.definitions, self.loss, self.by, self.signals = definitions, loss, by, signals
        self.edges: dict[Symbol, list[Edge]] = {}
        self.steps: list[Step] = []
        self.unnamed: list[Step] = []  # their adjoints have no name of their own: later steps write them out
        # f(z) -> a, for writing f'(z) over a
        self.outputs = {d.expression: d.target for d in definitions if isinstance(d.expression, nodes.Apply)}

    def run(self) -> Derivation:
        needed = self._needed()
        live = [d for d in self._live() if d.symbol in needed]
        first_use: dict[Symbol, Definition] = {}
        for definition in live:
            for symbol in symbols(definition.expression):
                first_use.setdefault(symbol, definition)
        for definition in reversed(live):
            symbol = definition.symbol
            incoming = nodes.term(1) if symbol == self.loss else self._finish(symbol, definition.index)
            for edge in pullback(definition, incoming, needed):
                self.edges.setdefault(edge.symbol, []).append(edge)
            for parameter in symbols(definition.expression):
                if parameter in self.by and first_use[parameter] is definition:
                    self._finish(parameter)
        return Derivation(self.definitions, self.loss, tuple(self.steps))

    def _live(self) -> list[Definition]:
        """The definitions that the loss depends on."""
        used, live = {self.loss}, []
        for definition in reversed(self.definitions):
            if definition.symbol in used:
                used.update(symbols(definition.expression))
                live.append(definition)
        return live[::-1]

    def _needed(self) -> set[Symbol]:
        """What depends on a parameter, and the parameters themselves: data need no adjoint."""
        needed = set(self.by)
        for definition in self.definitions:
            if needed & set(symbols(definition.expression)):
                needed.add(definition.symbol)
        return needed

    def _finish(self, symbol: Symbol, entry: str | None = None) -> Term:
        """All uses of a symbol are known: its step. Returns the adjoint as the symbol's own definition needs it.

        `entry` is the index of a definition by entries. The uses may run over indices of other names.
        """
        edges = self.edges[symbol]
        by_entry = {edge.index for edge in edges}
        if None in by_entry and len(by_entry) > 1:
            raise NoRule(f"{symbol.latex} is used both as a whole and entry by entry")
        index = None if None in by_entry else entry or edges[0].index
        adjoint = self.signals.get(symbol) or nodes.adjoint(self.loss, symbol)
        contributions = (
            at_indices(edge.contribution, {edge.index: Index(index)} if edge.index else {}) for edge in edges
        )
        expression = tidy(add(tuple(contributions)))
        closed = simplify_entrywise(tidy(written_out(expression, self.unnamed)), self.outputs)
        step = Step(symbol, adjoint, tuple(edges), expression, closed, index)
        self.steps.append(step)
        if symbol not in self.signals:
            self.unnamed.append(step)
        return Component((adjoint,), Index(entry)) if entry else adjoint


# ---------------------------------------------------------------- one definition


def pullback(definition: Definition, incoming: Term, needed: Set[Symbol] | None = None) -> list[Edge]:
    """Carry the adjoint of a defined symbol through its expression to every use of a symbol.

    Uses of one symbol in one definition come as one edge, their contributions added up, in written order.

    Args:
        needed: the symbols whose adjoints are asked for; None for all.
    """
    uses: dict[tuple[Symbol, str | None], list[tuple[Term, tuple[Rule, ...]]]] = {}

    def sums_over(term: Term, bound: tuple[nodes.Sum, ...]) -> Term:
        for binder in reversed(bound):
            term = replace(binder, args=(term,))
        return term

    def down(term: Term, g: Term, rules: tuple[Rule, ...], bound: tuple[nodes.Sum, ...]) -> None:
        if isinstance(term, Symbol):
            letters = {index.name for index in term.indices}  # z^{(i)} under a sum over i: only its own term holds it
            others = tuple(binder for binder in bound if binder.index not in letters)
            uses.setdefault((term, None), []).append((sums_over(g, others), rules))
            return
        if isinstance(term, Component):
            entry, own = _entry(term, bound)
            others = tuple(binder for binder in bound if binder is not own)
            uses.setdefault((entry, own.index), []).append((sums_over(g, others), rules))
            return
        if isinstance(term, nodes.Sum):
            # A name that already runs in a sum around this one gets another letter: what comes in may hold it.
            term = at_indices(term, {binder.index: Index(binder.index) for binder in bound})
            bound = (*bound, term)
        for k, arg in enumerate(term.args):
            inside = symbols(arg)
            if inside and (needed is None or not needed.isdisjoint(inside)):
                rule = _rule(term)
                named = rules if isinstance(term, _SILENT) else (*rules, rule)
                down(arg, rule.vjp(term, g, k), named, bound)

    around = tuple(nodes.Sum((definition.target,), letter, 1, upper) for letter, upper in definition.ranges)
    if definition.index:
        around += (nodes.Sum((definition.target,), definition.index, 1, definition.symbol.shape.rows),)
    down(definition.expression, incoming, (), around)
    return [
        Edge(
            definition,
            symbol,
            incoming,
            tidy(add(tuple(g for g, _ in found))),
            tuple(dict.fromkeys(rule for _, rules in found for rule in rules)),
            index,
        )
        for (symbol, index), found in uses.items()
    ]


# Linearity and bookkeeping: rules that a person applies without naming them.
_SILENT = (nodes.Neg, nodes.Transpose)


def _rule(term: Term) -> Rule:
    if type(term) not in RULES:
        raise NoRule(f"no rule carries a gradient through {term.latex} ({type(term).__name__})")
    return RULES[type(term)]


def _entry(term: Component, bound: tuple[nodes.Sum, ...]) -> tuple[Symbol, nodes.Sum]:
    """The vector of an entry, and the sum (or the definition by entries) that runs over exactly its entries."""
    (vector,) = term.args
    if isinstance(vector, Symbol) and term.column is None:
        for binder in bound:
            if (Index(binder.index), binder.lower, binder.upper) == (term.row, 1, vector.shape.rows):
                return vector, binder
    raise NoRule(f"no rule carries a gradient to the single entry {term.latex}")
