"""What the path bound gives away for every sampler between the reverse equation and the flow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import FINITE_ENERGY, NOISY, Comparison, equal, theorem
from gausscollapse.checking.sides import value
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.process.statistics import Statistics


@theorem(
    "lambda-slack",
    kind="identity",
    source="own; that no noise but lambda = 1 is better: arXiv 2303.08797",
    chapter="samplers with noise",
    assumes=(NOISY, FINITE_ENERGY),
    controls={"power": 0.0},
    latex=r"\tfrac{(1+\lambda^2)^2}{8\lambda^2}\hat\varepsilon^2-\mathrm{KL}(\hat p\,\|\,q)"
    r"=\tfrac{\lambda^2}{2}\,\mathbb E_{\hat P}\int\bigl|\tfrac{1+\lambda^2}{2\lambda^2}e"
    r"-\nabla\log(\hat p_s/q_s)\bigr|^2\,ds",
)
def lambda_slack(s: Statistics, power: float = 2.0) -> Iterator[Comparison]:
    """What noise costs, and what it gives away.

    A sampler with stochasticity lambda > 0 has the path bound (1 + lambda^2)^2/(8 lambda^2) times the learned energy,
    least at lambda = 1, where it is one half. It exceeds KL of the endpoints by the mean square distance of the error
    from a multiple of the score of the drift. Half the energy is no bound for another lambda.
    """
    lam = s.stochasticity
    factor = Enclosure.exact(0.5 * ((1.0 + lam**2) / (2.0 * lam)) ** power)
    bound = s.initial_kl + s.learned_energy * factor
    scale = np.maximum(value(s.initial_kl + s.learned_energy), value(bound))
    yield equal("(1 + lam^2)^2/(8 lam^2) eps^^2 - KL = the square", bound - s.kl, s.slack_integral, scale=scale)
