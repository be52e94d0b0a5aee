"""The experiment "generations": retraining on finite samples, generation after generation, by a real learner.

Model 0 is the data law p. Generation i draws round(alpha n) samples of p and the rest from model i, fits its learner
to them (in other workflows to more, see `Pile`), and the learned score makes model i + 1, sampled by Euler-Maruyama
or exactly.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.lab.catalogue import stacked
from gausscollapse.lab.experiment import Experiment, Measurement, Settings
from gausscollapse.lab.generation_divergences import MOST_CENTRES
from gausscollapse.lab.generation_energies import energies_of, finite_kernel_energies
from gausscollapse.lab.generation_innovations import innovations
from gausscollapse.lab.generation_measures import of_generation
from gausscollapse.lab.generation_settings import (
    FiniteSampleSettings,
    PopulationKernelDensity,
    read_settings,
)
from gausscollapse.lab.generation_theory import expected
from gausscollapse.lab.learned_generation import LearnedGeneration
from gausscollapse.lab.pile import Pile, trained_on, whole_counts
from gausscollapse.lab.threads import one_thread
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.learners import (
    InjectedModel,
    KernelDensityLearner,
    LawModel,
    LearnedModel,
    MixtureLearner,
    NeuralLearner,
    TorchLearner,
)
from gausscollapse.learners.gaussian import moment_matched
from gausscollapse.process.fields import FunctionError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.retraining.channels import early_stopping, kernel_density
from gausscollapse.retraining.running import retrain
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.retraining.workflows import shares_of
from gausscollapse.sampling.euler_maruyama import simulate
from gausscollapse.sampling.isotropic import sample_reverse

# What a stream of random numbers is for.
FRESH, FIT, DRAW, MEASURE, CHOOSE = range(5)
# Components of the population law whose weight is below are rounding errors of its density.
NEGLIGIBLE = 1e-14


def stream(key: int, *path: int) -> int:
    """Return the 64-bit key of one purpose of one generation."""
    return int(np.random.SeedSequence(key, spawn_key=path).generate_state(1, np.uint64)[0])


def population(spec: FiniteSampleSettings) -> Trajectory | None:
    """Return the exact trajectory of a population kernel density learner, None for learners from samples."""
    if not isinstance(spec.learner, PopulationKernelDensity):
        return None
    channel = kernel_density(spec.learner.bandwidth, spec.data.dim)
    if spec.sampling == "euler-maruyama":
        channel = channel.then(early_stopping(spec.diffusion.stop, spec.data.dim))
    return retrain(
        spec.data, fresh=spec.fresh_fraction, step=channel, generations=spec.generations, workflow=spec.workflow
    )


def without_negligible(law: Law) -> Law:
    """Return the law without components that are lost in the rounding of its density."""
    keep = law.weights > NEGLIGIBLE
    if np.all(keep):
        return law
    return GaussianMixture(law.weights[keep] / np.sum(law.weights[keep]), law.means[keep], law.covs[keep])


def _learn(
    spec: FiniteSampleSettings, training: Array, exact: Trajectory | None, index: int, key: int
) -> LearnedModel:
    if isinstance(spec.learner, PopulationKernelDensity):
        if exact is None:
            raise RuntimeError("the population trajectory is missing")
        law = kernel_density(spec.learner.bandwidth, spec.data.dim).apply(exact.training_laws[index])
        return LawModel(without_negligible(law))
    return spec.learner.fit(training, spec.diffusion, key)


def _draw(spec: FiniteSampleSettings, model: LearnedModel | None, training: Array, count: int, key: int) -> Array:
    """Return draws of a model, exactly or by Euler-Maruyama, or of the data."""
    if model is None:
        return spec.data.sample(count, key)
    if spec.sampling == "exact":
        return model.sample(count, np.random.default_rng(key))
    sampler = spec.sampler
    if model.law is not None:
        return sample_reverse(
            model.law, spec.diffusion, count, sampler.steps, key, grid=sampler.grid, start=sampler.start
        ).endpoint
    if isinstance(model, InjectedModel):
        process = dataclasses.replace(model.process, start=sampler.start)
        return simulate(process, count, sampler.steps, key, grid=sampler.grid).endpoint
    # Any reference does: its own score is taken away again.
    reference = moment_matched(training)
    error = FunctionError(lambda x, t: model.score(x, t) - marginal(reference, t).score(x))
    process = ReverseProcess(reference, spec.diffusion, error, start=sampler.start)
    return simulate(process, count, sampler.steps, key, grid=sampler.grid).endpoint


def _drawn_law(spec: FiniteSampleSettings, model: LearnedModel) -> Law | None:
    if model.law is None or spec.sampling == "exact":
        return model.law
    return marginal(model.law, spec.diffusion.stop)


def _more(spec: FiniteSampleSettings, past: Sequence[LearnedGeneration]) -> Callable[[int, int], Array]:
    """Return a function that draws new samples of what follows a generation is trained on."""
    models, shares = shares_of(spec.workflow, len(past) - 1)
    used = [past[j] for j in models]

    def draw(count: int, key: int) -> Array:
        fresh = round(spec.fresh_fraction * count)
        counts = whole_counts(shares, count - fresh)
        parts = [
            _draw(spec, item.model, item.training, number, stream(key, 1, *([j] if j else [])))
            for j, (item, number) in enumerate(zip(used, counts, strict=True))
        ]
        return np.concatenate([spec.data.sample(fresh, stream(key, 0)), *parts])

    return draw


def learned_generations(spec: FiniteSampleSettings, key: int) -> Iterator[LearnedGeneration]:
    """Yield models 0..N of one run, one after the other.

    Parameters
    ----------
    spec : FiniteSampleSettings
        What to run.
    key : int
        64-bit key.
    """
    exact = population(spec)
    data = spec.data
    draws = _draw(spec, None, np.zeros((0, data.dim)), spec.drawn, stream(key, 0, DRAW))
    last = LearnedGeneration(0, None, data, draws, None, np.zeros((0, data.dim)), data.sample)
    yield last
    pile, past = Pile(spec), [last]
    for index in range(spec.generations):
        fresh = data.sample(spec.fresh_count, stream(key, index, FRESH))
        training = pile.training(fresh, last.draws[: spec.model_count], stream(key, index, CHOOSE))
        model = _learn(spec, training, exact, index, stream(key, index, FIT))
        draws = _draw(spec, model, training, spec.drawn, stream(key, index + 1, DRAW))
        follows = trained_on(spec, [item.law for item in past])
        if exact is not None:
            follows = without_negligible(exact.training_laws[index])
        last = LearnedGeneration(
            index + 1, model, _drawn_law(spec, model), draws, follows, training, _more(spec, tuple(past))
        )
        past.append(last)
        yield last


def run(settings: Settings, key: int) -> Mapping[str, Measurement]:
    """Return the measurements of one run; the same arguments give the same bytes."""
    spec = read_settings(settings)
    rows: list[dict[str, Array]] = []
    energies: list[dict[str, float]] = []
    finite: list[dict[str, float]] = []
    laws: list[Law | None] = []
    with one_thread():
        for generation in learned_generations(spec, key):
            own = stream(key, generation.index, MEASURE)
            rows.append(of_generation(spec, generation, own))
            laws.append(generation.law)
            energies += energies_of(spec, generation, own)
            finite += finite_kernel_energies(spec, generation, own)
        found = stacked(rows, "generation")
        found |= stacked(energies, "energy_generation")
        found |= stacked(finite, "finite_generation", "finite_")
        found |= innovations(spec, laws)
        found |= expected(spec, population(spec))
    for name, count in (("fresh", spec.fresh_count), ("model", spec.model_count)):
        words = f"{name} samples in a training set"
        found[f"{name}_samples"] = Measurement((), np.array(float(count)), words, "samples")
    return found


def check(settings: Settings) -> None:
    """Refuse settings that cannot be run, in one line."""
    read_settings(settings)


def seconds(settings: Settings) -> float:
    """Return a rough estimate of the time of one run on one core, from rates measured on an ordinary processor."""
    spec = read_settings(settings)
    learner, measure, count = spec.learner, spec.measure, spec.generations
    # One evaluation of the learned score at one point.
    rate = 1e-7 * spec.data.dim
    # A pile grows by one training set a generation.
    sets = count / 2.0 if spec.workflow.kind == "accumulate" else 1.0
    fitting = 1e-7 * spec.samples * max(sets, float(min(spec.workflow.length or 1, count)))
    if isinstance(learner, PopulationKernelDensity):
        fitting += 7e-9 * min(spec.samples, MOST_CENTRES) * measure.density_points
        rate = 3e-8 + 6e-10 * spec.data.weights.size * count
    elif isinstance(learner, NeuralLearner):
        rate = 7e-6
        fitting = 1.2e-5 * spec.samples * learner.repeats * learner.epochs
    elif isinstance(learner, TorchLearner):
        rate = 4e-10 * learner.width**2 * learner.blocks
        fitting = 3.0 * rate * learner.steps * learner.batch
    elif isinstance(learner, MixtureLearner):
        fitting = 1e-6 * spec.samples * learner.components * (10 + spec.data.dim)
    elif isinstance(learner, KernelDensityLearner):
        rate = 5e-10 * (learner.centres or spec.samples) * (4 + spec.data.dim)
    steps = spec.sampler.steps if spec.sampling == "euler-maruyama" else 1
    total = count * (fitting + spec.drawn * steps * rate + (0.3 if spec.data.dim > 2 else 0.01))
    for part in (measure.energies, measure.finite_kernel):
        if part is not None:
            evaluations = 2 * part.paths * part.steps + 96 * part.pairs
            total += len(part.generations) * (1.0 + evaluations * max(rate, 1e-6 * spec.data.dim))
    return total + (3.0 if spec.images else 0.0)


GENERATIONS = Experiment("generations", check, run, seconds)
