"""`derive explain`: a model derived, witnessed, and written down."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from derive.cli.errors import UsageError, whole_number
from derive.cli.files import write_all
from derive.cli.terminal import console
from derive.models.catalogue import build
from derive.models.files import FileError
from derive.models.given import read_given
from derive.models.model import Model
from derive.models.options import OPTIONS, ModelError


def run(options: argparse.Namespace) -> int:
    if options.format not in (None, "json"):
        raise UsageError(f"--format takes json, found {options.format!r}")
    if options.format is None and options.out is None:
        raise UsageError("say where to write the explainer, with --out DIR, or print the evidence, with --format json")
    seed = whole_number("--seed", options.seed, least=0)
    try:
        model = build(options.model, dict(_chosen(options)))
        given = read_given(
            model,
            dims=_dims(options.dims),
            data=Path(options.data) if options.data else None,
            params=Path(options.params) if options.params else None,
            row=whole_number("--row", options.row, least=1) if options.row else None,
        )
    except (ModelError, FileError) as error:
        raise UsageError(str(error)) from None

    from derive.verify.evidence import gather
    from derive.verify.points import draw
    from derive.verify.witnesses import Saturated

    point = draw(model, given.sizes, [seed], "document", labels=True, given=given.values)
    try:
        evidence = gather(model, point, seed=seed)
    except Saturated as saturated:
        raise UsageError(f"{saturated}: take parameters or data of smaller size") from None
    if not evidence.agreed:
        from derive.verify.report import disagreement

        console(stderr=True).print(disagreement(evidence))
        return 1
    return _write(options, model, evidence, given, seed)


def _write(options: argparse.Namespace, model: Model, evidence, given, seed: int) -> int:
    from derive.explaining.evidence_json import to_json

    payload = json.dumps(to_json(evidence), indent=1, ensure_ascii=False) + "\n"
    if options.format == "json":
        print(payload, end="")
        return 0

    from derive.explaining.document import explain
    from derive.explaining.render import render

    document = explain(evidence, tuple(_sources(options, model, given, seed)), _ask(options))
    files = {
        f"{model.name}.md": render(document, "md"),
        f"{model.name}.tex": render(document, "tex"),
        f"{model.name}.json": payload,
    }
    screen = console()
    for path in write_all(Path(options.out), files):
        screen.print(f"wrote {path}")
    boxed = len(model.parameters)
    worst = max(c.relative for point in evidence.points for c in point.comparisons)
    screen.print(
        f"{boxed} gradient{'s' if boxed != 1 else ''} boxed: four witnesses agree at {len(evidence.points)} points"
        f" (largest relative difference {_bound(worst)})"
    )
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
    for part in (text or "").split(",") if text else ():
        name, sign, size = part.partition("=")
        if not sign or not re.fullmatch(r"[A-Za-z]\w*", name.strip()):
            raise UsageError(f"--dims takes sizes such as n=4,d=2,h=2,k=1, found {part!r}")
        if name.strip() in found:
            raise UsageError(f"--dims gives {name.strip()} twice")
        found[name.strip()] = whole_number(f"--dims {name.strip()}", size.strip(), least=1)
    return found


def _sources(options: argparse.Namespace, model: Model, given, seed: int) -> Iterator[str]:
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

