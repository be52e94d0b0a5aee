"""What is measured of every model: moments, divergences to the data, modes, tails, diversity, pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from scipy.special import digamma, gammaln

from gausscollapse.core.validation import Array
from gausscollapse.divergences import chi2, decide, kl
from gausscollapse.lab.experiment import Measurement
from gausscollapse.lab.generation_settings import GenerationSettings
from gausscollapse.lab.laws import mixed
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

# Name: axes behind the first, words, units.
CATALOGUE: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "variance": (("coordinate",), "variance of each coordinate", "length^2"),
    "log_volume": ((), "logarithm of the determinant of the covariance", "1"),
    "pair_distance": ((), "mean distance of two draws", "length"),
    "kl": ((), "KL divergence of the model from the data", "nats"),
    "kl_lower": ((), "lower end of its interval (five standard errors where it is sampled)", "nats"),
    "kl_upper": ((), "upper end of its interval (five standard errors where it is sampled)", "nats"),
    "chi2": (
        (),
        "chi-squared divergence of the model from the data; a lower estimate where `chi2_upper` is inf",
        "1",
    ),
    "chi2_lower": ((), "lower end of its interval", "1"),
    "chi2_upper": ((), "upper end of its interval", "1"),
    "wasserstein2": (
        (),
        "2-Wasserstein distance of the moment-matched Gaussians, a lower bound (Gelbrich)",
        "length",
    ),
    "wasserstein2_lower": ((), "the same bound", "length"),
    "wasserstein2_upper": ((), "upper bound by transport between components, where the law is known", "length"),
    "mode_weights": (("mode",), "share of the draws that each mode of the data takes, by posterior", "1"),
    "mode_diversity": ((), "probability that two draws are of different modes", "1"),
    "modes_alive": ((), "number of modes with at least one draw", "1"),
    "tail_mass": ((), "share of the draws beyond the stated number of standard deviations of the data", "1"),
    "frechet": ((), "Frechet distance to the data of the Gaussians of a classifier's features", "1"),
    "points": (("point", "coordinate"), "draws", "length"),
    "pictures": (("picture", "row", "column"), "draws as grey values from 0 to 1", "1"),
    "innovation_energy": ((), "energy J of each innovation in L^2(p)", "1"),
    "innovation_product": (
        (),
        "inner product of successive innovations in L^2(p); missing where one is infinite",
        "1",
    ),
    "innovation_correlation": ((), "cosine of successive innovations in L^2(p); missing where it has none", "1"),
    "ideal_energy": ((), "energy of the score error along ideal paths, eps*^2", "1"),
    "learned_energy": ((), "energy of the score error along learned paths", "1"),
    "observed_energy": ((), "eta eps*^2 by regression on the endpoint, a lower estimate", "1"),
    "paired_energy": ((), "eta eps*^2 by pairs of forward paths, without bias", "1"),
    "observability": ((), "eta by regression on the endpoint, a lower estimate", "1"),
    "paired_observability": ((), "eta by pairs of forward paths", "1"),
    "path_chi2": ((), "chi-squared divergence of the path laws", "1"),
    "martingale_remainder": ((), "rho of the statement `sharp`", "1"),
    "intra_chi2": ((), "chi-squared divergence of the model from its training law, a lower estimate", "1"),
    "intra_chi2_lower": ((), "lower end of the interval of the statement `sharp`", "1"),
    "intra_chi2_upper": ((), "upper end of the interval of the statement `sharp`", "1"),
    "intra_chi2_first_order": ((), "eta eps*^2, what chi2 tends to for small errors", "1"),
    "effective_share": ((), "effective share of the Girsanov weights", "1"),
    "energy_generations": ((), "generation whose error this is", "1"),
    "finite_generations": ((), "generation whose samples were used", "1"),
    "energy_reference": ((), "components of the mixture in place of the training law; 0 where that is known", "1"),
}


def stacked(rows: Sequence[Mapping[str, Array]], axis: str, prefix: str = "") -> dict[str, Measurement]:
    """Return measurements with a first axis over rows of numbers by name."""
    found = {}
    for name in rows[0] if rows else ():
        base = name.removesuffix("_error")
        dims, words, units = CATALOGUE[base]
        if name != base:
            words = f"standard error: {words}"
        key = name if name.startswith(prefix) else prefix + name
        found[key] = Measurement((axis, *dims), np.array([row[name] for row in rows]), words, units)
    return found


def of_generation(spec: GenerationSettings, generation: LearnedGeneration, key: int) -> dict[str, Array]:
    """Return what the settings ask for of one model, by name."""
    measure, draws = spec.measure, generation.draws
    mean, cov = _moments(spec, generation)
    numbers: dict[str, Array | float] = {"variance": np.diag(cov).copy(), "log_volume": _log_volume(cov)}
    half = draws.shape[0] // 2
    numbers["pair_distance"] = float(np.mean(np.linalg.norm(draws[:half] - draws[half : 2 * half], axis=1)))
    if measure.divergences:
        numbers |= _divergences(spec, generation, mean, cov, key)
    if measure.modes and isinstance(spec.data, GaussianMixture):
        numbers |= _modes(spec.data, draws)
    if measure.tails > 0.0:
        numbers["tail_mass"] = tail_mass(spec.data, draws, measure.tails)
    if spec.images:
        from gausscollapse.lab import digits

        numbers["frechet"] = digits.frechet_distance(digits.features(draws), reference_features(spec.data))
        if measure.pictures:
            numbers["pictures"] = digits.images_of(draws[: measure.pictures])
    if measure.points:
        numbers["points"] = draws[: measure.points].copy()
    return {name: np.asarray(value, dtype=np.float64) for name, value in numbers.items()}


def _moments(spec: GenerationSettings, generation: LearnedGeneration) -> tuple[Array, Array]:
    """Return mean and covariance of the law where draws are exact, else of the draws."""
    if spec.sampling == "exact" and generation.law is not None:
        return generation.law.mean, generation.law.cov
    draws = generation.draws
    return draws.mean(axis=0), np.atleast_2d(np.cov(draws, rowvar=False))


def _log_volume(cov: Array) -> float:
    sign, value = np.linalg.slogdet(cov)
    return float(value) if sign > 0.0 else -math.inf


def _posterior_modes(data: GaussianMixture, points: Array) -> Array:
    """Return the most probable component of each point, in pieces that bound the memory."""
    parts = [np.argmax(data.log_joint(points[i : i + CHUNK]), axis=1) for i in range(0, points.shape[0], CHUNK)]
    return np.concatenate(parts)


def _modes(data: GaussianMixture, draws: Array) -> dict[str, Array | float]:
    counts = np.bincount(_posterior_modes(data, draws), minlength=data.weights.size)
    weights, n = counts / draws.shape[0], draws.shape[0]
    return {
        "mode_weights": weights,
        # Without bias for 1 - sum w^2 of the law: pairs of different draws.
        "mode_diversity": float((1.0 - np.sum(weights**2)) * n / (n - 1.0)),
        "modes_alive": float(np.count_nonzero(counts)),
    }


def tail_mass(data: Law, points: Array, deviations: float) -> float:
    """Return the share of points with ``|L^{-1}(x - m)| > deviations``, m and ``L L^T`` the moments of the data."""
    whitened = np.linalg.solve(np.linalg.cholesky(data.cov), (points - data.mean).T)
    return float(np.mean(np.sum(whitened**2, axis=0) > deviations**2))


@lru_cache(maxsize=2)
def reference_features(data: Law) -> Array:
    """Return the features of 20 000 draws of the data."""
    from gausscollapse.lab import digits

    generator = np.random.default_rng(20261124)
    # In pieces: a draw holds one Cholesky factor a point.
    return np.concatenate([digits.features(data.sample(1000, generator)) for _ in range(20)])


def _log_density(law: Law, points: Array) -> Array:
    return np.concatenate([law.logpdf(points[i : i + CHUNK]) for i in range(0, points.shape[0], CHUNK)])


def _divergences(
    spec: GenerationSettings, generation: LearnedGeneration, mean: Array, cov: Array, key: int
) -> dict[str, Array | float]:
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
    spec: GenerationSettings, generation: LearnedGeneration, points: Array, key: int
) -> tuple[float, float, float]:
    """Return KL of model and data with an interval.

    Exact draws of a known law: the divergence of the laws, in closed form, by quadrature or Monte Carlo. Else the
    mean over draws of ``log p^/p``, with five standard errors; where p^ has no density that is known, that of
    Kozachenko and Leonenko (1987) from the distances to the fourth neighbour, whose bias is not in the interval.
    """
    data, law, model = spec.data, generation.law, generation.model
    if law is not None and spec.sampling == "exact":
        if isinstance(law, Gaussian) and isinstance(data, Gaussian):
            found = kl(law, data)
        elif data.dim <= 2:
            found = kl(law, data, method="quadrature", tolerance=1e-5)
        else:
            found = kl(law, data, method="monte-carlo", draws=1 << 15, rng=np.random.default_rng(key))
        return float(found), float(found.lower), float(found.upper)
    if law is not None:
        own = _log_density(law, points)
    elif isinstance(model, KernelDensityModel):
        own = model.logpdf(points, 0.0 if spec.sampling == "exact" else spec.diffusion.stop)
    else:
        own = neighbour_log_density(points)
    found = estimate(own - _log_density(data, points)).enclosure
    return float(found), float(found.lower), float(found.upper)


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
    spec: GenerationSettings, generation: LearnedGeneration, points: Array, key: int
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


def _kernel_tails(spec: GenerationSettings, generation: LearnedGeneration) -> Law | None:
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


def _combined(gram: Array, keep: float) -> tuple[Array, Array]:
    """Return energies of ``r_{i+1} - keep r_i`` and products of successive ones, NaN or inf where r is infinite."""
    i = np.arange(gram.shape[0] - 1)
    k = i[:-1]
    with np.errstate(invalid="ignore"):
        energy = gram[i + 1, i + 1] - 2.0 * keep * gram[i, i + 1] + keep**2 * gram[i, i]
        fresh = gram[k + 1, k + 2] - keep * gram[k + 1, k + 1]
        return energy, fresh - keep * (gram[k, k + 2] - keep * gram[k, k + 1])


def innovations(spec: GenerationSettings, laws: Sequence[Law | None]) -> dict[str, Measurement]:
    """Return energies of the innovations ``xi_i = (p^_{i+1} - q_i)/p`` and products of successive ones.

    With ``G_ij = int p^_i p^_j/p - 1`` in closed form over one Gaussian p, and ``xi_i = r_{i+1} - (1 - alpha) r_i``.
    """
    if not spec.measure.correlations or any(law is None for law in laws):
        return {}
    data, keep, count = spec.data, 1.0 - spec.share, len(laws)
    members = [law for law in laws if law is not None]
    gram = np.full((count, count), np.inf)
    gram[np.diag_indices(count)] = [float(chi2(law, data)) for law in members]
    for i in range(count):
        for j in range(i + 1, min(i + 3, count)):
            alone = gram[i, i] + gram[j, j]
            if math.isfinite(alone):
                # chi2((a + b)/2) = (G_aa + G_bb + 2 G_ab)/4
                both = float(chi2(mixed(0.5, members[i], members[j]), data))
                gram[i, j] = gram[j, i] = 2.0 * both - 0.5 * alone
    if keep == 0.0:
        # What the last model was is forgotten, even where it was too wide: xi_i = r_{i+1}.
        energy, product = np.diag(gram)[1:], np.diag(gram, 1)[1:]
    else:
        energy, product = _combined(gram, keep)
    # Where a model is too wide for L^2(p) its energy is infinite and there is no product: NaN, a missing value.
    energy = np.where(np.isfinite(energy), np.maximum(energy, 0.0), np.inf)
    root = np.sqrt(np.where(np.isfinite(energy), energy, 0.0))
    product = np.where(np.isfinite(energy[:-1] + energy[1:]), product, np.nan)
    size = root[:-1] * root[1:]
    cosine = np.where(size > 0.0, product / np.where(size > 0.0, size, 1.0), np.nan)
    found = {"innovation_energy": (energy, "innovation")}
    if count > 2:
        found |= {"innovation_product": (product, "pair"), "innovation_correlation": (cosine, "pair")}
    return {
        name: Measurement((axis,), values, CATALOGUE[name][1], CATALOGUE[name][2])
        for name, (values, axis) in found.items()
    }
