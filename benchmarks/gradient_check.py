"""Planted bugs in the W1 gradient of a 2-layer tanh MLP: what derive.check_gradient and its neighbours detect.

Prints, for P parameters and 12 seeds, how many bugs each checker reports, how often it reports the correct gradient as
wrong, and the time of derive against torch's slow mode, measured on the same nets in turns. Needs
`pip install torch autograd`; a checker that is missing is left out, and the script says so.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread for everybody, set before the BLAS is loaded
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from derive.verify.gradient import check_gradient

Plant = Callable[[np.ndarray], np.ndarray]
SHAPES = {128: (8, 16), 8192: (64, 128)}
EXAMPLES = 16


class Net:
    """loss(W1) = mean((tanh(X W1) W2 - y)^2): X n x d, W1 d x h, W2 h x 1, y n x 1."""

    def __init__(self, size: int, seed: int) -> None:
        d, h = SHAPES[size]
        draw = np.random.default_rng(seed).normal
        self.X, self.y = draw(size=(EXAMPLES, d)), draw(size=(EXAMPLES, 1))
        self.W1, self.W2 = draw(size=(d, h)) / np.sqrt(d), draw(size=(h, 1)) / np.sqrt(h)

    def loss(self, W1: np.ndarray) -> float:
        return np.mean((np.tanh(self.X @ W1) @ self.W2 - self.y) ** 2)

    def gradient(self) -> np.ndarray:
        A = np.tanh(self.X @ self.W1)
        delta = 2 * (A @ self.W2 - self.y) / EXAMPLES
        return self.X.T @ ((delta @ self.W2.T) * (1 - A**2))


def one_entry(factor: float) -> Plant:
    """Scales the entry of median size."""

    def plant(gradient: np.ndarray) -> np.ndarray:
        wrong = gradient.copy()
        wrong.flat[np.argsort(np.abs(gradient), axis=None)[gradient.size // 2]] *= factor
        return wrong

    return plant


def every_entry(factor: float) -> Plant:
    return lambda gradient: gradient * factor


ROWS: tuple[tuple[int, str, Plant], ...] = (
    (128, "one median entry x 1.01", one_entry(1.01)),
    (128, "one entry x 1.001", one_entry(1.001)),
    (128, "all x 1.001", every_entry(1.001)),
    (128, "the correct gradient", every_entry(1.0)),
    (8192, "one entry x 1.001", one_entry(1.001)),
    (8192, "one entry sign flip", one_entry(-1.0)),
    (8192, "all x 1.0001", every_entry(1.0001)),
    (8192, "the correct gradient", every_entry(1.0)),
)


def derive_reports(net: Net, gradient: np.ndarray) -> bool:
    return not check_gradient(net.loss, gradient, net.W1)


def torch_checker(torch, fast: bool) -> Callable[[Net, np.ndarray], bool]:
    def reports(net: Net, gradient: np.ndarray) -> bool:
        X, y, W2, given = (torch.from_numpy(a) for a in (net.X, net.y, net.W2, gradient))

        class Loss(torch.autograd.Function):
            @staticmethod
            def forward(ctx, W1):
                return torch.mean((torch.tanh(X @ W1) @ W2 - y) ** 2)

            @staticmethod
            def backward(ctx, incoming):
                return incoming * given

        W1 = torch.from_numpy(net.W1.copy()).requires_grad_()
        return not torch.autograd.gradcheck(Loss.apply, (W1,), fast_mode=fast, raise_exception=False)

    return reports


def autograd_checker() -> Callable[[Net, np.ndarray], bool]:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    def reports(net: Net, gradient: np.ndarray) -> bool:
        loss = primitive(net.loss)
        defvjp(loss, lambda value, W1: lambda incoming: incoming * gradient)
        try:
            check_grads(loss, modes=["rev"], order=1)(net.W1)
        except AssertionError:
            return True
        return False

    return reports


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2 seeds instead of 12")
    seeds = range(2 if parser.parse_args().quick else 12)
    checkers: dict[str, Callable[[Net, np.ndarray], bool]] = {"derive": derive_reports}
    try:
        import torch

        torch.set_num_threads(1)
        checkers |= {"torch slow": torch_checker(torch, False), "torch fast": torch_checker(torch, True)}
    except ImportError:
        print("torch is missing: pip install torch")
    try:
        checkers["autograd"] = autograd_checker()
    except ImportError:
        print("HIPS autograd is missing: pip install autograd")
    warnings.simplefilter("ignore")

    print(f"reported as wrong, of {len(seeds)} seeds")
    print(f"{'':34}" + "".join(f"{name:>12}" for name in checkers))
    times: dict[tuple[int, str], list[float]] = {}
    for size, bug, plant in ROWS:
        counts = dict.fromkeys(checkers, 0)
        for seed in seeds:
            net = Net(size, seed)
            gradient = plant(net.gradient())
            for name, reports in checkers.items():  # in turns, so that a slow moment of the machine hits all of them
                np.random.seed(seed)  # HIPS autograd draws its directions from the global generator
                start = time.perf_counter()
                counts[name] += reports(net, gradient)
                times.setdefault((size, name), []).append(time.perf_counter() - start)
        print(f"P={size:<5} {bug:26}" + "".join(f"{count:>12}" for count in counts.values()), flush=True)

    print("\nseconds for one check, median over all rows and seeds")
    for size in SHAPES:
        middle = {name: statistics.median(times[size, name]) for name in checkers}
        print(f"P={size:<5} {'':26}" + "".join(f"{seconds:>12.4f}" for seconds in middle.values()))
        if "torch slow" in middle:
            print(f"        derive / torch slow: {middle['derive'] / middle['torch slow']:.2f}")


if __name__ == "__main__":
    main()
