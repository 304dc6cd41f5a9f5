"""Every format on two reports written by hand, byte for byte, and on text that tries to be more than text."""

import json
import re
import xml.etree.ElementTree as xml
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from derive.checking.findings import Policy
from derive.checking.formats import full, github, html, sarif
from derive.checking.report import FileReport, Report, Statement
from derive.checking.verdicts import ClosedForm
from derive.reading.source import Source
from tests.checking.reports import REPORTS, wrong

GOLDEN = Path(__file__).parent / "golden"
FORMATS = ("full", "concise", "json", "github", "sarif", "junit")
HOSTILE = "\\text{</script><b>&\"'}\x1b[31m\x00\u202e]]> ::error::%0A | `__import__('os')` \udc80"


def rendered(form: str, report: Report, policy: Policy | None = None) -> str:
    settings = {"version": "1.2.3"} if form == "sarif" else {}
    return import_module(f"derive.checking.formats.{form}").render(report, policy or Policy(), **settings)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("which", REPORTS)
def test_golden(which, form):
    expected = (GOLDEN / f"{which}.{form}").read_bytes().decode()
    assert rendered(form, REPORTS[which]) == expected


def hostile(cell: int | None = None) -> Report:
    statement = Statement(
        1, 0, 1, 1, 1, len(HOSTILE) + 1, HOSTILE, "claim", "wrong", "D300", None, HOSTILE, None, HOSTILE,
        None, (HOSTILE,), None, cell,
    )  # fmt: skip
    return Report((FileReport(f"a\n::error::{HOSTILE}.md", (statement,), (), 0, (Source("", HOSTILE, cell),)),))


@pytest.mark.parametrize("cell", [None, 2])
@pytest.mark.parametrize("form", FORMATS)
def test_hostile_text_only_appears(form, cell):
    text = rendered(form, hostile(cell))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\ud800-\udfff]", text)
    if form == "junit":
        assert xml.fromstring(text.encode()).find(".//failure") is not None
    if form in ("json", "sarif"):
        assert json.loads(text)
    if form == "github":
        assert [line[:7] for line in text.splitlines()] == ["::error", "wrong: "]
    if form == "json":
        assert json.loads(text)["files"][0]["statements"][0]["latex"] == HOSTILE


def test_html_is_escaped():
    shown = html.html(hostile())
    assert "<b>&" not in shown and "</script>" not in shown and "&lt;/script&gt;" in shown
    assert hostile()._repr_html_() == shown


def test_step_summary_escapes_and_holds_what_exceeds_the_limit():
    many = tuple(replace(hostile().files[0].statements[0], line=n, end_line=n) for n in range(1, 26))
    report = Report((replace(hostile().files[0], statements=many),))
    shown = [line for line in github.render(report, Policy()).splitlines() if line.startswith("::error")]
    table = github.summary(report, Policy())
    assert len(shown) == github.LIMIT
    assert table.startswith("15 more findings") and len(table.splitlines()) == 4 + 15
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 4 for row in table.splitlines()[4:])
    assert "<b>" not in table and "\x1b" not in table
    assert github.summary(hostile(), Policy()) == ""


def test_errors_of_documents_and_notices_count_towards_the_limit():
    undecided = replace(wrong(), statements=wrong().statements[2:])
    report = Report(tuple(replace(undecided, path=f"{n}.md") for n in range(13)))
    commands = [line.split()[0] for line in github.render(report, Policy()).splitlines() if line.startswith("::")]
    assert {level: commands.count(level) for level in set(commands)} == {"::error": 10, "::warning": 10, "::notice": 10}
    table = github.summary(report, Policy()).splitlines()
    assert table[0].startswith("22 more findings") and len(table) == 4 + 3 + 3 + 16
    assert github.summary(Report(report.files[:10]), Policy()).splitlines()[0].startswith("10 more findings")


def test_a_summary_that_github_would_drop_is_cut(monkeypatch):
    monkeypatch.setattr(github, "LARGEST_SUMMARY", 2000)
    many = tuple(replace(wrong().statements[0], line=n, end_line=n) for n in range(1, 100))
    rows = github.summary(Report((replace(wrong(), statements=many, notes=()),)), Policy()).splitlines()
    assert rows[0].startswith("89 more") and rows[-1] == f"| | | and {89 - (len(rows) - 5)} more |"
    assert 1500 < sum(len(row.encode()) + 1 for row in rows[4:-1]) <= 2000


