"""Whether draws tell the variance of what is averaged over them, or a rare event that none met may carry the mean."""

from __future__ import annotations

from gausscollapse.process.errors import (
    AffineError,
    AmplifiedScoreError,
    RealizableError,
    ScoreError,
    SolenoidalError,
    SumError,
)
from gausscollapse.process.fields import RandomFeatureError
from gausscollapse.process.process import ReverseProcess

# Of no larger share of its law is an error of these kinds large: they grow at most linearly within a component.
KNOWN = (AffineError, AmplifiedScoreError, SolenoidalError, RandomFeatureError)
# Met less often than so, a component may carry a mean whose draws do not show it.
FEWEST_MET = 100.0


def told_by(process: ReverseProcess, paths: int) -> bool:
    """Return whether so many independent paths tell the variance of polynomials of M and [M].

    Parameters
    ----------
    process : ReverseProcess
        Any process.
    paths : int
        Number of paths.

    Returns
    -------
    bool
        True where the error is of a known kind and every component of its laws is met by `FEWEST_MET` paths on
        average. A function of the caller's may be large where no path went.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.sampling.rare_events import told_by
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.0)
    >>> told_by(gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.3)), 1000)
    True
    >>> told_by(gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.FunctionError(lambda x, t: 0.1 * x)), 1000)
    False
    """
    least = _least_weight(process.error)
    return min(least, float(process.data.weights.min())) * paths >= FEWEST_MET


def _least_weight(error: ScoreError) -> float:
    """Return the least weight of a component that an error knows of; 0 where anything may happen."""
    if type(error) is SumError:
        return min(_least_weight(part) for _, part in error.terms)
    if type(error) is RealizableError:
        return float(error.target.weights.min())
    return 1.0 if type(error) in KNOWN else 0.0
