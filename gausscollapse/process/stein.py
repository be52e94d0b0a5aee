"""Observability and energies for any data law and any error, without solving for the learned process.

The Stein-Ornstein-Uhlenbeck identity (*own*), with X the forward process started at y at the stop:

    u(y) = E_{P*}[M | Y_end = y] = - int E[(div e + e . grad log q_t)(X_t, t) | X_{t0} = y] dt

The transition is Gaussian, ``X = a y + s xi``, and ``E div e(X) = E e(X) . xi/s``: no derivative of e is needed. By
Gauss-Hermite quadrature in d <= 2, by randomised quasi-Monte Carlo beyond.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array, as_points
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.mixture import Law
from gausscollapse.process.clock import clock_nodes, floor_of, gauss_times
from gausscollapse.process.fields import RandomFeatureError
from gausscollapse.process.panel_energy import panel_energy, wave_energy
from gausscollapse.process.setting import Setting, require_reverse_equation

METHOD = "Stein-Ornstein-Uhlenbeck identity"
HERMITE, SOBOL = "Gauss-Hermite quadrature", "quasi-Monte Carlo"
# Nodes a dimension of the end state, of time and of the transition, fine and coarse.
NODES = {1: ((48, 48, 96), (36, 36, 72)), 2: ((14, 24, 24), (11, 18, 18))}
REPLICATES, SOBOL_POWER = 16, 12
# Random times and points a time of one replicate of the energy.
STRATA, STRATUM_POWER = 64, 10
# Half width of statistical intervals in standard errors of 16 replicates: 1e-4 two-sided by Student's law.
STUDENT = 5.2
CHUNK = 200_000


def time_rule(process: Setting, count: int) -> tuple[Array, Array]:
    """Return Gauss-Legendre nodes and weights on [stop, horizon], in the clock of the narrowest component."""
    return gauss_times(process.diffusion.stop, process.diffusion.horizon, floor_of(process.data), count)


def normal_rule(dim: int, count: int) -> tuple[Array, Array]:
    """Return the tensor Gauss-Hermite rule of N(0, I): points (m, d) and weights (m,) that sum to one."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    weights = weights / np.sum(weights)
    points = np.array(list(itertools.product(nodes, repeat=dim)))
    shares = np.array([float(np.prod(item)) for item in itertools.product(weights, repeat=dim)])
    keep = shares > 1e-18
    return points[keep], shares[keep] / np.sum(shares[keep])


def law_rule(law: Law, count: int) -> tuple[Array, Array]:
    """Return points (m, d) and weights (m,) of a quadrature rule for a law: one Gauss-Hermite rule a component."""
    points, weights = normal_rule(law.dim, count)
    return (
        np.concatenate([part.mean + points @ part.cholesky.T for part in law.components]),
        np.concatenate([share * weights for share in law.weights]),
    )


def _operator(error: Array, x: Array, xi: Array, spread: float, law: Law) -> Array:
    """Return ``e . (xi/s + grad log q_t)`` at points (n, d), where the error is e."""
    return np.asarray(np.sum(error * (xi / spread + law.score(x)), axis=1))


