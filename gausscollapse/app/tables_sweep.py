"""What the command `sweep` prints: how much there is to do, and what was measured beside what theory expects."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from gausscollapse.lab.cells import Cell
from gausscollapse.lab.sweep_dataset import LOWER
from gausscollapse.lab.sweep_file import Sweep

if TYPE_CHECKING:
    import xarray

ENDINGS = ("_error", "_lower", "_upper", "_expected")
RUN, GENERATION = "run", "generation"
SAMPLES = "samples"
# Axes of time: what goes on from one generation to the next.
ALONG = (GENERATION, "innovation", "pair", "energy_generation", "finite_generation")
MOST_ROWS = 40
# The spread of fewer runs does not tell their standard error well enough to count in it.
FEWEST_RUNS = 5


def duration(seconds: float) -> str:
    """Return a time in words that a reader can plan with."""
    if seconds < 1.0:
        return "under a second"
    for size, unit in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2.0 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} seconds"


def dry_run(sweep: Sweep, everything: Sequence[Cell], left: int, seconds: float, workers: int) -> list[str]:
    """Return the lines that ``--dry-run`` prints."""
    axes = [f"{len(values)} of {axis}" for axis, values in sweep.grid.items()]
    size = " x ".join([*axes, f"{sweep.runs} run" + "s" * (sweep.runs > 1)])
    done = f", {len(everything) - left} of them done" if left < len(everything) else ""
    many = f"{workers} workers" if workers > 1 else "1 worker"
    return [
        sweep.title,
        f"{len(everything)} cells of the experiment {sweep.experiment.name}{done}: {size}.",
        f"Estimated time on {many}: {duration(seconds)}, and a few seconds to start.",
    ]


def quantities(dataset: xarray.Dataset, *, dims: tuple[str, ...] | None = None) -> list[str]:
    """Return the names of measured quantities: no errors, ends, expectations; those with axes in `dims` if given."""
    axes = {*dataset.attrs["axes"], RUN}
    return [
        str(name)
        for name, values in dataset.data_vars.items()
        if name != "key"
        and values.dtype.kind in "fiu"
        and not any(str(name).endswith(end) and str(name).removesuffix(end) in dataset for end in ENDINGS)
        and (dims is None or {str(dim) for dim in values.dims} - axes <= set(dims))
    ]


@dataclass(frozen=True, eq=False)
class Summary:
    """One quantity over runs: shapes are those of the dataset without the axis of runs.

    Parameters
    ----------
    mean : DataArray
        Mean over runs.
    error : DataArray or None
        Standard error of `mean`, from the spread over runs, or with one run from ``X_error``.
    expected : DataArray or None
        Mean over runs of what theory expects.
    deviation : DataArray or None
        Measured minus expected in standard errors of that difference; NaN where there is no error to compare with.
    runs : int
        Number of runs.
    """

    mean: xarray.DataArray
    error: xarray.DataArray | None
    expected: xarray.DataArray | None
    deviation: xarray.DataArray | None
    runs: int

    @property
    def factor(self) -> float:
        """Half width of a 95 % interval in standard errors: Student's quantile for few runs, 1.96 for one."""
        from scipy.special import ndtri, stdtrit

        return float(stdtrit(self.runs - 1, 0.975) if self.runs > 1 else ndtri(0.975))


def _over_runs(dataset: xarray.Dataset, values: xarray.DataArray, name: str) -> xarray.DataArray | None:
    runs = values.sizes[RUN]
    if runs > 1:
        with np.errstate(invalid="ignore"):
            return values.std(RUN, ddof=1, skipna=False) / math.sqrt(runs)
    return dataset[f"{name}_error"].mean(RUN) if f"{name}_error" in dataset else None


def summarise(dataset: xarray.Dataset, name: str) -> Summary:
    """Return a quantity over runs beside its expectation."""
    values = dataset[name]
    runs = values.sizes[RUN]
    with np.errstate(invalid="ignore"):
        mean, error = values.mean(RUN, skipna=False), _over_runs(dataset, values, name)
        if f"{name}_expected" not in dataset:
            return Summary(mean, error, None, None, runs)
        expected = dataset[f"{name}_expected"]
        gap = values - expected
        spread = _over_runs(dataset, gap, name)
        if spread is not None and f"{name}_expected_error" in dataset:
            # The error of a sampled expectation is the same in all runs: they do not make it smaller.
            spread = (spread**2 + dataset[f"{name}_expected_error"].mean(RUN, skipna=False) ** 2) ** 0.5
        deviation = None if spread is None else gap.mean(RUN, skipna=False) / spread.where(spread > 0.0)
    return Summary(mean, error, expected.mean(RUN, skipna=False), deviation, runs)


