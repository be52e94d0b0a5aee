"""Bridges of the proofs on retraining: their results against trajectories, accumulations and limit laws.

Trajectories over one Gaussian are closed forms, so that 1e-9 is rounding. Small offsets c are aligned or orthogonal
up to O(c^2), which is the tolerance of those bridges: their c is 1e-3.
"""

from math import log1p, sqrt

import numpy as np

import gausscollapse as gc
from gausscollapse.retraining import (
    coherent_bound,
    discounted_bound,
    early_stopping_limit,
    hermite_coefficient,
    hermite_multiplier,
    incoherent_sum,
    long_run_edges,
    offset_channel,
)
from tests.bridges import Bridge, Key, Pairs, Value, register

BRIDGES: dict[Key, Bridge] = {}
bridge = register(BRIDGES)

CLOSED = 1e-9
SMALL = 1e-3


def line_of(function, law: gc.Gaussian) -> float:
    """Integrate over the line by the trapezoidal rule, exact to rounding for what decays like a Gaussian."""
    x = law.mean[0] + sqrt(law.cov[0, 0]) * np.linspace(-16, 16, 2001)
    return float(np.sum(function(x)) * (x[1] - x[0]))


def drawn(rng: np.random.Generator, dim: int = 1, generations: int = 4) -> tuple[float, gc.retraining.Trajectory]:
    """Retrain a random Gaussian with a random affine channel a generation."""
    root = rng.normal(size=(dim, dim)) * 0.3 + np.eye(dim)
    data = gc.Gaussian(rng.normal(size=dim), root @ root.T + 0.2 * np.eye(dim))
    least = np.linalg.eigvalsh(data.cov)[0]
    channels = []
    for _ in range(generations):
        centre = data.mean + 0.3 * sqrt(least) * rng.normal(size=dim)
        keep = rng.uniform(0.8, 1.0)
        channels.append(gc.AffineChannel(keep * np.eye(dim), (1 - keep) * centre, rng.uniform(0, 0.1) * data.cov))
    fresh = rng.uniform(0.2, 0.8)
    return fresh, gc.retrain(data, fresh=fresh, step=channels, generations=generations)


def forgetting(rng: np.random.Generator, generations: int) -> tuple[float, gc.retraining.Trajectory]:
    """Retrain with a channel that gives the same law whatever it is trained on: all innovations are aligned."""
    data = gc.Gaussian(rng.normal(), rng.uniform(0.5, 2))
    made = gc.Gaussian(data.mean + rng.uniform(0.2, 0.8), data.cov * rng.uniform(0.5, 1.5))
    weight = rng.uniform(0.2, 0.9)
    start = gc.GaussianMixture([1 - weight, weight], [data.mean, made.mean], [data.cov, made.cov])
    fresh = rng.uniform(0.1, 0.9)
    channel = gc.AffineChannel(0.0, made.mean, made.cov)
    return fresh, gc.retrain(data, fresh=fresh, step=channel, generations=generations, start=start)


def on_mixture(rng: np.random.Generator) -> tuple[float, gc.retraining.Trajectory]:
    """Retrain a random mixture, where inner products are quadratures; the channel pulls towards its mean."""
    data = gc.GaussianMixture([0.4, 0.6], rng.normal(size=(2, 1)), rng.uniform(0.6, 1.4, (2, 1, 1)))
    fresh, keep = rng.uniform(0.2, 0.8), rng.uniform(0.8, 0.95)
    channel = gc.AffineChannel(keep, (1 - keep) * data.mean + rng.uniform(0.05, 0.1), 0.0)
    return fresh, gc.retrain(data, fresh=fresh, step=channel, generations=3)


@bridge("refresh", "refreshed", tolerance=CLOSED)
def refreshed(rng: np.random.Generator, of: Value) -> Pairs:
    for fresh, run in (drawn(rng), drawn(rng, 3), on_mixture(rng)):
        yield from ((of(alpha=fresh, D=run.accumulated[i]), run.refreshed[i]) for i in (1, 2))


