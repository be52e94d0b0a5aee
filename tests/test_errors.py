"""Score errors: their linear forms, their algebra, and which of them leave the data's marginals alone."""

import math

import mpmath
import numpy as np
import pytest
from scipy.linalg import null_space

import gausscollapse as gc
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError, NotSupportedError
from gausscollapse.laws.diffusion import marginal
from gausscollapse.process.errors import SumError

TIMES = (0.0, 0.02, 0.7, 5.0)


def antisymmetric(rng, dim):
    matrix = rng.standard_normal((dim, dim))
    return matrix - matrix.T


def gaussian(rng, dim):
    factor = rng.standard_normal((dim, dim))
    return gc.Gaussian(rng.standard_normal(dim), factor @ factor.T / dim + 0.2 * np.eye(dim))


def mixture(rng, dim, count=3):
    laws = [gaussian(rng, dim) for _ in range(count)]
    return gc.GaussianMixture(
        rng.dirichlet(np.full(count, 3.0)), [law.mean for law in laws], [law.cov for law in laws]
    )


def errors(rng, dim):
    affine = gc.AffineError(rng.standard_normal((dim, dim)), rng.standard_normal(dim))
    swirl = gc.SolenoidalError(antisymmetric(rng, dim), 0.7)
    amplified, realizable = gc.AmplifiedScoreError(-0.3), gc.RealizableError(gaussian(rng, dim))
    return {
        "affine": affine,
        "solenoidal": swirl,
        "amplified": amplified,
        "realizable": realizable,
        "sum": (affine + swirl).scaled(0.3) + amplified + realizable.scaled(-2.0),
    }


NAMES = ("affine", "solenoidal", "amplified", "realizable", "sum")


