"""Closed-form divergences between two Gaussians, finiteness decided first, with their rounding error.

Two formulas serve each divergence. Where every eigenvalue of ``X = L_q^{-1}(S_p - S_q)L_q^{-T}`` is below 1/2 in
size the laws are near and formulas in X keep full relative accuracy (`Pair.near_kl`); elsewhere the
textbook formulas with Cholesky factors are used, whose terms do not cancel. The stated interval is a first-order
rounding bound: a multiple of the unit roundoff times the dimension times the condition numbers of the
correlation matrices (Cholesky is invariant under scaling of the axes), times the size of the terms.

Where that interval is wider than `SHARP` of the value, the laws are taken as exact rationals and the answer is a
ball (`certified.gaussians`). Whether ``a S_q + (1 - a) S_p`` is positive definite is decided exactly (`_definite`).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.excess import excess
from gausscollapse.core.rounding import EPS
from gausscollapse.core.triangular import solve_triangle
from gausscollapse.core.validation import Array
from gausscollapse.divergences._definite import mix_is_positive
from gausscollapse.laws.gaussian import Gaussian

if TYPE_CHECKING:
    from gausscollapse.divergences.certified.gaussians import ExactGaussians

SHARP = 1e-6
# What squares and products lose by underflow, with room.
FAINT = 1e-300
LARGE = 1e140
# Between near laws ``1 + (1 - a) x_i`` is at least 1/4 for orders up to this from 1.
NEAR_ORDER = 1.5
METHOD = "closed form between Gaussians"


def correlation_condition(cov: Array) -> float:
    """Return the condition number of the correlation matrix of `cov`, shape (d, d)."""
    scale = 1.0 / np.sqrt(np.diag(cov))
    eigenvalues = np.linalg.eigvalsh(cov * scale[:, None] * scale)
    lowest = max(float(eigenvalues[0]), EPS * float(eigenvalues[-1]))
    return float(eigenvalues[-1]) / lowest


@dataclass(frozen=True, eq=False)
class Pair:
    """Two Gaussians seen from the second: ``y = L_q^{-1}(m_p - m_q)``, ``X = L_q^{-1}(S_p - S_q)L_q^{-T}``.

    Parameters
    ----------
    p, q : Gaussian
        Laws of the same dimension.
    """

    p: Gaussian
    q: Gaussian

    @cached_property
    def difference(self) -> Array:
        """``m_p - m_q``, shape (d,)."""
        return np.asarray(self.p.mean - self.q.mean)

    @cached_property
    def _spectrum(self) -> tuple[Array, Array]:
        half = solve_triangle(self.q.cholesky, self.p.cov - self.q.cov)
        deviation = solve_triangle(self.q.cholesky, half.T)
        eigenvalues, basis = np.linalg.eigh(0.5 * (deviation + deviation.T))
        return eigenvalues, basis.T @ solve_triangle(self.q.cholesky, self.difference)

    @property
    def eigenvalues(self) -> Array:
        """Eigenvalues of X, ascending, shape (d,)."""
        return self._spectrum[0]

    @property
    def mean(self) -> Array:
        """The vector y in the eigenbasis of X, shape (d,)."""
        return self._spectrum[1]

    @cached_property
    def ordinary(self) -> bool:
        """Whether squares and quotients of the parameters stay within the range of floats."""
        scales = np.concatenate([np.diag(self.p.cov), np.diag(self.q.cov)])
        means = np.abs(np.concatenate([self.p.mean, self.q.mean]))
        return bool(np.max(means) < LARGE and np.max(scales) < LARGE and np.min(scales) > 1.0 / LARGE)

    @cached_property
    def near(self) -> bool:
        """Whether every eigenvalue of X is below 1/2 in size."""
        reliable = self.ordinary and self.relative_error < 1e-3
        return reliable and bool(np.max(np.abs(self.eigenvalues)) < 0.5)

    def near_kl(self) -> float:
        """Return ``KL(N(y, I + X) || N(0, I)) = (|y|^2 + sum x_i - log(1 + x_i))/2`` in nats, for near laws."""
        return float(0.5 * (np.sum(self.mean**2) + np.sum(excess(self.eigenvalues))))

    def near_log_power_integral(self, order: float) -> float:
        """Return ``log int p^a q^(1-a)`` for near laws and ``|1 - a| <= 3/2``.

        With ``b = 1 - a`` and ``c_i = 1 + b x_i > 0`` it is
        ``-b sum(a y_i^2/c_i + excess(x_i) - excess(b x_i)/b)/2``, ``excess(x) = x - log(1 + x)``.
        """
        rest = 1.0 - order
        scaled = rest * self.eigenvalues
        terms = order * self.mean**2 / (1.0 + scaled) + excess(self.eigenvalues) - excess(scaled) / rest
        return float(-0.5 * rest * np.sum(terms))

    @cached_property
    def relative_error(self) -> float:
        """First-order bound of the relative rounding error of y, X and the Cholesky factors."""
        conditions = correlation_condition(self.p.cov) + correlation_condition(self.q.cov)
        return 16.0 * EPS * self.p.dim * conditions

    @cached_property
    def same(self) -> bool:
        """Whether the two laws are equal entry by entry."""
        return self.p == self.q


def _enclosed(value: float, error: float, *, least: float = 0.0, most: float = math.inf) -> Enclosure:
    if not (math.isfinite(value) and math.isfinite(error)):
        return Enclosure(least, least, most, METHOD, "closed-form")
    value, error = min(max(value, least), most), error + FAINT
    return Enclosure(value, max(least, value - error), min(most, value + error), METHOD, "closed-form")


def sharp(
    floats: Callable[[Pair], Enclosure],
    pair: Pair,
    exactly: Callable[[ExactGaussians], Enclosure],
    *,
    unit: float = math.inf,
) -> Enclosure:
    """Return the answer of floats where it is narrow, else that of exact rationals and balls, if not too dear.

    Narrow is a half-width below `SHARP` of the value, or of `unit` where that is less.
    """
    if pair.same:
        return Enclosure.exact(0.0, METHOD)
    found = floats(pair) if pair.ordinary else _enclosed(math.inf, math.inf)
    if float(found.width) <= 2.0 * SHARP * min(float(found.lower), unit):
        return found
    from gausscollapse.divergences.certified import gaussians

    if not gaussians.fits(pair.p.dim):
        return found
    return exactly(gaussians.ExactGaussians(pair.p, pair.q))


def _precision_mix(pair: Pair, order: float) -> tuple[float, float, float]:
    """Return log det C, ``dm^T C^{-1} dm`` for ``C = a S_q + (1 - a) S_p`` > 0, and the relative error of both.

    The error is infinite where floats do not see that C is positive definite.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        mixed = order * pair.q.cov + (1.0 - order) * pair.p.cov
    try:
        factor = np.linalg.cholesky(mixed)
    except np.linalg.LinAlgError:
        return 0.0, 0.0, math.inf
    log_det = 2.0 * float(np.sum(np.log(np.diag(factor))))
    square = float(np.sum(solve_triangle(factor, pair.difference) ** 2))
    # Forming C cancels where a > 1: the error of an entry is relative to the larger operand.
    diagonal = np.diag(mixed)
    cancelled = float(np.max((abs(order) * np.diag(pair.q.cov) + abs(1.0 - order) * np.diag(pair.p.cov)) / diagonal))
    error = 16.0 * EPS * pair.p.dim * correlation_condition(mixed) * cancelled
    return log_det, square, error


