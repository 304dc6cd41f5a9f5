r"""How a transpose is written: the script of `A^T`, `A^\top`, `A^{\intercal}`."""

from __future__ import annotations

from derive.reading import syntax

COMMANDS = ("\\top", "\\intercal", "\\transpose", "\\trans")
SIGNS = ("T", *COMMANDS)
SIGN = r"(?:\\top|\\intercal|\\transpose|\\trans|T)"  # any of them, in a pattern


def is_transpose(script: syntax.Script | None) -> bool:
    """Whether a script is a transpose and nothing else."""
    return script is not None and script.text in SIGNS
