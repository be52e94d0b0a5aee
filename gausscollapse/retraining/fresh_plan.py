"""Where to put a budget of fresh data: the best schedule by dynamic programming, between proven ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import Array, as_choice, as_number, as_size, frozen
from gausscollapse.retraining.fresh_cycle import schedule_drift

AIMS = ("mean", "last")
MOST, STEPS, NODES, CROSSES, HALVINGS = 400, 50, 120, 24, 14


@dataclass(frozen=True, eq=False)
class FreshPlan:
    """A schedule of fresh data with its drift, beside the constant one.

    Parameters
    ----------
    fresh : ndarray, shape (N,)
        Fresh fractions of the generations.
    drift, constant_drift : float
        Drift over J of this schedule and of the constant one: the mean over the generations, or the last.
    floor : float
        No schedule of fractions in steps of 0.02 has less drift than this with the budget; NaN where the correlation
        is negative.
    budget : float
        Mean fresh fraction.
    correlation : float
        Correlation of successive innovations.
    aim : str
        ``"mean"`` or ``"last"``.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> plan = gc.retraining.plan_fresh(0.25, generations=12)
    >>> plan.floor < plan.drift < plan.constant_drift
    True
    """

    fresh: Array
    drift: float
    constant_drift: float
    floor: float
    budget: float
    correlation: float
    aim: str


@checked
def plan_fresh(budget: float, *, generations: int = 50, correlation: float = 0.0, aim: str = "mean") -> FreshPlan:
    """Return the best schedule for a mean budget of fresh data.

    Parameters
    ----------
    budget : float
        Mean fresh fraction of a generation, in [0, 1].
    generations : int
        Horizon N, from 1 to 400.
    correlation : float
        c in [-1, 1]: 0 for orthogonal innovations, 1 for aligned ones, else those of an AR(1) process.
    aim : str
        ``"mean"``, the mean drift of all N models, or ``"last"``, that of the last one.

    Returns
    -------
    FreshPlan
        The best schedule that was found, and a floor under every one.

    Raises
    ------
    InvalidArgumentError
        If a number or the aim is out of range.

    Notes
    -----
    Fresh data has a price; for each price dynamic programming over the drift and its inner product with the next
    innovation finds the best schedule. The least cost is concave in this state, so that linear interpolation is
    below it: least cost minus price times budget is a floor, for every price (weak duality). The schedules found at
    the prices, and constant and periodic ones, are brought to the budget and improved by gradients; the best of
    them is returned, with its exact drift. Source: *own*.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> plan = gc.retraining.plan_fresh(0.1, generations=30, aim="last")
    >>> float(plan.fresh[-1]), plan.drift
    (1.0, 1.0)
    """
    share = as_number("budget", budget, at_least=0.0, at_most=1.0)
    count = as_size("generations", generations, at_least=1, each=1.0, unit="generations", most=MOST)
    c = as_number("correlation", correlation, at_least=-1.0, at_most=1.0)
    weights = np.full(count, 1.0 / count)
    if as_choice("aim", aim, AIMS) == "last":
        weights = np.append(np.zeros(count - 1), 1.0)
    constant = np.full(count, share)
    starts = [constant, *_periodic(share, count), *_ending(share, count)]
    floor, priced = _priced(share, c, weights)
    starts += [_to_budget(plan, share) for plan in priced]
    costs = [float(weights @ schedule_drift(plan, correlation=c)) for plan in starts]
    first = starts[int(np.argmin(costs))]
    improved = _improved(first, share, c, weights)
    drift = float(weights @ schedule_drift(improved, correlation=c))
    best, drift = (improved, drift) if drift < (1.0 - 1e-12) * min(costs) else (first, min(costs))
    return FreshPlan(frozen(best), drift, costs[0], floor if np.isnan(floor) else min(floor, drift), share, c, aim)


def _periodic(share: float, count: int) -> list[Array]:
    """Return one refresh in every k generations with all the budget of the cycle, for all k that allow it."""
    found = []
    for period in range(2, count + 1):
        if share * period > 1.0:
            break
        for first in {0, period // 2, period - 1}:
            plan = np.zeros(count)
            plan[first::period] = share * period
            found.append(_to_budget(plan, share))
    return found


def _ending(share: float, count: int) -> list[Array]:
    """Return everything at the end."""
    left = share * count - np.arange(count)[::-1]
    return [np.clip(left, 0.0, 1.0)]


def _to_budget(plan: Array, share: float) -> Array:
    """Return a plan with its positive fractions scaled, or lifted, to the mean."""
    for _ in range(60):
        gap = share - float(np.mean(plan))
        free = (plan > 0.0) & (plan < 1.0) if gap > 0.0 else plan > 0.0
        free = free if np.any(free) else plan < 1.0
        if abs(gap) < 1e-15 or not np.any(free):
            break
        plan = np.where(free, np.clip(plan + gap * plan.size / np.sum(free), 0.0, 1.0), plan)
    return plan


def _priced(share: float, c: float, weights: Array) -> tuple[float, list[Array]]:
    """Return the greatest floor over prices, and the schedules at them."""
    from gausscollapse.retraining._plan_kernels import backward, forward

    count = weights.size
    nodes, most = (NODES, float(count)) if c == 0.0 else (NODES // 2, float(np.sum(_grown(count, abs(c)))))
    drifts = most * np.linspace(0.0, 1.0, nodes) ** 2
    reach = abs(c) * (1.0 - abs(c) ** count) / (1.0 - abs(c)) if abs(c) < 1.0 else float(count)
    low = min(c * 1.0, 0.0)
    crosses = np.zeros(1) if c == 0.0 else np.linspace(low, reach if c > 0.0 else 0.0, CROSSES)
    shares = np.linspace(0.0, 1.0, STEPS + 1)
    floor, plans = -np.inf, []
    dear = 2.0 * float(np.sum(weights * most)) + 1.0
    cheap = 1e-6 * dear
    for _ in range(HALVINGS):
        price = float(np.sqrt(cheap * dear))
        values = backward(drifts, crosses, shares, price, weights, c)
        plan = forward(values, drifts, crosses, shares, price, weights, c)
        plans.append(plan)
        floor = max(floor, float(values[0, 0, 0]) - price * share * count)
        cheap, dear = (price, dear) if np.mean(plan) > share else (cheap, price)
    # Where innovations turn, nodes of the grid belong to no vectors, and the value is not concave there.
    return (floor if c >= 0.0 else np.nan), plans


def _grown(count: int, c: float) -> Array:
    """Return what each generation adds at most to a drift without fresh data, over J."""
    lags = np.arange(count)
    return 1.0 + 2.0 * np.cumsum(np.where(lags > 0, c**lags, 0.0))


def _improved(plan: Array, share: float, c: float, weights: Array) -> Array:
    """Return a plan of the same mean with less drift, by sequential quadratic programming."""
    from scipy.optimize import minimize

    within: Any = {"type": "eq", "fun": lambda x: np.sum(x) - share * x.size, "jac": np.ones_like}
    loss: Any = lambda x: _cost_and_slope(x, c, weights)  # noqa: E731
    answer = minimize(
        loss, plan, jac=True, method="SLSQP", bounds=[(0.0, 1.0)] * plan.size,
        constraints=within, options={"maxiter": 60, "ftol": 1e-12},
    )  # fmt: skip
    return _to_budget(np.clip(np.asarray(answer.x), 0.0, 1.0), share)


def _cost_and_slope(plan: Array, c: float, weights: Array) -> tuple[float, Array]:
    """Return the weighted drift and its derivatives, by the recursion and its adjoint."""
    keep = 1.0 - plan
    drifts, crosses = np.zeros(plan.size + 1), np.zeros(plan.size + 1)
    for n, k in enumerate(keep):
        drifts[n + 1] = k * k * drifts[n] + 2.0 * k * crosses[n] + 1.0
        crosses[n + 1] = c * (k * crosses[n] + 1.0)
    slope, by_drift, by_cross = np.zeros(plan.size), 0.0, 0.0
    for n in range(plan.size - 1, -1, -1):
        k, by_drift = keep[n], by_drift + weights[n]
        slope[n] = -(by_drift * (2.0 * k * drifts[n] + 2.0 * crosses[n]) + by_cross * c * crosses[n])
        by_drift, by_cross = k * k * by_drift, 2.0 * k * by_drift + by_cross * c * k
    return float(weights @ drifts[1:]), slope
