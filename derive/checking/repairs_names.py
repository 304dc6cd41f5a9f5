"""Repairs of names: an index that is off, another symbol of the document, the bounds of a sum."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from derive.checking.edits import Edit, Page, inside
from derive.checking.factors import TRANSPOSED, change_of, is_transposed, script_of, transposed_name
from derive.checking.vocabulary import Entry
from derive.reading import syntax
from derive.reading.functions import is_function
from derive.reading.names import parse_index


def indices(page: Page) -> Iterator[Edit]:
    """`z_{l-1}` for `z_l`, `w_{kj}` for `w_{jk}`"""
    letters = sorted({*page.scope.ranges, *page.vocabulary.letters})
    for node in inside(page.root):
        if not isinstance(node, syntax.Name | syntax.Group):
            continue
        for place_ in ("sub", "sup"):
            script = getattr(node, place_)
            if script is None or TRANSPOSED.fullmatch(script.text):
                continue
            if place_ == "sup" and isinstance(script.body, syntax.Number):
                continue
            for text in _neighbours(script.text, letters):
                place, span = page.span(script), page.span(node)
                new = replace(node, **{place_: script_of(text, script.span)})
                spelled = text if len(text) == 1 else f"{{{text}}}"
                change = change_of(page, node, new, (span[0], place[0]), spelled, (place[1], span[1]))
                within = any(isinstance(n, syntax.Name) and n.primes for n in inside(page.root))
                code = "D402" if within and _is_argument(page, node) else "D602"
                yield Edit((change,), code, 1.2, f"the index of {page.shows(node)} is wrong", span)


def _is_argument(page: Page, inner: syntax.Node) -> bool:
    """Whether a name is the argument of the derivative of a function."""
    for node in inside(page.root):
        if isinstance(node, syntax.Product):
            for name, group in itertools.pairwise(node.items):
                called = isinstance(name, syntax.Name) and (name.primes or is_function(name, page.scope))
                if called and any(part is inner for part in syntax.walk(group)):
                    return True
    return False


def _neighbours(text: str, letters: list[str]) -> Iterator[str]:
    """Texts of indices beside this one."""
    if re.search(r"(?<!\\)(?<![A-Za-z])[A-Za-z]{3,}", text):
        return  # a word is no index
    for found in re.finditer(r"(\\[A-Za-z]+|[A-Za-z])\s*([+-]\s*\d+)?|\d+", text):
        whole = found.group(0)
        index = parse_index(whole.replace(" ", ""))
        if index is None or whole == "T" or (whole.startswith("\\") and whole not in ("\\ell", "\\tau")):
            continue
        spelled = found.group(1) or ""
        for step in (1, -1, 2, -2):
            offset = index.offset + step
            if spelled:
                new = f"{spelled}{offset:+d}" if offset else spelled
            else:
                new = str(offset) if offset >= 0 else ""
            if new:
                yield text[: found.start()] + new + text[found.end() :]
        for letter in letters:
            if letter != index.name and len(letter) == 1:
                yield text[: found.start()] + letter + text[found.end() :]
    if len(text) == 2 and text.isalpha():
        yield text[::-1]
    if re.fullmatch(r"\w+,\w+", text):
        a, b = text.split(",")
        yield f"{b},{a}"


def other_names(page: Page) -> Iterator[Edit]:
    """A name of the document for another one: of the same shape, or of the transposed one, transposed alike."""
    for node in inside(page.root):
        if not isinstance(node, syntax.Name | syntax.Derivative | syntax.Number):
            continue
        if isinstance(node, syntax.Name) and is_function(node, page.scope):
            continue
        if isinstance(node, syntax.Number) and "." in node.text:
            continue  # a number of an example, and no symbol
        turned = is_transposed(node)
        plain = replace(node, sup=None) if turned else node
        if (term := page.term(plain)) is None or (span := page.span(node))[0] == span[1]:
            continue
        for entry in page.vocabulary.operands:
            other = page.term(entry.node)
            if other is None or other == term or is_transposed(entry.node):
                continue
            same = other.shape == term.shape
            new, text = transposed_name(page, entry) if turned else (entry.node, entry.text)
            cost = (1.9 if same else 2.3) + 0.3 * isinstance(node, syntax.Number)
            if type(entry.node) is not type(node):
                cost += 0.05  # a derivative is rather taken for another one than for a name
            reason = f"{page.shows(node)} stands where `{entry.text}` belongs"
            yield Edit((change_of(page, node, new, text),), "D307", cost, reason, span)
        whole = page.shape(node)
        for entry in page.vocabulary.operands if whole is not None and not whole.is_vector else ():
            if page.shape(entry.node) == (whole if turned else whole.T) and not whole.is_scalar:
                new, text = (entry.node, entry.text) if turned else transposed_name(page, entry)
                reason = f"{page.shows(node)} stands where `{text}` belongs"
                yield Edit((change_of(page, node, new, text),), "D307", 2.0, reason, span)


def other_letters(page: Page) -> Iterator[Edit]:
    r"""`z^{[l]}` for `a^{[l]}`: another letter of the document with the same indices"""
    letters = {text: entry.node for entry in page.vocabulary.names if (text := _without_scripts(entry)) is not None}
    for node in inside(page.root):
        if not isinstance(node, syntax.Name) or node.primes or (node.sub is None and node.sup is None):
            continue
        span, first = page.span(node), min(s.span[0] for s in (node.sub, node.sup) if s is not None)
        start = page.text.rfind("_", span[0], first + 1), page.text.rfind("^", span[0], first + 1)
        own = page.text[span[0] : max(start)] if max(start) > 0 else ""
        if page.shape(node) is None or not own or own.count("{") != own.count("}"):
            continue
        for text, other in letters.items():
            if text != own.strip():
                new = replace(node, base=other.base, fonts=other.fonts, accents=other.accents)
                reason = f"{page.shows(node)} stands where a `{text}` with these indices belongs"
                change = change_of(page, node, new, text, (max(start), span[1]))
                yield Edit((change,), "D307", 2.0, reason, span)


def _without_scripts(entry: Entry) -> str | None:
    """The text of a name up to its indices."""
    found = re.match(r"(\\?[A-Za-z]+|\\[A-Za-z]+\{[^{}]*\})(?=[_^]|$)", entry.text)
    return found[0] if found and isinstance(entry.node, syntax.Name) else None


def sums(page: Page) -> Iterator[Edit]:
    r"""Another upper bound; a sum too many; the sum over the examples that is missing"""
    for node in inside(page.root):
        if not isinstance(node, syntax.Big):
            continue
        span = page.span(node)
        body = page.span(node.body)
        change = change_of(page, node, node.body, body)
        yield Edit((change,), "D404", 1.6, "the sum is one too many", (span[0], body[0]))
        if node.lower is not None and isinstance(node.lower.body, syntax.Comparison):
            yield from _lower_bounds(page, node)
        if node.upper is not None:
            place = page.span(node.upper)
            texts = [name for name in (*page.vocabulary.dimensions,) if name != node.upper.text]
            if isinstance(node.upper.body, syntax.Number):
                value = int(node.upper.body.value)
                texts += [str(value - 1), str(value + 1)]
            for text in texts:
                inner = (
                    syntax.Number(Fraction(text), text, span=place)
                    if text.isdecimal()
                    else page.vocabulary.dimension(text, place)
                )
                new = replace(node, upper=script_of(text, node.upper.span, inner))
                change = change_of(page, node, new, (span[0], place[0]), f"{{{text}}}", (place[1], span[1]))
                yield Edit(
                    (change,), "D603", 1.2, f"the sum runs to {node.upper.text}, one range too far or too short", place
                )
    yield from _missing_sums(page)


def _lower_bounds(page: Page, node: syntax.Big) -> Iterator[Edit]:
    comparison = node.lower.body
    number = comparison.sides[-1]
    if not isinstance(number, syntax.Number) or comparison.relations != ("=",):
        return
    for value in (1, int(number.value) + 1, int(number.value) - 1):
        if value != number.value and value >= 0:
            text = node.lower.text[: node.lower.text.index("=") + 1] + str(value)
            new = replace(number, value=Fraction(value), text=str(value))
            body = replace(comparison, sides=(comparison.sides[0], new))
            span, place = page.span(node), page.span(number)
            lower = replace(node.lower, body=body, text=text)
            change = change_of(
                page, node, replace(node, lower=lower), (span[0], place[0]), str(value), (place[1], span[1])
            )
            yield Edit((change,), "D603", 1.2, f"the sum starts at {number.text}", place)


def _missing_sums(page: Page) -> Iterator[Edit]:
    """A vector or matrix summed over one axis, or whole."""
    span, shape = page.span(page.root), page.shape(page.root)
    if shape is None or shape.is_scalar:
        return
    letter = next((k for k in ("i", "j", "k", "n") if k not in page.vocabulary.taken), None)
    if letter is None:
        return
    for axis, dim in enumerate((shape.rows, shape.cols)):
        upper = page.vocabulary.spelled(dim)
        if upper is None:
            continue
        if shape.is_vector or str(shape.rows) == "1":
            if str(dim) == "1":
                continue
            text = letter
        else:
            text = f"{letter},:" if axis == 0 else f":,{letter}"
        group = syntax.Group("(", ")", (page.root,), sub=script_of(text, span), span=span)
        if (
            isinstance(page.root, syntax.Group)
            and page.root.opening == "("
            and page.root.sub is None
            and page.root.sup is None
        ):
            group, pieces = replace(page.root, sub=script_of(text, span)), (span, f"_{{{text}}}")
        else:
            pieces = ("\\left(", span, f"\\right)_{{{text}}}")
        one = syntax.Number(Fraction(1), "1", span=span)
        lower = syntax.Comparison((syntax.Name(letter, span=span), one), ("=",), span=span)
        big = syntax.Big(
            "sum",
            script_of(f"{letter}=1", span, lower),
            script_of(upper, span, page.vocabulary.dimension(upper, span)),
            group,
            span=span,
        )
        change = change_of(page, page.root, big, f"\\sum_{{{letter}=1}}^{{{upper}}} ", *pieces)
        yield Edit((change,), "D404", 1.2, f"the sum over {upper} is missing", span)
