"""The report when witnesses disagree: each witness's number side by side, and nothing boxed."""

from __future__ import annotations

from derive.verify.evidence import CHECKS, Answer, Comparison, Evidence
from derive.verify.witnesses import NAMES, Reading

SHOWN = 12


def disagreement(evidence: Evidence) -> str:
    """Text for a terminal of 80 columns, but for long names."""
    decided = "disagree" if evidence.answer is Answer.DISAGREED else "do not decide"
    lines = [f"The witnesses {decided}: nothing is boxed.", ""]
    found = list(evidence.disagreements())
    if found:
        lines.append(_row("gradient", "entry", "at", *NAMES))
        seen: set[tuple] = set()
        for comparison in found:
            place = (comparison.key, comparison.where, comparison.point)
            if place not in seen and len(seen) < SHOWN:
                seen.add(place)
                lines.append(_numbers(evidence, comparison))
        against = sorted({comparison.witness for comparison in found})
        lines += ["", f"differing from rule: {', '.join(against)}; {len(found)} comparisons in all"]
        lines += [f"the {name} of the derivation do not give what rule says" for name in CHECKS if name in against]
    lines += list(evidence.gaps)
    silent = {name: r.silent for p in evidence.points for name, r in p.readings.items() if r.silent}
    lines += [f"{name} is silent: {reason}" for name, reason in silent.items()]
    return "\n".join(lines)


def _numbers(evidence: Evidence, comparison: Comparison) -> str:
    point = next(point for point in evidence.points if point.point.name == comparison.point)
    numbers = [_number(evidence, comparison, point.readings[name]) for name in NAMES]
    if comparison.witness in CHECKS:
        numbers.append(f" {comparison.witness}: {_number(evidence, comparison, point.readings[comparison.witness])}")
    where = f"[{comparison.where[0]},{comparison.where[1]}]"
    return _row(comparison.key, where, comparison.point.replace(" point ", ""), *numbers)


def _number(evidence: Evidence, comparison: Comparison, reading: Reading) -> str:
    row, column = (place - 1 for place in comparison.where)
    value = reading.loss if comparison.key == evidence.model.loss.key else None
    if comparison.key in reading.values:
        array = reading.values[comparison.key]
        value = array[row, column] if row < array.shape[0] and column < array.shape[1] else None
    return "-" if value is None else f"{value:.6g}"


def _row(gradient: str, entry: str, point: str, *numbers: str) -> str:
    return f"{gradient:<8} {entry:<7} {point:<9}" + "".join(f" {number:>13}" for number in numbers)