def _log_power_integral(pair: Pair, order: float) -> tuple[float, float]:
    """Return ``log int p^a q^(1-a)``, finite, and the bound of its error, infinite where floats fail."""
    if pair.near and abs(1.0 - order) <= NEAR_ORDER:
        value = pair.near_log_power_integral(order)
        return value, 8.0 * pair.relative_error * abs(value) / (1.0 - 0.5 * abs(1.0 - order))
    log_det, square, error = _precision_mix(pair, order)
    rest = 1.0 - order
    volume = log_det - rest * pair.p.log_det - order * pair.q.log_det
    value = -0.5 * (order * rest * square + volume)
    if not error < 0.1:
        return value, math.inf
    size = abs(order * rest) * square + abs(log_det) + abs(rest * pair.p.log_det) + abs(order * pair.q.log_det)
    dims = float(pair.p.dim) * (1.0 + abs(order) + abs(rest))
    return value, (error + pair.relative_error) * (size + dims)


def kl(p: Gaussian, q: Gaussian) -> Enclosure:
    """Return ``KL(p || q) = (tr(S_q^{-1} S_p) - d - log det S_p/det S_q + |m_p - m_q|^2_{S_q^{-1}})/2`` in nats."""
    return sharp(_kl, Pair(p, q), lambda exact: exact.kl())


