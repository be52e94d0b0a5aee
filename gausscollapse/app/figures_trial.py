"""The picture of samplers on trial: error over steps, one line a sampler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BLACK, BLUE, GREEN, ORANGE, PURPLE, new_figure
from gausscollapse.core.arguments import checked
from gausscollapse.trials.catalogue import Trials
from gausscollapse.trials.running import Trial

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = (BLUE, ORANGE, GREEN, PURPLE, BLACK, "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", ":")
MOST_LINES = len(COLOURS) * len(LINES)


@checked
def trial_figure(found: Trials, *, title: str = "") -> Figure:
    """Return the error over the number of steps, on logarithmic scales, the orders named.

    Parameters
    ----------
    found : Trials
        What `trials` returns; at most 21 lines are drawn, the best ones.
    title : str
        The law in words.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> found = gc.trials.trials(["euler-maruyama", "exponential"], "narrow", steps=(20, 50, 100))
    >>> figure = trial_figure(found, title="a narrow Gaussian")
    >>> figure.axes[0].get_xlabel()
    'steps'
    """
    figure, (axes,) = new_figure(width=8.0, height=5.6)
    drawn = [item for item in found.trials if item.rows[0].steps is not None][:MOST_LINES]
    for k, item in enumerate(drawn):
        steps = [float(row.steps or 0) for row in item.rows]
        values = [float(row.accuracy.error) for row in item.rows]
        axes.plot(
            steps, values, color=COLOURS[k % len(COLOURS)], marker=MARKERS[k % len(MARKERS)], markersize=5.0,
            linestyle=LINES[k // len(COLOURS)], label=_label(item),
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="steps")
    if drawn:
        ticks = sorted({row.steps for item in drawn for row in item.rows if row.steps is not None})
        axes.set_xticks(ticks, [str(count) for count in ticks])
        axes.minorticks_off()
    gaussian = found.data.weights.size == 1
    axes.set_ylabel("KL of the endpoint from the data (nats)" if gaussian else "maximum mean discrepancy")
    axes.set_title(_finding(drawn) + (f"\non {title}" if title else ""), loc="left")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return figure


def _label(item: Trial) -> str:
    return item.name if item.order is None else f"{item.name} (order {item.order.order:.1f})"


def _finding(drawn: list[Trial]) -> str:
    """Return the finding in words: who is best at the fewest and at the most steps."""
    if not drawn:
        return "No sampler ran"
    first, last = (min(drawn, key=lambda item: _error(item, k)) for k in (0, -1))
    few, many = drawn[0].rows[0].steps, drawn[0].rows[-1].steps
    if first is last or few == many:
        return f"{last.name} is best at {many} steps"
    return f"{first.name} is best at {few} steps, {last.name} at {many}"


def _error(item: Trial, k: int) -> float:
    value = float(item.rows[k].accuracy.error)
    return value if np.isfinite(value) else float("inf")
