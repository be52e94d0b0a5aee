"""The error budget against quadrature of the drift's difference, taken from the joint law of two times."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

import gausscollapse as gc

SCHEMES = {"euler-maruyama": 0.5, "exponential": 0.0, "relative": 1.0, 0.3: 0.3, "martingale": None}
DATA = gc.Gaussian([0.7, -0.3], [[0.3, 0.2], [0.2, 1.5]])
DIFFUSION = gc.OrnsteinUhlenbeck(2.0, 0.05)
ERROR = gc.AffineError([[0.1, 0.4], [0.0, 0.2]], [0.2, 0.1])
MODES = gc.GaussianMixture([0.3, 0.7], [-1.0, 0.6], [0.1, 0.3])
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)


def gaussian_square(linear, error, high, low):
    """Return E of the drift's squared difference, from the covariance of (X_t, X_k)."""
    r, eye = np.exp(-0.5 * (high - low)), np.eye(2)
    S, S_k = (np.exp(-t) * DATA.cov - np.expm1(-t) * eye for t in (low, high))
    m, m_k = (np.exp(-0.5 * t) * DATA.mean for t in (low, high))
    P, P_k = np.linalg.inv(S), np.linalg.inv(S_k)
    A, b = error.matrix, error.offset
    if linear is None:
        late, const = r * (-P_k + A), r * (P_k @ m_k + b)
        early, const = -P, const - P @ m
    else:
        late, const = -P_k + A + linear * eye, P_k @ m_k + b
        early, const = -P + linear * eye, const - P @ m
    mean = late @ m_k - early @ m + const
    cross = r * late @ S @ early.T
    return mean @ mean + np.trace(late @ S_k @ late.T + early @ S @ early.T - cross - cross.T)


def mixture_square(linear, error, high, low):
    """Return the same for the mixture on the line: trapezoid over X_t, Gauss-Hermite over X_k given X_t."""
    r, now, before = np.exp(-0.5 * (high - low)), DIFFUSION.marginal(MODES, low), DIFFUSION.marginal(MODES, high)
    x = np.linspace(-8, 8, 641)
    y = r * x[:, None] + np.sqrt(1 - r * r) * NODES
    e = error.evaluate(y.reshape(-1, 1), high, data=MODES).reshape(y.shape)
    late, early = before.score(y.reshape(-1, 1)).reshape(y.shape) + e, now.score(x[:, None])
    gap = r * late - early if linear is None else late + linear * y - early - linear * x[:, None]
    inner = gap**2 @ (WEIGHTS / WEIGHTS.sum())
    return np.sum(inner * now.pdf(x[:, None])) * (x[1] - x[0])


def total(square, linear, error, times):
    pairs = list(pairwise(times))
    nodes, weights = np.polynomial.legendre.leggauss(10)
    return sum(
        0.25 * (a - b) * w * square(linear, error, a, a - 0.5 * (a - b) * (1 + x))
        for a, b in pairs
        for x, w in zip(nodes, weights, strict=True)
    )


@pytest.mark.parametrize("scheme", list(SCHEMES))
@pytest.mark.parametrize("grid", ["quadratic", "optimal"])
def test_a_gaussian_budget_is_the_quadrature_of_the_drifts_difference(scheme, grid):
    process = gc.ReverseProcess(DATA, DIFFUSION, ERROR)
    found = gc.error_budget(process, 6, grid=grid, scheme=scheme)
    times = gc.discrete_law(process, 6, grid=grid, scheme=scheme).times
    none = gc.AffineError(np.zeros((2, 2)), [0, 0])
    alone = total(gaussian_square, SCHEMES[scheme], none, times)
    both = total(gaussian_square, SCHEMES[scheme], ERROR, times)
    assert float(found.discretisation) == pytest.approx(alone, rel=1e-9)
    assert float(found.score) == pytest.approx(both - alone, rel=1e-8, abs=1e-10)
    assert float(found.discretisation) != pytest.approx(1.001 * alone, rel=1e-9)


@pytest.mark.parametrize("scheme", list(SCHEMES))
def test_a_mixtures_budget_is_too(scheme):
    error = gc.RealizableError(gc.GaussianMixture([0.4, 0.6], [-0.9, 0.6], [0.1, 0.3]))
    process = gc.ReverseProcess(MODES, DIFFUSION, error)
    found = gc.error_budget(process, 2, grid="quadratic", scheme=scheme)
    times = gc.time_grid(DIFFUSION, 2, "quadratic")
    alone = total(mixture_square, SCHEMES[scheme], gc.AffineError(0.0, 0.0), times)
    both = total(mixture_square, SCHEMES[scheme], error, times)
    assert float(found.discretisation) == pytest.approx(alone, rel=1e-7)
    assert float(found.score) == pytest.approx(both - alone, rel=1e-6)


