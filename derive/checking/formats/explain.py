"""`--explain LINE`: why the claims of a line hold or do not, for people to read and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from derive.checking.explained import Explained, Given, RuleStep, Values
from derive.checking.findings import said
from derive.checking.formats.full import BOLD, Paint, wrapped
from derive.checking.formats.text import WIDTH, columns, hint, place, visible
from derive.checking.report import DIGITS, bound, number, statement_json
from derive.checking.verdicts import REFUTED, Evidence

SCHEMA = "derive-check-explain/1"


def render(path: str, found: Sequence[Explained], *, colour: bool = False) -> str:
    """The explanation of every claim of a line."""
    paint = Paint(colour)
    return "\n".join("\n".join(_claim(path, explained, paint)) + "\n" for explained in found)


def as_json(path: str, found: Sequence[Explained]) -> str:
    """The same as data: the claim as in `--format json`, and beside it what leads to it."""
    claims = [_claim_json(explained) for explained in found]
    return json.dumps({"schema": SCHEMA, "path": path, "claims": claims}, indent=1) + "\n"


def _claim_json(explained: Explained) -> dict[str, Any]:
    found = asdict(explained)
    found["statement"] = statement_json(explained.statement)
    found["instance"] = dict(explained.instance)
    if explained.values is not None:
        entries = [
            {"entry": entry, "left": number(left), "right": number(right)}
            for entry, left, right in explained.values.entries
        ]
        found["values"] |= {"sizes": dict(explained.values.sizes), "entries": entries}
    for step in found["steps"]:
        for use in step["uses"]:
            use["rules"] = [{"name": name, "mathematics": mathematics} for name, mathematics in use["rules"]]
    found["others"] = [{"gradient": gradient, "closed": closed} for gradient, closed in explained.others]
    return found


# ---------------------------------------------------------------- for people


def _claim(path: str, explained: Explained, paint: Paint) -> Iterator[str]:
    statement = explained.statement
    verdict = statement.verdict + (f" ({statement.code})" if statement.code else "")
    words = f": {visible(said(statement))}" if said(statement) else ""
    words += f"; accepted: {visible(statement.accepted)}" if statement.accepted is not None else ""
    head = place(path, statement.line, statement.column, statement.cell)
    first, *rest = wrapped(f"{head}: {verdict}{words}", "    ")
    yield first.replace(f"{head}: {verdict}", f"{paint(BOLD, head)}: {paint(BOLD, verdict)}", 1)
    yield from rest
    yield f"  {visible(' '.join(statement.latex.split()))}"
    for title, lines in _sections(explained):
        if lines:
            yield ""
            yield f"  {paint(BOLD, title)}"
            yield from (f"    {line}".rstrip() for line in lines)


def _sections(explained: Explained) -> Iterator[tuple[str, list[str]]]:
    """The parts of an explanation: a title, and lines of at most 76 columns but for formulas."""
    statement = explained.statement
    at = f" (at {_layers(explained.instance)})" if explained.instance else ""
    yield "it rests on", [line for given in explained.definitions for line in _row(given)]
    if explained.steps:
        steps = [line for k, step in enumerate(explained.steps, 1) for line in _step(k, step)]
        yield f"derived by the rules{at}: incoming times local, transposed", steps
    if explained.closed is not None:
        lines = [visible(f"{explained.gradient} = {explained.closed}")]
        yield f"closed form{_in(explained.shape)}", lines
    if explained.without_rule:
        yield f"not derived by the rules{at}", _wrapped(visible(explained.without_rule))
    elif explained.gradient is None and explained.values is not None:
        yield "no gradient stands in it", ["Both sides were evaluated, and compared."]
    yield "other gradients in it", [visible(f"{name} = {form}") for name, form in explained.others]
    rules = dict(rule for step in explained.steps for use in step.uses for rule in use.rules)
    yield "the rules", [f"{name}: {mathematics}" for name, mathematics in rules.items()]
    yield "the functions", [visible(line) for line in explained.functions]
    yield "how it is read", [line for note in statement.assumptions for line in _wrapped(visible(note))]
    if statement.verdict in REFUTED and hint(statement):
        yield "what would make it hold", [visible(statement.suggestion or hint(statement))]
    yield f"evidence{at}", list(_evidence(explained))


def _in(shape: str | None) -> str:
    return "" if shape in (None, "scalar") else f", in R^{{{shape}}}"


def _row(given: Given) -> Iterator[str]:
    """A definition with its shape and place at the right, or below it where the line is too short."""
    formula, aside = visible(given.latex), f"{given.shape}   {given.place}".rstrip()
    room = WIDTH - 4 - columns(formula) - columns(aside)
    if room >= 2:
        yield formula + " " * room + aside
    else:
        yield formula
        yield " " * max(0, WIDTH - 4 - columns(aside)) + aside


def _wrapped(text: str) -> list[str]:
    return [line[4:] for line in wrapped(f"    {text}", "      ")]


def _step(k: int, step: RuleStep) -> Iterator[str]:
    number_ = f"{k}. "
    indent = " " * len(number_)
    yield f"{number_}{visible(step.target)}{_in(step.shape)}"
    for form in dict.fromkeys((step.expression, step.closed)):
        yield f"{indent}= {visible(form)}"
    for use in step.uses:
        yield f"{indent}through {visible(use.through)}"
        if use.rules:
            yield f"{indent}  by the rules for: {', '.join(name for name, _ in use.rules)}"
        if use.incoming:
            local = f"; local {visible(use.local)}" if use.local is not None else ""
            yield f"{indent}  incoming {visible(use.incoming)}{local}"
    if not step.confirmed:
        yield f"{indent}(the points could not settle this step; the last one is confirmed)"


def _evidence(explained: Explained) -> Iterator[str]:
    evidence, values = explained.statement.evidence, explained.values
    if evidence is not None and evidence.points:
        yield from _wrapped(_points(explained.statement.verdict, evidence))
    if evidence is not None and evidence.judged:
        yield from _wrapped(f"judged at {'; '.join(map(_layers, evidence.judged))}")
    if evidence is not None and evidence.not_judged:
        yield from _wrapped(f"without one of its symbols at {'; '.join(map(_layers, evidence.not_judged))}")
    for witness in explained.witnesses:
        yield from _wrapped(visible(witness))
    if values is not None:
        yield from _values(values)


def _layers(layers: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in layers)


def _points(verdict: str, evidence: Evidence) -> str:
    points = f"{evidence.points} point{'s' if evidence.points != 1 else ''}"
    sets = "; ".join(filter(None, map(_layers, evidence.shapes)))
    what = {"holds": "both sides are equal at", "wrong": "the sides differ; looked at"}.get(verdict, "looked at")
    error = bound(evidence.max_relative_error)
    within = f", relative difference < {error:g}" if error is not None else ""
    return f"{what} {points}, seed {evidence.seed}{within}" + (f"; dimensions {sets}" if sets else "")


def _values(values: Values) -> Iterator[str]:
    sizes = f" with {_layers(values.sizes)}" if values.sizes else ""
    yield from _wrapped(f"at point {values.point} of seed {values.seed}{sizes}:")
    rows = [("entry", "left side", "right side")]
    rows += [(entry or "value", _shown(left), _shown(right)) for entry, left, right in values.entries]
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    for row in rows:
        yield "  " + "   ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    if values.omitted:
        yield f"  and {values.omitted} more entr{'ies' if values.omitted > 1 else 'y'}"


def _shown(value: float) -> str:
    return f"{value + 0.0:.{DIGITS}g}"  # no minus before a zero
