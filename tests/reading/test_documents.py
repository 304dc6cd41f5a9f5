"""Documents: where mathematics stands in Markdown, LaTeX files and notebooks, and that every place is exact."""

import json
import re
import time
from pathlib import Path

import pytest

from derive.reading import documents, syntax
from derive.reading.errors import DocumentError
from derive.reading.source import Source
from derive.reading.theory import build
from tests.reading.reader import kinds, read

CORPUS = sorted((Path(__file__).parents[1] / "corpus" / "dev").glob("*.md"))


def formulas(text: str, **options) -> list[str]:
    return [formula.text.strip() for formula in documents.read(text, **options).formulas]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$x$", ["x"]),
        ("$$x$$", ["x"]),
        (r"\(x\) and \[y\]", ["x", "y"]),
        ("```math\nx = y\n```", ["x = y"]),
        ("~~~math\nx\n~~~", ["x"]),
        ("$`x`$", ["x"]),
        (r"\begin{align} a &= b \end{align}", ["a &= b"]),
        (r"\begin{alignat}{2} a &= b \end{alignat}", ["a &= b"]),
        ("- item $x$\n- item $$y$$", ["x", "y"]),
        ("| a | b |\n|---|---|\n| $x$ | $y$ |", ["x", "y"]),
        ("> quoted $x$", ["x"]),
        ("1. one\n   $$x$$", ["x"]),
        # no mathematics
        ("`$x$`", []),
        ("``a ` $x$``", []),
        ("```\n$x$\n```", []),
        ("```python\n$x$\n```\n$y$", ["y"]),
        ("    ```\n$x$\n    ```", []),
        ("it costs $5 or $6", []),
        ("from $5 to $x$", ["x"]),
        (r"\$x\$", []),
        ("$ x $", []),
        ("a$x", []),
        ("$x\n\ny$", []),
        ("<!-- $x$ -->", []),
        ("$$", []),
        ("$$ $$", []),
        (r"\[ x", []),
        ("", []),
        # an unclosed sign hides nothing behind it
        (r"\[ x $y$", ["y"]),
        ("`` $y$", ["y"]),
        (r"\begin{align} $y$", ["y"]),
    ],
)
def test_formulas_in_markdown(text, found):
    assert formulas(text, kind="markdown") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"$x$ \(y\) \[z\] $$w$$", ["x", "y", "z", "w"]),
        ("$x$ % $y$", ["x"]),
        (r"5\% $x$", ["x"]),
        (r"\begin{equation} x \end{equation}", ["x"]),
        (r"\begin{verbatim}$x$\end{verbatim} $y$", ["y"]),
        (r"\verb|$x$| $y$", ["y"]),
        (r"$ x $", ["x"]),
        ("$x\n\ny$ $z$", []),  # a blank line ends mathematics
        ("\\documentclass{a} $p$ \\begin{document} $x$", ["x"]),
        (r"\\[2pt] $x$", ["x"]),
    ],
)
def test_formulas_in_latex(text, found):
    assert formulas(text, kind="latex") == found


def test_other_files_are_never_read():
    with pytest.raises(DocumentError, match="other files are not read"):
        documents.read(r"\input{/etc/passwd}", kind="latex")


def test_macros_of_a_preamble_hold_in_the_document():
    text = "\\newcommand{\\x}{\\mathbf{x}}\n\\begin{document}$\\x \\in \\mathbb{R}^n$ $\\nabla_x (\\x^T \\x) = 2 \\x$"
    assert kinds(text) == ["declaration", "claim"]


def test_a_formula_in_a_block_quote_goes_on_over_its_marks():
    text = "> $$x \\in\n> \\mathbb{R}^n$$\n>\n> $$\\nabla_x (x^T x)\n> = 2 x$$"
    assert kinds(text) == ["declaration", "claim"]


def test_a_block_can_be_left_out():
    document = documents.read("<!-- derive: skip -->\n$x = y$ and $z = w$\n\n$a = b$")
    assert [formula.skipped for formula in document.formulas] == [True, True, False]


def test_a_code_can_be_accepted_on_the_next_formula():
    document = documents.read("<!-- derive: ignore[D301, D4] known -->\n$x = y$ $a = b$")
    assert [formula.ignored for formula in document.formulas] == [("D301", "D4"), ()]


def notebook(*cells: tuple[str, str], metadata: dict | None = None) -> str:
    made = [{"cell_type": kind, "source": text.splitlines(keepends=True)} for kind, text in cells]
    return json.dumps({"cells": made, "metadata": metadata or {}, "nbformat": 4})


def test_a_notebook_has_a_source_for_every_markdown_cell():
    text = notebook(("code", "x = '$a$'"), ("markdown", "text\n$x$"), ("markdown", "$y$"))
    document = documents.read(text)
    assert [formula.text for formula in document.formulas] == ["x", "y"]
    first = document.formulas[0]
    assert str(first.source.place(first.inside[0])) == "cell 2:2:2"


