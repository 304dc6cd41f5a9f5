"""Functions and what they are applied to: elementwise ones, those of matrices, and those that a document defines."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

from derive.reading import syntax
from derive.reading.diagonals import by_entries
from derive.reading.elementwise import ARGUMENT, applied_to, differentiated, is_elementwise
from derive.reading.entries import component, constant, powered, powered_by_script
from derive.reading.errors import Bounded, Unread
from derive.reading.names import Spelling, parse_index, slots_of, spelling, split_components
from derive.reading.readings import Alternative, Scope, UserFunction, combine, elaborate, factor, one
from derive.reading.softmax import softmax_axis
from derive.reading.symbols import family_name, written
from derive.terms import nodes
from derive.terms.dims import ONE
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Term
from derive.terms.shapes import Misfit, Shape
from derive.terms.written import Softmax

LARGEST_CALL = 2_000  # terms that the call of a function of the document stands for

ALIASES = {name: row.name for row in FUNCTIONS.values() for name in (row.name, *row.names)} | {
    "ReLU": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
}


def is_function(name: syntax.Name, scope: Scope) -> bool:
    """Whether a name is a known function, or one of one variable that the document defines."""
    if function_of(name, scope) is not None:
        return True
    defined = scope.calls.get(call_key(replace(name, primes=0)))
    return defined is not None and len(defined.parameters) == 1 and scope.match(name) is None


def call_key(name: syntax.Name) -> str:
    """How a function that the document defines is known: an index below only reminds of its parameters."""
    found = spelling(name)
    return found.core + (f"^{found.sup}" if _names_a_function(found.sup) else "") + "'" * name.primes


def _names_a_function(sup: str | None) -> bool:
    """`h^{(1)}` is another function than h; `h^2` is its square."""
    return sup is not None and sup[:1] in ("(", "[")


def is_entry(name: syntax.Name, scope: Scope) -> bool:
    r"""Whether a name is an entry of a known vector, and before brackets a factor: `\pi_x` beside `\pi(x)`."""
    use = scope.match(name) if name.sub is not None else None
    defined = scope.calls.get(call_key(name))
    return use is not None and bool(use.components) and not (defined is not None and defined.indexed)


def names_loss(name: syntax.Name, group: syntax.Group, scope: Scope) -> bool:
    """`J(\\theta)` where J is the loss: the arguments only remind of what it depends on."""
    if any(isinstance(part, syntax.Total | syntax.Number | syntax.Comparison) for part in group.parts):
        return False  # a factor in brackets: `C (a - y)`
    if len(group.parts) == 1 and not _is_argument(group.parts[0], scope):
        return False  # `C (2 x)`, `C (x^2)`, `C (\frac{1}{2})`
    use = scope.match(name)
    return use is not None and scope.loss is not None and family_name(use.family) == scope.loss.name


def _is_argument(node: syntax.Node, scope: Scope) -> bool:
    r"""What a loss alone may be said to depend on: `w`, `W^{[1]}`, `h_\theta(x)`; any other number is a factor."""
    if isinstance(node, syntax.Product) and len(node.items) == 2:
        name, group = node.items
        return isinstance(name, syntax.Name) and is_bracket(group) and function_of(name, scope) is None
    if not isinstance(node, syntax.Name):
        return isinstance(node, syntax.Words)
    use = scope.match(node)
    return node.sup is None if use is None else use.power is None


def function_of(name: syntax.Name, scope: Scope) -> str | None:
    """The table name of the function that a name stands for, or None."""
    found = spelling(name)
    keys = [function_key(found.core, found.sub, found.sup)]
    if found.sub or found.sup:
        keys.append(generic_key(found.core, found.sub, found.sup))
        keys.append(function_key(found.core, found.sub, None))
        keys.append(function_key(found.core, None, None))
    for key in keys:
        if key in scope.functions:
            return scope.functions[key]
    plain = found.core.lstrip("\\")
    known = None if found.sub is not None else ALIASES.get(plain) or SPECIAL.get(plain)
    return known if known is not None and scope.match(name) is None else None


def function_key(core: str, sub: str | None, sup: str | None) -> str:
    return f"{core}|{sub or ''}|{sup or ''}"


def generic_key(core: str, sub: str | None, sup: str | None) -> str:
    """A key for a family of functions: any index counts."""
    return f"{core}|{'*' if sub else ''}|{'*' if sup else ''}"


# Functions of whole matrices.
SPECIAL = {
    "softmax": "softmax", "tr": "trace", "Tr": "trace", "trace": "trace", "det": "det", "diag": "diag",
    "vec": "vec", "max": "max", "min": "min", "sign": "sign", "sgn": "sign",
    "sum": "sum", "cosh": "cosh", "sinh": "sinh",
}  # fmt: skip


def applied(function: str, name: syntax.Name, arguments: list[Alternative], scope: Scope) -> list[Alternative]:
    """A function, with what is written on its name, of every reading of an argument."""
    if name.primes > (0 if function in SPECIAL.values() else 2):
        raise Unread(f"the derivative {written(name)}{chr(39) * name.primes} is not read", name.span)

    def make(a: Term) -> Term:
        span = (name.span[0], a.span[1]) if a.span else name.span
        if isinstance(a.shape, Misfit):
            return nodes.Apply((a,), "exp", span=span)
        match function:
            case "softmax":
                return Softmax((a,), softmax_axis(a, scope, span), span=span)
            case "trace":
                return nodes.Trace((a,), span=span)
            case "det":
                return nodes.Determinant((a,), span=span)
            case "diag":
                return nodes.Diag((a,), span=span)
            case "vec":
                return nodes.Vec((a,), span=span)
            case "sign":
                return nodes.Quotient((a, nodes.Apply((a,), "abs")), span=span)  # sign(x) = x / |x|
            case "cosh" | "sinh":
                up, down = nodes.Apply((a,), "exp"), nodes.Apply((nodes.Neg((a,)),), "exp")
                ends = (up, down if function == "cosh" else nodes.Neg((down,)))
                half = nodes.Number(value=Fraction(1, 2))
                return nodes.Product((half, nodes.Add(ends)), span=span)  # (e^x ± e^-x) / 2
            case "sum":
                return nodes.Total((a,), span=span)
            case "max" | "min":
                raise Unread(f"{function} is not read here", span)
        if function == "log" and isinstance(a, nodes.Determinant) and not name.primes:
            a = nodes.Apply((a,), "abs", span=a.span)  # log det A asks for a positive one: its sign is no matter
        return nodes.Apply((a,), function, name.primes, span=span)

    return [_scripted(a.with_term(make(a.term)), name, scope) for a in arguments]


def _scripted(value: Alternative, name: syntax.Name, scope: Scope) -> Alternative:
    r"""`\sigma^2(z)`, `\sigma_i(z)`, `g^{[l]}(z)`: an exponent, an entry, or which member of a family it is."""
    found = spelling(name)
    if found.sup is not None and not _names_member(found, scope):
        slot = next(slot for slot in slots_of(name) if slot.place == "sup")
        layer = slot.index is not None and (slot.style or slot.index.name in scope.layers)
        if isinstance(name.sup.body, syntax.Number):
            value = powered(value, name.sup, scope, value.term.span or name.span)
        elif not layer:
            raise Unread(f"the exponent `{name.sup.text}` of a function is not read", name.sup.span)
    if found.sub is not None and not _names_member(found, scope):
        parts = split_components(found.sub)
        letters = [index.name for part in parts or () if (index := parse_index(part)) is not None]
        entry = bool(letters) and all(letter in scope.ranges for letter in letters)
        if entry and isinstance(value.term.shape, Shape) and not value.term.is_scalar:
            value = value.with_term(component(value.term, parts, name.span, scope))
    if found.transposed:
        value = value.with_term(nodes.Transpose((value.term,), span=value.term.span))
    return value


def _names_member(found: Spelling, scope: Scope) -> bool:
    """Whether the scripts on a function's name are part of a declared name."""
    keys = (function_key(found.core, found.sub, found.sup), generic_key(found.core, found.sub, found.sup))
    return any(key in scope.functions for key in keys)


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
    found = elaborate(defined.body, replace(scope, values={**scope.values, **values}))
    if any(sum(1 for _ in itertools.islice(a.term.walk(), LARGEST_CALL + 1)) > LARGEST_CALL for a in found):
        raise Bounded(f"{written(name)} expands to more than {LARGEST_CALL} terms", name.span)
    return found


