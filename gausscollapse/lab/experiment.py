"""What a sweep runs: an experiment, from plain settings and a key to named arrays with units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Settings = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Measurement:
    """One named array that an experiment returns.

    Parameters
    ----------
    dims : tuple of str
        Name of each axis; ``generation`` runs over the models 0..N.
    values : ndarray
        Float64, or another type of fixed size; the shape depends on the settings only, never on the key.
    words : str
        What it is.
    units : str
        ``"nats"``, ``"1"`` for what has no dimension, ``"length"``, ``"seconds"``; ``"samples"`` for counts of
        them, of which no figure is drawn.

    Notes
    -----
    Names by which figures find what belongs together: ``X`` is measured, ``X_error`` its standard error, ``X_lower``
    and ``X_upper`` an interval, ``X_expected`` what theory says, with ``X_expected_error`` where that was
    sampled (the same error in every run, which runs do not average out). ``pictures`` has the dims
    ``(generation, picture, row, column)``, ``points`` ``(generation, point, coordinate)``.
    """

    dims: tuple[str, ...]
    values: NDArray[Any]
    words: str
    units: str = "1"

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.ndim != len(self.dims):
            raise ValueError(f"dims: {self.dims!r} does not fit values of shape {values.shape}")
        object.__setattr__(self, "values", values)


@dataclass(frozen=True)
class Experiment:
    """An experiment that a sweep can run.

    Parameters
    ----------
    name : str
        As written in ``experiment = "..."`` of a sweep file.
    check : callable
        Takes settings; raises an `InvalidArgumentError` that names the key, the value and what would be accepted.
    run : callable
        Takes settings and a 64-bit key; returns measurements by name. The same arguments give the same bytes.
    seconds : callable
        Takes settings; a rough estimate of the time of one run on one core.
    """

    name: str
    check: Callable[[Settings], None]
    run: Callable[[Settings, int], Mapping[str, Measurement]]
    seconds: Callable[[Settings], float] = field(default=lambda _: 1.0)
