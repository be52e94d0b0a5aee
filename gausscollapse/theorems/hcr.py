"""Hammersley, Chapman and Robbins: lower bounds of chi-squared from test functions."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import MATCHED, Comparison, at_least, theorem
from gausscollapse.process.statistics import Statistics


@theorem(
    "hcr",
    kind="lower",
    source="own (Hammersley-Chapman-Robbins)",
    assumes=(MATCHED,),
    controls={"factor": 1.1},
    latex=r"\chi^2(\hat p\,\|\,q)\ge\frac{(\mathbb E_{\hat p}f-\mathbb E_qf)^2}{\mathrm{Var}_q f}",
)
def hcr(s: Statistics, factor: float = 1.0) -> Iterator[Comparison]:
    """Lower bounds from test functions.

    Chi-squared is at least the squared change of any function's mean over its variance: with the observable score,
    with means alone, with means and covariances.
    """
    yield at_least("chi2 >= (E_p^ u)^2/Var_q u", s.chi2, factor * s.hammersley_observable())
    yield at_least("chi2 >= affine f", s.chi2, factor * s.hammersley_affine())
    yield at_least("chi2 >= quadratic f", s.chi2, factor * s.hammersley_quadratic())
