"""Divergences beside their peers, in one run: ``pytest benchmarks/bench_divergences.py --benchmark-columns=median``.

Ratios of medians are printed at the end; a single time says little about another machine.
"""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

import gausscollapse as gc
from gausscollapse.divergences import montecarlo
from gausscollapse.divergences._integral import Integral

POINTS = 1 << 17
P = gc.GaussianMixture([0.2, 0.5, 0.3], [-2.0, 0.5, 3.0], [0.5, 1.0, 0.8])
Q = gc.GaussianMixture([0.4, 0.4, 0.2], [-1.5, 1.0, 2.0], [1.0, 0.7, 2.0])
MEDIANS: dict[str, float] = {}


def law(rng, count, dim):
    roots = rng.standard_normal((count, dim, dim))
    covs = roots @ np.swapaxes(roots, 1, 2) / dim + 0.5 * np.eye(dim)
    weights = rng.random(count) + 0.2
    return gc.GaussianMixture(weights / weights.sum(), 0.6 * rng.standard_normal((count, dim)), covs)


@pytest.fixture(scope="module")
def wide():
    rng = np.random.default_rng(0)
    return law(rng, 5, 10), law(rng, 5, 10)


@pytest.fixture(scope="module", autouse=True)
def ratios():
    yield
    rows = [
        ("certified 12 digits: mpmath quad / ours", "mpmath-15", "certified-12"),
        ("certified 30 digits: mpmath quad / ours", "mpmath-30", "certified-30"),
        ("Monte Carlo d=10 K=5, points per second: ours / NumPy+SciPy logsumexp", "scipy-logsumexp", "monte-carlo"),
        ("Monte Carlo d=10 K=5, points per second: ours / gmm-divergence", "gmm-divergence", "monte-carlo"),
    ]
    print()
    for title, peer, own in rows:
        if peer in MEDIANS and own in MEDIANS:
            print(f"{title}: {MEDIANS[peer] / MEDIANS[own]:.1f}")


def timed(benchmark, name, function, *, rounds=5):
    benchmark.pedantic(function, rounds=rounds, iterations=1, warmup_rounds=1)
    MEDIANS[name] = benchmark.stats.stats.median


@pytest.mark.parametrize("digits", [12, 30, 50])
def test_certified(benchmark, digits):
    timed(benchmark, f"certified-{digits}", lambda: gc.kl(P, Q, digits=digits), rounds=9)


@pytest.mark.parametrize("digits", [15, 30])
def test_mpmath_quad(benchmark, digits):
    def density(d, x):
        rows = zip(d.weights.tolist(), d.means[:, 0].tolist(), d.covs[:, 0, 0].tolist(), strict=True)
        return mp.fsum(w * mp.npdf(x, m, mp.sqrt(v)) for w, m, v in rows)

    def work():
        with mp.workdps(digits):
            return mp.quad(lambda x: density(P, x) * mp.log(density(P, x) / density(Q, x)), mp.linspace(-14, 14, 15))

    timed(benchmark, f"mpmath-{digits}", work, rounds=3)


def test_quadrature(benchmark):
    timed(benchmark, "quadrature", lambda: gc.kl(P, Q, method="quadrature"), rounds=50)


def test_monte_carlo(benchmark, wide):
    timed(benchmark, "monte-carlo", lambda: montecarlo.estimate(Integral("kl"), *wide, draws=POINTS))


def test_numpy_scipy_logsumexp(benchmark, wide):
    rng = np.random.default_rng(1)

    def log_density(d, x):
        parts = zip(d.weights, d.means, d.covs, strict=True)
        return logsumexp([np.log(w) + multivariate_normal(m, s).logpdf(x) for w, m, s in parts], axis=0)

    def work():
        x = wide[0].sample(POINTS, rng)
        return np.mean(log_density(wide[0], x) - log_density(wide[1], x))

    timed(benchmark, "scipy-logsumexp", work)


def test_gmm_divergence(benchmark, wide):
    peer = pytest.importorskip("gmm_divergence")
    laws = [peer.GaussianMixture(d.weights, d.means, d.covs) for d in wide]
    estimator = peer.divergence.MonteCarlo(sampling=peer.sampling.Draw(n_samples=POINTS, rng=0))
    timed(benchmark, "gmm-divergence", lambda: peer.kl_divergence(*laws, estimator=estimator))


def test_best_interval(benchmark, wide):
    timed(benchmark, "kl-bounds", lambda: gc.kl_bounds(*wide), rounds=3)
