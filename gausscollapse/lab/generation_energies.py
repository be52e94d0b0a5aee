"""Path energies of learned scores: ``eps*^2, eps^^2, eta`` of one generation, by simulation, with standard errors."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping

import numpy as np

from gausscollapse.lab.generation_settings import (
    Energies,
    FiniteKernel,
    FiniteSampleSettings,
    PopulationKernelDensity,
)
from gausscollapse.lab.learned_generation import LearnedGeneration
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck, marginal
from gausscollapse.laws.mixture import Law
from gausscollapse.learners import KernelDensityLearner, LearnedModel, MixtureLearner
from gausscollapse.process.errors import RealizableError, ScoreError
from gausscollapse.process.fields import FunctionError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling.estimates import Estimate, estimate
from gausscollapse.sampling.euler_maruyama import simulate
from gausscollapse.sampling.girsanov import DegenerateWeightsWarning, divergences_of
from gausscollapse.sampling.paired import paired_energy
from gausscollapse.sampling.rare_events import told_by
from gausscollapse.sampling.regression import regressed_chi2, regressed_energy
from gausscollapse.sampling.simulation import Simulation
from gausscollapse.sampling.weight_moments import chain_moments


def score_error(model: LearnedModel, trained_on: Law) -> ScoreError:
    """Return the error of a learned score against the exact score of the law that it was trained on."""
    if model.law is not None:
        return RealizableError(model.law)
    return FunctionError(lambda x, t: model.score(x, t) - marginal(trained_on, t).score(x))


def ratio(part: Estimate, whole: Estimate) -> tuple[float, float]:
    """Return part/whole in [0, 1] and a bound of its standard error: relative errors added; 0 where whole is 0."""
    if whole.value <= 0.0:
        return 0.0, 0.0
    value = part.value / whole.value
    error = (part.standard_error + abs(value) * whole.standard_error) / whole.value
    return min(max(value, 0.0), 1.0), error


def sharp_interval(observed: Estimate, remainder: Estimate) -> tuple[float, float]:
    """Return the interval of chi2 by the statement `sharp`, from the intervals of both numbers.

    ``|sqrt(chi2) - sqrt(eta eps*^2)| <= sqrt(rho)``. A lower estimate of the energy, or weights whose variance has no
    proven bound, leave no upper end; without an upper end of rho nothing remains but 0. Source: *own*.
    """
    low, high = (max(0.0, float(end)) for end in (observed.enclosure.lower, observed.enclosure.upper))
    width = math.sqrt(max(0.0, float(remainder.enclosure.upper)))
    return max(0.0, math.sqrt(low) - width) ** 2, (math.sqrt(high) + width) ** 2


def _numbers(estimates: Mapping[str, Estimate], ratios: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Return estimates and ratios with their standard errors; a lower estimate below 0 says no more than 0."""
    values = {name: (max(0.0, entry.value), entry.standard_error) for name, entry in estimates.items()}
    pairs = {**values, **ratios}.items()
    return {name: value for name, (value, _) in pairs} | {f"{name}_error": error for name, (_, error) in pairs}


def _energies(
    trained_on: Law, model: LearnedModel, diffusion: OrnsteinUhlenbeck, options: Energies, reference: Law, key: int
) -> dict[str, float]:
    """Return energies, observability and the divergence of one generation as numbers by name.

    `reference` is the law whose components' polynomials are the functions of the endpoint.
    """
    process = ReverseProcess(trained_on, diffusion, score_error(model, trained_on))
    ideal, learned = _both(process, options, key)
    with warnings.catch_warnings():
        # The effective share is among the results.
        warnings.simplefilter("ignore", DegenerateWeightsWarning)
        moments, told = chain_moments(process, ideal.times), told_by(process, ideal.n)
        found = divergences_of(ideal, learned, moments=moments, told=told)
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
    ratios = {"observability": ratio(observed, found.ideal_energy)}
    if options.pairs:
        best = paired_energy(process, options.pairs, np.random.default_rng(key))
        estimates["paired_energy"] = best
        ratios["paired_observability"] = ratio(best, found.ideal_energy)
    low, high = sharp_interval(best, found.martingale_remainder)
    return _numbers(estimates, ratios) | {
        "intra_chi2_lower": low,
        "intra_chi2_upper": high,
        "intra_chi2_first_order": max(0.0, best.value),
        "effective_share": found.effective_share,
    }


def _both(process: ReverseProcess, options: Energies | FiniteKernel, key: int) -> tuple[Simulation, Simulation]:
    """Return ideal and learned paths, independent of each other, with functionals."""
    count, steps, grid = options.paths, options.steps, options.grid
    return (
        simulate(process, count, steps, key, grid=grid, functionals=True, law="ideal"),
        simulate(process, count, steps, key, grid=grid, functionals=True, law="learned", first=count),
    )


def _reference_mixture(spec: FiniteSampleSettings, generation: LearnedGeneration, options: Energies, key: int) -> Law:
    """Return a mixture fitted to new samples of the training law, where that has no closed form."""
    samples = generation.more(options.reference_samples, key)
    law = MixtureLearner(options.reference_components).fit(samples, spec.diffusion, key).law
    if law is None:
        raise RuntimeError("a mixture learner has a law")
    return law


def energies_of(spec: FiniteSampleSettings, generation: LearnedGeneration, key: int) -> list[dict[str, float]]:
    """Return what the settings ask for of the error that made this model: one row or none."""
    options, model = spec.measure.energies, generation.model
    if options is None or model is None or generation.index - 1 not in options.generations:
        return []
    trained_on = generation.trained_on
    known = trained_on is not None
    if trained_on is None:
        trained_on = _reference_mixture(spec, generation, options, key)
    row = _energies(trained_on, model, spec.diffusion, options, spec.data, key)
    row["energy_generations"] = float(generation.index - 1)
    row["energy_reference"] = 0.0 if known else float(options.reference_components)
    return [row]


def finite_kernel_energies(
    spec: FiniteSampleSettings, generation: LearnedGeneration, key: int
) -> list[dict[str, float]]:
    """Return the energies of the finite kernel density score on a subsample of the training samples."""
    options, learner = spec.measure.finite_kernel, spec.learner
    if options is None or generation.index - 1 not in options.generations:
        return []
    if not isinstance(learner, PopulationKernelDensity) or generation.trained_on is None:
        return []
    chosen = np.random.default_rng(key).permutation(generation.training.shape[0])[: options.centres]
    model = KernelDensityLearner(learner.bandwidth).fit(generation.training[chosen], spec.diffusion)
    process = ReverseProcess(generation.trained_on, spec.diffusion, score_error(model, generation.trained_on))
    ideal, learned = (estimate(paths.energy) for paths in _both(process, options, key))
    paired = paired_energy(process, options.pairs, np.random.default_rng(key))
    estimates = {"ideal_energy": ideal, "learned_energy": learned, "paired_energy": paired}
    row = _numbers(estimates, {"paired_observability": ratio(paired, ideal)})
    return [{**row, "finite_generations": float(generation.index - 1)}]
