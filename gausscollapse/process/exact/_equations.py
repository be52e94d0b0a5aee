"""Kernels: the ordinary differential equations of the exact linear-Gaussian case. They know arrays only.

Notation as in `_coefficients`; ``D = diag(1/lam)``, ``W = diag(lam^{-1/2})``, ``A = W B``, ``g = W c``. All
equations are *own* (the moment and Riccati equations of the exact case, written for deviations from the ideal
process, so that nothing cancels when the error is small). Digits name the order in the error.

Moments, in reverse time s (law of z under the learned process: mean ``y1 + y2``, covariance ``I + X1 + X2``):

    y1' = -D y1/2 + g                       X1' = -(D X1 + X1 D)/2 + A + A^T
    y2' = -D y2/2 + A (y1 + y2)             X2' = -(D X2 + X2 D)/2 + A (X1 + X2) + (X1 + X2) A^T
    ideal'  = |c|^2 + tr B B^T              third' = 2 c.B y1 + tr B X1 B^T
    fourth' = 2 c.B y2 + |B (y1 + y2)|^2 + tr B X2 B^T

(y1, X1) is the tangent system of observability; learned energy = ideal + third + fourth. Of stochasticity s other
than 1 D is multiplied by s^2, and A and g by ``(1 + s^2)/2``; the energies are those of e all the same.

Exponential moments, in forward time t: with ``P = 2k V + P3 + P4`` and ``p = 2k v + p3``,
``E exp(k int |e|^2)`` under the drift error ``theta e``, given z, is ``exp(z^T P z/2 + p.z + q)``:

    V'  = -(D V + V D)/2 + B^T B            v'  = -D v/2 + B^T c
    P3' = -(D P3 + P3 D)/2 + 2 k theta (A^T V + V A)
    P4' = -(D P4 + P4 D)/2 + theta (A^T (P3 + P4) + (P3 + P4) A) + P D P
    p3' = -D p3/2 + theta (A^T p + P g) + P D p
    q3' = 2 k theta g.v + tr(D P3)/2        q4' = theta g.p3 + tr(D P4)/2 + p.D p/2
    variance' = 4 tr(B^T B V) + 8 (B^T c).v      (of int |e|^2 under the ideal process)
"""

from __future__ import annotations

import math

from numba import njit

from gausscollapse.process.exact import _layout
from gausscollapse.process.exact._coefficients import OPTIONS, jacobi
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
)

moment_places = njit(**OPTIONS)(_layout.moment_places)
riccati_places = njit(**OPTIONS)(_layout.riccati_places)


@njit(**OPTIONS)
def moments(d, lam, root, c, B, forget, gain, state, rate, work):  # type: ignore[no-untyped-def]
    """Fill the rates of y1, X1, y2, X2, ideal, third, fourth in reverse time."""
    at = moment_places(d)
    drift, weight = work[0], work[1, 0]
    ideal = 0.0
    third = 0.0
    fourth = 0.0
    for i in range(d):
        weight[i] = gain / root[i]
    for i in range(d):
        first = 0.0
        second = 0.0
        ideal += c[i] * c[i]
        for j in range(d):
            first += B[i, j] * state[at.y1 + j]
            second += B[i, j] * state[at.y2 + j]
            ideal += B[i, j] * B[i, j]
        rate[at.y1 + i] = -0.5 * forget * state[at.y1 + i] / lam[i] + c[i] * weight[i]
        rate[at.y2 + i] = -0.5 * forget * state[at.y2 + i] / lam[i] + (first + second) * weight[i]
        third += 2.0 * c[i] * first
        fourth += 2.0 * c[i] * second + (first + second) ** 2
        for j in range(d):
            linear = 0.0
            rest = 0.0
            # X1 and X2 are symmetric to the last bit: their rows are their columns.
            for k in range(d):
                linear += B[i, k] * state[at.X1 + j * d + k]
                rest += B[i, k] * state[at.X2 + j * d + k]
            third += linear * B[i, j]
            fourth += rest * B[i, j]
            drift[i, j] = (linear + rest) * weight[i]
    for i in range(d):
        for j in range(i + 1):
            decay = -0.5 * forget * (1.0 / lam[i] + 1.0 / lam[j])
            here, there = i * d + j, j * d + i
            linear = decay * state[at.X1 + here] + (B[i, j] * weight[i] + B[j, i] * weight[j])
            rest = decay * state[at.X2 + here] + (drift[i, j] + drift[j, i])
            rate[at.X1 + here], rate[at.X1 + there] = linear, linear
            rate[at.X2 + here], rate[at.X2 + there] = rest, rest
    rate[at.sums + IDEAL] = ideal
    rate[at.sums + THIRD] = third
    rate[at.sums + FOURTH] = fourth


