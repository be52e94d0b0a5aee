"""Figures of a sweep's quantities: means over runs with bands, ends of intervals, and theory laid over."""

from __future__ import annotations

import math
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.app.figures import BLACK, BLUE, GREEN, ORANGE, PURPLE, new_grid
from gausscollapse.app.figures_beyond import axis_top, beyond_legend, mark_beyond
from gausscollapse.app.grids import (
    Place,
    axis_words,
    inner_axes,
    place_words,
    places,
    single_axes,
    value_words,
    varied_axes,
)
from gausscollapse.app.tables_sweep import ALONG, RUN, Summary, only_below, summarise
from gausscollapse.core.validation import Array

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (BLUE, ORANGE, GREEN, PURPLE, "#56B4E9", "#E69F00", "0.4")
MARKERS = "osD^vPX"
MOST_PANELS, MOST_COLUMNS = 8, 4


@dataclass(frozen=True, eq=False)
class Curves:
    """A quantity along an axis of a dataset, and how it is laid out.

    Parameters
    ----------
    dataset : Dataset
        Of the sweep.
    name, along : str
        The quantity and the axis of its curves.
    coloured : str or None
        The axis that gets the colours.
    panels : list of str
        The axes that get the panels.
    summary : Summary
        The quantity over runs.
    ends : pair of DataArray or None
        The ends of its interval, where they can be told from it in a figure.
    below : DataArray
        Where it is a lower bound or estimate only.
    """

    dataset: xarray.Dataset
    name: str
    along: str
    coloured: str | None
    panels: list[str]
    summary: Summary
    ends: tuple[xarray.DataArray, xarray.DataArray] | None
    below: xarray.DataArray


def _laid_out(dataset: xarray.Dataset, name: str, along: str) -> Curves:
    inner = [dim for dim in inner_axes(dataset, name) if dim != along]
    varied = varied_axes(dataset, along)
    coloured = inner[0] if inner else varied[0] if varied else None
    summary = summarise(dataset, name)
    panels = [axis for axis in varied if axis != coloured]
    return Curves(
        dataset, name, along, coloured, panels, summary, _ends(dataset, name, summary), only_below(dataset, name)
    )


def _ends(dataset: xarray.Dataset, name: str, summary: Summary) -> tuple[xarray.DataArray, xarray.DataArray] | None:
    if f"{name}_lower" not in dataset or f"{name}_upper" not in dataset:
        return None
    lower, upper = dataset[f"{name}_lower"].mean(RUN), dataset[f"{name}_upper"].mean(RUN)
    largest = float(np.abs(summary.mean.where(np.isfinite(summary.mean))).max())
    return (lower, upper) if float((upper - lower).max()) > 0.005 * largest else None


def curves_figure(dataset: xarray.Dataset, name: str, along: str) -> Figure:
    """Return the figure of a quantity along an axis: mean over runs with its band, bounds, and theory laid over.

    One colour for each value of the first axis of the grid (or of the quantity's own second axis), one panel for each
    point of the others.
    """
    curves = _laid_out(dataset, name, along)
    every = places(dataset, curves.panels)
    shown = every[:MOST_PANELS]
    rows = math.ceil(len(shown) / MOST_COLUMNS)
    columns = math.ceil(len(shown) / rows)
    figure, grid = new_grid(rows, columns, width=max(3.4, 7.0 / columns), height=4.4, sharey=True, sharex=True)
    panels = [panel for row in grid for panel in row]
    limits = _decades(curves) if _wide(curves) else None
    for panel, place in zip(panels, shown, strict=False):
        _draw(panel, curves, place, limits)
        panel.grid(visible=True, which="major", color="0.9", linewidth=0.6)
        panel.set_axisbelow(True)
        panel.set_title(place_words(dataset, place), loc="left", fontsize=10.5)
    for panel in panels[len(shown) :]:
        panel.set_axis_off()
    _scale(panels[0], curves, limits)
    for row in grid:
        row[0].set_ylabel(_label(dataset, name, below=bool(curves.below.any())))
    # The lowest panel of each column: the last row can be shorter than the others.
    for panel in panels[max(0, len(shown) - columns) : len(shown)]:
        panel.set_xlabel(axis_words(along))
        panel.tick_params(labelbottom=True)
    more = f" (first {len(shown)} of {len(every)} panels)" if len(every) > len(shown) else ""
    title = textwrap.fill(f"{_called(dataset, name)}{_finding(curves)}{more}", int(10.5 * figure.get_figwidth()))
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    _legend(figure, panels, curves)
    return figure