def _kl(pair: Pair) -> Enclosure:
    p, q = pair.p, pair.q
    if pair.near:
        value = pair.near_kl()
        return _enclosed(value, 4.0 * pair.relative_error * value)
    # tr[inv(S_q) S_p] = ||inv(L_q) L_p||_F^2
    trace = float(np.sum(solve_triangle(q.cholesky, p.cholesky) ** 2))
    square = float(np.sum(solve_triangle(q.cholesky, pair.difference) ** 2))
    value = 0.5 * (trace - p.dim - (p.log_det - q.log_det) + square)
    return _enclosed(value, pair.relative_error * (trace + p.dim + abs(p.log_det) + abs(q.log_det) + square))


def chi2(p: Gaussian, q: Gaussian) -> Enclosure:
    """Return ``chi2(p || q) = int p^2/q - 1``; inf unless ``2 S_p^{-1} - S_q^{-1}`` is positive definite.

    It is ``exp(D_2) - 1`` with the Renyi divergence of order 2, which stays within the range of floats.
    """
    return raised(_renyi(Pair(p, q), 2.0, "2 S_p^{-1} - S_q^{-1} is not positive definite", unit=1.0))


def raised(log: Enclosure) -> Enclosure:
    """Return ``exp(D) - 1``, rounded outwards; beyond the range of floats the method has its logarithm."""
    if math.isinf(float(log.lower)) or float(log.upper) == 0.0:
        return log
    if math.isinf(float(log.value)):
        method = f"{METHOD} (finite, beyond the range of floats, and so is its logarithm)"
        return Enclosure(math.inf, sys.float_info.max, math.inf, method, log.guarantee)
    with np.errstate(over="ignore"):
        value, low, high = (float(np.expm1(x)) for x in (log.value, log.lower, log.upper))
    slack = 4.0 * EPS
    low = math.nextafter(min(low, sys.float_info.max) * (1.0 - slack), 0.0)
    note = ""
    if math.isinf(value):
        width = max(float(log.upper) - float(log.value), float(log.value) - float(log.lower))
        note = (
            f" (finite, beyond the range of floats: its natural logarithm is {float(log.value):.15g} +- {width:.1g})"
        )
    high = math.nextafter(high * (1.0 + slack), math.inf)
    return Enclosure(value, min(low, value), high, log.method + note, log.guarantee)


def renyi(p: Gaussian, q: Gaussian, *, order: float) -> Enclosure:
    """Return ``D_a(p || q) = log(int p^a q^(1-a))/(a - 1)`` in nats for order a > 0; a = 1 is KL."""
    if order == 1.0:
        return kl(p, q)
    return _renyi(Pair(p, q), order, "a S_q + (1 - a) S_p is not positive definite")


def _renyi(pair: Pair, order: float, reason: str, *, unit: float = math.inf) -> Enclosure:
    surely = pair.same or (pair.near and abs(1.0 - order) <= NEAR_ORDER)
    if order > 1.0 and not (surely or mix_is_positive(pair.p.cov, pair.q.cov, order)):
        return Enclosure.exact(math.inf, f"{METHOD} ({reason})")

    def by_floats(pair: Pair) -> Enclosure:
        log_integral, error = _log_power_integral(pair, order)
        return _enclosed(log_integral / (order - 1.0), error / abs(order - 1.0))

    return sharp(by_floats, pair, lambda exact: exact.renyi(order), unit=unit)


def bhattacharyya(p: Gaussian, q: Gaussian) -> Enclosure:
    """Return the Bhattacharyya distance ``-log int sqrt(p q)`` in nats."""

    def by_floats(pair: Pair) -> Enclosure:
        log_integral, error = _log_power_integral(pair, 0.5)
        return _enclosed(-log_integral, error)

    return sharp(by_floats, Pair(p, q), lambda exact: exact.bhattacharyya())


def hellinger2(p: Gaussian, q: Gaussian) -> Enclosure:
    """Return the squared Hellinger distance ``1 - int sqrt(p q)``, between 0 and 1."""
    distance = bhattacharyya(p, q)
    if distance.upper == 0.0:
        return distance
    value, low, high = (-math.expm1(-float(x)) for x in (distance.value, distance.lower, distance.upper))
    spread = 4.0 * EPS
    low, high = math.nextafter(low * (1.0 - spread), 0.0), math.nextafter(high * (1.0 + spread), math.inf)
    return Enclosure(min(value, 1.0), low, min(1.0, high), METHOD, distance.guarantee)


def jeffreys(p: Gaussian, q: Gaussian) -> Enclosure:
    """Return the Jeffreys divergence ``KL(p || q) + KL(q || p)`` in nats."""
    return kl(p, q) + kl(q, p)