def _takes_more(function: str, shape: Shape | Misfit) -> bool:
    r"""Whether a product goes on as an argument: behind a matrix, and in `\mathrm{tr}\, x^\top A x`."""
    if not isinstance(shape, Shape):
        return False
    return ONE not in (shape.rows, shape.cols) or (function == "trace" and not shape.is_square)


# ---------------------------------------------------------------- takers of factors

Taken = tuple[int, list[Alternative]] | None


def function_call(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    r"""`\sigma(z)`, `\tanh^2 c_t`, `\log \sigma(z)`: a function with what it is applied to."""
    name, following = _unbracketed(items[position], scope), _at(items, position + 1)
    if not isinstance(name, syntax.Name) or (function := function_of(name, scope)) is None:
        return None
    if is_bracket(following) and len(following.parts) == 1:
        return 2, _bracketed(function, name, following, scope)
    if is_bracket(following) and function in ("max", "min") and len(following.parts) == 2 and name.sub is None:
        return 2, _largest(function, name, following, scope)
    if following is None or isinstance(following, syntax.Sign):
        raise Unread(f"the function {written(name)} has no argument", name.span)
    count, argument = _open_argument(function, items, position + 1, scope)
    return 1 + count, applied(function, name, argument, scope)


def _unbracketed(node: syntax.Node, scope: Scope) -> syntax.Node:
    r"""`(f^{l})'(z)` as `f^{l}'(z)`"""
    inner = node.inner if isinstance(node, syntax.Group) and node.primes and len(node.parts) == 1 else None
    if not isinstance(inner, syntax.Name) or node.sub or node.sup or function_of(inner, scope) is None:
        return node
    return replace(inner, primes=inner.primes + node.primes)


def _at(items: list[syntax.Node], position: int) -> syntax.Node | None:
    return items[position] if position < len(items) else None


def is_bracket(node: syntax.Node | None) -> bool:
    return isinstance(node, syntax.Group) and node.opening in ("(", "[", "{")


def _bracketed(function: str, name: syntax.Name, group: syntax.Group, scope: Scope) -> list[Alternative]:
    """What stands on the bracket stands on the value: `\\sigma(z)_i^2`."""
    if group.primes:
        raise Unread("a prime stands behind an argument", group.span)
    if function == "diag" and group.sub is None and group.sup is None:
        span = (name.span[0], group.span[1])
        if (found := by_entries(group, scope, span)) is not None:
            return found
    found = applied(function, name, elaborate(replace(group, sub=None, sup=None), scope), scope)
    if group.sub is not None:
        components = split_components(group.sub.text)
        if components is None:
            raise Unread(f"`{group.sub.text}` is no index", group.sub.span)
        found = [a.with_term(component(a.term, components, group.span, scope)) for a in found]
    if group.sup is not None:
        found = [powered_by_script(a, group.sup, scope, group.span) for a in found]
    return found


def _largest(function: str, name: syntax.Name, group: syntax.Group, scope: Scope) -> list[Alternative]:
    """max(a, b) = a + relu(b - a), min(a, b) = a - relu(a - b)"""
    span = (name.span[0], group.span[1])
    if group.sub is not None or name.primes or name.sup is not None:
        raise Unread(f"what is written on {function} is not read", span)

    def make(a: Term, b: Term) -> Term:
        if function == "max" and constant(a) == 0:
            return nodes.Apply((b,), "relu", span=span)
        if function == "max" and constant(b) == 0:
            return nodes.Apply((a,), "relu", span=span)
        over, under = (b, a) if function == "max" else (a, b)
        excess = nodes.Apply((nodes.Add((over, nodes.Neg((under,)))),), "relu")
        return nodes.Add((a, excess if function == "max" else nodes.Neg((excess,))), span=span)

    found = combine(scope, [elaborate(part, scope) for part in group.parts], make)
    return [powered_by_script(a, group.sup, scope, span) for a in found] if group.sup is not None else found


def _open_argument(
    function: str, items: list[syntax.Node], position: int, scope: Scope
) -> tuple[int, list[Alternative]]:
    r"""An argument without brackets: one factor in `\log a b`; `2 x` in `\sin 2 x`; `A B` in `\mathrm{tr} A B`."""
    first, second = items[position], _at(items, position + 1)
    if isinstance(first, syntax.Number) and isinstance(second, syntax.Name) and not is_function(second, scope):
        count, value = factor(items, position + 1, scope)
        span = (first.span[0], items[position + count].span[1])
        number = nodes.Number(value=first.value, span=first.span)
        return 1 + count, [a.with_term(nodes.Product((number, a.term), span=span)) for a in value]
    count, value = factor(items, position, scope)
    matrix = all(_takes_more(function, a.term.shape) for a in value)
    end = position + count
    while matrix and end < len(items) and isinstance(items[end], syntax.Name | syntax.Group):
        if is_function(items[end], scope) if isinstance(items[end], syntax.Name) else False:
            break
        end += 1
    if function in ("det", "diag", "vec") or end == position + count:
        return count, value
    run = items[position:end]
    whole = syntax.Product(tuple(run), span=(run[0].span[0], run[-1].span[1]))
    return end - position, elaborate(whole, scope)


def defined_call(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    r"""`h_\theta(x)`, `f'(z)`, with a function that the document defines."""
    name, group = items[position], _at(items, position + 1)
    if not isinstance(name, syntax.Name) or not is_bracket(group):
        return None
    if is_entry(name, scope):
        return None
    if name.sup is not None and not _names_a_function(spelling(name).sup):
        return _raised_call(name, items, position, scope)
    defined = scope.calls.get(call_key(name))
    if defined is None:
        defined = scope.calls.get(call_key(replace(name, primes=0))) if name.primes else None
        found = _elementwise_call(defined, name, group, scope) if defined is not None else None
    elif defined.elementwise:
        found = _elementwise_call(defined, name, group, scope)
    else:
        found = _user_call(defined, name, group, scope)
    if found is None:
        return None
    if group.sup is not None:
        found = [powered_by_script(a, group.sup, scope, group.span) for a in found]
    return 2, found


def _raised_call(name: syntax.Name, items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    """`h^2(x)`: the power of the value, where no function of that name is defined."""
    taken = defined_call([replace(name, sup=None), items[position + 1]], 0, scope)
    if taken is None:
        return None
    span = (name.span[0], items[position + 1].span[1])
    return 2, [powered_by_script(a, name.sup, scope, span) for a in taken[1]]


def _elementwise_call(
    defined: UserFunction, name: syntax.Name, group: syntax.Group, scope: Scope
) -> list[Alternative] | None:
    """A function of one number, or its derivative, at every entry of its argument."""
    if len(defined.parameters) != 1 or len(group.parts) != 1 or group.sub is not None:
        return None
    body = one(defined.body, replace(scope, values={**scope.values, defined.parameters[0]: ARGUMENT}))
    if not is_elementwise(body):
        return None
    if name.primes > 2:
        raise Unread("derivatives are read to the second order", name.span)
    for _ in range(name.primes):
        body = differentiated(body)
    span = (name.span[0], group.span[1])
    return [a.with_term(replace(applied_to(body, a.term), span=span)) for a in elaborate(group.inner, scope)]


def numbered_call(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    """`g[1](Z)`, `g[1]'(Z)`: a family of functions with its index in brackets beside the name."""
    name, index, group = items[position], _at(items, position + 1), _at(items, position + 2)
    if not isinstance(name, syntax.Name) or not is_bracket(index) or not is_bracket(group) or index.opening != "[":
        return None
    key = function_key(spelling(name).core, None, f"[{index.inner.text}]") if hasattr(index.inner, "text") else ""
    if key not in scope.functions or len(group.parts) != 1 or index.sub or index.sup:
        return None
    plain = replace(name, primes=index.primes, sup=None, sub=None)
    return 3, _bracketed(scope.functions[key], plain, group, scope)


def reminder(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    r"""`J(\theta)` where J is the loss, `f(x)` where f is defined: the arguments only remind of what it depends on."""
    name, group = items[position], _at(items, position + 1)
    if not isinstance(name, syntax.Name) or not is_bracket(group):
        return None
    if names_loss(name, group, scope) or _names_defined(name, group, scope):
        if group.sup is not None or group.sub is not None or group.primes:
            raise Unread("what is written on these arguments is not read", group.span)
        return 2, elaborate(name, scope)
    return None


def _names_defined(name: syntax.Name, group: syntax.Group, scope: Scope) -> bool:
    """Whether a number that is defined stands before names in brackets: nobody multiplies a function of x by `(x)`."""
    if group.opening != "(" or name.primes or not all(isinstance(part, syntax.Name) for part in group.parts):
        return False
    if not all(_is_argument(part, scope) for part in group.parts):
        return False
    if group.sup is not None or group.sub is not None:
        return False
    use = scope.match(name)
    shape = use.family.shape if use is not None and not use.components else None
    return shape is not None and shape.is_scalar and family_name(use.family) in scope.heads


def rewritten(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    """Notation that the document gives a meaning as a whole: `H_w E(w)`, `W'`."""
    for rewrite in scope.rewrites:
        length = len(rewrite.items)
        if tuple(items[position : position + length]) == rewrite.items:
            inner = tuple(other for other in scope.rewrites if other is not rewrite)  # it may not stand for itself
            return length, elaborate(rewrite.meaning, replace(scope, rewrites=inner))
    return None
