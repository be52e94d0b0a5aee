"""The two laws that a divergence is asked of."""

from __future__ import annotations

from gausscollapse.core.exceptions import DimensionMismatchError
from gausscollapse.laws.mixture import Law, as_law


def as_laws(p: object, q: object) -> tuple[Law, Law]:
    """Return both laws where they are laws of one dimension; mixtures of one component become Gaussians."""
    laws: list[Law] = []
    for argument, law in (("p", p), ("q", q)):
        known = as_law(argument, law)
        laws.append(known.components[0] if known.weights.size == 1 else known)
    if laws[0].dim != laws[1].dim:
        raise DimensionMismatchError(
            "q", q, f"has dimension {laws[1].dim}", f"a law of dimension {laws[0].dim}, as p"
        )
    return laws[0], laws[1]
