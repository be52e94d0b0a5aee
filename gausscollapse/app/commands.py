"""The bodies of the commands `sweep` and `plot`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from gausscollapse.core.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

    from gausscollapse.lab.sweep_file import Sweep


def sweep(
    name: str,
    out: Path | None,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    quick: bool = False,
    only_estimate: bool = False,
) -> None:
    """Run a sweep, or say what it would take; print what was measured beside what theory expects."""
    from rich.console import Console

    from gausscollapse.lab.sweep_file import load_sweep

    if workers is not None and scheduler is not None:
        raise InvalidArgumentError("workers", workers, "and a scheduler were both given", "one of the two")
    if out is None and not only_estimate:
        raise InvalidArgumentError("out", None, "is missing", "--out FOLDER for the results, or --dry-run")
    console = Console()
    chosen = load_sweep(name, quick=quick)
    if only_estimate:
        _estimate(console, chosen, out, workers)
        return
    if out is None:
        return
    from gausscollapse.app.progress import progress_bar
    from gausscollapse.app.tables_sweep import results_table
    from gausscollapse.lab.sweep import run_sweep
    from gausscollapse.lab.sweep_dataset import load_results

    with progress_bar() as progress:
        path = run_sweep(chosen, out, workers=workers, scheduler=scheduler, progress=progress)
    for part in results_table(load_results(out)):
        console.print(part, highlight=False)
    console.print(f"Results: {path}. Draw them: gausscollapse plot {out}", highlight=False, soft_wrap=True)


def _estimate(console: Console, chosen: Sweep, out: Path | None, workers: int | None) -> None:
    from gausscollapse.app.tables_sweep import dry_run
    from gausscollapse.lab.cells import cells
    from gausscollapse.lab.sweep import estimate
    from gausscollapse.lab.sweep_store import SweepStore

    everything = cells(chosen)
    left = everything if out is None else SweepStore(out, chosen).missing(everything)
    count = workers or os.cpu_count() or 1
    for line in dry_run(chosen, everything, len(left), estimate(left, count), count):
        console.print(line, highlight=False, soft_wrap=True, markup=False)


# What `plot` draws beside sweeps: the module of each figure, and its function there.
DRAWN: Mapping[str, tuple[str, str]] = {
    "regimes": ("figures_regimes", "regimes_figure"),
    "accumulate": ("figures_workflows", "accumulate_figure"),
    "allocation": ("figures_plans", "allocation_figure"),
    "spectrum": ("figures_spectrum", "spectrum_figure"),
    "tails": ("figures_tails", "tails_figure"),
}


def _drawn(target: str) -> Figure:
    module, function = DRAWN[target]
    draw: Callable[[], Figure] = getattr(import_module(f"gausscollapse.app.{module}"), function)
    return draw()


def plot(target: str, *, figure: Path | None = None, out: Path | None = None, ending: str = "png") -> None:
    """Draw one figure by its name, or the figures of a sweep."""
    from rich.console import Console

    from gausscollapse.app import figures

    if target in DRAWN:
        if out is not None:
            raise InvalidArgumentError("out", str(out), "is for the folder of a sweep", "--figure FILE")
        drawn = _drawn(target)
        figures.save(drawn, figure or Path(f"{target}.png"))
        return
    if figure is not None:
        raise InvalidArgumentError("figure", str(figure), f"is for {', '.join(DRAWN)}", "--out FOLDER")
    from gausscollapse.app.figures_sweep import write_figures
    from gausscollapse.lab.sweep_dataset import check_chunks, load_results

    folder = Path(target)
    dataset = load_results(folder)
    check_chunks(folder)
    where = folder / "figures" if out is None else out
    if out is None and where.is_symlink():
        raise InvalidArgumentError("out", str(where), "is a link out of the folder", "--out FOLDER for the figures")
    console = Console()
    for path in write_figures(dataset, where, ending):
        console.print(str(path), highlight=False, soft_wrap=True)
