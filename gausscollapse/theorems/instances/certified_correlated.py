"""The long-run drift of stationary innovations in balls: a series over how many generations lie between two."""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb, fmpq

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.process.certified.balls import precision, rational
from gausscollapse.retraining.certified.proven import enclosed

BITS, TERMS = 128, 320


def certified_drift(
    *, fresh: float, correlation: float, angles: Sequence[float], weights: Sequence[float]
) -> Enclosure:
    """Return the limit of the drift over one innovation energy, shape (1,).

    With ``k = 1 - a`` and g_m the inner product of innovations m generations apart, it is ``sum_ij k^(i + j) g_(i-j)
    = (1 + 2 sum_m k^m g_m)/(1 - k^2)``. As ``|g_m| <= 1``, terms beyond the M-th are at most ``k^(M + 1)/(1 - k)`` in
    sum.

    Parameters
    ----------
    fresh, correlation : float
        a, and c of ``g_m = c^m`` of what the atoms leave of the energy.
    angles, weights : sequence of float
        Frequencies of the atoms and their shares of the energy.
    """
    with precision(BITS):
        k, c = arb(1 - rational(fresh)), arb(rational(correlation))
        shares = [rational(weight) for weight in weights]
        rest, places = arb(1 - sum(shares, fmpq(0))), [arb(angle) for angle in angles]
        total, power, decayed = arb(0), arb(1), arb(1)
        for m in range(1, TERMS + 1):
            power, decayed = power * k, decayed * c
            atoms = sum((arb(w) * (m * angle).cos() for w, angle in zip(shares, places, strict=True)), arb(0))
            total += power * (rest * decayed + atoms)
        tail = (power * k / (1 - k)).abs_upper()
        return enclosed([(1 + 2 * (total + arb(0, 1) * tail)) / (1 - k * k)], (1,), least=0.0)
