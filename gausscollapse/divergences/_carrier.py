r"""Gaussians that carry an integrand: where a quadrature looks and what importance sampling draws from.

For every integrand but powers of order a > 1 the carrier is ``p/2 + q/2``. For ``p^a q^(1-a)`` components are tilted:
``N_k^a M_j^(1-a) = Z_kj N(mu_kj, C_kj)`` with, for ``B = a V - (a-1) S``,
``C = S B^{-1} V``, ``mu = m + (a-1) S B^{-1} (m - n)`` and
``log Z = -(a(1-a) (m-n)^T B^{-1} (m-n) + log det B - (1-a) log det S - a log det V)/2``.

For a > 1, ``p^a <= sum_k w_k N_k^a`` (Jensen) and ``q^(1-a) <= (v_j M_j)^(1-a)``, so
``int p^a q^(1-a) <= sum_k w_k min_j v_j^(1-a) Z_kj`` over the j with B positive definite, and the mixture of the
minimising tilted components bounds the integrand from above up to a constant: importance weights from it are bounded.
For 0 < a < 1, ``p^a q^(1-a) <= sum_kj w_k^a v_j^(1-a) N_k^a M_j^(1-a)`` with every pair.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gausscollapse.core.log_sum import log_sum
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences.closed import correlation_condition
from gausscollapse.laws.mixture import Law

FORGOTTEN = 45.0
LARGEST_COUNT = 64


class Carrier(NamedTuple):
    """A mixture of Gaussians: weights (K,), means (K, d), covariances (K, d, d), and how it covers the integrand.

    ``log_bound`` is the log of an upper bound of ``int p^a q^(1-a)``, 0 for other integrands; ``bounded`` says
    whether integrand over carrier is bounded.
    """

    weights: Array
    means: Array
    covs: Array
    log_bound: float
    bounded: bool


class _Tilt(NamedTuple):
    """One tilted pair: log of its mass (with the weights, once they are in), a bound of its error, its moments."""

    log_mass: float
    error: float
    mean: Array
    cov: Array


def _tilt(mean: Array, spread: Array, centre: Array, other: Array, order: float) -> _Tilt | None:
    mixed = order * other - (order - 1.0) * spread
    try:
        factor = np.linalg.cholesky(mixed)
    except np.linalg.LinAlgError:
        return None
    diagonal = np.diag(mixed)
    cancelled = float(np.max((order * np.diag(other) + abs(order - 1.0) * np.diag(spread)) / diagonal))
    relative = 16.0 * EPS * len(mixed) * correlation_condition(mixed) * cancelled
    if order > 1.0 and not relative < 0.1:
        return None
    shift = mean - centre
    solved = np.linalg.solve(mixed, shift)
    cov = spread @ np.linalg.solve(mixed, other)
    log_det = 2.0 * float(np.sum(np.log(np.diag(factor))))
    log_dets = (1.0 - order) * np.linalg.slogdet(spread)[1] + order * np.linalg.slogdet(other)[1]
    square = order * (1.0 - order) * float(shift @ solved)
    log_mass = -0.5 * (square + log_det - float(log_dets))
    error = relative * (len(mixed) + abs(square) + abs(log_det))
    return _Tilt(log_mass, error, mean + (order - 1.0) * spread @ solved, 0.5 * (cov + cov.T))


def tilted(p: Law, q: Law, order: float) -> Carrier | None:
    """Return the tilted carrier of ``p^a q^(1-a)``; None where a component of p has no valid partner in q."""
    rows: list[_Tilt] = []
    everywhere = True
    for w, mean, spread in zip(p.weights, p.means, p.covs, strict=True):
        found = []
        for v, centre, other in zip(q.weights, q.means, q.covs, strict=True):
            tilt = _tilt(mean, spread, centre, other, order)
            if tilt is not None:
                log_weight = np.log(w) if order > 1.0 else order * np.log(w)
                weighted = float(log_weight + (1.0 - order) * np.log(v)) + tilt.log_mass
                found.append(tilt._replace(log_mass=weighted))
        if order > 1.0:
            everywhere = everywhere and bool(found)
            found = [min(found, key=lambda row: row.log_mass + row.error)] if found else []
        rows += found
    if not rows:
        return None
    logs = np.array([row.log_mass for row in rows])
    keep = np.ones(len(logs), dtype=bool)
    if order < 1.0:
        keep = (logs > logs.max() - FORGOTTEN) & (logs >= np.sort(logs)[-LARGEST_COUNT:][0])
    log_bound = float(log_sum(logs + np.array([row.error for row in rows])))
    weights = np.exp(logs[keep] - float(log_sum(logs[keep])))
    means = np.array([row.mean for row in rows])[keep]
    covs = np.array([row.cov for row in rows])[keep]
    # below order 1 the integrand is at most a p + (1 - a) q, which the balanced half covers
    bounded = order < 1.0 or everywhere
    return Carrier(weights, means, covs, log_bound if everywhere else np.inf, bounded)


def balanced(p: Law, q: Law) -> Carrier:
    """Return the carrier ``p/2 + q/2``."""
    pairs = ((p.weights, q.weights), (p.means, q.means), (p.covs, q.covs))
    weights, means, covs = (np.concatenate(pair) for pair in pairs)
    return Carrier(0.5 * weights, means, covs, 0.0, True)


def carrier(integral: Integral, p: Law, q: Law) -> Carrier:
    """Return the carrier of an integrand: balanced, with the tilted one in equal shares for powers."""
    even = balanced(p, q)
    if integral.kind not in ("power", "gap") or (integral.kind == "gap" and integral.order < 1.0):
        return even
    tilt = tilted(p, q, integral.order)
    if tilt is None:
        return even._replace(log_bound=np.inf, bounded=False)
    weights, means, covs = (np.concatenate([a, b]) for a, b in zip(even[:3], tilt[:3], strict=True))
    return Carrier(weights / 2.0, means, covs, tilt.log_bound, tilt.bounded)
