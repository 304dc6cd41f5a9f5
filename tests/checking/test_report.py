"""The report as `derive-check/1`, what counts as a finding, accepted codes, baselines, coverage, repairs."""

import doctest
import json
import re
import sys
from dataclasses import replace

import pytest

import derive
from derive.checking.baseline import read_baseline, without_known
from derive.checking.check import check
from derive.checking.findings import Policy, reveal
from derive.checking.fixes import fixed, replacement
from derive.checking.report import VERDICTS, Region, Report, bound, number
from derive.checking.verdicts import ClosedForm
from derive.models.text_files import FileError
from tests.checking.reports import REPORTS, RIGHT, WRONG, place, wrong

MODEL = """---
derive:
  shapes: {x: d, y: k, W_1: h x d, b_1: h, W_2: k x h}
---
$$z = W_1 x + b_1, \\quad o = W_2 z$$
$$L = \\frac{1}{2} \\|o - y\\|^2$$
"""
TRUE = "$$\\frac{\\partial L}{\\partial o} = o - y$$\n"
FALSE = "$$\\frac{\\partial L}{\\partial o} = y - o$$\n"


def entries(text: str):
    return check(text).files[0].statements


# ---------------------------------------------------------------- the JSON

KEYS = [
    "statement", "link", "line", "column", "end_line", "end_column", "latex", "kind", "verdict", "code", "proof",
    "message", "span", "suggestion", "follows_from", "assumptions", "evidence",
]  # fmt: skip
EVIDENCE = ["seed", "points", "shapes", "max_relative_error", "counterexample", "judged", "not_judged"]


@pytest.mark.parametrize("which", REPORTS)
def test_json_has_the_keys_of_the_schema_and_no_other(which):
    data = REPORTS[which].as_json()
    assert list(data) == ["schema", "files", "summary"] and data["schema"] == "derive-check/1"
    assert list(data["summary"]) == list(VERDICTS)
    for entry in data["files"][0]["statements"]:
        assert list(entry) == KEYS
        assert entry["evidence"] is None or list(entry["evidence"]) == EVIDENCE
        assert entry["span"] is None or list(entry["span"]) == ["line", "column", "end_line", "end_column"]
    assert json.loads(json.dumps(data)) == data


def test_cell_and_acceptance_appear_only_where_there_is_one():
    statement = replace(wrong().statements[0], cell=3, accepted="known")
    (entry,) = Report((replace(wrong(), statements=(statement,)),)).as_json()["files"][0]["statements"]
    assert list(entry) == [*KEYS, "cell", "accepted"]


def test_alternatives_and_closed_forms_appear_only_where_there_are_some():
    form = ClosedForm("z x^\\top", "k x d", (("l", 2),))
    statement = replace(wrong().statements[1], alternatives=("a = b",), closed_form=form)
    report = Report((replace(wrong(), statements=(statement,)),))
    (entry,) = report.as_json()["files"][0]["statements"]
    assert list(entry) == [*KEYS, "alternatives", "closed_form"]
    assert entry["alternatives"] == ["a = b"]
    assert entry["closed_form"] == {"latex": "z x^\\top", "shape": "k x d", "instance": {"l": 2}}
    hidden = reveal(report, "reason").statements[0]
    assert (hidden.suggestion, hidden.alternatives, hidden.closed_form) == (None, (), None)


def test_a_report_prints_as_the_command_does():
    assert str(check(MODEL + FALSE)).endswith("1 document: wrong: 1, stated: 3")
    assert "this holds: " in str(check(MODEL + FALSE))


@pytest.mark.parametrize("given", [b"$x = 1$", None, 3])
def test_what_is_no_text_is_refused(given):
    with pytest.raises(TypeError, match=r"found (bytes|NoneType|int)$"):
        check(given)


@pytest.mark.parametrize("seed", [-1, "1", True, 0.5])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match="a whole number from 0"):
        check("", seed=seed)


def test_numbers_are_cut_and_differences_bounded():
    assert number(0.70710678118) == 0.707107 and number(float("inf")) == "inf"
    assert [bound(error) for error in (0.0, 3e-16, 9.9e-10, 1e-9, 3e-8, None)] == [1e-9, 1e-9, 1e-9, 1e-8, 1e-7, None]
    evidence = REPORTS["wrong"].as_json()["files"][0]["statements"][1]["evidence"]
    assert evidence["counterexample"]["left"] == 0.707107
    assert evidence["shapes"] == [{"d": 2, "k": 3}, {"d": 5, "k": 2}]


