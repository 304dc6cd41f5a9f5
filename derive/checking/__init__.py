"""Statements to verdicts: every claim of a document is evaluated at drawn points, against its own definitions.

Truth comes from the forward definitions and the engine; a reading that is only one of several is named.
"""
