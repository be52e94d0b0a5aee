"""The figure of a sampler: its error budget over the number of steps, and what its grid costs beside others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BLACK, BLUE, GREEN, ORANGE, PURPLE, new_figure
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.sampling import DiscretisedProcess, error_budget
from gausscollapse.sampling.sampler_grids import sampler_grid
from gausscollapse.sampling.schemes import scheme_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GRIDS = (("optimal", BLACK, "-"), ("quadratic", GREEN, "--"), ("logarithmic", ORANGE, "-."), ("uniform", PURPLE, ":"))
# Numbers of steps beside the sampler's own, as factors.
FACTORS = np.geomspace(0.1, 10.0, 13)
SMALLEST = 1e-9


def _at_other_steps(sampler: DiscretisedProcess) -> Iterator[DiscretisedProcess]:
    """Yield the sampler with fewer and more steps, from the fewest on; a schedule's chain may need some."""
    for count in sorted({max(2, round(sampler.steps * factor)) for factor in FACTORS}):
        with suppress(InvalidArgumentError):
            yield sampler.with_steps(count)


def draw_budget(axes: Axes, sampler: DiscretisedProcess) -> None:
    """Draw the parts of the budget, their sum and the truth over the number of steps."""
    samplers = list(_at_other_steps(sampler))
    counts = [item.steps for item in samplers]
    parts = [item.budget for item in samplers]
    lines = [
        ("sum, a bound", [float(part.total) for part in parts], BLACK, "-", "o"),
        ("discretisation", [float(part.discretisation) for part in parts], BLUE, "--", ""),
        ("start", [float(part.start) for part in parts], GREEN, "-.", ""),
        ("score", [float(part.score) for part in parts], ORANGE, ":", ""),
    ]
    if sampler.process.is_linear:
        lines.append(("truth, KL of the endpoint", [float(item.endpoint_kl) for item in samplers], PURPLE, "-", "s"))
    for label, values, colour, style, marker in lines:
        shown = np.where(np.array(values) > SMALLEST, values, np.nan)
        if np.any(np.isfinite(shown)):
            axes.plot(counts, shown, color=colour, linestyle=style, marker=marker, markersize=4, label=label)
    axes.axvline(sampler.steps, color="0.85", linewidth=6, zorder=0)
    axes.set(xscale="log", yscale="log", xlabel="number of steps", ylabel=r"$\mathrm{KL}(q\,\|\,\hat p)$ (nats)")
    axes.legend(frameon=False)


def draw_grids(axes: Axes, sampler: DiscretisedProcess) -> None:
    """Draw the length of the steps over time on four grids and the sampler's own, with what each costs."""
    process, steps = sampler.process, sampler.steps
    grids = [(grid, colour, style) for grid, colour, style in GRIDS
             if grid != "logarithmic" or process.diffusion.stop > 0.0]  # fmt: skip
    if sampler.grid not in [grid for grid, _, _ in grids]:
        grids.append((str(sampler.grid), BLUE, "-"))
    for grid, colour, style in grids:
        times = sampler.times if grid == sampler.grid else sampler_grid(process, steps, grid, scheme=sampler.scheme)
        cost = float(error_budget(process, steps, grid=times, scheme=sampler.scheme).discretisation)
        axes.plot(
            times[:-1], -np.diff(times), color=colour, linestyle=style, linewidth=2,
            label=f"{grid}: {cost:.4f} nats",
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="time $t$ (of unit noise rate)", ylabel="step length (time)")
    axes.legend(frameon=False, title="discretisation costs")


def _finding(sampler: DiscretisedProcess) -> str:
    """Return the largest part of the budget in words."""
    found = sampler.budget
    parts = {"the start": found.start, "the steps": found.discretisation, "the score": found.score}
    largest = max(parts, key=lambda key: float(parts[key]))
    total = float(found.total)
    share = 100.0 * float(parts[largest]) / total if total > 0.0 else 0.0
    return f"{share:.0f} % of the budget of {sampler.steps} steps is {largest}"


@checked
def budget_figure(sampler: DiscretisedProcess, *, title: str = "") -> Figure:
    """Return the figure of a sampler: its error budget over the number of steps, and its steps on four grids.

    The second panel is left out for mixtures beyond the line, which have no budget at all.

    Parameters
    ----------
    sampler : DiscretisedProcess
        Of Gaussian data, or on the line; not ancestral sampling.
    title : str
        The finding; by default the largest part of the budget.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it.

    Raises
    ------
    InvalidArgumentError
        If the sampler's grid is given, so that other numbers of steps have none.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 0.2), gc.OrnsteinUhlenbeck(4.0, 0.02), gc.AffineError(0, 0.1))
    >>> figure = budget_figure(gc.DiscretisedProcess(process, 50, "quadratic"))
    >>> figure.get_suptitle()
    '75 % of the budget of 50 steps is the steps'
    """
    if not isinstance(sampler.grid, str):
        raise InvalidArgumentError("grid", sampler.grid, "has one number of steps", "a grid by name")
    figure, (left, right) = new_figure(2)
    draw_budget(left, sampler)
    left.set_title(f"{scheme_name(sampler.scheme)}, {sampler.grid} grid", loc="left", fontsize=11)
    draw_grids(right, sampler)
    right.set_title(f"{sampler.steps} steps, and where each grid puts them", loc="left", fontsize=11)
    figure.suptitle(title or _finding(sampler), x=0.01, ha="left", fontsize=13)
    return figure
