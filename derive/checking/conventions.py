"""Conventions that authors choose differently, and that a claim may silently rely on: one row each.

A row rewrites the two sides of a claim as they would read under the other choice. It offers nothing where the document
states the choice itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from derive.checking.chains import contracted
from derive.checking.immediate import immediate
from derive.checking.lines import Lines
from derive.checking.outcomes import Outcome, Sides
from derive.checking.partials import chained
from derive.reading.theory import Link, Theory
from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape
from derive.terms.walk import rebuild
from derive.terms.written import Derivative


def conventions(lines: Lines, link: Link, outcomes: Iterable[Outcome]) -> Iterator[Sides]:
    """The sides of a claim under every other convention that the document leaves open."""
    theory = lines.theory
    outcomes = list(outcomes)
    seen: set[tuple[Term, Term]] = {(o.left, o.right) for o in outcomes}
    for outcome in itertools.islice(outcomes, 4):
        for row in (_layouts, _reductions, _immediate, _restated):
            for name, left, right in row(lines, link, outcome):
                if (left, right) not in seen:
                    seen.add((left, right))
                    yield name, left, right
        for name, left, right in chained(outcome, theory, lines.points.uses):
            if (left, right) not in seen:
                seen.add((left, right))
                yield name, left, right


# ---------------------------------------------------------------- layout of a derivative


def _layouts(lines: Lines, link: Link, outcome: Outcome) -> Iterator[Sides]:
    """A Jacobian of vectors in the other layout; a gradient as the transpose of what the variable looks like."""
    theory = lines.theory
    left, right = outcome.left, outcome.right
    jacobians = _turning(theory, lambda node: not node.args[0].is_scalar)
    yield "vectors are differentiated by vectors in the other layout", jacobians(left), jacobians(right)
    if isinstance(left, Derivative) and not _is_by_name(left, link):
        gradient = _turning(theory, lambda node: node.args[0].is_scalar)
        yield f"{left.latex} is laid out as the transpose of {left.args[1].latex}", gradient(left), right
    rows = _turning(
        theory, lambda node: not _is_by_name(node, link) and ONE in (node.args[1].shape.cols, node.args[1].shape.rows)
    )
    yield "derivatives by vectors are laid out as Jacobians, in rows", rows(left), rows(right)


def _turning(theory: Theory, which: Callable[[Derivative], bool]) -> Callable[[Term], Term]:
    def turn(node: Term) -> Term:
        if not isinstance(node, Derivative) or not all(isinstance(arg.shape, Shape) for arg in node.args):
            return node
        by = node.args[1].shape
        stated = "vectors" if ONE in (by.rows, by.cols) else "matrices"
        if stated in theory.layout or not which(node):
            return node
        return replace(node, layout="gradient" if node.layout == "jacobian" else "jacobian")

    return lambda term: contracted(rebuild(term, turn))


def _immediate(lines: Lines, link: Link, outcome: Outcome) -> Iterator[Sides]:
    """A sum over steps with the derivative of each one alone, the steps before it held fixed."""
    left, right = outcome.left, immediate(lines.theory, outcome.right)
    if right != outcome.right:
        yield "derivatives of a step hold the steps before it fixed", left, right


# ---------------------------------------------------------------- another expression for a name


def _restated(lines: Lines, link: Link, outcome: Outcome) -> Iterator[Sides]:
    """The derivative of a name by one that only a later line about it holds: z = m + y, and then z = m + u."""
    left = outcome.left
    if not isinstance(left, Derivative) or not all(isinstance(arg, Symbol) for arg in left.args):
        return
    of, by = left.args
    for term in lines.restatements(of):
        if any(node == by for node in term.walk()):
            written = replace(left, args=(term, by))
            yield f"{of.latex} is {term.latex}, as another line says", written, outcome.right


# ---------------------------------------------------------------- mean or sum


def _reductions(lines: Lines, link: Link, outcome: Outcome) -> Iterator[Sides]:
    """`dZ` of a mean loss is often that of the summed loss: m times as large."""
    theory = lines.theory
    if theory.loss is None or (definition := theory.defined(theory.loss)) is None:
        return
    declared = {
        "".join(family.written.split())
        for gradient in theory.gradients
        for families in gradient.names.families.values()
        for family in families
    }
    for dim in sorted(_counts(definition.expression), key=str):
        names: set[str] = set()

        def scaled(node: Term, dim: Dim = dim, names: set[str] = names) -> Term:
            if not isinstance(node, Derivative) or not _is_by_name(node, link) or node.args[0] != theory.loss:
                return node
            if not any(note.endswith(f" is d{theory.loss.latex}/d{node.args[1].latex}") for note in outcome.notes):
                return node  # the document itself says what the name is
            if dim not in _examples(theory, node):
                return node
            name = link.source.text[slice(*node.span)]
            if "".join(name.split()) in declared:
                return node
            names.add(name)
            return nodes.Product((nodes.Size(dim=dim), node), span=node.span)

        sides = rebuild(outcome.left, scaled), rebuild(outcome.right, scaled)
        if names:
            loss = theory.loss.latex
            yield f"{', '.join(sorted(names))} is the gradient of the sum over examples, {dim.latex} {loss}", *sides


def _examples(theory: Theory, gradient: Derivative) -> set[Dim]:
    r"""What may count the examples that a gradient is one of, or is the gradients for: m of `dZ` and `dz^{(i)}`."""
    found = {gradient.shape.rows, gradient.shape.cols} if isinstance(gradient.shape, Shape) else set()
    by = gradient.args[1]
    if isinstance(by, Symbol) and by.indices:
        found |= {dim for dim in theory.samples.get(by.name, ()) if isinstance(dim, Dim)}
    return found


def _counts(expression: Term) -> set[Dim]:
    """The dimensions over which a loss may be a mean: those that it counts with, or sums up to."""
    sizes = {node.dim for node in expression.walk() if isinstance(node, nodes.Size)}
    return sizes | {node.upper for node in expression.walk() if isinstance(node, nodes.Sum)}


def _is_by_name(node: Derivative, link: Link) -> bool:
    """Whether a gradient is written as a name, `dZ` or `\\delta`, and not as a derivative."""
    if node.span is None:
        return False
    text = link.source.text[slice(*node.span)]
    return not any(sign in text for sign in ("\\partial", "\\nabla", "frac", "/"))
