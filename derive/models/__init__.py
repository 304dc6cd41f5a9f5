"""Models as values: definitions over symbols with symbolic dimensions that end in a scalar loss.

The built-in ones stand in `catalogue`. The room derives nothing and evaluates nothing.
"""
