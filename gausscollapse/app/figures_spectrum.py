"""The figure of spectra: what retraining makes of each frequency of the errors, and where runs lie in their range."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import BELOW, BLACK, BLUE, GREEN, ORANGE, PURPLE, new_figure
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import as_number
from gausscollapse.retraining.long_run import long_run_drift, long_run_edges, power_gain
from gausscollapse.retraining.spectrum import Spectrum

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FRACTIONS = ((0.1, ORANGE, "-"), (0.2, PURPLE, "--"), (0.5, BLUE, "-."), (1.0, GREEN, ":"))
MARKERS = "osD^vPX"


def _examples() -> Mapping[str, Spectrum]:
    """Return spectra that say what the right panel is about."""
    return {
        "the same error": Spectrum(angles=0.0, weights=1.0),
        "the same, and noise": Spectrum([0.5], angles=0.0, weights=0.5),
        "forgotten, $0.5^n$": Spectrum([1.0], decay=0.5),
        "every third generation": Spectrum(angles=2.0 * np.pi / 3.0, weights=1.0),
        "alternating": Spectrum(angles=np.pi, weights=1.0),
    }


@checked
def spectrum_figure(runs: Mapping[str, Spectrum] = MappingProxyType({}), *, fresh: float = 0.2) -> Figure:
    """Return the figure of gains over frequencies, and of runs in their range.

    Parameters
    ----------
    runs : mapping of str to Spectrum
        Spectra by the names that the figure gives them, such as `Trajectory.spectrum`, at most seven; by default five
        examples.
    fresh : float
        Fresh fraction of the right panel, in (0, 1).

    Returns
    -------
    matplotlib.figure.Figure
        Without a window; `save` writes it. Left: the gain of each frequency for four fresh fractions, with its ends.
        Right: drift over innovation energy for each correlation c, and where the runs lie; a bar is all that the
        correlation of a run's successive innovations leaves open.

    Raises
    ------
    InvalidArgumentError
        If there are too many runs, or the fraction is out of range.

    Notes
    -----
    Left `retraining.power_gain`; right `retraining.long_run_drift`, `Spectrum.drift` and
    `Spectrum.effective_correlation`: theorem ``spectral`` (*own*).

    Examples
    --------
    >>> import gausscollapse as gc
    >>> shift = gc.retraining.AlternatingOffset([0.1])
    >>> run = gc.retrain(gc.Gaussian(0, 1), fresh=0.2, step=shift, generations=40)
    >>> figure = spectrum_figure({"there and back": run.spectrum})
    >>> figure.axes[1].get_title(loc="left")
    'A run is one number $c$: -0.97'
    """
    share = as_number("fresh", fresh, above=0.0, below=1.0)
    chosen = dict(runs) or _examples()
    if not all(isinstance(item, Spectrum) for item in chosen.values()):
        raise InvalidArgumentError("runs", runs, "holds what is no spectrum", "spectra by their names")
    if len(chosen) > len(MARKERS):
        raise InvalidArgumentError("runs", len(chosen), "are too many to tell apart", f"at most {len(MARKERS)}")
    figure, (left, right) = new_figure(2, height=5.2)
    _draw_gains(left)
    places = _draw_runs(right, chosen, share)
    title = f"A run is one number $c$: {places[0]:.2f}" if len(places) == 1 else "A run is one number $c$"
    right.set_title(title, loc="left")
    return figure


def _draw_gains(axes: Axes) -> None:
    angles = np.linspace(0.0, np.pi, 400)
    for share, colour, line in FRACTIONS:
        axes.plot(
            angles, power_gain(share, angles), color=colour, linestyle=line, linewidth=1.8,
            label=rf"$\alpha$ = {share:g}",
        )  # fmt: skip
        low, _, high = (float(edge) for edge in long_run_edges(share))
        axes.plot([0.0, np.pi], [high, low], "o", color=colour, markersize=6, clip_on=False, zorder=5)
    axes.annotate(
        r"$1/\alpha^2$: the same error", (0.0, 100.0), xytext=(12, 2), textcoords="offset points", va="center"
    )
    axes.annotate(
        r"alternating: $1/(2-\alpha)^2$", (np.pi, 1.0 / 3.61), xytext=(-6, -16), textcoords="offset points",
        ha="right", va="center",
    )  # fmt: skip
    axes.set(
        yscale="log", xlim=(0.0, np.pi), ylim=(0.15, 160.0), xlabel=r"frequency $\omega$, radians a generation",
        ylabel=r"gain $|1-(1-\alpha)e^{i\omega}|^{-2}$",
    )  # fmt: skip
    axes.set_xticks(
        [0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4, np.pi], ["0", r"$\pi/4$", r"$\pi/2$", r"$3\pi/4$", r"$\pi$"]
    )
    axes.set_yticks([0.3, 1.0, 3.0, 10.0, 30.0, 100.0], ["0.3", "1", "3", "10", "30", "100"])
    axes.minorticks_off()
    axes.grid(visible=True, which="major", color="0.9", linewidth=0.6)
    axes.set_title("What comes back adds up, what turns cancels", loc="left")
    axes.legend(ncols=4, **BELOW)


def _draw_runs(axes: Axes, runs: Mapping[str, Spectrum], share: float) -> list[float]:
    """Draw the runs on the curve of their drifts and return their numbers c."""
    c = np.linspace(-1.0, 1.0, 401)
    axes.plot(c, long_run_drift(share, c), color=BLACK, linewidth=1.4, zorder=1)
    low, middle, high = (float(edge) for edge in long_run_edges(share))
    for end, text in ((low, r"$1/(2-\alpha)^2$"), (middle, r"$1/\alpha(2-\alpha)$"), (high, r"$1/\alpha^2$")):
        axes.axhline(end, color="0.6", linewidth=0.8, linestyle=":", zorder=0)
        axes.annotate(
            text,
            (1.0, end),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
        )
    axes.plot([], [], color="0.5", linewidth=5.0, alpha=0.3, label="all that one correlation allows")
    places = []
    colours = itertools.cycle((ORANGE, PURPLE, BLUE, GREEN, "0.35"))
    for (name, spectrum), colour, marker in zip(runs.items(), colours, MARKERS, strict=False):
        place = float(spectrum.effective_correlation(share))
        ratio = float(spectrum.drift(share)) / spectrum.energy
        successive = spectrum.successive_correlation
        known = Spectrum([1.0] if np.isnan(successive) else [1.0, successive], decay=None).drift(share)
        axes.plot(
            [place, place], [float(known.lower), float(known.upper)], color=colour, linewidth=5.0, alpha=0.3, zorder=2
        )
        axes.plot(
            [place],
            [ratio],
            marker,
            color=colour,
            markersize=8,
            label=f"{name}: {place:.2f}",
            zorder=4,
            clip_on=False,
        )
        places.append(place)
    axes.set(
        yscale="log", xlim=(-1.04, 1.04), ylim=(0.7 * low, 1.6 * high), xlabel="effective correlation $c$",
        ylabel=rf"drift over innovation energy, $D/J$ ($\alpha$ = {share:g})",
    )  # fmt: skip
    ticks = [tick for tick in (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0) if 0.7 * low < tick < 1.6 * high]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.legend(ncols=2, **BELOW)
    return places
