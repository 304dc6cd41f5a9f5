"""`Value` against micrograd's: a multilayer perceptron 2-16-16-1, one forward and one backward pass over a batch.

Each side trains in processes of its own, in turn; a row gives the median time of a pass over all of them, and the
ratio of the medians. As shipped means that Python's cyclic garbage collector runs whenever it sees fit, as in any
training loop. Collector off means that it is disabled during a pass and runs between passes: micrograd's graphs are
cyclic garbage, ours are not.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from types import ModuleType

from derive.engine import MLP, Value

try:
    import micrograd.engine
    import micrograd.nn
except ImportError:
    sys.exit("this benchmark compares with micrograd: pip install micrograd")


def micrograd_networks_on(value: type) -> ModuleType:
    """micrograd's own nn.py, loaded once more, with another `Value` in the place of its own."""
    spec = importlib.util.find_spec("micrograd.nn")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.Value = value
    return module


def one_pass(network: Callable, value: type, batch: int) -> Callable[[], float]:
    """Forward and backward over the mean squared error of `batch` examples; the same numbers for every engine."""
    rng = random.Random(0)
    for parameter in network.parameters():
        parameter.data = rng.uniform(-1, 1)
    inputs = [[value(rng.uniform(-1, 1)) for _ in range(2)] for _ in range(batch)]
    targets = [rng.choice([-1.0, 1.0]) for _ in range(batch)]

    def run() -> float:
        errors = [network(x) + -y for x, y in zip(inputs, targets, strict=True)]
        loss = sum((e * e for e in errors), value(0.0)) * (1.0 / batch)
        network.zero_grad()
        loss.backward()
        return loss.data

    return run


ROWS = (  # name, which networks run on our Value, batch, collector, reach
    ("own MLP, batch 100, as shipped", "own", 100, True, 25),
    ("own MLP, batch 100, collector off", "own", 100, False, 4),
    ("own MLP, batch 4, as shipped", "own", 4, True, 3),
    ("own MLP, batch 4, collector off", "own", 4, False, None),
    ("micrograd's nn.py, batch 100, as shipped", "micrograd's", 100, True, 8),
    ("micrograd's nn.py, batch 100, collector off", "micrograd's", 100, False, 1.8),
)
SIZES = [16, 16, 1]


def measure(side: str, row: int, passes: int) -> list[float]:
    """Runs in a process of its own: the loss, and the seconds of each pass after a first one."""
    _, networks, batch, collector, _ = ROWS[row]
    if side == "micrograd":
        run = one_pass(micrograd.nn.MLP(2, SIZES), micrograd.engine.Value, batch)
    else:
        run = one_pass((MLP if networks == "own" else micrograd_networks_on(Value).MLP)(2, SIZES), Value, batch)
    sys.setrecursionlimit(100_000)  # micrograd's backward recurses through the whole graph
    measured = [run()]
    for _ in range(passes):
        if not collector:
            gc.collect()
            gc.disable()
        start = time.perf_counter()
        run()
        measured.append(time.perf_counter() - start)
        gc.enable()
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3, help="processes per row and side (default 3)")
    parser.add_argument("--passes", type=int, default=7, help="passes over a batch of 100 per process (default 7)")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure[0], int(options.measure[1]), options.passes)))
        return

    print(f"{'':46}{'micrograd':>12}{'derive':>12}{'ratio':>9}{'reach':>7}")
    for row, (name, _, batch, _, reach) in enumerate(ROWS):
        times: dict[str, list[float]] = {"micrograd": [], "derive": []}
        losses = set()
        for _ in range(options.repeat):
            for side, collected in times.items():
                command = [sys.executable, __file__, "--measure", side, str(row)]
                command += ["--passes", str(options.passes * (100 // batch))]
                loss, *seconds = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                losses.add(round(loss, 9))
                collected += seconds
        if len(losses) > 1:
            sys.exit(f"{name}: the losses differ ({losses}), so the times mean nothing")
        a, b = (statistics.median(side) * 1e3 for side in times.values())
        print(f"{name:46}{a:9.2f} ms{b:9.2f} ms{a / b:8.2f}x{'' if reach is None else f'{reach:>6}x'}", flush=True)


if __name__ == "__main__":
    main()
