"""Certified statistics against closed forms and mpmath, their finiteness, and the float path against them."""

from dataclasses import replace

import mpmath as mp
import numpy as np
import pytest
from flint import arb, arb_mat, fmpq

import gausscollapse as gc
from gausscollapse.process.certified import (
    CertifiedProcess,
    CertifiedStatistics,
    certified_statistics,
    geometry,
    moments,
    paths,
    sweep,
)
from gausscollapse.process.certified.balls import positive_definite, precision, rational
from gausscollapse.process.certified.centres import Centre
from gausscollapse.process.certified.deviation import Deviation
from gausscollapse.process.certified.exact_process import ExactProcess, exact_form
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.solution import STATISTICS, Solution
from gausscollapse.process.certified.sweep import Effort
from gausscollapse.theorems.instances import single
from tests import certified_oracles as oracles
from tests import oracles as float_oracles

GEOMETRIC = ("flow_integral", "slack_integral", "learned_gradient_energy", "ideal_gradient_energy", "swirl_energy")

SLOPE, OFFSET, SWIRL = [[0.2, -0.3], [0.4, 0.1]], [0.3, -0.2], [[0.0, 0.25], [-0.25, 0.0]]
DATA = gc.Gaussian([0.5, -0.25], [[0.8, 0.3], [0.3, 0.5]])
TARGET = gc.Gaussian([0.6, -0.2], [[0.7, 0.25], [0.25, 0.6]])


@pytest.fixture(autouse=True)
def fifty_digits():
    with mp.workdps(oracles.DIGITS):
        yield


def ball_of(number, relative=1e-24):
    """Return a ball around an mpmath number, as wide as its own error may be."""
    text = mp.nstr(number, 40)
    return arb(text) + arb(0, 1) * abs(arb(text)) * relative


def holds(ball, number, digits=22):
    """Return whether a ball holds a number that is known to that many digits and tells it from its neighbours."""
    with precision(256):
        known = ball_of(number, 10.0**-digits)
        return ball.overlaps(known) and ball.rad() < abs(known) * 10.0 ** (3 - digits)


def in_the_plane(stop=0.25):
    """Return a process whose error has all parts, and its independent equations."""
    error = (
        gc.AffineError(SLOPE, OFFSET)
        + gc.SolenoidalError(SWIRL)
        + gc.AmplifiedScoreError(0.125)
        + gc.RealizableError(TARGET).scaled(0.5)
    )
    process = gc.ReverseProcess(DATA, gc.OrnsteinUhlenbeck(horizon=1.5, stop=stop), error)
    response = [[-0.125, 0.25], [-0.25, -0.125]]
    plane = oracles.Plane(process, slope=SLOPE, offset=OFFSET, response=response, share=0.5, target=TARGET)
    return process, plane


def line(slope, span, *, start="marginal", dim=1):
    """Return ``e = slope x`` on N(0, I), which the forward process keeps."""
    data = gc.Gaussian(np.zeros(dim), np.eye(dim))
    times = gc.OrnsteinUhlenbeck(horizon=span, stop=0.0)
    return gc.ReverseProcess(data, times, gc.AffineError(slope * np.eye(dim), np.zeros(dim)), start)


def blow_up(slope):
    """Return the span from which on the path chi-squared of `line` is infinite: where P = 1.

    ``P' = 2 h P + P^2 + 2 slope^2`` with ``h = 2 slope - 1/2`` has the root's arctangent as its solution.
    """
    a = mp.mpf(slope)
    h = 2 * a - mp.mpf(1) / 2
    root = mp.sqrt(2 * a**2 - h**2)
    return (mp.atan((1 + h) / root) - mp.atan(h / root)) / root


def stated(statistics, name):
    """Return a statistic of the protocol by its certified name."""
    if name.endswith("gradient_energy"):
        return statistics.gradient_energy(name.split("_")[0])
    found = getattr(statistics, name)
    return found() if callable(found) else found


