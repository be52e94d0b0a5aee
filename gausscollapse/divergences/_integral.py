"""The integrals that divergences are made of, by name, and how each divergence is read off one of them.

With ``t = log p/q`` every integrand below, ``power`` excepted, is non-negative at every point (Bregman form), so
that a truncated integral is a lower bound and nothing cancels between points:

========== ====================================== ============================================
name       integrand                              its integral
========== ====================================== ============================================
kl         ``p t - p + q``                        KL(p || q)
jeffreys   ``(p - q) t``                          Jeffreys divergence
gap        ``|p^a q^(1-a) - a p - (1-a) q|``      ``|int p^a q^(1-a) - 1|``: chi2 for a = 2, squared
                                                  Hellinger distance for a = 1/2
power      ``p^a q^(1-a)``                        for 0 < a < 1 where ``gap`` is near 1
variation  ``|p - q|/2``                          total variation
fisher     ``p |grad t|^2``                       Fisher divergence
========== ====================================== ============================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gausscollapse.core.enclosure import Enclosure

KINDS = ("kl", "jeffreys", "gap", "power", "variation", "fisher")


@dataclass(frozen=True)
class Integral:
    """One integral: its kind and, for ``gap`` and ``power``, its order a."""

    kind: str
    order: float = 1.0

    @property
    def unit(self) -> float:
        """Greatest value that the integral can have."""
        if self.kind in ("variation", "power") or (self.kind == "gap" and self.order < 1.0):
            return 1.0
        return math.inf


def renyi_of(integral: Enclosure, kind: str, order: float, *, shift: float = 0.0) -> Enclosure:
    """Return the Renyi divergence ``log(int p^a q^(1-a))/(a - 1)`` in nats, rounded outwards.

    `integral` is that of ``gap``, or ``exp(-shift)`` times that of ``power``.
    """

    def renyi(x: float) -> float:
        if kind == "power":
            return (math.log(x) + shift) / (order - 1.0) if x > 0.0 else math.copysign(math.inf, 1.0 - order)
        if order > 1.0:
            return math.log1p(x) / (order - 1.0)
        return -math.log1p(-x) / (1.0 - order) if x < 1.0 else math.inf

    slack = 2.0**-50
    ends = sorted(renyi(float(x)) for x in (integral.lower, integral.upper))
    value = max(renyi(float(integral.value)), 0.0)
    low, high = max(0.0, ends[0] - slack * abs(ends[0])), max(0.0, ends[1] + slack * abs(ends[1]))
    return Enclosure(min(max(value, low), high), low, high, integral.method, integral.guarantee)
