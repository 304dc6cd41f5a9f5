"""Training a small network on XOR, the smallest problem that no linear model solves, as one pure function.

It never prints: whoever calls it draws the loss curve from the result, or follows with `progress`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.engine.nn import MLP
from derive.engine.optimisers import SGD
from derive.engine.value import Value, bce_with_logits, no_grad

EXAMPLES: tuple[tuple[tuple[float, float], float], ...] = (
    ((0.0, 0.0), 0.0),
    ((0.0, 1.0), 1.0),
    ((1.0, 0.0), 1.0),
    ((1.0, 1.0), 0.0),
)


@dataclass(frozen=True)
class Training:
    """What a training run gave."""

    losses: tuple[float, ...]  # before the first step, and after every step
    predictions: tuple[float, ...]  # the probability of a 1 for each of EXAMPLES, after the last step
    network: MLP


def train_xor(
    seed: int = 0,
    steps: int = 500,
    *,
    hidden: int = 8,
    learning_rate: float = 2.0,
    progress: Callable[[int, float], None] | None = None,
) -> Training:
    """An MLP 2-hidden-1 (tanh) trained on the mean binary cross-entropy of the four examples by full gradient descent.

    `progress(step, loss)` is called after each step, counted from 1. The same arguments give the same result. Raises
    ValueError for fewer than 0 steps or 1 hidden neuron.
    """
    if steps < 0 or hidden < 1:
        raise ValueError(f"train_xor needs steps >= 0 and hidden >= 1, not {steps} and {hidden}")
    network = MLP(2, [hidden, 1], activation="tanh", seed=seed)
    descent = SGD(network.parameters(), learning_rate)

    def mean_loss() -> Value:
        return sum(bce_with_logits(network(x), y) for x, y in EXAMPLES) / len(EXAMPLES)

    loss = mean_loss()
    losses = [loss.data]
    for step in range(1, steps + 1):
        descent.zero_grad()
        loss.backward()
        descent.step()
        loss = mean_loss()
        losses.append(loss.data)
        if progress is not None:
            progress(step, loss.data)
    with no_grad():
        predictions = tuple(network(x).sigmoid().data for x, _ in EXAMPLES)
    return Training(tuple(losses), predictions, network)
