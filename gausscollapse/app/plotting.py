"""`plot`: the picture of whatever has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gausscollapse.app.figures import single_generation
from gausscollapse.app.figures_collapse import collapse_figure
from gausscollapse.app.figures_retraining import trajectory_figure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.retraining.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot(*things: ReverseProcess | Trajectory) -> Figure:
    """Return the picture of something: of a reverse process, a trajectory, or trajectories side by side.

    Parameters
    ----------
    *things : ReverseProcess or Trajectory
        One of them, or several trajectories on the line, to be compared on the same axes.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window: a notebook shows it, ``figure.savefig(path)`` writes it.

    Raises
    ------
    InvalidArgumentError
        If something has no picture.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.3))
    >>> len(gc.plot(process).axes)  # the endpoint, and the drift between its bounds
    2
    """
    if things and all(isinstance(thing, Trajectory) for thing in things):
        trajectories = [thing for thing in things if isinstance(thing, Trajectory)]
        return trajectory_figure(trajectories[0]) if len(trajectories) == 1 else collapse_figure(*trajectories)
    if len(things) == 1 and isinstance(things[0], ReverseProcess):
        return single_generation(things[0])
    kinds = ", ".join(sorted({type(thing).__name__ for thing in things})) or "nothing"
    raise InvalidArgumentError(
        "things", kinds, "has no picture", "a ReverseProcess, a Trajectory, or several of these"
    )
