"""Kernels: the equations of `_equations` in dimension one, in plain floats. They know arrays only.

The layout of the state is the general one with d = 1; a test compares the two.
"""

from __future__ import annotations

import math

from numba import njit

from gausscollapse.process.exact._coefficients import OPTIONS


@njit(**OPTIONS)
def line_coefficients(decay, keep, noise, form):  # type: ignore[no-untyped-def]
    """Return lam, its root, c and B of ``e = c + B z``."""
    lam = form[0][0] * decay + noise
    root = math.sqrt(lam)
    slope, response, share = form[2][0, 0], form[4][0, 0], form[5]
    c = form[3][0] + slope * keep * form[1][0]
    B = slope * root + response / root
    if share != 0.0:
        precision = share / (form[8][0] * decay + noise)
        c += precision * keep * form[9][0]
        B += decay / lam * form[6][0, 0] * precision * root
    return lam, root, c, B


@njit(**OPTIONS)
def line_moments(lam, root, c, B, speed, state, rate):  # type: ignore[no-untyped-def]
    """Fill the rates of y1, X1, y2, X2, ideal, third, fourth by the clock."""
    y1, X1, y2, X2 = state[0], state[1], state[2], state[3]
    pull = B / root
    rate[0] = speed * (c / root - 0.5 * y1 / lam)
    rate[1] = speed * (2.0 * pull - X1 / lam)
    rate[2] = speed * (pull * (y1 + y2) - 0.5 * y2 / lam)
    rate[3] = speed * (2.0 * pull * (X1 + X2) - X2 / lam)
    rate[4] = speed * (c * c + B * B)
    rate[5] = speed * (2.0 * c * B * y1 + B * B * X1)
    rate[6] = speed * (2.0 * c * B * y2 + (B * (y1 + y2)) ** 2 + B * B * X2)


@njit(**OPTIONS)
def line_geometry(root, c, B, speed, state, rate):  # type: ignore[no-untyped-def]
    """Fill the rates of slack, gradient (both weights) and swirl energies: on a line every field is a gradient."""
    y, X = state[0] + state[2], state[1] + state[3]
    total = max(1.0 + X, 1e-300)
    value = c + B * y
    rate[7] = speed * 0.5 * ((value - y / root) ** 2 + (B - X / (total * root)) ** 2 * total)
    rate[8] = speed * (value * value + B * B * total)
    rate[9] = rate[8]
    rate[10] = 0.0


@njit(**OPTIONS)
def line_exponential(lam, root, c, B, theta, kappa, blown, speed, state, rate):  # type: ignore[no-untyped-def]
    """Fill the rates of V, v, P3, p3, P4, variance, q3, q4 by the clock; frozen beyond a blow-up."""
    V, v, P3, p3, P4 = state[0], state[1], state[2], state[3], state[4]
    pull = theta * B / root
    rate[0] = speed * (B * B - V / lam)
    rate[1] = speed * (B * c - 0.5 * v / lam)
    rate[2] = speed * (4.0 * kappa * pull * V - P3 / lam)
    rate[5] = speed * (4.0 * B * B * V + 8.0 * B * c * v)
    rate[6] = speed * (2.0 * kappa * theta * c / root * v + 0.5 * P3 / lam)
    if blown:
        rate[3] = 0.0
        rate[4] = 0.0
        rate[7] = 0.0
        return
    P = 2.0 * kappa * V + P3 + P4
    p = 2.0 * kappa * v + p3
    rate[3] = speed * (pull * p + theta * c / root * P + (P * p - 0.5 * p3) / lam)
    rate[4] = speed * (2.0 * pull * (P3 + P4) + (P * P - P4) / lam)
    rate[7] = speed * (theta * c / root * p3 + 0.5 * (P4 + p * p) / lam)
