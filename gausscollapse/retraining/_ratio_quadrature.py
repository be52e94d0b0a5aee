"""Gram matrices ``int f_i f_j / p`` of signed combinations of Gaussians on the line over a mixture p, by quadrature.

Panels are halved until sixteen Gauss-Legendre nodes on a panel and on its two halves agree. Densities are taken in
log space, ``a/sqrt(p) = exp(log a - log p / 2)``, so that ratios of tiny densities keep their accuracy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from gausscollapse.core.validation import Array
from gausscollapse.retraining._component_pool import SignedRows
from gausscollapse.retraining._reach import Reach
from gausscollapse.retraining.ratio_kernels import EPS

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
LOG_TWO_PI = math.log(2.0 * math.pi)
TOLERANCE = 1e-13
MOST_LEVELS = 30
# Beyond so many unresolved panels the difference of the two rules says what is not known.
MOST_PANELS = 20_000
MOST_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Rule:
    """A quadrature rule on which the ratios are resolved, a coarser one, and the entries that may be evaluated.

    Parameters
    ----------
    means, variances : ndarray, shape (P,)
        Pool of Gaussians.
    weights, centres, spreads : ndarray, shape (K,)
        The mixture p.
    fine, coarse : tuple of ndarray
        Points and weights of the two rules.
    """

    means: Array
    variances: Array
    weights: Array
    centres: Array
    spreads: Array
    fine: tuple[Array, Array]
    coarse: tuple[Array, Array]

    def gram(self, rows: SignedRows, others: SignedRows | None = None) -> tuple[Array, Array]:
        """Return ``int f_i g_j / p`` for rows of signed weights and a bound of the error of each entry."""
        count = rows.weights.shape[0]
        columns = count if others is None else others.weights.shape[0]
        results = []
        for points, weights in (self.fine, self.coarse):
            total, noise, slack = np.zeros((3, count, columns))
            for part in np.array_split(np.arange(points.size), max(1, points.size * len(self.means) // MOST_CELLS)):
                ratios = self._ratios(points[part])
                left, rough, loose = _sums(rows, ratios)
                right, rough_right, loose_right = (left, rough, loose) if others is None else _sums(others, ratios)
                total = total + (left * weights[part]) @ right.T
                slack = slack + (loose * weights[part]) @ (np.abs(right) + loose_right).T
                slack = slack + (np.abs(left) * weights[part]) @ loose_right.T
                noise = noise + (np.abs(left) * weights[part]) @ rough_right.T
                noise = noise + (rough * weights[part]) @ np.abs(right).T
                noise = noise + 256.0 * EPS * (rough * weights[part]) @ rough_right.T
            results.append((total, 256.0 * EPS * noise + slack))
        (fine, noise), (coarse, _) = results
        # 2^-45 a density: errors of the exponents, some hundreds of units each, and of the sum over components.
        return np.asarray(fine), np.asarray(np.abs(fine - coarse) + noise)

    def _ratios(self, points: Array) -> Array:
        """Return ``a(x)/sqrt(p(x))`` for every Gaussian of the pool, shape (P, n)."""
        data = logsumexp(np.log(self.weights)[:, None] + log_densities(points, self.centres, self.spreads), axis=0)
        return np.asarray(np.exp(log_densities(points, self.means, self.variances) - 0.5 * data))


def _sums(rows: SignedRows, ratios: Array) -> tuple[Array, Array, Array]:
    """Return the sums of weights, of sizes and of errors of every row at the points."""
    return rows.weights @ ratios, rows.sizes @ ratios, rows.errors @ ratios


def log_densities(points: Array, means: Array, variances: Array) -> Array:
    """Return ``log N(x; m, V)`` in nats, shape (P, n)."""
    squares = (points - means[:, None]) ** 2 / variances[:, None]
    return np.asarray(-0.5 * (squares + np.log(variances)[:, None] + LOG_TWO_PI))


def build(
    means: Array, variances: Array, weights: Array, centres: Array, spreads: Array, reaches: list[Reach]
) -> Rule:
    """Return a rule that resolves ``a^2/p`` for every Gaussian of the pool; each must have a finite `Reach`."""
    low = min(reach.low for reach in reaches)
    high = max(reach.high for reach in reaches)
    scale = max(min(reach.scale for reach in reaches), (high - low) / 4096.0)
    count = max(8, math.ceil((high - low) / (4.0 * scale)))
    edges = np.linspace(low, high, count + 1)
    # A component far narrower than a panel would be missed altogether: it brings panels of its own.
    narrow = [np.linspace(reach.low, reach.high, 17) for reach in reaches if reach.scale < scale]
    if narrow:
        edges = np.unique(np.concatenate([edges, *narrow]))
    rule = Rule(means, variances, weights, centres, spreads, (edges, edges), (edges, edges))
    done: list[tuple[Array, Array]] = []
    starts, ends = edges[:-1], edges[1:]
    whole = np.zeros(len(means))
    for level in range(MOST_LEVELS):
        middles = 0.5 * (starts + ends)
        once = _squares(rule, starts, ends)
        twice = _squares(rule, starts, middles) + _squares(rule, middles, ends)
        if level == 0:
            whole = np.maximum(np.sum(twice, axis=1), np.finfo(float).tiny)
        gap = np.max(np.abs(once - twice) / whole[:, None], axis=0)
        good = (gap <= TOLERANCE) | (ends - starts <= 4.0 * EPS * np.maximum(np.abs(starts), np.abs(ends)))
        done.append((starts[good], ends[good]))
        starts, ends = (
            np.concatenate([starts[~good], middles[~good]]),
            np.concatenate([middles[~good], ends[~good]]),
        )
        if starts.size == 0 or starts.size > MOST_PANELS:
            break
    done.append((starts, ends))
    left, right = (np.concatenate([pair[side] for pair in done]) for side in (0, 1))
    middle = 0.5 * (left + right)
    fine = _rule(np.concatenate([left, middle]), np.concatenate([middle, right]))
    return Rule(means, variances, weights, centres, spreads, fine, _rule(left, right))


def _rule(starts: Array, ends: Array) -> tuple[Array, Array]:
    half = 0.5 * (ends - starts)[:, None]
    return (half * NODES + 0.5 * (ends + starts)[:, None]).ravel(), (half * WEIGHTS).ravel()


def _squares(rule: Rule, starts: Array, ends: Array) -> Array:
    """Return ``int a^2/p`` panel by panel, shape (P, panels)."""
    sums = []
    for part in np.array_split(np.arange(starts.size), max(1, 16 * starts.size * len(rule.means) // MOST_CELLS)):
        points, weights = _rule(starts[part], ends[part])
        squares = rule._ratios(points) ** 2 * weights
        sums.append(squares.reshape(len(rule.means), part.size, NODES.size).sum(axis=2))
    return np.concatenate(sums, axis=1)
