"""Findings that are known and let be: an earlier `--format json`, against which only new findings count.

A finding is known by its document, its text and what was found, not by its line: text above it may come and go.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from os.path import normpath

from derive.checking.report import OPEN, SCHEMA, Report, Statement
from derive.checking.verdicts import REFUTED

REASON = "in the baseline"
Known = Counter  # of (path, text without blanks, verdict, code)


def read_baseline(text: str) -> Known:
    """The findings in an earlier report.

    Raises:
        ValueError: the text is no report of this schema; the message says why.
    """
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise ValueError(f"is no report of the schema {SCHEMA}; write one with derive check --format json")
        entries = [(file["path"], entry) for file in data["files"] for entry in file["statements"]]
        return Counter(
            (normpath(path), "".join(entry["latex"].split()), entry["verdict"], entry["code"])
            for path, entry in entries
            if entry["verdict"] in (*REFUTED, *OPEN)
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON (line {error.lineno}, column {error.colno})") from None
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"is damaged: it does not have the entries of the schema {SCHEMA}") from None


def without_known(report: Report, known: Known) -> Report:
    """The report with known findings accepted, each as often as the baseline has it."""
    left = known.copy()

    def accepted(path: str, statement: Statement) -> Statement:
        key = (normpath(path), "".join(statement.latex.split()), statement.verdict, statement.code)
        if statement.accepted is not None or left[key] <= 0:
            return statement
        left[key] -= 1
        return replace(statement, accepted=REASON)

    files = (replace(file, statements=tuple(accepted(file.path, s) for s in file.statements)) for file in report.files)
    return Report(tuple(files))
