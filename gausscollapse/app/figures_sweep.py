"""Figures of sweeps: trajectories with bands and theory, samples by generation, points on the regime map."""

from __future__ import annotations

import itertools
import json
import math
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.app.figures import BLACK, BLUE, GREEN, ORANGE, PURPLE, new_grid, save
from gausscollapse.app.figures_regimes import RegimePoint, regimes_figure
from gausscollapse.app.tables_sweep import ALONG, GENERATION, RUN, Summary, coordinate, quantities, short, summarise
from gausscollapse.core.exceptions import UnknownNameError
from gausscollapse.core.validation import Array

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "pdf", "svg")
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, "#56B4E9", "#E69F00", "0.4")
MARKERS = "osD^vPX"
PICTURES, POINTS = "pictures", "points"
SAMPLES = "samples"
CORRELATION, RATIO, FRESH = "successive_correlation", "drift_ratio", "fresh"
MOST_PANELS, MOST_COLUMNS, MOST_ROWS, MOST_LINES = 8, 4, 6, 10
MOST_POINTS = 600


def write_figures(dataset: xarray.Dataset, folder: Path, ending: str = "png") -> list[Path]:
    """Write all figures that a dataset of a sweep gives, and return their paths.

    One ``trajectory-X`` for each quantity X along generations or innovations, ``dependence-X`` for each single number
    along the longest numeric axis of the grid, ``pictures`` and ``points`` where samples were kept, and ``regimes``
    where drift and correlation of innovations were measured.

    Raises
    ------
    UnknownNameError
        If the ending is another one than png, pdf or svg.
    """
    if ending not in FORMATS:
        raise UnknownNameError("format", ending, "is not known", ", ".join(FORMATS))
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures(dataset):
        paths.append(folder / f"{name}.{ending}")
        save(figure, paths[-1])
    return paths


