"""The drift that a scheme misses, in mean square, from the joint law of two times of the forward process."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.process.clock import floor_of, gauss_times
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling import DiscretisedProcess
from gausscollapse.sampling.schemes import linear_part

ROUNDING = 1e-13
# Nodes of a step: of Gaussians, and of mixtures, whose own are points and orders of the two quadratures.
NODES, FEW = (16, 11), (7, 5)
LINE = ((321, 40), (281, 34))
REACH = 9.0


def _middle(sampler: DiscretisedProcess) -> tuple[float, float]:
    """Return the beginning of the middle step and its middle."""
    k = (sampler.times.size - 1) // 2
    high, low = sampler.times[k], sampler.times[k + 1]
    return float(high), float(0.5 * (high + low))


def _gaussian(process: ReverseProcess, high: float, lows: Array, late: Array, early: Array) -> tuple[Array, Array]:
    """Return E of ``|(a s_k + b X_k + c e)(X_k) - s_t(X_t) - g X_t|^2`` and the size of its terms, shape (q,).

    `late` has a, b, c as columns (q, 3), or (q, 2 + d) with b a diagonal; `early` is g, shape (q, 1) or (q, d).
    """
    data, d = process.gaussian, process.dim
    eye, r = np.eye(d), np.exp(-0.5 * (high - lows))
    cov_k = np.exp(-high) * data.cov - np.expm1(-high) * eye
    covs = np.exp(-lows)[:, None, None] * data.cov - np.expm1(-lows)[:, None, None] * eye
    precision_k, precisions = np.linalg.inv(cov_k), np.linalg.inv(covs)
    drawn = np.exp(-0.5 * high) * data.mean
    values = np.asarray(process.error.evaluate(np.vstack([drawn, drawn + eye]), high, data=data))
    # An affine error is its value at the mean, and what a step along each axis adds.
    offset, slope = values[0], (values[1:] - values[0]).T
    linear_late = late[:, 1:-1, None] * eye
    first = -late[:, 0, None, None] * precision_k + linear_late + late[:, -1, None, None] * slope
    second = -precisions + early[:, :, None] * eye
    mean = (late[:, 1:-1] * drawn) + late[:, -1:] * offset - early * np.exp(-0.5 * lows)[:, None] * data.mean
    cross = np.einsum("q,qij,qjk,qik->q", r, first, covs, second)
    squares = np.einsum("qij,jk,qik->q", first, cov_k, first) + np.einsum("qij,qjk,qik->q", second, covs, second)
    means = np.sum(mean**2, axis=1)
    condition = float(np.linalg.cond(data.cov))
    return squares - 2.0 * cross + means, 8.0 * d * condition * (squares + np.abs(cross) + means + 1.0)


def _line(
    process: ReverseProcess, high: float, lows: Array, late: Array, early: Array, count: tuple[int, int]
) -> Array:
    points, order = count
    nodes, weights = np.polynomial.hermite_e.hermegauss(order)
    weights = weights / np.sum(weights)
    before, data, found = marginal(process.data, high), process.data, []
    for low, (a, b, c), (g,) in zip(lows, late, early, strict=True):
        r, now = np.exp(-0.5 * (high - low)), marginal(data, float(low))
        roots = np.sqrt(now.covs[:, 0, 0])
        edge = np.min(now.means[:, 0] - REACH * roots), np.max(now.means[:, 0] + REACH * roots)
        x = np.linspace(*edge, points)
        y = (r * x[:, None] + np.sqrt(1.0 - r * r) * nodes).reshape(-1, 1)
        value = a * before.score(y) + b * y + c * np.asarray(process.error.evaluate(y, high, data=data))
        gap = value.reshape(points, order) - (now.score(x[:, None]) + g * x[:, None])
        found.append(np.sum(gap**2 @ weights * now.pdf(x[:, None])) * (x[1] - x[0]))
    return np.array(found)


def _square(process: ReverseProcess, high: float, lows: Array, late: Array, early: Array) -> tuple[Array, Array]:
    """Return the mean square and its error."""
    if process.is_linear:
        found, size = _gaussian(process, high, lows, late, early)
        return found, ROUNDING * size
    fine, coarse = (_line(process, high, lows, late, early, count) for count in LINE)
    return fine, np.abs(fine - coarse) + 1e-12 * np.abs(fine)


def _around(value: float, error: float) -> Enclosure:
    return Enclosure(value, value - error, value + error, "joint law of two times", "numeric")


def drift_square(sampler: DiscretisedProcess, *, frozen: bool) -> Enclosure:
    """Return ``E|f(X_k) - s_t(X_t)|^2``, or with r s_k(X_k) in place of s_t; f is the learned score at t_k."""
    process = sampler.process
    high, low = _middle(sampler)
    lows = np.array([low])
    if frozen:
        late, early = np.array([[1.0, 0.0, 1.0]]), np.zeros((1, 1))
        value, error = _square(process, high, lows, late, early)
    else:
        # Both at t_k: the score is that of X_k, and what is taken off is (r - 1) of it beside f.
        r = np.exp(-0.5 * (high - low))
        late, early = np.array([[2.0 - r, 0.0, 1.0]]), np.zeros((1, 1))
        value, error = _square(process, high, np.array([high]), late, early)
    return _around(float(value[0]), float(error[0]))


def fisher(sampler: DiscretisedProcess) -> tuple[Enclosure, Enclosure]:
    """Return ``J(t)`` and ``r^2 J(t_k)``."""
    high, low = _middle(sampler)
    sides = []
    for time, factor in ((low, 1.0), (high, np.exp(low - high))):
        value, error = _square(sampler.process, time, np.array([time]), np.zeros((1, 3)), np.zeros((1, 1)))
        sides.append(_around(float(factor * value[0]), float(error[0])))
    return sides[0], sides[1]


def path_square(sampler: DiscretisedProcess) -> Enclosure:
    """Return half the mean square of the drift's difference over all steps, by Gauss-Legendre in the clock."""
    part = linear_part(sampler.scheme)
    floor = floor_of(sampler.process.data)
    counts = NODES if sampler.process.is_linear else FEW
    totals, errors = np.zeros(len(counts)), 0.0
    for high, h in zip(sampler.times[:-1], -np.diff(sampler.times), strict=True):
        for k, count in enumerate(counts):
            lows, weights = gauss_times(float(high - h), float(high), floor, count)
            u = high - lows
            r, b = np.exp(-0.5 * u)[:, None], np.zeros((count, 1))
            if part is None:
                late, early = np.concatenate([r, b, r], axis=1), b
            else:
                early = b + part
                late = np.concatenate([b + 1.0, early, b + 1.0], axis=1)
            value, error = _square(sampler.process, float(high), lows, late, early)
            totals[k] += 0.5 * float(weights @ value)
            errors += 0.5 * float(weights @ error)
    return _around(float(totals[0]), float(2.0 * abs(totals[0] - totals[1]) + errors))
