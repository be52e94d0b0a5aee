"""Moments of the forward process on a grid: Fisher information, second moments, and those of a score error.

In closed form for Gaussian data with an affine error, by the trapezoidal rule for mixtures on the line, which
converges faster than any power for analytic densities: two spacings tell the error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.mixture import Law
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling._chain import fields

UNIT = 2.0**-53
# Roundings counted for each number; standard deviations that the line is cut at; nodes a standard deviation.
ROUNDINGS, WIDTH, DENSITY = 64.0, 13.0, 7.0


@dataclass(frozen=True)
class ForwardMoments:
    """Means under the forward marginals at the times of a grid.

    Parameters
    ----------
    fisher, square : ndarray, shape (n + 1, d)
        ``E s_i^2`` of the score s, and ``E X_i^2``.
    path : ndarray, shape (n,)
        ``int J dt`` over every step, J the trace of the Fisher information.
    error_square, error_score, error_state : ndarray, shape (n, d)
        ``E e_i^2``, ``E e_i s_i`` and ``E e_i X_i`` at the beginning of every step.
    loss : float
        Bound of the relative error of all of them, but for what cancels in `path` and in the error.
    path_error : float
        Bound of what cancels in the sum of `path`.
    error_loss : ndarray, shape (n,)
        Bound of what cancels in the means of the error.
    method : str
        How they were computed.
    """

    fisher: Array
    square: Array
    path: Array
    error_square: Array
    error_score: Array
    error_state: Array
    loss: float
    path_error: float
    error_loss: Array
    method: str


def forward_moments(process: ReverseProcess, times: Array) -> ForwardMoments:
    """Return the moments of a process on a grid.

    Raises
    ------
    NotSupportedError
        If the data are a mixture beyond the line, or Gaussian in more dimensions with an error that is not affine.
    """
    if process.is_linear:
        return _gaussian(process, times)
    if process.dim == 1:
        return _line(process, times)
    raise NotSupportedError(
        "data: the error budget needs Gaussian data and an affine error, or one dimension; accepted: one of these"
    )


def _gaussian(process: ReverseProcess, times: Array) -> ForwardMoments:
    data, h = process.gaussian, -np.diff(times)
    eigenvalues, basis = np.linalg.eigh(data.cov)
    keep, noise = np.exp(-times)[:, None], -np.expm1(-times)[:, None]
    spread = keep * eigenvalues + noise
    means = np.exp(-0.5 * times)[:, None] * data.mean
    fisher, variances = (np.einsum("ij,kj->ki", basis**2, part) for part in (1.0 / spread, spread))
    change = (eigenvalues - 1.0) * keep[1:] * np.expm1(-h)[:, None] / spread[1:]
    path = np.sum(h[:, None] + np.log1p(change), axis=1)
    found = fields(process, times[:-1])
    covs = np.einsum("ij,kj,lj->kil", basis, spread[:-1], basis)
    moved = found.slope @ covs
    condition = float(np.max(eigenvalues) / np.min(eigenvalues))
    loss = ROUNDINGS * process.dim * UNIT * condition
    precise = np.linalg.norm(found.precision, axis=(1, 2))
    slope, widest = np.linalg.norm(found.slope, axis=(1, 2)), np.max(spread[:-1], axis=1)
    off, reach = np.linalg.norm(found.offset, axis=1), np.linalg.norm(means[:-1], axis=1)
    slope_error = found.slope_rounding + found.response * loss * precise
    cancelled = slope_error * (slope * widest + process.dim + widest) + found.offset_rounding * (off + reach)
    return ForwardMoments(
        fisher,
        variances + means**2,
        path,
        np.einsum("kij,kij->ki", moved, found.slope) + found.offset**2,
        -np.einsum("kii->ki", found.slope),
        np.einsum("kii->ki", moved) + found.offset * means[:-1],
        loss,
        0.0,
        4.0 * cancelled,
        "closed form",
    )


def _nodes(law: Law, density: float) -> tuple[Array, float]:
    """Return the nodes and the spacing of the trapezoidal rule for a law on the line."""
    roots = np.sqrt(law.covs[:, 0, 0])
    low, high = np.min(law.means[:, 0] - WIDTH * roots), np.max(law.means[:, 0] + WIDTH * roots)
    count = int(np.ceil((high - low) * density / np.min(roots))) + 1
    if count > 1_000_000:
        raise NotSupportedError("data: components of so different widths are not integrated; accepted: closer ones")
    return np.linspace(low, high, count), float((high - low) / (count - 1))


def _means(process: ReverseProcess, t: float, density: float) -> Array:
    """Return E s^2, E X^2, E e^2, E e s, E e X and the entropy of the marginal at a time."""
    law = marginal(process.data, t)
    x, spacing = _nodes(law, density)
    logs, score = law.logpdf(x[:, None]), law.score(x[:, None])[:, 0]
    error = np.asarray(process.error.evaluate(x[:, None], t, data=process.data))[:, 0]
    weights = np.exp(logs) * spacing
    rows = np.stack([score**2, x**2, error**2, error * score, error * x, -logs])
    return np.asarray(rows @ weights)


def _line(process: ReverseProcess, times: Array) -> ForwardMoments:
    coarse, fine = (np.array([_means(process, t, density) for t in times]) for density in (DENSITY, 1.4 * DENSITY))
    sizes = np.maximum(np.max(np.abs(fine), axis=0), 1.0)
    loss = float(np.max(np.abs(fine - coarse) / sizes)) + 1e3 * UNIT
    fisher, square, energy, pulled, state, entropy = fine.T
    h = -np.diff(times)
    # d entropy/dt = J/2 - d/2
    path = 2.0 * (entropy[:-1] - entropy[1:]) + h
    # Entropies differ by less than they are, and only those of both ends are left of the sum.
    gone = 4.0 * loss * float(sizes[5])
    cancelled = loss * (sizes[2] + sizes[3] + sizes[4]) * np.ones(h.size)
    return ForwardMoments(
        fisher[:, None], square[:, None], path, energy[:-1, None], pulled[:-1, None], state[:-1, None], loss, gone,
        cancelled, "trapezoidal rule on the line",
    )  # fmt: skip
