"""Maximum mean discrepancies against mpmath, exact limits and samples; with controls that show the tests can fail."""

import itertools

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gausscollapse as gc
from gausscollapse.divergences.mean_embeddings import MeanEmbeddings


def kernel_mean(first, second, width, digits=60):
    """Return ``E k(X, Y)`` of Gaussians (mean, cov) by LU in mpmath: no Cholesky, no doubled floats."""
    with mpmath.workdps(digits):
        dim = len(first[0])
        spread = mpmath.matrix(dim, dim)
        for i, j in itertools.product(range(dim), repeat=2):
            spread[i, j] = mpmath.mpf(float(first[1][i][j])) + mpmath.mpf(float(second[1][i][j]))
            spread[i, j] += mpmath.mpf(width) ** 2 if i == j else 0
        step = mpmath.matrix(
            [mpmath.mpf(float(a)) - mpmath.mpf(float(b)) for a, b in zip(first[0], second[0], strict=True)]
        )
        solved = mpmath.lu_solve(spread, step)
        square = sum(step[i] * solved[i] for i in range(dim))
        return mpmath.mpf(width) ** dim / mpmath.sqrt(mpmath.det(spread)) * mpmath.exp(-square / 2)


def truth(p, q, width, digits=60):
    """Return the distance in mpmath; weights are normalised exactly."""
    with mpmath.workdps(digits):
        signed = []
        for law, sign in ((p, 1), (q, -1)):
            total = sum(mpmath.mpf(float(w)) for w in law.weights)
            rows = zip(law.weights, law.means, law.covs, strict=True)
            signed += [(sign * mpmath.mpf(float(w)) / total, (m, v)) for w, m, v in rows]
        return mpmath.sqrt(sum(u * v * kernel_mean(a, b, width, digits) for u, a in signed for v, b in signed))


def drawn(rng, dim, count):
    factors = rng.standard_normal((count, dim, dim))
    covs = factors @ np.swapaxes(factors, 1, 2) + 0.05 * np.eye(dim)
    covs = 0.5 * (covs + np.swapaxes(covs, 1, 2))
    return gc.GaussianMixture(rng.dirichlet(np.ones(count)), 2.0 * rng.standard_normal((count, dim)), covs)


@pytest.mark.parametrize(("dim", "count"), [(1, 3), (2, 2), (3, 4), (5, 1)])
@pytest.mark.parametrize("width", [0.05, 1.0, 30.0])
def test_the_distance_is_that_of_mpmath(dim, count, width):
    rng = np.random.default_rng([dim, count])
    p, q = drawn(rng, dim, count), drawn(rng, dim, count)
    found, exact = gc.mmd(p, q, width=width), truth(p, q, width)
    assert found.lower <= exact <= found.upper
    assert found.width <= 1e-10 * exact
    assert gc.mmd(q, p, width=width) == found


@pytest.mark.parametrize("gap", [1e-3, 1e-8, 1e-14, 1e-200])
def test_near_laws_keep_their_digits(gap):
    p, q = gc.Gaussian(0.0, 1.0), gc.Gaussian(gap, 1.0)
    found = gc.mmd(p, q, width=1.0)
    # MMD^2 = 2 (1 - exp(-g^2/6))/sqrt(3).
    with mpmath.workdps(60):
        exact = mpmath.sqrt(-2 * mpmath.expm1(-(mpmath.mpf(gap) ** 2) / 6) / mpmath.sqrt(3))
    assert found.lower <= exact <= found.upper
    assert found.width <= 1e-10 * exact


@pytest.mark.parametrize("width", [1e-100, 1e-12, 1e12, 1e100])
def test_extreme_widths(width):
    p, q = drawn(np.random.default_rng(3), 2, 2), drawn(np.random.default_rng(4), 2, 2)
    found, exact = gc.mmd(p, q, width=width), truth(p, q, width, digits=600)
    assert found.lower <= exact <= found.upper
    assert found.width <= 1e-9 * exact


def test_equal_laws_are_at_distance_zero_however_they_are_written():
    one = gc.GaussianMixture([0.5, 0.5], [[-1.0], [1.0]], np.ones((2, 1, 1)))
    other = gc.GaussianMixture([0.25, 0.5, 0.25], [[1.0], [-1.0], [1.0]], np.ones((3, 1, 1)))
    assert gc.mmd(one, other, width=0.7) == 0.0


def test_it_is_at_most_the_root_of_two_times_total_variation_and_not_less_than_that_over_root_two():
    rng = np.random.default_rng(5)
    ratios = []
    for _ in range(20):
        p, q = drawn(rng, 1, 2), drawn(rng, 1, 2)
        distance, variation = gc.mmd(p, q, width=0.02), gc.total_variation(p, q, method="quadrature")
        assert distance.lower <= np.sqrt(2.0) * variation.upper
        ratios.append(distance.value / variation.value)
    assert max(ratios) > 0.05


def test_infinite_chi_squared_and_finite_distance():
    p, q = gc.Gaussian(0.0, 3.0), gc.Gaussian(0.0, 1.0)
    assert np.isinf(gc.chi2(p, q).value)
    assert gc.mmd(p, q, width=1.0).contains(float(truth(p, q, 1.0)))


