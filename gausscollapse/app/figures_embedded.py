"""A trajectory in the norm of a kernel: its drift between its bounds, and how innovations are aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BELOW, BLACK, GREEN, ORANGE
from gausscollapse.retraining.accumulation import coherent_bound, incoherent_sum
from gausscollapse.retraining.embedded_drift import KernelDrift

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_embedded(axes: Axes, drift: KernelDrift) -> None:
    """Draw ``MMD(p^_i, p)`` with the coherent bound and the discounted sum, and the innovations' correlations."""
    energies, first = drift.innovation_energy, float(drift.accumulated[0])
    upper = np.sqrt(coherent_bound(energies, drift.fresh, initial=first))
    middle = np.sqrt(incoherent_sum(energies, drift.fresh, initial=first))
    i = np.arange(drift.fresh.size + 1)
    # Wide and pale, so that it is seen where the exact drift attains it.
    axes.plot(
        i, upper, color=ORANGE, alpha=0.45, linewidth=6.0, solid_capstyle="butt", label="coherent (upper bound)"
    )
    axes.plot(i, middle, color=GREEN, linestyle="-.", linewidth=1.6, label="incoherent (orthogonal)")
    axes.plot(i, drift.distances, color=BLACK, marker="o", markersize=3.0, linewidth=1.2, label="exact")
    axes.set_ylim(0.0, 1.1 * max(float(upper.max()), 1e-300))
    last = max(drift.fresh.size, 1)
    axes.set_xlim(-0.02 * last, 1.02 * last)
    axes.set(xlabel="generation", ylabel=r"MMD$(\hat p_i,p)$ (dimensionless)")
    axes.locator_params(axis="x", integer=True)
    axes.grid(visible=True, which="major", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(ncols=2, **BELOW)
    axes.set_title(f"A kernel of width {drift.width:.2g}: drift {drift.distances[-1]:.3g}, finite", loc="left")
    told = _told(drift)
    if told:
        axes.text(
            0.97, 0.05, told, transform=axes.transAxes, ha="right", va="bottom", fontsize=10,
            bbox={"facecolor": "white", "edgecolor": "0.8", "boxstyle": "round"},
        )  # fmt: skip


def _told(drift: KernelDrift) -> str:
    """Return the range of the correlations of different innovations, from their Gram matrix, in words."""
    sizes = np.sqrt(drift.innovation_energy)
    scale = np.outer(sizes, sizes)
    apart = (scale > 0.0) & ~np.eye(sizes.size, dtype=bool)
    if not np.any(apart):
        return ""
    found = np.clip(drift.innovation_gram[apart] / scale[apart], -1.0, 1.0)
    return f"innovations correlate\n{float(found.min()):.2f} to {float(found.max()):.2f}"
