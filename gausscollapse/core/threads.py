"""How many threads a loop may use."""

from __future__ import annotations

from gausscollapse.core.validation import as_count


def thread_count(threads: int | None) -> int:
    """Return the number of threads asked for, by default as many as numba may use in this thread.

    That is all processors, unless ``NUMBA_NUM_THREADS`` or `numba.set_num_threads` says less, as in the workers of a
    sweep, each of which has one.
    """
    if threads is not None:
        return as_count("threads", threads, at_least=1)
    import numba

    return int(numba.get_num_threads())