def only_below(dataset: xarray.Dataset, name: str) -> xarray.DataArray:
    """Return where a quantity is a lower bound or estimate only, over runs: it says so, or its upper end is infinite.

    An infinite value is what it is.
    """
    values = dataset[name]
    below = values < math.inf
    if values.attrs.get("bound") != LOWER:
        below &= dataset[f"{name}_upper"] == math.inf if f"{name}_upper" in dataset else False
    return below.any(RUN)


def _number(value: float) -> str:
    return "-" if math.isnan(value) else "inf" if math.isinf(value) else f"{value:.4g}"


def _measured(value: float, error: float) -> str:
    if not math.isfinite(value) or not math.isfinite(error):
        return _number(value)
    # An error in the last digits of a double is rounding, not spread.
    return f"{value:.4g} ± {error:.1g}" if error > 1e-12 * abs(value) else f"{value:.4g}"


def _beside(value: float, theory: float, off: float, *, bound: bool) -> str:
    """Return how far a value is from theory; a lower bound may be any way below it."""
    if math.isfinite(value) and abs(value - theory) <= 1e-9 * abs(theory):
        return "rounding"
    if bound and value <= theory:
        return "below"
    return "-" if math.isnan(off) else f"{off:+.1f} s.e."


def _points(dataset: xarray.Dataset) -> Iterator[tuple[dict[str, int], list[str]]]:
    """Yield each point of the grid as indices, with its coordinates in words."""
    axes = [axis for axis in dataset.attrs["axes"] if axis in dataset.dims]
    for place in itertools.product(*(range(dataset.sizes[axis]) for axis in axes)):
        point = dict(zip(axes, place, strict=True))
        yield point, [coordinate(dataset, axis, i) for axis, i in point.items()]


def coordinate(dataset: xarray.Dataset, axis: str, index: int) -> str:
    """Return what a value along an axis of the grid is called."""
    value = dataset[axis].values[index]
    return f"{value:.4g}" if isinstance(value, np.floating) else str(value)


def short(axis: str) -> str:
    """Return the last part of a dotted key, which is what figures and tables call an axis."""
    return axis.rsplit(".", 1)[-1]


def _at(values: xarray.DataArray | None, point: dict[str, int]) -> float:
    return math.nan if values is None else float(values.isel(point))


def results_table(dataset: xarray.Dataset) -> list[Any]:
    """Return what `sweep` prints at the end: at the last generation, measured beside expected, and notes.

    Columns: the point of the grid; the quantity; its mean over runs with the standard error; what theory expects;
    the difference in standard errors. Without anything expected, all quantities are listed.
    """
    # Counts of samples are a record of the settings.
    names = [name for name in quantities(dataset, dims=ALONG) if dataset[name].attrs["units"] != SAMPLES]
    compared = [name for name in names if f"{name}_expected" in dataset]
    last = dataset.isel({dim: -1 for dim in ALONG if dim in dataset.dims})
    generation = f", generation {dataset.sizes[GENERATION] - 1}" if GENERATION in dataset.dims else ""
    table = Table(title=f"{dataset.attrs['title']}{generation}", title_justify="left", box=SIMPLE_HEAD,
                  header_style="bold", padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)  # fmt: skip
    varied = [axis for axis in dataset.attrs["axes"] if dataset.sizes[axis] > 1]
    for axis in varied:
        table.add_column(short(axis))
    table.add_column("quantity", overflow="fold")
    table.add_column("measured", justify="right", no_wrap=True)
    if compared:
        table.add_column("expected", justify="right", no_wrap=True)
        table.add_column("off by", justify="right", no_wrap=True)
    rows = []
    for name in compared or names:
        summary, below = summarise(last, name), only_below(last, name)
        for point, words in _points(last):
            off = math.nan if 1 < summary.runs < FEWEST_RUNS else _at(summary.deviation, point)
            value, theory = _at(summary.mean, point), _at(summary.expected, point)
            bound = bool(_at(below, point))
            rows.append(
                (
                    *(word for axis, word in zip(point, words, strict=True) if axis in varied),
                    name,
                    f"{'≥ ' * bound}{_measured(value, _at(summary.error, point))}",
                    *((_number(theory), _beside(value, theory, off, bound=bound)) if compared else ()),
                )
            )
    for row in rows[:MOST_ROWS]:
        table.add_row(*row)
    notes = ["≥: a lower bound or estimate only."] if any("≥" in cell for row in rows for cell in row) else []
    notes += [f"{len(rows) - MOST_ROWS} more rows are in the dataset."] * (len(rows) > MOST_ROWS)
    others = [name for name in quantities(dataset) if name not in (compared or names)]
    if others:
        notes.append(f"Also measured: {', '.join(others)}.")
    return [table, *notes]