def drawn(count, seed, dims):
    """Return processes of the families in turn, in dimensions of that range."""
    rng = np.random.default_rng(seed)
    result = []
    for index in range(count):
        name = list(single.FAMILIES)[index % len(single.FAMILIES)]
        law, error, (low, high) = single.FAMILIES[name](rng, int(rng.integers(dims[0], dims[1] + 1)))
        times = gc.OrnsteinUhlenbeck(
            stop=(stop := float(np.exp(rng.uniform(np.log(1e-3), 0.0)))),
            horizon=float(np.exp(rng.uniform(np.log(max(0.5, 1.2 * stop)), np.log(10.0)))),
        )
        process = gc.ReverseProcess(law, times, error)
        if high > 0.0:
            wanted = np.exp(rng.uniform(np.log(low), np.log(high)))
            error = error.scaled(float(np.sqrt(wanted / float(process.ideal_energy()))))
        result.append((name, gc.ReverseProcess(law, times, error)))
    return result


def disagreements(process, names=tuple(STATISTICS)):
    """Return the statistics whose float interval does not meet the certified ball, with both."""
    certified, statistics = CertifiedProcess(process), process.statistics
    found = []
    for name in names:
        ball, interval = certified.enclosure(name), stated(statistics, name)[0]
        if not ball.overlaps(interval):
            found.append(f"{name}: certified {ball}, float {interval!s}")
    return found


# Independent values


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (gc.AffineError(0.0, 0.4), lambda: oracles.constant_offset(0.3, 2.5, 0.1, 0.4)),
        (gc.AmplifiedScoreError(0.2), lambda: oracles.amplified_score(0.3, 2.5, 0.1, 0.2)),
        (gc.AmplifiedScoreError(-0.1), lambda: oracles.amplified_score(0.3, 2.5, 0.1, -0.1)),
    ],
    ids=["offset", "amplified", "weakened"],
)
def test_closed_forms_on_the_line(error, expected):
    process = gc.ReverseProcess(gc.Gaussian(0.7, 0.3), gc.OrnsteinUhlenbeck(horizon=2.5, stop=0.1), error)
    certified = CertifiedProcess(process, digits=25)
    for name, value in expected().items():
        assert holds(certified.ball(name), value), name
        assert not holds(certified.ball(name), value * (1 + mp.mpf(10) ** -18)), name


def test_every_statistic_in_the_plane_against_the_raw_equations():
    process, plane = in_the_plane()
    certified = CertifiedProcess(process, digits=25)
    expected = plane.learned(steps=4, columns=12)
    third = expected.pop("third")
    expected["path_chi2"] = mp.expm1(plane.log_moment(2, 1, steps=4, columns=12))
    expected["martingale_remainder"] = (
        expected["path_chi2"] + expected["ideal_energy"] - 2 * expected["learned_energy"]
    )
    expected["path_kl"] = expected["learned_energy"] / 2
    # the pieces of C': E M [M] from the tangent equations, E [M]^2 certified
    with precision(256):
        square = certified.ball("variation_square")
        pieces = arb(mp.nstr(expected["path_chi2"] - expected["learned_energy"] - third, 40)) + square / 4
        assert (certified.ball("taylor_square") - pieces).overlaps(arb(0, 1e-18))
        for name, value in expected.items():
            assert holds(certified.ball(name), value, 16), name
            assert not holds(certified.ball(name), value * (1 + mp.mpf(10) ** -12), 16), name


@pytest.mark.slow
def test_fifty_digits_in_the_plane():
    process, plane = in_the_plane(stop=0.2)
    certified = CertifiedProcess(process, digits=35)
    expected = plane.learned(steps=10, columns=18)
    del expected["third"]
    expected["path_chi2"] = mp.expm1(plane.log_moment(2, 1, steps=10, columns=18))
    with precision(256):
        for name, value in expected.items():
            assert holds(certified.ball(name), value, 34), name
            assert not holds(certified.ball(name), value * (1 + mp.mpf(10) ** -30), 34), name


