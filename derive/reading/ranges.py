"""How far an index runs: from its bounds, else from the axis in whose place it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.reading import syntax
from derive.reading.classes import class_vector
from derive.reading.dimensions import dim_of
from derive.reading.entries import constant
from derive.reading.errors import Bounded, Unread
from derive.reading.gradients import entries_of_gradient
from derive.reading.names import parse_index, split_components
from derive.reading.readings import Missing, Scope, elaborate, one
from derive.reading.symbols import dim_text, member
from derive.terms.dims import ONE, Dim
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.shapes import Misfit, Shape


@dataclass(frozen=True)
class Bounds:
    """What a sum or product runs over.

    Args:
        letter: None for a sum without an index, which runs over all entries.
        lower: None where it is no index.
        limits: what else is asked of the letter, as relations to indices: `j <= i` in a sum from 1 to i.
    """

    letter: str | None = None
    lower: Index | None = None
    upper: Dim = ONE
    limits: tuple[tuple[str, Index], ...] = ()
    but: syntax.Name | None = None  # the class number that the letter is not: the y of `\sum_{j \neq y}`


def bounds(node: syntax.Big, scope: Scope) -> Bounds:
    """Raises Unread: a bound, or how far the letter runs, is not known."""
    if node.lower is None:
        return Bounds()
    body, text = node.lower.body, node.lower.text
    lower: Index | None = Index("", 1)
    limits: tuple[tuple[str, Index], ...] = ()
    but = None
    if isinstance(body, syntax.Comparison) and len(body.relations) == 1 and isinstance(body.sides[0], syntax.Name):
        if any(isinstance(side, syntax.Name) and side.sup for side in body.sides):
            raise Unread(f"the bounds `{text}` are not read", node.lower.span)
        letter = letter_of(body.sides[0])
        (relation,) = body.relations
        if relation == "=":
            lower = parse_index("".join(text.split("=", 1)[1:]))
            lower = lower.at(scope.layers) if lower else None
            if lower is not None and _runs(lower, scope) and lower.offset >= 0:
                lower, limits = Index("", 1), ((">=", lower),)
        elif relation == "neq":
            if class_vector(body.sides[1], scope, ONE) is not None:
                but = body.sides[1]
            elif isinstance(body.sides[1], syntax.Name):
                limits = (("neq", scope.index(letter_of(body.sides[1]), node.span)),)
        elif relation != "in":
            raise Unread(f"the bounds `{text}` are not read", node.lower.span)
        elif set_of_sum(node) not in scope.sets:
            return Bounds(letter, lower, _size_of_set(body.sides[1], node.lower, scope))
    elif isinstance(body, syntax.Name) and body.sub is None and body.sup is None:
        letter = letter_of(body)
    else:
        raise Unread(f"the bounds `{text}` are not read", node.lower.span)
    if node.upper is not None:
        last = parse_index(node.upper.text)
        if last is not None and last.name in scope.layers:
            return Bounds(letter, lower, Dim.of(max(0, last.at(scope.layers).offset)), limits, but)
        if last is not None and _runs(last, scope):
            limits += (("<=", last),)
            return Bounds(letter, lower, scope.ranges[last.name] + Dim.of(max(0, last.offset)), limits, but)
        return Bounds(letter, lower, _upper(node.upper, scope), limits, but)
    found = infer_range(letter, node.body, scope)
    if found is None:
        ranges = (scope.sample_range(inner, letter) for inner in syntax.walk(node.body))
        found = next((dim for dim in ranges if dim is not None), None)
    if found is None:
        raise Unread(f"it is not known how far {letter} runs", node.span)
    return Bounds(letter, lower, found, limits, but)


def _runs(index: Index, scope: Scope) -> bool:
    """Whether it is the index of entries or examples around a sum, and no number or dimension."""
    return index.name in scope.ranges and index.name not in scope.dimensions


def letter_of(name: syntax.Name) -> str:
    """The index letter that a name in a bound is."""
    return name.base.lstrip("\\") + "'" * name.primes


def set_of_sum(node: syntax.Big) -> str | None:
    r"""The C of `\sum_{i \in C}`."""
    body = node.lower.body if node.lower is not None and node.upper is None else None
    member = isinstance(body, syntax.Comparison) and body.relations == ("in",)
    return node.lower.text.split("\\in")[-1].strip() if member else None


def _size_of_set(node: syntax.Node, lower: syntax.Script, scope: Scope) -> Dim:
    r"""The n of `i \in \{1, \dots, n\}` and `i \in [n]`. Raises Unread: any other set may be a part of the whole."""
    parts = node.parts if isinstance(node, syntax.Group) and node.sub is None and node.sup is None else ()
    first = parts[0] if parts else None
    counted = len(parts) >= 3 and isinstance(first, syntax.Number) and first.value == 1
    last = parts[-1] if (counted and node.opening == "{") or (len(parts) == 1 and node.opening == "[") else None
    if last is None:
        raise Unread(f"it is not known what is in the set of `{lower.text}`", lower.span)
    text = last.base if isinstance(last, syntax.Name) and last.sub is None else ""
    return _upper(syntax.Script(last, text, span=last.span), scope)


def layer_bounds(node: syntax.Big, scope: Scope) -> tuple[int, int]:
    """(first, last) of a sum or product over layers; without bounds it runs over all of them."""
    lower, upper = scope.first_layer, scope.last_layer
    body = node.lower.body if node.lower is not None else None
    if isinstance(body, syntax.Comparison):
        if body.relations != ("=",):
            raise Unread(f"the bounds `{node.lower.text}` are not read", node.lower.span)
        lower = _number(node.lower.text.split("=", 1)[1], node.lower.span, scope)
    if node.upper is not None:
        upper = _number(node.upper.text, node.upper.span, scope)
    return lower, upper


def _number(text: str, span: syntax.Span, scope: Scope) -> int:
    index = scope.index(text, span)
    if not index.is_number:
        raise Unread(f"it is not known which layer {text} is", span)
    return index.offset


def _upper(script: syntax.Script, scope: Scope) -> Dim:
    if isinstance(script.body, syntax.Number) and script.body.value.denominator == 1:
        return Dim.of(int(script.body.value))
    text = script.text.replace("\\", "")
    if text == "infty":
        raise Unread("a sum or product without end is not read", script.span)
    numbers = {**dict.fromkeys(scope.last_names, scope.last_layer), **scope.layers}
    if text in scope.last_names and text not in scope.dimensions:
        return Dim.of(scope.last_layer)
    if text in scope.dimensions:
        return Shape(Dim.of(dim_text(text))).at(numbers).rows
    whole = dim_of(script.body) if script.body is not None else None  # `n-1`, `n_{l+1}-1`
    known = {name.split("_")[0] for name in scope.dimensions}
    if whole is not None and all(name.split("_")[0] in known for name in whole.names()):
        return Shape(whole).at(numbers).rows
    if (number := _constant(script, scope)) is not None:
        return Dim.of(number)
    raise Unread(f"it is not known how large {script.text} is", script.span)


def _constant(script: syntax.Script, scope: Scope) -> int | None:
    """A whole number that is written as more than its digits: `10^9`."""
    try:
        value = constant(one(script.body, scope)) if script.body is not None else None
    except Bounded:
        raise
    except (Unread, Missing):
        return None
    return int(value) if value is not None and value.denominator == 1 else None


def infer_range(letter: str, body: syntax.Node, scope: Scope) -> Dim | None:
    """How far an index without bounds runs: the axis in whose place it stands. A class number does not run."""
    if letter in {core.lstrip("\\") for core in scope.class_numbers}:
        return None
    for node in syntax.walk(body):
        if not isinstance(node, syntax.Name | syntax.Group) or (node.sub is None and node.sup is None):
            continue
        if isinstance(node, syntax.Name):
            found = _axis_of_name(letter, node, scope)
        else:
            found = _axis_of_group(letter, node, scope)
        if found is not None:
            return found
    return None


def _axis_of_name(letter: str, node: syntax.Name, scope: Scope) -> Dim | None:
    use = scope.match(node)
    term: Term | None = None
    if use is None or not use.components:
        try:
            gradient = entries_of_gradient(node, scope) if use is None else None
        except (Unread, Missing):
            gradient = None
        if gradient is None:
            return None
        components, term = gradient
    else:
        components = use.components
        try:
            term = member(replace(use, components=(), power=None), node, scope)
        except (Unread, Missing):
            return None
    return _axis(letter, components, term.shape)


def _axis_of_group(letter: str, node: syntax.Group, scope: Scope) -> Dim | None:
    components = split_components(node.sub.text) if node.sub is not None else None
    if not components or letter not in components:
        return None
    try:
        shape = elaborate(replace(node, sub=None, sup=None), scope)[0].term.shape
    except (Unread, Missing):
        return None
    return _axis(letter, components, shape)


def _axis(letter: str, components: tuple[str, ...], shape: Shape | Misfit) -> Dim | None:
    if isinstance(shape, Misfit):
        return None
    for place, text in enumerate(components):
        index = parse_index(text)
        if index is not None and index.name == letter:
            if len(components) == 1:
                return shape.rows if shape.cols == ONE else shape.cols
            return (shape.rows, shape.cols)[place]
    return None
