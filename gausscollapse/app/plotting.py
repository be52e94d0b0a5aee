"""`plot`: the picture of whatever has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from gausscollapse.app.figures import single_generation
from gausscollapse.app.figures_animation import Animation, animation
from gausscollapse.app.figures_budget import budget_figure
from gausscollapse.app.figures_collapse import collapse_figure
from gausscollapse.app.figures_comparison import comparison_figure
from gausscollapse.app.figures_measured import measured_figure
from gausscollapse.app.figures_retraining import trajectory_figure
from gausscollapse.app.figures_textures import texture_figure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.retraining.textures import TextureTrajectory
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.sampling import DiscretisedProcess, MeasuredError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@overload
def plot(
    *things: ReverseProcess | DiscretisedProcess | MeasuredError | Trajectory | TextureTrajectory,
    animate: Literal[False] = False,
) -> Figure: ...


@overload
def plot(*things: ReverseProcess | Trajectory, animate: Literal[True]) -> Animation: ...


def plot(
    *things: ReverseProcess | DiscretisedProcess | MeasuredError | Trajectory | TextureTrajectory,
    animate: bool = False,
) -> Figure | Animation:
    """Return the picture of something: of a reverse process, a sampler, a trajectory, or several of these.

    Parameters
    ----------
    *things : ReverseProcess, DiscretisedProcess, MeasuredError, Trajectory or TextureTrajectory
        One of them (of a sampler its error budget, of a measured network where in time its error lives), or several
        trajectories, to be compared on the same axes: densities over generations where the data are a mixture on the
        line, else drift and models; pictures over generations of textures.
    animate : bool
        Trajectories as an animation, one frame a generation.

    Returns
    -------
    matplotlib.figure.Figure or Animation
        Without a window: a notebook shows it, ``figure.savefig(path)`` and ``animation.save("run.gif")`` write it.

    Raises
    ------
    InvalidArgumentError
        If something has no picture, or no animation, or runs cannot be compared.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.3))
    >>> len(gc.plot(process).axes)  # the endpoint, and the drift between its bounds
    2
    >>> run = gc.retrain(gc.Gaussian(0, 1), fresh=0, step=gc.AffineChannel(1, 0, 0.1), generations=20)
    >>> gc.plot(run, animate=True).save("run.gif")  # doctest: +SKIP
    """
    if things and all(isinstance(thing, Trajectory) for thing in things):
        trajectories = tuple(thing for thing in things if isinstance(thing, Trajectory))
        if animate:
            return animation(*trajectories)
        if len(trajectories) == 1:
            return trajectory_figure(trajectories[0])
        line = all(run.data.dim == 1 for run in trajectories)
        if line and any(run.data.weights.size > 1 for run in trajectories):
            return collapse_figure(*trajectories)
        return comparison_figure(*trajectories)
    kinds = ", ".join(sorted({type(thing).__name__ for thing in things})) or "nothing"
    if animate:
        raise InvalidArgumentError("things", kinds, "has no animation", "a Trajectory, or several")
    if len(things) == 1 and isinstance(things[0], ReverseProcess):
        return single_generation(things[0])
    if len(things) == 1 and isinstance(things[0], DiscretisedProcess):
        return budget_figure(things[0])
    if len(things) == 1 and isinstance(things[0], MeasuredError):
        return measured_figure(things[0])
    if things and all(isinstance(thing, TextureTrajectory) for thing in things):
        return texture_figure(*(thing for thing in things if isinstance(thing, TextureTrajectory)))
    raise InvalidArgumentError(
        "things",
        kinds,
        "has no picture",
        "a ReverseProcess, a DiscretisedProcess, a MeasuredError, a Trajectory, or several",
    )