def figures(dataset: xarray.Dataset) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of a dataset with their names; see `write_figures`."""
    numeric = [axis for axis in dataset.attrs["axes"] if dataset[axis].dtype.kind in "fi" and dataset.sizes[axis] > 1]
    longest = max(numeric, key=lambda axis: dataset.sizes[axis], default=None)
    for name in quantities(dataset):
        inner = _inner(dataset, name)
        along = next((dim for dim in ALONG if dim in inner), None if inner else longest)
        lines = math.prod(dataset.sizes[dim] for dim in inner if dim != along)
        if along is None or dataset.sizes[along] < 2 or len(inner) > 2 or lines > MOST_LINES:
            continue
        # Counts of samples are a record of the settings; one finite point is no curve.
        if dataset[name].attrs["units"] == SAMPLES:
            continue
        if np.any(np.isfinite(dataset[name].isel({along: slice(1, None)}).values)):
            yield f"{'dependence' if not inner else 'trajectory'}-{name}", curves_figure(dataset, name, along)
    for name, build in ((PICTURES, pictures_figure), (POINTS, points_figure)):
        if name in dataset:
            yield name, build(dataset)
    points = regime_points(dataset)
    if points:
        yield "regimes", regimes_figure(points)


def _inner(dataset: xarray.Dataset, name: str) -> list[str]:
    axes = {*dataset.attrs["axes"], RUN}
    return [str(dim) for dim in dataset[name].dims if dim not in axes]


def _varied(dataset: xarray.Dataset, besides: str | None = None) -> list[str]:
    """Return the axes of the grid with several values; a fresh fraction comes first, for it gets the colours."""
    axes = [axis for axis in dataset.attrs["axes"] if dataset.sizes[axis] > 1 and axis != besides]
    return sorted(axes, key=lambda axis: short(axis) != FRESH)


def _places(dataset: xarray.Dataset, axes: list[str]) -> list[dict[str, int]]:
    every = itertools.product(*(range(dataset.sizes[axis]) for axis in axes))
    return [dict(zip(axes, place, strict=True)) for place in every]


def _words(dataset: xarray.Dataset, place: dict[str, int]) -> str:
    return ", ".join(f"{short(axis)} = {coordinate(dataset, axis, i)}" for axis, i in place.items())


def _rest(dataset: xarray.Dataset, kept: list[str]) -> dict[str, int]:
    """Return index 0 along the axes of the grid that have one value only."""
    return {axis: 0 for axis in dataset.attrs["axes"] if axis not in kept}


def curves_figure(dataset: xarray.Dataset, name: str, along: str) -> Figure:
    """Return the figure of a quantity along an axis: mean over runs with its band, bounds, and theory laid over.

    One colour for each value of the first axis of the grid (or of the quantity's own second axis), one panel for each
    point of the others.
    """
    inner = [dim for dim in _inner(dataset, name) if dim != along]
    varied = _varied(dataset, along)
    coloured = inner[0] if inner else varied[0] if varied else None
    panels = [axis for axis in varied if axis != coloured]
    places = _places(dataset, panels)
    shown = places[:MOST_PANELS]
    rows = math.ceil(len(shown) / MOST_COLUMNS)
    columns = math.ceil(len(shown) / rows)
    figure, grid = new_grid(rows, columns, width=max(4.2, 7.0 / columns), height=4.4, sharey=True, sharex=True)
    axes = [panel for row in grid for panel in row]
    for panel in axes[len(shown) :]:
        panel.set_axis_off()
    summary = summarise(dataset, name)
    bounds = _bounds(dataset, name, summary)
    limits = _decades(summary, bounds) if _wide(summary) else None
    for panel, place in zip(axes, shown, strict=False):
        fixed = {**_rest(dataset, [*varied, along]), **place}
        # Below the frame of a logarithmic axis a band ends, so that its lower end may be zero or negative.
        floor = -math.inf if limits is None else 0.1 * limits[0]
        _draw_curves(panel, dataset, summary, bounds, fixed, along, coloured, floor)
        if limits is not None:
            panel.set_yscale("log", nonpositive="mask")
            panel.set_ylim(*limits)
        elif float(summary.mean.min()) >= 0.0:
            panel.set_ylim(bottom=0.0)
        if along in ALONG:
            panel.locator_params(axis="x", integer=True)
        elif _spread(dataset[along].values):
            panel.set_xscale("log")
        panel.grid(visible=True, which="major", color="0.9", linewidth=0.6)
        panel.set_axisbelow(True)
        if place:
            panel.set_title(_words(dataset, place), loc="left", fontsize=10.5)
    for row in grid:
        row[0].set_ylabel(_label(dataset, name))
    # The lowest panel of each column: the last row can be shorter than the others.
    for panel in axes[max(0, len(shown) - columns) : len(shown)]:
        panel.set_xlabel(along.replace("_", " ") if along in ALONG else short(along))
        panel.tick_params(labelbottom=True)
    more = f" (first {len(shown)} of {len(places)} panels)" if len(places) > len(shown) else ""
    width = int(10.5 * figure.get_figwidth())
    title = textwrap.fill(f"{name}: {_finding(dataset, summary, along)}{more}", width)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    _legend(figure, axes[0], summary, bounds)
    return figure


def _spread(values: Array) -> bool:
    return bool(np.all(values > 0)) and float(values.max()) >= 20.0 * float(values.min())


def _wide(summary: Summary) -> bool:
    """Return whether a logarithmic axis serves: positive values, save the start, over more than a factor of 30."""
    values = summary.mean.values[np.isfinite(summary.mean.values)]
    positive = values[values > 0.0]
    return bool(np.all(values >= 0.0)) and positive.size > 0 and positive.max() > 30.0 * positive.min()


def _decades(summary: Summary, bounds: tuple[xarray.DataArray, xarray.DataArray] | None) -> tuple[float, float]:
    """Return limits that hold what was measured and theory; a lower end that vanishes must not set the scale."""
    seen = [summary.mean, *([] if summary.expected is None else [summary.expected])]
    values = np.concatenate([each.values.ravel() for each in seen])
    values = values[np.isfinite(values) & (values > 0.0)]
    above = [] if bounds is None else [float(bounds[1].where(np.isfinite(bounds[1])).max())]
    return 0.5 * float(values.min()), 2.0 * max([float(values.max()), *above])


def _label(dataset: xarray.Dataset, name: str) -> str:
    attributes = dataset[name].attrs
    units = "dimensionless" if attributes["units"] == "1" else attributes["units"]
    return textwrap.fill(f"{attributes['long_name'].split(';')[0]} ({units})", 26)


def _bounds(dataset: xarray.Dataset, name: str, summary: Summary) -> tuple[xarray.DataArray, xarray.DataArray] | None:
    """Return the ends of the interval of a quantity where they can be told from it in a figure."""
    if f"{name}_lower" not in dataset or f"{name}_upper" not in dataset:
        return None
    lower, upper = dataset[f"{name}_lower"].mean(RUN), dataset[f"{name}_upper"].mean(RUN)
    largest = float(np.abs(summary.mean.where(np.isfinite(summary.mean))).max())
    return (lower, upper) if float((upper - lower).max()) > 0.005 * largest else None


def _draw_curves(
    panel: Axes,
    dataset: xarray.Dataset,
    summary: Summary,
    bounds: tuple[xarray.DataArray, xarray.DataArray] | None,
    fixed: dict[str, int],
    along: str,
    coloured: str | None,
    floor: float,
) -> None:
    count = dataset.sizes[coloured] if coloured else 1
    x = dataset[along].values if along in dataset.coords else np.arange(dataset.sizes[along])
    shades = _shades(count)
    for index in range(count):
        place = {**fixed, **({coloured: index} if coloured else {})}
        place.pop(along, None)
        mean = _finite(summary.mean, place)
        label = _line_label(dataset, coloured, index)
        marker = MARKERS[index % len(MARKERS)]
        panel.plot(
            x, mean, color=shades[index], label=label, linewidth=1.5, marker=marker, markersize=4.0,
            markevery=max(1, len(x) // 10), zorder=3,
        )  # fmt: skip
        if summary.error is not None:
            error = summary.factor * np.nan_to_num(_finite(summary.error, place))
            low, drawn = np.maximum(mean - error, floor), mean > floor
            panel.fill_between(x, low, mean + error, where=drawn, color=shades[index], alpha=0.2, linewidth=0.0)
        for end in bounds or ():
            panel.plot(x, _finite(end, place), color=shades[index], linestyle=":", linewidth=1.3)
        if summary.expected is not None:
            panel.plot(x, _finite(summary.expected, place), color=BLACK, linestyle="--", linewidth=1.1, zorder=4)


def _shades(count: int) -> list[Any]:
    from matplotlib import colormaps

    if count <= len(COLOURS):
        return list(COLOURS[:count])
    return list(colormaps["viridis"](np.linspace(0.0, 0.9, count)))


def _line_label(dataset: xarray.Dataset, coloured: str | None, index: int) -> str:
    if coloured is None:
        return "measured"
    if coloured in dataset.coords:
        return f"{short(coloured)} = {coordinate(dataset, coloured, index)}"
    return f"{coloured} {index}"


def _finite(values: xarray.DataArray, place: dict[str, int]) -> Array:
    found = np.asarray(values.isel(place, missing_dims="ignore").values, dtype=np.float64)
    return np.where(np.isfinite(found), found, np.nan)


def _legend(figure: Figure, panel: Axes, summary: Summary, bounds: Any) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles, labels = panel.get_legend_handles_labels()
    if summary.error is not None:
        over = f", {summary.runs} runs" if summary.runs > 1 else ""
        handles.append(Patch(color="0.5", alpha=0.3, linewidth=0.0))
        labels.append(f"95 % interval of the mean{over}")
    if bounds is not None:
        handles.append(Line2D([], [], color="0.4", linestyle=":"))
        labels.append("lower and upper end")
    if summary.expected is not None:
        handles.append(Line2D([], [], color=BLACK, linestyle="--"))
        labels.append("theory")
    columns = max(1, int(figure.get_figwidth() / (0.65 + 0.078 * max(map(len, labels)))))
    rows = math.ceil(len(labels) / columns)
    figure.legend(
        handles, labels, loc="outside lower center", ncols=math.ceil(len(labels) / rows), frameon=False, fontsize=10
    )


def _finding(dataset: xarray.Dataset, summary: Summary, along: str) -> str:
    """Return what the figure shows, in words: how far from theory, or where it ends."""
    if summary.expected is not None:
        gap, size = np.abs((summary.mean - summary.expected).values), np.abs(summary.expected.values)
        finite = np.isfinite(gap)
        gap, size = gap[finite], size[finite]
        if np.all(gap <= 1e-9 * size.max(initial=0.0)):
            return "equal to theory, to rounding"
        if summary.deviation is not None:
            off = np.abs(summary.deviation.values)
            off = off[np.isfinite(off)]
            if off.size:
                near = int(np.sum(off <= summary.factor))
                return f"theory is inside the 95 % interval at {near} of {off.size} points"
        relative = np.max(gap[size > 0.0] / size[size > 0.0], initial=0.0)
        return f"within {100.0 * float(relative):.2g} % of theory"
    last = summary.mean.isel({along: -1}) if along in ALONG else summary.mean
    values = last.where(np.isfinite(last))
    if not bool(np.isfinite(values).any()):
        return f"infinite at {along} {dataset.sizes[along] - 1}"
    where = f"at {along} {dataset.sizes[along] - 1}" if along in ALONG else "on the grid"
    low, high = float(values.min()), float(values.max())
    if values.size == 1 or low == high:
        return f"{low:.3g} {where}"
    ends = [_where(dataset, values, int(find(values.values))) for find in (np.nanargmin, np.nanargmax)]
    return f"{where} from {low:.3g} ({ends[0]}) to {high:.3g} ({ends[1]})"


def _where(dataset: xarray.Dataset, values: xarray.DataArray, flat: int) -> str:
    index = np.unravel_index(flat, values.shape)
    place = {str(dim): int(i) for dim, i in zip(values.dims, index, strict=True) if values.sizes[dim] > 1}
    return ", ".join(_line_label(dataset, dim, i) for dim, i in place.items())


def _chosen(count: int) -> np.ndarray[Any, Any]:
    """Return at most `MOST_ROWS` generations, the first and the last among them, denser at the start."""
    if count <= MOST_ROWS:
        return np.arange(count)
    return np.unique(np.round(np.concatenate([[0.0], np.geomspace(1, count - 1, MOST_ROWS - 1)])).astype(int))


def _by_generation(dataset: xarray.Dataset, name: str, **options: Any) -> tuple[Figure, Iterator[tuple[Axes, Array]]]:
    """Return a figure with a row for each point of the grid and a column for each chosen generation, and its samples.

    Samples are those of run 0.
    """
    varied = _varied(dataset)
    places = _places(dataset, varied)
    shown = [places[i] for i in np.unique(np.linspace(0, len(places) - 1, min(MOST_ROWS, len(places))).astype(int))]
    generations = _chosen(dataset.sizes[GENERATION])
    figure, grid = new_grid(len(shown), len(generations), width=2.0, height=2.12, **options)
    for panel, generation in zip(grid[0], generations, strict=True):
        panel.set_title(f"generation {generation}", fontsize=11)
    for row, place in zip(grid, shown, strict=True):
        row[0].set_ylabel(_words(dataset, place).replace(", ", "\n"), fontsize=11)

    def samples() -> Iterator[tuple[Axes, Array]]:
        for row, place in zip(grid, shown, strict=True):
            chosen = dataset[name].isel({**_rest(dataset, varied), **place, RUN: 0})
            for panel, generation in zip(row, generations, strict=True):
                yield panel, chosen.isel({GENERATION: int(generation)}).values

    more = f" ({len(shown)} of {len(places)} points of the grid)" if len(places) > len(shown) else ""
    figure.suptitle(f"{dataset.attrs['title']}{more}", x=0.01, ha="left", fontsize=12)
    return figure, samples()


def montage(pictures: Array) -> Array:
    """Return pictures, shape (n, rows, columns), as one square sheet of at most 16 with NaN between them."""
    side = min(4, max(1, math.isqrt(len(pictures))))
    height, width = pictures.shape[1:]
    sheet = np.full((side * (height + 1) - 1, side * (width + 1) - 1), np.nan)
    for i, picture in enumerate(pictures[: side * side]):
        top, left = (i // side) * (height + 1), (i % side) * (width + 1)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def pictures_figure(dataset: xarray.Dataset) -> Figure:
    """Return sheets of sample pictures by generation, a row for each point of the grid.

    All sheets have one scale of greys, from the first to the ninety-ninth percentile of generation 0.
    """
    first = dataset[PICTURES].isel({GENERATION: 0}).values
    low, high = np.nanpercentile(first, [1.0, 99.0])
    figure, samples = _by_generation(dataset, PICTURES)
    for panel, pictures in samples:
        panel.imshow(montage(pictures), cmap="gray_r", vmin=low, vmax=high if high > low else low + 1.0)
        panel.set_xticks([])
        panel.set_yticks([])
        panel.set_facecolor("0.85")
        panel.spines[:].set_visible(False)
    return figure


def points_figure(dataset: xarray.Dataset) -> Figure:
    """Return samples by generation, a row for each point of the grid: scatters of two coordinates, or histograms."""
    values = dataset[POINTS]
    plane = values.sizes[values.dims[-1]] > 1
    start = values.isel({GENERATION: 0}).values
    start = start.reshape(-1, start.shape[-1])
    low, high = np.nanmin(start, axis=0), np.nanmax(start, axis=0)
    margin = 0.35 * np.maximum(high - low, 1e-12)
    figure, samples = _by_generation(dataset, POINTS, sharex=True, sharey=True)
    panels = []
    for panel, points in samples:
        panels.append(panel)
        if plane:
            panel.scatter(
                points[:MOST_POINTS, 0], points[:MOST_POINTS, 1], s=5.0, color=BLUE, alpha=0.5, linewidths=0.0
            )
        else:
            edges = np.linspace(low[0] - margin[0], high[0] + margin[0], 41).tolist()
            panel.hist(points[:, 0], bins=edges, density=True, color=BLUE)
    panels[0].set_xlim(low[0] - margin[0], high[0] + margin[0])
    if plane:
        panels[0].set_ylim(low[1] - margin[1], high[1] + margin[1])
    figure.supxlabel("first coordinate (length)", fontsize=11)
    figure.supylabel("second coordinate (length)" if plane else "density (1/length)", fontsize=11)
    return figure


def _fresh_axis(dataset: xarray.Dataset) -> str | None:
    return next((a for a in dataset.attrs["axes"] if short(a) == FRESH and dataset[a].dtype.kind in "fi"), None)


def _fresh_setting(dataset: xarray.Dataset) -> float | None:
    """Return the one fresh fraction of the settings, at the top or in the table ``retraining``."""
    settings = json.loads(dataset.attrs["settings"])
    value = settings.get(FRESH, settings.get("retraining", {}).get(FRESH))
    return float(value) if isinstance(value, int | float) else None


def _correlation_and_ratio(dataset: xarray.Dataset) -> tuple[xarray.DataArray, xarray.DataArray] | None:
    """Return the correlation of successive innovations and drift over innovation energy, over runs; None without."""
    if CORRELATION in dataset and RATIO in dataset:
        return dataset[CORRELATION].mean(RUN), dataset[RATIO].mean(RUN)
    if not all(name in dataset for name in ("chi2", "innovation_energy", "innovation_product")):
        return None
    energy, product = dataset["innovation_energy"], dataset["innovation_product"]
    size = np.sqrt(energy.values[..., 1:] * energy.values[..., :-1])
    rho = product.sum((RUN, "pair")) / product.copy(data=size).sum((RUN, "pair"))
    return rho, dataset["chi2"].isel({GENERATION: -1}).mean(RUN) / energy.mean((RUN, "innovation"))


def regime_points(dataset: xarray.Dataset) -> list[RegimePoint]:
    """Return the measured points that lie on the regime map: means over runs, fresh fractions above 0.05."""
    measured = _correlation_and_ratio(dataset)
    if measured is None:
        return []
    rho, ratio = measured
    axis, setting = _fresh_axis(dataset), _fresh_setting(dataset)
    found = []
    for place in _places(dataset, dataset.attrs["axes"]):
        fresh = float(dataset[axis].values[place[axis]]) if axis else setting
        others = {a: i for a, i in place.items() if a != axis and dataset.sizes[a] > 1}
        values = float(rho.isel(place)), float(ratio.isel(place))
        if fresh is None or not 0.05 <= fresh <= 1.0 or not np.all(np.isfinite(values)) or values[1] <= 0.0:
            continue
        label = ", ".join(coordinate(dataset, a, i) for a, i in others.items())
        found.append(RegimePoint(fresh, *values, label or "measured", ", ".join(map(short, others))))
    return found
