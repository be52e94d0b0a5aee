"""Integrals that are nonlinear in the learned moments: the slack of the path bound, and the error's two splits.

With A and b the error's slope and constant part, ``N(delta, V)`` the learned and ``N(0, S)`` the ideal law (in the
coordinates z = y - m_t), ``E z z^T`` the learned second moment in homogeneous coordinates and C = [A, b], all as
they enter the drift, and ``u = lam^2`` the noise:

    2 u slack = tr (C - u S^{-1}) E z z^T (C - u S^{-1})^T + 2 u tr(A - u S^{-1}) + u^2 tr V^{-1}
    swirl     = tr Q V^{-1} Q^T                          with V Q + Q V = V (A - A^T) V
    learned   = tr B V B^T + |A delta + b|^2             B = A - Q V^{-1}, which is symmetric
    ideal     = tr (C - R S^{-1}) E z z^T (C - R S^{-1})^T   with S R + R S = S (A - A^T) S

Gauss's rule with n nodes integrates a function that is at most G on the ellipse with foci at the ends and sum of the
half axes rho (of half the length) up to ``8 G rho^{-2n}/(1 - 1/rho)`` of half the length: the Chebyshev coefficients
are at most ``2 G rho^{-k}``, those below 2n are integrated exactly and the others count at most 2 on either side.

With ``V = L (I + H) L^T`` about a centre, L its Cholesky factor in floats, ``||H|| <= chi`` on a disc bounds V^{-1}
by ``||L^{-1}||^2/(1 - chi)`` there; and for ``Q = L Q' L^T``, M = L^T L and ``Y = M Q' + Q' M``, the equation reads
``Y + H M Q' + Q' M H = (I + H) L^T (A - A^T) L (I + H)``, where ``|H M Q'| <= chi |Y|`` (in the eigenbasis of M the
entries of ``M Q'`` are those of Y times numbers in (0, 1)). So ``|Y| <= |right|/(1 - 2 chi)``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from flint import arb, arb_mat, ctx

from gausscollapse.process.certified.balls import Ball, Matrix, block, even, frobenius, identity, middle, spectral
from gausscollapse.process.certified.centres import Centre
from gausscollapse.process.certified.deviation import Deviation, Sizes, start_deviation
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.integrands import integrands
from gausscollapse.process.certified.sweep import (
    ROUNDED_UP,
    Effort,
    Polynomial,
    PrecisionError,
    Radii,
    Step,
    WorkLimitError,
    blur,
    choose,
    evaluated,
    expand,
    polynomials,
    split,
)

# Largest chi: beyond a half nothing is bounded.
MOST_CHANGE = 0.45
LEAST_SHARE = 1e-9
# Work of a panel besides its nodes, in nodes.
OVERHEAD = 16
# A panel is tried at most so much longer than the last one was.
LENGTHENED = 2.0
TINY = 1e-300


@dataclass(frozen=True)
class GeometricIntegrals:
    """Integrals over the whole process: the two gradient energies and the swirl energy."""

    learned: Ball
    ideal: Ball
    swirl: Ball


@dataclass(frozen=True)
class Factor:
    """A covariance on a disc about a centre as ``L (I + H) L^T``.

    Parameters
    ----------
    start : arb
        Norm of H at the centre.
    sizes : sequence of arb
        Norms of the next Taylor coefficients of H.
    rest : arb
        Bound of H on the disc on which the coefficients are bounded.
    size, inverse : arb
        ``||L||^2`` and ``||L^{-1}||^2``.
    """

    start: Ball
    sizes: Sequence[Ball]
    rest: Ball
    size: Ball
    inverse: Ball

    @classmethod
    def of(cls, parts: Sequence[Matrix], bound: Ball) -> Factor:
        """Factor a covariance with these Taylor coefficients, which `bound` bounds on the disc."""
        centre = middle(parts[0])
        try:
            lower = np.linalg.cholesky(0.5 * (centre + centre.T))
            factor = arb_mat(lower.tolist())
            inverse = factor.inv()
        except (np.linalg.LinAlgError, ZeroDivisionError):
            raise PrecisionError("a covariance is singular to within the balls") from None
        turned = [inverse * part * inverse.transpose() for part in parts]
        start = frobenius(turned[0] - identity(len(lower)))
        least = spectral(inverse) ** 2
        return cls(start, [frobenius(part) for part in turned[1:]], bound * least, spectral(factor) ** 2, least)

    def change(self, radius: Ball, share: Ball) -> Ball:
        """Return chi for ``|x| <= radius``, which is `share` of the disc's radius."""
        value = arb(0)
        for size in reversed(self.sizes):
            value = (value + size) * radius
        return (self.start + value + self.rest * share ** (len(self.sizes) + 1) / (1 - share)).abs_upper()

    def turned(self, chi: Ball, slope: Ball) -> Ball:
        """Return a bound of ``|Q|`` where ``V Q + Q V = V (A - A^T) V`` and ``|A| <= slope``."""
        right = (1 + chi) ** 2 * self.size * 2 * slope
        return (self.size * self.inverse * right / (2 * (1 - 2 * chi))).abs_upper()


