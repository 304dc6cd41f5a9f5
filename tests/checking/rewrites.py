"""Other ways to write the same: rows that leave the value of a true right side as it is.

A rewrite is text, as an author would write it. Where it cannot be known that the value is the same, nothing is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from derive.reading import syntax
from derive.reading.functions import function_of, is_function
from tests.checking.mistakes import TRANSPOSE, Factor, bracketed, is_sum, totals, whole, written
from tests.checking.sheets import Sheet


@dataclass(frozen=True)
class Rewrite:
    """A way to write the same thing differently, as right sides."""

    name: str
    write: Callable[[Sheet], Iterator[str]]


def sums_commuted(sheet: Sheet) -> Iterator[str]:
    for total in totals(sheet):
        terms = total.terms
        if len(terms) < 2 or not all(map(sheet.is_here, terms)) or any(term.sign == "±" for term in terms):
            continue
        if any(isinstance(node, syntax.Big) for term in terms for node in syntax.walk(term)):
            continue  # the body of a sum reaches over what stands behind it
        for first in range(1, len(terms)):
            order = [terms[first], *(term for term in terms if term is not terms[first])]
            texts = [f"{term.sign} {sheet.shows(term.term)}" for term in order]
            yield sheet.replaced((total, " ".join(texts).removeprefix("+ ")))


def elementwise_commuted(sheet: Sheet) -> Iterator[str]:
    for product, parts in sheet.products:
        if len(parts) == 2 and parts[1].sign is not None and parts[1].sign.name in ("odot", "circ"):
            a, b = (sheet.shows(part.span) for part in parts)
            yield sheet.replaced((product, f"{b} {sheet.shows(parts[1].sign)} {a}"))


def scalar_moved(sheet: Sheet) -> Iterator[str]:
    """`X c` for `c X`: a scalar in front goes behind."""
    for product, parts in sheet.products:
        shape = sheet.shape(parts[0].node)
        if shape is None or not shape.is_scalar or any(part.sign is not None for part in parts):
            continue
        if isinstance(parts[0].node, syntax.Number | syntax.Fraction_) and not _has_slash(sheet, product):
            last = parts[-1].node
            if isinstance(last, syntax.Big | syntax.Nabla) or is_sum(last):
                continue
            rest = written(sheet, [(part, None) for part in parts[1:]])
            yield sheet.replaced((product, rf"{rest} \cdot {sheet.shows(parts[0].span)}"))


def _has_slash(sheet: Sheet, product: syntax.Product) -> bool:
    return "/" in sheet.shows(product)


def distributed(sheet: Sheet) -> Iterator[str]:
    """`A b + A c` for `A (b + c)`, of two factors without a sign or with an elementwise one."""
    for product, parts in sheet.products:
        for place, part in enumerate(parts):
            group = part.node
            if not isinstance(group, syntax.Group) or not is_sum(group.inner) or len(group.parts) != 1:
                continue
            if group.opening not in ("(", "[") or group.sup or group.sub or group.primes:
                continue
            if not isinstance(group.inner, syntax.Total) or not _is_plain(sheet, product, parts):
                continue
            if any(isinstance(node, syntax.Big) for node in syntax.walk(group)):
                continue
            shapes = [sheet.shape(signed.term) for signed in group.inner.terms]
            if any(shape is None or shape != shapes[0] for shape in shapes):
                continue  # a number beside a vector is added to each of its entries
            texts = []
            for signed in group.inner.terms:
                inner = sheet.shows(signed.term)
                one = [inner if k == place else sheet.shows(other.span) for k, other in enumerate(parts)]
                signs = [sheet.shows(other.sign) if other.sign is not None else "" for other in parts]
                texts.append(f"{signed.sign} " + " ".join(f"{s} {t}" for s, t in zip(signs, one, strict=True)).strip())
            yield sheet.replaced((product, bracketed(" ".join(texts).removeprefix("+ "))))


def _is_plain(sheet: Sheet, product: syntax.Product, parts: list[Factor]) -> bool:
    names = {part.sign.name for part in parts if part.sign is not None}
    big = any(isinstance(part.node, syntax.Big) for part in parts)
    return not big and not names - {"odot", "cdot"} and ("odot" not in names or len(parts) == 2)


def transposed_twice(sheet: Sheet) -> Iterator[str]:
    """`(A^T)^T` for `A`"""
    for node in sheet.places:
        shape = sheet.shape(node) if isinstance(node, syntax.Name | syntax.Group) else None
        if shape is None or shape.is_scalar or _is_function_name(sheet, node) or _is_differentiated(sheet, node):
            continue
        text = sheet.shows(node)
        if not TRANSPOSE.search(text) and node.sup is None and not node.primes:
            yield sheet.replaced((node, rf"({text}^{{\top}})^{{\top}}"))


def product_transposed(sheet: Sheet) -> Iterator[str]:
    """`(B^T A^T)^T` for `A B`, of matrices and vectors without a sign between them"""
    for product, parts in sheet.products:
        shapes = [sheet.shape(part.node) for part in parts]
        if any(shape is None or shape.is_scalar for shape in shapes) or any(part.sign is not None for part in parts):
            continue
        if all(isinstance(part.node, syntax.Name | syntax.Group) for part in parts):
            turned = " ".join(_turned(sheet.shows(part.span)) for part in reversed(parts))
            yield sheet.replaced((product, rf"({turned})^\top"))


def _turned(text: str) -> str:
    found = TRANSPOSE.search(text)
    if found:
        return text[: found.start()]
    return rf"{text}^\top" if re.fullmatch(r"\\?\w+|\([^()]*\)", text) else rf"({text})^\top"


def slope_written_out(sheet: Sheet) -> Iterator[str]:
    r"""`\sigma(z) \odot (1 - \sigma(z))` for `\sigma'(z)`, `1 - \tanh^2 z` for `\tanh'(z)`, `1[z > 0]` for ReLU"""
    for parts in _with_single(sheet):
        for part in parts:
            items = part.node.items if isinstance(part.node, syntax.Product) else ()
            if not part.is_slope or len(items) != 2 or not isinstance(items[1], syntax.Group):
                continue
            name, argument = items[0], sheet.shows(items[1])
            plain = re.sub(r"('|\^\s*\{?\s*(\\prime|')\s*\}?)$", "", sheet.shows(name))
            known = function_of(replace(name, primes=0), sheet.scope)
            shape = sheet.shape(part.node)
            sign = "" if shape is not None and shape.is_scalar else r"\odot"
            texts = {
                "sigmoid": [rf"{plain}{argument} {sign} (1 - {plain}{argument})",
                            rf"{plain}{argument} - {plain}{argument} {sign} {plain}{argument}"],
                "tanh": [rf"1 - {plain}{argument} {sign} {plain}{argument}"],
                "relu": [rf"\mathbf{{1}}[{argument.removeprefix('(').removesuffix(')')} > 0]"],
            }.get(known, [])  # fmt: skip
            for text in texts if "left" not in argument else ():
                yield sheet.replaced((part.span, bracketed(text)))


def one_minus_expanded(sheet: Sheet) -> Iterator[str]:
    r"""`\sigma(-z)` for `1 - \sigma(z)`"""
    for total in totals(sheet):
        if len(total.terms) != 2 or [t.sign for t in total.terms] != ["+", "-"]:
            continue
        one, other = (t.term for t in total.terms)
        if not isinstance(one, syntax.Number) or one.value != 1 or not isinstance(other, syntax.Product):
            continue
        name, *rest = other.items
        known = function_of(name, sheet.scope) if _is_function_name(sheet, name) else None
        if known == "sigmoid" and len(rest) == 1 and isinstance(rest[0], syntax.Group) and not rest[0].sup:
            inner = sheet.shows(rest[0].inner)
            yield sheet.replaced((total, rf"{sheet.shows(name)}(-({inner}))"))


def definition_inlined(sheet: Sheet) -> Iterator[str]:
    """What a name is defined to be, in brackets in its place."""
    bodies = {}
    for reading in sheet.theory.readings:
        link = reading.link
        if reading.kind == "definition" and isinstance(link.left, syntax.Name) and link.left.base != "d":
            bodies.setdefault(link.source.text[slice(*link.left.span)].strip(), link)
    for node in sheet.places:
        link = bodies.get(sheet.shows(node)) if isinstance(node, syntax.Name) else None
        if link is None or _is_function_name(sheet, node) or _is_differentiated(sheet, node):
            continue
        start, end = link.right.span
        body = link.source.text[start:end].strip()
        if body.count("{") == body.count("}") and "&" not in body and "\\\\" not in body:
            yield sheet.replaced((node, bracketed(body)))


def _is_differentiated(sheet: Sheet, node: syntax.Node) -> bool:
    outer = (o for o in sheet.places if isinstance(o, syntax.Derivative | syntax.Nabla))
    if sheet.text[: sheet.span(node)[0]].rstrip("{ ").endswith("d"):  # a differential
        return True
    return any(inner is node for o in outer for inner in syntax.walk(o))


def _is_function_name(sheet: Sheet, node: syntax.Node) -> bool:
    return isinstance(node, syntax.Name) and is_function(node, sheet.scope)


def _with_single(sheet: Sheet) -> Iterator[list[Factor]]:
    """The factors of products, also of those that are one function with its argument."""
    return (sheet.factors(node) for node in sheet.places if isinstance(node, syntax.Product))


def bracketed_whole(sheet: Sheet) -> Iterator[str]:
    text = sheet.shows(sheet.right)
    yield rf"\left({text}\right)"
    yield rf"\Bigl[ {text} \Bigr]"
    yield f"-(-{whole(sheet)})"


def nothing_added(sheet: Sheet) -> Iterator[str]:
    """`a + b - b`, `2 a / 2`, `1 a`"""
    text = sheet.shows(sheet.right)
    own = sheet.instances[0].lefts[0].term.shape
    name = next((name for name, shape in sheet.names if shape == own), None)
    if name is not None and not is_big(sheet.right):
        yield f"{text} + {name} - {name}"
    yield rf"\frac{{1}}{{2}} \cdot 2 {whole(sheet)}"
    yield f"1 {whole(sheet)}"


def is_big(node: syntax.Node) -> bool:
    return any(isinstance(inner, syntax.Big) for inner in syntax.walk(node))


def factors_bracketed(sheet: Sheet) -> Iterator[str]:
    """`(A B) C` and `A (B C)` for `A B C`"""
    for product, parts in sheet.products:
        if len(parts) < 3 or any(part.sign is not None for part in parts) or is_big(product):
            continue
        if any(sheet.shape(part.node) is None for part in parts):
            continue
        for start, end in ((0, len(parts) - 1), (1, len(parts))):
            texts = [sheet.shows(part.span) for part in parts]
            texts[start:end] = [f"({' '.join(texts[start:end])})"]
            yield sheet.replaced((product, " ".join(texts)))


SPELLED = (
    (r"\\frac\{1\}\{([A-Za-z]|\d)\}", r"\\dfrac{1}{\1}"),
    (r"\\frac\{1\}\{([A-Za-z]|\d)\}", r"\\tfrac1\1"),
    (r"\\frac\{\\partial ([A-Z])\}\{\\partial ([^{}]+)\}", r"\\partial \1/\\partial \2"),
    (r"\\frac\{\\partial ([A-Z])\}\{\\partial ([^{}]+)\}", r"\\dfrac{\\partial \1}{\\partial \2}"),
    (r"\\odot", r"\\circ"),
    (r"\^\\top", "^T"),
    (r"\^\\top", r"^{\\mathsf T}"),
    (r"\^T(?![A-Za-z])", r"^{\\top}"),
    (r"\^T(?![A-Za-z])", r"^\\intercal"),
    (r"\\left\(|\\right\)|\\bigl\(|\\bigr\)", lambda found: found[0][-1]),
    (r"(?<![A-Za-z\\}_^{])\(", r"\\bigl("),
    ("'", r"^{\\prime}"),
    (r"\\mathrm\{ReLU\}", r"\\operatorname{ReLU}"),
    (r" \+ ", r" {}+{} "),
    (r" ", r"\\, "),
)


def spelled_differently(sheet: Sheet) -> Iterator[str]:
    """The same signs in other words of LaTeX."""
    text = sheet.shows(sheet.right)
    for pattern, new in SPELLED:
        other = re.sub(pattern, new, text)
        if pattern == r"(?<![A-Za-z\\}_^{])\(":
            if "\\left" in text or text.count("(") != len(re.findall(pattern, text)):
                continue
            other = other.replace(")", r"\bigr)")
        if other != text and "\\prime}'" not in other:
            yield other


def matrix_signed(sheet: Sheet) -> Iterator[str]:
    r"""`A \cdot B` for `A B`"""
    for product, parts in sheet.products:
        shapes = [sheet.shape(part.node) for part in parts]
        plain = all(part.sign is None for part in parts) and not any(shape is None for shape in shapes)
        if plain and not is_big(product):
            yield sheet.replaced((product, r" \cdot ".join(sheet.shows(part.span) for part in parts)))


REWRITES = (
    Rewrite("sums commuted", sums_commuted),
    Rewrite("elementwise products commuted", elementwise_commuted),
    Rewrite("a scalar moved behind", scalar_moved),
    Rewrite("products distributed", distributed),
    Rewrite("transposed twice", transposed_twice),
    Rewrite("a product transposed", product_transposed),
    Rewrite("a slope written out", slope_written_out),
    Rewrite("1 - sigma as sigma of -z", one_minus_expanded),
    Rewrite("a definition inlined", definition_inlined),
    Rewrite("brackets around all", bracketed_whole),
    Rewrite("nothing added", nothing_added),
    Rewrite("factors bracketed", factors_bracketed),
    Rewrite("a dot between factors", matrix_signed),
    Rewrite("other words of LaTeX", spelled_differently),
)


# ---------------------------------------------------------------- whole documents


CONVENTIONAL = frozenset("dexzLZ")  # letters that say something: differentials, e, `h x d`, the z of a delta


def renamed(sheet: Sheet) -> Iterator[str]:
    """The document with a symbol of one letter called by another one that it does not use; every place stays."""
    formulas = re.sub(r"\\[A-Za-z]+", " ", " ".join(re.findall(r"\$\$?([^$]+)\$\$?", sheet.text)))
    for name, _ in sheet.names:
        if len(name) > 1 or not name.isalpha() or name in CONVENTIONAL or name in sheet.theory.dimensions:
            continue
        if re.search(rf"[A-Za-z]{name}|{name}[A-Za-z]", formulas):
            continue
        letters = "GPQUVR" if name.isupper() else "gpquvr"
        fresh = [letter for letter in letters if letter not in formulas and not _stands_alone(letter, sheet.text)]
        for letter in fresh[:1]:
            yield re.sub(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])", letter, sheet.text)


def _stands_alone(letter: str, text: str) -> bool:
    """Whether a text, its front matter included, has a letter that is no part of a word."""
    return re.search(rf"(?<![A-Za-z]){letter}(?![A-Za-z])", text) is not None
