"""The map of long-run drift over fresh fraction and innovation correlation, with the ends that theorems state."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.app.figures import BELOW, BLACK, BLUE, GREEN, ORANGE, PURPLE, new_figure
from gausscollapse.app.sides import Theorems, forced_drift, long_run_ends
from gausscollapse.app.typeset import mathtext
from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import Array
from gausscollapse.retraining.long_run import long_run_drift
from gausscollapse.theorems import registry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEWEST_FRESH = 0.05
# Contours of the map, and the fresh fractions at which they are labelled.
CONTOURS = {0.5: 0.3, 1.0: 0.45, 2.0: 0.4, 5.0: 0.25, 20.0: 0.13}
TICKS = (*CONTOURS, 100.0, 400.0)


@dataclass(frozen=True)
class RegimePoint:
    """A measured point of the regime map.

    Parameters
    ----------
    fresh, correlation, ratio : float
        Fresh fraction, correlation of successive innovations, drift over innovation energy.
    label : str
        What it belongs to; points of one label share a marker.
    axis : str
        What the labels are values of.

    Examples
    --------
    >>> RegimePoint(0.5, correlation=1.0, ratio=4.0)
    RegimePoint(fresh=0.5, correlation=1.0, ratio=4.0, label='measured', axis='')
    """

    fresh: float
    correlation: float
    ratio: float
    label: str = "measured"
    axis: str = ""


@checked
def regimes_figure(points: Sequence[RegimePoint] = (), *, theorems: Theorems = registry) -> Figure:
    """Return the map of long-run drift over fresh fraction and innovation correlation, and its exact edges.

    Parameters
    ----------
    points : sequence of RegimePoint
        Measured points, drawn on both panels: on the map in the colour of their own ratio.
    theorems : mapping of str to Theorem
        Where `range` and `prop-4.1` are taken from.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it.

    Notes
    -----
    The map is `long_run_drift`; the curves beside it are the sides of `range` (*own*) and `prop-4.1`
    (arXiv 2602.16601, proposition 4.1).

    Examples
    --------
    Aligned innovations have the drift ``J/a^2``: with half of the data fresh, 4 times the innovation energy J. A
    measured 6 is off by half.

    >>> figure = regimes_figure([RegimePoint(0.5, correlation=1.0, ratio=6.0)])
    >>> figure.axes[0].get_title(loc="left")
    'Measured $D/J$ at 1 point: within a factor 1.5 of the map'
    """
    figure, (left, right) = new_figure(2, height=4.8 if not points else 5.4)
    fresh = np.linspace(FEWEST_FRESH, 1.0, 191)
    filled = _draw_map(left, fresh)
    bar = figure.colorbar(filled, ax=left, ticks=TICKS, format="{x:g}", pad=0.02)
    bar.ax.hlines(list(CONTOURS), 0.0, 1.0, colors="white", linewidth=0.9)
    bar.ax.minorticks_off()
    bar.set_label("drift / innovation energy, $D/J$ (dimensionless)")
    _draw_ends(right, fresh, theorems)
    if points:
        _draw_measured(left, right, points, filled)
    right.legend(ncols=2, **BELOW)
    return figure


def _draw_map(axes: Axes, fresh: Array) -> Any:
    from matplotlib.colors import LogNorm

    correlation = np.linspace(-1.0, 1.0, 201)
    drift = long_run_drift(fresh[None, :], correlation[:, None])
    filled = axes.contourf(
        fresh, correlation, drift, levels=np.geomspace(0.25, 500.0, 34), norm=LogNorm(0.25, 500.0), cmap="viridis"
    )
    filled.set_edgecolor("face")
    contours = axes.contour(
        fresh, correlation, drift, levels=list(CONTOURS), colors="white", linewidths=0.9, linestyles="solid"
    )
    # Long-run drift grows with the correlation, so that a contour's place can be looked up.
    places = [
        (share, float(np.interp(ratio, long_run_drift(share, correlation), correlation)))
        for ratio, share in CONTOURS.items()
    ]
    axes.clabel(contours, fmt=lambda level: f"{level:.3g}", fontsize=9, manual=places)
    axes.set(
        xlabel=r"fresh fraction $\alpha$ (dimensionless)",
        ylabel=r"correlation of innovations $\rho$ (dimensionless)",
        xlim=(FEWEST_FRESH, 1.0),
        ylim=(-1.0, 1.0),
    )
    axes.set_title("Fresh data and errors that disagree hold drift down", loc="left")
    return filled


def _draw_ends(axes: Axes, fresh: Array, theorems: Theorems) -> None:
    low, middle, high = long_run_ends(theorems["range"], fresh)
    axes.fill_between(fresh, low, high, color=BLUE, alpha=0.12, linewidth=0.0, label="possible")
    axes.plot(fresh, high, color=ORANGE, linestyle="--", label=r"aligned, $\rho=1$: upper end")
    axes.plot(fresh, middle, color=GREEN, linestyle="-.", label=r"orthogonal, $\rho=0$: the mean")
    axes.plot(fresh, low, color=BLUE, linestyle=":", linewidth=2.0, label=r"alternating, $\rho=-1$: lower end")
    forced = forced_drift(theorems["prop-4.1"], fresh)
    axes.plot(fresh, forced, color=PURPLE, linewidth=1.2, label="forced by prop-4.1")
    axes.set(
        yscale="log",
        xlabel=r"fresh fraction $\alpha$ (dimensionless)",
        ylabel="drift / innovation energy, $D/J$ (dimensionless)",
        xlim=(FEWEST_FRESH, 1.0),
    )
    axes.grid(visible=True, which="major", color="0.9", linewidth=0.6)
    axes.text(0.97, 0.97, f"range: {mathtext(theorems['range'].latex)[0]}", fontsize=13, ha="right", va="top",
              transform=axes.transAxes)  # fmt: skip
    axes.set_title("The less fresh data, the more their agreement decides", loc="left")


def _draw_measured(left: Axes, right: Axes, points: Sequence[RegimePoint], filled: Any) -> None:
    labels = dict.fromkeys(point.label for point in points)
    markers = dict(zip(labels, itertools.cycle("osD^vPX"), strict=False))
    for label, marker in markers.items():
        own = [point for point in points if point.label == label]
        fresh, rho, ratio = (np.array([getattr(p, name) for p in own]) for name in ("fresh", "correlation", "ratio"))
        style: Any = {"marker": marker, "s": 75, "linewidths": 1.6, "zorder": 5, "clip_on": False}
        left.scatter(
            fresh, rho, c=ratio, cmap=filled.get_cmap(), norm=filled.norm, edgecolors="white", label=label,
            **style,
        )  # fmt: skip
        right.scatter(fresh, ratio, facecolors="none", edgecolors=BLACK, **style)
    predicted = long_run_drift([p.fresh for p in points], [p.correlation for p in points])
    off = float(np.max(np.abs(np.log(np.array([p.ratio for p in points]) / predicted))))
    count = f"{len(points)} point" + "s" * (len(points) > 1)
    left.set_title(f"Measured $D/J$ at {count}: within a factor {np.exp(off):.3g} of the map",
                   loc="left", fontsize=11)  # fmt: skip
    title = ", ".join(dict.fromkeys(point.axis for point in points))
    legend = left.legend(
        ncols=min(3, len(markers)), title=title or None, columnspacing=1.2, handletextpad=0.2, fontsize=9, **BELOW
    )
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set(facecolor="0.6", edgecolor=BLACK)