# ---------------------------------------------------------------- entries of real documents


def test_every_link_has_an_entry_at_its_left_side():
    text = MODEL + "\n$$\\begin{aligned}\n\\frac{\\partial L}{\\partial o} &= o - y = -(y\n- o)\n\\end{aligned}$$\n"
    found = [s for s in entries(text) if s.kind == "claim"]
    assert [(s.statement, s.link, s.latex, s.verdict) for s in found] == [
        (4, 0, "\\frac{\\partial L}{\\partial o} = o - y", "holds"),
        (4, 1, "o - y = -(y\n- o)", "holds"),
    ]
    assert [(s.line, s.column, s.end_line, s.end_column) for s in found] == [(9, 1, 9, 39), (9, 34, 10, 5)]
    assert [s.verdict for s in entries(text) if s.kind == "definition"] == ["stated"] * 3


@pytest.mark.parametrize(("text", "verdicts"), [(RIGHT, ["holds"]), (WRONG, ["ill-shaped", "wrong", "unread"])])
def test_the_documents_of_the_golden_files_are_judged_as_they_say(text, verdicts):
    found = [s for s in entries(text) if s.kind == "claim"]
    assert [s.verdict for s in found] == verdicts
    assert all(s.suggestion and s.span and s.code for s in found if s.verdict in ("wrong", "ill-shaped"))


def test_what_is_unread_says_where_reading_stopped():
    (entry,) = entries("a line\n\n$$ x = \\frac{y $$\n")
    assert (entry.verdict, entry.kind, entry.line, entry.column) == ("unread", "claim", 3, 4)
    assert entry.message and entry.code.startswith("D") and entry.span.line == 3


BRACES = ["\\boxed{%s}", "{%s}", "{{%s}}", "\\underline{%s}", "\\mathbf{%s}", "\\left. %s \\right."]


@pytest.mark.parametrize("around", BRACES)
def test_no_statement_is_dropped_for_what_is_around_it(around):
    claim = around % "\\frac{\\partial L}{\\partial o} = y - o"
    report = check(f"{MODEL}$${claim}$$\n\n{TRUE}")
    assert report.summary["wrong"] + report.summary["unread"] == 1 and report.summary["holds"] == 1
    assert [s.statement for s in report.statements] == [1, 2, 3, 4, 5]


def test_text_or_path(tmp_path):
    path = tmp_path / "a.md"
    path.write_text(MODEL + TRUE, encoding="utf-8")
    for asked in (path, str(path)):
        report = check(asked)
        assert report.summary["holds"] == 1 and report.files[0].path == str(path)
    assert check(MODEL + TRUE).files[0].path == "-"
    with pytest.raises(FileError, match=r"none\.md: cannot be read"):
        check(tmp_path / "none.md")
    with pytest.raises(FileError, match=r"-:3:3: front matter: there is no key shaps; did you mean shapes\?"):
        check("---\nderive:\n  shaps:\n---\n")


def test_declarations_from_python_overrule_those_of_the_text():
    claim = "$$\\nabla_w (w^\\top x) = x$$"
    assert check(claim, shapes={"w": "n", "x": "n"}).summary["holds"] == 1
    ill = "---\nderive:\n  shapes: {w: 1 x n, x: n}\n---\n" + claim
    assert check(ill).summary["holds"] == 0
    assert check(ill, shapes={"w": "n", "x": "n"}).summary["holds"] == 1
    model = {"shapes": {"W": "m x n", "x": "n"}, "given": [r"z = W x", r"q = z^\top z"], "loss": "q", "layers": 2}
    assert check(r"$$\frac{\partial q}{\partial W} = 2 z x^\top$$", **model).summary["holds"] == 1


@pytest.mark.parametrize(
    ("declarations", "message"),
    [
        ({"shaps": {}}, "-: declarations: there is no key shaps; did you mean shapes?"),
        ({"shapes": ["x"]}, "-: declarations: expected `key: value` lines under shapes"),
        ({"layout": "jacobean"}, "-: declarations: there is no layout jacobean; did you mean jacobian?"),
    ],
)
def test_declarations_that_are_refused(declarations, message):
    with pytest.raises(FileError, match=f"^{re.escape(message)}"):
        check("$$x = y$$", **declarations)


