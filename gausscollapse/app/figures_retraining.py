"""Figures of retraining: what accumulates, where the models go, and the map of long-run drift."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.app.figures import BLACK, BLUE, GREEN, ORANGE, PURPLE, ellipse, new_figure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.accumulation import coherent_bound, incoherent_sum
from gausscollapse.retraining.long_run import long_run_drift, long_run_edges
from gausscollapse.retraining.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BELOW: Any = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "frameon": False}
MOST_DRAWN = 6


def trajectory_figure(trajectory: Trajectory) -> Figure:
    """Return the figure of a trajectory: its drift between its bounds, and its models by generation.

    Where chi-squared is infinite or cannot be computed, KL and 2-Wasserstein are drawn in its place.
    """
    figure, (left, right) = new_figure(2, height=4.8)
    draw_drift(left, trajectory)
    draw_models(right, trajectory)
    return figure


def _finite_drift(trajectory: Trajectory) -> bool:
    try:
        drift = trajectory.accumulated
    except NotSupportedError:
        return False
    return bool(np.all(np.isfinite(drift)))


def draw_drift(axes: Axes, trajectory: Trajectory) -> None:
    """Draw ``D_i`` with the coherent, the incoherent and the floor curve, or KL and 2-Wasserstein instead."""
    if _finite_drift(trajectory):
        _draw_chi2(axes, trajectory)
    else:
        _draw_distances(axes, trajectory)
    axes.set_xlabel("generation")
    last = max(trajectory.generations, 1)
    axes.set_xlim(-0.02 * last, 1.02 * last)
    axes.locator_params(axis="x", integer=True)
    axes.grid(visible=True, which="major", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)


def _draw_chi2(axes: Axes, trajectory: Trajectory) -> None:
    count = trajectory.generations
    drift, energies, fresh = trajectory.accumulated, trajectory.innovation_energy, trajectory.fresh
    i = np.arange(count + 1)
    upper = coherent_bound(energies, fresh, initial=float(drift[0]))
    middle = incoherent_sum(energies, fresh, initial=float(drift[0]))
    floor = energies / (2.0 - fresh) ** 2
    # The floor holds for the larger of two successive drifts.
    values = np.concatenate([drift, upper, middle, floor])
    values = values[values > 0.0]
    wide = bool(values.size) and float(values.max()) > 50.0 * float(values.min())
    if wide:
        axes.set_yscale("log", nonpositive="mask")
    elif values.size:
        axes.set_ylim(0.0, 1.08 * float(values.max()))
    # Wide and pale, so that it is seen where the exact drift attains it.
    axes.plot(
        i, upper, color=ORANGE, alpha=0.45, linewidth=6.0, solid_capstyle="butt", label="coherent (upper bound)"
    )
    axes.plot(i, middle, color=GREEN, linestyle="-.", label="incoherent sum", linewidth=1.6)
    axes.plot(i[1:], floor, color=BLUE, linestyle=":", linewidth=2.4, label=r"floor $J_i/(2-\alpha)^2$")
    axes.plot(i, drift, color=BLACK, marker="o", markersize=3.0, linewidth=1.2, label=r"exact $D_i$")
    axes.set_ylabel(r"$D_i=\chi^2(\hat p_i\,\|\,p)$ (dimensionless)")
    axes.legend(ncols=2, **BELOW)
    axes.set_title(f"Drift after {count} generations: {drift[-1]:.3g}", loc="left")


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
    for order, (n, shade) in enumerate(zip(chosen, shades, strict=True)):
        law = trajectory.models[int(n)]
        style: Any = {"color": shade, "linewidth": 2.2 if n == 0 else 1.4, "zorder": 3 + order}
        label = "data" if n == 0 and trajectory.start == trajectory.data else f"generation {n}"
        if law.dim == 1:
            x = _span(trajectory)
            axes.plot(x, law.pdf(x), label=label, **style)
        else:
            for part_number, part in enumerate(_blobs(law)):
                axes.plot(*ellipse(part, 1.0), label=label if part_number == 0 else None, **style)
    if trajectory.data.dim == 1:
        axes.set(xlabel="x (length)", ylabel="density (1/length)", ylim=(0.0, None))
        axes.set_title("Densities of the models", loc="left")
    else:
        axes.set(xlabel="first coordinate (length)", ylabel="second coordinate (length)")
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_title("One-deviation ellipses of the models", loc="left")
    axes.legend(ncols=3, **BELOW)


def _span(trajectory: Trajectory) -> Array:
    deviations = np.sqrt(trajectory.covs[:, 0, 0])
    means = trajectory.means[:, 0]
    return np.linspace(float(np.min(means - 3.5 * deviations)), float(np.max(means + 3.5 * deviations)), 801)


def _blobs(law: Law) -> list[Gaussian]:
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


def _correlation(share: float, ratio: float) -> float:
    """Return the correlation at which long-run drift over innovation energy is `ratio`."""
    kept = 1.0 - share
    scaled = ratio * (1.0 - kept**2)
    return (scaled - 1.0) / (scaled + 1.0) / kept


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
    """

    fresh: float
    correlation: float
    ratio: float
    label: str = "measured"
    axis: str = ""