def test_one_gaussian_written_as_two_has_the_same_budget_by_quadrature():
    error = gc.AffineError(0.2, 0.1)
    one = gc.ReverseProcess(gc.Gaussian(0.7, 0.25), DIFFUSION, error, start="standard-normal")
    two = gc.ReverseProcess(
        gc.GaussianMixture([0.3, 0.7], [0.7, 0.7], [0.25, 0.25 + 1e-13]), DIFFUSION, error, "standard-normal"
    )
    for scheme in SCHEMES:
        a, b = (gc.error_budget(process, 20, scheme=scheme) for process in (one, two))
        for left, right in ((a.discretisation, b.discretisation), (a.score, b.score), (a.start, b.start)):
            assert float(left) == pytest.approx(float(right), rel=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_the_endpoint_is_within_its_budget_and_not_within_half_of_it_always(seed):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((2, 2))
    data = gc.Gaussian(rng.standard_normal(2), root @ root.T + 0.1 * np.eye(2))
    error = gc.AffineError(0.2 * rng.standard_normal((2, 2)), 0.2 * rng.standard_normal(2))
    process = gc.ReverseProcess(
        data, gc.OrnsteinUhlenbeck(rng.uniform(1, 4), rng.uniform(0.01, 0.2)), error, "standard-normal"
    )
    for scheme in SCHEMES:
        bound = gc.error_budget(process, 30, grid="quadratic", scheme=scheme).total
        assert bool(
            gc.kl(process.ideal_endpoint(), gc.discrete_law(process, 30, grid="quadratic", scheme=scheme).endpoint)
            <= bound
        )


def test_the_optimal_grid_is_the_best_and_predicted():
    data = gc.Gaussian([0, 0], np.diag([0.05, 2.0]))
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(4.0, 0.02), gc.AffineError(np.zeros((2, 2)), [0, 0]))
    costs = {grid: float(gc.error_budget(process, 200, grid=grid).discretisation)
             for grid in ("optimal", "quadratic", "logarithmic", "uniform", "log-snr")}  # fmt: skip
    assert min(costs, key=costs.get) == "optimal"
    # int sqrt(sum (1/2 - 1/l_t)^2) dt, in closed form of the roots by adaptive quadrature
    area = quad(
        lambda t: np.sqrt(sum((0.5 - 1 / (v * np.exp(-t) - np.expm1(-t))) ** 2 for v in (0.05, 2.0))), 0.02, 4.0
    )[0]
    assert costs["optimal"] == pytest.approx(area**2 / 800, rel=0.02)


def test_the_optimal_grid_of_a_mixture_beats_the_others():
    process = gc.ReverseProcess(MODES, DIFFUSION, gc.AffineError(0.0, 0.0))
    costs = [float(gc.error_budget(process, 40, grid=grid, scheme="exponential").discretisation)
             for grid in ("optimal", "quadratic", "logarithmic", "uniform", "log-snr")]  # fmt: skip
    assert costs[0] == min(costs)


@pytest.mark.parametrize(
    "call",
    [
        lambda p: gc.error_budget(p, 5, scheme="ancestral"), lambda p: gc.error_budget(p, 0),
        lambda p: gc.error_budget(p, 2, grid=[1.0, 1.5, 0.1]), lambda p: gc.error_budget(p, 5, grid="best"),
        lambda p: gc.error_budget(p, 5, scheme=[0.1, 0.2]),
        lambda p: gc.error_budget(
            gc.ReverseProcess(gc.GaussianMixture([0.5, 0.5], np.eye(2), np.eye(2)), DIFFUSION, ERROR), 5
        ),
    ],
)  # fmt: skip
def test_what_has_no_budget_is_refused_in_one_line(call):
    process = gc.ReverseProcess(gc.Gaussian(0, 1), DIFFUSION, gc.AffineError(0.0, 0.1))
    with pytest.raises(gc.GaussCollapseError) as problem:
        call(process)
    assert "accepted" in str(problem.value)
    assert "\n" not in str(problem.value)
