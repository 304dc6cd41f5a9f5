"""Why a claim holds: the right claims of a line, steps that are true, and honesty where no rule leads to it."""

import json

import pytest

from derive.checking.document import read_document
from derive.checking.explained import NoClaim, explain
from derive.checking.formats import explain as shown
from derive.checking.formats.text import columns
from tests.checking.claims import LAYERS, document

NOTES = r"""$x \in \mathbb{R}^d$, $W_1 \in \mathbb{R}^{h \times d}$, $W_2 \in \mathbb{R}^{k \times h}$

$$z_1 = W_1 x + b_1, \quad a_1 = \mathrm{ReLU}(z_1), \quad z_2 = W_2 a_1 + b_2$$
$$L = \frac{1}{2} \|z_2 - y\|^2$$

$$\delta_2 = z_2 - y, \quad \delta_1 = (W_2 \delta_2) \odot \mathrm{ReLU}'(z_1)$$

$$
\begin{align}
\frac{\partial L}{\partial W_2}
  &= \delta_2 a_1^\top \\
\frac{\partial L}{\partial W_1} &= \delta_1 x
\end{align}
$$

Numbers: $0.5 \cdot 1.1 = 0.55$ and $2 + 2 = 5$. $$b_1^\top b_1 = \|b_1\|^2$$

$$\frac{\partial L}{\partial b_2} = ? + 1$$

The end.
"""


def explained(line, text=NOTES, cell=None, name="notes.md"):
    return explain(read_document(name, text), line, cell)


def refused(line, text=NOTES, cell=None, name="notes.md"):
    with pytest.raises(NoClaim) as raised:
        explained(line, text, cell, name)
    return str(raised.value)


# ---------------------------------------------------------------- which claims


@pytest.mark.parametrize(
    "line, count",
    [(6, 2), (10, 1), (11, 1), (12, 1), (8, 2), (9, 2), (14, 2), (16, 3), (18, 1)],
)
def test_the_claims_of_a_line(line, count):
    assert len(explained(line)) == count


@pytest.mark.parametrize(
    "line, words",
    [
        (1, "line 1 holds a declaration, and no claim; the nearest claim is in line 6"),
        (3, "line 3 holds a definition, and no claim; the nearest claim is in line 6"),
        (7, "line 7 makes no claim; the nearest claim is in line 6"),
        (19, "line 19 makes no claim; the nearest claim is in line 18"),
        (99, "line 99 does not exist: the last one is 20; the nearest claim is in line 18"),
    ],
)
def test_a_line_without_a_claim_names_the_nearest_one(line, words):
    assert refused(line) == words


def test_a_document_without_claims():
    assert refused(1, "Nothing here.\n") == "line 1 makes no claim, and there is no other claim in the document"


def test_lines_of_a_notebook_are_those_of_a_cell():
    cells = [{"cell_type": "markdown", "source": text} for text in ("$2 + 2 = 5$", "a\n\n$3 + 3 = 6$")]
    text = json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    (found,) = explained(3, text, 2, "a.ipynb")
    assert (found.statement.cell, found.statement.verdict) == (2, "holds")
    assert "ask for CELL:LINE" in refused(3, text, None, "a.ipynb")
    assert "no cell 7" in refused(1, text, 7, "a.ipynb")
    assert "only a notebook has cells" in refused(6, cell=1)


# ---------------------------------------------------------------- what is said of them


def test_the_steps_from_the_loss_back_to_the_symbol():
    _, second = explained(6)
    assert second.statement.verdict == "ill-shaped"
    assert [step.target for step in second.steps] == [
        rf"\frac{{\partial L}}{{\partial {name}}}" for name in ("z_2", "a_1", "z_1")
    ]
    assert [step.closed for step in second.steps] == [
        "z_2 - y",
        r"W_2^\top (z_2 - y)",
        r"\bigl(W_2^\top (z_2 - y)\bigr) \odot \mathrm{ReLU}'(z_1)",
    ]
    assert [step.shape for step in second.steps] == ["k", "h", "h"] and all(step.confirmed for step in second.steps)
    (use,) = second.steps[1].uses
    assert (use.through, use.local) == ("z_2 = W_2 a_1 + b_2", "W_2")
    assert use.incoming == r"\frac{\partial L}{\partial z_2}"
    assert [name for name, _ in use.rules] == ["sum", "matrix product"]
    assert [(given.latex, given.place) for given in second.definitions] == [
        (r"a_1 = \mathrm{ReLU}(z_1)", "line 3"),
        ("z_2 = W_2 a_1 + b_2", "line 3"),
        (r"L = \frac{1}{2}\, \lVert z_2 - y \rVert^2", "line 4"),
    ]
    assert second.closed == second.steps[-1].closed and second.shape == "h"
    assert second.others == ((r"\frac{\partial L}{\partial z_2}", "z_2 - y"),)
    assert second.functions == (r"\mathrm{ReLU}'(t) = 1 for t > 0, 0 for t < 0",)
    assert second.values is None


