"""The engine: reverse-mode automatic differentiation on numbers (`Value`) and on NumPy arrays (`Tensor`).

Its gradients come from local derivatives written by hand; it never imports SymPy or any other room of derive, because it
is a witness against them. Names are loaded on first use, so that whoever needs only `Value` does not import NumPy.
"""

