"""`--format full`: each finding with its line of the source, the faulty piece underlined, the reason and the repair."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from derive.checking.findings import ERROR, Policy, said
from derive.checking.formats.concise import note_line
from derive.checking.formats.text import WIDTH, closed, columns, counts, place, sign, visible
from derive.checking.report import FileReport, Report, Statement, number
from derive.checking.verdicts import Counterexample, Evidence
from derive.reading.letters import UNLIMITED

RED, YELLOW, BLUE, BOLD = "31;1", "33;1", "34;1", "1"
LONGEST_LABEL = 40  # words beside the carets; longer ones stand in the first line


def render(report: Report, policy: Policy, *, colour: bool = False) -> str:
    paint = Paint(colour)
    blocks = [
        _finding(file, statement, severity, paint)
        for file in report.files
        for statement, severity in policy.findings(file)
    ]
    closing = [line for file in report.files for line in _notes(file)] + _summary(report)
    return "\n".join([*blocks, *(["\n".join(closing) + "\n"] if closing else [])])


def finding(file: FileReport, statement: Statement, severity: str) -> str:
    """One finding, in plain text."""
    return _finding(file, statement, severity, Paint(False))


class Paint:
    """Colours for a person who watches; plain text for everybody else."""

    def __init__(self, on: bool):
        self.on = on

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.on and text else text


def _finding(file: FileReport, statement: Statement, severity: str, paint: Paint) -> str:
    here = statement.place
    style = RED if severity == ERROR else YELLOW
    gutter = len(str(here.line))
    label, message = _split(visible(said(statement)))
    head = f"{place(file.path, here.line, here.column, statement.cell)}: "
    code = f"{statement.code} {severity}" if statement.code else severity
    lines = wrapped(f"{head}{code}: {message}", "    ")
    lines[0] = lines[0].replace(f"{head}{code}", paint(BOLD, head) + paint(style, code), 1)
    bar = paint(BLUE, f"{' ' * gutter} |")
    shown, start, width = _excerpt(file, statement, WIDTH - gutter - 3)
    marks = " " * start + paint(style, "^" * width + (f"  {label}" if label else ""))
    lines += [bar, f"{paint(BLUE, f'{here.line} |')} {shown}".rstrip(), f"{bar} {marks}", bar]
    for kind, text, formula in _remarks(file, statement):
        lines += _remark(gutter, kind, text, formula, paint)
    return "\n".join(lines) + "\n"


def _split(message: str) -> tuple[str, str]:
    """(what stands beside the carets, what stands in the first line)."""
    before, colon, after = message.partition(": ")
    return (after, before) if colon and len(after) <= LONGEST_LABEL else ("", message)


def wrapped(text: str, indent: str) -> list[str]:
    lines = textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def _excerpt(file: FileReport, statement: Statement, room: int) -> tuple[str, int, int]:
    """The first line of the faulty piece, cut to the room that there is; where the piece starts in it, its width."""
    here = statement.place
    text = file.line(here.line, statement.cell)
    first = here.column - 1
    last = here.end_column - 1 if here.end_line == here.line else len(text.rstrip())
    # Only what can be seen at all is made visible: a line may have a megabyte.
    low = max(0, min(first, len(text)) - room) if len(text) > room else 0
    high = min(len(text), max(first, last) + room)
    cells = [sign(letter) for letter in text[low:high]]
    before, piece, after = cells[: first - low], cells[first - low : last - low], cells[last - low :]
    head, middle, tail = ("".join(part) for part in (before, piece, after))
    if columns(head + middle + tail) > room or low:
        middle = _fit(middle, room - 10)
        spare = room - columns(middle)
        left = min(columns(head), max(spare // 2, spare - columns(tail)))
        head = _fit_end(head, left, cut=bool(low))
        tail = _fit(tail, room - columns(head + middle))
    return head + middle + tail, columns(head), max(1, columns(middle))


def _fit(text: str, room: int) -> str:
    """The start of a text, with dots where it goes on."""
    if columns(text) <= room:
        return text
    kept = ""
    for letter in text:
        if columns(kept + letter) > room - 3:
            break
        kept += letter
    return kept + "..."


def _fit_end(text: str, room: int, *, cut: bool) -> str:
    """The end of a text, with dots where something stands before it."""
    if columns(text) <= room and not cut:
        return text
    kept = ""
    for letter in reversed(text):
        if columns(kept + letter) > room - 3:
            break
        kept = letter + kept
    return "..." + kept


def _remarks(file: FileReport, statement: Statement) -> Iterator[tuple[str, str, str]]:
    """(help or note, the words, a formula that stands alone where there is one)."""
    evidence = statement.evidence
    if statement.closed_form:
        yield "help", closed(statement.closed_form), visible(statement.closed_form.latex)
    if statement.suggestion and not (statement.closed_form and statement.closed_form.latex in statement.suggestion):
        yield "help", f"this holds{_at(evidence)}:", visible(statement.suggestion)
    for alternative in statement.alternatives:
        yield "help", "so does this, as small a change:", visible(alternative)
    if evidence and evidence.counterexample:
        yield "note", _differs(evidence.counterexample), ""
    if statement.follows_from is not None:
        cause = next(s for s in file.statements if s.statement == statement.follows_from)
        here = place("", cause.line, None, cause.cell).lstrip(":")
        yield "note", f"it only repeats what is at fault in {'line ' if cause.cell is None else ''}{here}", ""
    for assumption in statement.assumptions:
        yield "note", visible(assumption), ""


def _at(evidence: Evidence | None) -> str:
    if not evidence or evidence.points < 2:  # the first point refuted the claim, and says nothing of the repair
        return ""
    sets = f", {len(evidence.shapes)} sets of dimensions" if len(evidence.shapes) > 1 else ""
    return f" ({evidence.points} points{sets})"


def _differs(found: Counterexample) -> str:
    sizes = ", ".join(_sized(name, size) for name, size in (*found.instance, *found.sizes))
    entry = f" entry {found.entry}:" if found.entry else ""
    where = f"at {sizes}, " if sizes else "at "
    left, right = number(found.left), number(found.right)
    return f"{where}seed {found.seed}, point {found.point}:{entry} left side {left}, right side {right}"


def _sized(name: str, size: int) -> str:
    """`n = 2`, or `j up to 2` where the text does not name how far j runs."""
    letter = name.removeprefix(UNLIMITED)
    return f"{letter} up to {size}" if letter != name and len(letter.rstrip("'")) == 1 else f"{name} = {size}"


def _remark(gutter: int, kind: str, text: str, formula: str, paint: Paint) -> list[str]:
    indent = " " * (gutter + 1)
    if formula and gutter + 9 + len(text) + 1 + columns(formula) <= WIDTH:
        text, formula = f"{text} {formula}", ""
    lines = wrapped(f"{indent}= {kind}: {text}", indent + " " * 8)
    lines[0] = indent + paint(BLUE, "=") + paint(BOLD, f" {kind}") + lines[0][len(indent) + 2 + len(kind) :]
    # A formula is copied: it stays in one line, however long.
    return lines + ([indent + " " * 8 + formula] if formula else [])


def _notes(file: FileReport) -> Iterator[str]:
    if file.without_verdict:
        yield f"{visible(file.path)}: error: it makes claims, and none of them was decided"
    for note in file.notes:
        yield from wrapped(note_line(file.path, note), "    ")


def _summary(report: Report) -> list[str]:
    if not report.files:  # none could be read, and that was said
        return []
    files = f"{len(report.files)} document{'s' if len(report.files) != 1 else ''}"
    return wrapped(f"{files}: {counts(report)}", "  ")