def by_linear_form(form, data, x, t):
    """``A x + b + R S_t^{-1}(x - m_t) + c (S_t^{-1}(x - m_t) - V_t^{-1}(x - n_t))`` by plain inverses."""
    a = math.exp(-t / 2)
    eye = np.eye(data.dim)

    def pull(mean, cov):
        return np.linalg.inv(a**2 * cov + (1.0 - a**2) * eye) @ (x - a * mean)

    value = form.matrix @ x + form.offset + form.response @ pull(data.mean, data.cov)
    if form.target is not None:
        value = value + form.share * (pull(data.mean, data.cov) - pull(form.target.mean, form.target.cov))
    return value


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dim", [1, 2, 4])
def test_errors_are_their_linear_form(name, dim):
    rng = np.random.default_rng(dim)
    data, error = gaussian(rng, dim), errors(rng, dim)[name]
    form = error.linear_form(data)
    for t in TIMES:
        points = 2.0 * rng.standard_normal((5, dim))
        expected = np.array([by_linear_form(form, data, x, t) for x in points])
        values = error.evaluate(points, t, data=data)
        assert values.shape == points.shape
        np.testing.assert_allclose(values, expected, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(error.evaluate(points[0], t, data=data), expected[0], rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", NAMES)
def test_shapes_in_one_dimension(name):
    rng = np.random.default_rng(3)
    data, error = gaussian(rng, 1), errors(rng, 1)[name]
    column = error.evaluate([[0.3], [1.0]], 0.5, data=data)
    assert column.shape == (2, 1)
    np.testing.assert_array_equal(error.evaluate([0.3, 1.0], 0.5, data=data), column[:, 0])
    assert error.evaluate(0.3, 0.5, data=data).shape == ()


@pytest.mark.parametrize("name", NAMES)
def test_scaling_and_summing_act_on_values_and_on_linear_forms(name):
    rng = np.random.default_rng(5)
    data, error = gaussian(rng, 3), errors(rng, 3)[name]
    affine = gc.AffineError(rng.standard_normal((3, 3)), rng.standard_normal(3))
    points, t = rng.standard_normal((4, 3)), 0.4
    value, other = error.evaluate(points, t, data=data), affine.evaluate(points, t, data=data)
    combined = (error.scaled(0.5) + affine).scaled(-3.0)
    np.testing.assert_allclose(combined.evaluate(points, t, data=data), -1.5 * value - 3.0 * other, rtol=1e-13)
    whole, form, part = combined.linear_form(data), error.linear_form(data), affine.linear_form(data)
    for entry in ("matrix", "offset", "response", "share"):
        expected = -1.5 * np.asarray(getattr(form, entry)) - 3.0 * np.asarray(getattr(part, entry))
        np.testing.assert_allclose(getattr(whole, entry), expected, rtol=1e-14)
    assert whole.target == form.target
    for scaled in (error.scaled(0.0), error.scaled(2.0).scaled(0.0)):
        assert np.all(scaled.evaluate(points, t, data=data) == 0.0)


def test_sums_are_flat_and_only_errors_can_be_added():
    rng = np.random.default_rng(6)
    parts = errors(rng, 2)
    total = (parts["affine"] + parts["solenoidal"]) + (parts["amplified"] + parts["realizable"]).scaled(2.0)
    assert isinstance(total, SumError)
    assert not any(isinstance(term, SumError) for _, term in total.terms)
    with pytest.raises(TypeError):
        parts["affine"] + 1.0


def largest_divergence(field, log_density, points):
    """Return the largest ``|div e + e . grad log q|`` at points (n, d), by central differences."""
    step, dim = 1e-5, points.shape[1]
    total, here = np.zeros(len(points)), field(points)
    for axis in range(dim):
        shift = step * np.eye(dim)[axis]
        ahead, behind = points + shift, points - shift
        total += (field(ahead) - field(behind))[:, axis] / (2.0 * step)
        total += here[:, axis] * (log_density(ahead) - log_density(behind)) / (2.0 * step)
    return np.max(np.abs(total))


@pytest.mark.parametrize("dim", [2, 3, 5])
@pytest.mark.parametrize("kind", ["gaussian", "mixture", "mixture with one matrix a component"])
def test_solenoidal_errors_have_no_weighted_divergence(dim, kind):
    rng = np.random.default_rng(40 + dim)
    data = gaussian(rng, dim) if kind == "gaussian" else mixture(rng, dim)
    several = kind.endswith("component")
    swirl = np.array([antisymmetric(rng, dim) for _ in range(3)]) if several else antisymmetric(rng, dim)
    for t in TIMES:
        law = marginal(data, t)
        points = law.sample(4, 1)

        def field(x, t=t):
            return gc.SolenoidalError(swirl).evaluate(x, t, data=data)

        assert np.max(np.abs(field(points))) > 0.1
        assert largest_divergence(field, law.logpdf, points) < 1e-6
        # The control: the same matrices with a symmetric part leak.
        leak = gc.SolenoidalError(swirl) + gc.AffineError(0.01 * np.eye(dim), np.zeros(dim))
        assert largest_divergence(lambda x, t=t, e=leak: e.evaluate(x, t, data=data), law.logpdf, points) > 1e-3


def test_the_unweighted_sum_is_the_wrong_field_and_plain_divergence_the_wrong_condition():
    """A teaching case: fields that look invisible on a mixture and are not, and one that is and does not look so."""
    data = gc.GaussianMixture(
        [0.5, 0.5], [[-1.0, 0.0], [1.0, 0.5]], [[[0.5, 0.1], [0.1, 0.3]], [[0.4, 0.0], [0.0, 1.0]]]
    )
    swirl = np.array([[0.0, 1.0], [-1.0, 0.0]])
    rates = (1.0, -2.0)
    points = data.sample(6, 2)

    def plain_sum(x):
        # Every term is invisible for its own component; their plain sum is not for the mixture.
        terms = zip(rates, data.means, data.covs, strict=True)
        return sum(rate * (x - m) @ np.linalg.inv(s) @ swirl.T for rate, m, s in terms)

    def rotation(x):
        # Its plain divergence is 0 everywhere, which says nothing about the data's marginal.
        return (x - data.mean) @ swirl.T

    def weighted_sum(x):
        return gc.SolenoidalError([rate * swirl for rate in rates]).evaluate(x, 0.0, data=data)

    fields = (plain_sum, rotation, weighted_sum)
    plain = [largest_divergence(field, lambda x: np.zeros(len(x)), points) for field in fields]
    weighted = [largest_divergence(field, data.logpdf, points) for field in fields]
    assert plain[0] < 1e-8
    assert plain[1] < 1e-8
    assert plain[2] > 0.1
    assert weighted[0] > 0.1
    assert weighted[1] > 0.1
    assert weighted[2] < 1e-6


def test_the_mixture_field_at_thirty_digits():
    """``div(q e) = 0`` by mpmath derivatives of the textbook expression, and the value of the field itself."""
    weights, means = (0.25, 0.75), ((-1.0, 0.5), (1.0, 0.0))
    precisions = (((2.0, 0.5), (0.5, 1.0)), ((1.0, 0.0), (0.0, 4.0)))
    rates = (1.5, -0.5)
    data = gc.GaussianMixture(weights, means, [np.linalg.inv(p) for p in precisions])
    error = gc.SolenoidalError([[[0.0, r], [-r, 0.0]] for r in rates])

    def parts(x, y):
        for w, m, p, r in zip(weights, means, precisions, rates, strict=True):
            u, v = x - m[0], y - m[1]
            pu, pv = p[0][0] * u + p[0][1] * v, p[1][0] * u + p[1][1] * v
            det = p[0][0] * p[1][1] - p[0][1] ** 2
            density = w * mpmath.sqrt(det) / (2 * mpmath.pi) * mpmath.exp(-(u * pu + v * pv) / 2)
            yield density, r * pv, -r * pu

    def flow(axis):
        return lambda x, y: mpmath.fsum(part[0] * part[1 + axis] for part in parts(x, y))

    with mpmath.workdps(30):
        for x, y in ((0.3, -0.7), (-1.2, 0.4), (2.0, 1.0)):
            divergence = mpmath.diff(flow(0), (x, y), (1, 0)) + mpmath.diff(flow(1), (x, y), (0, 1))
            assert abs(divergence) < mpmath.mpf(10) ** -15
            density = mpmath.fsum(part[0] for part in parts(x, y))
            expected = [float(flow(axis)(x, y) / density) for axis in (0, 1)]
            np.testing.assert_allclose(error.evaluate([x, y], 0.0, data=data), expected, rtol=1e-13)


def test_one_component_and_equal_components_agree_with_the_gaussian():
    rng = np.random.default_rng(11)
    law, swirl = gaussian(rng, 3), antisymmetric(rng, 3)
    points = rng.standard_normal((5, 3))
    twins = gc.GaussianMixture([0.3, 0.7], [law.mean, law.mean], law.cov)
    single = gc.GaussianMixture([1.0], [law.mean], law.cov)
    for error in (gc.SolenoidalError(swirl), gc.AmplifiedScoreError(0.4), gc.RealizableError(gaussian(rng, 3))):
        expected = error.evaluate(points, 0.3, data=law)
        for data in (twins, single):
            np.testing.assert_allclose(error.evaluate(points, 0.3, data=data), expected, rtol=1e-11, atol=1e-12)


def test_a_realizable_error_makes_the_learned_score_the_targets_score():
    rng = np.random.default_rng(12)
    data, target = mixture(rng, 2), mixture(rng, 2, 2)
    points = rng.standard_normal((5, 2))
    for t in TIMES:
        learned = marginal(data, t).score(points) + gc.RealizableError(target).evaluate(points, t, data=data)
        np.testing.assert_allclose(learned, marginal(target, t).score(points), rtol=1e-12, atol=1e-12)
    assert np.all(gc.RealizableError(data).evaluate(points, 0.5, data=data) == 0.0)


def test_in_one_dimension_no_solenoidal_error_is_left():
    data = gc.Gaussian(0.0, 1.0)
    assert null_space(np.array([[2.0]])).size == 0
    assert gc.SolenoidalError(0.0).evaluate([1.0, 2.0], 0.5, data=data).tolist() == [0.0, 0.0]


RNG = np.random.default_rng(0)
PLANE = gc.Gaussian([0.0, 0.0], np.eye(2))
PAIR = gc.GaussianMixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], np.eye(2))
SPACE = np.zeros((3, 3))
BAD = {
    "offset NaN": (lambda: gc.AffineError(np.eye(2), [0.0, math.nan]), InvalidArgumentError, "offset = .*NaN"),
    "matrix infinite": (lambda: gc.AffineError([[math.inf]], 0.0), InvalidArgumentError, "matrix = .*infinite"),
    "matrix and offset": (
        lambda: gc.AffineError(np.eye(2), 0.0),
        DimensionMismatchError,
        r"matrix = .*has dimension 2; accepted: a matrix of shape \(1, 1\)",
    ),
    "not antisymmetric": (
        lambda: gc.SolenoidalError(np.eye(2)),
        InvalidArgumentError,
        r"antisymmetric = .*is not antisymmetric \(largest sum 2\); accepted: a matrix Q with Q.T == -Q",
    ),
    "one of several not antisymmetric": (
        lambda: gc.SolenoidalError([np.zeros((2, 2)), np.eye(2)]),
        InvalidArgumentError,
        r"antisymmetric\[1\] = ",
    ),
    "antisymmetric not square": (
        lambda: gc.SolenoidalError(np.zeros((2, 3))),
        InvalidArgumentError,
        r"antisymmetric = .*\(d, d\)",
    ),
    "no matrix": (lambda: gc.SolenoidalError(np.zeros((0, 2, 2))), InvalidArgumentError, "antisymmetric = "),
    "scale NaN": (lambda: gc.SolenoidalError(SPACE, math.nan), InvalidArgumentError, "scale = nan: is not finite"),
    "factor a word": (lambda: gc.AmplifiedScoreError("big"), InvalidArgumentError, "factor = 'big': is not a number"),
    "factor infinite": (lambda: gc.AffineError(1.0, 1.0).scaled(math.inf), InvalidArgumentError, "factor = inf"),
    "sum scaled by NaN": (
        lambda: (gc.AffineError(1.0, 1.0) + gc.AmplifiedScoreError(1.0)).scaled(math.nan),
        InvalidArgumentError,
        "factor = nan",
    ),
    "target no law": (lambda: gc.RealizableError(3.0), InvalidArgumentError, "target = 3.0: .*a Gaussian or a"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_with_its_cure(name):
    act, kind, message = BAD[name]
    with pytest.raises(kind, match=message) as caught:
        act()
    assert type(caught.value) is kind
    assert "accepted: " in str(caught.value)


WRONG_DIMENSION = {
    "affine": gc.AffineError(SPACE, np.zeros(3)),
    "solenoidal": gc.SolenoidalError(SPACE),
    "realizable": gc.RealizableError(gc.Gaussian(0.0, 1.0)),
    "sum": gc.AffineError(SPACE, np.zeros(3)) + gc.AmplifiedScoreError(1.0),
}


@pytest.mark.parametrize("data", [PLANE, PAIR], ids=["gaussian", "mixture"])
@pytest.mark.parametrize("name", WRONG_DIMENSION)
def test_an_error_of_another_dimension_is_refused_by_name(name, data):
    error = WRONG_DIMENSION[name]
    message = r"error = [13]: has dimension [13]; accepted: dimension 2, as the data"
    with pytest.raises(DimensionMismatchError, match=message):
        error.evaluate(np.zeros((1, 2)), 0.1, data=data)
    with pytest.raises(DimensionMismatchError, match=message):
        gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(), error)
    if data is PLANE:
        with pytest.raises(DimensionMismatchError, match=message):
            error.linear_form(data)


def test_points_of_another_dimension_are_refused_by_name():
    error = gc.AffineError(np.eye(2), np.zeros(2))
    with pytest.raises(DimensionMismatchError, match=r"x = .*points of shape \(n, 2\)"):
        error.evaluate(np.zeros((1, 3)), 0.1, data=PLANE)


def test_one_matrix_a_component_must_fit_the_mixture():
    three = gc.SolenoidalError(np.zeros((3, 2, 2)))
    with pytest.raises(DimensionMismatchError, match="has 3 matrices; accepted: one matrix, or 2, one a component"):
        three.evaluate(np.zeros((1, 2)), 0.1, data=PAIR)
    with pytest.raises(DimensionMismatchError, match="antisymmetric"):
        three.linear_form(PLANE)


def test_two_targets_and_mixture_targets_have_no_linear_form():
    first, second = gc.RealizableError(gc.Gaussian([1.0, 0.0], np.eye(2))), gc.RealizableError(PLANE)
    with pytest.raises(NotSupportedError, match="needs one common target; accepted: one target"):
        (first + second).linear_form(PLANE)
    assert (first + first).linear_form(PLANE).share == 2.0
    with pytest.raises(NotSupportedError, match="mixture target is not affine; accepted: a Gaussian"):
        gc.RealizableError(PAIR).linear_form(PLANE)


def test_errors_are_frozen():
    error = gc.AffineError(np.eye(2), np.zeros(2))
    with pytest.raises(AttributeError):
        error.offset = np.ones(2)
    with pytest.raises(ValueError, match="read-only"):
        error.matrix[0, 0] = 2.0
