"""Documents to statements: formulas are found, parsed with their places, and read as terms of the expression language.

The room says what a document states and where; whether it is true is not its business. Text is never evaluated, and
what is not understood is kept as such.
"""
