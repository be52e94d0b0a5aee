"""Kernels: integrate the equations of `_equations` by an adaptive Runge-Kutta pair. They know arrays only.

The independent variable is the clock in which the fastest mode of the ideal process has rate one, so that small
variances and early stopping cost no more steps than anything else.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gausscollapse.core.kernel_sources import cached_kernel
from gausscollapse.process.exact._coefficients import (
    OPTIONS,
    by_noise,
    clock_length,
    clock_of_time,
    coefficients,
    decays,
)
from gausscollapse.process.exact._equations import (
    exponential,
    geometry,
    moment_places,
    moments,
    riccati_places,
)
from gausscollapse.process.exact._layout import (
    EXPONENTIAL,
    GEOMETRY,
    IDEAL,
    ErrorGroups,
    Exponent,
    Form,
    Status,
    Tableau,
)
from gausscollapse.process.exact._line_kernels import line_coefficients, line_exponential, line_geometry, line_moments

BLOW_UP = 1e9
# A change below this share of the natural size is rounding, not error: where a term cancels it is all there is.
NOISE = 2e-16
MAX_STEPS = 100_000


@njit(**OPTIONS)
def rates(mode, clock, floor, exponent, blown, form, state, rate, vectors, work):  # type: ignore[no-untyped-def]
    """Fill the rates of the state by the clock, in the direction in which the mode runs."""
    d = form.eig.size
    decay, keep, noise, speed = decays(clock, floor)
    forget = form.stochasticity * form.stochasticity
    gain = 0.5 * (1.0 + forget)
    if d == 1:
        lam1, root1, c1, B1 = line_coefficients(decay, keep, noise, form)
        if mode == EXPONENTIAL:
            ratio = gain / form.stochasticity
            line_exponential(
                lam1 / forget, root1 / form.stochasticity, ratio * c1, ratio * B1, exponent, blown, speed, state, rate
            )
        else:
            line_moments(lam1, root1, c1, B1, forget, gain, speed, state, rate)
            if mode == GEOMETRY:
                line_geometry(root1, c1, B1, form.stochasticity, gain, speed, state, rate)
        return
    lam, root, c = vectors[0], vectors[1], vectors[2]
    B = work[6]
    coefficients(decay, keep, noise, form, lam, root, c, B, work[7])
    if mode == EXPONENTIAL:
        by_noise(form.stochasticity, gain, lam, root, c, B)
        exponential(d, lam, root, c, B, exponent, blown, state, rate, work)
    else:
        moments(d, lam, root, c, B, forget, gain, state, rate, work)
        if mode == GEOMETRY:
            geometry(d, lam, root, c, B, form.stochasticity, gain, state, rate, work)
    for k in range(rate.size):
        rate[k] *= speed


@njit(**OPTIONS)
def integrate(  # type: ignore[no-untyped-def]
    mode, tolerance, table, groups, exponent, form, horizon, stop, state, absolute
):
    """Integrate one instance over its time interval with the Dormand-Prince pair 8(5,3); the state in place.

    Returns the status; the state is set to inf where the moments left the range of floats. `absolute` receives, for
    each accumulated scalar, the sum of the sizes of its increments: the scale of its error.
    """
    d = form.eig.size
    size = state.size
    moment, riccati = moment_places(d), riccati_places(d)
    floor = min(1.0, form.eig.min())
    start = clock_of_time(horizon, floor)
    direction = -1.0
    if mode == EXPONENTIAL:
        start = clock_of_time(stop, floor)
        direction = 1.0
    length = clock_length(horizon - stop, stop, floor)
    count = table.nodes.size
    rates_table = np.empty((count, size))
    trial, fives, threes = np.empty(size), np.empty(size), np.empty(size)
    vectors = np.empty((3, d))
    work = np.empty((8, d, d))
    blown = False
    done = 0.0
    step = min(0.1, length)
    stale = True
    status = Status.DONE
    for _ in range(MAX_STEPS):
        if done >= length:
            return status
        last = step >= (length - done) * (1.0 - 1e-12)
        if last:
            step = length - done
        # One call of `rates` in the source: each one is compiled anew, and takes seconds.
        for s in range(0 if stale else 1, count):
            for k in range(size):
                trial[k] = 0.0
            for j in range(s):
                factor = table.stages[s, j]
                if factor != 0.0:
                    for k in range(size):
                        trial[k] += factor * rates_table[j, k]
            for k in range(size):
                trial[k] = state[k] + step * trial[k]
            rates(
                mode,
                start + direction * (done + table.nodes[s] * step),
                floor,
                exponent,
                blown,
                form,
                trial,
                rates_table[s],
                vectors,
                work,
            )
        stale = False
        for k in range(size):
            trial[k] = 0.0
        for j in range(count):
            factor = table.weights[j]
            if factor != 0.0:
                for k in range(size):
                    trial[k] += factor * rates_table[j, k]
        for k in range(size):
            trial[k] = state[k] + step * trial[k]
        for k in range(size):
            fives[k] = 0.0
            threes[k] = 0.0
        for j in range(count):
            five, three = table.error5[j], table.error3[j]
            if five != 0.0 or three != 0.0:
                for k in range(size):
                    fives[k] += five * rates_table[j, k]
                    threes[k] += three * rates_table[j, k]
        worst = 0.0
        finite = True
        # Size of the error so far, as a length: the unit in which rounding noise is judged.
        natural = 0.0
        if mode == EXPONENTIAL:
            for k in range(riccati.P3):
                natural = max(natural, abs(trial[k]))
        else:
            energy = moment.sums + IDEAL
            natural = absolute[energy] + abs(trial[energy] - state[energy])
        natural = math.sqrt(natural)
        for g in range(groups.start.size):
            scale = 0.0
            if groups.accumulated[g]:
                k = groups.start[g]
                scale = absolute[k] + abs(trial[k] - state[k])
            else:
                for k in range(groups.start[g], groups.end[g]):
                    scale = max(scale, abs(state[k]), abs(trial[k]))
            if not scale < 1e300:
                finite = False
                break
            fifth = 0.0
            third = 0.0
            for k in range(groups.start[g], groups.end[g]):
                fifth = max(fifth, abs(fives[k]))
                third = max(third, abs(threes[k]))
            if fifth > 0.0:
                estimate = step * fifth * fifth / math.sqrt(fifth * fifth + 0.01 * third * third)
                worst = max(worst, estimate / (tolerance * scale + NOISE * natural ** groups.order[g] + 1e-290))
            if not worst < 1e300:
                finite = False
                break
        if not finite or worst > 1.0:
            step *= 0.2 if not finite else max(0.2, 0.9 * worst ** (-0.125))
            if step < 1e-13 * length:
                if mode != EXPONENTIAL or blown or exponent.kappa <= 0.0:
                    for k in range(size):
                        state[k] = math.inf
                    return Status.BEYOND_FLOATS
                blown = True
        else:
            done = length if last else done + step
            for k in range(size):
                absolute[k] += abs(trial[k] - state[k])
                state[k] = trial[k]
            step *= min(6.0, 0.9 * max(worst, 1e-8) ** (-0.125))
            stale = True
        # exp(kappa int |e|^2) is at most 1 for kappa <= 0, and what is linear in x may be large without a blow-up
        if mode == EXPONENTIAL and not blown and exponent.kappa > 0.0:
            for k in range(0, d * d, d + 1):
                curvature = (
                    2.0 * exponent.kappa * state[riccati.V + k] + state[riccati.P3 + k] + state[riccati.P4 + k]
                )
                if not curvature <= BLOW_UP:
                    blown = True
        if blown and status == Status.DONE:
            status = Status.BLOWN_UP
            step = min(0.1, length - done) if done < length else step
            for k in range(riccati.p3, riccati.sums):
                state[k] = 0.0
            stale = True
    return Status.TOO_MANY_STEPS


@cached_kernel(__file__, **OPTIONS)
def integrate_batch(  # type: ignore[no-untyped-def]
    mode, tolerance, table, groups, exponent, arrays, horizon, stop, state, absolute, status
):
    """Integrate every instance of a batch; the leading axis of all arrays from `arrays` on is the batch.

    Plain tuples are named here: NumPy's caller would pay for the names at every call.
    """
    tableau, parts, power = Tableau(*table), ErrorGroups(*groups), Exponent(*exponent)
    eig, mean, slope, offset, response, share, change, basis, target_eig, shift, stochasticity = arrays
    for k in range(state.shape[0]):
        form = Form(
            eig[k], mean[k], slope[k], offset[k], response[k], share[k],
            change[k], basis[k], target_eig[k], shift[k], stochasticity[k],
        )  # fmt: skip
        status[k] = integrate(
            mode, tolerance, tableau, parts, power, form, horizon[k], stop[k], state[k], absolute[k]
        )
