"""Independent computations that tests compare with: mpmath at 50 digits, and the raw differential equations."""

from __future__ import annotations

import mpmath as mp
import numpy as np
from scipy.integrate import solve_ivp

import gausscollapse as gc

DIGITS = 50


def matrix(array):
    return mp.matrix(np.atleast_2d(np.asarray(array, dtype=float)).tolist())


def vector(array):
    return mp.matrix([[mp.mpf(float(x))] for x in np.atleast_1d(array)])


def trace(m):
    return mp.fsum(m[i, i] for i in range(m.rows))


def symmetric_eigenvalues(m):
    return [mp.re(x) for x in mp.eigsy(m, eigvals_only=True)]


def gaussian_divergences(p: gc.Gaussian, q: gc.Gaussian, orders=(), *, digits=DIGITS):
    """Return every divergence of section 9 by its textbook formula with `digits` digits; inf where it diverges."""
    with mp.workdps(digits):
        sp, sq = matrix(p.cov), matrix(q.cov)
        delta = vector(p.mean) - vector(q.mean)
        d = p.dim
        ip, iq = sp**-1, sq**-1
        dp, dq = mp.det(sp), mp.det(sq)

        def square(precision):
            return (delta.T * precision * delta)[0]

        def kl(a, ib, da, db):
            return (trace(ib * a) - d - mp.log(da / db) + square(ib)) / 2

        def renyi(order):
            mixed = order * sq + (1 - order) * sp
            if min(symmetric_eigenvalues(mixed)) <= 0:
                return mp.inf
            volume = mp.log(mp.det(mixed)) - (1 - order) * mp.log(dp) - order * mp.log(dq)
            return order * square(mixed**-1) / 2 + volume / (2 * (1 - order))

        forward, backward = kl(sp, iq, dp, dq), kl(sq, ip, dq, dp)
        half = renyi(mp.mpf("0.5"))
        second = renyi(mp.mpf(2))
        gap = iq - ip
        root = mp.matrix(mp.eigsy(sq)[1])
        roots = mp.diag([mp.sqrt(x) for x in mp.eigsy(sq)[0]])
        half_root = root * roots * root.T
        inner = [
            mp.sqrt(abs(x))
            for x in symmetric_eigenvalues((half_root * sp * half_root + (half_root * sp * half_root).T) / 2)
        ]
        bures = trace(sp) + trace(sq) - 2 * mp.fsum(inner)
        return {
            "kl": forward,
            "chi2": mp.expm1(second) if mp.isfinite(second) else mp.inf,
            "bhattacharyya": half / 2,
            "hellinger2": -mp.expm1(-half / 2),
            "jeffreys": forward + backward,
            "fisher_divergence": (delta.T * iq * iq * delta)[0] + trace(gap * sp * gap),
            "wasserstein2": mp.sqrt((delta.T * delta)[0] + bures),
            **{order: renyi(mp.mpf(order)) for order in orders},
        }


def coefficients(data, parts, t):
    """Return the marginal at t, slope and offset of ``A x + b + R S^-1 (x - m) + c (S^-1(x - m) - V^-1(x - n))``."""
    slope, offset, response, share, target = parts
    law = gc.OrnsteinUhlenbeck().marginal(data, t)
    precision = np.linalg.inv(law.cov)
    field = response + share * np.eye(data.dim)
    total_slope = slope + field @ precision
    total_offset = offset - field @ precision @ law.mean
    if share:
        other = gc.OrnsteinUhlenbeck().marginal(target, t)
        inverse = np.linalg.inv(other.cov)
        total_slope = total_slope - share * inverse
        total_offset = total_offset + share * inverse @ other.mean
    return law, total_slope, total_offset, precision


