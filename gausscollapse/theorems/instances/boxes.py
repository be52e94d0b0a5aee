"""Closed forms of the three one-dimensional families, as slacks in ball arithmetic (all *own*, elementary).

A slack is the larger side minus the smaller one, divided by positive factors so that it stays away from 0 where the
error vanishes: it is positive exactly where the statement holds strictly.

*Constant offset* ``e = b`` on data whose variance at t0 is v (the forward process is a semigroup: nothing else of the
data's variance and of t0 matters). With ``E = eps*^2 = eps^^2 = b^2 (T - t0)``: KL = reverse KL = eta E/2,
chi2 = exp(eta E) - 1, chi2 of paths = exp(E) - 1, K = 1, C' E^2 = exp(E) - 1 - E + E^2/4; eta is elementary in v and
T - t0.

*Amplified score* ``e = delta grad log q_t`` on any N(m, s). All depends on delta and ``l = int_{t0}^T dt/lam(t) =
log((e^T + s - 1)/(e^{t0} + s - 1))`` alone: in the clock l the whitened process is stationary. With a = 1 + 2 delta
and ``phi = (1 - e^{-a l})/a``: the endpoint's whitened variance is 1 + X, X = -2 delta phi, eps*^2 = delta^2 l,
``eps^^2 = delta^2 (phi + (l - phi)/a)``.

*Stationary data* N(0, 1) with ``e = A x + b``, tau = T - t0: the variances are those of the amplified score with
delta = -A, l = tau; the mean is ``b phi_alpha``, alpha = 1/2 - A. Each side is quadratic in b without a linear term,
so a statement for every b is two statements in (A, tau).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flint import arb

from gausscollapse.checking.balls import (
    Ball,
    arctangent_ratio,
    excess_ratio,
    exponential_ratio,
    exponential_remainder,
    reverse_excess_ratio,
    root_ratio,
    square_integral,
)
from gausscollapse.checking.boxes import BoxFamily


def _observed(variance: Ball, span: Ball) -> Ball:
    """Return eta of a constant offset: ``4 v J^2/(T - t0)``, J the integral of 1/(x^2 + v - 1).

    It runs over [1, e^{(T-t0)/2}].

    ``J = D atanc((v - 1) D^2)`` with ``D = q/(1 + q)``, ``q = (e^{(T-t0)/2} - 1)/v``: it falls in v, grows with T.
    """

    def at(v: Ball, duration: Ball) -> Ball:
        share = 1 - 1 / (1 + (duration / 2).expm1() / v)
        return share * arctangent_ratio((v - 1) * share**2)

    integral = at(variance.upper(), span.lower()).union(at(variance.lower(), span.upper()))
    return 4 * variance * integral**2 / span


def _offset_kl(p: Sequence[Ball], factor: float) -> Ball:
    return 2 * arb(factor) - _observed(p[0], p[1])


def _offset_path(p: Sequence[Ball], factor: float) -> Ball:
    """Return ``1 - eta + (factor - 1) r(E) / (e^{eta E} r((1 - eta) E))``, r(x) = (e^x - 1)/x.

    It is ``(factor chi2(P^ || P*) - chi2)/E`` over ``e^{eta E} r((1 - eta) E)``.
    """
    eta, energy = _observed(p[0], p[1]), p[2]
    spare = 1 - eta
    if factor == 1.0:
        return spare
    unit = (eta * energy).exp() * exponential_ratio(spare * energy)
    return spare + (arb(factor) - 1) * exponential_ratio(energy) / unit


def _offset_lower(p: Sequence[Ball], leading: float) -> Ball:
    """Return ``(chi2 - leading eta E + E^2/8 + C' E^2)/E``."""
    eta, energy = _observed(p[0], p[1]), p[2]
    rest = energy * (arb(3) / 8 + exponential_remainder(energy))
    return eta * (exponential_ratio(eta * energy) - arb(leading)) + rest


def _offset_upper(p: Sequence[Ball], upper: float) -> Ball:
    """Return ``(upper E + E^2 + 2 C' E^2 - chi2)/E``."""
    eta, energy = _observed(p[0], p[1]), p[2]
    rest = energy * (arb(3) / 2 + 2 * exponential_remainder(energy))
    return arb(upper) + rest - eta * exponential_ratio(eta * energy)


def _variances(delta: Ball, length: Ball) -> tuple[Ball, Ball, Ball]:
    """Return ``phi/l``, ``eps^^2/(delta^2 l)`` and X."""
    x = -(1 + 2 * delta) * length
    share = exponential_ratio(x)
    return share, share + length * exponential_remainder(x), -2 * delta * length * share


def _amplified_kl(p: Sequence[Ball], factor: float) -> Ball:
    """Return ``(factor eps^^2 - KL)/(delta^2 l)``."""
    share, energy, deviation = _variances(p[0], p[1])
    return arb(factor) * energy - 2 * p[1] * share**2 * excess_ratio(deviation)


def _amplified_reverse(p: Sequence[Ball], factor: float) -> Ball:
    """Return ``(factor eps*^2 - KL(q || p^))/(delta^2 l)``."""
    share, _, deviation = _variances(p[0], p[1])
    return arb(factor) - 2 * p[1] * share**2 * reverse_excess_ratio(deviation)


def _amplified_path(p: Sequence[Ball], factor: float) -> Ball:
    """Return ``(factor chi2(P^ || P*) - chi2)/(delta^2 l)``.

    The Riccati equation has constant coefficients: ``1 + chi2(P^ || P*) = g^{-1/2}`` with h = 1/2 + 2 delta,
    ``D^2 = h^2 - 2 delta^2`` and
    ``(1 - g)/delta^2 = q l r(-delta^2 q l) + (2 - q)(e^{-delta^2 q l} - e^{-(h+D) l})/(2D)``, ``q = 2/(h + D)``,
    r(x) = (e^x - 1)/x.
    """
    delta, length = p
    share, _, deviation = _variances(delta, length)
    h = arb(1) / 2 + 2 * delta
    # 1/4 + 2 delta + 2 delta^2 = 2 (delta + 1/2)^2 - 1/4 names delta once.
    root = (2 * (delta + arb(1) / 2) ** 2 - arb(1) / 4).sqrt()
    q = 2 / (h + root)
    slow = delta**2 * q * length
    gap = length * (q * exponential_ratio(-slow)) + (2 - q) * ((-slow).exp() - (-(h + root) * length).exp()) / (
        2 * root
    )
    path = gap / length * root_ratio(delta**2 * gap)
    return arb(factor) * path - 4 * length * share**2 * root_ratio(deviation**2)


def _stationary_kl(p: Sequence[Ball], factor: float) -> Ball:
    """Return the smaller of the coefficients of A^2 and b^2 in ``(factor eps^^2 - KL)/tau``."""
    slope, span = p
    spread = _amplified_kl([-slope, span], factor)
    x = (slope - arb(1) / 2) * span
    share = exponential_ratio(x)
    energy = exponential_ratio(2 * x) + span**2 / 4 * square_integral(-x)
    moved = energy * arb(factor) - span * share**2 * (1 - arb(factor)) / 2
    return spread.min(moved)


def _stationary_reverse(p: Sequence[Ball], factor: float) -> Ball:
    """Return the smaller of the coefficients of A^2 and b^2 in ``(factor eps*^2 - KL(q || p^))/tau``."""
    slope, span = p
    spread = _amplified_reverse([-slope, span], factor)
    share = exponential_ratio((slope - arb(1) / 2) * span)
    deviation = _variances(-slope, span)[2]
    return spread.min(arb(factor) - span * share**2 / (2 * (1 + deviation)))


BOX_FAMILIES: Mapping[str, BoxFamily] = {
    family.name: family
    for family in (
        BoxFamily(
            name="constant offset",
            words="variance: of the data at t0; span: T - t0; energy: eps*^2. Every mean and stop.",
            box={"variance": (0.1, 4.0), "span": (0.1, 4.0), "energy": (0.0, 2.0)},
            limits={"variance": (1e-6, 1e6), "span": (1e-6, 50.0), "energy": (0.0, 100.0)},
            slacks={
                "prop-3.1": ("factor", _offset_kl),
                "girsanov-forward": ("factor", _offset_kl),
                "path-chi2": ("factor", _offset_path),
                "prop-3.3": ("leading", _offset_lower),
                "thm-3.4": ("upper", _offset_upper),
            },
        ),
        BoxFamily(
            name="amplified score",
            words="delta: relative error of the score; length: int dt/lam over [t0, T]. Every mean and variance.",
            box={"delta": (-0.1, 0.5), "length": (0.01, 6.0)},
            limits={"delta": (-0.14, 10.0), "length": (1e-6, 50.0)},
            slacks={
                "prop-3.1": ("factor", _amplified_kl),
                "girsanov-forward": ("factor", _amplified_reverse),
                "path-chi2": ("factor", _amplified_path),
            },
        ),
        BoxFamily(
            name="stationary affine",
            words="slope: A in e = A x + b on N(0, 1); span: T - t0. Every offset b.",
            box={"slope": (-0.5, 0.3), "span": (0.05, 4.0)},
            limits={"slope": (-10.0, 10.0), "span": (1e-6, 50.0)},
            slacks={
                "prop-3.1": ("factor", _stationary_kl),
                "girsanov-forward": ("factor", _stationary_reverse),
            },
        ),
    )
}
