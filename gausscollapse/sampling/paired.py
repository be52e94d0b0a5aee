"""The observed energy without bias, from pairs of forward paths."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import as_key, as_size
from gausscollapse.laws.diffusion import marginal
from gausscollapse.process import stein
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.setting import require_reverse_equation
from gausscollapse.sampling.estimates import Estimate, skewed_estimate
from gausscollapse.sampling.rare_events import told_by


@checked
def paired_energy(process: ReverseProcess, n: int, rng: int | np.random.Generator, *, times: int = 24) -> Estimate:
    """Return an estimate of ``eta eps*^2 = E u^2`` that is without bias: from pairs of forward paths.

    Parameters
    ----------
    process : ReverseProcess
        Any process that starts from q_T.
    n : int
        Number of end states, at least 2; more than 4 GiB of them are refused.
    rng : int or numpy.random.Generator
        Seed, or a generator.
    times : int
        Nodes of the Gauss-Legendre rule in time, from 2 to 4096.

    Returns
    -------
    Estimate
        Observed energy, dimensionless; five standard errors, widened by the skewness of the products. No more than
        that it is not negative where a rare event may carry it (an error of the caller's own making, a component that
        fewer than 100 ends meet).

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range.

    Notes
    -----
    By the Stein-Ornstein-Uhlenbeck identity u(y) is an expectation over forward paths from y; the product of two
    independent ones has expectation u^2. Unlike `regressed_energy` it needs no functions to be chosen, and is no
    lower estimate: it can show that eta < 1. Source: *own*.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.3))
    >>> found = gc.paired_energy(process, 2000, 1)
    >>> bool(found.enclosure.contains(float(process.observed_energy())))
    True
    """
    require_reverse_equation(process, "pairs of forward paths tell the observed energy")
    count = as_size("n", n, at_least=2, each=64.0 * process.dim)
    generator = np.random.default_rng(as_key("rng", rng))
    ends = marginal(process.data, process.diffusion.stop).sample(count, generator)
    rule = stein.time_rule(process, as_size("times", times, at_least=2, each=2.0**20))
    noise = generator.standard_normal((2, rule[0].size, *ends.shape))
    first, second = (stein.paired_score(process, ends, part, rule) for part in noise)
    found = skewed_estimate(first * second)
    return found if told_by(process, count) else replace(found, bounds=(0.0, math.inf))