def _scale(panel: Axes, curves: Curves, limits: tuple[float, float] | None) -> None:
    """Set the scales of all panels, which share them, once everything is drawn."""
    if limits is not None:
        panel.set_yscale("log", nonpositive="mask")
        panel.set_ylim(*limits)
    elif float(curves.summary.mean.min()) >= 0.0:
        panel.set_ylim(0.0, 1.04 * panel.get_ylim()[1])
    if curves.along in ALONG:
        panel.locator_params(axis="x", integer=True)
    elif _spread(curves.dataset[curves.along].values):
        panel.set_xscale("log")


def _spread(values: Array) -> bool:
    return bool(np.all(values > 0)) and float(values.max()) >= 20.0 * float(values.min())


def _wide(curves: Curves) -> bool:
    """Return whether a logarithmic axis serves: positive values, save the start, over more than a factor of 30.

    A zero later on, as the share of a mode that has died, would not be seen on it.
    """
    mean = curves.summary.mean
    values = mean.values[np.isfinite(mean.values)]
    positive = values[values > 0.0]
    later = mean.isel({curves.along: slice(1, None)}) if curves.along in ALONG else mean
    return bool((mean >= 0.0).all() and (later != 0.0).all()) and positive.max(initial=0.0) > 30.0 * positive.min(
        initial=math.inf
    )


def _decades(curves: Curves) -> tuple[float, float]:
    """Return limits that hold what was measured, bands above, and theory, unless a few values would squash the rest.

    A lower end that vanishes sets nothing.
    """
    summary, ends = curves.summary, curves.ends
    seen = [summary.mean, *([] if summary.expected is None else [summary.expected])]
    values = np.concatenate([each.values.ravel() for each in seen])
    values = values[np.isfinite(values) & (values > 0.0)]
    tops = [] if summary.error is None else [summary.mean + summary.factor * summary.error]
    tops += [] if ends is None else [ends[1]]
    above = [float(np.max(top.values, initial=0.0, where=np.isfinite(top.values))) for top in tops]
    measured = summary.mean.values[np.isfinite(summary.mean.values) & (summary.mean.values > 0.0)]
    return 0.5 * float(values.min()), min(2.0 * max([float(values.max()), *above]), axis_top(measured))


def _called(dataset: xarray.Dataset, name: str) -> str:
    """Return what a quantity is called in a title: its words up to the first remark."""
    words = re.split(r"[;,]| \(", str(dataset[name].attrs["long_name"]))[0].strip()
    return words[:1].upper() + words[1:] if " " in words else words


def _label(dataset: xarray.Dataset, name: str, *, below: bool) -> str:
    attributes = dataset[name].attrs
    units = "dimensionless" if attributes["units"] == "1" else attributes["units"]
    words = attributes["long_name"].split(";")[0]
    said = "" if not below or "lower" in words else ", a lower estimate"
    return textwrap.fill(f"{words}{said} ({units})", 26)


