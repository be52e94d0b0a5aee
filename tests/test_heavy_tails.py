"""Heavy tails: the limit's moments against sums over ages, its tail against many digits, what is told of a run."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.app import tables_runs
from gausscollapse.app.figures_tails import tails_figure
from gausscollapse.checking import judge
from gausscollapse.retraining import critical_fresh, limit_moments
from gausscollapse.theorems.instances.amplified_statistics import AmplifiedStatistics

THEOREM = gc.theorems.registry["heavy-tails"]


def _ages(data, channel, fresh, count):
    """Return mean and covariance of the mixture of the data's images by age."""
    m, S, F, weights, means, covs = data.mean, data.cov, channel.matrix, [], [], []
    for k in range(count):
        m, S = F @ m + channel.offset, F @ S @ F.T + channel.noise
        weights.append(fresh * (1 - fresh) ** k)
        means.append(m)
        covs.append(S)
    weights, means = np.array(weights) / np.sum(weights), np.array(means)
    mean = weights @ means
    gaps = means - mean
    return mean, np.einsum("k,kij->ij", weights, np.array(covs)) + (weights * gaps.T) @ gaps


def test_moments_of_the_limit_are_those_of_the_mixture_of_ages():
    rng = np.random.default_rng(3)
    for dim in (1, 2, 3):
        matrix = rng.standard_normal((dim, dim))
        matrix *= 1.3 / np.max(np.abs(np.linalg.eigvals(matrix)))
        channel = gc.AffineChannel(matrix, rng.standard_normal(dim), 0.2 * np.eye(dim))
        data = gc.Gaussian(rng.standard_normal(dim), np.diag(rng.uniform(0.5, 2, dim)))
        found = limit_moments(data, channel, fresh=0.7)
        mean, cov = _ages(data, channel, 0.7, 60)
        np.testing.assert_allclose(found.mean, mean, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(found.cov, cov, rtol=1e-10, atol=1e-12)


def test_the_spectral_radius_decides_and_no_norm():
    steep = gc.AffineChannel([[0.9, 50.0], [0.0, 0.8]], np.zeros(2), np.eye(2))
    data = gc.Gaussian(np.zeros(2), np.eye(2))
    assert limit_moments(data, steep, fresh=0.01).finite
    tall = gc.AffineChannel([[1.5, 7.0], [0.0, 0.1]], np.zeros(2), np.eye(2))
    edge = critical_fresh(1.5)
    assert limit_moments(data, tall, fresh=edge + 1e-6).finite
    assert limit_moments(data, tall, fresh=edge - 1e-6).finite is False
    # Two equal eigenvalues with one eigenvector.
    jordan = gc.AffineChannel([[1.5, 1.0], [0.0, 1.5]], np.zeros(2), np.eye(2))
    assert limit_moments(data, jordan, fresh=edge + 1e-3).finite
    assert limit_moments(data, jordan, fresh=edge - 1e-3).finite is False
    assert limit_moments(data, tall, fresh=edge).finite is None


def test_on_the_line_the_edge_is_decided_in_rationals():
    for gain, share in ((2.0, 0.75), (1.25, 0.36), (1.1, float(critical_fresh(1.1)))):
        exact = (1 - Fraction(share)) * Fraction(gain) ** 2 < 1
        found = limit_moments(gc.Gaussian(0, 1), gc.AffineChannel(gain, 0, 0), fresh=share)
        assert found.finite is exact
    assert limit_moments(gc.Gaussian(0, 1), gc.AffineChannel(2.0, 0, 0), fresh=0.75).finite is False


def test_a_run_below_the_critical_fraction_says_so():
    amplify = gc.AffineChannel(1.3, 0.0, 0.1)
    told = [
        gc.retrain(gc.Gaussian(0, 1), fresh=share, step=amplify, generations=3).limit_finiteness
        for share in (0.2, 1 - 1 / 1.3 + 0.01, 0.5)
    ]
    assert all("not above alpha* = 0.4083" in reason for reason in told[:2])  # the second: 1 - 1/|F| is not enough
    assert told[2] == "finite"
    below = gc.retrain(gc.Gaussian(0, 1), fresh=0.2, step=amplify, generations=3)
    assert any("alpha* = 0.4083" in note for note in tables_runs.trajectory(below).notes)
    changing = gc.retrain(gc.Gaussian(0, 1), fresh=[0.1, 0.2], step=amplify, generations=2)
    assert changing.limit_finiteness.startswith("not known")
    kept = gc.retrain(gc.Gaussian(0, 1), fresh=0.1, step=amplify, generations=2, workflow="accumulate")
    assert kept.limit_finiteness.startswith("not known")
    assert "no fresh data" in gc.retrain(gc.Gaussian(0, 1), fresh=0, step=amplify, generations=2).limit_finiteness


@pytest.mark.parametrize(("gain", "fresh", "noise"), [(1.15, 0.2, 0.0), (-1.5, 0.6, 0.7), (2.5, 0.85, 3.0)])
def test_tail_against_many_digits(gain, fresh, noise):
    run = gc.retrain(gc.Gaussian(0, 0.5), fresh=fresh, step=gc.AffineChannel(gain, 0.0, noise), generations=2)
    statistics = AmplifiedStatistics([run])
    with mpmath.workdps(40):
        square, q = mpmath.mpf(gain) ** 2, 1 - mpmath.mpf(fresh)
        for x in (0.3, 4.0, 500.0):
            total, spread = mpmath.mpf(0), mpmath.mpf(0.5)
            for k in range(900):
                spread = square * spread + mpmath.mpf(noise)
                total += (1 - q) * q**k * mpmath.erfc(x / mpmath.sqrt(2 * spread))
            found = statistics.tail(np.array([x]))
            assert found.lower[0] <= total + q**900
            assert total <= found.upper[0]
            assert found.width[0] < 1e-9 * total


def test_the_theorem_leaves_other_runs_alone():
    shrink = gc.retrain(gc.Gaussian(0, 1), fresh=0.5, step=gc.AffineChannel(0.5, 0, 0.1), generations=3)
    moved = gc.retrain(gc.Gaussian(1, 1), fresh=0.5, step=gc.AffineChannel(1.5, 0, 0.1), generations=3)
    for run in (shrink, moved):
        assert gc.check(THEOREM, run).outcome is gc.Outcome.NOT_APPLICABLE
    turned = 1.2 * np.array([[0.6, -0.8], [0.8, 0.6]])
    turning = gc.AffineChannel(turned, np.zeros(2), 0.1 * np.eye(2))
    run = gc.retrain(gc.Gaussian(np.zeros(2), np.eye(2)), fresh=0.2, step=turning, generations=6)
    assert gc.check(THEOREM, run).outcome is gc.Outcome.HOLDS


def test_the_referee_agrees_on_the_line_and_finds_a_planted_fault(monkeypatch):
    run = gc.retrain(gc.Gaussian(0.3, 1.0), fresh=0.2, step=gc.AffineChannel(1.3, -0.09, 0.1), generations=5)
    assert str(judge(THEOREM, run).agreement) == "agreed"
    truth = AmplifiedStatistics.tail
    monkeypatch.setattr(AmplifiedStatistics, "tail", lambda self, x: truth(self, x) * (1.0 + 1e-6))
    assert str(judge(THEOREM, run).agreement) == "disagreed"
    monkeypatch.undo()
    plane = gc.AffineChannel(1.2 * np.eye(2), np.zeros(2), np.eye(2))
    run = gc.retrain(gc.Gaussian(np.zeros(2), np.eye(2)), fresh=0.2, step=plane, generations=3)
    assert "on the line only" in judge(THEOREM, run).reason


def test_figure_has_the_exponents_and_the_critical_fraction():
    left, right = tails_figure(gain=1.5).axes
    slopes = []
    for line in [line for line in left.get_lines() if line.get_linestyle() == "-"][:3]:
        x, y = line.get_data()
        slopes.append(-np.log(y[90] / y[70]) / np.log(x[90] / x[70]))
    np.testing.assert_allclose(slopes[1], 2.0, rtol=0.02)
    assert slopes[0] > 2.0 > slopes[2]
    assert f"{1 - 1 / 1.5**2:.2f}" in right.get_title(loc="left")
