"""Gaussians, mixtures and the forward process against SciPy, mpmath and Monte Carlo."""

import dataclasses
import math
import pickle

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

import gausscollapse as gc
from gausscollapse.core.exceptions import (
    AbsentStatisticError,
    DimensionMismatchError,
    EmptyFamilyError,
    InvalidArgumentError,
    MissingPackageError,
    NotSupportedError,
    ScenarioError,
    StatementError,
    TheoremFileError,
    UnknownNameError,
)

# A false alarm in one test of a million: two-sided, Bonferroni over the statistics that the test looks at.
FALSE_ALARM = 1e-6


def covariance(rng, dim, low=0.1, high=3.0):
    rotation = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    return (rotation * np.exp(rng.uniform(math.log(low), math.log(high), dim))) @ rotation.T


def random_gaussian(rng, dim):
    cov = covariance(rng, dim)
    return gc.Gaussian(rng.standard_normal(dim), 0.5 * (cov + cov.T))


def random_mixture(rng, dim, count=3):
    covs = np.array([random_gaussian(rng, dim).cov for _ in range(count)])
    return gc.GaussianMixture(rng.dirichlet(np.ones(count)), 2.0 * rng.standard_normal((count, dim)), covs)


def random_law(kind, rng, dim):
    return random_gaussian(rng, dim) if kind == "gaussian" else random_mixture(rng, dim)


KINDS = ("gaussian", "mixture")


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_density_agrees_with_scipy(dim):
    rng = np.random.default_rng(dim)
    points = 3.0 * rng.standard_normal((20, dim))
    law, mixture = random_gaussian(rng, dim), random_mixture(rng, dim)
    peer = stats.multivariate_normal(law.mean, law.cov)
    np.testing.assert_allclose(law.logpdf(points), np.atleast_1d(peer.logpdf(points)), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(law.pdf(points), np.atleast_1d(peer.pdf(points)), rtol=1e-11)
    total = sum(
        w * stats.multivariate_normal(m, s).pdf(points)
        for w, m, s in zip(mixture.weights, mixture.means, mixture.covs, strict=True)
    )
    np.testing.assert_allclose(mixture.pdf(points), total, rtol=1e-11)
    np.testing.assert_allclose(mixture.logpdf(points), np.log(total), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_density_integrates_to_one_with_the_stated_moments(kind):
    law = random_law(kind, np.random.default_rng(4), 1)
    mean, variance = float(law.mean[0]), float(law.cov[0, 0])
    for power, expected in ((0, 1.0), (1, mean), (2, variance + mean**2)):
        value, error = integrate.quad(
            lambda x, k=power: x**k * float(law.pdf(x)), -40.0, 40.0, points=np.linspace(-8.0, 8.0, 33), limit=200
        )
        assert abs(value - expected) <= max(error, 1e-10)


def mp_log_density(weights, means, covs, x):
    """Log-density of a one-dimensional mixture at the working precision."""
    parts = (
        w * mpmath.exp(-((x - m) ** 2) / (2 * s)) / mpmath.sqrt(2 * mpmath.pi * s)
        for w, m, s in zip(weights, means, covs, strict=True)
    )
    return mpmath.log(mpmath.fsum(parts))


@pytest.mark.parametrize("x", [-60.0, -3.0, 0.0, 0.7, 45.0])
def test_log_density_and_score_of_a_mixture_at_fifty_digits_far_into_the_tails(x):
    weights, means, covs = (0.25, 0.75), (-1.0, 2.0), (0.5, 0.125)
    law = gc.GaussianMixture(weights, means, covs)
    with mpmath.workdps(50):
        exact = mp_log_density(weights, means, covs, mpmath.mpf(x))
        slope = mpmath.diff(lambda y: mp_log_density(weights, means, covs, y), mpmath.mpf(x))
    assert float(law.logpdf(x)) == pytest.approx(float(exact), rel=1e-14)
    assert float(law.score(x)) == pytest.approx(float(slope), rel=1e-13)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [1, 2, 4])
def test_score_is_the_gradient_of_the_log_density(kind, dim):
    rng = np.random.default_rng(10 + dim)
    law = random_law(kind, rng, dim)
    points = 2.0 * rng.standard_normal((8, dim))
    step = 1e-5
    for axis in range(dim):
        shift = step * np.eye(dim)[axis]
        slope = (law.logpdf(points + shift) - law.logpdf(points - shift)) / (2.0 * step)
        np.testing.assert_allclose(law.score(points)[:, axis], slope, rtol=2e-7, atol=2e-7)


def moment_z_scores(sample, mean, cov):
    """Z-scores of the sample mean and of the sample second moments about the true mean, by their own spread."""
    n, dim = sample.shape
    centred = sample - mean
    upper = np.triu_indices(dim)
    products = (centred[:, :, None] * centred[:, None, :])[:, upper[0], upper[1]]
    columns = np.concatenate([centred, products - cov[upper]], axis=1)
    return columns.mean(axis=0) / (columns.std(axis=0, ddof=1) / math.sqrt(n))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [1, 3])
