"""The figure of heavy tails: how far the limit of an amplifying channel reaches, and whether its variance settles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BELOW, BLACK, BLUE, GREEN, ORANGE, new_figure
from gausscollapse.checking.sides import value
from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import Array, as_number
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.retraining.channels import AffineChannel
from gausscollapse.retraining.collapse import critical_fresh, tail_exponent
from gausscollapse.retraining.running import retrain
from gausscollapse.theorems.instances.amplified_statistics import AmplifiedStatistics

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GENERATIONS = 40


@checked
def tails_figure(*, gain: float = 1.3) -> Figure:
    """Return the figure of heavy tails, for fresh fractions above, at and below the critical one.

    Parameters
    ----------
    gain : float
        F of the channel ``x -> F x``, from 1.05 to 3.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it. Left: the probability beyond a distance, of the limit of N(0, 1) data, and
        its power law. Right: the variance of the models over generations.

    Raises
    ------
    InvalidArgumentError
        If the gain is out of range.

    Notes
    -----
    Tails are the sums over ages of theorem ``heavy-tails``, variances those of `retrain`. Source: *own*.

    Examples
    --------
    >>> tails_figure(gain=1.5).axes[1].get_xlabel()
    'generation'
    """
    size = as_number("gain", gain, at_least=1.05, at_most=3.0)
    figure, (left, right) = new_figure(2, height=4.8)
    edge = critical_fresh(size)
    shares = (edge + 0.4 * (1.0 - edge), edge, 0.5 * edge)
    x = np.geomspace(1.0, size**40, 120)
    for share, colour, where in zip(shares, (BLUE, GREEN, ORANGE), ("above", "at", "below"), strict=True):
        run = retrain(
            Gaussian(0.0, 1.0), fresh=share, step=AffineChannel(size, 0.0, 0.0), generations=GENERATIONS
        )  # fmt: skip
        order = tail_exponent(size, fresh=share)
        tail = _tail(AmplifiedStatistics([run]), x)
        label = f"$\\alpha$ = {share:.2f} {where} $\\alpha^*$: $\\kappa$ = {order:.2f}"
        left.loglog(x, tail, color=colour, linewidth=2.2, label=label)
        left.loglog(x[60:], 0.45 * tail[60] * (x[60:] / x[60]) ** -order, color=colour, linestyle=":", linewidth=1.4)
        variances = run.covs[:, 0, 0]
        right.semilogy(np.arange(variances.size), variances, color=colour, linewidth=2.2, label=label.split(":")[0])
        if share > edge:
            level = share * size**2 / (1.0 - (1.0 - share) * size**2)
            right.axhline(level, color=colour, linestyle=":", linewidth=1.4)
            right.annotate("$V_L$", (0.4, level), xytext=(0, 3), textcoords="offset points", color=colour)
    normal = _tail_of_normal(x)
    left.loglog(x[normal > 1e-14], normal[normal > 1e-14], color=BLACK, linewidth=1.2, label="data, N(0, 1)")
    left.set(xlabel="distance $x$", ylabel="$P(|X| > x)$ of the limit", ylim=(1e-12, 2.0))
    left.set_title("Power laws, dotted $x^{-\\kappa}$", loc="left")
    right.set(xlabel="generation", ylabel="variance of the model")
    right.set_title(f"Gain {size:g}: finite above $\\alpha^* = 1 - 1/F^2$ = {edge:.2f}", loc="left")
    left.legend(ncols=2, **BELOW)
    right.legend(ncols=3, **BELOW)
    return figure


def _tail(statistics: AmplifiedStatistics, x: Array) -> Array:
    """Return the tail of the limit of the one run at many distances."""
    return np.array([value(statistics.tail(np.array([distance])))[0] for distance in x])


def _tail_of_normal(x: Array) -> Array:
    from scipy.special import erfc

    return np.asarray(erfc(x / np.sqrt(2.0)))
