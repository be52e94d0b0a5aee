"""The exact linear-Gaussian reverse process against raw equations, closed forms and 50-digit integrals."""

import math

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

import gausscollapse as gc
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError, NotSupportedError
from gausscollapse.process import Batch, LinearStatistics
from gausscollapse.process.exact import _layout
from gausscollapse.theorems.instances.single import draw
from tests.oracles import DIGITS, log_exponential_moment, reverse_process


def instance(rng, dim, *, size=0.3, kind="all"):
    factor = rng.standard_normal((dim, dim))
    data = gc.Gaussian(rng.standard_normal(dim), factor @ factor.T / dim + 0.05 * np.eye(dim))
    slope, offset = size * rng.standard_normal((dim, dim)), size * rng.standard_normal(dim)
    swirl = size * rng.standard_normal((dim, dim))
    swirl = swirl - swirl.T
    factor = rng.standard_normal((dim, dim))
    target = gc.Gaussian(data.mean + 0.2, data.cov + 0.1 * factor @ factor.T / dim)
    error = gc.AffineError(slope, offset) + gc.SolenoidalError(swirl) + gc.RealizableError(target).scaled(0.5)
    return data, error, (slope, offset, swirl, 0.5, target)


@pytest.mark.parametrize("dim", [1, 2, 3, 5])
@pytest.mark.parametrize("start", ["marginal", "standard-normal"])
def test_every_statistic_against_the_raw_equations(dim, start):
    rng = np.random.default_rng([dim, len(start)])
    diffusion = gc.OrnsteinUhlenbeck(horizon=2.5, stop=0.05)
    for _ in range(2):
        data, error, parts = instance(rng, dim)
        process = gc.ReverseProcess(data, diffusion, error, start=start)
        mean, cov, expected = reverse_process(data, diffusion, parts, matched=process.matched)
        endpoint = process.endpoint()
        np.testing.assert_allclose(endpoint.mean, mean, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(endpoint.cov, cov, rtol=1e-9, atol=1e-10)
        found = {
            "learned_energy": process.learned_energy(),
            "ideal_energy": process.ideal_energy(),
            "gradient_learned": process.gradient_energy("learned"),
            "gradient_ideal": process.gradient_energy(weight="ideal"),
            "swirl_energy": process.swirl_energy(),
            "slack": process.slack(),
        }
        for name, enclosure in found.items():
            assert enclosure.contains(expected[name]), (name, str(enclosure), expected[name])
            assert enclosure.width <= 4e-9 * (expected["learned_energy"] + expected["ideal_energy"]), name
        assert process.kl().overlaps(gc.kl(endpoint, process.ideal_endpoint()))
        assert process.reverse_kl().overlaps(gc.kl(process.ideal_endpoint(), endpoint))
        assert process.chi2().overlaps(gc.chi2(endpoint, process.ideal_endpoint()))


@pytest.mark.parametrize("size", [1e-4, 0.1, 1.0])
def test_the_remainder_of_a_constant_error_has_a_closed_form(size):
    # [M] is a number x then, and M is N(0, x): E(exp(M - x/2) - 1 - M)^2 = exp(x) - 1 - x.
    diffusion = gc.OrnsteinUhlenbeck(horizon=2.5, stop=0.5)
    process = gc.ReverseProcess(gc.Gaussian(1.0, 0.3), diffusion, gc.AffineError(0.0, size))
    with mp.workdps(DIGITS):
        energy = 2 * mp.mpf(size) ** 2
        expected = mp.expm1(energy) - energy
        found = process.martingale_remainder()
        assert found.lower <= expected <= found.upper
    assert found.width <= 1e-6 * float(expected)


def test_the_remainder_is_what_its_three_parts_say():
    data, error, _ = instance(np.random.default_rng(11), 2, size=0.1)
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(2.5, 0.05), error.scaled(0.3))
    parts = process.path_chi2() + process.ideal_energy() - 2.0 * process.learned_energy()
    assert process.martingale_remainder().overlaps(parts)
    assert not process.martingale_remainder().overlaps(parts + process.ideal_energy())


