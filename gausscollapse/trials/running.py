"""`trial`: how wrong a sampler is, on data of which everything is known, over its number of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.validation import as_generator, as_size
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.trials.affine import affine_law
from gausscollapse.trials.laws import as_trial_law
from gausscollapse.trials.measure import Accuracy, of_law, of_samples
from gausscollapse.trials.model import ExactModel
from gausscollapse.trials.noise import CountedNoise, Noise, RandomNoise
from gausscollapse.trials.samplers import Sampler, as_sampler

STEPS = (10, 25, 50, 100)
MOST_STEPS = 10_000
# Below it, what is left is no error of the steps: single precision, or the end of the grid.
LEAST_ORDER_POINTS = 2


@dataclass(frozen=True, eq=False, repr=False)
class TrialRow(Presented):
    """A sampler at one number of steps.

    Parameters
    ----------
    steps : int or None
        Number of steps that it was asked for; None where it takes none.
    evaluations : int
        Number of times that it asked for the score.
    accuracy : Accuracy
        How far its endpoint is from the data.
    reason : str
        Why there is Monte Carlo error in it, or empty.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> row = gc.trial("exponential", "narrow", steps=[20]).rows[0]
    >>> row.steps, row.evaluations, row.reason
    (20, 20, '')
    """

    steps: int | None
    evaluations: int
    accuracy: Accuracy
    reason: str


@dataclass(frozen=True, eq=False, repr=False)
class Order(Presented):
    """A slope on logarithmic scales: the error falls like ``steps^-order``.

    Parameters
    ----------
    order : float
        Least squares over all numbers of steps.
    standard_error : float
        Of the slope, from the residuals; infinite for two points.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> print(gc.trial("exponential", "narrow", steps=(100, 200, 400)).order)
    1.99 +- 0.01
    """

    order: float
    standard_error: float

    def __str__(self) -> str:
        wide = f" +- {self.standard_error:.2f}" if np.isfinite(self.standard_error) else ""
        return f"{self.order:.2f}{wide}"


@dataclass(frozen=True, eq=False, repr=False)
class Trial(Presented):
    """What `trial` returns: a sampler over numbers of steps.

    Parameters
    ----------
    name : str
        The sampler's.
    data : Gaussian or GaussianMixture
        The law that it was to draw from.
    rows : tuple of TrialRow
        One a number of steps.
    note : str
        What the numbers do not say of the sampler, or nothing.
    sampler : Sampler or None
        What was tried.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> found = gc.trial("martingale", "narrow", steps=(50, 100))
    >>> found.name, found.exact, found.best < 2e-3
    ('martingale scheme', True, True)
    """

    name: str
    data: Law
    rows: tuple[TrialRow, ...]
    note: str = ""
    sampler: Sampler | None = None

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        found = [("sampler", self.name), ("data", self.data)]
        for row in self.rows:
            steps = "" if row.steps is None else f" at {row.steps} steps"
            found.append((f"{row.accuracy.words}{steps}", row.accuracy.error.interval))
        if self.order is not None:
            found.append(("order in the steps", str(self.order)))
        return tuple(found)

    @property
    def exact(self) -> bool:
        """Whether no row has Monte Carlo error."""
        return all(row.accuracy.exact for row in self.rows)

    @cached_property
    def order(self) -> Order | None:
        """How fast KL falls with the steps; None where it has Monte Carlo error, or there are less than two rows."""
        points = [
            (np.log(row.steps), np.log(float(row.accuracy.error)))
            for row in self.rows
            if row.steps is not None and row.accuracy.exact and 0.0 < float(row.accuracy.error) < np.inf
        ]
        if len(points) < LEAST_ORDER_POINTS:
            return None
        x, y = np.array(points).T
        spread = float(np.sum((x - x.mean()) ** 2))
        if spread == 0.0:
            return None
        slope = float(np.sum((x - x.mean()) * (y - y.mean())) / spread)
        rest = y - y.mean() - slope * (x - x.mean())
        freedom = len(points) - 2
        error = float(np.sqrt(np.sum(rest**2) / freedom / spread)) if freedom else float("inf")
        return Order(-slope, error)

    @property
    def best(self) -> float:
        """The error at the largest number of steps."""
        return float(self.rows[-1].accuracy.error)


class _CountedModel(ExactModel):
    """An exact model that counts what it is asked."""

    def _shares(self, x: np.ndarray, a: float, variance: float) -> tuple[np.ndarray, np.ndarray]:
        object.__setattr__(self, "asked", getattr(self, "asked", 0) + 1)
        return super()._shares(x, a, variance)


@checked
def trial(
    sampler: object,
    data: Law | str,
    *,
    steps: Sequence[int] = STEPS,
    samples: int = 50_000,
    rng: int | np.random.Generator = 0,
) -> Trial:
    """Return how far a sampler's endpoint is from the data, without training anything: the score is exact.

    Parameters
    ----------
    sampler : str, callable or object
        One of this package's schemes, a scheduler of `diffusers` (or its class or name), or a function
        ``(score, n, rng)`` or ``(score, n, rng, steps)`` that returns samples; see `as_sampler`.
    data : Gaussian, GaussianMixture or str
        The law to draw from, or the name of one, see `trial_law`.
    steps : sequence of int
        Numbers of steps to try, from 1 to 10 000.
    samples : int
        Number of samples where the endpoint is not Gaussian, from 100 to a million.
    rng : int or Generator
        Seed or generator of these samples.

    Returns
    -------
    Trial
        One row a number of steps.

    Raises
    ------
    InvalidArgumentError, UnknownNameError
        If an argument is out of range, or the sampler fails or returns what are no samples.
    NotSupportedError
        If a scheduler cannot be run, with the reason.
    MissingPackageError
        If a scheduler is asked for and `diffusers` is not installed.

    Notes
    -----
    On Gaussian data most samplers are affine maps of what they draw. Their map is found by running rows that draw one
    number each; rows at random, near and far, tell whether it is affine. Then the endpoint is Gaussian with a known
    mean and covariance, and no divergence has Monte Carlo error. Where it is not (mixtures, clipping), samples are
    drawn; every interval holds with probability 0.999. Source: *own*.

    Examples
    --------
    A frozen score has an error of order two in the steps, as DDIM has:

    >>> import gausscollapse as gc
    >>> found = gc.trial("exponential", "narrow", steps=(100, 200, 400))
    >>> found.exact, [f"{float(row.accuracy.kl):.1e}" for row in found.rows], str(found.order)
    (True, ['6.9e-04', '1.7e-04', '4.4e-05'], '1.99 +- 0.01')

    A sampler of one's own, with the square root forgotten:

    >>> def forgetful(score, n, rng, steps):
    ...     x, h = rng.standard_normal((n, 1)), 8.0 / steps
    ...     for k in range(steps):
    ...         x = x + h * (x / 2 + score(x, t=8.0 - k * h)) + h * rng.standard_normal((n, 1))
    ...     return x
    >>> gc.trial(forgetful, "narrow", steps=[200, 400]).rows[-1].accuracy.variance_ratios[0] < 0.5
    True
    """
    law = as_trial_law("data", data)
    counts = _counts(steps)
    chosen = as_sampler(sampler)
    generator = as_generator("rng", rng)
    number = as_size("samples", samples, at_least=100, each=1.0, unit="samples", most=1e6)
    return Trial(
        chosen.name,
        law,
        tuple(_row(chosen, law, count, number, generator) for count in (counts if chosen.takes_steps else [None])),
        getattr(chosen, "note", ""),
        chosen,
    )


def _counts(steps: Sequence[int]) -> list[int]:
    if not isinstance(steps, list | tuple | range):
        raise InvalidArgumentError("steps", steps, "is no sequence", "numbers of steps, as (10, 25, 50, 100)")
    counts = [as_size("steps", count, at_least=1, each=1.0, unit="steps", most=MOST_STEPS) for count in steps]
    if not counts:
        raise InvalidArgumentError("steps", steps, "is empty", "one number of steps at least")
    return counts


def _row(sampler: Sampler, law: Law, steps: int | None, samples: int, generator: np.random.Generator) -> TrialRow:
    model = _CountedModel(law)
    sampler.run(model, CountedNoise(), 1, steps)
    evaluations = int(getattr(model, "asked", 0))
    exact = ExactModel(law)
    reason = "the data are a mixture"
    if law.weights.size == 1:
        single = Gaussian(law.means[0], law.covs[0])

        def run(noise: Noise, n: int) -> np.ndarray:
            return sampler.run(exact, noise, n, steps)

        found = affine_law(run, law.dim)
        if not isinstance(found, str):
            return TrialRow(steps, evaluations, of_law(found, single), "")
        reason = found
    drawn = sampler.run(exact, RandomNoise(generator), samples, steps)
    return TrialRow(steps, evaluations, of_samples(drawn, law, generator), reason)
