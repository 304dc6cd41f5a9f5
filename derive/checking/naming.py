r"""Functions as a document calls them: `g'(z)` where g is tanh, for what the rules write as `\tanh'(z)`."""

from __future__ import annotations

import re
from collections.abc import Callable

from derive.reading.theory import Theory
from derive.terms.functions import FUNCTIONS

_CALLED = r"(?='*(?:\(|\\bigl\(|\\left\())"


def naming(theory: Theory) -> Callable[[str], str]:
    """Puts the letters of a document in the place of the names of functions, in LaTeX that terms have printed."""
    letters: dict[str, str] = {}
    for key, name in theory.functions.items():
        letter, _, scripts = key.partition("|")
        if name in FUNCTIONS and not scripts.strip("|"):
            letters.setdefault(FUNCTIONS[name].latex, letter)
    if not letters:
        return lambda text: text
    names = re.compile("|".join(f"{re.escape(name)}{_CALLED}" for name in letters))
    return lambda text: names.sub(lambda found: letters[found[0]], text)
