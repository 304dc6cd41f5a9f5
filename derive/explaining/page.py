"""What a page carries with it, so that it needs nothing from anywhere: styles, scripts, fonts, the licence of KaTeX.

Scripts are plain files, joined in an order in which each uses only what stands before it. The page's content security
policy names them by their hashes: no other script runs, whatever else came to stand in the page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup

SCRIPTS = (
    "matrix", "engine", "program", "notation", "formulas", "drawing", "curve", "inputs", "steps", "explorer", "page",
)  # fmt: skip
STYLES = ("page", "graph", "explorer", "print")
# In KaTeX's style sheet: one font in three formats. All browsers that run the page's scripts know the first.
_FONT = re.compile(r"src:url\(fonts/([\w-]+\.woff2)\) format\(\"woff2\"\)(?:,url\([^)]*\) format\(\"\w+\"\))*")


@dataclass(frozen=True)
class Page:
    """Texts that stand in the page as they are, and the sources of scripts that its policy allows."""

    style: Markup
    script: Markup
    katex_style: Markup
    katex_script: Markup
    katex_licence: str
    policy: Markup


@cache
def page(templates: Path) -> Page:
    """Args: templates: the folder of the templates, which has the page's files in `html/`.

    Raises:
        ValueError: a script holds what would end it inside a page.
    """
    folder = templates / "html"
    katex = folder / "katex"
    joined = "".join(_read(folder / f"{name}.js") for name in SCRIPTS)
    script = _script(f'"use strict";\n(() => {{\n{joined}}})();\n')
    katex_script = _script(_read(katex / "katex.min.js"))
    return Page(
        style=Markup("".join(_read(folder / f"{name}.css") for name in STYLES)),
        script=script,
        katex_style=Markup(_FONT.sub(lambda found: _font(katex / "fonts" / found[1]), _read(katex / "katex.min.css"))),
        katex_script=katex_script,
        katex_licence=_read(katex / "LICENSE"),
        policy=Markup(" ".join(_allowed(text) for text in (katex_script, script))),
    )


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _script(text: str) -> Markup:
    if found := re.search(r"</script|<!--", text, re.IGNORECASE):
        raise ValueError(f"a script of the page holds {found[0]!r}, which would end it there")
    return Markup(text)


def _font(path: Path) -> str:
    return f'src:url(data:font/woff2;base64,{base64.b64encode(path.read_bytes()).decode()}) format("woff2")'


def _allowed(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
