"""What the path bound of proposition 3.1 gives away, exactly."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import FINITE_ENERGY, REVERSE_EQUATION, Comparison, equal, theorem
from gausscollapse.checking.sides import value
from gausscollapse.process.statistics import Statistics


@theorem(
    "slack",
    kind="identity",
    source="own",
    assumes=(REVERSE_EQUATION, FINITE_ENERGY),
    controls={"factor": 0.49},
    latex=r"\tfrac12\hat\varepsilon^2-\mathrm{KL}(\hat p\,\|\,q)"
    r"=\tfrac12\,\mathbb E_{\hat P}\int|e-\nabla\log(\hat p_s/q_s)|^2\,ds",
)
def slack(s: Statistics, factor: float = 1 / 2) -> Iterator[Comparison]:
    """What the path bound gives away is a square.

    Half the learned energy less the endpoint KL equals half the learned-path integral of the squared distance
    between the error and the score of the drift.
    """
    square = 2.0 * factor * s.slack_integral
    yield equal("eps^^2/2 - KL = half the square", s.path_kl - s.kl, square, scale=value(s.path_kl))
