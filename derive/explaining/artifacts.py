"""The files that an explainer is: one row per format, each made from the story alone: one story, one set of bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from derive.explaining.evidence_json import to_json
from derive.explaining.render import render
from derive.explaining.request import Story


def _evidence(story: Story) -> str:
    return json.dumps(to_json(story.evidence), indent=1) + "\n"


# format, which is the suffix of its file: the text
ARTIFACTS: dict[str, Callable[[Story], str]] = {
    "md": lambda story: render(story.document, "md"),
    "tex": lambda story: render(story.document, "tex"),
    "json": _evidence,
}


def artifacts(story: Story, formats: Iterable[str], name: str = "") -> dict[str, bytes]:
    """File names and their contents, in the order of the formats.

    Args:
        name: of the files without a suffix (default: the model's).

    Raises:
        ValueError: the witnesses do not agree, and a document is asked for.
    """
    stem = name or story.model.name
    return {f"{stem}.{kind}": ARTIFACTS[kind](story).encode() for kind in formats}
