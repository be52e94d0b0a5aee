"""The figure of accumulated data: drift where everything is kept, for errors that agree, do not, and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BELOW, BLACK, BLUE, GREEN, ORANGE, new_figure
from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import Array, as_size
from gausscollapse.retraining.accumulation import filter_sum

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DRAWN = 2000


@checked
def accumulate_figure(*, generations: int = 100, fresh: float = 0.2) -> Figure:
    """Return the figure of keeping everything against replacing, for innovations of energy one.

    Parameters
    ----------
    generations : int
        From 1 to 2000.
    fresh : float
        Fresh fraction of the runs that replace, in [0, 1].

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it. Left: all data and models so far are kept. Right: the last model replaces
        all before it, and `fresh` of the data are fresh.

    Raises
    ------
    InvalidArgumentError
        If a number is out of range.

    Notes
    -----
    The curves are `retraining.filter_sum` of Gram matrices of ones, of the identity and of alternating signs; the
    filter is that of the theorems ``accumulate`` and ``filter`` (*own*). The level pi^2/6: arXiv 2404.01413.

    Examples
    --------
    >>> figure = accumulate_figure(generations=40)
    >>> figure.axes[0].get_title(loc="left")
    'Keep everything: 18.3 J where errors agree'
    """
    count = as_size("generations", generations, at_least=1, each=1.0, unit="generations", most=MOST_DRAWN)
    figure, (left, right) = new_figure(2, height=4.6)
    kept = _drifts(count, 0.0, "accumulate")
    replaced = _drifts(count, fresh, "last")
    _draw(left, kept)
    left.axhline(np.pi**2 / 6, color=GREEN, linestyle=":", linewidth=1.4)
    left.annotate(
        r"$\pi^2/6$", (1.0, np.pi**2 / 6), xycoords=("axes fraction", "data"), xytext=(4, 0),
        textcoords="offset points", va="center", color=GREEN,
    )  # fmt: skip
    left.set_title(f"Keep everything: {kept['errors agree'][-1]:.3g} J where errors agree", loc="left")
    _draw(right, replaced)
    right.set_title(f"Replace, {100 * fresh:g} % fresh: {replaced['errors agree'][-1]:.3g} J", loc="left")
    high = 1.3 * max(np.max(values) for values in (*kept.values(), *replaced.values()))
    for axes in (left, right):
        axes.set_ylim(0.03, high)
    return figure


def _drifts(count: int, fresh: float, workflow: str) -> dict[str, Array]:
    """Return ``D_1..D_N`` over J of innovations that agree, are orthogonal, and alternate."""
    signs = (-1.0) ** np.arange(count)
    grams = {
        "errors agree": np.ones((count, count)), "orthogonal": np.eye(count), "alternate": np.outer(signs, signs),
    }  # fmt: skip
    return {name: filter_sum(gram, fresh, workflow=workflow)[1:] for name, gram in grams.items()}


def _draw(axes: Axes, drifts: dict[str, Array]) -> None:
    styles = ((ORANGE, "-"), (GREEN, "--"), (BLUE, "-."))
    for (name, values), (colour, line) in zip(drifts.items(), styles, strict=True):
        number = np.arange(1, values.size + 1)
        # Odd and even generations of errors that alternate lie on two curves.
        for start, step in ((0, 2), (1, 2)) if name == "alternate" else ((0, 1),):
            label = name if start == 0 else None
            part = slice(start, None, step)
            axes.plot(number[part], values[part], color=colour, linestyle=line, linewidth=2.2, label=label)
    axes.axhline(1.0, color=BLACK, linewidth=0.6)
    axes.set(xscale="log", yscale="log", xlabel="generation", ylabel="drift over one innovation, $D/J$")
    axes.set_yticks([0.1, 0.3, 1, 3, 10, 30], ["0.1", "0.3", "1", "3", "10", "30"])
    axes.minorticks_off()
    axes.legend(ncols=3, **BELOW)
