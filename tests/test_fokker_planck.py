"""The Fokker-Planck solver against the exact Gaussian case, the realizable case, identities and a sampler."""

import math

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError

MIXTURE = gc.GaussianMixture([0.3, 0.7], [-1.5, 1.0], [0.3, 0.2])
DIFFUSION = gc.OrnsteinUhlenbeck(2.5, 0.05)


@pytest.mark.parametrize(
    ("data", "error", "start"),
    [
        (gc.Gaussian(0.4, 0.3), gc.AffineError(0.2, 0.3), "marginal"),
        (gc.Gaussian(-1.0, 0.04), gc.AffineError(-0.5, 0.5), "marginal"),
        (gc.Gaussian(0.5, 2.0), gc.AmplifiedScoreError(-0.1), "standard-normal"),
    ],
)
def test_the_exact_gaussian_case_to_1e_8(data, error, start):
    process = gc.ReverseProcess(data, DIFFUSION, error, start=start)
    found = gc.fokker_planck(process)
    exact = {"kl", "reverse_kl", "chi2", "ideal_energy", "learned_energy", "path_kl"}
    if process.matched:
        exact |= {"observed_energy", "observability", "slack", "path_chi2"}
    for name in sorted(exact):
        mine, theirs = getattr(found, name)(), getattr(process, name)()
        assert float(mine) == pytest.approx(float(theirs), rel=1e-8, abs=1e-8), name
        assert mine.overlaps(theirs), (name, str(mine), str(theirs))
    if process.matched:
        statistics = process.statistics
        for name in ("martingale_remainder", "variation_square"):
            assert float(getattr(found, name)()) == pytest.approx(float(getattr(statistics, name)[0]), rel=1e-8), name
        assert float(found.taylor_square()) == pytest.approx(float(statistics.taylor_square[0]), rel=1e-8)
    endpoint = process.endpoint()
    assert float(found.mean) == pytest.approx(endpoint.mean[0], abs=1e-9)
    assert float(found.variance) == pytest.approx(endpoint.cov[0, 0], rel=1e-9)
    np.testing.assert_allclose(found.density, endpoint.pdf(found.x), atol=3e-5 * np.max(found.density))


@pytest.fixture(scope="module")
def realizable():
    target = gc.GaussianMixture([0.4, 0.6], [-1.3, 1.1], [0.35, 0.2])
    process = gc.ReverseProcess(MIXTURE, DIFFUSION, gc.RealizableError(target))
    return process, target, gc.fokker_planck(process)


def gap(process, target):
    """Return ``KL(p0 || target_T)`` and the endpoint's target law: the learned score is the target's."""
    return DIFFUSION.marginal(target, DIFFUSION.stop)


def test_density_is_positive_conserved_and_second_order(realizable):
    _, _, found = realizable
    level = found._levels[-1]
    for density in (level.learned, level.ideal):
        assert np.all(density > 0.0)
        assert np.sum(density * level.grid.volumes) == pytest.approx(1.0, abs=1e-12)
    ideal = DIFFUSION.marginal(MIXTURE, DIFFUSION.stop)
    gaps = [np.max(np.abs(v.ideal - ideal.pdf(v.grid.centres))) for v in found._levels]
    orders = np.log2(np.array(gaps[:-1]) / np.array(gaps[1:]))
    np.testing.assert_allclose(orders, 2.0, atol=0.1)


def test_the_realizable_process_moves_towards_its_target(realizable):
    """The learned dynamics are the target's: data processing holds along it, and KL to the target only falls."""
    process, target, found = realizable
    end = gap(process, target).pdf(found.x)
    volumes = found._levels[-1].grid.volumes
    to_target = np.sum(volumes * found.density * np.log(found.density / end))
    start_p, start_q = (DIFFUSION.marginal(law, DIFFUSION.horizon) for law in (MIXTURE, target))
    x = np.linspace(-12, 12, 20001)
    at_start = np.trapezoid(start_p.pdf(x) * (start_p.logpdf(x) - start_q.logpdf(x)), x)
    assert 0.0 < to_target < at_start


