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

import itertools
import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gausscollapse.reverse._coefficients import OPTIONS, clock_of_time, coefficients, jacobi, time_of_clock

MOMENTS, GEOMETRY, EXPONENTIAL = 0, 1, 2

BLOW_UP = 1e9
# A change below this share of the natural size is rounding, not error: where a term cancels it is all there is.
NOISE = 2e-16
MAX_STEPS = 100_000


def layout(mode: int, d: int) -> tuple[int, NDArray[np.int64]]:
    """Return the length of the state and its error groups as rows (start, end, accumulate, order in the error)."""
    block = d + d * d
    if mode == EXPONENTIAL:
        ends, orders = [0, block, block + d * d, 2 * block, 2 * block + d * d], [2, 3, 3, 4]
        scalars = [4, 3, 4]
    else:
        ends, orders = [0, block, 2 * block], [1, 2]
        scalars = [2, 3, 4] if mode == MOMENTS else [2, 3, 4, 2, 2, 2, 2]
    groups = [(a, b, 0, order) for (a, b), order in zip(itertools.pairwise(ends), orders, strict=True)]
    groups += [(ends[-1] + k, ends[-1] + k + 1, 1, order) for k, order in enumerate(scalars)]
    return ends[-1] + len(scalars), np.array(groups, dtype=np.int64)


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


@njit(**OPTIONS)
def rates(  # type: ignore[no-untyped-def]
    mode,
    clock,
    floor,
    theta,
    kappa,
    blown,
    eig,
    mean,
    slope,
    offset,
    response,
    share,
    change,
    basis,
    target_eig,
    shift,
    state,
    rate,
    vectors,
    work,
):
    """Fill the rates of the state by the clock, in the direction in which the mode runs."""
    d = eig.size
    t = time_of_clock(clock, floor)
    lam, root, c = vectors[0], vectors[1], vectors[2]
    B = work[6]
    coefficients(
        t, eig, mean, slope, offset, response, share, change, basis, target_eig, shift, lam, root, c, B, work[7]
    )
    if mode == EXPONENTIAL:
        exponential(d, lam, root, c, B, theta, kappa, blown, state, rate, work)
    else:
        moments(d, lam, root, c, B, state, rate, work)
        if mode == GEOMETRY:
            geometry(d, lam, root, c, B, state, rate, work)
    speed = floor * math.exp(-t) - math.expm1(-t)
    for k in range(rate.size):
        rate[k] *= speed


