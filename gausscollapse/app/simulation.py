"""The body of the command `simulate`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from gausscollapse.app import tables
from gausscollapse.app.terminal import show
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.whole_file import check_writable
from gausscollapse.lab import scenario, storage
from gausscollapse.process.process import ReverseProcess
from gausscollapse.retraining.trajectory import Trajectory


def simulate(name: str | None, *, figure: Path | None = None, output: Path | None = None) -> None:
    """Print the exact figures of a scenario, and write its figure and its trajectory.

    Parameters
    ----------
    name : str or None
        A scenario file or a preset; None for the built-in example.
    figure, output : Path, optional
        Where to write.
    """
    found = described(name)
    if output is not None:
        if not isinstance(found, Trajectory):
            accepted = "a scenario with a table [retraining]"
            raise InvalidArgumentError("output", str(output), "is for trajectories", accepted)
        storage.check_ending(output)
        check_writable(output)
    if figure is not None:
        from gausscollapse.app.figures import check_ending

        check_ending(figure)
        check_writable(figure)
    if isinstance(found, Trajectory):
        show(Console(), tables.trajectory(found))
        if output is not None:
            storage.write(found, output)
    else:
        show(Console(), tables.process(found))
    if figure is not None:
        _draw(found, figure)


def _draw(found: ReverseProcess | Trajectory, path: Path) -> None:
    from gausscollapse.app import figures, figures_retraining

    if isinstance(found, Trajectory):
        figures.save(figures_retraining.trajectory_figure(found), path)
    else:
        figures.save(figures.single_generation(found), path)


def described(name: str | None) -> ReverseProcess | Trajectory:
    """Return what a file or a preset describes; without a name, the built-in example."""
    return scenario.read(scenario.EXAMPLE) if name is None else scenario.load(name)
