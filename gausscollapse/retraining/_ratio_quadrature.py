"""Gram matrices ``int f_i f_j / p`` of signed combinations of Gaussians on the line over a mixture p, by quadrature.

Panels are halved until sixteen Gauss-Legendre nodes on a panel and on its two halves agree. Densities are taken in
log space, ``a/sqrt(p) = exp(log a - log p / 2)``, so that ratios of tiny densities keep their accuracy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gausscollapse.core.log_sum import log_sum
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.retraining._component_pool import SignedRows
from gausscollapse.retraining._reach import Reach

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
LOG_TWO_PI = math.log(2.0 * math.pi)
TOLERANCE = 1e-13
MOST_LEVELS = 30
# Beyond so many unresolved panels the difference of the two rules says what is not known.
MOST_PANELS = 20_000
MOST_CELLS = 4_000_000
# Evaluations of densities before the halving stops, some seconds; an integral of which more is left is not known.
MOST_WORK = 100_000_000
LARGEST_REST = 1e-3


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
    unresolved : ndarray of bool, shape (P,)
        Gaussians whose integrals were left open by more than their difference can tell.
    """

    means: Array
    variances: Array
    weights: Array
    centres: Array
    spreads: Array
    fine: tuple[Array, Array]
    coarse: tuple[Array, Array]
    unresolved: np.ndarray

    @np.errstate(over="ignore", invalid="ignore")
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
        lost = [abs(side.weights) @ (1.0 * self.unresolved) > 0.0 for side in (rows, others or rows)]
        noise[lost[0][:, None] | lost[1][None, :]] = np.inf
        # 2^-45 a density: errors of the exponents, some hundreds of units each, and of the sum over components.
        return np.asarray(fine), np.asarray(np.abs(fine - coarse) + noise)

    def _ratios(self, points: Array) -> Array:
        """Return ``a(x)/sqrt(p(x))`` for every Gaussian of the pool, shape (P, n)."""
        data = log_sum(np.log(self.weights)[:, None] + log_densities(points, self.centres, self.spreads), axis=0)
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
    edges, scale = _edges(means, variances, centres, spreads, reaches)
    # A component far narrower than a panel would be missed altogether: it brings panels of its own.
    narrow = [np.linspace(reach.low, reach.high, 17) for reach in reaches if reach.scale < scale]
    if narrow:
        edges = np.unique(np.concatenate([edges, *narrow]))
    rule = Rule(
        means, variances, weights, centres, spreads, (edges, edges), (edges, edges), np.zeros(len(means), dtype=bool)
    )
    done: list[tuple[Array, Array]] = []
    starts, ends = edges[:-1], edges[1:]
    whole = np.zeros(len(means))
    work, rest = 0, np.zeros(len(means))
    for level in range(MOST_LEVELS):
        middles = 0.5 * (starts + ends)
        with np.errstate(over="ignore", invalid="ignore"):
            once = _squares(rule, starts, ends)
            twice = _squares(rule, starts, middles) + _squares(rule, middles, ends)
        if not np.all(np.isfinite(twice)):
            # An integral beyond the range of floats: nothing was resolved.
            rest = np.full(len(means), np.inf)
            break
        if level == 0:
            whole = np.maximum(np.sum(twice, axis=1), np.finfo(float).tiny)
        gap = np.max(np.abs(once - twice) / whole[:, None], axis=0)
        good = (gap <= TOLERANCE) | (ends - starts <= 4.0 * EPS * np.maximum(np.abs(starts), np.abs(ends)))
        done.append((starts[good], ends[good]))
        starts, ends = (
            np.concatenate([starts[~good], middles[~good]]),
            np.concatenate([middles[~good], ends[~good]]),
        )
        work += 48 * once.shape[1] * (len(means) + len(spreads))
        if starts.size == 0 or starts.size > MOST_PANELS or work > MOST_WORK:
            rest = np.sum(np.abs(once - twice)[:, ~good], axis=1)
            break
    done.append((starts, ends))
    left, right = (np.concatenate([pair[side] for pair in done]) for side in (0, 1))
    middle = 0.5 * (left + right)
    fine = _rule(np.concatenate([left, middle]), np.concatenate([middle, right]))
    coarse = _rule(left, right)
    return Rule(means, variances, weights, centres, spreads, fine, coarse, rest > LARGEST_REST * whole)


def _edges(
    means: Array, variances: Array, centres: Array, spreads: Array, reaches: list[Reach]
) -> tuple[Array, float]:
    """Return the ends of the first panels, and the finest scale that they resolve."""
    low, high = min(reach.low for reach in reaches), max(reach.high for reach in reaches)
    middles = np.concatenate([means, centres])
    widths = 13.0 * np.sqrt(np.concatenate([variances, spreads]))
    # Close to the boundary a tail is far longer than what it hangs on: equal panels there, outwards doubled ones.
    inner, outer = max(low, float(np.min(middles - widths))), min(high, float(np.max(middles + widths)))
    scale = max(min(reach.scale for reach in reaches), (outer - inner) / 4096.0)
    edges = np.linspace(inner, outer, max(8, math.ceil((outer - inner) / (4.0 * scale))) + 1)
    steps = 4.0 * scale * 2.0 ** np.arange(1.0, 600.0)
    left, right = inner - steps[steps < inner - low], outer + steps[steps < high - outer]
    return np.unique(np.concatenate([edges, left, right, [low, high]])), scale


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
