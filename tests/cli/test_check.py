"""`derive check` as people use it, and misuse it: statuses, words, files, settings, repairs, standard input."""

import io
import json
import multiprocessing
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

from derive.checking.document import LARGEST_FILE
from derive.checking.folders import SUFFIXES
from derive.checking.formats import github
from derive.cli import main
from derive.cli.check import FORMATS
from derive.pytest_plugin import SUFFIXES as COLLECTED

ROOT = Path(__file__).resolve().parents[2]
RIGHT = """With $x \\in \\mathbb{R}^d$ and $W \\in \\mathbb{R}^{k \\times d}$, $z = W x$ and $L = \\frac12 z^\\top z$.

$$\\frac{\\partial L}{\\partial W} = z x^\\top$$
"""
WRONG = RIGHT.replace("z x^\\top", "-z x^\\top")
OPEN = "$$y = ?$$\n"
MIXED = RIGHT + "\n" + OPEN
SUMMARY = "1 document: holds: 1, stated: 4\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder with documents to stand in, and no settings of the machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    for name, text in {"right": RIGHT, "wrong": WRONG, "open": OPEN, "mixed": MIXED}.items():
        Path(f"{name}.md").write_text(text, encoding="utf-8")
    return tmp_path


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(["check", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def code() -> str:
    """The code of what is wrong in wrong.md."""
    from derive.checking.check import check

    return next(s.code for s in check(WRONG).statements if s.verdict == "wrong")


# ---------------------------------------------------------------- statuses


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["right.md"], 0),
        (["wrong.md"], 1),
        (["right.md", "wrong.md"], 1),
        (["mixed.md"], 0),
        (["mixed.md", "--strict"], 1),
        (["open.md"], 1),  # claims, and none decided
        (["right.md", "open.md"], 1),
        (["wrong.md", "--select", "D9"], 0),
        (["wrong.md", "--ignore", "D3"], 0),
        (["wrong.md", "--select", "D1,D3", "--select", "D2"], 1),
        (["right.md", "missing.md"], 2),
        (["wrong.md", "missing.md"], 2),
        (["--explain-parse", "right.md"], 0),
        (["--explain-parse", "right.md", "missing.md"], 2),
    ],
)
@pytest.mark.parametrize("form", ["full", "json"])
def test_status(capsys, arguments, status, form):
    assert run(capsys, *arguments, "--format", form)[0] == status


def test_what_is_right(capsys):
    assert run(capsys, "right.md") == (0, SUMMARY, "")


def test_what_is_wrong(capsys):
    status, out, err = run(capsys, "wrong.md")
    assert (status, err) == (1, "")
    assert out.startswith("wrong.md:3:35: D3")
    assert "3 | $$\\frac{\\partial L}{\\partial W} = -z x^\\top$$\n" in out
    assert "\\frac{\\partial L}{\\partial W} = z x^\\top\n" in out
    assert out.endswith("\n1 document: wrong: 1, stated: 4\n")
    assert all(len(line) <= 80 for line in out.splitlines()) and "\x1b" not in out


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_printed(capsys, form):
    status, out, err = run(capsys, "right.md", "wrong.md", "--format", form)
    assert (status, err) == (1, "") and out.endswith("\n") and not out.endswith("\n\n")
    if form in ("json", "sarif"):
        assert json.loads(out)


@pytest.mark.parametrize("level", ["place", "reason"])
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_hidden_from_a_learner_is_in_no_format(capsys, form, level):
    out = run(capsys, "wrong.md", "--format", form, "--reveal", level)[1]
    assert "= z x^" not in out and "this holds" not in out
    assert level == "reason" or code() not in out


# ---------------------------------------------------------------- what is refused

