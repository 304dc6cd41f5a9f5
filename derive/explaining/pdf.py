"""LaTeX source to PDF, by pdflatex in a folder of its own: no shell, no files but its own and TeX's, no dates."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from derive.explaining.errors import Unmade

PROGRAM = "pdflatex"
PACKAGES = "texlive-latex-recommended texlive-pictures lmodern"
# Runs until references and figures have their places; seconds that one may take; characters of a log that are read.
RUNS, SECONDS, LONGEST = 4, 120, 1_000_000
JOB = "document"
# No date, no identity and no version of TeX in the file: the same source gives the same bytes.
PREFIX = r"\pdfinfoomitdate=1\relax\pdftrailerid{}\pdfsuppressptexinfo=-1\relax\input{" + JOB + "}"
_RERUN = re.compile(r"Rerun to get|Label\(s\) may have changed|rerunfilecheck.*has changed")
_ERROR = re.compile(r"^! (?P<what>.*)(?P<rest>(?:\n.*){0,12}?)\nl\.(?P<line>\d+) (?P<source>.*)", re.MULTILINE)
_STOP = re.compile(r"^! (?P<what>.*)", re.MULTILINE)


def require() -> str:
    """The path of pdflatex.

    Raises:
        Unmade: there is none.
    """
    found = shutil.which(PROGRAM)
    if found is None:
        raise Unmade(
            f"a PDF needs {PROGRAM}, which is not installed: apt-get install {PACKAGES} (Debian, Ubuntu), or any"
            " TeX Live or MiKTeX; --format tex writes the source of the PDF without it"
        )
    return found


def is_of(content: bytes, source: str) -> bool:
    """Whether a PDF was made from this LaTeX document: another TeX gives other bytes, and they are as good."""
    return content.startswith(b"%PDF-") and content.endswith(_mark(source))


def _mark(source: str) -> bytes:
    """A comment behind the end of the file, where PDF allows one, that names its source."""
    return b"%% source: sha256 %s\n" % hashlib.sha256(source.encode()).hexdigest().encode()


def pdf(source: str) -> bytes:
    """The PDF of a LaTeX document.

    Raises:
        Unmade: there is no pdflatex, or it fails; the message holds the first error of TeX.
    """
    program = require()
    with tempfile.TemporaryDirectory(prefix="derive-") as name:
        folder = Path(name)
        (folder / f"{JOB}.tex").write_text(source, encoding="utf-8", newline="\n")
        for _ in range(RUNS):
            log = _run(program, folder)
            if not _RERUN.search(log):
                break
        return (folder / f"{JOB}.pdf").read_bytes() + _mark(source)


def _run(program: str, folder: Path) -> str:
    """One run; returns its log."""
    command = [program, "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", f"-jobname={JOB}", PREFIX]
    try:
        done = subprocess.run(
            command, cwd=folder, env=_environment(folder), timeout=SECONDS, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unmade(f"{PROGRAM} was stopped after {SECONDS} seconds: does the template loop?") from None
    except OSError as error:
        raise Unmade(f"{program} cannot be run: {error.strerror or error}") from None
    log = _log(folder)
    if done.returncode or not (folder / f"{JOB}.pdf").is_file():
        raise Unmade(_first_error(log))
    return log


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the user's settings but where programs are; TeX reads and writes below its folder only."""
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    return kept | {
        "HOME": str(folder),
        "TEXMFHOME": str(folder),
        "openin_any": "p",  # paranoid: no absolute names, no dot files, nothing above the folder
        "openout_any": "p",
        "shell_escape": "f",
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
        "max_print_line": "10000",  # a message stays on one line
    }


def _log(folder: Path) -> str:
    try:
        with (folder / f"{JOB}.log").open("rb") as file:
            return file.read(LONGEST).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return ""


def _first_error(log: str) -> str:
    """The first error with its line of the source, and what to do about it."""
    found, stop = _ERROR.search(log), _STOP.search(log)
    if stop is None:
        return f"{PROGRAM} stopped without a word; --format tex writes the source, to run it by hand"
    what = stop["what"].strip()
    if "not found" in what and ".sty" in what:
        return f"{PROGRAM}: {what} Install the packages {PACKAGES} (Debian, Ubuntu)"
    if found is None or found["what"] != stop["what"]:
        return f"{PROGRAM}: {what}"
    return f"{PROGRAM}: line {found['line']} of the LaTeX source: {what} at {found['source'].strip()[-60:]!r}"