@pytest.mark.parametrize("start", ["marginal", "standard-normal"])
@pytest.mark.parametrize(
    ("theta1", "theta2"), [(2.0, -1.0), (1.0, -0.5), (0.7, 0.2), (-1.0, -0.3), (0.0, 0.5), (3.0, -2.0)]
)
def test_exponential_moments_against_the_raw_riccati_equations(theta1, theta2, start):
    rng = np.random.default_rng(5)
    diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.1)
    finite = 0
    for dim in (1, 2, 3):
        data, error, parts = instance(rng, dim, size=0.15)
        process = gc.ReverseProcess(data, diffusion, error, start=start)
        expected = log_exponential_moment(data, diffusion, parts, theta1, theta2, matched=process.matched)
        found = process.exponential_moment(theta1=theta1, theta2=theta2)
        if math.isinf(expected):
            assert float(found) == math.inf
        else:
            finite += 1
            assert math.log(float(found)) == pytest.approx(expected, rel=1e-8, abs=1e-9)
    assert finite > 0


def test_moments_of_the_girsanov_density():
    """``E exp(Z) = 1``, ``E M exp(Z) = eps^^2`` and the remainders, from the Riccati system alone."""
    rng = np.random.default_rng(8)
    for dim in (1, 2, 3):
        data, error, _ = instance(rng, dim, size=0.1)
        process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.1), error)
        assert float(process.exponential_moment(theta1=1.0, theta2=-0.5)) == pytest.approx(1.0, abs=1e-9)
        step = 1e-3
        slope = [float(process.exponential_moment(theta1=1.0 + h, theta2=-0.5)) for h in (-step, step)]
        assert (slope[1] - slope[0]) / (2 * step) == pytest.approx(float(process.learned_energy()), rel=1e-5)
        curve = [float(process.exponential_moment(theta1=0.0, theta2=h)) for h in (-step, 0.0, step)]
        second = (curve[0] - 2 * curve[1] + curve[2]) / step**2
        energy = float(process.ideal_energy())
        constants = process.remainder_constants()
        assert float(constants.quadratic_variation) * energy**2 == pytest.approx(second, rel=1e-4)
        # rho = E(exp(Z) - 1 - M)^2 by its definition, which cancels for small errors but not here.
        rho = float(process.path_chi2()) + energy - 2.0 * float(process.learned_energy())
        assert float(process.statistics.martingale_remainder[0]) == pytest.approx(rho, rel=1e-6)


def offset_closed_form(variance, mean, offset, horizon, stop):
    """Return eta and eps^2 of a constant offset in d = 1 with 50 digits, from the elementary propagator."""
    with mp.workdps(DIGITS):
        s, b, end, begin = (mp.mpf(x) for x in (variance, offset, horizon, stop))

        def marginal(t):
            return s * mp.exp(-t) + 1 - mp.exp(-t)

        delta = mp.quad(
            lambda t: mp.exp(-(t - begin) / 2) * marginal(begin) / marginal(t) * b,
            [begin, *(x for x in (mp.mpf(s), mp.mpf("0.01"), mp.mpf("0.1"), mp.mpf(1)) if begin < x < end), end],
        )
        energy = b**2 * (end - begin)
        return delta**2 / marginal(begin) / energy, energy


