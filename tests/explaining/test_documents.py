"""Every model under every convention becomes a document that both formats can carry."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from derive.explaining.backward import SCALAR_RULES
from derive.explaining.document import explain
from derive.explaining.elements import Boxed, Bullets, Diagram, Display, Table
from derive.explaining.render import FORMATS, render
from derive.verify.evidence import Answer
from tests.explaining.documents import ASK, CASES, SOURCES, document, elements, evidence, name

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"

# GitHub refuses these, whatever MathJax would make of them; `&` and `|` would break what is around a formula.
REFUSED = re.compile(r"\\(operatorname|[mhf]box|[hv]?phantom|bm|newcommand|def|let|href|label|ref)(?![A-Za-z])")


@pytest.fixture(params=CASES, ids=name)
def case(request):
    return request.param


def test_every_parameter_has_its_box_and_only_parameters_have_one(case):
    boxes = [e for e in elements(document(*case)) if isinstance(e, Boxed)]
    assert [box.key for box in boxes] == [p.key for p in evidence(*case).model.parameters]


def test_a_box_defines_every_signal_that_it_uses(case):
    for box in elements(document(*case)):
        if isinstance(box, Boxed):
            defined = {row.split(" &= ")[0] for row in box.rows[1:]}
            right = " ".join(row.split(" &= ")[1] for row in box.rows)
            used = set(re.findall(r"\\(?:delta|Delta)_(?:\{\d+\}|\d)", right))
            assert used == defined


def test_markdown_is_whole(case):
    text = render(document(*case), "md")
    fences = re.findall(r"^(`{3,})(\w*)$", text, re.MULTILINE)
    assert [bool(kind) for _, kind in fences] == [True, False] * (len(fences) // 2)
    assert text.count("<details>") == text.count("</details>")
    assert text.count("\\boxed") == len(evidence(*case).model.parameters)
    assert not REFUSED.search(text)
    for formula in _formulas(text):
        _balanced(formula)
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert "$" not in re.sub(r"\$`[^`]*`\$", "", outside)
    for header, line, *rows in _tables(outside):
        assert {_cells(row) for row in (header, line, *rows)} == {_cells(header)}
    assert len(text) < 400_000 and "nan" not in text and "None" not in text


def test_latex_is_whole(case):
    text = render(document(*case), "tex")
    _balanced(text)
    begun = re.findall(r"\\begin\{(\w+)\}", text)
    assert sorted(begun) == sorted(re.findall(r"\\end\{(\w+)\}", text))
    assert text.count("\\[\n") == text.count("\n\\]")
    assert text.count("\\fit{\\result{") == len(evidence(*case).model.parameters)
    body = text.split(r"\begin{document}")[1]
    assert not re.search(r"(?<!\\)(?:#|%(?!\n)|~(?!\\ref))", body) and body.isascii()


def test_the_graph_can_be_drawn(case):
    (picture,) = [e for e in elements(document(*case)) if isinstance(e, Diagram)]
    keys = [node.key for node in picture.graph.nodes]
    assert len(keys) == len(set(keys))
    assert all(arrow.source in keys and arrow.target in keys for arrow in picture.graph.arrows)
    drawn = FORMATS["md"].filters["diagram"](picture.graph)
    assert len(drawn) < 50_000 and len(re.findall("-->|---|-\\.-", drawn)) < 500
    assert "\\" not in drawn and "$" not in drawn and '""' not in drawn
    places = [(node.row, node.column) for node in picture.graph.nodes]
    assert len(places) == len(set(places))


def test_a_table_has_one_letter_per_column(case):
    for table in elements(document(*case)):
        if isinstance(table, Table):
            assert {len(row) for row in (table.header, *table.rows)} == {len(table.align)}


def test_two_to_four_bullets_of_intuition_fit_the_model(case):
    (bullets,) = document(*case).intuition.elements
    assert isinstance(bullets, Bullets) and 2 <= len(bullets.items) <= 4
    assert not re.search("<[a-zA-Z]+>", "".join(item.label + item.text for item in bullets.items))


def test_models_do_not_share_their_intuition():
    texts = [document(model).intuition for model in ("linear-scalar", "linear", "logistic", "mlp")]
    assert len({str(text) for text in texts}) == 4
    relu, tanh = (document("mlp", {"hidden": hidden}).intuition for hidden in ("relu", "tanh"))
    assert "gate" in str(relu) and "gate" not in str(tanh)


def test_every_step_names_its_rule_and_its_shape(case):
    steps = evidence(*case).derivation.steps
    bullets = [e for e in document(*case).backward.elements if isinstance(e, Bullets)]
    assert len(bullets) == len(steps)
    for step, found in zip(steps, bullets, strict=True):
        items = {item.label: item.text for item in found.items}
        assert items["Rule:"] and items["Shape:"]
        for rule in step.rules:
            _, in_numbers = SCALAR_RULES.get(rule.name, ("", rule.mathematics))
            assert rule.mathematics in items["Rule:"] or in_numbers in items["Rule:"]


# ---------------------------------------------------------------- what is refused, what is escaped


def test_nothing_is_explained_that_the_witnesses_do_not_agree_on():
    good = evidence("linear")
    comparison = replace(good.document.comparisons[0], relative=0.1)
    bad = replace(good, document=replace(good.document, comparisons=(comparison,)))
    assert bad.answer is Answer.DISAGREED
    with pytest.raises(ValueError, match="the witnesses of linear do not agree"):
        explain(bad, SOURCES, ASK)


HOSTILE = (
    r"\input{/etc/passwd}", "$x$", "`code`", "```", "<script>alert(1)</script>", "[a](http://b.c)",
    "| a | b |", "# title",
    "%comment", "a_b^c~d&e#f{g}h", "*bold*", "1. item", "line\nbreak", "\u202eright to left", "![x](y)", "数据.csv",
    "– é ß ŵ",
    "{{ 7 * 7 }}", "<% raise %>", "<< document >>", "https://example.org/x", "$$", "'\"", "--", "x" * 200,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_text_from_outside_is_shown_and_never_obeyed(text):
    made = explain(evidence("linear"), (f"The data are those of {text}.", text), f"derive explain linear --data {text}")
    markdown, latex = render(made, "md"), render(made, "tex")
    ending = latex.split("How to reproduce this document}")[1]
    _balanced(ending)
    assert ending.isascii() or all(letter in "–éß" for letter in ending if ord(letter) > 126)
    commands = re.findall(r"\\([a-zA-Z]+)", ending)
    known = {
        "textbackslash", "textquotedbl", "textquotesingle", "textasciigrave", "textless", "textgreater", "textbar",
        "allowbreak",
        "textasciicircum", "textasciitilde", "begin", "end", "raggedright", "ttfamily", "section",
    }  # fmt: skip
    assert set(commands) <= known
    closing = markdown.split("How to reproduce")[1]
    before, fenced = closing.split("bash\n", 1)
    fence = before.rsplit("\n", 1)[1]
    inside, _, after = fenced.partition(f"\n{fence}")
    assert after == "\n" and "\n" not in inside
    words = before.split("\n")
    assert not any(re.match(r"\s*(#|\||>|-|\d+\.|```|<)", line) for line in words[1:] if line.strip() != fence)
    assert "<script" not in before and "](" not in before.replace(r"\]", "")


def test_the_document_is_the_same_under_another_hash_seed():
    program = (
        "from tests.explaining.documents import document; from derive.explaining.render import render; import sys;"
        "d = document('mlp'); sys.stdout.write(''.join(render(d, kind) for kind in ('md', 'tex', 'html')))"
    )
    texts = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert texts[0] == texts[1] and len(texts[0]) > 10_000


def test_a_template_that_asks_for_what_is_not_there_fails():
    from jinja2 import UndefinedError

    from derive.explaining.templates import environment

    with pytest.raises(UndefinedError):
        environment(None, {}, {}, False).from_string("{{ document.nosuch }}").render(document=document("linear"))


@pytest.mark.parametrize("kind", ["md", "tex"])  # a page is looked at in a browser: tests/html
@pytest.mark.parametrize("model", ["linear-scalar", "logistic"])
def test_golden(model, kind):
    """To look at a change on purpose: delete the file, run this test twice, and read the difference."""
    file = GOLDEN / f"{model}.{kind}"
    text = render(document(model), kind)
    if not file.exists():
        file.write_text(text, encoding="utf-8")
        pytest.fail(f"{file.name} is written anew: read it and commit it")
    assert text == file.read_text(encoding="utf-8")


# ---------------------------------------------------------------- helpers


def _formulas(text: str) -> list[str]:
    return re.findall(r"```math\n(.*?)```", text, re.DOTALL) + re.findall(r"\$`([^`]*)`\$", text)


def _balanced(text: str) -> None:
    depth = 0
    for sign in re.findall(r"\\.|[{}]", text, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0, text
    assert depth == 0, text


def _tables(text: str) -> list[list[str]]:
    return [block.strip().split("\n") for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)]


def _cells(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", re.sub(r"\$`[^`]*`\$", "", row)))


def test_helpers_can_fail():
    with pytest.raises(AssertionError):
        _balanced("{a}}{")
    assert _cells("| a | b |") == 3
    assert Display(("a &= b",)).aligned and not Display((r"\begin{bmatrix} 1 & 2 \end{bmatrix}",)).aligned
