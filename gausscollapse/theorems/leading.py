"""What discretisation costs to leading order, and the grid on which it costs least."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Assumption, Comparison, tends_to, theorem
from gausscollapse.theorems.instances.chain_statistics import ChainStatistics

# Steps are longest where they cost least: where that is nothing, the leading order does not tell.
LEAST_RANGE = 0.03
STEADY = Assumption(
    "what a step costs to leading order vanishes at no time", lambda s: (s.cost_range > LEAST_RANGE, s.cost_range)
)


@theorem(
    "leading",
    kind="limit",
    source="own",
    chapter="small steps",
    assumes=(STEADY,),
    controls={"quarter": 0.2, "balance": 0.5},
    latex=r"n\,\Delta_n\to\tfrac14\int\tau'(x)^2\,\mathbb E\|\nabla^2\log q_t+B\|_F^2\,dx,\qquad"
    r"\min_\tau=\tfrac14\Bigl(\int\sqrt{\mathbb E\|\nabla^2\log q_t+B\|_F^2}\,dt\Bigr)^2",
)
def leading(s: ChainStatistics, quarter: float = 0.25, balance: float = 1.0) -> Iterator[Comparison]:
    """Discretisation costs a quarter of curvature squared.

    With n steps of a scheme with the linear part B the path law is off by a quarter of the sum of the squared steps
    times E |Hessian of log q_t + B|^2, to leading order. On even steps that is a matter of entropies, and
    Euler-Maruyama beats the exponential integrator if and only if the integral of the Fisher information is at least
    d (T - t0)/4. Steps in inverse proportion to the root are optimal, by Cauchy-Schwarz.
    """
    yield tends_to("n Delta_n -> quarter of entropies, even steps", s.limit, quarter * s.entropies)
    yield tends_to("n Delta_n -> (int sqrt)^2/4, optimal steps", s.optimal_limit, quarter * s.least_cost)
    yield tends_to("gain of Euler-Maruyama over frozen score", s.advantage, 0.25 * balance * s.information_gap)
