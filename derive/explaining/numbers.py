"""Numbers as a reader sees them: few digits, no trailing zeros, never -0; matrices too large to print are abbreviated.

Every format abbreviates the same way: the first two rows and columns, dots, the last one, and the size beside it.
A number is a float, or one of many digits, whose exponent has no limit: it is printed as what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

DIGITS = 5
MAX_ROWS, MAX_COLUMNS = 6, 5
MAX_TERMS = 6

# Differences are printed as the first of these bounds that holds: the last bits of a machine must not show.
BOUNDS = (1e-12, 1e-9, 1e-6)

# Within these, float64 holds a number of many digits as well as a reader sees it.
SMALL, LARGE = 1e-290, 1e300

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _parts(value: Any, digits: int) -> tuple[str, int]:
    """(decimal text, exponent of ten), rounded to significant digits, trailing zeros trimmed."""
    mantissa, _, exponent = _scientific(value, digits).partition("e")
    power = int(exponent)
    if float(mantissa) == 0:
        return "0", 0
    if -5 < power < digits:
        return _trimmed(f"{float(f'{mantissa}e{exponent}'):.{max(digits - 1 - power, 0)}f}"), 0
    return _trimmed(mantissa), power


def _scientific(value: Any, digits: int) -> str:
    """`-3.64e-02`, of any magnitude."""
    if isinstance(value, float) or not value or SMALL < abs(value) < LARGE:
        return f"{float(value):.{digits - 1}e}"
    # `min_fixed` above `max_fixed`: never written without an exponent.
    return mpmath.nstr(value, digits, min_fixed=1, max_fixed=-1, show_zero_exponent=True)


def _is_finite(value: Any) -> bool:
    return value == value and abs(value) != float("inf")


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(value: Any, digits: int = DIGITS) -> str:
    r"""A number as LaTeX: `-0.0364`, `1.5 \times 10^{-7}`."""
    if not _is_finite(value):
        return r"\infty" if value > 0 else r"-\infty" if value < 0 else r"\text{undefined}"
    text, power = _parts(value, digits)
    return rf"{text} \times 10^{{{power}}}" if power else text


def plain(value: Any, digits: int = DIGITS) -> str:
    """A number as text: `−0.0364`, `1.5·10⁻⁷`."""
    if not _is_finite(value):
        return "∞" if value > 0 else "−∞" if value < 0 else "undefined"
    text, power = _parts(value, digits)
    return text.replace("-", "−") + (f"·10{str(power).translate(_SUPERSCRIPT)}" if power else "")


def signed(value: Any) -> str:
    """A number where a factor may stand before it: brackets around a minus."""
    text = number(value)
    return f"({text})" if text.startswith("-") or r"\times" in text else text


def bound(value: float) -> str:
    r"""`< 10^{-12}`, or the number itself to one digit where it is no rounding error."""
    for limit in BOUNDS:
        if value < limit:
            return f"< 10^{{{round(np.log10(limit))}}}"
    return number(value, 1)


def shortened(items: Sequence, limit: int, dots: str, ends: tuple[int, int] = (2, 1)) -> list:
    """All items, or the first and last of them with dots between."""
    if len(items) <= limit:
        return list(items)
    first, last = ends
    return [*items[:first], dots, *items[len(items) - last :]]


def grid(
    value: np.ndarray,
    write: Callable[[Any], str] = number,
    rows: int = MAX_ROWS,
    columns: int = MAX_COLUMNS,
    dots: tuple[str, str, str] = (r"\cdots", r"\vdots", r"\ddots"),
) -> list[list[str]]:
    """The entries of a matrix as texts, abbreviated where there are more than so many rows or columns."""
    across, down, both = dots
    lines: list[list[str]] = []
    for i in shortened(range(value.shape[0]), rows, down):
        line = []
        for j in shortened(range(value.shape[1]), columns, across):
            if i == down:
                line.append(both if j == across else down)
            else:
                line.append(across if j == across else write(value[i, j]))
        lines.append(line)
    return lines


def is_whole(value: np.ndarray, rows: int = MAX_ROWS, columns: int = MAX_COLUMNS) -> bool:
    """Whether all entries are printed."""
    return value.shape[0] <= rows and value.shape[1] <= columns


def matrix(value: np.ndarray) -> str:
    r"""A matrix as LaTeX; one entry as a bare number. The size of an abbreviated one stands at its corner."""
    if value.size == 1:
        return number(value.item())
    body = r" \\ ".join(" & ".join(line) for line in grid(value))
    size = "" if is_whole(value) else rf"_{{{value.shape[0]} \times {value.shape[1]}}}"
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}{size}"


def summed(values: Sequence, write: Callable[[Any], str] = signed) -> str:
    r"""The terms of a sum: `0.2 + (-0.1) + \cdots + 0.3`."""
    return " + ".join(shortened([write(value) for value in values], MAX_TERMS, r"\cdots"))
