"""Templates in a sandbox: derive's own, and in front of them those of a folder that somebody gives, block by block.

A template is text from outside: it sees the document and nothing behind it, has no way to Python, and is bounded in
what it repeats. Whatever fails in it is one message with file and line.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.loaders import BaseLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from derive.explaining.errors import Unmade
from derive.explaining.own_folder import own_folder
from derive.models.options import did_you_mean

# The prefix under which a template finds what it overrides: `{% extends "explainer.md.j2" %}` in a file of that name.
OWN = "derive/"
# Turns of all ranges together, and the length of what one operation makes.
MOST_TURNS, LONGEST = 100_000, 10_000_000
# The characters of a rendered document.
LARGEST = 50_000_000


def check_templates(folder: Path) -> None:
    """Raises Unmade where a folder is none, or has no template that stands in front of one of derive's."""
    if not folder.is_dir():
        found = "a file" if folder.exists() else "not there"
        raise Unmade(f"--template takes a folder of templates, and {folder} is {found}")
    names = sorted(path.name for path in own_folder().glob("*.j2"))
    if not any((folder / name).is_file() for name in names):
        raise Unmade(f"{folder}: no template is there; expected one of {', '.join(names)}")


class _Loader(BaseLoader):
    """A name is looked up in the folder that was given, then among derive's own; with the prefix, among the latter."""

    def __init__(self, folder: Path | None):
        self.own = FileSystemLoader(own_folder())
        self.given = FileSystemLoader(folder) if folder else None

    def get_source(self, environment: Any, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        if template.startswith(OWN):
            return self.own.get_source(environment, template.removeprefix(OWN))
        if self.given:
            try:
                return self.given.get_source(environment, template)
            except TemplateNotFound:
                pass
        return self.own.get_source(environment, template)


class _Sandbox(ImmutableSandboxedEnvironment):
    """No way to Python, and no operation that makes more than a document could hold."""

    intercepted_binops = frozenset(("*", "**"))

    def join_path(self, template: str, parent: str) -> str:
        """A template that extends its own name means the one that it stands in front of."""
        return OWN + template if template == parent else template

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        for text, times in ((left, right), (right, left)):
            if operator == "*" and hasattr(text, "__len__") and isinstance(times, int) and len(text) * times > LONGEST:
                raise SecurityError(f"{len(text)} x {times} is too long")
        if operator == "**" and not (abs(left) < LONGEST and abs(right) < 64):
            raise SecurityError(f"{left} ** {right} is too large")
        return super().call_binop(context, operator, left, right)


def environment(
    folder: Path | None, filters: Mapping[str, Callable], tags: Mapping[str, str], autoescape: bool
) -> ImmutableSandboxedEnvironment:
    """Where the templates of one format are run.

    Args:
        folder: templates that come before derive's own.
        filters: what templates may use to write text of this format.
        tags: how Jinja's own signs are spelled.
        autoescape: what passes no filter is made harmless for HTML.
    """
    options: dict[str, Any] = dict(tags)
    made = _Sandbox(
        loader=_Loader(folder),
        undefined=StrictUndefined,
        autoescape=autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **options,
    )
    made.filters.update(filters)
    del made.globals["lipsum"]
    return made


def run(within: ImmutableSandboxedEnvironment, name: str, folder: Path | None, **values: Any) -> str:
    """The text that a template makes.

    Args:
        folder: that of the person who asked; without one, a failure is a fault of derive and passes through.

    Raises:
        Unmade: a template fails; the message has its file and line.
    """
    try:
        if folder is not None:
            _check_blocks(within, name, folder)
        template = within.get_template(name, globals={"range": _bounded_range()})
        parts, size = [], 0
        for part in template.generate(**values):
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                raise SecurityError(f"the document has more than {LARGEST} characters")
        return "".join(parts)
    except Unmade:
        raise
    except (Exception, RecursionError) as error:
        if folder is None:
            raise
        raise Unmade(_place(error, folder) + _said(error)) from None


def _check_blocks(within: ImmutableSandboxedEnvironment, name: str, folder: Path) -> None:
    """Raises Unmade where a template overrides a block that there is not: Jinja would leave it out without a word."""
    if not (folder / name).is_file():
        return
    source, file, _ = within.loader.get_source(within, name)
    given = within.parse(source, name, file)
    if not any(isinstance(node, nodes.Extends) for node in given.body):
        return
    own = within.parse(within.loader.get_source(within, OWN + name)[0])
    known = [block.name for block in own.find_all(nodes.Block)]
    for block in given.body:
        if isinstance(block, nodes.Block) and block.name not in known:
            hint = did_you_mean(block.name, known) or f"; there are {', '.join(known)}"
            raise Unmade(f"{folder / name}:{block.lineno}: no block is called {block.name!r}{hint}")


def _bounded_range() -> Callable[..., range]:
    """Ranges that have so many turns in all: a loop in a loop ends as well."""
    left = MOST_TURNS

    def bounded(*bounds: int) -> range:
        nonlocal left
        turns = range(*bounds)
        left -= len(turns)
        if left < 0:
            raise SecurityError(f"ranges of more than {MOST_TURNS} turns in all")
        return turns

    return bounded


def _place(error: BaseException, folder: Path) -> str:
    """`look/explainer.md.j2:3: `, the last line of a template on the way to the error, best one of the folder."""
    if isinstance(error, TemplateSyntaxError):
        return f"{_shown(error.filename or error.name or '', folder)}:{error.lineno}: "
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    given = [frame for frame in frames if Path(frame.filename).is_relative_to(folder)]
    for frame in (given or frames)[-1:]:
        return f"{_shown(frame.filename, folder)}:{frame.lineno}: "
    return f"{folder}: "


def _shown(file: str, folder: Path) -> str:
    """A template of the folder by its path, one of derive's own by its name."""
    return file if Path(file).is_relative_to(folder) else f"derive's own {Path(file).name}"


def _said(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "the template calls itself without end"
    if isinstance(error, TemplateNotFound):
        return f"no template is called {error.name!r}"
    if isinstance(error, UnicodeDecodeError):
        return "a template is not UTF-8"
    if isinstance(error, TemplateError):
        return " ".join(str(error.message or error).split())
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
