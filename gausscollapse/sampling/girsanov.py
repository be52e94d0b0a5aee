"""Monte Carlo estimators on paths: divergences of path laws, their remainders, observability, gradient energy.

All are about the discretised chains, for which Girsanov's formula is exact:
``dP^/dP* = exp(Z)``, ``Z = M - [M]/2``, with the sums ``M = sum e . dB*`` and ``[M] = sum h |e|^2``.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.validation import Array, as_count, as_key
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture
from gausscollapse.process import stein
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling.simulate import Simulation, simulate

METHOD = "Girsanov weights"
# Half width of the intervals in standard errors: 6e-7 two-sided for a normal error.
ERRORS = 5.0
LEAST_SHARE = 0.05


class DegenerateWeightsWarning(UserWarning):
    """Few of the paths carry most of the weight: the standard errors cannot be trusted."""


@dataclass(frozen=True)
class Estimate:
    """A Monte Carlo estimate with its standard error.

    Parameters
    ----------
    value, standard_error : float
        Mean and its standard error; both inf where a number of the sample is beyond floats.
    paths : int
        Number of independent paths.
    """

    value: float
    standard_error: float
    paths: int

    def __float__(self) -> float:
        return self.value

    @property
    def enclosure(self) -> Enclosure:
        """The value within five standard errors, guarantee ``"statistical"``."""
        width = ERRORS * self.standard_error
        low = self.value - width if np.isfinite(width) else -np.inf
        words = f"{METHOD}, {self.paths} paths"
        return Enclosure(self.value, low, self.value + width, words, "statistical")


def estimate(sample: Array) -> Estimate:
    """Return mean and standard error of independent numbers (n,); inf where one of them is."""
    if np.any(np.isinf(sample)):
        return Estimate(np.inf, np.inf, int(sample.size))
    return Estimate(float(np.mean(sample)), float(np.std(sample, ddof=1) / np.sqrt(sample.size)), int(sample.size))


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
        Effective sample size of the weights exp(Z) over the number of paths.
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
        Paths of each law, at least 2.
    steps, rng, grid, threads
        As in `simulate`.

    Raises
    ------
    NotSupportedError
        If the process does not start from q_T.

    Warns
    -----
    DegenerateWeightsWarning
        If the effective sample size of the weights is below 5 % of the paths.
    """
    count = as_count("n", n, at_least=2)
    if not process.matched:
        raise NotSupportedError("start: the weights are those of one start for both laws; accepted: marginal")
    key = as_key("rng", rng)
    options: dict[str, Any] = {"grid": grid, "threads": threads, "functionals": True}
    ideal = simulate(process, count, steps, key, law="ideal", **options)
    return divergences_of(ideal, simulate(process, count, steps, key, law="learned", first=count, **options))


def divergences_of(ideal: Simulation, learned: Simulation) -> PathDivergences:
    """Return the divergences of two simulations with functionals, of the ideal and of the learned law.

    Parameters
    ----------
    ideal, learned : Simulation
        Independent paths of one process that starts from q_T.

    Warns
    -----
    DegenerateWeightsWarning
        As `path_divergences`.
    """
    count = ideal.n
    z = ideal.martingale - 0.5 * ideal.energy
    weight = np.exp(z)
    # In log space: weights of large errors underflow, all of them at once.
    share = float(np.exp(2.0 * logsumexp(z) - logsumexp(2.0 * z))) / count
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
    return PathDivergences(
        ideal_energy=estimate(ideal.energy),
        learned_energy=estimate(learned.energy),
        path_kl=estimate(0.5 * learned.energy),
        reverse_path_kl=estimate(0.5 * ideal.energy),
        path_chi2=estimate(growth),
        martingale_remainder=estimate((np.expm1(z) - ideal.martingale) ** 2),
        variation_square=estimate(ideal.energy**2),
        taylor_square=estimate((np.expm1(z) - z) ** 2),
        total_weight=estimate(weight),
        effective_share=share,
    )


def polynomials(x: Array, degree: int) -> tuple[Array, Array]:
    """Return monomials of degree 1..degree at points (n, d), shape (n, m), and their gradients, shape (n, m, d)."""
    n, d = x.shape
    exponents = [np.eye(d, dtype=int)[i] for i in range(d)]
    layer = exponents
    for _ in range(1, degree):
        layer = [np.array(e) for e in {tuple(e + unit) for e in layer for unit in np.eye(d, dtype=int)}]
        exponents = exponents + sorted(layer, key=tuple)
    powers = np.stack([x**k for k in range(degree + 1)])
    values = np.ones((n, len(exponents)))
    gradients = np.zeros((n, len(exponents), d))
    for m, exponent in enumerate(exponents):
        for i in range(d):
            values[:, m] *= powers[exponent[i], :, i]
            if exponent[i]:
                rest = np.prod([powers[exponent[j], :, j] for j in range(d) if j != i], axis=0)
                gradients[:, m, i] = exponent[i] * powers[exponent[i] - 1, :, i] * rest
    return values, gradients


