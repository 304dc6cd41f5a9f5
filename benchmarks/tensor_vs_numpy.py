"""`Tensor` against the hand-written NumPy closed form: a two-layer ReLU regression, value and gradient, one thread.

The closed form is the derivation, written out: 1.00. HIPS autograd stands beside it if it is installed. All sides are
measured in one run, in turn; the ratio is the median of the ratios to the closed form of the same turn.

`derive.engine.tensor` lets malloc keep freed arrays for the next pass, and in this one process all three sides profit.
"""

# ruff: noqa: E402 (the number of threads has to be set before the imports)

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # read once, when NumPy is imported

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from derive.engine import Tensor
from derive.engine.losses import mse

Result = tuple[float, list[np.ndarray]]


def closed_form(X: np.ndarray, Y: np.ndarray, parameters: list[np.ndarray]) -> Result:
    W1, b1, W2, b2 = parameters
    Z1 = X @ W1 + b1
    A1 = np.maximum(Z1, 0.0)
    residual = A1 @ W2 + b2 - Y
    loss = np.mean(residual**2)
    delta2 = residual * (2.0 / residual.size)
    delta1 = (delta2 @ W2.T) * (Z1 > 0.0)
    return loss, [X.T @ delta1, delta1.sum(axis=0), A1.T @ delta2, delta2.sum(axis=0)]


def with_tensor(X: np.ndarray, Y: np.ndarray, parameters: list[np.ndarray]) -> Result:
    leaves = W1, b1, W2, b2 = [Tensor(p, requires_grad=True) for p in parameters]
    loss = mse((X @ W1 + b1).relu() @ W2 + b2, Y)
    loss.backward()
    return loss.item(), [leaf.grad for leaf in leaves]


def with_autograd() -> Callable[..., Result] | None:
    try:
        import autograd
        import autograd.numpy as anp
    except ImportError:
        return None

    def loss(parameters, X, Y):
        W1, b1, W2, b2 = parameters
        return anp.mean((anp.dot(anp.maximum(anp.dot(X, W1) + b1, 0.0), W2) + b2 - Y) ** 2)

    value_and_grad = autograd.value_and_grad(loss)
    return lambda X, Y, parameters: value_and_grad(parameters, X, Y)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=300, help="turns (default 300)")
    parser.add_argument("-n", type=int, default=1000, help="examples")
    parser.add_argument("-d", type=int, default=64, help="features")
    parser.add_argument("--hidden", type=int, default=128, help="hidden neurons")
    options = parser.parse_args()

    rng = np.random.default_rng(0)
    n, d, h, k = options.n, options.d, options.hidden, 1
    X, Y = rng.normal(size=(n, d)), rng.normal(size=(n, k))
    parameters = [rng.normal(size=shape) / 8 for shape in ((d, h), (h,), (h, k), (k,))]
    sides = {"NumPy closed form": closed_form, "derive Tensor": with_tensor, "HIPS autograd": with_autograd()}
    if sides["HIPS autograd"] is None:
        del sides["HIPS autograd"]
        print("HIPS autograd is not installed: pip install autograd")

    expected_loss, expected = closed_form(X, Y, parameters)
    for name, side in sides.items():
        loss, gradients = side(X, Y, parameters)
        pairs = zip([loss, *gradients], [expected_loss, *expected], strict=True)
        if not all(np.allclose(a, b, rtol=1e-10) for a, b in pairs):
            sys.exit(f"{name}: loss or gradients differ from the closed form, so the times mean nothing")

    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(options.repeat):
        for name, side in sides.items():
            start = time.perf_counter()
            side(X, Y, parameters)
            times[name].append(time.perf_counter() - start)
    print(f"value and gradient, n={n}, d={d}, h={h}, k={k}, one thread")
    for name, measured in times.items():
        ratio = statistics.median(t / base for t, base in zip(measured, times["NumPy closed form"], strict=True))
        reach = "   reach 1.15 or less" if name == "derive Tensor" else ""
        print(f"{name:20}{statistics.median(measured) * 1e3:8.3f} ms{ratio:8.2f}x{reach}")


if __name__ == "__main__":
    main()
