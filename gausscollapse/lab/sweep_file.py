"""Sweep files: an experiment, its settings, a grid over any of them and replicas, read with one clear line an error.

[sweep]
title = "what it shows"
experiment = "generations"    the name of an experiment
runs = 10                     replicas, the axis "run"; 1 by default
seed = 0                      0 by default
[settings]                    what the experiment reads; nested tables are allowed
[grid]                        dotted keys that override [settings]: a list each, an axis each
fresh = [0.1, 0.5, 0.9]
"learner.bandwidth" = [0.6]
[quick]                       dotted keys that override [settings], lists of [grid] or runs, for a short form
runs = 2
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError, ScenarioError
from gausscollapse.lab import sweep_presets
from gausscollapse.lab.experiment import Experiment
from gausscollapse.lab.experiments import EXPERIMENTS
from gausscollapse.lab.reading import Checked, read_table
from gausscollapse.lab.tables import Table, as_table, canonical, flat, override, require_keys

LARGEST_SEED = 2**63 - 1
# Of a sweep: each is an object here and a file in its folder.
MOST_CELLS = 10**6


def _as_title(argument: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidArgumentError(argument, value, "is not text", "a line that says what the sweep shows")
    if not value.isprintable():
        raise InvalidArgumentError(argument, value, "has control characters", "a line that says what the sweep shows")
    return value


def _as_whole(argument: str, value: object, *, least: int) -> int:
    accepted = f"a whole number from {least} to {LARGEST_SEED}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidArgumentError(argument, value, "is not a whole number", accepted)
    if not least <= value <= LARGEST_SEED:
        raise InvalidArgumentError(argument, value, "is out of range", accepted)
    return value


def _has_nan(value: object) -> bool:
    return any(map(_has_nan, value)) if isinstance(value, list) else isinstance(value, float) and math.isnan(value)


def _axis(key: str, values: object) -> tuple[Any, ...]:
    where = f"grid.{key}"
    if key == "run" or not all(key.split(".")) or not key.isprintable() or "/" in key:
        raise InvalidArgumentError(where, values, "cannot name an axis", "the dotted key of a setting")
    if not isinstance(values, list | tuple) or not values:
        raise InvalidArgumentError(where, values, "is not a list of values", "a list with at least one value")
    if _has_nan(list(values)):
        raise InvalidArgumentError(where, values, "has NaN", "values that are numbers, words, booleans or lists")
    if len({canonical(value) for value in values}) < len(values):
        raise InvalidArgumentError(where, values, "names a value twice", "values that differ")
    return tuple(values)


@dataclass(frozen=True, eq=False)
class Sweep(Checked):
    """A grid of cells over an experiment.

    Parameters
    ----------
    title : str
        What it shows.
    experiment : Experiment
        What each cell runs.
    settings : mapping
        Settings that all cells share.
    grid : mapping
        Values along each axis, by the dotted key of the setting that they override; the order is that of the axes.
    runs : int
        Replicas of each point of the grid, >= 1.
    seed : int
        Seed of the whole sweep, >= 0.

    Raises
    ------
    InvalidArgumentError
        If an axis cannot be one, a number is out of range or there are too many cells. Settings are checked when the
        sweep is run.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> retraining = {"fresh": 0.5, "generations": 1, "step": {"kind": "offset", "offset": [0.1]}}
    >>> settings = {"data": {"mean": [0.0], "cov": [[1.0]]}, "retraining": retraining}
    >>> grid = {"retraining.fresh": (0.2, 0.8), "retraining.generations": (1, 5, 10)}
    >>> sweep = gc.lab.Sweep("drift", gc.lab.EXPERIMENTS["trajectory"], settings, grid, runs=4)
    >>> sweep.shape
    (2, 3, 4)
    >>> gc.lab.Sweep("drift", gc.lab.EXPERIMENTS["trajectory"], settings, {"retraining.fresh": ()})
    Traceback (most recent call last):
    gausscollapse.core.exceptions.InvalidArgumentError: grid.retraining.fresh = (): is not a list of values; \
