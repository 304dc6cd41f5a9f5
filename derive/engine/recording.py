"""Whether operations record the graph that `backward` walks.

One switch for the whole engine, shared by `Value` and `Tensor`. It never knows what a node is.
"""

from collections.abc import Iterator
from contextlib import contextmanager

enabled = True  # read as `recording.enabled` on every operation; one per process, not per thread


@contextmanager
def no_grad() -> Iterator[None]:
    """Results computed inside are constants: no parents, `requires_grad` False.

    Works as a context manager and as a decorator (`@no_grad()`), nests, and restores the switch after an exception. The
    switch belongs to the process, so another thread that computes meanwhile does not record either.
    """
    global enabled
    before, enabled = enabled, False
    try:
        yield
    finally:
        enabled = before
