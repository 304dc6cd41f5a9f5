"""How much a document tells: one row per depth. `full` is a derivation as one would hand it out."""

from __future__ import annotations

# detail: the sections that it leaves out. `brief` keeps the results and what is needed to read and to check them;
# `every-index` shows in addition how the matrix form of one gradient follows from its components.
DETAILS = {
    "brief": frozenset(
        ("graph", "backward", "indices", "intuition", "descent", "pictures", "questions", "explorer")
    ),
    "full": frozenset(("indices",)),
    "every-index": frozenset(),
}
