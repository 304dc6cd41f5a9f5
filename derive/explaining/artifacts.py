"""The files that an explainer is: one row per format, each made from the story alone: one story, one set of bytes.

What a format needs is imported when it is asked for, so that the names of the formats cost nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derive.explaining.request import Story


def _rendered(kind: str) -> Callable[[Story], str]:
    def text(story: Story) -> str:
        from derive.explaining.render import render

        return render(story.document, kind, story.request.template)

    return text


def _pdf(story: Story) -> bytes:
    from derive.explaining.pdf import pdf

    return pdf(_rendered("tex")(story))


def _pdf_is_of(story: Story, content: bytes) -> bool:
    from derive.explaining.pdf import is_of

    return is_of(content, _rendered("tex")(story))


def _pdflatex() -> None:
    from derive.explaining.pdf import require

    require()


def _notebook(story: Story) -> str:
    from derive.explaining.notebook import notebook

    return notebook(story)


def _evidence(story: Story) -> str:
    from derive.explaining.evidence_json import to_json

    return json.dumps(to_json(story.evidence), indent=1) + "\n"


# format, which is the suffix of its file: the content of the file, text as UTF-8
ARTIFACTS: dict[str, Callable[[Story], str | bytes]] = {
    "md": _rendered("md"),
    "tex": _rendered("tex"),
    "html": _rendered("html"),
    "pdf": _pdf,
    "ipynb": _notebook,
    "json": _evidence,
}
# What a format asks of the machine: raises Unmade where it is not there.
NEEDS: dict[str, Callable[[], object]] = {"pdf": _pdflatex}
# A file of these formats is up to date when its source is, whatever its bytes: whether it was made from this story.
BY_SOURCE: dict[str, Callable[[Story, bytes], bool]] = {"pdf": _pdf_is_of}
# What is written where nobody says which.
USUAL = ("md", "tex", "json")


def artifacts(story: Story, formats: Iterable[str], name: str = "") -> dict[str, bytes]:
    """File names and their contents, in the order of the formats; a format that comes twice is made once.

    Args:
        name: of the files without a suffix (default: the model's).

    Raises:
        ValueError: the witnesses do not agree, and a document is asked for.
        Unmade: a format cannot be made here; the message says what to do.
    """
    stem = name or story.model.name
    made = {f"{stem}.{kind}": ARTIFACTS[kind](story) for kind in dict.fromkeys(formats)}
    return {file: content.encode() if isinstance(content, str) else content for file, content in made.items()}
