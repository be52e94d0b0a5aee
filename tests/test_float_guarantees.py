"""Widths of the exact float path where numbers cancel: short spans, starts from N(0, I), large means."""

import mpmath as mp
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.process.certified import certified_statistics
from tests.test_certified_process import disagreements


def corner(rng, dim):
    """Return a process of a corner: span, stop, eigenvalues and means over decades, either start."""
    stop = float(rng.choice([0.0, 10.0 ** rng.uniform(-6, 0.3)]))
    span = float(10.0 ** rng.uniform(-13, 0.5))
    horizon = stop + span
    apart = 10.0 ** rng.uniform(-14, -1, dim)
    # condition over decades; next to N(0, I); next to the edge 1/2 where the path chi-squared ends
    edge = (0.5 + 10.0 ** rng.uniform(-13, -2, dim) + np.expm1(-horizon)) * np.exp(horizon)
    spectra = (10.0 ** rng.uniform(-4, 4, dim), 1.0 + apart, 1.0 - apart, np.where(edge > 0.0, edge, 1.0))
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    cov = (basis * spectra[int(rng.integers(4))]) @ basis.T
    size = float(rng.choice([0.0, 10.0 ** rng.uniform(-4, 0)]))
    return gc.ReverseProcess(
        gc.Gaussian(rng.standard_normal(dim) * 10.0 ** rng.uniform(-3, 3), 0.5 * (cov + cov.T)),
        gc.OrnsteinUhlenbeck(horizon=horizon, stop=stop),
        gc.AffineError(size * rng.standard_normal((dim, dim)), size * rng.standard_normal(dim)),
        str(rng.choice(["marginal", "standard-normal"])),
    )


def corners(count, seed):
    rng = np.random.default_rng(seed)
    return [corner(rng, int(rng.integers(1, 3))) for _ in range(count)]


def test_corners_keep_their_word():
    assert [words for process in corners(12, 3) for words in disagreements(process)] == []


@pytest.mark.slow
def test_three_hundred_corners_keep_their_word():
    assert [words for process in corners(300, 2) for words in disagreements(process)] == []


@pytest.mark.parametrize("start", ["marginal", "standard-normal"])
@pytest.mark.parametrize("stop", [0.0, 0.3])
@pytest.mark.parametrize("span", [1e-3, 1e-7, 1e-12])
def test_energies_of_short_spans(span, stop, start):
    # the floats that the user gives are exact: T - t0 is not `span` where t0 is not 0
    times = gc.OrnsteinUhlenbeck(horizon=stop + span, stop=stop)
    process = gc.ReverseProcess(gc.Gaussian(0.5, 0.75), times, gc.AffineError(0.25, 0.5), start)
    with mp.workdps(40):
        low, high = mp.mpf(times.stop), mp.mpf(times.horizon)

        def density(t):
            mean, variance = mp.exp(-t / 2) / 2, 1 - mp.exp(-t) / 4
            return (mean / 4 + mp.mpf("0.5")) ** 2 + variance / 16

        truth = mp.quad(density, [low, high])
    energy = process.ideal_energy()
    assert energy.contains(float(truth))
    assert float(energy.width) < 1e-8 * float(truth)
    # control: the rounding of two clocks is outside
    assert span > 1e-6 or not energy.contains(float(truth) * (1 + 1e-16 / span))


@pytest.mark.parametrize("above", [1e-3, 1e-8, 1e-12])
def test_path_chi2_of_a_start_next_to_the_edge(above):
    # no error: the paths differ by their starts, chi2(N(0, 1) || N(m, v)) = v/sqrt(2 v - 1) exp(m^2/(2 v - 1)) - 1
    process = gc.ReverseProcess(
        gc.Gaussian(0, (np.expm1(-0.5) + 0.5 + above) * np.exp(0.5)), gc.OrnsteinUhlenbeck(horizon=0.5, stop=0.0),
        gc.AffineError(0, 0), "standard-normal",
    )  # fmt: skip
    with mp.workdps(40):
        variance = mp.exp(-0.5) * mp.mpf(float(process.gaussian.cov[0, 0])) - mp.expm1(-0.5)
        truth = variance / mp.sqrt(2 * variance - 1) - 1
        found = process.path_chi2()
        assert mp.mpf(found.lower) <= truth <= mp.mpf(found.upper)
        assert found.width < max(4e-15 / above, 1e-9) * float(truth)
        assert not found.contains(float(truth) * (1 + max(8e-15 / above, 1e-8)))


