"""What was recognised in a document, and why: the data behind `--explain-parse`. Nothing is printed here."""

from __future__ import annotations

from dataclasses import dataclass

from derive.reading.documents import Document
from derive.reading.formulas import Formula
from derive.reading.knowledge import Reading, Theory
from derive.reading.letters import Letters
from derive.reading.source import Place
from derive.reading.symbols import assumption_key
from derive.terms.shapes import Shape


@dataclass(frozen=True)
class SymbolExplained:
    """A symbol: how it is written, its shape, where that was learned, and what its index letters run over."""

    written: str
    shape: str
    learned: str  # front matter, text, definition, inferred, argument of a function
    place: Place | None
    runs: tuple[str, ...] = ()  # "l over layers", "i over examples up to m"
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class LinkExplained:
    """A relation: its text, what it was taken for, and what stands in the way of reading it."""

    latex: str
    place: Place
    kind: str  # declaration, definition, claim, unread
    message: str = ""
    stopped: Place | None = None  # where reading stopped


@dataclass(frozen=True)
class Skipped:
    """A formula that no verdict will speak of, and why."""

    latex: str
    place: Place
    reason: str


@dataclass(frozen=True)
class Explanation:
    """Everything that was found in a document, in its order."""

    symbols: tuple[SymbolExplained, ...]
    links: tuple[LinkExplained, ...]
    skipped: tuple[Skipped, ...]
    functions: tuple[tuple[str, str], ...]  # letter, what it stands for
    loss: str | None
    layers: tuple[int, int]


def explain(document: Document, theory: Theory) -> Explanation:
    """What was recognised in a document that was read into a theory."""
    return Explanation(
        symbols=_symbols(theory),
        links=tuple(_link(reading) for reading in (*theory.useless, *theory.readings)),
        skipped=tuple(_skipped(document, theory)),
        functions=tuple((key.split("|")[0], name) for key, name in sorted(theory.functions.items())),
        loss=theory.loss.latex if theory.loss is not None else None,
        layers=(theory.layers.first, theory.layers.last),
    )


def _symbols(theory: Theory) -> tuple[SymbolExplained, ...]:
    found = [_learned(item, theory) for item in theory.learned]
    seen = {symbol.written for symbol in found}
    for definition in theory.definitions:
        written = definition.symbol.latex
        if written not in seen:
            seen.add(written)
            shape = _text(definition.symbol.shape)
            found.append(SymbolExplained(written, shape, "definition", None, (), tuple(sorted(definition.notes))))
    return tuple(found)


def _learned(item, theory: Theory) -> SymbolExplained:
    place = item.source.place(item.span[0]) if item.source is not None and item.span is not None else None
    core = item.core or item.written
    families = [family for family in theory.names.families.get(core, ()) if family.written == item.written]
    slots = {slot.place + slot.style for family in families for slot in family.slots}
    words = tuple(sorted(word for f in families for word in theory.assumptions.get(assumption_key(f), ())))
    return SymbolExplained(item.written, _text(item.shape), item.how, place, _runs(core, slots, theory.letters), words)


def _runs(core: str, slots: set[str], letters: Letters) -> tuple[str, ...]:
    layers = [place for name, place in sorted(letters.layers) if name == core]
    samples = [(place, dim) for (name, place), dim in sorted(letters.samples.items()) if name == core]
    return (
        *(f"{place} over layers" for place in layers if place in slots),
        *(f"{place} over examples up to {dim}" for place, dim in samples if place in slots),
    )


def _text(shape: Shape | None) -> str:
    return "unknown" if shape is None else str(shape)


def _link(reading: Reading) -> LinkExplained:
    link = reading.link
    stopped = link.source.place(reading.span[0]) if reading.span is not None and reading.kind == "unread" else None
    latex = link.source.text[slice(*link.span)].strip()
    return LinkExplained(latex, link.source.place(link.span[0]), reading.kind, reading.message, stopped)


def _skipped(document: Document, theory: Theory) -> list[Skipped]:
    found = [_formula(formula, "the author left it out") for formula in document.formulas if formula.skipped]
    for expression in theory.expressions:
        source, span = expression.source, expression.node.span
        found.append(Skipped(source.text[slice(*span)], source.place(span[0]), "it states nothing"))
    return found


def _formula(formula: Formula, reason: str) -> Skipped:
    return Skipped(formula.text.strip(), formula.source.place(formula.inside[0]), reason)
