"""True claims with one mistake planted, and true claims written differently: what `derive check` says of them.

Takes every claim of the corpus that is true and judged to hold, and those of all models and conventions of
`derive explain`. In each of them every mistake of a table is planted wherever it applies, and every rewrite of another
table is made; each time the document is read anew. Whether a right side has another value is decided without the
judge. Prints both tables and ends with 1 where a mutant that differs in value is said to hold, a rewrite is said to be
false, or fewer mutants than asked for are named. Texts of the corpus come first, and those of models, which are much
alike, fill up the sample by seed. Times are of CPU.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread for everybody, set before the BLAS is loaded
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.checking.mistakes import MISTAKES
from tests.checking.planting import EQUAL, MISSHAPEN, RENAMED, UNKNOWN, Outcome, Planted, judged, mistaken, rewritten
from tests.checking.rewrites import REWRITES
from tests.checking.sheets import Sheet, Text, sheets, texts

NAMED = 0.9  # of the mutants that differ
RATE = 20  # claims per second of CPU in one process, with the search for repairs
VERDICTS = ("holds", "ambiguous", "undecided", "wrong", "ill-shaped")
UNSURE = ("ambiguous", "undecided")
APART = {
    "unread": "are no claim that is read",
    EQUAL: "have the same value",
    UNKNOWN: "have a value that is not known",
    MISSHAPEN: "of those that differ have no value of the shape",
}
Plant = Callable[[Sheet], list[Planted]]


def counted(plant: Plant, document: Text) -> int:
    """How many texts a document gives."""
    return sum(len(plant(sheet)) for sheet in sheets(document))


def outcomes(plant: Plant, task: tuple[Text, frozenset[int] | None]) -> list[Outcome]:
    """What came of the texts of a document with these numbers (None: of all)."""
    document, chosen = task
    found = [(sheet, planted) for sheet in sheets(document) for planted in plant(sheet)]
    return [judged(*pair) for number, pair in enumerate(found) if chosen is None or number in chosen]


def drawn(plant: Plant, run: Callable, documents: list[Text], sample: int, seed: int) -> list[tuple[Text, frozenset]]:
    """Which texts of which documents are judged: the corpus first, then a sample by seed of the others."""
    generator, chosen = random.Random(seed), []
    for kind, of_models in (("the corpus", False), ("models", True)):
        own = [place for place, document in enumerate(documents) if (document.true is None) == of_models]
        if own and len(chosen) < sample:
            counts = run(partial(counted, plant), [documents[place] for place in own])
            numbers = [(place, k) for place, count in zip(own, counts, strict=True) for k in range(count)]
            new = generator.sample(numbers, min(len(numbers), sample - len(chosen)))
            print(f"{len(numbers)} texts of {kind}, of which {len(new)} are judged", flush=True)
            chosen += new
    tasks = defaultdict(set)
    for place, k in chosen:
        tasks[place].add(k)
    return [(documents[place], frozenset(tasks[place])) for place in sorted(tasks)]


def mutants(found: list[Outcome], shown: int) -> bool:
    """Prints the table of the mistakes; whether a bound was missed."""
    heads = "".join(f"{verdict:>11}" for verdict in VERDICTS)
    print(f"{'planted':34}{'texts':>7}{'apart':>7}{'differ':>8}{heads}{'named':>8}{'repaired':>9}")
    totals: Counter = Counter()
    for name in (row.name for row in MISTAKES):
        own = [outcome for outcome in found if outcome.planted.kind == name]
        count = Counter(texts=len(own))
        for outcome in own:
            if outcome.verdict is None or not outcome.is_false:
                count["apart"] += 1
                count["unread" if outcome.verdict is None else outcome.worth] += 1
                continue
            count.update(("differ", outcome.verdict.verdict, outcome.worth))
            count["named"] += outcome.is_named
            count["repaired"] += outcome.verdict.suggestion is not None
        totals += count
        print(_line(name, count), flush=True)
    print(_line("all", totals))
    seconds = sum(outcome.seconds for outcome in found)
    print(", ".join(f"{totals[word]} {said}" for word, said in APART.items()))
    rate = totals["named"] / max(1, totals["differ"])
    print(f"{totals['holds']} of {totals['differ']} hold   reach: 0 of 10000")
    print(f"{rate:.1%} named   reach: {NAMED:.0%}")
    print(f"{len(found) / seconds:.1f} claims/s with the search for repairs   reach: {RATE}\n")
    judged_false = [outcome for outcome in found if outcome.is_false and outcome.verdict]
    false = [outcome for outcome in judged_false if outcome.verdict.verdict == "holds"]
    unnamed = [outcome for outcome in judged_false if not outcome.is_named]
    print(*false, *unnamed[:shown], sep="\n")
    return bool(false) or rate < NAMED


def _line(name: str, count: Counter) -> str:
    verdicts = "".join(f"{count[verdict]:11}" for verdict in VERDICTS)
    named = f"{count['named'] / count['differ']:8.1%}" if count["differ"] else f"{'':8}"
    repaired = f"{count['repaired'] / count['differ']:9.1%}" if count["differ"] else f"{'':9}"
    return f"{name:34}{count['texts']:7}{count['apart']:7}{count['differ']:8}{verdicts}{named}{repaired}"


def equivalents(found: list[Outcome], shown: int) -> bool:
    """Prints the table of the rewrites; whether one was said to be false."""
    heads = "".join(f"{verdict:>11}" for verdict in VERDICTS)
    print(f"{'rewritten':34}{'texts':>7}{'apart':>7}{'unread':>8}{heads}")
    totals: Counter = Counter()
    for name in (*(row.name for row in REWRITES), RENAMED):
        count: Counter = Counter()
        for outcome in (outcome for outcome in found if outcome.planted.kind == name):
            count["texts"] += 1
            if outcome.verdict is None:
                count["unread"] += 1
            elif outcome.worth != EQUAL:
                count["apart"] += 1  # a fault of the rewriting, or no value to compare
            else:
                count[outcome.verdict.verdict] += 1
        totals += count
        print(_row(name, count))
    print(_row("all", totals))
    same = [o for o in found if o.worth == EQUAL and o.verdict is not None]
    false = [o for o in same if o.verdict.verdict in ("wrong", "ill-shaped")]
    print(f"{len(false)} of {len(same)} are said to be false   reach: 0 of 2000\n")
    others = [o for o in found if o.worth != EQUAL or o.verdict is None or o.verdict.verdict in UNSURE]
    print(*false, *others[:shown], sep="\n")
    return bool(false)


def _row(name: str, count: Counter) -> str:
    verdicts = "".join(f"{count[verdict]:11}" for verdict in VERDICTS)
    return f"{name:34}{count['texts']:7}{count['apart']:7}{count['unread']:8}{verdicts}"


def in_turn(jobs: int) -> Callable:
    def run(task: Callable, items: list) -> Iterator:
        if jobs == 1:
            yield from map(task, items)
        else:
            with ProcessPoolExecutor(jobs) as pool:
                yield from pool.map(task, items)

    return run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=14_000, help="mutants that are judged (default 14000)")
    parser.add_argument("--rewrites", type=int, default=4_000, help="rewrites that are judged (default 4000)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default 0)")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="processes (default 1)")
    parser.add_argument("--show", type=int, default=20, help="how many are printed that are not as they should be")
    parser.add_argument("--only", default="", help="documents whose names hold this")
    options = parser.parse_args()
    documents = [document for document in texts() if options.only in document.name]
    run, missed = in_turn(options.jobs), False
    for plant, sample, printed in ((mistaken, options.sample, mutants), (rewritten, options.rewrites, equivalents)):
        if sample:
            start = time.perf_counter()
            tasks = drawn(plant, run, documents, sample, options.seed)
            found = [outcome for part in run(partial(outcomes, plant), tasks) for outcome in part]
            missed |= printed(found, options.show)
            print(f"\n{time.perf_counter() - start:.0f} s\n", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
