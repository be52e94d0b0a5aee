"""Scenario files: one learned generation, or retraining over many, in TOML; read, described and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gausscollapse.core.arguments import checked
from gausscollapse.lab import presets
from gausscollapse.lab.process_scenario import describe_process, read_process
from gausscollapse.lab.sampler_scenario import describe_sampler, read_sampler
from gausscollapse.lab.tables import Table
from gausscollapse.lab.texture_scenario import TextureRuns, read_textures
from gausscollapse.lab.trajectory_scenario import describe_trajectory, read_trajectory
from gausscollapse.process.process import ReverseProcess
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.sampling import DiscretisedProcess

# One generation on the real line: data with a small variance, a score that is a little off everywhere.
EXAMPLE: Table = {
    "data": {"mean": [1.0], "cov": [[0.25]]},
    "diffusion": {"horizon": 4.0, "stop": 0.02},
    "error": {"kind": "affine", "matrix": [[0.15]], "offset": [0.25]},
}


@checked
def read(document: Table) -> ReverseProcess | DiscretisedProcess | Trajectory | TextureRuns:
    """Return what a scenario describes: a trajectory, a sampler, or a reverse process.

    A table ``[texture]`` makes it a scenario of pictures, see `gausscollapse.lab.texture_scenario`.

    Parameters
    ----------
    document : mapping
        Of one learned generation: tables ``data``, ``error`` (or a list of them, which are summed), and optionally
        ``diffusion`` and ``process``; of a sampler also ``sampler`` with ``steps`` and optionally ``grid``,
        ``scheme`` and ``schedule``. Of retraining: ``data`` and ``retraining`` with ``fresh``, ``generations``,
        ``step`` and optionally ``start``.

    Returns
    -------
    ReverseProcess, DiscretisedProcess, Trajectory or TextureRuns

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> data = {"mean": [0.0], "cov": [[1.0]]}
    >>> process = gc.lab.read({"data": data, "error": {"kind": "affine", "matrix": [[0.0]], "offset": [0.5]}})
    >>> process.data, process.error.offset
    (Gaussian(mean=[0.0], cov=[[1.0]]), array([0.5]))

    After one generation with an offset of c = 0.1 the model is N(c, 1), whose chi-squared is exp(c^2) - 1 = 0.01005:

    >>> step = {"kind": "offset", "offset": [0.1]}
    >>> trajectory = gc.lab.read({"data": data, "retraining": {"fresh": 0.5, "generations": 1, "step": step}})
    >>> round(float(trajectory.accumulated[1]), 5)
    0.01005

    >>> gc.lab.read({"data": data, "error": {"kind": "afine"}})
    Traceback (most recent call last):
    gausscollapse.core.exceptions.ScenarioError: error.kind = 'afine': is not known; \
accepted: affine, solenoidal, amplified, realizable
    """
    if "texture" in document:
        return read_textures(document)
    if "retraining" in document:
        return read_trajectory(document)
    return read_sampler(document) if "sampler" in document else read_process(document)


@checked
def load(name: str | Path) -> ReverseProcess | DiscretisedProcess | Trajectory | TextureRuns:
    """Return what a scenario file or a preset describes.

    Parameters
    ----------
    name : str or Path
        A TOML file, or one of `presets.names()`.

    Returns
    -------
    ReverseProcess, DiscretisedProcess, Trajectory or TextureRuns
        See `read`.

    Raises
    ------
    ScenarioError
        If the file cannot be read, is no TOML, or has a mistake in it.
    UnknownNameError
        If `name` has no ending, is no file and no preset.

    Examples
    --------
    Offsets that all point the same way, a fifth of fresh data: drift goes from J to nearly J/0.2^2 = 25 J.

    >>> import gausscollapse as gc
    >>> trajectory = gc.lab.load("coherent")
    >>> round(float(trajectory.accumulated[-1] / trajectory.innovation_energy[-1]), 1)
    25.0
    """
    return read(presets.find(name))


@checked
def describe(item: ReverseProcess | DiscretisedProcess | Trajectory) -> dict[str, Any]:
    """Return the scenario of a reverse process, a sampler or a trajectory: `read` gives it back to the last bit.

    Parameters
    ----------
    item : ReverseProcess, DiscretisedProcess or Trajectory
        Channels of a trajectory are written out, one a generation where they differ.

    Returns
    -------
    dict
        Tables, lists, numbers and words, as TOML and JSON have them.

    Raises
    ------
    InvalidArgumentError
        If an error is of a class of your own.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> error = gc.AffineError(0.1, 0.2) + gc.AmplifiedScoreError(0.3)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 2.0), gc.OrnsteinUhlenbeck(), error)
    >>> document = gc.lab.describe(process)
    >>> document["data"]
    {'kind': 'gaussian', 'mean': [0.0], 'cov': [[2.0]]}
    >>> [table["kind"] for table in document["error"]]
    ['affine', 'amplified']
    >>> gc.lab.read(document).data == process.data
    True
    """
    if isinstance(item, Trajectory):
        return describe_trajectory(item)
    return describe_sampler(item) if isinstance(item, DiscretisedProcess) else describe_process(item)