@pytest.mark.parametrize(("theta1", "theta2"), [(1, 0.5), (2, -1), (0.5, -2), (0, 0.75), (0, -3)])
def test_exponential_moments_in_the_plane(theta1, theta2):
    process, plane = in_the_plane()
    ball = CertifiedProcess(process, digits=18).log_exponential_moment(theta1=theta1, theta2=theta2)
    value = plane.log_moment(mp.mpf(theta1), mp.mpf(theta2) + mp.mpf(theta1) ** 2 / 2, steps=3, columns=11)
    assert holds(ball, value, 12)
    assert not holds(ball, value * (1 + mp.mpf(10) ** -9), 12)


def test_variance_of_the_quadratic_variation_is_a_second_derivative():
    process, _ = in_the_plane()
    certified = CertifiedProcess(process, digits=40)
    step = 2.0**-40

    def log_moment(theta2):
        return certified.log_exponential_moment(theta1=0.0, theta2=theta2)

    with precision(512):
        # cumulants of [M]: the symmetric difference is off by the fourth one times step^2/12
        variance = (log_moment(step) + log_moment(-step)) / rational(step) ** 2
        square = variance + certified.ball("ideal_energy") ** 2
        assert (square / certified.ball("variation_square") - 1).overlaps(arb(0, 1e-20))
        assert not (square / certified.ball("variation_square") - 1 + arb("1e-19")).overlaps(arb(0, 1e-20))


@pytest.mark.parametrize("span", [1e-3, 1e-7, 1e-12])
def test_short_spans_keep_their_digits(span):
    times = gc.OrnsteinUhlenbeck(horizon=1.0 + span, stop=1.0)
    process = gc.ReverseProcess(DATA, times, gc.AffineError(SLOPE, OFFSET))
    plane = oracles.Plane(process, slope=SLOPE, offset=OFFSET, response=np.zeros((2, 2)), share=0.0, target=TARGET)

    def rate(t):
        mean, cov, _, slope, offset = plane.error(t)
        here = oracles.plus(oracles.product(slope, mean), offset)
        return oracles.square(here) + oracles.trace(
            oracles.product(oracles.product(slope, cov), oracles.turned(slope))
        )

    value = mp.quad(rate, [plane.stop, plane.horizon])
    assert holds(CertifiedProcess(process, digits=20).ball("ideal_energy"), value, 19)


def test_long_spans_keep_their_digits():
    # stationary data and a constant offset: the energy is b^2 T, the mean moves by 2 b (1 - e^{-T/2})
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(horizon=40, stop=0), gc.AffineError(0, 0.25))
    certified = CertifiedProcess(process, digits=20)
    moved = (1 - mp.exp(-20)) / 2
    assert holds(certified.ball("ideal_energy"), mp.mpf(40) / 16, 19)
    assert holds(certified.ball("kl"), moved**2 / 2, 19)
    assert list(certified._solutions) == [Effort.full(192)]


def test_a_start_that_does_not_match():
    process = gc.ReverseProcess(
        gc.Gaussian(0.5, 0.5000000000010001), gc.OrnsteinUhlenbeck(horizon=1e-9, stop=0), gc.AffineError(0, 0),
        "standard-normal",
    )  # fmt: skip
    certified = CertifiedProcess(process)
    # no error and (nearly) no time: the paths differ by their starts alone
    variance = 1 - mp.exp(-mp.mpf(1e-9)) * (1 - mp.mpf(0.5000000000010001))
    mean = mp.exp(-mp.mpf(1e-9) / 2) / 2
    value = variance / mp.sqrt(2 * variance - 1) * mp.exp(mean**2 / (2 * variance - 1)) - 1
    ball = certified.ball("path_chi2")
    assert ball.rad() < ball * 1e-15
    assert ball.overlaps(arb(mp.nstr(value, 40)))
    assert holds(CertifiedProcess(process, digits=25).ball("initial_kl"),
                 (1 / variance - 1 + mean**2 / variance + mp.log(variance)) / 2)  # fmt: skip