@lru_cache(maxsize=16)
def _rule(nodes: int, bits: int) -> Sequence[tuple[Ball, Ball]]:  # noqa: ARG001
    """Return nodes and weights of Gauss's rule on [-1, 1], at the working precision `bits`."""
    return tuple(arb.legendre_p_root(nodes, k, weight=True) for k in range(nodes))


class Panel:
    """One step: the learned moments on it, and the integrals over a part of it.

    Parameters
    ----------
    system : Deviation
        The equation of D.
    centre, step : Centre, Step
        Where.
    start : arb_mat, shape (d + 1, d + 1)
        D at the centre, exact.
    radii : pair of arb
        By how much the parts of D may be off there.
    turns : bool
        Whether the gradient and swirl energies are wanted too, which take the solution of Lyapunov's equations.
    """

    def __init__(
        self, system: Deviation, centre: Centre, step: Step, start: Matrix, radii: Radii, *, turns: bool
    ) -> None:
        self.system, self.coefficients, self.turns = system, system.coefficients, turns
        self.centre, self.step, self.radii = centre, step, radii
        self.sizes = Sizes.on(self.coefficients, centre, step.disc, 1)
        self.bound = system.bound(self.sizes, step.disc, start + system.veils(radii)[0])
        (self.deviations,) = expand(system.rates(centre, step.ratio), (start,), 2 * step.ratio, step)

    def deviation(self, x: Ball) -> Matrix:
        """Return D at x in [0, 1], less what it is off because of its value at 0."""
        tail = blur(even(self.coefficients.dim) * self.bound, self.step.share * x, len(self.deviations))
        return evaluated(self._polynomials, x) + tail

    @cached_property
    def _polynomials(self) -> Sequence[Sequence[Polynomial]]:
        return polynomials(self.deviations)

    def carried(self, x: Ball) -> Radii:
        """Return by how much D may be off at x because of its value at 0."""
        return self.system.spread(self.centre, self.step.ratio * x, self.radii)

    def values(self, x: Ball) -> Sequence[Ball]:
        """Return the integrands in x."""
        coefficients, dim = self.coefficients, self.coefficients.dim
        inside = range(dim)
        v = self.centre.v * (1 + self.step.ratio * x)
        error = coefficients.at(coefficients.error, v)
        covariance = block(coefficients.covariance(v), inside, inside)
        parts = integrands(
            block(error, inside, inside),
            block(error, inside, range(dim, dim + 1)),
            covariance.inv(),
            covariance,
            self.deviation(x) + self.system.veils(self.carried(x))[0],
            turns=self.turns,
            noise=arb(coefficients.process.noise),
        )
        speed = 2 * self.step.ratio / (1 + self.step.ratio * x)
        return [part * speed for part in parts]

    def _factors(self) -> tuple[Factor, Factor]:
        """Return the learned and the ideal covariance as factors."""
        inside = range(self.coefficients.dim)
        ideal = [block(part, inside, inside) for part in self.centre.covariance(self.step.ratio)]
        learned = [block(part, inside, inside) for part in self.deviations]
        for k, part in enumerate(ideal):
            learned[k] = learned[k] + part
        # S is a polynomial of degree two: nothing is left over.
        return Factor.of(learned, (self.sizes.covariance + self.bound).abs_upper()), Factor.of(ideal, arb(0))

    def _reach(self, factors: tuple[Factor, Factor]) -> tuple[Ball, Ball]:
        """Return a radius in x on which both covariances change by at most chi, and chi."""
        share = 0.9
        while share > LEAST_SHARE:
            radius = share / self.step.share
            learned = factors[0].change(radius, arb(share)) + factors[0].inverse * self._off(share)
            chi = learned.max(factors[1].change(radius, arb(share))).abs_upper()
            if chi < MOST_CHANGE:
                return radius.lower(), chi
            share *= 0.8
        raise PrecisionError("a covariance is singular to within the balls")

    def _off(self, share: float) -> Ball:
        """Return by how much the learned covariance may be off, because of D at 0, on a share of the disc."""
        disc = self.centre.disc(float(self.step.disc.fraction) * share)
        return self.radii[1] * (2 * self.sizes.drift * disc.length).exp()

    def _bounds(self, factors: tuple[Factor, Factor], radius: Ball, chi: Ball) -> Sequence[Ball]:
        """Return bounds of the integrands for ``|x| <= radius``."""
        sizes, dim, inverse = self.sizes, self.coefficients.dim, self.step.disc.data
        root = arb(dim).sqrt()
        slope, field = root * sizes.slope, sizes.error
        moment = (sizes.covariance + self.bound + self.bound**2).abs_upper()
        precision = factors[0].inverse / (1 - chi)
        speed = 2 * self.step.ratio / (1 - self.step.ratio * radius)
        noise = arb(self.coefficients.process.noise)
        slack = root * (field + noise * inverse) ** 2 * moment
        slack += dim * noise * (2 * (sizes.slope + noise * inverse) + noise * precision)
        if not self.turns:
            return [(speed * slack).abs_upper()]
        turn, ideal = factors[0].turned(chi, slope), factors[1].turned(chi, slope)
        gradient = dim * (sizes.slope + turn * precision) ** 2 * factors[0].size * (1 + chi)
        still = sizes.slope * self.bound + sizes.offset
        return [
            (speed * part).abs_upper()
            for part in (
                slack,
                gradient + still**2,
                root * (field + ideal * inverse) ** 2 * moment,
                turn**2 * precision,
            )
        ]

    def integrals(self, effort: Effort) -> tuple[Ball, Sequence[Ball]]:
        """Return how far the panel can be integrated, at most 1, and its integrals that far."""
        factors = self._factors()
        radius, chi = self._reach(factors)
        bounds = self._bounds(factors, radius, chi)
        largest = max(float(bound) for bound in bounds)
        here = max(*(abs(float(value)) for value in self.values(arb(0))), largest * 2.0**-effort.aim, TINY)
        excess = max(0.0, math.log2(max(largest, TINY) / here))
        nodes, x = _most_economical(effort.aim + excess, float(radius))
        half = x / 2
        axis = radius / half - 1
        sure = (axis + (axis**2 - 1).sqrt()).lower()
        rest = (8 * half * sure ** (-2 * nodes) / (1 - 1 / sure)).abs_upper()
        sums = [arb(0, 1) * (bound * rest) for bound in bounds]
        for node, weight in _rule(nodes, ctx.prec):
            values = self.values(half * (1 + node))
            sums = [part + value * (weight * half) for part, value in zip(sums, values, strict=True)]
        return x, sums


