#!/usr/bin/env python3
"""Score `derive check --format json` against a folder of documents with known answers.

    score.py [FOLDER]            default: the folder dev/ beside this script
    score.py FOLDER --command "python -m derive"   how to call derive
    score.py FOLDER --misses     also list every claim that missed its accepted verdict
    score.py FOLDER --json       the figures as JSON

A folder holds documents (*.md, *.tex, *.ipynb) and expected.jsonl, one object per claim:
see README.md beside this script.
Exit status 1 if a false claim got `holds` or a true one `wrong` or `ill-shaped`.
"""

from __future__ import annotations

import argparse
import collections
import json
import pathlib
import shlex
import subprocess
import sys
import time

REFUTED = {"wrong", "ill-shaped"}
# How bad a verdict is when several links of one statement answer for one expected claim.
ORDER = ["skipped", "stated", "holds", "ambiguous", "undecided", "unread", "wrong", "ill-shaped"]


def run(command: str, folder: pathlib.Path, documents: list[str]) -> tuple[dict, float]:
    call = [*shlex.split(command), "check", "--format", "json", *documents]
    started = time.perf_counter()
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(call[:4])} ... ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout), seconds


def squeeze(latex: str) -> str:
    return "".join(latex.split()).rstrip(".,;")


def answer(statements: list[dict], expected: dict) -> dict | None:
    """The entry of the report that answers for one expected relation: by its text, else by its place."""
    near = [s for s in statements if abs(s["line"] - expected["line"]) <= 40]
    text = squeeze(expected["link_latex"])
    same = [s for s in near if squeeze(s["latex"]) == text]
    if same:
        return min(same, key=lambda s: (abs(s["line"] - expected["line"]), abs(s["column"] - expected["column"])))
    starts: dict[int, tuple[int, int]] = {}
    for s in statements:
        place = (s["line"], s["column"])
        starts[s["statement"]] = min(starts.get(s["statement"], place), place)
    here = [
        s for s in statements
        if abs(starts[s["statement"]][0] - expected["line"]) <= 1 and (
            starts[s["statement"]][0] != expected["line"] or abs(starts[s["statement"]][1] - expected["column"]) <= 2
            or expected["links"] == 1
        )
    ]
    linked = [s for s in here if s["link"] == expected["link"]]
    if expected["links"] > 1 and linked:
        return linked[0]
    return max(here, key=lambda s: ORDER.index(s["verdict"]), default=None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).parent / "dev")
    parser.add_argument("--command", default="derive")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    expected = [json.loads(line) for line in (options.folder / "expected.jsonl").read_text().splitlines() if line]
    documents = sorted({e["doc"] for e in expected})
    report, seconds = run(options.command, options.folder, documents)
    by_document = {pathlib.Path(f["path"]).name: f["statements"] for f in report["files"]}

    counts = collections.Counter()
    confusion = collections.Counter()
    misses = []
    for claim in expected:
        found = answer(by_document.get(claim["doc"], []), claim)
        verdict = found["verdict"] if found else "missing"
        confusion[claim["label"], verdict] += 1
        right = verdict in claim["accept"]
        counts[claim["level"], "claims"] += 1
        counts[claim["level"], "right"] += right
        counts["false holds"] += verdict == "holds" and verdict not in claim["accept"]
        counts["false alarms"] += verdict in REFUTED and verdict not in claim["accept"]
        if claim["label"] == "wrong" and claim.get("repair") and claim["level"] == "core":
            counts["repairable"] += 1
            counts["suggested"] += bool(found and found.get("suggestion"))
        if not right:
            misses.append((claim, verdict, found))

    figures = {
        "claims": len(expected),
        "false holds": counts["false holds"],
        "false alarms": counts["false alarms"],
        **{
            f"{level} accepted": f"{counts[level, 'right']}/{counts[level, 'claims']}"
            f" = {counts[level, 'right'] / max(1, counts[level, 'claims']):.1%}"
            for level in ("core", "extended")
        },
        "suggestion given (wrong core claims with a known repair)": f"{counts['suggested']}/{counts['repairable']}",
        "seconds, whole process": round(seconds, 2),
        "claims per second, whole process": round(len(expected) / seconds, 1),
    }
    if options.json:
        confused = {f"{a}->{b}": n for (a, b), n in sorted(confusion.items())}
        print(json.dumps(figures | {"confusion": confused}, indent=1))
    else:
        if options.misses:
            for claim, verdict, found in misses:
                note = (found or {}).get("message") or ""
                place = f"{claim['doc']}:{claim['line']} [{claim['label']}, {claim['level']}]"
                print(f"{place} {verdict}: {claim['latex']}")
                print(f"    {note}  ({claim['id']}: {claim.get('why') or claim.get('error_class') or 'true'})")
        for (label, verdict), number in sorted(confusion.items()):
            print(f"{label:>8} -> {verdict:<11}{number:>5}")
        for name, value in figures.items():
            print(f"{name}: {value}")
    return 1 if counts["false holds"] or counts["false alarms"] else 0


if __name__ == "__main__":
    sys.exit(main())
