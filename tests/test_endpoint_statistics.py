"""Moments and divergences of the two endpoints: against mpmath, in all implementations."""

import functools
import itertools

import mpmath as mp
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import AbsentStatisticError, UnknownStatisticError
from gausscollapse.process.certified.statistics import CertifiedStatistics
from gausscollapse.process.grid_statistics import GridStatistics
from gausscollapse.sampling.sampled_statistics import SampledStatistics

SPAN = 1.25
DIFFUSION = gc.OrnsteinUhlenbeck(1.5, 0.25)
LINES = [(0.15, 0.4), (1e-3, 2e-3), (-0.2, 0.2), (0.0, 0.5)]
NUMBERS = ("hellinger2", "total_variation", "wasserstein2", "reverse_chi2", "chi2", "kl", "reverse_kl")
ORDERS = (0.05, 0.5, 0.8, 1.0, 1.2, 2.5)


def line(slope, offset):
    """Return a process whose data N(0, 1) no time changes."""
    return gc.ReverseProcess(gc.Gaussian(0, 1), DIFFUSION, gc.AffineError(slope, offset))


@functools.cache
def truth(slope, offset):
    """Return the statistics of `line`: dY = ((a - 1/2) Y + b) ds + dB from N(0, 1), by quadrature in mpmath."""
    with mp.workdps(22):
        a, b, s = mp.mpf(slope), mp.mpf(offset), mp.mpf(SPAN)
        grow = mp.exp((2 * a - 1) * s)
        var, mean = grow + (grow - 1) / (2 * a - 1), b * mp.expm1((a - 0.5) * s) / (a - 0.5)

        def p(x):
            return mp.npdf(x, mean, mp.sqrt(var))

        q, cuts = mp.npdf, [-20, -8, -4, -2, 0, 2, 4, 8, 20]

        def renyi(f, g, order):
            if order == 1:
                return mp.quad(lambda x: f(x) * mp.log(f(x) / g(x)), cuts)
            return mp.log(mp.quad(lambda x: f(x) ** order * g(x) ** (1 - order), cuts)) / (order - 1)

        roots = mp.polyroots([var - 1, 2 * mean, -(mean**2) - var * mp.log(var)]) if var != 1 else [mean / 2]
        edges = sorted([*cuts, *(mp.re(root) for root in roots if abs(root) < 20)])
        pieces = itertools.pairwise(edges)
        found = {
            "hellinger2": 1 - mp.quad(lambda x: mp.sqrt(p(x) * q(x)), cuts),
            "total_variation": sum(abs(mp.quad(lambda x: p(x) - q(x), piece)) for piece in pieces) / 2,
            "wasserstein2": mp.hypot(mean, mp.sqrt(var) - 1),
            "reverse_chi2": mp.expm1(renyi(q, p, 2)),
            "chi2": mp.expm1(renyi(p, q, 2)),
            "kl": renyi(p, q, 1),
            "reverse_kl": renyi(q, p, 1),
            "learned_mean": mean,
            "learned_covariance": var,
        }
        for order in ORDERS:
            found[f"renyi {order}"] = renyi(p, q, mp.mpf(order))
            found[f"reverse_renyi {order}"] = renyi(q, p, mp.mpf(order))
        return {name: mp.mpf(value) for name, value in found.items()}


def answers(statistics):
    """Return the enclosures of `truth` by name."""
    found = {name: getattr(statistics, name)[0] for name in NUMBERS}
    found["learned_mean"], found["learned_covariance"] = (
        statistics.learned_mean[0, 0],
        statistics.learned_covariance[0, 0, 0],
    )
    for order in ORDERS:
        found[f"renyi {order}"] = statistics.renyi(order=order)[0]
        found[f"reverse_renyi {order}"] = statistics.reverse_renyi(order=order)[0]
    return found


def wrong(statistics, slope, offset, relative):
    """Return the names whose interval misses the truth, or whose value is further from it than that."""
    known = truth(slope, offset)
    bad = []
    for name, answer in answers(statistics).items():
        # What 22 digits leave of sums of order one.
        gap = 1e-12 if answer.guarantee == "numeric" else 1e-19 + 1e-15 * abs(known[name])
        inside = float(answer.lower) - gap <= known[name] <= float(answer.upper) + gap
        if not inside or abs(float(answer) - known[name]) > relative * abs(known[name]) + 1e-11:
            bad.append(name)
    return bad