def reverse_process(data, diffusion, parts, *, matched=True, rtol=1e-12):
    """Integrate the learned process in the plain coordinates: endpoint and all energies."""
    d = data.dim
    eye = np.eye(d)

    def rates(s, state):
        law, slope, offset, precision = coefficients(data, parts, diffusion.horizon - s)
        mean, cov = state[:d], state[d : d + d * d].reshape(d, d)
        drift = eye / 2 - precision + slope
        inverse = np.linalg.inv(cov)
        learned = np.sum((slope @ mean + offset) ** 2) + np.trace(slope @ cov @ slope.T)
        ideal = np.sum((slope @ law.mean + offset) ** 2) + np.trace(slope @ law.cov @ slope.T)
        symmetric, swirl = gc.hodge(slope, cov)
        gradient = np.trace(symmetric @ cov @ symmetric) + np.sum((slope @ mean + offset) ** 2)
        lost = slope + inverse - precision
        shift = offset - inverse @ mean + precision @ law.mean
        slack = 0.5 * (np.sum((lost @ mean + shift) ** 2) + np.trace(lost @ cov @ lost.T))
        ideal_split, _ = gc.hodge(slope, law.cov)
        value = ideal_split @ (mean - law.mean) + slope @ law.mean + offset
        ideal_gradient = np.sum(value**2) + np.trace(ideal_split @ cov @ ideal_split)
        return np.concatenate(
            [
                drift @ mean + precision @ law.mean + offset,
                (drift @ cov + cov @ drift.T + eye).ravel(),
                [learned, ideal, gradient, np.trace(swirl @ inverse @ swirl.T), slack, ideal_gradient],
            ]
        )

    start = gc.OrnsteinUhlenbeck().marginal(data, diffusion.horizon)
    mean, cov = (start.mean, start.cov) if matched else (np.zeros(d), eye)
    first = np.concatenate([mean, cov.ravel(), np.zeros(6)])
    solution = solve_ivp(
        rates, (0.0, diffusion.horizon - diffusion.stop), first, method="DOP853", rtol=rtol, atol=1e-14
    )
    last = solution.y[:, -1]
    names = ("learned_energy", "ideal_energy", "gradient_learned", "swirl_energy", "slack", "gradient_ideal")
    return last[:d], last[d : d + d * d].reshape(d, d), dict(zip(names, last[d + d * d :], strict=True))


def log_exponential_moment(data, diffusion, parts, theta1, theta2, *, matched=True, rtol=1e-11):
    """Return ``log E exp(theta1 M + theta2 [M])`` by the Riccati equations in the plain coordinates, or inf."""
    d = data.dim
    kappa = theta2 + 0.5 * theta1**2

    def rates(t, state):
        law, slope, offset, precision = coefficients(data, parts, t)
        P, p = state[: d * d].reshape(d, d), state[d * d : d * d + d]
        drift = np.eye(d) / 2 - precision + theta1 * slope
        shift = precision @ law.mean + theta1 * offset
        return np.concatenate(
            [
                (drift.T @ P + P @ drift + P @ P + 2 * kappa * slope.T @ slope).ravel(),
                drift.T @ p + P @ shift + P @ p + 2 * kappa * slope.T @ offset,
                [p @ shift + 0.5 * np.trace(P) + 0.5 * p @ p + kappa * offset @ offset],
            ]
        )

    def explosion(t, state):
        return np.max(np.abs(state[: d * d])) - 1e7

    explosion.terminal = True
    solution = solve_ivp(
        rates, (diffusion.stop, diffusion.horizon), np.zeros(d * d + d + 1), method="DOP853", rtol=rtol, atol=1e-13,
        events=explosion,
    )  # fmt: skip
    if solution.status != 0:
        return np.inf
    last = solution.y[:, -1]
    P, p, constant = last[: d * d].reshape(d, d), last[d * d : d * d + d], last[-1]
    law = gc.OrnsteinUhlenbeck().marginal(data, diffusion.horizon)
    inverse = np.linalg.inv(law.cov)
    # q_T (N(0, I)/q_T)^theta1 is the Gaussian integrand where the start is N(0, I).
    ratio = 0.0 if matched else theta1
    precision = (1.0 - ratio) * inverse + ratio * np.eye(d) - P
    linear = (1.0 - ratio) * inverse @ law.mean + p
    if np.linalg.eigvalsh(precision)[0] <= 0:
        return np.inf
    constant -= 0.5 * (1.0 - ratio) * (law.mean @ inverse @ law.mean + np.linalg.slogdet(law.cov)[1])
    return constant + 0.5 * linear @ np.linalg.solve(precision, linear) - 0.5 * np.linalg.slogdet(precision)[1]
