"""What a user can cause: one message, exit status 2, never a traceback."""

from __future__ import annotations


class UsageError(ValueError):
    """The command cannot be carried out as asked. The message says what was expected."""


def whole_number(flag: str, text: str, *, least: int, most: int = 10**9) -> int:
    """The whole number that an option holds. Raises UsageError."""
    digits = text.removeprefix("-")
    plain = digits.isascii() and digits.isdecimal() and len(digits) < 20
    if not (plain and least <= int(text) <= most):
        raise UsageError(f"{flag} takes a whole number from {least} to {most}, found {text!r}")
    return int(text)
