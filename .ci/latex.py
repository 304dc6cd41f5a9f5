"""latex.py DIRECTORY ...: compile every .tex file below, twice, as a reader with a basic TeX Live would.

Fails on errors, on boxes that stick out by more than 10 pt, on undefined references and missing characters, and on
files that a basic TeX Live does not have: what pdflatex opened is looked up in Debian's package list, since the machine
that runs this may have more TeX than the reader. `--self-test` shows that each of these fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BASIC = {"texlive-base", "texlive-binaries", "texlive-latex-base", "texlive-latex-recommended", "texlive-pictures",
         "lmodern", "fonts-lmodern", "tex-common"}
OVERFULL = re.compile(r"^Overfull \\[hv]box \((?P<points>[\d.]+)pt too (?:wide|high)\).*", re.MULTILINE)
TROUBLE = re.compile(r"^(?:! |LaTeX Warning: (?:There were undefined|Label\(s\) may have changed)|Missing character).*",
                     re.MULTILINE)
LIMIT = 10.0


def foreign(recorded: str) -> list[str]:
    """The system files among those that pdflatex read (its .fls record) which no basic package brings."""
    files = {line.split(" ", 1)[1] for line in recorded.splitlines() if line.startswith("INPUT /usr/")}
    if not files:
        return []
    owned = subprocess.run(["dpkg-query", "--search", *sorted(files)], capture_output=True, text=True, check=False)
    owners = {}
    for line in owned.stdout.splitlines():
        packages, _, path = line.partition(": ")
        owners[path] = {package.split(":")[0] for package in packages.split(", ")}
    return sorted(f"{path} is from {', '.join(sorted(owner))}" for path, owner in owners.items() if not owner & BASIC)


def faults(tex: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as out:
        for _ in range(2):                  # the second run knows the labels of the first
            done = subprocess.run(
                ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "-recorder",
                 f"-output-directory={out}", tex.name],
                cwd=tex.parent, env={"PATH": "/usr/bin:/bin", "HOME": out, "max_print_line": "10000"},
                stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
            if done.returncode:
                where = done.stdout.find("\n!")
                return [done.stdout[where:][:1500].strip() if where >= 0 else done.stdout[-1500:]]
        log = (Path(out) / tex.with_suffix(".log").name).read_text(errors="replace")
        recorded = (Path(out) / tex.with_suffix(".fls").name).read_text(errors="replace")
    found = [match[0] for match in TROUBLE.finditer(log)]
    found += [match[0] for match in OVERFULL.finditer(log) if float(match["points"]) > LIMIT]
    return found + foreign(recorded)


def check(files: list[Path]) -> int:
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for tex, found in zip(files, pool.map(faults, files), strict=True):
            print(f"{'FAIL' if found else 'ok  '} {tex}", flush=True)
            for fault in found:
                print("     " + fault.replace("\n", "\n     "))
            failed += bool(found)
    print(f"{len(files)} LaTeX files, {failed} with faults")
    return 1 if failed or not files else 0


def self_test() -> int:
    document = "\\documentclass{article}\n%s\n\\begin{document}\n%s\n\\end{document}\n"
    wrong = {
        "error": ("", r"$\nosuch$"),
        "overfull": ("", r"\noindent\hbox to 400pt{x}"),
        "reference": ("", r"\ref{nothing}"),
        "unbalanced": ("", r"\[ \frac{1 \]"),
        "no-such-package": (r"\usepackage{nosuchpackage}", "x"),
        "not-basic": (r"\newread\file\openin\file=/usr/share/common-licenses/GPL-3 ", "x"),
    }
    right = {
        "plain": (r"\usepackage{amsmath,amssymb,tikz,booktabs,xcolor,hyperref,geometry}\usepackage[T1]{fontenc}"
                  r"\usepackage{lmodern}\usepackage{microtype}",
                  r"\section{A}\label{a} $x$ \ref{a} \tikz\draw(0,0)--(1,1);"),
        "five-points": ("", r"\noindent\hbox to 350pt{x}"),
    }
    misjudged = []
    with tempfile.TemporaryDirectory() as directory:
        for samples, expected in ((wrong, True), (right, False)):
            for name, parts in samples.items():
                tex = Path(directory) / f"{name}.tex"
                tex.write_text(document % parts)
                if bool(found := faults(tex)) is not expected:
                    misjudged.append(f"{name}: {found or 'no fault found'}")
    print("\n".join([*misjudged, f"{len(wrong)} wrong and {len(right)} right samples, {len(misjudged)} misjudged"]))
    return 1 if misjudged else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    sys.exit(check(sorted(path for directory in sys.argv[1:] for path in Path(directory).rglob("*.tex"))))
