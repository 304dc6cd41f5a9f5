"""Broken, hostile and enormous documents end in a whole report or in one clear message. `benchmarks/robustness.py`
reads a hundred thousand of them; this is a sample, and what no seed would find."""

import json
import os

import pytest

from derive.checking.check import check, check_document
from derive.checking.document import read_document
from derive.checking.findings import Policy
from derive.checking.formats import full, github, junit
from derive.checking.report import FileReport, Report, Statement
from derive.checking.vocabulary import Written
from derive.cli import main
from derive.models.text_files import FileError
from tests.checking import survival
from tests.checking.survival import examine
from tests.reading.hostile import ANY, D9, HARD, MAKERS, REFUSED, TEXTS, Input, made

SAMPLE = 240


@pytest.mark.parametrize("start", range(0, SAMPLE, 20))
def test_a_sample_of_seeded_documents(start):
    faults = [(n, fault) for n in range(start, start + 20) for fault in examine(made(7, n)[2], thorough=True).faults]
    assert not faults, "see benchmarks/robustness.py --seed 7 --only N"


def test_every_maker_makes_something_and_a_number_is_one_input_for_ever():
    assert {made(7, number)[1] for number in range(SAMPLE)} == {make.__name__ for make, _, _ in MAKERS}
    assert made(7, 3) == made(7, 3) != made(8, 3)


@pytest.mark.parametrize("hard", [hard for hard in HARD if hard.end != ANY], ids=lambda hard: hard.what)
def test_what_is_too_much(hard):
    found = examine(Input(hard.name, hard.content))
    assert not found.faults
    assert bool(found.refused) == (hard.end == REFUSED)
    codes = {code for verdict, code in found.verdicts if verdict != "stated"}
    assert codes == ({"D901"} if hard.end == D9 else set())


@pytest.mark.parametrize("what", ["a wrong claim with 200 terms", "a function of itself"])
def test_what_is_large_gets_a_verdict(what):
    (hard,) = (hard for hard in HARD if hard.what == what)
    assert not examine(Input(hard.name, hard.content)).faults


# ---------------------------------------------------------------- the test tested


def statement(**changes) -> Statement:
    values = {"line": 1, "column": 2, "end_line": 1, "end_column": 7, "latex": "x = y", "kind": "claim", "left": "x"}
    return Statement(1, 0, **(values | {"verdict": "holds"} | changes))


def found_in(report: FileReport) -> list[str]:
    from derive.reading.source import Source

    return list(survival._incomplete(FileReport("a.md", report.statements, sources=(Source("a.md", "$x = y$"),))))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"verdict": "fine"}, "no verdict"),
        ({"verdict": "stated"}, "a claim is stated"),
        ({"verdict": "wrong", "code": "D300"}, "without a code or a reason"),
        ({"code": "D000"}, "no code"),
        ({"verdict": "undecided", "code": "D901", "message": "derive itself failed here"}, "itself failed"),
        ({"end_column": 99}, "outside"),
        ({"end_line": 0}, "outside"),
        ({"column": 3}, "does not stand"),
        ({"cell": 3}, "no cell"),
    ],
)
def test_what_is_not_whole_is_found(changes, said):
    faults = found_in(FileReport("a.md", (statement(**changes),)))
    assert said in faults[0] if said else not faults


def test_a_fault_of_derive_is_found(monkeypatch):
    monkeypatch.setattr("derive.checking.judge.compare", lambda *args: 1 / 0)
    assert "ZeroDivisionError" in examine(Input("a.md", r"$x \in \mathbb{R}^n$ $$x = x + x$$")).faults[0]
    monkeypatch.setattr("derive.checking.document.build", lambda *args, **more: [][0])
    assert "IndexError" in examine(Input("a.md", "$x = y$")).faults[0]


# ---------------------------------------------------------------- what would do harm only appears, escaped