def fisher_divergence(p: Gaussian, q: Gaussian) -> Enclosure:
    """Return ``E_p |grad log p - grad log q|^2`` (per unit of squared length).

    ``|S_q^{-1}(m_p - m_q)|^2 + ||(S_q^{-1} - S_p^{-1}) L_p||_F^2``, and
    ``(S_q^{-1} - S_p^{-1}) L_p = S_q^{-1}(S_p - S_q)L_p^{-T}``, which does not cancel.
    """
    return sharp(_fisher_divergence, Pair(p, q), lambda exact: exact.fisher_divergence())


def _fisher_divergence(pair: Pair) -> Enclosure:
    p, q = pair.p, pair.q
    scaled = solve_triangle(p.cholesky, p.cov - q.cov).T
    right = np.column_stack([pair.difference, scaled])
    half = solve_triangle(q.cholesky, right)
    forces = solve_triangle(q.cholesky, half, transposed=True)
    root = float(np.linalg.norm(forces))
    # Rounding is relative in the units of q's axes: z = D forces has an error relative to its norm and to that of
    # C^{-1} D^{-1} right, C the correlation matrix; the narrowest axis weighs it most.
    axes = np.sqrt(np.diag(q.cov))
    size = float(np.linalg.norm(axes[:, None] * forces)) + correlation_condition(q.cov) * float(
        np.linalg.norm(right / axes[:, None])
    )
    error = pair.relative_error * size * math.sqrt(p.dim) / float(np.min(axes))
    return _enclosed(root**2, error * (2.0 * root + error))


def wasserstein2(p: Gaussian, q: Gaussian) -> Enclosure:
    """Return the 2-Wasserstein distance (a length, not its square), the Bures formula between Gaussians.

    ``W^2 = |m_p - m_q|^2 + min_U ||L_p U - L_q||_F^2`` over orthogonal U, attained at the polar factor of
    ``L_p^T L_q``; no root of a difference is taken.
    """
    return sharp(_wasserstein2, Pair(p, q), lambda exact: exact.wasserstein2())


def _wasserstein2(pair: Pair) -> Enclosure:
    p, q = pair.p, pair.q
    left, sizes, right = np.linalg.svd(p.cholesky.T @ q.cholesky)
    gap = float(np.sum((p.cholesky @ (left @ right) - q.cholesky) ** 2))
    value = math.sqrt(float(np.sum(pair.difference**2)) + gap)
    size = math.sqrt(float(np.trace(p.cov)) + float(np.trace(q.cov)))
    rounding = 32.0 * EPS * p.dim * (size + value)
    return _enclosed(value, rounding + _polar_loss(sizes) + _factor_distance(p) + _factor_distance(q))


def _polar_loss(sizes: Array) -> float:
    """Bound the root of what a computed polar factor U, rounded by ``c u s_1/(s_i + s_j)``, loses of ``tr U^T M``.

    In the plane of i and j the loss is (s_i + s_j)/2 times the square of the rotation.
    """
    rounding = 8.0 * len(sizes) * EPS * float(sizes[0])
    if len(sizes) == 1:
        return 0.0
    least = float(sizes[-1] + sizes[-2])
    worst = math.sqrt(2.0 * len(sizes) * rounding)
    return min(worst, len(sizes) * rounding / math.sqrt(least)) if least > 0.0 else worst


def _factor_distance(law: Gaussian) -> float:
    """Bound ``W(S, S + E)`` where the computed Cholesky factor is that of ``S + E`` (Higham, theorem 10.3).

    ``W^2 <= ||E||_1`` (Powers and Stormer) and ``W <= ||E||_F/sqrt(least eigenvalue)``, with
    ``||E||_F <= 2 (d + 1) u tr S``.
    """
    backward = 2.0 * (law.dim + 1) * EPS * float(np.trace(law.cov))
    eigenvalues = np.linalg.eigvalsh(law.cov)
    lowest = float(eigenvalues[0]) - 8.0 * law.dim * EPS * float(eigenvalues[-1])
    worst = math.sqrt(math.sqrt(law.dim) * backward)
    return min(worst, backward / math.sqrt(lowest)) if lowest > 0.0 else worst


def total_variation(p: Gaussian, q: Gaussian) -> Enclosure | None:
    """Return ``int |p - q|/2 = erf(delta/sqrt(8))``, delta the Mahalanobis distance; None if covariances differ."""
    if not np.array_equal(p.cov, q.cov):
        return None

    def by_floats(pair: Pair) -> Enclosure:
        value = math.erf(float(np.linalg.norm(pair.mean)) / math.sqrt(8.0))
        return _enclosed(value, 4.0 * (pair.relative_error + EPS) * value, most=1.0)

    return sharp(by_floats, Pair(p, q), lambda exact: exact.total_variation())
