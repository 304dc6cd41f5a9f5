r"""Derivatives: fractions of d or \partial, slashes, `\nabla`, `dW`, primes of the loss."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derive.reading import syntax
from derive.reading.classes import class_vector, pair_of, picked, picked_from_row
from derive.reading.entries import entry_of, raised
from derive.reading.errors import Unread
from derive.reading.functions import call_key, is_entry, is_function, names_loss
from derive.reading.gradients import gradient_of, layout_of, plain_name
from derive.reading.named import read_name
from derive.reading.names import spelling
from derive.reading.readings import PRIMARY, Alternative, Missing, Scope, elaborate, one
from derive.reading.symbols import dressed, family_name, member
from derive.reading.transposes import is_transpose
from derive.terms import nodes
from derive.terms.dims import ONE
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Shape
from derive.terms.written import Derivative, Slice


def derivative(node: syntax.Derivative, scope: Scope) -> list[Alternative]:
    if node.of is None and scope.loss is not None:
        note = frozenset({f"a derivative of nothing is that of {scope.loss.latex}"})
        found = [Alternative(scope.loss, PRIMARY, note)]
        for by in node.by:
            found = [a.with_term(_derived_by(a.term, by, scope, node.span)) for a in found]
        return found
    if node.of is None:
        raise Unread("a derivative of nothing", node.span)
    of_node = _function_at(node.of, node.by[0], scope)
    of = elaborate(of_node.items[0] if _names_loss(of_node, scope) else of_node, scope)
    found: list[Alternative] = []
    for alternative in of:
        terms = [alternative.term]
        for by in node.by:
            terms = [_derived_by(term, by, scope, node.span) for term in terms]
        found += [alternative.with_term(term) for term in terms]
    return raised(entry_of(found, node.sub, scope), node.sup, node.span, scope)


def _derived_by(of: Term, by: syntax.Node, scope: Scope, span: syntax.Span) -> Term:
    r"""d(of)/d(by); by the square of a number as well: `\partial / \partial \sigma^2` is 1/(2 sigma) d/d sigma."""
    square = one(by, scope) if isinstance(by, syntax.Name) and by.sup is not None else None
    if isinstance(square, nodes.Power) and square.exponent == 2 and isinstance(square.args[0], Symbol):
        (root,) = square.args
        if root.is_scalar:
            double = nodes.Product((nodes.Number(value=Fraction(2)), root))
            return nodes.Quotient((derived(of, root, scope, span), double), span=span)
    if (entry := _by_class_entry(of, by, scope, span)) is not None:
        return entry
    variable = variable_of(by, scope)
    return derived(of, variable, scope, span, in_rows=_is_row(by, variable))


def _by_class_entry(of: Term, by: syntax.Node, scope: Scope, span: syntax.Span) -> Term | None:
    r"""The derivative of a number by the entry at a class number, `\partial L / \partial s_y`; None for any other."""
    if not isinstance(by, syntax.Name) or by.sub is None or scope.match(replace(by, sub=None)) is None:
        return None
    (number, *others) = pair_of(by.sub.body) or (by.sub.body,)
    if class_vector(number, scope, ONE) is None:
        return None
    whole = one(replace(by, sub=None), scope)
    if not isinstance(whole, Symbol) or not of.is_scalar:
        return None
    gradient = Derivative((of, whole), "gradient", span=span)
    return (picked_from_row if others else picked)(gradient, by.sub.body, scope, span)


def _function_at(of: syntax.Node, by: syntax.Node, scope: Scope) -> syntax.Node:
    r"""`\frac{d\sigma}{dz}` is that of sigma(z), and so is `\frac{d\sigma}{dw}` where sigma is applied to z only.

    In `\frac{d}{dw} g(w)^T` the bracket says what g depends on.
    """
    if isinstance(of, syntax.Product) and len(of.items) == 2 and isinstance(of.items[0], syntax.Name):
        name, group = of.items
        use = scope.match(name)
        bare = name.sup is None and not name.primes and use is not None and family_name(use.family) in scope.heads
        if bare and isinstance(group, syntax.Group) and group.opening == "(" and group.parts == (by,):
            return replace(name, sup=group.sup) if group.sub is None and _turns(group.sup) else of
    if not isinstance(of, syntax.Name) or not isinstance(by, syntax.Name) or not is_function(of, scope):
        return of
    arguments = scope.applied.get(of.core, {})
    if arguments and by.core not in arguments:
        if len(arguments) > 1:
            raise Unread(f"it is not known what {of.core} is applied to here", of.span)
        (by,) = arguments.values()
    return syntax.Product((of, syntax.Group("(", ")", (by,), span=of.span)), span=of.span)


def _turns(sup: syntax.Script | None) -> bool:
    return sup is None or is_transpose(sup)


def _names_loss(node: syntax.Node, scope: Scope) -> bool:
    """`L(a, y)`, `J(\\theta)`: the loss with a reminder of its arguments."""
    return (
        isinstance(node, syntax.Product)
        and len(node.items) == 2
        and isinstance(node.items[0], syntax.Name)
        and isinstance(node.items[1], syntax.Group)
        and not node.items[0].primes
        and scope.loss is not None
        and names_loss(node.items[0], node.items[1], scope)
    )


def variable_of(node: syntax.Node, scope: Scope) -> Term:
    """What a derivative is taken by: a symbol or an entry of one. A transpose on it only says how the result lies."""
    term = one(node, scope)
    if isinstance(term, nodes.Transpose):
        term = term.args[0]
    base = term.args[0] if isinstance(term, nodes.Component | Slice) else term
    if not isinstance(base, Symbol):
        raise Unread("a derivative is taken by a symbol or an entry of one", node.span)
    return term


def _is_row(node: syntax.Node, variable: Term) -> bool:
    r"""Whether a derivative is taken by `x^T` for a vector x: whatever the layout, its entries lie in a row then."""
    shape = variable.shape
    return isinstance(node, syntax.Name) and spelling(node).transposed and isinstance(shape, Shape) and shape.is_vector


def derived(of: Term, by: Term, scope: Scope, span: syntax.Span, *, in_rows: bool = False) -> Term:
    """d(of)/d(by) in the layout that is in force for such a variable."""
    if isinstance(by, Slice):  # by a row or column of a matrix: that of the gradient
        if not of.is_scalar or layout_of(scope, by.args[0]) != "gradient":
            raise Unread("a derivative by a row or column is read of a number, in gradient layout", span)
        return replace(by, args=(Derivative((of, by.args[0]), span=span),), span=span)
    return Derivative((of, by), "jacobian" if in_rows else layout_of(scope, by), span=span)


# ---------------------------------------------------------------- takers of factors

Taken = tuple[int, list[Alternative]] | None


def operator(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    r"""`\frac{\partial}{\partial x} f`: everything behind it in the product is differentiated."""
    item = items[position]
    if not isinstance(item, syntax.Derivative) or item.of is not None:
        return None
    of = _joined(items[position + 1 :], item)
    return len(items) - position, derivative(replace(item, of=of), scope)


def _joined(items: list[syntax.Node], before: syntax.Node) -> syntax.Node:
    if not items:
        raise Unread("a derivative of nothing", before.span)
    return items[0] if len(items) == 1 else syntax.Product(tuple(items), span=(items[0].span[0], items[-1].span[1]))


def slash(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    r"""`\partial L / \partial W`, `dL/dW`"""
    sign = items[position]
    if not isinstance(sign, syntax.Name) or sign.base not in ("\\partial", "d") or sign.sub is not None:
        return None
    for length in (1, 2):  # `\partial L`, `\partial (X W)`, `\partial f(x)`
        rest = items[position + 1 + length : position + 4 + length]
        if len(rest) < 3 or not isinstance(rest[0], syntax.Sign) or rest[0].name != "/":
            continue
        if not isinstance(rest[1], syntax.Name) or rest[1].base != sign.base or isinstance(rest[2], syntax.Sign):
            return None
        kind = "partial" if sign.base == "\\partial" else "d"
        of = _joined(items[position + 1 : position + 1 + length], sign)
        span = (sign.span[0], rest[2].span[1])
        return 4 + length, derivative(syntax.Derivative(kind, 1, of, (rest[2],), span=span), scope)
    return None


def differential(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    """`dW`: the gradient of the loss by W, where d is no symbol."""
    sign, name = items[position], items[position + 1] if position + 1 < len(items) else None
    if not isinstance(sign, syntax.Name) or sign.base != "d" or sign.sub is not None:
        return None
    if not isinstance(name, syntax.Name) or name.spaced:
        return None
    span = (sign.span[0], name.span[1])
    joined = replace(name, base=f"d{name.base}", span=span)
    if scope.match(joined) is not None:
        return 2, read_name(joined, scope)
    use = scope.match(name)
    if scope.match(sign) is not None or use is None:
        return None
    if scope.loss is None:
        if "d" in scope.dimensions:  # else it would be read as d times S
            raise Unread(f"no loss is known whose gradient d{name.core} could be", span)
        return None
    symbol = member(replace(use, components=(), power=None, transposed=False), name, scope)
    shown = plain_name(replace(name, sup=None) if use.transposed else name)
    note = f"d{shown} is d{scope.loss.latex}/d{symbol.latex}"
    found = dressed(gradient_of(symbol, scope, span), use, name, scope)
    return 2, [replace(found, notes=found.notes | {note})]


def nabla(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    r"""`\nabla_W L`, `\nabla C`, `\nabla^2 E`, `\nabla\nabla E`, `\nabla f(x)^\top v`"""
    item = items[position]
    if not isinstance(item, syntax.Nabla):
        return None
    following = items[position + 1] if position + 1 < len(items) else None
    if isinstance(following, syntax.Nabla):
        return _nested_nabla(items, position, scope)
    declared = _declared_nabla(item, following, scope)
    if declared is not None:
        return declared
    variable = _nabla_variable(item, items[position + 1 : position + 3], scope)
    note = frozenset() if item.by else frozenset({f"\\nabla is taken by {variable.latex}"})
    if following is None or isinstance(following, syntax.Sign):
        if scope.loss is None:
            raise Unread("no loss is known whose gradient this could be", item.span)
        return 1, [Alternative(_repeated(scope.loss, variable, item, scope, item.span), PRIMARY, note)]
    count, inner, outside = _operand(items[position + 1 :], item, scope)
    of = elaborate(inner.items[0] if _names_loss(inner, scope) else inner, scope)
    span = (item.span[0], inner.span[1])
    found = [replace(a, term=_repeated(a.term, variable, item, scope, span), notes=a.notes | note) for a in of]
    return 1 + count, raised(found, outside, span, scope)


def _nested_nabla(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    r"""`\nabla\nabla E`, `\nabla_x \nabla_y f`"""
    outer, inner = items[position], items[position + 1]
    if outer.by is None or inner.by is None or outer.by.text == inner.by.text:
        order = outer.order + inner.order
        if order > 2:
            raise Unread("a derivative is read to the second order", outer.span)
        span = (outer.span[0], inner.span[1])
        both = replace(outer, by=outer.by or inner.by, order=order, span=span)
        count, found = nabla([both, *items[position + 2 :]], 0, scope)
        return 1 + count, found
    count, found = nabla(items, position + 1, scope)
    variable = variable_of(outer.by.body, scope) if outer.by.body is not None else None
    if variable is None:
        raise Unread("it is not known by what this \\nabla differentiates", outer.span)
    return 1 + count, [a.with_term(derived(a.term, variable, scope, outer.span)) for a in found]


def _operand(
    items: list[syntax.Node], before: syntax.Node, scope: Scope
) -> tuple[int, syntax.Node, syntax.Script | None]:
    r"""What a nabla is taken of: how many factors, what they are, and what is written on the gradient itself.

    A name of a number binds it, with its arguments: `\nabla f(x)^\top v` is a gradient times v.
    """
    name, group = items[0], items[1] if len(items) > 1 else None
    if isinstance(name, syntax.Name) and _is_call(name, group, scope) and not _is_turned_factor(group, before, scope):
        span = (name.span[0], group.span[1])
        return 2, syntax.Product((name, replace(group, sup=None)), span=span), group.sup
    if isinstance(name, syntax.Name) and _is_number(name, scope):
        turned = name.sup if spelling(name).transposed and spelling(name).sup is None else None
        return 1, replace(name, sup=None) if turned is not None else name, turned
    end = next((k for k, item in enumerate(items) if isinstance(item, syntax.Sign)), len(items))
    return end, _joined(items[:end], before), None


def _is_call(name: syntax.Name, group: syntax.Node | None, scope: Scope) -> bool:
    """`J(\\theta)`, `f(x)`: the loss or a function that the document defines, with its arguments."""
    if not isinstance(group, syntax.Group) or group.opening not in ("(", "[", "{") or name.primes:
        return False
    if is_entry(name, scope):
        return False
    return call_key(name) in scope.calls or (scope.loss is not None and names_loss(name, group, scope))


def _is_turned_factor(group: syntax.Group, before: syntax.Node, scope: Scope) -> bool:
    r"""The bracket of `\nabla_z L (x)^\top`, which does not name what the loss is differentiated by."""
    by = before.by.body if isinstance(before, syntax.Nabla) and before.by is not None else None
    if not isinstance(by, syntax.Name) or group.sup is None or not _turns(group.sup):
        return False
    return all(not isinstance(part, syntax.Name) or part.core != by.core for part in group.parts)


def _is_number(name: syntax.Name, scope: Scope) -> bool:
    """Whether a name is that of a number that the document defines: the loss, or f."""
    use = scope.match(name)
    if use is None or use.components or use.power is not None:
        return False
    shape = use.family.shape
    return shape is not None and shape.is_scalar and family_name(use.family) in scope.heads


def partial(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    r"""`\partial_w L`: the same as `\nabla_w L`."""
    sign = items[position]
    if not isinstance(sign, syntax.Name) or sign.base != "\\partial" or sign.sub is None or position + 1 == len(items):
        return None
    if scope.match(sign) is not None or (sign.sup is not None and sign.sup.text != "2"):
        return None
    operator = syntax.Nabla(sign.sub, 1 if sign.sup is None else 2, span=sign.span)
    return nabla([operator, *items[position + 1 :]], 0, scope)


def _declared_nabla(item: syntax.Nabla, following: syntax.Node | None, scope: Scope) -> Taken:
    for of, taken in ((following, 2), (None, 1)):
        key = (item.by.text if item.by else "", of.core if isinstance(of, syntax.Name) else "")
        if key in scope.nablas and (of is None or isinstance(of, syntax.Name)):
            target = scope.match(scope.nablas[key])
            if target is None:
                raise Missing(key[1])
            symbol = member(replace(target, components=(), power=None, transposed=False), scope.nablas[key], scope)
            return taken, [Alternative(gradient_of(symbol, scope, item.span))]
    return None


def _nabla_variable(item: syntax.Nabla, following: list[syntax.Node], scope: Scope) -> Term:
    """What is written below, else the one argument of what is differentiated, else what the document uses."""
    if item.by is not None and item.by.body is not None:
        return variable_of(item.by.body, scope)
    if item.by is None:
        variable = _argument(following, scope) or scope.bare_nabla
        if variable is not None:
            return variable
    raise Unread("it is not known by what this \\nabla differentiates", item.span)


def _argument(following: list[syntax.Node], scope: Scope) -> Term | None:
    r"""The x of `\nabla f(x)`, or of `\nabla f` where the document defines f(x)."""
    name, group = following[0] if following else None, following[1] if len(following) > 1 else None
    if not isinstance(name, syntax.Name):
        return None
    if _is_call(name, group, scope):
        arguments: tuple[syntax.Node, ...] = group.parts
    else:
        defined = scope.calls.get(call_key(name))
        arguments = defined.names if defined is not None else ()
    if len(arguments) != 1 or not isinstance(arguments[0], syntax.Name) or scope.match(arguments[0]) is None:
        return None
    return variable_of(arguments[0], scope)


def _repeated(of: Term, variable: Term, item: syntax.Nabla, scope: Scope, span: syntax.Span) -> Term:
    for _ in range(item.order):
        of = derived(of, variable, scope, span)
    return of


def lone_nabla(node: syntax.Nabla, scope: Scope) -> list[Alternative]:
    return nabla([node], 0, scope)[1]


def prime_of_loss(items: list[syntax.Node], position: int, scope: Scope) -> Taken:
    """`C'(w)`: the derivative of the loss by w."""
    name, group = items[position], items[position + 1] if position + 1 < len(items) else None
    if not isinstance(name, syntax.Name) or name.primes != 1 or not isinstance(group, syntax.Group):
        return None
    plain = replace(name, primes=0)
    if len(group.parts) != 1 or group.opening not in ("(", "[", "{") or not names_loss(plain, group, scope):
        return None
    span = (name.span[0], group.span[1])
    loss = one(plain, scope)
    return 2, [a.with_term(derived(loss, a.term, scope, span)) for a in elaborate(group.inner, scope)]
