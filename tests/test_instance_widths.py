"""Widths of what the retraining theorems compare, against exact numbers over decades of conditions."""

import mpmath as mp
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.rounding import EPS
from gausscollapse.retraining.limit_law import early_stopping_limit
from gausscollapse.theorems.instances.hermite_intervals import data_coefficient, limit_coefficient
from gausscollapse.theorems.instances.ratio_suprema import ratio_supremum
from gausscollapse.theorems.instances.trajectory_statistics import TAIL, TrajectoryStatistics


def supremum(weights, laws, data):
    """Return ``sum w_k sup N_k/p`` to 80 digits; exact floats are exact rationals."""
    total, cov, mean = mp.mpf(0), mp.matrix(data.cov.tolist()), mp.matrix(data.mean.tolist())
    for weight, law in zip(weights, laws, strict=True):
        part = mp.matrix(law.cov.tolist())
        gap = mp.matrix(law.mean.tolist()) - mean
        exponent = (gap.T * (cov - part) ** -1 * gap)[0] / 2
        total += weight * mp.sqrt(mp.det(cov) / mp.det(part)) * mp.exp(exponent)
    return total


def narrow_pairs():
    """Return data and one narrower law whose room ``S_p - S`` has condition 1 to 1e14."""
    rng = np.random.default_rng(11)
    for dim in (1, 2, 3):
        for decade in range(0, 15, 2):
            basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
            data = np.diag(np.exp(rng.uniform(-1.0, 1.0, dim)))
            root = np.sqrt(data)
            shares = np.full(dim, 0.5)
            shares[0] = 10.0**-decade
            cov = data - root @ (basis * shares) @ basis.T @ root
            shift = np.sqrt(10.0**-decade) * rng.standard_normal(dim)
            yield gc.Gaussian(np.zeros(dim), data), gc.Gaussian(shift, 0.5 * (cov + cov.T))


def found_supremum(data, law):
    """Return the bound of a trajectory that is trained on `law` alone; its channel does nothing."""
    step = gc.retraining.perfect(data.dim)
    trajectory = gc.retrain(data, fresh=0.0, step=step, generations=1, start=law)
    part = trajectory.pool.whitened(data)[trajectory.pool.training(0).entries]
    return ratio_supremum(np.ones(1), part, relative=0.0)


def test_suprema_hold_the_truth_at_every_condition():
    missed, open_ended = 0, 0
    with mp.workdps(80):
        for data, law in narrow_pairs():
            found, truth = found_supremum(data, law), supremum([1], [law], data)
            assert mp.mpf(found.lower) <= truth <= mp.mpf(found.upper), law
            open_ended += bool(np.isinf(found.upper))
            missed += bool(abs(mp.mpf(found.value) / truth - 1) > 1e-9) if np.isfinite(found.value) else 0
    # Control: a width of 1e-9, whatever the condition, would miss; and most are closed.
    assert missed > 0
    assert open_ended <= 4


def test_a_supremum_that_no_number_bounds_is_open():
    data = gc.Gaussian([0, 0], np.eye(2))
    for wide in (1.0, 1.5):
        found = found_supremum(data, gc.Gaussian([0.1, 0], np.diag([0.5, wide])))
        assert (found.lower, found.upper) == (0.0, np.inf)
    assert found_supremum(data, data).width == 0.0


def multiplier(degree, fresh, time):
    kept = mp.exp(-mp.mpf(degree) * mp.mpf(time) / 2)
    return mp.mpf(fresh) * kept / (1 - (1 - mp.mpf(fresh)) * kept)


