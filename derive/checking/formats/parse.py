"""`--explain-parse`: what was read, before anything is judged: symbols, their shapes and where those were learned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.checking.check import extent, latex_of
from derive.checking.document import Document
from derive.checking.formats.text import columns, visible
from derive.reading.explanation import Explanation, explain
from derive.reading.notation import head
from derive.reading.theory import Reading

WIDEST = 24  # of a column that others follow

Rows = Iterable[tuple[str, ...]]


def render(document: Document) -> str:
    """What a document was read as, in sections."""
    explained = explain(document.read, document.theory)
    sections = {
        "symbols: shape, and where it was learned": _symbols(document, explained),
        "names and signs with a meaning": _meanings(document, explained),
        "statements": _statements(document),
        "left out, and why": _left_out(explained),
    }
    lines = [visible(document.name)]
    for title, rows in sections.items():
        if shown := [tuple(map(visible, row)) for row in rows]:
            lines += [f"  {title}", *(f"    {row}" for row in _table(shown))]
    return "\n".join(lines) + "\n"


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as they need to be; the last one as it is."""
    widths = [min(WIDEST, max(map(columns, column))) for column in list(zip(*rows, strict=True))[:-1]]
    for *cells, last in rows:
        padded = [cell + " " * (width - columns(cell)) for cell, width in zip(cells, widths, strict=True)]
        yield "  ".join([*padded, last]).rstrip()


def _symbols(document: Document, explained: Explanation) -> Rows:
    declared = [symbol for symbol in explained.symbols if symbol.learned != "definition"]
    for symbol in declared:
        where = f"{symbol.learned}, {symbol.place}" if symbol.place else symbol.learned
        runs = (f"an index over {what.partition(' over ')[2]}" for what in symbol.runs)
        yield symbol.written, symbol.shape, ", ".join([where, *symbol.assumptions, *runs])
    yield from _defined(document, {symbol.written for symbol in declared})


def _defined(document: Document, known: set[str]) -> Rows:
    """The names that a definition gives a shape, each family once."""
    for reading in document.theory.readings:
        name, _ = head(reading.link.left)
        if reading.kind != "definition" or name is None:
            continue
        use = document.theory.names.match(name)
        if use is not None and use.family.written not in known:
            known.add(use.family.written)
            shape = str(use.family.shape) if use.family.shape else "unknown"
            yield use.family.written, shape, f"definition, {reading.link.source.place(reading.link.span[0])}"


def _meanings(document: Document, explained: Explanation) -> Rows:
    theory, declared = document.theory, document.read.declared
    for name, target in declared.functions:
        yield name.text, f"the function {target.text}"
    for name, target in declared.gradients:
        yield name.text, f"the gradient of {target.text}"
    for sign, word in theory.operators.items():
        yield f"\\{sign}", f"the {word} product"
    for name, dim in theory.same.items():
        yield name, f"the same dimension as {dim}"
    for what, layout in theory.layout.items():
        yield what, f"differentiated in {layout} layout"
    if explained.loss is not None:
        yield explained.loss, "the loss: a gradient that does not say of what is its gradient"


def _statements(document: Document) -> Rows:
    for reading in document.theory.readings:
        start, _ = extent(reading.link)
        yield str(reading.link.source.place(start)), reading.kind, _one_line(latex_of(reading.link)) + _stopped(reading)


def _one_line(latex: str) -> str:
    return " ".join(latex.split())


def _stopped(reading: Reading) -> str:
    if reading.kind != "unread":
        return ""
    where = f" at {reading.link.source.place(reading.span[0])}" if reading.span else ""
    return f"  <- stopped{where}: {reading.message}"


def _left_out(explained: Explanation) -> Rows:
    for skipped in explained.skipped:
        yield str(skipped.place), skipped.reason, _one_line(skipped.latex)