@bridge("filter", "weight", tolerance=CLOSED)
def weight(rng: np.random.Generator, of: Value) -> Pairs:
    """The double sum of a run, and the response of the drift to one innovation, all else perfect."""
    for fresh, run in (drawn(rng), drawn(rng, 2), on_mixture(rng)):
        for last in (2, 3):
            weights = [[of(alpha=fresh, N=last, i=i, j=j) for j in range(last)] for i in range(last)]
            yield np.sum(np.array(weights) * run.innovation_gram[:last, :last]), run.accumulated[last]
    fresh, pushed = rng.uniform(0.2, 0.8), int(rng.integers(4))
    steps = [offset_channel(rng.uniform(0.2, 0.8) * (i == pushed)) for i in range(pushed + 2)]
    run = gc.retrain(gc.Gaussian(rng.normal(), 1.0), fresh=fresh, step=steps, generations=pushed + 2)
    response = run.accumulated[-1] / run.accumulated[pushed + 1]
    yield of(alpha=fresh, N=pushed + 2, i=pushed, j=pushed), response


@bridge("innovation", "floor", tolerance=1e-8)
def innovation_floor(rng: np.random.Generator, of: Value) -> Pairs:
    """``D' + k^2 D`` less what both steps of the proof give away, ``(J - alpha I)/2`` and ``|r' + k r|^2/2``."""
    fresh, run = drawn(rng)
    keep, data = 1 - fresh, run.data
    for i in range(3):
        old, new, trained = run.models[i].pdf, run.models[i + 1].pdf, run.training_laws[i].pdf

        def excess(x, old=old, new=new, trained=trained):
            return (new(x) - trained(x)) ** 2 * keep * old(x) / (data.pdf(x) * trained(x))

        def square(x, old=old, new=new):
            return (new(x) - data.pdf(x) + keep * (old(x) - data.pdf(x))) ** 2 / data.pdf(x)

        both = run.accumulated[i + 1] + keep**2 * run.accumulated[i]
        given_away = (line_of(excess, data) + line_of(square, data)) / 2
        yield of(alpha=fresh, I=float(run.intra_generation(i))), both - given_away


@bridge("prop-4.1", "floor", tolerance=1e-8)
def drift_floor(rng: np.random.Generator, of: Value) -> Pairs:
    """The constant drift L with ``L + k^2 L = alpha (eta e/8)/2``.

    Of a constant offset ``eta e = log(1 + I_0)``, and k^2 is what refreshing leaves of a drift.
    """
    data, stop, horizon = gc.Gaussian(rng.normal(), rng.uniform(0.5, 2)), rng.uniform(0.01, 0.3), rng.uniform(1, 3)
    process = gc.ReverseProcess(
        data,
        gc.OrnsteinUhlenbeck(horizon=horizon, stop=stop),
        gc.AffineError([[0.0]], [rng.uniform(0.1, 0.5)]),
        tolerance=1e-12,
    )
    ideal = process.ideal_endpoint()
    fresh = rng.uniform(0.1, 0.9)
    step = offset_channel(process.endpoint().mean - ideal.mean)
    run = gc.retrain(ideal, fresh=fresh, step=step, generations=2)
    square = run.refreshed[1] / run.accumulated[1]
    floor = (1 - sqrt(square)) * log1p(float(run.intra_generation(0))) / 8 / 2 / (1 + square)
    yield of(alpha=fresh, eta=float(process.observability()), e=float(process.ideal_energy())), floor


@bridge("coherent", "next_root", tolerance=CLOSED)
def next_root(rng: np.random.Generator, of: Value) -> Pairs:
    """The package's bound for any energies, and exact drifts where all innovations are aligned."""
    fresh, energies, start = rng.uniform(0.1, 0.9), rng.uniform(0, 1, 6), rng.uniform(0.1, 1)
    bounds = coherent_bound(energies, fresh, initial=start)
    for now, later, energy in zip(bounds, bounds[1:], energies, strict=False):
        yield of(k=1 - fresh, B=sqrt(now), j=sqrt(energy)), sqrt(later)
    fresh, run = forgetting(rng, 4)
    for now, later, energy in zip(run.accumulated, run.accumulated[1:], run.innovation_energy, strict=False):
        yield of(k=1 - fresh, B=sqrt(now), j=sqrt(energy)), sqrt(later)


@bridge("incoherent", "plateau", tolerance=10 * SMALL**2)
def plateau(rng: np.random.Generator, of: Value) -> Pairs:
    """The package's sum and its long run, and small offsets along twenty axes one after the other."""
    fresh, energy = rng.uniform(0.4, 0.9), rng.uniform(0.1, 2)
    closed = of(J=energy, alpha=fresh)
    yield closed, incoherent_sum(np.full(100, energy), fresh)[-1]
    yield closed, energy * float(long_run_edges(fresh)[1])
    steps = [offset_channel(SMALL * axis) for axis in np.eye(20)]
    run = gc.retrain(gc.Gaussian(np.zeros(20), np.eye(20)), fresh=fresh, step=steps, generations=20)
    yield of(J=run.innovation_energy[-1], alpha=fresh), run.accumulated[-1]


