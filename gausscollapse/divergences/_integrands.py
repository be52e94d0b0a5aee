"""The integrands of `_integral` as arrays, in log space, with a bound of their rounding error."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.excess import exponential_excess
from gausscollapse.core.validation import Array
from gausscollapse.divergences._integral import Integral

EPSILON = float(np.finfo(float).eps)
NEAR = 0.5


def evaluate(
    integral: Integral,
    log_p: Array,
    log_q: Array,
    log_unit: Array | float,
    noise_p: Array | float = 0.0,
    noise_q: Array | float = 0.0,
    gap: Array | None = None,
) -> tuple[Array, Array]:
    """Return the integrand divided by ``exp(log_unit)`` and a first-order bound of its rounding error.

    Parameters
    ----------
    integral : Integral
        What is integrated.
    log_p, log_q : ndarray, shape (n,)
        Log-densities.
    log_unit : ndarray, shape (n,), or float
        Log of what the integrand is divided by.
    noise_p, noise_q : ndarray, shape (n,), or float
        Bounds of the absolute errors of the log-densities.
    gap : ndarray, shape (2, n), optional
        ``|grad log p - grad log q|`` and a bound of its error, for ``fisher``.
    """
    t = log_p - log_q
    kind, a = integral.kind, integral.order
    near = np.abs(t) < NEAR
    small = np.where(near, t, 0.0)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        p, q = np.exp(log_p - log_unit), np.exp(log_q - log_unit)
        difference = np.where(near, q * np.expm1(small), p - q)
        if kind == "kl":
            value = np.where(near, p * exponential_excess(-small), p * t - p + q)
            size = np.where(near, value, p * (np.abs(t) + 1.0) + q)
            by_p, by_q = np.abs(p * t), np.abs(difference)
        elif kind == "jeffreys":
            value = size = difference * t
            by_p, by_q = np.abs(p * t + difference), np.abs(q * t + difference)
        elif kind == "variation":
            value = size = 0.5 * np.abs(difference)
            by_p, by_q = 0.5 * p, 0.5 * q
        elif kind == "fisher":
            length, doubt = np.zeros((2, t.size)) if gap is None else gap
            value = by_p = p * length * length
            by_q = np.zeros_like(t)
            size = value + p * (2.0 * length + doubt) * doubt / EPSILON
        else:
            power = np.exp(a * log_p + (1.0 - a) * log_q - log_unit)
            if kind == "power":
                value = size = power
                by_p, by_q = a * power, abs(1.0 - a) * power
            else:
                sign = 1.0 if a > 1.0 else -1.0
                remainders = q * (exponential_excess(a * small) - a * exponential_excess(small))
                value = sign * np.where(near, remainders, power - a * p - (1.0 - a) * q)
                size = np.where(near, q * a * (1.0 + a) * small * small, power + a * p + abs(1.0 - a) * q)
                by_p = a * np.where(near, q * np.abs(np.expm1(a * small) - np.expm1(small)), np.abs(power - p))
                by_q = abs(1.0 - a) * np.where(near, q * np.abs(np.expm1(a * small)), np.abs(power - q))
        return np.maximum(value, 0.0), 4.0 * EPSILON * size + noise_p * by_p + noise_q * by_q
