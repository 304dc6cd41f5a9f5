"""`--format json`: the report as `derive-check/1`."""

from __future__ import annotations

import json

from derive.checking.findings import Policy
from derive.checking.report import Report


def render(report: Report, policy: Policy) -> str:
    return json.dumps(report.as_json(), indent=1) + "\n"
