"""Run a sweep on Dask: an embedded cluster of processes, or a scheduler elsewhere, by the same code.

Cells travel to the workers in batches and come back as bytes with a checksum; this process alone writes. So workers
need no common disk, a killed worker's cells are done again, and after a kill of this process a new start does the
rest.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from gausscollapse.core.exceptions import GaussCollapseError, InvalidArgumentError, SweepError
from gausscollapse.core.version import __version__
from gausscollapse.lab.cell_file import encode
from gausscollapse.lab.cells import Cell, cells
from gausscollapse.lab.sweep_dataset import assemble, require_packages
from gausscollapse.lab.sweep_file import Sweep
from gausscollapse.lab.sweep_store import SweepStore
from gausscollapse.lab.threads import one_thread

if TYPE_CHECKING:
    from distributed import Client, Future

Progress: TypeAlias = Callable[[str, float], None]

CONNECT_SECONDS = 5.0
WORKER_SECONDS = 60.0
BATCH_SECONDS = 0.5
LARGEST_BATCH = 64
ERRORS = "errors.txt"
ADDRESS = re.compile(r"(tcp|tls|ucx)://(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}")
# One thread a worker, whatever library it is in: the cores are shared out by cells.
ONE_THREAD = dict.fromkeys(
    ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1"
)

Answer: TypeAlias = tuple[bytes, str, str]


def run_batch(run: Any, version: str, fingerprint: str, batch: Sequence[tuple[int, Any]]) -> list[Answer]:
    """Run cells on a worker: for each its bytes, or none with the reason and the traceback."""
    import numba

    if __version__ != version:
        raise SweepError(f"a worker has gausscollapse {__version__}, this process {version}")
    numba.set_num_threads(1)
    answers: list[Answer] = []
    with one_thread():
        for key, settings in batch:
            try:
                answers.append((encode(run(settings, key), fingerprint=fingerprint, key=key), "", ""))
            except Exception as problem:
                # A failed cell must not take the others of its batch with it.
                known = isinstance(problem, GaussCollapseError)
                reason = str(problem) if known else f"{type(problem).__name__}: {problem}"
                answers.append((b"", reason, traceback.format_exc()))
    return answers


def batches(left: Sequence[Cell], workers: int) -> list[list[Cell]]:
    """Return cells in batches of about `BATCH_SECONDS`, and enough of them for all workers to end together."""
    most = min(LARGEST_BATCH, max(1, math.ceil(len(left) / (4 * max(1, workers)))))
    result: list[list[Cell]] = []
    size = math.inf
    for cell in left:
        if not result or len(result[-1]) >= most or size + cell.seconds > BATCH_SECONDS:
            result.append([])
            size = 0.0
        result[-1].append(cell)
        size += cell.seconds
    return result


@contextmanager
def _connected(scheduler: str | None, workers: int, progress: Progress) -> Iterator[Client]:
    """Yield a client of the scheduler at an address, or of a cluster of processes on this machine."""
    from distributed import Client, LocalCluster
    from distributed.utils import silence_logging_cmgr

    with silence_logging_cmgr(logging.CRITICAL):
        if scheduler is None:
            progress("starting workers", 0.0)
            with (
                LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    # No dashboard; its server would still take the one default port, which a second sweep needs too.
                    dashboard_address="127.0.0.1:0",
                    scheduler_kwargs={"dashboard": False},
                    silence_logs=logging.CRITICAL,
                    env=ONE_THREAD,
                ) as cluster,
                Client(cluster, set_as_default=False) as client,
            ):
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


def _answers(
    client: Client, store: SweepStore, waiting: list[list[Cell]]
) -> Iterator[tuple[list[Cell], list[Answer]]]:
    """Submit batches and yield their answers as they come."""
    from distributed import as_completed

    known: dict[Any, list[Cell]] = {}
    window = _Window(client)
    run = store.sweep.experiment.run

    def submit() -> Future:
        batch = waiting.pop(0)
        items = [(cell.key, cell.settings) for cell in batch]
        future = client.submit(run_batch, run, __version__, store.fingerprint, items, pure=False)
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


def run_sweep(
    sweep: Sweep,
    out: str | Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress = lambda *_: None,
) -> Path:
    """Run what is left of a sweep and return the path of its dataset.

    Parameters
    ----------
    sweep : Sweep
        What to run.
    out : str or Path
        Folder of the results: a new one, or that of the same sweep, which is then finished.
    workers : int, optional
        Processes of the embedded cluster; by default one a core.
    scheduler : str, optional
        Address of a Dask scheduler, ``tcp://HOST:PORT``, instead of the embedded cluster.
    progress : callable
        Told the stage and the part done, from 0 to 1, weighted by the cells' estimated times.

    Raises
    ------
    InvalidArgumentError
        If the folder holds something else or a setting is refused.
    MissingPackageError
        If the extra ``experiments`` is not installed.
    SweepError
        If the scheduler does not answer, workers are lost, cells fail or the disk is full; whole cells are kept.

    Examples
    --------
    >>> import tempfile
    >>> import gausscollapse as gc
    >>> retraining = {"fresh": 0.5, "generations": 1, "step": {"kind": "offset", "offset": [0.1]}}
    >>> settings = {"data": {"mean": [0.0], "cov": [[1.0]]}, "retraining": retraining}
    >>> grid = {"retraining.fresh": (0.2, 0.8)}
    >>> sweep = gc.lab.Sweep("drift", gc.lab.EXPERIMENTS["trajectory"], settings, grid)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = gc.lab.run_sweep(sweep, folder, workers=1)
    ...     results = gc.lab.load_results(folder).load()

    After one generation the model is N(0.1, 1) whatever the fresh fraction, at chi-squared exp(0.01) - 1:

    >>> results["accumulated"].sel(run=0, generation=1).values.round(5)
    array([0.01005, 0.01005])
    """
    require_packages()
    from dask.system import CPU_COUNT

    if scheduler is not None:
        check_scheduler(scheduler)
    everything = cells(sweep)
    store = SweepStore(Path(out), sweep)
    left = store.missing(everything)
    count = min(workers or CPU_COUNT, max(1, len(left)))
    # Connected first: a scheduler that does not answer leaves no trace on the disk.
    with _connected(scheduler, count, progress) if left else nullcontext() as client, store.writing():
        try:
            (store.folder / ERRORS).unlink(missing_ok=True)
            if client is not None:
                _run_cells(client, store, everything, left, progress)
            progress("assembling results", 1.0)
            return assemble(store, everything)
        except OSError as problem:
            raise SweepError(f"{problem.strerror or problem}: {_kept(store, everything)}") from None
        except SweepError as problem:
            raise SweepError(f"{problem}: {_kept(store, everything)}") from None


def _kept(store: SweepStore, everything: Sequence[Cell]) -> str:
    whole = len(everything) - len(store.missing(everything))
    return f"{whole} of {len(everything)} cells are whole and kept in {store.folder}; start again to go on"


def _run_cells(
    client: Client, store: SweepStore, everything: Sequence[Cell], left: Sequence[Cell], progress: Progress
) -> None:
    total = sum(cell.seconds for cell in everything)
    done = total - sum(cell.seconds for cell in left)
    number = len(everything) - len(left)
    failed: list[tuple[Cell, str, str]] = []
    for batch, answers in _answers(client, store, batches(left, sum(client.nthreads().values()))):
        for cell, (content, reason, trace) in zip(batch, answers, strict=True):
            if reason:
                failed.append((cell, reason, trace))
            else:
                store.put(cell, content)
            done += cell.seconds
            number += 1
        progress(f"cell {number} of {len(everything)}", done / total if total > 0.0 else 1.0)
    if failed:
        text = "\n".join(f"{cell.words}\n{trace}" for cell, _, trace in failed)
        (store.folder / ERRORS).write_text(text, encoding="utf-8")
        cell, reason, _ = failed[0]
        more = f" and {len(failed) - 1} more (see {store.folder / ERRORS})" if len(failed) > 1 else ""
        raise SweepError(f"the cell {cell.words} failed: {reason}{more}")


def estimate(everything: Sequence[Cell], workers: int) -> float:
    """Return a rough estimate in seconds of the time that cells take on so many workers."""
    longest = max((cell.seconds for cell in everything), default=0.0)
    return max(longest, sum(cell.seconds for cell in everything) / max(1, workers))