def test_samples_have_the_laws_moments(kind, dim):
    law = random_law(kind, np.random.default_rng(20 + dim), dim)
    z = moment_z_scores(law.sample(40_000, 7), law.mean, law.cov)
    threshold = stats.norm.isf(0.5 * FALSE_ALARM / z.size)
    assert np.all(np.abs(z) < threshold)
    # The control: a covariance 10 % too large and a mean a tenth of a deviation off are both seen.
    wide = moment_z_scores(law.sample(40_000, 7), law.mean, 1.1 * law.cov)
    moved = moment_z_scores(law.sample(40_000, 7), law.mean + 0.1 * np.sqrt(np.diag(law.cov)), law.cov)
    assert np.max(np.abs(wide)) > threshold
    assert np.max(np.abs(moved)) > threshold


def test_sampling_is_a_function_of_the_seed():
    law = random_mixture(np.random.default_rng(0), 2)
    np.testing.assert_array_equal(law.sample(5, 3), law.sample(5, 3))
    np.testing.assert_array_equal(law.sample(5, 3), law.sample(5, np.random.default_rng(3)))
    assert not np.array_equal(law.sample(5, 3), law.sample(5, 4))
    assert law.sample(0, 1).shape == (0, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_in_one_dimension(kind):
    law = gc.Gaussian(1.0, 4.0) if kind == "gaussian" else gc.GaussianMixture([0.5, 0.5], [0.0, 2.0], [1.0, 2.0])
    assert (law.dim, law.mean.shape, law.cov.shape) == (1, (1,), (1, 1))
    for points, shape in ((0.3, ()), ([0.3, 1.0, 2.0], (3,)), ([[0.3], [1.0]], (2,))):
        assert law.pdf(points).shape == law.logpdf(points).shape == shape
        assert law.score(points).shape == np.shape(points)
    assert law.pdf([0.3, 1.0])[0] == law.pdf(0.3)
    assert law.sample(4, 0).shape == (4, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_in_three_dimensions(kind):
    law = random_law(kind, np.random.default_rng(1), 3)
    point = np.array([0.1, -0.2, 0.5])
    assert law.pdf(point).shape == ()
    assert law.score(point).shape == (3,)
    batch = np.stack([point, 2.0 * point])
    assert law.pdf(batch).shape == (2,)
    assert law.score(batch).shape == (2, 3)
    np.testing.assert_allclose(law.score(batch)[0], law.score(point), rtol=1e-14)
    assert law.pdf(np.zeros((0, 3))).shape == (0,)
    for wrong in (np.zeros(2), np.zeros((2, 2)), np.zeros((1, 1, 3)), 0.0):
        with pytest.raises(DimensionMismatchError, match=r"x = .*accepted: points of shape \(n, 3\)"):
            law.pdf(wrong)


def test_shared_and_scalar_covariances_of_a_mixture():
    shared = gc.GaussianMixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [[2.0, 0.5], [0.5, 1.0]])
    assert shared.covs.shape == (2, 2, 2)
    np.testing.assert_array_equal(shared.covs[0], shared.covs[1])
    assert gc.GaussianMixture([0.5, 0.5], [0.0, 1.0], 3.0).covs.tolist() == [[[3.0]], [[3.0]]]


def test_moments_of_a_mixture_by_hand():
    law = gc.GaussianMixture([0.25, 0.75], [0.0, 4.0], [1.0, 2.0])
    assert law.mean.tolist() == [3.0]
    assert law.cov.tolist() == [[0.25 * (1.0 + 9.0) + 0.75 * (2.0 + 1.0)]]


def test_a_gaussian_is_read_as_a_mixture_of_one_component():
    law = gc.Gaussian([1.0, -2.0], [[2.0, 0.5], [0.5, 1.0]])
    twin = gc.GaussianMixture(law.weights, law.means, law.covs)
    assert law.weights.tolist() == [1.0]
    assert (law.means.tolist(), law.covs.tolist()) == ([[1.0, -2.0]], [[[2.0, 0.5], [0.5, 1.0]]])
    assert law.components == twin.components == (law,)
    for array in (law.weights, law.means, law.covs):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0.0


def test_other_components_keep_the_kind_and_the_weights_of_a_law():
    one = gc.Gaussian([1.0, 2.0], np.eye(2)).with_components(np.array([[3.0, 4.0]]), 2.0 * np.eye(2)[None])
    assert one == gc.Gaussian([3.0, 4.0], 2.0 * np.eye(2))
    two = gc.GaussianMixture([0.3, 0.7], [0.0, 1.0], [1.0, 2.0])
    moved = two.with_components(two.means + 1.0, 3.0 * two.covs)
    assert moved == gc.GaussianMixture([0.3, 0.7], [1.0, 2.0], [3.0, 6.0])
    assert moved != two


def test_components_of_weight_zero_are_dropped():
    law = gc.GaussianMixture([0.5, 0.0, 0.5], [0.0, 9.0, 1.0], [1.0, 1.0, 2.0])
    assert law == gc.GaussianMixture([0.5, 0.5], [0.0, 1.0], [1.0, 2.0])
    assert len(law.components) == 2
    assert np.all(np.isfinite(law.logpdf([0.0, 100.0])))
    assert not np.any(np.abs(law.sample(1000, 0) - 9.0) < 1e-3)


@given(raw=st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=12))
@settings(max_examples=30)
def test_normalising_weights_twice_is_normalising_once(raw):
    shares = np.array(raw) / math.fsum(raw)
    first = gc.GaussianMixture(shares, np.zeros(len(raw)), 1.0)
    again = gc.GaussianMixture(first.weights, first.means, first.covs)
    assert again == first
    assert abs(math.fsum(first.weights) - 1.0) <= len(raw) * np.finfo(float).eps


