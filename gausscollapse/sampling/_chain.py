"""The moments of a sampler's chain about the ideal means, and a running bound of their rounding errors.

With ``m_t = exp(-t/2) m`` the ideal mean at a time, ``delta = E Y - m_t``, P and O the precisions of the marginals of
data and target, the error's mean is ``A m_t + b + (A + R P + c (P - O)) delta - c O exp(-t/2)(m - n)`` with
``P - O = exp(-t) P (V - S) O``, and ``delta' = (a - c P) delta + c E e + m_t (a - exp(h/2))`` with the coefficients
of `schemes`: neither large means nor a target near the data cancel.

The bound is of first order in the unit roundoff u. Solving with S_t changes it by ``c d u |S_t|`` (backward
stability), so that ``|dP x| <= c d u cond(S_t) |P x|``; errors of delta and of the covariance grow as the chain does.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling.schemes import Steps

SOLVES = 8.0


class Fields(NamedTuple):
    """Score and error at the times of the steps: arrays of shape (steps, d, d), (steps, d) or (steps,).

    The mean error is ``slope delta + offset``; `slope_rounding` and `offset_rounding` bound the rounding of both, the
    former without what is proportional to P, whose factor is `response`.
    """

    precision: Array
    slope: Array
    offset: Array
    condition: Array
    slope_rounding: Array
    offset_rounding: Array
    response: float


class Chain(NamedTuple):
    """Deviations of the means (steps + 1, d), covariances (steps + 1, d, d), the energy and a bound of its error."""

    deviations: Array
    covs: Array
    energy: float
    error: float


def _norms(array: Array) -> Array:
    return np.asarray(np.sqrt(np.sum(array**2, axis=tuple(range(1, array.ndim)))))


def _solved(matrices: Array, right: Array) -> Array:
    return np.asarray(np.linalg.solve(matrices, right), dtype=np.float64)


def _marginals(law: Gaussian, times: Array) -> tuple[Array, Array]:
    """Return covariances (steps, d, d) at the times, and their condition numbers (steps,)."""
    keep, noise = np.exp(-times), -np.expm1(-times)
    eigenvalues = np.linalg.eigvalsh(law.cov)
    lowest = max(float(eigenvalues[0]), law.dim * EPS * float(eigenvalues[-1]))
    covs = keep[:, None, None] * law.cov + noise[:, None, None] * np.eye(law.dim)
    return covs, (keep * eigenvalues[-1] + noise) / (keep * lowest + noise)


def fields(process: ReverseProcess, times: Array) -> Fields:
    """Return score and error at the times of the steps."""
    data, form, unit = process.gaussian, process.form, SOLVES * process.dim * EPS
    root, keep = np.exp(-0.5 * times), np.exp(-times)
    covs, condition = _marginals(data, times)
    eye = np.broadcast_to(np.eye(data.dim), covs.shape)
    precision = _solved(covs, eye)
    slope = form.matrix + form.response @ precision
    drawn = root[:, None] * data.mean
    offset = form.offset + drawn @ form.matrix.T
    matrix = float(np.linalg.norm(form.matrix))
    slope_rounding = np.full(times.size, unit * matrix)
    offset_rounding = unit * (matrix * _norms(drawn) + float(np.linalg.norm(form.offset)))
    if form.target is not None and form.share != 0.0:
        others, other_condition = _marginals(form.target, times)
        gap = np.broadcast_to(form.target.cov - data.cov, covs.shape)
        left = _solved(covs, gap)
        change = keep[:, None, None] * _solved(others, left.swapaxes(1, 2)).swapaxes(1, 2)
        shift = root[:, None] * (data.mean - form.target.mean)
        moved = _solved(others, shift[:, :, None])[:, :, 0]
        slope, offset = slope + form.share * change, offset - form.share * moved
        widest = condition * keep * _norms(left) * _norms(_solved(others, eye))
        share = unit * abs(form.share)
        slope_rounding += share * (widest + other_condition * _norms(change))
        offset_rounding += share * other_condition * _norms(moved)
    response = float(np.linalg.norm(form.response))
    return Fields(precision, slope, offset, condition, slope_rounding, offset_rounding, response)


def run(process: ReverseProcess, steps: Steps, *, learned: bool) -> Chain:
    """Return the chain of `steps`; energies and errors may be infinite or NaN where it leaves the range of floats."""
    data, d, times = process.gaussian, process.dim, steps.times
    found = fields(process, times[:-1])
    drift = steps.state[:, :, None] * np.eye(d) - steps.score[:, :, None] * found.precision
    root = np.exp(-0.5 * times)
    push, missed = (root[:-1, None] * part * data.mean for part in (steps.excess, steps.excess_size))
    if learned:
        drift = drift + steps.score[:, :, None] * found.slope
        push = push + steps.score * found.offset
    deviations, covs = np.zeros((times.size, d)), np.empty((times.size, d, d))
    covs[0] = marginal(data, process.diffusion.horizon).cov if process.matched else np.eye(d)
    if not process.matched:
        deviations[0] = -root[0] * data.mean
    with np.errstate(over="ignore", invalid="ignore"):
        for k, variance in enumerate(steps.variance):
            deviations[k + 1] = drift[k] @ deviations[k] + push[k]
            cov = drift[k] @ covs[k] @ drift[k].T + variance * np.eye(d)
            covs[k + 1] = 0.5 * (cov + cov.T)
        value = np.einsum("sij,sj->si", found.slope, deviations[:-1]) + found.offset
        spread = found.slope @ covs[:-1]
        terms = steps.weight * (value**2 + np.sum(spread * found.slope, axis=2))
        energy = float(np.sum(terms))
        if not (math.isfinite(energy) and np.all(np.isfinite(covs))):
            return Chain(deviations, covs, math.inf, math.inf)
        error = _error(found, steps, drift, _norms(push) + _norms(missed), deviations, covs, learned=learned)
        return Chain(deviations, covs, energy, error)


def _error(
    found: Fields, chain: Steps, drift: Array, push: Array, deviations: Array, covs: Array, *, learned: bool
) -> float:
    """Return the bound of the energy's rounding error; `push` bounds what is added to the deviations, (steps,)."""
    steps, weights, variances = (np.max(part, axis=1) for part in (chain.score, chain.weight, chain.variance))
    d = covs.shape[1]
    unit = SOLVES * d * EPS
    before, cov = deviations[:-1], covs[:-1]
    sizes, cov_sizes = _norms(before), _norms(cov)
    growth = np.linalg.norm(drift, 2, axis=(1, 2))
    # what rounding of P, and of the error's slope, does to delta and to the covariance
    pulled = unit * found.condition * _norms(np.einsum("sij,sj->si", found.precision, before))
    pulled_cov = unit * found.condition * _norms(found.precision @ cov)
    slope_mean = found.response * pulled + found.slope_rounding * sizes + found.offset_rounding
    slope_cov = found.response * pulled_cov + found.slope_rounding * cov_sizes
    weight = 1.0 if learned else 0.0
    new_mean = steps * (pulled + weight * slope_mean) + unit * (growth * sizes + push)
    new_cov = 2.0 * growth * steps * (pulled_cov + weight * slope_cov) + unit * (growth**2 * cov_sizes + variances)
    mean_errors, cov_errors = np.empty_like(steps), np.empty_like(steps)
    mean_error, cov_error = unit * float(sizes[0]), unit * float(cov_sizes[0])
    for k in range(steps.size):
        mean_errors[k], cov_errors[k] = mean_error, cov_error
        mean_error = float(growth[k]) * mean_error + float(new_mean[k])
        cov_error = float(growth[k]) ** 2 * cov_error + float(new_cov[k])
    slope = _norms(found.slope)
    value = _norms(np.einsum("sij,sj->si", found.slope, before) + found.offset)
    off = slope * mean_errors + slope_mean + unit * (slope * sizes + value)
    spread = slope**2 * cov_errors + 2.0 * slope * slope_cov + unit * slope * _norms(found.slope @ cov)
    total = float(np.sum(weights * (off * (2.0 * value + off) + spread)))
    energy = float(np.sum(weights * (value**2 + slope * _norms(found.slope @ cov))))
    return total + 4.0 * EPS * steps.size * energy if math.isfinite(total) else math.inf
