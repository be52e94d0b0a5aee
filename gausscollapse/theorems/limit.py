"""Small errors: the observable energy is the drift to first order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gausscollapse.checking import MATCHED, OBSERVABLE, REVERSE_EQUATION, Comparison, tends_to, theorem
from gausscollapse.checking.sides import around, value
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.neville import last_correction
from gausscollapse.process.statistics import Statistics

LEVELS = 5
TINY = np.finfo(float).tiny


def extrapolated(ratios: Sequence[Enclosure]) -> Enclosure:
    """Return the limit of a smooth function at 0 from its values at s, s/2, s/4, ... (Neville's scheme).

    The interval is the last correction times ten, plus the values' own errors times 10: the scheme's weights sum
    to less than that in size. Where a value is not finite nothing is known.
    """
    known = np.all([np.isfinite(end) for ratio in ratios for end in (ratio.lower, ratio.upper)], axis=0)
    ends = [[np.where(known, end, 0.0) for end in (ratio.lower, ratio.value, ratio.upper)] for ratio in ratios]
    found, correction = last_correction([middle for _, middle, _ in ends])
    noise = np.max([upper - lower for lower, _, upper in ends], axis=0)
    error = np.where(known, 10.0 * (correction + noise), np.inf)
    return around(found, error, "Neville extrapolation in the scale", "numeric")


@theorem(
    "limit",
    kind="limit",
    source="own",
    assumes=(REVERSE_EQUATION, MATCHED, OBSERVABLE),
    controls={"target": 1.01, "kl_factor": 1.0},
    latex=r"\chi^2/(\eta\varepsilon_*^2)\to1,\qquad 2\,\mathrm{KL}/(\eta\varepsilon_*^2)\to1",
)
def limit(s: Statistics, target: float = 1.0, kl_factor: float = 2.0) -> Iterator[Comparison]:
    """The observable energy is the drift to first order.

    As the error is scaled to 0, chi-squared over the observable energy tends to 1, and so does twice KL over it.
    """
    first = np.minimum(1.0, 0.05 * np.sqrt(value(s.observability) / np.maximum(value(s.ideal_energy), TINY)))
    first = np.where(first > 0.0, first, 1.0)
    levels = [s.scaled(first * 0.5**level) for level in range(LEVELS)]
    observed = [at.observed_energy.clipped(at_least=TINY) for at in levels]
    one = Enclosure.exact(np.full(s.size, target))
    ratios = [at.chi2 / energy for at, energy in zip(levels, observed, strict=True)]
    yield tends_to("chi2/(eta eps*^2) -> 1", extrapolated(ratios), one)
    ratios = [kl_factor * at.kl / energy for at, energy in zip(levels, observed, strict=True)]
    yield tends_to("2 KL/(eta eps*^2) -> 1", extrapolated(ratios), one)
