"""A document as Markdown, LaTeX or HTML, by the templates. Pure: no file is written; one document gives one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from derive.explaining import escaping
from derive.explaining.document import Document
from derive.explaining.graph_svg import graph_svg
from derive.explaining.mermaid import mermaid
from derive.explaining.own_folder import own_folder
from derive.explaining.page import page
from derive.explaining.pgfplots import pgfplots
from derive.explaining.templates import environment, run
from derive.explaining.tikz import tikz


@dataclass(frozen=True)
class Format:
    """A template with the filters that it may use; LaTeX is full of braces, so its tags are spelled differently.

    `autoescape`: what passes no filter is text, and its letters are made harmless for HTML. `carries`: what the file
    needs beside the document, from the folder of the templates.
    """

    template: str
    filters: Mapping[str, Callable]
    tags: Mapping[str, str] = field(default_factory=dict)
    autoescape: bool = False
    carries: Callable[[Path], Mapping[str, Any]] = lambda templates: {}


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
        carries=lambda templates: {"math": ("```math", "```")},
    ),
    "ipynb": Format(
        "explainer.ipynb.j2",
        {
            "prose": escaping.notebook_prose,
            "cell": escaping.notebook_cell,
            "quoted": escaping.markdown,
            "command": escaping.one_line,
            "fence": escaping.markdown_fence,
            "diagram": mermaid,
        },
        carries=lambda templates: {"math": ("$$", "$$")},
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
    "html": Format(
        "explainer.html.j2",
        {
            "prose": escaping.html_prose,
            "quoted": escaping.html,
            "data": escaping.html_json,
            "diagram": lambda graph: Markup(graph_svg(graph)),
            "picture": Markup,
        },
        autoescape=True,
        carries=lambda templates: {"page": page(templates)},
    ),
}


def render(document: Document, kind: str, folder: Path | None = None) -> str:
    """The document as text.

    Args:
        kind: "md", "tex", "html", or "ipynb" for the cells of prose.
        folder: templates that come before derive's own.

    Raises:
        KeyError: no such format.
        Unmade: a template of the folder fails; the message has its file and line.
    """
    form = FORMATS[kind]
    text = run(_environment(kind, folder), form.template, folder, document=document, **form.carries(own_folder()))
    return text.rstrip() + "\n"


@cache
def _environment(kind: str, folder: Path | None) -> Environment:
    form = FORMATS[kind]
    return environment(folder, form.filters, form.tags, form.autoescape)
