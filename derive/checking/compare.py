"""Two terms at the drawn points: equal, different, or not decided. The only place where a claim meets numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.checking.digits import Printed, moved
from derive.checking.points import FAR, FREE, LARGE, MANY, MOST_POINTS, SETS, UNIT, Points, logged
from derive.checking.program import (
    LARGEST_LOOP,
    Beyond,
    Indices,
    Machine,
    NearKink,
    OutOfRange,
    OutsideOfDomain,
    Singular,
    Unsettled,
)
from derive.checking.uses import used_by
from derive.checking.verdicts import DIFFERENT, EQUAL, Counterexample
from derive.reading.theory import Theory
from derive.terms import nodes
from derive.terms.dims import Dim
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Symbol, Term
from derive.terms.walk import is_zero
from derive.terms.written import Compare, Derivative, IndexNumber, IndexRelation, ProductOver

ZERO = "both sides are zero throughout"
RETRIES = 6  # further draws of a point that was too near a kink, or did not decide

# Sides are taken for equal well below the bound that is promised: what lies between is drawn again, and not decided.
TIGHT = 1e-11
ROUNDING = 1e-12  # sides below this are not told from 0: what is drawn is about 1

# At large inputs only what is clear counts: a difference of a percent, between numbers that are not small.
CLEAR, FAINT = 0.01, 1e-3

# Derivatives of derivatives are known by differences: to fewer digits.
ROUGH_EQUAL, ROUGH_DIFFERENT = 1e-7, 1e-4


@dataclass(frozen=True)
class Comparison:
    """What the points said: `equal`, `different`, `ill` (an index beyond a stated axis) or `unsettled`."""

    answer: str
    message: str = ""
    points: int = 0
    counterexample: Counterexample | None = None
    beyond: bool = False  # whether a bound of the tool is why it is not settled


@dataclass(frozen=True)
class _Difference:
    """The two sides at one point: how large they are, how far apart, and where they are furthest apart."""

    scale: float
    largest: float
    place: tuple[Indices, tuple[int, ...], float, float]
    finite: bool = True
    as_printed: bool = False  # whether they are equal to the digits that are printed


NOT_FINITE = _Difference(0.0, 0.0, ({}, (), 0.0, 0.0), finite=False)


def compare(
    points: Points,
    left: Term,
    right: Term,
    ranges: Mapping[str, Dim],
    condition: tuple[str, str] | None = None,
    digits: Printed | None = None,
) -> Comparison:
    """Whether two terms of one shape are equal, for all values of the letters in `ranges`.

    Args:
        condition: two letters that are different.
        digits: how well a side that is printed as decimals can be known; None where there is none.
    """
    try:
        return _compare(points, left, right, ranges, condition, digits)
    except OutOfRange as beyond:
        return Comparison("ill", str(beyond))
    except Unsettled as unsettled:
        return Comparison("unsettled", str(unsettled), beyond=isinstance(unsettled, Beyond))
    except KeyError as key:
        return Comparison("unsettled", f"{key.args[0]} has no value here")
    except (ZeroDivisionError, OverflowError):
        return Comparison("unsettled", "a value is not finite at the drawn points")
    except RecursionError:
        return Comparison("unsettled", "it is nested too deeply to be evaluated", beyond=True)
    except np.linalg.LinAlgError:
        return Comparison("unsettled", "a matrix that is inverted is singular")


def _compare(points, left, right, ranges, condition, digits) -> Comparison:
    equal, different = tolerances(points.theory, left, right)
    names, ordered = logged((left, right)), points.order_for(left, right)
    mode, number, attempt, evidence = FREE, 0, 0, 0
    count = max(points.count, MANY if _depends_on_signs(left, right) else 0)
    sides: dict[Term, set[bool]] = {}
    while number < count or (number < MOST_POINTS and any(len(seen) < 2 for seen in sides.values())):
        if attempt > RETRIES:
            raise Unsettled("the difference is too small to decide")
        machine = points.machine(number, mode, names, attempt, ordered)
        try:
            with np.errstate(all="ignore"):
                found = _at_point(machine, left, right, ranges, condition, digits)
        except (NearKink, Singular) as kink:
            if attempt == RETRIES:
                raise Unsettled(str(kink)) from None
            attempt += 1
            continue
        except OutsideOfDomain:
            if mode == UNIT:
                raise
            found = NOT_FINITE
        if not found.finite:
            if mode == UNIT:
                raise Unsettled("a value is not finite at the drawn points")
            mode, number, attempt, evidence = mode + 1, 0, 0, 0
            continue
        verdict = _weigh(machine, found, left, right, ranges, equal, different)
        if verdict == "again":
            attempt += 1
            continue
        if verdict == "different":
            return _different(points, machine, number, found)
        evidence += verdict == "equal"
        number, attempt = number + 1, 0
        for term in _piecewise(left, right):
            sides.setdefault(term, set()).update(machine.sides.get(term, ()))
    lacking = points.lacking | {term: seen for term, seen in sides.items() if len(seen) < 2}
    rest = (points, left, right, ranges, condition, digits, mode)
    for far in FAR if lacking else ():
        if (other := _clearly(*rest, far, lacking)) is not None:
            return other
    # At points that are moved to meet a condition a claim is ambiguous at best.
    larger = isinstance(points, Points) and not points.theory.at_values and _counts(points, left, right)
    if larger and (other := _clearly(*rest, LARGE)) is not None:
        return other
    if not evidence and undetermined(points, left, right):
        raise Unsettled(ZERO)
    return Comparison("equal", points=number)


def _clearly(points, left, right, ranges, condition, digits, mode, number, seen=None) -> Comparison | None:
    """A clear difference at a point of larger inputs or dimensions; None where there is none, or it is too much work.

    Args:
        seen: piecewise terms with the sides that they were seen on: only a point that shows another one counts.
    """
    try:
        machine = points.machine(number, mode, logged((left, right)), 0, points.order_for(left, right))
        with np.errstate(all="ignore"):
            found = _at_point(machine, left, right, ranges, condition, digits)
    except (Unsettled, KeyError, ArithmeticError, np.linalg.LinAlgError):
        return None
    if seen is not None and not any(machine.sides.get(term, set()) - known for term, known in seen.items()):
        return None
    # Functions that saturate leave little but rounding there.
    clear = found.finite and found.scale > FAINT and found.largest > CLEAR * found.scale
    return _different(points, machine, number, found) if clear and not found.as_printed else None


_COUNTING = (nodes.Sum, nodes.Size, nodes.Identity, ProductOver, IndexNumber, IndexRelation)


def _counts(points: Points, *terms: Term) -> bool:
    """Whether it matters to terms, or to definitions below them, how large a dimension is."""
    bodies = (points.bodies[name] for name in used_by(points.uses, *terms) if name in points.bodies)
    return any(isinstance(node, _COUNTING) for term in (*terms, *bodies) for node in term.walk())


def _different(points, machine: Machine, number: int, found: _Difference) -> Comparison:
    return Comparison(
        "different",
        f"the sides differ by {found.largest:.3g} where they are up to {found.scale:.3g}",
        number + 1,
        _counterexample(points, machine, number, found),
    )


def undetermined(points: Points, *terms: Term) -> str:
    """Inputs of terms that are drawn, since the text states no numbers for them; "" where there are none."""
    found = sorted(used_by(points.uses, *terms) - points.bodies.keys())
    if not found:
        return ""
    bodies = (definition.expression for definition in points.theory.definitions)
    written = {node.name: node.latex for term in (*bodies, *terms) for node in term.walk() if isinstance(node, Symbol)}
    return ", ".join(written.get(name, name) for name in found)


def varies(points: Points, term: Term) -> bool:
    """Whether a term without free letters has another value at another point."""
    try:
        values = [np.asarray(points.machine(number).value(term, {}), dtype=float) for number in (0, SETS)]
    except (Unsettled, KeyError, ArithmeticError, np.linalg.LinAlgError):
        return False
    return values[0].shape != values[1].shape or not np.allclose(*values, rtol=DIFFERENT, atol=0.0)


def _depends_on_signs(*terms: Term) -> bool:
    """Whether few points could agree by the luck of their signs: a root, a logarithm, nothing but scalars."""
    found = [node for term in terms for node in term.walk()]
    return all(node.is_scalar for node in found if isinstance(node, Symbol)) or any(
        isinstance(node, nodes.Norm | Compare)
        or (isinstance(node, nodes.Apply) and (node.function in ("sqrt", "log") or FUNCTIONS[node.function].kinks))
        or (isinstance(node, nodes.Power) and node.exponent.denominator != 1)
        for node in found
    )


def _piecewise(*terms: Term) -> list[Term]:
    """The terms that have two sides: each is to be seen on both."""
    return [
        node
        for term in terms
        for node in term.walk()
        if isinstance(node, Compare) or (isinstance(node, nodes.Apply) and FUNCTIONS[node.function].kinks)
    ]


def tolerances(theory: Theory, *terms: Term) -> tuple[float, float]:
    """Up to where numbers are equal, and from where on they are different."""
    derived = any(isinstance(node, Derivative) for term in terms for node in term.walk())
    nested = any(
        isinstance(node, Derivative) and any(_is_slope(inner) for inner in node.args[0].walk())
        for term in terms
        for node in term.walk()
    )
    curved = any(isinstance(node, nodes.Apply) and node.order > 1 for term in terms for node in term.walk())
    defined = derived and any(_is_slope(node) for d in theory.definitions for node in d.expression.walk())
    return (ROUGH_EQUAL, ROUGH_DIFFERENT) if nested or curved or defined else (TIGHT, DIFFERENT)


def _is_slope(node: Term) -> bool:
    return isinstance(node, Derivative) or (isinstance(node, nodes.Apply) and node.order > 0)


def _at_point(machine: Machine, left: Term, right: Term, ranges, condition, digits) -> _Difference:
    scale, largest, place = 0.0, -1.0, ({}, (), 0.0, 0.0)
    as_printed = digits is not None
    for indices in entries_of(machine, ranges, condition):
        a, b = (np.atleast_2d(np.asarray(machine.value(side, indices), dtype=float)) for side in (left, right))
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            return _Difference(0.0, 0.0, place, finite=False)
        scale = max(scale, float(np.abs(a).max()), float(np.abs(b).max()))
        apart = np.abs(a - b)
        as_printed = as_printed and _as_printed(machine, left, right, indices, (a, b), digits)
        if float(apart.max()) > largest:
            largest = float(apart.max())
            where = np.unravel_index(int(apart.argmax()), apart.shape)
            a, b = np.broadcast_arrays(a, b)
            place = (
                indices,
                tuple(int(k) + 1 for k in where) if apart.size > 1 else (),
                float(a[where]),
                float(b[where]),
            )
    if largest < 0:
        raise Unsettled("there is no entry for which the claim says anything")
    return _Difference(scale, largest, place, as_printed=as_printed)


def _as_printed(
    machine: Machine, left: Term, right: Term, indices: Indices, values: tuple[np.ndarray, np.ndarray], digits: Printed
) -> bool:
    """Whether sides are apart by no more than what was rounded, in the result and in what it is computed from."""
    shape = np.broadcast_shapes(*(value.shape for value in values))
    if digits.shape not in (shape, (1, 1)):
        return False
    if digits.covers(*values):
        return True
    slack = np.zeros(shape)
    for (span, half), side in itertools.product(digits.rounded, (left, right)):
        if (other := moved(side, span, half)) != side:
            slack += np.abs(np.atleast_2d(machine.value(other, indices) - machine.value(side, indices)))
    return digits.covers(*values, slack)


def entries_of(machine: Machine, ranges: Mapping[str, Dim], condition) -> Iterator[dict[str, int]]:
    letters = sorted(ranges)
    last = {name: size for name, size in machine.sizes.items() if name not in ranges}  # x_n is the last entry
    sizes = [ranges[letter].size(machine.sizes) for letter in letters]
    if math.prod(sizes) > LARGEST_LOOP:
        raise Beyond("the claim has too many entries")
    for values in itertools.product(*(range(1, size + 1) for size in sizes)):
        indices = {**last, **dict(zip(letters, values, strict=True))}
        if condition is None or indices.get(condition[0], 0) != indices.get(condition[1], -1):
            yield indices


def shown(indices: Indices, machine: Machine) -> str:
    """The letters of an entry with their values, for people: `i = 1, j = 2`."""
    return ", ".join(f"{letter} = {value}" for letter, value in sorted(indices.items()) if letter not in machine.sizes)


def _weigh(machine, found, left, right, ranges, equal, different) -> str:
    """`equal`, `different`, `zero` (no evidence) or `again`."""
    if found.as_printed:
        return "equal"
    if not found.scale:
        return "zero"
    relative = found.largest / found.scale
    if found.scale < 1e-3:
        # Small sides may be what is left when large summands cancel: then they are rounding, and compare as zero.
        summands = max(
            _summands(machine, side, indices) for indices in entries_of(machine, ranges, None) for side in (left, right)
        )
        vanishes = is_zero(left) or is_zero(right)
        if found.scale <= EQUAL * summands:
            return "equal" if vanishes else "zero"
        if vanishes and found.scale < ROUNDING:
            return "zero"  # the summands inside a derivative are not known
        if found.largest <= 1e-12 * summands and relative > equal:
            return "again"
    if relative <= equal:
        return "equal"
    return "different" if relative > different else "again"


def _summands(machine: Machine, term: Term, indices: Indices) -> float:
    """The largest magnitude among the summed terms of a term."""
    largest = 0.0
    stack: list[tuple[Term, dict[str, int]]] = [(term, dict(indices))]
    while stack:
        node, at = stack.pop()
        if isinstance(node, Derivative):
            continue
        if isinstance(node, nodes.Sum):
            inner = [(node.args[0], {**at, node.index: i}) for i in machine.range(node, at)]
            stack.extend(inner)
        else:
            inner = [(arg, at) for arg in node.args]
            stack.extend(inner)
        if isinstance(node, nodes.Sum | nodes.Add):
            largest = max([largest, *(_size(machine.value(arg, place)) for arg, place in inner)])
    return largest


def _size(value: Any) -> float:
    return float(np.abs(np.asarray(value, dtype=float)).max())


def _counterexample(points: Points, machine: Machine, number: int, found: _Difference) -> Counterexample:
    indices, where, left, right = found.place
    letters = shown(indices, machine)
    entry = f"[{', '.join(map(str, where))}]" if where else ""
    return Counterexample(
        sizes=tuple(sorted(machine.sizes.items())),
        seed=points.seed,
        point=number,
        entry=" ".join(part for part in (letters, entry) if part),
        left=float(f"{left:.6g}"),
        right=float(f"{right:.6g}"),
    )


def shapes_seen(points: Points, *terms: Term) -> tuple:
    """The sizes of the sets that were used for terms, as (name, size) pairs."""
    ordered = points.order_for(*terms)
    return tuple(tuple(sorted(points.sizes(number, points.ordered | ordered).items())) for number in range(SETS))