@njit(**OPTIONS)
def geometry(d, lam, root, c, B, stochasticity, gain, state, rate, work):  # type: ignore[no-untyped-def]
    """Fill the rates of slack, gradient (learned weight), gradient (ideal weight), swirl energies and flow.

    slack: ``(|c + B y - W y|^2 + ||(B - W X (I + X)^{-1}) L||_F^2)/2`` with ``L L^T = I + X``; of stochasticity s
    with (k/s) c, (k/s) B and s W, without meaning for s = 0. flow: ``sqrt(E|e|^2 I)`` with the relative Fisher
    information ``I = |W y|^2 + ||W X L^{-T}||_F^2``.
    """
    at = moment_places(d)
    total, vectors, flow, turned = work[1], work[2], work[3], work[4]
    y = work[5, 0]
    for i in range(d):
        y[i] = state[at.y1 + i] + state[at.y2 + i]
        for j in range(d):
            total[i, j] = state[at.X1 + i * d + j] + state[at.X2 + i * d + j]
            if i == j:
                total[i, j] += 1.0
    ratio = gain / stochasticity if stochasticity > 0.0 else 0.0
    slack = 0.0
    learned = 0.0
    ideal = 0.0
    swirl = 0.0
    square = 0.0
    fisher = 0.0
    # flow = A_t V = B (I + X) diag(root), the slope times the learned covariance.
    for i in range(d):
        value = c[i]
        for j in range(d):
            value += B[i, j] * y[j]
            entry = 0.0
            for k in range(d):
                entry += B[i, k] * total[k, j]
            flow[i, j] = entry * root[j]
        learned += value * value
        fisher += (y[i] / root[i]) ** 2
        slack += 0.5 * (ratio * value - stochasticity * y[i] / root[i]) ** 2
    for i in range(d):
        value = c[i]
        for j in range(d):
            # Lyapunov equation with the ideal covariance, which is diagonal here.
            turned[i, j] = (B[i, j] * root[j] + root[i] * B[j, i]) / (lam[i] + lam[j]) * root[j]
            value += turned[i, j] * y[j]
        ideal += value * value
    for i in range(d):
        for j in range(d):
            entry = 0.0
            for k in range(d):
                entry += turned[i, k] * total[k, j]
            ideal += entry * turned[i, j]
    square += learned
    # Cholesky factor L of I + X in `vectors`; (B - W X (I + X)^{-1}) L = B L - W X L^{-T}.
    for i in range(d):
        for j in range(i + 1):
            entry = total[i, j]
            for k in range(j):
                entry -= vectors[i, k] * vectors[j, k]
            vectors[i, j] = math.sqrt(max(entry, 1e-300)) if i == j else entry / vectors[j, j]
    for j in range(d):
        # turned = X L^{-T}, from turned L^T = X column by column.
        for i in range(d):
            entry = state[at.X1 + i * d + j] + state[at.X2 + i * d + j]
            for k in range(j):
                entry -= turned[i, k] * vectors[j, k]
            turned[i, j] = entry / vectors[j, j]
    for i in range(d):
        for j in range(d):
            entry = 0.0
            for k in range(j, d):
                entry += B[i, k] * vectors[k, j]
            square += entry * entry
            fisher += (turned[i, j] / root[i]) ** 2
            slack += 0.5 * (ratio * entry - stochasticity * turned[i, j] / root[i]) ** 2
    for i in range(d):
        for j in range(d):
            total[i, j] *= root[i] * root[j]
    jacobi(total, vectors)
    for i in range(d):
        for j in range(d):
            entry = 0.0
            for k in range(d):
                entry += vectors[k, i] * flow[k, j]
            turned[i, j] = entry
    for i in range(d):
        for j in range(d):
            entry = 0.0
            for k in range(d):
                entry += turned[i, k] * vectors[k, j]
            flow[i, j] = entry
    for i in range(d):
        for j in range(d):
            vi, vj = total[i, i], total[j, j]
            learned += ((flow[i, j] + flow[j, i]) / (vi + vj)) ** 2 * vj
            swirl += ((flow[i, j] * vi - flow[j, i] * vj) / (vi + vj)) ** 2 / vj
    rate[at.sums + SLACK] = slack
    rate[at.sums + GRADIENT_LEARNED] = learned
    rate[at.sums + GRADIENT_IDEAL] = ideal
    rate[at.sums + SWIRL] = swirl
    rate[at.sums + FLOW] = math.sqrt(square * fisher)


