"""The best early stop: the exact bias by mixtures, the minimiser by a grid, and runs with random score errors."""

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.retraining import best_stopping_time, early_stopping_bias
from gausscollapse.theorems.instances.stopping_tradeoffs import StoppingTradeoff, TradeoffStatistics

# Five errors of the mean: a false alarm in a million runs.
SIGMAS = 5.0


def test_bias_is_the_chi_squared_of_a_short_stop():
    rng = np.random.default_rng(2)
    for dim in (1, 3):
        turn = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
        cov = turn @ np.diag(rng.uniform(0.3, 2.5, dim)) @ turn.T
        data = gc.Gaussian(rng.standard_normal(dim), 0.5 * (cov + cov.T))
        values = [gc.chi2(gc.laws.marginal(data, t), data).value / t**2 for t in (2e-4, 1e-4)]
        assert 2 * values[1] - values[0] == pytest.approx(early_stopping_bias(data), rel=1e-4)
    sizes = [early_stopping_bias(gc.Gaussian(0, v)) for v in (0.1, 0.01, 0.001)]
    assert sizes[0] < sizes[1] / 50 < sizes[2] / 5000


def _drift(mean, variance, fresh, time, count=200):
    """Return chi2 of the limit of early stopping by a sum over pairs of ages (Mehler's formula), up to `count`."""
    k = np.arange(1.0, count + 1)
    d = mean / np.sqrt(variance) * np.expm1(-k * time / 2)
    x = -np.expm1(-k * time) * (1 - variance) / variance
    w = fresh * (1 - fresh) ** (k - 1)
    one = 1 - np.outer(x, x)
    pairs = (np.outer(d, d) + (np.outer(d**2, x) + np.outer(x, d**2)) / 2) / one - np.log(one) / 2
    return w @ np.expm1(pairs) @ w


def test_drift_of_the_limit_is_that_of_the_mixture_of_ages():
    items = [
        StoppingTradeoff(0.3, 0.7, 0.3, 0.5), StoppingTradeoff(-1, 2.5, 0.25, 3), StoppingTradeoff(0, 0.6, 0.9, 0.2)
    ]  # fmt: skip
    statistics = TradeoffStatistics(items)
    found = statistics.drift(statistics.first)
    for item, time, value in zip(items, statistics.first, found, strict=True):
        assert value == pytest.approx(_drift(item.mean, item.variance, item.fresh, time), rel=1e-11)
    data, time = gc.Gaussian(0, 0.6), float(statistics.first[2])
    limit = gc.retraining.early_stopping_limit(data, fresh=0.9, time=time)
    assert gc.chi2(limit, data).contains(found[2])
    with pytest.raises(InvalidArgumentError, match="variance"):
        StoppingTradeoff(0, 0.25, 0.5, 1)


def test_data_narrower_than_one_half_has_no_stop_that_is_early_enough():
    data = gc.Gaussian(0, 0.25)
    limit = gc.retraining.early_stopping_limit(data, fresh=0.9, time=0.05)
    assert gc.chi2(limit, data).value == np.inf


@pytest.mark.parametrize("fresh", [0.3, 0.6, 0.9])
def test_the_exact_minimiser_on_a_grid(fresh):
    data, error, exponent = gc.Gaussian(0.2, 0.8), 1e-8, 0.5
    best = best_stopping_time(data, fresh=fresh, error=error, exponent=exponent)
    grid = best * 1.01 ** np.arange(-20, 21)
    drift = [_drift(0.2, 0.8, fresh, t) + error * t**-exponent / (fresh * (2 - fresh)) for t in grid]
    # The remainder is of the order of t0/a, here a hundredth at most: two steps of the grid.
    assert abs(int(np.argmin(drift)) - 20) <= 2
    wrong = best * ((2 - fresh) / fresh) ** (1 / (exponent + 2))
    assert abs(np.log(wrong / best)) > 7 * np.log(1.01)


def test_retraining_with_random_score_errors_is_best_at_the_formula():
    """Errors of the mean of variance ``s t^-k``: drift within five errors of its prediction, and least at t0."""
    dim, fresh, exponent, error, count, runs = 6, 0.5, 1.0, 2e-5, 12, 30
    data = gc.Gaussian([0.7] + [0.0] * (dim - 1), np.eye(dim))
    best = best_stopping_time(data, fresh=fresh, error=error, exponent=exponent)
    draws = np.random.default_rng(8).standard_normal((runs, count, dim)) / np.sqrt(dim)
    drifts = {}
    for factor in (0.2, 1.0, 4.0):
        t = factor * best
        size, keep = np.sqrt(error / t**exponent), np.exp(-t / 2) * np.eye(dim)
        noise = -np.expm1(-t) * np.eye(dim)
        drifts[factor] = np.array([
            gc.retrain(
                data, fresh=fresh, step=[gc.AffineChannel(keep, size * z, noise) for z in row], generations=count
            ).accumulated[-1]
            for row in draws
        ])  # fmt: skip
        expected = _drift(0.7, 1.0, fresh, t) + error * t**-exponent / (fresh * (2 - fresh))
        spread = np.std(drifts[factor]) / np.sqrt(runs)
        assert abs(np.mean(drifts[factor]) - expected) < SIGMAS * spread + 0.01 * expected
    for other in (0.2, 4.0):
        more = drifts[other] - drifts[1.0]
        assert np.mean(more) > SIGMAS * np.std(more) / np.sqrt(runs)


def test_mistakes_are_told():
    with pytest.raises(InvalidArgumentError, match="N\\(0, I\\)"):
        best_stopping_time(gc.Gaussian(0, 1), fresh=0.5, error=1e-6, exponent=1.0)
    with pytest.raises(InvalidArgumentError, match="narrow"):
        early_stopping_bias(gc.Gaussian(0, 1e-200))
