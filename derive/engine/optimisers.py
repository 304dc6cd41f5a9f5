"""From gradients to better parameters: gradient descent, with momentum, and Adam.

`RULES` says how each of them turns a gradient into the direction that a parameter moves against; the walker
`Optimiser.step` is the same for all. This module never computes a gradient and records nothing: it reads `.grad` and
writes `.data`, which are plain numbers.

Mathematics: B. Polyak, Some methods of speeding up the convergence of iteration methods (1964), in the form of
PyTorch's `SGD` with dampening 0; D. Kingma and J. Ba, Adam: a method for stochastic optimization (ICLR 2015),
Algorithm 1, in which epsilon stands outside the square root, as in PyTorch's `Adam`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from derive.engine.schedules import Schedule
from derive.engine.value import Value


class Rule(NamedTuple):
    kept: int  # how many numbers each parameter keeps from step to step; all are 0 at first
    move: Callable[..., tuple[float, ...]]  # (gradient, *kept, **settings) -> (direction, *kept)


def _adam(
    g: float, t: float, m: float, v: float, *, beta1: float, beta2: float, eps: float
) -> tuple[float, float, float, float]:
    t = t + 1.0
    m = beta1 * m + (1.0 - beta1) * g  # running mean of g
    v = beta2 * v + (1.0 - beta2) * g * g  # running mean of g^2
    return (m / (1.0 - beta1**t)) / (math.sqrt(v / (1.0 - beta2**t)) + eps), t, m, v


# fmt: off
RULES = {
    "gradient descent": Rule(0, lambda g: (g,)),                                    # g
    "momentum":         Rule(1, lambda g, v, momentum: ((v := momentum * v + g), v)),  # v <- mu v + g
    "adam":             Rule(3, _adam),                                             # m' / (sqrt(v') + eps)
}
# fmt: on


class Optimiser:
    """p <- p - learning_rate * direction, for every parameter p; the direction is that of a rule.

    `learning_rate` is a number, which may be set between steps, or a function of the number of steps taken so far
    (`derive.engine.schedules`). A parameter that is listed twice is one parameter. One whose `grad` is None is left as
    it is. Raises ValueError for a learning rate that is no number >= 0.
    """

    def __init__(
        self, parameters: Iterable[Value], learning_rate: float | Schedule, rule: str, **settings: float
    ) -> None:
        if not callable(learning_rate) and not 0.0 <= learning_rate < math.inf:
            raise ValueError(f"a learning rate is a number >= 0, not {learning_rate!r}")
        self.parameters = list(dict.fromkeys(parameters))
        self.learning_rate = learning_rate
        self.steps = 0
        self._rule = RULES[rule]
        self._settings = settings
        self._kept = [(0.0,) * self._rule.kept for _ in self.parameters]

    def step(self) -> None:
        rate = self.learning_rate(self.steps) if callable(self.learning_rate) else self.learning_rate
        for place, p in enumerate(self.parameters):
            if p.grad is not None:
                direction, *self._kept[place] = self._rule.move(p.grad, *self._kept[place], **self._settings)
                p.data -= rate * direction
        self.steps += 1

    def zero_grad(self) -> None:
        for p in self.parameters:
            p.grad = 0.0


class SGD(Optimiser):
    """Gradient descent, p <- p - learning_rate * v with v <- momentum * v + dL/dp; without momentum, v is dL/dp.

    Raises ValueError for a momentum outside [0, 1], and what `Optimiser` raises.
    """

    def __init__(
        self, parameters: Iterable[Value], learning_rate: float | Schedule, momentum: float = 0.0
    ) -> None:
        if not 0.0 <= momentum <= 1.0:
            raise ValueError(f"momentum is a number from 0 to 1, not {momentum!r}")
        if momentum:
            super().__init__(parameters, learning_rate, "momentum", momentum=momentum)
        else:
            super().__init__(parameters, learning_rate, "gradient descent")


class Adam(Optimiser):
    """Adam: p <- p - learning_rate * m' / (sqrt(v') + eps), with running means m of g = dL/dp and v of g^2.

    m <- beta1 m + (1 - beta1) g and v <- beta2 v + (1 - beta2) g^2 start at 0; m' = m / (1 - beta1^t) and
    v' = v / (1 - beta2^t), in step t = 1, 2, ..., undo that start. Raises ValueError for a beta outside [0, 1), an eps
    that is not above 0, and what `Optimiser` raises.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        learning_rate: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        beta1, beta2 = betas
        if not (0.0 <= beta1 < 1.0 and 0.0 <= beta2 < 1.0):
            raise ValueError(f"the betas are two numbers from 0 to below 1, not {betas!r}")
        if not eps > 0.0:
            raise ValueError(f"eps is a number above 0, not {eps!r}: a gradient that is always 0 is divided by it")
        super().__init__(parameters, learning_rate, "adam", beta1=beta1, beta2=beta2, eps=eps)
