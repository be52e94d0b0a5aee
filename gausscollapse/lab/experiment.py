"""What a sweep runs: an experiment, from plain settings and a key to named arrays with units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.exceptions import InvalidArgumentError

Settings = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Measurement:
    """One named array that an experiment returns.

    Parameters
    ----------
    dims : tuple of str
        Name of each axis; ``generation`` runs over the models 0..N.
    values : array_like
        Of a type of fixed size; the shape depends on the settings only, never on the key.
    words : str
        What it is.
    units : str
        ``"nats"``, ``"1"`` for what has no dimension, ``"length"``, ``"seconds"``; ``"samples"`` for counts of
        them, of which no figure is drawn.
    lower : bool
        Whether it is a lower bound or estimate only, as is also said, entry by entry, by an ``X_upper`` of inf.

    Raises
    ------
    InvalidArgumentError
        If `dims` does not name every axis of `values`.

    Notes
    -----
    Names by which figures find what belongs together: ``X`` is measured, ``X_error`` its standard error, ``X_lower``
    and ``X_upper`` an interval, ``X_expected`` what theory says, with ``X_expected_error`` where that was
    sampled (the same error in every run, which runs do not average out). ``pictures`` has the dims
    ``(generation, picture, row, column)``, ``points`` ``(generation, point, coordinate)``.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> drift = gc.lab.Measurement(("generation",), np.array([0.0, 0.01, 0.02]), "drift")
    >>> drift.values.shape, drift.units
    ((3,), '1')
    """

    dims: tuple[str, ...]
    values: NDArray[Any]
    words: str
    units: str = "1"
    lower: bool = False

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.ndim != len(self.dims):
            reason = f"does not fit values of shape {values.shape}"
            raise InvalidArgumentError("dims", self.dims, reason, f"{values.ndim} names")
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

    Examples
    --------
    One generation in which the model is N(c, 1), at chi-squared exp(c^2) - 1 = 0.01005 from the data N(0, 1):

    >>> import gausscollapse as gc
    >>> experiment = gc.lab.EXPERIMENTS["trajectory"]
    >>> retraining = {"fresh": 0.5, "generations": 1, "step": {"kind": "offset", "offset": [0.1]}}
    >>> settings = {"data": {"mean": [0.0], "cov": [[1.0]]}, "retraining": retraining}
    >>> experiment.check(settings)
    >>> experiment.run(settings, 0)["accumulated"].values.round(5)
    array([0.     , 0.01005])
    >>> experiment.seconds(settings) < 1.0
    True

    One of your own; the mean of 10 000 normals is within 0.05 of 0 but for one key in a million:

    >>> import numpy as np
    >>> def mean_of_normals(settings, key):
    ...     draws = np.random.default_rng(key).standard_normal(settings["n"])
    ...     return {"mean": gc.lab.Measurement((), draws.mean(), "mean of n standard normals")}
    >>> own = gc.lab.Experiment("normals", check=lambda settings: None, run=mean_of_normals)
    >>> bool(abs(own.run({"n": 10_000}, 1)["mean"].values) < 0.05)
    True
    """

    name: str
    check: Callable[[Settings], None]
    run: Callable[[Settings, int], Mapping[str, Measurement]]
    seconds: Callable[[Settings], float] = lambda _: 1.0
