"""Collapse without fresh data and heavy tails, against simulation, recursions and mixtures summed by themselves."""

import math

import mpmath
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.retraining import collapse_rate, critical_fresh, tail_exponent

# Five errors of the mean: a false alarm in a million runs.
SIGMAS = 5.0


def _logs(samples, dim, runs, seed, generations=20):
    """Return log det of a learner's last Gaussian over that of the data, by generations, for many runs."""
    rng, learner, found = np.random.default_rng(seed), gc.GaussianLearner(), []
    for _ in range(runs):
        law = gc.Gaussian(np.zeros(dim), np.eye(dim))
        for _ in range(generations):
            draws = law.mean + rng.standard_normal((samples, dim)) @ law.cholesky.T
            law = learner.fit(draws, gc.OrnsteinUhlenbeck()).law
        found.append(np.linalg.slogdet(law.cov)[1] / generations)
    return np.array(found)


@pytest.mark.parametrize(("samples", "dim"), [(10, 1), (12, 2)])
def test_typical_variance_dies_at_the_rate(samples, dim):
    logs = _logs(samples, dim, 250, 7)
    error = np.std(logs) / np.sqrt(logs.size)
    assert abs(np.mean(logs) - collapse_rate(samples, dim=dim)) < SIGMAS * error
    # The rate of the mean variance is refuted.
    assert abs(np.mean(logs) - dim * math.log(1 - 1 / samples)) > SIGMAS * error


def test_rate_against_many_digits_and_its_limit():
    for n, d in ((2, 1), (10, 1), (7, 6), (500, 3)):
        exact = sum(mpmath.digamma(mpmath.mpf(n - j) / 2) for j in range(1, d + 1)) + d * mpmath.log(
            mpmath.mpf(2) / n
        )
        assert collapse_rate(n, dim=d) == pytest.approx(float(exact), rel=1e-11)
    assert collapse_rate(10**5) * 10**5 == pytest.approx(-2, rel=1e-4)
    with pytest.raises(InvalidArgumentError, match="samples"):
        collapse_rate(3, dim=3)


def test_the_divisor_of_the_unbiased_variance_does_not_save_the_typical_run():
    """Runs of the learner on the line, its variances times n/(n - 1): their mean stays, the typical one dies."""
    samples, generations, runs = 10, 20, 4000
    rng = np.random.default_rng(11)
    logs, first = np.zeros(runs), None
    for _ in range(generations):
        draws = rng.standard_normal((runs, samples))
        logs += np.log(np.var(draws, axis=1, ddof=1))
        first = np.exp(logs) if first is None else first
    error = np.std(logs) / np.sqrt(runs)
    rate = collapse_rate(samples, unbiased=True)
    assert abs(np.mean(logs) - generations * rate) < SIGMAS * error
    assert np.mean(logs) < -SIGMAS * error
    assert abs(np.mean(first) - 1.0) < SIGMAS * np.std(first) / np.sqrt(runs)
    # Of one sum of twenty, the variance: the error of a sample variance, with the excess kurtosis bounded by 1.
    spread = generations * float(mpmath.polygamma(1, 4.5))
    assert abs(np.var(logs) - spread) < SIGMAS * spread * math.sqrt(3.0 / runs)
    exact = mpmath.digamma(4.5) - mpmath.log(4.5)
    assert rate == pytest.approx(float(exact), rel=1e-12)


def _tail(gain, fresh, x):
    """Return P(|X| > x) of the mixture of N(0, gain^(2k)) by ages k."""
    ages = np.arange(1, 4000)
    weights = fresh * (1 - fresh) ** (ages - 1)
    keep = weights > 0
    return float(
        sum(w * math.erfc(x / (math.sqrt(2) * gain**k)) for w, k in zip(weights[keep], ages[keep], strict=True))
    )


def test_exponent_of_the_tail():
    gain, fresh = 1.15, 0.2
    # Over whole periods of log |F| the bounded factor is the same.
    near, far = gain**120, gain**180
    slope = -math.log(_tail(gain, fresh, far) / _tail(gain, fresh, near)) / math.log(far / near)
    assert slope == pytest.approx(tail_exponent(gain, fresh=fresh), rel=1e-6)
    assert slope != pytest.approx(math.log(1 / (1 - fresh)), rel=0.1)
    assert tail_exponent(-gain, fresh=fresh) == tail_exponent(gain, fresh=fresh)
    assert tail_exponent(0.9, fresh=fresh) == tail_exponent(gain, fresh=1.0) == math.inf


def _variance(gain, fresh, generations):
    """Return the variance of the model, noise 0.1, from the data."""
    value = 1.0
    for _ in range(generations):
        value = gain**2 * (fresh + (1 - fresh) * value) + 0.1
    return value


def test_variance_is_finite_above_the_critical_fraction_only():
    gain = 1.3
    edge = critical_fresh(gain)
    above, below = edge + 0.05, edge - 0.05
    limit = (above * gain**2 + 0.1) / (1 - (1 - above) * gain**2)
    assert _variance(gain, above, 3000) == pytest.approx(limit, rel=1e-10)
    assert _variance(gain, below, 3000) > 1e50
    assert _variance(gain, 1 - 1 / gain + 0.01, 3000) > 1e20  # the control: 1 - 1/|F| is not enough
    assert tail_exponent(gain, fresh=edge) == pytest.approx(2.0, rel=1e-12)
    assert tail_exponent(gain, fresh=critical_fresh(gain, moment=1.0)) == pytest.approx(1.0, rel=1e-12)
    assert critical_fresh(0.5) == 0.0