# Each dimension and each start once; the other pairs with the slow tests.
@pytest.mark.parametrize(
    ("dim", "start"),
    [
        (3, "standard-normal"),
        (4, "marginal"),
        pytest.param(3, "marginal", marks=pytest.mark.slow),
        pytest.param(4, "standard-normal", marks=pytest.mark.slow),
    ],
)
def test_higher_dimensions_against_the_raw_equations_in_floats(dim, start):
    rng = np.random.default_rng(dim)
    factor = rng.standard_normal((dim, dim))
    data = gc.Gaussian(rng.standard_normal(dim), factor @ factor.T + 0.3 * np.eye(dim))
    slope, offset = 0.1 * rng.standard_normal((dim, dim)), 0.2 * rng.standard_normal(dim)
    times = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.1)
    process = gc.ReverseProcess(data, times, gc.AffineError(slope, offset), start)
    parts = (slope, offset, np.zeros((dim, dim)), 0.0, None)
    matched = start == "marginal"
    mean, cov, energies = float_oracles.reverse_process(data, times, parts, matched=matched)
    certified = CertifiedProcess(process)
    names = {"gradient_learned": "learned_gradient_energy", "gradient_ideal": "ideal_gradient_energy",
             "slack": "slack_integral"}  # fmt: skip
    for name, value in energies.items():
        assert float(certified.enclosure(names.get(name, name)).value) == pytest.approx(value, rel=1e-9), name
    moved, spread = certified.endpoint_enclosures()
    np.testing.assert_allclose(moved.value, mean, rtol=1e-9)
    np.testing.assert_allclose(spread.value, cov, rtol=1e-9)
    assert np.max(spread.width) < 1e-14
    log_moment = float_oracles.log_exponential_moment(data, times, parts, 2.0, -1.0, matched=matched)
    assert float(certified.enclosure("path_chi2").value) == pytest.approx(np.expm1(log_moment), rel=1e-8)


# The proof: balls hold the truth whatever the effort, and would not without their tails


def careless(process, aim):
    """Return the solution by so short Taylor polynomials that tails are all that matters."""
    solution = Solution(process, Effort.full(192))
    solution.effort = Effort(192, aim)
    with precision(192):
        return {name: STATISTICS[name](solution) for name in STATISTICS if name not in GEOMETRIC}


def geometric(process, aim):
    """Return the three energies by short Taylor polynomials and few nodes."""
    with precision(192):
        found = geometry.geometric_integrals(Solution(process, Effort.full(192)).coefficients, Effort(192, aim))
        return found.learned, found.ideal, found.swirl


def test_the_slack_alone_is_what_the_path_bound_gives_away():
    process = ExactProcess.of(in_the_plane()[0])
    exact = CertifiedProcess(process, digits=40)
    with precision(512):
        truth = exact.ball("learned_energy") - 2 * exact.ball("kl")
        for aim in (24, 48, 96):
            alone = geometry.twice_slack(Solution(process, Effort.full(192)).coefficients, Effort(192, aim))
            assert alone.overlaps(truth), aim
        assert alone.rad() < 1e-12
        assert not alone.overlaps(truth + 1e-11)


def test_balls_hold_the_truth_at_every_effort(monkeypatch):
    process = ExactProcess.of(in_the_plane()[0])
    exact = CertifiedProcess(process, digits=40)
    with precision(512):
        for aim in (24, 48):
            for name, ball in careless(process, aim).items():
                assert ball.overlaps(exact.ball(name)), name
                assert not ball.is_finite() or ball.is_zero() or ball.rad() > exact.ball(name).rad(), name
    for module in (sweep, paths):
        monkeypatch.setattr(module, "blur", lambda bound, share, order: bound * 0)
    with precision(512):
        missed = [name for name, ball in careless(process, 24).items() if not ball.overlaps(exact.ball(name))]
    assert len(missed) > 10, "without their tails the balls must miss"


