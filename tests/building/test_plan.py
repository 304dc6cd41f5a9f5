"""What a project lists, as a plan; and what is refused, with its place, before anything is written."""

import os
from pathlib import Path

import pytest

from derive.building.plan import MOST, Artifact, PlanError, read_plan
from derive.cli import main
from derive.explaining.artifacts import ARTIFACTS, USUAL
from tests.building import projects
from tests.building.projects import ARTIFACT, tree

KINDS = ", ".join(ARTIFACTS)
MODEL = f'{ARTIFACT}model = "linear"\n'


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A project to stand in, inside a folder that is not part of it."""
    (tmp_path / "secret.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    folder = projects.write(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def test_every_key_is_read():
    table = {
        "out": "out",
        "formats": ["json", "md", "json"],
        "notes": ["notes/*.md", "notes", "./notes/right.md"],
        "artifacts": [
            {"model": "linear-scalar"},
            {
                "model": "mlp", "name": "Übung 1.2", "out": "week 1/", "formats": ["tex"], "data": "./points.csv",
                "params": "points.csv", "dims": {"h": 3}, "row": 2, "seed": MOST, "layers": 3, "hidden": "tanh",
                "factor": "1/2", "relu-at-zero": 0, "detail": "brief", "template": "./notes/",
            },
        ],
    }  # fmt: skip
    plan = read_plan(table)
    assert plan.notes == ("notes/right.md",)
    assert plan.artifacts == (
        Artifact("linear-scalar", "out", ("json", "md"), "linear-scalar"),
        Artifact(
            "Übung 1.2", "week 1", ("tex",), "mlp",
            {"layers": "3", "hidden": "tanh", "factor": "1/2", "relu-at-zero": "0"}, {"h": 3},
            "points.csv", "points.csv", 2, MOST, "brief", "notes",
        ),
    )  # fmt: skip
    assert plan.artifacts[1].files == ("week 1/Übung 1.2.tex",)


def test_defaults():
    (artifact,) = read_plan({"out": ".", "artifacts": [{"model": "mlp"}]}).artifacts
    assert artifact.files == tuple(f"mlp.{kind}" for kind in USUAL)


def test_a_folder_of_notes_leaves_out_what_the_build_writes():
    Path("notes/linear.md").write_text(projects.RIGHT, encoding="utf-8")
    artifacts = [{"model": "linear", "out": "notes", "formats": ["md"]}]
    for pattern in ("notes", "notes/*.md", "**/*.md"):
        assert read_plan({"notes": [pattern], "artifacts": artifacts}).notes == ("notes/right.md",)
    with pytest.raises(PlanError, match="means only what the build itself writes"):
        read_plan({"notes": ["./notes/linear.md"], "artifacts": artifacts})


def artifact(line: str) -> str:
    """Settings whose line 4 is this one."""
    return f'[tool.derive.build]\nout = "out"\n{MODEL}{line}\n'.replace("\n[[", "\n[[", 1)


TITLE = "[tool.derive.build]"
ONE = f"artifact 1 of {TITLE}"
OPTIONS = "arrangement, reduction, factor"
REFUSED = [
    # the table
    ("tool.derive.build = 1", 1, f"{TITLE}: expected a table, found 1"),
    ("[tool.derive.build]", 1, f"{TITLE}: lists neither artifacts nor notes"),
    ("[tool.derive.build]\nnots = []", 2, f"{TITLE}: no key is called 'nots'; did you mean notes?"),
    ("[tool.derive.build]\nxyz = 1", 2, f"{TITLE}: no key is called 'xyz'; known are artifacts, notes, out, formats"),
    ("[tool.derive.build]\nnotes = 'notes'", 2, f"{TITLE}: notes takes a list of documents, folders or patterns"),
    ("[tool.derive.build]\nnotes = ['notes', '']", 2, f"{TITLE}: notes takes a list of documents, folders or patterns"),
    ("[tool.derive.build]\nartifacts = ['mlp']", 2, f"{TITLE}: artifacts takes an array of tables, one for each"),
    ("[tool.derive.build]\nartifacts = {model = 'mlp'}", 2, f"{TITLE}: artifacts takes an array of tables, one for"),
    # an artifact
    (f"{ARTIFACT}out = 'out'", 1, f"{ONE}: has no model; there are linear-scalar, linear, logistic, mlp"),
    (f"{ARTIFACT}model = 'mpl'", 2, f"{ONE}: no model is called 'mpl'; there are linear-scalar, linear, logistic, mlp;"
     " did you mean mlp?"),
    (f"{ARTIFACT}model = 1", 2, f"{ONE}: model takes the name of a model, found 1"),
    (MODEL, 1, f'{ONE}: does not say where to write it; add out = "explainers" here or above all artifacts'),
    (artifact("modle = 1"), 5, f"{ONE}: no key is called 'modle'; did you mean model?"),
    (artifact("layers = 2"), 5, f"{ONE}: the model linear has no option layers; it has {OPTIONS}"),
    (artifact("reduction = 'men'"), 5, f"{ONE}: reduction takes sum or mean, found 'men'; did you mean mean?"),
    (artifact("factor = 0.5"), 5, f"{ONE}: factor takes 1 or 1/2, found '0.5'"),
    (artifact("factor = true"), 5, f"{ONE}: factor takes one of its values, found True"),
    (artifact("formats = ['md', 'htm']"), 5, f"{ONE}: formats takes {KINDS}, found 'htm'"),
    (artifact("formats = []"), 5, f"{ONE}: formats takes a list of formats from {KINDS}, found []"),
    (artifact("formats = 'md'"), 5, f"{ONE}: formats takes a list of formats from {KINDS}, found 'md'"),
    (artifact("dims = 'n=4'"), 5, f"{ONE}: dims takes a table of sizes such as {{ n = 4, h = 3 }}, found 'n=4'"),
    (artifact("dims = { n = 0 }"), 5, f"{ONE}: dims takes a table of sizes such as {{ n = 4, h = 3 }}, found {{'n'"),
    (artifact("dims = { q = 2 }"), 5, f"{ONE}: dims: linear has no dimension q; it has d"),
    (artifact("detail = 'ful'"), 5, f"{ONE}: detail takes brief or full or every-index, found 'ful'"),
    (artifact("template = 'note'"), 5, f"{ONE}: template: there is no folder 'note'; did you mean notes?"),
    (artifact("template = 'points.csv'"), 5, f"{ONE}: template: expected a folder, and points.csv is a file"),
    (artifact("template = 'leak'"), 5, f"{ONE}: template: expected a path inside the project; 'leak/x.md' leads out"),
    (artifact("template = 'kept'"), 5, f"{ONE}: template: expected folders and files, and kept/deep is"),
    (artifact("template = 'out'"), 5, f"{ONE}: template: there is no folder 'out'"),
    (artifact("out = 'notes/x'\ntemplate = 'notes'"), 6, f"{ONE}: template: expected a folder of templates alone, and"),
    (artifact("row = 0"), 5, f"{ONE}: row takes a whole number from 1 to 1000000000, found 0"),
    (artifact("seed = true"), 5, f"{ONE}: seed takes a whole number from 0 to 1000000000, found True"),
    (artifact("seed = 1_000_000_001"), 5, f"{ONE}: seed takes a whole number from 0 to 1000000000, found 1000000001"),
    (artifact("name = 'a/b'"), 5, f"{ONE}: name takes a name of letters, digits, blanks and - _ . +, found 'a/b'"),
    (artifact("name = '..'"), 5, f"{ONE}: name takes a name of letters, digits, blanks and - _ . +, found '..'"),
    (artifact("name = '.x'"), 5, f"{ONE}: name takes a name of letters, digits, blanks and - _ . +, found '.x'"),
    (artifact('name = "a\\u0000"'), 5, f"{ONE}: name takes a name of letters, digits, blanks and - _ . +, found"),
    (artifact(f"name = '{'a' * 101}'"), 5, f"{ONE}: name takes a name of letters, digits, blanks and - _ . +, found"),
    (f"[tool.derive.build]\nout = 'out'\n{ARTIFACT}model = 'mlp'\noutput = 'identity'", 3,
     f"{ONE}: binary cross-entropy needs probabilities: choose output sigmoid, or loss mse for an identity output"),
    # files
    (artifact("data = 'point.csv'"), 5, f"{ONE}: data: there is no file 'point.csv'; did you mean points.csv?"),
    (artifact("data = 'notes'"), 5, f"{ONE}: data: there is no file 'notes'"),
    (artifact("params = 'none/x.json'"), 5, f"{ONE}: params: there is no file 'none/x.json'"),
    (artifact(f"data = '{'x' * 300}'"), 5, f"{ONE}: data: "),
    (artifact("data = 'pipe'"), 5, f"{ONE}: data: there is no file 'pipe'"),
    (artifact("out = 'points.csv'"), 5, f"{ONE}: out: expected a folder, and points.csv is a file"),
    (artifact("out = 'points.csv/deep'"), 5, f"{ONE}: out: expected a folder, and points.csv is a file"),
    (artifact("out = '.derive/x'"), 5, f"{ONE}: out: .derive is the folder of derive build; choose another path than"),
    # out of the project
    (artifact("data = '../secret.csv'"), 5, f"{ONE}: data: expected a path inside the project, found '../secret.csv'"),
    (artifact("data = 'notes/../points.csv'"), 5, f"{ONE}: data: expected a path inside the project, found"),
    (artifact("data = '/etc/passwd'"), 5, f"{ONE}: data: expected a path inside the project, found '/etc/passwd'"),
    (artifact("data = 'C:/x.csv'"), 5, f"{ONE}: data: expected a path inside the project, found 'C:/x.csv'"),
    (artifact("data = 'link.csv'"), 5, f"{ONE}: data: expected a path inside the project; 'link.csv' leads out of it"),
    (artifact("data = 'loop'"), 5, f"{ONE}: data: expected a path inside the project; 'loop' leads out of it"),
    (artifact('data = "a\\u0000b"'), 5, f"{ONE}: data: expected a path, found 'a\\x00b'"),
    (artifact("out = '..'"), 5, f"{ONE}: out: expected a path inside the project, found '..'"),
    (artifact("out = 'outside'"), 5, f"{ONE}: out: expected a path inside the project; 'outside' leads out of it"),
    (artifact("out = 'outside/new'"), 5, f"{ONE}: out: expected a path inside the project; 'outside/new' leads out"),
    ("[tool.derive.build]\nnotes = ['../']", 2, f"{TITLE}: notes: expected a path inside the project, found '../'"),
    ("[tool.derive.build]\nnotes = ['notes', 'no.md']", 2, f"{TITLE}: notes: there is no file 'no.md'"),
    ("[tool.derive.build]\nnotes = ['*.tex']", 2, f"{TITLE}: notes: no document is called '*.tex'"),
    ("[tool.derive.build]\nnotes = ['empty']", 2, f"{TITLE}: notes: empty: has no documents; derive check reads .md"),
    ("[tool.derive.build]\nnotes = ['leak']", 2, f"{TITLE}: notes: expected a path inside the project; 'leak/x.md'"),
    ("[tool.derive.build]\nnotes = ['leak/*']", 2, f"{TITLE}: notes: expected a path inside the project; 'leak/x.md'"),
    # two for one file
    (artifact(MODEL), 5, f"artifact 2 of {TITLE}: is called out/linear, and artifact 1 is called out/linear as well;"),
    (artifact(f"{MODEL}name = 'LINEAR'\nformats = ['md']"), 5, f"artifact 2 of {TITLE}: is called out/LINEAR, and"),
    (artifact(f"{MODEL}out = './out/'"), 5, f"artifact 2 of {TITLE}: is called out/linear, and artifact 1 is called"),
    (artifact("out = 'kept'\nparams = 'kept/linear.json'"), 6,
     f"{ONE}: params is 'kept/linear.json', which the artifact kept/linear would write"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "line", "message"), REFUSED, ids=range(len(REFUSED)))
@pytest.mark.parametrize("arguments", [["build"], ["build", "--check"]], ids=["build", "check"])
def test_what_is_refused_is_said_with_its_place(here, capsys, arguments, settings, line, message):
    os.symlink("../secret.csv", "link.csv")
    os.symlink("loop", "loop")
    os.symlink("..", "outside")
    os.mkfifo("pipe")
    for name in ("empty", "leak", "kept"):
        Path(name).mkdir()
    Path("kept/linear.json").write_text("{}", encoding="utf-8")
    os.symlink("../../secret.csv", "leak/x.md")
    os.symlink("../..", "kept/deep")
    Path("pyproject.toml").write_text(settings, encoding="utf-8")
    before = tree(here)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"derive: error: pyproject.toml:{line}: {message}"), err
    assert err.count("\n") == 1
    assert tree(here) == before


def test_a_file_of_its_own_has_the_same_keys(here, capsys):
    settings = Path("pyproject.toml").read_text(encoding="utf-8").replace("tool.derive.", "")
    Path("pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    Path("derive.toml").write_text(settings + "row = 'x'\n", encoding="utf-8")
    assert main(["build"]) == 2
    message = "artifact 2 of [build]: row takes a whole number from 1 to 1000000000, found 'x'"
    assert capsys.readouterr().err == f"derive: error: derive.toml:16: {message}\n"


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("pyproject.toml", "[project]\n", "no pyproject.toml or derive.toml has settings: nothing says what to build"),
        ("pyproject.toml", "[tool.derive]\n", "pyproject.toml has no [tool.derive.build]: nothing says what to build"),
        ("derive.toml", "", "derive.toml has no [build]: nothing says what to build"),
        ("pyproject.toml", "[tool.derive]\nbild = {}\n", "pyproject.toml:2: [tool.derive] has no key 'bild'; did"),
    ],
)
def test_a_project_without_a_build(here, capsys, file, text, message):
    Path("pyproject.toml").unlink()
    Path(file).write_text(text + ("[tool.derive.build]\n" if "bild" in text else ""), encoding="utf-8")
    assert main(["build"]) == 2
    assert capsys.readouterr().err.startswith(f"derive: error: {message}")


def test_the_line_of_a_key_is_found_behind_anything():
    from derive.cli.settings import _line

    text = 'a = """\nb = 1\n"""\n[[x]]\n# c = 1\ny = [\n 1,\n 2,\n]\n[[x]]\ny = {c = 1}\nc = """\n[x]\n"""\n'
    for keys, line in ((("a",), 1), (("x", 0), 4), (("x", 0, "y"), 6), (("x", 1, "y", "c"), 11), (("x", 1, "c"), 12)):
        assert _line(text, keys) == line
    assert _line(text.replace("c = 1}", "c = 1}\n" * 2), ("x", 1)) is None  # no TOML at all
