"""A right side written differently, put into its document: what it is worth, and what the judge says of it.

Whether the value is another one is decided without the judge: both right sides are evaluated at points of another seed.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from derive.checking.document import Document, read_document
from derive.checking.instances import Instance, readings
from derive.checking.judge import Judge
from derive.checking.points import FREE, UNIT, Points
from derive.checking.program import Unsettled
from derive.checking.verdicts import Verdict
from derive.models.text_files import FileError
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.readings import PRIMARY, Missing
from derive.reading.theory import Reading
from derive.terms.nodes import Term
from derive.terms.shapes import Misfit
from tests.checking.mistakes import MISTAKES
from tests.checking.rewrites import REWRITES, renamed
from tests.checking.sheets import Sheet

SEED = 1009  # of the points at which right sides are compared: the judge's is another one
POINTS = 4
SAME, DIFFERENT = 1e-8, 1e-5
RENAMED = "a symbol renamed"
DIFFERS, MISSHAPEN, EQUAL, UNKNOWN = "differs", "misshapen", "equal", "unknown"


@dataclass(frozen=True)
class Planted:
    """Another text for a claim.

    Args:
        kind: the row that made it.
        codes: those that name what was planted; none for a rewrite.
        right: the new right side; None where the whole document is another one, which says the same.
    """

    kind: str
    codes: tuple[str, ...]
    text: str
    right: str | None


@dataclass(frozen=True)
class Outcome:
    """What came of a planted text.

    Args:
        left, true: the claim as it was.
        worth: `differs` in value from the true one, `misshapen` (it has no value of that shape), `equal`, `unknown`.
        verdict: None where the text is no claim any more, `unread` included.
        seconds: CPU time of the judge, with the search for repairs.
    """

    document: str
    planted: Planted
    left: str
    true: str
    worth: str = UNKNOWN
    verdict: Verdict | None = None
    seconds: float = 0.0

    @property
    def is_false(self) -> bool:
        return self.worth in (DIFFERS, MISSHAPEN)

    @property
    def is_named(self) -> bool:
        """Whether what was planted is named, or another single edit that repairs it."""
        return self.verdict is not None and (self.verdict.code in self.planted.codes or self.verdict.mistakes == 1)

    def __str__(self) -> str:
        right = self.planted.right or "(renamed)"
        said = f"{self.verdict.verdict} {self.verdict.code or ''}" if self.verdict else "unread"
        return f"{said:16} {self.document}: {self.planted.kind}: {self.left} = {right}   [{self.true}]"


def mistaken(sheet: Sheet) -> list[Planted]:
    """Every mistake wherever it applies, each text once."""
    rows = ((row.name, row.codes, right) for row in MISTAKES for right in row.plant(sheet))
    return _once(sheet, (Planted(name, codes, sheet.with_right(right), right) for name, codes, right in rows))


def rewritten(sheet: Sheet) -> list[Planted]:
    """Every rewrite wherever it applies, each text once."""
    rows = ((row.name, right) for row in REWRITES for right in row.write(sheet))
    found = [Planted(name, (), sheet.with_right(right), right) for name, right in rows]
    return _once(sheet, [*found, *(Planted(RENAMED, (), text, None) for text in renamed(sheet))])


def _once(sheet: Sheet, planted: Iterable[Planted]) -> list[Planted]:
    found = {"".join(sheet.text.split()): None}
    for each in planted:
        found.setdefault("".join(each.text.split()), each)
    return [each for each in found.values() if each is not None]


def judged(sheet: Sheet, planted: Planted) -> Outcome:
    """The document with another text for a claim, read anew and judged."""
    outcome = Outcome(sheet.name, planted, sheet.shows(sheet.link.left), sheet.shows(sheet.right))
    try:
        document = read_document(sheet.name, planted.text)
    except FileError:
        return outcome
    reading = _same_place(document, sheet)
    if reading is None or reading.kind != "claim":
        return outcome
    worth = EQUAL if planted.right is None else value_of(sheet, reading.link.right)
    start = time.process_time()
    with np.errstate(all="ignore"):
        verdict = Judge(document.theory).judge(reading.link)
    seconds = time.process_time() - start
    return replace(outcome, worth=worth, verdict=None if verdict.verdict == "unread" else verdict, seconds=seconds)


def _same_place(document: Document, sheet: Sheet) -> Reading | None:
    """What stands where the claim stood."""
    for reading in document.theory.readings:
        link, old = reading.link, sheet.link
        if link.left.span[0] == old.left.span[0] and link.number == old.number and not link.given:
            return reading
    return None


def value_of(sheet: Sheet, right: syntax.Node) -> str:
    """What another right side is worth, where the names mean what they mean in the true document."""
    points = _points(sheet)
    answers = [_at_instance(points, instance, right) for instance in sheet.instances]
    return next((word for word in (DIFFERS, MISSHAPEN, UNKNOWN) if word in answers), EQUAL)


_drawn: dict[int, tuple[Sheet, Points]] = {}


def _points(sheet: Sheet) -> Points:
    key = id(sheet.theory)
    if key not in _drawn:
        _drawn.clear()
        _drawn[key] = sheet, Points(sheet.theory, SEED)
    return _drawn[key][1]


def _at_instance(points: Points, instance: Instance, right: syntax.Node) -> str:
    shape = instance.lefts[0].term.shape
    true = [r.term for r in instance.rights if r.level == PRIMARY and r.term.shape == shape]
    try:
        new = [r.term for r in readings(right, instance.scope) if r.level == PRIMARY]
    except (Unread, Missing):
        return UNKNOWN
    conforming = [term for term in new if not isinstance(term.shape, Misfit) and term.shape == shape]
    if not true:
        return UNKNOWN
    if not conforming:
        return MISSHAPEN
    answers = [_compared(points, instance, true[0], term) for term in conforming]
    return next((word for word in (UNKNOWN, EQUAL) if word in answers), DIFFERS)


def _compared(points: Points, instance: Instance, true: Term, new: Term) -> str:
    largest = 0.0
    for number in range(POINTS):
        tried = (_distance(points, number, mode, instance, true, new) for mode in (FREE, UNIT))
        distance = next((found for found in tried if found is not None), None)
        if distance is None:
            return UNKNOWN
        largest = max(largest, distance)
    return DIFFERS if largest > DIFFERENT else EQUAL if largest < SAME else UNKNOWN


def _distance(points: Points, number: int, mode: int, instance: Instance, true: Term, new: Term) -> float | None:
    """How far two terms are apart at a point, relative to the larger one; None where they have no finite values."""
    apart = scale = 0.0
    try:
        with np.errstate(all="ignore"), points.allowed(10**7):
            machine = points.machine(number, mode)
            letters = sorted(instance.ranges)
            sizes = [range(1, instance.ranges[letter].size(machine.sizes) + 1) for letter in letters]
            for values in itertools.product(*sizes):
                indices = dict(zip(letters, values, strict=True))
                a, b = (np.asarray(machine.value(term, indices), dtype=float) for term in (true, new))
                apart = max(apart, float(np.abs(a - b).max()))
                scale = max(scale, float(np.abs(a).max()), float(np.abs(b).max()))
    except (Unsettled, KeyError, ArithmeticError, RecursionError, np.linalg.LinAlgError):
        return None
    if not np.isfinite(apart) or not np.isfinite(scale):
        return None
    return apart / scale if scale else 0.0
