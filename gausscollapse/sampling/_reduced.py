"""Programs that simulate only the span of the component means, where the rest has an exact law."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import GaussianMixture
from gausscollapse.process.errors import AffineError, AmplifiedScoreError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling._layout import Expansion
from gausscollapse.sampling._program import Program, build
from gausscollapse.sampling._terms import take_apart
from gausscollapse.sampling.schemes import Steps


def reduced(process: ReverseProcess, steps: Steps, *, learned: bool) -> Program | None:
    """Return a program that simulates only the span of the component means, or None where that is not exact.

    With one isotropic covariance ``s I`` and an error that is ``(alpha x + b)`` plus a multiple of the score, the
    coordinates orthogonal to all differences of means are independent Gaussian chains
    ``w' = F w + f + sqrt(v) xi`` with a scalar F: their end is drawn at once.
    """
    data, d = process.data, process.dim
    if not isinstance(data, GaussianMixture) or data.weights.size < 2 or not steps.uniform:
        return None
    variance = float(data.covs[0, 0, 0])
    terms = take_apart(process)
    if np.any(data.covs != variance * np.eye(d)):
        return None
    slope = float(terms.matrix[0, 0])
    if learned and not (terms.is_scaled_score and np.all(terms.matrix == slope * np.eye(d))):
        return None
    _, sizes, directions = np.linalg.svd(data.means - data.means[0])
    rank = int(np.sum(sizes > 1e-12 * max(float(np.max(np.abs(data.means))), np.sqrt(variance))))
    if rank in (0, d):
        return None
    inside, outside = directions[:rank], directions[rank:]
    small = ReverseProcess(
        GaussianMixture(data.weights, data.means @ inside.T, variance * np.eye(rank)),
        process.diffusion,
        AffineError(slope * np.eye(rank), inside @ terms.offset) + AmplifiedScoreError(terms.amplification),
        start=process.start,
        stochasticity=process.stochasticity,
    )
    error = (slope, terms.amplification, outside @ terms.offset) if learned else (0.0, 0.0, np.zeros(d - rank))
    mean, spread = _chain(process, steps, variance, outside @ data.means[0], *error)
    matrix = np.concatenate([inside.T, np.sqrt(spread) * outside.T], axis=1)
    expansion = Expansion(np.ascontiguousarray(matrix), np.ascontiguousarray(outside.T @ mean))
    return build(small, steps, learned=learned, record=False).expanded(max(rank, d - rank), expansion)


def _chain(
    process: ReverseProcess,
    steps: Steps,
    variance: float,
    centre: Array,
    slope: float,
    amplification: float,
    offset: Array,
) -> tuple[Array, float]:
    """Return mean (d - rank,) and variance of the end of the chain outside the span of the means."""
    last = steps.times[0]
    mean, spread = np.exp(-0.5 * last) * centre, variance * np.exp(-last) - np.expm1(-last)
    if not process.matched:
        mean, spread = 0.0 * centre, 1.0
    coefficients = (part[:, 0] for part in (steps.state, steps.score, steps.variance))
    for t, own, h, added in zip(steps.times[:-1], *coefficients, strict=True):
        precision = 1.0 / (variance * np.exp(-t) - np.expm1(-t))
        keep = own + h * (slope - (1.0 + amplification) * precision)
        mean = keep * mean + h * (offset + (1.0 + amplification) * precision * np.exp(-0.5 * t) * centre)
        spread = keep**2 * spread + added
    return mean, float(spread)