HELP = "(see derive check --help)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], f"the following arguments are required: FILES {HELP}"),
        ([""], f"the name of a document is empty {HELP}"),
        (["a.md", "--formt", "json"], f"derive check has no option --formt; did you mean --format? {HELP}"),
        (["a.md", "--format", "jsn"], "--format takes full, concise, json, github, sarif or junit, found 'jsn'; "
         "did you mean json?"),
        (["a.md", "--reveal", "palce"], "--reveal takes place, reason or repair, found 'palce'; did you mean place?"),
        (["a.md", "--select", "D4O4"], "--select: no code begins with 'D4O4'; did you mean D404?"),
        (["a.md", "--ignore", ""], "--ignore: no code begins with ''; derive rule lists them"),
        (["a.md", "--seed", "-1"], "--seed takes a whole number from 0 to 1000000000, found '-1'"),
        (["a.md", "-j", "0"], "-j takes a whole number from 1 to 64, found '0'"),
        (["right.md", "--fix", "--reveal", "place"], "--reveal place hides the repairs that --fix and --diff show"),
        (["-", "--fix"], "--fix writes into documents, and standard input is none: --diff prints the repairs"),
        (["right.md", "--baseline", "none.json"], "none.json: cannot be read: No such file or directory"),
        (["right.md", "--baseline", "right.md"], "right.md: is no JSON (line 1, column 1)"),
        (["empty"], f"empty: has no documents; derive check reads {', '.join(SUFFIXES)}"),
    ],
)  # fmt: skip
def test_one_message_and_status_2(capsys, arguments, message):
    Path("empty").mkdir()
    assert run(capsys, *arguments) == (2, "", f"derive: error: {message}\n")


def test_a_document_that_cannot_be_used_does_not_keep_others_from_being_checked(capsys):
    Path("bytes.md").write_bytes(b"one\n\xef\xbb\xbf two\n ab\xff")
    Path("utf16.md").write_bytes("$$x = y$$".encode("utf-16"))
    Path("keys.md").write_text("---\nderive:\n  shaps:\n    x: d\n---\n", encoding="utf-8")
    Path("large.md").write_bytes(b" " * (LARGEST_FILE + 1))
    status, out, err = run(capsys, "none.md", "bytes.md", "utf16.md", "keys.md", "large.md", "nul\0.md", "right.md")
    assert (status, out) == (2, SUMMARY)
    assert err.splitlines() == [
        "derive: error: none.md: cannot be read: No such file or directory",
        "derive: error: bytes.md:3:4: expected text in UTF-8, found the byte 0xff",
        "derive: error: utf16.md:1:1: expected text in UTF-8, found the byte 0xff; this looks like UTF-16",
        "derive: error: keys.md:3:3: front matter: there is no key shaps; did you mean shapes?",
        f"derive: error: large.md: is larger than {LARGEST_FILE // 2**20} MiB",
        "derive: error: nul\\x00.md: cannot be read: embedded null byte",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "$$y = \\text{</script><b>} x$$",
        "$$__import__('os').system('touch pwned') = 1$$",
        "$$x = \x1b[31m\x00 y$$",
        f"$$x = {'x + ' * 250_000} y$$",
        f"$$x = {'{' * 10_000}y{'}' * 10_000}$$",
        "$$\\sum_{i=1}^{1000000000} i = 2^{10^9}$$",
        "$$\\def\\a{\\a\\a} \\a = 1$$",
        "$$" * 5000,
        "---\n" * 1000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_hostile_text_ends_in_a_verdict(capsys, text):
    Path("hostile.md").write_text(text, encoding="utf-8")
    status, out, err = run(capsys, "hostile.md")
    assert status in (0, 1) and err == ""
    assert not any(sign in out for sign in "\x1b\x00") and max(map(len, out.splitlines())) < 1000
    assert not Path("pwned").exists()


# ---------------------------------------------------------------- kinds of documents

LATEX = r"""% derive:
%   shapes:
%     x: d
%     W: k x d
\documentclass{article}
\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\begin{document}
Let $z = W x$ and $L = \frac12 z^\top z$. % not $z = 3$
\begin{align}
  \pd{L}{W} &= z x^\top \\
  \pd{L}{x} &= W z
\end{align}
\end{document}
"""


def notebook(*cells: str, metadata: dict | None = None, raw: str | None = None) -> str:
    entries = [{"cell_type": "raw", "source": raw}] if raw is not None else []
    entries += [{"cell_type": "code", "source": ["x = '$y = 2$'"]}]
    entries += [{"cell_type": "markdown", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"cells": entries, "metadata": metadata or {}})


MODEL_CELL = "Let $z = W x$ and $L = \\frac12 z^\\top z$."
CLAIM_CELL = "So\n\n$$\\frac{\\partial L}{\\partial x} = W z$$"
SHAPES = {"shapes": {"x": "d", "W": "k x d"}}
FRONT = "derive:\n  shapes:\n    x: d\n    W: k x d\n"


def test_latex(capsys, monkeypatch):
    Path("a.tex").write_text(LATEX, encoding="utf-8")
    status, out, _ = run(capsys, "a.tex", "--format", "json")
    claims = [entry for entry in json.loads(out)["files"][0]["statements"] if entry["kind"] == "claim"]
    assert status == 1
    assert [(c["line"], c["column"], c["latex"], c["verdict"]) for c in claims] == [
        (10, 3, "\\pd{L}{W} = z x^\\top", "holds"),
        (11, 3, "\\pd{L}{x} = W z", "ill-shaped"),
    ]
    assert claims[1]["suggestion"] == "\\pd{L}{x} = W^\\top z"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LATEX.encode())))
    assert run(capsys, "-", "--format", "concise")[1].startswith("-:11:16: D2")
    assert run(capsys, "a.tex", "--fix")[0] == 0
    assert Path("a.tex").read_text(encoding="utf-8") == LATEX.replace("W z", "W^\\top z")


