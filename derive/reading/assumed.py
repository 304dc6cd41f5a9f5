"""Relations under `given` that the inputs keep, as words: how a symbol is drawn so that they are true."""

from __future__ import annotations

from dataclasses import dataclass

from derive.reading import syntax
from derive.reading.letters import bound_letter
from derive.reading.names import Names, spelling, split_components
from derive.reading.notation import ungrouped


@dataclass(frozen=True)
class Kept:
    """What a relation says of a symbol: symmetric, unit, -1/1, simplex along an axis."""

    name: syntax.Name
    word: str


def assumption(chain: syntax.Chain, names: Names) -> Kept | None:
    r"""What `A = A^T`, `\sum_k y_k = 1` or `y_i^2 = 1` says of the inputs; None for any other relation."""
    if len(chain.sides) != 2:
        return None
    left, right = chain.sides
    if isinstance(right, syntax.Number) and right.value == 1:
        for word, name in (("-1/1", _squared(left)), ("unit", _normed(left))):
            use = names.match(name) if name is not None else None
            if use is not None and (word == "unit" or use.family.shape.is_scalar):
                return Kept(name, word)
    if (name := symmetric(left, right)) is not None:
        return Kept(name, "symmetric")
    if isinstance(right, syntax.Big) and isinstance(left, syntax.Number):
        left, right = right, left
    one = isinstance(right, syntax.Number) and right.value == 1
    if isinstance(left, syntax.Big) and left.name == "sum" and one:
        node = left.body
        base = ungrouped(node.inner) if isinstance(node, syntax.Group) else node
        components = split_components(node.sub.text) if getattr(node, "sub", None) else None
        if isinstance(base, syntax.Name) and components and bound_letter(left) in components:
            return Kept(base, f"simplex:{components.index(bound_letter(left))}")
    return None


def symmetric(left: syntax.Node, right: syntax.Node) -> syntax.Name | None:
    """The A of `A = A^T`, which says of a matrix what it is, wherever it stands; None for anything else."""
    left, right = ungrouped(left), ungrouped(right)
    both = isinstance(left, syntax.Name) and isinstance(right, syntax.Name) and left.core == right.core
    both = both and left.primes == right.primes and left.sub == right.sub
    return left if both and spelling(left).transposed != spelling(right).transposed else None


def _squared(node: syntax.Node) -> syntax.Name | None:
    r"""The y of `y^2`, `y_i^2`, `(y^{(i)})^2`."""
    if isinstance(node, syntax.Group) and len(node.parts) == 1 and node.sup is not None and node.sup.text == "2":
        return node.inner if isinstance(node.inner, syntax.Name) else None
    if isinstance(node, syntax.Name) and node.sup is not None and node.sup.text == "2":
        return node
    return None


def _normed(node: syntax.Node) -> syntax.Name | None:
    r"""The w of `w^\top w`, `\|w\|`, `\|w\|_2^2`."""
    if isinstance(node, syntax.Group) and node.opening == "norm" and (node.sub is None or node.sub.text == "2"):
        return node.inner if isinstance(node.inner, syntax.Name) else None
    factors = node.items if isinstance(node, syntax.Product) else ()
    items = [item for item in factors if not isinstance(item, syntax.Sign)]
    names = len(items) == 2 and all(isinstance(item, syntax.Name) for item in items)
    if names and spelling(items[0]).transposed and items[0].core == items[1].core:
        return items[1] if items[0].sub == items[1].sub and items[1].sup is None else None
    return None
