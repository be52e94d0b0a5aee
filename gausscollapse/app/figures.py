"""Figures of one generation, and what all figures share; matplotlib is loaded when one is made."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.app.sides import Theorems, bound
from gausscollapse.checking.comparison import LOWER, UPPER
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import UnknownNameError
from gausscollapse.core.validation import Array
from gausscollapse.core.whole_file import write_whole
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.exact.statistics import LinearStatistics
from gausscollapse.process.process import ReverseProcess
from gausscollapse.theorems import registry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colour-blind safe palette.
BLUE, ORANGE, GREEN, BLACK, PURPLE = "#0072B2", "#D55E00", "#009E73", "#000000", "#CC79A7"

IDEAL, LEARNED = "ideal endpoint $q$", r"learned endpoint $\hat p$"

STYLE: Any = {
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.labelsize": 11,
    "legend.fontsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.12,
    "savefig.dpi": 160,
}


# Where a legend is below the panel.
BELOW: Any = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "frameon": False}


def new_figure(columns: int = 1, *, width: float = 6.0, height: float = 4.4) -> tuple[Figure, list[Axes]]:
    """Return a figure without a window and its axes, side by side.

    Parameters
    ----------
    columns : int
        Number of panels.
    width, height : float
        Size of one panel in inches.
    """
    figure, axes = new_grid(1, columns, width=width, height=height)
    return figure, axes[0]


def new_grid(
    rows: int, columns: int, *, width: float, height: float, **options: Any
) -> tuple[Figure, list[list[Axes]]]:
    """Return a figure without a window and its axes by row; `options` go to ``Figure.subplots``."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from gausscollapse.app.shown_figure import ShownFigure

    with rc_context(STYLE):
        figure = ShownFigure(figsize=(width * columns, height * rows))
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, [list(row) for row in axes]


