"""Numbers that are written out: which sides are numbers only, and to how many digits they are printed."""

from __future__ import annotations

import numpy as np

from derive.reading import syntax
from derive.reading.functions import ALIASES
from derive.reading.transposes import is_transpose

_KNOWN = {*ALIASES, "e", "pi", "sigma"}  # names that have no value of their own
ROUNDED = 4  # significant digits from which on a decimal is taken for a rounded number
HALF = 0.5000001  # units of the last digit


def is_numeric(node: syntax.Node) -> bool:
    """Whether a side is made of numbers only, so that an example must be meant."""
    if isinstance(node, syntax.Nabla) or (isinstance(node, syntax.Name) and node.base.lstrip("\\") not in _KNOWN):
        return False
    # The letter of a transpose names nothing.
    return all(is_numeric(child) for child in syntax.children(node) if not _turns(child))


def _turns(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Script) and is_transpose(node)


def has_decimals(node: syntax.Node) -> bool:
    """Whether numbers of an example were put in somewhere."""
    return any(isinstance(part, syntax.Number) and "." in part.text for part in syntax.walk(node))


def is_plain(node: syntax.Node) -> bool:
    """Whether a side is one number, or a matrix of numbers written out."""
    return halves(node) is not None


def is_array(node: syntax.Node) -> bool:
    """Whether a side is a vector or matrix of numbers written out."""
    return (found := halves(node)) is not None and found.size > 1


def half(number: syntax.Number, whole: float = 0.0) -> float:
    """Half a unit of the last digit of a decimal; `whole` for a whole number."""
    return HALF * 10.0 ** -len(number.text.split(".")[1]) if "." in number.text else whole


def is_rounded(number: syntax.Number, digits: int = ROUNDED) -> bool:
    """Whether a decimal has so many significant digits that it was measured or computed."""
    return "." in number.text and significant(number) >= digits


def significant(number: syntax.Number) -> int:
    """How many significant digits a number is printed with."""
    return len(number.text.replace(".", "").lstrip("0"))


def halves(node: syntax.Node, whole: float = 0.0) -> np.ndarray | None:
    """`half` of every entry of a plain number or matrix of numbers; None for anything else."""
    node = _plain(node)
    if isinstance(node, syntax.Number):
        return np.array([[half(node, whole)]])
    if isinstance(node, syntax.Product):
        return _scientific(node)
    rows: list[list[syntax.Node]] = []
    if isinstance(node, syntax.Matrix) and node.sub is None and node.name != "cases":
        rows = [list(row) for row in node.rows]
        turned = node.sup is not None
    elif isinstance(node, syntax.Group) and node.opening in ("(", "[") and len(node.parts) > 1 and node.sub is None:
        rows = [[part] for part in node.parts] if node.opening == "(" else [list(node.parts)]
        turned = node.sup is not None and node.opening == "["
    cells = [[_plain(cell) for cell in row] for row in rows]
    if not cells or not all(isinstance(cell, syntax.Number) for row in cells for cell in row):
        return None
    if len({len(row) for row in cells}) != 1:
        return None
    found = np.array([[half(cell, whole) for cell in row] for row in cells])
    return found.T if turned else found


def _scientific(node: syntax.Product) -> np.ndarray | None:
    r"""`8.2 \times 10^{-5}`, known to a unit of the last digit before the power."""
    factors = [item for item in node.items if not isinstance(item, syntax.Sign)]
    if len(factors) != 2 or not isinstance(factors[0], syntax.Number) or not isinstance(factors[1], syntax.Group):
        return None
    mantissa, power = factors
    base = power.inner if len(power.parts) == 1 else None
    if power.sup is None or not isinstance(base, syntax.Number) or base.text != "10":
        return None
    exponent = _whole(power.sup.text)
    return None if exponent is None else np.array([[half(mantissa) * 10.0**exponent]])


def _whole(text: str) -> int | None:
    text = text.strip("{} ").replace("\u2212", "-")
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 4 else None


def _plain(node: syntax.Node) -> syntax.Node:
    """What stands in brackets or behind a sign."""
    while True:
        single = isinstance(node, syntax.Group) and len(node.parts) == 1 and node.opening in ("(", "[", "{")
        if single and node.sub is None and node.sup is None and not node.primes:
            node = node.inner
        elif isinstance(node, syntax.Total) and len(node.terms) == 1:
            node = node.terms[0].term
        elif isinstance(node, syntax.Product) and len(node.items) == 1:
            node = node.items[0]
        else:
            return node
