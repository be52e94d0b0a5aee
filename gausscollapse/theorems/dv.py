"""Donsker and Varadhan: a lower bound of KL from the observable score."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import MATCHED, Comparison, at_least, theorem
from gausscollapse.process.statistics import Statistics


@theorem(
    "dv",
    kind="lower",
    source="own (Donsker-Varadhan)",
    assumes=(MATCHED,),
    controls={"factor": 1.1},
    latex=r"\mathrm{KL}(\hat p\,\|\,q)\ge"
    r"\sup_\lambda\{\lambda\,\mathbb E_{\hat p}u-\log\mathbb E_q e^{\lambda u}\}",
)
def dv(s: Statistics, factor: float = 1.0) -> Iterator[Comparison]:
    """A variational lower bound of KL.

    KL is at least the Donsker-Varadhan value of the observable score at its best multiple.
    """
    yield at_least("KL >= sup {lam E_p^ u - log E_q exp(lam u)}", s.kl, factor * s.donsker_varadhan())