@pytest.mark.parametrize(
    ("slope", "offset"), [*LINES[:2], *(pytest.param(*line, marks=pytest.mark.slow) for line in LINES[2:])]
)
def test_exact_and_certified_endpoints_hold_the_truth(slope, offset):
    process = line(slope, offset)
    assert wrong(process.statistics, slope, offset, 1e-8) == []
    assert wrong(CertifiedStatistics.of([process]), slope, offset, 1e-13) == []


def test_the_grid_holds_the_truth_of_the_endpoints():
    assert wrong(GridStatistics([line(0.15, 0.4)]), 0.15, 0.4, 1e-6) == []


def test_an_error_that_is_another_is_seen():
    names = wrong(line(0.1501, 0.4).statistics, 0.15, 0.4, 1e-8)
    assert len(names) == len(answers(line(0.15, 0.4).statistics))


def test_the_variation_beyond_the_line_is_absent_and_not_that_of_one_axis():
    for s in (plane().statistics, CertifiedStatistics.of([plane()])):
        with pytest.raises(AbsentStatisticError, match="no closed form beyond the line"):
            s.total_variation  # noqa: B018
    with pytest.raises(gc.core.NotSupportedError, match="total_variation"):
        CertifiedStatistics.of([plane()]).processes[0].total_variation()


def test_infinite_divergences_are_infinite_in_their_direction_only():
    statistics = line(0.9, 0.0).statistics
    certified = CertifiedStatistics.of([line(0.9, 0.0)])
    for s in (statistics, certified):
        # Its variance is above 2: p^2/q diverges, q^2/p does not; of order 1.2 both are finite.
        assert all(np.isinf(x.lower[0]) for x in (s.chi2, s.renyi(order=2.0), s.renyi(order=100.0)))
        assert all(np.isfinite(x.upper[0]) for x in (s.reverse_chi2, s.renyi(order=1.2)))


def plane(scale=1.0):
    """Return a process in the plane, no two of whose matrices commute."""
    data = gc.Gaussian([0.3, -0.2], [[1.0, 0.3], [0.3, 0.5]])
    return gc.ReverseProcess(data, DIFFUSION, gc.AffineError([[0.05, 0.4], [-0.1, 0.3]], [0.15, 0.1]).scaled(scale))


def test_moments_and_transport_in_the_plane():
    process = plane()
    certified, exact = CertifiedStatistics.of([process]), process.statistics
    for s in (certified, exact):
        with mp.workdps(40):
            parts = [mp.matrix(np.asarray(x.value[0]).tolist()) for x in (s.ideal_covariance, s.learned_covariance)]
            shift = mp.matrix((s.learned_mean.value[0] - s.ideal_mean.value[0]).tolist())
            root = mp.sqrtm(parts[0])
            cross = mp.sqrtm(root * parts[1] * root)
            square = (shift.T * shift)[0] + sum((parts[0] + parts[1] - 2 * cross)[i, i] for i in range(2))
            assert float(s.wasserstein2[0]) == pytest.approx(float(mp.sqrt(square)), rel=1e-12)
    for name in ("ideal_mean", "ideal_covariance", "learned_mean", "learned_covariance"):
        assert np.all(getattr(certified, name).overlaps(getattr(exact, name))), name
    # The ideal endpoint by hand: exp(-t) S + (1 - exp(-t)) I.
    share = np.exp(-0.25)
    by_hand = share * process.data.cov + (1.0 - share) * np.eye(2)
    assert np.all((by_hand >= exact.ideal_covariance.lower[0]) & (by_hand <= exact.ideal_covariance.upper[0]))
    # The learned one by Euler's method for its two moments, at two step sizes, extrapolated.
    mean, cov = [2.0 * fine - coarse for coarse, fine in zip(euler(20000), euler(40000), strict=True)]
    assert np.allclose(mean, exact.learned_mean.value[0], atol=1e-7)
    assert np.allclose(cov, exact.learned_covariance.value[0], atol=1e-7)


def euler(steps):
    """Return mean and covariance of the learned endpoint of `plane`."""
    process, h = plane(), SPAN / steps
    error_slope, error_offset = np.array([[0.05, 0.4], [-0.1, 0.3]]), np.array([0.15, 0.1])

    def ideal(t):
        share = np.exp(-t)
        return np.sqrt(share) * process.data.mean, share * process.data.cov + (1.0 - share) * np.eye(2)

    mean, cov = ideal(1.5)
    for k in range(steps):
        centre, spread = ideal(1.5 - k * h)
        pull = np.linalg.inv(spread)
        drift = 0.5 * np.eye(2) - pull + error_slope
        mean, cov = (
            mean + h * (drift @ mean + pull @ centre + error_offset),
            cov + h * (drift @ cov + cov @ drift.T + np.eye(2)),
        )
    return mean, cov


