"""Energies of a network's score error on images, where the score of the training law is exact.

A training set is a law, n atoms; forward in time it is a mixture of n equal Gaussians whose score is a weighted mean.
The error against it is all that the network has not learned of its training set: what generalises counts as error.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import softmax

from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.sampling.estimates import Estimate, estimate

Score = Callable[[Array, float], Array]


def empirical_score(atoms: Array) -> Score:
    """Return the score of the forward marginals of the uniform law on atoms (n, d)."""
    squares = 0.5 * np.sum(atoms**2, axis=1)

    def score(x: Array, t: float) -> Array:
        keep, variance = math.exp(-0.5 * t), -math.expm1(-t)
        weights = softmax((keep * (x @ atoms.T) - keep**2 * squares) / variance, axis=1)
        return np.asarray((keep * (weights @ atoms) - x) / variance)

    return score


def time_rule(diffusion: OrnsteinUhlenbeck, count: int) -> tuple[Array, Array]:
    """Return Gauss-Legendre nodes and weights in time on [stop, horizon], in the clock ``log(exp(t) - 1)``."""
    low, high = (math.log(math.expm1(t)) for t in (diffusion.stop, diffusion.horizon))
    nodes, weights = np.polynomial.legendre.leggauss(count)
    clock = 0.5 * (low + high) + 0.5 * (high - low) * nodes
    times = np.log1p(np.exp(clock))
    return times, 0.5 * (high - low) * weights * -np.expm1(-times)


def energies(
    learned: Score, atoms: Array, diffusion: OrnsteinUhlenbeck, *, times: int, paths: int, rng: np.random.Generator
) -> tuple[Array, Estimate, Estimate, Array]:
    """Return nodes of time, energy, observed energy, and the density of the energy at the nodes.

    Both come from the same pairs of independent forward paths X, X' of one end state y at the stop:
    ``eps*^2 = int E|e(X_t)|^2 dt``, and ``eta eps*^2 = E u^2`` as the mean of the product of two estimates of
    ``u(y) = - int E[e . (xi/s + grad log q_t)(X_t) | y] dt``. The rule in time is not in the standard errors.
    """
    exact = empirical_score(atoms)
    nodes, shares = time_rule(diffusion, times)
    stop = diffusion.stop
    ends = math.exp(-0.5 * stop) * atoms[rng.integers(0, atoms.shape[0], paths)]
    ends = ends + math.sqrt(-math.expm1(-stop)) * rng.standard_normal(ends.shape)
    squares, scores, density = np.zeros(paths), np.zeros((2, paths)), []
    for t, share in zip(nodes.tolist(), shares.tolist(), strict=True):
        keep, spread = math.exp(-0.5 * (t - stop)), math.sqrt(-math.expm1(stop - t))
        here = np.zeros(paths)
        for half in range(2):
            noise = rng.standard_normal(ends.shape)
            x = keep * ends + spread * noise
            truth = exact(x, t)
            error = learned(x, t) - truth
            here += 0.5 * np.sum(error**2, axis=1)
            scores[half] -= share * np.sum(error * (noise / spread + truth), axis=1)
        squares += share * here
        density.append(float(np.mean(here)))
    return nodes, estimate(squares), estimate(scores[0] * scores[1]), np.array(density)
