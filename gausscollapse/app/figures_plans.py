"""Figures of fresh data: what refreshes of each size cost, and one plan beside the constant schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BELOW, BLUE, GREEN, ORANGE, new_figure
from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import as_size
from gausscollapse.retraining.fresh_cycle import cycle_drift, schedule_drift
from gausscollapse.retraining.fresh_plan import FreshPlan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST = 2000


@checked
def allocation_figure(*, period: int = 200) -> Figure:
    """Return the figure of refreshes of every size against the same data spread evenly.

    Parameters
    ----------
    period : int
        Generations from one refresh to the next, from 2 to 2000.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it. Left orthogonal, right aligned innovations.

    Raises
    ------
    InvalidArgumentError
        If the period is out of range.

    Notes
    -----
    A refresh by a is compared with the constant fraction ``a/period``, by
    `retraining.cycle_drift`. Curves: the limit of long periods, of theorem ``allocation`` (*own*).

    Examples
    --------
    >>> allocation_figure(period=40).axes[0].get_xlabel()
    'fresh fraction of one refresh, $a$'
    """
    count = as_size("period", period, at_least=2, each=1.0, unit="generations", most=LONGEST)
    figure, (left, right) = new_figure(2, height=4.6)
    a = np.linspace(0.01, 1.0, 200)
    u = 2.0 - a
    curves = (2.0 * (0.5 * u - 1.0 + 1.0 / u), 1.0 - a + a**2 / 3.0)
    sizes = np.linspace(0.02, 1.0, 491)
    limits = (r"$2(\sqrt{2}-1)$ at $2-\sqrt{2}$", "$1/3$ at $1$")
    for axes, c, curve, limit in zip((left, right), (0.0, 1.0), curves, limits, strict=True):
        idle = [0.0] * (count - 1)
        costs = np.array(
            [cycle_drift([*idle, size], correlation=c) / cycle_drift([size / count], correlation=c) for size in sizes]
        )
        best = int(np.argmin(costs))
        axes.axhline(1.0, color=GREEN, linestyle="--", linewidth=1.6, label="constant fraction")
        axes.plot(a, curve, color=BLUE, linewidth=1.6, label=f"long periods: {limit}")
        axes.plot(sizes, costs, color=BLUE, linestyle=":", linewidth=2.4, label=f"every {count} generations")
        axes.plot(1.0, costs[-1], "s", color=ORANGE, markersize=7, label="full refreshes")
        axes.annotate(
            f"$a$ = {sizes[best]:.3f}: {costs[best]:.3f}", (sizes[best], costs[best]), xytext=(0, -18),
            textcoords="offset points", ha="right" if best > 0.9 * len(sizes) else "center", color=BLUE,
        )  # fmt: skip
        axes.set(xlabel="fresh fraction of one refresh, $a$", xlim=(0, 1.04))
    left.set(ylabel="mean drift over that of a constant fraction", ylim=(0.78, 1.04))
    right.set(ylim=(0, 1.08))
    left.set_title("Orthogonal errors: refresh by 0.586", loc="left")
    right.set_title("Aligned errors: refresh in full", loc="left")
    for axes in (left, right):
        axes.legend(ncols=2, **BELOW)
    return figure


@checked
def plan_figure(plan: FreshPlan) -> Figure:
    """Return the figure of a plan: its fresh fractions, and its drift beside that of the constant schedule.

    Parameters
    ----------
    plan : FreshPlan
        From `retraining.plan_fresh`.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it.

    Raises
    ------
    InvalidArgumentError
        If it is no plan.

    Notes
    -----
    Drifts are those of `retraining.schedule_drift`. Source: *own*.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> plan_figure(gc.retraining.plan_fresh(0.2, generations=10)).axes[0].get_xlabel()
    'generation'
    """
    figure, (left, right) = new_figure(2, height=4.6)
    number = np.arange(1, plan.fresh.size + 1)
    constant = np.full(plan.fresh.size, plan.budget)
    left.bar(number, plan.fresh, color=BLUE, label="best")
    left.axhline(plan.budget, color=GREEN, linestyle="--", linewidth=1.6, label="constant")
    left.set(xlabel="generation", ylabel="fresh fraction", ylim=(0, 1.04))
    left.set_title("The same fresh data", loc="left")
    for fresh, colour, line, name in ((plan.fresh, BLUE, "-", "best"), (constant, GREEN, "--", "constant")):
        drift = schedule_drift(fresh, correlation=plan.correlation)
        right.plot(number, drift, color=colour, linestyle=line, linewidth=2.0, label=name)
    right.set(xlabel="generation", ylabel="drift over one innovation, $D/J$", ylim=(0, None))
    what = "Mean" if plan.aim == "mean" else "Last"
    right.set_title(f"{what} drift {plan.drift:.4g} against {plan.constant_drift:.4g}", loc="left")
    for axes in (left, right):
        axes.legend(ncols=2, **BELOW)
    return figure
