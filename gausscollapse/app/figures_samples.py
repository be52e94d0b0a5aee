"""Figures of samples by generation: sheets of pictures, scatters and histograms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.app.figures import BLUE, new_grid
from gausscollapse.app.grids import place_words, places, single_axes, varied_axes
from gausscollapse.app.tables_sweep import GENERATION, RUN
from gausscollapse.core.validation import Array

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PICTURES, POINTS = "pictures", "points"
MOST_ROWS, MOST_POINTS = 6, 600


def _chosen(count: int) -> np.ndarray[Any, Any]:
    """Return at most `MOST_ROWS` generations, the first and the last among them, denser at the start."""
    if count <= MOST_ROWS:
        return np.arange(count)
    return np.unique(np.round(np.concatenate([[0.0], np.geomspace(1, count - 1, MOST_ROWS - 1)])).astype(int))


def _by_generation(dataset: xarray.Dataset, name: str, **options: Any) -> tuple[Figure, Iterator[tuple[Axes, Array]]]:
    """Return a figure with a row for each point of the grid and a column for each chosen generation, and its samples.

    Samples are those of run 0.
    """
    varied = varied_axes(dataset)
    every = places(dataset, varied)
    shown = [every[i] for i in np.unique(np.linspace(0, len(every) - 1, min(MOST_ROWS, len(every))).astype(int))]
    generations = _chosen(dataset.sizes[GENERATION])
    figure, grid = new_grid(len(shown), len(generations), width=2.0, height=2.12, **options)
    for panel, generation in zip(grid[0], generations, strict=True):
        panel.set_title(f"generation {generation}", fontsize=11)
    for row, place in zip(grid, shown, strict=True):
        row[0].set_ylabel(place_words(dataset, place).replace(", ", "\n"), fontsize=11)

    def samples() -> Iterator[tuple[Axes, Array]]:
        for row, place in zip(grid, shown, strict=True):
            chosen = dataset[name].isel({**single_axes(dataset, varied), **place, RUN: 0})
            for panel, generation in zip(row, generations, strict=True):
                yield panel, chosen.isel({GENERATION: int(generation)}).values

    more = f" ({len(shown)} of {len(every)} points of the grid)" if len(every) > len(shown) else ""
    figure.suptitle(f"{dataset.attrs['title']}{more}", x=0.01, ha="left", fontsize=12)
    return figure, samples()


def sheet(pictures: Array, columns: int) -> Array:
    """Return pictures, shape (n, rows, columns), row by row on one sheet with NaN between them."""
    height, width = pictures.shape[1:]
    lines = -(-len(pictures) // columns)
    found = np.full((lines * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for i, picture in enumerate(pictures):
        top, left = (i // columns) * (height + 1), (i % columns) * (width + 1)
        found[top : top + height, left : left + width] = picture
    return found


def montage(pictures: Array) -> Array:
    """Return pictures, shape (n, rows, columns), as one square sheet of at most 16."""
    side = min(4, max(1, math.isqrt(len(pictures))))
    return sheet(pictures[: side * side], side)


def show_sheet(panel: Axes, found: Array, first: Array) -> None:
    """Draw a sheet in a scale of greys from the first to the ninety-ninth percentile of the pictures `first`."""
    low, high = np.nanpercentile(first, [1.0, 99.0])
    panel.imshow(found, cmap="gray_r", vmin=low, vmax=high if high > low else low + 1.0)
    panel.set_xticks([])
    panel.set_yticks([])
    panel.set_facecolor("0.85")
    panel.spines[:].set_visible(False)


def pictures_figure(dataset: xarray.Dataset) -> Figure:
    """Return sheets of sample pictures by generation, a row for each point of the grid.

    All sheets have one scale of greys, from the first to the ninety-ninth percentile of generation 0.
    """
    first = dataset[PICTURES].isel({GENERATION: 0}).values
    figure, samples = _by_generation(dataset, PICTURES)
    for panel, pictures in samples:
        show_sheet(panel, montage(pictures), first)
    return figure


def points_figure(dataset: xarray.Dataset) -> Figure:
    """Return samples by generation, a row for each point of the grid: scatters of two coordinates, or histograms."""
    values = dataset[POINTS]
    plane = values.sizes[values.dims[-1]] > 1
    # All that is drawn, and no more: run 0 at the chosen generations.
    drawn = values.isel({RUN: 0, GENERATION: _chosen(dataset.sizes[GENERATION])}).values
    drawn = drawn.reshape(-1, drawn.shape[-1])
    drawn = drawn[np.all(np.isfinite(drawn), axis=1)]
    low, high = np.min(drawn, axis=0), np.max(drawn, axis=0)
    margin = 0.06 * np.maximum(high - low, 1e-12)
    figure, samples = _by_generation(dataset, POINTS, sharex=True, sharey=True)
    panels = []
    for panel, points in samples:
        panels.append(panel)
        if plane:
            panel.scatter(
                points[:MOST_POINTS, 0], points[:MOST_POINTS, 1], s=12.0, color=BLUE, alpha=0.5, linewidths=0.0
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
