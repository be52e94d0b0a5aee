"""Run a sweep: workers get cells in batches and send their bytes back; this process alone writes.

So workers need no common disk, a killed worker's cells are done again, and after a kill of this process a new start
does the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import SweepError
from gausscollapse.core.whole_file import write_whole
from gausscollapse.lab.cells import Cell, cells
from gausscollapse.lab.sweep_dataset import assemble, require_packages
from gausscollapse.lab.sweep_file import Sweep
from gausscollapse.lab.sweep_store import SweepStore
from gausscollapse.lab.workers import Progress, answers, check_scheduler, connected

if TYPE_CHECKING:
    from distributed import Client

BATCH_SECONDS = 0.5
LARGEST_BATCH = 64
ERRORS = "errors.txt"


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


@checked
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

    Returns
    -------
    Path
        Of the dataset, ``OUT/results.zarr``; see `load_results`.

    Raises
    ------
    InvalidArgumentError
        If the folder holds something else or a setting is refused.
    MissingPackageError
        If the extra ``experiments`` is not installed.
    SweepError
        If the scheduler does not answer, workers are lost, cells fail or the disk is full; whole cells are kept.
    KeyboardInterrupt
        If it is interrupted, with what is kept.

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
    try:
        # Connected first: a scheduler that does not answer leaves no trace on the disk.
        with connected(scheduler, count, progress) if left else nullcontext() as client, store.writing():
            return _finish(client, store, everything, left, progress)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted: {_kept(store, everything)}") from None


def _finish(
    client: Client | None, store: SweepStore, everything: Sequence[Cell], left: Sequence[Cell], progress: Progress
) -> Path:
    """Run the cells that are left, if any, and assemble the dataset; a failure says what is kept."""
    try:
        (store.folder / ERRORS).unlink(missing_ok=True)
        if client is not None:
            _run_cells(client, store, everything, left, progress)
        progress("assembling results", 1.0)
        return assemble(store, everything)
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        raise SweepError(f"{where}{problem.strerror or problem}: {_kept(store, everything)}") from None
    except SweepError as problem:
        raise SweepError(f"{problem}: {_kept(store, everything)}") from None


def _kept(store: SweepStore, everything: Sequence[Cell]) -> str:
    whole = len(everything) - len(store.missing(everything))
    return f"{whole} of {len(everything)} cells are whole and kept in {store.folder}; start again to go on"


def _run_cells(
    client: Client, store: SweepStore, everything: Sequence[Cell], left: Sequence[Cell], progress: Progress
) -> None:
    """Run the cells that are left and keep them; failed ones are told when all others are done."""
    total = sum(cell.seconds for cell in everything)
    done = total - sum(cell.seconds for cell in left)
    number = len(everything) - len(left)
    failed: list[tuple[Cell, str, str]] = []
    waiting = batches(left, sum(client.nthreads().values()))
    for batch, found in answers(client, store.sweep.experiment.run, store.fingerprint, waiting):
        for cell, (content, reason, trace) in zip(batch, found, strict=True):
            if reason:
                failed.append((cell, reason, trace))
            else:
                store.put(cell, content)
            done += cell.seconds
            number += 1
        progress(f"cell {number} of {len(everything)}", done / total if total > 0.0 else 1.0)
    if failed:
        text = "\n".join(f"{cell.words}\n{trace}" for cell, _, trace in failed)
        write_whole(store.folder / ERRORS, text, follow=False)
        cell, reason, _ = failed[0]
        more = f" and {len(failed) - 1} more (see {store.folder / ERRORS})" if len(failed) > 1 else ""
        raise SweepError(f"the cell {cell.words} failed: {reason}{more}")


def estimate(everything: Sequence[Cell], workers: int) -> float:
    """Return a rough estimate in seconds of the time that cells take on so many workers."""
    longest = max((cell.seconds for cell in everything), default=0.0)
    return max(longest, sum(cell.seconds for cell in everything) / max(1, workers))
