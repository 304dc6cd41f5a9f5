"""What a user can cause: one message, exit status 2, never a traceback."""

from __future__ import annotations


class UsageError(ValueError):
    """The command cannot be carried out as asked. The message says what was expected."""


def whole_number(flag: str, text: str, *, least: int, most: int = 10**9) -> int:
    """The whole number that an option holds. Raises UsageError."""
    sign = text.startswith("-")
    digits = text[1:] if sign else text
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 20):
        raise UsageError(f"{flag} takes a whole number, found {text!r}")
    value = int(text)
    if not least <= value <= most:
        raise UsageError(f"{flag} takes a whole number from {least} to {most}, found {text}")
    return value
