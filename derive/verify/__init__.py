"""Where the witnesses meet: four independent ways to know a gradient, compared entry by entry.

`evidence.gather` asks them about a model; `gradient.check_gradient` checks a gradient that a person wrote in NumPy.
Only this room imports both the engine and the SymPy layer, and it never makes two witnesses agree by sharing code.
"""
