"""The derivation of the 2-layer MLP at d = 2 and at d = 1000, with SymPy's component-wise `diff` beside it.

`derive` derives over symbolic dimensions, so that a derivation costs the same at every size; a side of a row builds the
model, sets its sizes and derives every gradient. SymPy's `diff` takes the loss written out entry by entry, and
differentiates it by every entry of every parameter; writing it out is not counted. Both sides run in turn, SymPy's
cache emptied before each; a figure is the median.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import time
from collections.abc import Callable

import sympy
from sympy.core.cache import clear_cache

from derive.models.catalogue import build
from derive.symbolic.derivation import differentiate

SIZES = (2, 4, 8, 16)


def derive_mlp(d: int, h: int) -> int:
    """Build, set the sizes, derive; returns the number of steps."""
    model = dataclasses.replace(build("mlp"), sizes={"d": d, "h": h, "k": 1})
    return len(differentiate(model.definitions, model.loss, model.parameters, dict(model.signals)).steps)


def written_out(d: int, h: int) -> tuple[sympy.Expr, list[sympy.Symbol]]:
    """The loss of one example, one output, ReLU as a maximum, as scalars; and all entries of the parameters."""
    W1, b1 = sympy.symbols(f"W1_:{h}_:{d}"), sympy.symbols(f"b1_:{h}")
    W2, b2 = sympy.symbols(f"W2_:{h}"), sympy.Symbol("b2")
    x, y = sympy.symbols(f"x_:{d}"), sympy.Symbol("y")
    z1 = [sum((W1[i * d + j] * x[j] for j in range(d)), b1[i]) for i in range(h)]
    z2 = sum((W2[i] * sympy.Max(0, z1[i]) for i in range(h)), b2)
    yhat = 1 / (1 + sympy.exp(-z2))
    loss = -y * sympy.log(yhat) - (1 - y) * sympy.log(1 - yhat)
    return loss, [*W1, *b1, *W2, b2]


def by_components(loss: sympy.Expr, entries: list[sympy.Symbol]) -> int:
    return len([sympy.diff(loss, entry) for entry in entries])


def seconds(task: Callable[[], int]) -> float:
    clear_cache()
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=15, help="turns for derive (default 15)")
    parser.add_argument("--turns", type=int, default=3, help="turns beside SymPy (default 3)")
    options = parser.parse_args()

    derive_mlp(2, 2)  # imports and compiled tables
    times = [
        (seconds(lambda: derive_mlp(2, 2)), seconds(lambda: derive_mlp(1000, 1000))) for _ in range(options.repeat)
    ]
    small, large = (statistics.median(side) for side in zip(*times, strict=True))
    print(f"{'':18}{'d = h = 2':>14}{'d = h = 1000':>16}{'ratio':>8}   reach: the same time")
    print(f"{'derive':18}{small * 1e3:11.1f} ms{large * 1e3:13.1f} ms{large / small:7.2f}x\n")

    print(f"{'beside SymPy':18}{'derive':>14}{'diff of entries':>18}{'entries':>9}{'diff/derive':>13}")
    for size in SIZES:
        loss, entries = written_out(size, size)
        pairs = [
            (seconds(lambda: derive_mlp(size, size)), seconds(lambda: by_components(loss, entries)))  # noqa: B023 (at once)
            for _ in range(options.turns)
        ]
        a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(f"{f'd = h = {size}':18}{a * 1e3:11.1f} ms{b * 1e3:15.1f} ms{len(entries):9}{b / a:12.1f}x", flush=True)


if __name__ == "__main__":
    main()
