"""The expression language: frozen terms with shapes over symbolic dimensions, in the order in which they were written.

Models, derivations and documents are all made of these terms. The room knows shapes, printing and evaluation; it knows
no derivative, no model and no document, and imports nothing else of derive. SymPy and NumPy are imported only by the
modules that need them.
"""

from typing import Any

from derive.terms.definitions import Definition
from derive.terms.dims import ONE, Dim
from derive.terms.indices import Index
from derive.terms.latex import latex as _latex
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import SCALAR, Misfit, Shape, ShapeError


def _to_sympy(term: Term) -> Any:
    """The same expression in SymPy: matrix symbols, Hadamard products, elementwise applications."""
    from derive.terms.sympy_bridge import to_sympy

    return to_sympy(term)


# What every term can do beyond being one. The printers import the nodes, so that the nodes cannot import them.
Term.latex = property(_latex)
Term.to_sympy = _to_sympy

__all__ = ["ONE", "SCALAR", "Definition", "Dim", "Index", "Misfit", "Shape", "ShapeError", "Symbol", "Term"]