accepted: a list with at least one value
    """

    title: Annotated[str, _as_title]
    experiment: Experiment
    settings: Table
    grid: Mapping[str, tuple[Any, ...]]
    runs: Annotated[int, partial(_as_whole, least=1)] = 1
    seed: Annotated[int, partial(_as_whole, least=0)] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        grid = {key: _axis(key, values) for key, values in self.grid.items()}
        for key in grid:
            inside = next((other for other in grid if other.startswith(f"{key}.")), None)
            if inside is not None:
                where, accepted = f"grid.{inside}", "axes that do not overlap"
                raise InvalidArgumentError(where, list(grid[inside]), f"is inside grid.{key}", accepted)
        override(self.settings, {key: values[0] for key, values in grid.items()}, "grid")
        object.__setattr__(self, "grid", grid)
        count = math.prod(self.shape)
        if count > MOST_CELLS:
            raise InvalidArgumentError("runs", self.runs, f"makes {count:.3g} cells", f"at most {MOST_CELLS} cells")

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each axis of the grid, and of runs."""
        return (*(len(values) for values in self.grid.values()), self.runs)


@checked
def read_sweep(document: Table, *, quick: bool = False, known: Mapping[str, Experiment] = EXPERIMENTS) -> Sweep:
    """Return the sweep that a document describes, or with `quick` its short form.

    Parameters
    ----------
    document : mapping
        Tables ``sweep`` (title, experiment, runs, seed), ``settings``, and optionally ``grid`` and ``quick``; keys of
        the last two are dotted.
    quick : bool
        Whether ``quick`` overrides settings, values along axes and runs.
    known : mapping
        Experiments by name; `EXPERIMENTS` by default.

    Returns
    -------
    Sweep

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> retraining = {"fresh": 0.5, "generations": 9, "step": {"kind": "offset", "offset": [0.1]}}
    >>> document = {
    ...     "sweep": {"title": "drift", "experiment": "trajectory", "runs": 4},
    ...     "settings": {"data": {"mean": [0.0], "cov": [[1.0]]}, "retraining": retraining},
    ...     "grid": {"retraining.fresh": [0.2, 0.8]},
    ...     "quick": {"runs": 1, "retraining.generations": 2},
    ... }
    >>> gc.lab.read_sweep(document).shape
    (2, 4)
    >>> quick = gc.lab.read_sweep(document, quick=True)
    >>> quick.shape, quick.settings["retraining"]["generations"]
    ((2, 1), 2)
    """

    def experiment(name: object, where: str) -> Experiment:
        if not isinstance(name, str) or name not in known:
            raise ScenarioError(where, name, "is not known", ", ".join(known))
        return known[name]

    require_keys(document, "", needed=("sweep", "settings"), optional=("grid", "quick"))
    head = as_table(document["sweep"], "sweep")
    settings = as_table(document["settings"], "settings")
    grid = dict(flat(as_table(document.get("grid", {}), "grid")))
    short = dict(flat(as_table(document.get("quick", {}), "quick")))
    if quick:
        if "runs" in short:
            head = {**head, "runs": short.pop("runs")}
        grid |= {key: short[key] for key in grid if key in short}
        settings = override(settings, {key: value for key, value in short.items() if key not in grid}, "quick")
    parts = {"settings": settings, "grid": grid}
    return read_table(Sweep, head, "sweep", readers={"experiment": experiment}, given=parts)


@checked
def load_sweep(name: str | Path, *, quick: bool = False) -> Sweep:
    """Return the sweep of a file or of a preset.

    Parameters
    ----------
    name : str or Path
        A TOML file, or one of `sweep_presets.names()`.
    quick : bool
        Whether to take the short form.

    Returns
    -------
    Sweep
        See `read_sweep`.

    Raises
    ------
    ScenarioError
        If the file cannot be read, is no TOML, or has a mistake in it.
    UnknownNameError
        If `name` has no ending, is no file and no preset.

    Examples
    --------
    Four fresh fractions, three kinds of steps, twenty runs:

    >>> import gausscollapse as gc
    >>> gc.lab.load_sweep("correlation").shape
    (4, 3, 20)
    """
    return read_sweep(sweep_presets.find(name), quick=quick)