def law_by_formula(law, t):
    """The marginal's moments, component by component, from ``a m`` and ``a^2 S + (1 - a^2) I``."""
    a = math.exp(-t / 2)
    eye = np.eye(law.dim)
    if isinstance(law, gc.Gaussian):
        return a * law.mean, a**2 * law.cov + (1.0 - a**2) * eye
    return a * law.means, a**2 * law.covs + (1.0 - a**2) * eye


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [1, 3])
def test_marginals_follow_the_formula_and_the_semigroup(kind, dim):
    law = random_law(kind, np.random.default_rng(30 + dim), dim)
    diffusion = gc.OrnsteinUhlenbeck(horizon=5.0, stop=0.1)
    mean_name, cov_name = ("mean", "cov") if kind == "gaussian" else ("means", "covs")
    assert diffusion.marginal(law, 0.0) == law
    for s, t in ((0.1, 0.7), (2.0, 1.5), (1e-8, 30.0)):
        mean, cov = law_by_formula(law, s + t)
        for moved in (diffusion.marginal(law, s + t), diffusion.marginal(diffusion.marginal(law, s), t)):
            assert type(moved) is type(law)
            np.testing.assert_allclose(getattr(moved, mean_name), mean, rtol=1e-13, atol=1e-300)
            np.testing.assert_allclose(getattr(moved, cov_name), cov, rtol=1e-13, atol=1e-15)
    if kind == "mixture":
        np.testing.assert_array_equal(diffusion.marginal(law, 1.0).weights, law.weights)


def test_a_marginal_is_what_the_transition_kernel_makes_of_samples():
    law, t, n = random_mixture(np.random.default_rng(8), 2), 0.8, 40_000
    rng = np.random.default_rng(9)
    a = math.exp(-t / 2)
    moved = a * law.sample(n, rng) + math.sqrt(1.0 - a**2) * rng.standard_normal((n, 2))
    z = moment_z_scores(moved, *(getattr(gc.OrnsteinUhlenbeck().marginal(law, t), name) for name in ("mean", "cov")))
    threshold = stats.norm.isf(0.5 * FALSE_ALARM / z.size)
    assert np.all(np.abs(z) < threshold)
    assert np.max(np.abs(moment_z_scores(moved, law.mean, law.cov))) > threshold