def basis(law: Gaussian | GaussianMixture, x: Array, degree: int) -> tuple[Array, Array]:
    """Return functions (n, m) and gradients (n, m, d): polynomials of the whitened point, and of each component.

    Those of a component are multiplied by its posterior, ``grad p_k = p_k (s_k - s)`` with the scores s.
    """
    centre, factor = law.mean, np.linalg.inv(np.linalg.cholesky(law.cov))
    values, gradients = polynomials((x - centre) @ factor.T, degree)
    all_values, all_gradients = [values], [gradients @ factor]
    if isinstance(law, GaussianMixture):
        posterior, scores = law.posterior(x), law.component_scores(x)
        score = np.einsum("nk,knd->nd", posterior, scores)
        for k, part in enumerate(law.components):
            share, change = posterior[:, k], posterior[:, k, None] * (scores[k] - score)
            inverse = np.linalg.inv(part.cholesky)
            values, gradients = polynomials((x - part.mean) @ inverse.T, degree)
            gradients = gradients @ inverse
            if k > 0:
                all_values.append(share[:, None])
                all_gradients.append(change[:, None, :])
            all_values.append(share[:, None] * values)
            all_gradients.append(share[:, None, None] * gradients + values[:, :, None] * change[:, None, :])
    return np.concatenate(all_values, axis=1), np.concatenate(all_gradients, axis=1)


def _solve(gram: Array, right: Array) -> Array:
    """Return the least-squares solution of a semi-definite system."""
    scale = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    return np.asarray(np.linalg.lstsq(gram / np.outer(scale, scale), right / scale, rcond=1e-9)[0] / scale)


def regressed_energy(
    process: ReverseProcess, run: Simulation, *, degree: int = 2, reference: Gaussian | GaussianMixture | None = None
) -> Estimate:
    """Return a lower estimate of ``eta eps*^2`` from ideal paths: M regressed on functions of the endpoint.

    With u^ fitted on the other half of the paths, ``E(2 M u^ - u^^2) <= E u^2`` without bias, with equality for
    ``u^ = u``.

    Parameters
    ----------
    process : ReverseProcess
        The process of `run`.
    run : Simulation
        Of ``law="ideal"``, with functionals.
    degree : int
        Degree of the polynomials, each component of the data having its own.
    reference : Gaussian or GaussianMixture, optional
        Law whose components' polynomials are the functions, where not those of the data at the stop: fewer
        components make fewer functions.

    Raises
    ------
    InvalidArgumentError
        If `run` is of the learned law or has fewer than twice as many paths as functions.
    """
    return _cross_fitted(_functions(process, run, degree, reference), run.martingale, run.n)


def regressed_chi2(
    process: ReverseProcess, run: Simulation, *, degree: int = 2, reference: Gaussian | GaussianMixture | None = None
) -> Estimate:
    """Return a lower estimate of ``chi2(p^ || q)`` of the endpoints from ideal paths.

    The weight exp(Z) is regressed on functions of the endpoint: ``dp^/dq(y) = E_{P*}[exp(Z) | Y_end = y]``, and with
    w fitted on the other half of the paths ``E(2 exp(Z) w - w^2) - 1 <= chi2``, with equality for ``w = dp^/dq``.

    Parameters and raises as in `regressed_energy`. Source: *own*.
    """
    # With v = w - 1 the estimate is E(2 (exp(Z) - 1) v - v^2), in which 1 does not cancel.
    weights = np.expm1(run.martingale - 0.5 * run.energy)
    return _cross_fitted(_functions(process, run, degree, reference), weights, run.n)


def _functions(
    process: ReverseProcess, run: Simulation, degree: int, reference: Gaussian | GaussianMixture | None
) -> Array:
    """Return functions of the endpoint (n, m), the first of which is 1."""
    if run.law != "ideal":
        raise InvalidArgumentError("run", run.law, "is of the learned law", 'a simulation with law="ideal"')
    law = marginal(process.data, process.diffusion.stop) if reference is None else reference
    functions = basis(law, run.endpoint, as_count("degree", degree, at_least=1))[0]
    return np.concatenate([np.ones((run.n, 1)), functions], axis=1)