def regimes_figure(points: Sequence[RegimePoint] = ()) -> Figure:
    """Return the map of long-run drift over fresh fraction and innovation correlation, and its exact edges.

    Parameters
    ----------
    points : sequence of RegimePoint
        Measured points, drawn on both panels: on the map in the colour of their own ratio.
    """
    figure, (left, right) = new_figure(2, height=4.8 if not points else 5.4)
    fresh, correlation = np.linspace(0.05, 1.0, 191), np.linspace(-1.0, 1.0, 201)
    drift = np.log10(long_run_drift(fresh[None, :], correlation[:, None]))
    levels = np.linspace(-0.6, 2.7, 34)
    filled = left.contourf(fresh, correlation, drift, levels=levels, cmap="viridis", extend="neither")
    filled.set_edgecolor("face")
    places = {0.5: 0.3, 1.0: 0.45, 2.0: 0.4, 5.0: 0.25, 20.0: 0.13}
    lines = np.log10(list(places))
    contours = left.contour(
        fresh, correlation, drift, levels=lines, colors="white", linewidths=0.9, linestyles="solid"
    )
    left.clabel(contours, fmt=lambda level: f"{10**level:.3g}", fontsize=9,
                manual=[(share, _correlation(share, ratio)) for ratio, share in places.items()])  # fmt: skip
    bar = figure.colorbar(filled, ax=left, ticks=[-0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5], pad=0.02)
    bar.set_label(r"$\log_{10}$ of long-run drift / innovation energy")
    left.set(
        xlabel=r"fresh fraction $\alpha$",
        ylabel=r"correlation of successive innovations $\rho$",
        xlim=(0.05, 1.0),
        ylim=(-1.0, 1.0),
    )
    left.set_title(r"Long-run $D/J$: upper edge $1/\alpha^2$, lower edge $1/(2-\alpha)^2$", loc="left", fontsize=11)
    low, middle, high = long_run_edges(fresh)
    right.fill_between(fresh, low, high, color=BLUE, alpha=0.12, linewidth=0.0, label="possible")
    right.plot(fresh, high, color=ORANGE, linestyle="--", label=r"aligned, $\rho=1$: $1/\alpha^2$")
    right.plot(fresh, middle, color=GREEN, linestyle="-.", label=r"orthogonal, $\rho=0$: $1/(\alpha(2-\alpha))$")
    right.plot(
        fresh, low, color=BLUE, linestyle=":", linewidth=2.0, label=r"alternating, $\rho=-1$: $1/(2-\alpha)^2$"
    )
    old = 0.5 / (1.0 + (1.0 - fresh) ** 2)
    right.plot(fresh, old, color=PURPLE, linewidth=1.2, label=r"proof of prop-4.1: $1/(2+2(1-\alpha)^2)$")
    right.set(
        yscale="log",
        xlabel=r"fresh fraction $\alpha$",
        ylabel=r"long-run drift / innovation energy",
        xlim=(0.05, 1.0),
    )
    right.grid(visible=True, which="major", color="0.9", linewidth=0.6)
    right.set_title("The two ends and their geometric mean", loc="left")
    if points:
        _draw_measured(left, right, points, filled)
    right.legend(ncols=2, **BELOW)
    return figure


def _draw_measured(left: Axes, right: Axes, points: Sequence[RegimePoint], filled: Any) -> None:
    labels = dict.fromkeys(point.label for point in points)
    markers = dict(zip(labels, itertools.cycle("osD^vPX"), strict=False))
    for label, marker in markers.items():
        own = [point for point in points if point.label == label]
        fresh, rho, ratio = (np.array([getattr(p, name) for p in own]) for name in ("fresh", "correlation", "ratio"))
        style: Any = {"marker": marker, "s": 75, "linewidths": 1.6, "zorder": 5, "clip_on": False}
        left.scatter(
            fresh, rho, c=np.log10(ratio), cmap=filled.get_cmap(), norm=filled.norm, edgecolors="white", label=label,
            **style,
        )  # fmt: skip
        right.scatter(fresh, ratio, facecolors="none", edgecolors=BLACK, **style)
    predicted = long_run_drift([p.fresh for p in points], [p.correlation for p in points])
    off = float(np.max(np.abs(np.log(np.array([p.ratio for p in points]) / predicted))))
    left.set_title(f"Measured $D/J$ at {len(points)} points: within a factor {np.exp(off):.3g} of the map",
                   loc="left", fontsize=11)  # fmt: skip
    title = ", ".join(dict.fromkeys(point.axis for point in points))
    legend = left.legend(
        ncols=min(3, len(markers)), title=title or None, columnspacing=1.2, handletextpad=0.2, fontsize=9, **BELOW
    )
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set(facecolor="0.6", edgecolor=BLACK)
