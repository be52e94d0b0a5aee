"""The logarithm of a sum of exponentials, against mpmath; what overflows, vanishes or is nothing."""

import mpmath as mp
import numpy as np
import pytest

from gausscollapse.core.log_sum import log_sum


def exact(logs):
    with mp.workdps(50):
        return mp.log(mp.fsum(mp.exp(mp.mpf(float(item))) for item in logs))


@pytest.mark.parametrize("shift", [0.0, 700.0, -745.0, 1e6, -1e6])
def test_it_is_the_logarithm_of_the_sum(shift):
    logs = shift + np.random.default_rng(0).normal(scale=20.0, size=(4, 50))
    rows, columns, whole = log_sum(logs, axis=1), log_sum(logs, axis=0, keepdims=True), log_sum(logs)
    assert (rows.shape, columns.shape, whole.shape) == ((4,), (1, 50), ())
    for found, truth in [(rows[2], logs[2]), (columns[0, 7], logs[:, 7]), (whole, logs.ravel())]:
        assert abs(mp.mpf(float(found)) - exact(truth)) <= 4e-16 * (60 + abs(shift))


def test_a_sum_without_terms_vanishes_and_a_control():
    none = np.array([[-np.inf, -np.inf], [-np.inf, 3.0]])
    assert log_sum(none, axis=1).tolist() == [-np.inf, 3.0]
    assert float(log_sum([])) == -np.inf
    assert float(log_sum([np.inf, 0.0])) == np.inf
    assert np.isnan(log_sum([np.nan, 0.0]))
    # The control: without the largest term taken out it would be this.
    with np.errstate(over="ignore"):
        assert np.log(np.sum(np.exp([1000.0, 1000.0]))) == np.inf
    assert float(log_sum([1000.0, 1000.0])) == 1000.0 + np.log(2.0)