@pytest.mark.parametrize(
    "settings",
    [{"metadata": {"derive": SHAPES}}, {"raw": FRONT}, {"raw": f"---\n{FRONT}---\n"}, {}],
    ids=["metadata", "raw", "raw front matter", "front matter"],
)
def test_notebooks(capsys, settings):
    cells = (MODEL_CELL if settings else f"---\n{FRONT}---\n{MODEL_CELL}", CLAIM_CELL)
    Path("a.ipynb").write_text(notebook(*cells, **settings), encoding="utf-8")
    status, out, _ = run(capsys, "a.ipynb", "--format", "json")
    (claim,) = (entry for entry in json.loads(out)["files"][0]["statements"] if entry["kind"] == "claim")
    cell = 4 if "raw" in settings else 3
    assert (status, claim["cell"], claim["line"], claim["column"]) == (1, cell, 3, 3)
    assert f"a.ipynb:cell {cell}:3:35: D2" in run(capsys, "a.ipynb")[1]
    assert "line=" not in run(capsys, "a.ipynb", "--format", "github")[1]
    before = Path("a.ipynb").read_bytes()
    for flag in ("--fix", "--diff"):
        status, out, err = run(capsys, "a.ipynb", flag)
        assert status == 1 and Path("a.ipynb").read_bytes() == before
        assert err == "derive: note: a.ipynb: the repairs of a notebook are shown, and not written\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "a.ipynb:1:2: this is no notebook: "),
        ("[]", "a.ipynb:1:1: this is no notebook: "),
        (notebook(metadata={"derive": {"shaps": {}}}), "a.ipynb: declarations: there is no key shaps; "
         "did you mean shapes?"),
        (notebook(raw="derive:\n  shaps:\n"), "a.ipynb:cell 1:2:3: front matter: there is no key shaps; "
         "did you mean shapes?"),
    ],
)  # fmt: skip
def test_notebooks_that_are_refused(capsys, text, message):
    Path("a.ipynb").write_text(text, encoding="utf-8")
    status, out, err = run(capsys, "a.ipynb")
    assert (status, out) == (2, "") and err.startswith(f"derive: error: {message}") and err.count("\n") == 1


# ---------------------------------------------------------------- which documents


