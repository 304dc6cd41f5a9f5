"""Claims to verdicts: each reading of a claim is evaluated at drawn points, and the readings together decide."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from derive.checking.program import LARGEST_LOOP, Machine, OutOfRange, Unsettled, dims_of, draw_inputs, draw_sizes
from derive.checking.verdicts import VERDICTS, Evidence, Verdict
from derive.reading import syntax
from derive.reading.elaborate import PRIMARY, Alternative, Missing, elaborate, infer_range
from derive.reading.errors import Unread
from derive.reading.letters import bound_letters
from derive.reading.names import slots_of
from derive.reading.theory import Link, Theory, letters_in
from derive.terms.dims import Dim
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Misfit
from derive.terms.written import Derivative

EQUAL, DIFFERENT = 1e-8, 1e-5
SETS, POINTS = 2, 2


@dataclass(frozen=True)
class Outcome:
    """What one reading came to."""

    answer: str  # true, false, ill, unsettled
    message: str
    level: int
    notes: frozenset[str]


def judge(theory: Theory, link: Link, *, seed: int = 0, repairs: bool = True) -> Verdict:
    """The verdict on one link of a document."""
    try:
        instances = list(_instances(theory, link))
    except Unread as unread:
        return Verdict("unread", None, unread.message, unread.span)
    if not instances:
        return Verdict("undecided", None, "no layer has all the symbols of this claim")
    verdicts = [_judge_instance(theory, link, *instance) for instance in instances]
    return min(verdicts, key=lambda v: VERDICTS.index(v.verdict))


def _instances(theory: Theory, link: Link):
    """(layers, ranges, left readings, right readings) for every instance of a claim."""
    layered = sorted(_layer_letters(theory, link))
    first, last = theory.layers.first, theory.layers.last
    problem: Unread | None = None
    made = 0
    for numbers in itertools.product(range(min(first, 0) - 1, last + 2), repeat=len(layered)):
        layers = dict(zip(layered, numbers, strict=True))
        try:
            ranges = _ranges(theory, link, layers)
            scope = theory.scope(layers=layers, ranges=ranges)
            yield layers, ranges, elaborate(link.left, scope), elaborate(link.right, scope)
            made += 1
        except Missing:
            continue
        except Unread as unread:
            problem = unread
    if not made and problem is not None:
        raise problem


def _layer_letters(theory: Theory, link: Link) -> set[str]:
    found: set[str] = set()
    for side in (link.left, link.right):
        bound = bound_letters(side)
        for node in syntax.walk(side):
            if isinstance(node, syntax.Name):
                for slot in slots_of(node):
                    index = slot.index
                    if index is not None and index.name and index.name != "L" and index.name not in bound:
                        if theory.runs_over_layers(node, slot):
                            found.add(index.name)
    return found


def _ranges(theory: Theory, link: Link, layers) -> dict[str, Dim]:
    """How far the free component and sample letters of a claim run."""
    scope = theory.scope(layers=layers)
    found: dict[str, Dim] = {}
    for side in (link.left, link.right):
        bound = bound_letters(side)
        for node in syntax.walk(side):
            for letter in letters_in(node):
                if letter in bound or letter in layers or letter in found or letter == "L":
                    continue
                dim = infer_range(letter, node, scope) or theory.sample_range(node, letter)
                if dim is not None:
                    found[letter] = dim
    return found


def _judge_instance(theory: Theory, link: Link, layers, ranges, lefts: list[Alternative], rights: list[Alternative]) -> Verdict:
    outcomes: list[Outcome] = []
    for left, right in itertools.islice(itertools.product(lefts, rights), 24):
        outcomes.append(_outcome(theory, left, right, ranges, link.condition))
    primary = [o for o in outcomes if o.level == PRIMARY]
    notes = tuple(sorted(set().union(*(o.notes for o in primary[:1] or outcomes[:1]))))
    at = ", ".join(f"{k} = {v}" for k, v in layers.items())
    suffix = f" (at {at})" if at else ""
    conforming = [o for o in primary if o.answer != "ill"]
    if conforming:
        answers = {o.answer for o in conforming}
        if answers == {"true"}:
            return Verdict("holds", assumptions=notes, proof="numeric", evidence=Evidence(points=SETS * POINTS))
        if "true" in answers:
            good = next(o for o in conforming if o.answer == "true")
            return Verdict("ambiguous", None, f"true if {_reading(good)}{suffix}", assumptions=notes)
    good = next((o for o in outcomes if o.answer == "true"), None)
    if good is not None:
        return Verdict("ambiguous", None, f"true if {_reading(good)}{suffix}", assumptions=notes)
    if any(o.answer == "unsettled" for o in conforming or outcomes):
        return Verdict("undecided", None, next(o.message for o in outcomes if o.answer == "unsettled") + suffix, assumptions=notes)
    if conforming:
        return Verdict("wrong", None, conforming[0].message + suffix, assumptions=notes)
    return Verdict("ill-shaped", None, outcomes[0].message + suffix, assumptions=notes)


def _reading(outcome: Outcome) -> str:
    return ", ".join(sorted(outcome.notes)) or "read another way"


def _outcome(theory: Theory, left: Alternative, right: Alternative, ranges, condition) -> Outcome:
    level, notes = max(left.level, right.level), left.notes | right.notes
    for alternative in (left, right):
        if isinstance(alternative.term.shape, Misfit):
            return Outcome("ill", str(alternative.term.shape), level, notes)
    if left.term.shape != right.term.shape:
        return Outcome("ill", f"the sides differ in shape: {left.term.shape} and {right.term.shape}", level, notes)
    try:
        answer, message = _compare(theory, left.term, right.term, ranges, condition)
    except OutOfRange as beyond:
        answer, message = "ill", str(beyond)
    except Unsettled as unsettled:
        answer, message = "unsettled", str(unsettled)
    return Outcome(answer, message, level, notes)


def _compare(theory: Theory, left: Term, right: Term, ranges, condition) -> tuple[str, str]:
    settled = False
    worst = 0.0
    for number, point in itertools.product(range(SETS), range(POINTS)):
        machine = machine_at(theory, left, right, number, point, ranges)
        letters = sorted(ranges)
        loops = [range(1, ranges[letter].size(machine.sizes) + 1) for letter in letters]
        if np.prod([len(loop) for loop in loops]) > LARGEST_LOOP:
            raise Unsettled("too many entries")
        scale, largest = 0.0, 0.0
        for values in itertools.product(*loops):
            indices = dict(zip(letters, values, strict=True))
            if condition and indices.get(condition[0], 0) == indices.get(condition[1], -1):
                continue
            a, b = (np.asarray(machine.value(side, indices), dtype=float) for side in (left, right))
            if not (np.isfinite(a).all() and np.isfinite(b).all()):
                raise Unsettled("a value is not finite")
            scale = max(scale, float(np.abs(a).max()), float(np.abs(b).max()))
            largest = max(largest, float(np.abs(a - b).max()))
        if scale > 1e-9:
            settled = True
        relative = largest / scale if scale else 0.0
        worst = max(worst, relative)
        second = any(isinstance(n, Derivative) and any(isinstance(m, Derivative) for a in n.args for m in a.walk()) for s in (left, right) for n in s.walk())
        if relative > (1e-4 if second else DIFFERENT):
            return "false", f"the sides differ by {largest:.3g} where they are up to {scale:.3g}"
        if relative > (1e-6 if second else EQUAL):
            return "unsettled", "the difference is too small to decide"
    if not settled:
        return "unsettled", "both sides are zero throughout"
    return "true", ""


def machine_at(theory: Theory, left: Term, right: Term, number: int, point: int, ranges) -> Machine:
    terms = [left, right, *(d.expression for d in theory.definitions), *(d.symbol for d in theory.definitions)]
    names = dims_of(terms) | {n for dim in ranges.values() for n in dim.names()}
    names |= {n for r in theory.samples.values() for dim in r for n in dim.names()}
    sizes = draw_sizes(theory, names, number)
    defined = {(d.symbol.name, tuple(i.offset for i in d.symbol.indices if i.is_number)) for d in theory.definitions}
    generic = {d.symbol.name for d in theory.definitions if any(not i.is_number for i in d.symbol.indices)}
    inputs: dict[str, Symbol] = {}
    for term in terms:
        for node in term.walk():
            if isinstance(node, Symbol) and node.name not in generic:
                if (node.name, tuple(i.offset for i in node.indices if i.is_number)) in defined:
                    continue
                for member in _members(theory, node, sizes):
                    inputs[member.key] = member
    ordered = [inputs[key] for key in sorted(inputs)]
    for unit in (False, True):
        drawn = draw_inputs(theory, ordered, sizes, [number, point, unit], unit=unit)
        machine = Machine(theory, sizes, drawn)
        with np.errstate(all="ignore"):
            machine.run()
        if all(np.isfinite(np.asarray(v, dtype=float)).all() for v in machine.values.values()):
            return machine
    raise Unsettled("a definition has no finite value")


def _members(theory: Theory, symbol: Symbol, sizes):
    letters = [index for index in symbol.indices if not index.is_number]
    if not letters:
        return [symbol]
    dim = next(iter(theory.samples.get(symbol.name, ())), None)
    if dim is None:
        raise Unsettled(f"it is not known how far the index of {symbol.latex} runs")
    members = []
    for numbers in itertools.product(range(1, dim.size(sizes) + 1), repeat=len(letters)):
        values = {index.name: number - index.offset for index, number in zip(letters, numbers, strict=True)}
        members.append(symbol.member(*(index.at(values) for index in symbol.indices)))
    return members
