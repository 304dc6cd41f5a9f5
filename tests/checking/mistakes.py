"""The mistakes that people make in a derivation, each planted in a right side that is true.

One row per mistake: the codes that name it, and what it makes of a right side, as texts. Nothing here is shared with
the search for repairs: a mistake is written into the source as an author would write it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from derive.reading import syntax
from derive.reading.functions import is_function
from tests.checking.sheets import Factor, Sheet

TRANSPOSE = re.compile(r"\^\s*(?:\\top|\\intercal|T|\{\s*(?:\\top|\\intercal|T|\\mathrm\{T\}|\\mathsf\{T\})\s*\})$")
MATRIX, ELEMENTWISE = ("", "cdot", "times"), ("odot", "circ", "*", ".*", "otimes", "bullet")


@dataclass(frozen=True)
class Mistake:
    """A kind of mistake: the codes that a finding may name it by, and how it is made."""

    name: str
    codes: tuple[str, ...]
    plant: Callable[[Sheet], Iterator[str]]


def bracketed(text: str) -> str:
    return rf"\left({text}\right)"


def is_sum(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Big) or (isinstance(node, syntax.Total) and len(node.terms) > 1)


def whole(sheet: Sheet) -> str:
    """The right side, ready to stand as a factor."""
    text = sheet.shows(sheet.right)
    return bracketed(text) if is_sum(sheet.right) or text.startswith(("-", "+")) else text


def totals(sheet: Sheet) -> Iterator[syntax.Total]:
    return (node for node in sheet.places if isinstance(node, syntax.Total))


def written(sheet: Sheet, parts: list[tuple[Factor, str | None]]) -> str:
    """Factors in an order, each with the sign in front of it (None: its own)."""
    texts = []
    for place, (part, sign) in enumerate(parts):
        own = sheet.shows(part.sign) if part.sign is not None else ""
        texts += [own if sign is None else sign] if place else []
        texts.append(sheet.shows(part.span))
    return " ".join(text for text in texts if text)


# ---------------------------------------------------------------- D3: signs, factors, terms, powers, brackets


def sign_flipped(sheet: Sheet) -> Iterator[str]:
    for total in totals(sheet):
        for signed in total.terms:
            new = {"+": "-", "-": "+"}.get(signed.sign)
            if new and sheet.is_here(signed):
                first = signed is total.terms[0] and new == "+"
                yield sheet.replaced((signed, f"{'' if first else new} {sheet.shows(signed.term)}"))


def negated(sheet: Sheet) -> Iterator[str]:
    yield f"-{whole(sheet)}"


def constant_factor(sheet: Sheet) -> Iterator[str]:
    for factor in ("2", r"\frac{1}{2}"):
        yield f"{factor} {whole(sheet)}"


def number_changed(sheet: Sheet) -> Iterator[str]:
    for node in sheet.places:
        if isinstance(node, syntax.Number) and node.value.denominator == 1:
            yield sheet.replaced((node, str(2 * int(node.value) or 1)))
            yield sheet.replaced((node, str(int(node.value) + 1)))


def mean_added(sheet: Sheet) -> Iterator[str]:
    for name in sheet.counts[:1]:
        yield rf"\frac{{1}}{{{name}}} {whole(sheet)}"


def divisor_lost(sheet: Sheet) -> Iterator[str]:
    for node in sheet.places:
        if isinstance(node, syntax.Fraction_):
            over = sheet.shows(node.over)
            inside = isinstance(node.over, syntax.Total) or over.startswith("-")
            yield sheet.replaced((node, bracketed(over) if inside else f"{{{over}}}"))


def factor_lost(sheet: Sheet) -> Iterator[str]:
    for product, parts in sheet.products:
        for part in parts:
            if not part.is_slope:
                rest = [(other, None) for other in parts if other is not part]
                yield sheet.replaced((product, written(sheet, rest)))


def factor_added(sheet: Sheet) -> Iterator[str]:
    for name, shape in sheet.names:
        if shape.is_scalar:
            yield f"{name} {whole(sheet)}"


def term_lost(sheet: Sheet) -> Iterator[str]:
    for total in totals(sheet):
        if len(total.terms) > 1 and all(map(sheet.is_here, total.terms)):
            for lost in total.terms:
                rest = [signed for signed in total.terms if signed is not lost]
                texts = [f"{signed.sign} {sheet.shows(signed.term)}" for signed in rest]
                yield sheet.replaced((total, " ".join(texts).removeprefix("+ ")))


def term_added(sheet: Sheet) -> Iterator[str]:
    own = sheet.instances[0].lefts[0].term.shape
    for name, shape in sheet.names:
        if shape == own:
            yield f"{sheet.shows(sheet.right)} + {name}"
            yield f"{sheet.shows(sheet.right)} - {name}"
            return


def power_wrong(sheet: Sheet) -> Iterator[str]:
    for node in sheet.places:
        sup, text = getattr(node, "sup", None), sheet.shows(node)
        if isinstance(node, syntax.Name | syntax.Group) and sup is None and "^" not in text[-3:]:
            shape = sheet.shape(node)
            if shape is not None and shape.is_scalar and not getattr(node, "primes", 0):
                yield sheet.replaced((node, f"{text}^2"))
        elif isinstance(getattr(sup, "body", None), syntax.Number) and isinstance(node, syntax.Name | syntax.Group):
            found = re.search(r"\^\s*(?:\{\s*(\d+)\s*\}|(\d))$", text)
            if found:
                base, power = text[: found.start()], int(found[1] or found[2])
                yield sheet.replaced((node, f"{base}^{{{power + 1}}}"))
                yield sheet.replaced((node, base if power == 2 else f"{base}^{{{power - 1}}}"))


def brackets_lost(sheet: Sheet) -> Iterator[str]:
    factors = {id(part.node) for _, parts in sheet.products for part in parts}
    for node in sheet.places:
        if not isinstance(node, syntax.Group) or node.opening not in ("(", "[") or len(node.parts) != 1:
            continue
        matters = is_sum(node.inner) or (isinstance(node.inner, syntax.Product) and id(node) in factors)
        if matters and node.sup is None and node.sub is None and not node.primes:
            yield sheet.replaced((node, sheet.shows(node.inner)))


# ---------------------------------------------------------------- D2: transposes, order


def transpose_changed(sheet: Sheet) -> Iterator[str]:
    for node in sheet.places:
        if isinstance(node, syntax.Name | syntax.Group | syntax.Fraction_ | syntax.Derivative):
            text, shape = sheet.shows(node), sheet.shape(node)
            if shape is None or shape.is_scalar:
                continue
            if found := TRANSPOSE.search(text):
                yield sheet.replaced((node, text[: found.start()]))
            elif getattr(node, "sup", None) is None and isinstance(node, syntax.Name | syntax.Group):
                yield sheet.replaced((node, rf"{text}^\top"))
            else:
                yield sheet.replaced((node, rf"{bracketed(text)}^\top"))


def order_swapped(sheet: Sheet) -> Iterator[str]:
    for product, parts in sheet.products:
        for place in range(1, len(parts)):
            order: list[tuple[Factor, str | None]] = [(part, None) for part in parts]
            order[place - 1], order[place] = (parts[place], _sign(sheet, parts[place - 1])), (parts[place - 1], None)
            order[place] = parts[place - 1], _sign(sheet, parts[place])
            yield sheet.replaced((product, written(sheet, order)))


def _sign(sheet: Sheet, part: Factor) -> str:
    return sheet.shows(part.sign) if part.sign is not None else ""


# ---------------------------------------------------------------- D4: kinds of products, slopes, sums, means


def product_confused(sheet: Sheet) -> Iterator[str]:
    for product, parts in sheet.products:
        for place in range(1, len(parts)):
            name = parts[place].sign.name if parts[place].sign is not None else ""
            new = "" if name in ELEMENTWISE else r"\odot" if name in MATRIX else None
            if new is not None:
                order = [(part, new if k == place else None) for k, part in enumerate(parts)]
                yield sheet.replaced((product, written(sheet, order)))


def slope_lost(sheet: Sheet) -> Iterator[str]:
    for product, parts in sheet.products:
        for part in parts:
            if part.is_slope:
                rest = [(other, None) for other in parts if other is not part]
                yield sheet.replaced((product, written(sheet, rest)))


def slope_twice(sheet: Sheet) -> Iterator[str]:
    for _, parts in sheet.products:
        for part in parts:
            if part.is_slope:
                shape = sheet.shape(part.node)
                sign = " " if shape is not None and shape.is_scalar else r" \odot "
                yield sheet.replaced((part.span, sheet.shows(part.span) + sign + sheet.shows(part.span)))


def prime_confused(sheet: Sheet) -> Iterator[str]:
    for node in sheet.places:
        for name, group in itertools.pairwise(node.items) if isinstance(node, syntax.Product) else ():
            if isinstance(name, syntax.Name) and isinstance(group, syntax.Group) and sheet.is_here(name):
                text = sheet.shows(name)
                if name.primes:
                    yield sheet.replaced((name, re.sub(r"('|\^\s*\{?\s*(\\prime|')\s*\}?)$", "", text)))
                elif is_function(name, sheet.scope) and name.core.lstrip("\\") not in ("log", "exp", "ln"):
                    yield sheet.replaced((name, f"{text}'"))


def sum_lost(sheet: Sheet) -> Iterator[str]:
    for node in sheet.places:
        if isinstance(node, syntax.Big) and node.name == "sum" and sheet.is_here(node.body):
            yield sheet.replaced((node, sheet.shows(node.body)))


def sum_added(sheet: Sheet) -> Iterator[str]:
    for name in sheet.counts[:1]:
        letter = next(k for k in "qrus" if k not in sheet.text.replace("\\", " ").split())
        yield rf"\sum_{{{letter}=1}}^{{{name}}} {whole(sheet)}"


# ---------------------------------------------------------------- names, indices, bounds


def symbol_confused(sheet: Sheet) -> Iterator[str]:
    for node in sheet.places:
        if not isinstance(node, syntax.Name) or node.primes or is_function(node, sheet.scope):
            continue
        text, shape = sheet.shows(node), sheet.shape(node)
        others = [name for name, other in sheet.names if other == shape and name != text]
        for name in others[:3] if shape is not None else ():
            yield sheet.replaced((node, name))


def index_shifted(sheet: Sheet) -> Iterator[str]:
    letters = sorted(sheet.scope.ranges)
    for node in sheet.places:
        if not isinstance(node, syntax.Name) or is_function(node, sheet.scope):
            continue
        for script in (node.sub, node.sup):
            if script is None or not sheet.is_here(script) or (script is node.sup and _is_power(script)):
                continue
            text = sheet.shows(script)
            inner = text[1:-1] if text.startswith("{") and text.endswith("}") else text
            for new in dict.fromkeys(_beside(inner, letters)):
                yield sheet.replaced((script, f"{{{new}}}"))


def _is_power(script: syntax.Script) -> bool:
    return isinstance(script.body, syntax.Number) or "T" in script.text or "\\" in script.text


def _beside(text: str, letters: list[str]) -> Iterator[str]:
    """Indices next to an index: `l-1` for `l`, `2` for `1`, another running letter, letters swapped."""
    for found in re.finditer(r"(?<![A-Za-z\\])([a-z])\s*([+-]\s*\d+)?(?![a-zA-Z])|\d+", text):
        before, after = text[: found.start()], text[found.end() :]
        if found[1] is None:
            number = int(found[0])
            yield f"{before}{number + 1}{after}"
            if number > 1:
                yield f"{before}{number - 1}{after}"
            continue
        offset = int((found[2] or "0").replace(" ", ""))
        for other in (offset + 1, offset - 1):
            yield f"{before}{found[1]}{f'{other:+d}' if other else ''}{after}"
        for letter in letters:
            if letter != found[1]:
                yield f"{before}{letter}{found[2] or ''}{after}"
    if re.fullmatch("[a-z]{2}", text):
        yield text[::-1]


def bounds_wrong(sheet: Sheet) -> Iterator[str]:
    for node in sheet.places:
        if not isinstance(node, syntax.Big):
            continue
        if node.upper is not None and sheet.is_here(node.upper):
            text = sheet.shows(node.upper).strip("{}")
            yield sheet.replaced((node.upper, f"{{{text}-1}}"))
            for name in sheet.counts:
                if name != text:
                    yield sheet.replaced((node.upper, f"{{{name}}}"))
        lower = node.lower.body if node.lower is not None else None
        if isinstance(lower, syntax.Comparison) and isinstance(lower.sides[-1], syntax.Number):
            yield sheet.replaced((lower.sides[-1], str(int(lower.sides[-1].value) + 1)))


MISTAKES = (
    Mistake("sign of a summand flipped", ("D301",), sign_flipped),
    Mistake("negated", ("D301",), negated),
    Mistake("a constant factor", ("D302",), constant_factor),
    Mistake("another number", ("D302", "D305"), number_changed),
    Mistake("1/n added", ("D405", "D206"), mean_added),
    Mistake("a divisor lost", ("D302", "D405", "D304", "D206"), divisor_lost),
    Mistake("a factor lost", ("D304", "D302", "D405"), factor_lost),
    Mistake("a factor added", ("D304",), factor_added),
    Mistake("a term lost", ("D303",), term_lost),
    Mistake("a term added", ("D303",), term_added),
    Mistake("a wrong power", ("D305",), power_wrong),
    Mistake("brackets lost", ("D306",), brackets_lost),
    Mistake("a transpose lost or added", ("D202", "D201", "D206"), transpose_changed),
    Mistake("factors swapped", ("D203", "D201"), order_swapped),
    Mistake("elementwise for matrix, or back", ("D403", "D205"), product_confused),
    Mistake("slope lost", ("D401",), slope_lost),
    Mistake("slope twice", ("D401", "D402"), slope_twice),
    Mistake("function for slope, or back", ("D402",), prime_confused),
    Mistake("sum lost", ("D404",), sum_lost),
    Mistake("sum added", ("D404", "D405"), sum_added),
    Mistake("neighbouring symbol", ("D307",), symbol_confused),
    Mistake("neighbouring index", ("D602", "D402"), index_shifted),
    Mistake("bounds of a sum", ("D603",), bounds_wrong),
)  # fmt: skip