def paths(out: str) -> list[str]:
    return [file["path"] for file in json.loads(out)["files"]]


def test_folders_and_names(capsys):
    for name in ("notes/b.md", "notes/a/c.md", "notes/.git/d.md", "notes/.e.md", "notes/f.txt", "odd", "notes/G.Rmd"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(RIGHT, encoding="utf-8")
    status, out, _ = run(capsys, "odd", "notes", "right.md", "notes/b.md", "--format", "json")
    assert status == 0
    assert paths(out) == ["odd", "notes/G.Rmd", "notes/a/c.md", "notes/b.md", "right.md"]


def test_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WRONG.encode())))
    status, out, _ = run(capsys, "-", "--format", "concise")
    assert status == 1 and out.startswith("-:3:35: ")
    monkeypatch.setattr(sys, "stdin", None)  # closed by the shell
    assert run(capsys, "-")[0] == 0


def test_more_processes_give_the_same_bytes(capsys):
    serial = run(capsys, ".", "missing.md", "--format", "json")
    assert run(capsys, ".", "missing.md", "--format", "json", "-j", "2") == serial


def test_a_process_that_is_ended_by_the_system(capsys, monkeypatch):
    if multiprocessing.get_start_method() != "fork":
        pytest.skip("only a fork inherits the fault that is planted here")
    monkeypatch.setattr("derive.cli.check.read_text", lambda path: os._exit(9))
    status, out, err = run(capsys, "right.md", "wrong.md", "-j", "2")
    assert (status, out) == (2, "") and "one of the 2 processes was ended by the system" in err


# ---------------------------------------------------------------- settings of a project


def test_settings(capsys, monkeypatch):
    Path("pyproject.toml").write_text(
        '[tool.derive]\nstrict = true\nformat = "concise"\nselect = ["D1"]\nseed = 3\njobs = 1\n', encoding="utf-8"
    )
    Path("deep").mkdir()
    monkeypatch.chdir("deep")
    status, out, _ = run(capsys, "../mixed.md")
    assert status == 1 and out.startswith("../mixed.md:5:7: D101 error: unread: ")
    assert json.loads(run(capsys, "../right.md", "--format", "json")[1])["schema"] == "derive-check/1"


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[tool.derive]\nstrct = true\n", "[tool.derive] has no key 'strct'; did you mean strict?"),
        ("[tool.derive]\nstrict = 1\n", "strict under [tool.derive] takes true or false, found 1"),
        ("[tool.derive]\nselect = 'D1'\n", "select under [tool.derive] takes a list of codes, found 'D1'"),
        ("[tool.derive]\nseed = true\n", "seed under [tool.derive] takes a whole number, found True"),
        ("[tool.derive]\nselect = ['D9x']\n", "select: no code begins with 'D9x'; did you mean D9?"),
        ("[tool.derive]\nreveal = 'x'\n", "reveal takes place, reason or repair, found 'x'"),
        ("[tool.derive]\njobs = 0\n", "jobs takes a whole number from 1 to 64, found '0'"),
        ("[tool]\nderive = 1\n", "[tool.derive] is a table of options, found 1"),
        ("[tool.derive\n", "Expected ']' at the end of a table declaration (at line 1, column 13)"),
    ],
)
def test_settings_that_are_refused(capsys, toml, message):
    Path("pyproject.toml").write_text(toml, encoding="utf-8")
    place = "pyproject.toml" if "at line 1" in message else "pyproject.toml:2"
    assert run(capsys, "right.md") == (2, "", f"derive: error: {place}: {message}\n")


def test_settings_in_a_file_of_their_own(capsys):
    Path("derive.toml").write_text("strict = true\n[build]\nnotes = ['right.md']\n", encoding="utf-8")
    assert run(capsys, "mixed.md")[0] == 1
    Path("derive.toml").write_text("# a comment\n\nselect = [\n  'D1',\n]\nstrct = true\n", encoding="utf-8")
    message = "derive.toml:6: the file has no key 'strct'; did you mean strict?"
    assert run(capsys, "mixed.md") == (2, "", f"derive: error: {message}\n")
    Path("pyproject.toml").write_text("[tool.derive]\nstrict = true\n", encoding="utf-8")
    status, _, err = run(capsys, "mixed.md")
    assert status == 2 and "keep the settings in one of them" in err