def test_condition_1e12_is_answered_to_what_it_allows():
    rotation = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    cov = (rotation * np.array([1e-12, 1.0, 1e-6])) @ rotation.T
    cov = 0.5 * (cov + cov.T)
    law = gc.Gaussian(np.zeros(3), cov)
    point = np.array([0.3, 0.4, 1e-3])
    with mpmath.workdps(60):
        matrix = mpmath.matrix(cov.tolist())
        solved = mpmath.lu_solve(matrix, mpmath.matrix(point.tolist()))
        square = mpmath.fsum(a * b for a, b in zip(point.tolist(), solved, strict=True))
        log_density = -(square + mpmath.log(mpmath.det(matrix)) + 3 * mpmath.log(2 * mpmath.pi)) / 2
        score = np.array([-float(entry) for entry in solved])
    # The relative error of S^{-1} x is the condition number times the unit roundoff, and a small factor.
    allowed = 1e12 * 2.0**-53 * 8.0
    assert float(law.logpdf(point)) == pytest.approx(float(log_density), rel=allowed)
    assert np.linalg.norm(law.score(point) - score) <= allowed * np.linalg.norm(score)


def test_graded_diagonals_lose_nothing():
    law = gc.Gaussian(np.zeros(3), np.diag([1e-12, 1.0, 1e6]))
    np.testing.assert_allclose(law.score([1e-6, 2.0, 1e3]), [-1e6, -2.0, -1e-3], rtol=1e-15)
    assert law.log_det == pytest.approx(math.log(1e-6), rel=1e-14)


