"""Small questions to notation: what heads a left side, which index letters stand on a node."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from derive.reading import syntax
from derive.reading.names import LETTER, parse_index, slots_of, split_components
from derive.reading.transposes import COMMANDS


def ungrouped(node: syntax.Node) -> syntax.Node:
    """What braces hold that only group."""
    while isinstance(node, syntax.Group) and node.opening == "{" and len(node.parts) == 1:
        if node.sub is not None or node.sup is not None or node.primes:
            break
        node = node.inner
    return node


_WORD = re.compile(r"[A-Za-z]{2,},")  # the label of `c_{neg,i}`


def head(left: syntax.Node) -> tuple[syntax.Name | None, syntax.Group | None]:
    r"""The name on a left side, and its arguments: `J(\theta)`."""
    left = ungrouped(left)
    if isinstance(left, syntax.Name):
        return left, None
    if isinstance(left, syntax.Product) and len(left.items) == 2:
        name, group = left.items
        if isinstance(name, syntax.Name) and isinstance(group, syntax.Name) and name.base == "d" and not group.spaced:
            return replace(group, base=f"d{group.base}", span=left.span), None
        # A name with a transpose is a factor, and no function; `f^T(x)` may be the T-th of some.
        transposed = isinstance(name, syntax.Name) and name.sup is not None and name.sup.text in COMMANDS
        if isinstance(name, syntax.Name) and isinstance(group, syntax.Group) and group.opening in ("(", "["):
            return (None, None) if transposed else (name, group)
    return None, None


def as_derivative(node: syntax.Node) -> syntax.Derivative | None:
    r"""`\frac{\partial L}{\partial v}` or `\partial L / \partial v`; None for any other expression."""
    node = ungrouped(node)
    if isinstance(node, syntax.Derivative):
        return node if node.of is not None else None
    if not isinstance(node, syntax.Product) or len(node.items) != 5:
        return None
    sign, of, slash, under, by = node.items
    signs = all(isinstance(each, syntax.Name) and each.base in ("\\partial", "d") for each in (sign, under))
    if not signs or sign != under or not isinstance(slash, syntax.Sign) or slash.name != "/":
        return None
    return syntax.Derivative("partial" if sign.base == "\\partial" else "d", 1, of, (by,), span=node.span)


def vanishing(left: syntax.Node, right: syntax.Node) -> syntax.Node | None:
    r"""What is said to be zero, by a `0` or `\mathbf{0}` on the other side; no single name, which is defined so."""
    for zero, other in ((left, right), (right, left)):
        zero, other = ungrouped(zero), ungrouped(other)
        is_zero = (isinstance(zero, syntax.Number) and zero.value == 0) or getattr(zero, "base", None) == "0"
        if is_zero and not isinstance(other, syntax.Name):
            return other
    return None


def outside_scripts(node: syntax.Node) -> Iterator[syntax.Node]:
    """The node and everything below it but for what stands in indices and exponents: the Q of `W_Q` is no factor."""
    yield node
    for value in vars(node).values():
        for child in value if isinstance(value, tuple) else (value,):
            for inner in child if isinstance(child, tuple) else (child,):
                script = isinstance(inner, syntax.Script) and not isinstance(node, syntax.Nabla)
                if isinstance(inner, syntax.Node) and not script:
                    yield from outside_scripts(inner)


def is_differential(left: syntax.Node, right: syntax.Node) -> bool:
    r"""`d(a b) = b\,da + a\,db`, `d \|A\|^2 = \langle 2 A, dA \rangle`: a rule for differentials, and no gradients."""
    left = ungrouped(left)
    items = left.items if isinstance(left, syntax.Product) else ()
    if len(items) < 2 or not isinstance(items[0], syntax.Name) or items[0].base != "d" or items[0].sub or items[0].sup:
        return False
    applied = len(items) > 2 and isinstance(items[1], syntax.Name) and isinstance(items[2], syntax.Group)
    if not (applied or isinstance(items[1], syntax.Group | syntax.Big)):
        return False
    return any(_is_small(node) for node in syntax.walk(right))


def _is_small(node: syntax.Node) -> bool:
    """`da`, as one name or as d before a."""
    if isinstance(node, syntax.Name):
        return re.fullmatch(r"d[A-Za-z]", node.base) is not None
    pairs = itertools.pairwise(node.items) if isinstance(node, syntax.Product) else ()
    return any(
        isinstance(a, syntax.Name) and a.base == "d" and isinstance(b, syntax.Name) and not b.spaced for a, b in pairs
    )


def letters_in(node: syntax.Node) -> list[str]:
    """The index letters on one node."""
    found = []
    if isinstance(node, syntax.Name | syntax.Group | syntax.Derivative) and node.sub is not None:
        parts = split_components(_WORD.sub("", node.sub.text)) or ()
        found += [index.name for part in parts if (index := parse_index(part)) and index.name]
    if isinstance(node, syntax.Name):
        found += [slot.index.name for slot in slots_of(node) if slot.is_generic]
    return found


def with_letter(node: syntax.Node, old: str, new: str) -> syntax.Node:
    """The same notation with an index letter replaced by another one."""

    def renamed(part: syntax.Node) -> syntax.Node:
        if isinstance(part, syntax.Script):
            text = LETTER.sub(lambda found: new if found[0] == old else found[0], part.text)
            return replace(part, text=text, body=None if part.body is None else _letters(part.body, old, new))
        return mapped(part, renamed)

    return renamed(node)


def _letters(node: syntax.Node, old: str, new: str) -> syntax.Node:
    if isinstance(node, syntax.Name) and node.base == old:
        node = replace(node, base=new)
    return mapped(node, lambda part: _letters(part, old, new))


def mapped(node: syntax.Node, rule: Callable[[syntax.Node], syntax.Node]) -> syntax.Node:
    """The node with the rule applied to its parts."""

    def value(part: object) -> object:
        if isinstance(part, syntax.Node):
            return rule(part)
        return tuple(value(inner) for inner in part) if isinstance(part, tuple) else part

    changes = {name: value(part) for name, part in vars(node).items() if name != "span"}
    return replace(node, **{name: new for name, new in changes.items() if new is not getattr(node, name)})


def index_letters(node: syntax.Node) -> set[str]:
    r"""The letters in all indices below a node, as they are written: `i`, `\ell`."""
    scripts = (part for part in syntax.walk(node) if isinstance(part, syntax.Script))
    return {letter for script in scripts for letter in LETTER.findall(script.text)}


def difference(chain: syntax.Chain) -> tuple[str, str] | None:
    r"""`i \neq j` behind a statement: the two letters."""
    if chain.relations != ("neq",) or not all(isinstance(side, syntax.Name) for side in chain.sides):
        return None
    left, right = chain.sides
    return left.base.lstrip("\\"), right.base.lstrip("\\")