# ---------------------------------------------------------------- full


def test_full_fits_80_columns_but_for_formulas():
    lines = rendered("full", REPORTS["wrong"]).splitlines()
    assert all(len(line) <= 80 for line in lines)


def carets(line: str, column: int, end: int, number: int = 1) -> tuple[str, str]:
    """(what is shown of a line, what stands above the carets)"""
    statement = Statement(1, 0, number, column, number, end, "x", "claim", "wrong")
    source = Source("a.md", "\n" * (number - 1) + line)
    file = FileReport("a.md", (statement,), sources=(source,))
    shown, under = full.finding(file, statement, "error").split("\n")[2:4]
    assert max(len(shown), len(under)) <= 80
    gutter = len(str(number)) + 3
    start = under.index("^")
    return shown[gutter:], shown[start : start + under.count("^")]


def test_carets_stand_under_the_span():
    assert carets("a + b = c", 5, 6) == ("a + b = c", "b")
    assert carets("\ta\tb", 4, 5) == (" a b", "b")
    assert carets("a\x1b[31mb", 7, 8) == (r"a\x1b[31mb", "b")
    assert carets("x" * 300 + "HERE" + "y" * 300, 301, 305)[1] == "HERE"
    assert carets("x" * 300 + "HERE", 301, 305)[1] == "HERE"
    assert carets("HERE" + "y" * 10**6, 1, 5, 1234)[1] == "HERE"
    assert carets("z" * 500, 1, 501)[1].endswith("...")


def test_a_span_over_lines_and_one_beyond_the_line():
    statement = Statement(1, 0, 1, 3, 2, 4, "x", "claim", "wrong")
    text = full.finding(FileReport("a.md", (statement,), sources=(Source("", "abcd\nefgh"),)), statement, "error")
    assert "1 | abcd\n  |   ^^\n" in text
    beyond = Statement(1, 0, 9, 9, 9, 9, "x", "claim", "wrong")
    assert "  | ^" in full.finding(FileReport("a.md", (beyond,), sources=(Source("", "abcd"),)), beyond, "error")


def test_wide_letters_take_two_columns():
    statement = Statement(1, 0, 1, 3, 1, 4, "x", "claim", "wrong")
    text = full.finding(FileReport("a.md", (statement,), sources=(Source("", "数学x"),)), statement, "error")
    assert text.splitlines()[3] == "  |     ^"


def test_a_closed_form_and_the_other_repairs_are_shown():
    text = full.render(with_everything(), Policy())
    assert "= help: the closed form at l = 2, in R^{k x d}, is z x^\\top\n" in text
    assert "= help: so does this, as small a change: a = b\n" in text
    assert "this holds" not in text.split("D302")[1].split("D302")[0]  # the suggestion is that closed form
    other = replace(wrong().statements[1], closed_form=ClosedForm("y x^\\top", "k x d"), follows_from=None)
    text = full.render(Report((replace(wrong(), statements=(other,)),)), Policy())
    assert "the closed form, in R^{k x d}, is" in text and "this holds" in text
    for form in ("github", "junit"):
        assert "this holds: \\frac" in rendered(form, Report((replace(wrong(), statements=(other,)),)))
        alone = Report((replace(wrong(), statements=(replace(other, suggestion=None),)),))
        assert "the closed form, in R^{k x d}, is y x^\\top" in rendered(form, alone)


