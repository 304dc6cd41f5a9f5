"""`derive explain`: a model derived, witnessed, and written down."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from derive.cli.errors import UsageError, whole_number
from derive.cli.files import check_folder, write_all
from derive.cli.terminal import complain, say
from derive.models.catalogue import MODELS, build
from derive.models.given import Given, read_given
from derive.models.model import Model
from derive.models.options import OPTIONS, ModelError, did_you_mean, idle
from derive.models.text_files import FileError

if TYPE_CHECKING:
    from derive.verify.evidence import Evidence


def run(options: argparse.Namespace) -> int:
    _check(options)
    seed = whole_number("--seed", options.seed, least=0)
    try:
        model = build(options.model, dict(_chosen(options)))
        given = read_given(
            model,
            dims=_dims(options.dims),
            data=_path(options.data),
            params=_path(options.params),
            row=whole_number("--row", options.row, least=1) if options.row is not None else None,
        )
    except (ModelError, FileError) as error:
        raise UsageError(str(error)) from None
    for note in (*idle([name for name, _ in _chosen(options)], model.options), *given.notes):
        complain(f"derive: note: {note}")

    import numpy as np

    from derive.verify.evidence import gather
    from derive.verify.points import draw
    from derive.verify.witnesses import Saturated

    try:
        with np.errstate(all="ignore"):  # a value that leaves float64 is for the witnesses to say, not for a warning
            point = draw(model, given.sizes, [seed], "document", labels=True, given=given.values)
            evidence = gather(model, point, seed=seed)
    except Saturated as saturated:
        raise UsageError(
            f"{saturated}: a number is too large for float64; take data or parameters of smaller size"
        ) from None
    if not evidence.agreed:
        from derive.verify.report import disagreement

        say(disagreement(evidence), error=True)
        return 1
    return _write(options, model, evidence, given, seed)


def _check(options: argparse.Namespace) -> None:
    """What can be said before anything is read."""
    if options.model not in MODELS:
        hint = did_you_mean(options.model, MODELS)
        raise UsageError(f"no model is called {options.model!r}; there are {', '.join(MODELS)}{hint}")
    for flag in ("data", "params", "row", "dims", "out"):
        if getattr(options, flag) == "":
            raise UsageError(f"--{flag} is empty (see derive explain --help)")
    if options.format not in (None, "json"):
        raise UsageError(f"--format takes json, found {options.format!r}{did_you_mean(options.format, ['json'])}")
    if options.format is None and options.out is None:
        raise UsageError("say where to write the explainer, with --out DIR, or print the evidence, with --format json")
    if options.format == "json" and options.out is not None:
        complain(f"derive: note: --format json prints the evidence; nothing is written to {options.out}")
    elif options.out is not None:
        check_folder(Path(options.out))


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _write(options: argparse.Namespace, model: Model, evidence: Evidence, given: Given, seed: int) -> int:
    from derive.explaining.evidence_json import to_json

    payload = json.dumps(to_json(evidence), indent=1) + "\n"
    if options.format == "json":
        print(payload, end="")
        return 0

    from derive.explaining.document import explain
    from derive.explaining.prose.meanings import listed
    from derive.explaining.render import render

    document = explain(evidence, tuple(_sources(options, model, given, seed)), _ask(options))
    files = {
        f"{model.name}.md": render(document, "md"),
        f"{model.name}.tex": render(document, "tex"),
        f"{model.name}.json": payload,
    }
    for path in write_all(Path(options.out), files):
        say(f"wrote {path}")
    boxed = len(model.parameters)
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


def _sources(options: argparse.Namespace, model: Model, given: Given, seed: int) -> Iterator[str]:
    """Where the numbers of the worked example come from, in sentences."""
    if options.data:
        row = f", row {options.row}" if options.row else ""
        yield f"The data are those of {Path(options.data).name}{row}."
    if options.params:
        yield f"The parameters are those of {Path(options.params).name}."
    drawn = [symbol for symbol in model.given if symbol.key not in given.values]
    if drawn:
        what = "Data and parameters" if not given.values else "The parameters" if options.data else "The data"
        yield f"{what} were drawn with seed {seed}, with two decimals."


def _ask(options: argparse.Namespace) -> str:
    """The command that makes this document again."""
    words = ["derive", "explain", options.model]
    for name, value in _chosen(options):
        words += [OPTIONS[name].flag, value]
    for flag in ("data", "params"):
        if getattr(options, flag):
            words += [f"--{flag}", Path(getattr(options, flag)).name]
    for flag in ("row", "dims"):
        if getattr(options, flag):
            words += [f"--{flag}", getattr(options, flag)]
    if options.seed != "0":
        words += ["--seed", options.seed]
    return shlex.join([*words, "--out", "DIR"])

