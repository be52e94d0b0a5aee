"""Path energies of learned scores: ``eps*^2, eps^^2, eta`` of one generation, by simulation, with standard errors."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np

from gausscollapse._validation import Array
from gausscollapse.diffusion import OrnsteinUhlenbeck, marginal
from gausscollapse.errors import RealizableError, ScoreError
from gausscollapse.experiments.generation_settings import Energies, GenerationSettings, PopulationKernelDensity
from gausscollapse.learners import KernelDensityLearner, LearnedModel, MixtureLearner
from gausscollapse.mixture import Law
from gausscollapse.reverse.fields import FunctionError
from gausscollapse.reverse.girsanov import (
    ERRORS,
    DegenerateWeightsWarning,
    Estimate,
    divergences_of,
    paired_energy,
    regressed_chi2,
    regressed_energy,
)
from gausscollapse.reverse.process import ReverseProcess
from gausscollapse.reverse.sampling import simulate

if TYPE_CHECKING:
    from gausscollapse.experiments.generations import Generation


def score_error(model: LearnedModel, trained_on: Law) -> ScoreError:
    """Return the error of a learned score against the exact score of the law that it was trained on."""
    if model.law is not None:
        return RealizableError(model.law)
    return FunctionError(lambda x, t: model.score(x, t) - marginal(trained_on, t).score(x))


def ratio(part: Estimate, whole: Estimate) -> tuple[float, float]:
    """Return a share in [0, 1] and a bound of its standard error: relative errors added; 0 where the whole is 0."""
    if whole.value <= 0.0:
        return 0.0, 0.0
    value = part.value / whole.value
    error = (part.standard_error + abs(value) * whole.standard_error) / whole.value
    return min(max(value, 0.0), 1.0), error


def sharp_interval(observed: Estimate, remainder: Estimate) -> tuple[float, float]:
    """Return the interval of chi2 by the statement `sharp`, five standard errors towards outside.

    ``|sqrt(chi2) - sqrt(eta eps*^2)| <= sqrt(rho)``. Source: *own*.
    """
    low = max(0.0, observed.value - ERRORS * observed.standard_error)
    high = max(0.0, observed.value + ERRORS * observed.standard_error)
    width = math.sqrt(max(0.0, remainder.value + ERRORS * remainder.standard_error))
    return max(0.0, math.sqrt(low) - width) ** 2, (math.sqrt(high) + width) ** 2


def measured(
    trained_on: Law,
    model: LearnedModel,
    diffusion: OrnsteinUhlenbeck,
    options: Energies,
    reference: Law,
    key: int,
) -> dict[str, Array]:
    """Return energies, observability and the divergence of one generation as numbers by name.

    `reference` is the law whose components' polynomials are the functions of the endpoint.
    """
    process = ReverseProcess(trained_on, diffusion, score_error(model, trained_on))
    settings = {"grid": options.grid, "functionals": True}
    ideal = simulate(process, options.paths, options.steps, key, law="ideal", **settings)
    learned = simulate(process, options.paths, options.steps, key, law="learned", first=options.paths, **settings)
    with warnings.catch_warnings():
        # The effective share is among the results.
        warnings.simplefilter("ignore", DegenerateWeightsWarning)
        found = divergences_of(ideal, learned)
    at_stop = marginal(reference, diffusion.stop)
    observed = regressed_energy(process, ideal, degree=options.degree, reference=at_stop)
    endpoint = regressed_chi2(process, ideal, degree=options.degree, reference=at_stop)
    best = observed
    estimates = {
        "ideal_energy": found.ideal_energy,
        "learned_energy": found.learned_energy,
        "observed_energy": observed,
        "path_chi2": found.path_chi2,
        "martingale_remainder": found.martingale_remainder,
        "intra_chi2": endpoint,
    }
    shares = {"observability": ratio(observed, found.ideal_energy)}
    if options.pairs:
        best = paired_energy(process, options.pairs, key + 1 if key < 2**64 - 1 else 0)
        estimates["paired_energy"] = best
        shares["paired_observability"] = ratio(best, found.ideal_energy)
    low, high = sharp_interval(best, found.martingale_remainder)
    numbers = {name: entry.value for name, entry in estimates.items()}
    numbers |= {f"{name}_error": entry.standard_error for name, entry in estimates.items()}
    for name, (value, error) in shares.items():
        numbers |= {name: value, f"{name}_error": error}
    numbers |= {
        "intra_chi2_lower": low,
        "intra_chi2_upper": high,
        "intra_chi2_expected": max(0.0, best.value),
        "effective_share": found.effective_share,
    }
    return {name: np.asarray(value) for name, value in numbers.items()}


def _reference_mixture(spec: GenerationSettings, generation: Generation, options: Energies, key: int) -> Law:
    """Return a mixture fitted to the training samples' law, where that has no closed form."""
    law = MixtureLearner(options.reference_components).fit(generation.training, spec.diffusion, key).law
    if law is None:
        raise RuntimeError("a mixture learner has a law")
    return law


def energies_of(spec: GenerationSettings, generation: Generation, key: int) -> list[dict[str, Array]]:
    """Return what the settings ask for of the error that made this model: one row or none."""
    options, model = spec.measure.energies, generation.model
    if options is None or model is None or generation.index - 1 not in options.generations:
        return []
    trained_on = generation.trained_on
    known = trained_on is not None
    if trained_on is None:
        trained_on = _reference_mixture(spec, generation, options, key)
    row = measured(trained_on, model, spec.diffusion, options, spec.data, key)
    row["energy_generations"] = np.asarray(float(generation.index - 1))
    row["energy_reference"] = np.asarray(0.0 if known else float(options.reference_components))
    return [row]


def finite_kernel_energies(spec: GenerationSettings, generation: Generation, key: int) -> list[dict[str, Array]]:
    """Return the energies of the finite kernel density score on a subsample of the training samples."""
    options, learner = spec.measure.finite_kernel, spec.learner
    if options is None or generation.index - 1 not in options.generations:
        return []
    if not isinstance(learner, PopulationKernelDensity) or generation.trained_on is None:
        return []
    chosen = np.random.default_rng(key).permutation(generation.training.shape[0])[: options.centres]
    model = KernelDensityLearner(learner.bandwidth).fit(generation.training[chosen], spec.diffusion)
    paths = Energies((0,), options.paths, options.steps, options.grid, degree=1)
    row = measured(generation.trained_on, model, spec.diffusion, paths, spec.data, key)
    row["finite_generations"] = np.asarray(float(generation.index - 1))
    return [row]