def test_the_public_door():
    assert derive.check is check
    found = doctest.testmod(sys.modules[check.__module__])
    assert (found.failed, found.attempted) == (0, 2)


def test_the_same_bytes_again_and_points_by_seed():
    first, again, other = (json.dumps(check(MODEL + FALSE, seed=seed).as_json()) for seed in (0, 0, 1))
    assert first == again != other


# ---------------------------------------------------------------- what counts


def test_severities():
    file = wrong()

    def severities(**settings):
        return [Policy(**settings).severity(s) for s in file.statements]

    assert severities() == ["error", "error", "warning"]
    assert severities(strict=True) == ["error", "error", "error"]
    assert severities(select=("D2",)) == ["error", None, None]
    assert severities(ignore=("D2", "D101")) == [None, "error", None]
    assert severities(select=("D2",), ignore=("D201",)) == [None, None, None]


def test_status():
    file = wrong()
    assert Policy().status(REPORTS["right"]) == 0
    assert Policy().status(REPORTS["wrong"]) == 1
    nothing_decided = Report((replace(file, statements=file.statements[2:]),))
    assert Policy().status(nothing_decided) == 1
    mixed = Report((replace(file, statements=(*REPORTS["right"].statements, *file.statements[2:])),))
    assert (Policy().status(mixed), Policy(strict=True).status(mixed)) == (0, 1)


def test_reveal():
    shown = {level: reveal(REPORTS["wrong"], level).statements[1] for level in ("place", "reason", "repair")}
    assert shown["repair"] == REPORTS["wrong"].statements[1]
    assert (shown["reason"].code, shown["reason"].suggestion) == ("D302", None)
    assert shown["reason"].evidence.counterexample is None
    assert (shown["place"].code, shown["place"].message, shown["place"].suggestion) == (None, "", None)
    assert shown["place"].span == shown["repair"].span


# ---------------------------------------------------------------- accepted, stale, missing


def test_a_remark_accepts_a_code_on_the_next_statement():
    (code,) = (s.code for s in entries(MODEL + FALSE) if s.verdict == "wrong")
    remark = f"<!-- derive: ignore[{code}] the sign is explained below -->\n"
    report = check(MODEL + remark + FALSE + FALSE)
    first, second = (s for s in report.statements if s.verdict == "wrong")
    assert (first.accepted, second.accepted) == ("the sign is explained below", None)
    assert [Policy().severity(s) for s in (first, second)] == [None, "error"]


def test_a_stale_remark_is_reported():
    (note, *_) = check(f"{MODEL}<!-- derive: ignore[D301] once it was wrong -->\n{TRUE}").files[0].notes
    assert (note.line, note.column) == (7, 6) and "D301" in note.message


def test_skipped_blocks_are_counted():
    assert check(f"{MODEL}<!-- derive: skip -->\n{FALSE}").summary["skipped"] == 1


# Definitions, a claim, and the parameters that it leaves out.
LEFT_OUT = [
    (r"$x \in \mathbb{R}$, $f_0 = \beta_0 + \omega_0 x$, $f_1 = \beta_1 + \omega_1 f_0$, $L = f_1^2$",
     r"\frac{\partial L}{\partial \omega_1} = 2 f_1 f_0", [r"\beta_0", r"\beta_1", r"\omega_0"]),
    (r"$x \in \mathbb{R}^d$, $\hat w \in \mathbb{R}^d$, $v \in \mathbb{R}$, $L = v (\hat w^T x)^2$",
     r"\frac{\partial L}{\partial v} = (\hat w^T x)^2", [r"\hat{w}"]),
    (r"$A_1, K_1, K_2 \in \mathbb{R}^{d \times d}$, $x \in \mathbb{R}^d$, $L = x^T K_1 K_2 A_1 x$",
     r"\frac{\partial L}{\partial K_1} = x (K_2 A_1 x)^T", ["K_2"]),
    (r"$x_1, x_2, w_1, w_2 \in \mathbb{R}$, $L = (w_1 x_1 + w_2 x_2)^2$",
     r"\frac{\partial L}{\partial x_1} = 2 w_1 (w_1 x_1 + w_2 x_2)", ["w_1", "w_2"]),
]  # fmt: skip


@pytest.mark.parametrize("text, claim, names", LEFT_OUT)
def test_parameters_of_every_kind_are_named(text, claim, names):
    (file,) = check(f"{text}\n\n$${claim}$$\n").files
    assert file.statements[-1].verdict == "holds"
    assert [note.message for note in file.notes] == [f"no judged claim gives a gradient for {', '.join(names)}"]


