"""The triangle inequality in L^2 of the ideal paths: an interval for chi-squared of the endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import FINITE_PATH, MATCHED, REVERSE_EQUATION, Comparison, at_most, theorem
from gausscollapse.process.statistics import Statistics


@theorem(
    "sharp",
    kind="two-sided",
    source="own",
    assumes=(REVERSE_EQUATION, MATCHED, FINITE_PATH),
    controls={"factor": 0.25},
    latex=r"\bigl|\sqrt{\chi^2}-\sqrt{\eta\varepsilon_*^2}\bigr|\le\sqrt\rho,\quad"
    r"\rho=\chi^2(\hat P\,\|\,P^*)+\varepsilon_*^2-2\hat\varepsilon^2",
)
def sharp(s: Statistics, factor: float = 1.0) -> Iterator[Comparison]:
    """The sharp two-sided interval.

    The roots of chi-squared and of the observable energy differ by at most the root of rho, which is of second order
    in the energy.
    """
    gap = abs(s.chi2.sqrt() - s.observed_energy.sqrt())
    yield at_most("|sqrt chi2 - sqrt(eta eps*^2)| <= sqrt rho", gap, factor * s.martingale_remainder.sqrt())
