"""The ideal energy by quadrature on panels that are cut where the error jumps and no wider than it is smooth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.mixture import Law
from gausscollapse.process.clock import clock_times, floor_of
from gausscollapse.process.fields import RandomFeatureError
from gausscollapse.process.setting import Setting
from gausscollapse.process.smoothness import panels

# Nodes a panel, fine and coarse; the most evaluations of the error, and the most panels of time.
ORDERS = (16, 10)
WORK, TIME_PANELS = 40_000_000, 4_000
# Standard deviations from a component's mean that are integrated over: 1e-32 of its mass is beyond.
REACH = 12


def composite(edges: Array, order: int) -> tuple[Array, Array]:
    """Return nodes and weights of Gauss-Legendre rules of one order on all panels."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    half = 0.5 * np.diff(edges)[:, None]
    return (edges[:-1, None] + half * (1.0 + nodes)).ravel(), (half * weights).ravel()


def _time_edges(process: Setting, cuts: tuple[float, ...], width: float) -> Array:
    low, high = process.diffusion.stop, process.diffusion.horizon
    clock = clock_times(low, high, floor_of(process.data), 13)
    return panels(low, high, (*cuts, *clock.tolist()), width)


def _both(integral: Callable[[int], float], method: str, rounding: float = 0.0) -> Enclosure:
    fine, coarse = (integral(order) for order in ORDERS)
    # A sum of up to 10^7 positive terms, paired: 1e-13 is a tolerance, hence "numeric".
    width = 2.0 * abs(fine - coarse) + 1e-13 * abs(fine) + rounding
    value = max(fine, 0.0)
    return Enclosure(value, max(fine - width, 0.0), value + width, method, "numeric")


def panel_energy(process: Setting) -> Enclosure | None:
    """Return the ideal energy in d = 1 for an error whose smoothness is stated; None beyond the work limit."""
    smooth, data = process.error.smoothness, process.data
    low, high = process.diffusion.stop, process.diffusion.horizon
    if (high - low) / smooth.time_scale > TIME_PANELS:
        return None
    edges = _time_edges(process, smooth.break_times, smooth.time_scale)

    def cells(law: Law) -> tuple[float, float, tuple[float, ...]]:
        means, spreads = law.means[:, 0], np.sqrt(law.covs[:, 0, 0])
        steps = (means + np.arange(-REACH, REACH + 1, 2)[:, None] * spreads).ravel()
        return float(np.min(steps)), float(np.max(steps)), (*smooth.breakpoints, *steps.tolist())

    ends = (cells(marginal(data, t)) for t in (low, high))
    least = max((b - a) / smooth.length_scale + len(cuts) for a, b, cuts in ends)
    if least * (edges.size - 1) * ORDERS[0] ** 2 > WORK:
        return None

    def integral(order: int) -> float:
        total = 0.0
        for t, share in zip(*composite(edges, order), strict=True):
            law = marginal(data, float(t))
            a, b, inner = cells(law)
            x, weights = composite(panels(a, b, inner, smooth.length_scale), order)
            values = process.error.evaluate(x[:, None], float(t), data=data)[:, 0]
            total += share * float(weights @ (law.pdf(x[:, None]) * values**2))
        return total

    return _both(integral, "energy, quadrature on panels, for an error as smooth as stated")


def wave_energy(process: Setting, error: RandomFeatureError) -> Enclosure | None:
    """Return the ideal energy of waves: their closed form at each time, on panels of time; None beyond the limit.

    Phases turn by ``|2 w| |d m_t|`` and damping by
    ``|2 w|^2 |d S_t|/2``: no panel holds more than two units of both.
    """
    data, span = process.data, process.diffusion.horizon - process.diffusion.stop
    wave = 2.0 * float(np.max(np.linalg.norm(error.frequencies, axis=1), initial=0.0))
    moved = float(np.max(np.linalg.norm(data.means, axis=1))) * 0.5
    spread = 0.5 * float(np.max(np.abs(np.linalg.eigvalsh(data.covs) - 1.0)))
    # A wave whose damping exponent is above 40 is nothing: that of one which is left moves by 40 d log S at most.
    least = float(np.min(np.linalg.eigvalsh(marginal(data, process.diffusion.stop).covs)))
    rate = wave * moved + min(wave**2 * spread, 80.0 * spread / least)
    if rate * span > TIME_PANELS:
        return None
    edges = _time_edges(process, (), 2.0 / rate if rate > 0.0 else np.inf)
    size = float(np.sum(np.linalg.norm(error.amplitudes, axis=1))) ** 2
    turned = 1.0 + wave * (2.0 * moved + float(np.max(np.abs(data.covs)))) + wave**2

    def integral(order: int) -> float:
        times, shares = composite(edges, order)
        return float(shares @ [error.energy_density(marginal(data, float(t))) for t in times])

    method = "energy, characteristic function, Gauss-Legendre quadrature in time"
    return _both(integral, method, 4.0 * 2.0**-53 * size * span * turned)