def test_parameters_without_a_gradient_are_named():
    def missing(text):
        return [note.message.rpartition(" for ")[2] for note in check(MODEL + text).files[0].notes]

    assert missing(TRUE) == ["W_1, W_2, b_1"]
    gradients = "$$\\frac{\\partial L}{\\partial W_2} = (o - y) z^\\top, \\quad \\nabla_{b_1} L = W_2^\\top (o - y)$$\n"
    assert missing(gradients) == ["W_1"]
    assert missing(gradients + "$$\\frac{\\partial L}{\\partial W_1} = W_2^\\top (o - y) x^\\top$$\n") == []
    assert check("$$x = 2$$\n").files[0].notes == ()


def test_definitions_behind_the_loss_that_nothing_judged_uses_are_named():
    def unused(text):
        notes = check(text).files[0].notes
        return [(note.line, note.message.split(" is defined")[0]) for note in notes if note.code == "D606"]

    assert unused(MODEL + "$$g = o - y, \\quad q = y - o$$\n" + TRUE) == [(7, "g"), (7, "q")]
    assert unused(MODEL + "$$g = o - y, \\quad q = 2 g$$\n$$\\frac{\\partial L}{\\partial o} = q / 2$$\n") == []
    given = "---\nderive:\n  shapes: {x: d, y: d}\n  given: ['L = \\|x - y\\|^2']\n  loss: L\n---\n"
    assert unused(given + "$$g = x - y$$\n$$\\nabla_x L = 2 x - 2 y$$\n") == [(7, "g")]
    assert unused("$$x = 2$$\n") == []


# ---------------------------------------------------------------- baseline


def test_a_baseline_accepts_as_many_findings_as_it_has():
    report = REPORTS["wrong"]
    known = read_baseline(json.dumps(report.as_json()))
    assert Policy(strict=True).severity(without_known(report, known).statements[0]) is None
    twice = Report((replace(wrong(), statements=wrong().statements[:1] * 2),))
    assert [s.accepted for s in without_known(twice, known).statements] == ["in the baseline", None]
    other = Report((replace(wrong(), path="notes/other.md"),))
    assert without_known(other, known) == other


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "is no report"),
        ('{"schema": "derive-check/2"}', "is no report"),
        ('{"schema": "derive-check/1"}', "is damaged"),
        ('{"schema": "derive-check/1", "files": [1]}', "is damaged"),
        ("[" * 100_000, "is damaged"),
    ],
)
def test_what_is_no_baseline_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        read_baseline(text)


# ---------------------------------------------------------------- repairs


def repaired(text: str) -> str:
    return fixed(text, check(text).files[0], lambda new: check(new).files[0], lambda statement: True)[0]


def test_only_the_right_side_is_replaced():
    text = MODEL + "\r\n$$\\begin{aligned} \\frac{\\partial L}{\\partial o}  &=  y - o . \\end{aligned}$$\r\n"
    assert repaired(text) == text.replace("y - o .", "o - y .")
    assert repaired(MODEL + TRUE) == MODEL + TRUE


def test_a_repair_that_breaks_the_next_link_is_not_made():
    text = MODEL + "$$\\frac{\\partial L}{\\partial o} = y - o = -(o - y)$$\n"
    assert [s.verdict for s in entries(text)][-2:] == ["wrong", "holds"]
    assert repaired(text) == text


def test_replacement_needs_the_left_side_as_it_is():
    statement = wrong().statements[1]
    assert replacement(statement) == "z x^\\top"
    assert replacement(replace(statement, left="y")) is None
    assert replacement(replace(statement, suggestion=None)) is None


def test_regions_point_into_the_text():
    region = place(RIGHT, "z x^\\top")
    assert region == Region(5, 35, 5, 43)


def test_what_is_given_and_not_understood_is_said():
    """The definitions that claims need were left out in silence, and every claim was unread for want of a name."""
    given = MODEL.replace("---\n$$z", "  given:\n    - q = \\int x\n---\n$$z")
    (note, *_) = check(f"{given}{TRUE}").files[0].notes
    assert (note.line, note.column) == (5, 7)
    assert note.message.startswith("q = \\int x is given, and not understood: ")
    assert not any("is given" in note.message for note in check(f"{MODEL}{TRUE}").files[0].notes)