def test_a_project_without_settings_is_left_alone(capsys):
    for toml in ("[tool.other]\nx = 1\n", "tool = 1\n"):
        Path("pyproject.toml").write_text(toml, encoding="utf-8")
        assert run(capsys, "right.md")[0] == 0


def test_baseline(capsys):
    Path("known.json").write_text(run(capsys, "wrong.md", "open.md", "--format", "json")[1], encoding="utf-8")
    assert run(capsys, "./wrong.md", "--baseline", "known.json")[0] == 0
    Path("wrong.md").write_text("More text above.\n\n" + WRONG, encoding="utf-8")
    assert run(capsys, "wrong.md", "--baseline", "known.json")[0] == 0
    Path("wrong.md").write_text(WRONG + WRONG[WRONG.index("$$") :], encoding="utf-8")
    assert run(capsys, "wrong.md", "--baseline", "known.json")[0] == 1


# ---------------------------------------------------------------- repairs


def test_diff_writes_nothing(capsys):
    status, out, err = run(capsys, "wrong.md", "right.md", "--diff")
    assert (status, err) == (1, "")
    assert out.splitlines()[:3] == ["--- a/wrong.md\tnow", "+++ b/wrong.md\trepaired", "@@ -1,3 +1,3 @@"]
    left = "$$\\frac{\\partial L}{\\partial W}"
    assert f"-{left} = -z x^\\top$$\n+{left} = z x^\\top$$" in out
    assert Path("wrong.md").read_text(encoding="utf-8") == WRONG


@pytest.mark.parametrize(
    "text",
    [
        WRONG,
        WRONG.replace("\n", "\r\n"),
        WRONG.rstrip("\n"),
        "\ufeff" + WRONG,
        WRONG.replace("\n\n", "\n\na\u2028b \x0c c\n\n"),
    ],
    ids=["plain", "CRLF", "no last line feed", "byte order mark", "other separators"],
)
def test_a_diff_is_a_patch_and_does_what_fix_does(capsys, text):
    folder = Path("my notes")
    folder.mkdir()
    for name in ("a.md", "b.md"):
        (folder / name).write_bytes(text.encode())
    patch = run(capsys, "my notes/a.md", "--diff")[1]
    subprocess.run(["git", "apply", "-"], input=patch.encode(), check=True)
    assert run(capsys, "my notes/b.md", "--fix")[0] == 0
    assert (folder / "a.md").read_bytes() == (folder / "b.md").read_bytes() != text.encode()


def test_a_document_is_checked_once_however_it_is_spelled(capsys):
    assert run(capsys, "right.md", "./right.md", "bin/../right.md", os.path.abspath("right.md")) == (0, SUMMARY, "")


