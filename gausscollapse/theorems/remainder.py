"""The identity behind `half`: what C eps*^4 leaves over the remainder of the martingale."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import FINITE_PATH, MATCHED, REVERSE_EQUATION, Comparison, at_most, equal, theorem
from gausscollapse.process.statistics import Statistics
from gausscollapse.theorems.prop_3_3 import remainder as paper_remainder


@theorem(
    "remainder",
    kind="identity",
    source="own",
    assumes=(REVERSE_EQUATION, MATCHED, FINITE_PATH),
    controls={"factor": 2 / 3, "eighth": 0.1},
    latex=r"C\varepsilon_*^4-\rho=E_*\!\int\Psi\,d[M]+\tfrac18E_*[M]^2\ge0,\quad\Psi=e^Z-1-Z,\ "
    r"\rho=\chi^2(\hat P\,\|\,P^*)+\varepsilon_*^2-2\hat\varepsilon^2,\ C=K/8+C'",
    boxes=("constant offset",),
)
def remainder(s: Statistics, factor: float = 1.0, eighth: float = 1 / 8) -> Iterator[Comparison]:
    """What the paper's remainder has to spare.

    The remainder C eps*^4 of the paper exceeds rho, the second moment of exp(Z) - 1 - M, by an integral that is never
    negative and an eighth of the second moment of [M].
    """
    whole, rho = paper_remainder(s), s.martingale_remainder
    yield at_most("rho <= C eps*^4", rho, factor * whole)
    yield equal(
        "C eps*^4 = rho + E int Psi d[M] + E[M]^2/8",
        whole,
        rho + s.taylor_energy + eighth * s.variation_square,
    )
