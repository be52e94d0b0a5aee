"""Trajectories as files: JSON with infinities as strings, or NetCDF (version 3, which every reader knows)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.lab.scenario import to_toml
from gausscollapse.lab.trajectory_scenario import describe_trajectory
from gausscollapse.retraining.trajectory import Trajectory

Variable = tuple[tuple[str, ...], Array, str]
ENDINGS = (".json", ".nc")


def variables(trajectory: Trajectory) -> Mapping[str, Variable]:
    """Return the arrays of a trajectory by name: dimensions, values, and what they are with their unit.

    Chi-squared quantities that cannot be computed are left out; KL is left out where there is no method for it.
    """
    result: dict[str, Variable] = {
        "fresh": (("generation",), trajectory.fresh, "fresh fraction of each generation"),
        "mean": (("model", "coordinate"), trajectory.means, "mean of each model"),
        "cov": (("model", "coordinate", "coordinate_"), trajectory.covs, "covariance of each model"),
        "components": (("model",), trajectory.component_counts.astype(np.float64), "number of components"),
        "dropped": (("model",), trajectory.dropped, "mass of components left out"),
        "wasserstein2": (
            ("model",),
            np.array([float(value) for value in trajectory.wasserstein2]),
            "2-Wasserstein distance of the moment-matched Gaussians of model and data (a length)",
        ),
    }
    try:
        result["accumulated"] = (("model",), trajectory.accumulated, "D_i = chi2(p^_i || p), dimensionless")
        result["refreshed"] = (("generation",), trajectory.refreshed, "chi2(q_i || p), dimensionless")
        result["innovation_gram"] = (
            ("generation", "generation_"),
            trajectory.innovation_gram,
            "<xi_i, xi_j> in L^2(p), dimensionless",
        )
    except NotSupportedError:
        pass
    try:
        divergences = trajectory.kl()
        result["kl"] = (("model",), np.array([float(value) for value in divergences]), "KL(p^_i || p), nats")
    except NotSupportedError:
        pass
    return result


def check_ending(path: Path) -> None:
    """Refuse a file name with another ending than ``.json`` or ``.nc``."""
    if path.suffix not in ENDINGS:
        raise InvalidArgumentError("output", str(path), f"has the ending {path.suffix!r}", "a name in .json or .nc")


def write(trajectory: Trajectory, path: Path) -> None:
    """Write a trajectory to a file whose ending, ``.json`` or ``.nc``, says the format.

    Raises
    ------
    InvalidArgumentError
        If the ending is another one.
    """
    check_ending(path)
    (_write_json if path.suffix == ".json" else _write_netcdf)(trajectory, path)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return ("inf" if value > 0 else "-inf") if isinstance(value, float) and math.isinf(value) else value


def _write_json(trajectory: Trajectory, path: Path) -> None:
    entries = variables(trajectory)
    document: dict[str, Any] = {
        "scenario": describe_trajectory(trajectory),
        "variables": {
            name: {"dimensions": list(dims), "description": words, "values": _plain(values.tolist())}
            for name, (dims, values, words) in entries.items()
        },
    }
    if "accumulated" in entries:
        document["finiteness"] = list(trajectory.finiteness)
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _write_netcdf(trajectory: Trajectory, path: Path) -> None:
    from scipy.io import netcdf_file

    entries = variables(trajectory)
    with cast(Any, netcdf_file)(path, "w") as file:
        file.title = "gausscollapse trajectory"
        file.scenario = to_toml(describe_trajectory(trajectory))
        if "accumulated" in entries:
            file.finiteness = "; ".join(trajectory.finiteness)
        sizes: dict[str, int] = {}
        for dims, values, _ in entries.values():
            sizes.update(zip(dims, values.shape, strict=True))
        for name, size in sizes.items():
            file.createDimension(name, size)
        for name, (dims, values, words) in entries.items():
            variable = file.createVariable(name, "d", dims)
            variable[...] = values
            variable.long_name = words
