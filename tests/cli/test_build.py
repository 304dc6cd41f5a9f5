"""`derive build` where a person watches it, and `derive init` from its first word to a project that is green."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from derive import __version__
from derive.cli import main
from derive.explaining.own_folder import own_folder
from tests.building import projects
from tests.building.projects import ROOT, tree
from tests.docs.blocks import blocks, run

FILES = [
    "README.md", "pyproject.toml", "requirements.txt", "notes/backpropagation.md", "data/xor.csv", ".gitignore",
    ".github/workflows/derive.yml",
]  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def on_the_path(here, monkeypatch):
    """A `derive` to call, as an installation has it."""
    script = here / "bin" / "derive"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m derive "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")


# ---------------------------------------------------------------- build


def test_a_bar_where_a_person_watches_and_none_in_what_machines_read(here):
    project = projects.write(here / "project")
    said = {}
    for arguments in (["--check"], ["--check", "--json"]):
        parent, child = pty.openpty()
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "60"}
        done = subprocess.run(
            [sys.executable, "-m", "derive", "build", "-j", "1", *arguments],
            cwd=project, env=environment, stdout=subprocess.PIPE, stderr=child, timeout=120,
        )  # fmt: skip
        os.close(child)
        said[len(arguments)] = drained(parent)
        assert done.returncode == 1 and b"building" not in done.stdout and b"\x1b" not in done.stdout
    assert "building" in said[1] and "3/3" in said[1] and said[2] == ""


def drained(terminal: int) -> str:
    """What was said to a terminal."""
    found = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody is at the other end
            part = b""
        if not part:
            os.close(terminal)
            return found.decode()
        found += part


def test_the_report_fits_80_columns(here, monkeypatch, capsys):
    project = projects.write(here / "project", wrong=projects.WRONG, open="$$y = ?$$\n")
    (project / "points.csv").write_text("x,y\n1,q\n", encoding="utf-8")
    monkeypatch.chdir(project)
    assert main(["build", "-j", "1"]) == 2
    out = capsys.readouterr().out
    assert "failed" in out and "wrote" in out and max(map(len, out.splitlines())) <= 80


# ---------------------------------------------------------------- init


def test_init_writes_a_project_and_says_what_is_next(here, capsys):
    assert main(["init", "course/one"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [
        *(f"wrote course/one/{name}" for name in FILES),
        "course/one/README.md says what to do next; it begins with cd course/one",
    ]
    assert sorted(tree(Path("course/one"))) == sorted(FILES)
    assert main(["check", "course/one/notes"]) == 1
    assert "D401 error: the derivative of the" in capsys.readouterr().out
    assert f"derive-checker=={__version__}\n" in Path("course/one/requirements.txt").read_text(encoding="utf-8")
    assert not any("{{" in content.decode() for name, content in tree(Path("course/one")).items() if name[:1] != ".")


def test_init_here(here, capsys):
    assert main(["init"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "README.md says what to do next; it begins with derive build"
    assert sorted(tree(here)) == sorted(FILES)


@pytest.mark.parametrize(
    ("make", "folder", "message"),
    [
        (lambda: Path("README.md").write_text("mine"), ".", "README.md is there already; nothing was written"),
        (lambda: (Path("notes").mkdir(), Path("notes/backpropagation.md").mkdir(), Path("README.md").touch()), ".",
         "README.md, notes/backpropagation.md are there already; nothing was written"),
        (lambda: os.symlink("nowhere", "pyproject.toml"), ".", "pyproject.toml is there already; nothing was written"),
        (lambda: Path("data").touch(), ".", "expected a folder, and data is a file; nothing was written"),
        (lambda: Path("a").touch(), "a", "expected a folder, and a is a file; nothing was written"),
        (lambda: Path("a").touch(), "a/b/c", "expected a folder, and a is a file; nothing was written"),
        (lambda: os.symlink("nowhere", "a"), "a", "expected a folder, and a is a file; nothing was written"),
        (lambda: None, "", "DIR is empty (see derive init --help)"),
    ],
)  # fmt: skip
def test_init_overwrites_nothing(here, capsys, make, folder, message):
    make()
    before = sorted(os.walk(here)), tree(here)
    assert main(["init", folder]) == 2
    assert capsys.readouterr() == ("", f"derive: error: {message}\n")
    assert (sorted(os.walk(here)), tree(here)) == before


def test_who_follows_the_readme_ends_with_a_green_build(here, on_the_path, monkeypatch, capsys):
    """The workflow's own commands fail on the note that is wrong, and are green at the end, in a fresh clone too."""
    main(["init"])
    workflow = yaml.safe_load(Path(".github/workflows/derive.yml").read_text(encoding="utf-8"))
    install, check, build = [step["run"] for step in workflow["jobs"]["build"]["steps"] if "run" in step]
    assert install == "python -m pip install -r requirements.txt"
    assert (check, build) == ("derive check --format github notes/", "derive build --check")

    def status(command: str) -> int:
        return subprocess.run(command, shell=True, capture_output=True, timeout=120).returncode

    assert status(check) == 1
    found = blocks(Path("README.md"))
    assert len(found) == 5 and not any(block.not_run or block.sets_up for block in found)
    for block in found:
        run(block, here)
    shutil.rmtree(".derive")  # which a clone does not have
    assert status(check) == status(build) == 0
    Path("explainers/line.md").unlink()
    assert status(build) == 1


def test_every_template_of_the_project_is_written():
    from derive.building.example import FILES as templated

    assert {path.name for path in (own_folder() / "project").iterdir()} == set(templated.values())
    assert list(templated) == FILES
