"""Path functionals by simulation: M, [M] and Z under the ideal law, against the exact moments.

With data N(0, I) the ideal reverse process is the stationary Ornstein-Uhlenbeck process ``dY = -Y/2 ds + dB``,
whose transitions, jointly with the increments of B, are sampled exactly. The stochastic integral is a left sum and
the time integral a trapezoid; at this step their bias is below a tenth of a standard error. Each comparison is a
z-score with a two-sided false-alarm probability of 1e-6 (|z| < 4.9).
"""

import math

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.sampling.paired import paired_energy
from gausscollapse.sampling.regression import regressed_chi2

LIMIT = 4.9
PATHS, STEPS = 40_000, 200
HORIZON, STOP = 1.5, 0.1
MATRIX = np.array([[0.12, 0.2], [-0.1, -0.15]])
OFFSET = np.array([0.15, -0.1])


@pytest.fixture(scope="module")
def process():
    data = gc.Gaussian(np.zeros(2), np.eye(2))
    return gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(horizon=HORIZON, stop=STOP), gc.AffineError(MATRIX, OFFSET))


@pytest.fixture(scope="module")
def paths():
    """Return M, [M] and the endpoint of each path."""
    rng = np.random.default_rng(20261124)
    h = (HORIZON - STOP) / STEPS
    decay = math.exp(-h / 2)
    # Y_{k+1} = decay Y_k + xi with Var xi = 1 - decay^2, Cov(xi, dB) = int exp(-(h - s)/2) ds = 2 (1 - decay).
    covariance = np.array([[1.0 - decay**2, 2.0 * (1.0 - decay)], [2.0 * (1.0 - decay), h]])
    factor = np.linalg.cholesky(covariance)
    y = rng.standard_normal((PATHS, 2))
    martingale, variation = np.zeros(PATHS), np.zeros(PATHS)
    error = y @ MATRIX.T + OFFSET
    for _ in range(STEPS):
        xi, increment = np.einsum("ij,jnd->ind", factor, rng.standard_normal((2, PATHS, 2)))
        martingale += np.sum(error * increment, axis=1)
        before = np.sum(error**2, axis=1)
        y = decay * y + xi
        error = y @ MATRIX.T + OFFSET
        variation += 0.5 * h * (before + np.sum(error**2, axis=1))
    return martingale, variation, y


def z_score(sample, expected):
    return (np.mean(sample) - expected) / (np.std(sample, ddof=1) / math.sqrt(sample.size))


def cases(process, paths):
    martingale, variation, endpoint = paths
    log_density = martingale - 0.5 * variation
    energy, learned = float(process.ideal_energy()), float(process.learned_energy())
    constants = process.remainder_constants()
    rest = np.expm1(log_density) - log_density
    tangent_mean, tangent_cov = (part[0] for part in process.statistics.tangent)
    # Data N(0, I): the eigenbasis of the statistics may be any; turn the endpoint into it.
    z = endpoint @ process.statistics.batch.rotation[0]
    u = z @ tangent_mean + 0.5 * (np.einsum("ni,ij,nj->n", z, tangent_cov, z) - np.trace(tangent_cov))
    return {
        "E [M] = eps*^2": (variation, energy),
        "E M^2 = eps*^2": (martingale**2, energy),
        "E [M]^2 = K eps*^4": (variation**2, float(constants.quadratic_variation) * energy**2),
        "E exp Z = 1": (np.exp(log_density), 1.0),
        "E M exp Z = eps^^2": (martingale * np.exp(log_density), learned),
        "E exp 2Z = 1 + path chi2": (np.exp(2.0 * log_density), 1.0 + float(process.path_chi2())),
        "E (exp Z - 1 - Z)^2 = C' eps*^4": (rest**2, float(constants.taylor) * energy**2),
        "E (exp Z - 1 - M)^2 = rho": (
            (np.expm1(log_density) - martingale) ** 2,
            float(process.statistics.martingale_remainder[0]),
        ),
        "E M u = eta eps*^2": (martingale * u, float(process.observed_energy())),
        "E u^2 = eta eps*^2": (u**2, float(process.observed_energy())),
        "E (M - u) y1 = 0": ((martingale - u) * z[:, 0], 0.0),
        "E (M - u) y1 y2 = 0": ((martingale - u) * z[:, 0] * z[:, 1], 0.0),
        "E (M - u) (y2^2 - 1) = 0": ((martingale - u) * (z[:, 1] ** 2 - 1.0), 0.0),
    }


def test_exact_moments_agree_with_simulation(process, paths):
    scores = {name: z_score(*pair) for name, pair in cases(process, paths).items()}
    assert all(abs(score) < LIMIT for score in scores.values()), scores


def test_the_same_test_sees_an_error_of_eight_percent(process, paths):
    """A process whose error is 8 % larger fails: the comparison has power."""
    other = gc.ReverseProcess(process.data, process.diffusion, process.error.scaled(1.08))
    scores = {name: z_score(*pair) for name, pair in cases(other, paths).items()}
    for name in ("E [M] = eps*^2", "E M^2 = eps*^2", "E [M]^2 = K eps*^4", "E u^2 = eta eps*^2"):
        assert abs(scores[name]) > LIMIT or "u^2" in name, (name, scores[name])
    assert max(abs(score) for score in scores.values()) > 10.0


def test_pairs_of_forward_paths_estimate_the_observed_energy():
    """``E u^2`` without bias in the linear case, where it is known; the ideal energy would be refused."""
    data = gc.Gaussian([0.5, 0.0], [[1.0, 0.3], [0.3, 0.5]])
    other = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.1), gc.AffineError(MATRIX, OFFSET))
    found = paired_energy(other, 20_000, 3)
    assert abs(found.value - float(other.observed_energy())) < LIMIT * found.standard_error
    assert abs(found.value - float(other.ideal_energy())) > LIMIT * found.standard_error


def test_regressed_weights_estimate_chi_squared_from_below():
    """A constant offset has ``chi2 = exp(eta eps*^2) - 1``, nearly reached by quadratics; never exceeded."""
    data = gc.Gaussian([0.0, 0.0], np.eye(2))
    other = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(2.0, 0.1), gc.AffineError(np.zeros((2, 2)), [0.3, 0.0]))
    run = gc.simulate(other, 20_000, 300, 5, law="ideal", functionals=True)
    exact = float(other.chi2())
    found = regressed_chi2(other, run)
    assert found.value < exact + LIMIT * found.standard_error
    assert found.value > 0.9 * exact - LIMIT * found.standard_error
    assert found.value > LIMIT * found.standard_error
