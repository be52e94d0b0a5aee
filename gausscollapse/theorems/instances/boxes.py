"""Closed forms of the three one-dimensional families in ball arithmetic (all *own*, elementary).

Every statistic is divided by the ideal energy (or by what it is of the family's parameters), so that it stays away
from 0 where the error vanishes.

*Constant offset* ``e = b`` on data whose variance at t0 is v (the forward process is a semigroup: nothing else of the
data's variance and of t0 matters). With ``E = eps*^2 = eps^^2 = b^2 (T - t0)``: KL = reverse KL = eta E/2,
chi2 = exp(eta E) - 1, chi2 of paths = exp(E) - 1, K = 1, C' E^2 = exp(E) - 1 - E + E^2/4; eta is elementary in v and
T - t0.

*Amplified score* ``e = delta grad log q_t`` on any N(m, s). All depends on delta and ``l = int_{t0}^T dt/lam(t) =
log((e^T + s - 1)/(e^{t0} + s - 1))`` alone: in the clock l the whitened process is stationary. With a = 1 + 2 delta
and ``phi = (1 - e^{-a l})/a``: the endpoint's whitened variance is 1 + X, X = -2 delta phi, eps*^2 = delta^2 l,
``eps^^2 = delta^2 (phi + (l - phi)/a)``.

*Stationary data* N(0, 1) with ``e = A x + b``, tau = T - t0: the variances are those of the amplified score with
delta = -A, l = tau; the mean is ``b phi_alpha``, alpha = 1/2 - A. Each statistic is quadratic in b without a linear
term: a statement for every b is two statements in (A, tau), one of the coefficients of A^2 and one of those of b^2.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from flint import arb

from gausscollapse.checking.balls import (
    Form,
    arctangent_ratio,
    excess_ratio,
    exponential_ratio,
    exponential_remainder,
    positive_product,
    reverse_excess_ratio,
    root_ratio,
    square_integral,
)
from gausscollapse.checking.box_family import Ball, BoxFamily
from gausscollapse.core.named import Named


def _observed(variance: Ball, span: Ball) -> Ball:
    """Return eta of a constant offset: ``4 v J^2/(T - t0)``, J the integral of 1/(x^2 + v - 1).

    It runs over [1, e^{(T-t0)/2}].

    ``J = D atanc((v - 1) D^2)`` with ``D = q/(1 + q)``, ``q = (e^{(T-t0)/2} - 1)/v``: it falls in v, grows with T.
    """

    def at(v: Ball, duration: Ball) -> Ball:
        share = 1 - 1 / (1 + (duration / 2).expm1() / v)
        return share * arctangent_ratio((v - 1) * share**2)

    integral = at(variance.upper(), span.lower()).union(at(variance.lower(), span.upper()))
    return positive_product(4 * variance, integral, integral, 1 / span)


ZERO, ONE = Form({}), Form.of(one=arb(1))


class OffsetStatistics(Named):
    """Statistics of a constant offset over ``E = eps*^2``; parameters are variance at t0, T - t0 and E."""

    initial_kl, ideal_energy, learned_energy = ZERO, ONE, ONE

    def __init__(self, point: Sequence[Ball]) -> None:
        variance, span, self.energy = point
        self.eta = _observed(variance, span)
        self.observed_energy = Form.of(eta=self.eta)
        self.kl = self.reverse_kl = 0.5 * self.observed_energy
        self.variation_square = Form.of(times=self.energy, energy=arb(1))

    @cached_property
    def chi2(self) -> Form:
        """``(e^{eta E} - 1)/E = eta + (e^{eta E} - 1 - eta E)/E``."""
        rest = exponential_remainder(positive_product(self.eta, self.energy))
        return self.observed_energy + Form.of(grown=positive_product(self.eta, self.eta, self.energy, rest))

    @cached_property
    def path_chi2(self) -> Form:
        """``(e^E - 1)/E``, which is that of the endpoint and ``e^{eta E} (e^{(1 - eta) E} - 1)/E``."""
        spare = 1 - self.eta
        times = (self.eta * self.energy).exp() * exponential_ratio(spare * self.energy)
        return self.chi2 + Form.of(spare=spare, times=times)

    @cached_property
    def martingale_remainder(self) -> Form:
        """``(e^E - 1 - E)/E``."""
        return Form.of(rest=positive_product(self.energy, exponential_remainder(self.energy)))

    @cached_property
    def taylor_square(self) -> Form:
        """``(e^E - 1 - E + E^2/4)/E``."""
        return 0.25 * self.variation_square + self.martingale_remainder


class AmplifiedStatistics(Named):
    """Statistics of an amplified score over ``eps*^2 = delta^2 l``; parameters are delta and l.

    The Riccati equation of the paths has constant coefficients: ``1 + chi2(P^ || P*) = g^{-1/2}`` with
    h = 1/2 + 2 delta, ``D^2 = h^2 - 2 delta^2`` and
    ``(1 - g)/delta^2 = q l r(-delta^2 q l) + (2 - q)(e^{-delta^2 q l} - e^{-(h+D) l})/(2D)``, ``q = 2/(h + D)``,
    r(x) = (e^x - 1)/x.
    """

    initial_kl, ideal_energy = ZERO, ONE

    def __init__(self, point: Sequence[Ball]) -> None:
        self.delta, self.length = point
        x = -(1 + 2 * self.delta) * self.length
        share = exponential_ratio(x)
        self.learned_energy = Form.of(learned=share + self.length * exponential_remainder(x))
        self.deviation = -2 * self.delta * self.length * share
        self.spread = 2 * self.length * share**2

    @cached_property
    def kl(self) -> Form:
        """``KL(p^ || q)`` of the variances 1 + X and 1."""
        return Form.of(kl=self.spread * excess_ratio(self.deviation))

    @cached_property
    def reverse_kl(self) -> Form:
        """``KL(q || p^)`` of the same."""
        return Form.of(reverse=self.spread * reverse_excess_ratio(self.deviation))

    @cached_property
    def chi2(self) -> Form:
        """``(1 - X^2)^{-1/2} - 1``."""
        return Form.of(chi2=2 * self.spread * root_ratio(self.deviation**2))

    @cached_property
    def path_chi2(self) -> Form:
        """``g^{-1/2} - 1``."""
        delta, length = self.delta, self.length
        h = arb(1) / 2 + 2 * delta
        # 1/4 + 2 delta + 2 delta^2 = 2 (delta + 1/2)^2 - 1/4 names delta once.
        root = (2 * (delta + arb(1) / 2) ** 2 - arb(1) / 4).sqrt()
        q = 2 / (h + root)
        slow = delta**2 * q * length
        gap = length * (q * exponential_ratio(-slow)) + (2 - q) * ((-slow).exp() - (-(h + root) * length).exp()) / (
            2 * root
        )
        return Form.of(path=gap / length * root_ratio(delta**2 * gap))


class StationaryOffsetStatistics(Named):
    """Coefficients of ``b^2 tau`` in the statistics of ``e = A x + b`` on N(0, 1); parameters are A and tau."""

    initial_kl, ideal_energy = ZERO, ONE

    def __init__(self, point: Sequence[Ball]) -> None:
        slope, span = point
        x = (slope - arb(1) / 2) * span
        moved = span * exponential_ratio(x) ** 2 / 2
        self.kl = Form.of(moved=moved)
        self.learned_energy = self.kl + Form.of(rest=exponential_ratio(2 * x) + span**2 / 4 * square_integral(-x))
        self.reverse_kl = Form.of(reverse=moved / (1 + AmplifiedStatistics([-slope, span]).deviation))


def _stationary(point: Sequence[Ball]) -> Sequence[object]:
    slope, span = point
    return AmplifiedStatistics([-slope, span]), StationaryOffsetStatistics(point)


BOX_FAMILIES = (
    BoxFamily(
        name="constant offset",
        words="variance: of the data at t0; span: T - t0; energy: eps*^2. Every mean and stop.",
        box={"variance": (0.1, 4.0), "span": (0.1, 4.0), "energy": (0.0, 2.0)},
        limits={"variance": (1e-6, 1e6), "span": (1e-6, 50.0), "energy": (0.0, 100.0)},
        statistics=lambda point: (OffsetStatistics(point),),
    ),
    BoxFamily(
        name="amplified score",
        words="delta: relative error of the score; length: int dt/lam over [t0, T]. Every mean and variance.",
        box={"delta": (-0.1, 0.5), "length": (0.01, 6.0)},
        limits={"delta": (-0.14, 10.0), "length": (1e-6, 50.0)},
        statistics=lambda point: (AmplifiedStatistics(point),),
    ),
    BoxFamily(
        name="stationary affine",
        words="slope: A in e = A x + b on N(0, 1); span: T - t0. Every offset b.",
        box={"slope": (-0.5, 0.3), "span": (0.05, 4.0)},
        limits={"slope": (-10.0, 10.0), "span": (1e-6, 50.0)},
        statistics=_stationary,
    ),
)