def _score(process: Setting, y: Array, times: tuple[Array, Array], rule: tuple[Array, Array]) -> Array:
    """Return u at points (n, d) by tensor quadrature."""
    nodes, weights = rule
    total = np.zeros(y.shape[0])
    size = max(1, CHUNK // nodes.shape[0])
    for t, share in zip(*times, strict=True):
        gap = float(t) - process.diffusion.stop
        keep, spread = np.exp(-0.5 * gap), np.sqrt(-np.expm1(-gap))
        law = marginal(process.data, float(t))
        for first in range(0, y.shape[0], size):
            part = y[first : first + size]
            x = (keep * part[:, None, :] + spread * nodes).reshape(-1, y.shape[1])
            xi = np.tile(nodes, (part.shape[0], 1))
            error = process.error.evaluate(x, float(t), data=process.data)
            values = _operator(error, x, xi, float(spread), law).reshape(part.shape[0], -1)
            total[first : first + size] -= share * (values @ weights)
    return total


@checked
def observable_score(process: Setting, y: ArrayLike) -> Array:
    """Return ``u(y) = E_{P*}[M | Y_end = y]`` at points `(n, d)`, shape (n,).

    Parameters
    ----------
    process : ReverseProcess
        Any data law and error of dimension 1 or 2, by Gauss-Hermite quadrature; beyond, by quasi-Monte Carlo with
        4096 points a time, antithetic.
    y : array_like, shape (n, d)
        End states.

    Returns
    -------
    ndarray, shape (n,)
        u, dimensionless; its variance under q is the observed energy.

    Notes
    -----
    ``u(y) = -int E[(div e + e . grad log q_t)(X_t, t) | X_{t0} = y] dt``, X the forward process. Source: *own*
    (Stein-Ornstein-Uhlenbeck identity). The identity is about the process that starts from q_T.

    Examples
    --------
    On the standard normal a constant error b gives ``u(y) = b y int exp(-t/2) dt``, here over [0, 2 log 2]: b y.

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2 * np.log(2), stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), diffusion, gc.AffineError(0, 0.5))
    >>> gc.observable_score(process, [-2, 0, 3]).round(6) + 0.0
    array([-1. ,  0. ,  1.5])
    """
    require_reverse_equation(process, "the observable score is an expectation over forward paths")
    points, shape = as_points("y", y, process.dim)
    if process.dim in NODES:
        _, times, nodes = NODES[process.dim][0]
        rule = normal_rule(process.dim, nodes)
    else:
        from scipy.special import ndtri
        from scipy.stats import qmc

        times = NODES[2][0][1]
        half = ndtri(qmc.Sobol(process.dim, seed=0).random_base2(SOBOL_POWER - 1))
        rule = (np.concatenate([half, -half]), np.full(2 * half.shape[0], 0.5 / half.shape[0]))
    return _score(process, points, time_rule(process, times), rule).reshape(shape)


def _by_quadrature(values: Callable[[int], float], method: str) -> Enclosure:
    """Return the fine value, and twice its distance from the coarse one as the interval."""
    fine, coarse = values(0), values(1)
    # 1e-13 is a tolerance for rounding, hence "numeric".
    width = 2.0 * abs(fine - coarse) + 1e-13 * abs(fine)
    return Enclosure(fine, max(fine - width, 0.0), fine + width, f"{method}, {HERMITE}", "numeric")


def _by_replicates(values: list[float], method: str) -> Enclosure:
    mean = float(np.mean(values))
    width = STUDENT * float(np.std(values, ddof=1)) / np.sqrt(len(values))
    low = max(mean - width, 0.0)
    return Enclosure(max(mean, low), low, max(mean, low) + width, f"{method}, {SOBOL}", "statistical")


def _drawn(law: Law, uniforms: Array) -> Array:
    """Return points (n, d) of a law from uniforms (n, 1 + d), the first of which chooses the component."""
    from scipy.special import ndtri

    labels = np.minimum(np.searchsorted(np.cumsum(law.weights), uniforms[:, 0]), law.weights.size - 1)
    factors = np.array([part.cholesky for part in law.components])
    return np.asarray(law.means[labels] + np.einsum("nij,nj->ni", factors[labels], ndtri(uniforms[:, 1:])))


def _resolved(process: Setting) -> bool:
    """Whether the rules of `NODES` resolve the error: smooth over a quarter of a unit, and slow in time."""
    smooth, span = process.error.smoothness, process.diffusion.horizon - process.diffusion.stop
    spread = max(1.0, float(np.sqrt(np.max(np.linalg.eigvalsh(process.data.covs)))))
    smooth_in_x = not smooth.breakpoints and smooth.length_scale >= 0.25 * spread
    return smooth_in_x and not smooth.break_times and smooth.time_scale >= 0.125 * span


def ideal_energy(process: Setting) -> Enclosure:
    """Return ``eps*^2 = int E_{q_t} |e|^2 dt`` for any law and error.

    Parameters
    ----------
    process : ReverseProcess
        Any process.

    Returns
    -------
    Enclosure
        ``"numeric"`` by quadrature in d <= 2 where the error's smoothness is known, and for waves in any dimension;
        ``"statistical"``, by quasi-Monte Carlo in space and random times, for all else.
    """
    error, d = process.error, process.dim
    found = None
    if isinstance(error, RandomFeatureError):
        found = wave_energy(process, error)
    elif d in NODES and _resolved(process):

        def value(level: int) -> float:
            count = max(NODES[d][level][2], 24)
            total = 0.0
            for t, share in zip(*time_rule(process, NODES[d][level][1]), strict=True):
                points, weights = law_rule(marginal(process.data, float(t)), count)
                total += share * float(weights @ _square(process, points, float(t)))
            return total

        found = _by_quadrature(value, "energy")
    elif d == 1 and error.smoothness.known:
        found = panel_energy(process)
    return _sampled_energy(process) if found is None else found


def _square(process: Setting, x: Array, t: float) -> Array:
    return np.asarray(np.sum(process.error.evaluate(x, t, data=process.data) ** 2, axis=1))


def random_times(process: Setting, count: int, seed: int) -> tuple[Array, Array]:
    """Return random times, one a stratum of the clock, and the weights of an unbiased integral over time."""
    diffusion = process.diffusion
    shares = (np.arange(count) + np.random.default_rng([2027, seed]).random(count)) / count
    return clock_nodes(diffusion.stop, diffusion.horizon, floor_of(process.data), shares)


def _sampled_energy(process: Setting) -> Enclosure:
    """Return the energy from 16 replicates, widened by what a part that no sample hit may hold.

    A part of space and time whose share is p is missed by all N samples with probability at most ``exp(-N p)``, below
    1e-6 for ``p = 14/N``: so much is added, at the largest value that was seen.
    """
    found, largest = [], 0.0
    for seed in range(REPLICATES):
        uniforms, generator = _sobol(1 + process.dim, seed, STRATUM_POWER), np.random.default_rng([2028, seed])
        total = 0.0
        for t, share in zip(*random_times(process, STRATA, seed), strict=True):
            # A new shift at every time: one net for all of them would hide its error from the replicates.
            shifted = np.clip((uniforms + generator.random(uniforms.shape[1])) % 1.0, 2.0**-54, 1.0 - 2.0**-53)
            values = _square(process, _drawn(marginal(process.data, float(t)), shifted), float(t))
            total += share * float(np.mean(values))
            largest = max(largest, float(share * np.max(values)))
        found.append(total)
    plain = _by_replicates(found, "energy")
    unseen = 14.0 * STRATA * largest / (REPLICATES * STRATA * 2**STRATUM_POWER)
    method = f"{plain.method}, nothing relied on of the error but that no larger values hide from the samples"
    return Enclosure(plain.value, plain.lower, plain.upper + unseen, method, "statistical")


def _sobol(dim: int, seed: int, power: int) -> Array:
    from scipy.stats import qmc

    points = qmc.Sobol(dim, seed=np.random.default_rng([2026, seed])).random_base2(power)
    return np.asarray(np.clip(points, 2.0**-54, 1.0 - 2.0**-53))


def observed_energy(process: Setting) -> Enclosure:
    """Return ``eta eps*^2 = Var u(Y_end)`` for any law and error.

    Parameters
    ----------
    process : ReverseProcess
        Any process; the identity is about the one that starts from q_T.

    Returns
    -------
    Enclosure
        ``"numeric"`` by nested quadrature in d <= 2 where the error's smoothness is known. Else
        ``"statistical"``: with two independent transitions X, X' from one end state, ``E u^2 = E g(X)
        g(X')`` is one integral, done by randomised quasi-Monte Carlo.
    """
    require_reverse_equation(process, "the observed energy is an expectation over forward paths")
    d = process.dim
    if d in NODES and _resolved(process):

        def value(level: int) -> float:
            ends, times, nodes = NODES[d][level]
            y, weights = law_rule(marginal(process.data, process.diffusion.stop), ends)
            u = _score(process, y, time_rule(process, times), normal_rule(d, nodes))
            return float(weights @ u**2)

        return _by_quadrature(value, METHOD)
    from scipy.special import ndtri

    found = []
    for seed in range(REPLICATES):
        times = random_times(process, NODES[2][0][1], seed)
        uniforms = _sobol(1 + 3 * d, seed, SOBOL_POWER)
        y = _drawn(marginal(process.data, process.diffusion.stop), uniforms[:, : 1 + d])
        noise = [ndtri(uniforms[:, 1 + k * d : 1 + (k + 1) * d]) for k in (1, 2)]
        both = [paired_score(process, y, np.broadcast_to(xi, (times[0].size, *xi.shape)), times) for xi in noise]
        found.append(float(np.mean(both[0] * both[1])))
    return _by_replicates(found, METHOD)


def paired_score(process: Setting, y: Array, noise: Array, times: tuple[Array, Array]) -> Array:
    """Return an unbiased estimate of u at each end state (n, d), from opposite transitions at each time.

    `noise` (m, n, d) has the standard normals of the transitions, one row a time of the rule.
    """
    total = np.zeros(y.shape[0])
    for t, share, xi in zip(*times, noise, strict=True):
        total += share * paired_terms(process, y, xi, float(t))[0]
    return total


def paired_terms(process: Setting, y: Array, xi: Array, t: float) -> tuple[Array, Array]:
    """Return what one time adds to u, and ``|e|^2`` there, shape (n,): means over two opposite transitions.

    `y` (n, d) are end states, `xi` (n, d) standard normals.
    """
    gap = t - process.diffusion.stop
    keep, spread = np.exp(-0.5 * gap), float(np.sqrt(-np.expm1(-gap)))
    law = marginal(process.data, t)
    scores, squares = [], []
    for sign in (1.0, -1.0):
        x = keep * y + sign * spread * xi
        error = process.error.evaluate(x, t, data=process.data)
        scores.append(_operator(error, x, sign * xi, spread, law))
        squares.append(np.sum(error**2, axis=1))
    return np.asarray(-0.5 * (scores[0] + scores[1])), np.asarray(0.5 * (squares[0] + squares[1]))


def ratio(observed: Enclosure, energy: Enclosure) -> Enclosure:
    """Return eta in [0, 1] from the observed and the ideal energy; 0 where there is no energy."""
    if float(energy.upper) == 0.0:
        return Enclosure.exact(0.0, METHOD, "numeric")
    found = observed / energy
    low, high = min(max(float(found.lower), 0.0), 1.0), min(max(float(found.upper), 0.0), 1.0)
    return Enclosure(min(max(float(found), low), high), low, high, observed.method, observed.guarantee)