def check_ending(path: Path) -> str:
    """Return the format that a path's ending names.

    Raises
    ------
    UnknownNameError
        If matplotlib writes no format of that ending.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    formats = sorted(FigureCanvasAgg.get_supported_filetypes())
    ending = path.suffix[1:].lower()
    if ending not in formats:
        raise UnknownNameError("figure", str(path), "has an unknown ending", "an ending of " + ", ".join(formats))
    return ending


def save(figure: Figure, path: Path, *, follow: bool = True) -> None:
    """Write a figure in the format of the path's ending; a failed write leaves the file as it was.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Of this room or any other.
    path : Path
        Ending in what matplotlib writes: png, pdf, svg and others.
    follow : bool
        Whether to write what a link names, or in its place; see `gausscollapse.core.whole_file`.

    Raises
    ------
    UnknownNameError
        If matplotlib writes no format of that ending.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "empty.svg"
    ...     save(new_figure()[0], path)
    ...     path.read_text().startswith("<?xml")
    True
    """
    from matplotlib import rc_context

    buffer = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(buffer, format=check_ending(path))
    write_whole(path, buffer.getvalue(), follow=follow)


def ellipse(law: Gaussian, radius: float) -> tuple[Array, Array]:
    """Return the points ``m + radius L (cos, sin)`` of the first two coordinates."""
    angles = np.linspace(0.0, 2.0 * np.pi, 201)
    factor = np.linalg.cholesky(law.cov[:2, :2])
    points = law.mean[:2, None] + radius * factor @ np.array([np.cos(angles), np.sin(angles)])
    return points[0], points[1]


def draw_endpoints(axes: Axes, process: ReverseProcess) -> None:
    """Draw the ideal and the learned endpoint law: densities in d = 1, ellipses of two coordinates beyond."""
    ideal, learned = process.gaussian_endpoint, process.endpoint()
    if process.dim == 1:
        scales = [float(np.sqrt(law.cov[0, 0])) for law in (ideal, learned)]
        centres = [float(law.mean[0]) for law in (ideal, learned)]
        low = min(c - 4.0 * s for c, s in zip(centres, scales, strict=True))
        high = max(c + 4.0 * s for c, s in zip(centres, scales, strict=True))
        x = np.linspace(low, high, 801)
        axes.fill_between(x, ideal.pdf(x), color=BLUE, alpha=0.25, linewidth=0.0)
        axes.plot(x, ideal.pdf(x), color=BLUE, label=IDEAL)
        axes.plot(x, learned.pdf(x), color=ORANGE, linestyle="--", label=LEARNED)
        axes.set(xlabel="x (length)", ylabel="density (1/length)", ylim=(0.0, None))
    else:
        for radius in (1.0, 2.0):
            axes.plot(*ellipse(ideal, radius), color=BLUE, label=IDEAL if radius == 1.0 else None)
            label = LEARNED if radius == 1.0 else None
            axes.plot(*ellipse(learned, radius), color=ORANGE, linestyle="--", label=label)
        axes.set(xlabel="first coordinate (length)", ylabel="second coordinate (length)")
        axes.set_aspect("equal", adjustable="datalim")
    axes.legend(ncols=2, title="Ellipses of one and two deviations" if process.dim > 1 else None, **BELOW)
    axes.set_title(rf"Where one generation lands: KL$(\hat p\,\|\,q)$ = {float(process.kl()):.3g} nats", loc="left")


def draw_bounds(axes: Axes, process: ReverseProcess, *, theorems: Theorems = registry) -> None:
    """Draw chi-squared of the endpoints against the ideal energy, as the error is scaled, between its bounds.

    The curves are the sides of `thm-3.4`, `prop-3.3` and `sharp` in `theorems`, with their constants.
    """
    s = scaled_statistics(process)
    x, exact, observed = (np.asarray(side.value) for side in (s.ideal_energy, s.chi2, s.observed_energy))
    upper, lower = bound(theorems["thm-3.4"], s, UPPER), bound(theorems["prop-3.3"], s, LOWER)
    centre, distance = np.sqrt(observed), bound(theorems["sharp"], s, UPPER)
    finite = np.isfinite(distance)
    axes.fill_between(
        x[finite], np.maximum(centre - distance, 0.0)[finite] ** 2, (centre + distance)[finite] ** 2,
        color=GREEN, alpha=0.25, linewidth=0.0, label="sharp interval",
    )  # fmt: skip
    for kept, values, colour, line, label in (
        (finite, upper, BLUE, "-.", "thm-3.4, above"),
        (finite & (lower > 0.0), lower, BLUE, ":", "prop-3.3, below"),
        (np.isfinite(exact), exact, BLACK, "-", "exact"),
    ):
        axes.plot(x[kept], values[kept], color=colour, linestyle=line, label=label)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel=r"ideal energy $\varepsilon_*^2$ (dimensionless)",
        ylabel=r"$\chi^2(\hat p\,\|\,q)$ (dimensionless)",
        ylim=(0.05 * float(np.min(observed)), 1e3),
    )
    if not np.all(finite):
        axes.axvspan(float(x[finite][-1]), float(x[-1]), color="0.9", label=r"path $\chi^2$ infinite: no bound")
    axes.legend(ncols=3, **BELOW)
    axes.set_title("The drift stays inside its published bounds", loc="left")


def scaled_statistics(process: ReverseProcess) -> LinearStatistics:
    """Return the statistics of a process with its error scaled to 121 ideal energies from 1e-4 to 3."""
    scales = np.sqrt(np.geomspace(1e-4, 3.0, 121) / float(process.ideal_energy()))
    batch = process.statistics.batch[np.zeros(scales.size, dtype=int)].scaled(scales)
    return LinearStatistics(batch, process.tolerance)


@checked
def single_generation(process: ReverseProcess) -> Figure:
    """Return the figure of one learned reverse process: its endpoint, and its drift between the bounds.

    The second panel is left out where the bounds say nothing: an error that moves nothing, a start other than q_T, or
    a stochasticity other than 1.

    Parameters
    ----------
    process : ReverseProcess
        Of Gaussian data.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it.

    Notes
    -----
    The bounds are the sides of `thm-3.4` and `prop-3.3` (arXiv 2602.16601, theorem 3.4 and proposition 3.3) and of
    `sharp` (*own*).

    Examples
    --------
    >>> import gausscollapse as gc
    >>> data = gc.Gaussian([0, 0], [[1, 0], [0, 2]])
    >>> seen = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(), gc.AffineError([[0, 0], [0, 0]], [0.1, 0]))
    >>> unseen = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(), gc.SolenoidalError([[0, 1], [-1, 0]]))
    >>> [len(single_generation(process).axes) for process in (seen, unseen)]
    [2, 1]
    """
    bounded = process.matched and process.stochasticity == 1.0
    if not bounded or float(process.observed_energy().lower) <= 0.0:
        figure, (left,) = new_figure()
        draw_endpoints(left, process)
        return figure
    figure, (left, right) = new_figure(2)
    draw_endpoints(left, process)
    draw_bounds(right, process)
    return figure