@pytest.mark.parametrize("variance", [1e-4, 0.3, 1.0, 7.0])
@pytest.mark.parametrize(("horizon", "stop"), [(4.0, 0.02), (10.0, 1e-3), (0.5, 0.3)])
@pytest.mark.parametrize("offset", [1e-8, 0.01, 1.5])
def test_constant_offset_is_exact(variance, horizon, stop, offset):
    """``KL = eta eps^2/2``, ``chi2 = exp(eta eps^2) - 1``, ``K = 1`` and both remainders, to 50 digits."""
    eta, energy = offset_closed_form(variance, 0.4, offset, horizon, stop)
    process = gc.ReverseProcess(
        gc.Gaussian(0.4, variance), gc.OrnsteinUhlenbeck(horizon=horizon, stop=stop), gc.AffineError(0.0, offset)
    )
    constants = process.remainder_constants()
    with mp.workdps(DIGITS):
        expected = {
            "eta": (process.observability(), eta),
            "ideal": (process.ideal_energy(), energy),
            "learned": (process.learned_energy(), energy),
            "kl": (process.kl(), eta * energy / 2),
            "reverse kl": (process.reverse_kl(), eta * energy / 2),
            "chi2": (process.chi2(), mp.expm1(eta * energy)),
            "path chi2": (process.path_chi2(), mp.expm1(energy)),
            "K": (constants.quadratic_variation, mp.mpf(1)),
            "C'": (constants.taylor, (mp.expm1(energy) - energy + energy**2 / 4) / energy**2),
            "rho": (process.statistics.martingale_remainder[0], mp.expm1(energy) - energy),
        }
        for name, (enclosure, truth) in expected.items():
            assert mp.mpf(float(enclosure.lower)) <= truth <= mp.mpf(float(enclosure.upper)), (
                name,
                str(enclosure),
                truth,
            )
            assert enclosure.width <= 1e-8 * float(truth * (1 + energy)), name
    assert float(process.endpoint().cov[0, 0]) == pytest.approx(float(process.ideal_endpoint().cov[0, 0]), rel=1e-14)


@pytest.mark.parametrize("variance", [0.2, 1.0, 3.0])
@pytest.mark.parametrize("slope", [-0.8, 1e-6, 0.4])
def test_affine_error_on_the_line_to_fifty_digits(variance, slope):
    """In d = 1, ``X = int 2 a exp(2 a (t - t0)) phi^2 dt`` and ``y = int g exp(a (t - t0)) phi dt``."""
    mean, offset, horizon, stop = 0.7, 0.2, 3.0, 0.05
    with mp.workdps(DIGITS):
        s, a, b, m = (mp.mpf(x) for x in (variance, slope, offset, mean))
        begin, end = mp.mpf(stop), mp.mpf(horizon)

        def marginal(t):
            return s * mp.exp(-t) + 1 - mp.exp(-t)

        def propagator(t):
            return mp.sqrt(marginal(begin) / marginal(t)) * mp.exp(-(t - begin) / 2)

        pieces = [begin, mp.mpf("0.3"), mp.mpf(1), end]
        X = mp.quad(lambda t: 2 * a * mp.exp(2 * a * (t - begin)) * propagator(t) ** 2, pieces)
        y = mp.quad(
            lambda t: (a * m * mp.exp(-t / 2) + b) / mp.sqrt(marginal(t)) * mp.exp(a * (t - begin)) * propagator(t),
            pieces,
        )
        tangent_X = mp.quad(lambda t: 2 * a * propagator(t) ** 2, pieces)
        tangent_y = mp.quad(lambda t: (a * m * mp.exp(-t / 2) + b) / mp.sqrt(marginal(t)) * propagator(t), pieces)
        energy = mp.quad(lambda t: (a * m * mp.exp(-t / 2) + b) ** 2 + a**2 * marginal(t), pieces)
        kl = (X - mp.log1p(X) + y**2) / 2
        chi2 = mp.exp(y**2 / (1 - X)) / mp.sqrt(1 - X**2) - 1 if X < 1 else mp.inf
        observed = tangent_y**2 + tangent_X**2 / 2
        process = gc.ReverseProcess(
            gc.Gaussian(mean, variance),
            gc.OrnsteinUhlenbeck(horizon=horizon, stop=stop),
            gc.AffineError(slope, offset),
        )
        pairs = ((process.kl(), kl), (process.chi2(), chi2), (process.observed_energy(), observed))
        for enclosure, truth in (*pairs, (process.ideal_energy(), energy)):
            assert mp.mpf(float(enclosure.lower)) <= truth <= mp.mpf(float(enclosure.upper)), (str(enclosure), truth)


def test_solenoidal_error_is_invisible_whatever_its_size():
    rng = np.random.default_rng(1)
    for dim in (2, 3, 6):
        data, _, _ = instance(rng, dim)
        swirl = rng.standard_normal((dim, dim))
        for scale in (1e-3, 1.0, 30.0):
            process = gc.ReverseProcess(
                data, gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.02), gc.SolenoidalError(swirl - swirl.T, scale)
            )
            energy = float(process.ideal_energy())
            assert energy > 1e-6 * scale**2
            assert float(process.observability().upper) < 1e-25
            assert float(process.kl().upper) < 1e-25 * energy
            assert float(process.chi2().upper) < 1e-24 * energy
            assert process.learned_energy().overlaps(process.swirl_energy())