def test_fix_writes_the_repair_and_nothing_else(capsys):
    Path("wrong.md").write_bytes(b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").encode())
    Path("link.md").symlink_to("wrong.md")
    assert run(capsys, "link.md", "--fix") == (0, SUMMARY, "derive: note: repaired link.md\n")
    assert Path("wrong.md").read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()
    assert Path("link.md").is_symlink()
    assert run(capsys, "link.md", "--fix") == (0, SUMMARY, "")


def test_fix_writes_only_what_has_no_rival(capsys):
    text = RIGHT + "\n$$4 = 1 + 2$$\n\n$$\\frac{\\partial L}{\\partial z} = -z$$\n"
    Path("a.md").write_text(text, encoding="utf-8")
    status, _, err = run(capsys, "a.md", "--fix")
    assert Path("a.md").read_text(encoding="utf-8") == text.replace("-z$$", "z$$")
    assert status == 1 and "a.md:5: 2 repairs are as small; none is written" in err
    assert run(capsys, "a.md", "--diff")[1] == ""


def test_fix_leaves_what_is_not_selected(capsys):
    run(capsys, "wrong.md", "--fix", "--ignore", "D3")
    assert Path("wrong.md").read_text(encoding="utf-8") == WRONG


# ---------------------------------------------------------------- where other programs run it


def test_the_overflow_goes_to_the_step_summary(capsys, monkeypatch):
    claim = WRONG[WRONG.index("$$") :]
    Path("many.md").write_text(WRONG + claim * 11, encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    _, out, _ = run(capsys, "many.md", "--format", "github")
    assert sum(line.startswith("::error") for line in out.splitlines()) == github.LIMIT
    assert Path("summary.md").read_text(encoding="utf-8").startswith("2 more findings")


def test_explain_parse_names_shapes_and_what_is_left_out(capsys):
    Path("a.md").write_text(MIXED + "<!-- derive: skip -->\n" + OPEN, encoding="utf-8")
    out = run(capsys, "--explain-parse", "a.md")[1]
    rows = (["x ", "d ", "1:7"], ["z ", "k ", "1:65"], ["claim", "3:3"], ["5:3", "unread"], ["7:3", "left it out"])
    for words in rows:
        assert any(all(word in line for word in words) for line in out.splitlines()), words


def test_explain_a_line(capsys):
    status, out, err = run(capsys, "wrong.md", "--explain", "3")
    assert (status, err) == (1, "") and out.startswith("wrong.md:3:3: wrong (D3")
    assert "closed form" in out and "evidence" in out and "\x1b" not in out
    status, out, _ = run(capsys, "right.md", "--explain", "3", "--format", "json")
    assert status == 0 and json.loads(out)["claims"][0]["closed"] == "z x^\\top"
    assert run(capsys, "wrong.md", "--explain", "3", "--ignore", "D3")[0] == 0
    assert run(capsys, "right.md", "--explain", "3", "--reveal", "reason")[0] == 0
    Path("pyproject.toml").write_text("[tool.derive]\nformat = 'concise'\n", encoding="utf-8")
    assert run(capsys, "right.md", "--explain", "3")[0] == 0
    known = WRONG.replace("$$\\frac", f"<!-- derive: ignore[{code()}] for now -->\n$$\\frac")
    Path("known.md").write_text(known, encoding="utf-8")
    status, out, _ = run(capsys, "known.md", "--explain", "4")
    assert status == 0 and "known.md:4:3: wrong" in out and "accepted: for now" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["right.md", "--explain", "1"], "right.md: line 1 holds a d"),
        (["right.md", "--explain", "0"], "--explain takes a whole number from 1"),
        (["right.md", "--explain", "x"], "found 'x'"),
        (["right.md", "--explain", ":3"], "found ''"),
        (["right.md", "--explain", "2:3"], "only a notebook has cells"),
        (["right.md", "wrong.md", "--explain", "3"], "takes one document, found 2"),
        (["right.md", "--explain", "3", "--fix"], "--fix is another question"),
        (["right.md", "--explain", "3", "--format", "sarif"], "printed as full or as json"),
        (["missing.md", "--explain", "3"], "missing.md"),
        (["wrong.md", "--explain", "3", "--reveal", "reason"], "--reveal reason hides what --explain shows of a claim"),
    ],
)
def test_explain_that_cannot_be(capsys, arguments, words):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "") and words in err


def pytest_run(*arguments: str) -> subprocess.CompletedProcess:
    installed = any(point.name == "derive" for point in entry_points(group="pytest11"))
    loaded = [] if installed else ["-p", "derive.pytest_plugin"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    call = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *loaded, *arguments]
    return subprocess.run(call, env=environment, capture_output=True, text=True, timeout=120)


