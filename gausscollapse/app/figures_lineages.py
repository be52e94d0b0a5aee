"""Pictures that the models of all generations draw from the same noise: a row is a model, a column a noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.app.figures import new_grid
from gausscollapse.app.figures_samples import sheet, show_sheet
from gausscollapse.app.grids import place_words, places, single_axes, varied_axes
from gausscollapse.app.tables_sweep import GENERATION, RUN
from gausscollapse.core.validation import Array

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

LINEAGES = "lineages"
MOST_ROWS, MOST_NOISES, MOST_PANELS, ACROSS = 12, 12, 6, 2


def _rows(count: int) -> np.ndarray[Any, Any]:
    """Return the data, the first model, the last one and others between, at most `MOST_ROWS`, evenly."""
    if count <= MOST_ROWS:
        return np.arange(count)
    return np.concatenate([[0], np.round(np.linspace(1, count - 1, MOST_ROWS - 1)).astype(int)])


def _noises(values: Array) -> np.ndarray[Any, Any]:
    """Return at most `MOST_NOISES` columns of values (panel, generation, picture, row, column), unlike one another.

    By what the first models of all panels draw: of each of so many clusters (Ward) the picture nearest to its mean.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    count = values.shape[2]
    if count <= MOST_NOISES:
        return np.arange(count)
    first = np.moveaxis(values[:, min(1, values.shape[1] - 1)], 1, 0).reshape(count, -1)
    labels = fcluster(linkage(first, "ward"), MOST_NOISES, "maxclust")
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    gaps = [np.sum((first[group] - first[group].mean(axis=0)) ** 2, axis=1) for group in groups]
    return np.sort([group[np.argmin(gap)] for group, gap in zip(groups, gaps, strict=True)])


def lineages_figure(dataset: xarray.Dataset) -> Figure:
    """Return pictures of run 0, a panel for each point of the grid: rows are generations, columns draws of noise.

    Where models change little a column stays what it is; where they forget, columns become alike. Of many noises
    those are shown that begin unlike one another.
    """
    varied = varied_axes(dataset)
    every = places(dataset, varied)
    shown = [every[i] for i in np.unique(np.linspace(0, len(every) - 1, min(MOST_PANELS, len(every))).astype(int))]
    one = [dataset[LINEAGES].isel({**single_axes(dataset, varied), **place, RUN: 0}).values for place in shown]
    generations, noises = _rows(dataset.sizes[GENERATION]), _noises(np.stack(one))
    across = min(ACROSS, len(shown))
    lines = -(-len(shown) // across)
    figure, grid = new_grid(lines, across, width=0.42 * len(noises) + 0.9, height=0.42 * len(generations) + 0.75)
    panels = [panel for row in grid for panel in row]
    for panel, place, chosen in zip(panels, shown, one, strict=False):
        pictures = chosen[np.ix_(generations, noises)]
        show_sheet(panel, sheet(pictures.reshape(-1, *pictures.shape[2:]), len(noises)), chosen[0])
        panel.set_title(place_words(dataset, place), loc="left", fontsize=11)
        side = pictures.shape[2] + 1
        words = ["data" if i == 0 else str(i) for i in generations.tolist()]
        panel.set_yticks((np.arange(len(words)) * side + 0.5 * (side - 2)).tolist(), words, fontsize=10)
        panel.tick_params(length=0.0)
    for panel in panels[len(shown) :]:
        panel.set_axis_off()
    for row in grid:
        row[0].set_ylabel(GENERATION)
    more = f" ({len(shown)} of {len(every)} points of the grid)" if len(every) > len(shown) else ""
    kept = dataset.sizes["picture"]
    few = f" ({len(noises)} of {kept}, which begin unlike)" if len(noises) < kept else ""
    said = f"below the data each column is drawn from one noise, the same in all panels{few}"
    figure.suptitle(f"{dataset.attrs['title']}{more}\n{said}", x=0.01, ha="left", fontsize=12)
    return figure