def _most_economical(bits: float, radius: float) -> tuple[int, Ball]:
    """Return nodes and length, at most 1, of the rule of least work per length that gives these bits."""
    best = (math.inf, 0, 0.0)
    for nodes in range(8, 200, 4):
        rho = 2.0 ** (bits / (2 * nodes))
        length = min(1.0, radius * 2.0 / (1.0 + 0.5 * (rho + 1.0 / rho)))
        best = min(best, ((nodes + OVERHEAD) / length, nodes, length))
    return best[1], arb(best[2])


def geometric_integrals(coefficients: Coefficients, effort: Effort) -> GeometricIntegrals:
    """Solve for the three energies.

    Raises
    ------
    WorkLimitError
        Beyond the work limit.
    """
    energies = _integrated(coefficients, effort, turns=True)[1:]
    return GeometricIntegrals(*(energy / coefficients.pull**2 for energy in energies))


def twice_slack(coefficients: Coefficients, effort: Effort) -> Ball:
    """Solve for twice the slack alone, sooner than with the energies; the stochasticity is not 0.

    Raises
    ------
    WorkLimitError
        Beyond the work limit.
    """
    return _integrated(coefficients, effort, turns=False)[0] / coefficients.process.noise


def _integrated(coefficients: Coefficients, effort: Effort, *, turns: bool) -> Sequence[Ball]:
    system = Deviation(coefficients, central=True)
    (deviation,), radii = split(system, (start_deviation(coefficients, central=True),))
    v, left, longest = coefficients.start, coefficients.span, math.inf
    sums = [arb(0)] * (4 if turns else 1)
    for _ in range(effort.steps):
        centre, whole = Centre(coefficients, v), left / v
        plan = choose(centre, system.growth, effort, min(float(whole) * ROUNDED_UP, longest))
        arrives = bool(whole <= plan.length)
        step = Step(plan.disc, whole if arrives else arb(plan.length), plan.order)
        panel = Panel(system, centre, step, deviation, radii, turns=turns)
        x, parts = panel.integrals(effort)
        sums = [a + b for a, b in zip(sums, parts, strict=True)]
        if arrives and x == 1:
            return sums
        (deviation,), radii = split(system, (panel.deviation(x),), panel.carried(x))
        moved = v * step.ratio * x
        v, left, longest = v + moved, left - moved, LENGTHENED * float(step.ratio * x)
    raise WorkLimitError(f"more than {effort.steps} Taylor steps")
