"""`%load_ext derive.ipython`, then `%%derive` checks the derivation in a cell and shows the report."""

from __future__ import annotations


def load_ipython_extension(shell) -> None:
    """Called by `%load_ext`; registers the cell magic."""
    shell.register_magic_function(_check_cell, "cell", "derive")


def _check_cell(line: str, cell: str):
    """The cell is a document, front matter included."""
    from derive.checking.check import check
    from derive.models.text_files import FileError

    if line.strip():
        print(f"%%derive takes no arguments, found {line.strip()!r}")
        return None
    try:
        return check(cell if "\n" in cell else f"{cell}\n")  # a single line is a text as well, not the name of a file
    except FileError as error:
        print(f"derive: error: {error}")
        return None
