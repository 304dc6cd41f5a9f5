"""What a project builds, as a value: read from its settings, with every fault named by the key that has it.

Whatever can be said without making anything is said here, so that a build that starts can only fail by its numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

from derive.building.paths import PathError, documents, file_inside, folder_inside, spelled, tree_inside
from derive.explaining.artifacts import ARTIFACTS, USUAL
from derive.explaining.details import DETAILS
from derive.models.catalogue import MODELS, build
from derive.models.options import OPTIONS, ModelError, choose, did_you_mean
from derive.models.sizes import asked_sizes

MOST = 10**9
_NAME = re.compile(r"\w[\w .+-]{0,99}(?<![ .])")
_DIMENSION = re.compile(r"[A-Za-z]\w*", re.ASCII)

_FLAG = re.compile(rf"--({'|'.join([*OPTIONS, 'data', 'params', 'row', 'dims', 'seed', 'detail', 'template'])})\b")


class PlanError(ValueError):
    """The settings cannot be used. `at` are the keys below `build` that lead to the fault, entries of a list from 0."""

    def __init__(self, message: str, *at: str | int):
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class Artifact:
    """One explainer: what `derive explain` is asked for, and the files that it becomes.

    Args:
        name: of its files without the suffix; `folder` is where they are.
        formats: suffixes, each a row of `explaining.artifacts.ARTIFACTS`.
        template: a folder of templates that come before derive's own.
    """

    name: str
    folder: str
    formats: tuple[str, ...]
    model: str
    options: Mapping[str, str] = field(default_factory=dict)
    dims: Mapping[str, int] = field(default_factory=dict)
    data: str | None = None
    params: str | None = None
    row: int | None = None
    seed: int = 0
    detail: str = "full"
    template: str | None = None

    @property
    def title(self) -> str:
        """What it is called in reports: the path of its files without the suffix."""
        return self.name if self.folder == "." else f"{self.folder}/{self.name}"

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(f"{self.title}.{kind}" for kind in self.formats)


@dataclass(frozen=True)
class Plan:
    """What is built, and the documents that are checked, in the order of the settings, none twice."""

    artifacts: tuple[Artifact, ...] = ()
    notes: tuple[str, ...] = ()


def read_plan(table: Any) -> Plan:
    """The plan in the table `build` of the settings. Raises PlanError."""
    if not isinstance(table, dict):
        raise PlanError(f"expected a table, found {table!r}")
    _check(table, _TOP, ())
    entries = table.get("artifacts", [])
    artifacts = tuple(_artifact(entry, table, place) for place, entry in enumerate(entries))
    _apart(artifacts)
    written = {spelled(file): artifact for artifact in artifacts for file in artifact.files}
    for place, artifact in enumerate(artifacts):
        for key in ("data", "params"):
            path = getattr(artifact, key)
            if path and spelled(path) in written:
                maker = written[spelled(path)].title
                raise PlanError(f"{key} is {path!r}, which the artifact {maker} would write", "artifacts", place, key)
    notes = tuple(_notes(table.get("notes", []), written))
    if not artifacts and not notes:
        raise PlanError("lists neither artifacts nor notes")
    return Plan(artifacts, notes)


# ---------------------------------------------------------------- values


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST


def _sizes(value: Any) -> bool:
    return isinstance(value, dict) and all(_DIMENSION.fullmatch(name) and _whole(1)(value[name]) for name in value)


def _choice(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


# key: what its value has to be, in words and as a test
_FORMATS = (f"a list of formats from {', '.join(ARTIFACTS)}", lambda value: _texts(value) and value != [])
_FOLDER = ("a folder of the project", _text)
_TOP: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "artifacts": (
        "an array of tables, one for each explainer",
        lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
    ),
    "notes": ("a list of documents, folders or patterns", _texts),
    "out": _FOLDER,
    "formats": _FORMATS,
}
_ARTIFACT: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "model": ("the name of a model", _text),
    "name": (
        "a name of letters, digits, blanks and - _ . +",
        lambda value: _text(value) and _NAME.fullmatch(value) is not None,
    ),
    "out": _FOLDER,
    "formats": _FORMATS,
    "dims": ("a table of sizes such as { n = 4, h = 3 }", _sizes),
    "data": ("the path of a CSV file", _text),
    "params": ("the path of a JSON file", _text),
    "row": (f"a whole number from 1 to {MOST}", _whole(1)),
    "seed": (f"a whole number from 0 to {MOST}", _whole(0)),
    "detail": (" or ".join(DETAILS), lambda value: _text(value) and value in DETAILS),
    "template": ("a folder of templates", _text),
    **{name: ("one of its values", _choice) for name in OPTIONS},
}

_PATHS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("out", folder_inside),
    ("data", file_inside),
    ("params", file_inside),
    ("template", tree_inside),
)


def _check(table: Mapping[str, Any], keys: Mapping[str, tuple[str, Callable[[Any], bool]]], at: tuple) -> None:
    for key, value in table.items():
        if key not in keys:
            hint = did_you_mean(key, keys) or f"; known are {', '.join(keys)}"
            raise PlanError(f"no key is called {key!r}{hint}", *at, key)
        words, fits = keys[key]
        if not fits(value):
            raise PlanError(f"{key} takes {words}, found {_short(value)}", *at, key)
    for place, kind in enumerate(table.get("formats", [])):
        if kind not in ARTIFACTS:
            hint = did_you_mean(kind, ARTIFACTS)
            raise PlanError(f"formats takes {', '.join(ARTIFACTS)}, found {kind!r}{hint}", *at, "formats", place)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


# ---------------------------------------------------------------- artifacts


def _artifact(entry: Mapping[str, Any], defaults: Mapping[str, Any], place: int) -> Artifact:
    at = ("artifacts", place)
    _check(entry, _ARTIFACT, at)
    model = entry.get("model")
    if model is None:
        raise PlanError(f"has no model; there are {', '.join(MODELS)}", *at)
    if model not in MODELS:
        known = ", ".join(MODELS)
        hint = did_you_mean(model, MODELS)
        raise PlanError(f"no model is called {model!r}; there are {known}{hint}", *at, "model")
    out = entry.get("out", defaults.get("out"))
    if out is None:
        raise PlanError('does not say where to write it; add out = "explainers" here or above all artifacts', *at)
    found: dict[str, Any] = {}
    for key, kind in _PATHS:
        if key in entry or (key == "out" and out):
            try:
                found[key] = kind(entry.get(key, out))
            except PathError as error:
                raise PlanError(f"{key}: {error}", *(at if key in entry else ()), key) from None
    if "template" in found and PurePosixPath(found["out"]).is_relative_to(found["template"]):
        message = "expected a folder of templates alone, and the folder of the explainers is in it"
        raise PlanError(f"template: {message}", *at, "template")
    return Artifact(
        name=entry.get("name", model),
        folder=found["out"],
        formats=tuple(dict.fromkeys(entry.get("formats", defaults.get("formats", USUAL)))),
        model=model,
        options=_options(model, entry, at),
        dims=entry.get("dims", {}),
        data=found.get("data"),
        params=found.get("params"),
        row=entry.get("row"),
        seed=entry.get("seed", 0),
        detail=entry.get("detail", "full"),
        template=found.get("template"),
    )


def _options(model: str, entry: Mapping[str, Any], at: tuple) -> dict[str, str]:
    """The options of the model that were given, in the order of `derive models`, which it takes, and the sizes too."""
    chosen = {name: str(entry[name]) for name in OPTIONS if name in entry}
    for name, value in chosen.items():
        try:
            choose(model, dict(MODELS[model].defaults), {name: value})
        except ModelError as error:
            raise PlanError(as_keys(str(error)), *at, name) from None
    try:
        built = build(model, chosen)
    except ModelError as error:
        raise PlanError(as_keys(str(error)), *at) from None
    try:
        asked_sizes(built, entry.get("dims", {}))
    except ModelError as error:
        raise PlanError(as_keys(str(error)), *at, "dims") from None
    return chosen


def as_keys(message: str) -> str:
    """A message about options of the command line, about keys."""
    return _FLAG.sub(r"\1", message)


def _apart(artifacts: Sequence[Artifact]) -> None:
    """Raises PlanError where two artifacts go by one name in one folder."""
    seen: dict[str, int] = {}
    for place, artifact in enumerate(artifacts):
        first = seen.setdefault(spelled(artifact.title), place)
        if first != place:
            message = f"artifact {first + 1} is called {artifacts[first].title} as well; give one of them another name"
            raise PlanError(f"is called {artifact.title}, and {message}", "artifacts", place)


# ---------------------------------------------------------------- notes


def _notes(patterns: Sequence[str], written: Mapping[str, Artifact]) -> Iterator[str]:
    """The documents that people wrote: not what the build itself writes into the same folders."""
    found: list[list[str]] = []
    for place, pattern in enumerate(patterns):
        try:
            here = documents(pattern)
        except PathError as error:
            raise PlanError(f"notes: {error}", "notes", place) from None
        found.append([name for name in here if spelled(name) not in written])
        if not found[-1]:
            raise PlanError(f"notes: {pattern!r} means only what the build itself writes", "notes", place)
    yield from dict.fromkeys(chain.from_iterable(found))
