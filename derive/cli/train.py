"""`derive train xor`: a small network trained by derive's own engine, with its loss curve and predictions."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from derive.cli.errors import UsageError, whole_number
from derive.cli.terminal import console, say, shows, watched
from derive.engine.xor import EXAMPLES, Training, train_xor
from derive.models.options import did_you_mean

BLOCKS, ASCII = " ▁▂▃▄▅▆▇█", " ....####"
WIDTH, HEIGHT = 64, 8


def run(options: argparse.Namespace) -> int:
    if options.problem != "xor":
        hint = did_you_mean(options.problem, ["xor"])
        raise UsageError(f"derive can train xor, found {options.problem!r}{hint}")
    steps = whole_number("--steps", options.steps, least=1, most=100_000)
    seed = whole_number("--seed", options.seed, least=0)
    result = _train(seed, steps)
    say(f"XOR, 2-8-1 network (tanh), binary cross-entropy, {steps} steps of gradient descent,\nseed {seed}\n")
    say(curve(result.losses, BLOCKS if shows(BLOCKS) else ASCII))
    say("\n x_1  x_2   y    prediction")
    for (x, y), prediction in zip(EXAMPLES, result.predictions, strict=True):
        say(f"{x[0]:4g} {x[1]:4g} {y:4g}    {prediction:.4f}")
    solved = all((p > 0.5) == (y > 0.5) for (_, y), p in zip(EXAMPLES, result.predictions, strict=True))
    say(f"\nloss {result.losses[0]:.4g} -> {result.losses[-1]:.4g}: {'solved' if solved else 'not solved'}")
    return 0 if solved else 1


def _train(seed: int, steps: int) -> Training:
    """With a progress bar where a person watches."""
    if not watched(error=True):
        return train_xor(seed, steps)
    from rich.progress import Progress

    with Progress(console=console(error=True), transient=True) as bar:
        task = bar.add_task("training", total=steps)
        return train_xor(seed, steps, progress=lambda step, loss: bar.update(task, completed=step))


def curve(losses: Sequence[float], signs: str = BLOCKS) -> str:
    """The losses as a curve, the first at the left, zero at the bottom.

    Args:
        signs: nine characters, from an empty cell to a full one.
    """
    columns = min(WIDTH, len(losses))
    picked = [losses[round(k * (len(losses) - 1) / max(1, columns - 1))] for k in range(columns)]
    top = max(picked) or 1.0
    rows = []
    for row in range(HEIGHT, 0, -1):
        fill = [min(max(loss / top * HEIGHT - (row - 1), 0.0), 1.0) for loss in picked]
        label = f"{top:7.3g}" if row == HEIGHT else "   loss" if row == HEIGHT // 2 else " " * 7
        rows.append(f"{label} |" + "".join(signs[round(part * 8)] for part in fill).rstrip())
    rows.append(" " * 8 + "+" + "-" * columns)
    last = str(len(losses) - 1)
    rows.append(" " * 9 + "0" + last.rjust(columns - 1) + " step")
    return "\n".join(rows)