@pytest.mark.parametrize(
    "build",
    [moments.Learned, moments.Tangent, lambda parts: Deviation(parts, central=True)],
    ids=["learned", "tangent", "central"],
)
def test_what_the_start_may_be_off_is_carried_to_the_end(build, monkeypatch):
    with precision(192):
        parts = Coefficients(ExactProcess.of(in_the_plane()[0]))
        system, size, off = build(parts), parts.dim + 1, 1e-3
        count = len(system.rates(Centre(parts, parts.start), arb(0.01))([arb_mat(size, size)] * 4))
        still = [arb_mat(size, size) for _ in range(count)]

        def started(entry):
            """Return a start whose first matrix has this entry everywhere but in the corner."""
            first = arb_mat([[entry * int(i + j < 2 * parts.dim) for j in range(size)] for i in range(size)])
            return [first, *still[1:]]

        def missed():
            wide = sweep.sweep(parts, system, started(arb(0, off)), Effort.full(192))
            ends = [sweep.sweep(parts, system, started(arb(sign * off)), Effort.full(192)) for sign in (-1, 1)]
            return sum(
                not a.overlaps(b)
                for end in ends
                for one, other in zip(wide, end, strict=True)
                for a, b in zip(one.entries(), other.entries(), strict=True)
            )

        assert missed() == 0
        monkeypatch.setattr(type(system), "spread", lambda self, centre, ratio, radii: [part * 0 for part in radii])
        assert missed() > 0


def test_integrals_hold_the_truth_at_every_effort(monkeypatch):
    process = ExactProcess.of(in_the_plane()[0])
    exact = geometric(process, 150)
    for aim in (24, 48):
        for ball, truth in zip(geometric(process, aim), exact, strict=True):
            assert ball.overlaps(truth)
            assert ball.rad() > truth.rad()
    monkeypatch.setattr(geometry, "blur", lambda bound, share, order: bound * 0)
    monkeypatch.setattr(geometry.Panel, "_bounds", lambda self, factors, radius, chi: [arb("1e-60")] * 4)
    assert not all(ball.overlaps(truth) for ball, truth in zip(geometric(process, 24), exact, strict=True))


# Finiteness


@pytest.mark.parametrize("dim", [1, 2])
def test_finiteness_is_decided_to_the_last_bit(dim):
    # in d = 2 all comes in pairs: determinants have double zeros
    edge = blow_up(0.2)
    below = float(edge)
    below = below if mp.mpf(below) < edge else np.nextafter(below, 0.0)
    above = np.nextafter(below, 10.0)
    finite = CertifiedProcess(line(0.2, below, dim=dim)).enclosure("path_chi2")
    infinite = CertifiedProcess(line(0.2, above, dim=dim)).enclosure("path_chi2")
    assert np.isfinite(finite.upper)
    assert finite.lower > 1e6
    assert infinite.lower == np.inf


@pytest.mark.parametrize("span", [7.0, 7.4, 8.0, 30.0])
@pytest.mark.parametrize("dim", [1, 2])
def test_beyond_the_edge_everything_is_infinite(span, dim):
    # P itself blows up at 7.303
    certified = CertifiedProcess(line(0.2, span, dim=dim))
    for name in ("path_chi2", "taylor_square", "martingale_remainder"):
        assert certified.enclosure(name).lower == np.inf
    assert np.isfinite(certified.enclosure("variation_square").upper)


def test_a_gaussian_in_disguise():
    # issue: two equal components gave a finite interval; chi2 of the endpoint is finite, of the paths infinite
    data = gc.GaussianMixture([0.5, 0.5], np.zeros((2, 2)), np.array([np.eye(2), np.eye(2)]))
    process = gc.ReverseProcess(
        gc.Gaussian([0, 0], np.eye(2)),
        gc.OrnsteinUhlenbeck(horizon=7, stop=0.5),
        gc.AffineError(np.diag([0.2, 0]), [0, 0]),
    )
    assert data.weights.size == 2
    certified = CertifiedProcess(process)
    assert certified.enclosure("path_chi2").lower == np.inf
    assert certified.enclosure("chi2").value == pytest.approx(0.3206, abs=5e-5)


