"""Lower estimates of observed energy and chi-squared: path functionals regressed on functions of the endpoint."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.mixture import Law
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.setting import require_reverse_equation
from gausscollapse.sampling._bases import basis, halves, least_squares, require_paths
from gausscollapse.sampling.estimates import Estimate, lower_estimate
from gausscollapse.sampling.simulation import Simulation


@checked
def regressed_energy(
    process: ReverseProcess, run: Simulation, *, degree: int = 2, reference: Law | None = None
) -> Estimate:
    """Return a lower estimate of ``eta eps*^2`` from ideal paths: M regressed on functions of the endpoint.

    Parameters
    ----------
    process : ReverseProcess
        The process of `run`.
    run : Simulation
        Of ``law="ideal"``, with functionals.
    degree : int
        Degree of the polynomials, each component of the data having its own; from 1 to 64.
    reference : Gaussian or GaussianMixture, optional
        Law whose components' polynomials are the functions, where not those of the data at the stop: fewer
        components make fewer functions.

    Returns
    -------
    Estimate
        Observed energy, dimensionless. Its interval has no upper end: the estimate is of a lower bound.

    Raises
    ------
    InvalidArgumentError
        If `run` is of the learned law or has fewer than four times as many paths as functions.
    NotSupportedError
        If `run` has no functionals.

    Notes
    -----
    With u^ fitted on the other half of the paths, ``E(2 M u^ - u^^2) <= E u^2`` without bias, with equality for
    ``u^ = u = E[M | endpoint]``. Source: *own*.

    Examples
    --------
    A constant error moves a Gaussian: u is affine, and nothing is lost but the discretisation.

    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.3))
    >>> run = gc.simulate(process, 4000, 100, 1, law="ideal", functionals=True)
    >>> found = gc.regressed_energy(process, run, degree=1)
    >>> bool(found.enclosure.contains(float(process.observed_energy())))
    True
    """
    return _cross_fitted(_functions(process, run, degree, reference), run.martingale, run.n)


@checked
def regressed_chi2(
    process: ReverseProcess, run: Simulation, *, degree: int = 2, reference: Law | None = None
) -> Estimate:
    """Return a lower estimate of ``chi2(p^ || q)`` of the endpoints from ideal paths.

    Parameters
    ----------
    process, run, degree, reference
        As in `regressed_energy`.

    Returns
    -------
    Estimate
        Chi-squared divergence, dimensionless. Its interval has no upper end: the estimate is of a lower bound.

    Raises
    ------
    InvalidArgumentError, NotSupportedError
        As `regressed_energy`.

    Notes
    -----
    The weight exp(Z) is regressed on functions of the endpoint: ``dp^/dq(y) = E_{P*}[exp(Z) | Y_end = y]``, and with
    w fitted on the other half of the paths ``E(2 exp(Z) w - w^2) - 1 <= chi2``, with equality for ``w = dp^/dq``.
    Source: *own*.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.3))
    >>> run = gc.simulate(process, 4000, 100, 1, law="ideal", functionals=True)
    >>> found = gc.regressed_chi2(process, run)
    >>> bool(found.value - 5.0 * found.standard_error < float(process.chi2()))
    True
    """
    # With v = w - 1 the estimate is E(2 (exp(Z) - 1) v - v^2), in which 1 does not cancel.
    weights = np.expm1(run.martingale - 0.5 * run.energy)
    return _cross_fitted(_functions(process, run, degree, reference), weights, run.n)


def _functions(process: ReverseProcess, run: Simulation, degree: int, reference: Law | None) -> Array:
    """Return functions of the endpoint (n, m), the first of which is 1."""
    if run.law != "ideal":
        raise InvalidArgumentError("run", run.law, "is of the learned law", 'a simulation with law="ideal"')
    require_reverse_equation(process, "M is recorded")
    law = marginal(process.data, process.diffusion.stop) if reference is None else reference
    functions = basis(law, run.endpoint, degree)[0]
    return np.concatenate([np.ones((run.n, 1)), functions], axis=1)


def _cross_fitted(functions: Array, target: Array, n: int) -> Estimate:
    require_paths("run", n, functions.shape[1])
    gains = np.empty(n)
    for fit, test in halves(n):
        chosen = functions[fit]
        found = functions[test] @ least_squares(chosen.T @ chosen, chosen.T @ target[fit])
        gains[test] = 2.0 * target[test] * found - found**2
    return lower_estimate(gains)