def test_the_pytest_plugin_makes_a_test_of_every_claim():
    assert tuple(COLLECTED) == tuple(SUFFIXES)
    done = pytest_run("--derive", "-v", ".")
    assert done.returncode == 1
    assert "mixed.md::3:3 PASSED" in done.stdout and "mixed.md::5:3 SKIPPED" in done.stdout
    assert "open.md::decided FAILED" in done.stdout and "none of them was decided" in done.stdout
    assert "wrong.md::3:3 FAILED" in done.stdout and "wrong.md:3:35: D3" in done.stdout
    assert "4 failed" not in done.stdout and "2 failed, 2 passed, 2 skipped" in done.stdout
    one = pytest_run("--derive", "--derive-strict", "mixed.md::5:3")
    assert one.returncode == 1 and "1 failed" in one.stdout


def test_the_pytest_plugin_heeds_the_settings_of_the_project():
    Path("pyproject.toml").write_text('[tool.derive]\nignore = ["D3"]\nstrict = true\n', encoding="utf-8")
    done = pytest_run("--derive", "wrong.md", "mixed.md")
    assert "1 failed, 1 passed, 1 skipped" in done.stdout and "mixed.md:5:7: D101 error" in done.stdout
    Path("pyproject.toml").write_text("[tool.derive]\nignor = []\n", encoding="utf-8")
    done = pytest_run("--derive", "wrong.md")
    assert done.returncode != 0 and "did you mean ignore?" in done.stdout + done.stderr


def test_the_pytest_plugin_is_silent_when_it_is_not_asked_for():
    done = pytest_run(".")
    assert done.returncode == 5 and "no tests ran" in done.stdout


def test_the_cell_magic(capsys):
    magics = {}

    class Shell:
        def register_magic_function(self, function, kind, name):
            magics[name] = function

    from derive.ipython import load_ipython_extension

    load_ipython_extension(Shell())
    assert "<table>" in magics["derive"]("", WRONG)._repr_html_()
    assert magics["derive"]("x", WRONG) is None and magics["derive"]("", "---\nderive:\n  shaps:\n---\n") is None
    assert "takes no arguments" in (out := capsys.readouterr().out) and "did you mean shapes?" in out


# ---------------------------------------------------------------- the hook and the action


@pytest.fixture
def on_the_path(here, monkeypatch):
    """A `derive` to call, as an installation has it."""
    (here / "bin").mkdir()
    script = here / "bin" / "derive"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m derive "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{here / 'bin'}{os.pathsep}{os.environ['PATH']}")


def test_the_hook_checks_what_is_committed(here, on_the_path):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert all(re.search(hook["files"], f"notes/a{suffix}") for suffix in (*SUFFIXES, ".Rmd"))
    assert not re.search(hook["files"], "notes/a.py")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q", "."], check=True)
    script = here / ".git" / "hooks" / "pre-commit"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\nexec {hook['entry']} $(git diff --cached --name-only)\n", encoding="utf-8")
    script.chmod(0o755)
    statuses = []
    for name in ("right.md", "wrong.md"):
        subprocess.run([*git, "add", name], check=True)
        done = subprocess.run([*git, "commit", "-q", "-m", "notes"], capture_output=True, text=True)
        statuses.append(done.returncode)
    assert statuses == [0, 1] and "wrong.md:3:35: D3" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("files", "args", "status"),
    [("right.md", "", 0), ("right.md\nwrong.md", "", 1), ("mixed.md", "--strict", 1), ("$(touch pwned).md", "", 2)],
)
def test_the_step_of_the_action(on_the_path, files, args, status):
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    _, step = action["runs"]["steps"]
    given = {"DERIVE_FILES": files, "DERIVE_ARGS": args}
    assert step["env"] == {"DERIVE_FILES": "${{ inputs.files }}", "DERIVE_ARGS": "${{ inputs.args }}"}
    call = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]  # as GitHub runs `shell: bash`
    done = subprocess.run(call, env=os.environ | given, capture_output=True, text=True)
    assert done.returncode == status
    assert ("::error file=wrong.md" in done.stdout) == ("wrong.md" in files)
    assert not Path("pwned").exists()