@pytest.mark.parametrize(
    "text",
    [
        notebook(("markdown", "$x$"), metadata={"derive": {"shapes": {"x": "n"}, "layers": 2}}),
        notebook(("raw", "---\nderive:\n  shapes: {x: n}\n  layers: 2\n---"), ("markdown", "$x$")),
        notebook(("raw", "derive:\n  shapes: {x: n}\n  layers: 2"), ("markdown", "$x$")),
        notebook(("markdown", "---\nderive:\n  shapes: {x: n}\n  layers: 2\n---\n$x$")),
    ],
)
def test_declarations_of_a_notebook(text):
    document = documents.read(text)
    assert [key.text for key, _ in document.declared.shapes] == ["x"]
    assert document.declared.layers.last == 2
    assert len(document.formulas) == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 3}', '{"cells": ' + "[" * 100_000])
def test_what_is_no_notebook(text):
    with pytest.raises(DocumentError, match="no notebook"):
        documents.read(text, kind="notebook")


def test_the_kind_of_a_document():
    assert documents.kind_of("a.tex", "") == documents.LATEX
    assert documents.kind_of("-", "\\documentclass{article}") == documents.LATEX
    assert documents.kind_of("-", '{"cells": []}') == documents.NOTEBOOK
    assert documents.kind_of("-", "# Title") == documents.MARKDOWN


def test_lines_and_columns_count_from_one():
    source = Source("a.md", "ab\ncd\n")
    assert [str(source.place(k)) for k in (0, 1, 3, 4, 6)] == ["1:1", "1:2", "2:1", "2:2", "2:4"]
    assert source.line(2) == "cd"


# ---------------------------------------------------------------- the whole collection


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_node_points_at_its_text(path):
    document = documents.read(path)
    found = build(document.declared, document.formulas)
    assert found.readings
    for reading in found.readings:
        link = reading.link
        text = link.source.text
        for side in (link.left, link.right):
            for node in syntax.walk(side):
                start, end = node.span
                assert 0 <= start <= end <= len(text)
                shown = text[start:end]
                if start == end:
                    continue  # an index that the author leaves out
                if isinstance(node, syntax.Number):
                    assert shown in (node.text, "½") or node.text in shown
                if isinstance(node, syntax.Name) and not _through_macro(shown):
                    assert node.base.lstrip("\\").replace(" ", "") in re.sub(r"[\s{}]", "", shown)
                assert shown == shown.strip() or isinstance(node, syntax.Words)


def _through_macro(shown: str) -> bool:
    return bool(re.match(r"\\(?:hat)?\s*\{?\\?[VM][a-zA-Z]", shown)) or "ᵀ" in shown


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_is_unread_says_where_and_why(path):
    document = documents.read(path)
    for reading in build(document.declared, document.formulas).readings:
        if reading.kind == "unread":
            assert reading.message
            start, end = reading.span
            assert 0 <= start <= end <= len(reading.link.source.text)


def test_the_collection_is_read_in_seconds():
    started = time.perf_counter()
    for path in CORPUS:
        document = documents.read(path)
        build(document.declared, document.formulas)
    assert time.perf_counter() - started < 20  # a guard against quadratic work; it takes about two


# ---------------------------------------------------------------- size


@pytest.mark.parametrize(
    "text",
    ["$" * 300_000, "$x " * 10_000, "`" * 300_000, " ".join("`" * k for k in range(1, 700)), r"\[" * 100_000,
     r"\(" * 100_000, r"\begin{align}" * 20_000, "<!--" * 50_000, "```\n" * 50_000, "> " * 100_000, "- " * 100_000,
     "x" * 1_000_000, "$" + "x+" * 400_000 + "$", r"\newcommand{\x}" * 10_000],
    ids=lambda text: repr(text[:8]),
)  # fmt: skip
@pytest.mark.parametrize("kind", ["markdown", "latex"])
def test_large_documents_are_read_in_one_pass(text, kind):
    started = time.perf_counter()
    try:
        document = documents.read(text, kind=kind)
        build(document.declared, document.formulas, latex=document.latex)
    except DocumentError:
        pass
    assert time.perf_counter() - started < 10  # quadratic work would take minutes


def test_a_document_that_is_too_large_says_so():
    with pytest.raises(DocumentError, match="at most"):
        documents.read("x" * (documents.LONGEST + 1))
    with pytest.raises(DocumentError, match="formulas"):
        documents.read("$x$ " * (documents.MOST_FORMULAS + 1))


def test_declarations_given_as_values_come_first():
    text = "---\nderive:\n  shapes:\n    x: n\n    y: n\n  layers: 2\n---\n"
    document, found = read(text, shapes={"x": "m"}, layers=4, given=[r"z = x"])
    assert {key.text: value.text for key, value in document.declared.shapes} == {"x": "m", "y": "n"}
    assert found.layers.last == 4
    assert [str(definition.symbol.shape) for definition in found.definitions] == ["m"]