@pytest.mark.parametrize("width", [0.0, -1.0, np.inf, np.nan, 1e101, "wide"])
def test_a_bad_width_is_one_line(width):
    with pytest.raises(gc.GaussCollapseError, match="width") as caught:
        gc.mmd(gc.Gaussian(0, 1), gc.Gaussian(1, 1), width=width)
    assert "\n" not in str(caught.value)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.floats(-3, 3), st.integers(0, 2**31))
def test_the_stated_error_of_a_kernel_mean_holds(dim, exponent, seed):
    rng = np.random.default_rng(seed)
    law, width = drawn(rng, dim, 2), float(10.0**exponent)
    means, covs = (np.array([part, np.zeros_like(part)]) for part in (law.means, law.covs))
    found = MeanEmbeddings(means, covs, width)
    table = found.table()
    exact = kernel_mean((law.means[0], law.covs[0]), (law.means[1], law.covs[1]), width)
    with mpmath.workdps(60):
        off = abs(mpmath.mpf(table[0, 0, 1]) + mpmath.mpf(table[1, 0, 1]) - exact)
    assert off <= found.unit
    # A table of floats would not do.
    assert found.unit < 1e-17


def test_embeddings_move_as_little_as_stated():
    rng = np.random.default_rng(8)
    for dim, width in itertools.product((1, 2, 4), (0.3, 1.0, 5.0)):
        law = drawn(rng, dim, 1)
        shift, change = 1e-3 * rng.standard_normal(dim), rng.standard_normal((dim, dim))
        change = 1e-3 * (change + change.T)
        means, covs = (np.array([part, np.zeros_like(part)]) for part in (law.means, law.covs))
        stated = MeanEmbeddings(means, covs, width).embedding_errors(
            np.array([np.linalg.norm(shift)]), np.array([np.linalg.norm(change, 2)])
        )[0]
        moved = gc.Gaussian(law.means[0] + shift, law.covs[0] + change)
        distance = gc.mmd(gc.Gaussian(law.means[0], law.covs[0]), moved, width=width).value
        assert distance <= stated
        assert distance >= 1e-4 * stated


def estimates(p, q, n, m, width, runs, seed):
    rng = np.random.default_rng(seed)
    return [gc.divergences.mmd_from_samples(p.sample(n, rng), q.sample(m, rng), width=width) for _ in range(runs)]


@pytest.mark.parametrize(("apart", "most"), [(0.0, 1.5), (0.5, 1.25)])
def test_the_estimate_is_unbiased_and_its_standard_error_right(apart, most):
    """500 runs; each z-score is below 4.5 (a false alarm in 150 000), spreads within 25 % (7 deviations).

    Where the laws are equal the standard error errs upwards: a spread of the witness is not taken below 0.
    """
    p, q = gc.Gaussian([0.0, 0.0], np.eye(2)), gc.Gaussian([apart, 0.0], np.eye(2))
    exact = float(truth(p, q, 1.0)) ** 2 if apart else 0.0
    found = estimates(p, q, 60, 40, 1.0, 500, 11)
    scores = np.array([(one.squared - exact) / one.standard_error for one in found])
    values = np.array([one.squared for one in found])
    error = values.std(ddof=1) / np.sqrt(len(values))
    assert abs(values.mean() - exact) < 4.5 * error
    stated = np.sqrt(np.mean([one.standard_error**2 for one in found]))
    assert 0.75 < stated / values.std(ddof=1) < most
    assert 0.7 < scores.std() < 1.3
    assert all(one.distance.contains(np.sqrt(exact)) for one in found)
    # The control: the biased square would be seen.
    biased = np.array([one.distance.value**2 for one in found])
    assert abs(biased.mean() - exact) > 10 * error


def test_samples_of_another_law_are_told_apart():
    found = estimates(gc.Gaussian(0, 1), gc.Gaussian(1, 1), 400, 400, 1.0, 1, 3)[0]
    assert found.squared > 5 * found.standard_error
    assert found.distance.lower > 0.0


def test_the_estimate_is_that_of_plain_loops():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((5, 2)), rng.standard_normal((4, 2))

    def k(a, b):
        return np.exp(-np.sum((a - b) ** 2) / (2 * 0.7**2))

    inner = np.mean([k(x[i], x[j]) for i in range(5) for j in range(5) if i != j])
    other = np.mean([k(y[i], y[j]) for i in range(4) for j in range(4) if i != j])
    between = np.mean([k(a, b) for a in x for b in y])
    found = gc.divergences.mmd_from_samples(x, y, width=0.7)
    assert found.squared == pytest.approx(inner + other - 2 * between, rel=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "word"),
    [
        (np.zeros(3), np.zeros(9), "3 points"),
        (np.zeros((9, 2)), np.zeros((9, 3)), "dimension 3"),
        (np.zeros((3, 3, 3)), np.zeros(9), "shape"),
        (np.zeros(50_001), np.zeros(9), "50001 points"),
    ],
)
def test_bad_samples_are_one_line(x, y, word):
    with pytest.raises(gc.GaussCollapseError, match=word) as caught:
        gc.divergences.mmd_from_samples(x, y, width=1.0)
    assert "\n" not in str(caught.value)
