"""A chain of additions x + x + ... + x, forward and backward: time and peak memory of `Value` and of torch.

Each side runs in a process of its own, in turn, and reports the time of the chain (not of the imports) and by how much
the peak of its resident memory grew meanwhile.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import time


def chain(side: str, length: int) -> dict[str, float]:
    """Runs in a process of its own: seconds, mebibytes and the gradient, which is length + 1."""
    if side == "derive":
        from derive.engine import Value

        x = Value(1.0)
    else:
        import torch

        torch.set_num_threads(1)
        x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
        (x + x).backward()  # torch starts its backward engine on first use
        x.grad = None
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    total = x
    for _ in range(length):
        total = total + x
    total.backward()
    elapsed = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": elapsed, "mebibytes": (peak - before) / 1024, "gradient": float(x.grad)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--length", type=int, default=10**6, help="additions (default 10^6)")
    parser.add_argument("--repeat", type=int, default=3, help="processes per side (default 3)")
    parser.add_argument("--side", choices=["derive", "torch"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print(json.dumps(chain(options.side, options.length)))
        return
    if importlib.util.find_spec("torch") is None:
        sys.exit("this benchmark compares with torch: pip install torch")

    results: dict[str, list[dict[str, float]]] = {"torch": [], "derive": []}
    for _ in range(options.repeat):
        for side, runs in results.items():
            command = [sys.executable, __file__, "--side", side, "--length", str(options.length)]
            runs.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
            if runs[-1]["gradient"] != options.length + 1:
                sys.exit(f"{side}: the gradient is {runs[-1]['gradient']}, not {options.length + 1}")
    print(f"chain of {options.length} additions{'torch':>14}{'derive':>12}{'derive/torch':>14}   reach 1 or less")
    for what, unit in (("seconds", "s"), ("mebibytes", "MiB")):
        a, b = (statistics.median(run[what] for run in results[side]) for side in ("torch", "derive"))
        print(f"{'peak memory' if unit == 'MiB' else 'time':29}{a:9.2f} {unit:4}{b:8.2f} {unit:4}{b / a:12.2f}")


if __name__ == "__main__":
    main()