def test_the_identity_of_the_slack_and_the_bounds_for_mixtures(realizable):
    _, _, found = realizable
    lost = float(found.path_kl()) - float(found.kl())
    assert lost == pytest.approx(float(found.slack()), rel=1e-7)
    assert float(found.kl()) < float(found.path_kl())
    assert float(found.chi2()) < float(found.path_chi2())
    root = abs(math.sqrt(float(found.chi2())) - math.sqrt(float(found.observed_energy())))
    assert root < math.sqrt(float(found.martingale_remainder()))


def test_the_sampler_follows_the_density(realizable):
    """Cell counts of 40000 paths, chi-square with a false-alarm budget of 1e-6; a shifted sample is refused."""
    from scipy import stats

    process, _, found = realizable
    sample = gc.simulate(process, 40_000, 800, 5).endpoint[:, 0]
    level = found._levels[-1]
    cumulative = np.cumsum(level.learned * level.grid.volumes)
    edges = np.interp(np.linspace(0, 1, 41)[1:-1], cumulative[:-1], level.grid.edges)

    def p_value(points):
        counts = np.diff(np.concatenate([[0], np.searchsorted(np.sort(points), edges), [points.size]]))
        return stats.chi2.sf(np.sum((counts - 1000.0) ** 2 / 1000.0), 39)

    assert p_value(sample) > 1e-6
    assert p_value(sample + 0.05) < 1e-6


def test_an_infinite_chi2_is_not_given_a_finite_end():
    process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(4.0, 0.05), gc.AffineError(0.35, 0.0))
    assert float(process.chi2()) == math.inf
    found = gc.fokker_planck(process, cells=400, steps=200)
    assert found.chi2().upper == math.inf
    assert math.isfinite(found.kl().upper)


def test_bad_arguments_are_named():
    plane = gc.ReverseProcess(gc.Gaussian([0.0, 0.0], np.eye(2)), DIFFUSION, gc.AffineError(np.eye(2), [0.0, 0.0]))
    with pytest.raises(NotSupportedError, match="dimension 2; accepted: dimension 1"):
        gc.fokker_planck(plane)
    line = gc.ReverseProcess(MIXTURE, DIFFUSION, gc.AffineError(0.1, 0.0))
    with pytest.raises(InvalidArgumentError, match="cells = 10"):
        gc.fokker_planck(line, cells=10)
    with pytest.raises(NotSupportedError, match="leaves every grid"):
        gc.fokker_planck(gc.ReverseProcess(MIXTURE, DIFFUSION, gc.AffineError(3.0, 50.0)), cells=80, steps=80)


@pytest.mark.parametrize("horizon", [2.0, 3.0, 4.6])
def test_near_infinity_a_lower_bound_is_all_that_is_said(horizon):
    # the exact path chi-squared is 1.13 at T = 2 and infinite beyond
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(horizon, 0.0), gc.AffineError(0.3, 0.0))
    found = gc.fokker_planck(process, cells=240, steps=160)
    for name in ("path_chi2", "martingale_remainder", "taylor_square"):
        bound, exact = getattr(found, name)(), float(getattr(process.statistics, name).value[0])
        assert bound.upper == np.inf
        assert 0.0 <= bound.lower == float(bound) <= exact, name
    assert float(found.path_chi2()) > 0.1
    assert ("a lower bound" in found.path_chi2().method) == (found.path_chi2().upper == np.inf)


def test_finiteness_that_is_not_shown_does_not_fail():
    law = gc.GaussianMixture([0.5, 0.5], [-0.01, 0.01], [1.0, 1.0])
    times = gc.OrnsteinUhlenbeck(2.0, 0.0)
    verdict = gc.check("prop-3.3", gc.ReverseProcess(law, times, gc.AffineError(0.3, 0.0)))
    assert str(verdict.outcome) == "NOT_APPLICABLE"
    assert "path chi-squared is finite' is not shown to hold" in verdict.reason
    # control: what is infinite does fail
    infinite = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(4.0, 0.0), gc.AffineError(0.3, 0.0))
    assert "fails (value inf)" in gc.check("prop-3.3", infinite).reason
