"""What theory expects of runs on finite samples: moments, drift and diversity of learners whose law is known.

With beta = 1 - alpha, training sets of alpha n fresh samples and beta n of the model, and M, V the expected outer
square of the error of the mean and the expected covariance of the model:

- Gaussian maximum likelihood and kernel density (*own*, exact at every n):
  ``M' = alpha S/n + beta^2 M + beta V/n`` and ``V' = alpha S + beta (V + M) - M' (+ h^2 I)``.
- Gaussian maximum likelihood (*own*, first order in 1/n): innovations are orthogonal with energy ``d (d + 3)/(2 n)``:
  ``E D_i = d (d + 3)/(2 n) (1 - beta^{2 i})/(1 - beta^2)``, in the long run ``d (d + 3)/(2 n alpha (2 - alpha))``.
- Kernel density on modes that do not touch (*own*, exact): weights of the modes drift as gene frequencies do under
  immigration (Wright 1931), ``E sum w'^2 = (alpha^2 + 2 alpha beta) sum p^2 + beta^2 E sum w^2 + (alpha (1 - sum p^2)
  + beta (1 - E sum w^2))/n``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.divergences.divergence import kl
from gausscollapse.lab.experiment import Measurement
from gausscollapse.lab.generation_settings import FiniteSampleSettings
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.learners import GaussianLearner, InjectedLearner, KernelDensityLearner
from gausscollapse.retraining.running import retrain
from gausscollapse.retraining.trajectory import Trajectory

# Two modes do not touch where their means are so many standard deviations of the widest model apart.
SEPARATION = 8.0
# Beyond this drift the first order in 1/n is not to be trusted, and nothing is said.
FIRST_ORDER = 0.1
# Confidence of an interval of one standard error on either side.
ONE_ERROR = 0.6826894921370859


def expected_covariances(cov: Array, fresh: float, n: int, generations: int, bandwidth: float = 0.0) -> Array:
    """Return the expected covariances of models 0..N, shape (N + 1, d, d), of maximum likelihood or kernel density.

    Parameters
    ----------
    cov : ndarray, shape (d, d)
        Covariance of the data.
    fresh : float
        Fresh fraction alpha.
    n : int
        Size of the training sets.
    generations : int
        N.
    bandwidth : float
        h; 0 for maximum likelihood.
    """
    keep = 1.0 - fresh
    added = bandwidth**2 * np.eye(cov.shape[0])
    mean, spread = np.zeros_like(cov), cov
    result = [spread]
    for _ in range(generations):
        moved = fresh * cov / n + keep**2 * mean + keep * spread / n
        spread = fresh * cov + keep * (spread + mean) - moved + added
        mean = moved
        result.append(spread)
    return np.array(result)


def expected_drift(dim: int, fresh: float, n: int, generations: int) -> Array:
    """Return ``E chi2(p^_i || p)`` of Gaussian maximum likelihood to first order in 1/n, shape (N + 1,)."""
    powers = (1.0 - fresh) ** (2.0 * np.arange(generations))
    return np.concatenate([[0.0], dim * (dim + 3) / (2.0 * n) * np.cumsum(powers)])


def accumulated_drift(dim: int, n: int, generations: int) -> Array:
    """Return ``E chi2(p^_i || p)`` of Gaussian maximum likelihood on all data so far, to first order in 1/n.

    A batch moves the mean of the pile by its error over the number of batches: ``d (d + 3)/(2 n) sum 1/j^2``.
    """
    squares = 1.0 / np.arange(1.0, generations + 1.0) ** 2
    return np.concatenate([[0.0], dim * (dim + 3) / (2.0 * n) * np.cumsum(squares)])


def _of_accumulated(spec: FiniteSampleSettings) -> dict[str, Measurement]:
    """Return expectations of one Gaussian by maximum likelihood on the first samples and all of the models."""
    drift = accumulated_drift(spec.data.dim, spec.samples, spec.generations)
    if not isinstance(spec.data, Gaussian) or spec.fresh_count or drift[-1] > FIRST_ORDER:
        return {}
    words = "d (d + 3)/(2 n) sum 1/j^2: first order in 1/n"
    found = {"chi2_expected": Measurement(("generation",), drift, words)}
    words = "half of the expected chi-squared divergence"
    return found | {"kl_expected": Measurement(("generation",), 0.5 * drift, words, "nats")}


def expected_diversity(weights: Array, fresh: float, n: int, generations: int) -> Array:
    """Return ``E(1 - sum_k w_k^2)`` of the weights of modes of models 0..N, shape (N + 1,)."""
    keep, base = 1.0 - fresh, float(np.sum(weights**2))
    square = base
    result = [1.0 - square]
    for _ in range(generations):
        noise = (fresh * (1.0 - base) + keep * (1.0 - square)) / n
        square = (fresh**2 + 2.0 * fresh * keep) * base + keep**2 * square + noise
        result.append(1.0 - square)
    return np.array(result)


def _untouched(spec: FiniteSampleSettings, bandwidth: float) -> bool:
    """Return whether the modes of the data stay apart for all generations of kernel density."""
    gaps = np.linalg.norm(spec.data.means[:, None] - spec.data.means[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    widest = float(np.max(np.linalg.eigvalsh(spec.data.covs))) + spec.generations * bandwidth**2
    return bool(np.min(gaps) > SEPARATION * np.sqrt(widest))


@lru_cache(maxsize=64)
def _population_kl(law: Law, data: Law) -> tuple[float, float]:
    """Return KL and its standard error; that of quadrature is the half width of its interval."""
    if data.dim <= 2:
        found = kl(law, data, method="quadrature", tolerance=1e-5)
    else:
        found = kl(law, data, method="monte-carlo", draws=1 << 19, confidence=ONE_ERROR)
    return float(found), 0.5 * float(found.width)


def _variance(covs: Array, words: str) -> Measurement:
    return Measurement(("generation", "coordinate"), np.einsum("gii->gi", covs), words, "length^2")


def _of_population(spec: FiniteSampleSettings, exact: Trajectory) -> dict[str, Measurement]:
    """Return what the exact trajectory of a population learner has."""
    found = {"variance_expected": _variance(exact.covs, "variance of the population model")}
    if spec.measure.divergences:
        later = [_population_kl(law, spec.data) for law in exact.models[1:]]
        values, errors = np.array([(0.0, 0.0), *later]).T
        words = "KL of the population model from the data"
        found["kl_expected"] = Measurement(("generation",), values, words, "nats")
        words = f"standard error, of all runs: {words}"
        found["kl_expected_error"] = Measurement(("generation",), errors, words, "nats")
        # No expectation of what is measured, which moments of finitely many draws push up.
        distances = np.array([float(value) for value in exact.wasserstein2])
        words = "2-Wasserstein distance of the moment-matched Gaussians of population model and data"
        found["wasserstein2_population"] = Measurement(("generation",), distances, words, "length")
    return found


def _of_maximum_likelihood(spec: FiniteSampleSettings) -> dict[str, Measurement]:
    """Return expectations of one Gaussian by maximum likelihood: exact moments, drift to first order in 1/n."""
    n, fresh, count, dim = spec.samples, spec.fresh_fraction, spec.generations, spec.data.dim
    covs = expected_covariances(spec.data.cov, fresh, n, count)
    found = {"variance_expected": _variance(covs, "expected variance of the model, exact")}
    drift = expected_drift(dim, fresh, n, count)
    if not isinstance(spec.data, Gaussian) or drift[-1] > FIRST_ORDER:
        return found
    words = "d (d + 3)/(2 n) (1 - b^(2 i))/(1 - b^2), b = 1 - alpha: first order in 1/n"
    found["chi2_expected"] = Measurement(("generation",), drift, words)
    words = "half of the expected chi-squared divergence"
    found["kl_expected"] = Measurement(("generation",), 0.5 * drift, words, "nats")
    if spec.measure.correlations:
        energies, words = np.full(count, dim * (dim + 3) / (2.0 * n)), "d (d + 3)/(2 n): first order in 1/n"
        found["innovation_energy_expected"] = Measurement(("innovation",), energies, words)
        if count > 1:
            words = "orthogonal to first order in 1/n"
            found["innovation_product_expected"] = Measurement(("pair",), np.zeros(count - 1), words)
    return found


def _of_injected(spec: FiniteSampleSettings, learner: InjectedLearner) -> dict[str, Measurement]:
    """Return the deterministic truth of an error that is added to a fitted Gaussian: the run of infinite samples."""
    if learner.components > 1 or not isinstance(spec.data, Gaussian) or spec.sampler.start != "marginal":
        return {}
    run = retrain(
        spec.data, fresh=spec.fresh_fraction, step=learner.error, generations=spec.generations,
        workflow=spec.workflow, diffusion=spec.diffusion, refit="gaussian",
    )  # fmt: skip
    found = {"variance_expected": _variance(run.covs, "variance of the model, of infinitely many samples")}
    words = "KL of the model from the data, of infinitely many samples"
    values = np.array([float(value) for value in run.kl()])
    return found | {"kl_population": Measurement(("generation",), values, words, "nats")}


def _of_kernel_density(spec: FiniteSampleSettings, bandwidth: float) -> dict[str, Measurement]:
    """Return expectations of kernel density on all samples, exact at every n."""
    n, fresh, count = spec.samples, spec.fresh_fraction, spec.generations
    covs = expected_covariances(spec.data.cov, fresh, n, count, bandwidth)
    found = {"variance_expected": _variance(covs, "expected variance of the model, exact")}
    if spec.measure.modes and _untouched(spec, bandwidth):
        diversity = expected_diversity(spec.data.weights, fresh, n, count)
        words = "drift of gene frequencies with immigration, exact"
        found["mode_diversity_expected"] = Measurement(("generation",), diversity, words)
    return found


def expected(spec: FiniteSampleSettings, exact: Trajectory | None) -> dict[str, Measurement]:
    """Return what theory says of the measurements of a run, by the names that figures look for."""
    learner = spec.learner
    if isinstance(learner, InjectedLearner):
        return _of_injected(spec, learner)
    if exact is not None:
        return _of_population(spec, exact)
    likelihood = isinstance(learner, GaussianLearner) and learner.shrinkage == "none"
    if spec.sampling == "exact" and likelihood and spec.workflow.kind == "accumulate":
        return _of_accumulated(spec)
    if not spec.workflow.last_model:
        return {}
    if spec.sampling == "exact" and likelihood:
        return _of_maximum_likelihood(spec)
    if spec.sampling == "exact" and isinstance(learner, KernelDensityLearner) and learner.centres is None:
        return _of_kernel_density(spec, learner.bandwidth)
    return {}
