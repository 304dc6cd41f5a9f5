"""A short text with declarations, read: what most tests of this room start from."""

from derive.reading import documents
from derive.reading.documents import Document
from derive.reading.elaborate import Alternative, elaborate
from derive.reading.knowledge import Theory
from derive.reading.parser import parse
from derive.reading.syntax import Chain, Node
from derive.reading.theory import build
from derive.reading.tokens import tokenize
from derive.terms.dims import Dim

RANGES = {"i": Dim.of("n"), "j": Dim.of("n")}  # index letters that run in the expressions of tests


def read(text: str, **declarations) -> tuple[Document, Theory]:
    """A document and what it says; declarations as Python values."""
    document = documents.read(text, declarations=declarations or None)
    return document, build(document.declared, document.formulas, latex=document.latex)


def theory(text: str = "", **declarations) -> Theory:
    return read(text, **declarations)[1]


def kinds(text: str, **declarations) -> list[str]:
    """What every link of a document was taken for."""
    return [reading.kind for reading in theory(text, **declarations).readings]


def messages(text: str, **declarations) -> list[str]:
    """Why what is unread is unread."""
    return [reading.message for reading in theory(text, **declarations).readings if reading.kind == "unread"]


def statements(latex: str) -> tuple[Chain, ...]:
    return parse(tokenize(latex))


def expression(latex: str) -> Node:
    (chain,) = statements(latex)
    (side,) = chain.sides
    return side


def alternatives(latex: str, text: str = "", **declarations) -> list[Alternative]:
    """All readings of an expression in a document."""
    found = theory(text, **declarations)
    ranges = {letter: dim for letter, dim in RANGES.items() if letter not in found.dimensions}
    return elaborate(expression(latex), found.scope(ranges=ranges))


def term(latex: str, text: str = "", **declarations) -> str:
    """The first reading of an expression, as LaTeX."""
    return alternatives(latex, text, **declarations)[0].term.latex