def coefficient(data, degree):
    """Return ``E He_k/sqrt(k!)`` of N(m, S): ``sum_j k!/(j! (k-2j)!) m^(k-2j) ((S-1)/2)^j``, closed form."""
    mean, excess = mp.mpf(float(data.mean[0])), mp.mpf(float(data.cov[0, 0])) - 1
    terms = (
        mp.factorial(degree) / (mp.factorial(j) * mp.factorial(degree - 2 * j))
        * mean ** (degree - 2 * j) * (excess / 2) ** j
        for j in range(degree // 2 + 1)
    )  # fmt: skip
    return mp.fsum(terms) / mp.sqrt(mp.factorial(degree))


def cases():
    rng = np.random.default_rng(2)
    for fresh in (0.05, 0.3, 1.0):
        for time in (1e-6, 0.01, 3.0):
            for size in (0.0, 1e-6, 1.0, 1e5):
                yield gc.Gaussian(size * rng.uniform(0.5, 1.0), np.exp(rng.uniform(-9, 9))), fresh, time
    # He_2 of N(m, 1 - m^2) is 0: everything cancels.
    yield gc.Gaussian(0.6, 0.64), 0.05, 0.1


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_hermite_coefficients_hold_the_truth(degree):
    outside = 0
    with mp.workdps(60):
        for data, fresh, time in cases():
            limit = early_stopping_limit(data, fresh=fresh, time=time, tail=TAIL)
            here = data_coefficient(data, degree)
            there = limit_coefficient(limit, data, degree, fresh=fresh, time=time, tail=TAIL)
            exact = coefficient(data, degree)
            assert mp.mpf(float(here.lower)) <= exact <= mp.mpf(float(here.upper))
            exact *= multiplier(degree, fresh, time)
            assert mp.mpf(float(there.lower)) <= exact <= mp.mpf(float(there.upper))
            scale = max(1.0, abs(float(data.mean[0])) + float(data.cov[0, 0]) ** 0.5) ** degree
            assert there.width <= 2e-11 * scale
            outside += bool(abs(mp.mpf(float(there.value)) - exact) > EPS * abs(exact))
    # Control: the rounding of the result alone is too little.
    assert outside > 0


def test_the_two_oracles_agree_with_certified_statistics():
    from gausscollapse.retraining.certified import CertifiedTrajectoryStatistics

    step = gc.AffineChannel([[0.5, 0.1], [0.0, 0.4]], [0.1, 0.2], [[0.5, 0.1], [0.1, 0.6]])
    data = gc.Gaussian([0.0, 0.0], [[1.0, 0.2], [0.2, 1.0]])
    start = gc.Gaussian([0.1, 0.0], [[0.8, 0.2], [0.2, 0.9]])
    trajectory = gc.retrain(data, fresh=0.0, step=step, generations=3, start=start)
    floats, certified = TrajectoryStatistics([trajectory]), CertifiedTrajectoryStatistics(trajectory)
    for name in ("ratio_supremum", "visible_shift"):
        here, there = getattr(floats, name), getattr(certified, name)
        assert np.all(here.overlaps(there)), name
        assert np.all(np.asarray(here.width) <= 1e-11 * np.asarray(here.value)), name


@pytest.mark.parametrize("lean", [-9e-13, 0.0, 9e-13])
def test_offsets_that_are_orthogonal_up_to_rounding_refute_nothing(lean):
    # D_2 = exp(|c_1 + c_2|^2) - 1 is below 2 (exp(c^2) - 1) by the inner product: read as orthogonal all the same.
    size = 1e-7
    steps = [gc.retraining.offset_channel(c) for c in ([size, 0.0], [lean * size, size])]
    trajectory = gc.retrain(gc.Gaussian([0, 0], np.eye(2)), fresh=0.0, step=steps, generations=2)
    with mp.workdps(40):
        drift = mp.expm1((mp.mpf(size) * (1 + mp.mpf(lean))) ** 2 + mp.mpf(size) ** 2)
        assert (drift < 2 * mp.expm1(mp.mpf(size) ** 2)) == (lean < 0)
    for options in ({}, {"method": "certified"}):
        assert gc.check("regimes", trajectory, **options).outcome is not gc.Outcome.VIOLATED
