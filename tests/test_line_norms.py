"""Norms on the line against mpmath's quadrature, SciPy on samples and closed forms."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import gausscollapse as gc
from gausscollapse.divergences.line_norms import SignedLine
from gausscollapse.divergences.line_quantiles import line_wasserstein2


def signed(p, q):
    rows = []
    for law, sign in ((p, 1), (q, -1)):
        total = mpmath.fsum(mpmath.mpf(float(w)) for w in law.weights)
        for w, m, v in zip(law.weights, law.means[:, 0], law.covs[:, 0, 0], strict=True):
            rows.append(
                (sign * mpmath.mpf(float(w)) / total, mpmath.mpf(float(m)), mpmath.sqrt(mpmath.mpf(float(v))))
            )
    return rows


def by_quadrature(p, q, *, distribution):
    """Integrate ``|f|/2`` or ``|F|`` between sign changes found on a fine grid and polished by bisection."""
    with mpmath.workdps(25):
        rows = signed(p, q)

        def value(x):
            if distribution:
                return mpmath.fsum(u * mpmath.ncdf((x - m) / s) for u, m, s in rows)
            return mpmath.fsum(u * mpmath.npdf((x - m) / s) / s for u, m, s in rows)

        low, high = min(m - 12 * s for _, m, s in rows), max(m + 12 * s for _, m, s in rows)
        grid = [low + (high - low) * mpmath.mpf(i) / 600 for i in range(601)]
        values = [value(x) for x in grid]
        edges = [low]
        for a, b, left, right in zip(grid, grid[1:], values, values[1:], strict=False):
            if left * right < 0:
                edges.append(mpmath.findroot(value, (a, b), solver="anderson"))
        total = mpmath.fsum(
            abs(mpmath.quad(value, mpmath.linspace(a, b, 13))) for a, b in zip(edges, [*edges[1:], high], strict=True)
        )
        return total if distribution else total / 2


def drawn(rng, count):
    return gc.GaussianMixture(rng.dirichlet(np.ones(count)), rng.normal(0, 2, count), rng.uniform(0.1, 2, count))


@pytest.mark.parametrize(("seed", "count"), [(1, 1), (2, 2), pytest.param(3, 3, marks=pytest.mark.slow)])
def test_both_norms_are_those_of_mpmath(seed, count):
    rng = np.random.default_rng(seed)
    p, q = drawn(rng, count), drawn(rng, count)
    found, exact = gc.wasserstein1(p, q), by_quadrature(p, q, distribution=True)
    assert found.lower <= exact <= found.upper
    assert found.width <= 1e-9 * exact
    found, exact = SignedLine.difference(p, q).total_variation(), by_quadrature(p, q, distribution=False)
    assert found.lower <= exact <= found.upper
    assert found.width <= 1e-9 * exact


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 5))
def test_total_variation_is_that_of_ball_arithmetic(seed, count):
    rng = np.random.default_rng(seed)
    p, q = drawn(rng, count), drawn(rng, count)
    found, ball = SignedLine.difference(p, q).total_variation(), gc.total_variation(p, q, method="certified")
    assert found.overlaps(ball)
    assert found.width <= 1e-8 * found.value


def test_closed_forms():
    # A shift; a spread: E|Z| times the difference of deviations; a component moved.
    assert gc.wasserstein1(gc.Gaussian(0, 1), gc.Gaussian(2, 1)).contains(2.0)
    found = gc.wasserstein1(gc.Gaussian(0, 1), gc.Gaussian(0, 9))
    assert found.contains(float(2 * mpmath.sqrt(2 / mpmath.pi)))
    plane = gc.Gaussian([0, 0], np.eye(2)), gc.Gaussian([3, 4], np.eye(2))
    assert gc.wasserstein1(*plane).contains(5.0)
    assert gc.wasserstein1(gc.Gaussian(0, 1), gc.Gaussian(0, 1)) == 0.0


@pytest.mark.parametrize("gap", [1e-2, 1e-4, 1e-6])
def test_near_laws(gap):
    found = gc.wasserstein1(gc.Gaussian(0, 1), gc.Gaussian(gap, 1))
    assert found.contains(gap)
    assert found.width <= 1e-5 * gap


@pytest.mark.parametrize(("wide", "far"), [(1e-6, 0.0), (1e6, 0.0), (1.0, 1e6), (1e-3, 1e3)])
def test_scales_and_places_far_from_one(wide, far):
    p = gc.GaussianMixture([0.5, 0.5], [far, far + wide], wide**2)
    q = gc.Gaussian(far + 3.0 * wide, wide**2)
    found = gc.wasserstein1(p, q)
    # q lies to the right of p everywhere: what means are apart, of the floats as they are stored.
    exact = Fraction(q.mean[0]) - (Fraction(p.means[0, 0]) + Fraction(p.means[1, 0])) / 2
    assert found.contains(exact)
    assert found.width <= 1e-5 * wide


def test_against_samples():
    """The distance of two samples of 200 000 is off by at most 5 sqrt(E X^2/n) a law, so by 0.05 (a loose bound)."""
    rng = np.random.default_rng(4)
    p, q = drawn(rng, 2), drawn(rng, 3)
    sampled = stats.wasserstein_distance(p.sample(200_000, rng)[:, 0], q.sample(200_000, rng)[:, 0])
    assert gc.wasserstein1(p, q).value == pytest.approx(sampled, abs=0.05)
    # The control: another law is further away than that.
    assert abs(gc.wasserstein1(p, gc.Gaussian(9, 1)).value - sampled) > 1.0


def test_beyond_the_line_mixtures_are_refused_in_one_line():
    p, q = gc.Gaussian([0, 0], np.eye(2)), gc.Gaussian([0, 0], 2 * np.eye(2))
    with pytest.raises(gc.core.NotSupportedError, match="dimension 2") as caught:
        gc.wasserstein1(p, q)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", range(4))
def test_quantiles_enclose_the_2_wasserstein_distance(seed):
    """Against the closed form of Gaussians, and the quantile coupling by mpmath's integration."""
    rng = np.random.default_rng(seed)
    p, q = (gc.Gaussian(rng.normal(), rng.uniform(0.3, 2)) for _ in range(2))
    assert line_wasserstein2(p, q).overlaps(gc.wasserstein2(p, q))
    p, q = drawn(rng, 2), drawn(rng, 3)
    found = line_wasserstein2(p, q, levels=2000)
    # By sorting the points of two fine midpoint grids of levels, an independent way to the quantiles.
    levels = (np.arange(20_000) + 0.5) / 20_000
    x, y = (np.interp(levels, cdf, grid) for grid, cdf in (by_grid(p), by_grid(q)))
    assert found.lower * 0.999 <= np.sqrt(np.mean((x - y) ** 2)) <= found.upper * 1.001
    assert found.width < 0.2 * found.value


def by_grid(law):
    grid = np.linspace(-20, 20, 400_001)
    rows = zip(law.weights, law.means[:, 0], law.covs[:, 0, 0], strict=True)
    cdf = sum(w * stats.norm.cdf(grid, m, np.sqrt(v)) for w, m, v in rows)
    return grid, cdf
