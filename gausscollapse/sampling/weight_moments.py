"""Proven bounds of the exponential moments of Girsanov's weights: what makes their sample means trustworthy.

A sample does not tell the variance of a heavy-tailed weight; these bounds do. With ``[M] <= S`` on every path
``E exp(a M + b [M]) <= exp((b + a^2/2)^+ S)``, as ``exp(a M - a^2 [M]/2)`` is a supermartingale; linear-Gaussian
processes have the moment itself. Anything else has no bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.process.errors import AffineError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling.chain_moment import chain_log_moment

LogMoment = Callable[[float, float], float]
# Exponents at which |z|^k <= k!/a^k exp(a |z|) is tried.
EXPONENTS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0, 22.0, 40.0)
# Relative accuracy allowed to a moment that is called exact.
ACCURACY = 1e-6


@dataclass(frozen=True, eq=False)
class WeightMoments:
    """Bounds of the moments of the weight ``exp(Z)``, ``Z = M - [M]/2``, of ideal paths.

    Parameters
    ----------
    log_moment : callable
        ``(a, b)`` to an upper bound of ``log E exp(a M + b [M])``; inf where there is none.
    exact : bool
        Whether the bounds are the moments themselves, up to `ACCURACY`.
    energy : float
        A bound of [M] on every path, or inf.
    constant : bool
        Whether [M] is that bound on every path.
    limit : float
        For a chain, ``log E exp(2 Z)`` of the process in continuous time, so that an upper end holds both.
    """

    log_moment: LogMoment
    exact: bool
    energy: float = math.inf
    constant: bool = False
    limit: float = -math.inf

    def power(self, exponent: float) -> float:
        """Return a bound of ``E exp(exponent Z)``."""
        return _exp(self.log_moment(exponent, -0.5 * exponent))

    def chi2_ceiling(self) -> float:
        """Return a bound of path chi-squared, ``E exp(2 Z) - 1``: inf if unknown, nan if infinite."""
        logarithm = self.log_moment(2.0, -1.0)
        if self.exact and logarithm == math.inf:
            return math.nan
        largest = max(logarithm, self.limit)
        return math.expm1(largest) * (1.0 + ACCURACY) if largest < 300.0 else math.inf

    def growth(self, degree: int, exponent: float) -> float:
        """Return a bound of ``E |Z|^degree exp(exponent Z)``."""
        return min(
            math.factorial(degree) / a**degree * (self.power(exponent + a) + self.power(exponent - a))
            for a in EXPONENTS
        )

    def energy_power(self, degree: int) -> float:
        """Return a bound of ``E [M]^degree``."""
        with np.errstate(over="ignore"):
            sure = float(np.float64(self.energy) ** degree)
        tails = (math.factorial(degree) / a**degree * _exp(self.log_moment(0.0, a)) for a in EXPONENTS)
        return sure if math.isfinite(sure) else min(tails)

    def learned_variance(self) -> float:
        """Return a bound of the variance of exp(Z) under the learned law, ``E exp(3 Z) - (E exp(2 Z))^2``."""
        least = self.power(2.0) if self.exact else 1.0
        third = self.power(3.0)
        return third * (1.0 + ACCURACY) - least**2 * (1.0 - ACCURACY) if math.isfinite(third) else math.inf

    def chi2_variance(self) -> float:
        """Return a bound of the variance of exp(2 Z)."""
        least = self.power(2.0) if self.exact else 1.0
        fourth = self.power(4.0)
        return fourth * (1.0 + ACCURACY) - least**2 * (1.0 - ACCURACY) if math.isfinite(fourth) else math.inf

    def excess_fourth(self) -> float:
        """Return a bound of ``E (exp(Z) - 1)^4``: from ``|exp(z) - 1| <= |z| max(1, exp(z))``, or expanded."""
        crude = self.growth(4, 0.0) + self.growth(4, 4.0)
        if not (self.exact and math.isfinite(crude)):
            return crude
        second, third, fourth = (self.power(k) for k in (2.0, 3.0, 4.0))
        exact = fourth - 4.0 * third + 6.0 * second - 3.0
        return min(crude, exact + ACCURACY * (fourth + 4.0 * third + 6.0 * second + 3.0))

    def taylor_fourth(self) -> float:
        """Return a bound of ``E (exp(Z) - 1 - Z)^4``, from ``|exp(z) - 1 - z| <= z^2/2 max(1, exp(z))``."""
        return (self.growth(8, 0.0) + self.growth(8, 4.0)) / 16.0

    def expansion_variance(self, third: float) -> float:
        """Return a bound of ``E (D1 D2/2 - third D1 D2 D3)^2`` for replicates ``D = exp(Z) - 1`` of one end."""
        sixth = self.growth(6, 0.0) + self.growth(6, 6.0)
        return (0.5 * math.sqrt(self.excess_fourth()) + third * math.sqrt(sixth)) ** 2

    def remainder_fourth(self) -> float:
        """Return a bound of ``E (exp(Z) - 1 - M)^4``, which differs from the above by [M]/2."""
        return 8.0 * (self.taylor_fourth() + self.energy_power(4) / 16.0)

    def weighted_energy_variance(self) -> float:
        """Return a bound of the variance of ``exp(Z) [M]``."""
        if self.constant:
            return self.energy**2 * max(self.power(2.0) - 1.0, 0.0)
        if math.isfinite(self.energy):
            return self.energy**2 * self.power(2.0)
        return math.sqrt(self.power(4.0)) * math.sqrt(self.energy_power(4))


def _exp(logarithm: float) -> float:
    return math.exp(logarithm) if logarithm < 300.0 else math.inf


def _constant(process: ReverseProcess) -> WeightMoments | None:
    """Return the moments of an error that is one constant everywhere; None of any other."""
    error = process.error
    if not isinstance(error, AffineError) or np.any(error.matrix):
        return None
    span = process.diffusion.horizon - process.diffusion.stop
    # An upper bound: d + 4 roundings 2^-53, d at most 4096.
    energy = float(error.offset @ error.offset) * span * (1.0 + 1e-12)
    return WeightMoments(lambda a, b: (b + 0.5 * a * a) * energy, True, energy, constant=True)


NO_MOMENTS = WeightMoments(lambda _a, _b: math.inf, False)


def process_moments(process: ReverseProcess) -> WeightMoments:
    """Return what is proven of the weights of a process in continuous time."""
    constant = _constant(process)
    if constant is not None:
        return constant
    if not process.is_linear:
        return NO_MOMENTS

    def log_moment(a: float, b: float) -> float:
        return math.log(max(float(process.exponential_moment(theta1=a, theta2=b).upper), 1e-300))

    return WeightMoments(_kept(log_moment), True)


def chain_moments(process: ReverseProcess, times: Array) -> WeightMoments:
    """Return what is proven of the weights of the chain on a grid of decreasing times."""
    constant = _constant(process)
    if constant is not None:
        return constant
    if not process.is_linear:
        return NO_MOMENTS
    limit = process_moments(process).log_moment(2.0, -1.0)
    return WeightMoments(
        _kept(lambda a, b: chain_log_moment(process, times, theta1=a, theta2=b)), exact=True, limit=limit
    )


def _kept(function: LogMoment) -> LogMoment:
    """Return the function with its answers kept."""
    answers: dict[tuple[float, float], float] = {}

    def ask(a: float, b: float) -> float:
        if (a, b) not in answers:
            answers[a, b] = function(a, b)
        return answers[a, b]

    return ask
