"""The body of the command `simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from rich.console import Console

from gausscollapse.app import tables_runs, tables_terms
from gausscollapse.app.terminal import show
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.whole_file import check_writable
from gausscollapse.lab import presets, scenario, storage
from gausscollapse.lab.tables import Table
from gausscollapse.lab.texture_scenario import TextureRuns
from gausscollapse.process.process import ReverseProcess
from gausscollapse.retraining.injected import InjectedTrajectory
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.sampling import DiscretisedProcess

Found: TypeAlias = ReverseProcess | DiscretisedProcess | Trajectory | TextureRuns


def simulate(name: str | None, *, figure: Path | None = None, output: Path | None = None) -> None:
    """Print the exact figures of a scenario, of a sampler its error budget; write its figure and its trajectory.

    Parameters
    ----------
    name : str or None
        A scenario file or a preset; None for the built-in example.
    figure, output : Path, optional
        Where to write.
    """
    document = _document(name)
    found = scenario.read(document)
    if output is not None:
        if not isinstance(found, Trajectory):
            accepted = "a scenario with a table [retraining]"
            raise InvalidArgumentError("output", str(output), "is for trajectories", accepted)
        storage.check_ending(output)
        check_writable(output)
    if figure is not None:
        _check_figure(found, figure)
    if isinstance(found, Trajectory):
        show(Console(), tables_runs.trajectory(found))
        if isinstance(found, InjectedTrajectory):
            terms = found.paper_terms()
            for table in (tables_terms.score_errors(terms), tables_terms.sides(terms)):
                show(Console(), table)
        if output is not None:
            storage.write(found, output)
    elif isinstance(found, DiscretisedProcess):
        show(Console(), tables_runs.sampler(found))
    elif isinstance(found, TextureRuns):
        show(Console(), tables_runs.textures(found))
    else:
        show(Console(), tables_runs.process(found))
    if figure is not None:
        _draw(found, document, figure)


def _moves(path: Path) -> bool:
    from gausscollapse.app.figures_animation import MOVING

    return path.suffix[1:].lower() in MOVING


def _check_figure(found: Found, path: Path) -> None:
    from gausscollapse.app import figures, figures_animation

    if not _moves(path):
        figures.check_ending(path)
    elif isinstance(found, Trajectory):
        figures_animation.moving_ending(path)
    else:
        accepted = "an ending of png, pdf or svg, or a scenario with a table [retraining]"
        raise InvalidArgumentError("figure", str(path), "is for trajectories: one generation does not move", accepted)
    check_writable(path)


def _draw(found: Found, document: Table, path: Path) -> None:
    from gausscollapse.app import (
        figures,
        figures_animation,
        figures_budget,
        figures_comparison,
        figures_retraining,
        figures_stochasticity,
        figures_textures,
    )

    title = document.get("finding", "")
    if isinstance(found, DiscretisedProcess):
        figures.save(figures_budget.budget_figure(found, title=title), path)
        return
    if isinstance(found, TextureRuns):
        figures.save(figures_textures.texture_figure(*found.runs, names=found.names, title=title), path)
        return
    if not isinstance(found, Trajectory):
        noisy = found.stochasticity == 1.0
        drawn = (
            figures.single_generation(found)
            if noisy
            else figures_stochasticity.stochasticity_figure(found, title=title)
        )
        figures.save(drawn, path)
        return
    named = [(str(document.get("name", "")), found)]
    if "beside" in document:
        other = presets.find(document["beside"])
        beside = scenario.read(other)
        if not isinstance(beside, Trajectory):
            raise InvalidArgumentError("beside", document["beside"], "is no trajectory", "a scenario of retraining")
        # A pair gives one figure, whichever of the two is asked for.
        named = sorted([*named, (str(other.get("name", "")), beside)], key=lambda pair: pair[0])
    names, runs = zip(*named, strict=True)
    told = names if all(names) else ()
    if _moves(path):
        figures_animation.animation(*runs, names=told, title=title).save(path)
    elif len(runs) > 1:
        figures.save(figures_comparison.comparison_figure(*runs, names=told, title=title), path)
    else:
        figures.save(figures_retraining.trajectory_figure(found, title=title), path)


def _document(name: str | None) -> Table:
    return scenario.EXAMPLE if name is None else presets.find(name)


def described(name: str | None) -> Found:
    """Return what a file or a preset describes; without a name, the built-in example."""
    return scenario.read(_document(name))
