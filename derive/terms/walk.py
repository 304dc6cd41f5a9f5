"""Walks over terms that several rooms need: rebuilding, substituting, collecting symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from derive.terms.dims import Dim
from derive.terms.indices import Index
from derive.terms.nodes import Component, Sum, Symbol, Term
from derive.terms.shapes import Shape


def rebuild(term: Term, rule: Callable[[Term], Term]) -> Term:
    """Apply `rule` to every node, children first. Shared subterms are rebuilt once."""
    done: dict[int, Term] = {}

    def go(node: Term) -> Term:
        if id(node) not in done:
            done[id(node)] = rule(node.with_args(*map(go, node.args)))
        return done[id(node)]

    return go(term)


def substitute(term: Term, replacements: Mapping[Term, Term]) -> Term:
    """Replace whole subterms, children first; what is put in is not searched again."""
    return rebuild(term, lambda node: replacements.get(node, node))


def at_indices(term: Term, indices: Mapping[str, int]) -> Term:
    """Instantiate a generic term: `W^{[l]} a^{[l-1]}` at l = 2 is `W^{[2]} a^{[1]}`. A bound index stays bound."""

    def go(node: Term, known: Mapping[str, int]) -> Term:
        if isinstance(node, Sum):
            inner = {name: value for name, value in known.items() if name != node.index}
            return replace(node, args=(go(node.args[0], inner),), upper=node.upper.at(known))
        changes: dict = {"args": tuple(go(arg, known) for arg in node.args)}
        for name, value in node.parts():
            if isinstance(value, tuple):
                changes[name] = tuple(index.at(known) for index in value)
            elif isinstance(value, Dim | Shape | Index):
                changes[name] = value.at(known)
        return replace(node, **changes)

    return go(term, indices)


def symbols(term: Term) -> tuple[Symbol, ...]:
    """The symbols in a term, each once, in the order of first appearance."""
    return tuple(dict.fromkeys(node for node in term.walk() if isinstance(node, Symbol)))
