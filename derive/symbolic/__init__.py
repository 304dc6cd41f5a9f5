"""The SymPy layer: reverse mode over matrix terms, and the same gradients entry by entry.

Matrix rules are ours, one row per node type; SymPy differentiates and simplifies the scalar functions, and
differentiates the loss written out in components. The room never imports the engine: the two are witnesses.
"""
