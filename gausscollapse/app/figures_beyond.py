"""What lies beyond an axis: where a few values would squash all others it ends earlier, and marks at its top tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.core.validation import Array

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

# Values so many times above this share of all are left out of the axis, which ends with some room above the rest.
FAR, SHARE, ROOM = 1e6, 0.98, 100.0
BEYOND, INFINITE = "beyond the axis", "infinite"


def axis_top(values: Array) -> float:
    """Return where a logarithmic axis should end at the latest: infinity unless a few values lie far above the rest.

    Parameters
    ----------
    values : ndarray
        Finite and positive.

    Returns
    -------
    float
        A hundred times the value that 98 in 100 do not exceed, if the largest is a million times that value.

    Examples
    --------
    >>> axis_top(np.geomspace(1.0, 1e12, 50))
    inf
    >>> axis_top(np.append(np.ones(99), 1e56))
    100.0
    """
    if not values.size:
        return math.inf
    usual = float(np.quantile(values, SHARE, method="lower"))
    return ROOM * usual if float(values.max()) > FAR * usual else math.inf


def mark_beyond(panel: Axes, x: Array, values: Array, top: float, *, shade: object, row: int) -> None:
    """Mark at the top of a panel where values lie above its axis (full) or are infinite (hollow).

    Parameters
    ----------
    panel : Axes
        Where the curve is drawn.
    x, values : ndarray
        The curve; what is not a number is not marked.
    top : float
        The end of the axis.
    shade : colour
        Of the curve.
    row : int
        The number of the curve: marks of different curves stand below each other.
    """
    infinite = np.isposinf(values)
    for name, where, face in ((INFINITE, infinite, "white"), (BEYOND, (values > top) & ~infinite, shade)):
        if where.any():
            panel.scatter(
                x[where], np.full(int(where.sum()), 0.975 - 0.035 * row), marker="^", s=14.0, facecolor=face,
                edgecolor=shade, linewidth=0.7, transform=panel.get_xaxis_transform(), label=f"_{name}", zorder=5,
            )  # fmt: skip


def beyond_legend(panels: list[Axes], largest: float) -> list[tuple[Artist, str]]:
    """Return the entries of a legend for the marks that panels have; the largest finite value is told."""
    from matplotlib.lines import Line2D

    marked = {str(item.get_label()) for panel in panels for item in panel.collections}
    words = ((BEYOND, f"{BEYOND}, up to {largest:.2g}", "0.4"), (INFINITE, INFINITE, "white"))
    return [
        (Line2D([], [], linestyle="", marker="^", markersize=5.0, color="0.4", markerfacecolor=face), said)
        for name, said, face in words
        if f"_{name}" in marked
    ]
