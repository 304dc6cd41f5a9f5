"""A report as text: one format per file, each a pure function of the report."""
