"""What an explainer is asked for, as a value, and the story that answers it: the model, its evidence, its document."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from derive.explaining.document import Document, explain
from derive.models.catalogue import build
from derive.models.given import Given, read_given
from derive.models.model import Model
from derive.models.options import OPTIONS, ModelError, idle
from derive.verify.evidence import Evidence, gather
from derive.verify.points import draw
from derive.verify.witnesses import Saturated


@dataclass(frozen=True)
class Request:
    """One explainer.

    Args:
        model: a name that `derive models` lists.
        options: those of the model that were given, by name, such as `{"hidden": "tanh"}`.
        dims: sizes of dimensions in the worked example, such as `{"n": 4}`.
        data, params: files with the numbers of the worked example; what they leave open is drawn.
        row: the row of the data that is the one example, counted from 1.
        seed: of everything that is drawn.
        detail: how much is told: "brief", "full" or "every-index".
        template: a folder of templates that come before derive's own.
    """

    model: str
    options: Mapping[str, str] = field(default_factory=dict)
    dims: Mapping[str, int] = field(default_factory=dict)
    data: Path | None = None
    params: Path | None = None
    row: int | None = None
    seed: int = 0
    detail: str = "full"
    template: Path | None = None

    @property
    def command(self) -> str:
        """The command that writes the explainer again, with the names of files and not their places."""
        words = ["derive", "explain", self.model]
        for name, value in self.options.items():
            words += [OPTIONS[name].flag, value]
        for flag, path in (("--data", self.data), ("--params", self.params)):
            words += [flag, path.name] if path else []
        words += ["--row", str(self.row)] if self.row else []
        words += ["--dims", ",".join(f"{name}={size}" for name, size in self.dims.items())] if self.dims else []
        words += ["--seed", str(self.seed)] if self.seed else []
        words += ["--detail", self.detail] if self.detail != "full" else []
        words += ["--template", self.template.name] if self.template else []
        return shlex.join([*words, "--out", "DIR"])


@dataclass(frozen=True)
class Story:
    """A request with all that was found out for it. `document` is made only where the witnesses agree."""

    request: Request
    model: Model
    given: Given
    evidence: Evidence

    @property
    def notes(self) -> tuple[str, ...]:
        """What was asked for and has no effect."""
        return (*idle(list(self.request.options), self.model.options), *self.given.notes)

    @cached_property
    def document(self) -> Document:
        """Raises ValueError where the witnesses do not agree."""
        sources = tuple(_sources(self.request, self.model, self.given))
        return explain(self.evidence, sources, self.request.command, self.request.detail)


def answer(request: Request) -> Story:
    """Build the model, read its files, and ask the witnesses.

    Raises:
        ModelError: an unknown model or option, a value that it does not take, or numbers too large for float64.
        FileError: data or parameters that cannot be read or do not fit.
    """
    model = build(request.model, dict(request.options))
    given = read_given(model, dims=request.dims, data=request.data, params=request.params, row=request.row)
    try:
        with np.errstate(all="ignore"):  # a value that leaves float64 is for the witnesses to say, not for a warning
            point = draw(model, given.sizes, [request.seed], "document", labels=True, given=given.values)
            evidence = gather(model, point, seed=request.seed)
    except Saturated as saturated:
        advice = "a number is too large for float64; take data or parameters of smaller size"
        raise ModelError(f"{saturated}: {advice}") from None
    return Story(request, model, given, evidence)


def _sources(request: Request, model: Model, given: Given) -> Iterator[str]:
    """Where the numbers of the worked example come from, in sentences."""
    if request.data:
        row = f", row {request.row}" if request.row else ""
        yield f"The data are those of {request.data.name}{row}."
    if request.params:
        yield f"The parameters are those of {request.params.name}."
    drawn = [symbol for symbol in model.given if symbol.key not in given.values]
    if drawn:
        what = "Data and parameters" if not given.values else "The parameters" if request.data else "The data"
        yield f"{what} were drawn with seed {request.seed}, with two decimals."
