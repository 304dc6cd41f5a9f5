"""What keeps a format from being made: the one message that the person who asked for it gets."""

from __future__ import annotations


class Unmade(Exception):
    """A file cannot be made here: a program is missing, or a template fails. The message says what to do."""
