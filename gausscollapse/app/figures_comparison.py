"""Runs that belong together on the same axes: their drift in one panel, their models beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BELOW, BLUE, GREEN, ORANGE, PURPLE, new_grid
from gausscollapse.app.figures_animation import check_comparable
from gausscollapse.app.figures_collapse import share_words
from gausscollapse.app.figures_retraining import course, draw_models, finite_drift, moved
from gausscollapse.core.validation import Array
from gausscollapse.retraining.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS, MARKERS = (ORANGE, BLUE, GREEN, PURPLE), "osD^"


def comparison_figure(*trajectories: Trajectory, names: tuple[str, ...] = (), title: str = "") -> Figure:
    """Return the drift of several trajectories on one axis, and the models of each on axes of one scale.

    Where chi-squared of one of them is not finite, the 2-Wasserstein distance of moments takes its place for all.

    Parameters
    ----------
    *trajectories : Trajectory
        Of one dimension and one number of generations.
    names : tuple of str
        What each is called; by default its share of fresh data, with its place where that does not tell them apart.
    title : str
        What they show; by default how many times as far as another one has drifted.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it.

    Raises
    ------
    InvalidArgumentError
        If they cannot be compared.

    Examples
    --------
    With fresh data alone and an offset b the drift is ``exp(b^2) - 1``: 1 and 3 for log 2 and log 4.

    >>> import gausscollapse as gc
    >>> steps = [gc.AffineChannel(1, np.sqrt(np.log(size)), 0) for size in (2, 4)]
    >>> runs = [gc.retrain(gc.Gaussian(0, 1), fresh=1, step=step, generations=3) for step in steps]
    >>> comparison_figure(*runs).get_suptitle()
    'After 3 generations one run has drifted 3 times as far as another'
    """
    check_comparable(trajectories)
    called = names or _called(trajectories)
    figure, ((first, *others),) = new_grid(1, 1 + len(trajectories), width=5.2, height=5.0)
    drifts, label = _drifts(trajectories)
    _draw(first, drifts, called, label)
    for axes, run, name in zip(others, trajectories, called, strict=True):
        draw_models(axes, run)
        axes.set_title(f"{name[0].upper()}{name[1:]}\n{moved(run)}", loc="left", fontsize=11)
    _share(others)
    figure.suptitle(title or _finding(trajectories[0].generations, drifts), x=0.01, ha="left", fontsize=14)
    return figure


def _called(trajectories: tuple[Trajectory, ...]) -> tuple[str, ...]:
    shares = [share_words(run) for run in trajectories]
    if len(set(shares)) == len(shares):
        return tuple(shares)
    return tuple(f"run {i + 1}, {share}" for i, share in enumerate(shares))


def _drifts(trajectories: tuple[Trajectory, ...]) -> tuple[list[Array], str]:
    if all(finite_drift(run) for run in trajectories):
        return [run.accumulated for run in trajectories], r"$D_i=\chi^2(\hat p_i\,\|\,p)$ (dimensionless)"
    distances = [np.array([float(value) for value in run.wasserstein2]) for run in trajectories]
    return distances, "2-Wasserstein of moments (length)"


def _draw(axes: Axes, drifts: list[Array], names: tuple[str, ...], label: str) -> None:
    for order, (drift, name) in enumerate(zip(drifts, names, strict=True)):
        axes.plot(
            np.arange(drift.size), drift, color=COLOURS[order % len(COLOURS)], marker=MARKERS[order % len(MARKERS)],
            markersize=4.0, linewidth=1.5, label=f"{name}: {drift[-1]:.3g}{course(drift)}",
        )  # fmt: skip
    positive = np.concatenate(drifts)
    positive = positive[positive > 0.0]
    if positive.size and float(positive.max()) > 30.0 * float(positive.min()):
        axes.set_yscale("log", nonpositive="mask")
    else:
        axes.set_ylim(0.0, None)
    axes.set(xlabel="generation", ylabel=label)
    axes.locator_params(axis="x", integer=True)
    axes.grid(visible=True, which="major", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_title("Drift on one axis", loc="left", fontsize=11)
    axes.legend(ncols=1, **BELOW)


def _share(panels: list[Axes]) -> None:
    """Give panels the limits that hold what is drawn in each of them."""
    for panel in panels:
        if panel.get_aspect() == 1.0:
            panel.set_aspect("equal", adjustable="box")
    for axis in "xy":
        ends = np.array([getattr(panel, f"get_{axis}lim")() for panel in panels])
        for panel in panels:
            panel.set(**{f"{axis}lim": (float(ends[:, 0].min()), float(ends[:, 1].max()))})


def _finding(generations: int, drifts: list[Array]) -> str:
    last = np.array([drift[-1] for drift in drifts])
    after = f"After {generations} generations"
    if float(last.min()) <= 0.0:
        return f"{after} the farthest run has drifted by {last.max():.3g}"
    ratio = float(last.max() / last.min())
    return (
        f"{after} one run has drifted {ratio:.3g} times as far as another"
        if ratio > 1.005
        else f"{after} all runs have drifted by {last.max():.3g}"
    )
