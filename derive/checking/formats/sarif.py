"""`--format sarif`: SARIF 2.1.0 (OASIS), which code hosts and editors read.

Columns count Unicode code points, the end is exclusive, as everywhere in derive. What an author accepted is in it too,
as suppressed in the source.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from derive.checking.codes import CODES
from derive.checking.findings import WARNING, Policy, said
from derive.checking.fixes import replacement
from derive.checking.formats.text import visible
from derive.checking.report import OPEN, FileReport, Region, Report, Statement
from derive.checking.verdicts import REFUTED

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def render(report: Report, policy: Policy, *, version: str) -> str:
    found = [
        (file, statement, policy.severity(statement) or WARNING)
        for file in report.files
        for statement in file.statements
        if policy.severity(statement) or (statement.accepted is not None and statement.verdict in (*REFUTED, *OPEN))
    ]
    rules = sorted({_rule(statement) for _, statement, _ in found})
    driver = {"name": "derive", "version": version, "rules": [_described(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(*finding, rules) for finding in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(statement: Statement) -> str:
    return statement.code or statement.verdict


def _described(rule: str) -> dict[str, Any]:
    known = CODES.get(rule)
    if known is None:
        return {"id": rule}
    return {"id": rule, "shortDescription": {"text": known.title}, "fullDescription": {"text": known.explanation}}


def _result(file: FileReport, statement: Statement, level: str, rules: Sequence[str]) -> dict[str, Any]:
    artifact = {"uri": quote(file.path, errors="surrogateescape")}  # a name may hold any byte
    physical: dict[str, Any] = {"artifactLocation": artifact}
    location: dict[str, Any] = {"physicalLocation": physical}
    if statement.cell is None:
        physical["region"] = _region(statement.place)
    else:  # a cell's lines are not those of the notebook's file
        location["logicalLocations"] = [{"name": f"cell {statement.cell}, line {statement.place.line}"}]
    result: dict[str, Any] = {
        "ruleId": _rule(statement),
        "ruleIndex": rules.index(_rule(statement)),
        "level": level,
        "message": {"text": visible(said(statement))},
        "locations": [location],
        "properties": {"verdict": statement.verdict, "latex": statement.latex},
    }
    if statement.accepted is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": statement.accepted}]
    if (new := replacement(statement)) is not None and statement.cell is None:
        change = {"deletedRegion": _region(statement.right), "insertedContent": {"text": new}}
        fix = {"artifactChanges": [{"artifactLocation": artifact, "replacements": [change]}]}
        result["fixes"] = [fix | {"description": {"text": "make the equation hold"}}]
    return result


def _region(region: Region) -> dict[str, int]:
    return {
        "startLine": region.line,
        "startColumn": region.column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    }
