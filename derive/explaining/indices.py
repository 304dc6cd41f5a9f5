"""One gradient index by index: its matrix form from the chain rule for numbers, confirmed at the drawn points."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from derive.explaining.elements import Display, Element, Heading, Paragraph
from derive.explaining.numbers import bound, number
from derive.explaining.prose.meanings import listed, spelled
from derive.explaining.written import Numbers
from derive.symbolic.by_entries import FIRST, ByEntries, Local, by_entries, entry
from derive.symbolic.derivation import Step
from derive.symbolic.tidy import tidy
from derive.terms import nodes
from derive.terms.evaluate import evaluate
from derive.terms.indices import Index
from derive.terms.nodes import Adjoint, Sum
from derive.terms.walk import at_indices
from derive.verify.evidence import EQUAL, Evidence, PointEvidence


def indices(evidence: Evidence, numbers: Numbers) -> tuple[Element, ...]:
    """The gradient by the first weights of the model.

    Raises:
        ArithmeticError: the sum over indices differs from the matrix form: a fault of derive, and nothing to print.
    """
    parameters = evidence.model.parameters
    step = evidence.derivation[next((p for p in parameters if not p.is_scalar), parameters[0]).key]
    found = by_entries(step.edges[0])
    worst = max(_apart(evidence, found, step, point) for point in evidence.drawn)
    if not worst <= EQUAL:
        raise ArithmeticError(f"the gradient by {step.symbol.key} differs from its sum over indices by {worst}")
    return tuple(_told(evidence, step, found, worst, numbers))


def _apart(evidence: Evidence, found: ByEntries, step: Step, point: PointEvidence) -> float:
    """The largest difference between the sum over indices and the gradient, relative to the largest entry."""
    gradients = point.readings["rule"].values
    values = {**point.values, **{each.adjoint.key: gradients[each.symbol.key] for each in evidence.derivation.steps}}
    gradient = gradients[step.symbol.key]
    worst = 0.0
    for row, column in product(*map(range, gradient.shape)):
        at = {index: Index("", place + 1) for index, place in zip("ij", (row, column), strict=True)}
        value = np.asarray(evaluate(at_indices(found.collapsed, _own(found, at)), values, point.point.sizes)).item()
        worst = max(worst, abs(value - gradient[row, column]))
    return worst / float(np.abs(gradient).max() or 1.0)


def _own(found: ByEntries, at: dict[str, Index]) -> dict[str, Index]:
    """The indices of the parameter's entry alone: a letter of theirs may also be that of a sum."""
    used = {index.name for _, index in found.entry.parts() if isinstance(index, Index)}
    return {name: index for name, index in at.items() if name in used}


# ---------------------------------------------------------------- told


def _told(evidence: Evidence, step: Step, found: ByEntries, worst: float, numbers: Numbers) -> Iterator[Element]:
    parameter, loss = step.symbol, evidence.model.loss.latex
    by = rf"\partial {loss}/\partial {parameter.latex}"
    yield Paragraph(
        f"The gradient ${by}$ once more, without any rule for matrices: entry by entry, by the chain rule for numbers,"
        " and from there back to its matrix form."
    )
    yield Heading("The definition, entry by entry")
    yield Display((f"{found.user.latex} = {found.written.latex}",))
    yield Heading("The local derivative")
    slope = rf"\frac{{\partial {found.user.latex}}}{{\partial {found.entry.latex}}}"
    yield Paragraph(_alike(found))
    yield Display((f"{slope} = {_local(found.local)}",))
    yield Heading("The chain rule")
    sums = "".join(rf"\sum_{{{index}=1}}^{{{upper.latex}}} " for index, upper in found.ranges)
    through = f", and ${found.entry.latex}$ moves the loss through every ${found.user.latex}$" if found.ranges else ""
    yield Paragraph(
        f"What comes in, ${_slashed(loss, found)}$, is known from the steps before{through}."
        + (" Where an index has to be equal to another one, a single term of its sum is left." if _ends(found) else "")
    )
    target = rf"\frac{{\partial {loss}}}{{\partial {found.entry.latex}}}"
    incoming = rf"\frac{{\partial {loss}}}{{\partial {found.user.latex}}}"
    rows = [rf"{target} &= {sums}{incoming}\, {slope}"]
    if _ends(found) or found.incoming.latex != incoming:
        rows.append(rf"&= {sums}{_bracketed(found)}")
    rows.append(f"&= {found.collapsed.latex}")
    yield Display(tuple(dict.fromkeys(rows)))
    yield Heading("Back to matrices")
    yield from _matrix(step, found)
    yield Paragraph(_confirmed(evidence, step, found, worst, numbers))