def _draw(panel: Axes, curves: Curves, place: Place, limits: tuple[float, float] | None) -> None:
    # Below the frame of a logarithmic axis a band ends, so that its lower end may be zero or negative.
    floor, top = (-math.inf, math.inf) if limits is None else (0.1 * limits[0], limits[1])
    dataset, summary, along, coloured = curves.dataset, curves.summary, curves.along, curves.coloured
    kept = [*curves.panels, along, *([coloured] if coloured else [])]
    x = np.asarray(
        dataset[along].values if along in dataset.coords else range(dataset.sizes[along]), dtype=np.float64
    )
    shades = _shades(dataset.sizes[coloured] if coloured else 1)
    for index, shade in enumerate(shades):
        here = {**single_axes(dataset, kept), **place, **({coloured: index} if coloured else {})}
        here.pop(along, None)
        mean = _finite(summary.mean, here)
        panel.plot(
            x, mean, color=shade, label=_line_label(dataset, coloured, index), linewidth=1.5,
            marker=MARKERS[index % len(MARKERS)], markersize=4.0, markevery=max(1, len(x) // 10), zorder=3,
        )  # fmt: skip
        raw = np.asarray(summary.mean.isel(here, missing_dims="ignore").values, dtype=np.float64)
        mark_beyond(panel, np.asarray(x, dtype=np.float64), raw, top, shade=shade, row=index)
        if summary.error is not None:
            error = summary.factor * np.nan_to_num(_finite(summary.error, here))
            low, drawn = np.maximum(mean - error, floor), mean > floor
            panel.fill_between(x, low, mean + error, where=drawn, color=shade, alpha=0.2, linewidth=0.0)
        for end in curves.ends or ():
            panel.plot(x, _finite(end, here), color=shade, linestyle=":", linewidth=1.3)
        if summary.expected is not None:
            panel.plot(x, _finite(summary.expected, here), color=BLACK, linestyle="--", linewidth=1.1, zorder=4)


def _shades(count: int) -> list[Any]:
    from matplotlib import colormaps

    if count <= len(COLOURS):
        return list(COLOURS[:count])
    return list(colormaps["viridis"](np.linspace(0.0, 0.9, count)))


def _line_label(dataset: xarray.Dataset, coloured: str | None, index: int) -> str:
    if coloured is None:
        return "measured"
    if coloured in dataset.coords:
        return value_words(dataset, coloured, index)
    return f"{coloured} {index}"


def _finite(values: xarray.DataArray, place: dict[str, int]) -> Array:
    found = np.asarray(values.isel(place, missing_dims="ignore").values, dtype=np.float64)
    return np.where(np.isfinite(found), found, np.nan)


def _legend(figure: Figure, panels: list[Axes], curves: Curves) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    summary = curves.summary
    handles, labels = panels[0].get_legend_handles_labels()
    if summary.error is not None:
        over = f", {summary.runs} runs" if summary.runs > 1 else ""
        handles.append(Patch(color="0.5", alpha=0.3, linewidth=0.0))
        labels.append(f"95 % interval of the mean{over}")
    if curves.ends is not None:
        handles.append(Line2D([], [], color="0.4", linestyle=":"))
        lower, upper = curves.ends
        labels.append("lower and upper end" if bool(((upper > lower) & np.isfinite(upper)).any()) else "lower end")
    if summary.expected is not None:
        handles.append(Line2D([], [], color=BLACK, linestyle="--"))
        labels.append("theory")
    finite = summary.mean.values[np.isfinite(summary.mean.values)]
    for handle, words in beyond_legend(panels, float(finite.max(initial=0.0))):
        handles.append(handle)
        labels.append(words)
    columns = max(1, int(figure.get_figwidth() / (0.65 + 0.078 * max(map(len, labels)))))
    rows = math.ceil(len(labels) / columns)
    figure.legend(
        handles, labels, loc="outside lower center", ncols=math.ceil(len(labels) / rows), frameon=False, fontsize=10
    )


def _finding(curves: Curves) -> str:
    """Return what the figure shows, in words: how far from theory, or where it ends."""
    expected = curves.summary.expected
    if expected is None:
        return f" {_where_it_ends(curves)}"
    below = bool(curves.below.any())
    return f": {_below_theory(curves, expected) if below else _from_theory(curves.summary, expected)}"


def _below_theory(curves: Curves, expected: xarray.DataArray) -> str:
    """Return how often a lower estimate is where it must be, up to its error."""
    summary = curves.summary
    least = summary.mean if summary.error is None else summary.mean - summary.factor * summary.error
    known = np.isfinite(summary.mean.values) & np.isfinite(expected.values)
    below = int(np.sum((least <= expected).values & known))
    return f"a lower estimate, not above theory at {below} of {int(np.sum(known))} points"


def _from_theory(summary: Summary, expected: xarray.DataArray) -> str:
    gap, size = np.abs((summary.mean - expected).values), np.abs(expected.values)
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


def _where_it_ends(curves: Curves) -> str:
    dataset, along = curves.dataset, curves.along
    last = curves.summary.mean.isel({along: -1}) if along in ALONG else curves.summary.mean
    values = last.where(np.isfinite(last))
    final = int(dataset[along].values[-1]) if along in dataset.coords else dataset.sizes[along] - 1
    if not bool(np.isfinite(values).any()):
        return f"infinite at {axis_words(along)} {final}"
    where = f"at {axis_words(along)} {final}" if along in ALONG else "on the grid"
    low, high = float(values.min()), float(values.max())
    if values.size == 1 or low == high:
        return f"{low:.3g} {where}"
    ends = [_where(dataset, values, int(find(values.values))) for find in (np.nanargmin, np.nanargmax)]
    return f"{where}: {low:.3g} with {ends[0]}, {high:.3g} with {ends[1]}"


def _where(dataset: xarray.Dataset, values: xarray.DataArray, flat: int) -> str:
    index = np.unravel_index(flat, values.shape)
    place = {str(dim): int(i) for dim, i in zip(values.dims, index, strict=True) if values.sizes[dim] > 1}
    return ", ".join(_line_label(dataset, dim, i) for dim, i in place.items())
