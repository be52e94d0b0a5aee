"""The picture of collapse: the densities of trajectories over generations, side by side on the same axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BLUE, ORANGE, new_grid
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.validation import Array
from gausscollapse.retraining.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALE_BLUE, PALE_ORANGE = "#B3D4E8", "#F4D3BF"
# Rows of densities at most, and how far the tallest reaches over the rows above it.
MOST_ROWS, REACH = 9, 1.8


def collapse_figure(*trajectories: Trajectory) -> Figure:
    """Return a figure of densities over generations, one panel a trajectory, the data at the top.

    Parameters
    ----------
    *trajectories : Trajectory
        In d = 1, of the same number of generations; usually a run without fresh data and one with.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it. The title of each panel counts the modes that are left.

    Raises
    ------
    DimensionMismatchError
        If a trajectory is not on the line.
    InvalidArgumentError
        If there is none, or they differ in length.

    Examples
    --------
    Smoothing of variance 0.09 a generation: after 40 generations one mode of N(0, 3.85) is left of two.

    >>> import gausscollapse as gc
    >>> data = gc.GaussianMixture([0.5, 0.5], [-1, 1], [0.25, 0.25])
    >>> run = gc.retrain(data, fresh=0, step=gc.AffineChannel(1, 0, 0.09), generations=40)
    >>> collapse_figure(run).axes[0].get_title(loc="left")
    'No fresh data: 1 of 2 modes left after 40 generations'
    """
    if not trajectories:
        raise InvalidArgumentError("trajectories", (), "is empty", "one Trajectory or more")
    for trajectory in trajectories:
        if not isinstance(trajectory, Trajectory):
            raise InvalidArgumentError("trajectories", trajectory, "is no trajectory", "what `retrain` returns")
        if trajectory.data.dim != 1:
            raise DimensionMismatchError(
                "trajectories", trajectory, f"has dimension {trajectory.data.dim}", "trajectories on the line"
            )
        if trajectory.generations != trajectories[0].generations:
            raise InvalidArgumentError(
                "trajectories", trajectory.generations, "differ in their generations", "runs of one length"
            )
    rows = np.unique(np.round(np.linspace(0, trajectories[0].generations, MOST_ROWS)).astype(int))
    x = span(trajectories)
    # A run that starts elsewhere has the data in a row of their own.
    elsewhere = any(run.start != run.data for run in trajectories)
    first = rows if elsewhere else rows[1:]
    curves = [[np.asarray(law.pdf(x)) for law in (run.data, *(run.models[int(n)] for n in first))]
              for run in trajectories]  # fmt: skip
    labels = ["data", *(str(n) for n in first)]
    tallest = max(float(np.max(curve)) for panel in curves for curve in panel)
    figure, ((*panels,),) = new_grid(1, len(trajectories), width=5.6, height=5.4, sharex=True, sharey=True)
    for axes, run, panel in zip(panels, trajectories, curves, strict=True):
        _draw(axes, x, panel, tallest)
        axes.set_title(_title(run, x), loc="left")
        axes.set(xlabel="x (length)", yticks=-np.arange(len(labels)), yticklabels=labels)
        axes.tick_params(left=False)
    panels[0].set_ylabel("generation")
    return figure


def _draw(axes: Axes, x: Array, curves: list[Array], tallest: float) -> None:
    """Draw densities one below the other, each over a line of its own."""
    for row, curve in enumerate(curves):
        colour, pale = (BLUE, PALE_BLUE) if row == 0 else (ORANGE, PALE_ORANGE)
        height = -row + REACH * curve / tallest
        axes.fill_between(x, -row, height, color=pale, zorder=row, linewidth=0.0)
        axes.plot(x, height, color=colour, linewidth=1.4, zorder=row)
    axes.spines["left"].set_visible(False)


def span(trajectories: Sequence[Trajectory]) -> Array:
    """Return points on the line that hold the data and every model of some trajectories."""
    laws = [run.data for run in trajectories]
    deviations = [*(law.cov[:1, 0] for law in laws), *(run.covs[:, 0, 0] for run in trajectories)]
    means = np.concatenate([*(law.mean[:1] for law in laws), *(run.means[:, 0] for run in trajectories)])
    reach = 2.6 * np.sqrt(np.concatenate(deviations))
    return np.linspace(float(np.min(means - reach)), float(np.max(means + reach)), 1201)


def count_modes(density: Array) -> int:
    """Return the number of local maxima that stand out by a hundredth of the highest."""
    padded = np.concatenate([[0.0], density, [0.0]])
    peaks = np.flatnonzero((padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:]))
    floor, count = 0.01 * float(np.max(density)), 0
    last = -1
    for peak in peaks:
        valley = float(np.min(density[last : peak + 1])) if last >= 0 else 0.0
        if min(density[peak], density[last] if last >= 0 else np.inf) - valley > floor:
            count, last = count + 1, int(peak)
        elif density[peak] > density[last]:
            last = int(peak)
    return count


def share_words(run: Trajectory) -> str:
    """Return what share of a run's training data is fresh, in words."""
    fresh = np.unique(run.fresh)
    if fresh.size != 1:
        return "fresh data by schedule"
    return f"{100.0 * fresh[0]:.3g} % fresh data" if fresh[0] > 0.0 else "no fresh data"


def _title(run: Trajectory, x: Array) -> str:
    """Return what the panel shows, in words."""
    before, left = (count_modes(np.asarray(law.pdf(x))) for law in (run.data, run.models[-1]))
    share = share_words(run)
    return f"{share[0].upper()}{share[1:]}: {left} of {before} modes left after {run.generations} generations"
