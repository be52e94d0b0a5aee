"""Which part of a sampler's error is which: told by switching parts off, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array, as_size
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.trials.affine import affine_law
from gausscollapse.trials.laws import as_trial_law
from gausscollapse.trials.measure import of_law
from gausscollapse.trials.model import ExactModel
from gausscollapse.trials.noise import Noise
from gausscollapse.trials.running import MOST_STEPS
from gausscollapse.trials.samplers import Sampler, as_sampler

FINE = 500


@dataclass(frozen=True, eq=False, repr=False)
class Parts(Presented):
    """KL(p^ || p) in nats, and what is left of it as parts are switched off; None where that cannot be done.

    Parameters
    ----------
    total : float or None
        As the sampler is; None where clipping leaves no Gaussian.
    unclipped : float
        Without clipping and thresholding.
    matched : float or None
        Moreover started from the data as noised to the sampler's first level; None where that is not known.
    limit : float or None
        Moreover with many steps: the end of the grid, and single precision.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> found = gc.trials.parts("exponential", "narrow", steps=50)
    >>> found.total > found.discretisation > found.start > 0.0
    True
    >>> round(found.clipping + found.start + found.discretisation + found.end - found.total, 15)
    0.0
    """

    total: float | None
    unclipped: float
    matched: float | None
    limit: float | None

    @property
    def clipping(self) -> float | None:
        """What clipping adds."""
        return None if self.total is None else self.total - self.unclipped

    @property
    def start(self) -> float | None:
        """What the wrong start adds; it may be negative, where errors cancel."""
        return None if self.matched is None else self.unclipped - self.matched

    @property
    def discretisation(self) -> float | None:
        """What the number of steps adds."""
        return None if self.matched is None or self.limit is None else self.matched - self.limit

    @property
    def end(self) -> float | None:
        """What many steps leave."""
        return self.limit


@checked
def parts(sampler: object, data: Gaussian | str, *, steps: int = 50, fine: int = FINE) -> Parts:
    """Return which part of a sampler's error on Gaussian data is which, by switching parts off.

    Parameters
    ----------
    sampler : str, callable or object
        As in `trial`.
    data : Gaussian or str
        The law to draw from, or the name of a Gaussian one, see `trial_law`.
    steps : int
        Number of steps, from 1 to 10 000.
    fine : int
        Number of steps that stands for many, from 1 to 10 000.

    Returns
    -------
    Parts
        In nats, of KL(p^ || p); the parts add up to the total.

    Raises
    ------
    NotSupportedError
        If the data are no Gaussian, or the sampler is not affine even without clipping.

    Notes
    -----
    Errors act on mean and covariance and may cancel: a part says what KL loses when it is switched off, in the order
    of `Parts`. For this package's own schemes `error_budget` bounds KL by parts that cannot cancel. Source: *own*.

    Examples
    --------
    Half of a short horizon's error is the start:

    >>> import gausscollapse as gc
    >>> short = gc.trials.SchemeSampler("exponential", diffusion=gc.OrnsteinUhlenbeck(2.0, 1e-4))
    >>> found = gc.trials.parts(short, "narrow", steps=200)
    >>> found.start > found.discretisation
    True
    """
    law = as_trial_law("data", data)
    if law.weights.size > 1:
        raise NotSupportedError("data: parts are told on Gaussian data; accepted: a Gaussian")
    single = Gaussian(law.means[0], law.covs[0])
    count = as_size("steps", steps, at_least=1, each=1.0, unit="steps", most=MOST_STEPS)
    many = as_size("fine", fine, at_least=1, each=1.0, unit="steps", most=MOST_STEPS)
    whole = as_sampler(sampler)
    plain = getattr(whole, "unclipped", lambda: None)() or whole
    total = _kl(whole, single, count)
    unclipped = total if plain is whole else _kl(plain, single, count)
    if unclipped is None:
        raise NotSupportedError(f"sampler: {whole.name} is not affine; accepted: a sampler that is, without clipping")
    matched = limit = None
    if plain.first_level(count) is not None:
        matched = _kl(plain, single, count, matched=True)
        limit = _kl(plain, single, many, matched=True)
    return Parts(total, unclipped, matched, limit)


def _kl(sampler: Sampler, law: Gaussian, steps: int, *, matched: bool = False) -> float | None:
    """Return KL(p^ || p), None where the sampler is not affine; `matched` starts from the noised data."""
    model = ExactModel(law)

    def run(noise: Noise, n: int) -> Array:
        return sampler.run(model, noise, n, steps)

    first = None
    level = sampler.first_level(steps) if matched else None
    if level is not None:
        signal, noise = level
        root: Array = np.asarray(np.linalg.cholesky(signal**2 * law.cov + noise**2 * np.eye(law.dim)), np.float64)
        first = (signal * law.mean, root)
    found = affine_law(run, law.dim, first=first)
    return None if isinstance(found, str) else float(of_law(found, law).error)
