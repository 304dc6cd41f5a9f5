"""Notation for dimensions: `n`, `d+1`, `n_{l-1}`, `2 h`."""

from __future__ import annotations

import re

from derive.reading import syntax
from derive.reading.notation import ungrouped
from derive.terms.dims import ONE, Dim

LARGEST_DIMENSION = 10**18  # a number written as a dimension, such as 784


def product_of(dims: list[Dim | None]) -> Dim | None:
    if not dims or any(dim is None for dim in dims):
        return None
    total = ONE
    for dim in dims:
        total = total * dim
    return total


def dim_of(node: syntax.Node) -> Dim | None:
    """The dimension that notation stands for: `n`, `d+1`, `n_{l-1}`, `10`; None where it is none."""
    node = ungrouped(node)
    if isinstance(node, syntax.Group) and isinstance(node.inner, syntax.Number) and node.sup is not None:
        power = node.sup.body.value if isinstance(node.sup.body, syntax.Number) else 0
        fits = power.denominator == 1 and 1 <= power <= 18 and node.inner.value <= 10
        return Dim.of(int(node.inner.value**power)) if fits and node.inner.value.denominator == 1 else None
    if isinstance(node, syntax.Group) and node.opening == "(" and len(node.parts) == 1 and not node.sup:
        return dim_of(node.inner)
    if isinstance(node, syntax.Number):
        whole = node.value.denominator == 1 and 1 <= node.value <= LARGEST_DIMENSION
        return Dim.of(int(node.value)) if whole else None
    if isinstance(node, syntax.Name):
        letters = re.sub(r"[^A-Za-z]", "", node.base)
        script = node.sub or node.sup
        if not letters or (node.sub and node.sup) or node.primes:
            return None
        index = re.sub(r"[\\()\[\]{}]", "", script.text) if script else ""
        try:
            return Dim.of(f"{letters}_{{{index}}}" if index else letters)
        except ValueError:
            return None
    if isinstance(node, syntax.Total):
        total = Dim()
        for signed in node.terms:
            dim = dim_of(signed.term)
            if dim is None or signed.sign not in "+-":
                return None
            total = total + (dim if signed.sign == "+" else dim * Dim.of(-1))
        return total
    return product_of([dim_of(i) for i in node.items]) if isinstance(node, syntax.Product) else None
