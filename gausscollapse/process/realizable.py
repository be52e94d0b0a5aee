"""The identity of realizable errors: a learned score that is the exact score of another law.

With q_t and q~_t the two laws moved by the forward process (de Bruijn's identity for relative entropy),

    KL(q_t0 || q~_t0) = KL(q_T || q~_T) + (1/2) int_t0^T E_{q_t} |grad log q_t - grad log q~_t|^2 dt.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import DimensionMismatchError
from gausscollapse.core.validation import Array, as_generator, as_size
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck, marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law, as_law

CONFIDENCE_Z = 4.892
"""Two-sided normal quantile of a false-alarm budget of 1e-6."""

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


@checked
def realizable_energy(
    data: Law,
    target: Law,
    diffusion: OrnsteinUhlenbeck,
    *,
    samples: int = 200_000,
    rng: int | np.random.Generator = 0,
) -> Enclosure:
    """Return ``int E_{q_t} |grad log q_t - grad log q~_t|^2 dt`` over ``[stop, horizon]``, the ideal-path energy.

    Parameters
    ----------
    data, target : Gaussian or GaussianMixture
        q and q~ at time 0, of the same dimension.
    diffusion : OrnsteinUhlenbeck
        The forward process.
    samples : int
        Monte Carlo points; used in d > 1 with a mixture only; at most 16 million.
    rng : int or numpy.random.Generator
        Seed; used in d > 1 with a mixture only.

    Returns
    -------
    Enclosure
        Numeric for two Gaussians (closed form at each time) and in d = 1; else statistical, at a false-alarm budget
        of 1e-6.

    Raises
    ------
    InvalidArgumentError, DimensionMismatchError
        If an argument is not a law or the dimensions differ.

    Notes
    -----
    By the identity of this module, half of it is the fall of ``KL(q_t || q~_t)`` from the stop to the horizon.
    Source: *own* (de Bruijn's identity for relative entropy).

    Examples
    --------
    N(0, 1) and N(2, 1) keep variance 1 and come nearer: KL falls from 2 to ``2 exp(-T)``.

    >>> import math
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=1.0, stop=0.0)
    >>> energy = gc.process.realizable_energy(gc.Gaussian(0, 1), gc.Gaussian(2, 1), diffusion)
    >>> round(0.5 * float(energy), 6), round(2 - 2 * math.exp(-1), 6)
    (1.264241, 1.264241)
    """
    _check(data, target)
    count, generator = as_size("samples", samples, at_least=2, each=256.0), as_generator("rng", rng)
    if isinstance(data, Gaussian) and isinstance(target, Gaussian):
        return _between_gaussians(data, target, diffusion)
    if data.dim == 1:
        return _over_time(
            lambda t: _fisher_on_line(marginal(data, t), marginal(target, t)),
            diffusion,
            "Gauss-Legendre panels in space, adaptive quadrature in time",
        )
    return _sampled(data, target, diffusion, count, generator)


def _check(data: Law, target: Law) -> None:
    for name, law in (("data", data), ("target", target)):
        as_law(name, law)
    if data.dim != target.dim:
        raise DimensionMismatchError(
            "target", target, f"has dimension {target.dim}", f"a law of dimension {data.dim}, as the data"
        )


def _between_gaussians(data: Gaussian, target: Gaussian, diffusion: OrnsteinUhlenbeck) -> Enclosure:
    """Return the energy by the closed Fisher divergence at each time and two Gauss-Legendre rules in log time."""
    eye = np.eye(data.dim)
    narrow = min(float(np.linalg.eigvalsh(law.cov)[0]) for law in (data, target))
    shift = min(max(narrow, 1e-12), 1.0)
    low, high = math.log(diffusion.stop + shift), math.log(diffusion.horizon + shift)
    results = []
    for panels in (12, 24):
        edges = np.linspace(low, high, panels + 1)
        half = 0.5 * np.diff(edges)[:, None]
        points = (half * NODES + 0.5 * (edges[1:] + edges[:-1])[:, None]).ravel()
        times = np.maximum(np.exp(points) - shift, 0.0)
        square = np.exp(-times)
        added = -np.expm1(-times)[:, None, None] * eye
        first = square[:, None, None] * data.cov + added
        second = square[:, None, None] * target.cov + added
        # E|grad log q_t - grad log q~_t|^2 = |V^{-1} dm|^2 + tr(V^{-1} D S^{-1} D V^{-1}) with D = S - V.
        gap = np.linalg.solve(second, np.broadcast_to((data.mean - target.mean)[:, None], (times.size, data.dim, 1)))
        turned = np.linalg.solve(second, np.broadcast_to(data.cov - target.cov, first.shape))
        spread = np.einsum("tij,tji->t", turned, np.linalg.solve(first, np.swapaxes(turned, 1, 2)))
        rates = square * np.sum(gap[:, :, 0] ** 2, axis=1) + square**2 * spread
        results.append(float(np.sum((half * WEIGHTS).ravel() * np.exp(points) * rates)))
    condition = float(np.linalg.cond(data.cov) + np.linalg.cond(target.cov))
    # A tolerance for the rounding of the solves, which their condition enlarges: hence "numeric".
    error = abs(results[1] - results[0]) + 1e-15 * (100.0 + condition) * results[1]
    method = "closed form in space, Gauss-Legendre panels in time"
    return Enclosure(results[1], max(0.0, results[1] - error), results[1] + error, method, "numeric")


def _over_time(rate: Callable[[float], float], diffusion: OrnsteinUhlenbeck, method: str) -> Enclosure:
    from scipy.integrate import quad

    # With s = log(t + tau) early times, where narrow components move fast, are resolved.
    shift = 0.01
    low, high = math.log(diffusion.stop + shift), math.log(diffusion.horizon + shift)

    def integrand(s: float) -> float:
        return math.exp(s) * rate(max(math.exp(s) - shift, 0.0))

    value, error = quad(integrand, low, high, epsabs=0.0, epsrel=1e-10, limit=200)
    error += 1e-11 * abs(value)
    return Enclosure(value, max(0.0, value - error), value + error, method, "numeric")


def _fisher_on_line(law: Law, other: Law) -> float:
    edges = _edges(law)
    half = 0.5 * np.diff(edges)[:, None]
    points = (half * NODES + 0.5 * (edges[1:] + edges[:-1])[:, None]).ravel()
    gaps = (law.score(points) - other.score(points)) ** 2
    return float(np.sum((half * WEIGHTS).ravel() * law.pdf(points) * gaps))


def _edges(law: Law) -> Array:
    """Return panel ends for functions that vary with the components of `law`: 3/4 of a deviation apart, up to 12."""
    deviations = np.sqrt(law.covs[:, 0, 0])
    grid = law.means[:, :1] + deviations[:, None] * np.linspace(-12.0, 12.0, 33)
    edges = np.sort(grid.ravel())
    width = 0.75 * float(np.min(deviations))
    count = min(max(1, math.ceil((edges[-1] - edges[0]) / width)), 2048)
    return np.unique(np.concatenate([edges, np.linspace(edges[0], edges[-1], count + 1)]))


def _sampled(
    data: Law, target: Law, diffusion: OrnsteinUhlenbeck, count: int, generator: np.random.Generator
) -> Enclosure:
    # Times have density proportional to 1/(t + 0.05), stratified in pairs: two draws a stratum give its variance.
    shift = 0.05
    low, high = math.log(diffusion.stop + shift), math.log(diffusion.horizon + shift)
    strata = count // 2
    places = (np.repeat(np.arange(strata), 2) + generator.random(2 * strata)) / strata
    times = np.exp(low + (high - low) * places) - shift
    order = np.argsort(times)
    starts = data.sample(2 * strata, generator)
    normals = generator.standard_normal(starts.shape)
    keep = np.exp(-0.5 * times)[:, None]
    points = keep * starts + np.sqrt(-np.expm1(-times))[:, None] * normals
    gaps = np.empty(times.size)
    gaps[order] = _score_gaps(points[order], times[order], data, target)
    terms = (high - low) * (times + shift) * gaps
    pairs = terms.reshape(strata, 2)
    value = float(np.mean(terms))
    deviation = math.sqrt(float(np.sum((pairs[:, 0] - pairs[:, 1]) ** 2)) / 4.0) / strata
    error = CONFIDENCE_Z * deviation
    return Enclosure(value, max(0.0, value - error), value + error, "Monte Carlo, stratified in time", "statistical")


def _score_gaps(points: Array, times: Array, data: Law, target: Law) -> Array:
    """Return ``|grad log q_t - grad log q~_t|^2`` at one point a time, shape (n,)."""
    gap = _scores(points, times, data) - _scores(points, times, target)
    return np.asarray(np.sum(gap**2, axis=1))


def _scores(points: Array, times: Array, law: Law) -> Array:
    """Return the score of ``q_t`` at (x_n, t_n), shape (n, d), by the eigenvectors of each component."""
    keep, noise = np.exp(-0.5 * times)[:, None], -np.expm1(-times)[:, None]
    logs, scores = [], []
    for log_weight, part in zip(np.log(law.weights), law.components, strict=True):
        spectrum, basis = np.linalg.eigh(part.cov)
        variances = keep**2 * spectrum + noise
        turned = (points - keep * part.mean) @ basis
        logs.append(log_weight - 0.5 * np.sum(turned**2 / variances + np.log(variances), axis=1))
        scores.append(-(turned / variances) @ basis.T)
    joint = np.array(logs)
    shares = np.exp(joint - joint.max(axis=0))
    return np.asarray(np.einsum("kn,kni->ni", shares / shares.sum(axis=0), np.array(scores)))