def test_an_edge_nearer_than_the_work_limit_is_undecided():
    edge = blow_up(0.2)
    with mp.workdps(400):
        edge = blow_up(0.2)
        near = fmpq(int(mp.floor(edge * mp.mpf(10) ** 300)), 10**300)
    certified = CertifiedProcess(replace(ExactProcess.of(line(0.2, 6.0)), horizon=near))
    with pytest.raises(gc.GaussCollapseError, match="path_chi2: not decided"):
        certified.ball("path_chi2")
    interval = certified.enclosure("path_chi2")
    assert interval.upper == np.inf
    assert np.expm1(float(certified.enclosure("path_kl").lower)) == pytest.approx(interval.lower)
    assert "not decided" in interval.method
    assert set(certified.undecided) == {"path_chi2"}
    assert np.isfinite(certified.enclosure("chi2").upper)
    # with the precision that it takes, it is finite: the horizon was rounded down
    assert CertifiedProcess(certified.process, most_bits=3072).ball("path_chi2").is_finite()


@pytest.mark.parametrize(
    ("matrix", "answer"),
    [([[2, 1], [1, 2]], True), ([[1, 2], [2, 1]], False), ([[-1, 0], [0, 1]], False), ([[1, 1], [1, 1]], None)],
)
def test_definiteness(matrix, answer):
    blurred = arb_mat([[arb(entry) + arb(0, 1e-20) for entry in row] for row in matrix])
    assert positive_definite(blurred) is answer


# The floats given, exactly


def test_sums_and_scales_are_rational():
    error = (
        gc.AffineError([[0.1]], [0.2]).scaled(0.3) + gc.AmplifiedScoreError(0.7) + gc.AffineError([[1e-19]], [1.0])
    )
    form = exact_form(error, gc.Gaussian(0, 1))
    # AffineError.scaled multiplies floats; the sum is exact
    assert form.slope[0, 0] == rational(0.3 * 0.1) + rational(1e-19)
    assert form.offset[0, 0] == rational(0.3 * 0.2) + 1
    assert form.response[0, 0] == -rational(0.7)
    assert 0.3 * 0.1 + 1e-19 == 0.3 * 0.1, "floats lose it"
    turned = exact_form(gc.SolenoidalError([[0, 0.1], [-0.1, 0]]).scaled(0.3), DATA)
    assert turned.response[0, 1] == rational(0.1) * rational(0.3) != rational(0.1 * 0.3)


def test_scaled_is_exact():
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(horizon=4, stop=0), gc.AffineError(0, 0.1))
    scaled = CertifiedStatistics.of([process, process]).scaled(np.array([0.1, 3.0]))
    with precision(192):
        for index, factor in enumerate((0.1, 3.0)):
            value = (arb(0.1) * arb(factor)) ** 2 * 4
            assert scaled.ball("ideal_energy", index).overlaps(value)
            assert not scaled.ball("ideal_energy", index).overlaps(value * (1 + arb("1e-18")))


@pytest.mark.parametrize("dim", [2, 3])
def test_invisible_errors_have_their_energy_and_show_nothing(dim):
    data = gc.Gaussian(np.arange(dim) / 2, np.diag(1.0 + np.arange(dim)))
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(), gc.AffineError(np.eye(dim), np.zeros(dim)))
    blind = certified_statistics(process).invisible(energy=100.0, leak=0.0)
    assert blind.ideal_energy.contains(100.0).all()
    assert float(blind.ideal_energy.width[0]) < 1e-12
    for name in ("kl", "chi2", "observed_energy", "reverse_kl"):
        found = stated(blind, name)
        assert (found.lower[0], found.upper[0] < 1e-25) == (0.0, True)
    assert float(certified_statistics(process).invisible(energy=100.0, leak=0.01).kl.lower[0]) > 1e-6


