"""Figures of verification: both sides of a comparison over all instances, and the trace of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gausscollapse.app.rows import Trace
from gausscollapse.checking.theorem_report import Cloud

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINT, LIMIT, SPECIAL = "#3b6ea8", "#8a8f98", "#c2571a"
# A side that takes more than this is called by its place.
LONGEST_LABEL = 48
WHERE = {"upper": "holds below the line", "lower": "holds above the line"}


def _new() -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 3.8))
    axes = figure.add_axes((0.17, 0.14, 0.8, 0.82))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.grid(color="#eceff3", linewidth=0.7)
    axes.set_axisbelow(True)
    return figure, axes


def scatter(cloud: Cloud) -> Figure:
    """Return both sides of a comparison over all instances, with the line of equality and the tightest instance.

    Logarithmic where all values are positive; points at or below 0, or infinite, are counted in the caption.
    """
    figure, axes = _new()
    shown = _shown(cloud)
    x, y = cloud.rhs[shown], cloud.lhs[shown]
    if x.size and np.all(x > 0.0) and np.all(y > 0.0):
        _log_axis(axes.xaxis)
        _log_axis(axes.yaxis)
    axes.scatter(x, y, s=9, color=POINT, alpha=0.45, linewidths=0, rasterized=True)
    if x.size:
        low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
        if low == high:
            low, high = low - 0.5 * abs(low or 1.0), high + 0.5 * abs(high or 1.0)
        axes.plot([low, high], [low, high], color=LIMIT, linewidth=1.2, label="equality")
        if cloud.kind in WHERE:
            best = _tightest(cloud, x, y)
            axes.scatter(x[best], y[best], s=46, facecolors="none", edgecolors=SPECIAL, linewidths=1.6,
                         label="tightest", zorder=3)  # fmt: skip
        axes.legend(frameon=False, fontsize=8, loc="best")
    left, right = _sides(cloud.name)
    axes.set_xlabel(right, fontsize=9, parse_math=False)
    axes.set_ylabel(left, fontsize=9, parse_math=False)
    return figure


def scatter_caption(cloud: Cloud) -> str:
    """Return what is drawn, and how many points are not."""
    left_out = int(cloud.lhs.size - np.sum(_shown(cloud)))
    note = f"; {left_out} with a side that is not positive or not finite are left out" if left_out else ""
    return f"{cloud.name}: {cloud.lhs.size} instances, {WHERE.get(cloud.kind, 'holds on the line')}{note}."


def trace_figure(trace: Trace) -> Figure:
    """Return the smallest normalised slack so far against the evaluations of a search."""
    figure, axes = _new()
    best = np.minimum.accumulate(trace.best[:, 1])
    moments, values = np.append(trace.best[:, 0], trace.evaluations), np.append(best, best[-1])
    if trace.exact:
        values = np.maximum(-values, 1e-17)
    axes.set_ylabel("largest relative difference" if trace.exact else "smallest slack over larger side", fontsize=9)
    if trace.exact or (np.all(values > 0.0) and values.max() > 10.0 * values.min()):
        _log_axis(axes.yaxis)
    elif np.any(values <= 0.0):
        axes.axhline(0.0, color=LIMIT, linewidth=1.2)
    axes.step(moments, values, where="post", color=POINT, linewidth=1.6)
    _log_axis(axes.xaxis)
    axes.set_xlabel("evaluations", fontsize=9)
    return figure


def _log_axis(axis: Any) -> None:
    """Put an axis on a logarithmic scale with few ticks: minor ones cost most of the drawing time."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_major_locator(LogLocator(numticks=6))
    axis.set_minor_locator(NullLocator())


def _shown(cloud: Cloud) -> NDArray[np.bool_]:
    """Return which points can be drawn: finite, and positive unless most are not."""
    finite = np.isfinite(cloud.lhs) & np.isfinite(cloud.rhs)
    positive = finite & (cloud.lhs > 0.0) & (cloud.rhs > 0.0)
    return np.asarray(positive if 5 * np.sum(positive) >= np.sum(finite) else finite)


def _tightest(cloud: Cloud, x: NDArray[np.float64], y: NDArray[np.float64]) -> int:
    """Return the instance with the largest ratio of the smaller to the larger side."""
    small, large = (y, x) if cloud.kind == "upper" else (x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        return int(np.argmax(np.where(large > 0.0, small / large, -np.inf)))


def _sides(name: str) -> tuple[str, str]:
    """Return what a comparison calls its sides, or their places where that is long or not told."""
    for relation in (" <= ", " >= ", " -> ", " = "):
        left, found, right = name.rpartition(relation)
        if found and max(len(left), len(right)) <= LONGEST_LABEL:
            return left, right
    return "left side", "right side"
