"""What stops the reader, and where. State, not text: the words are composed once, at the door."""

from __future__ import annotations

from derive.reading.source import Source, Span

LONGEST = 300  # characters of a message, which may hold text of the document


def clipped(message: str) -> str:
    """A message that no document can make endless."""
    return message if len(message) <= LONGEST else message[: LONGEST - 3] + "..."


class Unread(ValueError):
    """The reader stopped: what it met, what it expected, and the span of what it could not read."""

    def __init__(self, message: str, span: Span):
        super().__init__(clipped(message))
        self.message = clipped(message)
        self.span = span


class Bounded(Unread):
    """A bound was reached (nesting, expansions, length): the reader gives up on purpose."""


class DocumentError(ValueError):
    """The document cannot be used as a whole: what is wrong, and the span where it is."""

    def __init__(self, message: str, span: Span = (0, 0), source: Source | None = None):
        super().__init__(clipped(message))
        self.message = clipped(message)
        self.span = span
        self.source = source