def test_no_error_is_exactly_nothing():
    process = gc.ReverseProcess(
        gc.Gaussian([1.0, 2.0], np.diag([0.3, 2.0])),
        gc.OrnsteinUhlenbeck(),
        gc.AffineError(np.zeros((2, 2)), [0.0, 0.0]),
    )
    for enclosure in (
        process.ideal_energy(), process.learned_energy(), process.observability(), process.kl(), process.reverse_kl(),
        process.chi2(), process.path_kl(), process.path_chi2(), process.slack(), process.gradient_energy(),
    ):  # fmt: skip
        assert (enclosure.lower, enclosure.value, enclosure.upper) == (0.0, 0.0, 0.0)
    with pytest.raises(NotSupportedError, match="energy, which is 0"):
        process.remainder_constants()


def test_blow_up_is_inf_and_its_edge_is_where_the_raw_equations_put_it():
    data, diffusion = gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(horizon=3.0, stop=0.1)

    def raw(slope):
        parts = (np.array([[slope]]), np.array([0.1]), np.zeros((1, 1)), 0.0, None)
        return log_exponential_moment(data, diffusion, parts, 2.0, -1.0)

    def found(slope):
        return float(gc.ReverseProcess(data, diffusion, gc.AffineError(slope, 0.1)).path_chi2())

    low, high = 0.01, 2.0
    assert math.isfinite(raw(low))
    assert math.isinf(raw(high))
    while high - low > 1e-9:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if math.isfinite(raw(middle)) else (low, middle)
    # Within 1e-3 of the edge the value itself is beyond the range of floats.
    assert math.isfinite(found(low - 1e-2))
    assert math.isinf(found(high + 1e-6))
    near = gc.ReverseProcess(data, diffusion, gc.AffineError(low - 1e-6, 0.1)).path_chi2()
    assert math.isfinite(near.lower)
    assert near.upper == math.inf
    for slope in (1.0, 3.0, 10.0, -8.0):
        assert math.isinf(found(slope)) == math.isinf(raw(slope))


def test_moments_beyond_floats_are_refused_in_one_line():
    process = gc.ReverseProcess(
        gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(horizon=10.0, stop=0.01), gc.AffineError(200.0, 1.0)
    )
    for question in (process.learned_energy, process.kl, process.endpoint):
        with pytest.raises(
            NotSupportedError, match=r"moments of 1 of 1 .* range of floats; accepted: a smaller error"
        ):
            question()


def test_the_tolerance_is_kept_and_stated():
    rng = np.random.default_rng(4)
    data, error, _ = instance(rng, 3)
    diffusion = gc.OrnsteinUhlenbeck(horizon=5.0, stop=1e-3)
    reference = gc.ReverseProcess(data, diffusion, error, tolerance=1e-12)
    for tolerance in (1e-4, 1e-6, 1e-9):
        process = gc.ReverseProcess(data, diffusion, error, tolerance=tolerance)
        for name in ("ideal_energy", "learned_energy", "observability", "kl", "chi2", "path_chi2", "slack"):
            coarse, fine = getattr(process, name)(), getattr(reference, name)()
            if math.isinf(float(fine)):
                assert math.isinf(float(coarse))
                continue
            assert coarse.lower <= fine.upper, name
            assert fine.lower <= coarse.upper, name
            assert fine.width < coarse.width < 200 * tolerance * float(fine), name


def test_stated_accuracy_over_all_families():
    """At 1e-9 every interval of 300 instances of all families meets the one at 1e-12."""
    for sample in draw(300, np.random.default_rng(77)):
        fine = LinearStatistics(sample.statistics.batch, 1e-12)
        for name in ("ideal_energy", "learned_energy", "observed_energy", "kl", "reverse_kl", "chi2", "path_chi2"):
            coarse, sharp = getattr(sample.statistics, name), getattr(fine, name)
            assert np.all(coarse.overlaps(sharp)), name
            finite = np.isfinite(np.asarray(sharp.upper))
            assert np.all(np.isfinite(np.asarray(coarse.value)) == np.isfinite(np.asarray(sharp.value))), name
            centre = np.asarray(sharp.value)[finite]
            assert np.all(np.asarray(coarse.lower)[finite] <= centre * (1 + 1e-12) + 1e-300), name
            assert np.all(centre * (1 - 1e-12) - 1e-300 <= np.asarray(coarse.upper)[finite]), name


