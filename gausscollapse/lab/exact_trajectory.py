"""The experiment "trajectory": exact retraining, its drift between its bounds, its innovations.

Settings are a scenario of retraining, tables ``data`` and ``retraining``, and ``diffusion`` where its steps are score
errors; with ``kl = false`` KL, which can take long, is left out. Random schedules get their seed from the key.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError, ScenarioError
from gausscollapse.core.validation import Array
from gausscollapse.lab.error_steps import is_error
from gausscollapse.lab.experiment import Experiment, Measurement, Settings
from gausscollapse.lab.process_scenario import read_law
from gausscollapse.lab.reading import as_flag, built
from gausscollapse.lab.tables import override
from gausscollapse.lab.trajectory_scenario import read_retraining, read_trajectory
from gausscollapse.retraining.accumulation import coherent_bound, filter_sum, incoherent_sum, memory
from gausscollapse.retraining.injected import InjectedTrajectory
from gausscollapse.retraining.paper_terms import PaperTerms
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.retraining.workflows import Workflow

# Rough seconds that KL of one model takes, by dimension: quadrature on the line and in the plane, Monte Carlo beyond.
KL_SECONDS: Mapping[int, float] = {1: 0.002, 2: 0.15}
KL_SECONDS_BEYOND = 0.5
# And of a generation of score errors that needs the Fokker-Planck equation, solved twice.
ERROR_SECONDS = 0.5
# Tables that draw at random, and the kind that does.
RANDOM: Mapping[str, str] = {"retraining.step": "random-offset", "retraining.step.energy": "random"}
RATIO = "D_N over the mean innovation energy; in the long run between 1/(2 - a)^2 and 1/a^2"


def seeded(settings: Settings, key: int) -> dict[str, Any]:
    """Return the scenario in which every random schedule and offset has the seed `key`.

    Raises
    ------
    ScenarioError
        If the settings have a seed of their own: all runs would be the same.
    """
    scenario = dict(settings)
    for where, kind in RANDOM.items():
        table: Any = scenario
        for part in where.split("."):
            table = table.get(part) if isinstance(table, Mapping) else None
        if not isinstance(table, Mapping):
            continue
        if "seed" in table:
            raise ScenarioError(f"{where}.seed", table["seed"], "is given by the sweep", "no seed, or [sweep] seed")
        if table.get("kind") == kind:
            scenario = override(scenario, {f"{where}.seed": key}, "")
    return scenario


def check(settings: Settings) -> None:
    """Refuse settings that are no scenario of retraining, without running it.

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.
    """
    built("", as_flag, {"argument": "kl", "value": settings.get("kl", True)})
    read_retraining(seeded(settings, 0), also=("kl",))


def _along(values: Array | tuple[Enclosure, ...], words: str, units: str = "1") -> Measurement:
    """Return a measurement of models 0..N; of intervals, their middles."""
    return Measurement(("generation",), np.array([float(value) for value in values]), words, units)


def _reverse_triangle(energies: Array, fresh: Array, initial: float, workflow: Workflow) -> Array:
    """Return ``max(0, 2 max_i v_i - sum_i v_i)^2`` of the norms ``v_i = C_ni sqrt(J_i)``, ``c_n sqrt(D_0)``."""
    coefficients, start = memory(fresh, energies.size, workflow=workflow)
    norms = np.column_stack([coefficients * np.sqrt(energies), start * np.sqrt(initial)])
    return np.asarray(np.maximum(0.0, 2.0 * norms.max(axis=1) - norms.sum(axis=1)) ** 2)


def _drift(trajectory: Trajectory) -> dict[str, Measurement]:
    """Return what lives in L^2(p): the drift with its bounds, and the innovations with their correlations."""
    drift, gram = trajectory.accumulated, trajectory.innovation_gram
    energies, fresh, workflow = trajectory.innovation_energy, trajectory.fresh, trajectory.workflow
    words = "innovation energy J_i = ||xi_i||^2 in L^2(p)"
    found = {
        "accumulated": _along(drift, "drift D_i = chi2(p^_i || p)"),
        "innovation_energy": Measurement(("innovation",), energies, words),
    }
    if not (np.all(np.isfinite(drift)) and np.all(np.isfinite(energies)) and np.all(np.isfinite(gram))):
        return found
    initial = float(drift[0])
    double_sum = filter_sum(gram, fresh, initial=initial, cross=trajectory.initial_products, workflow=workflow)
    sizes = np.sqrt(energies)
    scale = np.outer(sizes, sizes)
    correlation = np.clip(np.divide(gram, scale, out=np.zeros_like(gram), where=scale > 0.0), -1.0, 1.0)
    words = "correlation of innovations in L^2(p); 0 where one vanishes"
    found |= {
        "accumulated_expected": _along(
            double_sum, "D_i as the double sum over innovations that the filter identity gives"
        ),
        "accumulated_lower": _along(
            _reverse_triangle(energies, fresh, initial, workflow),
            "least D_i for innovations of these energies, by the reverse triangle inequality",
        ),
        "accumulated_upper": _along(
            coherent_bound(energies, fresh, initial=initial, workflow=workflow),
            "coherent bound: greatest D_i for innovations of these energies",
        ),
        "discounted_sum": _along(
            incoherent_sum(energies, fresh, initial=initial, workflow=workflow),
            "discounted sum: D_i if innovations were orthogonal",
        ),
        "innovation_correlation": Measurement(("innovation", "innovation_"), correlation, words),
    }
    if energies.size > 1 and np.sum(energies) > 0.0:
        neighbours = float(np.sum(np.diagonal(gram, 1))) / max(float(np.sum(sizes[1:] * sizes[:-1])), 1e-300)
        words = "correlation of successive innovations, weighted by size"
        ratio = RATIO if workflow.last_model else RATIO.split(";")[0]
        found |= {
            "successive_correlation": Measurement((), np.array(np.clip(neighbours, -1.0, 1.0)), words),
            "drift_ratio": Measurement((), np.array(drift[-1] / np.mean(energies)), ratio),
        }
    return found


def _score_errors(terms: PaperTerms) -> dict[str, Measurement]:
    """Return the energies of injected score errors, and what of them shows."""
    parts = (
        ("ideal_energy", terms.ideal_energy, "energy of the error on ideal paths, eps*_i^2"),
        ("learned_energy", terms.learned_energy, "energy of the error on learned paths, eps^_i^2"),
        ("observability", terms.observability, "share of the ideal energy that shows in the endpoint, eta_i"),
        ("intra", terms.intra, "I_i = chi2(p^_{i+1} || q_i)"),
    )
    return {
        name: Measurement(("innovation",), np.asarray(item.value), words)
        for name, item, words in parts
        if item is not None
    }


def run(settings: Settings, key: int) -> dict[str, Measurement]:
    """Return drift, bounds, innovations and distances of a trajectory; what has no method is left out."""
    trajectory = read_trajectory(seeded(settings, key), also=("kl",))
    found: dict[str, Measurement] = {}
    with contextlib.suppress(NotSupportedError):
        found |= _drift(trajectory)
    if settings.get("kl", True):
        with contextlib.suppress(NotSupportedError):
            divergences = trajectory.kl()
            found["kl"] = _along(divergences, "KL(p^_i || p)", "nats")
            for end in ("lower", "upper"):
                ends = np.array([getattr(enclosure, end) for enclosure in divergences])
                found[f"kl_{end}"] = _along(ends, f"{end} end of the interval of KL(p^_i || p)", "nats")
    if isinstance(trajectory, InjectedTrajectory):
        found |= _score_errors(trajectory.paper_terms())
    words = "2-Wasserstein distance of the moment-matched Gaussians"
    found["wasserstein2"] = _along(trajectory.wasserstein2, words, "length")
    return found


def seconds(settings: Settings) -> float:
    """Return a rough estimate of the time of one run."""
    generations = int(settings["retraining"]["generations"])
    law = read_law(settings["data"], "data")
    each = KL_SECONDS.get(law.dim, KL_SECONDS_BEYOND) if settings.get("kl", True) else 0.0
    table = settings["retraining"]
    if is_error(table.get("step")) and table.get("refit", "none") == "none":
        each += ERROR_SECONDS
    return 0.01 + generations * (0.001 + each)


TRAJECTORY = Experiment("trajectory", check, run, seconds)
