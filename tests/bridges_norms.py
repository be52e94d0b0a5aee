"""Bridges of the proofs on other norms: their results against distances of laws where they are equalities.

Total variation has its extremal case in two far modes of nearly equal weight, up to the square of what is moved; all
others are equalities, up to rounding.
"""

from math import exp, sqrt

import numpy as np

import gausscollapse as gc
from gausscollapse.retraining import early_stopping, early_stopping_limit, hermite_coefficient, offset_channel
from tests.bridges import Bridge, Key, Pairs, Value, register
from tests.bridges_retraining import forgetting

BRIDGES: dict[Key, Bridge] = {}
bridge = register(BRIDGES)

CLOSED = 1e-9


def moved(law, shift: float):
    """Return a law of the line, shifted."""
    return gc.GaussianMixture(law.weights, law.means + shift, law.covs)


@bridge("norm-filter", "next_bound", tolerance=CLOSED)
def next_bound(rng: np.random.Generator, of: Value) -> Pairs:
    """Offsets of one sign move all mass to one side, so that W1 is the mean's move."""
    data = gc.GaussianMixture([0.4, 0.6], rng.normal(0, 2, 2), rng.uniform(0.2, 1, 2))
    fresh, offsets = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.5, 3)
    run = gc.retrain(data, fresh=fresh, step=[offset_channel(b) for b in offsets], generations=3)
    distances = [gc.wasserstein1(model, data).value for model in run.models]
    for now, later, offset in zip(distances, distances[1:], offsets, strict=False):
        yield of(k=1 - fresh, B=now, e=offset), later


@bridge("norm-filter", "step", tolerance=1e-5)
def step(rng: np.random.Generator, of: Value) -> Pairs:
    """Pinsker's extremal case: between two far modes of equal weight KL is 2 TV^2 up to the fourth power."""
    part, means = 10 ** rng.uniform(-3.5, -3), [-40.0, 40.0]
    trained, new = (gc.GaussianMixture([0.5 + d, 0.5 - d], means, 1.0) for d in (0.0, part))
    entropy = gc.kl(new, trained, method="certified").value
    yield of(eps=sqrt(2 * entropy)), gc.total_variation(new, trained, method="certified").value ** 2


@bridge("mmd-filter", "height", tolerance=CLOSED)
def height(rng: np.random.Generator, of: Value) -> Pairs:
    """Two laws so far apart that the kernel sees nothing of one from the other."""
    width, variance = rng.uniform(0.5, 2), rng.uniform(0.1, 2)
    distance = gc.mmd(gc.Gaussian(-1e3, variance), gc.Gaussian(1e3, variance), width=width).value
    yield of(L=width**2, s=2 * variance), distance**2 / 2


@bridge("kl-step", "bound", tolerance=1e-8)
def bound(rng: np.random.Generator, of: Value) -> Pairs:
    """The equality case: the new model is proportional to ``q^v p^(1-v)``."""
    order, variance, mean = rng.uniform(1.2, 4), rng.uniform(0.3, 1.2), rng.uniform(0.3, 1)
    data, trained = gc.Gaussian(0, 1), gc.Gaussian(mean, variance)
    precision = order / variance - (order - 1)
    new = gc.Gaussian(order * mean / variance / precision, 1 / precision)
    renyi = gc.renyi(trained, data, order=order).value
    yield of(u=order - 1, K=gc.kl(new, trained).value, R=renyi), gc.kl(new, data).value


@bridge("robust-ball", "ball", tolerance=1e-7)
def ball(rng: np.random.Generator, of: Value) -> Pairs:
    """From the limit itself, shifted, with shifts of the same sign: W1 is the mean's move."""
    data = gc.Gaussian(rng.normal(), rng.uniform(0.3, 2))
    time, fresh, error, first = (
        rng.uniform(0.1, 0.6),
        rng.uniform(0.4, 0.8),
        rng.uniform(0.1, 0.5),
        rng.uniform(0.1, 1),
    )
    limit = early_stopping_limit(data, fresh=fresh, time=time, tail=1e-12)
    noising = early_stopping(time, 1)
    channel = gc.AffineChannel(noising.matrix, [error], noising.noise)
    run = gc.retrain(data, fresh=fresh, step=channel, generations=3, start=moved(limit, first))
    rate = exp(-time / 2) * (1 - fresh)
    for n, model in enumerate(run.models):
        if n:
            yield of(R=rate, d=first, w=error, n=n), gc.wasserstein1(model, limit).value


@bridge("annealed", "next", tolerance=1e-8)
def annealed_next(rng: np.random.Generator, of: Value) -> Pairs:
    data = gc.GaussianMixture([0.3, 0.7], rng.uniform(0.5, 2, 2), rng.uniform(1.2, 2, 2))
    fresh, times = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.6, 3)
    run = gc.retrain(data, fresh=fresh, step=[early_stopping(t, 1) for t in times], generations=3)
    for degree in (1, 2, 3):
        errors = [
            hermite_coefficient(law, (degree,)) / hermite_coefficient(data, (degree,)) - 1 for law in run.models
        ]
        for now, later, time in zip(errors, errors[1:], times, strict=False):
            yield of(g=exp(-degree * time / 2), alpha=fresh, r=now), later


@bridge("appendix-4.2", "bias", tolerance=CLOSED)
def bias(rng: np.random.Generator, of: Value) -> Pairs:
    """Aligned innovations from an aligned start."""
    fresh, run = forgetting(rng, 2)
    keep, drift, energies = 1 - fresh, run.accumulated, run.innovation_energy
    norms = keep**2 * sqrt(drift[0]), keep * sqrt(energies[0]), sqrt(energies[1])
    yield of(v1=norms[0], v2=norms[1], v3=norms[2]), drift[2] - sum(v**2 for v in norms)
