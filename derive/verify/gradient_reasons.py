"""The simple reason, if there is one, that explains every difference between a given gradient and the true one.

Each rule is a row: it looks at one parameter and says its reason in words or None; the first row that speaks is the
hint. A rule speaks only if it explains all differences, so there is never more than one hint for a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

TOLERANCE = 1e-5
LARGEST = 10**6  # of the whole numbers that are offered as a lost factor or a lost mean


@dataclass(frozen=True)
class Comparison:
    """One parameter of any shape; all arrays have this shape. `slack` bounds the error of `true`."""

    name: str
    given: np.ndarray
    true: np.ndarray
    slack: np.ndarray
    judged: np.ndarray
    wrong: np.ndarray


def reasons(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    """One hint for each parameter that has one; a single one where all parameters are off by the same factor."""
    factors = [_overall_factor(c) for c in comparisons if c.judged.any() and np.any(c.true[c.judged])]
    if len(factors) > 1 and all(f is not None and abs(f - factors[0]) <= TOLERANCE * abs(f) for f in factors):
        return (f"every entry of every parameter is {_times(factors[0])}: the loss itself has {_blame(factors[0])}",)
    said = ((rule(c) for rule in _RULES) for c in comparisons if c.wrong.any())
    return tuple(reason for reason in (next(filter(None, words), None) for words in said) if reason)


def _factor(c: Comparison, mask: np.ndarray) -> float | None:
    """k with given = k true on the mask, if there is one; the least squares k = <given, true> / <true, true>."""
    given, true = c.given[mask], c.true[mask]
    size = np.max(np.abs(true), initial=0.0)
    if size == 0:
        return None
    k = float(np.dot(given / size, true / size) / np.dot(true / size, true / size))
    slack = TOLERANCE * np.maximum(np.abs(given), np.abs(k * true)) + abs(k) * c.slack[mask]
    return k if np.all(np.abs(given - k * true) <= slack) else None


def _overall_factor(c: Comparison) -> float | None:
    k = _factor(c, c.judged)
    return k if k is not None and c.wrong.any() else None


def _all_zero(c: Comparison) -> str | None:
    if np.any(c.given[c.judged]) or c.judged.sum() == 1:
        return None
    return f"every entry of {c.name} is given as 0: is the gradient ever filled in?"


def _scaled(c: Comparison) -> str | None:
    # One entry, or one that is not 0 beside zeros, always has some factor: that explains nothing.
    k = _overall_factor(c)
    if k is None or c.wrong.sum() < 2:
        return None
    return f"every entry of {c.name} is {_times(k)}: {_blame(k)}"


def _transposed(c: Comparison) -> str | None:
    if c.given.ndim != 2 or c.given.shape[0] != c.given.shape[1] or c.given.shape[0] < 2:
        return None
    mask = c.judged & c.judged.T
    slack = TOLERANCE * np.maximum(np.abs(c.given), np.abs(c.true.T)) + c.slack.T
    if not (c.wrong & mask).any() or np.any(np.abs(c.given - c.true.T)[mask] > slack[mask]):
        return None
    return f"{c.name} is the transpose of the true gradient"


def _shifted(c: Comparison) -> str | None:
    gap = (c.given - c.true)[c.judged]
    middle = float(np.median(gap))
    if gap.size < 2 or np.any(np.abs(gap - middle) > TOLERANCE * abs(middle) + c.slack[c.judged]):
        return None
    return f"every entry of {c.name} is off by the same amount {middle:.6g}: a term lost or added"


def _single(c: Comparison) -> str | None:
    if c.wrong.sum() != 1:
        return None
    index = tuple(np.argwhere(c.wrong)[0].tolist())
    name = c.name + (f"[{', '.join(map(str, index))}]" if index else "")
    if c.given[index] == 0:
        value = "given as 0"
    elif abs(c.true[index]) <= c.slack[index]:
        value = "not 0, as it should be"
    else:
        k = float(c.given[index] / c.true[index])
        sure = c.slack[index] <= TOLERANCE * abs(c.true[index])
        value = _times(k) if sure else f"about {k:.2g} x the true value"
    if c.given.size == 1:
        return f"{name} is {value}"
    return f"a single entry is off: {name} is {value}"


def _slice(c: Comparison) -> str | None:
    """All wrong entries have the same index along one axis."""
    if c.given.ndim < 2:
        return None
    for axis, positions in enumerate(np.nonzero(c.wrong)):
        if np.all(positions == positions[0]) and c.given.shape[axis] > 1:
            kind = ("row", "column")[axis] if c.given.ndim == 2 else f"axis {axis}, index"
            k = _factor(c, c.wrong)
            tail = f", and they are {_times(k)}" if k is not None else ""
            return f"all differences of {c.name} are in {kind} {positions[0]}{tail}"
    return None


def _some_scaled(c: Comparison) -> str | None:
    k = _factor(c, c.wrong)
    return None if k is None else f"the {int(c.wrong.sum())} wrong entries of {c.name} are all {_times(k)}"


_RULES: tuple[Callable[[Comparison], str | None], ...] = (
    _all_zero,
    _scaled,
    _transposed,
    _single,
    _shifted,
    _slice,
    _some_scaled,
)


def _times(k: float) -> str:
    if abs(k + 1) <= TOLERANCE:
        return "the true value with the sign flipped"
    return f"{_number(k)} x the true value"


def _number(k: float) -> str:
    near = Fraction(k).limit_denominator(1000)
    whole = near.numerator in (-1, 1) or near.denominator <= 12
    return str(near) if near and whole and abs(k - near) <= 0.1 * TOLERANCE * abs(k) else f"{k:.6g}"


def _blame(k: float) -> str:
    if abs(k + 1) <= TOLERANCE:
        return "a lost or spurious minus sign"
    whole = round(k)
    if 2 <= whole <= LARGEST and abs(k - whole) <= TOLERANCE * whole:
        return f"a spurious factor {whole}, or a missing 1/{whole} (such as a mean over {whole})"
    whole = round(1 / k) if k else 0
    if 2 <= whole <= LARGEST and abs(1 / k - whole) <= TOLERANCE * whole:
        return f"a lost factor {whole}, or a spurious 1/{whole} (such as a mean over {whole})"
    return "a lost or spurious factor"
