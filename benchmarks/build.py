"""`derive build` of 20 artifacts and 2 notes that are up to date, against `python -c "import sympy"`: whole processes.

The sides run in turn; a row gives the median time of each, and the ratio of the medians. The first build, which makes
everything, is timed once, for the record.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ["-m", "derive", "build"]
SYMPY = ["-c", "import sympy"]
REACH = 3.0
ARRANGEMENTS, REDUCTIONS, FACTORS = ("example", "rows", "columns"), ("mean", "sum"), ("1", "1/2")
# 12 + 4 + 3 + 1 artifacts, of all models
CHOSEN = (
    *(("linear", each) for each in product(ARRANGEMENTS, REDUCTIONS, FACTORS)),
    *(("logistic", ("rows", *each)) for each in product(REDUCTIONS, FACTORS)),
    *(("mlp", (each, "mean", "1")) for each in ARRANGEMENTS),
    ("mlp", ("rows", "sum", "1")),
)


def project(folder: Path) -> None:
    lines = ["[tool.derive.build]", 'out = "explainers"', 'notes = ["notes"]']
    for number, (model, (arrangement, reduction, factor)) in enumerate(CHOSEN):
        lines += ["[[tool.derive.build.artifacts]]", f'model = "{model}"', f'name = "{model}-{number}"']
        lines += [f'arrangement = "{arrangement}"', f'reduction = "{reduction}"', f'factor = "{factor}"']
    (folder / "pyproject.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "notes").mkdir()
    note = (ROOT / "templates" / "project" / "backpropagation.md").read_text(encoding="utf-8")
    for name in ("one", "two"):
        right = note.replace(r"= \delta_2 w_2$$", r"= \delta_2 w_2 \odot \mathrm{ReLU}'(z_1)$$")
        (folder / "notes" / f"{name}.md").write_text(right, encoding="utf-8")


def seconds(arguments: list[str], folder: str) -> float:
    """The time of a process of its own, which has to succeed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder, env=environment)
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=9, help="processes per row and side (default 9)")
    repeat = parser.parse_args().repeat
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        project(Path(folder))
        first = seconds(BUILD, folder)
        print(f"{len(CHOSEN)} artifacts of 3 files, 2 notes; the first build: {first:.1f} s", flush=True)
        print(f"\n{'up to date':20}{'derive':>9}   {'against':22}{'ratio':>6}   reach")
        for name, arguments in (("build", BUILD), ("build --check", [*BUILD, "--check"])):
            times = [(seconds(arguments, folder), seconds(SYMPY, folder)) for _ in range(repeat)]
            a, b = (statistics.median(side) for side in zip(*times, strict=True))
            print(f"{name:20}{a:7.3f} s   import sympy {b:7.3f} s{a / b:7.2f}x   {REACH:g}x or less", flush=True)
            failed |= a / b > REACH
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