HOSTILE = [*TEXTS, "\x1b[31mred\x1b[0m", "\x07", "\u202e", "\u2028", "a\n::error::b", "a\r::error::b", "a%0A::error::b"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_appears_and_does_nothing(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    claims = rf"$$x + {text} = 2 x$$", rf"$$x = x + \text{{{text}}}$$", "$$x = 2 x$$", f"{text} $x = 3 x$ {text}"
    document = "---\nderive:\n  shapes:\n    x: n\n---\n" + "\n\n".join(claims)
    for name in ("a.md", "a.tex", f"{text}.md"):
        found = examine(Input(name, document), thorough=True)
        assert not found.faults
    notebook = json.dumps({"cells": [{"cell_type": "markdown", "source": document}]})
    assert not examine(Input("a.ipynb", notebook), thorough=True).faults
    assert os.listdir(tmp_path) == []


def test_no_file_is_read_for_a_document():
    found = examine(Input("a.tex", r"\begin{document}\input{/etc/passwd} $x = 1$\end{document}"))
    assert "other files are not read" in found.refused
    report = check(r"$\input{/etc/passwd} = 1$")
    assert [s.verdict for s in report.statements] == ["unread"]
    assert "root:" not in str(report.as_json())


@pytest.mark.parametrize("name", ["\x1b[31m::error::x.md", "a\n::error::b.md", "a,line=1::b.md", "\u202edm.md"])
@pytest.mark.parametrize("form", ["full", "concise", "json", "github", "sarif", "junit"])
def test_names_of_files_do_nothing(name, form, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    with open(name, "w", encoding="utf-8") as file:
        file.write("$x \\in \\mathbb{R}^n$ $$x = 2 x$$")
    assert main(["check", "--format", form, name]) == 1
    assert main(["check", "--explain-parse", name]) == 0
    assert main(["check", "--diff", name]) in (0, 1)
    assert main(["check", name, "missing" + name]) == 2
    printed = "".join(capfd.readouterr())
    assert not any(letter in printed for letter in "\x1b\u202e\x07\r")
    assert not any(line.startswith("::error::") for line in printed.splitlines())


def test_a_lone_surrogate_in_a_notebook_is_named():
    text = r'{"cells": [{"cell_type": "markdown", "source": "$x = \ud800$ and $$\udcff = y$$"}]}'
    assert not examine(Input("a.ipynb", text), thorough=True).faults
    report = Report((check_document(read_document("a.ipynb", text)),))
    for module in (full, github, junit):
        assert r"\ud800" in module.render(report, Policy())


def test_a_remark_that_accepts_does_not_write_workflow_commands():
    text = "---\nderive: {shapes: {x: n}}\n---\n<!-- derive: ignore[D302] a%0A::error::b\x1b[2J -->\n$$x = 2 x$$"
    assert not examine(Input("a.md", text), thorough=True).faults


# ---------------------------------------------------------------- lines


@pytest.mark.parametrize("odd", ["\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\u2029"])
def test_lines_are_counted_as_editors_count_them(odd):
    text = f"one{odd}two\r\nthree\rfour\n$x \\in \\mathbb{{R}}^n$ {odd} $$x = 2 x$$"
    assert [statement.line for statement in check(text).statements] == [4, 4]
    assert check(text).files[0].line(4).startswith("$x")


# ---------------------------------------------------------------- bounds are counts


WRONG = "---\nderive: {shapes: {x: n, A: n x n}}\n---\n$$\\|x\\|^2 = 2 x^T x$$\n\n$$A x + A^T x = A x - A^T x$$"


def suggested(text: str) -> list[bool]:
    return [statement.suggestion is not None for statement in check(text).statements]


def test_evaluations_are_counted_for_each_claim_and_not_for_the_document(monkeypatch):
    front = "---\nderive: {shapes: {x: n, c: scalar}}\n---\n"
    claims = "\n\n".join(f"$${k} x = x {k}$$" for k in range(2, 42))
    monkeypatch.setattr("derive.checking.judge.LARGEST_WORK", 200)
    assert {statement.verdict for statement in check(front + claims).statements} == {"holds"}
    (costly,) = check(front + r"$$c = c + \sum_{i=1}^{300} i c$$").statements
    assert (costly.verdict, costly.code) == ("undecided", "D901")


def test_large_matrices_cost_more_than_small_ones():
    front = "---\nderive: {shapes: {A: 1000 x 1000, x: 1000}}\n---\n"
    found = check(front + "$$A x = x + A x - x$$\n\n$$A = A" + " A" * 30 + "$$").statements
    assert [(s.verdict, s.code) for s in found] == [("holds", None), ("undecided", "D901")]


def test_the_search_for_repairs_is_bounded(monkeypatch):
    assert suggested(WRONG) == [True, True]
    monkeypatch.setattr("derive.checking.judge.MOST_TRIED", 0)
    assert suggested(WRONG) == [True, False]  # of a whole document
    monkeypatch.undo()
    monkeypatch.setattr("derive.checking.diagnose.MOST_READ", 700)
    assert suggested(WRONG) == [True, False]  # of a claim: with few nodes more of it can be tried
    assert [statement.verdict for statement in check(WRONG).statements] == ["wrong", "wrong"]


def test_what_a_document_writes_is_collected_once(monkeypatch):
    calls = []
    collect = Written.of.__func__
    monkeypatch.setattr(Written, "of", classmethod(lambda cls, theory: calls.append(1) or collect(cls, theory)))
    assert suggested(WRONG) == [True, True] and len(calls) == 1


def test_definitions_in_reverse_order_are_found_and_bounded(monkeypatch):
    text = "---\nderive: {shapes: {x: n, A: n x n}}\n---\n"
    text += "\n\n".join(f"$$y_{{{k}}} = {f'A y_{{{k - 1}}}' if k else 'x'}$$" for k in reversed(range(20)))
    assert {statement.verdict for statement in check(text).statements} == {"stated"}
    monkeypatch.setattr("derive.reading.definitions.MOST_ATTEMPTS", 100)
    assert {(s.verdict, s.code) for s in check(text).statements} == {("stated", None), ("unread", "D901")}


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        (r"x = \begin{cases} \end{cases}", "D101"),
        (r"c = \mathrm{softmax}(2)", None),
        (r"c + 16 = c + 2^{2^2}", None),
        ("u = c^{65}", "D901"),
        (r"x x^T = \begin{pmatrix} x x^T & u \\ x x^T & u \end{pmatrix}", "D201"),
    ],
)
def test_what_made_derive_fail_gets_a_verdict(claim, code):
    (found,) = check(f"---\nderive: {{shapes: {{x: n, c: scalar}}, given: ['u = c']}}\n---\n$${claim}$$").statements
    assert "itself failed" not in found.message
    assert code is None or found.code == code, found


SMALL = "---\nderive: {shapes: {w: scalar, x: n, A: n x n}, given: ['u = w + 1']}\n---\n"


@pytest.mark.parametrize(
    "text",
    [
        SMALL + r"$$(\mathrm{vec}(-0.5))^{1/2} = u$$",
        SMALL + r"$$u = \begin{bmatrix} \end{bmatrix}$$",
        SMALL + r"$$u = w + i$$ $$u = \sum_{k=1}^{3} j k$$",
        "---\nderive:\n  shapes:\n    W_i: d_{{i+1}} x d_i\n---\n$$W_1 = W_1$$",
        "\\newcommand{\\turn}[2]{#2 #1}\n$w \\in \\mathbb{R}$, $u = w$, $$\\turn{= u}{2 w}$$",
    ],
)
def test_what_a_fuzzer_found_is_a_verdict_or_a_message(text):
    try:
        found = check(text).statements
    except FileError as error:
        assert "derive itself" not in str(error)
        return
    assert found and not any("derive itself" in (statement.message or "") for statement in found)
    places = [(s.span.line, s.span.column, s.span.end_line, s.span.end_column) for s in found if s.span]
    assert all((line, column) <= (end_line, end) for line, column, end_line, end in places)