def test_condition_1e12_works_to_the_accuracy_that_it_allows():
    rng = np.random.default_rng(6)
    rotation = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    cov = (rotation * np.array([1e-12, 1e-3, 1.0])) @ rotation.T
    data = gc.Gaussian(rng.standard_normal(3), 0.5 * (cov + cov.T))
    error = gc.AffineError(0.1 * rng.standard_normal((3, 3)), 0.1 * rng.standard_normal(3))
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(horizon=3.0, stop=0.0), error)
    assert 1e-6 < process.ideal_energy().width / float(process.ideal_energy()) < 1e-2
    assert math.isfinite(float(process.kl()))
    axes = gc.ReverseProcess(
        gc.Gaussian(np.zeros(2), np.diag([1e-12, 1.0])), gc.OrnsteinUhlenbeck(horizon=3.0, stop=0.0),
        gc.AffineError(np.zeros((2, 2)), [0.1, 0.1]),
    )  # fmt: skip
    eta, energy = offset_closed_form(1.0, 0.0, 0.1, 3.0, 0.0)
    tiny, _ = offset_closed_form(1e-12, 0.0, 0.1, 3.0, 0.0)
    assert float(axes.kl()) == pytest.approx(float((eta + tiny) * energy / 2), rel=1e-7)


def test_one_instance_and_a_batch_give_the_same_bits():
    samples = draw(48, np.random.default_rng(9))
    for sample in samples:
        batch = Batch.of(sample.instances)
        whole = LinearStatistics(batch)
        for index, process in enumerate(sample.instances):
            alone = LinearStatistics(Batch.of([process]))
            for name in ("learned_energy", "kl", "path_chi2", "slack_integral"):
                together = getattr(LinearStatistics(batch[np.array([index])]), name)
                assert float(getattr(alone, name)[0]) == float(together[0]) == float(getattr(whole, name)[index])
                # A sample's own batch is scaled in the eigenbasis of its data.
                drawn = float(getattr(sample.statistics, name)[index])
                assert drawn == pytest.approx(float(together[0]), rel=1e-11, abs=1e-13)


def test_ideal_process_is_left_alone_by_the_start():
    data = gc.Gaussian([0.3], [[0.5]])
    diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.1)
    error = gc.AffineError(0.2, 0.1)
    matched, other = (
        gc.ReverseProcess(data, diffusion, error, start=name) for name in ("marginal", "standard-normal")
    )
    assert float(matched.observability()) == pytest.approx(float(other.observability()), rel=1e-12)
    start = gc.kl(gc.Gaussian(0.0, 1.0), diffusion.marginal(data, 2.0))
    assert float(other.path_kl()) == pytest.approx(float(start) + 0.5 * float(other.learned_energy()), rel=1e-12)
    with pytest.raises(NotSupportedError, match="accepted: marginal"):
        other.remainder_constants()


