"""The drift of one learned score under every sampler, from the probability flow to much noise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BELOW, BLACK, BLUE, ORANGE, draw_endpoints, new_figure
from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import Array
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.statistics import LinearStatistics
from gausscollapse.process.process import ReverseProcess

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# 0 first: the flow.
STOCHASTICITIES = np.concatenate([[0.0], np.geomspace(0.01, 3.0, 80)])


def drift_by_stochasticity(process: ReverseProcess, stochasticities: Array) -> LinearStatistics:
    """Return the statistics of one process under samplers of other stochasticities, one a process of the batch."""
    batch = Batch.of([process])[np.zeros(stochasticities.size, dtype=int)]
    return LinearStatistics(replace(batch, stochasticity=stochasticities), process.tolerance)


def draw_stochasticity(axes: Axes, process: ReverseProcess) -> None:
    """Draw KL of the endpoint against the sampler's stochasticity, and the bound by the path laws."""
    lam = STOCHASTICITIES
    drift = np.asarray(drift_by_stochasticity(process, lam).kl.value)
    bound = np.asarray(drift_by_stochasticity(process, lam[1:]).path_kl.value)
    axes.plot(lam, drift, color=ORANGE, linewidth=2.5, label=r"KL$(\hat p\,\|\,q)$ of the endpoint")
    axes.plot(lam[1:], bound, color=BLUE, linestyle="--", label="bound by the paths, no bound at 0")
    own = float(process.stochasticity)
    axes.plot([own], [float(process.kl())], "o", color=BLACK, label=f"this sampler, $\\lambda$ = {own:g}")
    top = 10.0 * max(float(np.max(drift)), float(np.min(bound)))
    axes.set(
        yscale="log", xlim=(-0.05, 3.05), xlabel=r"stochasticity $\lambda$ (0: flow, 1: reverse SDE)",
        ylabel="nats", ylim=(0.3 * max(float(np.min(drift)), 1e-12 * top), top),
    )  # fmt: skip
    axes.legend(ncols=1, **BELOW)
    noisy = float(np.asarray(drift_by_stochasticity(process, np.ones(1)).kl.value)[0])
    axes.set_title(f"One score, every sampler: flow {drift[0]:.3g}, SDE {noisy:.3g} nats", loc="left")


@checked
def stochasticity_figure(process: ReverseProcess, *, title: str = "") -> Figure:
    """Return the figure of one learned score: its endpoint, and its drift under every sampler.

    Parameters
    ----------
    process : ReverseProcess
        Of Gaussian data.
    title : str
        Above both panels.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `gausscollapse.app.figures.save` writes it.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> diffusion, error = gc.OrnsteinUhlenbeck(9.0, 0.0), gc.AffineError(0, 0.2)
    >>> flow = gc.ReverseProcess(gc.Gaussian(0, 1), diffusion, error, stochasticity=0)
    >>> len(stochasticity_figure(flow).axes)
    2
    """
    figure, (left, right) = new_figure(2)
    draw_endpoints(left, process)
    draw_stochasticity(right, process)
    if title:
        figure.suptitle(title)
    return figure