def test_small_drifts_keep_their_digits():
    # 1e-7 apart, W2^2 by the traces would be rounding: 1e-16 from 1e-14.
    statistics = plane().statistics.scaled(1e-7)
    larger = plane().statistics.scaled(1e-4)
    assert float(statistics.wasserstein2[0]) == pytest.approx(1e-3 * float(larger.wasserstein2[0]), rel=1e-4)
    assert float(statistics.wasserstein2.width[0]) < 1e-6 * float(statistics.wasserstein2[0])
    assert float(statistics.hellinger2[0]) == pytest.approx(1e-6 * float(larger.hellinger2[0]), rel=1e-3)


def test_sampled_moments_hold_the_exact_ones():
    process = plane(0.25)
    sampled, exact = SampledStatistics([process]), process.statistics
    for name in ("ideal_mean", "ideal_covariance", "learned_mean", "learned_covariance"):
        mine, theirs = getattr(sampled, name), getattr(exact, name)
        assert mine.shape == theirs.shape
        assert np.all(mine.overlaps(theirs)), name
    assert np.all(sampled.learned_mean.width < 0.1)
    assert np.all(sampled.learned_covariance.width < 0.5)
    far = plane(0.25).statistics.scaled(3.0).learned_mean
    assert not np.all(sampled.learned_mean.overlaps(far))
    with pytest.raises(AbsentStatisticError, match="polynomials in the density ratio"):
        sampled.total_variation  # noqa: B018


def test_a_misspelt_statistic_lists_the_names():
    for statistics in (plane().statistics, GridStatistics([line(0.1, 0.1)]), CertifiedStatistics.of([plane()])):
        with pytest.raises(UnknownStatisticError, match=r"did you mean hellinger2\?") as caught:
            statistics.helinger2  # noqa: B018
        for name in ("wasserstein2", "reverse_renyi", "learned_covariance", "total_variation"):
            assert name in str(caught.value)


def test_nothing_is_computed_that_is_not_asked_for():
    statistics = GridStatistics([line(0.1, 0.1)])
    assert statistics.ideal_mean.shape == (1, 1)
    assert "solutions" not in vars(statistics)
    exact = line(0.1, 0.1).statistics.scaled(0.5)
    assert exact.ideal_covariance.shape == (1, 1, 1)
    assert "_moments" not in vars(exact)


@pytest.mark.parametrize("order", [0.0, -1.0, float("nan"), float("inf"), 1e200, "two"])
def test_orders_that_are_none_are_refused(order):
    for statistics in (line(0.1, 0.1).statistics, CertifiedStatistics.of([line(0.1, 0.1)])):
        with pytest.raises(gc.core.InvalidArgumentError, match="order"):
            statistics.renyi(order=order)


def psi_along_paths(process, paths, steps, rng):
    """Return the sum of ``(exp(Z) - 1 - Z) |e|^2 dt`` along simulated ideal paths, one number a path."""
    start, stop = process.diffusion.horizon, process.diffusion.stop
    dt = (start - stop) / steps
    mean, var = process.data.mean[0], process.data.cov[0, 0]
    slope, offset = process.error.matrix[0, 0], process.error.offset[0]

    def ideal(t):
        return mean * np.exp(-t / 2), 1.0 + (var - 1.0) * np.exp(-t)

    centre, spread = ideal(start)
    y = centre + np.sqrt(spread) * rng.normal(size=paths)
    z, total = np.zeros(paths), np.zeros(paths)
    for k in range(steps):
        centre, spread = ideal(start - k * dt)
        error, noise = slope * y + offset, np.sqrt(dt) * rng.normal(size=paths)
        total += (np.expm1(z) - z) * error**2 * dt
        z += error * noise - 0.5 * error**2 * dt
        y += (0.5 * y - (y - centre) / spread) * dt + noise
    return total


