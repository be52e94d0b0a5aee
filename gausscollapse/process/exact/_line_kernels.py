"""Kernels: the equations of `_equations` in dimension one, in plain floats. They know arrays only.

The layout of the state is the general one with d = 1; a test compares the two.
"""

from __future__ import annotations

import math

from numba import njit

from gausscollapse.process.exact._coefficients import OPTIONS
from gausscollapse.process.exact._layout import (
    FLOW,
    FOURTH,
    GRADIENT_IDEAL,
    GRADIENT_LEARNED,
    IDEAL,
    Q3,
    Q4,
    SLACK,
    SWIRL,
    THIRD,
    VARIANCE,
    moment_places,
    riccati_places,
)

MOMENT, RICCATI = moment_places(1), riccati_places(1)


@njit(**OPTIONS)
def line_coefficients(decay, keep, noise, form):  # type: ignore[no-untyped-def]
    """Return lam, its root, c and B of ``e = c + B z``."""
    lam = form.eig[0] * decay + noise
    root = math.sqrt(lam)
    slope = form.slope[0, 0]
    c = form.offset[0] + slope * keep * form.mean[0]
    B = slope * root + form.response[0, 0] / root
    if form.share != 0.0:
        precision = form.share / (form.target_eig[0] * decay + noise)
        c += precision * keep * form.shift[0]
        B += decay / lam * form.change[0, 0] * precision * root
    return lam, root, c, B


@njit(**OPTIONS)
def line_moments(lam, root, c, B, forget, gain, speed, state, rate):  # type: ignore[no-untyped-def]
    """Fill the rates of y1, X1, y2, X2, ideal, third, fourth by the clock."""
    y1, X1, y2, X2 = state[MOMENT.y1], state[MOMENT.X1], state[MOMENT.y2], state[MOMENT.X2]
    pull = gain * B / root
    rate[MOMENT.y1] = speed * (gain * c / root - 0.5 * forget * y1 / lam)
    rate[MOMENT.X1] = speed * (2.0 * pull - forget * X1 / lam)
    rate[MOMENT.y2] = speed * (pull * (y1 + y2) - 0.5 * forget * y2 / lam)
    rate[MOMENT.X2] = speed * (2.0 * pull * (X1 + X2) - forget * X2 / lam)
    rate[MOMENT.sums + IDEAL] = speed * (c * c + B * B)
    rate[MOMENT.sums + THIRD] = speed * (2.0 * c * B * y1 + B * B * X1)
    rate[MOMENT.sums + FOURTH] = speed * (2.0 * c * B * y2 + (B * (y1 + y2)) ** 2 + B * B * X2)


@njit(**OPTIONS)
def line_geometry(root, c, B, stochasticity, gain, speed, state, rate):  # type: ignore[no-untyped-def]
    """Fill the rates of slack, gradient (both weights), swirl and flow: on a line every field is a gradient."""
    y, X = state[MOMENT.y1] + state[MOMENT.y2], state[MOMENT.X1] + state[MOMENT.X2]
    total = max(1.0 + X, 1e-300)
    value = c + B * y
    learned = speed * (value * value + B * B * total)
    ratio = gain / stochasticity if stochasticity > 0.0 else 0.0
    shift, spread = y / root, X / (total * root)
    first, second = ratio * value - stochasticity * shift, ratio * B - stochasticity * spread
    rate[MOMENT.sums + SLACK] = speed * 0.5 * (first**2 + second**2 * total)
    fisher = shift**2 + spread**2 * total
    rate[MOMENT.sums + FLOW] = math.sqrt(speed * learned * fisher)
    rate[MOMENT.sums + GRADIENT_LEARNED] = learned
    rate[MOMENT.sums + GRADIENT_IDEAL] = learned
    rate[MOMENT.sums + SWIRL] = 0.0


@njit(**OPTIONS)
def line_exponential(lam, root, c, B, exponent, blown, speed, state, rate):  # type: ignore[no-untyped-def]
    """Fill the rates of V, v, P3, p3, P4, variance, q3, q4 by the clock; frozen beyond a blow-up."""
    V, v = state[RICCATI.V], state[RICCATI.v]
    P3, p3, P4 = state[RICCATI.P3], state[RICCATI.p3], state[RICCATI.P4]
    theta, kappa = exponent.theta, exponent.kappa
    pull = theta * B / root
    rate[RICCATI.V] = speed * (B * B - V / lam)
    rate[RICCATI.v] = speed * (B * c - 0.5 * v / lam)
    rate[RICCATI.P3] = speed * (4.0 * kappa * pull * V - P3 / lam)
    rate[RICCATI.sums + VARIANCE] = speed * (4.0 * B * B * V + 8.0 * B * c * v)
    rate[RICCATI.sums + Q3] = speed * (2.0 * kappa * theta * c / root * v + 0.5 * P3 / lam)
    if blown:
        rate[RICCATI.p3] = 0.0
        rate[RICCATI.P4] = 0.0
        rate[RICCATI.sums + Q4] = 0.0
        return
    P = 2.0 * kappa * V + P3 + P4
    p = 2.0 * kappa * v + p3
    rate[RICCATI.p3] = speed * (pull * p + theta * c / root * P + (P * p - 0.5 * p3) / lam)
    rate[RICCATI.P4] = speed * (2.0 * pull * (P3 + P4) + (P * P - P4) / lam)
    rate[RICCATI.sums + Q4] = speed * (theta * c / root * p3 + 0.5 * (P4 + p * p) / lam)
