"""A document as a theory: the names that it knows, its definitions, and the claims that it makes.

A statement whose left side nothing else defines is a definition; every other one is a claim. What cannot be read is
kept as such, with the place where reading stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from derive.reading import syntax
from derive.reading.bare import with_arguments
from derive.reading.cases import is_condition, is_supposed
from derive.reading.decimals import is_numeric, is_plain
from derive.reading.declarations import Declaring
from derive.reading.definitions import Definer, TwoVectors
from derive.reading.elaborate import Missing, elaborate
from derive.reading.errors import Bounded, Unread
from derive.reading.examples import over_examples
from derive.reading.families import Families
from derive.reading.formulas import Formula
from derive.reading.frontmatter import Declarations, Layers
from derive.reading.functions import SPECIAL, call_key, function_of, is_function
from derive.reading.hindsight import Numbers, reconsider
from derive.reading.indexed import with_indices_for_arguments
from derive.reading.iterates import without_steps
from derive.reading.knowledge import Definition, Learned, Link, Reading, Theory
from derive.reading.names import Family, spelling
from derive.reading.notation import head, is_differential, letters_in
from derive.reading.parts import with_named_parts
from derive.reading.ranges import set_of_sum
from derive.reading.signals import explained, operators_in_words
from derive.reading.sought import named_solutions
from derive.reading.spread import DOTS, without_spreads
from derive.reading.squares import with_roots
from derive.reading.statements import Statements
from derive.reading.supposed import suppose_loss
from derive.reading.symbols import family_name
from derive.reading.unbound import with_indices
from derive.reading.undefined import undefined
from derive.reading.unify import unify
from derive.reading.unstated import assume
from derive.reading.updates import RATES, is_update
from derive.terms.nodes import Symbol
from derive.terms.shapes import Shape

__all__ = ["Definition", "Learned", "Link", "Reading", "Theory", "build", "letters_in"]


def build(
    declared: Declarations,
    formulas: Sequence[Formula],
    *,
    latex: bool = False,
    chosen: Mapping[str, str] | None = None,
    last: int | None = None,
) -> Theory:
    """Read a document.

    Args:
        latex: the formulas are those of a LaTeX file, where `%` starts a comment.
        chosen: functions for letters that the document applies and says nothing of.
        last: the last layer or step, where the document does not state it.

    Raises:
        DocumentError: a declaration cannot be used.
    """
    split: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    while True:
        try:
            theory = _built(declared, formulas, latex, split, numbers, chosen or {}, last)
            theory.again = partial(build, declared, formulas, latex=latex)
            return theory
        except TwoVectors as found:
            split |= {str(found)}
        except Numbers as found:
            numbers |= found.names


def _built(
    declared: Declarations,
    formulas: Sequence[Formula],
    latex: bool,
    split: frozenset[str],
    numbers: frozenset[str],
    chosen: Mapping[str, str],
    last: int | None,
) -> Theory:
    statements = Statements(declared, formulas, latex)
    statements.read()
    layers = declared.layers or (Layers(stated=False) if last is None else Layers(last=last))
    operators = {**operators_in_words({id(f.source): f.source.text for f in formulas}.values()), **declared.operators}
    theory = Theory(layout=declared.layout, operators=operators, layers=layers, split=split, numbers=numbers)
    theory.skipped = len(statements.skipped)
    theory.expressions = statements.expressions
    declaring = Declaring(statements, theory)
    declaring.declare()
    statements.links = without_spreads(statements.links, theory)
    statements.links = named_solutions(without_steps(statements.links, theory.names), theory.names)
    statements.links = with_roots(with_indices_for_arguments(statements.links), theory.names)
    assume(statements, theory, chosen)
    over_examples(statements, theory)
    _learn_arguments(statements.links, theory)
    defining = [link for link in statements.links if link.given or head(link.left)[0] is not None]
    theory.sets = {s for node in _nodes(defining) if isinstance(node, syntax.Big) and (s := set_of_sum(node))}
    statements.links = [with_indices(link, theory.last_names) for link in statements.links]
    families = Families(theory, statements.links, declaring.waiting)
    families.settle()
    definer = Definer(statements, theory, families)
    definer.define()
    suppose_loss(statements.links, theory)
    claims = [link for place, link in enumerate(statements.links) if place not in definer.made]
    unify(theory, claims, definer.make_one)
    declaring.assume()
    families.waiting += explained(theory, statements.links)
    families.resolve_gradients()
    theory.relations = definer.unmet()
    theory.definitions = with_named_parts(theory.definitions, set(_variables(statements.links, theory)))
    statements.links[:] = with_arguments(statements.links, theory.scope())
    reconsider(statements.links, theory)
    _declare_variables(statements.links, theory)
    _declare_rates(statements.links, theory)
    theory.given = [link for link in statements.links if link.given]
    theory.readings += statements.unread
    _classify(statements.links, theory, definer)
    theory.useless = [
        Reading(link, "unread", definer.problems[place].message, definer.problems[place].span)
        for place, link in enumerate(statements.links)
        if link.given and place in definer.problems
    ]
    theory.undefined = undefined(theory)
    return theory


def _variables(links: Sequence[Link], theory: Theory) -> Iterator[str]:
    """The names of families that something is differentiated by."""
    for node in _nodes(links):
        by = node.by if isinstance(node, syntax.Derivative) else ()
        if isinstance(node, syntax.Nabla) and node.by is not None:
            by = (node.by.body,)
        for name in by:
            use = theory.names.match(name) if isinstance(name, syntax.Name) else None
            if use is not None:
                yield family_name(use.family)


def _applications(links: Sequence[Link]) -> Iterator[tuple[syntax.Name, syntax.Name]]:
    """The name before a group, and the name that the group is all of: f and z of `f(z)`, also where f is a factor."""
    for product in (node for node in _nodes(links) if isinstance(node, syntax.Product)):
        for name, group in zip(product.items, product.items[1:], strict=False):
            inner = group.inner if isinstance(group, syntax.Group) and len(group.parts) == 1 else None
            if isinstance(name, syntax.Name) and isinstance(inner, syntax.Name):
                yield name, inner


def _learn_arguments(links: Sequence[Link], theory: Theory) -> None:
    r"""The z of `\sigma(z)`: what functions are applied to, by the core of its name."""
    for name, inner in _applications(links):
        theory.applied.setdefault(name.core, {}).setdefault(inner.core, inner)


def _declare_variables(links: Sequence[Link], theory: Theory) -> None:
    """A letter that only stands as the argument of a function is a number: the z of `f'(z) = ...`."""
    scope = theory.scope()
    for name, inner in _applications(links):
        if inner.sub is not None or inner.sup is not None:
            continue
        elementwise = is_function(name, scope) and function_of(name, scope) not in SPECIAL.values()
        if elementwise and inner.base not in DOTS and theory.names.match(inner) is None:
            _declare_number(inner, "argument of a function", theory)


def _declare_rates(links: Sequence[Link], theory: Theory) -> None:
    r"""The $\alpha$ of `w := w - \alpha \nabla_w L` is a number, if nothing else is said of it."""
    for link in links:
        for name in syntax.walk(link.right) if is_update(link) else ():
            plain = isinstance(name, syntax.Name) and name.sub is None and name.sup is None and name.base in RATES
            if plain and theory.names.match(name) is None:
                _declare_number(name, "rate of an update", theory)


def _declare_number(name: syntax.Name, how: str, theory: Theory) -> None:
    found = spelling(name)
    theory.names.add(Family(found.core, found.fonts, (), Shape(), name.core))
    theory.learned.append(Learned(name.core, Shape(), how, span=name.span, core=name.core))


def _classify(links: Sequence[Link], theory: Theory, definer: Definer) -> None:
    """Say of every link what it is."""
    for place in sorted(range(len(links)), key=lambda k: (links[k].statement, links[k].number)):
        link = links[place]
        if not link.given:
            theory.readings.append(_reading(link, place, definer))
            if theory.readings[-1].kind == "claim":
                _learn_nabla(link, theory)
    theory.readings.sort(key=lambda reading: (reading.link.statement, reading.link.number))


def _reading(link: Link, place: int, definer: Definer) -> Reading:
    if link.unread:
        return Reading(link, "unread", link.unread, link.span)
    if link.condition is not None and any(core.lstrip("\\") in link.condition for core in definer.theory.class_numbers):
        return Reading(link, "unread", "the condition behind it is not read", link.span)
    if link.relation == "in" or is_condition(link) or (link.statement, link.number) in definer.theory.stated:
        return Reading(link, "declaration")
    if is_differential(link.left, link.right):
        return Reading(link, "unread", "rules for differentials are not judged", link.span)
    if place in definer.made or (link.relation == "gets" and is_numeric(link.right)):
        return Reading(link, "definition")
    printed = link.relation == "approx" and any(is_plain(side) for side in (link.left, link.right))
    if link.relation not in ("=", ":=", "gets") and not printed:
        return Reading(link, "unread", f"the relation {link.relation} is not judged", link.span)
    if place in definer.asides or definer.speaks_of_some(link):
        return Reading(link, "declaration")
    if is_supposed(link) and definer.is_of_inputs(link):
        definer.theory.relations.append(link)
        return Reading(link, "declaration")
    name, arguments = head(link.left)
    if place in definer.problems and arguments is not None:
        function = definer.theory.calls.get(call_key(name))
        if function is not None and function.body is link.right:
            return Reading(link, "definition")
    if place in definer.problems:
        problem = definer.problems[place]
        return Reading(link, "unread", problem.message, problem.span, isinstance(problem, Bounded))
    return Reading(link, "claim")


def _learn_nabla(link: Link, theory: Theory) -> None:
    r"""A bare `\nabla` is taken by what the first derivative of a claim is taken by."""
    if theory.bare_nabla is not None:
        return
    for node in _nodes([link]):
        by = node.by.body if isinstance(node, syntax.Nabla) and node.by is not None else None
        if isinstance(node, syntax.Derivative):
            by = node.by[0]
        if isinstance(by, syntax.Name):
            try:
                term = elaborate(by, theory.scope())[0].term
            except (Unread, Missing):
                continue
            if isinstance(term, Symbol):
                theory.bare_nabla = term
                return


def _nodes(links: Sequence[Link]) -> Iterator[syntax.Node]:
    return (node for link in links for side in (link.left, link.right) for node in syntax.walk(side))
