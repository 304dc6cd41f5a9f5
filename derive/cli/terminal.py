"""What a person sees in the terminal, by rich: colour only where a person watches, plain text in pipes."""

from __future__ import annotations

from rich.console import Console


def console(*, stderr: bool = False, soft_wrap: bool = True) -> Console:
    """A console that obeys NO_COLOR and pipes; text is never read as markup.

    Args:
        soft_wrap: leave long lines to the terminal, so that a path can be copied whole.
    """
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=soft_wrap)