def test_no_error_is_exactly_nothing():
    process = gc.ReverseProcess(DATA, gc.OrnsteinUhlenbeck(), gc.RealizableError(DATA))
    certified = CertifiedProcess(process)
    # What the ideal process alone decides is no statistic of the error.
    assert {name for name in STATISTICS if not certified.ball(name).is_zero()} == {"transport_constant"}
    assert not CertifiedProcess(replace(certified.process, matched=False)).ball("kl").is_zero()


def test_repeated_and_tiny_eigenvalues():
    data = gc.Gaussian(np.zeros(3), np.diag([1e-12, 1e-12, 1e-12]))
    process = gc.ReverseProcess(
        data, gc.OrnsteinUhlenbeck(horizon=2, stop=0), gc.AffineError(np.zeros((3, 3)), [1e-6, 0, 0])
    )
    certified, expected = CertifiedProcess(process, digits=20), oracles.constant_offset(1e-12, 2, 0, 1e-6)
    for name in ("ideal_energy", "path_chi2"):
        assert holds(certified.ball(name), expected[name], 19)


# The protocol


def test_statistics_are_arrays_with_their_guarantee():
    processes = [line(0.2, span) for span in (1.0, 7.0)]
    statistics = CertifiedStatistics.of(processes)
    assert (statistics.size, statistics.dim, statistics.matched.tolist()) == (2, 1, [True, True])
    for name in STATISTICS:
        found = stated(statistics, name)
        assert (found.shape, found.guarantee) == ((2,), "certified"), name
        assert np.all(np.asarray(found.lower) >= 0.0)
    assert np.isinf(statistics.path_chi2.value).tolist() == [False, True]
    assert statistics.absent["invisible"] == "on the line every field is a gradient"
    assert set(statistics.absent) == {"invisible"}
    with pytest.raises(gc.GaussCollapseError, match="invisible is not computed"):
        statistics.invisible(energy=1.0, leak=0.0)


MIXTURE = gc.GaussianMixture([0.5, 0.5], [0, 1], [1, 1])
WAVE = gc.FunctionError(lambda x, t: np.sin(x))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: CertifiedProcess(line(0.2, 1.0)).ball("kld"), "is no certified statistic"),
        (lambda: CertifiedProcess(line(0.2, 1.0), digits=0), "digits"),
        (lambda: gc.ReverseProcess(MIXTURE, gc.OrnsteinUhlenbeck(), gc.AffineError(0, 1)), "one Gaussian"),
        (lambda: gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), WAVE), "accepted"),
    ],
)
def test_what_cannot_be_certified_is_refused_in_one_line(call, words):
    with pytest.raises(gc.GaussCollapseError, match=words) as caught:
        certified_statistics(call())
    assert "\n" not in str(caught.value)


# The oracle of the float path


# The flow's integral takes longer than all others together; `test_certified_samplers.py` has its closed forms.
QUICK = tuple(name for name in STATISTICS if name != "flow_integral")


# Each family once; three hundred with the slow tests.
@pytest.mark.parametrize(
    ("name", "process"),
    drawn(len(single.FAMILIES), 11, (1, 2)),
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_floats_keep_their_word(name, process):
    assert disagreements(process, QUICK) == []


@pytest.mark.slow
def test_floats_keep_their_word_on_three_hundred_instances():
    found = []
    for index, (name, process) in enumerate(drawn(300, 12, (1, 3))):
        names = QUICK if index % 30 else tuple(STATISTICS)
        found += [f"{index} {name} d={process.dim}: {words}" for words in disagreements(process, names)]
    assert found == []


def test_a_wrong_float_is_found():
    process = drawn(1, 11, (1, 2))[0][1]
    assert disagreements(process, ("kl",)) == []
    kind = type(process.statistics)
    wrong = kind.kl.func(process.statistics) * (1 + 1e-7)
    process.statistics.__dict__["kl"] = wrong
    assert [words.split(":")[0] for words in disagreements(process, ("kl",))] == ["kl"]
