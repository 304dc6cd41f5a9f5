"""Whole processes: `derive explain mlp` against `python -c "import sympy"`, and `derive --help` against `pass`.

The explainer is complete: four witnesses at every point, Markdown, LaTeX and evidence written. The sides run in turn;
a row gives the median time of each, and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[1])
DERIVE = ["-m", "derive"]
SYMPY, EMPTY = ["-c", "import sympy"], ["-c", "pass"]
ROWS = (  # name, what is run, against what, in words, reach
    ("explain mlp, one example", [*DERIVE, "explain", "mlp", "--out", "DIR"], SYMPY, "import sympy", "5x or less"),
    (
        *("explain mlp, a batch", [*DERIVE, "explain", "mlp", "--arrangement", "rows", "--out", "DIR"]),
        *(SYMPY, "import sympy", "10x or less"),
    ),
    ("--help", [*DERIVE, "--help"], EMPTY, "empty Python", "0.15 s or less"),
)


def seconds(arguments: list[str]) -> float:
    """The time of a process of its own."""
    environment = {**os.environ, "PYTHONPATH": ROOT}
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=7, help="processes per row and side (default 7)")
    repeat = parser.parse_args().repeat
    print(f"{'':30}{'derive':>9}   {'against':22}{'ratio':>6}   reach")
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments, against, words, reach in ROWS:
            ours = [folder if word == "DIR" else word for word in arguments]
            times: list[tuple[float, float]] = []
            for turn in range(repeat + 1):
                pair = seconds(ours), seconds(against)
                if turn:  # the first only fills the caches of the disk
                    times.append(pair)
            a, b = (statistics.median(side) for side in zip(*times, strict=True))
            print(f"{name:30}{a:7.3f} s   {words:13}{b:7.3f} s{a / b:7.2f}x   {reach}", flush=True)


if __name__ == "__main__":
    main()