LAWS = (
    gc.Gaussian([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]]),
    gc.GaussianMixture([0.5, 0.5], [[0.0, 1.0], [1.0, 0.0]], np.eye(2)),
    gc.OrnsteinUhlenbeck(horizon=3.0, stop=0.1),
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_laws_are_frozen_hashable_and_survive_pickling(law):
    names = [field.name for field in dataclasses.fields(law)]
    for name in names:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(law, name, 0.0)
        value = getattr(law, name)
        if isinstance(value, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                value[...] = 0.0
    twin = dataclasses.replace(law)
    assert twin == law
    assert hash(twin) == hash(law)
    assert pickle.loads(pickle.dumps(law)) == law
    assert law != "a law"
    assert len({law, twin}) == 1


def test_the_callers_array_is_not_shared():
    mean, cov = np.zeros(2), np.eye(2)
    law = gc.Gaussian(mean, cov)
    mean[0] = cov[0, 0] = 5.0
    assert law == gc.Gaussian(np.zeros(2), np.eye(2))


def test_negative_zero_is_zero():
    first, second = gc.Gaussian(-0.0, 1.0), gc.Gaussian(0.0, 1.0)
    assert first == second
    assert hash(first) == hash(second)


def test_representations_can_be_evaluated():
    for law in LAWS:
        names = {name: getattr(gc, name) for name in ("Gaussian", "GaussianMixture", "OrnsteinUhlenbeck")}
        assert eval(repr(law), names) == law


TWO = [[0.0, 0.0], [1.0, 1.0]]
BAD = {
    "mean NaN": (lambda: gc.Gaussian(math.nan, 1.0), InvalidArgumentError, "mean = nan: has NaN or infinite entries"),
    "mean infinite": (lambda: gc.Gaussian([0.0, math.inf], np.eye(2)), InvalidArgumentError, "mean = .*infinite"),
    "mean of words": (lambda: gc.Gaussian(["1.0"], 1.0), InvalidArgumentError, "mean = .*is not an array of numbers"),
    "mean ragged": (lambda: gc.Gaussian([[1.0], [1.0, 2.0]], 1.0), InvalidArgumentError, "mean = .*not an array"),
    "mean complex": (lambda: gc.Gaussian([1j], 1.0), InvalidArgumentError, "mean = .*not an array of numbers"),
    "mean too large": (
        lambda: gc.Gaussian(10**400, 1.0),
        InvalidArgumentError,
        "mean = 1000.*not an array of numbers",
    ),
    "mean a matrix": (
        lambda: gc.Gaussian(np.eye(2), np.eye(2)),
        InvalidArgumentError,
        r"mean = .*shape \(2, 2\).*\(d,\)",
    ),
    "mean empty": (lambda: gc.Gaussian([], np.zeros((0, 0))), InvalidArgumentError, "mean = .*d >= 1"),
    "cov NaN": (lambda: gc.Gaussian([0.0], [[math.nan]]), InvalidArgumentError, "cov = .*has NaN or infinite"),
    "cov infinite": (lambda: gc.Gaussian(0.0, math.inf), InvalidArgumentError, "cov = inf: has NaN or infinite"),
    "cov asymmetric": (
        lambda: gc.Gaussian([0.0, 0.0], [[1.0, 0.5], [0.4, 1.0]]),
        InvalidArgumentError,
        r"cov = \[\[1.0, 0.5\], \[0.4, 1.0\]\]: is not symmetric \(largest difference 0.1\); accepted: a symmetric",
    ),
    "cov indefinite": (
        lambda: gc.Gaussian([0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]]),
        InvalidArgumentError,
        r"cov = .*not positive definite \(smallest eigenvalue -1\); accepted: a symmetric positive definite",
    ),
    "cov singular": (lambda: gc.Gaussian([0.0, 0.0], np.ones((2, 2))), InvalidArgumentError, "not positive definite"),
    "cov zero": (lambda: gc.Gaussian(0.0, 0.0), InvalidArgumentError, "cov = 0.0: is not positive definite"),
    "cov of another dimension": (
        lambda: gc.Gaussian([0.0, 0.0], np.eye(3)),
        DimensionMismatchError,
        r"cov = .*has dimension 3; accepted: a matrix of shape \(2, 2\)",
    ),
    "cov not square": (lambda: gc.Gaussian(0.0, np.ones((1, 2))), InvalidArgumentError, r"cov = .*shape \(1, 2\)"),
    "weights do not sum": (
        lambda: gc.GaussianMixture([0.5, 0.6], [0.0, 1.0], 1.0),
        InvalidArgumentError,
        r"weights = \[0.5, 0.6\]: sums to 1.1; accepted: non-negative weights that sum to 1",
    ),
    "law": (
        lambda: gc.kl("law", gc.Gaussian(0.0, 1.0)),
        InvalidArgumentError,
        "p = 'law': is not a law; accepted: a Gaussian or a GaussianMixture",
    ),
    "weights negative": (
        lambda: gc.GaussianMixture([1.5, -0.5], [0.0, 1.0], 1.0),
        InvalidArgumentError,
        "weights = .*has a negative entry",
    ),
    "weights NaN": (lambda: gc.GaussianMixture([math.nan], [0.0], 1.0), InvalidArgumentError, "weights = .*NaN"),
    "weights empty": (lambda: gc.GaussianMixture([], [], []), InvalidArgumentError, "weights = "),
    "means too few": (
        lambda: gc.GaussianMixture([0.5, 0.5], [[0.0, 0.0]], np.eye(2)),
        DimensionMismatchError,
        r"means = .*accepted: shape \(2, d\)",
    ),
    "covs of a wrong shape": (
        lambda: gc.GaussianMixture([0.5, 0.5], TWO, np.ones((2, 3, 3))),
        DimensionMismatchError,
        r"covs = .*accepted: shape \(2, 2, 2\)",
    ),
    "one number for covs in two dimensions": (
        lambda: gc.GaussianMixture([0.5, 0.5], TWO, 1.0),
        DimensionMismatchError,
        r"covs = 1.0: has shape \(\); accepted: shape \(2, 2, 2\)",
    ),
    "one component indefinite": (
        lambda: gc.GaussianMixture([0.5, 0.5], TWO, [np.eye(2), -np.eye(2)]),
        InvalidArgumentError,
        r"covs\[1\] = .*not positive definite",
    ),
    "no dimension": (
        lambda: gc.GaussianMixture([1.0], np.zeros((1, 0)), np.zeros((1, 0, 0))),
        InvalidArgumentError,
        "means = .*d >= 1",
    ),
    "stop at the horizon": (
        lambda: gc.OrnsteinUhlenbeck(horizon=1.0, stop=1.0),
        InvalidArgumentError,
        "stop = 1.0: is not before horizon = 1; accepted: 0 <= stop < horizon",
    ),
    "stop negative": (lambda: gc.OrnsteinUhlenbeck(stop=-0.1), InvalidArgumentError, "stop = -0.1: is out of range"),
    "horizon zero": (lambda: gc.OrnsteinUhlenbeck(horizon=0), InvalidArgumentError, "horizon = 0: .*number > 0"),
    "horizon infinite": (lambda: gc.OrnsteinUhlenbeck(horizon=math.inf), InvalidArgumentError, "horizon = inf"),
    "horizon NaN": (lambda: gc.OrnsteinUhlenbeck(horizon=math.nan), InvalidArgumentError, "horizon = nan"),
    "horizon a word": (
        lambda: gc.OrnsteinUhlenbeck(horizon="4"),
        InvalidArgumentError,
        "horizon = '4': is not a number",
    ),
    "horizon true": (
        lambda: gc.OrnsteinUhlenbeck(horizon=True),
        InvalidArgumentError,
        "horizon = True: is not a number",
    ),
    "horizon too large": (
        lambda: gc.OrnsteinUhlenbeck(horizon=10**400),
        InvalidArgumentError,
        "horizon = 1000.*number",
    ),
    "negative time": (
        lambda: gc.OrnsteinUhlenbeck().marginal(LAWS[0], -1.0),
        InvalidArgumentError,
        "t = -1.0: .*>= 0",
    ),
    "seed negative": (
        lambda: LAWS[0].sample(3, -1),
        InvalidArgumentError,
        "rng = -1: is out of range; accepted: an int",
    ),
    "seed a fraction": (lambda: LAWS[1].sample(3, 0.5), InvalidArgumentError, "rng = 0.5: is not an integer"),
    "seed missing": (lambda: LAWS[1].sample(3, None), InvalidArgumentError, "rng = None: is not an integer"),
    "count negative": (lambda: LAWS[0].sample(-1, 0), InvalidArgumentError, "n = -1: is out of range"),
    "count true": (lambda: LAWS[1].sample(True, 0), InvalidArgumentError, "n = True: is not an integer"),
    "point NaN": (lambda: LAWS[0].pdf([math.nan, 0.0]), InvalidArgumentError, "x = .*has NaN or infinite entries"),
    "point infinite": (lambda: LAWS[1].score([math.inf, 0.0]), InvalidArgumentError, "x = .*has NaN or infinite"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_with_its_cure(name):
    act, kind, message = BAD[name]
    with pytest.raises(kind, match=message) as caught:
        act()
    error = caught.value
    assert type(error) is kind
    assert isinstance(error, ValueError)
    assert isinstance(error, gc.GaussCollapseError)
    assert str(error).startswith(f"{error.argument} = ")
    assert "; accepted: " in str(error)
    assert "\n" not in str(error)
    assert len(str(error)) < 300
    assert error.__cause__ is None


def test_more_draws_than_fit_the_memory_are_refused():
    """2^34 draws of 64 numbers of 8 bytes are 8 TiB; the limit is 4 GiB."""
    with pytest.raises(InvalidArgumentError, match=r"n = 17179869184: needs about 8.19e\+03 GiB"):
        gc.Gaussian(np.zeros(64), np.eye(64)).sample(2**34, rng=0)


@pytest.mark.parametrize("kind", [InvalidArgumentError, DimensionMismatchError, UnknownNameError, ScenarioError])
def test_errors_survive_pickling(kind):
    error = kind("cov", np.eye(2), "is refused", "something else")
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is kind
    assert str(twin) == str(error)
    assert (twin.argument, twin.reason, twin.accepted) == ("cov", "is refused", "something else")
    np.testing.assert_array_equal(twin.value, error.value)
    plain = pickle.loads(pickle.dumps(NotSupportedError("no")))
    assert (type(plain), str(plain)) == (NotSupportedError, "no")


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (StatementError, ("id", "raised")),
        (TheoremFileError, ("mine.py", "is empty")),
        (EmptyFamilyError, ("id", 7, "matched")),
        (MissingPackageError, ("xarray", "experiments")),
        (AbsentStatisticError, ("chi2", "no grid")),
    ],
)
def test_errors_of_other_forms_survive_pickling_with_their_parts(kind, arguments):
    error = kind(*arguments)
    twin = pickle.loads(pickle.dumps(error))
    assert (type(twin), str(twin)) == (kind, str(error))
    assert all(str(part) in str(twin) for part in arguments)
    public = {name: value for name, value in vars(twin).items() if not name.startswith("_")}
    assert tuple(public.values()) == arguments


def test_unknown_names_of_the_package_are_refused():
    with pytest.raises(AttributeError, match="gausscollapse attribute Gausian"):
        _ = gc.Gausian
    assert {"Gaussian", "kl", "theorems", "check"} <= set(dir(gc))
