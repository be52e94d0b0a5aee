"""KL, chi-squared and 2-Wasserstein of a learned model to the data: from its law if known, else from draws."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import digamma, gammaln

from gausscollapse.core.validation import Array
from gausscollapse.divergences.divergence import chi2, kl
from gausscollapse.divergences.finiteness import decide
from gausscollapse.lab.generation_settings import FiniteSampleSettings, PopulationKernelDensity
from gausscollapse.lab.learned_generation import LearnedGeneration
from gausscollapse.lab.transport import gelbrich, mixture_transport
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.learners import KernelDensityModel
from gausscollapse.sampling.estimates import ERRORS, estimate

NEIGHBOURS = 4
CHUNK = 4096
# Of the expansions of chi-squared from samples: squares of more coordinates than this have no cross terms.
CROSS_TERMS = 16
# Training samples that a density is made of.
MOST_CENTRES = 20_000


def in_pieces(function: Callable[[Array], np.ndarray], points: Array) -> np.ndarray:
    """Return what a function gives of points (n, d), in pieces that bound the memory, shape (n,)."""
    return np.concatenate([function(points[i : i + CHUNK]) for i in range(0, points.shape[0], CHUNK)])


def divergences(
    spec: FiniteSampleSettings, generation: LearnedGeneration, mean: Array, cov: Array, key: int
) -> dict[str, Array | float]:
    """Return each divergence of a model with moments `mean` (d,) and `cov` (d, d), and both ends of its interval."""
    data, law = spec.data, generation.law
    points = generation.draws[: spec.measure.density_points]
    found: dict[str, Array | float] = {}
    if law is data:
        found |= {f"{name}{end}": 0.0 for name in ("kl", "chi2", "wasserstein2") for end in ("", "_lower", "_upper")}
        return found
    for name, (value, low, high) in (
        ("kl", _kl(spec, generation, points, key)),
        ("chi2", _chi2(spec, generation, points, key)),
    ):
        found |= {name: value, f"{name}_lower": low, f"{name}_upper": high}
    near = gelbrich(mean, cov, data.mean, data.cov)
    far = math.inf if law is None else max(near, mixture_transport(law, data))
    return found | {"wasserstein2": near, "wasserstein2_lower": near, "wasserstein2_upper": far}


def _kl(
    spec: FiniteSampleSettings, generation: LearnedGeneration, points: Array, key: int
) -> tuple[float, float, float]:
    """Return KL of model and data with an interval.

    A population kernel density: see `_held_out`, for its own density is what theory expects. Exact draws of a known
    law: the divergence of the laws, in closed form, by quadrature or Monte Carlo. Else the mean over draws of
    ``log p^/p``, with five standard errors; where p^ has no density that is known, that of Kozachenko and Leonenko
    (1987) from the distances to the fourth neighbour, whose bias is not in the interval.
    """
    data, law, model = spec.data, generation.law, generation.model
    if isinstance(spec.learner, PopulationKernelDensity):
        return _held_out(spec, spec.learner.bandwidth, generation, points, key)
    if law is not None and spec.sampling == "exact":
        if isinstance(law, Gaussian) and isinstance(data, Gaussian):
            found = kl(law, data)
        elif data.dim <= 2:
            found = kl(law, data, method="quadrature", tolerance=1e-5)
        else:
            found = kl(law, data, method="monte-carlo", draws=1 << 15, rng=np.random.default_rng(key))
        return float(found), float(found.lower), float(found.upper)
    if law is not None:
        own = in_pieces(law.logpdf, points)
    elif isinstance(model, KernelDensityModel):
        own = model.logpdf(points, 0.0 if spec.sampling == "exact" else spec.diffusion.stop)
    else:
        own = neighbour_log_density(points)
    found = estimate(own - in_pieces(data.logpdf, points)).enclosure
    return float(found), float(found.lower), float(found.upper)


def _held_out(
    spec: FiniteSampleSettings, bandwidth: float, generation: LearnedGeneration, points: Array, key: int
) -> tuple[float, float, float]:
    """Return a lower estimate of KL from samples alone, five standard errors below and no end above.

    For every density g, ``KL(p^ || p) >= E_{p^} log g/p`` (Gibbs). Here g is the kernel density of training samples,
    which the draws of the model have not seen; fewer or wrong samples make the bound smaller.
    """
    training, time = generation.training, 0.0 if spec.sampling == "exact" else spec.diffusion.stop
    chosen = np.random.default_rng(key).permutation(training.shape[0])[:MOST_CENTRES]
    density = KernelDensityModel(training[chosen], bandwidth)
    found = estimate(density.logpdf(points, time) - in_pieces(spec.data.logpdf, points)).enclosure
    return float(found), float(found.lower), math.inf


def neighbour_log_density(points: Array, neighbours: int = NEIGHBOURS) -> Array:
    """Return estimates of the log-density at points (n, d) whose mean is that of Kozachenko and Leonenko (1987).

    ``digamma(k) - log((n - 1) V_d rho_k^d)`` with the distance rho_k to the k-th neighbour and the volume V_d of the
    unit ball.
    """
    from scipy.spatial import cKDTree

    n, d = points.shape
    distances = np.asarray(cKDTree(points).query(points, k=neighbours + 1)[0])[:, -1]
    volume = 0.5 * d * math.log(math.pi) - gammaln(0.5 * d + 1.0)
    radii = np.log(np.maximum(distances, np.finfo(np.float64).tiny))
    return np.asarray(digamma(neighbours) - math.log(n - 1.0) - volume - d * radii)


def _chi2(
    spec: FiniteSampleSettings, generation: LearnedGeneration, points: Array, key: int
) -> tuple[float, float, float]:
    """Return chi-squared of model and data with an interval; `inf` where it is known to be infinite.

    In closed form from one Gaussian; else a lower estimate from draws, five standard errors below and no end above.
    """
    data, law = spec.data, generation.law
    if law is not None and isinstance(data, Gaussian):
        found = chi2(law, data)
        return float(found), float(found.lower), float(found.upper)
    tails = law if law is not None else _kernel_tails(spec, generation)
    if tails is not None and decide(tails, data, order=2.0).infinite:
        return math.inf, math.inf, math.inf
    value, low, _ = chi2_from_samples(data, points, np.random.default_rng(key))
    return max(0.0, value), max(0.0, low), math.inf


def _kernel_tails(spec: FiniteSampleSettings, generation: LearnedGeneration) -> Law | None:
    """Return a law whose tails win where those of a kernel density model do: that of its outermost kernels.

    All kernels are equally wide. On the line the outermost ones on both sides decide; in space any one does, unless
    widths are at the very edge of what is finite.
    """
    model = generation.model
    if not isinstance(model, KernelDensityModel):
        return None
    ends = model.centres[[np.argmin(model.centres[:, 0]), np.argmax(model.centres[:, 0])]]
    law = GaussianMixture([0.5, 0.5], ends, np.tile(model.bandwidth**2 * np.eye(model.dim), (2, 1, 1)))
    return law if spec.sampling == "exact" else marginal(law, spec.diffusion.stop)


def _quadratics(points: Array) -> Array:
    """Return coordinates, squares and, in few dimensions, products of coordinates: shape (n, m)."""
    d = points.shape[1]
    if d > CROSS_TERMS:
        return np.concatenate([points, points**2], axis=1)
    rows, columns = np.triu_indices(d)
    return np.concatenate([points, points[:, rows] * points[:, columns]], axis=1)


def chi2_from_samples(data: Law, points: Array, rng: np.random.Generator) -> tuple[float, float, float]:
    """Return a lower estimate of ``chi2(p^ || p)`` from draws of p^, with an interval of five standard errors.

    For every f, ``chi2 >= 2 E_{p^} f - 2 E_p f - E_p f^2`` (the dual of chi-squared; the best f gives the bound of
    Hammersley, Chapman and Robbins). Here f is a quadratic polynomial, fitted on one half of the draws of both laws
    and judged on the other, and the other way round.
    """
    n = points.shape[0]
    others = data.sample(n, rng)
    inverse = np.linalg.inv(np.linalg.cholesky(data.cov))
    model, base = (_quadratics((part - data.mean) @ inverse.T) for part in (points, others))
    half = n // 2
    gains, losses = np.empty(n), np.empty(n)
    for fit, test in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
        centre = base[fit].mean(axis=0)
        centred = base[fit] - centre
        gram = centred.T @ centred / centred.shape[0]
        found = np.linalg.lstsq(gram, model[fit].mean(axis=0) - centre, rcond=1e-9)[0]
        gains[test] = 2.0 * (model[test] - centre) @ found
        values = (base[test] - centre) @ found
        losses[test] = 2.0 * values + values**2
    value = float(np.mean(gains) - np.mean(losses))
    width = ERRORS * math.sqrt((np.var(gains, ddof=1) + np.var(losses, ddof=1)) / n)
    return value, value - width, value + width
