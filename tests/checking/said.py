"""What is said of a document, in short: the verdicts of its statements, in their order."""

from __future__ import annotations

from derive.checking.check import check_document
from derive.checking.document import read_document


def verdicts(text: str) -> list[str]:
    """The verdicts of all statements."""
    return [statement.verdict for statement in check_document(read_document("note.md", text)).statements]


def judged(text: str) -> list[str]:
    """The verdicts of all that is more than stated."""
    return [verdict for verdict in verdicts(text) if verdict != "stated"]


def last(text: str) -> str:
    """The verdict of the last statement."""
    return verdicts(text)[-1]
