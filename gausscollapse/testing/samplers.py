"""Assertions on samplers, for their maintainers: an accuracy, and an order in the number of steps."""

from __future__ import annotations

from collections.abc import Sequence

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import as_number
from gausscollapse.laws.mixture import Law
from gausscollapse.trials.running import Trial, trial

ORDER_STEPS = (50, 100, 200)


@checked
def assert_sampler_accuracy(
    sampler: object, data: Law | str, *, at_most: float, steps: int | None = None, samples: int = 50_000, rng: int = 0
) -> Trial:
    """Assert that a sampler's endpoint is close to the data.

    Parameters
    ----------
    sampler, data, rng
        As in `gausscollapse.trial`.
    samples : int
        Number of samples where the endpoint is not Gaussian, from 100 to a million.
    at_most : float
        Bound of KL of the endpoint from the data in nats, where the data are Gaussian; else of the maximum mean
        discrepancy. Positive.
    steps : int, optional
        Number of steps, from 1 to 10 000; 100 by default.

    Returns
    -------
    Trial
        What was found.

    Raises
    ------
    AssertionError
        If the lower end of the error is above the bound, with what was found: on Gaussian data without Monte Carlo
        error, else with probability 0.001 where the bound holds.
    GaussCollapseError
        If the sampler fails, as in `gausscollapse.trial`.

    Examples
    --------
    >>> from gausscollapse.testing import assert_sampler_accuracy
    >>> found = assert_sampler_accuracy("exponential", "narrow", at_most=1e-3)
    >>> assert_sampler_accuracy("ancestral", "narrow", at_most=1e-3)
    Traceback (most recent call last):
    AssertionError: ancestral sampling: KL = 0.00407973 at 100 steps is above 0.001; the variance is 0.912 to 0.912 \
times the data's, the mean is off by 4.1e-05
    """
    bound = as_number("at_most", at_most, above=0.0)
    found = trial(sampler, data, steps=[100 if steps is None else steps], samples=samples, rng=rng)
    row = found.rows[-1]
    error = row.accuracy.error
    if float(error.lower) > bound:
        where = "" if row.steps is None else f" at {row.steps} steps"
        low, high = row.accuracy.variance_ratios
        raise AssertionError(
            f"{found.name}: {row.accuracy.words.removesuffix(' >=')} = {float(error):.6g}{where} is above {bound:g}; "
            f"the variance is {low:.3g} to {high:.3g} times the data's, "
            f"the mean is off by {float(row.accuracy.mean_bias):.2g}"
        )
    return found


@checked
def assert_order(
    sampler: object, data: Law | str = "narrow", *, at_least: float, steps: Sequence[int] = ORDER_STEPS
) -> Trial:
    """Assert that a sampler's KL from Gaussian data falls with its steps at least as fast as an order says.

    Parameters
    ----------
    sampler, data, steps
        As in `gausscollapse.trial`; two numbers of steps at least.
    at_least : float
        Least slope of log KL in log steps. KL is quadratic in what mean and variance are off by: a sampler of weak
        order k has 2 k.

    Returns
    -------
    Trial
        What was found.

    Raises
    ------
    AssertionError
        If the fitted order plus two standard errors is below it.
    NotSupportedError
        If the error has Monte Carlo error, so that no order can be told.

    Examples
    --------
    >>> from gausscollapse.testing import assert_order
    >>> found = assert_order("exponential", at_least=1.9)
    >>> assert_order("exponential", at_least=3.0)
    Traceback (most recent call last):
    AssertionError: exponential integrator: order 2.03 +- 0.00 is below 3 (KL 0.002785, 0.0006942, 0.0001704 at 50, \
100, 200 steps)
    """
    least = as_number("at_least", at_least)
    found = trial(sampler, data, steps=steps)
    if found.order is None:
        reason = found.rows[-1].reason or "it has less than two numbers of steps"
        raise NotSupportedError(f"sampler: no order of {found.name} can be told: {reason}")
    error = found.order.standard_error if found.order.standard_error < float("inf") else 0.0
    if found.order.order + 2.0 * error < least:
        values = ", ".join(f"{float(row.accuracy.error):.4g}" for row in found.rows)
        counts = ", ".join(str(row.steps) for row in found.rows)
        raise AssertionError(f"{found.name}: order {found.order} is below {least:g} (KL {values} at {counts} steps)")
    return found
