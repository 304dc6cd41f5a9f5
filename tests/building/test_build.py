"""What is built when, what is said of it, and what is left alone."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from derive.building import digests
from derive.building.manifest import Judged, Made, Manifest, read_manifest
from derive.building.paths import STORE
from derive.building.work import Verdict
from derive.cli import main
from tests.building import projects
from tests.building.projects import ARTIFACT, FILES, RIGHT, SETTINGS, WRONG, command, statuses, tree

MANIFEST = Path(STORE, "build.json")
LINEAR, COLUMNS = "out/linear-scalar", "out/more/columns"
BOTH_CURRENT = {LINEAR: "current", COLUMNS: "current"}
DONE = "2 artifacts: 2 current\n1 note: 1 passed (holds: 1, stated: 4)\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A project that was built once."""
    folder = projects.write(tmp_path_factory.mktemp("built") / "project")
    done = command("build", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def here(built, tmp_path, monkeypatch):
    """A copy of it to stand in: times of files are not those of the build."""
    shutil.copytree(built, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return Path.cwd()


@pytest.fixture
def build(capsys):
    """`derive build -j 1` in this process: its status, what it prints, and what it complains of."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["build", "-j", "1", *arguments])
        return status, *capsys.readouterr()

    return run


def replace(path: str | Path, old: str, new: str) -> None:
    text = Path(path).read_text(encoding="utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new), encoding="utf-8")


# ---------------------------------------------------------------- what is built


def test_everything_is_written_once(built):
    files = tree(built)
    assert tuple(name for name in files if name.startswith("out/")) == FILES
    assert {name for name in files if name.startswith(STORE)} == {
        f"{STORE}/{name}" for name in (".gitignore", "build.json", "build.lock")
    }
    assert json.loads(files[FILES[0]])["schema"] == "derive-explain/1"


def test_the_files_are_those_of_derive_explain(built, here):
    assert main(["explain", "linear-scalar", "--data", "points.csv", "--out", "explained"]) == 0
    for kind in ("md", "tex", "json"):
        assert Path(f"explained/linear-scalar.{kind}").read_bytes() == Path(f"{LINEAR}.{kind}").read_bytes()


def test_what_is_current_is_not_touched(here, build):
    before = {name: os.stat(name).st_mtime_ns for name in tree(here)}
    assert build() == (0, DONE, "")
    del before[f"{STORE}/build.lock"]
    assert {name: os.stat(name).st_mtime_ns for name in before} == before


def test_nothing_heavy_is_imported_where_all_is_current(built):
    code = "import sys; from derive.cli import main; status = main(['build'])\n"
    code += "assert not {'sympy', 'numpy', 'jinja2', 'rich'} & set(sys.modules); sys.exit(status)"
    assert subprocess.run([sys.executable, "-c", code], cwd=built, env=projects.environ(), timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("change", "stale"),
    [
        (lambda: replace("points.csv", "2,3", "2,4"), {LINEAR}),
        (lambda: replace("pyproject.toml", "{ n = 3 }", "{ n = 2 }"), {COLUMNS}),
        (lambda: replace("pyproject.toml", 'data = "points.csv"', 'data = "points.csv"\nfactor = "1/2"'), {LINEAR}),
        (lambda: replace("pyproject.toml", 'formats = ["json"]', 'formats = ["json", "md"]'), {COLUMNS}),
        (lambda: replace(FILES[1], "# ", "## "), {LINEAR}),
        (lambda: replace(FILES[3], "{", " {"), {COLUMNS}),
        (lambda: Path(FILES[0]).unlink(), {LINEAR}),
        (lambda: shutil.rmtree("out"), {LINEAR, COLUMNS}),
        (lambda: replace("pyproject.toml", "[tool.derive.build]\n", "# as it was\n[tool.derive.build]\n"), set()),
        (lambda: replace("pyproject.toml", 'data = "points.csv"', 'data = "./points.csv"\nseed = 0'), set()),
        (lambda: os.utime("points.csv", (1, 1)), set()),
        (lambda: MANIFEST.unlink(), set()),
        (lambda: MANIFEST.write_text("{"), set()),
        (lambda: replace(MANIFEST, "derive-manifest/1", "derive-manifest/0"), set()),
    ],
)
def test_what_is_out_of_date_is_named_and_then_built(here, build, change, stale):
    change()
    expected = {title: "stale" if title in stale else "current" for title in BOTH_CURRENT}
    before = tree(here)
    status, out, _ = build("--check", "--json")
    assert statuses(out) == expected and status == int(bool(stale))
    assert tree(here) == before, "--check has written"
    status, out, _ = build("--json")
    assert statuses(out) == {title: "built" if title in stale else "current" for title in BOTH_CURRENT} and status == 0
    assert build("--check")[0] == 0
    built_here = tree(here)
    shutil.rmtree(STORE)  # as in a fresh clone
    status, out, _ = build("--check", "--json")
    assert status == 0 and set(statuses(out).values()) == {"current"}
    assert tree(here) == {name: content for name, content in built_here.items() if not name.startswith(STORE)}


def kept(**changes) -> Manifest:
    """The manifest with other entries, under the seal of the user."""
    changed = dataclasses.replace(read_manifest(), **changes)
    MANIFEST.write_bytes(changed.as_bytes())
    return changed


def test_a_manifest_is_not_believed_for_files_that_it_does_not_name(here, build):
    made = read_manifest().artifacts
    kept(artifacts={**made, LINEAR: Made(made[LINEAR].inputs, {})})
    Path(FILES[1]).write_text("forged", encoding="utf-8")
    assert statuses(build("--check", "--json")[1])[LINEAR] == "stale"


def test_a_manifest_that_leads_out_of_the_project_sweeps_nothing_there(here, build):
    Path("../kept").mkdir()
    Path("../kept/.derive-build-x").write_text("not of this project", encoding="utf-8")
    kept(written=frozenset({"../kept/x.md"}))
    assert read_manifest() == Manifest()
    assert build()[0] == 0
    assert Path("../kept/.derive-build-x").exists()


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_a_manifest_of_somebody_else_is_not_believed(here, build, monkeypatch, arguments):
    """As one that comes with a pull request, and says of a wrong note that it is right."""
    Path("notes/right.md").write_text(WRONG, encoding="utf-8")
    assert build()[0] == 1
    judged = read_manifest().notes["notes/right.md"]
    good = Verdict(counts={"holds": 1}).as_plain()
    kept(notes={"notes/right.md": Judged(judged.inputs, good)})
    assert build("--check")[0] == 0, "under the seal of the user it is believed"
    forged = MANIFEST.read_bytes()
    monkeypatch.setenv("XDG_CACHE_HOME", str(here / "other"))
    assert build(*arguments)[0] == 1
    for change in ('"seal": "', '"seal": null, "was": "'):
        MANIFEST.write_bytes(forged.replace(b'"seal": "', change.encode()))
        assert build(*arguments)[0] == 1
    assert (here / "other").exists() == (arguments == [])  # --check makes no key


@pytest.mark.parametrize("home", ["/proc/nowhere", "short"])
def test_without_a_key_nothing_is_remembered_and_all_is_right(here, build, monkeypatch, home):
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    if home == "short":
        Path("short/derive").mkdir(parents=True)
        Path("short/derive/key").write_bytes(b"short")
    assert build() == build() == (0, DONE, "")
    assert json.loads(MANIFEST.read_bytes())["seal"] is None and read_manifest() == Manifest()


def test_the_key_is_for_its_user_alone(here, build, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(here / "cache"))
    assert build()[0] == 0
    (key,) = [path for path in Path("cache").rglob("*") if path.is_file()]
    assert key.stat().st_mode & 0o777 == 0o600 and len(key.read_bytes()) == 32
    before = key.read_bytes()
    MANIFEST.unlink()
    assert build()[0] == 0 and key.read_bytes() == before


def test_another_derive_makes_all_again_and_touches_what_differs(here, build, monkeypatch):
    before = {name: os.stat(name).st_mtime_ns for name in FILES}
    calls = []
    monkeypatch.setattr(digests, "of_derive", lambda: calls.append(1) or "another")
    assert build() == (0, DONE, "")
    assert calls and {name: os.stat(name).st_mtime_ns for name in FILES} == before


def test_the_digest_of_derive_is_that_of_its_sources(tmp_path):
    for name in ("derive", "templates"):
        shutil.copytree(projects.ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "katex"))
    found = []
    for name in ("", "derive/cli/check.py", "templates/explainer.md.j2", "templates/new.j2", ""):
        if name:
            with (tmp_path / name).open("ab") as file:
                file.write(b"\n# A comment\n" if "new" not in name else b"")
        code = "from derive.building.digests import of_derive; print(of_derive())"
        found.append(subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True).stdout)
    assert len(found[0].strip()) == 64
    assert len(set(found)) == 4 and found[-1] == found[-2]


def test_only_what_is_named(here, build):
    shutil.rmtree("out")
    Path("notes/right.md").write_text(WRONG, encoding="utf-8")
    assert build("columns") == (0, "wrote    out/more/columns.json\n1 artifact: 1 built\n", "")
    assert build("out/more/columns", "columns") == (0, "1 artifact: 1 current\n", "")
    status, out, err = build("colums")
    message = f"no artifact is called 'colums'; there are {LINEAR}, {COLUMNS}; did you mean columns?"
    assert (status, out, err) == (2, "", f"derive: error: {message}\n")
    assert build("linear-scalar")[0] == 0 and build()[0] == 1


def test_from_a_folder_of_the_project(here, build, monkeypatch):
    shutil.rmtree("out")
    monkeypatch.chdir("notes")
    status, out, _ = build()
    assert status == 0 and "wrote    out/linear-scalar.md" in out
    assert os.getcwd() == str(here / "notes")
    assert command("build", "-j", "2", cwd=here / "notes").stdout == DONE


def test_templates_and_detail_of_a_project(here, build):
    Path("look").mkdir()
    Path("look/explainer.md.j2").write_text('{% extends "explainer.md.j2" %}\n{# 1 #}', encoding="utf-8")
    replace("pyproject.toml", 'data = "points.csv"', 'data = "points.csv"\ntemplate = "look"\ndetail = "brief"')
    brief = build("--json")[1]
    assert statuses(brief) == {LINEAR: "built", COLUMNS: "current"}
    assert len(Path(FILES[1]).read_bytes()) < 9000
    replace("look/explainer.md.j2", "{# 1 #}", "{% block title %}Mine{% endblock %}")
    assert statuses(build("--check", "--json")[1])[LINEAR] == "stale"
    replace("look/explainer.md.j2", "{% endblock %}", "{{ nothing }}{% endblock %}")
    status, out, _ = build()
    assert status == 2 and "failed   out/linear-scalar: look/explainer.md.j2:2: 'nothing' is undefined" in out
    Path("look/explainer.md.j2").rename("look/other")
    assert "failed   out/linear-scalar: look: no template is there; expected" in build()[1]


# ---------------------------------------------------------------- what fails


def test_one_artifact_that_fails_does_not_stop_the_others(here, build):
    Path("points.csv").write_text("x,y\n1,q\n", encoding="utf-8")
    shutil.rmtree("out")
    status, out, err = build()
    assert (status, err) == (2, "")
    assert out == (
        "failed   out/linear-scalar: points.csv:2:3: expected a finite decimal number for\n"
        "         y, found 'q'\n"
        "wrote    out/more/columns.json\n"
        "2 artifacts: 1 built, 1 failed\n"
        "1 note: 1 passed (holds: 1, stated: 4)\n"
    )
    assert build()[1].startswith("failed   out/linear-scalar")  # again: a failure is not remembered as done


def test_a_failure_leaves_the_files_of_before(here, build):
    before = {name: Path(name).read_bytes() for name in FILES}
    Path("points.csv").write_text("x,y\n1,q\n", encoding="utf-8")
    assert build()[0] == 2
    assert {name: Path(name).read_bytes() for name in FILES} == before


def test_witnesses_that_disagree(here, build, monkeypatch):
    monkeypatch.setattr("derive.verify.evidence.Evidence.agreed", False)
    shutil.rmtree("out")
    status, out, _ = build()
    assert status == 1 and f"failed   {LINEAR}: The witnesses" in out and not list(Path("out").glob("**/*.md"))
    assert statuses(build("--json")[1]) == {LINEAR: "failed", COLUMNS: "failed"}


def test_a_fault_of_ours_costs_one_artifact(here, build, monkeypatch):
    monkeypatch.setattr("derive.explaining.request.answer", lambda request: 1 / 0)
    shutil.rmtree("out/more")
    status, out, _ = build()
    assert status == 2 and "failed   out/more/columns: derive itself failed (ZeroDivisionError); please" in out


def test_a_file_that_cannot_be_written(here, build):
    shutil.rmtree("out")
    Path("out/linear-scalar.tex").mkdir(parents=True)
    status, out, _ = build()
    assert status == 2 and "failed   out/linear-scalar: cannot write out/linear-scalar.tex: it is a folder" in out
    assert "wrote    out/more/columns.json" in out and not Path("out/linear-scalar.md").exists()
    assert build("--check")[1].startswith("failed") is False  # nothing is to be written there


def test_numbers_that_are_too_large(here, build):
    Path("points.csv").write_text("x,y\n1e90,0\n-1e95,1\n", encoding="utf-8")
    replace("pyproject.toml", 'model = "linear-scalar"', 'model = "logistic"\narrangement = "rows"')
    status, out, _ = build()
    said = " ".join(out.split())
    assert status == 2 and said.startswith("failed out/logistic: ")
    assert "a number is too large for float64; take data or parameters of smaller size" in said


def test_what_has_no_effect_is_said(here, build):
    replace("pyproject.toml", 'arrangement = "columns"\ndims = { n = 3 }', 'reduction = "sum"\narrangement = "example"')
    assert "note     out/more/columns: reduction has no effect: there is one example\n" in build()[1]


# ---------------------------------------------------------------- notes

SAID = """\
notes/wrong.md:2:35: D301 error: the sign of `z x^\\top` is wrong
    = help: this holds: \\frac{\\partial L}{\\partial W} = z x^\\top
failed   notes/wrong.md
2 artifacts: 2 current
2 notes: 1 passed, 1 failed (holds: 1, wrong: 1, stated: 8)
"""


def test_a_note_with_a_wrong_line(here, build):
    Path("notes/wrong.md").write_text(WRONG, encoding="utf-8")
    first, again, checked = build(), build(), build("--check")
    assert first == again == checked
    assert first == (1, SAID, "")


@pytest.mark.parametrize(
    ("settings", "status"),
    [("ignore = ['D3']", 0), ("select = ['D2']", 0), ("baseline = 'known.json'", 0), ("strict = true", 1)],
)
def test_notes_are_judged_as_the_settings_say(here, build, capsys, settings, status):
    Path("notes/wrong.md").write_text(WRONG, encoding="utf-8")
    main(["check", "notes/wrong.md", "--format", "json"])
    Path("known.json").write_text(capsys.readouterr().out, encoding="utf-8")
    assert build()[0] == 1
    Path("pyproject.toml").write_text(f"[tool.derive]\n{settings}\n{SETTINGS}", encoding="utf-8")
    assert build()[0] == status
    if "baseline" in settings:
        Path("known.json").write_text('{"schema": "derive-check/1", "files": []}', encoding="utf-8")
        assert build()[0] == 1, "the old baseline is remembered"


def test_what_is_hidden_from_a_learner_stays_hidden(here, build):
    Path("notes/wrong.md").write_text(WRONG, encoding="utf-8")
    Path("pyproject.toml").write_text(f"[tool.derive]\nreveal = 'place'\n{SETTINGS}", encoding="utf-8")
    for arguments in ([], ["--json"]):
        status, out, _ = build(*arguments)
        assert status == 1 and "D3" not in out and "z x^" not in out and "notes/wrong.md:2:35" in out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("select = ['D9x']", "select: no code begins with 'D9x'; did you mean D9?"),
        ("reveal = 'all'", "reveal takes place, reason or repair, found 'all'"),
        ("jobs = 0", "jobs takes a whole number from 1 to 64, found '0'"),
    ],
)
def test_settings_that_cannot_be_used(here, capsys, line, message):
    Path("pyproject.toml").write_text(f"[tool.derive]\n{line}\n{SETTINGS}", encoding="utf-8")
    assert main(["build"]) == 2
    assert capsys.readouterr() == ("", f"derive: error: pyproject.toml:2: {message}\n")


def test_a_note_that_cannot_be_read(here, build):
    Path("notes/odd.md").write_bytes(b"\xff\xfe")
    for arguments in ([], ["--check"]):
        status, out, _ = build(*arguments)
        assert status == 2 and "failed   notes/odd.md:1:1: expected text in UTF-8" in out
        assert "2 notes: 1 passed, 1 failed (holds: 1, stated: 4)" in out


def test_a_note_without_a_verdict(here, build):
    Path("notes/open.md").write_text("$$y = ?$$\n", encoding="utf-8")
    status, out, _ = build()
    assert status == 1 and "failed   notes/open.md: it makes claims, and none of them was decided" in out


def test_hostile_names_are_shown_and_not_obeyed(here, build):
    Path("notes/a\x1b[31m\n.md").write_text(RIGHT, encoding="utf-8")
    Path("notes/b\x1b[31m.md").write_text(WRONG, encoding="utf-8")
    status, out, _ = build()
    assert status == 1 and "\x1b" not in out and "failed   notes/b\\x1b[31m.md" in out
    assert json.loads(build("--json")[1])["notes"][0]["path"] == "notes/a\x1b[31m\n.md"


# ---------------------------------------------------------------- what is left over


def test_orphans_are_reported_and_kept(here, build):
    replace("pyproject.toml", 'name = "columns"', 'name = "others"')
    said = "orphan   out/more/columns.json: an earlier build wrote it, and nothing lists it\n         now\n"
    for arguments in (["--check"], [], ["--check"], []):
        status, out, _ = build(*arguments)
        assert status == int(arguments == ["--check"] and not Path("out/more/others.json").exists()) and said in out
    assert json.loads(build("--json")[1])["orphans"] == ["out/more/columns.json"]
    Path("out/more/columns.json").unlink()
    assert "orphan" not in build()[1] and "columns" not in MANIFEST.read_text(encoding="utf-8")


def test_what_a_killed_build_left_is_swept_and_nothing_else(here, build):
    left = [Path(folder, ".derive-build-x1y2z3") for folder in ("out", "out/more", STORE)]
    kept = [Path("out/.derive-abcdefgh"), Path("notes/.derive-build-mine"), Path("out/.derive-build-folder/x")]
    kept[-1].parent.mkdir()
    for path in (*left, *kept):
        path.write_text("half", encoding="utf-8")
    os.symlink("../pyproject.toml", "out/.derive-build-link")
    assert build("--check")[0] == 0 and all(path.exists() for path in left)
    assert build()[0] == 0
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in kept) and Path("out/.derive-build-link").is_symlink()


def test_two_builds_at_once(here, build):
    before = tree(here)
    with FileLock(Path(STORE, "build.lock")):
        message = "another derive build is at work here; wait until it has ended"
        assert build() == (2, "", f"derive: error: {message}\n")
        assert build("--check")[0] == 0
    assert tree(here) == before
    assert build()[0] == 0  # a lock file without its process is no lock


@pytest.mark.parametrize("thing", ["file", "link"])
def test_the_folder_of_the_build_is_taken(here, build, thing):
    shutil.rmtree(STORE)
    Path("elsewhere").mkdir()
    Path(STORE).write_text("mine", encoding="utf-8") if thing == "file" else os.symlink("elsewhere", STORE)
    status, _, err = build()
    assert status == 2 and ".derive is the folder of derive build, and something else is called so" in err
    assert list(Path("elsewhere").iterdir()) == []


# ---------------------------------------------------------------- for machines

FILE_STATES = ["written", "current", "missing", "differs"]
TEXT = {"type": "string"}
FINDING = {"place": TEXT, "severity": TEXT, "code": {"type": ["string", "null"]}, "message": TEXT, "help": TEXT}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "check", "artifacts", "notes", "orphans", "summary"],
    "properties": {
        "schema": {"const": "derive-build/1"},
        "check": {"type": "boolean"},
        "orphans": {"type": "array", "items": {"type": "string"}},
        "artifacts": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["artifact", "model", "status", "files", "fault", "message", "notes"],
                "properties": {
                    "artifact": {"type": "string"},
                    "model": {"type": "string"},
                    "status": {"enum": ["built", "current", "stale", "failed"]},
                    "fault": {"enum": ["", "false", "unusable"]},
                    "message": {"type": "string"},
                    "notes": {"type": "array", "items": {"type": "string"}},
                    "files": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["path", "state"],
                            "properties": {
                                "path": {"type": "string"},
                                "state": {"enum": FILE_STATES},
                                "line": {"type": "integer", "minimum": 1},
                            },
                        },
                    },
                },
            },
        },
        "notes": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "status", "fault", "message", "summary", "findings"],
                "properties": {
                    "path": {"type": "string"},
                    "status": {"enum": ["passed", "failed"]},
                    "fault": {"enum": ["", "false", "unusable"]},
                    "message": {"type": "string"},
                    "summary": {"type": "object", "additionalProperties": {"type": "integer"}},
                    "findings": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": list(FINDING),
                            "properties": FINDING,
                        },
                    },
                },
            },
        },
        "summary": {"type": "object", "required": ["built", "current", "stale", "failed", "notes", "exit_status"]},
    },
}


@pytest.mark.parametrize("arguments", [["--json"], ["--json", "--check"]])
def test_the_report_for_machines(here, build, arguments):
    import jsonschema

    Path("notes/wrong.md").write_text(WRONG, encoding="utf-8")
    Path("notes/odd.md").write_bytes(b"\xff")
    Path("points.csv").write_text("x,y\n1,q\n", encoding="utf-8")
    Path(FILES[3]).unlink()
    with Path("pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(f'{ARTIFACT}model = "linear"\nname = "new"\nreduction = "sum"\nformats = ["md"]\n')
    status, out, _ = build(*arguments)
    report = json.loads(out)
    jsonschema.validate(report, SCHEMA)
    done = "stale" if "--check" in arguments else "built"
    assert statuses(out) == {LINEAR: "failed", COLUMNS: done, "out/new": done}
    assert report["summary"]["exit_status"] == status == 2
    assert report["summary"]["notes"] | {"passed": 1, "failed": 2, "wrong": 1, "holds": 1} == report["summary"]["notes"]
    (finding,) = report["notes"][2]["findings"]
    assert finding["place"] == "notes/wrong.md:2:35" and finding["code"].startswith("D3") and "z x^" in finding["help"]
    assert report["check"] == ("--check" in arguments)


# ---------------------------------------------------------------- what it depends on


def test_the_digest_knows_every_library_that_an_artifact_is_made_with():
    import tomllib

    asked = tomllib.loads((projects.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {line.split(">")[0].strip() for line in asked}
    assert names - set(digests.LIBRARIES) == {"rich", "filelock"}  # what people see, and who may build


def test_a_pdf_is_up_to_date_when_its_source_is(here, build, monkeypatch):
    if not os.environ.get("CI") and shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex")
    replace("pyproject.toml", 'formats = ["json"]', 'formats = ["pdf", "json"]')
    pdf = Path("out/more/columns.pdf")
    assert "missing  out/more/columns.pdf\n" in build("--check")[1]
    assert build()[0] == 0 and pdf.read_bytes().startswith(b"%PDF-")
    # Made by another TeX, whose bytes differ, and seen where there is none at all.
    pdf.write_bytes(pdf.read_bytes().replace(b"%PDF-1.", b"%PDF-2.", 1))
    shutil.rmtree(STORE)
    monkeypatch.setenv("PATH", str(here))
    assert build("--check")[0] == 0 and build()[0] == 0
    replace("pyproject.toml", "{ n = 3 }", "{ n = 2 }")
    assert "stale    out/more/columns.pdf\n" in build("--check")[1]
    status, out, _ = build()
    assert status == 2 and "failed   out/more/columns: a PDF needs pdflatex, which is not installed" in out
