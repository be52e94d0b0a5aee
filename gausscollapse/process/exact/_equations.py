"""Kernels: the ordinary differential equations of the exact linear-Gaussian case. They know arrays only.

Notation as in `_coefficients`; ``D = diag(1/lam)``, ``W = diag(lam^{-1/2})``, ``A = W B``, ``g = W c``. All
equations are *own* (the moment and Riccati equations of the exact case, written for deviations from the ideal
process, so that nothing cancels when the error is small). Digits name the order in the error.

Moments, in reverse time s (law of z under the learned process: mean ``y1 + y2``, covariance ``I + X1 + X2``):

    y1' = -D y1/2 + g                       X1' = -(D X1 + X1 D)/2 + A + A^T
    y2' = -D y2/2 + A (y1 + y2)             X2' = -(D X2 + X2 D)/2 + A (X1 + X2) + (X1 + X2) A^T
    ideal'  = |c|^2 + tr B B^T              third' = 2 c.B y1 + tr B X1 B^T
    fourth' = 2 c.B y2 + |B (y1 + y2)|^2 + tr B X2 B^T

(y1, X1) is the tangent system of observability; learned energy = ideal + third + fourth.

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

from gausscollapse.process.exact._coefficients import OPTIONS, jacobi


@njit(**OPTIONS)
def moments(d, lam, root, c, B, state, rate, work):  # type: ignore[no-untyped-def]
    """Fill the rates of y1, X1, y2, X2, ideal, third, fourth in reverse time."""
    n = d * d
    y1, X1 = state[:d], state[d : d + n].reshape(d, d)
    y2, X2 = state[d + n : 2 * d + n], state[2 * d + n : 2 * d + 2 * n].reshape(d, d)
    out_y1, out_X1 = rate[:d], rate[d : d + n].reshape(d, d)
    out_y2, out_X2 = rate[d + n : 2 * d + n], rate[2 * d + n : 2 * d + 2 * n].reshape(d, d)
    drift = work[0]
    ideal = 0.0
    third = 0.0
    fourth = 0.0
    for i in range(d):
        first = 0.0
        second = 0.0
        ideal += c[i] * c[i]
        for j in range(d):
            first += B[i, j] * y1[j]
            second += B[i, j] * y2[j]
            ideal += B[i, j] * B[i, j]
        out_y1[i] = -0.5 * y1[i] / lam[i] + c[i] / root[i]
        out_y2[i] = -0.5 * y2[i] / lam[i] + (first + second) / root[i]
        third += 2.0 * c[i] * first
        fourth += 2.0 * c[i] * second + (first + second) ** 2
        for j in range(d):
            linear = 0.0
            rest = 0.0
            for k in range(d):
                linear += B[i, k] * X1[k, j]
                rest += B[i, k] * X2[k, j]
            third += linear * B[i, j]
            fourth += rest * B[i, j]
            drift[i, j] = (linear + rest) / root[i]
    for i in range(d):
        for j in range(d):
            decay = -0.5 * (1.0 / lam[i] + 1.0 / lam[j])
            out_X1[i, j] = decay * X1[i, j] + (B[i, j] / root[i] + B[j, i] / root[j])
            out_X2[i, j] = decay * X2[i, j] + (drift[i, j] + drift[j, i])
    base = 2 * d + 2 * n
    rate[base] = ideal
    rate[base + 1] = third
    rate[base + 2] = fourth


@njit(**OPTIONS)
def geometry(d, lam, root, c, B, state, rate, work):  # type: ignore[no-untyped-def]
    """Fill the rates of slack, gradient (learned weight), gradient (ideal weight) and swirl energies.

    slack: ``(|c + B y - W y|^2 + ||(B - W X (I + X)^{-1}) L||_F^2)/2`` with ``L L^T = I + X``.
    """
    n = d * d
    total, vectors, flow, turned = work[1], work[2], work[3], work[4]
    y = work[5, 0]
    base = 2 * d + 2 * n
    for i in range(d):
        y[i] = state[i] + state[d + n + i]
        for j in range(d):
            total[i, j] = state[d + i * d + j] + state[2 * d + n + i * d + j]
            if i == j:
                total[i, j] += 1.0
    slack = 0.0
    learned = 0.0
    ideal = 0.0
    swirl = 0.0
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
        slack += 0.5 * (value - y[i] / root[i]) ** 2
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
            entry = state[d + i * d + j] + state[2 * d + n + i * d + j]
            for k in range(j):
                entry -= turned[i, k] * vectors[j, k]
            turned[i, j] = entry / vectors[j, j]
    for i in range(d):
        for j in range(d):
            entry = 0.0
            for k in range(j, d):
                entry += B[i, k] * vectors[k, j]
            slack += 0.5 * (entry - turned[i, j] / root[i]) ** 2
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
    rate[base + 3] = slack
    rate[base + 4] = learned
    rate[base + 5] = ideal
    rate[base + 6] = swirl


@njit(**OPTIONS)
def exponential(d, lam, root, c, B, theta, kappa, blown, state, rate, work):  # type: ignore[no-untyped-def]
    """Fill the rates of V, v, P3, p3, P4, variance, q3, q4 in forward time; frozen beyond a blow-up."""
    n = d * d
    V, v = state[:n].reshape(d, d), state[n : n + d]
    P3 = state[n + d : 2 * n + d].reshape(d, d)
    p3 = state[2 * n + d : 2 * n + 2 * d]
    P4 = state[2 * n + 2 * d : 3 * n + 2 * d].reshape(d, d)
    out_V, out_v = rate[:n].reshape(d, d), rate[n : n + d]
    out_P3 = rate[n + d : 2 * n + d].reshape(d, d)
    out_p3 = rate[2 * n + d : 2 * n + 2 * d]
    out_P4 = rate[2 * n + 2 * d : 3 * n + 2 * d].reshape(d, d)
    base = 3 * n + 2 * d
    product, pull, P = work[0], work[1], work[2]
    variance = 0.0
    q3 = 0.0
    q4 = 0.0
    for i in range(d):
        entry = 0.0
        for k in range(d):
            entry += B[k, i] * c[k]
        out_v[i] = -0.5 * v[i] / lam[i] + entry
        variance += 8.0 * entry * v[i]
        q3 += 2.0 * kappa * theta * c[i] / root[i] * v[i] + 0.5 * P3[i, i] / lam[i]
        for j in range(d):
            square = 0.0
            entry = 0.0
            for k in range(d):
                square += B[k, i] * B[k, j]
                entry += B[k, i] / root[k] * V[k, j]
            out_V[i, j] = -0.5 * (1.0 / lam[i] + 1.0 / lam[j]) * V[i, j] + square
            variance += 4.0 * square * V[i, j]
            product[i, j] = entry
            P[i, j] = 2.0 * kappa * V[i, j] + P3[i, j] + P4[i, j]
    for i in range(d):
        for j in range(d):
            decay = -0.5 * (1.0 / lam[i] + 1.0 / lam[j])
            out_P3[i, j] = decay * P3[i, j] + 2.0 * kappa * theta * (product[i, j] + product[j, i])
    if blown:
        for k in range(2 * n + d, base):
            rate[k] = 0.0
    else:
        for i in range(d):
            for j in range(d):
                entry = 0.0
                for k in range(d):
                    entry += B[k, i] / root[k] * (P3[k, j] + P4[k, j])
                pull[i, j] = theta * entry
        for i in range(d):
            p_i = 2.0 * kappa * v[i] + p3[i]
            q4 += theta * c[i] / root[i] * p3[i] + 0.5 * P4[i, i] / lam[i] + 0.5 * p_i * p_i / lam[i]
            entry = 0.0
            for k in range(d):
                p_k = 2.0 * kappa * v[k] + p3[k]
                entry += theta * (B[k, i] * p_k + P[i, k] * c[k]) / root[k] + P[i, k] * p_k / lam[k]
            out_p3[i] = -0.5 * p3[i] / lam[i] + entry
            for j in range(d):
                entry = 0.0
                for k in range(d):
                    entry += P[i, k] * P[k, j] / lam[k]
                decay = -0.5 * (1.0 / lam[i] + 1.0 / lam[j])
                out_P4[i, j] = decay * P4[i, j] + pull[i, j] + pull[j, i] + entry
    rate[base] = variance
    rate[base + 1] = q3
    rate[base + 2] = q4