@njit(**OPTIONS)
def exponential(d, lam, root, c, B, exponent, blown, state, rate, work):  # type: ignore[no-untyped-def]
    """Fill the rates of V, v, P3, p3, P4, variance, q3, q4 in forward time; frozen beyond a blow-up."""
    at = riccati_places(d)
    theta, kappa = exponent.theta, exponent.kappa
    product, pull, P, turned = work[0], work[1], work[2], work[3]
    p = work[4, 0]
    variance = 0.0
    q3 = 0.0
    q4 = 0.0
    for k in range(d):
        p[k] = 2.0 * kappa * state[at.v + k] + state[at.p3 + k]
        for i in range(d):
            # A = W B, column by column.
            turned[i, k] = B[k, i] / root[k]
    for i in range(d):
        entry = 0.0
        for k in range(d):
            entry += B[k, i] * c[k]
        rate[at.v + i] = -0.5 * state[at.v + i] / lam[i] + entry
        variance += 8.0 * entry * state[at.v + i]
        q3 += 2.0 * kappa * theta * c[i] / root[i] * state[at.v + i] + 0.5 * state[at.P3 + i * d + i] / lam[i]
        for j in range(d):
            square = 0.0
            entry = 0.0
            # V, P3 and P4 are symmetric to the last bit: their rows are their columns.
            for k in range(d):
                square += B[k, i] * B[k, j]
                entry += turned[i, k] * state[at.V + j * d + k]
            here = i * d + j
            rate[at.V + here] = -0.5 * (1.0 / lam[i] + 1.0 / lam[j]) * state[at.V + here] + square
            variance += 4.0 * square * state[at.V + here]
            product[i, j] = entry
            P[i, j] = 2.0 * kappa * state[at.V + here] + state[at.P3 + here] + state[at.P4 + here]
    for i in range(d):
        for j in range(d):
            decay = -0.5 * (1.0 / lam[i] + 1.0 / lam[j])
            here = at.P3 + i * d + j
            rate[here] = decay * state[here] + 2.0 * kappa * theta * (product[i, j] + product[j, i])
    if blown:
        for k in range(at.p3, at.sums):
            rate[k] = 0.0
    else:
        for i in range(d):
            for j in range(d):
                entry = 0.0
                for k in range(d):
                    entry += turned[i, k] * (state[at.P3 + j * d + k] + state[at.P4 + j * d + k])
                pull[i, j] = theta * entry
        for i in range(d):
            q4 += theta * c[i] / root[i] * state[at.p3 + i]
            q4 += 0.5 * (state[at.P4 + i * d + i] + p[i] * p[i]) / lam[i]
            entry = 0.0
            for k in range(d):
                entry += theta * (turned[i, k] * p[k] + P[i, k] * c[k] / root[k]) + P[i, k] * p[k] / lam[k]
            rate[at.p3 + i] = -0.5 * state[at.p3 + i] / lam[i] + entry
            for j in range(i + 1):
                entry = 0.0
                for k in range(d):
                    entry += P[i, k] * P[j, k] / lam[k]
                decay = -0.5 * (1.0 / lam[i] + 1.0 / lam[j])
                here, there = at.P4 + i * d + j, at.P4 + j * d + i
                entry = decay * state[here] + (pull[i, j] + pull[j, i]) + entry
                rate[here], rate[there] = entry, entry
    rate[at.sums + VARIANCE] = variance
    rate[at.sums + Q3] = q3
    rate[at.sums + Q4] = q4
