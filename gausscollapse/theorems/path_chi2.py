"""Data processing: the endpoints differ by no more than the paths."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import FINITE_PATH, Comparison, at_most, theorem
from gausscollapse.process.statistics import Statistics


@theorem(
    "path-chi2",
    kind="upper",
    source="standard (data processing)",
    assumes=(FINITE_PATH,),
    controls={"factor": 0.5},
    latex=r"\chi^2(\hat p\,\|\,q)\le\chi^2(\hat P\,\|\,P^*)",
    boxes=("constant offset", "amplified score"),
)
def path_chi2(s: Statistics, factor: float = 1.0) -> Iterator[Comparison]:
    """Data processing for chi-squared.

    Chi-squared of the endpoints is at most chi-squared of the paths.
    """
    yield at_most("chi2(p^ || q) <= chi2(P^ || P*)", s.chi2, factor * s.path_chi2)
