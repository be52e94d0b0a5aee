"""Animations: the models of trajectories, one frame a generation, beside the data that they began with."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.app.figures import BLUE, ORANGE, STYLE, ellipse, new_grid
from gausscollapse.app.figures_collapse import PALE_BLUE, count_modes, share_words, span
from gausscollapse.app.figures_retraining import modes_of
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError, UnknownNameError
from gausscollapse.core.whole_file import write_whole
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GIF, MP4 = "gif", "mp4"
MOVING = (GIF, MP4)
FRAMES_A_SECOND, DOTS_AN_INCH = 5, 90


@dataclass(frozen=True, eq=False)
class Animation:
    """A figure that is drawn once for each generation.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Without a window.
    frames : int
        How many: generation 0 is one of them.
    draw : callable
        Draws frame n into the figure.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> run = gc.retrain(gc.Gaussian(0, 1), fresh=0.2, step=gc.AffineChannel(1, 0.1, 0), generations=4)
    >>> gc.plot(run, animate=True)
    Animation(frames=5)
    >>> gc.plot(run, animate=True).save("run.gif")  # doctest: +SKIP
    """

    figure: Figure
    frames: int
    draw: Callable[[int], None]

    def __repr__(self) -> str:
        return f"Animation(frames={self.frames})"

    @checked
    def save(self, path: str | Path, *, frames_a_second: int = FRAMES_A_SECOND) -> None:
        """Write a GIF, or an MP4 where the program ffmpeg is installed; a failed write leaves the file as it was.

        Parameters
        ----------
        path : str or Path
            Ending in gif or mp4.
        frames_a_second : int
            How fast it plays.

        Raises
        ------
        UnknownNameError
            If the path ends in neither.
        NotSupportedError
            If there is no ffmpeg for an MP4.
        """
        path = Path(path)
        write_whole(path, self._encoded(moving_ending(path), frames_a_second))

    def _encoded(self, ending: str, frames_a_second: int) -> bytes:
        from matplotlib import rc_context
        from matplotlib.animation import FFMpegWriter, PillowWriter

        writer = (PillowWriter if ending == GIF else FFMpegWriter)(fps=frames_a_second)
        with tempfile.TemporaryDirectory() as folder, rc_context(STYLE):
            file = Path(folder) / f"animation.{ending}"
            with writer.saving(self.figure, str(file), DOTS_AN_INCH):
                for n in range(self.frames):
                    self.draw(n)
                    writer.grab_frame()
            return file.read_bytes()

    def _repr_html_(self) -> str:
        text = base64.b64encode(self._encoded(GIF, FRAMES_A_SECOND)).decode("ascii")
        return f'<img alt="{self.frames - 1} generations, animated" src="data:image/gif;base64,{text}">'


def moving_ending(path: Path) -> str:
    """Return the format of an animation that a path's ending names, if it can be written here."""
    from matplotlib.animation import FFMpegWriter

    ending = path.suffix[1:].lower()
    if ending not in MOVING:
        raise UnknownNameError("figure", str(path), "has an unknown ending", "an ending of " + ", ".join(MOVING))
    if ending == MP4 and not FFMpegWriter.isAvailable():
        raise NotSupportedError(f"figure = {str(path)!r} needs the program ffmpeg; accepted: an ending of gif")
    return ending


def animation(*trajectories: Trajectory, names: tuple[str, ...] = (), title: str = "") -> Animation:
    """Return the models of trajectories by generation, one panel each, on the same axes.

    Densities in d = 1, one-deviation ellipses of the first two coordinates beyond; the data stay in view.

    Parameters
    ----------
    *trajectories : Trajectory
        Of one dimension and one number of generations.
    names : tuple of str
        What each is called; by default its share of fresh data.
    title : str
        What they show.

    Raises
    ------
    InvalidArgumentError
        If they cannot be compared.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> run = gc.retrain(gc.Gaussian(0, 1), fresh=0, step=gc.AffineChannel(1, 0, 0.1), generations=9)
    >>> animation(run, run).frames
    10
    """
    check_comparable(trajectories)
    called = names or tuple(share_words(run) for run in trajectories)
    line = trajectories[0].data.dim == 1
    figure, ((*panels,),) = new_grid(1, len(trajectories), width=5.6, height=4.6, sharex=True, sharey=True)
    x = span(trajectories) if line else np.zeros(0)
    limits = _limits(trajectories, x)
    if title:
        figure.suptitle(title, x=0.01, ha="left")

    def draw(n: int) -> None:
        for axes, run, name in zip(panels, trajectories, called, strict=True):
            axes.clear()
            law = run.models[n]
            if line:
                axes.fill_between(x, run.data.pdf(x), color=PALE_BLUE, linewidth=0.0, label="data")
                axes.plot(x, law.pdf(x), color=ORANGE, label="model")
                left, before = (count_modes(np.asarray(each.pdf(x))) for each in (law, run.data))
                more = f", {left} of {before} modes" if before > 1 else ""
                axes.set(xlabel="x (length)", ylabel="density (1/length)")
            else:
                _draw_ellipses(axes, run.data, color=BLUE, label="data")
                _draw_ellipses(axes, law, color=ORANGE, linestyle="--", label="model")
                axes.set(xlabel="first coordinate (length)", ylabel="second coordinate (length)")
                axes.set_aspect("equal", adjustable="box")
                more = ""
            axes.set(xlim=limits[0], ylim=limits[1])
            axes.set_title(f"Generation {n}, {name}{more}", loc="left")
            axes.legend(loc="upper right", frameon=False)

    draw(0)
    return Animation(figure, trajectories[0].generations + 1, draw)


def check_comparable(trajectories: tuple[Trajectory, ...]) -> None:
    """Refuse trajectories that cannot be drawn on the same axes."""
    if not trajectories:
        raise InvalidArgumentError("trajectories", (), "is empty", "one Trajectory or more")
    dims, counts = {run.data.dim for run in trajectories}, {run.generations for run in trajectories}
    for name, values in (("dimension", dims), ("generations", counts)):
        if len(values) > 1:
            raise InvalidArgumentError(
                "trajectories", sorted(values), f"differ in their {name}", "runs that agree in it"
            )


def _draw_ellipses(axes: Axes, law: Law, *, label: str, **style: Any) -> None:
    for order, part in enumerate(modes_of(law)):
        axes.plot(*ellipse(part, 1.0), label=label if order == 0 else None, **style)


def _limits(trajectories: tuple[Trajectory, ...], x: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return limits that hold the data and the model of every generation."""
    laws = [law for run in trajectories for law in (run.data, *run.models)]
    if laws[0].dim == 1:
        return (float(x[0]), float(x[-1])), (0.0, 1.08 * max(float(np.max(law.pdf(x))) for law in laws))
    drawn = np.concatenate([np.array(ellipse(part, 1.0)) for law in laws for part in modes_of(law)], axis=1)
    low, high = drawn.min(axis=1), drawn.max(axis=1)
    margin = 0.06 * (high - low)
    ends = np.array([low - margin, high + margin])
    # Room for the legend.
    ends[1, 1] += 0.15 * (ends[1, 1] - ends[0, 1])
    return (float(ends[0, 0]), float(ends[1, 0])), (float(ends[0, 1]), float(ends[1, 1]))
