"""Functions and what they are applied to: elementwise ones, those of matrices, and those that a document defines."""

from __future__ import annotations

from dataclasses import replace

from derive.reading import syntax
from derive.reading.entries import component, powered, powered_by_script
from derive.reading.errors import Unread
from derive.reading.names import spelling, split_components
from derive.reading.readings import Alternative, Scope, UserFunction, elaborate, one
from derive.reading.signs import factor
from derive.reading.symbols import family_name, resolved, written
from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Term
from derive.terms.shapes import Misfit, Shape
from derive.terms.written import Softmax

ALIASES = {name: row.name for row in FUNCTIONS.values() for name in (row.name, *row.names)} | {
    "ReLU": "relu",
    "Sigmoid": "sigmoid",
    "sgn": "sign",
}


def is_function(name: syntax.Name, scope: Scope) -> bool:
    return function_of(name, scope) is not None


def call_key(name: syntax.Name) -> str:
    return spelling(name).core + "'" * name.primes


def names_loss(name: syntax.Name, group: syntax.Group, scope: Scope) -> bool:
    """`J(\\theta)` where J is the loss: the arguments only remind of what it depends on."""
    use = scope.match(name)
    return use is not None and scope.loss is not None and family_name(use.family) == scope.loss.name


def function_of(name: syntax.Name, scope: Scope) -> str | None:
    """The table name of the function that a name stands for, or None."""
    found = spelling(replace(name, primes=0))
    keys = [function_key(found.core, found.sub, found.sup)]
    if found.sub or found.sup:
        keys.append(generic_key(found.core, found.sub, found.sup))
        keys.append(function_key(found.core, found.sub, None))
        keys.append(function_key(found.core, None, None))
    for key in keys:
        if key in scope.functions:
            return scope.functions[key]
    if scope.match(name) is None and found.sub is None:
        return ALIASES.get(found.core.lstrip("\\")) or _SPECIAL.get(found.core.lstrip("\\"))
    return None


def function_key(core: str, sub: str | None, sup: str | None) -> str:
    return f"{core}|{sub or ''}|{sup or ''}"


def generic_key(core: str, sub: str | None, sup: str | None) -> str:
    """A key for a family of functions: any index counts."""
    return f"{core}|{'*' if sub else ''}|{'*' if sup else ''}"


# Functions of whole matrices.
_SPECIAL = {
    "softmax": "softmax", "tr": "trace", "Tr": "trace", "trace": "trace", "det": "det", "diag": "diag",
    "vec": "vec", "max": "max",
}  # fmt: skip


def applied(function: str, name: syntax.Name, arguments: list[Alternative], scope: Scope) -> list[Alternative]:
    def make(a: Term) -> Term:
        span = (name.span[0], a.span[1]) if a.span else name.span
        if isinstance(a.shape, Misfit):
            return nodes.Apply((a,), "exp", span=span)
        match function:
            case "softmax":
                return Softmax((a,), _softmax_axis(a, scope, span), span=span)
            case "trace":
                return nodes.Trace((a,), span=span)
            case "det":
                return nodes.Determinant((a,), span=span)
            case "diag":
                return nodes.Diag((a,), span=span)
            case "vec":
                return nodes.Vec((a,), span=span)
            case "max" | "sign":
                raise Unread(f"{function} is not read here", span)
        return nodes.Apply((a,), function, min(name.primes, 2), span=span)

    found = [a.with_term(make(a.term)) for a in arguments]
    power = spelling(replace(name, primes=0)).sup
    if power is not None and function_key(spelling(name).core, None, power) not in scope.functions:
        if name.sup is not None and isinstance(name.sup.body, syntax.Number):
            found = [powered(a, name.sup, scope, a.term.span or name.span) for a in found]
    return found


