"""How many threads a loop may use, and how they share its blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from gausscollapse.core.validation import as_size

BLOCKS_PER_TASK = 4


def thread_count(threads: int | None) -> int:
    """Return the number of threads asked for, by default as many as numba may use in this thread.

    That is all processors, unless ``NUMBA_NUM_THREADS`` or `numba.set_num_threads` says less, as in the workers of a
    sweep, each of which has one.
    """
    if threads is not None:
        return as_size("threads", threads, at_least=1, each=1.0, unit="threads", most=4096)
    import numba

    return int(numba.get_num_threads())


def in_turns(work_through: Callable[[Iterable[tuple[int, int]]], None], blocks: int, workers: int) -> None:
    """Deal tasks (first block, number of blocks) to threads: each takes the next when it is free."""
    tasks = [(first, min(BLOCKS_PER_TASK, blocks - first)) for first in range(0, blocks, BLOCKS_PER_TASK)]
    count = min(workers, len(tasks))
    if count <= 1:
        work_through(tasks)
        return
    waiting: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
    for task in [*tasks, *[None] * count]:
        waiting.put(task)
    with ThreadPoolExecutor(max_workers=count) as pool:
        list(pool.map(work_through, [iter(waiting.get, None) for _ in range(count)]))
