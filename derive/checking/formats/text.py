"""Text from documents on a terminal or in a log: what cannot be seen, or would act, is shown by its number."""

from __future__ import annotations

import unicodedata

from derive.checking.report import Report, Statement
from derive.checking.verdicts import ClosedForm

WIDTH = 80


def visible(text: str) -> str:
    """The text with control characters, marks of direction and the like as `\\x1b` or `\\u202e`; tabs as a space."""
    return "".join(map(sign, text)) if not text.isascii() or not text.isprintable() else text


def sign(letter: str) -> str:
    """One letter as it is shown."""
    if letter == "\t":
        return " "
    if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return f"\\x{ord(letter):02x}" if ord(letter) < 256 else f"\\u{ord(letter):04x}"
    return letter


def columns(text: str) -> int:
    """How many columns of a terminal a text takes that is already visible: wide letters take two, marks above none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def place(path: str, line: int | None, column: int | None, cell: int | None = None) -> str:
    """`notes.md:3:7`, `notes.ipynb:cell 2:3:7`; what is not known is left out."""
    parts = [visible(path), *([f"cell {cell}"] if cell is not None else []), *(str(n) for n in (line, column) if n)]
    return ":".join(parts)


def counts(report: Report) -> str:
    """`holds: 3, wrong: 2 (1 accepted)`, without what there is none of."""
    parts = []
    for verdict, number in report.summary.items():
        accepted = sum(s.verdict == verdict and s.accepted is not None for s in report.statements)
        if number:
            parts.append(f"{verdict}: {number}" + (f" ({accepted} accepted)" if accepted else ""))
    return ", ".join(parts) or "no statements"


def closed(form: ClosedForm) -> str:
    """What stands in front of a closed form: `the closed form at l = 2, in R^{h x d}, is`."""
    at = ", ".join(f"{name} = {value}" for name, value in form.instance)
    shape = "" if form.shape == "scalar" else f", in R^{{{form.shape}}},"
    return f"the closed form{f' at {at}' if at else ''}{shape} is"


def hint(statement: Statement) -> str:
    """What would make a statement hold, on one line; empty where nothing is known."""
    if statement.suggestion:
        return f"this holds: {statement.suggestion}"
    return f"{closed(statement.closed_form)} {statement.closed_form.latex}" if statement.closed_form else ""
