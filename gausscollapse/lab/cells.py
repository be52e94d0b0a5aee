"""From a sweep to its cells: one point of the grid, one run, one key."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscollapse.core.exceptions import shorten
from gausscollapse.core.version import __version__
from gausscollapse.lab.experiment import Settings
from gausscollapse.lab.sweep_file import Sweep
from gausscollapse.lab.tables import canonical, override


@dataclass(frozen=True, eq=False)
class Cell:
    """One run of an experiment at one point of a grid.

    Parameters
    ----------
    place : tuple of int
        Index along each axis of the grid, then the run.
    coordinates : mapping
        Value along each axis of the grid.
    key : int
        64-bit key, from which the experiment draws all its randomness; see `cell_key`.
    settings : mapping
        What the experiment reads.
    seconds : float
        Estimated time on one core.
    """

    place: tuple[int, ...]
    coordinates: Mapping[str, Any]
    key: int
    settings: Settings
    seconds: float

    @property
    def name(self) -> str:
        """The key in sixteen hexadecimal digits."""
        return f"{self.key:016x}"

    @property
    def words(self) -> str:
        """The point of the grid and the run, for messages."""
        axes = (f"{axis} = {shorten(value)}" for axis, value in self.coordinates.items())
        return ", ".join([*axes, f"run {self.place[-1]}"])


def labels(values: Sequence[Any]) -> list[Any]:
    """Return what the values along an axis are called: numbers and words as they are, tables by their kind if that
    tells them apart, anything else as JSON.
    """
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        # Integers beyond 64 bits have no place in an array of numbers.
        return list(values) if np.array(values).dtype.kind in "fiu" else list(map(str, values))
    if all(isinstance(value, str) for value in values):
        return list(values)
    if all(isinstance(value, Mapping) for value in values):
        kinds = [str(value.get("kind")) for value in values]
        if len(set(kinds)) == len(kinds):
            return kinds
    return [canonical(value) for value in values]


def cell_key(seed: int, coordinates: Mapping[str, Any], run: int) -> int:
    """Return the 64-bit key of a cell, BLAKE2b of the seed, the cell's own coordinates and the run.

    It depends neither on the order of axes or cells nor on the other values along an axis, so a grid can grow and
    what it had before keeps its values.
    """
    text = canonical({"seed": seed, "coordinates": coordinates, "run": run})
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def cells(sweep: Sweep) -> list[Cell]:
    """Return all cells in canonical order: the last axis of the grid varies faster, runs fastest.

    Raises
    ------
    InvalidArgumentError
        If the experiment refuses the settings of a point.
    """
    found = []
    for place in itertools.product(*(range(len(values)) for values in sweep.grid.values())):
        coordinates = {axis: values[i] for (axis, values), i in zip(sweep.grid.items(), place, strict=True)}
        settings = override(sweep.settings, coordinates, "grid")
        sweep.experiment.check(settings)
        seconds = float(sweep.experiment.seconds(settings))
        for run in range(sweep.runs):
            key = cell_key(sweep.seed, coordinates, run)
            found.append(Cell((*place, run), coordinates, key, settings, seconds))
    return found


def description(sweep: Sweep) -> dict[str, Any]:
    """Return what decides the results of a sweep and their layout; the title does not."""
    return {
        "version": __version__,
        "experiment": sweep.experiment.name,
        "runs": sweep.runs,
        "seed": sweep.seed,
        "settings": sweep.settings,
        "grid": [[axis, list(values)] for axis, values in sweep.grid.items()],
    }


def fingerprint(sweep: Sweep) -> str:
    """Return BLAKE2b of `description` in canonical JSON, 32 hexadecimal digits."""
    return hashlib.blake2b(canonical(description(sweep)).encode(), digest_size=16).hexdigest()
