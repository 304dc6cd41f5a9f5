"""A document as Markdown or LaTeX, by the templates. Pure: no file is written, and one document gives one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from derive.explaining import escaping
from derive.explaining.document import Document
from derive.explaining.mermaid import mermaid
from derive.explaining.own_folder import own_folder
from derive.explaining.pgfplots import pgfplots
from derive.explaining.tikz import tikz


@dataclass(frozen=True)
class Format:
    """A template with the filters that it may use; LaTeX is full of braces, so its tags are spelled differently."""

    template: str
    filters: Mapping[str, Callable]
    tags: Mapping[str, str] = field(default_factory=dict)


FORMATS: dict[str, Format] = {
    "md": Format(
        "explainer.md.j2",
        {
            "prose": escaping.markdown_prose,
            "cell": escaping.markdown_cell,
            "quoted": escaping.markdown,
            "command": escaping.one_line,
            "fence": escaping.markdown_fence,
            "diagram": mermaid,
        },
    ),
    "tex": Format(
        "explainer.tex.j2",
        {
            "prose": escaping.latex_prose,
            "quoted": escaping.latex,
            "command": escaping.latex,
            "diagram": tikz,
            "plot": pgfplots,
        },
        {
            "block_start_string": "<%",
            "block_end_string": "%>",
            "variable_start_string": "<<",
            "variable_end_string": ">>",
            "comment_start_string": "<#",
            "comment_end_string": "#>",
        },
    ),
}


def render(document: Document, kind: str) -> str:
    """The document as text.

    Args:
        kind: "md" or "tex".

    Raises:
        KeyError: no such format.
    """
    text = _environment(kind).get_template(FORMATS[kind].template).render(document=document)
    return text.rstrip() + "\n"


@cache
def _environment(kind: str) -> Environment:
    form = FORMATS[kind]
    options: dict[str, Any] = dict(form.tags)
    environment = Environment(
        loader=FileSystemLoader(own_folder()),
        undefined=StrictUndefined,
        autoescape=False,  # not HTML: every text from outside passes a filter of `escaping`
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **options,
    )
    environment.filters.update(form.filters)
    return environment