def _softmax_axis(a: Term, scope: Scope, span: syntax.Span) -> str:
    """The axis of the classes: examples lie along the axis whose dimension no vector of the document has."""
    shape = a.shape
    if shape.cols == ONE:
        return "rows"
    if shape.rows == ONE:
        return "columns"
    features = {
        f.shape.rows if f.shape.cols == ONE else f.shape.cols
        for families in scope.names.families.values()
        for f in families
        if f.shape is not None and (f.shape.rows == ONE) != (f.shape.cols == ONE)
    }
    features = {resolved(Shape(dim), scope).rows for dim in features}
    generic = {name.split("_")[0] for dim in features for name in dim.names()}

    def is_feature(dim: Dim) -> bool:
        return dim in features or any(name.split("_")[0] in generic and "_" in name for name in dim.names())

    if is_feature(shape.rows) != is_feature(shape.cols):
        return "rows" if is_feature(shape.rows) else "columns"
    raise Unread("it is not known along which axis this softmax is taken", span)


def _user_call(
    defined: UserFunction, name: syntax.Name, group: syntax.Group, scope: Scope
) -> list[Alternative] | None:
    arguments = list(group.parts)
    if name.sub is not None and len(defined.parameters) == len(arguments) + 1 and name.sub.body is not None:
        arguments = [name.sub.body, *arguments]  # p_x(beta): a parameter stands in the index
    if len(arguments) != len(defined.parameters):
        return None
    values: dict[str, Term] = {}
    for parameter, argument in zip(defined.parameters, arguments, strict=True):
        if isinstance(argument, syntax.Words):
            return None
        if isinstance(argument, syntax.Name) and written(argument) == parameter and scope.match(argument) is None:
            continue  # the argument only says which example is meant: phi(x_n)
        values[parameter] = one(argument, scope)
    return elaborate(defined.body, replace(scope, values={**scope.values, **values}))


# ---------------------------------------------------------------- takers of factors


def function_call(items: list[syntax.Node], position: int, scope: Scope) -> tuple[int, list[Alternative]] | None:
    r"""`\sigma(z)`, `\tanh^2 c_t`, `\log \sigma(z)`: a function with what it is applied to."""
    name, following = items[position], items[position + 1] if position + 1 < len(items) else None
    if not isinstance(name, syntax.Name) or (function := function_of(name, scope)) is None:
        return None
    if is_bracket(following) and len(following.parts) == 1:
        plain = replace(following, sub=None, sup=None, primes=0)
        found = applied(function, name, elaborate(plain, scope), scope)
        if following.sub is not None:
            components = split_components(following.sub.text)
            if components is None:
                raise Unread(f"`{following.sub.text}` is no index", following.sub.span)
            found = [a.with_term(component(a.term, components, following.span, scope)) for a in found]
        if following.sup is not None:
            found = [powered_by_script(a, following.sup, scope, following.span) for a in found]
        return 2, found
    if following is None or isinstance(following, syntax.Sign):
        raise Unread(f"the function {written(name)} has no argument", name.span)
    taken, argument = factor(items, position + 1, scope)
    return 1 + taken, applied(function, name, argument, scope)


def is_bracket(node: syntax.Node | None) -> bool:
    return isinstance(node, syntax.Group) and node.opening in ("(", "[", "{")


def defined_call(items: list[syntax.Node], position: int, scope: Scope) -> tuple[int, list[Alternative]] | None:
    r"""`h_\theta(x)`, with a function that the document defines."""
    name, group = items[position], items[position + 1] if position + 1 < len(items) else None
    if not isinstance(name, syntax.Name) or not is_bracket(group):
        return None
    defined = scope.calls.get(call_key(name))
    found = _user_call(defined, name, group, scope) if defined is not None else None
    return None if found is None else (2, found)


def reminder(items: list[syntax.Node], position: int, scope: Scope) -> tuple[int, list[Alternative]] | None:
    r"""`J(\theta)` where J is the loss: the arguments only remind of what it depends on."""
    name, group = items[position], items[position + 1] if position + 1 < len(items) else None
    if isinstance(name, syntax.Name) and is_bracket(group) and names_loss(name, group, scope):
        return 2, elaborate(name, scope)
    return None
