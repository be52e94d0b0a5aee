"""Shares of modes or classes over generations: bands of one run stacked to one, so that one is seen to die."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BLUE, GREEN, ORANGE, PURPLE, new_grid
from gausscollapse.app.grids import inner_axes, place_words, places, single_axes, varied_axes
from gausscollapse.app.tables_sweep import GENERATION, RUN

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

# What shares are of, and how several of it are called.
PARTS = {"mode": "modes", "class": "classes"}
MOST_PANELS, MOST_COLUMNS = 8, 4
# Neighbours differ in lightness, and a white edge parts them.
SHADES = (BLUE, "#E69F00", GREEN, PURPLE, ORANGE, "#56B4E9")


def shares_figure(dataset: xarray.Dataset, name: str) -> Figure:
    """Return the shares of all modes, or classes, by generation in run 0, one panel for each point of the grid.

    Means over runs would hide what happens, for every run loses other ones.
    """
    part = inner_axes(dataset, name)[1]
    varied = varied_axes(dataset)
    every = places(dataset, varied)
    shown = every[:MOST_PANELS]
    columns = min(MOST_COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    figure, grid = new_grid(rows, columns, width=max(3.6, 7.0 / columns), height=4.2, sharex=True, sharey=True)
    panels = [panel for row in grid for panel in row]
    for panel, place in zip(panels, shown, strict=False):
        shares = dataset[name].isel({**single_axes(dataset, varied), **place, RUN: 0})
        values = shares.transpose(GENERATION, part).values
        shades = [SHADES[mode % len(SHADES)] for mode in range(values.shape[1])]
        panel.stackplot(np.arange(len(values)), values.T, colors=shades, edgecolor="white", linewidth=0.5)
        left = int(np.count_nonzero(values[-1] > 0.0))
        where = place_words(dataset, place)
        panel.set_title(
            f"{where}{': ' if where else ''}{left} of {values.shape[1]} {PARTS[part]} left", loc="left", fontsize=10.5
        )
        panel.set(xlabel=GENERATION, xlim=(0, max(len(values) - 1, 1)), ylim=(0.0, 1.0))
        panel.locator_params(axis="x", integer=True)
    for panel in panels[len(shown) :]:
        panel.set_axis_off()
    for row in grid:
        row[0].set_ylabel(f"share of each {part}, one run (dimensionless)")
    figure.suptitle(str(dataset.attrs["title"]), x=0.01, ha="left", fontsize=12)
    return figure
