"""Hostile and broken input ends in Unread or DocumentError, each with a place; in nothing else, and never late."""

import random
import time
from pathlib import Path

import pytest

from derive.reading import documents
from derive.reading.elaborate import Missing, elaborate
from derive.reading.errors import DocumentError, Unread
from derive.reading.theory import build

FOLDER = Path(__file__).parents[1] / "corpus" / "dev"
CORPUS = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md"))]
WRITTEN = (
    r"\frac \partial \sum \prod _ ^ { } ( ) [ ] | \| \left \right \begin{cases} \end{cases} \\ & = + - * / \cdot x y z"
    r" W \odot L \delta \sigma \nabla \mathbf \hat \text{if} \max ^T \top 1 2 0.5 .5 , ; . \in \mathbb{R} \sqrt \log"
    r" \exp \tr \det i j k l t n m d ^{[l]} ^{(i)} _{i} _{ij} \begin{align} \end{align} \newcommand{\a}{\a\a} \a \b"
    r" \quad \def\b#1{#1} \implies \mathbf{1} I \to \neq \lVert \underbrace \operatorname{Tr} np.sum axis=1 $ $$ ` '"
)
SIGNS = WRITTEN.split()


def survives(text: str, name: str = "a.md") -> None:
    """Reads a text and every side of every claim in it."""
    started = time.perf_counter()
    try:
        document = documents.read(text, name=name)
        found = build(document.declared, document.formulas, latex=document.latex)
    except DocumentError as error:
        assert error.message
        return
    for reading in found.readings:
        assert reading.kind in ("declaration", "definition", "claim", "unread")
        if reading.kind == "unread":
            assert reading.message and 0 <= reading.span[0] <= reading.span[1] <= len(reading.link.source.text)
        for side in (reading.link.left, reading.link.right) if reading.kind == "claim" else ():
            try:
                elaborate(side, found.scope())
            except (Unread, Missing):
                continue
    assert time.perf_counter() - started < 20


def characters(rng: random.Random) -> str:
    def one() -> str:
        kinds = [rng.randrange(32, 127), rng.randrange(0x2000, 0x2300), rng.randrange(1, 0xD7FF), 10, 92, 36]
        return chr(rng.choice(kinds))

    return "".join(one() for _ in range(rng.randrange(200)))


def signs(rng: random.Random) -> str:
    return "$$" + " ".join(rng.choice(SIGNS) for _ in range(rng.randrange(50))) + "$$"


def truncated(rng: random.Random) -> str:
    text = rng.choice(CORPUS)
    return text[: rng.randrange(len(text))]


def spliced(rng: random.Random) -> str:
    first, second = rng.choice(CORPUS), rng.choice(CORPUS)
    return first[: rng.randrange(len(first))] + second[rng.randrange(len(second)) :]


def mutated(rng: random.Random) -> str:
    text = list(rng.choice(CORPUS))
    for _ in range(rng.randrange(1, 8)):
        place = rng.randrange(len(text))
        text[place] = rng.choice(["", rng.choice(SIGNS), " ", text[place] * 2, rng.choice(text)])
    return "".join(text)


@pytest.mark.parametrize("make", [characters, signs, truncated, spliced, mutated])
@pytest.mark.parametrize("seed", range(4))
def test_random_documents(make, seed):
    rng = random.Random(f"{make.__name__} {seed}")
    for _ in range(25):
        survives(make(rng), rng.choice(["a.md", "a.md", "a.tex", "-"]))


@pytest.mark.parametrize(
    "text",
    [
        "$$y=\\sum_{i=1}^{1000000000} i$$",
        "$x \\in \\mathbb{R}$ $$y = x^{1000000000}$$",
        "$x \\in \\mathbb{R}^{1000000000}$ $$y = x^T x$$",
        "---\nderive:\n  shapes:\n    x: 1000000000\n---\n",
        "$$y = " + "9" * 100_000 + "$$",
        "$$y = 2^{2^{2^{2^{9}}}}$$",
        "$$" + "{" * 10_000 + "x" + "}" * 10_000 + "$$",
        "$$" + "x = " * 1_500 + "x$$",
        "$x \\in \\mathbb{R}^n$ $$y = " + "x * " * 500 + "x$$",
        "$$" + "".join(rf"\def\a{chr(97 + k)}{{\a{chr(98 + k)}\a{chr(98 + k)}}}" for k in range(20)) + r"\aa$$",
        r"$\text{</script><script>alert(1)</script>} = 1$",
        "$__import__('os').system('true') = 1$",
        r"$\input{/etc/passwd} = 1$",
        "\x00$x\x00 = y$",
        "﻿$x = y$",
        "$x = \ud7ff$",
    ],
)
def test_hostile_documents(text):
    survives(text)
    survives(text, "a.tex")