def test_bad_arguments_are_named():
    data, diffusion, error = gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(), gc.AffineError(0.1, 0.0)
    with pytest.raises(InvalidArgumentError, match="data = 3"):
        gc.ReverseProcess(3, diffusion, error)
    with pytest.raises(InvalidArgumentError, match="diffusion = 4"):
        gc.ReverseProcess(data, 4, error)
    with pytest.raises(InvalidArgumentError, match="error = 'none'"):
        gc.ReverseProcess(data, diffusion, "none")
    with pytest.raises(InvalidArgumentError, match=r"start = 'ideal'.*marginal, standard-normal"):
        gc.ReverseProcess(data, diffusion, error, start="ideal")
    with pytest.raises(InvalidArgumentError, match=r"tolerance = 0\.1.*<= 0\.001"):
        gc.ReverseProcess(data, diffusion, error, tolerance=0.1)
    with pytest.raises(DimensionMismatchError):
        gc.ReverseProcess(data, diffusion, gc.AffineError(np.eye(2), [0.0, 0.0]))
    mixture = gc.GaussianMixture([0.5, 0.5], [0.0, 1.0], [1.0, 1.0])
    with pytest.raises(NotSupportedError, match="mixture of 2 components"):
        gc.ReverseProcess(mixture, diffusion, error).kl()
    with pytest.raises(NotSupportedError, match="mixture target"):
        gc.ReverseProcess(data, diffusion, gc.RealizableError(mixture)).kl()


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_every_number_of_a_state_has_one_name_and_one_error_group(dim):
    kinds = (
        (_layout.MOMENTS, _layout.moment_places, _layout.moment_views, 2 * (dim + dim**2) + 3),
        (_layout.GEOMETRY, _layout.moment_places, _layout.moment_views, 2 * (dim + dim**2) + 8),
        (_layout.EXPONENTIAL, _layout.riccati_places, _layout.riccati_views, 2 * dim + 3 * dim**2 + 3),
    )
    for mode, places, views, size in kinds:
        assert _layout.state_size(mode, dim) == size
        state = np.arange(float(size))
        named = [part.ravel() for part in views(places(dim), state)]
        np.testing.assert_array_equal(np.concatenate(named), state)
        stacked = views(places(dim), np.stack([state, state + size]))
        np.testing.assert_array_equal([part[1].ravel()[0] for part in stacked], [part[0] + size for part in named])
        groups = _layout.error_groups(mode, dim)
        grouped = [np.arange(a, b) for a, b in zip(groups.start, groups.end, strict=True)]
        np.testing.assert_array_equal(np.concatenate(grouped), state)
        # The control: the names of another dimension do not fit.
        assert [part.size for part in views(places(dim + 1), np.arange(float(size + 99)))] != [x.size for x in named]


@pytest.mark.parametrize("leak", [0.01, 0.1])
def test_leaking_invisible_error_is_the_one_that_the_protocol_names(leak):
    """``c Q S_t^{-1}(x - m_t)``, Q in the coordinates of correlated data, against SciPy's moment equations."""
    data, stop, horizon, energy = gc.Gaussian([-0.3, 1.6], [[0.3, -0.2], [-0.2, 0.5]]), 0.05, 3.0, 2.0
    swirl = np.array([[0.0, 1.0 + leak], [leak - 1.0, 0.0]])

    def inverse(t):
        return np.linalg.inv(np.exp(-t) * data.cov - np.expm1(-t) * np.eye(2))

    unit = quad(lambda t: np.trace(swirl @ inverse(t) @ swirl.T), stop, horizon, epsabs=1e-12)[0]
    size = np.sqrt(energy / unit)

    def moments(s, state):
        spread, here = state[:4].reshape(2, 2), inverse(horizon - s)
        drift = 0.5 * np.eye(2) + (size * swirl - np.eye(2)) @ here
        error = size * swirl @ here
        return np.append(drift @ spread + spread @ drift.T + np.eye(2), np.trace(error @ spread @ error.T))

    start = np.append(np.linalg.inv(inverse(horizon)), 0.0)
    found = solve_ivp(moments, (0.0, horizon - stop), start, rtol=1e-11, atol=1e-13).y[:, -1]
    spread = inverse(stop) @ found[:4].reshape(2, 2)
    kl = 0.5 * (np.trace(spread) - 2.0 - np.log(np.linalg.det(spread)))
    process = gc.ReverseProcess(
        data, gc.OrnsteinUhlenbeck(horizon=horizon, stop=stop), gc.AffineError(np.eye(2), [0, 0])
    )
    blind = process.statistics.invisible(energy=energy, leak=leak)
    assert float(blind.kl.value[0]) == pytest.approx(kl, rel=1e-8)
    assert float(blind.learned_energy.value[0]) == pytest.approx(found[4], rel=1e-8)
    # control: with the swirl the other way round both numbers are others
    assert float(process.statistics.invisible(energy=energy, leak=-leak).kl.value[0]) != pytest.approx(kl, rel=1e-3)
