"""The workers of a sweep, on Dask: an embedded cluster of processes, or a scheduler elsewhere, by the same code."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import re
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from gausscollapse.core.exceptions import GaussCollapseError, InvalidArgumentError, SweepError
from gausscollapse.core.version import __version__
from gausscollapse.lab.cell_file import encode
from gausscollapse.lab.cells import Cell
from gausscollapse.lab.threads import one_thread

if TYPE_CHECKING:
    from distributed import Client, Future

# Told the stage and the part done, from 0 to 1.
Progress: TypeAlias = Callable[[str, float], None]
# The bytes of a cell; or none, the reason and the traceback.
Answer: TypeAlias = tuple[bytes, str, str]

CONNECT_SECONDS = 5.0
WORKER_SECONDS = 60.0
ADDRESS = re.compile(r"(tcp|tls|ucx)://(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}")
# One thread a worker, whatever library it is in: the cores are shared out by cells.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1")

# What Dask sets before a worker starts. Of its own it sets MALLOC_TRIM_THRESHOLD_, so that the allocator gives larger
# arrays back to the system at once: training a U-Net took twice as long. Numba has no part in it: this process has
# these variables too while a worker starts, and Numba that has threads compiles no more under another number of them.
BEFORE_START = "distributed.nanny.pre-spawn-environ"


def run_batch(run: Any, version: str, fingerprint: str, batch: Sequence[tuple[int, Any]]) -> list[Answer]:
    """Run cells, keys with settings, on a worker."""
    import numba

    if __version__ != version:
        raise SweepError(f"a worker has gausscollapse {__version__}, this process {version}")
    numba.set_num_threads(1)
    found: list[Answer] = []
    with one_thread():
        for key, settings in batch:
            try:
                found.append((encode(run(settings, key), fingerprint=fingerprint, key=key), "", ""))
            except Exception as problem:
                # A failed cell must not take the others of its batch with it.
                known = isinstance(problem, GaussCollapseError)
                reason = str(problem) if known else f"{type(problem).__name__}: {problem}"
                found.append((b"", reason, traceback.format_exc()))
    return found


@contextmanager
def _interrupts_kept_from_workers() -> Iterator[None]:
    """Start threads and processes that do not see a Ctrl-C: it is for this process, which then ends them.

    A terminal sends it to all processes. What is blocked is so in threads and processes that begin meanwhile. One
    that comes meanwhile is raised at the end: a cluster interrupted while it starts cannot be ended in silence.
    """
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    from multiprocessing import resource_tracker

    # It would unblock the signal where it is started.
    resource_tracker.ensure_running()
    seen: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, handler)
        if seen:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _environment_restored() -> Iterator[None]:
    """Leave the environment as it was: Dask sets a worker's variables in this process and forgets them there."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def connected(scheduler: str | None, workers: int, progress: Progress) -> Iterator[Client]:
    """Yield a client of the scheduler at an address, or of a cluster of processes on this machine."""
    from dask import config
    from distributed import Client, LocalCluster
    from distributed.utils import silence_logging_cmgr

    with silence_logging_cmgr(logging.CRITICAL):
        if scheduler is None:
            progress("starting workers", 0.0)
            with _environment_restored(), ExitStack() as running:
                with _interrupts_kept_from_workers(), config.set({BEFORE_START: ONE_THREAD}):
                    cluster = LocalCluster(
                        n_workers=workers,
                        threads_per_worker=1,
                        processes=True,
                        # No dashboard; its server would still take the default port, which a second sweep needs too.
                        dashboard_address="127.0.0.1:0",
                        scheduler_kwargs={"dashboard": False},
                        silence_logs=logging.CRITICAL,
                        env={**ONE_THREAD, "NUMBA_NUM_THREADS": "1"},
                    )
                    running.enter_context(cluster)
                    client = running.enter_context(Client(cluster, set_as_default=False))
                yield client
            return
        progress("connecting", 0.0)
        _require_scheduler(scheduler)
        try:
            client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as problem:
            raise _unreachable(scheduler, type(problem).__name__) from None
        with client:
            progress("waiting for a worker", 0.0)
            try:
                client.wait_for_workers(1, timeout=WORKER_SECONDS)
            except TimeoutError:
                reason = f"has had no worker for {WORKER_SECONDS:g} s; start one with `dask worker {scheduler}`"
                raise SweepError(f"scheduler = {scheduler!r}: {reason}") from None
            yield client


def _unreachable(scheduler: str, reason: str) -> SweepError:
    words = f"no Dask scheduler answers within {CONNECT_SECONDS:g} s ({reason})"
    return SweepError(f"scheduler = {scheduler!r}: {words}; start one with `dask scheduler`")


def _require_scheduler(scheduler: str) -> None:
    """Ask who listens at an address, with a deadline of our own: a client waits for ever for a silent one."""
    from distributed.core import rpc

    async def identity() -> str:
        async with rpc(scheduler) as remote:
            return str((await remote.identity())["type"])

    def ask() -> str:
        return asyncio.run(asyncio.wait_for(identity(), CONNECT_SECONDS))

    try:
        # In a thread, for a notebook has a running loop already.
        with ThreadPoolExecutor(1) as threads:
            kind = threads.submit(ask).result()
    except Exception as problem:
        # What else listens there can answer anything, which comes out as any kind of exception.
        raise _unreachable(scheduler, type(problem).__name__) from None
    if kind != "Scheduler":
        raise _unreachable(scheduler, f"a {kind} does")


def check_scheduler(address: str) -> None:
    """Refuse what is no address of a scheduler."""
    if not ADDRESS.fullmatch(address):
        raise InvalidArgumentError("scheduler", address, "is no address", "tcp://HOST:PORT")


class _Window:
    """Keeps as many batches with the scheduler as its workers can be busy with, not more: results need memory."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.asked = -math.inf
        self.size = 8

    def __int__(self) -> int:
        now = time.monotonic()
        if now - self.asked > 2.0:
            self.asked = now
            self.size = max(8, 3 * sum(self.client.nthreads().values()))
        return self.size


def answers(
    client: Client, run: Any, fingerprint: str, waiting: list[list[Cell]]
) -> Iterator[tuple[list[Cell], list[Answer]]]:
    """Submit batches of cells of an experiment, whose function is `run`, and yield their answers as they come."""
    from distributed import as_completed

    known: dict[Any, list[Cell]] = {}
    window = _Window(client)

    def submit() -> Future:
        batch = waiting.pop(0)
        items = [(cell.key, cell.settings) for cell in batch]
        future = client.submit(run_batch, run, __version__, fingerprint, items, pure=False)
        known[future.key] = batch
        return future

    first = [submit() for _ in range(min(int(window), len(waiting)))]
    done = as_completed(first, loop=client.loop, with_results=True, raise_errors=False)
    for future, result in done:
        batch = known.pop(future.key)
        if future.status != "finished":
            raise _lost(future, batch)
        while waiting and len(known) < int(window):
            done.add(submit())
        future.release()
        yield batch, result


def _lost(future: Future, batch: list[Cell]) -> SweepError:
    """Return why a batch has no answers; what is whole is kept."""
    from distributed import KilledWorker

    if future.status != "error":
        return SweepError("the scheduler went away")
    problem = future.exception()
    if isinstance(problem, SweepError):
        return problem
    if isinstance(problem, KilledWorker):
        return SweepError(f"a worker was killed each time it ran {batch[0].words} (out of memory?)")
    return SweepError(f"a worker failed: {type(problem).__name__}: {problem}")
