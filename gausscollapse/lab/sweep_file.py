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

import json
import math
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gausscollapse.core.exceptions import ScenarioError
from gausscollapse.lab import sweep_presets
from gausscollapse.lab.experiment import Experiment
from gausscollapse.lab.experiments import EXPERIMENTS
from gausscollapse.lab.scenario import Table, as_table, read_document, require_keys

LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True, eq=False)
class Sweep:
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
    """

    title: str
    experiment: Experiment
    settings: Table
    grid: Mapping[str, tuple[Any, ...]]
    runs: int = 1
    seed: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each axis of the grid, and of runs."""
        return (*(len(values) for values in self.grid.values()), self.runs)


def canonical(value: Any) -> str:
    """Return JSON text that is equal for equal values: keys sorted, ``1.0`` written as ``1``, ``-0.0`` as ``0``."""

    def plain(entry: Any) -> Any:
        if isinstance(entry, Mapping):
            return {str(key): plain(inner) for key, inner in entry.items()}
        if isinstance(entry, list | tuple):
            return [plain(inner) for inner in entry]
        return int(entry) if isinstance(entry, float) and entry.is_integer() else entry

    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), default=str)


def override(settings: Table, changes: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return a copy of `settings` with the entries named by dotted keys replaced."""
    result = deepcopy(dict(settings))
    for key, value in changes.items():
        *path, last = key.split(".")
        table = result
        for part in path:
            inner = table.setdefault(part, {})
            if not isinstance(inner, dict):
                raise ScenarioError(f"{where}.{key}", value, f"has {part!r} for a table", "the path of a setting")
            table = inner
        table[last] = deepcopy(value)
    return result


def _flat(table: Table, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield entries with dotted keys; ``a.b = ...`` without quotes is a table in TOML."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _whole(where: str, value: object, *, least: int) -> int:
    accepted = f"a whole number from {least} to {LARGEST_SEED}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise ScenarioError(where, value, "is not a whole number", accepted)
    if not least <= value <= LARGEST_SEED:
        raise ScenarioError(where, value, "is out of range", accepted)
    return value


def _has_nan(value: object) -> bool:
    return any(map(_has_nan, value)) if isinstance(value, list) else isinstance(value, float) and math.isnan(value)


def _axis(key: str, values: object) -> tuple[Any, ...]:
    where = f"grid.{key}"
    if key == "run" or not all(key.split(".")):
        raise ScenarioError(where, values, "cannot name an axis", "the dotted key of a setting")
    if not isinstance(values, list) or not values:
        raise ScenarioError(where, values, "is not a list of values", "a list with at least one value")
    if _has_nan(values):
        raise ScenarioError(where, values, "has NaN", "values that are numbers, words, booleans or lists")
    if len({canonical(value) for value in values}) < len(values):
        raise ScenarioError(where, values, "names a value twice", "values that differ")
    return tuple(values)


def read_sweep(document: Table, *, quick: bool = False, known: Mapping[str, Experiment] = EXPERIMENTS) -> Sweep:
    """Return the sweep that a document describes, or with `quick` its short form.

    The settings of the cells are checked by `gausscollapse.lab.cells.cells`.

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.
    """
    require_keys(document, "", needed=("sweep", "settings"), optional=("grid", "quick"))
    head = as_table(document["sweep"], "sweep")
    require_keys(head, "sweep", needed=("title", "experiment"), optional=("runs", "seed"))
    settings: Table = as_table(document["settings"], "settings")
    grid = dict(_flat(as_table(document.get("grid", {}), "grid")))
    short = dict(_flat(as_table(document.get("quick", {}), "quick")))
    if not isinstance(head["title"], str):
        raise ScenarioError("sweep.title", head["title"], "is not text", "a line that says what the sweep shows")
    name = head["experiment"]
    if not isinstance(name, str) or name not in known:
        raise ScenarioError("sweep.experiment", name, "is not known", ", ".join(known))
    runs = head.get("runs", 1)
    if quick:
        runs = short.pop("runs", runs)
        grid |= {key: short[key] for key in grid if key in short}
        settings = override(settings, {key: value for key, value in short.items() if key not in grid}, "quick")
    axes = {key: _axis(key, values) for key, values in grid.items()}
    for key in axes:
        inside = next((other for other in axes if other.startswith(f"{key}.")), None)
        if inside is not None:
            raise ScenarioError(f"grid.{inside}", grid[inside], f"is inside grid.{key}", "axes that do not overlap")
    override(settings, {key: values[0] for key, values in axes.items()}, "grid")
    return Sweep(
        title=head["title"],
        experiment=known[name],
        settings=settings,
        grid=axes,
        runs=_whole("sweep.runs", runs, least=1),
        seed=_whole("sweep.seed", head.get("seed", 0), least=0),
    )


def load_sweep(name: str, *, quick: bool = False) -> Sweep:
    """Return the sweep of a file or of a preset; see `read_sweep`."""
    path = Path(name)
    document = read_document(path) if path.suffix or path.exists() else sweep_presets.document(name)
    return read_sweep(document, quick=quick)
