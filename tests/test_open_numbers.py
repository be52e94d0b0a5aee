"""Numbers that floats cannot tell finite are open: never called infinite, and no assumption is said to fail."""

import mpmath as mp
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.retraining.certified import CertifiedTrajectoryStatistics
from gausscollapse.theorems.instances.trajectory_statistics import TrajectoryStatistics

ONE = gc.Gaussian(0, 1)


def with_variance(variance):
    """Return two generations whose models are mixtures of N(0, 1) and N(0, `variance`)."""
    return gc.retrain(ONE, fresh=0.5, step=gc.AffineChannel(0.0, 0.0, variance), generations=2)


def offsets(size, start=None):
    step = gc.retraining.offset_channel(size)
    return gc.retrain(ONE, fresh=0.0, step=step, generations=3, start=start)


def test_at_the_boundary_the_double_sum_is_open_and_the_truth_within():
    # int N(0, V)^2/N(0, 1) = 1/sqrt(V (2 - V)) of the exact V = 2 - 2^-51
    variance = mp.mpf(2) - mp.mpf(2) ** -51
    truth = 1 / mp.sqrt(variance * (2 - variance)) - 1
    assert abs(truth - 33554431) < 1
    found = TrajectoryStatistics([with_variance(float(variance))]).filtered()
    assert np.all(np.asarray(found.lower)[0, 1:] <= float(truth))
    assert np.all(np.asarray(found.upper)[0, 1:] == np.inf)
    assert (found.lower[0, 0], found.upper[0, 0]) == (0.0, 0.0)


@pytest.mark.parametrize("name", ["refresh", "innovation", "discounted", "filter"])
def test_what_is_open_is_not_said_to_fail(name):
    trajectory = with_variance(2 - 2**-51)
    assert gc.check(name, trajectory, method="certified").outcome is gc.Outcome.HOLDS
    verdict = gc.check(name, trajectory)
    assert "is not shown to hold" in verdict.reason


@pytest.mark.parametrize("method", ["auto", "certified"])
def test_control_an_infinite_divergence_is_said_to_fail(method):
    options = {} if method == "auto" else {"method": method}
    verdict = gc.check("refresh", with_variance(2.5), **options)
    assert verdict.outcome is gc.Outcome.NOT_APPLICABLE
    assert "fails (value 0)" in verdict.reason


@pytest.mark.parametrize("kind", [lambda t: TrajectoryStatistics([t]), CertifiedTrajectoryStatistics])
def test_a_double_sum_is_known_as_far_as_its_terms_are(kind):
    # Offsets 40: D_n = exp((40 n)^2) - 1, beyond floats from n = 1 on; D_0 = 0 has no term at all.
    found = kind(offsets(40.0)).filtered()
    assert (found.lower[0, 0], found.upper[0, 0]) == (0.0, 0.0)
    assert np.all(np.isfinite(found.lower))
    # Offsets 5 from N(1, 1): D_n = exp((1 + 5 n)^2) - 1 is in range for n = 4 but not for n = 6.
    step = gc.retraining.offset_channel(5.0)
    far = gc.retrain(ONE, fresh=0.0, step=step, generations=6, start=gc.Gaussian(1, 1))
    found = kind(far).filtered()
    for n in range(7):
        truth = mp.expm1((1 + 5 * n) ** 2)
        assert mp.mpf(float(found.lower[0, n])) <= truth
        assert mp.mpf(float(found.upper[0, n])) >= truth or np.isinf(found.upper[0, n])
    assert np.isfinite(found.upper[0, 4])


def test_a_certified_double_sum_before_an_infinite_innovation_is_a_number():
    steps = [gc.retraining.offset_channel(1.0), gc.AffineChannel(1.0, 0.0, 5.0)]
    trajectory = gc.retrain(ONE, fresh=0.5, step=steps, generations=2)
    for found in (
        CertifiedTrajectoryStatistics(trajectory).filtered(),
        TrajectoryStatistics([trajectory]).filtered(),
    ):
        assert found.lower[0, 1] <= float(mp.expm1(1)) <= found.upper[0, 1] < 1.72
        assert found.lower[0, 2] < np.inf == found.upper[0, 2]


@pytest.mark.parametrize(("variance", "infinite"), [(2.0 - 2.0**-51, False), (2.1, True)])
def test_a_distance_from_the_limit_is_infinite_only_where_that_is_certain(variance, infinite):
    data = gc.Gaussian(0, variance)
    trajectory = gc.retrain(data, fresh=0.5, step=gc.retraining.early_stopping(0.5), generations=2)
    first = TrajectoryStatistics([trajectory]).distance_to_limit[0]
    assert bool(np.isinf(first.lower[0])) == infinite
    certified = CertifiedTrajectoryStatistics(trajectory).distance_to_limit[0]
    assert bool(np.isinf(certified.lower[0])) == infinite
    reason = gc.check("early-stopping", trajectory).reason
    assert ("fails" in reason) == infinite


def test_with_all_data_fresh_the_first_model_is_the_limit_however_wide():
    # K p is the limit itself: the distance is 0 although its parts have infinite norms.
    trajectory = gc.retrain(gc.Gaussian(0, 9), fresh=1.0, step=gc.retraining.early_stopping(0.5), generations=1)
    found = TrajectoryStatistics([trajectory]).distance_to_limit[1]
    assert found.lower[0] == 0.0