def test_a_start_that_nearly_matches_keeps_its_digits():
    process = gc.ReverseProcess(
        gc.Gaussian(0, 1 + 2.0**-20), gc.OrnsteinUhlenbeck(horizon=1.0, stop=0.0), gc.AffineError(0, 0),
        "standard-normal",
    )  # fmt: skip
    with mp.workdps(60):
        variance = 1 + mp.exp(-1) / 2**20
        truth = variance / mp.sqrt(2 * variance - 1) - 1
    found = process.path_chi2()
    assert found.contains(float(truth))
    assert found.width < 1e-7 * float(truth)


@pytest.mark.parametrize("mean", [1e-3, 10.0, 1e6])
def test_initial_kl_of_large_means(mean):
    process = gc.ReverseProcess(
        gc.Gaussian(mean, 0.3), gc.OrnsteinUhlenbeck(horizon=1.0, stop=0.0), gc.AffineError(0, 0), "standard-normal"
    )
    with mp.workdps(40):
        variance = 1 - mp.exp(-1) * (1 - mp.mpf(0.3))
        truth = (1 / variance - 1 + mp.log(variance) + mp.exp(-1) * mp.mpf(mean) ** 2 / variance) / 2
        found = process.path_kl()
        assert mp.mpf(found.lower) <= truth <= mp.mpf(found.upper)
    assert found.width < 1e-13 * float(truth)


def test_remainders_know_nothing_of_the_start():
    times, error = gc.OrnsteinUhlenbeck(horizon=1.0, stop=0.1), gc.AffineError(0.25, 0.5)
    here, there = (
        gc.ReverseProcess(gc.Gaussian(0.5, 0.75), times, error, start) for start in ("marginal", "standard-normal")
    )
    for name in ("taylor_square", "martingale_remainder", "variation_square"):
        exact, grid = (getattr(kind, name) for kind in (there.statistics, gc.process.GridStatistics([there])))
        certified = getattr(certified_statistics(there), name)
        assert exact[0] == getattr(here.statistics, name)[0]
        assert bool(certified.overlaps(exact)[0]), name
        assert float(grid.value[0]) == pytest.approx(float(exact.value[0]), rel=1e-6), name


def test_the_bound_of_an_observable_error_that_is_nearly_invisible_holds_what_is_linear_in_it():
    """A rotation of N(0, I) is invisible, and the root of the bound is linear in an offset beside it.

    Of an offset of 1e-8 seven digits are left, which only the rounding of the whole error's size accounts for.
    """
    diffusion, turn = gc.OrnsteinUhlenbeck(1.0, 0.1), 3.0 * np.array([[0.0, 1.0], [-1.0, 0.0]])

    def bound(offset):
        error = gc.AffineError(turn, offset * np.array([1.0, 0.7]))
        process = gc.ReverseProcess(gc.Gaussian([0.0, 0.0], np.eye(2)), diffusion, error)
        return gc.process.LinearStatistics(gc.process.Batch.of([process])).hammersley_observable()

    large = bound(1.0)
    small = bound(1e-8)
    assert float(small.lower[0]) <= 1e-16 * float(large.upper[0])
    assert float(small.upper[0]) >= 1e-16 * float(large.lower[0])
    assert float(large.width[0]) < 1e-8 * float(large.value[0])
    assert abs(float(small.value[0]) / (1e-16 * float(large.value[0])) - 1.0) > 1e-8
