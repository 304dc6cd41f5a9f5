"""Projects to build: written into a folder, with what is asked of them again and again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RIGHT = """\
With $x \\in \\mathbb{R}^d$, $W \\in \\mathbb{R}^{k \\times d}$: $z = W x$, $L = \\frac{1}{2} \\|z\\|^2$.
$$\\frac{\\partial L}{\\partial W} = z x^\\top$$
"""
WRONG = RIGHT.replace("z x^\\top", "-z x^\\top")
DATA = "x,y\n1,2\n2,3\n"
ARTIFACT = "[[tool.derive.build.artifacts]]\n"
SETTINGS = f"""\
[tool.derive.build]
out = "out"
notes = ["notes"]

{ARTIFACT}model = "linear-scalar"
data = "points.csv"

{ARTIFACT}model = "linear"
name = "columns"
out = "out/more"
arrangement = "columns"
dims = {{ n = 3 }}
formats = ["json"]
"""
FILES = ("out/linear-scalar.json", "out/linear-scalar.md", "out/linear-scalar.tex", "out/more/columns.json")


def write(folder: Path, settings: str = SETTINGS, **notes: str) -> Path:
    """A project: its settings, data, and notes by name (one that is right, where none is given)."""
    (folder / "notes").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    (folder / "points.csv").write_text(DATA, encoding="utf-8")
    for name, text in (notes or {"right": RIGHT}).items():
        (folder / "notes" / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def environ() -> dict[str, str]:
    """What a process of derive needs to know, and nothing of the machine's settings."""
    return {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"], "PYTHONPATH": str(ROOT)}


def command(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    """`derive` of this checkout, as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "derive", *arguments],
        cwd=cwd,
        env=environ() | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def outputs(folder: Path) -> dict[str, bytes]:
    """What a build has written for people, and anything that it forgot there."""
    return {name: content for name, content in tree(folder).items() if name.startswith("out/")}


def statuses(text: str) -> dict[str, str]:
    """The status of each artifact in a report as JSON."""
    return {artifact["artifact"]: artifact["status"] for artifact in json.loads(text)["artifacts"]}
