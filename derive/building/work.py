"""The two kinds of work of a build, each a function of values alone: an artifact is made, a document is judged.

What they need is imported when they are called: whoever hands the work to other processes does not need it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive.building.plan import Artifact, as_keys
from derive.checking.baseline import Known
from derive.checking.findings import Policy

if TYPE_CHECKING:
    from derive.checking.report import FileReport
    from derive.explaining.request import Story

FALSE, UNUSABLE = "false", "unusable"  # why there is no result: it is not true, or the input cannot be used


@dataclass(frozen=True)
class Outcome:
    """The files of an artifact by their names, or why there are none.

    Args:
        files: None for one that is out of date by its source, and was not made.
        fault: FALSE where the witnesses do not agree, UNUSABLE where the request cannot be met; `message` says why.
        notes: what was asked for and has no effect.
    """

    files: Mapping[str, bytes | None] = field(default_factory=dict)
    fault: str = ""
    message: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """How documents are judged, as `derive check` does it: what counts, how much is told, what is known already."""

    policy: Policy = field(default_factory=Policy)
    seed: int = 0
    reveal: str = "repair"
    known: Known = field(default_factory=Known)

    def as_plain(self) -> dict[str, Any]:
        return {**asdict(self.policy), "seed": self.seed, "reveal": self.reveal, "known": sorted(self.known.items())}


@dataclass(frozen=True)
class Finding:
    """What asks for attention in a document: its place, counted from 1, and what `derive check` says of it."""

    place: str
    severity: str
    code: str | None
    message: str
    help: str


@dataclass(frozen=True)
class Verdict:
    """What was found in a document: how many statements have which verdict, and what asks for attention.

    Args:
        fault: empty where nothing is wrong, FALSE where something is, UNUSABLE where the document cannot be read.
        message: what no finding says.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    fault: str = ""
    message: str = ""

    def as_plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Verdict:
        """Raises TypeError for anything else."""
        if set(data) != {each.name for each in fields(cls)} or not isinstance(data["counts"], dict):
            raise TypeError("no verdict")
        if not all(isinstance(number, int) for number in data["counts"].values()):
            raise TypeError("no counts")
        return cls(**{**data, "findings": tuple(Finding(**each) for each in data["findings"])})


def make(artifact: Artifact, writing: bool = True) -> Outcome:
    """The files of an artifact, made from its request.

    Args:
        writing: whether the files are wanted, and not only what is out of date.
    """
    from derive.explaining.errors import Unmade
    from derive.explaining.request import Request, answer
    from derive.explaining.templates import check_templates
    from derive.models.options import ModelError
    from derive.models.text_files import FileError
    from derive.verify.report import disagreement

    request = Request(
        model=artifact.model,
        options=artifact.options,
        dims=artifact.dims,
        data=Path(artifact.data) if artifact.data else None,
        params=Path(artifact.params) if artifact.params else None,
        row=artifact.row,
        seed=artifact.seed,
        detail=artifact.detail,
        template=Path(artifact.template) if artifact.template else None,
    )
    try:
        if request.template:
            check_templates(request.template)
        story = answer(request)
        notes = tuple(map(as_keys, story.notes))
        if not story.evidence.agreed:
            return Outcome(fault=FALSE, message=disagreement(story.evidence), notes=notes)
        return Outcome(_files(artifact, story, writing), notes=notes)
    except (ModelError, FileError, Unmade) as error:
        return Outcome(fault=UNUSABLE, message=as_keys(str(error)))
    except Exception as error:  # a fault of ours costs this artifact, and not the others
        return Outcome(fault=UNUSABLE, message=_our_fault(error))


def _files(artifact: Artifact, story: Story, writing: bool) -> dict[str, bytes | None]:
    """All formats; one that is up to date by its source is left as it is."""
    from derive.explaining.artifacts import BY_SOURCE, artifacts

    files: dict[str, bytes | None] = {}
    for kind, path in zip(artifact.formats, map(Path, artifact.files), strict=True):
        there = path.read_bytes() if kind in BY_SOURCE and path.is_file() else None
        if there is not None and BY_SOURCE[kind](story, there):
            files[path.name] = there
        elif kind in BY_SOURCE and not writing:
            files[path.name] = None
        else:
            files |= artifacts(story, [kind], artifact.name)
    return files


def judge(path: str, rules: Rules) -> Verdict:
    """What `derive check` says of a document."""
    from derive.checking.baseline import without_known
    from derive.checking.check import check_document
    from derive.checking.document import read_document, read_text
    from derive.checking.findings import reveal
    from derive.checking.report import Report
    from derive.models.text_files import FileError

    try:
        document = read_document(path, read_text(Path(path)))
        checked = Report((check_document(document, seed=rules.seed),))
        report = reveal(without_known(checked, rules.known), rules.reveal)
    except FileError as error:
        return Verdict(fault=UNUSABLE, message=str(error))
    except Exception as error:
        return Verdict(fault=UNUSABLE, message=_our_fault(error))
    (file,) = report.files
    return Verdict(
        counts={verdict: number for verdict, number in report.summary.items() if number},
        findings=tuple(_findings(file, rules.policy)),
        fault=FALSE if rules.policy.status(report) else "",
        message="it makes claims, and none of them was decided" if file.without_verdict else "",
    )


def _findings(file: FileReport, policy: Policy) -> Iterator[Finding]:
    from derive.checking.findings import said
    from derive.checking.formats.text import hint, place

    for statement, severity in policy.findings(file):
        where = place(file.path, statement.place.line, statement.place.column, statement.cell)
        yield Finding(where, severity, statement.code, said(statement), hint(statement))


def _our_fault(error: Exception) -> str:
    return f"derive itself failed ({type(error).__name__}); please report this"
