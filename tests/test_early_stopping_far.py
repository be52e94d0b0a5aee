"""Early stopping far from the origin: the norms leave the range of floats, their ratios do not."""

import dataclasses

import mpmath
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.theorems.instances.trajectory_statistics import TrajectoryStatistics

FRESH, TIME = 0.5, 0.4


def norms(mean, generations, ages=160):
    """``||p^_n - L||^2`` over N(0, 1) for p = N(mean, 1): its Hermite series sums to exp(m m') for every two ages."""
    with mpmath.workdps(60):
        a, keep = mpmath.mpf(FRESH), mpmath.exp(-mpmath.mpf(TIME) / 2)
        powers = [mpmath.mpf(mean) * keep**k for k in range(ages + 1)]
        limit = [mpmath.mpf(0)] + [a * (1 - a) ** (k - 1) for k in range(1, ages + 1)]
        answers = []
        for n in range(generations + 1):
            # p^_n: ages 1..n with the shares of the limit, age n + the rest of the mass.
            model = [limit[k] if 1 <= k <= n else mpmath.mpf(0) for k in range(ages + 1)]
            model[n] += (1 - a) ** n
            gaps = [one - other for one, other in zip(model, limit, strict=True)]
            live = [(g, m) for g, m in zip(gaps, powers, strict=True) if g]
            answers.append(mpmath.fsum(g * h * mpmath.exp(m * k) for g, m in live for h, k in live))
        return answers


@pytest.mark.parametrize("mean", [3.0, 30.0, 45.0])
def test_ratios_of_norms_are_those_of_the_hermite_series(mean):
    run = gc.retrain(gc.Gaussian(mean, 1), fresh=FRESH, step=gc.retraining.early_stopping(TIME), generations=2)
    distances = TrajectoryStatistics([run]).distance_to_limit
    truth = norms(mean, 2, ages=60)
    for n in (1, 2):
        found = distances[n].value[0] / distances[0].value[0]
        assert np.isfinite(found)
        assert found == pytest.approx(float(truth[n] / truth[0]), rel=1e-8)


@pytest.mark.parametrize("mean", [30.0, 45.0, 200.0])
def test_the_theorem_is_decided(mean):
    run = gc.retrain(gc.Gaussian(mean, 1), fresh=FRESH, step=gc.retraining.early_stopping(TIME), generations=2)
    verdict = gc.check("early-stopping", run)
    assert verdict.outcome == "HOLDS"
    assert not np.isnan(float(verdict.ratio))


@pytest.mark.parametrize("mean", [3.0, 30.0, 45.0])
def test_the_rate_that_just_holds_is_the_one_of_the_hermite_series(mean):
    run = gc.retrain(gc.Gaussian(mean, 1), fresh=FRESH, step=gc.retraining.early_stopping(TIME), generations=1)
    truth = norms(mean, 1, ages=60)
    tight = float(truth[1] / truth[0] / (mpmath.mpf(1 - FRESH) ** 2 * mpmath.exp(-mpmath.mpf(TIME))))
    statement = gc.theorems.registry["early-stopping"]
    for rate, outcome in ((1.001 * tight, "HOLDS"), (0.999 * tight, "VIOLATED")):
        spoilt = dataclasses.replace(statement, constants={"rate": rate})
        assert gc.check(spoilt, run).outcome == outcome
