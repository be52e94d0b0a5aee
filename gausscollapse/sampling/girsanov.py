"""Divergences of the learned from the ideal path law, by Monte Carlo, with their remainders.

All are about the discretised chains, for which Girsanov's formula is exact:
``dP^/dP* = exp(Z)``, ``Z = M - [M]/2``, with the sums ``M = sum e . dB*`` and ``[M] = sum h |e|^2``. The
intervals are for these chains, and do not hold the bias of the steps.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.log_sum import log_sum
from gausscollapse.core.mean_bounds import catoni, lower_mean
from gausscollapse.core.validation import Array, as_key, as_size
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.setting import require_reverse_equation
from gausscollapse.sampling.confidence import EACH
from gausscollapse.sampling.estimates import Estimate, estimate, positive_estimate
from gausscollapse.sampling.euler_maruyama import simulate
from gausscollapse.sampling.rare_events import told_by
from gausscollapse.sampling.simulation import Simulation
from gausscollapse.sampling.weight_moments import NO_MOMENTS, WeightMoments, chain_moments

LEAST_SHARE = 0.05


class DegenerateWeightsWarning(UserWarning):
    """Few of the paths carry most of the weight: the standard errors cannot be trusted.

    Examples
    --------
    An error of 2 has weights ``exp(Z)`` of variance ``exp(8) - 1``, of which few of 200 paths carry the most:

    >>> import warnings
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 2.0))
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", gc.sampling.DegenerateWeightsWarning)
    ...     gc.path_divergences(process, 200, 20, 1)
    Traceback (most recent call last):
    gausscollapse.sampling.girsanov.DegenerateWeightsWarning: the weights of 200 paths are worth 4.51 equal ones: ...
    """


@dataclass(frozen=True)
class PathDivergences:
    """What the Girsanov weights of one process give, each with a standard error.

    Parameters
    ----------
    ideal_energy, learned_energy : Estimate
        ``eps*^2`` and ``eps^^2``.
    path_kl, reverse_path_kl : Estimate
        ``KL(P^ || P*) = eps^^2/2`` and ``KL(P* || P^) = eps*^2/2`` in nats.
    path_chi2 : Estimate
        ``chi2(P^ || P*) = E_{P^} exp(Z) - 1``, from the learned paths.
    martingale_remainder : Estimate
        ``rho = E_{P*}(exp(Z) - 1 - M)^2``, from the ideal paths.
    variation_square : Estimate
        ``E_{P*} [M]^2 = K eps*^4``.
    taylor_square : Estimate
        ``E_{P*}(exp(Z) - 1 - Z)^2 = C' eps*^4``.
    total_weight : Estimate
        ``E_{P*} exp(Z)``, which is 1: a check.
    effective_share : float
        Effective sample size of the weights exp(Z) over the number of paths, in (0, 1].

    Examples
    --------
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.3))
    >>> found = gc.path_divergences(process, 4000, 20, 1)
    >>> bool(found.total_weight.enclosure.contains(1.0))
    True
    """

    ideal_energy: Estimate
    learned_energy: Estimate
    path_kl: Estimate
    reverse_path_kl: Estimate
    path_chi2: Estimate
    martingale_remainder: Estimate
    variation_square: Estimate
    taylor_square: Estimate
    total_weight: Estimate
    effective_share: float


@checked
def path_divergences(
    process: ReverseProcess,
    n: int,
    steps: int,
    rng: int | np.random.Generator,
    *,
    grid: str | ArrayLike = "uniform",
    threads: int | None = None,
) -> PathDivergences:
    """Estimate the divergences between the learned and the ideal path law.

    Parameters
    ----------
    process : ReverseProcess
        Any data and error; both path laws start from q_T.
    n : int
        Paths of each law, at least 2; more than 4 GiB of them are refused.
    steps, rng, grid, threads
        As in `simulate`.

    Returns
    -------
    PathDivergences
        Energies (dimensionless), divergences in nats and remainders, each with its standard error.

    Raises
    ------
    NotSupportedError
        If the process does not start from q_T.

    Warns
    -----
    DegenerateWeightsWarning
        If the effective sample size of the weights is below 5 % of the paths.

    Notes
    -----
    Girsanov's formula is exact for the chains: ``dP^/dP* = exp(Z)``, ``Z = M - [M]/2``. Source: arXiv 2602.16601,
    proposition 3.1, for the energies; *own* for the remainders as expectations of the same weights.

    The intervals are for the chains of so many steps; upper ends that come from exact moments hold the limit of small
    steps as well. That of the total weight is two-sided where its variance is bounded; those of energies and of [M]^2
    are (five standard errors) unless a rare event may carry them: an error of the caller's own making, a component
    of the laws that fewer than 100 paths meet. Path chi-squared and the remainders have an upper end where the
    variance of the weights has a proven bound (one constant error; linear-Gaussian chains, exactly); else they have a
    proven lower end alone, and are infinite where the chain's chi-squared is known to be. The level is that of
    `gausscollapse.sampling.confidence`, 6e-7.

    Examples
    --------
    A constant error b has ``Z = N(-s/2, s)`` with ``s = |b|^2 (T - t0)``, here 0.18: KL is s/2, and chi-squared
    ``exp(s) - 1``.

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.3))
    >>> found = gc.path_divergences(process, 4000, 20, 1)
    >>> round(found.learned_energy.value, 9), round(found.path_kl.value, 9)
    (0.18, 0.09)
    >>> bool(found.path_chi2.enclosure.contains(np.expm1(0.18)))
    True
    """
    count = as_size("n", n, at_least=2, each=32.0 * (process.dim + 2))
    if not process.matched:
        raise NotSupportedError("start: the weights are those of one start for both laws; accepted: marginal")
    require_reverse_equation(process, "the weights are known")
    key = as_key("rng", rng)
    options: dict[str, Any] = {"grid": grid, "threads": threads, "functionals": True}
    ideal = simulate(process, count, steps, key, law="ideal", **options)
    learned = simulate(process, count, steps, key, law="learned", first=count, **options)
    return divergences_of(ideal, learned, moments=chain_moments(process, ideal.times), told=told_by(process, count))


def divergences_of(
    ideal: Simulation, learned: Simulation, *, moments: WeightMoments = NO_MOMENTS, told: bool = False
) -> PathDivergences:
    """Return the divergences of two simulations with functionals, of the ideal and of the learned law.

    Parameters
    ----------
    ideal, learned : Simulation
        Independent paths of one process that starts from q_T.
    moments : WeightMoments
        What is proven of the weights of these chains; nothing by default.
    told : bool
        Whether the paths tell the variance of the energies (`rare_events.told_by`); else these have a lower end
        alone.

    Returns
    -------
    PathDivergences
        As `path_divergences`.

    Warns
    -----
    DegenerateWeightsWarning
        As `path_divergences`.
    """
    count = ideal.n
    z = ideal.martingale - 0.5 * ideal.energy
    weight = np.exp(z)
    # In log space: weights of large errors underflow, all of them at once.
    share = float(np.exp(2.0 * log_sum(z) - log_sum(2.0 * z))) / count
    if not share >= LEAST_SHARE:
        warnings.warn(
            f"the weights of {count} paths are worth {share * count:.3g} equal ones: chi-squared and the remainders "
            "cannot be trusted; a smaller error or more paths would do",
            DegenerateWeightsWarning,
            stacklevel=3,
        )
    # Under P^ the noise is B* less the error: Z = (sum e . dB^) + [M]/2.
    with np.errstate(over="ignore"):
        growth = np.expm1(learned.martingale + 0.5 * learned.energy)
        remainder, taylor = (np.expm1(z) - ideal.martingale) ** 2, (np.expm1(z) - z) ** 2
        excess = np.expm1(z) ** 2
    # On paths of many steps the times themselves are rounded, relative to the span.
    terms = int(ideal.times.size * (1.0 + ideal.times[0] / (ideal.times[0] - ideal.times[-1])))
    mean = partial(positive_estimate, told=told)
    energies = mean(ideal.energy, terms=terms), mean(learned.energy, terms=terms)
    chi2, rho, square = _ceilings(moments, *energies, mean(z**2, terms=terms))
    return PathDivergences(
        ideal_energy=energies[0],
        learned_energy=energies[1],
        path_kl=mean(0.5 * learned.energy, terms=terms),
        reverse_path_kl=mean(0.5 * ideal.energy, terms=terms),
        path_chi2=_heavy(growth, excess, moments.learned_variance(), chi2),
        martingale_remainder=_heavy(remainder, remainder, moments.remainder_fourth(), rho),
        variation_square=mean(ideal.energy**2, terms=2 * terms),
        taylor_square=_heavy(taylor, taylor, moments.taylor_fourth(), square),
        total_weight=_heavy(weight, weight, moments.power(2.0) - 1.0, np.inf),
        effective_share=share,
    )


def _ceilings(
    moments: WeightMoments, ideal: Estimate, learned: Estimate, square: Estimate
) -> tuple[float, float, float]:
    """Return upper ends of path chi-squared, rho and ``E (exp(Z) - 1 - Z)^2``, by identities with ``E exp(2 Z)``.

    ``rho = chi2 + eps*^2 - 2 eps^^2`` and ``E (exp(Z) - 1 - Z)^2 = chi2 - eps^^2 - eps*^2 + E Z^2``. Source: *own*.
    """
    chi2 = moments.chi2_ceiling()
    first, second, third = (item.enclosure for item in (ideal, learned, square))
    rho = chi2 + float(first.upper) - 2.0 * float(second.lower)
    return chi2, rho, chi2 - float(second.lower) - float(first.lower) + float(third.upper)


def _heavy(sample: Array, positive: Array, variance: float, ceiling: float) -> Estimate:
    """Return the estimate of a mean whose sample does not tell its variance, of which `variance` is a proven bound.

    `positive` has numbers >= 0 of the same mean, from which a lower bound is; `ceiling` is an upper end, and nan
    where the mean is known to be infinite.
    """
    if np.isnan(ceiling):
        return Estimate(np.inf, np.inf, int(sample.size), (np.inf, np.inf))
    low, high = catoni(sample, variance, miss=EACH)
    low = max(low, lower_mean(positive, miss=EACH))
    return estimate(sample, bounds=(low, max(min(high, ceiling), low)))
