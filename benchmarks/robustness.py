"""Broken, hostile and enormous documents: how many end in anything but a whole report or one clear message.

Reads seeded inputs of three families (bytes and characters; signs of LaTeX; documents of the corpus, cut, spliced,
disturbed, or made into notebooks and LaTeX files), and a fixed list of documents that are too much. Of every input:
no traceback, no hang, a verdict for each statement, places inside the source. Of one in twenty also: the same report
twice, and all formats valid, with nothing in them that a terminal or a workflow obeys. Prints the slowest statement of
each kind in seconds of CPU, and ends with 1 where there is a fault or a bound is missed. An input is its number:
`--only N` says what is wrong with it.
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread for everybody, set before the BLAS is loaded
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.checking.survival import Examined, examine
from tests.reading.hostile import D9, HARD, MAKERS, REFUSED, Hard, Input, made

STATEMENT = 5.0  # seconds of CPU for one statement, and for reading one document
HANGS = 120  # seconds of CPU after which an input is given up
THOROUGH = 20  # one input in so many is printed in all formats, and checked twice
CHUNK = 250  # inputs that a process takes at a time
SHOWN = 20  # faults that are printed


class Hangs(BaseException):
    """The last guard has gone off. No Exception: what is examined must not catch it."""


def guarded(given: Input, *, thorough: bool) -> Examined:
    def ring(*_) -> None:
        raise Hangs

    signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, HANGS)
    try:
        return examine(given, thorough=thorough)
    except Hangs:
        return Examined([f"no end after {HANGS} s"], slowest=HANGS)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def chunk(seed: int, start: int, end: int) -> list[tuple[int, str, Examined]]:
    found = []
    for number in range(start, end):
        _, maker, given = made(seed, number)
        found.append((number, maker, guarded(given, thorough=number % THOROUGH == 0)))
    return found


def chunks(seed: int, inputs: int, jobs: int) -> Iterator[list[tuple[int, str, Examined]]]:
    starts = range(0, inputs, CHUNK)
    ends = [min(start + CHUNK, inputs) for start in starts]
    if jobs == 1:
        yield from map(chunk, itertools.repeat(seed), starts, ends)
    else:
        with ProcessPoolExecutor(jobs) as pool:
            yield from pool.map(chunk, itertools.repeat(seed), starts, ends)


def random_inputs(seed: int, inputs: int, jobs: int) -> int:
    """Prints the table of the seeded inputs; how many faults there were."""
    examined: dict[str, list[Examined]] = defaultdict(list)
    faults: list[str] = []
    start = time.perf_counter()
    for done in chunks(seed, inputs, jobs):
        for number, maker, found in done:
            examined[maker].append(found)
            faults += [f"input {number} ({maker}): {fault}" for fault in missed(found)]
    print(f"{'':12}{'family':11}{'inputs':>8}{'refused':>9}{'statements':>12}{'judged':>8}{'slowest':>10}{'faults':>8}")
    for make, family, _ in MAKERS:
        rows = examined[make.__name__]
        verdicts = sum((found.verdicts for found in rows), Counter())
        judged = sum(count for (verdict, _), count in verdicts.items() if verdict not in ("stated", "unread"))
        slowest = max((max(found.slowest, found.reading) for found in rows), default=0.0)
        wrong = sum(bool(missed(found)) for found in rows)
        refused = sum(bool(found.refused) for found in rows)
        print(
            f"{make.__name__:12}{family:11}{len(rows):8}{refused:9}{verdicts.total():12}{judged:8}"
            f"{slowest:8.2f} s{wrong:8}"
        )
    print(f"{inputs} inputs in {time.perf_counter() - start:.0f} s, {len(faults)} faults\n")
    print("\n".join(faults[:SHOWN]) + "\n" if faults else "", end="", flush=True)
    return len(faults)


def missed(found: Examined) -> list[str]:
    """The faults, a missed bound among them."""
    late = [f"{STATEMENT:g} s are exceeded"] if max(found.slowest, found.reading) > STATEMENT else []
    return found.faults + late


def hard_documents() -> int:
    """Prints the table of the fixed list; how many faults there were."""
    print(f"{'too much':40}{'bytes':>9}{'slowest':>10}   verdicts")
    faults = 0
    for hard in HARD:
        found = guarded(Input(hard.name, hard.content), thorough=False)
        wrong = missed(found) + ([f"expected {hard.end}"] if not ends_well(hard, found) else [])
        faults += bool(wrong)
        slowest = max(found.slowest, found.reading)
        words = "refused" if found.refused else ", ".join(
            f"{count} {verdict}{f' {code}' if code else ''}" for (verdict, code), count in found.verdicts.most_common(3)
        )
        print(f"{hard.what:40}{len(hard.content):9}{slowest:8.2f} s   {words or 'nothing'}", *wrong, flush=True)
    return faults


def ends_well(hard: Hard, found: Examined) -> bool:
    """Whether a document that is too much came to what it has to come to."""
    if hard.end == REFUSED:
        return bool(found.refused)
    codes = {code for verdict, code in found.verdicts if verdict != "stated"}
    return hard.end != D9 or codes == {"D901"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000, help="seeded inputs (default 100000)")
    parser.add_argument("--seed", type=int, default=0, help="of the inputs (default 0)")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="processes (default 1)")
    parser.add_argument("--only", type=int, help="the number of one input: show it, and what is wrong with it")
    options = parser.parse_args()
    if options.only is not None:
        _, maker, given = made(options.seed, options.only)
        print(f"{maker}: {given.name!r}\n{given.content!r}\n", *missed(guarded(given, thorough=True)), sep="\n")
        return 0
    faults = random_inputs(options.seed, options.inputs, options.jobs) + hard_documents()
    print(f"\n{faults} faults, {STATEMENT:g} s or less for every statement   reach: 0")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