@bridge("range", "upper", tolerance=CLOSED)
def upper_end(rng: np.random.Generator, of: Value) -> Pairs:
    fresh, run = forgetting(rng, 5)
    yield from ((of(J=run.innovation_energy[i], alpha=fresh), run.accumulated[i + 1]) for i in (2, 4))
    yield of(J=1.0, alpha=fresh), float(long_run_edges(fresh)[2])


@bridge("range", "lower", tolerance=10 * SMALL**2)
def lower_end(rng: np.random.Generator, of: Value) -> Pairs:
    """Small offsets that alternate."""
    fresh = rng.uniform(0.5, 0.9)
    yield of(J=1.0, alpha=fresh), float(long_run_edges(fresh)[0])
    data = gc.Gaussian(rng.normal(), rng.uniform(0.5, 2))
    offset = SMALL * sqrt(data.cov[0, 0])
    run = gc.retrain(data, fresh=fresh, step=lambda i: offset_channel((-1) ** i * offset), generations=30)
    yield of(J=run.innovation_energy[-1], alpha=fresh), run.accumulated[-1]


@bridge("discounted", "best_theta", tolerance=CLOSED)
def best_theta(rng: np.random.Generator, of: Value) -> Pairs:
    """The long run of the package's bound at this theta is the greatest drift possible; at any other it is larger."""
    fresh, energy = rng.uniform(0.2, 0.8), rng.uniform(0.1, 2)
    bound = discounted_bound(np.full(300, energy), fresh, theta=of(alpha=fresh))
    yield bound[-1], coherent_bound(np.full(300, energy), fresh)[-1]


@bridge("discounted", "constant_energy_plateau", tolerance=CLOSED)
def bound_plateau(rng: np.random.Generator, of: Value) -> Pairs:
    fresh, energy = rng.uniform(0.2, 0.8), rng.uniform(0.1, 2)
    theta = (rng.uniform(0.2, 0.9) / (1 - fresh) ** 2) - 1
    theta = theta if theta > 0.05 else fresh / (1 - fresh)
    closed = of(J=energy, theta=theta, k=1 - fresh)
    yield closed, discounted_bound(np.full(400, energy), fresh, theta=theta)[-1]


@bridge("regimes", "plateau", tolerance=CLOSED)
def largest_plateau(rng: np.random.Generator, of: Value) -> Pairs:
    fresh, run = forgetting(rng, 4)
    yield of(J=run.innovation_energy[-1], alpha=fresh), run.accumulated[-1]
    fresh, energy = rng.uniform(0.2, 0.8), rng.uniform(0.1, 2)
    yield of(J=energy, alpha=fresh), coherent_bound(np.full(300, energy), fresh)[-1]


@bridge("regimes", "aligned_growth", tolerance=CLOSED)
def aligned_growth(rng: np.random.Generator, of: Value) -> Pairs:
    """The bound without fresh data, and equal offsets, where ``log(1 + D_n)`` grows so exactly."""
    count, energy = int(rng.integers(2, 9)), rng.uniform(0.1, 2)
    yield of(n=count, J=energy), coherent_bound(np.full(count, energy), 0.0)[-1]
    data = gc.Gaussian(rng.normal(), rng.uniform(0.5, 2))
    run = gc.retrain(data, fresh=0.0, step=offset_channel(rng.uniform(0.05, 0.3)), generations=count)
    yield of(n=count, J=log1p(run.innovation_energy[0])), log1p(run.accumulated[count])


@bridge("thm-4.2-display", "right_side", tolerance=CLOSED)
def right_side(rng: np.random.Generator, of: Value) -> Pairs:
    start = rng.uniform(0.1, 3)
    sums = incoherent_sum(9.0 ** -np.arange(12), 0.5, initial=start)
    yield from ((of(n=n, D_0=start), sums[n]) for n in (1, 3, 7, 12))


def mixture(rng: np.random.Generator) -> gc.GaussianMixture:
    return gc.GaussianMixture([0.3, 0.7], rng.normal(size=(2, 1)) + 0.5, rng.uniform(0.2, 2, (2, 1, 1)))


