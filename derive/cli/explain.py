"""`derive explain`: a model derived, witnessed, and written down."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive.cli.errors import UsageError, whole_number
from derive.cli.files import check_folder, write_all
from derive.cli.terminal import complain, say
from derive.explaining.artifacts import ARTIFACTS, NEEDS, USUAL, artifacts
from derive.explaining.details import DETAILS
from derive.explaining.errors import Unmade
from derive.models.catalogue import MODELS
from derive.models.options import OPTIONS, ModelError, did_you_mean
from derive.models.text_files import FileError

if TYPE_CHECKING:
    from derive.explaining.request import Request, Story


def run(options: argparse.Namespace) -> int:
    _check(options)
    request = _request(options)

    from derive.explaining.request import answer

    try:
        story = answer(request)
    except (ModelError, FileError) as error:
        raise UsageError(str(error)) from None
    for note in story.notes:
        complain(f"derive: note: {note}")
    if not story.evidence.agreed:
        from derive.verify.report import disagreement

        say(disagreement(story.evidence), error=True)
        return 1
    return _write(options, story)


def _check(options: argparse.Namespace) -> None:
    """What can be said before anything is read."""
    if options.model not in MODELS:
        hint = did_you_mean(options.model, MODELS)
        raise UsageError(f"no model is called {options.model!r}; there are {', '.join(MODELS)}{hint}")
    for flag in ("data", "params", "row", "dims", "out", "template"):
        if getattr(options, flag) == "":
            raise UsageError(f"--{flag} is empty (see derive explain --help)")
    if _formats(options.format) != ["json"] and options.out is None:
        raise UsageError("say where to write the explainer, with --out DIR, or print the evidence, with --format json")
    if options.out is not None:
        check_folder(Path(options.out))
    if options.detail not in DETAILS:
        hint = did_you_mean(options.detail, DETAILS)
        raise UsageError(f"--detail takes {', '.join(DETAILS)}, found {options.detail!r}{hint}")
    for kind in _formats(options.format):
        if kind in NEEDS:
            _made(NEEDS[kind])
    if options.template is not None:
        from derive.explaining.templates import check_templates

        _made(lambda: check_templates(Path(options.template)))


def _formats(text: str | None) -> list[str]:
    """`md,html` as a list in which each format is once; the usual ones where nothing was said."""
    if text is None:
        return list(USUAL)
    found = [word.strip() for word in text.split(",")]
    for word in found:
        if word not in ARTIFACTS:
            hint = did_you_mean(word, ARTIFACTS)
            raise UsageError(f"--format takes one or more of {', '.join(ARTIFACTS)}, found {word!r}{hint}")
    return list(dict.fromkeys(found))


def _request(options: argparse.Namespace) -> Request:
    from derive.explaining.request import Request

    return Request(
        model=options.model,
        options=dict(_chosen(options)),
        dims=_dims(options.dims),
        data=_path(options.data),
        params=_path(options.params),
        row=whole_number("--row", options.row, least=1) if options.row is not None else None,
        seed=whole_number("--seed", options.seed, least=0),
        detail=options.detail,
        template=_path(options.template),
    )


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _write(options: argparse.Namespace, story: Story) -> int:
    files = _made(lambda: artifacts(story, _formats(options.format)))
    if options.out is None:
        print(*(content.decode() for content in files.values()), end="")
        return 0

    from derive.explaining.prose.meanings import listed

    for path in write_all(Path(options.out), files):
        say(f"wrote {path}")
    evidence = story.evidence
    boxed = len(story.model.parameters)
    worst = max(c.relative for point in evidence.points for c in point.comparisons)
    silent = evidence.unheard
    at = f"{len(evidence.drawn)} drawn" if silent else f"{len(evidence.points)}"
    say(
        f"{boxed} gradient{'s' if boxed != 1 else ''} boxed: four witnesses agree at {at} points"
        f" (largest relative difference {_bound(worst)})"
    )
    if silent:
        say(f"on the worked example {listed(silent)} cannot speak of every gradient; the document says why")
    return 0


def _made(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except Unmade as error:
        raise UsageError(str(error)) from None


def _bound(relative: float) -> str:
    return next(f"< 1e-{digits}" for digits in (12, 11, 10, 9) if relative < 10.0**-digits or digits == 9)


def _chosen(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    for name in OPTIONS:
        value = getattr(options, name.replace("-", "_"))
        if value is not None:
            yield name, value


def _dims(text: str | None) -> dict[str, int]:
    """`n=4,d=2,h=2,k=1`"""
    found: dict[str, int] = {}
    for part in () if text is None else text.split(","):
        name, sign, size = (word.strip() for word in part.partition("="))
        if not sign or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            raise UsageError(f"--dims takes sizes such as n=4,d=2,h=2,k=1, found {part!r}")
        if name in found:
            raise UsageError(f"--dims gives {name} twice")
        found[name] = whole_number(f"--dims {name}", size, least=1)
    return found