def test_the_numbers_of_a_claim_that_holds():
    (found,) = explained(10)
    assert found.statement.verdict == "holds" and found.values.seed == 0
    assert all(left == pytest.approx(right) for _, left, right in found.values.entries)
    sizes = dict(found.values.sizes)
    assert len(found.values.entries) + found.values.omitted == sizes["k"] * sizes["h"]
    assert found.witnesses[0] == r"\frac{\partial L}{\partial W_2}: reverse mode and finite differences agree"


def test_a_wrong_claim_is_shown_where_it_was_refuted():
    _, numbers, _ = explained(16)
    assert (numbers.statement.verdict, numbers.gradient, numbers.without_rule) == ("wrong", None, "")
    assert numbers.values.entries == (("", 4.0, 5.0),)
    example = numbers.statement.evidence.counterexample
    assert (example.left, example.right, example.point) == (4.0, 5.0, numbers.values.point)


def test_what_is_not_read_is_said_to_be_so():
    (found,) = explained(18)
    assert found.statement.verdict == "unread" and not found.steps and found.values is None


def test_where_no_rule_leads_that_is_said():
    text = "---\nderive:\n  shapes: {A: n x n, B: n x n}\n---\n$$\\frac{\\partial (A B)}{\\partial B} = A$$\n"
    (found,) = explained(5, text)
    assert found.gradient is None and "more than two axes" in found.without_rule
    assert "not derived by the rules" in shown.render("a.md", (found,))


def test_the_jacobians_between_vectors_are_the_steps():
    front = "---\nderive:\n  shapes: {A: m x n, x: n}\n---\n$$z = A x$$\n\n"
    (found,) = explained(7, front + "$$\\frac{\\partial (z + z)}{\\partial x} = 2 A^T$$\n")
    assert found.statement.verdict == "holds" and found.closed == r"2 A^\top"
    assert [step.target for step in found.steps] == [
        r"\frac{\partial z}{\partial x}",
        r"\frac{\partial (z + z)}{\partial z}",
    ]


# ---------------------------------------------------------------- how it is shown


def test_words_fit_80_columns_and_formulas_stay_whole():
    layers = document(LAYERS, r"\delta^{[l]} = \frac{\partial L}{\partial a^{[l]}} \odot \sigma'(z^{[l]})")
    last = layers.count("\n")
    for line, source in ((6, NOTES), (10, NOTES), (12, NOTES), (16, NOTES), (18, NOTES), (last, layers)):
        found = explained(line, source)
        text = shown.render("notes.md", found)
        for each in found:
            assert " ".join(each.statement.latex.split()) in text
        wide = [row for row in text.splitlines() if columns(row) > 80]
        assert all("\\" in row for row in wide), wide
        assert "\x1b" not in text


def test_hostile_text_only_appears():
    hostile = "</script>\x1b[31m\u202e__import__('os')"
    text = f"---\nderive:\n  shapes: {{x: n}}\n---\n$$\\nabla_x x^\\top x = 2 x \\text{{{hostile}}}$$\n"
    found = explained(5, text, name="a\x1b.md")
    shown_ = shown.render("a\x1b.md", found)
    assert "\x1b" not in shown_ and "\u202e" not in shown_ and "</script>" in shown_
    assert json.loads(shown.as_json("a\x1b.md", found))["path"] == "a\x1b.md"


def test_titles_are_painted_for_who_watches():
    assert "\x1b[1mevidence\x1b[0m" in shown.render("notes.md", explained(10), colour=True)


def test_the_same_as_json():
    data = json.loads(shown.as_json("notes.md", explained(6)))
    assert data["schema"] == "derive-check-explain/1" and data["path"] == "notes.md"
    first, second = data["claims"]
    assert first["statement"]["verdict"] == "holds" and second["statement"]["code"] == "D201"
    assert second["steps"][1]["uses"][0]["rules"][0]["name"] == "sum"
    assert second["others"] == [{"gradient": r"\frac{\partial L}{\partial z_2}", "closed": "z_2 - y"}]
    assert set(first["values"]["sizes"]) >= {"d", "h", "k"}


def test_the_numbers_of_a_claim_that_holds_by_what_the_text_says_are_those_of_such_a_point():
    text = r"""Let $z \in \mathbb{R}^n$ be logits, $y \in \mathbb{R}^n$ a one-hot vector, $p = \mathrm{softmax}(z)$ and
$L = -\sum_i y_i \log p_i$.

$$\frac{\partial L}{\partial z} = p - y$$
"""
    (found,) = explain(read_document("note.md", text), 4)
    assert found.statement.verdict == "holds" and len(found.values.entries) == 2
    assert all(abs(left - right) < 1e-9 for _, left, right in found.values.entries)