@bridge("hermite", "multiplier", tolerance=CLOSED)
def multiplier(rng: np.random.Generator, of: Value) -> Pairs:
    """What the limit law keeps of the data's coefficients."""
    data, fresh, stop = mixture(rng), rng.uniform(0.2, 0.9), rng.uniform(0.05, 0.8)
    limit = early_stopping_limit(data, fresh=fresh, time=stop)
    for degree in (1, 2, 3, 5):
        closed = of(alpha=fresh, degree=degree, stop=stop)
        yield closed, hermite_coefficient(limit, degree) / hermite_coefficient(data, degree)
        yield closed, hermite_multiplier(degree, fresh=fresh, time=stop)


@bridge("early-stopping", "contraction", tolerance=1e-8)
def contraction(rng: np.random.Generator, of: Value) -> Pairs:
    """Degree 1, the slowest: how near the mean of a run has come to the limit's."""
    data, fresh, stop = mixture(rng), rng.uniform(0.2, 0.8), rng.uniform(0.05, 0.8)
    start = gc.Gaussian(data.mean + 2, 1.0)
    limit = early_stopping_limit(data, fresh=fresh, time=stop).mean[0]
    step = gc.retraining.early_stopping(stop)
    means = gc.retrain(data, fresh=fresh, step=step, generations=6, start=start).means[:, 0]
    yield from ((of(alpha=fresh, stop=stop, n=n), (means[n] - limit) / (means[0] - limit)) for n in (1, 3, 6))


def standard_points(rng: np.random.Generator, count: int) -> np.ndarray:
    points = rng.normal(size=count)
    return (points - points.mean()) / points.std()


def statistics(data: gc.Gaussian, count: int) -> list[tuple[float, float, float]]:
    """Return nodes of the law of mean and variance of n samples: weight, mean, variance.

    Two nodes integrate the mean's square exactly; the chi-squared variance is in log scale, by the trapezoidal rule.
    """
    shape = (count - 1) / 2
    logs = np.arange(-9 / sqrt(shape) - 36 / shape, 9 / sqrt(shape), 0.35 / sqrt(shape))
    density = np.exp(shape * (1 + logs - np.exp(logs)))
    density /= 2 * density.sum()
    centre, spread = data.mean[0], data.cov[0, 0]
    shift = sqrt(spread / count)
    variances = spread * np.exp(logs) * (count - 1) / count
    return [(w, centre + d, v) for w, v in zip(density, variances, strict=True) for d in (-shift, shift)]


def fitted(rng: np.random.Generator, data: gc.Gaussian, count: int) -> list[tuple[float, gc.Gaussian]]:
    """Return the learner's law on n samples as weighted fits."""
    learner, points = gc.GaussianLearner(), standard_points(rng, count)
    nodes = statistics(data, count)
    return [(w, learner.fit(m + sqrt(v) * points, gc.OrnsteinUhlenbeck()).law) for w, m, v in nodes]


@bridge("finite-samples", "expected_kl", tolerance=1e-8)
def expected_kl(rng: np.random.Generator, of: Value) -> Pairs:
    count, data = int(rng.integers(8, 40)), gc.Gaussian(rng.normal(), rng.uniform(0.5, 2))
    mean = sum(weight * float(gc.kl(law, data)) for weight, law in fitted(rng, data, count))
    yield of(n=count), mean


@bridge("finite-samples", "variance", tolerance=1e-8)
def shrinking(rng: np.random.Generator, of: Value) -> Pairs:
    """The mean variance of the learner's law, generation by generation."""
    count, generations = int(rng.integers(8, 40)), int(rng.integers(2, 6))
    first = variance = rng.uniform(0.5, 2)
    for _ in range(generations):
        laws = fitted(rng, gc.Gaussian(0.0, variance), count)
        variance = sum(weight * law.cov[0, 0] for weight, law in laws)
    yield of(S=first, n=count, N=generations), variance


@bridge("finite-samples", "plateau", tolerance=1e-5)
def sample_plateau(rng: np.random.Generator, of: Value) -> Pairs:
    """First order in 1/n: the energy ``2 E KL`` of one fit at n = 10^6, put through the package's incoherent sum."""
    count, fresh, data = 10**6, rng.uniform(0.3, 0.9), gc.Gaussian(rng.normal(), rng.uniform(0.5, 2))
    energy = 2 * sum(w * float(gc.kl(gc.Gaussian(m, v), data)) for w, m, v in statistics(data, count))
    yield of(n=count, alpha=fresh), incoherent_sum(np.full(100, energy), fresh)[-1]
