r"""Broken, hostile and enormous documents, made by seed: what the tests of robustness and their benchmark read.

Three families: bytes and characters; signs of LaTeX in random order; documents of the corpus that are cut, spliced,
disturbed, or turned into notebooks and LaTeX files first. The makers are rows of a table; a number names one input
for ever.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "corpus" / "dev"
CORPUS = tuple(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md")))


@dataclass(frozen=True)
class Input:
    """A document: what it is called, what it holds. Bytes are decoded as those of a file are."""

    name: str
    content: str | bytes


# ---------------------------------------------------------------- pieces

WRITTEN = r"""
    \frac \partial \sum \prod _ ^ { } ( ) [ ] | \| \left \right \begin{cases} \end{cases} \\ & = + - * / \cdot x y
    z W \odot L \delta \sigma \nabla \mathbf \hat \text{if} \max ^T \top 1 2 0.5 .5 , ; . \in \mathbb{R} \sqrt \log
    \exp \tr \det i j k l t n m d ^{[l]} ^{(i)} _{i} _{ij} \begin{align} \end{align} \newcommand{\a}{\a\a} \a \b
    \quad \def\b#1{#1} \implies \mathbf{1} I \to \neq \lVert \underbrace \operatorname{Tr} np.sum axis=1 $ $$ ` '
    \begin{pmatrix} \end{pmatrix} \sum_{i=1}^n \prod_{i=0}^{9} \overset \limits :: # ## % ~ < > : 0 -1 10^9