@njit(**OPTIONS)
def integrate(  # type: ignore[no-untyped-def]
    mode,
    tolerance,
    stages,
    weights,
    nodes,
    error3,
    error5,
    groups,
    theta,
    kappa,
    eig,
    mean,
    slope,
    offset,
    response,
    share,
    change,
    basis,
    target_eig,
    shift,
    horizon,
    stop,
    state,
    absolute,
):
    """Integrate one instance over its time interval with the Dormand-Prince pair 8(5,3); the state in place.

    Returns 0, or 1 where the Riccati solution blew up, 2 where the moments left the range of floats (the state
    is then set to inf), 3 where the step limit was reached. `absolute` receives, for each accumulated scalar, the
    sum of the sizes of its increments: the scale of its error.
    """
    d = eig.size
    size = state.size
    floor = min(1.0, eig.min())
    start, end = clock_of_time(horizon, floor), clock_of_time(stop, floor)
    direction = -1.0
    if mode == EXPONENTIAL:
        start, end = end, start
        direction = 1.0
    length = abs(end - start)
    count = nodes.size
    rates_table = np.empty((count, size))
    trial = np.empty(size)
    vectors = np.empty((3, d))
    work = np.empty((8, d, d))
    blown = False
    done = 0.0
    step = min(0.1, length)
    rates(
        mode,
        start,
        floor,
        theta,
        kappa,
        blown,
        eig,
        mean,
        slope,
        offset,
        response,
        share,
        change,
        basis,
        target_eig,
        shift,
        state,
        rates_table[0],
        vectors,
        work,
    )
    status = 0
    for _ in range(MAX_STEPS):
        if done >= length:
            return status
        last = step >= (length - done) * (1.0 - 1e-12)
        if last:
            step = length - done
        for s in range(1, count):
            for k in range(size):
                trial[k] = 0.0
            for j in range(s):
                factor = stages[s, j]
                if factor != 0.0:
                    for k in range(size):
                        trial[k] += factor * rates_table[j, k]
            for k in range(size):
                trial[k] = state[k] + step * trial[k]
            rates(
                mode,
                start + direction * (done + nodes[s] * step),
                floor,
                theta,
                kappa,
                blown,
                eig,
                mean,
                slope,
                offset,
                response,
                share,
                change,
                basis,
                target_eig,
                shift,
                trial,
                rates_table[s],
                vectors,
                work,
            )
        for k in range(size):
            trial[k] = 0.0
        for j in range(count):
            factor = weights[j]
            if factor != 0.0:
                for k in range(size):
                    trial[k] += factor * rates_table[j, k]
        for k in range(size):
            trial[k] = state[k] + step * trial[k]
        worst = 0.0
        finite = True
        # Size of the error so far, as a length: the unit in which rounding noise is judged.
        natural = 0.0
        if mode == EXPONENTIAL:
            for k in range(groups[0, 1]):
                natural = max(natural, abs(trial[k]))
        else:
            energy = groups[2, 0]
            natural = absolute[energy] + abs(trial[energy] - state[energy])
        natural = math.sqrt(natural)
        for g in range(groups.shape[0]):
            scale = 0.0
            if groups[g, 2] == 1:
                k = groups[g, 0]
                scale = absolute[k] + abs(trial[k] - state[k])
            else:
                for k in range(groups[g, 0], groups[g, 1]):
                    scale = max(scale, abs(state[k]), abs(trial[k]))
            if not scale < 1e300:
                finite = False
                break
            fifth = 0.0
            third = 0.0
            for k in range(groups[g, 0], groups[g, 1]):
                five = 0.0
                three = 0.0
                for j in range(count):
                    five += error5[j] * rates_table[j, k]
                    three += error3[j] * rates_table[j, k]
                fifth = max(fifth, abs(five))
                third = max(third, abs(three))
            if fifth > 0.0:
                estimate = step * fifth * fifth / math.sqrt(fifth * fifth + 0.01 * third * third)
                worst = max(worst, estimate / (tolerance * scale + NOISE * natural ** groups[g, 3] + 1e-290))
            if not worst < 1e300:
                finite = False
                break
        if not finite or worst > 1.0:
            step *= 0.2 if not finite else max(0.2, 0.9 * worst ** (-0.125))
            if step < 1e-13 * (1.0 + length):
                if mode != EXPONENTIAL or blown:
                    for k in range(size):
                        state[k] = math.inf
                    return 2
                blown = True
        else:
            done = length if last else done + step
            for k in range(size):
                absolute[k] += abs(trial[k] - state[k])
                state[k] = trial[k]
            step *= min(6.0, 0.9 * max(worst, 1e-8) ** (-0.125))
            rates(
                mode,
                start + direction * done,
                floor,
                theta,
                kappa,
                blown,
                eig,
                mean,
                slope,
                offset,
                response,
                share,
                change,
                basis,
                target_eig,
                shift,
                state,
                rates_table[0],
                vectors,
                work,
            )
        if mode == EXPONENTIAL and not blown:
            for k in range(2 * d * d + d, 3 * d * d + 2 * d):
                if abs(state[k]) > BLOW_UP:
                    blown = True
        if blown and status == 0:
            status = 1
            step = min(0.1, length - done) if done < length else step
            for k in range(2 * d * d + d, 3 * d * d + 2 * d):
                state[k] = 0.0
            rates(
                mode,
                start + direction * done,
                floor,
                theta,
                kappa,
                blown,
                eig,
                mean,
                slope,
                offset,
                response,
                share,
                change,
                basis,
                target_eig,
                shift,
                state,
                rates_table[0],
                vectors,
                work,
            )
    return 3


@njit(**OPTIONS)
def integrate_batch(  # type: ignore[no-untyped-def]
    mode,
    tolerance,
    stages,
    weights,
    nodes,
    error3,
    error5,
    groups,
    theta,
    kappa,
    eig,
    mean,
    slope,
    offset,
    response,
    share,
    change,
    basis,
    target_eig,
    shift,
    horizon,
    stop,
    state,
    absolute,
    status,
):
    """Integrate every instance of a batch; the leading axis of all arrays from `eig` on is the batch."""
    for index in range(eig.shape[0]):
        status[index] = integrate(
            mode,
            tolerance,
            stages,
            weights,
            nodes,
            error3,
            error5,
            groups,
            theta,
            kappa,
            eig[index],
            mean[index],
            slope[index],
            offset[index],
            response[index],
            share[index],
            change[index],
            basis[index],
            target_eig[index],
            shift[index],
            horizon[index],
            stop[index],
            state[index],
            absolute[index],
        )
