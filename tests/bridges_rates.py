"""Bridges of the proofs on tails and rates: their results against trajectories and the sides of the statements."""

import numpy as np

import gausscollapse as gc
from gausscollapse.theorems.instances.refit_statistics import Refit, RefitStatistics
from tests.bridges import Bridge, Key, Pairs, Value, register

BRIDGES: dict[Key, Bridge] = {}
bridge = register(BRIDGES)


@bridge("heavy-tails", "variance", tolerance=1e-9)
def variance(rng: np.random.Generator, of: Value) -> Pairs:
    gain, factor, data, noise = rng.uniform(1.1, 1.5), rng.uniform(0.3, 0.7), rng.uniform(0.5, 2), rng.uniform(0.1, 1)
    alpha = 1 - factor / gain**2
    run = gc.retrain(
        gc.Gaussian(0, data), fresh=alpha, step=gc.AffineChannel(gain, 0.0, noise), generations=70
    )  # fmt: skip
    yield of(G=gain, alpha=alpha, V_p=data, H=noise), float(run.covs[-1, 0, 0])


@bridge("heavy-tails", "exponent", tolerance=1e-12)
def exponent(rng: np.random.Generator, of: Value) -> Pairs:
    alpha, gain = rng.uniform(0.1, 0.9), rng.uniform(1.1, 3)
    yield of(q=1 - alpha, F=gain), gc.retraining.tail_exponent(gain, fresh=alpha)


def _tail(rng: np.random.Generator, noise: float) -> tuple[dict[str, float], list[float]]:
    """Return the numbers of an amplifying run and both bounds of its tail two periods out, from above and below."""
    gain, alpha, data = rng.uniform(1.5, 3), rng.uniform(0.2, 0.6), rng.uniform(0.5, 2)
    channel = gc.AffineChannel(gain, 0.0, noise)
    theorem = gc.theorems.find("heavy-tails")
    run = gc.retrain(gc.Gaussian(0, data), fresh=alpha, step=channel, generations=2)
    sides = theorem.comparisons(theorem.chapter.prepare(run).statistics)
    bounds = [item.rhs.value[0] for item in sides if item.name.startswith("tail 2 periods out")]
    high, low = (np.sqrt(data + size) for size in (noise / (gain**2 - 1), 0.0))
    numbers = {"q": 1 - alpha, "m": -np.log(1 - alpha) / np.log(gain)}
    return {**numbers, "above": 1 / gain**2, "below": low / (high * gain**2)}, bounds


@bridge("heavy-tails", "above", tolerance=1e-10)
def above(rng: np.random.Generator, of: Value) -> Pairs:
    numbers, bounds = _tail(rng, rng.uniform(0.1, 1))
    yield of(q=numbers["q"], m=numbers["m"], r=numbers["above"]), bounds[0]


@bridge("heavy-tails", "below", tolerance=1e-9)
def below(rng: np.random.Generator, of: Value) -> Pairs:
    numbers, bounds = _tail(rng, rng.uniform(0.1, 1))
    yield of(m=numbers["m"], r=numbers["below"]), bounds[1]


@bridge("collapse-rate", "rate", tolerance=1e-11)
def rate(rng: np.random.Generator, of: Value) -> Pairs:
    n, d = int(rng.integers(7, 60)), int(rng.integers(1, 6))
    yield sum(of(m=n - j, n=n) for j in range(1, d + 1)), gc.retraining.collapse_rate(n, dim=d)


@bridge("collapse-rate", "spread", tolerance=1e-11)
def spread(rng: np.random.Generator, of: Value) -> Pairs:
    n, d = int(rng.integers(7, 60)), int(rng.integers(1, 6))
    theorem = gc.theorems.find("collapse-rate")
    sides = {item.name: item for item in theorem.comparisons(RefitStatistics([Refit(n, d)]))}
    yield sum(of(m=n - j) for j in range(1, d + 1)), sides["its variance: trigamma"].lhs.value[0]


@bridge("stopping", "bias", tolerance=1e-11)
def bias(rng: np.random.Generator, of: Value) -> Pairs:
    mean, variance = rng.uniform(-2, 2), rng.uniform(0.1, 3)
    yield of(m=mean, v=variance), gc.retraining.early_stopping_bias(gc.Gaussian(mean, variance))


@bridge("stopping", "time", tolerance=1e-11)
def time(rng: np.random.Generator, of: Value) -> Pairs:
    data, alpha, kappa = (
        gc.Gaussian(rng.uniform(-2, 2), rng.uniform(0.1, 3)),
        rng.uniform(0.1, 1),
        rng.uniform(0.2, 3),
    )
    error, curvature = 10 ** rng.uniform(-8, -3), gc.retraining.early_stopping_bias(data)
    found = gc.retraining.best_stopping_time(data, fresh=alpha, error=error, exponent=kappa)
    yield of(kappa=kappa, s=error, B=curvature, o=alpha / (2 - alpha)), found
