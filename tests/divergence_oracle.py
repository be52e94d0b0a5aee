"""Slow twins of the divergences: mpmath at 50 digits, written from the definitions, and random laws."""

from __future__ import annotations

import mpmath as mp
import numpy as np

import gausscollapse as gc

DIGITS = 50


def random_line_law(rng, largest=3, smallest=1):
    k = int(rng.integers(smallest, largest + 1))
    weights = rng.random(k) + 0.1
    return gc.GaussianMixture(
        weights / weights.sum(), 2.0 * rng.standard_normal(k), np.exp(rng.uniform(-1.5, 1.5, k))
    )


def random_law(rng, k, d, spread=1.0, floor=0.5):
    roots = rng.standard_normal((k, d, d))
    covs = roots @ np.swapaxes(roots, 1, 2) / d + floor * np.eye(d)
    weights = rng.random(k) + 0.2
    return gc.GaussianMixture(weights / weights.sum(), spread * rng.standard_normal((k, d)), covs)


def product_law(line, gaussian, rotation):
    """Return the law of ``R (X, Y)``, X of a line mixture and Y of an independent Gaussian of dimension d - 1."""
    d = gaussian.dim + 1
    means, covs = [], []
    for mean, cov in zip(line.means[:, 0], line.covs[:, 0, 0], strict=True):
        block = np.zeros((d, d))
        block[0, 0], block[1:, 1:] = cov, gaussian.cov
        full = rotation @ block @ rotation.T
        means.append(rotation @ np.concatenate([[mean], gaussian.mean]))
        covs.append(0.5 * (full + full.T))
    return gc.GaussianMixture(line.weights, means, covs)


class _Density:
    def __init__(self, law):
        if isinstance(law, gc.Gaussian):
            law = gc.GaussianMixture([1.0], law.mean[None], law.cov[None])
        total = mp.fsum(mp.mpf(w) for w in law.weights.tolist())
        self.terms = [
            (mp.mpf(w) / total / mp.sqrt(2 * mp.pi * mp.mpf(v)), mp.mpf(m), -1 / (2 * mp.mpf(v)))
            for w, m, v in zip(
                law.weights.tolist(), law.means[:, 0].tolist(), law.covs[:, 0, 0].tolist(), strict=True
            )
        ]

    def parts(self, x):
        return [(c * mp.exp(h * (x - m) ** 2), 2 * h * (x - m)) for c, m, h in self.terms]

    def __call__(self, x):
        return mp.fsum(value for value, _ in self.parts(x))

    def score(self, x):
        parts = self.parts(x)
        return mp.fsum(value * slope for value, slope in parts) / mp.fsum(value for value, _ in parts)


def integrand(name, p, q, order=None):
    first, second = _Density(p), _Density(q)

    def function(x):
        a, b = first(x), second(x)
        if name == "kl":
            return a * mp.log(a / b)
        if name == "jeffreys":
            return (a - b) * mp.log(a / b)
        if name == "hellinger2":
            return (mp.sqrt(a) - mp.sqrt(b)) ** 2 / 2
        if name == "chi2":
            return (a - b) ** 2 / b
        if name == "power":
            return a**order * b ** (1 - order)
        if name == "fisher_divergence":
            return a * (first.score(x) - second.score(x)) ** 2
        raise ValueError(name)

    return function


def integrate(function, low, high, step, *, relative=1e-22):
    """Return a trapezoidal sum, the step halved until two sums agree: exponentially accurate for these integrands."""
    low, high, step = mp.mpf(low), mp.mpf(high), mp.mpf(step)
    n = int(mp.ceil((high - low) / step))
    step = (high - low) / n
    total = step * mp.fsum(function(low + i * step) for i in range(n + 1))
    for _ in range(12):
        middle = step * mp.fsum(function(low + (i + mp.mpf(1) / 2) * step) for i in range(n))
        finer = (total + middle) / 2
        # the error is squared at each halving
        if abs(finer - total) <= mp.sqrt(relative) * abs(finer) / 1000:
            return finer
        total, step, n = finer, step / 2, 2 * n
    raise AssertionError("oracle did not converge")


def line_oracle(name, p, q, *, order=None, reach=13.0, relative=1e-22):
    """Return an integral on the line at 50 digits of working precision; truncation at `reach` deviations."""
    means, deviations = [], []
    for law in (p, q):
        law = law if isinstance(law, gc.GaussianMixture) else gc.GaussianMixture([1.0], law.mean[None], law.cov[None])
        means += law.means[:, 0].tolist()
        deviations += np.sqrt(law.covs[:, 0, 0]).tolist()
    low = min(m - reach * s for m, s in zip(means, deviations, strict=True))
    high = max(m + reach * s for m, s in zip(means, deviations, strict=True))
    with mp.workdps(DIGITS):
        return integrate(integrand(name, p, q, order), low, high, 0.6 * min(deviations), relative=relative)


def _on_grid(law, low, step, n):
    """Return the density at low + i step, i = 0..n: Gaussians on a grid by products alone."""
    density = _Density(law)
    total = [mp.mpf(0)] * (n + 1)
    for c, m, h in density.terms:
        value = c * mp.exp(h * (low - m) ** 2)
        ratio = mp.exp(h * step * (2 * (low - m) + step))
        factor = mp.exp(2 * h * step * step)
        for i in range(n + 1):
            total[i] += value
            value *= ratio
            ratio *= factor
    return total


def kl_oracle(p, q, *, digits=DIGITS, reach=10.0, relative=1e-18):
    """Return KL on the line by trapezoidal sums; the same as `line_oracle`, several times faster."""
    deviations = np.sqrt(np.concatenate([p.covs[:, 0, 0], q.covs[:, 0, 0]]))
    means = np.concatenate([p.means[:, 0], q.means[:, 0]])
    low, high = float(np.min(means - reach * deviations)), float(np.max(means + reach * deviations))
    step = 0.25 * float(deviations.min())
    with mp.workdps(digits + 10):
        for _ in range(6):
            n = 2 * int(np.ceil((high - low) / (2.0 * step)))
            h = (mp.mpf(high) - mp.mpf(low)) / n
            first, second = (_on_grid(law, mp.mpf(low), h, n) for law in (p, q))
            values = [a * mp.log(a / b) for a, b in zip(first, second, strict=True)]
            fine, coarse = h * mp.fsum(values), 2 * h * mp.fsum(values[::2])
            if abs(fine - coarse) <= mp.sqrt(relative) * abs(fine) / 100:
                return fine
            step /= 2
    raise AssertionError("oracle did not converge")