def test_colour_only_where_it_is_asked_for():
    plain = full.render(REPORTS["wrong"], Policy())
    painted = full.render(REPORTS["wrong"], Policy(), colour=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == plain != painted


def test_what_says_nothing_is_said_plainly():
    statement = Statement(1, 0, 1, 1, 1, 2, "x", "claim", "undecided")
    file = FileReport("a.md", (statement,), sources=(Source("", "x = y"),))
    text = full.render(Report((file,)), Policy())
    assert "whether this is true was not determined" in text
    assert "a.md: error: it makes claims, and none of them was decided" in text
    assert full.render(Report(()), Policy()) == ""


def test_what_is_accepted_is_counted_and_not_shown():
    first, *rest = wrong().statements
    report = Report((replace(wrong(), statements=(replace(first, accepted="known"), *rest)),))
    text = full.render(report, Policy())
    assert "D201" not in text and "ill-shaped: 1 (1 accepted), wrong: 1, unread: 1" in text


# ---------------------------------------------------------------- SARIF and JUnit


def test_sarif_has_what_the_standard_requires():
    accepted = replace(wrong().statements[0], accepted="known")
    log = json.loads(rendered("sarif", Report((replace(wrong(), statements=(accepted, *wrong().statements[1:])),))))
    assert log["version"] == "2.1.0" and log["$schema"] == sarif.SCHEMA
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning") and result["message"]["text"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert 1 <= region["startLine"] <= region["endLine"]
        assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])
    assert [bool(result.get("suppressions")) for result in run["results"]] == [True, False, False]
    assert run["results"][0]["suppressions"] == [{"kind": "inSource", "justification": "known"}]


SCHEMA = Draft7Validator(json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_bytes()))


def with_everything() -> Report:
    """A finding with all that a result can have: accepted, in a cell, with a closed form, without a code."""
    first, second, third = wrong().statements
    form = ClosedForm("z x^\\top", "k x d", (("l", 2),))
    statements = (
        replace(first, accepted="known"),
        replace(second, closed_form=form, alternatives=("a = b",)),
        replace(second, cell=2),
        replace(third, code=None, accepted="let be"),
    )
    return Report((replace(wrong(), statements=statements, path="a b/ü#%.md"),))


@pytest.mark.parametrize(
    "report",
    [*REPORTS.values(), hostile(), hostile(2), with_everything(), Report(())],
    ids=["right", "wrong", "hostile", "hostile cell", "everything", "empty"],
)
def test_sarif_is_valid_by_its_own_schema(report):
    log = json.loads(rendered("sarif", report))
    assert [error.message for error in SCHEMA.iter_errors(log)] == []


def test_the_schema_of_sarif_refuses_what_it_should():
    log = json.loads(rendered("sarif", REPORTS["wrong"]))
    log["runs"][0]["results"][0]["level"] = "fatal"
    log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert len(list(SCHEMA.iter_errors(log))) == 2


def test_sarif_names_files_as_uris():
    report = Report((replace(wrong(), path="a b/ü#%.md"),))
    found = json.loads(rendered("sarif", report))["runs"][0]["results"][0]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/%C3%BC%23%25.md"


def test_junit_counts():
    root = xml.fromstring(rendered("junit", REPORTS["wrong"]).encode())
    suite = root.find("testsuite")
    assert [suite.get(key) for key in ("tests", "failures", "errors", "skipped")] == ["3", "2", "0", "1"]
    strict = xml.fromstring(rendered("junit", REPORTS["wrong"], Policy(strict=True)).encode())
    assert len(strict.findall(".//failure")) == 3
    open_ = Report((replace(wrong(), statements=wrong().statements[2:]),))
    assert xml.fromstring(rendered("junit", open_).encode()).find(".//error") is not None


# What servers that read JUnit's XML take (the schema of Jenkins' xUnit plugin): attributes and children by element.
JUNIT = {
    "testsuites": ({"name"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped"}, {"testcase"}),
    "testcase": ({"classname", "name"}, {"failure", "error", "skipped"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"message"}, set()),
}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("report", [*REPORTS.values(), hostile(), hostile(2), with_everything()])
def test_junit_has_the_elements_that_servers_read(report, strict):
    root = xml.fromstring(rendered("junit", report, Policy(strict=strict)).encode())
    for element in root.iter():
        attributes, children = JUNIT[element.tag]
        assert set(element.keys()) == attributes
        assert {child.tag for child in element} <= children
        assert element.tag != "testcase" or len(element) <= 1
    for suite in root:
        counted = {"tests": len(suite), **{f"{kind}": len(suite.findall(f".//{kind}")) for kind in ("skipped",)}}
        counted |= {"failures": len(suite.findall(".//failure")), "errors": len(suite.findall(".//error"))}
        assert {key: int(suite.get(key)) for key in counted} == counted
