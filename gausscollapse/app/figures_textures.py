"""Pictures of textures over generations: one row a run, all of the same noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import new_grid
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array
from gausscollapse.laws.texture import Texture
from gausscollapse.retraining.textures import TextureTrajectory

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_COLUMNS = 6
# Grey levels reach so many standard deviations of the data to either side of its brightness.
REACH = 2.5
SEED = 3


def texture_figure(*runs: TextureTrajectory, names: Sequence[str] = (), title: str = "") -> Figure:
    """Return pictures over generations, the data first, one row a run.

    Parameters
    ----------
    *runs : TextureTrajectory
        Of the same number of generations.
    names : sequence of str
        What is wrong with the score of each, or nothing.
    title : str
        What the figure shows, in words.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window. All pictures are drawn from the same noise and in the same grey levels.

    Raises
    ------
    InvalidArgumentError
        If there is no run, or they differ in their generations.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> data = gc.Texture.power_law(16)
    >>> error = gc.process.FilterError.fading(data, strength=0.5, above=2.0)
    >>> diffusion = gc.OrnsteinUhlenbeck(2.0, 0.01)
    >>> run = gc.retraining.retrain_texture(data, fresh=0, error=error, diffusion=diffusion, generations=4)
    >>> figure = texture_figure(run, names=["fading"])
    >>> [axes.get_title() for axes in figure.axes[:3]]
    ['data', 'generation 1', '2']
    """
    if not runs or any(not isinstance(run, TextureTrajectory) for run in runs):
        raise InvalidArgumentError("runs", runs, "are no runs on textures", "what `retrain_texture` returns")
    counts = {run.generations for run in runs}
    if len(counts) > 1:
        raise InvalidArgumentError("runs", sorted(counts), "differ in their generations", "runs of one length")
    chosen = _doubling(counts.pop())
    figure, panels = new_grid(len(runs), len(chosen), width=1.75, height=1.9)
    for row, (run, axes) in enumerate(zip(runs, panels, strict=True)):
        for column, (generation, panel) in enumerate(zip(chosen, axes, strict=True)):
            middle, reach = run.data.brightness, REACH * np.sqrt(run.data.variance)
            panel.imshow(_picture(run.textures[generation]), cmap="gray", vmin=middle - reach, vmax=middle + reach)
            panel.set(xticks=[], yticks=[])
            for spine in panel.spines.values():
                spine.set_visible(False)
            if row == 0:
                panel.set_title("data" if generation == 0 else f"{'generation ' * (column == 1)}{generation}")
        axes[0].set_ylabel(_words(run, names[row] if row < len(names) else ""))
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def _words(run: TextureTrajectory, name: str) -> str:
    shares = set(run.fresh.tolist())
    share = f"{100.0 * shares.pop():.0f} % fresh" if len(shares) == 1 else "fresh data vary"
    if run.generations and not np.any(run.fresh):
        share = "no fresh data"
    return f"{name}\n{share}" if name else share


def _picture(texture: Texture) -> Array:
    return np.asarray(texture.sample(1, rng=SEED)[0])


def _doubling(count: int) -> list[int]:
    """Return 0, 1, 2, 4, ... and the last generation, six at most."""
    powers = [2**k for k in range(30) if 2**k < count]
    found = [0, *powers, count] if count else [0]
    if len(found) > MOST_COLUMNS:
        keep = np.unique(np.round(np.linspace(1, len(found) - 1, MOST_COLUMNS - 1)).astype(int))
        found = [0, *(found[k] for k in keep)]
    return found
