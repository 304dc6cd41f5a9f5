r"""Functions that a document applies and nowhere says what they are: `a = \sigma(z)`, `\delta \odot f'(z)`.

A letter that people use for activations, that nothing declares and that always stands before an argument in brackets
is a function, and no factor. By convention $\sigma$ is the logistic function; any other letter may be whichever
activation the author had in mind, so that what is said of it has to be true of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from derive.reading import syntax
from derive.reading.decimals import is_numeric
from derive.reading.functions import call_key, function_key, function_of
from derive.reading.knowledge import Theory
from derive.reading.notation import head, ungrouped
from derive.reading.statements import Statements

# What is true of a letter without a meaning is true of all of these.
SMOOTH = ("sigmoid", "tanh", "softplus")
# What a letter may stand for, and by convention the first of them.
CONVENTIONAL: Mapping[str, tuple[str, ...]] = {"\\sigma": ("sigmoid", "tanh", "relu")}
LETTERS = frozenset({*CONVENTIONAL, "f", "g", "h", "\\phi", "\\varphi", "\\psi", "\\Phi"})


def assume(statements: Statements, theory: Theory, chosen: Mapping[str, str]) -> None:
    """Give every such letter a meaning: the one that is `chosen` for it, or its first."""
    links = [node for link in statements.links for node in (link.left, link.right)]
    nodes = [*links, *(expression.node for expression in statements.expressions)]
    defined = set(_defined(statements))
    taken = 0  # meanings that are given out: two letters are two functions
    for core in _applied(nodes):
        name = syntax.Name(core, span=(0, 0))
        known = theory.names.match(name) is not None or function_of(name, theory.scope()) is not None
        families = any(key.startswith(f"{core}|") for key in theory.functions) or core in theory.names.families
        if known or families or core in defined or any(call_key(name) == key for key in theory.calls):
            continue
        place = taken % len(SMOOTH)
        meanings = CONVENTIONAL.get(core, (*SMOOTH[place:], *SMOOTH[:place], "relu"))
        taken += 1
        theory.meanings[core] = meanings
        theory.functions[function_key(core, None, None)] = chosen.get(core, meanings[0])


def _applied(nodes: Iterable[syntax.Node]) -> list[str]:
    """Letters that stand before an argument, and never as a factor of their own; conventional ones first."""
    applied: dict[str, set[int]] = {}
    seen: dict[str, set[int]] = {}
    primed: set[str] = set()
    for whole in nodes:
        alone = ungrouped(whole)
        for node in syntax.walk(whole):
            if isinstance(node, syntax.Name) and node.core in LETTERS and (node is not alone or node.primes):
                seen.setdefault(node.core, set()).add(id(node))
            primed |= _sloped(node)
            for name in _heads(node):
                applied.setdefault(name.core, set()).add(id(name))
    found = (
        core
        for core, names in seen.items()
        if core in primed or names <= applied.get(core, set())
    )
    return sorted(found, key=lambda core: (core not in CONVENTIONAL, core))


def _sloped(node: syntax.Node) -> set[str]:
    r"""The letter whose derivative is spoken of: f of `f'(z)`; by convention also $\sigma$ of $d\sigma/dz$."""
    if isinstance(node, syntax.Product):
        return {name.core for name in _heads(node) if name.primes}
    of = ungrouped(node.of) if isinstance(node, syntax.Derivative) and node.of is not None else node
    sloped = isinstance(of, syntax.Name) and (of is not node or of.primes) and of.core in CONVENTIONAL
    return {of.core} if sloped else set()


def _heads(node: syntax.Node) -> Iterator[syntax.Name]:
    r"""The names that a node applies or differentiates: f in `f(z)` and in `\frac{df}{dz}`."""
    if isinstance(node, syntax.Product):
        for name, group in pairwise(node.items):
            bracket = isinstance(group, syntax.Group) and group.opening in ("(", "[") and len(group.parts) == 1
            if bracket and isinstance(name, syntax.Name):
                yield name
    if isinstance(node, syntax.Derivative) and node.of is not None:
        of = ungrouped(node.of)
        if isinstance(of, syntax.Name):
            yield of


def _defined(statements: Statements) -> Iterator[str]:
    r"""Letters that the text defines: `f(t) = \max(0, t)`."""
    for link in statements.links:
        name, arguments = head(link.left)
        if name is None or name.primes or is_numeric(link.right):
            continue
        if arguments is None:
            yield name.core
            continue
        used = {node.core for node in syntax.walk(link.right) if isinstance(node, syntax.Name)}
        if all(isinstance(part, syntax.Name) for part in arguments.parts) and name.core not in used:
            yield name.core
