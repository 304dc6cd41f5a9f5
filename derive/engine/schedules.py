"""Learning rates that change while training goes on: functions of t, the number of steps taken so far.

An optimiser of `derive.engine.optimisers` takes one in the place of a number. The rates are those of PyTorch's
schedulers of the same kind, in closed form; there is nothing to call in a training loop, and so nothing to forget.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[int], float]


def step_decay(first: float, every: int, factor: float = 0.1) -> Schedule:
    """first * factor^floor(t / every): PyTorch's StepLR. Raises ValueError unless every >= 1 and 0 <= factor <= 1."""
    _check(first, factor=factor)
    _at_least_one("every", every)
    return lambda t: first * factor ** (t // every)


def exponential_decay(first: float, factor: float) -> Schedule:
    """first * factor^t: PyTorch's ExponentialLR. Raises ValueError unless 0 <= factor <= 1."""
    _check(first, factor=factor)
    return lambda t: first * factor**t


def cosine_decay(first: float, steps: int, last: float = 0.0) -> Schedule:
    """last + (first - last) (1 + cos(pi t / steps)) / 2 up to t = steps, and `last` from there on.

    I. Loshchilov and F. Hutter, SGDR (ICLR 2017), equation (5), without restarts: PyTorch's CosineAnnealingLR, which
    would rise again behind `steps`. Raises ValueError unless steps >= 1 and 0 <= last <= first.
    """
    _check(first)
    _at_least_one("steps", steps)
    if not 0.0 <= last <= first:
        raise ValueError(f"the last rate is a number from 0 to the first rate {first!r}, not {last!r}")
    return lambda t: last + (first - last) * (1.0 + math.cos(math.pi * min(t, steps) / steps)) / 2.0


def _check(first: float, factor: float = 1.0) -> None:
    if not 0.0 <= first < math.inf:
        raise ValueError(f"a learning rate is a number >= 0, not {first!r}")
    if not 0.0 <= factor <= 1.0:
        raise ValueError(f"the factor of a decay is a number from 0 to 1, not {factor!r}")


def _at_least_one(name: str, count: int) -> None:
    if count < 1:
        raise ValueError(f"{name} is a number of steps >= 1, not {count!r}")