"""
SIGNS = WRITTEN.split()
NAMES = (
    "a.md", "a.md", "a.tex", "a.ipynb", "-", "a.qmd", "a\n::error::b.md", "\x1b[31m,a=b.md",
    "é\u202e\udcff.md", "%.md",
)  # fmt: skip
ODD = "\0\t\n\r\x0b\x0c\x1b\x1c\x7f\x85\xa0\xad\u200b\u200f\u202e\u2028\u2029\ufeff\ufffe\uffff𝕏ℝ﷽Ⅷ²½٣"
TEXTS = (  # what would do harm if anything ran it, fetched it, or let it through as it is
    r"\text{</script><script>alert(1)</script>}", "__import__('os').system('touch hacked')", r"\input{/etc/passwd}",
    r"\immediate\write18{touch hacked}", "\n::error::injected", "\r\n::set-output name=a::b", "%0A::warning::injected",
    "\x1b]0;title\x07\x1b[2J", "\u202edrowssap", "]]><failure/>", "&lol;", "<!--", "{{ 7*7 }}", "'; DROP TABLE",
)  # fmt: skip
YAML = (
    "&a", "*a", "!!python/object/apply:os.system", "!!binary", "<<: *a", "? ", "|", ">", "- ", "{", "}", "[", "]", ": ",
    " #", "'", '"', "\t", "---\n", "...\n", "~", "null", "1e9", "0x10", "-1", "1000000000", "9" * 20, "d-d",
    "0 x 0", "n x n symmetric", "one-hot", "index K", "index", "scalar", "derive:", "layers: 20", "layers: 1000000000",
    "layout: jacobian", "loss: x", "functions:\n  f: f", r"f: \frac{x}{0}", "shapes:", "given:\n  - x = y\n  - y = x",
    r"x: n_{l-1} x n_l", r"\delta: x", "x: n*n*n*n*n*n*n*n", "x: n-5", "from: -3", "to: 0", "index: l",
)  # fmt: skip
PREAMBLE = (
    r"\newcommand{\vx}{\mathbf{x}}", r"\def\half{\frac12}", r"\newcommand{\grad}[2]{\frac{\partial #1}{\partial #2}}",
    r"\newcommand{\pair}[2][y]{#1 #2}", r"\DeclareMathOperator{\tr}{tr}", r"\def\loop{\loop\loop}",
    r"\def\d#1{\d{#1#1}}",
    r"\newcommand{\x", r"\def\y#1#2{#2#1}", r"\renewcommand{\frac}[2]{#2}", r"\def\=", r"\newcommand\z[9]{#9#1}",
)  # fmt: skip
_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
_NAME = re.compile(r"\\(?:delta|sigma|hat\{\w\})|(?<![\\\w])[A-Za-z](?:_\w)?(?!\w)")
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[0-9.]+|[A-Za-z]|[^\sA-Za-z0-9]")
_PIECE = re.compile(r"(?:\\hat|\\bar|\\mathbf|\\tilde)?\{?(?:\\[a-z]+|[A-Za-z])\}?(?:[_^](?:\{[^{}]*\}|\w))*|[-+]|\d")
FORMULAS = tuple(_FORMULA.findall(text) for text in CORPUS)


def front(text: str) -> str:
    """The front matter of a document of the corpus."""
    found = _FRONT.match(text)
    return found[0] if found else ""


def inside(formula: str) -> str:
    return formula.strip("$")


# ---------------------------------------------------------------- bytes and characters


def noise(rng: random.Random) -> Input:
    return Input(rng.choice(NAMES), rng.randbytes(rng.randrange(300)))


def flipped(rng: random.Random) -> Input:
    """A document with a few bytes replaced, lost or doubled."""
    data = bytearray(_some(rng)[1].encode())
    for _ in range(rng.randrange(1, 12)):
        place = rng.randrange(len(data))
        data[place : place + 1] = rng.choice([b"", rng.randbytes(1), bytes(data[place : place + 1] * 2), b"$", b"{"])
    return Input(rng.choice(NAMES), bytes(data))


def characters(rng: random.Random) -> Input:
    def one() -> str:
        kinds = [rng.randrange(32, 127), rng.randrange(0x2000, 0x2300), rng.randrange(1, 0xD7FF), 10, 92, 36]
        return rng.choice(ODD) if rng.random() < 0.1 else chr(rng.choice(kinds))

    return Input(rng.choice(NAMES), "".join(one() for _ in range(rng.randrange(200))))


# ---------------------------------------------------------------- signs of LaTeX


def signs(rng: random.Random) -> Input:
    """Signs in random order, in a document that declares names."""
    text = front(_some(rng)[1]) if rng.random() < 0.5 else ""
    return Input(_mostly(rng, "a.md"), text + "$$" + " ".join(rng.choices(SIGNS, k=rng.randrange(50))) + "$$")


def shuffled(rng: random.Random) -> Input:
    """The signs of formulas of one document, in another order, behind its definitions."""
    number, text = _some(rng)
    formulas = FORMULAS[number]
    known = [sign for formula in formulas for sign in _TOKEN.findall(inside(formula))]
    made = ["$$" + " ".join(rng.choices(known, k=rng.randrange(1, 25))) + "$$" for _ in range(rng.randrange(1, 4))]
    return Input("a.md", front(text) + "\n\n".join([*formulas[: rng.randrange(4)], *made]))


def grown(rng: random.Random) -> Input:
    """Well-formed formulas of any sense, over the names of a document."""
    number, text = _some(rng)
    names = [sign for formula in FORMULAS[number] for sign in _NAME.findall(formula)] + ["x", "1", "2", "0.5"]

    def grow(depth: int) -> str:
        if depth == 0 or rng.random() < 0.15:
            return rng.choice(names)
        return _FORMS[rng.randrange(len(_FORMS))](lambda: grow(depth - 1), rng)

    claims = [f"$${grow(rng.randrange(4))} = {grow(rng.randrange(5))}$$" for _ in range(rng.randrange(1, 4))]
    return Input("a.md", front(text) + "\n\n".join([*FORMULAS[number][: rng.randrange(5)], *claims]))


_ENDS = ("n", "d", "9", "L", "n-1")
_FUNCTIONS = (
    "exp", "log", "tanh", "sqrt", "det", "operatorname{tr}", "max", "operatorname{diag}", "sigma", "mathrm{softmax}",
    "mathrm{ReLU}", "mathrm{vec}", "sin",
)  # fmt: skip
_SHAPES = (
    "scalar", "n x n", "1 x n", "2", "3 x 2", "n_l", "n_{l-1} x n_l", "K one-hot", "d symmetric", "index K", "n-1",
    "n_0 x n_{l}", "h x d symmetric", "10000 x 10000",
)  # fmt: skip
_FORMS: tuple[Callable[[Callable[[], str], random.Random], str], ...] = (
    lambda grow, rng: f"{grow()} {grow()}",
    lambda grow, rng: f"{grow()} + {grow()}",
    lambda grow, rng: f"({grow()} - {grow()})",
    lambda grow, rng: rf"\frac{{{grow()}}}{{{grow()}}}",
    lambda grow, rng: rf"\frac{{\partial {grow()}}}{{\partial {grow()}}}",
    lambda grow, rng: f"({grow()})^{rng.choice(['T', '2', '{-1}', '{1/2}', 'n', '{10}', '0', '{99}', '{x}'])}",
    lambda grow, rng: f"{{{grow()}}}_{rng.choice(['i', '{ij}', '1', '{l-1}', 'l', '{n}', '0', '{99}', '{:,i}'])}",
    lambda grow, rng: f"{grow()}^{rng.choice(['{[l]}', '{(i)}', 'l', '{l+1}', 'L', '{(0)}', '{[9]}'])}",
    lambda grow, rng: rf"\sum_{{{rng.choice('ijklt')}={rng.choice('01n')}}}^{{{rng.choice(_ENDS)}}} {grow()}",
    lambda grow, rng: rf"\sum_{rng.choice('ijkl')} {grow()}_{rng.choice('ijkl')}",
    lambda grow, rng: rf"\prod_{{{rng.choice('ijkl')}=1}}^{{{rng.choice(['n', '3', 'L'])}}} {grow()}",
    lambda grow, rng: rf"\{rng.choice(_FUNCTIONS)}({grow()})",
    lambda grow, rng: rf"{grow()} \{rng.choice(['odot', 'cdot', 'times', 'otimes', 'circ', 'bullet'])} {grow()}",
    lambda grow, rng: rf"\|{grow()}\|{rng.choice(['', '^2', '_1', '_F^2', '_2'])}",
    lambda grow, rng: rf"\nabla_{{{grow()}}} {grow()}",
    lambda grow, rng: rf"\mathbf 1[{grow()} {rng.choice(['>', '=', '<'])} {grow()}]",
    lambda grow, rng: rf"\begin{{pmatrix}} {grow()} & {grow()} \\ {grow()} & {grow()} \end{{pmatrix}}",
    lambda grow, rng: rf"\begin{{cases}} {grow()} & {grow()} > 0 \\ {grow()} & \text{{otherwise}} \end{{cases}}",
    lambda grow, rng: rf"\max({grow()}, {grow()})",
    lambda grow, rng: rf"\sigma'({grow()})",
    lambda grow, rng: rf"\underbrace{{{grow()}}}_{{{grow()}}}",
    lambda grow, rng: rf"\frac{{d}}{{d x}} {grow()}",
    lambda grow, rng: rf"-{grow()}",
)  # fmt: skip


# ---------------------------------------------------------------- documents, disturbed


def truncated(rng: random.Random) -> Input:
    text = _some(rng)[1]
    return Input(_mostly(rng, "a.md"), text[: rng.randrange(len(text))])


def spliced(rng: random.Random) -> Input:
    first, second = _some(rng)[1], _some(rng)[1]
    return Input(_mostly(rng, "a.md"), first[: rng.randrange(len(first))] + second[rng.randrange(len(second)) :])


def swapped(rng: random.Random) -> Input:
    """Formulas of other documents behind the declarations of one."""
    text = front(_some(rng)[1])
    return Input("a.md", text + "\n\n".join(rng.choice(rng.choice(FORMULAS)) for _ in range(rng.randrange(1, 6))))


def mutated(rng: random.Random) -> Input:
    return Input("a.md", disturbed(_some(rng)[1], rng, SIGNS))


def exchanged(rng: random.Random) -> Input:
    """A document with signs of its formulas replaced by others of its own."""
    number, text = _some(rng)
    own = [sign for formula in FORMULAS[number] for sign in _PIECE.findall(inside(formula))]
    head = front(text)
    pieces = _PIECE.split(text[len(head) :])
    found = _PIECE.findall(text[len(head) :])
    for _ in range(rng.randrange(1, 5)):
        place = rng.randrange(len(found))
        found[place] = rng.choice([rng.choice(own), rng.choice(own), "", found[place] + rng.choice(own)])
    return Input("a.md", head + "".join(a + b for a, b in zip(pieces, [*found, ""], strict=True)))


def redeclared(rng: random.Random) -> Input:
    """A document whose front matter is disturbed."""
    text = _some(rng)[1]
    head = front(text)
    return Input("a.md", disturbed(head, rng, YAML) + text[len(head) :])


def reshaped(rng: random.Random) -> Input:
    """A document with other shapes declared: its claims are still read."""
    text = _some(rng)[1]
    head = front(text)
    shapes = re.findall(r"^    (\S+): (.+)$", head, re.MULTILINE)
    for name, shape in rng.sample(shapes, min(len(shapes), rng.randrange(1, 4))):
        other = rng.choice([rng.choice(shapes)[1], *_SHAPES])
        head = head.replace(f"    {name}: {shape}\n", f"    {name}: {other}\n")
    return Input("a.md", head + text[len(front(text)) :])


_METADATA = (
    {}, [], None, {"derive": {}}, {"derive": []}, {"derive": "x"}, {"derive": {"shapes": {"x": "d"}}},
    {"derive": {"shapes": {"x": ["d"]}}}, {"derive": {"given": ["x = y", None]}}, {"derive": {"layers": 10**9}},
)  # fmt: skip
_JSON = ('"', "{", "}", "[", "]", ",", ":", "\\", "1e999", "NaN", "null", "\\u", "9" * 5000)


def notebook(rng: random.Random) -> Input:
    """A document as a notebook, in cells; half of them disturbed."""
    text = disturbed(_some(rng)[1], rng, SIGNS) if rng.random() < 0.3 else _some(rng)[1]
    parts = text.split("\n\n")
    kinds = ["markdown", "markdown", "markdown", "raw", "code", rng.choice(["", None, 3])]
    cells: list = [{"cell_type": "raw", "source": parts[0]}]
    for part in parts[1:]:
        source = rng.choice([part, part.splitlines(keepends=True), [part, None, 3]])
        cells.append({"cell_type": rng.choice(kinds), "source": source})
    if rng.random() < 0.2:
        cells.insert(rng.randrange(len(cells)), rng.choice([None, 3, [], "x", {"cell_type": "markdown"}]))
    written = json.dumps({"cells": cells, "metadata": rng.choice(_METADATA)}, ensure_ascii=rng.random() < 0.5)
    if rng.random() < 0.3:
        odd = rng.choice([r"\ud800", r"\u0000", r"\udcff$", r"\u202e"])
        written = written.replace(rng.choice("$x= "), odd, rng.randrange(1, 10))
    if rng.random() < 0.3:
        written = disturbed(written, rng, _JSON)
    return Input("a.ipynb", written)


def latex(rng: random.Random) -> Input:
    """A document as a LaTeX file with macros; half of them disturbed."""
    text = _some(rng)[1]
    head = "".join("% " + line for line in front(text).splitlines(keepends=True))
    macros = "\n".join(rng.sample(PREAMBLE, rng.randrange(5)))
    body = text[len(front(text)) :].replace("x", rng.choice(["x", r"\vx ", r"\pair{x}"]), rng.randrange(5))
    whole = rf"{head}\documentclass{{article}}{macros}\begin{{document}}{body}\end{{document}}"
    return Input("a.tex", disturbed(whole, rng, [*SIGNS, *PREAMBLE]) if rng.random() < 0.5 else whole)


def poisoned(rng: random.Random) -> Input:
    """A document with a text that would do harm somewhere in it."""
    text = _some(rng)[1]
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(text))
        text = text[:place] + rng.choice([*TEXTS, *ODD]) + text[place:]
    return Input(rng.choice(NAMES), text)


def disturbed(text: str, rng: random.Random, alphabet) -> str:
    """The text with a few pieces lost, doubled, replaced, or moved."""
    pieces = re.findall(r"\\[A-Za-z]+|\w+|\s+|.", text)
    for _ in range(rng.randrange(1, 8)):
        place = rng.randrange(len(pieces))
        pieces[place] = rng.choice(["", rng.choice(alphabet), " ", pieces[place] * 2, rng.choice(pieces)])
    return "".join(pieces)


def _some(rng: random.Random) -> tuple[int, str]:
    number = rng.randrange(len(CORPUS))
    return number, CORPUS[number]


def _mostly(rng: random.Random, name: str) -> str:
    return name if rng.random() < 0.8 else rng.choice(NAMES)


# maker, its family, and how many of a hundred inputs it makes
MAKERS: tuple[tuple[Callable[[random.Random], Input], str, int], ...] = (
    (noise, "bytes", 8),
    (flipped, "bytes", 4),
    (characters, "bytes", 12),
    (signs, "tokens", 22),
    (shuffled, "tokens", 11),
    (grown, "tokens", 12),
    (truncated, "documents", 5),
    (spliced, "documents", 4),
    (swapped, "documents", 6),
    (mutated, "documents", 3),
    (exchanged, "documents", 4),
    (redeclared, "documents", 4),
    (reshaped, "documents", 2),
    (notebook, "documents", 4),
    (latex, "documents", 2),
    (poisoned, "documents", 2),
)


def made(seed: int, number: int) -> tuple[str, str, Input]:
    """(family, maker, input) of a number."""
    rng = random.Random(f"{seed} {number}")
    make, family, _ = rng.choices(MAKERS, [weight for _, _, weight in MAKERS])[0]
    return family, make.__name__, make(rng)


# ---------------------------------------------------------------- what no seed would find

D9, REFUSED, ANY = "D9", "refused", "any"


@dataclass(frozen=True)
class Hard:
    """A document that is too much. `end`: each of its claims gets a code of D9, it is refused, or neither."""

    what: str
    content: str
    end: str = D9
    name: str = "a.md"


def _declared(claims: str) -> str:
    return f"---\nderive:\n  shapes:\n    x: n\n    A: n x n\n    c: scalar\n  given:\n    - u = c + 1\n---\n{claims}"


def _front(yaml: str, claims: str = "$$x = x + x$$") -> str:
    return f"---\nderive:\n{yaml}\n---\n{claims}"


def _claim(right: str) -> str:
    """A claim about a symbol with a value: a statement about a fresh one would only define it."""
    return _declared(f"$$u = {right}$$")


def _many(make: Callable[[int], str], count: int, between: str = "\n\n") -> str:
    return between.join(make(number) for number in range(count))


def _doubling(count: int) -> str:
    """Macros each of which calls the next one twice."""
    return "".join(rf"\def\a{chr(97 + k)}{{\a{chr(98 + k)}\a{chr(98 + k)}}}" for k in range(count))


_LETTERS = "fghpqrstvw"
_MEGABYTE = 10**6
HARD: tuple[Hard, ...] = (
    Hard("10 000 nested braces", _claim("{" * 10_000 + "c" + "}" * 10_000)),
    Hard("10 000 braces left open", _claim("{" * 10_000)),
    Hard("10 000 nested parentheses", _claim("(" * 10_000 + "c" + ")" * 10_000)),
    Hard("100 nested fractions", _claim(r"\frac{1}{" * 100 + "c" + "}" * 100)),
    Hard("5 000 nested fractions", _claim(r"\frac{1}{" * 5_000 + "c" + "}" * 5_000)),
    Hard("1 000 scripts on scripts", _declared("$$A" + "^T" * 1_000 + " = A$$")),
    Hard("3 000 nested exponents", _claim("c" + "^{c" * 3_000 + "}" * 3_000)),
    Hard("70 nested matrices", _claim(r"\begin{pmatrix}" * 70 + "c" + r"\end{pmatrix}" * 70)),
    Hard("a sum to 10^9", _claim(r"\sum_{i=1}^{1000000000} c")),
    Hard("a sum to 10^9, as a power", _claim(r"\sum_{i=1}^{10^9} c")),
    Hard("a product to 10^9", _claim(r"\prod_{i=1}^{1000000000} c")),
    Hard("10 nested sums", _claim("".join(rf"\sum_{{{k}=1}}^{{9}} " for k in "ijklmpqrst") + "i j k l m p q r s t c")),
    Hard("x^{10^9}", _claim("c^{10^9}")),
    Hard("x^{1000000000}", _claim("c^{1000000000}")),
    Hard("a matrix to the power 10^9", _declared("$$A A = A^{1000000000}$$")),
    Hard("a tower of powers", _claim("2^{2^{2^{2^{9}}}}")),
    Hard("a dimension of 10^9", _front("  shapes:\n    x: 1000000000")),
    Hard("a dimension of 10^9 in the text", r"$x \in \mathbb{R}^{1000000000}$ $$x = x + x$$"),
    Hard("a dimension of 10^9, as a power", r"$x \in \mathbb{R}^{10^9}$ $$x = x + x$$"),
    Hard("a dimension of n^20", _front("  shapes:\n    x: n" + "*n" * 19)),
    Hard("a dimension of 10^30", _front("  shapes:\n    x: 1" + "0" * 30), REFUSED),
    Hard("10^9 members", _front(
        "  shapes:\n    w: d\n    x_i: d", r"$$z_i = w^T x_i$$ $$L = \sum_{i=1}^{10^9} z_i$$ $$L = 0$$"
    )),
    Hard("layers: 10**9", _front("  shapes:\n    x: n\n  layers: 10**9"), REFUSED),
    Hard("layers: 1000000000", _front("  shapes:\n    x: n\n  layers: 1000000000"), REFUSED),
    Hard("layers with 5 000 digits", _front("  shapes:\n    x: n\n  layers: " + "9" * 5_000), REFUSED),
    Hard("100 000 digits", _claim("9" * 100_000)),
    Hard("400 factors of 30 digits", _claim(" ".join(["0.123456789012345678901234567891"] * 400)), ANY),
    Hard("a line of two megabytes", "a" * _MEGABYTE + " $x = y$ " + "b" * _MEGABYTE, ANY),
    Hard("a formula of a megabyte", _claim("c + " * (_MEGABYTE // 4) + "c")),
    Hard("a megabyte of dollars", "$ " * (_MEGABYTE // 2), ANY),
    Hard("a megabyte of backticks", "` " * (_MEGABYTE // 2), ANY),
    Hard("a megabyte of backslashes", "\\" * _MEGABYTE, ANY),
    Hard("a megabyte of brackets", r"\[" * (_MEGABYTE // 2), ANY),
    Hard("a megabyte of environments", r"\begin{align}" * (_MEGABYTE // 13), ANY),
    Hard("a megabyte of comments", "<!--" * (_MEGABYTE // 4), ANY),
    Hard("50 000 marks to skip", "<!-- derive: skip -->\n" * 50_000 + "$x = y$", ANY),
    Hard("50 000 unfinished macros", r"\newcommand{\a}{" * 50_000, ANY),
    Hard("a recursive macro", _claim(r"\newcommand{\a}{\a\a} \a")),
    Hard("macros that call each other", _claim(r"\newcommand{\a}{\b} \newcommand{\b}{\a} \a")),
    Hard("a macro that doubles its argument", _claim(r"\def\a#1{\a{#1#1}} \a{c}")),
    Hard("macros that expand exponentially", _claim(_doubling(20) + r"\aa")),
    Hard("macros in a preamble", _doubling(20) + r"\begin{document}$\aa = 1$\end{document}", D9, "a.tex"),
    Hard("functions that expand exponentially", _declared(
        "".join(f"$${a}(z) = {b}({b}(z)) + {b}(z)$$\n\n" for a, b in itertools.pairwise(_LETTERS))
        + "$$w(z) = z z$$\n\n$$u = f(c)$$"
    )),
    Hard("a function of itself", _declared("$$f(z) = f(f(z)) + 1$$\n\n$$u = f'(c)$$"), ANY),
    Hard("20 nested derivatives", _claim(r"\frac{\partial}{\partial x} " * 20 + "x^T A x"), ANY),
    Hard("150 factors to be read in many ways", _declared("$$A = " + r"A \times " * 150 + "A$$"), ANY),
    Hard("3 000 factors", _claim("c " * 3_000)),
    Hard("a wrong claim with 200 terms", _claim(" + ".join(["x^T A x", "x^T A^T x", "c", "2 c"] * 50)), ANY),
    Hard("a chain of 2 000 links", _claim("c = " * 2_000 + "c")),
    Hard("a chain of 300 wrong links", _claim(" = ".join(f"{k} c" for k in range(2, 300))), ANY),
    Hard("1 000 wrong claims", _declared(_many(lambda k: rf"$$\|x\|^2 = {k + 2} x^T x$$", 1_000)), ANY),
    Hard("3 000 true claims", _declared(_many(lambda k: rf"$${k + 1} \|x\|^2 = {k + 1} x^T x$$", 3_000)), ANY),
    Hard("1 500 definitions", _declared(
        "$$y_0 = x$$\n\n" + _many(lambda k: f"$$y_{{{k + 1}}} = A y_{{{k}}}$$", 1_500)
    ), ANY),
    Hard("1 500 definitions, the last one first", _declared(
        _many(lambda k: f"$$y_{{{1_500 - k}}} = A y_{{{1_499 - k}}}$$", 1_500) + "\n\n$$y_0 = x$$"
    ), ANY),
    Hard("400 definitions, the last one first", _declared(
        _many(lambda k: f"$$y_{{{400 - k}}} = A y_{{{399 - k}}}$$", 400) + "\n\n$$y_0 = x$$"
    ), ANY),
    Hard("20 000 formulas", "$x = y$ " * 20_000, ANY),
    Hard("2 000 cases", r"$z \in \mathbb{R}$. " + _many(
        lambda k: f"If $z > {k}$ then $z + {k} = {k} + z$.", 2_000, " "
    ), ANY),
    Hard("1 000 second definitions", r"$w \in \mathbb{R}$, $L = w^2$. " + _many(
        lambda k: f"Now let $L = w w + {k} - {k}$.", 1_000
    ), ANY),
    Hard("1 000 second values", "Let $L = a + b$. " + _many(lambda k: f"$a = {k}$, $L = {k}$.", 1_000, " "), ANY),
    Hard("300 lines that say a name again", r"$m, y, x \in \mathbb{R}$, $z = m x$. " + _many(
        lambda k: rf"$z = m x + {k} y - {k} y$, $\frac{{\partial z}}{{\partial y}} = {k + 1}$.", 300, " "
    ), ANY),
    Hard("20 001 formulas", "$x = y$ " * 20_001, REFUSED),
    Hard("4 096 x 4 096", _front("  shapes:\n    A: 4096 x 4096", "$$A A = A + A$$")),
    Hard("1 001 declared shapes", _front("  shapes:\n" + _many(lambda k: f"    x_{{{k}}}: n", 1_001, "\n")), REFUSED),
    Hard("front matter that nests", _front("  " + "- " * 20_000), REFUSED),
    Hard("front matter of brackets", _front("  shapes: " + "[" * 50_000), REFUSED),
    Hard("an alias of itself", _front("  shapes: &a {x: *a}"), REFUSED),
    Hard("a billion laughs", _front("  a: &a [x, x, x]\n  b: &b [*a, *a, *a]\n  c: [*b, *b, *b]"), REFUSED),
    Hard("a tag of YAML", _front("  shapes: !!python/object/apply:os.system ['touch hacked']"), REFUSED),
    Hard("a notebook that nests", '{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}", REFUSED, "a.ipynb"),
    Hard("a notebook with 100 000 digits", '{"cells": [], "a": ' + "9" * 100_000 + "}", REFUSED, "a.ipynb"),
    Hard("a notebook with nested braces", json.dumps(
        {"cells": [{"cell_type": "markdown", "source": "$$c = " + "{" * 10_000 + "c" + "}" * 10_000 + "$$"}]}
    ), D9, "a.ipynb"),
)  # fmt: skip