def test_the_taylor_energy_is_the_integral_along_paths():
    process = gc.ReverseProcess(gc.Gaussian(0.3, 0.8), gc.OrnsteinUhlenbeck(1.5, 0.25), gc.AffineError(0.2, 0.5))
    exact = process.statistics.taylor_energy
    fine, coarse = (psi_along_paths(process, 100_000, n, np.random.default_rng([5, n])) for n in (120, 60))
    estimate = 2.0 * np.mean(fine) - np.mean(coarse)
    error = np.sqrt(4.0 * np.var(fine) / fine.size + np.var(coarse) / coarse.size)
    # Five standard errors: a false alarm in 1.7 million runs.
    assert abs(estimate - float(exact[0])) < 5.0 * error
    # The control: a fifth more of the error is seen.
    assert abs(estimate - float(process.statistics.scaled(1.2).taylor_energy[0])) > 5.0 * error
    for other in (CertifiedStatistics.of([process]), GridStatistics([process]), SampledStatistics([process])):
        assert other.taylor_energy.overlaps(exact)[0]


def test_the_taylor_energy_of_a_constant_offset_is_a_quarter_of_the_squared_energy():
    process = line(0.0, 0.6)
    energy = 0.36 * SPAN
    for statistics in (process.statistics, CertifiedStatistics.of([process])):
        found = statistics.taylor_energy
        assert float(found.lower[0]) * (1 - 1e-14) <= energy**2 / 4 <= float(found.upper[0]) * (1 + 1e-14)


def test_the_transport_constant_is_the_integral_of_the_squared_propagator():
    process = plane()
    stop, horizon = 0.25, 1.5
    with mp.workdps(25):
        share = mp.exp(-stop)
        trace = share * 1.5 + 2 * (1 - share)
        det = (share * 1.0 + 1 - share) * (share * 0.5 + 1 - share) - (share * mp.mpf(0.3)) ** 2
        top = (trace + mp.sqrt(trace**2 - 4 * det)) / 2

        def carried(t):
            left = mp.exp(-t)
            return mp.exp(-t / 2) * top / (left * top + 1 - left)

        known = mp.quad(lambda t: carried(t) ** 2, [0, horizon - stop])
        other = gc.ReverseProcess(process.data, DIFFUSION, process.error, start="standard-normal")
        late = mp.exp(-horizon)
        lam = [late * e + 1 - late for e in ((1.5 + mp.sqrt(0.61)) / 2, (1.5 - mp.sqrt(0.61)) / 2)]
        start = mp.sqrt(late * mp.mpf(0.13) + sum((1 - mp.sqrt(x)) ** 2 for x in lam))
        start *= carried(horizon - stop)
    for s in (other.statistics, CertifiedStatistics.of([other])):
        assert float(s.transport_constant[0]) == pytest.approx(float(known), rel=1e-13)
        assert float(s.start_transport[0]) == pytest.approx(float(start), rel=1e-13)
    assert float(process.statistics.start_transport.upper[0]) == 0.0


def test_the_bound_of_transport_is_attained_by_the_propagator_as_an_error():
    variance = np.exp(-0.25) * 2.0 + 1.0 - np.exp(-0.25)

    def carried(t):
        left = np.exp(-(t - 0.25))
        return np.sqrt(left) * variance / (left * variance + 1.0 - left)

    error = gc.FunctionError(lambda x, t: 0.3 * carried(t) * np.ones_like(x), length_scale=100, time_scale=1)
    found = GridStatistics([gc.ReverseProcess(gc.Gaussian(0, 2), DIFFUSION, error)])
    reached = float(found.wasserstein2[0]) ** 2
    bound = float(found.transport_constant[0]) * float(found.learned_energy[0])
    assert reached == pytest.approx(bound, rel=1e-6)
    # The control: the same energy at constant size moves less.
    flat = GridStatistics([gc.ReverseProcess(gc.Gaussian(0, 2), DIFFUSION, gc.AffineError(0, 0.3))])
    assert float(flat.wasserstein2[0]) ** 2 < 0.999 * float(flat.transport_constant[0]) * float(
        flat.learned_energy[0]
    )


def test_transport_is_absent_for_mixtures():
    data = gc.GaussianMixture([0.5, 0.5], [-1, 1], 0.5)
    s = GridStatistics([gc.ReverseProcess(data, DIFFUSION, gc.AffineError(0, 0.3))])
    with pytest.raises(AbsentStatisticError, match="no slope in closed form"):
        s.transport_constant  # noqa: B018
    found = gc.check("w2-energy", gc.ReverseProcess(data, DIFFUSION, gc.AffineError(0, 0.3)))
    assert str(found.outcome) == "NOT_APPLICABLE"
