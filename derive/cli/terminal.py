"""What a person sees in the terminal: colour only where a person watches, signs that the terminal can show."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str = "", *, error: bool = False) -> None:
    """Print a text; what the encoding of the terminal lacks is escaped, as a file name may hold anything."""
    stream = sys.stderr if error else sys.stdout
    if stream is not None:  # None where the shell has closed it
        encoding = stream.encoding or "utf-8"
        print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def complain(text: str) -> None:
    """One line on stderr; control characters, which a file or an argument may hold, are escaped."""
    say("".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text), error=True)


def shows(signs: str) -> bool:
    """Whether the terminal can show these signs."""
    try:
        signs.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def watched(*, error: bool = False) -> bool:
    """Whether a person sees what is printed, rather than a pipe or a file."""
    stream = sys.stderr if error else sys.stdout
    return stream is not None and stream.isatty()


def console(*, error: bool = False) -> Console:
    """A console of rich: plain text in pipes and with NO_COLOR; text is never read as markup."""
    from rich.console import Console

    class Shell(Console):
        def on_broken_pipe(self) -> None:
            raise  # the error that is being handled; rich would end the process with status 1

    styled = watched(error=error) and not os.environ.get("NO_COLOR")
    return Shell(
        stderr=error,
        force_terminal=watched(error=error),
        color_system="auto" if styled else None,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=True,
    )
