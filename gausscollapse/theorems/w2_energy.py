"""The learned energy bounds the 2-Wasserstein distance of the endpoints, with a constant that is attained."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import FINITE_ENERGY, REVERSE_EQUATION, Comparison, at_most, theorem
from gausscollapse.process.statistics import Statistics


@theorem(
    "w2-energy",
    kind="upper",
    source="own",
    assumes=(REVERSE_EQUATION, FINITE_ENERGY),
    controls={"factor": 0.9487},
    latex=r"W_2(\hat p,q)\le\Phi(T)\,W_2(\pi,q_T)+\sqrt{\ell-\Phi(T)^2\ell_T}\;\hat\varepsilon,\quad"
    r"\Phi(t)=e^{-(t-t_0)/2}\ell/\ell_t,\ \ell_t=e^{-(t-t_0)}\ell+1-e^{-(t-t_0)}",
)
def w2_energy(s: Statistics, factor: float = 1.0) -> Iterator[Comparison]:
    """Learned energy bounds the transport cost.

    The 2-Wasserstein distance of the endpoints is at most that of the starts, contracted by the ideal process, plus
    the root of the learned energy times a variance that is less than the largest one of the ideal endpoint.
    """
    reach = (s.transport_constant * s.learned_energy).sqrt()
    yield at_most("W2 <= Phi(T) W2(start) + sqrt(c) eps^", s.wasserstein2, s.start_transport + factor * reach)
