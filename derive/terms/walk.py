"""Walks over terms that several rooms need: rebuilding, substituting, collecting symbols."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from derive.terms.dims import Dim
from derive.terms.indices import Index, Indices
from derive.terms.nodes import Broadcast, Neg, Number, Product, Sum, Symbol, Term
from derive.terms.shapes import Shape


def is_zero(term: Term) -> bool:
    """Whether a term is the number 0, or an array of zeros."""
    if isinstance(term, Broadcast | Neg | Product):
        return any(is_zero(arg) for arg in term.args)
    return isinstance(term, Number) and term.value == 0


def rebuild(term: Term, rule: Callable[[Term], Term]) -> Term:
    """Apply `rule` to every node, children first. Shared subterms are rebuilt once; depth costs no recursion."""
    done: dict[int, Term] = {}
    stack = [term]
    while stack:
        node = stack[-1]
        waiting = [arg for arg in node.args if id(arg) not in done]
        if waiting:
            stack.extend(reversed(waiting))
            continue
        stack.pop()
        if id(node) not in done:
            done[id(node)] = rule(node.with_args(*(done[id(arg)] for arg in node.args)))
    return done[id(term)]


def substitute(term: Term, replacements: Mapping[Term, Term]) -> Term:
    """Replace whole subterms, children first; what is put in is not searched again."""
    return rebuild(term, lambda node: replacements.get(node, node))


def at_indices(term: Term, indices: Indices) -> Term:
    """Instantiate a generic term: `W^{[l]} a^{[l-1]}` at l = 2 is `W^{[2]} a^{[1]}`.

    An index may also be replaced by another one. A bound index stays bound: where it is called like what is put in, it
    gets another letter.
    """
    put_in = {Index.of(value).name for value in indices.values()}

    def go(node: Term, known: Indices) -> Term:
        if isinstance(node, Sum):
            index = _fresh(node, put_in) if node.index in put_in else node.index
            inner = {**known, node.index: Index(index)}
            return replace(node, args=(go(node.args[0], inner),), index=index, upper=node.upper.at(known))
        changes: dict = {"args": tuple(go(arg, known) for arg in node.args)}
        for name, value in node.parts():
            if isinstance(value, tuple):
                changes[name] = tuple(index.at(known) for index in value)
            elif isinstance(value, Dim | Shape | Index):
                changes[name] = value.at(known)
            elif isinstance(value, Term):  # the symbol that an adjoint is of
                changes[name] = go(value, known)
        return replace(node, **changes)

    return go(term, indices)


def _fresh(term: Term, taken: set[str]) -> str:
    """A letter that is no index in a term."""
    used = taken | set(_index_names(term))
    return next(letter for letter in "jklmpqrstuvabcdefghinowxyz" if letter not in used)


def _index_names(term: Term) -> Iterator[str]:
    for node in term.walk():
        if isinstance(node, Sum):
            yield node.index
        for _, value in node.parts():
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Index):
                    yield part.name


def symbols(term: Term) -> tuple[Symbol, ...]:
    """The symbols in a term, each once, in the order of first appearance."""
    return tuple(dict.fromkeys(node for node in term.walk() if isinstance(node, Symbol)))
