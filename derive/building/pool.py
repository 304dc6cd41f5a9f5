"""Work in several processes. What ends first is given out first; a process that the system ends costs one piece."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Hashable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import wait

Work = Mapping[Hashable, partial]


def carry_out(work: Work, jobs: int) -> Iterator[tuple[Hashable, object | None]]:
    """Each piece's key and result, in the order in which they end; None where its process was ended from outside.

    Args:
        work: functions of modules with their arguments, which have to be values that can be sent to a process.
        jobs: processes at a time; with one, and for one piece, everything happens in this process.
    """
    if jobs == 1 or len(work) < 2:
        for key, piece in work.items():
            yield key, piece()
        return
    left = dict(work)
    for key, result in _together(work, jobs):
        del left[key]
        yield key, result
    for key, piece in left.items():  # a process was ended, and took the others along: each once more, alone
        yield key, dict(_together({key: piece}, 1)).get(key)


def _together(work: Work, jobs: int) -> Iterator[tuple[Hashable, object]]:
    """Results as they come, up to where a process is ended from outside, as for want of memory."""
    # Not forked: what this process holds open, a lock among it, is no business of the others.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(work)), mp_context=context, initializer=_prepare) as pool:
        try:
            keys = {pool.submit(piece): key for key, piece in work.items()}
            for future in as_completed(keys):
                yield keys[future], future.result()
        except BrokenProcessPool:
            return
        except BaseException:  # interrupted: what is not finished is not wanted
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _prepare() -> None:
    """A process ends with the one that it works for, whatever ends that, and says nothing when it is interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()

    def follow() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
