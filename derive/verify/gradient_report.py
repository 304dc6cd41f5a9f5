"""What a gradient check found: frozen values, and their text in 80 columns.

The text shows values to 6 significant digits and agreement as a bound, so that the last bits of a BLAS cannot show in
it. Nothing is computed here and nothing is judged.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Literal

Answer = Literal["agrees", "differs", "undecided"]
WIDTH = 80
SHOWN = 10


@dataclass(frozen=True)
class Entry:
    """One entry of one parameter. `index` is () for a number; `numeric` is nan where there is none."""

    parameter: str
    index: tuple[int, ...]
    given: float
    numeric: float
    verdict: Literal["agrees", "differs", "kink", "undecided"]
    why: str = ""

    @property
    def difference(self) -> float:
        return abs(self.given - self.numeric)

    @property
    def relative_difference(self) -> float:
        """|given - numeric| / max(|given|, |numeric|), and 0 where both are 0."""
        size = max(abs(self.given), abs(self.numeric))
        return self.difference / size if size else 0.0

    @property
    def name(self) -> str:
        """`W1[3, 5]`; the bare name for a number."""
        return self.parameter + (f"[{', '.join(map(str, self.index))}]" if self.index else "")


@dataclass(frozen=True)
class ParameterResult:
    """One parameter: how many entries had which verdict, and the judged entries with the largest differences.

    `resolution` is the largest error bound of the numeric values among the entries that agree, relative to the entry.
    """

    name: str
    shape: tuple[int, ...]
    agreed: int
    differing: int
    kinks: int
    undecided: int
    largest_absolute: Entry | None
    largest_relative: Entry | None
    resolution: float

    @property
    def answer(self) -> Answer:
        if self.differing:
            return "differs"
        return "agrees" if self.agreed else "undecided"


@dataclass(frozen=True)
class GradientReport:
    """The result of `derive.check_gradient`: true in a condition exactly when the answer is `agrees`.

    `answer` is `differs` if any entry differs; `agrees` if none does and at least one entry of every parameter that
    has entries was judged; `undecided` otherwise. `worst` holds up to 10 judged entries, the differing ones first, by
    falling relative difference. `kinks` and `undecided` hold all entries that were not judged. `evaluations` counts
    the calls of the loss, those with complex numbers included.
    """

    parameters: tuple[ParameterResult, ...]
    worst: tuple[Entry, ...]
    kinks: tuple[Entry, ...]
    undecided: tuple[Entry, ...]
    reasons: tuple[str, ...]
    loss: float
    rtol: float
    evaluations: int

    @property
    def answer(self) -> Answer:
        answers = [result.answer for result in self.parameters if 0 not in result.shape]
        if "differs" in answers:
            return "differs"
        return "agrees" if answers and set(answers) == {"agrees"} else "undecided"

    @property
    def agrees(self) -> bool:
        return self.answer == "agrees"

    def __bool__(self) -> bool:
        return self.agrees

    def expect(self, *, strict: bool = False) -> GradientReport:
        """Returns the report itself if the gradient agrees, for use in a test.

        Raises AssertionError with the text of the report otherwise; with `strict` also where any entry is near a kink
        or undecided.
        """
        if not self.agrees or (strict and (self.kinks or self.undecided)):
            raise AssertionError("\n" + str(self))
        return self

    def __str__(self) -> str:
        return "\n\n".join(filter(None, (self._headline(), self._table(), self._worst(), self._notes())))

    def _headline(self) -> str:
        total = sum(r.agreed + r.differing + r.kinks + r.undecided for r in self.parameters)
        agreed, differing = sum(r.agreed for r in self.parameters), sum(r.differing for r in self.parameters)
        noun = "entry" if total == 1 else "entries"
        if self.answer == "differs":
            said = f"{differing} of {total} {noun} of the gradient {'is' if differing == 1 else 'are'} wrong"
        elif self.answer == "agrees":
            said = f"{agreed} of {total} {noun} {'was' if total == 1 else 'were'} judged, and every one agrees"
            if agreed == total:
                said = f"{'the only entry' if total == 1 else f'all {total} entries'} of the gradient"
        elif total == 0:
            said = "the parameters have no entries"
        else:
            bare = ", ".join(r.name for r in self.parameters if r.answer == "undecided" and 0 not in r.shape)
            said = f"no entry of {bare} could be judged"
        return _wrapped(f"{self.answer}: {said} (rtol {self.rtol:g})")

    def _table(self) -> str:
        head = ("parameter", "shape", "agree", "differ", "kink", "undecided", "rel. difference")
        rows = [head]
        for r in self.parameters:
            shape = _cut("x".join(map(str, r.shape)) or "number", 12)
            counts = map(str, (r.agreed, r.differing, r.kinks, r.undecided))
            rows.append((_cut(r.name, 16), shape, *counts, self._largest(r)))
        widths = [max(len(row[column]) for row in rows) for column in range(len(head) - 1)]
        lines = []
        for row in rows:
            left = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
            right = [cell.rjust(width) for cell, width in zip(row[2:-1], widths[2:], strict=True)]
            lines.append(_cut("  ".join([*left, *right, row[-1]]), WIDTH))
        return "\n".join(lines)

    def _largest(self, result: ParameterResult) -> str:
        worst = result.largest_relative
        if worst is None:
            return "-"
        if result.answer == "agrees":
            # A bound, not the value: what is below the tolerance is rounding, and differs between machines.
            return f"< {self.rtol if worst.relative_difference <= self.rtol else 100 * self.rtol:.0e}"
        return f"{worst.relative_difference:.3g}" + (f" at {list(worst.index)}" if worst.index else "")

    def _worst(self) -> str:
        wrong = [entry for entry in self.worst if entry.verdict == "differs"]
        if not wrong:
            return ""
        rows = [("worst entries", "given", "numeric", "difference")]
        rows += [
            (_cut(e.name, 32), f"{e.given:.6g}", f"{e.numeric:.6g}", f"{e.given - e.numeric:.3g}") for e in wrong
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        return "\n".join(
            "  ".join([row[0].ljust(widths[0]), *(row[k].rjust(widths[k]) for k in (1, 2, 3))]) for row in rows
        )

    def _notes(self) -> str:
        notes = [f"hint: {reason}" for reason in self.reasons]
        if self.kinks:
            notes.append(f"near a kink of the loss, not judged ({len(self.kinks)}): {_listed(self.kinks)}")
        for why in dict.fromkeys(entry.why for entry in self.undecided):
            entries = [entry for entry in self.undecided if entry.why == why]
            notes.append(f"undecided, {why} ({len(entries)}): {_listed(entries)}")
        return "\n".join(_wrapped(note) for note in notes)


def _listed(entries: list[Entry] | tuple[Entry, ...]) -> str:
    names = ", ".join(entry.name for entry in entries[:SHOWN])
    return names + (f" and {len(entries) - SHOWN} more" if len(entries) > SHOWN else "")


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 3] + "..."
