"""Trajectories as files: JSON, with infinities as strings."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.json_text import json_text
from gausscollapse.core.validation import Array
from gausscollapse.core.whole_file import write_whole
from gausscollapse.lab.trajectory_scenario import describe_trajectory
from gausscollapse.retraining.injected import InjectedTrajectory
from gausscollapse.retraining.paper_terms import PaperTerms
from gausscollapse.retraining.trajectory import Trajectory

Variable: TypeAlias = tuple[tuple[str, ...], Array, str]


def _variables(trajectory: Trajectory) -> dict[str, Variable]:
    """Return the arrays of a trajectory by name: dimensions, values, and what they are with their unit.

    Chi-squared quantities that cannot be computed are left out; KL is left out where there is no method for it.
    """
    per_model, per_generation = ("model",), ("generation",)
    result: dict[str, Variable] = {
        "fresh": (per_generation, trajectory.fresh, "fresh fraction of each generation"),
        "mean": (("model", "coordinate"), trajectory.means, "mean of each model"),
        "cov": (("model", "coordinate", "coordinate_"), trajectory.covs, "covariance of each model"),
        "components": (per_model, trajectory.component_counts.astype(np.float64), "number of components"),
        "dropped": (per_model, trajectory.dropped, "mass of components left out"),
        "wasserstein2": (
            per_model,
            np.array([float(value) for value in trajectory.wasserstein2]),
            "2-Wasserstein distance of the moment-matched Gaussians of model and data (a length)",
        ),
    }
    with contextlib.suppress(NotSupportedError):
        result["accumulated"] = (per_model, trajectory.accumulated, "D_i = chi2(p^_i || p), dimensionless")
        result["refreshed"] = (per_generation, trajectory.refreshed, "chi2(q_i || p), dimensionless")
        words = "<xi_i, xi_j> in L^2(p), dimensionless"
        result["innovation_gram"] = (("generation", "generation_"), trajectory.innovation_gram, words)
    with contextlib.suppress(NotSupportedError):
        result["kl"] = (per_model, np.array([float(value) for value in trajectory.kl()]), "KL(p^_i || p), nats")
    if isinstance(trajectory, InjectedTrajectory):
        result |= _of_score_errors(trajectory.paper_terms())
    return result


def _of_score_errors(terms: PaperTerms) -> dict[str, Variable]:
    """Return energies, observabilities and divergences of each generation, with both ends of their intervals."""
    parts = (
        ("intra", terms.intra, "I_i = chi2(p^_{i+1} || q_i), dimensionless"),
        ("innovation_energy", terms.innovation_energy, "J_i, dimensionless"),
        ("ideal_energy", terms.ideal_energy, "eps*_i^2, dimensionless"),
        ("learned_energy", terms.learned_energy, "eps^_i^2, dimensionless"),
        ("observability", terms.observability, "eta_i, dimensionless"),
    )
    result: dict[str, Variable] = {}
    for name, item, words in parts:
        if item is not None:
            result[name] = (("generation",), np.asarray(item.value), words)
            for end in ("lower", "upper"):
                result[f"{name}_{end}"] = (("generation",), np.asarray(getattr(item, end)), f"{end} end of {words}")
    return result


def check_ending(path: Path) -> None:
    """Refuse a file name with another ending than ``.json``."""
    if path.suffix != ".json":
        raise InvalidArgumentError("output", str(path), f"has the ending {path.suffix!r}", "a name in .json")


def write(trajectory: Trajectory, path: Path) -> None:
    """Write a trajectory to a file in ``.json``.

    Raises
    ------
    InvalidArgumentError
        If the name has another ending.
    """
    check_ending(path)
    entries = _variables(trajectory)
    document: dict[str, Any] = {
        "scenario": describe_trajectory(trajectory),
        "variables": {
            name: {"dimensions": list(dims), "description": words, "values": values.tolist()}
            for name, (dims, values, words) in entries.items()
        },
    }
    if "accumulated" in entries:
        document["finiteness"] = list(trajectory.finiteness)
    write_whole(path, json_text(document))
