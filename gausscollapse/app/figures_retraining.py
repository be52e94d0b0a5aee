"""Figures of retraining: what accumulates, and where the models go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.app.figures import BELOW, BLACK, BLUE, GREEN, ORANGE, ellipse, new_figure
from gausscollapse.app.figures_embedded import draw_embedded
from gausscollapse.app.sides import Theorems, long_run_ends, right_sides
from gausscollapse.checking.comparison import IDENTITY, UPPER
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems import registry
from gausscollapse.theorems.instances.trajectory_statistics import TrajectoryStatistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DRAWN = 6
# All pairs of components: about two seconds.
MOST_PAIRED = 1500


@checked
def trajectory_figure(trajectory: Trajectory, *, title: str = "") -> Figure:
    """Return the figure of a trajectory: its drift between its bounds, and its models by generation.

    Where chi-squared is infinite or cannot be computed, KL and 2-Wasserstein are drawn in its place, and a third
    panel has the drift in the norm of a kernel, of up to 1500 distinct components.

    Parameters
    ----------
    trajectory : Trajectory
        Of any number of generations.
    title : str
        What it shows, over both panels.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it.

    Notes
    -----
    The curves are the sides of `coherent`, `incoherent` and `range` (*own*), in other workflows than that of the last
    model those of `memory`.

    Examples
    --------
    With fresh data alone and an offset b every model is N(b, 1), whose drift is ``exp(b^2) - 1``: 1 for
    ``b^2 = log 2``.

    >>> import gausscollapse as gc
    >>> step = gc.AffineChannel(1, np.sqrt(np.log(2)), 0)
    >>> figure = trajectory_figure(gc.retrain(gc.Gaussian(0, 1), fresh=1, step=step, generations=3))
    >>> figure.axes[0].get_title(loc="left")
    'Drift after 3 generations: 1'
    """
    seen = not finite_drift(trajectory) and len(trajectory.pool) <= MOST_PAIRED
    figure, panels = new_figure(3 if seen else 2, height=4.8)
    draw_drift(panels[0], trajectory)
    draw_models(panels[1], trajectory)
    if seen:
        draw_embedded(panels[2], trajectory.mmd())
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=14)
    return figure


def finite_drift(trajectory: Trajectory) -> bool:
    """Return whether the drift of every generation is known and finite."""
    try:
        drift = trajectory.accumulated
    except NotSupportedError:
        return False
    return bool(np.all(np.isfinite(drift)))


def draw_drift(axes: Axes, trajectory: Trajectory, *, theorems: Theorems = registry) -> None:
    """Draw ``D_i`` with the sides of `coherent`, `incoherent` and `range`, or KL and 2-Wasserstein instead."""
    if finite_drift(trajectory):
        _draw_chi2(axes, trajectory, theorems)
    else:
        _draw_distances(axes, trajectory)
    axes.set_xlabel("generation")
    last = max(trajectory.generations, 1)
    axes.set_xlim(-0.02 * last, 1.02 * last)
    axes.locator_params(axis="x", integer=True)
    axes.grid(visible=True, which="major", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)


def _draw_chi2(axes: Axes, trajectory: Trajectory, theorems: Theorems) -> None:
    count, drift = trajectory.generations, trajectory.accumulated
    statistics = TrajectoryStatistics([trajectory])
    lasting = trajectory.workflow.last_model
    # `coherent` and `memory` bound the root of the drift.
    upper = right_sides(theorems["coherent" if lasting else "memory"], statistics, UPPER) ** 2
    if lasting:
        middle = right_sides(theorems["incoherent"], statistics, IDENTITY)
        floor = long_run_ends(theorems["range"], trajectory.fresh, trajectory.innovation_energy)[0]
    else:
        # Of the two identities of each generation the second is of orthogonal innovations.
        middle, floor = right_sides(theorems["memory"], statistics, IDENTITY)[1::2], np.empty(0)
    exact = bool(trajectory.channels)
    known = np.zeros(0) if exact else np.asarray(trajectory.accumulated_enclosure.upper)
    values = np.concatenate([drift, upper, middle, floor, known])
    values = values[(values > 0.0) & np.isfinite(values)]
    wide = bool(values.size) and float(values.max()) > 50.0 * float(values.min())
    if wide:
        axes.set_yscale("log", nonpositive="mask")
    elif values.size:
        axes.set_ylim(0.0, 1.08 * float(values.max()))
    i = np.arange(count + 1)
    # Wide and pale, so that it is seen where the exact drift attains it.
    axes.plot(
        i, [drift[0], *upper], color=ORANGE, alpha=0.45, linewidth=6.0, solid_capstyle="butt",
        label="coherent (upper bound)",
    )  # fmt: skip
    axes.plot(i, [drift[0], *middle], color=GREEN, linestyle="-.", linewidth=1.6, label="incoherent (orthogonal)")
    if lasting:
        axes.plot(
            i[1:], floor, color=BLUE, linestyle=":", linewidth=2.4, label=r"range: below the larger of $D_{i-1}, D_i$"
        )
    label = r"exact $D_i$" if exact else r"$D_i$ with its interval"
    axes.plot(i, drift, color=BLACK, marker="o", markersize=3.0, linewidth=1.2, label=label)
    if not exact:
        around = np.array([drift - trajectory.accumulated_enclosure.lower, known - drift])
        around[~np.isfinite(around)] = np.nan
        axes.errorbar(i, drift, around, color=BLACK, linestyle="none", linewidth=1.0, capsize=3.0)
    axes.set_ylabel(r"$D_i=\chi^2(\hat p_i\,\|\,p)$ (dimensionless)")
    axes.legend(ncols=2, **BELOW)
    axes.set_title(f"Drift after {count} generations: {drift[-1]:.3g}{course(drift)}", loc="left")


def course(drift: Array) -> str:
    """Return whether drift grew or was steady, within 2 per cent, over the last quarter of at least 8 generations."""
    last = drift[-1 - drift.size // 4 :]
    if drift.size < 9 or not np.all(np.isfinite(last)):
        return ""
    if float(last.max()) <= 1.02 * float(last.min()):
        return ", steady"
    return ", growing" if bool(np.all(np.diff(last) > 0.0)) else ""


def _draw_distances(axes: Axes, trajectory: Trajectory) -> None:
    i = np.arange(trajectory.generations + 1)
    distances = np.array([float(value) for value in trajectory.wasserstein2])
    axes.plot(i, distances, color=BLUE, marker="s", markersize=3.0, label="2-Wasserstein of moments (length)")
    try:
        divergences = trajectory.kl()
    except NotSupportedError:
        divergences = ()
    if divergences:
        value, low, high = (np.array([getattr(d, end) for d in divergences]) for end in ("value", "lower", "upper"))
        axes.fill_between(i, low, high, color=ORANGE, alpha=0.25, linewidth=0.0)
        axes.plot(i, value, color=ORANGE, marker="o", markersize=3.0, label=r"KL$(\hat p_i\,\|\,p)$ (nats)")
    axes.set_ylabel("KL (nats), 2-Wasserstein (length)" if divergences else "2-Wasserstein (length)")
    axes.set_ylim(0.0, None)
    axes.legend(ncols=2, **BELOW)
    try:
        first = int(np.argmax(np.isinf(trajectory.accumulated)))
        axes.set_title(rf"$\chi^2$ is infinite from generation {first} on", loc="left")
    except NotSupportedError:
        axes.set_title(r"No closed form for $\chi^2$ here", loc="left")


def _chosen(count: int) -> np.ndarray:
    """Return at most `MOST_DRAWN` generations, the first and the last among them, denser at the start."""
    if count < MOST_DRAWN:
        return np.arange(count + 1)
    steps = np.geomspace(1, count, MOST_DRAWN - 1)
    return np.unique(np.concatenate([[0], np.round(steps)]).astype(int))


def draw_models(axes: Axes, trajectory: Trajectory) -> None:
    """Draw the models by generation: densities in d = 1, ellipses of the first two coordinates beyond."""
    from matplotlib import colormaps

    chosen = _chosen(trajectory.generations)
    shades = colormaps["viridis"](np.linspace(0.0, 0.85, chosen.size))
    x = _span(trajectory) if trajectory.data.dim == 1 else np.zeros(0)
    for order, (n, shade) in enumerate(zip(chosen, shades, strict=True)):
        law = trajectory.models[int(n)]
        style: Any = {"color": shade, "linewidth": 2.2 if n == 0 else 1.4, "zorder": 3 + order}
        label = "data" if n == 0 and trajectory.start == trajectory.data else f"generation {n}"
        if law.dim == 1:
            axes.plot(x, law.pdf(x), label=label, **style)
        else:
            for part_number, part in enumerate(modes_of(law)):
                axes.plot(*ellipse(part, 1.0), label=label if part_number == 0 else None, **style)
    if trajectory.data.dim == 1:
        axes.set(xlabel="x (length)", ylabel="density (1/length)", ylim=(0.0, None))
    else:
        axes.set(xlabel="first coordinate (length)", ylabel="second coordinate (length)")
        axes.set_aspect("equal", adjustable="datalim")
    axes.set_title(moved(trajectory), loc="left")
    axes.legend(ncols=3, title="Ellipses of one deviation" if trajectory.data.dim > 1 else None, **BELOW)


def moved(trajectory: Trajectory) -> str:
    """Return how far the last model's mean is off, in deviations of the data, and its spread over that of the data.

    With ``V = L L^T`` of the data, they are ``|L^{-1}(m_N - m)|`` and ``(det V_N / det V)^(1/(2d))``.
    """
    factor = np.linalg.cholesky(trajectory.data.cov)
    shift = float(np.linalg.norm(np.linalg.solve(factor, trajectory.means[-1] - trajectory.data.mean)))
    logarithm = np.linalg.slogdet(trajectory.covs[-1])[1] - 2.0 * np.sum(np.log(np.diag(factor)))
    ratio = float(np.exp(logarithm / (2.0 * trajectory.data.dim)))
    where = "Mean in place" if shift < 5e-4 else f"Mean off by {shift:.2g} deviations"
    return f"{where}, width times {ratio:.3g}"


def _span(trajectory: Trajectory) -> Array:
    deviations = np.sqrt(trajectory.covs[:, 0, 0])
    means = trajectory.means[:, 0]
    return np.linspace(float(np.min(means - 3.5 * deviations)), float(np.max(means + 3.5 * deviations)), 801)


def modes_of(law: Law) -> list[Gaussian]:
    """Return the modes of a mixture as Gaussians: components whose means are near are matched in moments."""
    means, covs, weights = law.means[:, :2], law.covs[:, :2, :2], law.weights
    left = np.ones(weights.size, dtype=bool)
    blobs = []
    while np.any(left):
        seed = int(np.argmax(np.where(left, weights, -1.0)))
        spread = np.linalg.inv(covs[seed])
        gaps = means - means[seed]
        near = left & (np.einsum("ki,ij,kj->k", gaps, spread, gaps) < 16.0)
        share = weights[near] / np.sum(weights[near])
        centre = share @ means[near]
        around = means[near] - centre
        cov = np.einsum("k,kij->ij", share, covs[near]) + (share * around.T) @ around
        blobs.append(Gaussian(centre, 0.5 * (cov + cov.T)))
        left &= ~near
    return blobs
