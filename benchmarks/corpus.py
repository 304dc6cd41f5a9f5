"""`derive check` on published derivations with known answers: verdicts, repairs, and the time that they take.

The verdicts are those that `tests/corpus/score.py` counts. A repair is right where it is equal to the known one: both
right sides are put into one claim, which has to hold. Times: a process of its own for one document, beside the import
of NumPy, which is a part of it; and CPU time in one process for the judging of claims, those that hold and those for
which a repair is looked for. `--folder DIR` reads another folder of the same make.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread for everybody, set before the BLAS is loaded
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from derive.checking.check import check_document
from derive.checking.document import read_document
from derive.checking.judge import judge
from derive.checking.report import Report
from tests.corpus.score import answer

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "tests" / "corpus" / "dev"
REFUTED = ("wrong", "ill-shaped")


def claims(folder: Path) -> dict[str, list[dict]]:
    """The expected answers, by document."""
    found: dict[str, list[dict]] = defaultdict(list)
    for line in (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines():
        claim = json.loads(line)
        found[claim["doc"]].append(claim)
    return found


def figures(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(what, measured, reach) of verdicts and repairs."""
    counts: dict[str, int] = defaultdict(int)
    for name, expected in claims(folder).items():
        text = (folder / name).read_text(encoding="utf-8")
        report = Report((check_document(read_document(name, text)),)).as_json()["files"][0]["statements"]
        for claim in expected:
            said = answer(report, claim)
            verdict = said["verdict"] if said else "missing"
            level = claim["level"]
            counts[level] += 1
            counts[f"{level} accepted"] += verdict in claim["accept"]
            counts["false holds"] += verdict == "holds" and verdict not in claim["accept"]
            counts["false alarms"] += verdict in REFUTED and verdict not in claim["accept"]
            if claim["label"] == "wrong" and claim.get("repair") and level == "core":
                counts["repairs"] += 1
                counts["repairs found"] += bool(said and said["suggestion"])
                counts["repairs equal"] += bool(said and said["suggestion"]) and _is_equal(name, text, said, claim)
    yield "false holds", str(counts["false holds"]), "0"
    yield "false alarms", str(counts["false alarms"]), "0"
    for level, reach in (("core", "95 %"), ("extended", "70 %")):
        yield f"{level} claims with the accepted verdict", _share(counts[f"{level} accepted"], counts[level]), reach
    yield "wrong core claims, a repair is suggested", _share(counts["repairs found"], counts["repairs"]), ""
    yield "... equal to the known one", _share(counts["repairs equal"], counts["repairs"]), "80 %"


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {part / max(1, whole):.1%}"


def _is_equal(name: str, text: str, said: dict, claim: dict) -> bool:
    """Whether a suggested right side is the known one: in the place of the claim, the two are judged to be equal."""
    suggestion = said["suggestion"].split("=", said["latex"].split("=")[0].count("=") + 1)[-1]
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    start = starts[said["line"] - 1] + said["column"] - 1
    end = starts[said["end_line"] - 1] + said["end_column"] - 1
    written = f"{suggestion.strip()} = {claim['repair']}"
    changed = text[:start] + written + text[end:]
    statements = check_document(read_document(name, changed)).statements
    here = [s for s in statements if (s.line, s.column) == (said["line"], said["column"])]
    return any(statement.verdict == "holds" for statement in here)


def process(arguments: list[str]) -> float:
    """The time of a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=False, env=environment)
    return time.perf_counter() - start


def speed(folder: Path, repeat: int) -> Iterator[tuple[str, str, str]]:
    """(what, measured, reach) of times."""
    documents = sorted(claims(folder))
    some = documents[:: max(1, len(documents) // repeat)]
    cold = statistics.median(process(["-m", "derive", "check", str(folder / name)]) for name in some)
    numpy = statistics.median(process(["-c", "import numpy"]) for _ in some)
    yield "one document, cold start to last verdict", f"{cold:.2f} s (import numpy {numpy:.2f} s)", "1 s"
    spent: dict[str, list[float]] = defaultdict(list)
    reading = 0.0
    for name in documents:
        start = time.process_time()
        document = read_document(name, (folder / name).read_text(encoding="utf-8"))
        reading += time.process_time() - start
        for found in document.theory.readings:
            if found.kind == "claim":
                start = time.process_time()
                verdict = judge(document.theory, found.link).verdict
                spent[verdict].append(time.process_time() - start)
    searched = [seconds for verdict in REFUTED for seconds in spent[verdict]]
    yield "documents read in a second of CPU", f"{len(documents) / reading:.0f}", ""
    yield "claims that hold, in a second of CPU", f"{len(spent['holds']) / sum(spent['holds']):.0f}", "100"
    yield "claims with the search for repairs", f"{len(searched) / sum(searched):.0f}", "20"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=CORPUS, help="documents with their expected.jsonl")
    parser.add_argument("--repeat", type=int, default=7, help="processes per side (default 7)")
    options = parser.parse_args()
    for row in (*figures(options.folder), *speed(options.folder, options.repeat)):
        print(f"{row[0]:44}{row[1]:34}{row[2]}", flush=True)


if __name__ == "__main__":
    main()
