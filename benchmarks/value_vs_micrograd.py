"""`Value` against micrograd's: a multilayer perceptron 2-16-16-1, one forward and one backward pass over a batch.

Every row is measured in one run, the two sides in turn, and gives the median time of each and the median of the ratios
of neighbours. "Collector off" means that Python's cyclic garbage collector is disabled during the pass and runs between
passes: micrograd's graphs are cyclic garbage, ours are not.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import random
import statistics
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


def seconds(run: Callable[[], float], collector: bool) -> float:
    gc.collect()
    if not collector:
        gc.disable()
    start = time.perf_counter()
    run()
    elapsed = time.perf_counter() - start
    gc.enable()
    return elapsed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=7, help="passes per row and side (default 7)")
    repeat = parser.parse_args().repeat

    sizes = [16, 16, 1]
    sys.setrecursionlimit(100_000)  # micrograd's backward recurses through the whole graph
    foreign = micrograd_networks_on(Value)
    print(f"{'':46}{'micrograd':>12}{'derive':>12}{'ratio':>9}{'reach':>7}")
    for name, networks, batch, collector, reach in (
        ("own MLP, batch 100, as shipped", MLP, 100, True, 25),
        ("own MLP, batch 100, collector off", MLP, 100, False, 4),
        ("own MLP, batch 4, as shipped", MLP, 4, True, 3),
        ("own MLP, batch 4, collector off", MLP, 4, False, None),
        ("micrograd's nn.py, batch 100, as shipped", foreign.MLP, 100, True, 8),
        ("micrograd's nn.py, batch 100, collector off", foreign.MLP, 100, False, 1.8),
    ):
        theirs = one_pass(micrograd.nn.MLP(2, sizes), micrograd.engine.Value, batch)
        ours = one_pass(networks(2, sizes), Value, batch)
        if abs(theirs() - ours()) > 1e-12:
            sys.exit(f"{name}: the two losses differ, so the times mean nothing")
        passes = repeat * (100 // batch)
        pairs = [(seconds(theirs, collector), seconds(ours, collector)) for _ in range(passes)]
        a, b = (statistics.median(side) * 1e3 for side in zip(*pairs, strict=True))
        ratio = statistics.median(t / o for t, o in pairs)
        print(f"{name:46}{a:9.2f} ms{b:9.2f} ms{ratio:8.2f}x{'' if reach is None else f'{reach:>6}x'}", flush=True)


if __name__ == "__main__":
    main()
