"""`derive init`: a small example project, written into a folder in which nothing is in its way."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from derive import __version__
from derive.building.example import example
from derive.cli.errors import UsageError
from derive.cli.files import write_all
from derive.cli.terminal import say


def run(options: argparse.Namespace) -> int:
    if not options.folder:
        raise UsageError("DIR is empty (see derive init --help)")
    folder, files = Path(options.folder), example(__version__)
    if there := [name for name in files if os.path.lexists(folder / name)]:
        what = ", ".join(str(folder / name) for name in there)
        raise UsageError(f"{what} {'is' if len(there) == 1 else 'are'} there already; nothing was written")
    for path in (folder, *{parent: None for name in files for parent in (folder / name).parents}):
        if os.path.lexists(path) and not path.is_dir():
            raise UsageError(f"expected a folder, and {path} is a file; nothing was written")
    for path in write_all(folder, files):
        say(f"wrote {path}")
    where = f"{folder / 'README.md'} says what to do next"
    say(f"{where}; it begins with derive build" if folder == Path() else f"{where}; it begins with cd {folder}")
    return 0
