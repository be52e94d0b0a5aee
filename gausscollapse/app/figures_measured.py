"""The figure of a measured network: where in time its error lives, and how much of it the endpoint sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BLACK, BLUE, ORANGE, new_figure
from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import Array
from gausscollapse.sampling import MeasuredError, MeasuredNumber

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def _intervals(numbers: Sequence[MeasuredNumber]) -> tuple[Array, Array]:
    """Return values and the two lengths of their intervals, (m,) and (2, m)."""
    values = np.array([float(number.likely) for number in numbers])
    low = np.array([float(number.likely.lower) for number in numbers])
    high = np.array([float(number.likely.upper) for number in numbers])
    return values, np.array([values - low, high - values])


def _edges(found: MeasuredError) -> Array:
    """Return the ends of the slices for a logarithmic axis, which has no 0."""
    edges = found.edges.copy()
    edges[0] = edges[0] or 0.1 * edges[1]
    return edges


def draw_energy(axes: Axes, found: MeasuredError) -> None:
    """Draw the energy of each slice, and what it adds to the energy that the endpoint sees, as areas."""
    edges = _edges(found)
    middles, widths = np.sqrt(edges[:-1] * edges[1:]), np.diff(np.log(edges))
    for numbers, colour, label, shift in (
        (found.slice_energy, BLUE, "energy", 0.9),
        (found.slice_added, ORANGE, "of it in the observed energy", 1.11),
    ):
        values, lengths = _intervals(numbers)
        axes.stairs(values / widths, edges, fill=True, color=colour, alpha=0.35, label=label)
        axes.errorbar(middles * shift, values / widths, lengths / widths, color=colour, fmt="none", capsize=2)
    axes.axhline(0.0, color="0.6", linewidth=0.8)
    axes.set(xscale="log", xlabel="time $t$", ylabel=r"energy per unit of $\log t$")
    axes.legend(frameon=False, loc="upper left")
    axes.set_ylim(top=1.3 * axes.get_ylim()[1])


def draw_seen(axes: Axes, found: MeasuredError) -> None:
    """Draw the share of each slice that the endpoint sees of an error in this slice alone, and eta."""
    edges = _edges(found)
    values, lengths = _intervals(found.slice_observability)
    middles = np.sqrt(edges[:-1] * edges[1:])
    axes.stairs(values, edges, color=BLUE, linewidth=2, baseline=None, label="error in this slice of time alone")
    axes.errorbar(middles, values, lengths, color=BLUE, fmt="none", capsize=2)
    eta = found.observability.likely
    axes.axhspan(float(eta.lower), float(eta.upper), color=BLACK, alpha=0.08, linewidth=0)
    axes.axhline(float(eta), color=BLACK, linestyle="--", linewidth=1.2, label=r"all of it: $\eta$")
    axes.set(xscale="log", xlabel="time $t$", ylabel="share that the endpoint sees", ylim=(0.0, 1.05))
    axes.legend(frameon=False)


def _finding(found: MeasuredError) -> str:
    """Return in words where half of the energy is, and what the endpoint sees."""
    energy = np.array([float(number) for number in found.slice_energy])
    seen = f"the endpoint sees about {100.0 * float(found.observability.likely):.0f} % of it"
    total = float(np.sum(energy))
    if total == 0.0:
        return "There is no error"
    place = int(np.searchsorted(np.cumsum(energy), 0.5 * total))
    return f"Half of the error's energy is before t = {found.edges[place + 1]:.2g}; {seen}"


@checked
def measured_figure(found: MeasuredError, *, title: str = "") -> Figure:
    """Return the figure of a measured network: its energy over time, and how much of it the endpoint sees.

    Parameters
    ----------
    found : MeasuredError
        What `measure` returned.
    title : str
        The finding; by default where half of the energy is, and eta.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> data, diffusion = gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(2.0, 0.1)
    >>> found = gc.measure(gc.AffineError(0, 0.1), data, diffusion, n=200, steps=20, slices=4)
    >>> len(measured_figure(found).axes)
    2
    """
    figure, (left, right) = new_figure(2)
    draw_energy(left, found)
    left.set_title("Where in time the error lives", loc="left", fontsize=11)
    draw_seen(right, found)
    right.set_title("How much of it the endpoint sees", loc="left", fontsize=11)
    figure.suptitle(title or _finding(found), x=0.01, ha="left", fontsize=13)
    return figure
