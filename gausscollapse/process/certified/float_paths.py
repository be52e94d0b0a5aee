"""Exponential moments of paths by floats: Riccati's equation of `paths`, solved by polynomials with a bounded defect.

In forward time, in homogeneous coordinates, ``P' = F^T P + P F + P J P + 2 kappa C^T C`` from P = 0. With a
polynomial P of floats, its defect r and the closed loop ``L = F + J P``, what P is off by solves

    E' = L^T E + E L + E J E + r.

While the block of E is at most m, its square adds m to twice the logarithmic norm of L's block: a bound m that
reproduces itself proves that the solution exists on the stretch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.process.certified.balls import Ball
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.float_moments import Moment
from gausscollapse.process.certified.paths import Exponent
from gausscollapse.process.certified.series import TINY, UP, Number, Series, sizes, up
from gausscollapse.process.certified.stretches import COUNT, Stretch, stretches, walked
from gausscollapse.process.certified.sweep import PrecisionError


def expanded(drift: Series, source: Series, start: Array, speed: float, ratio: float) -> Array:
    """Return Taylor coefficients, about, of ``(1 + ratio x) P' = speed (F^T P + P F + P J P + G)``."""
    count, size = COUNT, len(start)
    # Transposed F + J P/2, which with its transpose gives the quadratic term too.
    loop = np.zeros((size, count, size))
    loop[:, : len(drift.parts)] = drift.parts[:count].transpose(2, 0, 1)
    found = np.zeros((count, size, size))
    found[-1] = start
    for k in range(count - 1):
        loop[:, k, :-1] += 0.5 * found[count - 1 - k][:, :-1]
        flow = loop[:, : k + 1].reshape(size, -1) @ found[count - 1 - k :].reshape(-1, size)
        rate = speed * (flow + flow.T) - (ratio * k) * found[count - 1 - k]
        if k < len(source.parts):
            rate += speed * source.parts[k]
        found[count - 2 - k] = rate / (k + 1)
    return found[::-1].copy()


@dataclass(frozen=True)
class Followed:
    """The solution at the end of a stretch, and half the integral of its block's trace."""

    end: Moment
    trace: Series


def followed(stretch: Stretch, start: Moment, *, theta: Number, twice: Number) -> Followed | None:
    """Follow P over a stretch; None where its polynomial does not converge.

    Parameters
    ----------
    stretch : Stretch
        Backwards.
    start : Moment
        P.
    theta, twice : Number
        theta and 2 kappa.
    """
    dim = len(start.value) - 1
    drift = stretch.ideal + stretch.error.scaled(theta)
    source = stretch.error.transpose.times(stretch.error, COUNT).scaled(twice)
    speed = Number(-stretch.speed.value, stretch.speed.off)
    found = Series(expanded(drift, source, start.value, speed.value, stretch.ratio.value), 0.0)
    if not found.settles():
        return None
    half = found.parts.copy()
    half[:, -1] = 0.0
    pulled = Series(half, 0.0)
    flow = (drift + pulled.scaled(Number(0.5, 0.0))).transpose.times(found)
    rate = (flow + flow.transpose + source).scaled(Number(-speed.value, speed.off))
    defect = found.rate(stretch.ratio) + rate
    # The equation is one in time: the defect is over the speed.
    scale = stretch.time / max(speed.value - speed.off, TINY)
    block, column, corner = (
        scale * up(float(sizes(part).sum()) + defect.off)
        for part in (defect.parts[:, :dim, :dim], defect.parts[:, :dim, dim:], defect.parts[:, dim:, dim:])
    )
    loop = drift + pulled
    motion = stretch.motion(loop)
    ends = up(float(sizes(loop.parts[:, :dim, dim:]).sum()) + loop.off)
    most = up(2.0 * motion.peak**2 * (start.square + block))
    if not most * stretch.time < math.log(2.0) / UP:
        raise PrecisionError("the Riccati solution is too large to follow by floats")
    grown = up(math.exp(most * stretch.time))
    moved = column + stretch.time * most * ends
    top = up(motion.peak * grown * (start.column + moved))
    end = found.end
    value = end.parts[0]
    moment = Moment(
        value,
        up(grown * (motion.once * start.column + motion.peak * moved) + end.off),
        up(grown * (motion.once**2 * start.square + motion.peak**2 * block) + end.off),
        up(start.corner + stretch.time * top * (2.0 * ends + top) + corner + end.off),
    )
    inner = Series(found.parts[:, :dim, :dim], most)
    trace = stretch.integral(inner.dot(Series(np.eye(dim)[None], 0.0), COUNT)).scaled(Number(-0.5, 0.0))
    return Followed(moment, trace)


def exponent_by_floats(coefficients: Coefficients, *, theta: Ball, kappa: Ball) -> Exponent:
    """Return the exponent at the horizon; `PrecisionError` where floats cannot follow it, as where it is infinite."""
    size = coefficients.dim + 1
    state, constant = Moment(np.zeros((size, size)), 0.0, 0.0), Series(np.zeros((1, 1, 1)), 0.0)
    first, second = Number.near(theta), Number.near(2 * kappa)
    for stretch, shorter in walked(stretches(coefficients, backwards=True)):
        found = followed(stretch, state, theta=first, twice=second)
        if found is None:
            shorter()
            continue
        state, constant = found.end, constant + found.trace
    return Exponent(state.ball(), constant.ball()[0, 0])
