"""What one refit does to the log-determinant: quadrature against many digits, and whole runs of the learner."""

import mpmath
import numpy as np

import gausscollapse as gc
from gausscollapse.checking import judge
from gausscollapse.theorems.instances.refit_statistics import Refit, RefitStatistics

SIGMAS = 5.0


def test_quadrature_against_many_digits():
    refits = [Refit(2, 1), Refit(10, 1), Refit(17, 16), Refit(2000, 3)]
    found = RefitStatistics(refits)
    with mpmath.workdps(30):
        for k, refit in enumerate(refits):
            m = [mpmath.mpf(refit.samples - j) for j in range(1, refit.dim + 1)]
            mean = sum(mpmath.digamma(x / 2) - mpmath.log(mpmath.mpf(refit.samples) / 2) for x in m)
            assert found.mean_log.lower[k] <= mean <= found.mean_log.upper[k]
            variance = sum(mpmath.polygamma(1, x / 2) for x in m)
            assert found.variance_log.lower[k] <= variance <= found.variance_log.upper[k]
            assert found.mean_variance[k].contains(1 - 1 / refit.samples)
    assert np.all(found.mean_log.width < 1e-9)


def test_one_generation_of_the_learner_in_three_dimensions():
    """Mean and variance of log det over 3000 refits: a false alarm in a million runs."""
    rng, learner, samples, dim = np.random.default_rng(5), gc.GaussianLearner(), 9, 3
    logs = []
    for _ in range(3000):
        law = learner.fit(rng.standard_normal((samples, dim)), gc.OrnsteinUhlenbeck()).law
        logs.append(np.linalg.slogdet(law.cov)[1])
    found = RefitStatistics([Refit(samples, dim)])
    spread = found.variance_log.value[0]
    assert abs(np.mean(logs) - found.mean_log.value[0]) < SIGMAS * np.sqrt(spread / 3000)
    # The excess kurtosis of a logarithm of chi-squared is at most 4.
    assert abs(np.var(logs) - spread) < SIGMAS * spread * np.sqrt(6.0 / 3000)
    # The mean's rate is refuted.
    assert abs(np.mean(logs) - dim * np.log(1 - 1 / samples)) > SIGMAS * np.sqrt(spread / 3000)


def test_the_referee_agrees_by_recurrence_and_finds_a_planted_fault(monkeypatch):
    for refit in (Refit(2, 1), Refit(11, 4), Refit(300, 2)):
        assert str(judge("collapse-rate", refit).agreement) == "agreed"
    truth = RefitStatistics.variance_log.func
    monkeypatch.setattr(RefitStatistics, "variance_log", property(lambda self: truth(self) * (1.0 + 1e-6)))
    assert str(judge("collapse-rate", Refit(11, 4)).agreement) == "disagreed"