def _cross_fitted(functions: Array, target: Array, n: int) -> Estimate:
    half = n // 2
    if half < 2 * functions.shape[1]:
        raise InvalidArgumentError(
            "run", n, f"has too few paths for {functions.shape[1]} functions", f"n >= {4 * functions.shape[1]}"
        )
    gains = np.empty(n)
    for fit, test in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
        chosen = functions[fit]
        found = functions[test] @ _solve(chosen.T @ chosen, chosen.T @ target[fit])
        gains[test] = 2.0 * target[test] * found - found**2
    return estimate(gains)


def paired_energy(process: ReverseProcess, n: int, rng: int | np.random.Generator, *, times: int = 24) -> Estimate:
    """Return an estimate of ``eta eps*^2 = E u^2`` that is without bias: from pairs of forward paths.

    By the Stein-Ornstein-Uhlenbeck identity u(y) is an expectation over forward paths from y; the product of two
    independent ones has expectation u^2. Unlike `regressed_energy` it needs no functions to be chosen, and is no
    lower estimate: it can show that eta < 1.

    Parameters
    ----------
    process : ReverseProcess
        Any process that starts from q_T.
    n : int
        Number of end states, at least 2.
    rng : int or numpy.random.Generator
        Seed, or a generator.
    times : int
        Nodes of the Gauss-Legendre rule in time.

    Notes
    -----
    Source: *own*.
    """
    count = as_count("n", n, at_least=2)
    generator = np.random.default_rng(as_key("rng", rng))
    ends = marginal(process.data, process.diffusion.stop).sample(count, generator)
    rule = stein.time_rule(process, as_count("times", times, at_least=2))
    noise = generator.standard_normal((2, rule[0].size, *ends.shape))
    first, second = (stein.paired_score(process, ends, part, rule) for part in noise)
    return estimate(first * second)


def gradient_energy_estimate(
    process: ReverseProcess,
    n: int,
    steps: int,
    rng: int | np.random.Generator,
    *,
    degree: int = 2,
    slices: int = 24,
    grid: str = "uniform",
) -> Estimate:
    """Return a lower estimate of ``E_{P^} int |Pi e|^2 ds``, split in L^2 of the learned marginals.

    The dual Sobolev form (gradient paper, arXiv 2606.06179):
    ``|Pi e|^2_r = sup_f {2 E_r e . grad f - E_r |grad f|^2}``.
    At each of `slices` times f is fitted on half of the paths and the value taken on the other, so that each value
    is without bias below the true one; the integral in time is the trapezoidal rule. A lower
    estimate: the larger the basis the nearer.

    Parameters
    ----------
    process : ReverseProcess
        Any process.
    n, steps, rng, grid
        As in `simulate`; learned paths are drawn.
    degree : int
        Degree of the polynomials of the basis, each component of the data having its own.
    slices : int
        Times at which the split is made.

    Raises
    ------
    InvalidArgumentError
        If there are too few paths for the basis.
    """
    from gausscollapse.sampling.simulate import time_grid

    count = as_count("slices", slices, at_least=2)
    grid_times = time_grid(process.diffusion, steps, grid)
    times = grid_times[np.unique(np.linspace(0, grid_times.size - 1, count).round().astype(int))]
    run = simulate(process, n, steps, rng, grid=grid, snapshots=times)
    weights = np.zeros(run.snapshot_times.size)
    gaps = -np.diff(run.snapshot_times)
    weights[:-1] += 0.5 * gaps
    weights[1:] += 0.5 * gaps
    half = n // 2
    total = np.zeros(n)
    for t, share, x in zip(run.snapshot_times, weights, run.snapshots, strict=True):
        fields = basis(marginal(process.data, float(t)), x, degree)[1]
        if half < 2 * fields.shape[1]:
            raise InvalidArgumentError(
                "n", n, f"is too few for {fields.shape[1]} functions", f"n >= {4 * fields.shape[1]}"
            )
        error = process.error.evaluate(x, float(t), data=process.data)
        for fit, test in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
            chosen = np.swapaxes(fields[fit], 0, 1).reshape(fields.shape[1], -1)
            found = _solve(chosen @ chosen.T, chosen @ error[fit].ravel())
            gradient = np.einsum("nmd,m->nd", fields[test], found)
            total[test] += share * np.sum(2.0 * error[test] * gradient - gradient**2, axis=1)
    return estimate(total)


__all__ = [
    "DegenerateWeightsWarning",
    "Estimate",
    "PathDivergences",
    "divergences_of",
    "gradient_energy_estimate",
    "paired_energy",
    "path_divergences",
    "regressed_chi2",
    "regressed_energy",
]