def _alike(found: ByEntries) -> str:
    pairs = dict.fromkeys(f"{own} = {other}" for part in found.local for own, other in part.equal)
    if not pairs:
        return f"Of the terms of ${found.user.latex}$, one holds ${found.entry.latex}$, and what multiplies it is left:"
    brackets = listed([f"$[{pair}]$" for pair in pairs])
    one = f"is 1 where ${next(iter(pairs))}$ and 0 elsewhere" if len(pairs) == 1 else "are 1 where that is so, else 0"
    return (
        f"Of the terms of ${found.user.latex}$, only one can hold ${found.entry.latex}$, and only where the indices"
        f" fit; {brackets} {one}:"
    )


def _local(parts: tuple[Local, ...]) -> str:
    return " + ".join(_part(part) for part in parts)


def _part(part: Local) -> str:
    brackets = r"\,".join(f"[{own} = {other}]" for own, other in part.equal)
    if not brackets:
        return part.factor.latex
    return brackets if part.factor == nodes.term(1) else rf"{brackets}\, {part.factor.latex}"


def _ends(found: ByEntries) -> bool:
    """Whether an equality of indices ends a sum."""
    return any(part.equal for part in found.local)


def _bracketed(found: ByEntries) -> str:
    local = _local(found.local)
    local = rf"\left({local}\right)" if len(found.local) > 1 else local
    return rf"{found.incoming.latex}\, {local}"


def _slashed(loss: str, found: ByEntries) -> str:
    named = found.incoming.args[0] if found.incoming.args else found.incoming
    slashed = rf"\partial {loss}/\partial {found.user.latex}"
    return slashed if isinstance(named, Adjoint | nodes.Number) else f"{found.incoming.latex} = {slashed}"


def _matrix(step: Step, found: ByEntries) -> Iterator[Element]:
    """The entry of the matrix form, with the letter of the sum that is left."""
    parameter = step.symbol
    target = rf"\frac{{\partial L}}{{\partial {parameter.latex}}}"
    if parameter.is_scalar:
        yield Paragraph(
            f"${parameter.latex}$ is a number, so the sum over the examples is the gradient already. As a product of"
            " a row and a column it would be the same sum."
        )
        yield Display((rf"{target} = {step.expression.latex}",))
        return
    left = [node.index for node in found.collapsed.walk() if isinstance(node, Sum)]
    i, j = (Index(name) if name in _own(found, {"i": FIRST, "j": FIRST}) else FIRST for name in "ij")
    shown = entry(step.expression, i, j, iter([*left, *"mrstuv"]), transposed=True)
    place = "".join(index.name for index in (i, j) if index.name)
    yield Paragraph(
        "Such a sum is an entry of a product: it runs along a row of the left factor and down a column of the right"
        " one. A transpose puts the indices in that order."
        if left
        else "Nothing is left to sum: the entry is a product of two numbers, one for its row and one for its column."
        if len(place) > 1
        else "Nothing is left to sum: every entry is a product of the same number."
    )
    as_product = dict.fromkeys((found.collapsed.latex, tidy(shown).latex))
    rows = (*as_product, rf"\left[{step.expression.latex}\right]_{{{place}}}")
    yield Display((f"{rows[0]} &= {rows[1]}", *(f"&= {row}" for row in rows[2:])))
    yield Display((rf"{target} = {step.expression.latex}",))


def _confirmed(evidence: Evidence, step: Step, found: ByEntries, worst: float, numbers: Numbers) -> str:
    first = at_indices(found.collapsed, _own(found, {"i": FIRST, "j": FIRST}))
    name = at_indices(found.entry, _own(found, {"i": FIRST, "j": FIRST})).latex
    value = number(numbers.value(first).item())
    points = spelled(len(evidence.drawn))
    return (
        f"The sum and the closed form were compared in every entry at the {points} points that were drawn: the largest"
        rf" difference, relative to the largest entry, is ${bound(worst)}$. In the worked example the sum gives"
        rf" $\partial L/\partial {name} = {value}$."
    )
