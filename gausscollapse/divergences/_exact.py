"""One-dimensional laws with exact rational parameters, and comparisons of them that cannot be wrong.

Every float is a rational number. Weights are divided by their exact sum, so that the law is a probability
exactly; equal components are merged, so that equal laws have equal representations (finite Gaussian mixtures
are identifiable).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from gausscollapse.laws.mixture import Law


@dataclass(frozen=True)
class LineLaw:
    """A mixture on the line: components ``(weight, mean, variance)``, sorted, distinct, weights summing to 1.

    Parameters
    ----------
    components : tuple of (Fraction, Fraction, Fraction)
        Weight, mean and variance of each component.
    """

    components: tuple[tuple[Fraction, Fraction, Fraction], ...]

    def reflected(self) -> LineLaw:
        """Return the law of -X."""
        return _canonical([(w, -m, v) for w, m, v in self.components])

    def dominant(self) -> tuple[Fraction, Fraction, Fraction]:
        """Return the component that wins as x tends to +inf: largest variance, then largest mean."""
        return max(self.components, key=lambda component: (component[2], component[1]))


def _canonical(parts: list[tuple[Fraction, Fraction, Fraction]]) -> LineLaw:
    merged: dict[tuple[Fraction, Fraction], Fraction] = {}
    for weight, mean, variance in parts:
        merged[mean, variance] = merged.get((mean, variance), Fraction(0)) + weight
    total = sum(merged.values(), Fraction(0))
    return LineLaw(tuple(sorted((w / total, m, v) for (m, v), w in merged.items())))


def line_law(law: Law) -> LineLaw:
    """Return a law of dimension 1 with exact parameters."""
    rows = zip(law.weights.tolist(), law.means[:, 0].tolist(), law.covs[:, 0, 0].tolist(), strict=True)
    return _canonical([(Fraction(w), Fraction(m), Fraction(v)) for w, m, v in rows])


def same_law(p: Law, q: Law) -> bool:
    """Return whether two laws of one dimension are the same: equal components, exact equal normalised weights."""
    # + 0.0 turns -0.0 into 0.0, whose bytes differ
    keys, others = (
        [((mean + 0.0).tobytes(), (cov + 0.0).tobytes()) for mean, cov in zip(law.means, law.covs, strict=True)]
        for law in (p, q)
    )
    return set(keys) == set(others) and _shares(keys, p) == _shares(others, q)


def _shares(keys: Sequence[tuple[bytes, bytes]], law: Law) -> dict[tuple[bytes, bytes], Fraction]:
    """Return the exact normalised weights of components by their keys."""
    table: dict[tuple[bytes, bytes], Fraction] = {}
    for key, weight in zip(keys, law.weights.tolist(), strict=True):
        table[key] = table.get(key, Fraction(0)) + Fraction(weight)
    total = sum(table.values(), Fraction(0))
    return {key: weight / total for key, weight in table.items()}
