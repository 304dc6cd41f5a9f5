"""Declarations, and the message for everything that declares nothing, with the text that it points at."""

import pytest

from derive.reading import documents
from derive.reading.errors import DocumentError
from derive.reading.theory import build
from tests.reading.reader import read, theory


def front(yaml: str) -> str:
    return f"---\nderive:\n{yaml}\n---\n$x$\n"


# YAML under `derive:`, part of the message, what it points at
REFUSED = [
    ('  shapes:\n    "\\bar{x}": n', "double quotes", None),
    ('  given:\n    - "x = \\frac{1}{2}"', "double quotes", None),
    ("  given:\n    - a: b", "mapping", None),
    ("  given:\n    - f(x) = 1 if x: 0", "single quotes", None),
    ("  given:\n    - y = 2 # \\frac{1}{2}", "cuts the rest", None),
    ("  given:\n    - [a, b] = c", "single quotes", None),
    ("  given:\n    - [a, b]", "bracket makes a list", "[a, b]"),
    ("  given: x = y", "expected a list", "x = y"),
    ("  shapes: &s {x: n}", "anchors", None),
    ("  shapes: *s", "anchors", None),
    ("  shapes: !!map {x: n}", "anchors", None),
    ("  shape:\n    x: n", "there is no key shape; did you mean shapes?", "shape"),
    ("  zzz: 1", "known are shapes, given", "zzz"),
    ("  shapes:\n    x: n\n    x: m", "x stands twice", "x"),
    ("  shapes:\n    x: n x m x k", "expected a shape", None),
    ("  shapes:\n    x: n symetric", "did you mean symmetric?", None),
    ("  shapes:\n    x: 0", "dimension of 0", "0"),
    ("  shapes:\n    x: 10000000000000000000", "read up to", "10000000000000000000"),
    ("  shapes:\n    x: " + "9" * 5000, "", None),
    ("  shapes:\n    x + y: n", "expected the name of a symbol", "x + y"),
    ("  shapes:\n    x_{: n", "opened and not closed", None),
    ("  functions:\n    g: sigmiod", "there is no function sigmiod; did you mean sigmoid?", "sigmiod"),
    ("  functions:\n    g: blub", "known are", "blub"),
    ("  functions:\n    g: x + y", "of one variable", "x + y"),
    ("  functions:\n    2: tanh", "name of a function", "2"),
    ("  operators: {\\otimes: hadamrd}", "did you mean hadamard?", "hadamrd"),
    ("  layers: many", "whole number", "many"),
    ("  layers: 21", "up to 20", "21"),
    ("  layers: {from: 0}", "expected a number of layers", None),
    ("  layers: {upto: 3}", "there is no key upto", "upto"),
    ("  layers: {from: 3, to: 1}", "run from 3 to 1", None),
    ("  layout: jacobain", "did you mean jacobian?", "jacobain"),
    ("  layout: {vector: jacobian}", "did you mean vectors?", "vector"),
    ("  loss: [L]", "bracket makes a list", "[L]"),
    ("  - x", "expected `key: value` lines", None),
    ("  shapes: " + "[" * 1000, "too many brackets", None),
]  # fmt: skip


@pytest.mark.parametrize(("yaml", "message", "pointed"), REFUSED)
def test_what_declares_nothing(yaml, message, pointed):
    text = front(yaml)
    with pytest.raises(DocumentError) as refused:
        document = documents.read(text, name="a.md")
        build(document.declared, document.formulas)
    assert message in refused.value.message
    assert refused.value.message.startswith("front matter: ") or "front matter" in refused.value.message
    assert len(refused.value.message) <= 300
    start, end = refused.value.span
    assert 0 <= start <= end <= len(text)
    if pointed is not None:
        assert text[start:end] == pointed


def test_every_key_is_read():
    found = theory(
        front(
            "  shapes:\n    x: n\n    W: h x n\n    A: n x n symmetric\n    y: K one-hot\n    t: index K\n"
            "    s: scalar\n    W^{[l]}: n_l x n_{l-1}\n    p: (d+1)\n    q: n positive\n"
            "  given:\n    - L = x^T x\n    - \\sum_k y_k = 1\n    - q' = q^T\n"
            "  functions:\n    f: relu\n    g^{[l]}: tanh\n    h: '\\max(0, z)'\n    k: z (1 - z)\n"
            "  operators: {\\otimes: outer}\n  loss: L\n  layers: {index: k, from: 0, to: 2}\n"
            "  layout: {vectors: jacobian}\n  gradients:\n    d: x"
        )
    )
    assert found.layers.index == "k" and (found.layers.first, found.layers.last) == (0, 2)
    assert found.assumptions["A"] == {"symmetric"} and found.assumptions["y"] == {"one-hot", "simplex:0"}
    assert str(found.class_numbers["t"]) == "K"
    assert found.functions["f||"] == "relu" and found.functions["h||"] == "relu"
    assert found.calls["k"].elementwise
    assert found.operators == {"otimes": "outer"} and found.layout == {"vectors": "jacobian"}
    assert found.loss is not None and found.loss.name == "L"
    assert len(found.gradients) == 1 and len(found.rewrites) == 1


@pytest.mark.parametrize(
    ("written", "known"),
    [(r"\frac{1}{1+e^{-z}}", "sigmoid"), (r"\max(0, u)", "relu"), (r"\frac{e^z - e^{-z}}{e^z + e^{-z}}", "tanh"),
     (r"\log(1 + e^x)", "softplus"), (r"z^2", "square"), (r"\sigma", "sigmoid")],
)  # fmt: skip
def test_a_function_as_latex_is_recognised(written, known):
    if written == r"\sigma":
        written = "sigmoid"
    assert theory("", functions={"f": written}).functions["f||"] == known


def test_front_matter_of_others_is_no_business_of_derive():
    document = documents.read("---\ntitle: [a: b: c\n---\n$x$")
    assert document.declared.shapes == () and len(document.formulas) == 1


def test_without_an_end_there_is_no_front_matter():
    assert len(documents.read("---\n\n$x$").formulas) == 1


def test_front_matter_of_a_latex_file_stands_in_comments():
    text = "% ---\n% derive:\n%   shapes:\n%     x: n\n% ---\n$\\nabla_x (x^T x) = 2x$ % a comment"
    document = documents.read(text, name="a.tex")
    (pair,) = document.declared.shapes
    assert [text[slice(*entry.span)] for entry in pair] == ["x", "n"]


def test_an_escaped_quote_keeps_its_place():
    _, found = read(front("  shapes:\n    W: n x n\n  given:\n    - 'W'' = W^T'\n    - 'y = W'' W'"))
    assert [str(definition.symbol.key) for definition in found.definitions] == ["y"]


def test_a_block_of_yaml_text_is_one_formula():
    _, found = read(front("  shapes:\n    x: n\n  given:\n    - |\n      L = x^T\n        x"))
    assert [definition.symbol.key for definition in found.definitions] == ["L"]
